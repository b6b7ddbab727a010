//! `build.stamp`, values that the linker puts into variables.
//!
//! Invariant: whatever is accepted here is one word of the linker's flags.

use super::super::value::text;
use super::variable::is_name;

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
