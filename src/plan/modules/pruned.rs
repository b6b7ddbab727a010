//! The download of what some packages are made of.
//!
//! Invariant: the cache mount has whole modules, the result the part of them that the builds can use.

use super::super::Inputs;
use super::super::compile;
use super::super::go_step::{MODULES, Root, go_step, kept};
use super::super::licenses;
use super::super::names::Extent;
use super::super::script::{OUTPUT_VARIABLE, Script};
use super::access;
use crate::golang::Layout;
use buildkit_llb::{Exec, Sharing};
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
    root: &Root,
    packages: &BTreeSet<String>,
    extent: Extent,
    builds: &BTreeSet<String>,
    tree: &str,
) -> (Exec, String) {
    let name = format!("go mod download for {}", extent.describe(packages));
    let lists = [
        ("packages", packages.iter().cloned().collect()),
        ("modules", named_modules(inputs.layout).into_iter().collect()),
    ];
    // Read from the tree with everything.
    let licenses = (extent != Extent::Trunk && licenses::are_wanted(inputs)).then(licenses::kept);
    let lists = lists.into_iter().chain(licenses.into_iter().flatten());
    let lists = lists.chain(access::files(&inputs.spec.modules));
    let script = Script::Modules;
    let exec = script.of(inputs, go_step(script.argv(builds.iter().cloned()), inputs, root), lists);
    let exec = exec
        .env("GOMODCACHE", CACHE)
        .env(TREE_VARIABLE, tree)
        .env(OUTPUT_VARIABLE, MODULES)
        .mount(kept(inputs, CACHE, "go-mod", Sharing::Shared));
    // Go keeps what it found in each module in its build cache.
    (exec.env("GOCACHE", compile::CACHE).mount(compile::cache(inputs, None)), name)
}

#[cfg(test)]
mod tests {
    use super::Script;
    use crate::plan::script::trial::Trial;
    use std::fs;
    use std::path::Path;

    /// A go command that finds packages: those of a file, as the format of the script has them.
    const GO: &str = "#!/bin/sh\n[ \"$1\" = mod ] || cat \"$GOBUILD_LISTS/found\"\n";

    /// The path that the script gives the module cache of a module in a version, with these packages and files of it.
    fn path(version: &str, packages: &[&str], files: &[&str]) -> String {
        let trial = Trial::of(GO);
        trial.write("lists/packages", "example.com/Dep\n");
        trial.write("lists/modules", &format!("example.com/Dep@{version}\n"));
        let module = format!("example.com/!dep@{version}");
        let directory = trial.place("cache").join(&module);
        let mut found = Vec::new();
        for file in files {
            trial.write(&format!("cache/{module}/{file}"), file);
            found.push(format!("{}/{file}\n", directory.display()));
        }
        for package in packages {
            let directory = if package.is_empty() { directory.clone() } else { directory.join(package) };
            found.push(format!("+{}\n@example.com/Dep@{version}\n", directory.display()));
        }
        trial.write("lists/found", &found.concat());
        trial.run(Script::Modules, &["GOOS=linux GOARCH=amd64"], "GOMODCACHE");

        let settings = fs::read_to_string(trial.place("output/env")).unwrap();
        let tree = settings.strip_prefix("GOMODCACHE=").unwrap().trim_end();
        for file in files {
            for tree in [Path::new(tree), &trial.place("output/known")] {
                assert!(tree.join(&module).join(file).is_file(), "{file}");
            }
        }
        tree.rsplit('/').next().unwrap().to_owned()
    }

    #[test]
    fn what_no_build_for_linux_reads_is_left_out() {
        let names = [
            "doc.go",
            "zz_linux.go",
            "zz_arm64.go",
            "zz_mips.go",
            "zz_mipsx.s",
            "zz_windows.go",
            "zz_windows.pb.go",
            "zz_windows_amd64.s",
            "zz_windows_more.go",
            "zz.of_windows.go",
            "zz_windows.h",
            "zz_linux_test.go",
            "windows.go",
        ];
        let left = |platforms: &[&str]| {
            let trial = Trial::of(GO);
            trial.write("lists/packages", "example.com/dep\n");
            trial.write("lists/modules", "example.com/dep@v1.0.0\n");
            let module = "example.com/dep@v1.0.0";
            let directory = trial.place("cache").join(module);
            let at = directory.display();
            let mut found = vec![format!("{at}/dep.go\n{at}/static_windows.go\n")];
            for name in names.into_iter().chain(["dep.go", "static_windows.go"]) {
                trial.write(&format!("cache/{module}/{name}"), name);
            }
            found.extend(names.map(|name| format!("-{at}/{name}\n")));
            found.push(format!("+{at}\n@{module}\n"));
            trial.write("lists/found", &found.concat());
            trial.run(Script::Modules, platforms, "GOMODCACHE");
            let tree = trial.place("output/known").join(module);
            let left = names.into_iter().filter(|name| tree.join(name).exists());
            // What is embedded is named by nobody's machine.
            assert!(tree.join("dep.go").exists() && tree.join("static_windows.go").exists());
            (left.collect::<Vec<&str>>(), fs::read_link(trial.place("output/known")).unwrap())
        };
        let (usual, path) = left(&["GOARCH=amd64 GOOS=linux", "GOARCH=arm64 GOOS=linux"]);
        let for_linux =
            ["zz_mipsx.s", "zz_windows_more.go", "zz.of_windows.go", "zz_windows.h", "windows.go"];
        assert_eq!(usual, [&["doc.go", "zz_linux.go", "zz_arm64.go"], for_linux.as_slice()].concat());
        let (any, path_of_any) = left(&["GOARCH=amd64 GOOS=linux", "GOARCH=mips GOOS=linux"]);
        assert_eq!(
            any,
            [&["doc.go", "zz_linux.go", "zz_arm64.go", "zz_mips.go"], for_linux.as_slice()].concat()
        );
        assert_ne!(path, path_of_any);
    }

    #[test]
    fn the_path_says_which_packages_there_are() {
        let one = path("v1.0.0", &[""], &["a.go", "sub/b.go"]);
        assert_eq!(one.len(), 16);
        // Go then believes nothing of the first version.
        assert_eq!(path("v1.0.1", &[""], &["a.go", "b.go"]), one);
        // A directory of which files were embedded is a package now.
        assert_ne!(path("v1.0.0", &["", "sub"], &["a.go", "sub/b.go"]), one);
        assert_ne!(path("v1.0.0", &["sub"], &["sub/b.go"]), one);
        path("v1.0.0", &[], &[]);
    }
}
