//! Packages of local modules that downloaded or vendored ones may import; those are not looked into.
//!
//! Invariant: of a module that one of them may import, only packages are left out that Go refuses to import from there.

use super::super::layout::{Layout, Vendored, has};
use super::super::module::ModulePath;
use super::{LARGEST_SOURCE, Search, extension};
use crate::context::{ContextPath, Entry};
use std::collections::{BTreeMap, BTreeSet};

impl Search<'_> {
    /// The directories of those packages, as far as their files were read.
    pub(super) fn needed_by_others(&mut self) -> Vec<ContextPath> {
        let (listing, layout) = (self.listing, self.layout);
        let others = Others::of(layout);
        let modules = others.importable_modules(layout);
        if modules.is_empty() {
            return Vec::new();
        }
        // Each directory once, as there may be many modules.
        let may_be_imported = |directory: &&ContextPath| {
            let Some(root) = directory.ancestors().find(|above| has(listing, above, "go.mod")) else {
                return false;
            };
            let paths = modules.get(&root).into_iter().flatten();
            paths
                .filter_map(|module| import_path(module, &root, directory))
                .any(|path| others.may_import(&path))
        };
        let has_go = |directory: &&ContextPath| listing.files_in(directory).any(is_go);
        let packages = listing.directories().filter(has_go).filter(may_be_imported);
        packages.filter(|directory| !self.is_program(directory)).cloned().collect()
    }

    /// Whether all files say `package main`: nobody can import that (cmd/go/internal/load, `loadImport`). A file that
    /// was not read yet does not decide it, as there is another round.
    fn is_program(&mut self, directory: &ContextPath) -> bool {
        let listing = self.listing;
        let mut all = true;
        // To the end, so that all are asked for at once.
        for file in listing.files_in(directory).filter(|file| is_go(file)) {
            all &= self.is_of_program(file);
        }
        all
    }

    fn is_of_program(&mut self, file: &ContextPath) -> bool {
        if self.listing.get(file) == Some(Entry::Symlink) {
            return false;
        }
        let Some(contents) = self.reader.read(file) else { return true };
        if contents.len() > LARGEST_SOURCE {
            return false;
        }
        self.scan(file, contents);
        self.scanned[file].is_main()
    }
}

/// Modules from elsewhere, copies in the vendor directory of what is in the context among them.
struct Others<'a> {
    modules: BTreeSet<&'a ModulePath>,
    /// Whether these are all.
    complete: bool,
}

impl<'a> Others<'a> {
    fn of(layout: &'a Layout) -> Others<'a> {
        let copies =
            layout.kind.modules().flat_map(|(_, module)| &module.require).map(|require| &require.module);
        let copies = copies.filter(|module| {
            layout.vendored == Vendored::Yes && layout.modules.values().all(|main| main != *module)
        });
        Others {
            modules: layout.requires.iter().chain(copies).collect(),
            complete: layout.kind.names_all_modules(),
        }
    }

    /// The modules of the context that one of these may import, by their directories. A directory may be several.
    fn importable_modules(&self, layout: &'a Layout) -> BTreeMap<&'a ContextPath, Vec<&'a ModulePath>> {
        let mut modules: BTreeMap<&ContextPath, Vec<&ModulePath>> = BTreeMap::new();
        if self.modules.is_empty() {
            return modules;
        }
        // Whoever imports a module of this context from outside comes, as a rule, from the same owner.
        let related = |module: &ModulePath| self.modules.iter().any(|other| owner(other) == owner(module));
        let several = layout.modules.len() > 1;
        let members = layout.modules.iter().filter(|(_, module)| several && related(module));
        let replaced = layout.replaced.iter().map(|(module, directory)| (directory, module));
        for (directory, module) in members.chain(replaced) {
            modules.entry(directory).or_default().push(module);
        }
        modules
    }

    /// Whether Go lets one of these import a package of another module.
    fn may_import(&self, path: &str) -> bool {
        // cmd/go/internal/load, `FindVendor`.
        let vendored = path.starts_with("vendor/") || path.contains("/vendor/");
        if vendored || ModulePath::parse(path).is_none() {
            return false;
        }
        let Some(parent) = parent_of_internal(path) else { return true };
        // An importer is below the parent and in its module, so one of these is in the other.
        !self.complete
            || self.modules.iter().any(|other| is_in(parent, other.as_str()) || is_in(other.as_str(), parent))
    }
}

/// The import path of a directory of a module.
fn import_path(module: &ModulePath, root: &ContextPath, directory: &ContextPath) -> Option<String> {
    let inside = directory.relative_to(root)?;
    Some(if inside.is_root() { module.to_string() } else { format!("{module}/{inside}") })
}

/// What the import path of whoever imports this must start with (cmd/go/internal/load, `findInternal`).
fn parent_of_internal(path: &str) -> Option<&str> {
    let elements = path.match_indices("internal");
    let whole = elements.filter(|(start, word)| {
        let (before, after) = (&path[..*start], &path[start + word.len()..]);
        (before.is_empty() || before.ends_with('/')) && (after.is_empty() || after.starts_with('/'))
    });
    whole.last().map(|(start, _)| path[..start].trim_end_matches('/'))
}

/// Whether a path is another or below it; all are below the one of no elements.
fn is_in(path: &str, above: &str) -> bool {
    let rest = path.strip_prefix(above);
    above.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The host and the first element below it.
fn owner(module: &ModulePath) -> (Option<&str>, Option<&str>) {
    let mut elements = module.as_str().split('/');
    (elements.next(), elements.next())
}

fn is_go(file: &ContextPath) -> bool {
    extension(file, false) == Some("go")
}
