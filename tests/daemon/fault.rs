//! What a test wants to go wrong, and with which call.

use std::fmt;
use std::time::Duration;
use tonic::Status;

/// A call that the frontend can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Ping,
    Inputs,
    Solve,
    ReadFile,
    ReadDir,
    ResolveSourceMeta,
    ResolveImageConfig,
    Warn,
    Return,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// Something that goes wrong with a call.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    call: Call,
    about: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// It fails.
    Answer(Status),
    /// The pipes are closed, and it is never answered.
    Close,
    /// It takes this long.
    Delay(Duration),
    /// A part of a file was asked for, and all of the file comes.
    WholeFile,
}

impl Fault {
    /// The call fails with this.
    pub(crate) fn answer(call: Call, status: Status) -> Fault {
        Fault { call, about: String::new(), kind: Kind::Answer(status) }
    }

    /// The daemon closes the pipes at this call.
    pub(crate) fn close(call: Call) -> Fault {
        Fault { call, about: String::new(), kind: Kind::Close }
    }

    /// The call takes this long.
    pub(crate) fn delay(call: Call, time: Duration) -> Fault {
        Fault { call, about: String::new(), kind: Kind::Delay(time) }
    }

    /// `ReadFile` answers with the whole file whatever part was asked for.
    pub(crate) fn whole_files() -> Fault {
        Fault { call: Call::ReadFile, about: String::new(), kind: Kind::WholeFile }
    }

    /// Only where the call is about this: the name of the solved vertex, the path, the image.
    pub(crate) fn about(mut self, subject: &str) -> Fault {
        subject.clone_into(&mut self.about);
        self
    }

    pub(super) fn concerns(&self, call: Call, subject: &str) -> bool {
        self.call == call && subject.contains(&self.about)
    }
}
