//! Which files of the context a program is made of.
//!
//! A superset by construction: every Go file of a package counts, whatever its build constraint, and an import that
//! several modules could provide counts for each. Invariant: where that cannot be shown, the answer is everything.

use super::layout::{Layout, Vendored};
use super::mains::MainPackage;
use super::source::Source;
use super::step::{Files, Reader, Step};
use crate::context::{ContextPath, Entry, Listing};
use std::collections::{BTreeMap, BTreeSet};

/// Files that the go command takes from a package's directory beside Go files (cmd/go/internal/load, `go list`'s
/// file lists). Without cgo most of them are not compiled, but Go complains of some, and then it should.
pub const COMPANIONS: [&str; 21] = [
    "c", "cc", "cpp", "cxx", "m", "h", "hh", "hpp", "hxx", "f", "F", "for", "f90", "s", "S", "sx", "swig",
    "swigcxx", "syso", "inc", "pgo",
];

/// A Go file that is longer is not read to its end, so what it embeds is not known.
pub const LARGEST_SOURCE: usize = 4 << 20;

/// What a program is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// Exactly this, and the module files.
    Exact(Parts),
    /// It could be anything in the context, for this reason.
    Everything(Doubt),
}

/// The parts of a program in the context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// The directories of its packages, with the extensions of the files that Go takes from each.
    pub packages: BTreeMap<ContextPath, BTreeSet<String>>,
    /// What its packages embed: a directory and a pattern in it, in the syntax of Go's `path.Match`.
    pub embeds: BTreeSet<(ContextPath, String)>,
    /// The directory of vendored packages.
    pub vendor: Option<ContextPath>,
}

/// Why the parts of a program are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A package, or a file of one, is behind a symbolic link.
    Symlink(ContextPath),
    /// A Go file is longer than what is read of one.
    LongFile(ContextPath),
    /// Assembly that includes a file of another directory.
    Include(ContextPath),
}

/// Finds what `mains` are made of, by following imports.
pub fn program(listing: &Listing, layout: &Layout, mains: &[MainPackage], files: &Files) -> Step<Program> {
    let mut search = Search { listing, layout, reader: Reader::new(files), parts: Parts::default() };
    if layout.vendored == Vendored::Yes {
        search.parts.vendor = layout.root.join("vendor").ok();
    }
    match search.follow(mains.iter().map(|main| main.directory.clone()).collect()) {
        Err(doubt) => Step::Done(Program::Everything(doubt)),
        Ok(()) if search.reader.complete() => Step::Done(Program::Exact(search.parts)),
        Ok(()) => search.reader.needs(),
    }
}

struct Search<'a> {
    listing: &'a Listing,
    layout: &'a Layout,
    reader: Reader<'a>,
    parts: Parts,
}

impl Parts {
    /// The packages whose tests can be left out: nothing embeds files from there.
    pub fn without_embeds(&self) -> impl Iterator<Item = &ContextPath> {
        let embedded =
            |package: &ContextPath| self.embeds.iter().any(|(directory, _)| package.is_within(directory));
        self.packages.keys().filter(move |package| !embedded(package))
    }
}

impl Search<'_> {
    /// Takes in packages and what they import; a package whose files were not read yet is taken up in the next round.
    fn follow(&mut self, mut waiting: Vec<ContextPath>) -> Result<(), Doubt> {
        while let Some(directory) = waiting.pop() {
            if !self.parts.packages.contains_key(&directory) {
                self.package(&directory, &mut waiting)?;
            }
        }
        Ok(())
    }

    fn package(&mut self, directory: &ContextPath, waiting: &mut Vec<ContextPath>) -> Result<(), Doubt> {
        let mut extensions = BTreeSet::new();
        for file in self.listing.files_in(directory) {
            let Some(extension) = extension(file) else { continue };
            if self.listing.get(file) == Some(Entry::Symlink) {
                return Err(Doubt::Symlink(file.clone()));
            }
            extensions.insert(extension.to_owned());
            match extension {
                "go" => self.go_file(directory, file, waiting)?,
                "s" | "S" | "sx" => self.assembly(file)?,
                _ => {}
            }
        }
        self.parts.packages.insert(directory.clone(), extensions);
        Ok(())
    }

    fn go_file(
        &mut self,
        directory: &ContextPath,
        file: &ContextPath,
        waiting: &mut Vec<ContextPath>,
    ) -> Result<(), Doubt> {
        let Some(contents) = self.reader.read(file) else { return Ok(()) };
        if contents.len() > LARGEST_SOURCE {
            return Err(Doubt::LongFile(file.clone()));
        }
        let source = Source::scan(contents);
        for embed in source.embeds {
            let pattern = embed.pattern.strip_prefix("all:").unwrap_or(&embed.pattern).to_owned();
            self.parts.embeds.insert((directory.clone(), pattern));
        }
        for import in source.imports {
            self.import(&import.path, waiting)?;
        }
        Ok(())
    }

    /// The directories of the context that could be this package. Those of other modules are not here.
    fn import(&self, path: &str, waiting: &mut Vec<ContextPath>) -> Result<(), Doubt> {
        let main = self.layout.modules.iter().map(|(directory, module)| (module, directory));
        for (module, directory) in main.chain(&self.layout.replaced) {
            let Some(rest) = path.strip_prefix(module.as_str()) else { continue };
            let package = match rest.strip_prefix('/') {
                Some(rest) => directory.join(rest),
                None if rest.is_empty() => Ok(directory.clone()),
                None => continue,
            };
            // What is no path is no package; Go says so.
            let Ok(package) = package else { continue };
            if self.listing.directory(&package) {
                waiting.push(package);
            } else if let Some(link) =
                package.ancestors().find(|above| self.listing.get(above) == Some(Entry::Symlink))
            {
                return Err(Doubt::Symlink(link));
            }
        }
        Ok(())
    }

    /// The assembler looks for included files beside the file and in Go's own directory, unless a path leads elsewhere.
    fn assembly(&mut self, file: &ContextPath) -> Result<(), Doubt> {
        let Some(contents) = self.reader.read(file) else { return Ok(()) };
        let leads_elsewhere = contents.split(|byte| *byte == b'\n').any(|line| {
            let line = line.trim_ascii_start();
            line.starts_with(b"#") && line.windows(7).any(|word| word == b"include") && line.contains(&b'/')
        });
        if leads_elsewhere { Err(Doubt::Include(file.clone())) } else { Ok(()) }
    }
}

