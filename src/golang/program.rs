//! Which files of the context a program is made of.
//!
//! A superset by construction: every Go file of a package counts, whatever its build constraint, an import that
//! several modules could provide counts for each, and what downloaded modules might import counts, too (`others`).
//! Invariant: where that cannot be shown, the answer is everything.

mod others;

use super::assembly::{Included, included};
use super::layout::{Layout, Vendored, has};
use super::mains::MainPackage;
use super::module::ModulePath;
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

/// The extensions of assembly.
pub const ASSEMBLY: [&str; 3] = ["s", "S", "sx"];

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
    /// Its packages in the context, by directory.
    pub packages: BTreeMap<ContextPath, Package>,
    /// Import paths of the other packages that these name, those of the standard library among them. Whether they
    /// exist, and for which platform, is not known.
    pub imports: BTreeSet<String>,
    /// What its packages embed: a directory and a pattern in it, in the syntax of Go's `path.Match`.
    pub embeds: BTreeSet<(ContextPath, String)>,
    /// The directory of vendored packages.
    pub vendor: Option<ContextPath>,
}

/// A package of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    /// The extensions of the files that Go takes from its directory.
    pub extensions: BTreeSet<String>,
    /// The directories of the packages of the context that it imports.
    pub imports: BTreeSet<ContextPath>,
    /// How many Go files it has, tests apart.
    pub go_files: usize,
    /// The size of its Go files together.
    pub bytes: u64,
}

/// Why the parts of a program are not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// A package, or a file of one, is behind a symbolic link.
    Symlink(ContextPath),
    /// A Go file is longer than what is read of one.
    LongFile(ContextPath),
    /// Assembly that includes a file of another directory, or of a kind that packages do not have.
    Include(ContextPath),
    /// A file that is there and could not be read.
    Unread(ContextPath),
    /// A Go file that imports "C", in a build that compiles it: C may include whatever there is.
    C(ContextPath),
    /// An import that only a local module can provide, of a package that is not listed.
    Unlisted(String),
    /// What is made here before the program is compiled may be Go files.
    Generated(ContextPath),
    /// With this key of the build file Go reads files from anywhere.
    Key(&'static str),
}

/// What Go files say about themselves, by path.
pub type Sources = BTreeMap<ContextPath, Source>;

/// Finds what `mains` are made of, by following imports.
///
/// Each round of reading goes over the program from its beginning; `scanned` keeps what was made of its files.
pub fn program(
    listing: &Listing,
    layout: &Layout,
    mains: &[MainPackage],
    files: &Files,
    scanned: &mut Sources,
) -> Step<Program> {
    let packages = mains.iter().map(|main| main.directory.clone()).collect();
    search(listing, layout, packages, BTreeSet::new(), files, scanned)
}

/// Finds what packages are made of, and the tests of some.
pub(super) fn search(
    listing: &Listing,
    layout: &Layout,
    packages: Vec<ContextPath>,
    tested: BTreeSet<ContextPath>,
    files: &Files,
    scanned: &mut Sources,
) -> Step<Program> {
    let parts = Parts::default();
    let local = local_modules(layout);
    Search { listing, layout, local, reader: Reader::new(files), scanned, parts, tested }.run(packages)
}

/// Whether an imported package can be one that is not in the context.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Elsewhere {
    Possible,
    Impossible,
}

struct Search<'a> {
    listing: &'a Listing,
    layout: &'a Layout,
    /// The directories of the modules in the context, by module path.
    local: BTreeMap<&'a str, Vec<&'a ContextPath>>,
    reader: Reader<'a>,
    scanned: &'a mut Sources,
    parts: Parts,
    /// The packages whose tests count.
    tested: BTreeSet<ContextPath>,
}

impl Parts {
    /// What these packages are made of.
    #[must_use]
    pub fn of(&self, packages: &BTreeSet<ContextPath>) -> Parts {
        let mut parts = self.clone();
        parts.packages.retain(|directory, _| packages.contains(directory));
        parts.embeds.retain(|(directory, _)| packages.contains(directory));
        parts
    }

