//! The main package to build when none is named.
//!
//! Invariant: it looks where programs usually are before it looks everywhere, and takes one of several only if that is
//! at the root or called like the module.

use super::super::layout::{Scope, has, is_walked};
use super::super::modfile::ModFile;
use super::super::module::{binary_name, is_element};
use super::super::problem::Problem;
use super::package::{Hidden, Package};
use super::{MainPackage, Search};
use crate::context::ContextPath;
use std::collections::BTreeSet;

/// The main packages among some directories, and those that build constraints hide.
#[derive(Default)]
struct Found {
    mains: Vec<MainPackage>,
    excluded: Vec<ContextPath>,
}

impl Search<'_> {
    /// The only main package, or the obvious one.
    pub(super) fn discover(&mut self) -> Result<Option<MainPackage>, Problem> {
        let usual = self.usual_directories();
        let Some(mut found) = self.look(&usual) else { return Ok(None) };
        if found.mains.is_empty() {
            let rest: BTreeSet<ContextPath> = &self.all_directories() - &usual;
            let Some(elsewhere) = self.look(&rest) else { return Ok(None) };
            found.mains = elsewhere.mains;
            found.excluded.extend(elsewhere.excluded);
        }
        self.choose(found).map(Some)
    }

    /// Every main package of the modules in scope, for suggestions.
    pub(super) fn all_mains(&mut self) -> Option<Vec<ContextPath>> {
        let everywhere = &self.all_directories() | &self.usual_directories();
        let mains = self.look(&everywhere)?.mains;
        Some(mains.into_iter().map(|main| main.directory).collect())
    }

    /// The package in `directory`, called as its module and its place in it say.
    pub(super) fn main_package(
        &self,
        directory: &ContextPath,
        files: Vec<ContextPath>,
    ) -> Option<MainPackage> {
        let (root, module) =
            directory.ancestors().find_map(|above| self.layout.modules.get_key_value(&above))?;
        let import_path = match directory.relative_to(root) {
            Some(inside) if !inside.is_root() => format!("{module}/{inside}"),
            _ => module.to_string(),
        };
        let binary = binary_name(&import_path).to_owned();
        Some(MainPackage { directory: directory.clone(), import_path, binary, files })
    }

    fn choose(&self, found: Found) -> Result<MainPackage, Problem> {
        let Found { mut mains, excluded } = found;
        if mains.is_empty() {
            let modules = self.modules().into_iter().map(|(directory, _)| directory).collect();
            return Err(Problem::NoMain { modules, excluded });
        }
        let root = match &self.layout.scope {
            Scope::Module(directory) => directory,
            Scope::Everywhere | Scope::Door(_) => &self.layout.root,
        };
        // In a workspace every module may have a program called like itself, and none of them is the one.
        let owners: BTreeSet<Option<&ContextPath>> =
            mains.iter().map(|main| self.owner(&main.directory)).collect();
        let same_name = |main: &MainPackage| {
            let module = self.owner(&main.directory).and_then(|owner| self.layout.modules.get(owner));
            owners.len() == 1 && module.is_some_and(|module| module.binary() == main.binary)
        };
        let at_root = |main: &MainPackage| main.directory == *root;
        let alike = mains.iter().filter(|main| same_name(main)).count();
        let chosen = match mains.iter().position(at_root) {
            _ if mains.len() == 1 => Some(0),
            None if alike == 1 => mains.iter().position(same_name),
            chosen => chosen,
        };
        match chosen {
            Some(index) => Ok(mains.swap_remove(index)),
            None => {
                Err(Problem::SeveralMains { mains: mains.into_iter().map(|main| main.directory).collect() })
            }
        }
    }

    /// The main module that a directory is in, whether or not another module is nested between them.
    fn owner(&self, directory: &ContextPath) -> Option<&ContextPath> {
        directory.ancestors().find_map(|above| Some(self.layout.modules.get_key_value(&above)?.0))
    }

    /// The main packages among `directories`; all files that are needed to tell are asked for at once.
    fn look(&mut self, directories: &BTreeSet<ContextPath>) -> Option<Found> {
        let mut found = Found::default();
        for directory in directories {
            match self.package(directory) {
                Some(Package::Main(files)) => found.mains.extend(self.main_package(directory, files)),
                Some(Package::Excluded { hidden: Hidden::Main, .. }) => {
                    found.excluded.push(directory.clone());
                }
                _ => {}
            }
        }
        self.reader.complete().then_some(found)
    }

    /// The main modules in scope, and what they ignore.
    fn modules(&self) -> Vec<(ContextPath, Ignored)> {
        let in_scope = |directory: &ContextPath| match &self.layout.scope {
            Scope::Module(only) => directory == only,
            Scope::Everywhere | Scope::Door(_) => true,
        };
        let modules = self.layout.kind.modules().filter(|(directory, _)| in_scope(directory));
        modules.map(|(directory, module)| (directory, Ignored::of(module))).collect()
    }

    /// Where programs usually are: `.`, `cmd`, `cmd/*`, and the other directories at the top of a module.
    fn usual_directories(&self) -> BTreeSet<ContextPath> {
        let mut directories = BTreeSet::new();
        for (root, ignored) in self.modules() {
            let top = self.inside(&root, &root, &ignored);
            let of_cmd = top.iter().filter(|directory| directory.file_name() == Some("cmd"));
            directories.extend(of_cmd.flat_map(|cmd| self.inside(cmd, &root, &ignored)));
            directories.extend(top);
            directories.insert(root);
        }
        directories
    }

    /// Every directory that `./...` matches.
    fn all_directories(&self) -> BTreeSet<ContextPath> {
        let mut directories = BTreeSet::new();
        for (root, ignored) in self.modules() {
            let mut pending = vec![root.clone()];
            while let Some(directory) = pending.pop() {
                pending.extend(self.inside(&directory, &root, &ignored));
                directories.insert(directory);
            }
        }
        directories
    }

    /// The directories directly in `directory` that `./...` goes into: no nested module, nothing that go.mod ignores,
    /// no name that Go takes no notice of or that cannot be in an import path.
    fn inside(&self, directory: &ContextPath, root: &ContextPath, ignored: &Ignored) -> Vec<ContextPath> {
        let walked = |inner: &&ContextPath| {
            is_walked(inner)
                && inner.file_name().is_some_and(is_element)
                && !has(self.listing, inner, "go.mod")
                && !inner.relative_to(root).is_some_and(|inside| ignored.contains(&inside))
        };
        self.listing.directories_in(directory).filter(walked).cloned().collect()
    }
}

