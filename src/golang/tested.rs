//! Which packages are tested, and what they and their tests are made of.
//!
//! Go's `./...` stays within one module; in a workspace people mean all of them. Invariant: every operand is in a main
//! module, since Go refuses the others.

use super::layout::{Layout, has, is_walked};
use super::program::{Program, Sources, search};
use super::step::{Files, Step};
use crate::context::{ContextPath, Listing};
use std::collections::BTreeSet;

/// How far a pattern reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// To the directory itself.
    Here,
    /// To all that is below it.
    Below,
}

/// Packages to test: a directory each, and whether those below it count.
pub type Tested = BTreeSet<(ContextPath, Depth)>;

impl Layout {
    /// What the go command is to be asked for where people mean this: parts of the main modules.
    pub fn tested(&self, directory: &ContextPath, depth: Depth) -> Tested {
        let mut tested = Tested::new();
        if self.modules.keys().any(|module| directory.is_within(module)) {
            tested.insert((directory.clone(), depth));
        }
        if depth == Depth::Below {
            let below = self.modules.keys().filter(|module| module.is_within(directory));
            tested.extend(below.map(|module| (module.clone(), depth)));
        }
        tested
    }
}

/// What the tests of these packages are made of.
pub fn tested(
    listing: &Listing,
    layout: &Layout,
    tested: &Tested,
    files: &Files,
    scanned: &mut Sources,
) -> Step<Program> {
    let mut packages = BTreeSet::new();
    for (directory, depth) in tested {
        match depth {
            Depth::Here => {
                packages.insert(directory.clone());
            }
            Depth::Below => {
                packages.extend(
                    listing.directories().filter(|below| is_matched(listing, directory, below)).cloned(),
                );
            }
        }
    }
    search(listing, layout, packages.iter().cloned().collect(), packages, files, scanned)
}

/// Whether Go finds the package in `below` when it is asked for `<directory>/...`.
fn is_matched(listing: &Listing, directory: &ContextPath, below: &ContextPath) -> bool {
    below.is_within(directory)
        && below
            .ancestors()
            .take_while(|above| above != directory)
            .all(|above| is_walked(&above) && !has(listing, &above, "go.mod"))
        && listing.files_in(below).any(|file| file.extension() == Some("go"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Context, place};
    use super::{Depth, Program};

    const MODULE: &str = "module example.com/app\n\ngo 1.26\n\nrequire example.com/assert v1.0.0\n";

    /// The packages with the directories that Go is asked for, and what they import from elsewhere.
    fn tested(context: &Context, directory: &str, depth: Depth) -> String {
        let asked = context.layout().unwrap().tested(&place(directory), depth);
        let asked = asked.iter().map(|(directory, depth)| format!("{directory} {depth:?}"));
        let Program::Exact(parts) = context.tested(directory, depth) else { panic!("everything") };
        let packages = parts.packages.keys().map(ToString::to_string);
        let lists = [asked.collect::<Vec<_>>(), packages.collect(), parts.imports.iter().cloned().collect()];
        lists.map(|list| list.join(", ")).join("; ")
    }

    #[test]
    fn tests_count_with_what_they_import() {
        let context = Context::new(&[
            ("go.mod", MODULE),
            ("a/a.go", "package a\n"),
            (
                "a/a_test.go",
                "package a_test\n\nimport (\n\t\"example.com/app/help\"\n\t\"example.com/assert\"\n)\n",
            ),
            ("only/only_test.go", "package only\n\nimport \"testing\"\n"),
            ("help/help.go", "package help\n\nimport \"os\"\n"),
            ("a/testdata/t.go", "package t\n\nimport \"example.com/assert/never\"\n"),
            ("nested/go.mod", "module example.com/nested\n"),
            ("nested/n_test.go", "package nested\n\nimport \"example.com/assert/nested\"\n"),
        ]);
        let all = tested(&context, ".", Depth::Below);
        assert_eq!(all, ". Below; a, help, only; example.com/assert, os, testing");
        // A test of what is imported only is not run.
        let one = tested(&context, "a", Depth::Here);
        assert_eq!(one, "a Here; a, help; example.com/assert, os");
    }

    #[test]
    fn a_workspace_is_tested_module_by_module() {
        let context = Context::new(&[
            ("go.work", "go 1.26\n\nuse (\n\t./one\n\t./two\n)\n"),
            ("one/go.mod", "module example.com/one\n"),
            ("one/o_test.go", "package one\n"),
            ("two/go.mod", "module example.com/two\n"),
            ("two/deep/d_test.go", "package deep\n"),
            ("other/o.go", "package other\n"),
        ]);
        assert_eq!(tested(&context, ".", Depth::Below), "one Below, two Below; one, two/deep; ");
        assert_eq!(tested(&context, "two/deep", Depth::Below), "two/deep Below; two/deep; ");
        assert!(context.layout().unwrap().tested(&place("other"), Depth::Below).is_empty());
    }
}
