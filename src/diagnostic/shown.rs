//! Text of the user's as messages quote it.
//!
//! Invariant: what is printed fits on the line it is printed on, and nothing in it can move a terminal's cursor.

use std::fmt::{self, Write as _};

/// A text with its control characters escaped and all others as they are.
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if character.is_control() {
                write!(f, "{}", character.escape_debug())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}
