//! A layer: a tree that is made apart and then copied as a whole.
//!
//! Made in place, a directory would have the time of the last file put into it, which is the present. Invariant: every
//! file and directory of a layer has the time, mode and owner that it was given, so that equal inputs give equal layers.

use buildkit_llb::{Copy, File, Metadata, Mkdir, Mkfile, Output};
use std::collections::BTreeSet;

/// A tree, and the time of everything in it in nanoseconds since 1970.
pub(super) struct Layer {
    tree: File,
    directories: BTreeSet<String>,
    time: i64,
    /// The directory of the image that it is put into; empty is the root.
    place: String,
    is_empty: bool,
}

impl Layer {
    /// An empty tree.
    pub(super) fn new(time: i64) -> Layer {
        let (tree, directories) = (File::scratch(), BTreeSet::new());
        Layer { tree, directories, time, place: String::new(), is_empty: true }
    }

    /// A tree for a directory that may be there, whose mode and owner are not to change. Paths stay those of the image.
    pub(super) fn within(place: &str, time: i64) -> Layer {
        Layer { place: place.trim_end_matches('/').to_owned(), ..Layer::new(time) }
    }

    /// A directory for `owner`. Those above it are root's.
    pub(super) fn directory(self, path: &str, mode: u32, owner: (u32, u32)) -> Layer {
        let layer = self.parents(path);
        let inside = layer.inside(path);
        let mkdir = |path: &str| Mkdir::new(path).mode(mode).owner(owner.0, owner.1).timestamp(layer.time);
        if mode <= 0o777 {
            let mkdir = mkdir(&inside);
            return layer.with(|tree| tree.mkdir(mkdir));
        }
        // What is made has no other bits, and what is copied has.
        let apart = File::scratch().mkdir(mkdir("/directory"));
        let copy = Copy::new(apart, "/directory", inside).mode(mode).timestamp(layer.time);
        layer.with(|tree| tree.copy(copy))
    }

    /// A file of root's that everybody may read.
    pub(super) fn file(self, path: &str, contents: &str) -> Layer {
        let layer = self.parents(path);
        let mkfile = Mkfile::new(layer.inside(path), contents.as_bytes()).mode(0o644).timestamp(layer.time);
        layer.with(|tree| tree.mkfile(mkfile))
    }

    /// A file from somewhere else, now root's.
    pub(super) fn copy(self, from: &Output, source: &str, path: &str, mode: u32) -> Layer {
        let copy = |to: String| Copy::new(from.clone(), source, to).mode(mode).owner(0, 0);
        self.copy_as(path, copy)
    }

    /// A copy that somebody else describes, to the place that it is given. A place that ends in `/` is a directory.
    pub(super) fn copy_as(self, path: &str, copy: impl FnOnce(String) -> Copy) -> Layer {
        let layer = self.parents(path);
        let copy = copy(layer.inside(path)).timestamp(layer.time);
        layer.with(|tree| tree.copy(copy))
    }

    /// The tree on a base, or by itself.
    pub(super) fn on(self, base: Option<Output>) -> File {
        self.onto(base.map_or_else(File::scratch, File::on))
    }

    /// The tree on what other changes leave; one with nothing in it changes nothing.
    pub(super) fn onto(self, file: File) -> File {
        if self.is_empty {
            return file;
        }
        if self.place.is_empty() {
            return file.copy(Copy::new(self.tree, "/", "/").contents_only().timestamp(self.time));
        }
        let mkdir = Mkdir::new(&self.place).mode(0o755).make_parents().timestamp(self.time);
        let file = file.mkdir(mkdir);
        // What is copied onto a directory that is there leaves it its mode and its owner, and gives it a time.
        let nothing = File::scratch().mkdir(Mkdir::new("/directory").timestamp(self.time));
        let nothing = nothing.metadata(metadata()).build();
        let above = self.place.match_indices('/').skip(1).map(|(end, _)| &self.place[..end]);
        let file = file.copy(Copy::new(self.tree, "/", &self.place).contents_only().timestamp(self.time));
        above.collect::<Vec<&str>>().into_iter().rev().fold(file, |file, above| {
            file.copy(Copy::new(nothing.clone(), "/directory", above).contents_only().timestamp(self.time))
        })
    }

    /// A path of the image in the tree.
    fn inside(&self, path: &str) -> String {
        match path.strip_prefix(self.place.as_str()).unwrap_or(path) {
            "" => "/".to_owned(),
            inside => inside.to_owned(),
        }
    }

    /// The directories above a path that are not there yet.
    fn parents(mut self, path: &str) -> Layer {
        let inside = self.inside(path);
        let above: Vec<&str> = inside.match_indices('/').skip(1).map(|(end, _)| &inside[..end]).collect();
        for directory in above {
            if self.directories.insert(directory.to_owned()) {
                let mkdir = Mkdir::new(directory).mode(0o755).owner(0, 0).timestamp(self.time);
                self = self.with(|tree| tree.mkdir(mkdir));
            }
        }
        self
    }

    fn with(self, change: impl FnOnce(File) -> File) -> Layer {
        Layer { tree: change(self.tree), is_empty: false, ..self }
    }
}

fn metadata() -> Metadata {
    Metadata::named("[internal] lay out files")
}