/// The directories that `ignore` lines of a go.mod name (go.dev/ref/mod, "ignore directive").
struct Ignored {
    /// `./x`: this one.
    anchored: BTreeSet<ContextPath>,
    /// `x`: all of this name.
    anywhere: BTreeSet<String>,
}

impl Ignored {
    fn of(module: &ModFile) -> Ignored {
        let (mut anchored, mut anywhere) = (BTreeSet::new(), BTreeSet::new());
        for ignore in &module.ignore {
            match ignore.directory.strip_prefix("./") {
                Some(path) => anchored.extend(ContextPath::parse(path).ok()),
                None => anywhere.extend([ignore.directory.trim_matches('/').to_owned()]),
            }
        }
        Ignored { anchored, anywhere }
    }

    /// Whether a directory of the module is named by itself; those in it are not entered.
    fn contains(&self, inside: &ContextPath) -> bool {
        let path = inside.as_str();
        let mut ends = path.match_indices('/').map(|(slash, _)| &path[slash + 1..]).chain([path]);
        self.anchored.contains(inside) || ends.any(|end| self.anywhere.contains(end))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::problem::Problem;
    use super::super::super::testing::{Context, place, places};

    fn mains(context: &Context) -> Result<Vec<String>, Problem> {
        context
            .mains(&[])
            .map(|mains| mains.iter().map(|m| format!("{} {}", m.directory, m.binary)).collect())
    }

    const MODULE: (&str, &str) = ("go.mod", "module example.com/app\ngo 1.26\n");
    const MAIN: &str = "package main\n";

    #[test]
    fn the_only_one_or_the_obvious_one() {
        for (files, expected) in [
            (&["main.go"][..], ". app"),
            (&["cmd/api/main.go"], "cmd/api api"),
            (&["cmd/main.go"], "cmd cmd"),
            (&["server/main.go"], "server server"),
            (&["deep/er/and/deeper/x.go"], "deep/er/and/deeper deeper"),
            (&["main.go", "cmd/api/main.go"], ". app"),
            (&["cmd/app/main.go", "cmd/api/main.go"], "cmd/app app"),
            (&["app/main.go", "tool/main.go"], "app app"),
            (&["cmd/api/main.go", "deep/er/main.go"], "cmd/api api"),
            (
                &["cmd/api/main.go", "testdata/x/main.go", "vendor/x/main.go", "_x/main.go", ".x/x.go"],
                "cmd/api api",
            ),
            (&["cmd/api/main.go", "cmd/api/api_test.go", "hack/hack_test.go"], "cmd/api api"),
            (&["cmd/api/main.go", "tool/main_windows.go"], "cmd/api api"),
            (&["cmd/api/main.go", "my tool/main.go"], "cmd/api api"),
        ] {
            let context = Context::new(&[MODULE]).with_all(files, MAIN);
            assert_eq!(mains(&context), Ok(vec![expected.to_owned()]), "{files:?}");
        }
    }

    #[test]
    fn several_are_listed() {
        for (files, expected) in [
            (&["cmd/api/x.go", "cmd/worker/x.go"][..], &["cmd/api", "cmd/worker"][..]),
            (&["cmd/api/x.go", "tools/x.go"], &["cmd/api", "tools"]),
            (&["cmd/app/x.go", "app/x.go"], &["app", "cmd/app"]),
            (&["a/b/c/x.go", "a/b/d/x.go"], &["a/b/c", "a/b/d"]),
        ] {
            let context = Context::new(&[MODULE]).with_all(files, MAIN);
            assert_eq!(mains(&context), Err(Problem::SeveralMains { mains: places(expected) }));
        }
    }

    #[test]
    fn a_library_has_no_main() {
        let files = [MODULE, ("app.go", "package app"), ("gen.go", "//go:build ignore\n\npackage main")];
        let none = Problem::NoMain { modules: places(&["."]), excluded: vec![] };
        assert_eq!(mains(&Context::new(&files)), Err(none));

        let hidden = Context::new(&files).with_all(&["cmd/x/main.go"], "//go:build windows\n\npackage main");
        let none = Problem::NoMain { modules: places(&["."]), excluded: places(&["cmd/x"]) };
        assert_eq!(mains(&hidden), Err(none));
    }

    #[test]
    fn nested_modules_and_ignored_directories_are_left_alone() {
        let context = Context::new(&[
            ("go.mod", "module example.com/app\ngo 1.26\nignore ./web\nignore node_modules\n"),
            ("cmd/api/main.go", MAIN),
            ("tools/go.mod", "module example.com/tools"),
            ("tools/main.go", MAIN),
            ("web/main.go", MAIN),
            ("node_modules/main.go", MAIN),
            ("cmd/node_modules/main.go", MAIN),
        ]);
        assert_eq!(mains(&context), Ok(vec!["cmd/api api".to_owned()]));
    }

    #[test]
    fn a_workspace_has_no_obvious_one() {
        let context = Context::new(&[
            ("go.work", "go 1.26\nuse (\n./api\n./worker\n)\n"),
            ("api/go.mod", "module example.com/api"),
            ("api/cmd/serve/main.go", MAIN),
            ("worker/go.mod", "module example.com/worker"),
            ("worker/main.go", MAIN),
        ]);
        let several = Problem::SeveralMains { mains: places(&["api/cmd/serve", "worker"]) };
        assert_eq!(mains(&context), Err(several));
        let chosen = context.started(super::super::super::layout::Start::Module(place("api")));
        assert_eq!(mains(&chosen), Ok(vec!["api/cmd/serve serve".to_owned()]));
    }

    #[test]
    fn a_library_costs_one_read() {
        let context = Context::new(&[MODULE, ("cmd/api/main.go", MAIN)])
            .with_all(&["lib/a.go", "lib/b.go", "lib/c.go", "cmd/api/b_windows.go"], "package lib");
        context.mains(&[]).unwrap();
        let read: Vec<String> = context.asked_for().into_iter().map(|path| path.to_string()).collect();
        assert_eq!(read, ["cmd/api/main.go", "go.mod", "lib/a.go"]);
    }

    #[test]
    fn the_files_of_a_program() {
        let context = Context::new(&[
            MODULE,
            ("main.go", MAIN),
            ("a.go", MAIN),
            ("a_test.go", MAIN),
            ("a_darwin.go", MAIN),
            ("b.go", "//go:build darwin\n\npackage main"),
            ("c.go", "//go:build sqlite || go1.99 || cgo\n\npackage main"),
            ("d.go", "package documentation"),
            ("gen.go", "//go:build ignore\n\npackage main"),
        ]);
        assert_eq!(context.mains(&[]).unwrap()[0].files, places(&["a.go", "c.go", "main.go"]));
    }

    #[test]
    fn the_import_path() {
        for (module, file, import_path, binary) in [
            ("example.com/app/v2", "main.go", "example.com/app/v2", "app"),
            ("example.com/app/v2", "cmd/api/main.go", "example.com/app/v2/cmd/api", "api"),
            ("app", "v3/main.go", "app/v3", "app"),
        ] {
            let context = Context::new(&[("go.mod", &format!("module {module}")), (file, MAIN)]);
            let main = &context.mains(&[]).unwrap()[0];
            assert_eq!((main.import_path.as_str(), main.binary.as_str()), (import_path, binary));
        }
    }
}
