//! The words for a module whose licence an organisation does not accept.
//!
//! Invariant: what is said of a licence names the file that it was read from.

use super::Shown;
use crate::spec::Authority;
use std::fmt;

/// A module that is linked and should not be.
#[derive(Clone, Debug)]
pub struct RefusedModule {
    /// With its version.
    pub module: String,
    /// Its licences that are not accepted, each with the file that has it; without one it is the organisation that knows it.
    pub licenses: Vec<(String, String)>,
    /// Files that ought to be licences and are none that is known.
    pub unknown: Vec<String>,
    /// What is accepted.
    pub accepts: String,
    /// Whose rule it is.
    pub by: Authority,
}

impl fmt::Display for RefusedModule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RefusedModule { module, licenses, unknown, accepts, by } = self;
        write!(f, "`{}` is linked into the program, and ", Shown(module))?;
        let listed = |(license, file): &(String, String)| match file.as_str() {
            "" => format!("`{}`", Shown(license)),
            file => format!("`{}` ({})", Shown(license), Shown(file)),
        };
        let licenses = licenses.iter().map(listed).collect::<Vec<_>>().join(" and ");
        match (licenses.as_str(), unknown.first()) {
            ("", None) => write!(f, "it has no licence")?,
            ("", Some(file)) => write!(f, "nobody knows which licence its `{}` is", Shown(file))?,
            _ => write!(f, "its licence is {licenses}")?,
        }
        write!(f, ": rule `licenses` of {by} accepts {accepts}; take another module{}", by.advice())
    }
}
