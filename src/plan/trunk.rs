//! The trunk: one package of each module that the program is written against, compiled before all others.
//!
//! What these packages import is much of what is imported at all, and the list of them mostly stays as it is when a program
//! imports one more package of a module that it knows. Invariant: keyed on that list, never on the whole.

use super::Inputs;
use super::modules::Download;
use super::names::Extent;
use crate::golang::{Dependency, ModulePath};
use crate::spec::Trimpath;
use std::collections::{BTreeMap, BTreeSet};

/// Fewer modules, in go.mod or imported by the program, are compiled about as quickly as one more layer is made and fetched.
const REQUIRED: usize = 20;
const IMPORTED: usize = 5;

/// Packages to be compiled before others.
pub(super) struct Trunk {
    /// Their import paths.
    pub(super) packages: BTreeSet<String>,
    /// What is to be downloaded for them.
    pub(super) download: Download,
}

/// The trunk of a program, unless it is not worth a step, or the compile step could not use it.
pub(super) fn trunk(inputs: &Inputs<'_>) -> Option<Trunk> {
    let layout = inputs.layout;
    // A path in the module cache would be in what is compiled.
    if inputs.spec.build.trimpath == Trimpath::No || layout.requires.len() < REQUIRED {
        return None;
    }
    let direct: BTreeSet<&ModulePath> = layout
        .kind
        .modules()
        .flat_map(|(_, module)| &module.require)
        .filter(|require| require.dependency == Dependency::Direct)
        .map(|require| &require.module)
        .collect();
    let Download::Packages { packages, builds, .. } = inputs.download else { return None };
    // Packages of the context for which Go looks into modules, too, are among them.
    let own = |package: &str| {
        layout.modules.values().chain(layout.replaced.keys()).any(|module| module.rest_of(package).is_some())
    };
    let theirs = packages.iter().filter(|package| !own(package));
    let theirs = theirs.filter_map(|package| Some((package, layout.required(package)?)));
    let trunk = one_of_each(theirs, &direct);
    (trunk.len() >= IMPORTED).then(|| {
        let download = Download::Packages {
            packages: trunk.clone(),
            builds: builds.clone(),
            extent: Extent::Trunk,
            // Read only where paths are kept; what follows from all packages would change with them.
            tree: "trunk".to_owned(),
        };
        Trunk { packages: trunk, download }
    })
}

/// Of each module that is required directly, the package with the shortest path, since new imports are seldom above it.
///
/// A module that is not, `go mod tidy` would make so, and then the module files change and everything with them.
fn one_of_each<'a>(
    packages: impl Iterator<Item = (&'a String, &'a ModulePath)>,
    direct: &BTreeSet<&ModulePath>,
) -> BTreeSet<String> {
    let mut shortest: BTreeMap<&ModulePath, &String> = BTreeMap::new();
    for (package, module) in packages.filter(|(_, module)| direct.contains(module)) {
        let known = shortest.entry(module).or_insert(package);
        if package.len() < known.len() {
            *known = package;
        }
    }
    shortest.into_values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::one_of_each;
    use crate::golang::ModulePath;
    use std::collections::BTreeSet;

    #[test]
    fn each_module_has_its_shortest_path_in_it() {
        let module = |path: &str| ModulePath::parse(path).unwrap();
        let direct = ["example.com/a", "example.com/a/inner", "example.com/b"].map(module);
        let direct: BTreeSet<&ModulePath> = direct.iter().collect();
        let of = |packages: &[(&str, &str)]| -> Vec<String> {
            let packages: Vec<_> =
                packages.iter().map(|(package, path)| ((*package).to_owned(), module(path))).collect();
            one_of_each(packages.iter().map(|(package, module)| (package, module)), &direct)
                .into_iter()
                .collect()
        };
        let before = [
            ("example.com/a/codec", "example.com/a"),
            ("example.com/a/codec/json", "example.com/a"),
            ("example.com/a/inner/deep", "example.com/a/inner"),
            ("example.com/b", "example.com/b"),
        ];
        let trunk = ["example.com/a/codec", "example.com/a/inner/deep", "example.com/b"];
        assert_eq!(of(&before), trunk);
        // Another package of a known module, one of a module that others require.
        let unsaid = ("example.com/unsaid", "example.com/unsaid");
        for more in
            [("example.com/b/more", "example.com/b"), ("example.com/a/another", "example.com/a"), unsaid]
        {
            assert_eq!(of(&[&before[..], &[more]].concat()), trunk, "{more:?}");
        }
        assert_eq!(of(&[unsaid]), [""; 0]);
    }
}
