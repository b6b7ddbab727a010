//! The question and answer between this room, which reads nothing, and whoever reads files for it.
//!
//! Invariant: [`Step::Needs`] is never empty and names only files that are in the listing and not yet in [`Files`],
//! so a caller that adds each file it is asked for gets to the end.

use crate::context::ContextPath;
use std::collections::{BTreeMap, BTreeSet};

/// Contents read so far. A file that was asked for and cannot be read goes in as empty, not left out.
pub type Files = BTreeMap<ContextPath, Vec<u8>>;

/// The result of a function that is called again and again with more files until it is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Step<T> {
    /// The answer.
    Done(T),
    /// Read these files, add them and call again.
    Needs(BTreeSet<ContextPath>),
}

/// Gathers what a function would like to read, so that it asks once for as much as it can.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    files: &'a Files,
    missing: BTreeSet<ContextPath>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(files: &'a Files) -> Reader<'a> {
        Reader { files, missing: BTreeSet::new() }
    }

    /// The contents, or a note that they are needed.
    pub(super) fn read(&mut self, path: &ContextPath) -> Option<&'a [u8]> {
        let contents = self.files.get(path).map(Vec::as_slice);
        if contents.is_none() {
            self.missing.insert(path.clone());
        }
        contents
    }

    /// Whether everything asked for was there.
    pub(super) fn complete(&self) -> bool {
        self.missing.is_empty()
    }

    /// The step that asks for all that was missing.
    pub(super) fn needs<T>(self) -> Step<T> {
        debug_assert!(!self.missing.is_empty(), "a question about nothing would be asked for ever");
        Step::Needs(self.missing)
    }
}
