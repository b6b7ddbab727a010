//! A plan as a Dockerfile: the way out, the answer to `--call=gobuild.dockerfile`.
//!
//! `stages` are its parts, `files` the one that lays out what the image holds beside the program, `image` the last of them, `access` what secrets they need; `lines` and `text` are how a Dockerfile
//! writes instructions and values. Invariant: commands, variables and configs are those of
//! the very plan that would be built; what a Dockerfile cannot say is in a comment.

mod access;
mod files;
mod image;
mod lines;
mod stages;
mod text;

use super::{Built, Inputs};

/// Two plans of one image: with the values that a build has now, and with references to build args where a Dockerfile may
/// have them.
#[derive(Clone, Copy)]
pub struct Twice<'a> {
    /// The image as it would be built.
    pub now: (&'a Inputs<'a>, &'a Built),
    /// The same with references.
    pub open: (&'a Inputs<'a>, &'a Built),
}

/// A build arg of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenArg {
    /// Its name.
    pub name: String,
    /// Its value if the client gives none.
    pub default: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The value that it has for good, where a Dockerfile cannot refer to it.
    pub fixed: Option<String>,
}

/// The Dockerfile of an image.
pub fn dockerfile(plan: &Twice<'_>, args: &[OpenArg], name: &str) -> String {
    stages::file(plan, args, name)
}
