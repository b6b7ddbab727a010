//! The words for a program that its base cannot start.
//!
//! Invariant: they say what it asks for, because of whom, and what to write instead.

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
    /// Whether C is compiled.
    pub has_c: bool,
    /// Whether `build.buildmode` is `pie`.
    pub pie: bool,
}

impl fmt::Display for NotStatic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotStatic { binary, interpreter, base, other, packages, has_c, pie } = self;
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
        match (has_c, pie) {
            (true, _) => write!(f, "; write `build.cgo: static`, ")?,
            (false, true) => write!(f, "; write `build.buildmode: exe`, or `build.cgo: static` with it, ")?,
            (false, false) => write!(f, "; remove what `build.ldflags` says of it, ")?,
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
