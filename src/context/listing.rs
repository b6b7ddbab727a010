//! The tree of the build context, without contents.
//!
//! It answers what exists where, so that the rest of the frontend can decide what to read before it reads anything.
//! Invariant: the directory of every entry is an entry too, up to the context itself.

use super::path::ContextPath;
use std::collections::{BTreeMap, BTreeSet};

/// What is at a place of the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A regular file.
    File {
        /// Its length in bytes.
        size: u64,
    },
    /// A directory.
    Directory,
    /// A symbolic link; where it leads is not known.
    Symlink,
}

/// Everything in the build context, by path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    entries: BTreeMap<ContextPath, Entry>,
    children: BTreeMap<ContextPath, BTreeSet<ContextPath>>,
}

impl Listing {
    /// What is at `path`.
    pub fn get(&self, path: &ContextPath) -> Option<Entry> {
        self.entries.get(path).copied()
    }

    /// Whether `path` can be read as a file. A link counts: Go reads a `go.mod` or a Go file through one.
    pub fn file(&self, path: &ContextPath) -> bool {
        matches!(self.get(path), Some(Entry::File { .. } | Entry::Symlink))
    }

    /// Whether `path` is a directory.
    pub fn directory(&self, path: &ContextPath) -> bool {
        self.get(path) == Some(Entry::Directory)
    }

    /// The files and links directly in `directory`, sorted.
    pub fn files_in(&self, directory: &ContextPath) -> impl Iterator<Item = &ContextPath> {
        self.children_of(directory).filter(|path| self.file(path))
    }

    /// The directories directly in `directory`, sorted.
    pub fn directories_in(&self, directory: &ContextPath) -> impl Iterator<Item = &ContextPath> {
        self.children_of(directory).filter(|path| self.directory(path))
    }

    /// Every directory, the context itself included.
    pub fn directories(&self) -> impl Iterator<Item = &ContextPath> {
        self.entries().filter_map(|(path, entry)| (entry == Entry::Directory).then_some(path))
    }

    /// Everything, sorted by path.
    pub fn entries(&self) -> impl Iterator<Item = (&ContextPath, Entry)> {
        self.entries.iter().map(|(path, entry)| (path, *entry))
    }

    /// The files and links called `name` in `directory` and at most `depth` directories below it, sorted.
    /// `enter` says which directories are worth entering.
    pub fn find(
        &self,
        directory: &ContextPath,
        name: &str,
        depth: usize,
        enter: impl Fn(&ContextPath) -> bool,
    ) -> Vec<ContextPath> {
        let mut found = Vec::new();
        let mut level = vec![directory];
        for remaining in (0..=depth).rev() {
            found.extend(
                level.iter().filter_map(|place| place.join(name).ok()).filter(|path| self.file(path)),
            );
            if remaining > 0 {
                level = level.into_iter().flat_map(|place| self.directories_in(place)).collect();
                level.retain(|place| enter(place));
            }
        }
        found.sort();
        found
    }

    fn children_of(&self, directory: &ContextPath) -> impl Iterator<Item = &ContextPath> {
        self.children.get(directory).into_iter().flatten()
    }
}

/// An empty context.
impl Default for Listing {
    fn default() -> Self {
        Listing::from_iter([])
    }
}

impl FromIterator<(ContextPath, Entry)> for Listing {
    fn from_iter<I: IntoIterator<Item = (ContextPath, Entry)>>(entries: I) -> Self {
        let mut entries: BTreeMap<ContextPath, Entry> = entries.into_iter().collect();
        entries.insert(ContextPath::root(), Entry::Directory);

        let mut children: BTreeMap<ContextPath, BTreeSet<ContextPath>> = BTreeMap::new();
        for path in entries.keys() {
            // Stops at the first link that is known already, so that deep trees are not climbed again for each file.
            let mut child = path.clone();
            while let Some(parent) = child.parent() {
                if !children.entry(parent.clone()).or_default().insert(child) {
                    break;
                }
                child = parent;
            }
        }
        // What has something in it is a directory, whether it was listed, listed as something else, or not listed.
        for directory in children.keys() {
            entries.insert(directory.clone(), Entry::Directory);
        }
        Listing { entries, children }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> ContextPath {
        ContextPath::parse(text).unwrap()
    }

    fn listing(files: &[&str]) -> Listing {
        files.iter().map(|file| (path(file), Entry::File { size: 1 })).collect()
    }

    fn text<'a>(paths: impl Iterator<Item = &'a ContextPath>) -> Vec<&'a str> {
        paths.map(ContextPath::as_str).collect()
    }

    #[test]
    fn directories_are_implied_by_their_files() {
        let tree = listing(&["go.mod", "cmd/api/main.go", "cmd/api.go", "cmd-x/y"]);
        assert_eq!(text(tree.directories()), [".", "cmd", "cmd-x", "cmd/api"]);
        assert_eq!(text(tree.files_in(&path("."))), ["go.mod"]);
        assert_eq!(text(tree.files_in(&path("cmd"))), ["cmd/api.go"]);
        assert_eq!(text(tree.directories_in(&path("cmd"))), ["cmd/api"]);
        assert_eq!(text(tree.files_in(&path("nowhere"))), [""; 0]);
        assert!(tree.file(&path("go.mod")) && tree.directory(&path("cmd")) && !tree.file(&path("cmd")));
    }

    #[test]
    fn an_empty_context_is_a_directory() {
        assert!(Listing::default().directory(&ContextPath::root()));
        assert_eq!(Listing::default().entries().count(), 1);
    }

    #[test]
    fn what_holds_a_file_is_a_directory_whatever_the_order() {
        let file = (path("a"), Entry::File { size: 1 });
        let inner = (path("a/b"), Entry::Symlink);
        for order in [[file.clone(), inner.clone()], [inner, file]] {
            let tree: Listing = order.into_iter().collect();
            assert_eq!(tree.get(&path("a")), Some(Entry::Directory));
            assert!(tree.file(&path("a/b")));
        }
    }

    #[test]
    fn find_stops_at_its_depth_and_at_closed_doors() {
        let tree = listing(&["go.mod", "a/go.mod", "a/b/go.mod", "a/b/c/go.mod", "vendor/x/go.mod"]);
        let found = tree.find(&path("."), "go.mod", 2, |place| place.file_name() != Some("vendor"));
        assert_eq!(text(found.iter()), ["a/b/go.mod", "a/go.mod", "go.mod"]);
        assert_eq!(text(tree.find(&path("a"), "go.mod", 0, |_| true).iter()), ["a/go.mod"]);
    }
}
