//! What a program needs and the context has not: what Go would say too, later and of something else.
//!
//! Go files and embedded ones that .dockerignore leaves out, a go.sum that was never made, a go.work that is not sent. Invariant: only what
//! is certain is a problem. So it follows imports only through files that are part of the build whatever the toolchain,
//! and keeps silent where another module could have the package.

use super::conditions::Conditions;
use super::constraint::Truth;
use super::layout::{Layout, LayoutKind, Vendored, has};
use super::mains::MainPackage;
use super::modfile::Require;
use super::problem::{Lacking, Problem};
use super::program::{Sources, static_prefix};
use super::source::{Import, Source};
use crate::context::{ContextPath, Ignored, Listing};
use std::collections::BTreeSet;

/// What is certainly missing from these programs; the first import of each kind.
pub fn missing(
    listing: &Listing,
    layout: &Layout,
    conditions: &Conditions<'_>,
    mains: &[MainPackage],
    sources: &Sources,
    ignored: &Ignored<'_>,
) -> Option<Problem> {
    let (mut waiting, mut seen) = (Vec::new(), BTreeSet::new());
    waiting.extend(mains.iter().map(|main| main.directory.clone()));
    let search = Search { listing, layout, ignored };
    while let Some(directory) = waiting.pop() {
        if !seen.insert(directory.clone()) {
            continue;
        }
        for file in go_files(listing, layout, mains, &directory) {
            let Some(source) = sources.get(file).filter(|source| is_built(file, source, conditions)) else {
                continue;
            };
            if let Some(problem) = search.embeds(&directory, file, source) {
                return Some(problem);
            }
            for import in &source.imports {
                match search.import(import) {
                    Found::Package(package) => waiting.push(package),
                    Found::Unclear => {}
                    Found::Missing(lacking) => {
                        let (file, line, import) = (file.clone(), import.line, import.path.clone());
                        return Some(Problem::Missing { file, line, import, lacking });
                    }
                }
            }
        }
    }
    None
}

/// The files of a package; of a program without a module those that it names.
fn go_files<'a>(
    listing: &'a Listing,
    layout: &Layout,
    mains: &'a [MainPackage],
    directory: &ContextPath,
) -> Vec<&'a ContextPath> {
    match &layout.kind {
        LayoutKind::NoModule { .. } => mains.iter().flat_map(|main| &main.files).collect(),
        LayoutKind::Module { .. } | LayoutKind::Workspace { .. } => listing.files_in(directory).collect(),
    }
}

/// What is left out where no layout was found; the problem itself if that says all.
#[must_use]
pub fn missing_module_files(problem: Problem, ignored: &Ignored<'_>) -> Problem {
    let root = ContextPath::root();
    let (name, files) = match &problem {
        Problem::NoModule { .. } => ("go.mod", Vec::new()),
        Problem::SeveralModules { files } => ("go.work", files.clone()),
        _ => return problem,
    };
    let Ok(file) = root.join(name) else { return problem };
    match ignored.by(&file) {
        Some(pattern) => Problem::IgnoredModuleFile { file, pattern: pattern.to_owned(), files },
        None => problem,
    }
}

/// A required module that can only be in the context, if a go.work that is left out says where.
pub fn missing_workspace(layout: &Layout, ignored: &Ignored<'_>) -> Option<Problem> {
    let LayoutKind::Module { file, module } = &layout.kind else { return None };
    let works = layout.root.ancestors().filter_map(|above| {
        let work = above.join("go.work").ok()?;
        Some((ignored.by(&work)?.to_owned(), work))
    });
    // As a rule it is at the root.
    let (pattern, work) = works.last()?;
    // The go command writes these versions where there is nothing to download.
    let is_made_up = |require: &&Require| {
        let version = require.version.as_str();
        matches!(version, "v0.0.0" | "v0.0.0-00010101000000-000000000000")
            && layout.requires.contains(&require.module)
    };
    let require = module.require.iter().find(is_made_up)?;
    let (module, version) = (require.module.clone(), require.version.clone());
    Some(Problem::IgnoredWorkspace { file: file.clone(), line: require.line, module, version, work, pattern })
}

