//! A place inside the build context.
//!
//! Invariant: a [`ContextPath`] is relative, slash-separated, clean (no `.`, `..`, empty or trailing element) and
//! inside the context; the context itself is `.`. Whatever a user wrote has passed through here before it is used.

use std::borrow::Borrow;
use std::fmt;

/// `PATH_MAX` of Linux: no file of a context can have a longer name, and a bound keeps hostile input cheap.
const LONGEST: usize = 4096;

/// A clean, relative, slash-separated path inside the build context.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextPath(String);

/// Why a string is not a place inside the build context.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathProblem {
    /// There is nothing in it; the context itself is written `.`.
    Empty,
    /// It starts with a slash, so it names a place on some machine and not in the context.
    Absolute,
    /// Its `..` elements lead out of the context.
    LeavesContext,
    /// It has a backslash; paths are written with slashes on every system.
    Backslash,
    /// It starts with a Windows drive such as `C:`.
    Drive,
    /// It has a NUL, a line break or another control character.
    ControlCharacter,
    /// It is longer than any path on Linux may be (4096 bytes).
    TooLong,
}

impl fmt::Display for PathProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PathProblem::Empty => "a path is missing; the context itself is `.`",
            PathProblem::Absolute => "a path in the context is relative, like `./cmd/api`",
            PathProblem::LeavesContext => "the path leads out of the context",
            PathProblem::Backslash => "paths are written with `/`",
            PathProblem::Drive => "a path in the context has no drive; write it like `./cmd/api`",
            PathProblem::ControlCharacter => "a path has no control characters",
            PathProblem::TooLong => "the path is longer than any path can be (4096 bytes)",
        })
    }
}

impl ContextPath {
    /// The context itself, `.`.
    pub fn root() -> ContextPath {
        ContextPath(".".to_owned())
    }

    /// Reads a path as a person writes it: `./cmd/api`, `cmd/api/`, `.`.
    pub fn parse(text: &str) -> Result<ContextPath, PathProblem> {
        ContextPath::root().join(text)
    }

    /// The place that `text` names when it is read in this directory; `../x` is fine as long as it stays in the context.
    pub fn join(&self, text: &str) -> Result<ContextPath, PathProblem> {
        check(text)?;
        let mut elements: Vec<&str> = self.elements().collect();
        for element in text.split('/') {
            match element {
                "" | "." => {}
                ".." => {
                    elements.pop().ok_or(PathProblem::LeavesContext)?;
                }
                name => elements.push(name),
            }
        }
        if elements.is_empty() {
            return Ok(ContextPath::root());
        }
        let path = elements.join("/");
        if path.len() > LONGEST { Err(PathProblem::TooLong) } else { Ok(ContextPath(path)) }
    }

    /// The path as text, `.` for the context itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the context itself.
    pub fn is_root(&self) -> bool {
        self.0 == "."
    }

    /// The directory that holds this; none for the context itself.
    pub fn parent(&self) -> Option<ContextPath> {
        match self.0.rsplit_once('/') {
            Some((parent, _)) => Some(ContextPath(parent.to_owned())),
            None if self.is_root() => None,
            None => Some(ContextPath::root()),
        }
    }

    /// The last element; none for the context itself.
    pub fn file_name(&self) -> Option<&str> {
        self.elements().next_back()
    }

    /// What follows the last dot of the last element.
    pub fn extension(&self) -> Option<&str> {
        Some(self.file_name()?.rsplit_once('.')?.1)
    }

    /// This directory and those above it, from the inside out; the last is the context itself.
    pub fn ancestors(&self) -> impl Iterator<Item = ContextPath> {
        std::iter::successors(Some(self.clone()), ContextPath::parent)
    }

    /// The elements from the outside in; none for the context itself.
    pub fn elements(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|element| *element != ".")
    }

    /// Whether this is `directory` or something below it.
    pub fn is_within(&self, directory: &ContextPath) -> bool {
        directory.is_root()
            || self.0.strip_prefix(&directory.0).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// This path as seen from `directory`; none when it is not within it.
    pub fn relative_to(&self, directory: &ContextPath) -> Option<ContextPath> {
        if directory.is_root() {
            return Some(self.clone());
        }
        match self.0.strip_prefix(&directory.0)? {
            "" => Some(ContextPath::root()),
            rest => rest.strip_prefix('/').map(|rest| ContextPath(rest.to_owned())),
        }
    }
}