    /// The packages whose tests can be left out: nothing embeds files from there.
    pub fn without_embeds(&self) -> impl Iterator<Item = &ContextPath> {
        let roots: Vec<ContextPath> = self
            .embeds
            .iter()
            .map(|(directory, pattern)| {
                directory.join(static_prefix(pattern)).unwrap_or_else(|_| directory.clone())
            })
            .collect();
        // A pattern for tests takes a directory that is called like one, with all that is below.
        let above = roots.iter().filter_map(ContextPath::parent);
        let misnamed = above
            .chain(self.packages.keys().cloned())
            .any(|path| path.elements().any(|element| element.ends_with("_test.go")));
        // A pattern for files can match those of its directory, one for a directory all that is below.
        self.packages.keys().filter(move |package| {
            !misnamed
                && !roots
                    .iter()
                    .any(|root| package.is_within(root) || root.parent().as_ref() == Some(*package))
        })
    }
}

/// The elements of an embed pattern before the first with a wildcard; `.` if that is the first.
pub fn static_prefix(pattern: &str) -> &str {
    let end = pattern
        .find(['*', '?', '[', '\\'])
        .map_or(pattern.len(), |wildcard| pattern[..wildcard].rfind('/').unwrap_or(0));
    if end == 0 { "." } else { &pattern[..end] }
}