/// Whether a file is part of the build, whatever is not known yet.
fn is_built(file: &ContextPath, source: &Source, conditions: &Conditions<'_>) -> bool {
    let certain =
        |constraint: &super::Constraint| constraint.evaluate(|tag| conditions.tag(tag)) == Truth::True;
    conditions.excludes(file.file_name().unwrap_or_default(), source).is_none()
        && !source.uses_cgo()
        && source.constraint.as_ref().is_none_or(certain)
}

struct Search<'a> {
    listing: &'a Listing,
    layout: &'a Layout,
    ignored: &'a Ignored<'a>,
}

/// Where an imported package is.
enum Found {
    /// In this directory of the context.
    Package(ContextPath),
    /// Elsewhere, or in one of several places, or nowhere that anything can be said of.
    Unclear,
    /// Not there.
    Missing(Lacking),
}

impl Search<'_> {
    /// An embedded file or directory that the ignore file leaves out whole. An old daemon lists nothing but sources, so
    /// that it is not listed is not enough.
    fn embeds(&self, directory: &ContextPath, file: &ContextPath, source: &Source) -> Option<Problem> {
        source.embeds.iter().find_map(|embed| {
            let pattern = embed.pattern.strip_prefix("all:").unwrap_or(&embed.pattern);
            let place = directory.join(static_prefix(pattern)).ok()?;
            if self.listing.get(&place).is_some() {
                return None;
            }
            let by = self.ignored.wholly_by(&place)?.to_owned();
            Some(Problem::IgnoredEmbed { file: file.clone(), line: embed.line, place, pattern: by })
        })
    }

    fn import(&self, import: &Import) -> Found {
        let layout = self.layout;
        if layout.vendored == Vendored::Yes {
            return Found::Unclear;
        }
        let required = layout.required(&import.path).is_some();
        let main = layout.modules.iter().map(|(directory, module)| (module, directory));
        let places = main.chain(&layout.replaced).filter_map(|(module, directory)| {
            let rest = module.rest_of(&import.path)?;
            Some((directory, directory.join(&format!("./{rest}")).ok()?))
        });
        let places: Vec<_> = places.collect();
        match (places.as_slice(), required) {
            ([], true) => self.downloaded(),
            ([(module, package)], false) if self.listing.directory(package) => self.listed(module, package),
            ([(_, package)], false) => match self.ignored.by(package) {
                Some(pattern) => Found::Missing(Lacking::Package {
                    directory: package.clone(),
                    pattern: pattern.to_owned(),
                }),
                None => Found::Unclear,
            },
            _ => Found::Unclear,
        }
    }

    /// A package of a module that is downloaded: Go takes it only if go.sum has its hash. In a workspace the go.sum of
    /// any member will do.
    fn downloaded(&self) -> Found {
        let is_sum = |file: &&ContextPath| matches!(file.file_name(), Some("go.sum" | "go.work.sum"));
        if self.layout.module_files.iter().any(|file| is_sum(&file)) {
            return Found::Unclear;
        }
        let mut places = self.layout.modules.keys().filter_map(|module| module.join("go.sum").ok());
        let pattern = places.find_map(|file| self.ignored.by(&file)).map(str::to_owned);
        Found::Missing(Lacking::Sums { pattern })
    }

    /// A directory of the context, which may have come without its Go files.
    fn listed(&self, module: &ContextPath, package: &ContextPath) -> Found {
        let nested = package.ancestors().take_while(|above| above != module);
        if nested.into_iter().any(|above| has(self.listing, &above, "go.mod")) {
            return Found::Unclear;
        }
        if self.listing.files_in(package).any(|file| file.extension() == Some("go")) {
            return Found::Package(package.clone());
        }
        match self.ignored.go_files_by(package) {
            Some(pattern) => {
                Found::Missing(Lacking::GoFiles { directory: package.clone(), pattern: pattern.to_owned() })
            }
            None => Found::Unclear,
        }
    }
}
