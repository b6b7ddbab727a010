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
}

impl Layer {
    /// An empty tree.
    pub(super) fn new(time: i64) -> Layer {
        Layer { tree: File::scratch(), directories: BTreeSet::new(), time }
    }

    /// A directory for `owner`. Those above it are root's.
    pub(super) fn directory(self, path: &str, mode: u32, owner: (u32, u32)) -> Layer {
        let layer = self.parents(path);
        let mkdir = Mkdir::new(path).mode(mode).owner(owner.0, owner.1).timestamp(layer.time);
        layer.with(|tree| tree.mkdir(mkdir))
    }

    /// A file of root's that everybody may read.
    pub(super) fn file(self, path: &str, contents: &str) -> Layer {
        let layer = self.parents(path);
        let mkfile = Mkfile::new(path, contents.as_bytes()).mode(0o644).timestamp(layer.time);
        layer.with(|tree| tree.mkfile(mkfile))
    }

    /// A file from somewhere else, now root's.
    pub(super) fn copy(self, from: &Output, source: &str, path: &str, mode: u32) -> Layer {
        let layer = self.parents(path);
        let copy = Copy::new(from.clone(), source, path).mode(mode).owner(0, 0).timestamp(layer.time);
        layer.with(|tree| tree.copy(copy))
    }

    /// The tree on a base, or by itself.
    pub(super) fn on(self, base: Option<Output>) -> File {
        let tree = self.tree.metadata(Metadata::named("[internal] lay out files")).build();
        let copy = Copy::new(tree, "/", "/").contents_only().timestamp(self.time);
        base.map_or_else(File::scratch, File::on).copy(copy)
    }

    /// The directories above a path that are not there yet.
    fn parents(mut self, path: &str) -> Layer {
        let above: Vec<&str> = path.match_indices('/').skip(1).map(|(end, _)| &path[..end]).collect();
        for directory in above {
            if self.directories.insert(directory.to_owned()) {
                let mkdir = Mkdir::new(directory).mode(0o755).owner(0, 0).timestamp(self.time);
                self = self.with(|tree| tree.mkdir(mkdir));
            }
        }
        self
    }

    fn with(self, change: impl FnOnce(File) -> File) -> Layer {
        Layer { tree: change(self.tree), ..self }
    }
}
