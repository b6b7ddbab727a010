//! `build.env`, the environment of the compile step.
//!
//! Invariant: a variable that has a key, or that a step sets itself, is not set here: there is one way to say a thing.

use super::super::value::{FromText, text};
use super::refused::variable;

text! {
    /// The name of an environment variable.
    pub struct Variable = |text: &str| {
        let good = !text.is_empty() && !text.contains(['=', '\0']);
        if good { Ok(()) } else { Err("a variable's name has no `=`") }
    };
}

/// The name of a variable of the compile step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildVariable(Variable);

impl BuildVariable {
    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it says how C code is compiled.
    pub fn is_for_c(&self) -> bool {
        const NAMES: [&str; 12] = [
            "AR",
            "CC",
            "CPATH",
            "CPLUS_INCLUDE_PATH",
            "CXX",
            "C_INCLUDE_PATH",
            "FC",
            "LIBRARY_PATH",
            "PKG_CONFIG",
            "PKG_CONFIG_LIBDIR",
            "PKG_CONFIG_PATH",
            "PKG_CONFIG_SYSROOT_DIR",
        ];
        self.as_str().starts_with("CGO_") || NAMES.contains(&self.as_str())
    }
}

impl FromText for BuildVariable {
    fn from_text(text: &str) -> Result<BuildVariable, String> {
        if let Some(reason) = variable(text) {
            return Err(reason.to_owned());
        }
        Variable::from_text(text).map(BuildVariable)
    }
}

/// A Go identifier, which is also what an arg is called.
pub(in crate::spec) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
