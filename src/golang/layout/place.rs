//! Where the go.work or go.mod is that a build is made from.
//!
//! Invariant: a go.work counts only for modules that it `use`s. (Go refuses to work in a module that the go.work above
//! it leaves out; a container build has no `cd`, so the user's choice of a module is taken as meant.)

use super::super::modfile::ModFile;
use super::super::problem::{Directive, GoFiles, Problem};
use super::super::statement::Malformed;
use super::super::step::Reader;
use super::super::workfile::{Use, WorkFile};
use super::{LayoutKind, Scope, Start};
use crate::context::{ContextPath, Entry, Listing};
use std::collections::BTreeMap;

/// How many directories deep a go.mod is looked for.
const SEARCH_DEPTH: usize = 2;

/// The file that a layout starts from, not read yet, and what that leaves to search for main packages.
pub(super) enum Place {
    Workspace(ContextPath, Scope),
    Module(ContextPath, Scope),
    NoModule(ContextPath),
}

impl Place {
    /// The place that the start leads to, or nothing if a file has to be read first.
    pub(super) fn find(
        listing: &Listing,
        start: &Start,
        mains: &[ContextPath],
        reader: &mut Reader<'_>,
    ) -> Result<Option<Place>, Problem> {
        match start {
            Start::Search => search(listing, mains, reader),
            Start::Module(directory) => {
                let file = in_directory(directory, "go.mod");
                match file {
                    Some(file) if listing.file(&file) => {
                        of_module(directory, Scope::Module(directory.clone()), listing, reader)
                    }
                    file => Err(Problem::MissingDoor { file: file.unwrap_or_else(|| directory.clone()) }),
                }
            }
            Start::GoFile(file) if !listing.file(file) => Err(Problem::MissingDoor { file: file.clone() }),
            Start::GoFile(file) => {
                let module = file.ancestors().skip(1).find(|directory| has(listing, directory, "go.mod"));
                match module {
                    Some(directory) => of_module(&directory, Scope::Door(file.clone()), listing, reader),
                    None => Ok(Some(Place::NoModule(file.clone()))),
                }
            }
        }
    }

    /// Reads the go.work or go.mod, and the go.mod of each member; nothing if a file has to be read first.
    pub(super) fn read(
        self,
        listing: &Listing,
        reader: &mut Reader<'_>,
    ) -> Result<Option<(LayoutKind, Scope)>, Problem> {
        match self {
            Place::NoModule(door) => {
                let scope = Scope::Door(door.clone());
                Ok(Some((LayoutKind::NoModule { door }, scope)))
            }
            Place::Module(file, scope) => {
                Ok(read_mod(&file, listing, reader)?
                    .map(|module| (LayoutKind::Module { file, module }, scope)))
            }
            Place::Workspace(file, scope) => {
                let Some(work) = read_work(&file, listing, reader)? else { return Ok(None) };
                let members = read_members(&file, &work, listing, reader)?;
                Ok(members.map(|members| (LayoutKind::Workspace { file, work, members }, scope)))
            }
        }
    }
}

/// A go.work at the root, else a go.mod at the root, else that of the packages that are named, else the only one near it.
fn search(
    listing: &Listing,
    mains: &[ContextPath],
    reader: &mut Reader<'_>,
) -> Result<Option<Place>, Problem> {
    let root = ContextPath::root();
    if let Some(file) = in_directory(&root, "go.work").filter(|file| listing.file(file)) {
        return Ok(Some(Place::Workspace(file, Scope::Everywhere)));
    }
    if has(listing, &root, "go.mod") {
        return of_module(&root, Scope::Module(root.clone()), listing, reader);
    }
    if let Some(directory) = module_of(mains, listing) {
        return of_module(&directory, Scope::Module(directory.clone()), listing, reader);
    }
    let mut files = listing.find(&root, "go.mod", SEARCH_DEPTH, is_walked);
    match files.as_slice() {
        [] => Err(Problem::NoModule { found: go_files(listing) }),
        [file] => {
            let directory = file.parent().unwrap_or_default();
            of_module(&directory, Scope::Module(directory.clone()), listing, reader)
        }
        _ => Err(Problem::SeveralModules { files: std::mem::take(&mut files) }),
    }
}

/// The directory of the module that all these packages are in; none if they are in several, or in none.
fn module_of(mains: &[ContextPath], listing: &Listing) -> Option<ContextPath> {
    let owner = |main: &ContextPath| main.ancestors().find(|above| has(listing, above, "go.mod"));
    let (first, others) = mains.split_first()?;
    let directory = owner(first)?;
    others.iter().all(|main| owner(main).as_ref() == Some(&directory)).then_some(directory)
}

