//! Which packages of a layout are programs.
//!
//! Invariant: a program is never guessed. Either the user names it, or it is the only one, or it is the obvious one: at
//! the root, or called like the module. Everything else is a [`Problem`] that lists the choices.

mod discovery;
mod lone;
mod package;
mod wanted;

use super::conditions::{Builder, Cgo, Conditions};
use super::layout::{Layout, LayoutKind, Scope};
use super::problem::Problem;
use super::step::{Files, Reader, Step};
use super::target::GoTarget;
use crate::context::{ContextPath, Listing};
use std::collections::BTreeSet;

/// A program to build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainPackage {
    /// Its directory.
    pub directory: ContextPath,
    /// Its import path; `command-line-arguments`, as Go calls it, without a module.
    pub import_path: String,
    /// The name that `go build` gives the program.
    pub binary: String,
    /// The Go files that it is made of, sorted. Without a module they are to be named on the command line.
    pub files: Vec<ContextPath>,
}

/// What is known of a build before a toolchain was looked up.
pub fn conditions<'a>(layout: &Layout, target: &'a GoTarget, tags: &'a BTreeSet<String>) -> Conditions<'a> {
    let builder = match &layout.toolchain {
        Some(requirement) => Builder::AtLeast(requirement.version.clone()),
        None => Builder::Unknown,
    };
    Conditions { target, tags, builder, cgo: Cgo::Unknown }
}

/// Finds the programs that are `wanted`, each as written and as a place in the context, or the one to build if none is
/// named. The heads of Go files are enough, except without a module, where whole files are wanted.
pub fn find_mains(
    listing: &Listing,
    layout: &Layout,
    target: &GoTarget,
    tags: &BTreeSet<String>,
    wanted: &[(String, ContextPath)],
    files: &Files,
) -> Step<Result<Vec<MainPackage>, Problem>> {
    let conditions = conditions(layout, target, tags);
    let mut search = Search { listing, layout, conditions, reader: Reader::new(files) };
    let found = match (&layout.kind, &layout.scope, wanted) {
        (LayoutKind::NoModule { door }, _, _) => search.lone(door, wanted),
        (_, Scope::Door(door), []) => {
            let directory = door.parent().unwrap_or_default();
            search.wanted(&[(door.to_string(), directory)])
        }
        (_, _, []) => search.discover().map(|found| found.map(|main| vec![main])),
        (_, _, wanted) => search.wanted(wanted),
    };
    match found {
        Ok(Some(mains)) => Step::Done(Ok(mains)),
        Ok(None) => search.reader.needs(),
        Err(problem) => Step::Done(Err(problem)),
    }
}

/// A search for main packages. Its methods return nothing where a file has to be read first.
struct Search<'a> {
    listing: &'a Listing,
    layout: &'a Layout,
    conditions: Conditions<'a>,
    reader: Reader<'a>,
}
