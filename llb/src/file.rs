//! Changes to a file system that need no process.
//!
//! The changes of one vertex are a chain: each works on what the one before left, and only the last is an output. A copy may
//! take from another such chain, which then is part of the same vertex and nobody else's to see.
//! This is the shape Go's client writes (`client/llb/fileop.go`) and the one the daemon has a stable cache key for.

mod copy;
mod make;

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action as ProtoAction;

pub use self::copy::{Copied, Copy};
pub use self::make::{Mkdir, Mkfile, Rm, Symlink};
use crate::vertex::{Inputs, Vertex, number};
use crate::{Metadata, Output, caps};

/// Changes being described. Paths are absolute; a relative one is taken from the root.
#[derive(Clone, Debug)]
pub struct File {
    base: Option<Output>,
    actions: Vec<Action>,
    after: Vec<Output>,
    metadata: Metadata,
}

#[derive(Clone, Debug)]
struct Action {
    /// What is copied from.
    from: Option<Copied>,
    proto: ProtoAction,
    caps: Vec<&'static str>,
}

impl Action {
    fn new(proto: ProtoAction) -> Self {
        Self { from: None, proto, caps: vec![] }
    }
}

impl File {
    fn new(base: Option<Output>) -> Self {
        Self { base, actions: vec![], after: vec![], metadata: Metadata::default() }
    }

    /// Changes to `base`.
    pub fn on(base: Output) -> Self {
        Self::new(Some(base))
    }

    /// Changes to an empty file system.
    pub fn scratch() -> Self {
        Self::new(None)
    }

    /// Copies files.
    #[must_use]
    pub fn copy(self, copy: Copy) -> Self {
        self.then(copy.into_action())
    }

    /// Makes a directory.
    #[must_use]
    pub fn mkdir(self, mkdir: Mkdir) -> Self {
        self.then(mkdir.into_action())
    }

    /// Writes a file.
    #[must_use]
    pub fn mkfile(self, mkfile: Mkfile) -> Self {
        self.then(mkfile.into_action())
    }

    /// Makes a symbolic link; daemons since 0.19 can.
    #[must_use]
    pub fn symlink(self, symlink: Symlink) -> Self {
        self.then(symlink.into_action())
    }

    /// Removes a path.
    #[must_use]
    pub fn rm(self, rm: Rm) -> Self {
        self.then(rm.into_action())
    }

    /// Changes nothing until `other` is there, and takes nothing of it.
    #[must_use]
    pub fn after(mut self, other: Output) -> Self {
        self.after.push(other);
        self
    }

    /// What is said about all of it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    fn then(mut self, action: Action) -> Self {
        self.actions.push(action);
        self
    }

    /// What the file system is after the last change. No changes leave the base itself; the daemon refuses no
    /// changes to nothing.
    pub fn build(self) -> Output {
        if let ([], Some(base)) = (self.actions.as_slice(), &self.base) {
            return base.clone();
        }
        let metadata = self.metadata.clone();
        let mut changes = Changes::default();
        changes.add(self);
        let Changes { mut inputs, after, actions, caps } = changes;
        for other in after {
            inputs.index_of(other);
        }
        // An earlier action is numbered from where the inputs end, so these had to be known first.
        let first = number(inputs.edges.len());
        let index = |operand: Operand| match operand {
            Operand::Nothing => -1,
            Operand::Input(input) => input,
            Operand::Change(change) => first + number(change),
        };
        let count = actions.len();
        let actions = actions.into_iter().enumerate().map(|(place, (input, secondary_input, action))| {
            let output = if place + 1 == count { 0 } else { -1 };
            let (input, secondary_input) = (index(input), index(secondary_input));
            pb::FileAction { input, secondary_input, output, action: Some(action) }
        });
        let kind = pb::op::Op::File(pb::FileOp { actions: actions.collect() });
        Output::new(Vertex::build(kind, None, inputs, metadata, caps), 0)
    }
}

/// What a change works on or copies from.
#[derive(Clone, Copy, Debug)]
enum Operand {
    /// An empty file system.
    Nothing,
    /// An input of the vertex.
    Input(i64),
    /// What an earlier change left.
    Change(usize),
}

/// The changes of a vertex, those of inner chains before what copies from them.
#[derive(Default)]
struct Changes {
    inputs: Inputs,
    after: Vec<Output>,
    actions: Vec<(Operand, Operand, ProtoAction)>,
    caps: Vec<&'static str>,
}

impl Changes {
    /// Adds a chain and says where its result is.
    fn add(&mut self, file: File) -> Operand {
        let mut last = self.input(file.base);
        self.caps.push(caps::FILE_BASE);
        for action in file.actions {
            let from = match action.from {
                Some(Copied::Changes(inner)) => self.add(*inner),
                Some(Copied::Result(output)) => self.input(Some(output)),
                None => Operand::Nothing,
            };
            self.caps.extend(action.caps);
            self.actions.push((last, from, action.proto));
            last = Operand::Change(self.actions.len() - 1);
        }
        self.after.extend(file.after);
        last
    }

    fn input(&mut self, output: Option<Output>) -> Operand {
        output.map_or(Operand::Nothing, |output| Operand::Input(self.inputs.index_of(output)))
    }
}

/// An owner and a group by number.
fn chown(uid: u32, gid: u32) -> pb::ChownOpt {
    let id = |id| Some(pb::UserOpt { user: Some(pb::user_opt::User::ById(id)) });
    pb::ChownOpt { user: id(uid), group: id(gid) }
}
