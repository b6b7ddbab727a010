//! The main packages that the user names.
//!
//! Invariant: whatever is wrong with a name is told together with the main packages that there are, the most similar
//! one first.

use super::super::layout::has;
use super::super::problem::Problem;
use super::package::Package;
use super::{MainPackage, Search};
use crate::context::{ContextPath, Entry};
use std::collections::BTreeMap;

/// How much of two names is compared; similarity costs the product of their lengths.
const COMPARED: usize = 64;

impl Search<'_> {
    /// The packages of these names, in their order, each once.
    pub(super) fn wanted(
        &mut self,
        wanted: &[(String, ContextPath)],
    ) -> Result<Option<Vec<MainPackage>>, Problem> {
        let mut mains: Vec<MainPackage> = Vec::new();
        let mut binaries: BTreeMap<String, ContextPath> = BTreeMap::new();
        for (written, directory) in wanted {
            let Some(main) = self.named(written, directory)? else { continue };
            match binaries.insert(main.binary.clone(), directory.clone()) {
                Some(other) if other == *directory => {}
                Some(other) => {
                    let directories = [other, directory.clone()];
                    return Err(Problem::SameBinary { binary: main.binary, directories });
                }
                None => mains.push(main),
            }
        }
        Ok(self.reader.complete().then_some(mains))
    }

    /// The package of this name; nothing if a file has to be read first.
    fn named(&mut self, written: &str, directory: &ContextPath) -> Result<Option<MainPackage>, Problem> {
        let package = match self.listing.get(directory) {
            None => None,
            Some(Entry::Directory) => {
                self.check_module(written, directory)?;
                match self.package(directory) {
                    None => return Ok(None),
                    package => package,
                }
            }
            Some(_) if directory.extension() == Some("go") => {
                let (written, file) = (written.to_owned(), directory.clone());
                let directory = file.parent().unwrap_or_default();
                return Err(Problem::GoFileAsPackage { written, file, directory });
            }
            Some(_) => Some(Package::None),
        };
        let package = match package {
            Some(Package::Main(files) | Package::Unreadable(files)) => {
                return Ok(self.main_package(directory, files));
            }
            Some(Package::Excluded { files, .. }) => {
                let (written, directory) = (written.to_owned(), directory.clone());
                return Err(Problem::AllExcluded { written, directory, files });
            }
            package => package,
        };
        let Some(mains) = self.all_mains() else { return Ok(None) };
        let mains = by_similarity(directory, mains);
        let (written, directory) = (written.to_owned(), directory.clone());
        Err(match package {
            None => Problem::MissingDirectory { written, directory, mains },
            Some(Package::Library { name: package, file, line }) => {
                Problem::NotMain { written, package, file, line, mains }
            }
            Some(_) => Problem::NoGoFiles { written, directory, mains },
        })
    }

    /// Whether a directory is in a main module, and not in another one nested in it.
    fn check_module(&self, written: &str, directory: &ContextPath) -> Result<(), Problem> {
        let owner = directory.ancestors().find(|above| has(self.listing, above, "go.mod"));
        if owner.as_ref().is_some_and(|owner| self.layout.modules.contains_key(owner)) {
            return Ok(());
        }
        Err(Problem::OutsideModules {
            written: written.to_owned(),
            directory: directory.clone(),
            owner: owner.and_then(|owner| owner.join("go.mod").ok()),
            modules: self.layout.modules.keys().cloned().collect(),
        })
    }
}

/// The most similar first, in path and in last element; of equally similar ones in their order.
fn by_similarity(wanted: &ContextPath, mains: Vec<ContextPath>) -> Vec<ContextPath> {
    let similarity = |main: &ContextPath| {
        let of_names = alike(wanted.file_name().unwrap_or("."), main.file_name().unwrap_or("."));
        of_names + alike(wanted.as_str(), main.as_str())
    };
    let mut mains: Vec<(f64, ContextPath)> =
        mains.into_iter().map(|main| (similarity(&main), main)).collect();
    mains.sort_by(|(left, _), (right, _)| right.total_cmp(left));
    mains.into_iter().map(|(_, main)| main).collect()
}

fn alike(left: &str, right: &str) -> f64 {
    let start = |text: &str| -> String { text.chars().take(COMPARED).collect() };
    strsim::jaro_winkler(&start(left), &start(right))
}

#[cfg(test)]
mod tests {
    use super::super::super::conditions::Exclusion;
    use super::super::super::layout::Start;
    use super::super::super::problem::{Excluded, Problem};
    use super::super::super::testing::{Context, place, places};

