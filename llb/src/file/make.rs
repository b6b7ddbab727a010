//! Making and removing single entries.

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action as ProtoAction;

use super::{Action, chown};
use crate::{caps, path};

/// A directory to make.
#[derive(Clone, Debug)]
pub struct Mkdir(pb::FileActionMkDir);

/// A file to write.
#[derive(Clone, Debug)]
pub struct Mkfile(pb::FileActionMkFile);

/// A symbolic link to make.
#[derive(Clone, Debug)]
pub struct Symlink(pb::FileActionSymlink);

/// A path to remove.
#[derive(Clone, Debug)]
pub struct Rm(pb::FileActionRm);

impl Mkdir {
    /// A directory at `path`, with mode 0755 and the time of its making unless told.
    pub fn new(path: impl AsRef<str>) -> Self {
        Self(pb::FileActionMkDir {
            path: path::absolute(path.as_ref()),
            mode: 0o755,
            timestamp: -1,
            ..pb::FileActionMkDir::default()
        })
    }

    /// Its permission bits.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.0.mode = permissions(mode);
        self
    }

    /// Make the directories it is in, and do not fail if it is there.
    #[must_use]
    pub fn make_parents(mut self) -> Self {
        self.0.make_parents = true;
        self
    }

    /// Its owner and group.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.0.owner = Some(chown(uid, gid));
        self
    }

    /// Its time, in nanoseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, nanoseconds: i64) -> Self {
        self.0.timestamp = nanoseconds;
        self
    }

    pub(super) fn into_action(self) -> Action {
        Action::new(ProtoAction::Mkdir(self.0))
    }
}

impl Mkfile {
    /// A file at `path`, with mode 0644 and the time of its writing unless told.
    pub fn new(path: impl AsRef<str>, data: impl Into<Vec<u8>>) -> Self {
        Self(pb::FileActionMkFile {
            path: path::absolute(path.as_ref()),
            mode: 0o644,
            data: data.into(),
            timestamp: -1,
            ..pb::FileActionMkFile::default()
        })
    }

    /// Its permission bits.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.0.mode = permissions(mode);
        self
    }

    /// Its owner and group.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.0.owner = Some(chown(uid, gid));
        self
    }

    /// Its time, in nanoseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, nanoseconds: i64) -> Self {
        self.0.timestamp = nanoseconds;
        self
    }

    pub(super) fn into_action(self) -> Action {
        Action::new(ProtoAction::Mkfile(self.0))
    }
}

impl Symlink {
    /// A link at `path` that says `target`; both are written as given.
    pub fn new(target: impl Into<String>, path: impl Into<String>) -> Self {
        Self(pb::FileActionSymlink {
            oldpath: target.into(),
            newpath: path.into(),
            timestamp: -1,
            ..pb::FileActionSymlink::default()
        })
    }

    /// Its owner and group.
    #[must_use]
    pub fn owner(mut self, uid: u32, gid: u32) -> Self {
        self.0.owner = Some(chown(uid, gid));
        self
    }

    /// Its time, in nanoseconds since 1970.
    #[must_use]
    pub fn timestamp(mut self, nanoseconds: i64) -> Self {
        self.0.timestamp = nanoseconds;
        self
    }

    pub(super) fn into_action(self) -> Action {
        Action { caps: vec![caps::FILE_SYMLINK], ..Action::new(ProtoAction::Symlink(self.0)) }
    }
}

impl Rm {
    /// The entry at `path` and everything below it.
    pub fn new(path: impl AsRef<str>) -> Self {
        Self(pb::FileActionRm { path: path::absolute(path.as_ref()), ..pb::FileActionRm::default() })
    }

    /// Nothing there is no failure.
    #[must_use]
    pub fn allow_not_found(mut self) -> Self {
        self.0.allow_not_found = true;
        self
    }

    /// `path` is a pattern.
    #[must_use]
    pub fn allow_wildcard(mut self) -> Self {
        self.0.allow_wildcard = true;
        self
    }

    pub(super) fn into_action(self) -> Action {
        let caps = if self.0.allow_wildcard { vec![caps::FILE_RM_WILDCARD] } else { vec![] };
        Action { caps, ..Action::new(ProtoAction::Rm(self.0)) }
    }
}

/// Made entries have no bits beyond these (`client/llb/fileop.go`).
fn permissions(mode: u32) -> i32 {
    (mode & 0o777).cast_signed()
}
