//! A repository that was made up: its files, what is to be built, and what must not or need not be sent for that.
//!
//! Invariant: everything about it is known before it is written, so what the plan sends can be judged without the plan.

use crate::daemon::Generation;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// The files of a repository and what is known of them.
#[derive(Default)]
pub(crate) struct Repository {
    /// Its files and links by path.
    pub(crate) entries: BTreeMap<String, Entry>,
    /// Files that a build does not need: READMEs, tests, other programs, packages that nothing imports.
    pub(crate) junk: BTreeSet<String>,
    /// Files that a build needs although `go list` does not name them.
    pub(crate) unnamed: BTreeSet<String>,
    /// Directories of which anything may be sent, since something embeds them, or might.
    pub(crate) reached: BTreeSet<String>,
    /// How much is to be sent.
    pub(crate) answer: Answer,
    /// What the client points the build at.
    pub(crate) door: Door,
    /// How old the daemon is that lists it.
    pub(crate) daemon: Age,
    /// The programs to build, relative to the context.
    pub(crate) mains: Vec<String>,
    /// What was downloaded already: the files of a GOMODCACHE.
    pub(crate) downloaded: BTreeMap<String, String>,
}

/// A file or a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A file with this text.
    File(String),
    /// A link to this place.
    Link(String),
}

/// How much is to be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Nothing that is known to be needless.
    #[default]
    Exact,
    /// Everything, for this reason.
    Everything(Doubt),
    /// Whatever is enough.
    Enough,
}

/// Why it cannot be known what a program is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doubt {
    /// A Go file of a package is a link.
    LinkedFile,
    /// The directory of a package is a link.
    LinkedPackage,
    /// Assembly includes a file of another directory.
    Include,
    /// An import of a package that is not there, in a script beside a package.
    Missing,
}

/// The build file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// A `gobuild.yaml` at the root.
    #[default]
    Yaml,
    /// The go.mod in this directory.
    GoMod(String),
    /// A `main.go` at the root.
    GoFile,
}

/// Which of the two ways to list a context a daemon has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Age {
    /// It sends a list of everything.
    #[default]
    Current,
    /// It is asked for directories, with nothing in them that is not for Go.
    Old,
}

impl Age {
    /// The daemon's side of it.
    pub(crate) fn generation(self) -> Generation {
        match self {
            Age::Current => Generation::Current,
            Age::Old => Generation::Old,
        }
    }
}

impl Repository {
    /// Adds a file.
    pub(crate) fn file(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let path = path.into();
        let before = self.entries.insert(path.clone(), Entry::File(text.into()));
        assert!(before.is_none(), "`{path}` is there twice");
    }

    /// Adds a link.
    pub(crate) fn link(&mut self, path: impl Into<String>, target: impl Into<String>) {
        self.entries.insert(path.into(), Entry::Link(target.into()));
    }

    /// Adds a file that no build needs.
    pub(crate) fn junk(&mut self, path: impl Into<String>, text: impl Into<String>) {
        let path = path.into();
        self.junk.insert(path.clone());
        self.file(path, text);
    }

    /// Writes those of its entries that are to be there.
    pub(crate) fn write(&self, root: &Path, there: impl Fn(&str) -> bool) {
        for (path, entry) in self.entries.iter().filter(|(path, _)| there(path)) {
            let place = root.join(path);
            fs::create_dir_all(place.parent().expect("below the root")).expect("a directory");
            match entry {
                Entry::File(text) => fs::write(&place, text).expect("a file"),
                Entry::Link(target) => symlink(target, &place).expect("a link"),
            }
        }
    }

    /// Whether something embeds this, or might.
    pub(crate) fn is_reached(&self, path: &str) -> bool {
        self.reached.iter().any(|directory| is_in(path, directory))
    }

    /// Its files, each with a mark if it is sent.
    pub(crate) fn tree(&self, sent: impl Fn(&str) -> bool) -> String {
        let mut text = String::new();
        for (path, entry) in &self.entries {
            let mark = if sent(path) { '+' } else { ' ' };
            let target = match entry {
                Entry::File(_) => String::new(),
                Entry::Link(target) => format!(" -> {target}"),
            };
            let _ = writeln!(text, "{mark} {path}{target}");
        }
        text
    }
}

/// Whether a path is a directory or below it; everything is in the directory with no name.
pub(crate) fn is_in(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory);
    directory.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The path of something in a directory.
pub(crate) fn join(directory: &str, name: &str) -> String {
    match (directory, name) {
        ("", name) => name.to_owned(),
        (directory, "") => directory.to_owned(),
        (directory, name) => format!("{directory}/{name}"),
    }
}
