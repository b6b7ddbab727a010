//! Which lines of which file a vertex came from.
//!
//! The daemon quotes these lines when the vertex fails, even after the frontend has gone. Both ends of a range are
//! always set: clients read them without looking (`solver/errdefs/source.go`).

use std::sync::Arc;

use buildkit_proto::pb;

use crate::Definition;

/// A file that a graph was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceFile {
    /// The name shown to people.
    pub filename: String,
    /// The language as GitHub's linguist names it, `YAML`.
    pub language: String,
    /// The whole file.
    pub data: Vec<u8>,
    /// The graph that loaded the file, kept in provenance.
    pub definition: Option<Definition>,
}

/// Lines of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The lines.
    pub ranges: Vec<LineRange>,
}

/// A stretch of a file from a place to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineRange {
    /// Where it starts.
    pub start: Position,
    /// Where it ends, on the same line or below.
    pub end: Position,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 0; editors use it, the command line does not.
    pub character: u32,
}

impl SourceFile {
    pub(crate) fn to_proto(&self) -> pb::SourceInfo {
        pb::SourceInfo {
            filename: self.filename.clone(),
            data: self.data.clone(),
            definition: self.definition.as_ref().map(Definition::to_proto),
            language: self.language.clone(),
        }
    }
}

impl LineRange {
    /// One line.
    pub const fn line(line: u32) -> Self {
        Self::lines(line, line)
    }

    /// From the line `first` to the line `last`.
    pub const fn lines(first: u32, last: u32) -> Self {
        Self { start: Position { line: first, character: 0 }, end: Position { line: last, character: 0 } }
    }

    /// The range as it travels, for a warning or an error of one's own.
    pub fn to_proto(self) -> pb::Range {
        pb::Range { start: Some(self.start.to_proto()), end: Some(self.end.to_proto()) }
    }

    pub(crate) fn from_proto(range: &pb::Range) -> Self {
        let start = range.start.map(Position::from_proto).unwrap_or_default();
        Self { start, end: range.end.map_or(start, Position::from_proto) }
    }
}

impl Position {
    fn to_proto(self) -> pb::Position {
        // A file of more lines than fit is quoted at its end.
        let number = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
        pb::Position { line: number(self.line), character: number(self.character) }
    }

    fn from_proto(position: pb::Position) -> Self {
        let number = |n: i32| u32::try_from(n).unwrap_or_default();
        Self { line: number(position.line), character: number(position.character) }
    }
}
