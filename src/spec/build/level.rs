//! The levels of instruction sets, by the names of Go's variables for them.
//!
//! Invariant: what Go accepts for a variable is said in `golang`, once.

use super::super::value::FromText;
use crate::golang::{Level, SETTINGS};

/// A value of the setting with this number in [`SETTINGS`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelOf<const N: usize>(pub Level);

impl<const N: usize> FromText for LevelOf<N> {
    fn from_text(text: &str) -> Result<LevelOf<N>, String> {
        SETTINGS[N].parse(text).map(LevelOf)
    }
}
