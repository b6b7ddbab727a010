//! Copying from one file system onto another.

use buildkit_proto::pb;
use buildkit_proto::pb::file_action::Action as ProtoAction;

use super::{Action, File, chown};
use crate::{Output, caps, path};

/// What is copied from.
#[derive(Clone, Debug)]
pub enum Copied {
    /// What a vertex leaves.
    Result(Output),
    /// What other changes leave, in the same vertex. No changes to nothing are an empty file system.
    Changes(Box<File>),
}

impl From<Output> for Copied {
    fn from(output: Output) -> Self {
        Copied::Result(output)
    }
}

impl From<File> for Copied {
    fn from(file: File) -> Self {
        Copied::Changes(Box::new(file))
    }
}

/// A copy. What is copied counts in the cache key by its content, not by how it was made.
#[derive(Clone, Debug)]
pub struct Copy {
    from: Copied,
    proto: pb::FileActionCopy,
}

impl Copy {
    /// `src` of `from` to `dest`. A `dest` that ends in `/` is a directory to copy into.
    pub fn new(from: impl Into<Copied>, src: impl AsRef<str>, dest: impl AsRef<str>) -> Self {
        let proto = pb::FileActionCopy {
            src: path::absolute(src.as_ref()),
            dest: path::destination(dest.as_ref()),
            mode: -1,
            timestamp: -1,
            ..pb::FileActionCopy::default()
        };
        Self { from: from.into(), proto }
    }

    fn with(mut self, change: impl FnOnce(&mut pb::FileActionCopy)) -> Self {
        change(&mut self.proto);
        self
    }

    /// Permission bits of everything copied, instead of those it has.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        self.with(|copy| copy.mode = (mode & 0o7777).cast_signed())
    }

    /// The same in words, for what is a directory and what is not: `u=rwX,go=rX`; daemons since 0.17 can.
    #[must_use]
    pub fn mode_words(self, words: impl Into<String>) -> Self {
        self.with(|copy| copy.mode_str = words.into())
    }

    /// Owner and group of everything copied.
    #[must_use]
    pub fn owner(self, uid: u32, gid: u32) -> Self {
        self.with(|copy| copy.owner = Some(chown(uid, gid)))
    }

    /// Make the directories that `dest` is in.
    #[must_use]
    pub fn create_dest_path(self) -> Self {
        self.with(|copy| copy.create_dest_path = true)
    }

    /// If `src` is a directory, copy what is in it, not itself.
    #[must_use]
    pub fn contents_only(self) -> Self {
        self.with(|copy| copy.dir_copy_contents = true)
    }

    /// Only what one of these patterns matches.
    #[must_use]
    pub fn include_patterns(self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with(|copy| copy.include_patterns = patterns.into_iter().map(Into::into).collect())
    }

    /// Not what one of these patterns matches, even if it is included.
    #[must_use]
    pub fn exclude_patterns(self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with(|copy| copy.exclude_patterns = patterns.into_iter().map(Into::into).collect())
    }

    /// If `src` is a link, copy what it leads to.
    #[must_use]
    pub fn follow_symlinks(self) -> Self {
        self.with(|copy| copy.follow_symlink = true)
    }

    /// `src` is a pattern.
    #[must_use]
    pub fn allow_wildcard(self) -> Self {
        self.with(|copy| copy.allow_wildcard = true)
    }

    /// A pattern that matches nothing is no failure.
    #[must_use]
    pub fn allow_empty_wildcard(self) -> Self {
        self.with(|copy| copy.allow_empty_wildcard = true)
    }

    /// If `src` is an archive, unpack it.
    #[must_use]
    pub fn unpack(self) -> Self {
        self.with(|copy| copy.attempt_unpack_docker_compatibility = true)
    }

    /// The time of everything copied, in nanoseconds since 1970.
    #[must_use]
    pub fn timestamp(self, nanoseconds: i64) -> Self {
        self.with(|copy| copy.timestamp = nanoseconds)
    }

    pub(super) fn into_action(self) -> Action {
        let patterns = !(self.proto.include_patterns.is_empty() && self.proto.exclude_patterns.is_empty());
        let words = !self.proto.mode_str.is_empty();
        let used = [(patterns, caps::FILE_COPY_PATTERNS), (words, caps::FILE_COPY_MODE_WORDS)];
        let caps = used.into_iter().filter_map(|(used, cap)| used.then_some(cap)).collect();
        Action { from: Some(self.from), proto: ProtoAction::Copy(self.proto), caps }
    }
}