/// The module in this directory, by itself or as a member of the workspace around it.
fn of_module(
    directory: &ContextPath,
    scope: Scope,
    listing: &Listing,
    reader: &mut Reader<'_>,
) -> Result<Option<Place>, Problem> {
    let above = directory.ancestors().find(|above| has(listing, above, "go.work"));
    if let Some((above, file)) =
        above.and_then(|above| Some((above.clone(), in_directory(&above, "go.work")?)))
    {
        let Some(work) = read_work(&file, listing, reader)? else { return Ok(None) };
        if work.uses.iter().any(|member| above.join(&member.directory).as_ref() == Ok(directory)) {
            return Ok(Some(Place::Workspace(file, scope)));
        }
    }
    Ok(in_directory(directory, "go.mod").map(|file| Place::Module(file, scope)))
}

fn read_work(
    file: &ContextPath,
    listing: &Listing,
    reader: &mut Reader<'_>,
) -> Result<Option<WorkFile>, Problem> {
    let contents = read_file(file, listing, reader)?;
    contents.map(WorkFile::parse).transpose().map_err(|malformed| in_file(file, malformed))
}

fn read_mod(
    file: &ContextPath,
    listing: &Listing,
    reader: &mut Reader<'_>,
) -> Result<Option<ModFile>, Problem> {
    let contents = read_file(file, listing, reader)?;
    contents.map(ModFile::parse).transpose().map_err(|malformed| in_file(file, malformed))
}

/// The contents; what a link leads to is not sent with the listing.
fn read_file<'a>(
    file: &ContextPath,
    listing: &Listing,
    reader: &mut Reader<'a>,
) -> Result<Option<&'a [u8]>, Problem> {
    match reader.read(file) {
        Some([]) if listing.get(file) == Some(Entry::Symlink) => {
            Err(Problem::LinkedModuleFile { file: file.clone() })
        }
        contents => Ok(contents),
    }
}

fn in_file(file: &ContextPath, Malformed { line, fault }: Malformed) -> Problem {
    Problem::Malformed { file: file.clone(), line, fault }
}

/// The go.mod files that a go.work uses, by directory.
fn read_members(
    file: &ContextPath,
    work: &WorkFile,
    listing: &Listing,
    reader: &mut Reader<'_>,
) -> Result<Option<BTreeMap<ContextPath, ModFile>>, Problem> {
    if work.uses.is_empty() {
        return Err(Problem::EmptyWorkspace { file: file.clone() });
    }
    let root = file.parent().unwrap_or_default();
    let mut members = BTreeMap::new();
    for Use { directory: written, line } in &work.uses {
        let directory = root.join(written).map_err(|reason| Problem::OutsideContext {
            file: file.clone(),
            line: *line,
            directive: Directive::Use,
            path: written.clone(),
            reason,
        })?;
        match in_directory(&directory, "go.mod").filter(|member| listing.file(member)) {
            None => return Err(Problem::MissingMember { file: file.clone(), line: *line, directory }),
            Some(member) => {
                if let Some(module) = read_mod(&member, listing, reader)? {
                    members.insert(directory, module);
                }
            }
        }
    }
    if !reader.complete() {
        return Ok(None);
    }
    let mut seen = BTreeMap::new();
    for (directory, module) in &members {
        if let Some(other) = seen.insert(&module.module, directory) {
            let files =
                [other, directory].map(|directory| in_directory(directory, "go.mod").unwrap_or_default());
            return Err(Problem::DuplicateModule { module: module.module.clone(), files });
        }
    }
    Ok(Some(members))
}

/// Whether Go's `./...` goes into a directory of this name: not into `testdata`, `vendor`, `_x` and `.x`.
pub(in super::super) fn is_walked(directory: &ContextPath) -> bool {
    directory
        .file_name()
        .is_none_or(|name| !matches!(name, "testdata" | "vendor") && !name.starts_with(['_', '.']))
}

/// The path of a file in a directory; none only where it would be longer than a path can be.
pub(in super::super) fn in_directory(directory: &ContextPath, name: &str) -> Option<ContextPath> {
    directory.join(name).ok()
}

/// Whether a directory has a file of this name.
pub(in super::super) fn has(listing: &Listing, directory: &ContextPath, name: &str) -> bool {
    in_directory(directory, name).is_some_and(|file| listing.file(&file))
}

/// The Go files at the root, tests not counted.
fn go_files(listing: &Listing) -> GoFiles {
    let is_source =
        |file: &&ContextPath| file.extension() == Some("go") && !file.as_str().ends_with("_test.go");
    let files: Vec<ContextPath> = listing.files_in(&ContextPath::root()).filter(is_source).cloned().collect();
    match files.as_slice() {
        [] => GoFiles::None,
        [file] => GoFiles::One(file.clone()),
        _ => GoFiles::Several(files),
    }
}
