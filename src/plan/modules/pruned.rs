//! The download of what some packages are made of.
//!
//! Invariant: the cache mount has whole modules, the result the part of them that the builds can use.

use super::super::Inputs;
use super::super::compile;
use super::super::go_step::{MODULES, go_step, kept};
use super::super::licenses;
use super::super::names::imported;
use super::super::script::{OUTPUT_VARIABLE, Script};
use super::access;
use crate::golang::Layout;
use buildkit_llb::{Exec, Output, Sharing};
use std::collections::BTreeSet;

/// What the result has beside the module cache: Go's settings, as `GOENV` names them.
pub(super) const SETTINGS: &str = "env";

/// Tells the script the name of its result that is known before.
const TREE_VARIABLE: &str = "GOBUILD_TREE";
/// The module cache that outlives the build.
const CACHE: &str = "/modcache";

/// The modules that the main modules name, in the version that they name.
fn named_modules(layout: &Layout) -> BTreeSet<String> {
    let required = layout.kind.modules().flat_map(|(_, module)| &module.require);
    let required = required.map(|require| format!("{}@{}", require.module, require.version));
    let replacements = layout.replacements.iter().map(|(path, version)| format!("{path}@{version}"));
    required.chain(replacements).collect()
}

/// The step, in which these packages are found for these builds, and its name.
pub(super) fn pruned(
    inputs: &Inputs<'_>,
    root: &Output,
    packages: &BTreeSet<String>,
    builds: &BTreeSet<String>,
    tree: &str,
) -> (Exec, String) {
    let name = format!("go mod download for {}", imported(packages));
    let lists = [
        ("packages", packages.iter().cloned().collect()),
        ("modules", named_modules(inputs.layout).into_iter().collect()),
    ];
    let licenses = licenses::are_wanted(inputs).then(licenses::kept);
    let lists = lists.into_iter().chain(licenses.into_iter().flatten());
    let lists = lists.chain(access::files(&inputs.spec.modules));
    let script = Script::Modules;
    let exec = script.of(go_step(script.argv(builds.iter().cloned()), inputs, root.clone()), lists);
    let exec = exec
        .env("GOMODCACHE", CACHE)
        .env(TREE_VARIABLE, tree)
        .env(OUTPUT_VARIABLE, MODULES)
        .mount(kept(inputs, CACHE, "go-mod", Sharing::Shared));
    // Go keeps what it found in each module in its build cache.
    (exec.env("GOCACHE", compile::CACHE).mount(compile::cache(inputs, None)), name)
}
