//! Which required modules are in the context, and which come from elsewhere.
//!
//! Invariant: a local `replace` is a problem only where it is used, as for Go: many a go.mod keeps one for somebody's
//! own machine. In doubt a module counts as external; a download step for nothing costs little, a missing one the build.

use super::super::modfile::{Dependency, ModFile, Replace, Replacement, Require};
use super::super::module::{ModulePath, ModuleVersion};
use super::super::problem::{Directive, Problem};
use super::super::step::Reader;
use super::place::in_directory;
use super::{LayoutKind, Vendored};
use crate::context::{ContextPath, Listing};
use std::collections::{BTreeMap, BTreeSet};

/// Where required modules come from.
pub(super) struct Requirements {
    /// Those that a local `replace` finds in the context, or might have to.
    pub(super) replaced: BTreeMap<ModulePath, ContextPath>,
    /// Those that have to be downloaded.
    pub(super) external: BTreeSet<ModulePath>,
    /// What other modules they are replaced by.
    pub(super) replacements: BTreeSet<(String, ModuleVersion)>,
    /// The go.mod files of all local replacements, used or not.
    pub(super) files: BTreeSet<ContextPath>,
}

/// A `replace` line and the file that it is in.
struct Rule<'a> {
    file: ContextPath,
    replace: &'a Replace,
}

/// The rules by what they replace: a version, or all versions that have no rule of their own.
type Rules<'a> = BTreeMap<(&'a ModulePath, Option<&'a ModuleVersion>), Rule<'a>>;

impl Requirements {
    /// Follows the requirements of the main modules through local replacements.
    pub(super) fn read(
        kind: &LayoutKind,
        vendored: Vendored,
        listing: &Listing,
        reader: &mut Reader<'_>,
    ) -> Result<Requirements, Problem> {
        let rules = rules(kind);
        let main: BTreeSet<&ModulePath> = kind.modules().map(|(_, module)| &module.module).collect();
        let mut result = Requirements {
            replaced: BTreeMap::new(),
            external: BTreeSet::new(),
            replacements: rules.values().filter_map(|rule| rule.replace.by.module()).collect(),
            files: BTreeSet::new(),
        };

        if vendored == Vendored::No {
            // All at once, and not one when another has told of it; some may be for nobody.
            result.files.extend(rules.values().filter_map(|rule| match &rule.replace.by {
                Replacement::Directory(written) => Some(rule.resolve(written, listing).ok()?.1),
                Replacement::Module(..) => None,
            }));
            for file in &result.files {
                reader.read(file);
            }
            if !reader.complete() {
                return Ok(result);
            }
        }

        let mut queue: Vec<Require> =
            kind.modules().flat_map(|(_, module)| module.require.iter().cloned()).collect();
        if vendored == Vendored::No && !kind.names_all_modules() {
            // Dependencies may require them, and those are not looked into.
            queue.extend(rules.values().filter_map(|rule| rule.as_required(listing)));
        }
        let mut seen = BTreeSet::new();
        while let Some(require) = queue.pop() {
            if main.contains(&require.module)
                || !seen.insert((require.module.clone(), require.version.clone()))
            {
                continue;
            }
            let exact = rules.get(&(&require.module, Some(&require.version)));
            let rule = exact.or_else(|| rules.get(&(&require.module, None)));
            match rule.map(|rule| (rule, &rule.replace.by)) {
                None | Some((_, Replacement::Module(..))) => {
                    result.external.insert(require.module);
                }
                Some((_, Replacement::Directory(_))) if vendored == Vendored::Yes => {}
                Some((rule, Replacement::Directory(written))) => {
                    let (directory, file) = rule.resolve(written, listing)?;
                    // What Go thinks of this go.mod it will say itself; here only its requirements count.
                    let module = reader.read(&file).and_then(|contents| ModFile::parse(contents).ok());
                    queue.extend(module.into_iter().flat_map(|module| module.require));
                    result.replaced.insert(require.module, directory);
                }
            }
        }
        Ok(result)
    }
}

impl Rule<'_> {
    /// The requirement that a local replacement in the context is for.
    fn as_required(&self, listing: &Listing) -> Option<Require> {
        let Replacement::Directory(written) = &self.replace.by else { return None };
        self.resolve(written, listing).ok()?;
        let Replace { module, version, line, .. } = self.replace;
        let version = version.clone().unwrap_or_else(|| ModuleVersion::new(""));
        Some(Require { module: module.clone(), version, dependency: Dependency::Indirect, line: *line })
    }

    /// The directory that is written, and its go.mod.
    fn resolve(&self, written: &str, listing: &Listing) -> Result<(ContextPath, ContextPath), Problem> {
        let base = self.file.parent().unwrap_or_default();
        let directory = base.join(written).map_err(|reason| Problem::OutsideContext {
            file: self.file.clone(),
            line: self.replace.line,
            directive: Directive::Replace,
            path: written.to_owned(),
            reason,
        })?;
        match in_directory(&directory, "go.mod").filter(|file| listing.file(file)) {
            Some(file) => Ok((directory, file)),
            None => Err(Problem::MissingReplacement {
                file: self.file.clone(),
                line: self.replace.line,
                module: self.replace.module.clone(),
                directory,
            }),
        }
    }
}

/// The `replace` lines in force: those of the go.work win over those of its members.
fn rules(kind: &LayoutKind) -> Rules<'_> {
    let mut rules = Rules::new();
    if let LayoutKind::Workspace { file, work, .. } = kind {
        for replace in &work.replace {
            let rule = Rule { file: file.clone(), replace };
            rules.insert((&replace.module, replace.version.as_ref()), rule);
        }
    }
    let by_work: BTreeSet<&ModulePath> = rules.keys().map(|(module, _)| *module).collect();
    for (directory, module) in kind.modules() {
        let Some(file) = in_directory(&directory, "go.mod") else { continue };
        for replace in module.replace.iter().filter(|replace| !by_work.contains(&replace.module)) {
            let rule = Rule { file: file.clone(), replace };
            rules.entry((&replace.module, replace.version.as_ref())).or_insert(rule);
        }
    }
    rules
}
