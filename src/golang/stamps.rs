//! Whether the variables that stamps name are there.
//!
//! The linker accepts any name and says nothing of one that it does not find (`go doc cmd/link`, `-X`). Invariant: only
//! packages of the context that stamps name are read; of what is elsewhere, or cannot be told, nothing is said.

use super::conditions::Conditions;
use super::declaration::{Declaration, Declared, declarations};
use super::layout::{Layout, Vendored};
use super::mains::MainPackage;
use super::program::{LARGEST_SOURCE, Program};
use super::source::Source;
use super::step::{Files, Reader, Step};
use crate::context::{ContextPath, Entry, Listing};
use std::collections::{BTreeMap, BTreeSet};

/// What is wrong with a stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadStamp {
    /// The symbol as it is written.
    pub symbol: String,
    /// What is wrong with it.
    pub fault: StampFault,
}

/// What can be wrong with a stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StampFault {
    /// The package of a program is called `main` whatever its import path.
    ProgramByPath,
    /// No package of this path, but one whose path ends so; these, with the name.
    ShortPath(Vec<String>),
    /// The package is in the context and not in the program.
    NotInProgram,
    /// A path in a module of the context that no package has; the symbols that it could be.
    NoPackage(Vec<String>),
    /// The package declares no variable of this name; the symbols of the strings that it does declare.
    NoVariable(Vec<String>),
    /// It is declared, but not as what the linker sets.
    Unfit {
        /// The file that declares it.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// As what.
        as_what: Declared,
    },
}

/// A build that stamps are for.
#[derive(Clone, Copy, Debug)]
pub struct Stamped<'a> {
    /// The listing of the context.
    pub listing: &'a Listing,
    /// The modules.
    pub layout: &'a Layout,
    /// The programs.
    pub mains: &'a [MainPackage],
    /// What they are made of.
    pub program: &'a Program,
    /// Which files count.
    pub conditions: &'a Conditions<'a>,
}

/// What is wrong with these symbols, in their order.
pub fn bad_stamps<'s>(
    build: &Stamped<'_>,
    symbols: impl Iterator<Item = &'s str>,
    files: &Files,
) -> Step<Vec<BadStamp>> {
    let mut reader = Reader::new(files);
    let mut found = Vec::new();
    let mut symbols = symbols.peekable();
    let own = if symbols.peek().is_some() { build.own() } else { Vec::new() };
    for symbol in symbols {
        let Some((package, name)) = symbol.rsplit_once('.') else { continue };
        if let Some(fault) = build.fault(package, name, &own, &mut reader) {
            found.push(BadStamp { symbol: symbol.to_owned(), fault });
        }
    }
    if reader.complete() { Step::Done(found) } else { reader.needs() }
}

