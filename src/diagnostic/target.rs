//! A target that there is not.
//!
//! Invariant: says all that there are, and how the others are called.

use super::{Shown, Suggestion};
use std::fmt;

/// A name given with `--target` that nobody has.
#[derive(Clone, Debug)]
pub struct UnknownTarget {
    /// The name.
    pub name: String,
    /// What was probably meant.
    pub suggestion: Suggestion,
    /// The targets of the file.
    pub targets: Vec<String>,
    /// Those that every file has, alone and behind the name of another.
    pub built_in: Vec<&'static str>,
    /// The target that is built without a name; none is what the file says at its top.
    pub default: Option<String>,
}

impl fmt::Display for UnknownTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownTarget { name, suggestion, targets, built_in, default } = self;
        let also = if suggestion.0.is_some() { "" } else { ";" };
        write!(f, "unknown target `{}`{suggestion}{also} there are ", Shown(name))?;
        if let (Some(first), Some(example)) = (targets.first(), built_in.first()) {
            let targets = targets.iter().map(String::as_str);
            write!(f, "{}, each also as `{first}-{example}` and so on, ", listed(targets))?;
        }
        write!(f, "{}, and ", listed(built_in.iter().copied()))?;
        match default {
            Some(default) => write!(f, "`{default}` without `--target`"),
            None => write!(f, "the image without `--target`"),
        }
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
