//! What assembly, and the headers of assembly, include.
//!
//! Invariant: what is not plainly a file beside the including one is unclear; nobody guesses.

use super::program::COMPANIONS;

/// What a line of assembly includes.
pub(super) enum Included<'a> {
    /// Nothing.
    Nothing,
    /// A file of this name, of a kind that is part of a package.
    File(&'a str),
    /// A file of another directory, of a kind that packages do not have, or something written in an unusual way.
    Unclear,
}

/// Reads a line.
pub(super) fn included(line: &str) -> Included<'_> {
    if !(line.contains('#') && line.contains("include")) {
        return Included::Nothing;
    }
    let name = line
        .trim_start()
        .strip_prefix('#')
        .and_then(|rest| rest.trim_start().strip_prefix("include"))
        .and_then(|rest| rest.trim_start().strip_prefix(['"', '<']))
        .and_then(|rest| rest.split(['"', '>']).next());
    match name {
        Some(name) if is_companion(name) => Included::File(name),
        _ => Included::Unclear,
    }
}

/// Whether a name is one of a file that is part of a package, whatever the directory.
fn is_companion(name: &str) -> bool {
    let known = name.rsplit_once('.').is_some_and(|(_, extension)| COMPANIONS.contains(&extension));
    known && !name.starts_with(['.', '_']) && !name.contains(['/', '\\'])
}
