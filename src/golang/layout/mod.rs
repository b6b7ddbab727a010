//! What kind of tree the context is: one module, a workspace of several, or Go files without a module.
//!
//! Invariant: every path in a [`Layout`] is in the context; a layout that would lead Go out of it is a [`Problem`].

mod place;
mod requirements;

use super::modfile::{GoLine, ModFile, ToolchainLine};
use super::module::{ModulePath, ModuleVersion};
use super::problem::Problem;
use super::step::{Files, Reader, Step};
use super::version::GoVersion;
use super::workfile::WorkFile;
use crate::context::{ContextPath, Listing};
use place::Place;
pub(super) use place::{has, is_walked};
use requirements::Requirements;
use std::collections::{BTreeMap, BTreeSet};

/// Where the user pointed the build at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the context: the module is to be found.
    Search,
    /// At a go.mod; this is its directory.
    Module(ContextPath),
    /// At a Go file.
    GoFile(ContextPath),
}

/// The modules of a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The directory that the go command runs in: that of the go.work, of the go.mod, or of the Go file.
    pub root: ContextPath,
    /// What is there.
    pub kind: LayoutKind,
    /// Where main packages are looked for when none is named.
    pub scope: Scope,
    /// The main modules: whatever is in one of them is first-party code.
    pub modules: BTreeMap<ContextPath, ModulePath>,
    /// Required modules that a local `replace` finds in the context, and those that a dependency might require, if no
    /// go.mod names all. Empty when vendored, as Go then takes the copies.
    pub replaced: BTreeMap<ModulePath, ContextPath>,
    /// The files that `go mod download` reads: go.mod and go.sum of main modules, go.work and go.work.sum, and the
    /// go.mod of local replacements (Go does not read their go.sum). Only those that exist.
    pub module_files: BTreeSet<ContextPath>,
    /// Whether Go takes dependencies from `vendor`.
    pub vendored: Vendored,
    /// The modules that are required from elsewhere; if empty there is nothing to download.
    pub requires: BTreeSet<ModulePath>,
    /// The modules in a version that `replace` lines put in place of others.
    pub replacements: BTreeSet<(String, ModuleVersion)>,
    /// The newest version that a `go` or `toolchain` line asks for.
    pub toolchain: Option<Requirement>,
}

/// What is at the root of a layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LayoutKind {
    /// One module. A go.work above it, if there is one, does not `use` it: build with `GOWORK=off`.
    Module {
        /// Its go.mod.
        file: ContextPath,
        /// What that says.
        module: ModFile,
    },
    /// Modules that a go.work `use`s.
    Workspace {
        /// The go.work.
        file: ContextPath,
        /// What that says.
        work: WorkFile,
        /// What the go.mod of each member says, by its directory.
        members: BTreeMap<ContextPath, ModFile>,
    },
    /// A Go file without a module, which may import the standard library only.
    NoModule {
        /// The file.
        door: ContextPath,
    },
}

/// Where main packages are looked for when none is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In all main modules.
    Everywhere,
    /// In the main module in this directory.
    Module(ContextPath),
    /// Only in the directory of this Go file, which is how the user named the package.
    Door(ContextPath),
}

/// Whether Go takes dependencies from `vendor` by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendored {
    /// It downloads them.
    No,
    /// There is a `vendor/modules.txt` of the right kind, and the `go` line is 1.14 or later.
    Yes,
}

/// A version that the toolchain must have, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// At least this version.
    pub version: GoVersion,
    /// The go.mod or go.work.
    pub file: ContextPath,
    /// 1-based.
    pub line: usize,
}

/// Finds out what kind of tree the context is. Where several modules lie side by side, the one counts that the main
/// packages are in which the user names.
pub fn layout(
    listing: &Listing,
    start: &Start,
    mains: &[ContextPath],
    files: &Files,
) -> Step<Result<Layout, Problem>> {
    let mut reader = Reader::new(files);
    match read(listing, start, mains, &mut reader) {
        Ok(Some(layout)) => Step::Done(Ok(layout)),
        Ok(None) => reader.needs(),
        Err(problem) => Step::Done(Err(problem)),
    }
}

/// The layout, or nothing if the reader has to read more first.
fn read(
    listing: &Listing,
    start: &Start,
    mains: &[ContextPath],
    reader: &mut Reader<'_>,
) -> Result<Option<Layout>, Problem> {
    let Some(place) = Place::find(listing, start, mains, reader)? else { return Ok(None) };
    let Some((kind, scope)) = place.read(listing, reader)? else { return Ok(None) };
    let root = kind.root();
    let vendored = vendored(&root, &kind, listing, reader);
    let Requirements { replaced, external, replacements, files } =
        Requirements::read(&kind, vendored, listing, reader)?;
    if !reader.complete() {
        return Ok(None);
    }
    let module_files = module_files(&kind, listing).chain(files).collect();
    let modules = kind.modules().map(|(directory, module)| (directory, module.module.clone())).collect();
    let toolchain = toolchain(&kind);
    Ok(Some(Layout {
        root,
        kind,
        scope,
        modules,
        replaced,
        module_files,
        vendored,
        requires: external,
        replacements,
        toolchain,
    }))
}

impl Layout {
    /// Whether there can be anything to download.
    pub fn may_download(&self) -> bool {
        !self.requires.is_empty() && self.vendored == Vendored::No
    }

