//! The module step: downloads what the program is made of, as a tree that only module files and builder key.
//!
//! It downloads into a cache mount, so that of a changed go.mod only the difference is fetched, and leaves the files of
//! the packages in use: a module cache that Go accepts, a fraction in size. Invariant: the same for every platform, so
//! that several platforms share one download.

use super::compile;
use super::go_step::{MODULES, SOURCES, go_step, go_variables, tags_flag, target_variables};
use super::mode::Mode;
use super::names::{Step, imported};
use super::script::{OUTPUT_VARIABLE, Script};
use super::{Inputs, file_place, licenses};
use crate::golang::{Files, GoTarget, GoVersion, Layout, ModFile, Program};
use crate::spec::Spec;
use buildkit_llb::{Digest, Exec, Mount, Output, Sharing};
use std::collections::BTreeSet;

/// Downloads at once. Go takes the number of cores, but a download mostly waits.
const DOWNLOADS_AT_ONCE: &str = "16";
/// The module cache that outlives the build.
const CACHE: &str = "/modcache";

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
        /// Names the tree that comes of it: the same name, the same files.
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
            packages.extend(parts.imports.iter().filter(|path| is_of_module(path, layout)).cloned());
            // Go looks whether a required module has this package, too, if its path allows that.
            let own = parts.packages.keys().filter_map(|package| layout.import_path(package));
            packages.extend(own.filter(|path| is_of_required(path, layout)));
            builds.insert(build(spec, target));
        }
        // Go then does not even read the go.mod of a required module (go.dev/ref/mod, "lazy module loading").
        let pruned = GoVersion::of_language(1, 17);
        let lazy = |module: &ModFile| module.go.as_ref().is_some_and(|go| go.version >= pruned);
        if packages.is_empty() && layout.kind.modules().all(|(_, module)| lazy(module)) {
            return Download::Nothing;
        }
        let tree = tree(&packages, &builds, layout, files);
        Download::Packages { packages, builds, tree }
    }

    /// Where the steps that read the module cache have it.
    ///
    /// Go keeps a list of the packages of each module in its build cache, under the path of the module, since a module in
    /// a version never changes (`cmd/go/internal/modindex`). A pruned one does, so each tree has a path of its own.
    pub(super) fn folder(&self) -> String {
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
    first.contains('.') || is_of_required(path, layout)
}

/// Whether the path of a package is in that of a required module.
fn is_of_required(path: &str, layout: &Layout) -> bool {
    layout.requires.iter().any(|module| module.rest_of(path).is_some())
}

/// What makes a build of Go one for this platform and file, as words for `env`.
fn build(spec: &Spec, target: &GoTarget) -> String {
    let mut words: Vec<String> =
        target_variables(target).iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.extend(tags_flag(spec).map(|flag| format!("GOFLAGS={flag}")));
    words.join(" ")
}

/// The module cache, or none if nothing has to be downloaded.
pub(super) fn modules(inputs: &Inputs<'_>, root: &Output) -> Option<Output> {
    let (exec, name) = match inputs.download {
        Download::Nothing => return None,
        Download::Packages { packages, builds, .. } => pruned(inputs, root, packages, builds),
        Download::Everything => {
            let argv = ["go", "mod", "download"].map(str::to_owned).to_vec();
            let name = argv.join(" ");
            (go_step(argv, inputs, root.clone()), name)
        }
    };
    let settings = inputs.settings;
    let mut exec = go_variables(exec, inputs.spec)
        .env("GOMAXPROCS", DOWNLOADS_AT_ONCE)
        // Not the image's.
        .env("GOFLAGS", "")
        .network(settings.network)
        .proxy_env(settings.proxy.clone());
    for (host, address) in &settings.extra_hosts {
        exec = exec.extra_host(host, address);
    }
    exec
        // Go may add missing lines to go.sum; they are thrown away, and the compile step says what was missing.
        .mount(Mount::discard(inputs.context.modules(inputs.layout), SOURCES))
        .mount(Mount::scratch(MODULES))
        .metadata(Step::Modules.metadata("", &name, file_place(inputs.spec), settings))
        .build()
        .output(MODULES)
}

/// The modules that the main modules name, in the version that they name.
fn named_modules(layout: &Layout) -> BTreeSet<String> {
    let required = layout.kind.modules().flat_map(|(_, module)| &module.require);
    let required = required.map(|require| format!("{}@{}", require.module, require.version));
    let replacements = layout.replacements.iter().map(|(path, version)| format!("{path}@{version}"));
    required.chain(replacements).collect()
}

fn pruned(
    inputs: &Inputs<'_>,
    root: &Output,
    packages: &BTreeSet<String>,
    builds: &BTreeSet<String>,
) -> (Exec, String) {
    let name = format!("go mod download for {}", imported(packages));
    let lists = [
        ("packages", packages.iter().cloned().collect()),
        ("modules", named_modules(inputs.layout).into_iter().collect()),
    ];
    let licenses = inputs.spec.image.licenses.then(licenses::kept);
    let lists = lists.into_iter().chain(licenses.into_iter().flatten());
    let cache = match inputs.mode {
        Mode::Mounts | Mode::Layers => {
            Mount::cache(CACHE, inputs.settings.cache_id("go-mod"), Sharing::Shared)
        }
        Mode::Off => Mount::scratch(CACHE),
    };
    let script = Script::Modules;
    let exec = script.of(go_step(script.argv(builds.iter().cloned()), inputs, root.clone()), lists);
    let exec = exec.env("GOMODCACHE", CACHE).env(OUTPUT_VARIABLE, MODULES).mount(cache);
    // Go keeps what it found in each module in its build cache.
    (exec.env("GOCACHE", compile::CACHE).mount(compile::cache(inputs, None)), name)
}
