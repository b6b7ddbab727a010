//! `build.pgo`, the profile that a program is optimised for.
//!
//! Invariant: a file is one of the context.

use super::super::value::FromText;
use crate::context::ContextPath;

/// The profile that a program is optimised for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Profile {
    /// `default.pgo` beside the main package, if there is one, as Go does by itself.
    #[default]
    Auto,
    /// None, even if there is one.
    Off,
    /// This file of the context, for all packages.
    File(ContextPath),
}

impl FromText for Profile {
    fn from_text(text: &str) -> Result<Profile, String> {
        match text {
            "auto" => Ok(Profile::Auto),
            "off" => Ok(Profile::Off),
            "true" | "false" | "" => {
                Err("it is `auto`, `off` or a CPU profile in the context, like `cpu.pgo`".to_owned())
            }
            file => match ContextPath::parse(file) {
                Ok(file) if !file.is_root() => Ok(Profile::File(file)),
                Ok(_) => Err("a profile is a file".to_owned()),
                Err(problem) => Err(problem.to_string()),
            },
        }
    }
}
