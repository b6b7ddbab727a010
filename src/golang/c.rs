//! Packages of the repository that are made of C.
//!
//! Invariant: a package is said to lack Go files without C only where that is sure: it is imported by files that are part
//! of the build whatever is not known of it.

use super::conditions::{Cgo, Conditions, Exclusion};
use super::constraint::Truth;
use super::layout::Layout;
use super::mains::MainPackage;
use super::program::{Parts, Sources};
use super::source::Source;
use crate::context::{ContextPath, Listing};
use std::collections::BTreeSet;

/// A package that has Go files, all of which import "C".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlyC {
    /// One of its files.
    pub file: ContextPath,
    /// The line of that import, 1-based.
    pub line: usize,
    /// Its directory.
    pub directory: ContextPath,
}

/// The first Go file of a program that imports "C".
pub fn first_c(parts: &Parts, listing: &Listing, sources: &Sources) -> Option<ContextPath> {
    let mut files = parts.packages.keys().flat_map(|directory| go_files(listing, directory));
    files.find(|file| sources.get(*file).is_some_and(Source::uses_cgo)).cloned()
}

/// The packages of a program that cannot be built without C. `conditions` are those of a build without it.
pub fn only_c(
    mains: &[MainPackage],
    parts: &Parts,
    layout: &Layout,
    listing: &Listing,
    sources: &Sources,
    conditions: &Conditions<'_>,
) -> Vec<OnlyC> {
    debug_assert_eq!(conditions.cgo, Cgo::Off);
    let mut found = Vec::new();
    let mut seen: BTreeSet<ContextPath> = BTreeSet::new();
    let mut waiting: Vec<ContextPath> = mains.iter().map(|main| main.directory.clone()).collect();
    while let Some(directory) = waiting.pop() {
        let Some(package) = parts.packages.get(&directory) else { continue };
        if !seen.insert(directory.clone()) {
            continue;
        }
        let (mut go, mut c) = (false, None);
        for file in go_files(listing, &directory) {
            let Some(source) = sources.get(file) else { continue };
            match conditions.excludes(file.file_name().unwrap_or_default(), source) {
                Some(Exclusion::NeedsCgo { line }) if c.is_none() => c = Some((file.clone(), line)),
                Some(_) => {}
                None => {
                    go = true;
                    if is_sure(conditions, file, source) {
                        let imports = source.imports.iter().map(|import| import.path.as_str());
                        let imports: BTreeSet<&str> = imports.collect();
                        let own = package.imports.iter();
                        let own = own.filter(|own| {
                            layout.import_path(own).is_some_and(|path| imports.contains(path.as_str()))
                        });
                        waiting.extend(own.cloned());
                    }
                }
            }
        }
        if let (false, Some((file, line))) = (go, c) {
            found.push(OnlyC { file, line, directory });
        }
    }
    found.sort_by(|left, right| left.file.cmp(&right.file));
    found
}

/// Whether a file that may be part of a build is.
fn is_sure(conditions: &Conditions<'_>, file: &ContextPath, source: &Source) -> bool {
    let holds = |truth: Truth| truth == Truth::True;
    let constraint = source.constraint.as_ref();
    constraint.is_none_or(|constraint| holds(constraint.evaluate(|tag| conditions.tag(tag))))
        && conditions.excludes_name(file.file_name().unwrap_or_default()).is_none()
}

fn go_files<'a>(listing: &'a Listing, directory: &ContextPath) -> impl Iterator<Item = &'a ContextPath> {
    let go = |file: &&ContextPath| {
        let name = file.file_name().unwrap_or_default();
        name.ends_with(".go") && !name.ends_with("_test.go") && !name.starts_with(['.', '_'])
    };
    listing.files_in(directory).filter(go)
}

#[cfg(test)]
mod tests {
    use super::super::conditions::{Builder, Cgo, Conditions};
    use super::super::program::Program;
    use super::super::target::GoTarget;
    use super::super::testing::Context;
    use super::{first_c, only_c};
    use std::collections::BTreeSet;

    const MODULE: (&str, &str) = ("go.mod", "module example.com/app\n\ngo 1.26\n");

    /// Files that make packages need C, and the first file that uses it.
    fn found(files: &[(&str, &str)]) -> (Vec<String>, Option<String>) {
        let context = Context::new(&[&[MODULE], files].concat());
        let Program::Exact(parts) = context.program(&[]) else { panic!("not exact") };
        let target = GoTarget::new("linux", "amd64", "").unwrap();
        let tags = BTreeSet::new();
        let conditions =
            Conditions { target: &target, tags: &tags, builder: Builder::Unknown, cgo: Cgo::Off };
        let (listing, sources) = (context.listing(), context.sources());
        let mains = context.mains(&[]).unwrap();
        let only = only_c(&mains, &parts, &context.layout().unwrap(), &listing, &sources, &conditions);
        let only = only.into_iter().map(|only| format!("{}:{}", only.file, only.line)).collect();
        (only, first_c(&parts, &listing, &sources).map(|file| file.to_string()))
    }

    #[test]
    fn a_package_of_c_alone() {
        let main = ("main.go", "package main\n\nimport _ \"example.com/app/db\"\n\nfunc main() {}\n");
        let c = ("db/db.go", "package db\n\nimport \"C\"\n");
        assert_eq!(found(&[main, c]), (vec!["db/db.go:3".to_owned()], Some("db/db.go".to_owned())));
        // There is another implementation.
        let (only, first) = found(&[main, c, ("db/pure.go", "//go:build !cgo\n\npackage db\n")]);
        assert_eq!((only.len(), first.as_deref()), (0, Some("db/db.go")));
    }

    #[test]
    fn a_package_that_only_c_imports_is_not_needed() {
        let main = ("main.go", "package main\n\nfunc main() {}\n");
        let with_c = ("with.go", "//go:build cgo\n\npackage main\n\nimport _ \"example.com/app/db\"\n");
        let unknown =
            ("new.go", "//go:build goexperiment.x\n\npackage main\n\nimport _ \"example.com/app/db\"\n");
        let c = ("db/db.go", "package db\n\nimport \"C\"\n");
        assert_eq!(found(&[main, with_c, c]).0, [""; 0]);
        assert_eq!(found(&[main, unknown, c]).0, [""; 0]);
        let windows = ("x_windows.go", "package main\n\nimport _ \"example.com/app/db\"\n");
        assert_eq!(found(&[main, windows, c]).0, [""; 0]);
    }

    #[test]
    fn a_program_of_c_alone() {
        let (only, _) = found(&[("main.go", "package main\n\nimport \"C\"\n\nfunc main() {}\n")]);
        assert_eq!(only, ["main.go:3"]);
    }
}
