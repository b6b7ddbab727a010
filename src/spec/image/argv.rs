//! A program and its arguments.
//!
//! Invariant: written as a list and nothing else, since no shell ever sees it.

use crate::diagnostic::Kind;
use crate::spec::reader::{Field, Reader};
use crate::spec::value::FromField;

/// A program and its arguments. Written as a list and nothing else, since no shell ever sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argv(pub Vec<String>);

impl FromField for Argv {
    const KIND: Kind = Kind::Argv;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Argv> {
        reader.argv(field).map(Argv)
    }
}
