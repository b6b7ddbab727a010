//! `main:`, the packages to build, and `go:`, the toolchain to build them with.
//!
//! Invariant: a path does not leave the context; whether a package is there only the context can tell.

use super::value::FromText;
use crate::context::ContextPath;
use crate::golang::GoVersion;

/// A package as written, and where that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainPath {
    /// As the user wrote it.
    pub written: String,
    /// Its directory.
    pub path: ContextPath,
}

impl FromText for MainPath {
    fn from_text(text: &str) -> Result<MainPath, String> {
        let path = ContextPath::parse(text).map_err(|problem| problem.to_string())?;
        Ok(MainPath { written: text.to_owned(), path })
    }
}

impl FromText for GoVersion {
    fn from_text(text: &str) -> Result<GoVersion, String> {
        let version = GoVersion::parse(text).ok_or("a Go version is written like `1.26` or `1.26.3`")?;
        // The flags of the compile step are of 1.18.
        if version.satisfies_release_tag(1, 18) {
            Ok(version)
        } else {
            Err("Go 1.18 or later is needed".to_owned())
        }
    }
}
