//! Everything that can be wrong with what the user wrote, and where.
//!
//! [`Problem`] holds every message; a [`Diagnostic`] adds the place. Invariant: rooms that find a problem say
//! what it is and never word it, and only the gateway turns a diagnostic into the daemon's error format.

mod golang;
mod key;
mod license;
mod linkage;
mod problem;
mod shown;
mod stamp;
mod suggestion;
mod target;

pub use golang::excerpt;
pub use key::{UnknownKey, WrongType};
pub use license::RefusedModule;
pub use linkage::NotStatic;
pub use problem::{Kind, Problem};
pub use shown::Shown;
pub use suggestion::{Suggestion, closest};
pub use target::UnknownTarget;

use buildkit_llb::{LineRange, Location, SourceFile};
use std::fmt;
use std::sync::Arc;

/// A problem, and the lines to quote for it where there are any.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What is wrong.
    pub problem: Problem,
    /// The lines that the user should look at.
    pub place: Option<Location>,
}

impl Diagnostic {
    /// A problem that no file can be blamed for: a command line option, the daemon.
    pub fn nowhere(problem: Problem) -> Diagnostic {
        Diagnostic { problem, place: None }
    }

    /// A problem on lines of a file.
    pub fn at(problem: Problem, file: &Arc<SourceFile>, lines: LineRange) -> Diagnostic {
        Diagnostic { problem, place: Some(Location { file: Arc::clone(file), ranges: vec![lines] }) }
    }
}

/// The most characters of a message: what was written can be as long as the file.
const LONGEST: usize = 1000;
/// The most messages.
pub const MOST: usize = 20;

/// The message alone; the excerpt is printed by the client, which has the file.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.problem.to_string();
        let mut cuts = message.char_indices().map(|(index, _)| index);
        let Some(end) = cuts.nth(LONGEST) else { return f.write_str(&message) };
        // What was written is quoted first and what is wrong with it said last.
        let tail = message.char_indices().rev().map(|(index, _)| index).nth(LONGEST / 2).unwrap_or(end);
        write!(f, "{} … {}", &message[..message.floor_char_boundary(end / 2)], &message[tail..])
    }
}

/// One or more problems of one request, in the order in which they should be read.
#[derive(Clone, Debug)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    /// An error if anything was found.
    pub fn check(found: Vec<Diagnostic>) -> Result<(), Diagnostics> {
        if found.is_empty() { Ok(()) } else { Err(Diagnostics(found)) }
    }

    /// Each one.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.0.iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(one: Diagnostic) -> Diagnostics {
        Diagnostics(vec![one])
    }
}

/// One message as it is; several as a numbered list, so that the daemon's one-line prefix stays readable.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [one] = self.0.as_slice() {
            return write!(f, "{one}");
        }
        write!(f, "{} problems", self.0.len())?;
        for (number, diagnostic) in self.0.iter().take(MOST).enumerate() {
            write!(f, "\n  {}. {diagnostic}", number + 1)?;
            if let Some(place) = &diagnostic.place
                && let Some(range) = place.ranges.first()
            {
                write!(f, " ({}:{})", place.file.filename, range.start.line)?;
            }
        }
        if self.0.len() > MOST {
            write!(f, "\n  and {} more", self.0.len() - MOST)?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}
