//! What has to be downloaded: nothing, what some packages are made of, or everything.
//!
//! Invariant: the same for all platforms of a request, and for two requests with the same imports.

use super::super::compile;
use super::super::go_step::{MODULES, target_variables};
use super::super::names::Extent;
use super::pruned::SETTINGS;
use crate::golang::{Files, GoTarget, GoVersion, Layout, ModFile, Program};
use crate::spec::{Spec, Trimpath};
use buildkit_llb::Digest;
use std::collections::BTreeSet;

/// What the programs of a request need of other modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Download {
    /// Nothing.
    Nothing,
    /// What these packages are made of.
    Packages {
        /// Their import paths.
        packages: BTreeSet<String>,
        /// The builds that they are for, each as the variables that make it so.
        builds: BTreeSet<String>,
        /// Which packages these are.
        extent: Extent,
        /// Another name of the tree that comes of it, for builds that keep paths: the same name, the same files.
        tree: String,
    },
    /// All modules, whole, since the packages are not known.
    Everything,
}

impl Download {
    /// What these builds need together.
    pub fn of<'a>(
        layout: &Layout,
        files: &Files,
        programs: impl IntoIterator<Item = (&'a Spec, &'a GoTarget, &'a Program)>,
    ) -> Download {
        if !layout.may_download() {
            return Download::Nothing;
        }
        let (mut packages, mut builds) = (BTreeSet::new(), BTreeSet::new());
        for (spec, target, program) in programs {
            let Program::Exact(parts) = program else { return Download::Everything };
            // C may include whatever is in its module.
            if spec.build.has_c() {
                return Download::Everything;
            }
            packages.extend(parts.imports.iter().filter(|path| is_of_module(path, layout)).cloned());
            // Go looks whether a required module has this package, too, if its path allows that.
            let own = parts.packages.keys().filter_map(|package| layout.import_path(package));
            packages.extend(own.filter(|path| layout.required(path).is_some()));
            builds.insert(build(spec, target));
        }
        // Go then does not even read the go.mod of a required module (go.dev/ref/mod, "lazy module loading").
        let pruned = GoVersion::of_language(1, 17);
        let lazy = |module: &ModFile| module.go.as_ref().is_some_and(|go| go.version >= pruned);
        if packages.is_empty() && layout.kind.modules().all(|(_, module)| lazy(module)) {
            return Download::Nothing;
        }
        let tree = tree(&packages, &builds, layout, files);
        Download::Packages { packages, builds, extent: Extent::Imported, tree }
    }

    /// How the steps that read the module cache find it in [`MODULES`].
    ///
    /// Go keeps a list of the packages of each module in its build cache, under the path of the module, since a module in
    /// a version never changes (`cmd/go/internal/modindex`). A pruned one does, so its path says which packages it has: the
    /// step that prunes gives that path as a setting. Where it would be in the program, it is one that is known before.
    pub(in crate::plan) fn variables(&self, trimpath: Trimpath) -> Vec<(&'static str, String)> {
        match (self, trimpath) {
            (Download::Nothing | Download::Everything, _) => Vec::new(),
            // A variable would count more than the setting.
            (Download::Packages { .. }, Trimpath::Yes) => {
                vec![("GOENV", format!("{MODULES}/{SETTINGS}")), ("GOMODCACHE", String::new())]
            }
            (Download::Packages { .. }, Trimpath::No) => vec![("GOMODCACHE", self.folder())],
        }
    }

    /// Where the module cache is, as programs have it that keep paths.
    pub(in crate::plan) fn folder(&self) -> String {
        match self {
            Download::Nothing | Download::Everything => MODULES.to_owned(),
            Download::Packages { tree, .. } => format!("{MODULES}/{tree}"),
        }
    }
}

/// A name for what follows from these packages, builds and module files.
fn tree(packages: &BTreeSet<String>, builds: &BTreeSet<String>, layout: &Layout, files: &Files) -> String {
    let words = packages.iter().chain(builds).map(String::as_bytes);
    let named = layout
        .module_files
        .iter()
        .flat_map(|file| [file.as_str().as_bytes(), files.get(file).map(Vec::as_slice).unwrap_or_default()]);
    let all: Vec<&[u8]> = words.chain(named).collect();
    Digest::of(all.join(&0)).hex()[..16].to_owned()
}

/// Whether a package can be one of a required module: the first element of those of the standard library has no dot
/// (`cmd/go/internal/search.IsStandardImportPath`).
fn is_of_module(path: &str, layout: &Layout) -> bool {
    let first = path.split('/').next().unwrap_or_default();
    first.contains('.') || layout.required(path).is_some()
}

/// What makes a build of Go one for this platform and file, as words for `env`.
fn build(spec: &Spec, target: &GoTarget) -> String {
    let mut words: Vec<String> =
        target_variables(spec, target).iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.extend(compile::tags_flag(spec).map(|flag| format!("GOFLAGS={flag}")));
    words.join(" ")
}
