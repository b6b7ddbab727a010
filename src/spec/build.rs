//! `build:`, how the program is compiled.
//!
//! Invariant: nothing in here makes a step run another program than the toolchain's or write elsewhere.

use super::value::{FromText, mapping, text};
use std::collections::{BTreeMap, BTreeSet};

mapping! {
    /// How the program is compiled.
    #[derive(Clone, Debug, Default)]
    pub struct Build {
        /// Build tags, as `go build -tags` takes them.
        tags: BTreeSet<Tag> = "tags",
        /// Linker flags after `-s -w`.
        ldflags: Vec<LinkerFlags> = "ldflags",
        /// Values that the linker puts into variables of type string, by symbol (`main.version`).
        stamp: BTreeMap<Symbol, StampValue> = "stamp",
        /// Environment of the compile step.
        env: BTreeMap<BuildVariable, String> = "env",
    }
}

text! {
    /// A build tag. They are joined with commas on the command line, so one with a comma would be two.
    pub struct Tag = |text: &str| {
        let good = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if good { Ok(()) } else { Err("a build tag has letters, digits, `_` and `.`") }
    };
}

text! {
    /// Linker flags with spaces between them.
    pub struct LinkerFlags = |text: &str| text.split_whitespace().try_for_each(linker_flag);
}

impl LinkerFlags {
    /// One by one.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.as_str().split_whitespace()
    }
}

/// Flags that run another program or write elsewhere are refused: the result would not be what the file says.
fn linker_flag(flag: &str) -> Result<(), String> {
    const REFUSED: [&str; 6] = ["extld", "extldflags", "o", "tmpdir", "linkmode", "buildid"];
    let name = flag.trim_start_matches('-').split('=').next().unwrap_or_default();
    if REFUSED.contains(&name) {
        Err(format!("`-{name}` is not accepted: it changes what the linker runs or where it writes"))
    } else if flag.contains(['\'', '"', '\0']) {
        Err("a linker flag cannot hold quotes; use `build.stamp` for values".to_owned())
    } else {
        Ok(())
    }
}

text! {
    /// A package-level variable, `<import path>.<name>`.
    pub struct Symbol = |text: &str| {
        let good = text.rsplit_once('.').is_some_and(|(package, name)| !package.is_empty() && is_name(name));
        let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"=".contains(c));
        if good && plain { Ok(()) } else { Err("a symbol is written like `main.version`") }
    };
}

text! {
    /// What the linker writes. Its flags are split at spaces, with quotes and without escapes (`cmd/internal/quoted`).
    pub struct StampValue = |text: &str| {
        let both = text.contains('\'') && text.contains('"');
        if both || text.contains(['\0', '\n', '\r']) {
            Err("a stamped value is one line and has no two kinds of quotes")
        } else {
            Ok(())
        }
    };
}

/// Names that the steps set themselves, each for a promise that the image makes.
const RESERVED: [&str; 10] = [
    "CGO_ENABLED",
    "GOARCH",
    "GOCACHE",
    "GOENV",
    "GOFLAGS",
    "GOMODCACHE",
    "GOOS",
    "GOPROXY",
    "GOTOOLCHAIN",
    "PATH",
];

/// The name of a variable of the compile step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildVariable(Variable);

impl BuildVariable {
    /// The name.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromText for BuildVariable {
    fn from_text(text: &str) -> Result<BuildVariable, String> {
        if let Some(reason) = super::refused::reason(text) {
            return Err(reason.to_owned());
        }
        if RESERVED.contains(&text) {
            return Err("the build sets it to keep the binary static and reproducible".to_owned());
        }
        Variable::from_text(text).map(BuildVariable)
    }
}

text! {
    /// The name of an environment variable.
    pub struct Variable = |text: &str| {
        let good = !text.is_empty() && !text.contains(['=', '\0']);
        if good { Ok(()) } else { Err("a variable's name has no `=`") }
    };
}

/// A Go identifier, which is also what an arg is called.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
