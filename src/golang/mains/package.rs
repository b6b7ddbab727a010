//! What the Go files directly in one directory make up.
//!
//! Invariant: it reads one file of a directory to see that this is a library, and the others only if it may be a
//! program, so that a search through a large module reads little.

use super::super::conditions::Exclusion;
use super::super::constraint::Constraint;
use super::super::problem::Excluded;
use super::super::source::Source;
use super::Search;
use crate::context::ContextPath;

/// What a directory is to Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Package {
    /// It has no Go files, or only tests.
    None,
    /// It has Go files, none of which is part of this build.
    Excluded {
        /// All of them.
        files: Vec<Excluded>,
        /// Whether this would be a program under other conditions.
        hidden: Hidden,
    },
    /// A package that others import.
    Library {
        /// Its name.
        name: String,
        /// A file that says so.
        file: ContextPath,
        /// The line of the package clause.
        line: usize,
    },
    /// A program, made of these files.
    Main(Vec<ContextPath>),
    /// Files without a package clause. Go has a message for each of them.
    Unreadable(Vec<ContextPath>),
}

/// What is behind build constraints that do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// A program.
    Main,
    /// Something else, or a script with the customary tag `ignore`.
    Other,
}

/// A file that was read.
struct Scanned<'a> {
    file: &'a ContextPath,
    source: Source,
    exclusion: Option<Exclusion>,
}

impl Search<'_> {
    /// What the Go files in `directory` make up.
    pub(super) fn package(&mut self, directory: &ContextPath) -> Option<Package> {
        let listing = self.listing;
        let mut excluded = Vec::new();
        let mut candidates = Vec::new();
        for file in listing.files_in(directory).filter(|file| file.extension() == Some("go")) {
            match self.conditions.excludes_name(file.file_name().unwrap_or_default()) {
                None => candidates.push(file),
                Some(Exclusion::Test | Exclusion::Hidden) => {}
                Some(reason) => excluded.push(Excluded { file: file.clone(), reason }),
            }
        }
        // The file that is most likely to show a program comes first.
        candidates.sort_by_key(|file| (file.file_name() != Some("main.go"), *file));

        let Some((first, others)) = candidates.split_first() else {
            return Some(match excluded.as_slice() {
                [] => Package::None,
                _ => Package::Excluded { files: excluded, hidden: Hidden::Other },
            });
        };
        let first = self.scan(first)?;
        if let (None, Some(name)) = (&first.exclusion, &first.source.package)
            && !first.source.is_main()
        {
            return Some(library(&first, name));
        }
        let others: Vec<Option<Scanned<'_>>> = others.iter().map(|file| self.scan(file)).collect();
        let others: Option<Vec<Scanned<'_>>> = others.into_iter().collect();
        Some(decide([first].into_iter().chain(others?), excluded))
    }

    fn scan<'f>(&mut self, file: &'f ContextPath) -> Option<Scanned<'f>> {
        let source = Source::scan(self.reader.read(file)?);
        let exclusion = self.conditions.excludes(file.file_name().unwrap_or_default(), &source);
        Some(Scanned { file, source, exclusion })
    }
}

/// What files make up that have all been read. Packages of two names in one directory are for Go to refuse.
fn decide<'a>(files: impl Iterator<Item = Scanned<'a>>, mut excluded: Vec<Excluded>) -> Package {
    let (mut main, mut unreadable, mut found, mut hidden) = (Vec::new(), Vec::new(), None, Hidden::Other);
    for scanned in files {
        let Scanned { file, source, exclusion } = &scanned;
        match (exclusion, &source.package) {
            (Some(reason), _) => {
                let ignored = source.constraint.as_ref().is_some_and(Constraint::is_ignore);
                if source.is_main() && !ignored {
                    hidden = Hidden::Main;
                }
                excluded.push(Excluded { file: (*file).clone(), reason: reason.clone() });
            }
            (None, None) => unreadable.push((*file).clone()),
            (None, Some(_)) if source.is_main() => main.push((*file).clone()),
            (None, Some(name)) => {
                found.get_or_insert_with(|| library(&scanned, name));
            }
        }
    }
    if !main.is_empty() {
        main.append(&mut unreadable);
        main.sort();
        return Package::Main(main);
    }
    excluded.sort_by(|left, right| left.file.cmp(&right.file));
    match found {
        Some(library) => library,
        None if unreadable.is_empty() => Package::Excluded { files: excluded, hidden },
        None => Package::Unreadable(unreadable),
    }
}

fn library(scanned: &Scanned<'_>, name: &str) -> Package {
    Package::Library { name: name.to_owned(), file: scanned.file.clone(), line: scanned.source.package_line }
}
