//! The words for keys that are not what they should be.
//!
//! Invariant: what is certain is told as the line to write; what is not as what there is to choose from.

use super::{Kind, Shown, Suggestion};
use std::fmt;

/// A key that its mapping does not have.
#[derive(Clone, Debug)]
pub struct UnknownKey {
    /// What was written.
    pub key: String,
    /// The mapping; nothing at the top.
    pub parent: String,
    /// The key that was probably meant.
    pub suggestion: Suggestion,
    /// Where there is such a key, if not here.
    pub elsewhere: Vec<String>,
    /// The keys of the mapping.
    pub accepted: Vec<&'static str>,
    /// The line to write instead.
    pub fix: Option<String>,
}

/// A value of another kind than that of its key.
#[derive(Clone, Debug)]
pub struct WrongType {
    /// The key; nothing for the whole file.
    pub key: String,
    /// What was written.
    pub found: Kind,
    /// What can be written.
    pub expected: Kind,
    /// The line to write instead.
    pub fix: Option<String>,
}

impl fmt::Display for UnknownKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownKey { key, parent, suggestion, elsewhere, accepted, fix } = self;
        let place = if parent.is_empty() { "at the top".to_owned() } else { format!("in `{parent}`") };
        write!(f, "unknown key `{}` {place}{suggestion}", Shown(key))?;
        if let Some(fix) = fix {
            return write!(f, " write: `{fix}`");
        }
        let paths: Vec<String> = elsewhere.iter().map(|path| format!("`{path}`")).collect();
        match paths.as_slice() {
            [] if suggestion.0.is_some() => Ok(()),
            [] => write!(f, "; accepted: {}", accepted.join(", ")),
            [one] => write!(f, "; there is {one}"),
            [several @ .., last] => write!(f, "; there is {} and {last}", several.join(", ")),
        }
    }
}

impl fmt::Display for WrongType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WrongType { key, found, expected, fix } = self;
        match key.as_str() {
            "" => write!(f, "the build file")?,
            key => write!(f, "`{key}`")?,
        }
        write!(f, " is {found}; it should be {expected}")?;
        match fix {
            Some(fix) => write!(f, "; write: `{fix}`"),
            None => Ok(()),
        }
    }
}

/// What a key that must be there looks like.
pub(super) fn example(key: &str) -> Option<&'static str> {
    match key.rsplit('.').next()? {
        "from" => Some("from: dist"),
        "host" => Some("host: git.corp.example"),
        "outputs" => Some("outputs: [web/dist]"),
        "run" => Some("run: [go, generate, ./...]"),
        "test" => Some("test: [/app/server, health]"),
        "to" => Some("to: web/dist"),
        _ => None,
    }
}