/// The extension of a file that can be part of a package; tests are not.
fn extension(file: &ContextPath) -> Option<&str> {
    let (stem, extension) = file.file_name()?.rsplit_once('.')?;
    let counts = if extension == "go" { !stem.ends_with("_test") } else { COMPANIONS.contains(&extension) };
    counts.then_some(extension)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Context;
    use super::{Doubt, Program};

    /// The parts as text: packages with their extensions, then embeds.
    fn parts(context: &Context) -> String {
        match context.program(&[]) {
            Program::Everything(doubt) => format!("everything: {doubt:?}"),
            Program::Exact(parts) => {
                let packages = parts.packages.iter().map(|(directory, extensions)| {
                    let extensions: Vec<&str> = extensions.iter().map(String::as_str).collect();
                    format!("{directory} {}", extensions.join(","))
                });
                let embeds =
                    parts.embeds.iter().map(|(directory, pattern)| format!("{directory} embeds {pattern}"));
                packages.chain(embeds).collect::<Vec<_>>().join("\n")
            }
        }
    }

    #[test]
    fn imports_are_followed_whatever_their_constraint() {
        let context = Context::new(&[
            ("go.mod", "module example.com/app\n\ngo 1.26\n"),
            ("main.go", "package main\n\nimport \"example.com/app/a\"\n\nfunc main() {}\n"),
            ("main_test.go", "package main\n\nimport \"example.com/app/only/tests\"\n"),
            ("README.md", "nothing to do with it"),
            ("a/a.go", "package a\n\nimport _ \"fmt\"\n"),
            ("a/a_windows.go", "package a\n\nimport _ \"example.com/app/windows\"\n"),
            ("a/a_amd64.s", "#include \"textflag.h\"\n"),
            ("windows/w.go", "package windows\n"),
            ("only/tests/t.go", "package tests\n"),
            ("unused/u.go", "package unused\n"),
        ]);
        assert_eq!(parts(&context), ". go\na go,s\nwindows go");
    }

    #[test]
    fn embeds_are_kept_as_patterns() {
        let context = Context::new(&[
            ("go.mod", "module example.com/app\n\ngo 1.26\n"),
            (
                "main.go",
                "package main\n\nimport \"embed\"\n\n//go:embed all:web templates/*.html\nvar files embed.FS\n\nfunc main() {}\n",
            ),
        ]);
        assert_eq!(parts(&context), ". go\n. embeds templates/*.html\n. embeds web");
    }

    #[test]
    fn local_modules_are_first_party() {
        let context = Context::new(&[
            (
                "go.mod",
                "module app\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./third/lib\n",
            ),
            ("main.go", "package main\n\nimport \"example.com/lib/deep\"\n\nfunc main() {}\n"),
            ("third/lib/go.mod", "module example.com/lib\n"),
            ("third/lib/deep/d.go", "package deep\n\nimport \"app/shared\"\n"),
            ("shared/s.go", "package shared\n"),
        ]);
        assert_eq!(parts(&context), ". go\nshared go\nthird/lib/deep go");
    }

    #[test]
    fn doubt_means_everything() {
        let context = Context::new(&[
            ("go.mod", "module example.com/app\n\ngo 1.26\n"),
            ("main.go", "package main\n\nfunc main() {}\n"),
            ("x.s", "  # include \"../shared/macros.h\"\n"),
        ]);
        let file = crate::context::ContextPath::parse("x.s").unwrap();
        assert_eq!(context.program(&[]), Program::Everything(Doubt::Include(file)));
    }
}