    /// The module from elsewhere that a package of this path would be in. Modules may lie within others.
    pub fn required(&self, package: &str) -> Option<&ModulePath> {
        let over = self.requires.iter().filter(|module| module.rest_of(package).is_some());
        over.max_by_key(|module| module.as_str().len())
    }

    /// The import path of a directory that is in one of the modules of the context.
    pub fn import_path(&self, directory: &ContextPath) -> Option<String> {
        let main = self.modules.iter();
        let modules = main.chain(self.replaced.iter().map(|(module, root)| (root, module)));
        let (root, module) = modules
            .filter(|(root, _)| directory.is_within(root))
            .max_by_key(|(root, _)| root.as_str().len())?;
        let rest = directory.relative_to(root)?;
        Some(if rest.is_root() { module.to_string() } else { format!("{module}/{rest}") })
    }
}

impl LayoutKind {
    /// The directory that the go command runs in.
    pub fn root(&self) -> ContextPath {
        let (LayoutKind::Module { file, .. }
        | LayoutKind::Workspace { file, .. }
        | LayoutKind::NoModule { door: file }) = self;
        file.parent().unwrap_or_default()
    }

    /// The main modules, by directory.
    pub fn modules(&self) -> impl Iterator<Item = (ContextPath, &ModFile)> {
        let single = match self {
            LayoutKind::Module { module, .. } => Some((self.root(), module)),
            LayoutKind::Workspace { .. } | LayoutKind::NoModule { .. } => None,
        };
        let members = match self {
            LayoutKind::Workspace { members, .. } => Some(members),
            LayoutKind::Module { .. } | LayoutKind::NoModule { .. } => None,
        };
        let members = members.into_iter().flatten().map(|(directory, module)| (directory.clone(), module));
        single.into_iter().chain(members)
    }

    /// Whether the main modules name every module that packages are taken from, as each go.mod does since Go 1.17
    /// (go.dev/ref/mod, "Module graph pruning").
    pub fn names_all_modules(&self) -> bool {
        let pruned = GoVersion::of_language(1, 17);
        self.modules().all(|(_, module)| module.go.as_ref().is_some_and(|go| go.version >= pruned))
    }
}

/// Go's rule (cmd/go/internal/modload, `setDefaultBuildMode`): the `go` line must be there and at least 1.14, and the
/// first line of modules.txt must be of the mode that Go is in, since `go work vendor` writes another than
/// `go mod vendor`.
fn vendored(root: &ContextPath, kind: &LayoutKind, listing: &Listing, reader: &mut Reader<'_>) -> Vendored {
    let (go, workspace) = match kind {
        LayoutKind::Module { module, .. } => (&module.go, false),
        LayoutKind::Workspace { work, .. } => (&work.go, true),
        LayoutKind::NoModule { .. } => return Vendored::No,
    };
    let Ok(file) = root.join("vendor/modules.txt") else { return Vendored::No };
    let new_enough = go.as_ref().is_some_and(|go| go.version >= GoVersion::of_language(1, 14));
    if !new_enough || !listing.file(&file) {
        return Vendored::No;
    }
    let first =
        reader.read(&file).and_then(|text| text.split(|byte| *byte == b'\n').next()).unwrap_or_default();
    let mut notes = first.strip_prefix(b"## ").unwrap_or_default().split(|byte| *byte == b';');
    let of_workspace = notes.any(|note| note.trim_ascii() == b"workspace");
    if of_workspace == workspace { Vendored::Yes } else { Vendored::No }
}

/// The files of the main modules and of the workspace that `go mod download` reads.
fn module_files<'a>(kind: &'a LayoutKind, listing: &'a Listing) -> impl Iterator<Item = ContextPath> + 'a {
    let of_work: &[&str] = match kind {
        LayoutKind::Workspace { .. } => &["go.work", "go.work.sum"],
        LayoutKind::Module { .. } | LayoutKind::NoModule { .. } => &[],
    };
    let of_root = of_work.iter().map(|name| (kind.root(), *name));
    let of_modules =
        kind.modules().flat_map(|(directory, _)| [(directory.clone(), "go.mod"), (directory, "go.sum")]);
    let named = of_root.chain(of_modules).filter_map(|(directory, name)| directory.join(name).ok());
    named.filter(|file| listing.file(file))
}

/// The newest of all `go` and `toolchain` lines; of equal ones the first, go.work before go.mod.
fn toolchain(kind: &LayoutKind) -> Option<Requirement> {
    let work = match kind {
        LayoutKind::Workspace { file, work, .. } => Some((file.clone(), &work.go, &work.toolchain)),
        LayoutKind::Module { .. } | LayoutKind::NoModule { .. } => None,
    };
    let modules = kind.modules().filter_map(|(directory, module)| {
        directory.join("go.mod").ok().map(|file| (file, &module.go, &module.toolchain))
    });
    let lines = work.into_iter().chain(modules).flat_map(|(file, go, toolchain)| {
        let go = go.as_ref().map(|GoLine { version, line }| (version.clone(), *line));
        let toolchain =
            toolchain.as_ref().and_then(|ToolchainLine { version, line }| Some((version.clone()?, *line)));
        let lines = [go, toolchain].into_iter().flatten();
        lines.map(move |(version, line)| Requirement { version, file: file.clone(), line })
    });
    lines.reduce(|newest, next| if next.version > newest.version { next } else { newest })
}

#[cfg(test)]
mod tests;