impl Search<'_> {
    /// What these packages are made of.
    fn run(mut self, mut packages: Vec<ContextPath>) -> Step<Program> {
        if self.layout.vendored == Vendored::Yes {
            self.parts.vendor = self.layout.root.join("vendor").ok();
            let within =
                |path: &ContextPath| self.parts.vendor.as_ref().is_some_and(|vendor| path.is_within(vendor));
            let mut entries = self.listing.entries();
            if let Some(link) = entries.find(|(path, entry)| *entry == Entry::Symlink && within(path)) {
                return Step::Done(Program::Everything(Doubt::Symlink(link.0.clone())));
            }
        }
        packages.extend(self.needed_by_others());
        match self.follow(packages) {
            Err(doubt) => Step::Done(Program::Everything(doubt)),
            Ok(()) if self.reader.complete() => Step::Done(Program::Exact(self.parts)),
            Ok(()) => self.reader.needs(),
        }
    }

    /// Whether a directory is of the module in `module`: within it, and of no other module within it.
    fn belongs(&self, directory: &ContextPath, module: &ContextPath) -> bool {
        directory.is_within(module)
            && !directory
                .ancestors()
                .take_while(|above| above != module)
                .any(|above| has(self.listing, &above, "go.mod"))
    }

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
        let mut package = Package::default();
        for file in self.listing.files_in(directory) {
            let Some(extension) = extension(file, self.tested.contains(directory)) else { continue };
            if self.listing.get(file) == Some(Entry::Symlink) {
                return Err(Doubt::Symlink(file.clone()));
            }
            package.extensions.insert(extension.to_owned());
            match extension {
                "go" => self.go_file(directory, file, &mut package)?,
                assembly if ASSEMBLY.contains(&assembly) => self.assembly(directory, file)?,
                _ => {}
            }
        }
        waiting.extend(package.imports.iter().cloned());
        self.parts.packages.insert(directory.clone(), package);
        Ok(())
    }

    fn go_file(
        &mut self,
        directory: &ContextPath,
        file: &ContextPath,
        package: &mut Package,
    ) -> Result<(), Doubt> {
        let Some(contents) = self.reader.read(file) else { return Ok(()) };
        if contents.is_empty() && matches!(self.listing.get(file), Some(Entry::File { size: 1.. })) {
            return Err(Doubt::Unread(file.clone()));
        }
        if contents.len() > LARGEST_SOURCE {
            return Err(Doubt::LongFile(file.clone()));
        }
        package.go_files += 1;
        package.bytes += contents.len() as u64;
        self.scan(file, contents);
        let source = &self.scanned[file];
        for embed in &source.embeds {
            let pattern = embed.pattern.strip_prefix("all:").unwrap_or(&embed.pattern).to_owned();
            self.parts.embeds.insert((directory.clone(), pattern));
        }
        for import in &source.imports {
            if self.import(&import.path, package)? == Elsewhere::Possible && is_operand(&import.path) {
                self.parts.imports.insert(import.path.clone());
            }
        }
        Ok(())
    }

    /// Finds out what a Go file says about itself, unless that is known.
    fn scan(&mut self, file: &ContextPath, contents: &[u8]) {
        if !self.scanned.contains_key(file) {
            self.scanned.insert(file.clone(), Source::scan(contents));
        }
    }

    /// The directories of the context that could be this package, and whether it could be elsewhere.
    fn import(&self, path: &str, importer: &mut Package) -> Result<Elsewhere, Doubt> {
        let places = prefixes(path).flat_map(|(module, rest)| {
            self.local.get(module).into_iter().flatten().map(move |directory| (*directory, rest))
        });
        let (mut local, mut found) = (false, false);
        for (directory, rest) in places {
            // What is no path is no package; Go says so.
            let Ok(package) = directory.join(&format!("./{rest}")) else { continue };
            local = true;
            if self.listing.directory(&package) {
                // A module inside a module is not part of it (cmd/go/internal/modload, `dirInModule`).
                if self.belongs(&package, directory) {
                    found = true;
                    importer.imports.insert(package);
                }
            } else if let Some(link) =
                package.ancestors().find(|above| self.listing.get(above) == Some(Entry::Symlink))
            {
                return Err(Doubt::Symlink(link));
            }
        }
        // It may be behind a link that an old daemon does not list.
        let elsewhere = self.layout.vendored == Vendored::Yes || self.layout.required(path).is_some();
        if local && !found && !elsewhere {
            return Err(Doubt::Unlisted(path.to_owned()));
        }
        Ok(if local && !elsewhere { Elsewhere::Impossible } else { Elsewhere::Possible })
    }

    /// The assembler looks for included files beside the file and in Go's own directory, unless a path leads elsewhere.
    fn assembly(&mut self, directory: &ContextPath, file: &ContextPath) -> Result<(), Doubt> {
        let (mut waiting, mut seen) = (vec![file.clone()], BTreeSet::new());
        while let Some(path) = waiting.pop() {
            let Some(contents) = self.reader.read(&path) else { continue };
            if contents.is_empty() && matches!(self.listing.get(&path), Some(Entry::File { size: 1.. })) {
                return Err(Doubt::Unread(path));
            }
            for line in String::from_utf8_lossy(contents).lines() {
                match included(line) {
                    Included::Nothing => {}
                    Included::Unclear => return Err(Doubt::Include(path)),
                    Included::File(name) => {
                        let beside = directory.join(name).map_err(|_| Doubt::Include(path.clone()))?;
                        if self.listing.file(&beside) && seen.insert(beside.clone()) {
                            waiting.push(beside);
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

/// The directories of the main modules and of local replacements, by module path.
fn local_modules(layout: &Layout) -> BTreeMap<&str, Vec<&ContextPath>> {
    let main = layout.modules.iter().map(|(directory, module)| (module, directory));
    let mut modules: BTreeMap<&str, Vec<&ContextPath>> = BTreeMap::new();
    for (module, directory) in main.chain(&layout.replaced) {
        modules.entry(module.as_str()).or_default().push(directory);
    }
    modules
}

/// What could be the module in an import path, each with the rest of the path.
fn prefixes(path: &str) -> impl Iterator<Item = (&str, &str)> {
    let inner = path.match_indices('/').map(|(slash, _)| (&path[..slash], &path[slash + 1..]));
    inner.chain([(path, "")])
}

/// Whether the go command takes an import path for one package: a word for several is no package, nor is `C`.
fn is_operand(path: &str) -> bool {
    const WORDS: [&str; 7] = ["C", "all", "cmd", "std", "tool", "unsafe", "work"];
    ModulePath::parse(path).is_some() && !path.contains("...") && !WORDS.contains(&path)
}

/// The extension of a file that can be part of a package; tests are only where they are `tested`.
pub(super) fn extension(file: &ContextPath, tested: bool) -> Option<&str> {
    let (stem, extension) = file.file_name()?.rsplit_once('.')?;
    // Go does not look at these, nor do editors mean them to be.
    if stem.is_empty() || stem.starts_with(['.', '_']) {
        return None;
    }
    let counts =
        if extension == "go" { tested || !stem.ends_with("_test") } else { COMPANIONS.contains(&extension) };
    counts.then_some(extension)
}

#[cfg(test)]
mod tests;