    const MAIN: &str = "package main\n";

    fn app() -> Context {
        Context::new(&[
            ("go.mod", "module example.com/app\ngo 1.26\n"),
            ("cmd/api/main.go", MAIN),
            ("cmd/worker/main.go", MAIN),
            ("lib/lib.go", "// Package lib.\npackage lib"),
            ("deep/er/tool/main.go", MAIN),
            ("docs/index.md", ""),
            ("only/only_test.go", MAIN),
            ("win/main_windows.go", MAIN),
            ("win/x.go", "//go:build darwin\n\npackage main"),
            ("nested/go.mod", "module example.com/nested"),
            ("nested/main.go", MAIN),
            ("testdata/x/main.go", MAIN),
            ("empty/main.go", ""),
        ])
    }

    #[test]
    fn named_packages_in_their_order() {
        let context = app();
        let mains = context.mains(&["./cmd/worker", "cmd/api/", "cmd/worker"]).unwrap();
        let binaries: Vec<&str> = mains.iter().map(|main| main.binary.as_str()).collect();
        assert_eq!(binaries, ["worker", "api"]);
        assert!(context.mains(&["testdata/x"]).is_ok(), "named is named");
        assert!(context.mains(&["empty"]).is_ok(), "Go says what is wrong with it");
    }

    #[test]
    fn what_is_not_there_is_answered_with_what_is() {
        let (written, mains) = ("./cmd/apo".to_owned(), places(&["cmd/api", "cmd/worker", "deep/er/tool"]));
        let directory = place("cmd/apo");
        let problem = Problem::MissingDirectory { written, directory, mains };
        assert_eq!(app().mains(&["./cmd/apo"]), Err(problem));

        match app().mains(&["tool"]).unwrap_err() {
            Problem::MissingDirectory { mains, .. } => assert_eq!(mains[0], place("deep/er/tool")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_no_program() {
        for wanted in ["docs", "only", "."] {
            match app().mains(&[wanted]).unwrap_err() {
                Problem::NoGoFiles { mains, .. } => assert_eq!(mains.len(), 3, "{wanted}"),
                other => panic!("{other:?}"),
            }
        }
        match app().mains(&["lib"]).unwrap_err() {
            Problem::NotMain { package, file, line, mains, .. } => {
                assert_eq!((package.as_str(), file, line, mains.len()), ("lib", place("lib/lib.go"), 2, 3));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_excluded_says_by_what() {
        let constraint = Exclusion::Constraint { line: 1, text: "darwin".to_owned() };
        let files = vec![
            Excluded { file: place("win/main_windows.go"), reason: Exclusion::FileName },
            Excluded { file: place("win/x.go"), reason: constraint },
        ];
        let problem = Problem::AllExcluded { written: "win".to_owned(), directory: place("win"), files };
        assert_eq!(app().mains(&["win"]), Err(problem));
    }

    #[test]
    fn what_is_elsewhere() {
        let problem = Problem::OutsideModules {
            written: "nested".to_owned(),
            directory: place("nested"),
            owner: Some(place("nested/go.mod")),
            modules: places(&["."]),
        };
        assert_eq!(app().mains(&["nested"]), Err(problem));

        let started = app().started(Start::Module(place("nested")));
        match started.mains(&["cmd/api"]).unwrap_err() {
            Problem::OutsideModules { owner, .. } => assert_eq!(owner, Some(place("go.mod"))),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_is_no_package() {
        let problem = Problem::GoFileAsPackage {
            written: "cmd/api/main.go".to_owned(),
            file: place("cmd/api/main.go"),
            directory: place("cmd/api"),
        };
        assert_eq!(app().mains(&["cmd/api/main.go"]), Err(problem));
    }

    #[test]
    fn two_programs_of_one_name() {
        let context = app().with_all(&["tools/api/main.go"], MAIN);
        let directories = [place("cmd/api"), place("tools/api")];
        let problem = Problem::SameBinary { binary: "api".to_owned(), directories };
        assert_eq!(context.mains(&["cmd/api", "tools/api"]), Err(problem));
    }

    #[test]
    fn a_go_file_of_a_module_names_its_package() {
        let context = app().started(Start::GoFile(place("cmd/worker/main.go")));
        assert_eq!(context.mains(&[]).unwrap()[0].import_path, "example.com/app/cmd/worker");
        let library = app().started(Start::GoFile(place("lib/lib.go")));
        match library.mains(&[]).unwrap_err() {
            Problem::NotMain { written, .. } => assert_eq!(written, "lib/lib.go"),
            other => panic!("{other:?}"),
        }
    }
}
