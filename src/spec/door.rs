//! The ways into gobuild: which kind of file the build was pointed at.
//!
//! Invariant: only the name of the file decides, so a reader of the command line knows which door it is.

use crate::context::{ContextPath, Listing};
use crate::golang::{Files, Problem, Start, Step};
use buildkit_llb::SourceFile;
use std::collections::BTreeSet;

/// The kind of build file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// A YAML file under any name.
    Yaml,
    /// A go.mod; the words on its first line are all the configuration there is.
    GoMod,
    /// A Go file, with or without a module around it.
    GoFile,
}

impl Door {
    /// The door that a build file's name (`-f`) opens.
    pub fn of(filename: &str) -> Door {
        match filename.rsplit('/').next().unwrap_or(filename) {
            "go.mod" => Door::GoMod,
            name if name.ends_with(".go") => Door::GoFile,
            _ => Door::Yaml,
        }
    }

    /// The file's language as GitHub's linguist names it, for whoever quotes the file.
    pub fn language(self) -> &'static str {
        match self {
            Door::Yaml => "YAML",
            Door::GoMod => "Go Module",
            Door::GoFile => "Go",
        }
    }

    /// Where in the context the search for the program starts.
    ///
    /// The client sends the build file's name without its directory, so a go.mod or Go file is found by what it
    /// holds; of several equal ones, the one nearest to the root.
    pub fn start(self, file: &SourceFile, listing: &Listing, files: &Files) -> Step<Result<Start, Problem>> {
        if self == Door::Yaml {
            return Step::Done(Ok(Start::Search));
        }
        let name = file.filename.rsplit('/').next().unwrap_or(&file.filename);
        let candidates: Vec<&ContextPath> = listing
            .entries()
            .map(|(path, _)| path)
            .filter(|path| path.file_name() == Some(name) && listing.file(path))
            .collect();
        let unread: BTreeSet<ContextPath> = candidates
            .iter()
            .filter(|path| !files.contains_key(**path))
            .map(|path| (*path).clone())
            .collect();
        if !unread.is_empty() {
            return Step::Needs(unread);
        }
        let same: Vec<&ContextPath> = candidates
            .into_iter()
            .filter(|path| files.get(*path).is_some_and(|data| *data == file.data))
            .collect();
        let depth = |path: &ContextPath| path.elements().count();
        let nearest = same.iter().map(|path| depth(path)).min();
        let same: Vec<&ContextPath> = same.into_iter().filter(|path| Some(depth(path)) == nearest).collect();
        Step::Done(match same.as_slice() {
            [path] => Ok(self.start_at(path)),
            [] => Err(Problem::MissingDoor { file: ContextPath::parse(&file.filename).unwrap_or_default() }),
            several => {
                Err(Problem::SeveralDoors { files: several.iter().map(|path| (*path).clone()).collect() })
            }
        })
    }

    /// The same where the place of the build file in the context is known.
    pub fn start_at(self, file: &ContextPath) -> Start {
        match self {
            Door::Yaml => Start::Search,
            Door::GoMod => Start::Module(file.parent().unwrap_or_default()),
            Door::GoFile => Start::GoFile(file.clone()),
        }
    }
}