impl Stamped<'_> {
    fn fault(
        &self,
        package: &str,
        name: &str,
        own: &[(String, ContextPath)],
        reader: &mut Reader<'_>,
    ) -> Option<StampFault> {
        if package == "main" {
            let directories: Vec<ContextPath> =
                self.mains.iter().map(|main| main.directory.clone()).collect();
            return self.undeclared("main", &directories, name, reader);
        }
        if self.mains.iter().any(|main| main.import_path == package) {
            return Some(StampFault::ProgramByPath);
        }
        if let Some((_, directory)) = own.iter().find(|(path, _)| path == package) {
            if !self.is_in_program(directory) {
                return Some(StampFault::NotInProgram);
            }
            return self.undeclared(package, std::slice::from_ref(directory), name, reader);
        }
        if self.may_be_elsewhere(package) {
            return None;
        }
        let ending = format!("/{package}");
        let longer: Vec<&String> =
            own.iter().map(|(path, _)| path).filter(|path| path.ends_with(&ending)).collect();
        if !longer.is_empty() {
            let main = |path: &&String| self.mains.iter().any(|main| main.import_path == **path);
            let symbol =
                |path: &String| if main(&path) { format!("main.{name}") } else { format!("{path}.{name}") };
            return Some(StampFault::ShortPath(longer.into_iter().map(symbol).collect()));
        }
        // Behind a link there may be more than is listed.
        let known = matches!(self.program, Program::Exact(_))
            && self.layout.modules.values().any(|module| module.rest_of(package).is_some());
        known.then(|| StampFault::NoPackage(own.iter().map(|(path, _)| format!("{path}.{name}")).collect()))
    }

    /// The packages of the context by import path, programs and others.
    fn own(&self) -> Vec<(String, ContextPath)> {
        let listing = self.listing;
        let has_go =
            |directory: &&ContextPath| listing.files_in(directory).any(|file| file.extension() == Some("go"));
        let directories = listing.directories().filter(has_go).cloned().chain([ContextPath::root()]);
        let vendor = self.layout.root.join("vendor").ok();
        let vendored =
            |directory: &ContextPath| vendor.as_ref().is_some_and(|vendor| directory.is_within(vendor));
        let mut own: Vec<(String, ContextPath)> = directories
            .filter(|directory| !vendored(directory))
            .filter_map(|directory| Some((self.layout.import_path(&directory)?, directory)))
            .collect();
        own.sort();
        own.dedup();
        own
    }

    fn is_in_program(&self, directory: &ContextPath) -> bool {
        match self.program {
            Program::Exact(parts) => parts.packages.contains_key(directory),
            Program::Everything(_) => true,
        }
    }

    /// Whether a package that is not in the context can be part of the program.
    fn may_be_elsewhere(&self, package: &str) -> bool {
        let imported = match self.program {
            Program::Exact(parts) => parts.imports.contains(package),
            Program::Everything(_) => false,
        };
        imported
            || self.layout.vendored == Vendored::Yes
                && !self.is_in_main_module(package)
                && package.contains('.')
            || self.layout.required(package).is_some()
    }

    fn is_in_main_module(&self, package: &str) -> bool {
        self.layout.modules.values().any(|module| module.rest_of(package).is_some())
    }

    /// What is wrong unless one of these directories declares it.
    fn undeclared(
        &self,
        package: &str,
        directories: &[ContextPath],
        name: &str,
        reader: &mut Reader<'_>,
    ) -> Option<StampFault> {
        let mut strings: BTreeSet<String> = BTreeSet::new();
        let mut unfit: BTreeMap<ContextPath, Declaration> = BTreeMap::new();
        let mut unread = false;
        for file in directories.iter().flat_map(|directory| self.go_files(directory)) {
            let whole = self.listing.get(file) != Some(Entry::Symlink);
            let Some(contents) =
                reader.read(file).filter(|contents| whole && contents.len() <= LARGEST_SOURCE)
            else {
                unread = true;
                continue;
            };
            let excluded =
                self.conditions.excludes(file.file_name().unwrap_or_default(), &Source::scan(contents));
            if excluded.is_some() {
                continue;
            }
            for declaration in declarations(contents) {
                let fits = declaration.what == Declared::Text;
                if declaration.name == name {
                    if fits {
                        return None;
                    }
                    unfit.insert(file.clone(), declaration);
                } else if fits {
                    strings.insert(format!("{package}.{}", declaration.name));
                }
            }
        }
        if unread {
            return None;
        }
        Some(match unfit.into_iter().next() {
            Some((file, declaration)) => {
                StampFault::Unfit { file, line: declaration.line, as_what: declaration.what }
            }
            None => StampFault::NoVariable(strings.into_iter().collect()),
        })
    }

    /// The Go files of a package; of a Go file without a module only that file counts, which its program names.
    fn go_files<'l>(&'l self, directory: &ContextPath) -> Vec<&'l ContextPath> {
        let lone =
            self.mains.iter().find(|main| main.directory == *directory && self.layout.modules.is_empty());
        if let Some(main) = lone {
            return main.files.iter().collect();
        }
        let files = self.listing.files_in(directory);
        files.filter(|file| file.extension() == Some("go") && !file.as_str().ends_with("_test.go")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::conditions::{Builder, Cgo, Conditions};
    use super::super::target::GoTarget;
    use super::super::testing::Context;
    use super::{StampFault, Stamped, bad_stamps};
    use std::collections::BTreeSet;

    fn repository() -> Context {
        Context::new(&[
            ("go.mod", "module example.com/x/app\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n"),
            (
                "cmd/api/main.go",
                "package main\n\nimport _ \"example.com/x/app/internal/server\"\n\nvar (\n\tversion = \"dev\"\n\tcommit string\n\
                 )\n\nconst fixed = \"x\"\n\nvar built = now()\n\nfunc main() {}\n",
            ),
            ("cmd/api/w_windows.go", "package main\n\nvar other string\n"),
            ("internal/server/s.go", "package server\n\nvar Version string\n"),
            ("internal/unused/u.go", "package unused\n\nvar Version string\n"),
        ])
    }

    fn fault(symbol: &str) -> Option<StampFault> {
        let context = repository();
        let (listing, layout) = (context.listing(), context.layout().unwrap());
        let (mains, program) = (context.mains(&[]).unwrap(), context.program(&[]));
        let (target, tags) = (GoTarget::new("linux", "amd64", "").unwrap(), BTreeSet::new());
        let conditions =
            Conditions { target: &target, tags: &tags, builder: Builder::Unknown, cgo: Cgo::Off };
        let build = Stamped {
            listing: &listing,
            layout: &layout,
            mains: &mains,
            program: &program,
            conditions: &conditions,
        };
        let found = context.answer(|files| bad_stamps(&build, [symbol].into_iter(), files));
        found.into_iter().next().map(|bad| bad.fault)
    }

    #[test]
    fn what_is_there_is_right() {
        for symbol in ["main.version", "main.commit", "example.com/x/app/internal/server.Version"] {
            assert_eq!(fault(symbol), None, "{symbol}");
        }
        // Nobody has seen these.
        for symbol in
            ["example.com/lib.Version", "example.com/lib/deep.Version", "runtime.x", "github.com/a/b.C"]
        {
            assert_eq!(fault(symbol), None, "{symbol}");
        }
    }

    #[test]
    fn what_is_not_there_is_wrong() {
        let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            fault("main.Version"),
            Some(StampFault::NoVariable(strings(&["main.commit", "main.version"])))
        );
        assert_eq!(
            fault("main.other"),
            Some(StampFault::NoVariable(strings(&["main.commit", "main.version"])))
        );
        assert!(matches!(fault("main.fixed"), Some(StampFault::Unfit { line: 10, .. })));
        assert!(matches!(fault("main.built"), Some(StampFault::Unfit { line: 12, .. })));
        assert_eq!(fault("example.com/x/app/cmd/api.version"), Some(StampFault::ProgramByPath));
        assert_eq!(
            fault("server.Version"),
            Some(StampFault::ShortPath(strings(&["example.com/x/app/internal/server.Version"])))
        );
        assert_eq!(fault("cmd/api.version"), Some(StampFault::ShortPath(strings(&["main.version"]))));
        assert_eq!(fault("example.com/x/app/internal/unused.Version"), Some(StampFault::NotInProgram));
        assert!(matches!(fault("example.com/x/app/internal/sever.Version"), Some(StampFault::NoPackage(_))));
    }
}
