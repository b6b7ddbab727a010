//! `test:`, how the repository's tests are run, and whether an image needs them to pass.
//!
//! Invariant: what is said here reaches the go command as arguments of its own and variables, never through a shell.

use super::build::BuildVariable;
use super::generate::StepNetwork;
use super::image::Duration;
use super::reader::Spanned;
use super::value::{FromText, mapping, text};
use crate::context::ContextPath;
use crate::golang::Depth;
use std::collections::BTreeMap;

mapping! {
    /// How the repository's tests are run.
    #[derive(Clone, Debug, Default)]
    pub struct Test {
        /// Whether the image is built only if they pass. Without it they run with `--target test`.
        gate: bool = "gate",
        /// The packages to test; all, unless told.
        packages: Vec<Spanned<PackagePattern>> = "packages",
        /// Whether `go vet` runs first; it does, unless told.
        vet: Option<bool> = "vet",
        /// Whether the race detector is on. It takes a builder with a C compiler.
        race: bool = "race",
        /// Whether tests are told to be quick, which is for them to heed.
        short: bool = "short",
        /// Only the tests, examples and fuzz targets whose names this regular expression matches.
        run: Option<TestNames> = "run",
        /// How long the tests of one package may take; ten minutes, unless told.
        timeout: Option<Duration> = "timeout",
        /// Whether coverage is measured.
        cover: bool = "cover",
        /// What tests can reach; only themselves, unless told.
        network: StepNetwork = "network",
        /// Environment of the tests.
        env: BTreeMap<BuildVariable, String> = "env",
    }
}

/// Packages of the context: one, or all below a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackagePattern {
    /// As the user wrote it.
    pub written: String,
    /// The directory.
    pub directory: ContextPath,
    /// Whether what is below it counts, too.
    pub depth: Depth,
}

impl FromText for PackagePattern {
    fn from_text(text: &str) -> Result<PackagePattern, String> {
        let (directory, depth) = match text.strip_suffix("...") {
            Some("" | "./") => (".", Depth::Below),
            Some(above) if above.ends_with('/') => (above.trim_end_matches('/'), Depth::Below),
            _ => (text, Depth::Here),
        };
        if directory.contains("...") {
            return Err(
                "packages are written like `./...`, `./internal/...` or `./internal/store`".to_owned()
            );
        }
        let directory = ContextPath::parse(directory).map_err(|problem| problem.to_string())?;
        Ok(PackagePattern { written: text.to_owned(), directory, depth })
    }
}

text! {
    /// A regular expression for names of tests.
    pub struct TestNames = |text: &str| {
        if text.chars().any(char::is_control) { Err("a regular expression has one line") } else { Ok(()) }
    };
}

#[cfg(test)]
mod tests {
    use super::{FromText, PackagePattern};
    use crate::golang::Depth;

    #[test]
    fn patterns_are_directories_and_what_is_below() {
        for (text, directory, depth) in [
            ("./...", ".", Depth::Below),
            ("...", ".", Depth::Below),
            ("./internal/...", "internal", Depth::Below),
            ("internal/store", "internal/store", Depth::Here),
            (".", ".", Depth::Here),
        ] {
            let pattern = PackagePattern::from_text(text).unwrap();
            assert_eq!((pattern.directory.to_string().as_str(), pattern.depth), (directory, depth), "{text}");
        }
        for wrong in ["./cmd/.../api", "a...", "....", "../x/...", "/abs"] {
            assert!(PackagePattern::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