/// The context itself.
impl Default for ContextPath {
    fn default() -> Self {
        ContextPath::root()
    }
}

impl fmt::Display for ContextPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for ContextPath {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for ContextPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

fn check(text: &str) -> Result<(), PathProblem> {
    let bytes = text.as_bytes();
    if text.is_empty() {
        Err(PathProblem::Empty)
    } else if text.len() > LONGEST {
        Err(PathProblem::TooLong)
    } else if text.chars().any(char::is_control) {
        Err(PathProblem::ControlCharacter)
    } else if bytes[0].is_ascii_alphabetic() && bytes.get(1) == Some(&b':') {
        Err(PathProblem::Drive)
    } else if text.contains('\\') {
        Err(PathProblem::Backslash)
    } else if text.starts_with('/') {
        Err(PathProblem::Absolute)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::PathProblem::{Absolute, Backslash, ControlCharacter, Drive, Empty, LeavesContext, TooLong};
    use super::*;

    fn path(text: &str) -> ContextPath {
        ContextPath::parse(text).unwrap()
    }

    #[test]
    fn a_path_is_cleaned() {
        for (written, clean) in [
            (".", "."),
            ("./", "."),
            ("./.", "."),
            ("cmd/api", "cmd/api"),
            ("./cmd/api", "cmd/api"),
            ("cmd/api/", "cmd/api"),
            ("cmd//api", "cmd/api"),
            ("cmd/./api", "cmd/api"),
            ("a/../b", "b"),
            ("a/..", "."),
            ("..a/b..", "..a/b.."),
            ("a b/ü", "a b/ü"),
        ] {
            assert_eq!(path(written).as_str(), clean, "{written}");
        }
    }

    #[test]
    fn a_path_outside_the_context_is_refused() {
        for (written, problem) in [
            ("", Empty),
            ("/", Absolute),
            ("/abs", Absolute),
            ("..", LeavesContext),
            ("../../x", LeavesContext),
            ("a/../../b", LeavesContext),
            ("a/b/../../../b/..", LeavesContext),
            ("a\\b", Backslash),
            ("C:\\x", Drive),
            ("c:/x", Drive),
            ("C:", Drive),
            ("\\\\server\\share", Backslash),
            ("a\0b", ControlCharacter),
            ("a\nb", ControlCharacter),
            ("a\u{85}b", ControlCharacter),
        ] {
            assert_eq!(ContextPath::parse(written), Err(problem), "{written:?}");
        }
        assert_eq!(ContextPath::parse(&"a/".repeat(5000)), Err(TooLong));
        assert_eq!(path(&"a/".repeat(2000)).join(&"b/".repeat(2000)), Err(TooLong));
    }

    #[test]
    fn join_reads_a_path_in_a_directory() {
        for (directory, written, result) in [
            ("svc/api", "../lib", Ok("svc/lib")),
            ("svc/api", "../..", Ok(".")),
            ("svc/api", "../../../lib", Err(LeavesContext)),
            ("svc", "./x/", Ok("svc/x")),
            ("svc", ".", Ok("svc")),
            (".", "../x", Err(LeavesContext)),
            ("svc", "/x", Err(Absolute)),
        ] {
            let joined = path(directory).join(written);
            assert_eq!(
                joined.as_ref().map(ContextPath::as_str).map_err(|e| *e),
                result,
                "{directory} {written}"
            );
        }
    }

    #[test]
    fn relations() {
        for (inner, outer, relative) in [
            ("cmd/api", ".", Some("cmd/api")),
            ("cmd/api", "cmd", Some("api")),
            ("cmd", "cmd", Some(".")),
            (".", ".", Some(".")),
            ("cmdline", "cmd", None),
            ("cmd", "cmd/api", None),
            (".", "cmd", None),
        ] {
            let result = path(inner).relative_to(&path(outer));
            assert_eq!(result.as_ref().map(ContextPath::as_str), relative, "{inner} in {outer}");
            assert_eq!(path(inner).is_within(&path(outer)), relative.is_some());
        }
        let ancestors: Vec<String> = path("a/b/c").ancestors().map(|p| p.to_string()).collect();
        assert_eq!(ancestors, ["a/b/c", "a/b", "a", "."]);
        assert_eq!(path("a/b").file_name(), Some("b"));
        assert_eq!(path(".").file_name(), None);
        assert_eq!(path("a.b/c").extension(), None);
        assert_eq!(path("a/b.pb.go").extension(), Some("go"));
        assert_eq!(path(".").parent(), None);
    }
}
