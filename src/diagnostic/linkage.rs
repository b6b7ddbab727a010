//! The words for a program that its base cannot start.
//!
//! Invariant: they say what it asks for, because of whom, and what to write instead.

use crate::spec::Cgo;
use std::fmt;

/// The most packages that the message lists.
const MOST_NAMES: usize = 8;

/// A program that asks for a dynamic loader that its base does not have.
#[derive(Clone, Debug)]
pub struct NotStatic {
    /// The program.
    pub binary: String,
    /// The loader.
    pub interpreter: String,
    /// The base.
    pub base: String,
    /// The loader that the base has instead.
    pub other: Option<String>,
    /// The packages that use C; none where no C is compiled.
    pub packages: Vec<String>,
    /// Whether C is compiled, and how the program is linked then.
    pub cgo: Cgo,
    /// Whether `build.buildmode` is `pie`.
    pub pie: bool,
}

impl fmt::Display for NotStatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotStatic { binary, interpreter, base, other, packages, cgo, pie } = self;
        write!(
            f,
            "`{binary}` would not start on `{base}`: it is dynamically linked and asks for `{interpreter}`, which is not there"
        )?;
        if let Some(other) = other {
            write!(f, " (the base has another C library, `{other}`)")?;
        }
        if !packages.is_empty() {
            let names: Vec<String> =
                packages.iter().take(MOST_NAMES).map(|name| format!("`{name}`")).collect();
            write!(f, "; these packages use C: {}", names.join(", "))?;
            if packages.len() > MOST_NAMES {
                write!(f, " and {} more", packages.len() - MOST_NAMES)?;
            }
        }
        match (cgo, pie) {
            (Cgo::Static, true) => {
                write!(f, "; its C compiler links no `pie` statically: write `build.buildmode: exe`, ")?;
            }
            (Cgo::Static, false) => {
                write!(f, "; its C compiler does not link statically: name another, `build.env.CC`, ")?;
            }
            (Cgo::Dynamic, _) => write!(f, "; write `build.cgo: static`, ")?,
            (Cgo::Off, true) => {
                write!(f, "; write `build.buildmode: exe`, or `build.cgo: static` with it, ")?;
            }
            (Cgo::Off, false) => write!(f, "; remove what `build.ldflags` says of it, ")?,
        }
        match other {
            Some(_) => write!(f, "or take a builder and a base with the same C library"),
            None => write!(
                f,
                "or take a base that has it, such as `image.base: gcr.io/distroless/base-debian12:nonroot`"
            ),
        }
    }
}
