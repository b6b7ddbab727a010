//! Whose rules they are, for messages.
//!
//! Invariant: whoever reads a message about a rule learns whose it is and, where the organisation says so, whom to ask.

use std::fmt;

/// The organisation as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Its name.
    pub name: String,
    /// Whom to ask.
    pub contact: Option<String>,
    /// Where its rules are explained.
    pub link: Option<String>,
}

impl Authority {
    /// What follows a message: `; ask platform@example.com, see https://…`.
    pub fn advice(&self) -> Advice<'_> {
        Advice(self)
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Whom to ask and what to read.
#[derive(Clone, Copy, Debug)]
pub struct Advice<'a>(&'a Authority);

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Authority { contact, link, .. } = self.0;
        match (contact, link) {
            (Some(contact), Some(link)) => write!(f, "; ask {contact}, see {link}"),
            (Some(contact), None) => write!(f, "; ask {contact}"),
            (None, Some(link)) => write!(f, "; see {link}"),
            (None, None) => Ok(()),
        }
    }
}
