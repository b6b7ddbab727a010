//! What a process sees where.
//!
//! Whether a mount becomes an output is decided by the function that makes it, never by a flag.

use buildkit_proto::pb;

use crate::{Output, caps};

/// One mount of a process.
#[derive(Clone, Debug)]
pub struct Mount {
    pub(crate) dest: String,
    pub(crate) kind: Kind,
    pub(crate) input: Option<Output>,
    selector: String,
    content_cache: ContentCache,
}

/// What a mount is, with the options that only this kind has.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    ReadOnly,
    Discard,
    Writable,
    Cache { id: String, sharing: Sharing },
    Tmpfs { size: i64 },
    Secret(Credential),
    Ssh(Credential),
}

/// A secret or an agent, as a file.
#[derive(Clone, Debug)]
pub(crate) struct Credential {
    id: String,
    mode: u32,
    uid: u32,
    gid: u32,
    optional: bool,
}

/// Who may use a cache directory at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Everybody.
    Shared,
    /// One process; another gets a directory of its own.
    Private,
    /// One process; another waits.
    Locked,
}

/// Whether the input of a mount counts in the cache key by its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ContentCache {
    /// Where the daemon thinks it helps: since BuildKit 0.13 for all but the root and writable parts of a tree, before that
    /// only for what cannot be written back (`solver/llbsolver/ops/exec.go`).
    #[default]
    Default,
    /// Yes.
    On,
    /// No.
    Off,
}

impl Mount {
    fn new(kind: Kind, input: Option<Output>, dest: impl Into<String>) -> Self {
        Self { dest: dest.into(), kind, input, selector: String::new(), content_cache: ContentCache::Default }
    }

    /// The root file system, read-only and no output.
    pub fn root(output: Output) -> Self {
        Self::read_only(output, "/")
    }

    /// The root file system, writable; what the process makes of it is an output.
    pub fn root_writable(output: Output) -> Self {
        Self::writable(output, "/")
    }

    /// `output` at `dest`, read-only.
    pub fn read_only(output: Output, dest: impl Into<String>) -> Self {
        Self::new(Kind::ReadOnly, Some(output), dest)
    }

    /// `output` at `dest`, writable, and what is written is thrown away.
    pub fn discard(output: Output, dest: impl Into<String>) -> Self {
        Self::new(Kind::Discard, Some(output), dest)
    }

    /// An empty directory at `dest` that becomes an output.
    pub fn scratch(dest: impl Into<String>) -> Self {
        Self::new(Kind::Writable, None, dest)
    }

    /// `output` at `dest`, writable; what the process makes of it is an output.
    pub fn writable(output: Output, dest: impl Into<String>) -> Self {
        Self::new(Kind::Writable, Some(output), dest)
    }

    /// A directory that outlives the build, empty at first. The id alone says which one, across all builds of a
    /// daemon.
    pub fn cache(dest: impl Into<String>, id: impl Into<String>, sharing: Sharing) -> Self {
        Self::new(Kind::Cache { id: id.into(), sharing }, None, dest)
    }

    /// An empty directory in memory.
    pub fn tmpfs(dest: impl Into<String>) -> Self {
        Self::new(Kind::Tmpfs { size: 0 }, None, dest)
    }

    /// A secret of the client as a file, readable by root only unless told.
    pub fn secret(dest: impl Into<String>, id: impl Into<String>) -> Self {
        Self::new(Kind::Secret(Credential::new(id, 0o400)), None, dest)
    }

    /// The socket of an SSH agent of the client. The process finds it through `SSH_AUTH_SOCK`, which
    /// [`Exec`](crate::Exec) sets to the first of its agents.
    pub fn ssh(dest: impl Into<String>, id: impl Into<String>) -> Self {
        Self::new(Kind::Ssh(Credential::new(id, 0o600)), None, dest)
    }

    /// Mount this path of the input, a directory or a file, instead of its root.
    #[must_use]
    pub fn selector(mut self, path: impl Into<String>) -> Self {
        self.selector = path.into();
        self
    }

    /// Whether the content of the input decides about the cache.
    #[must_use]
    pub fn content_cache(mut self, content_cache: ContentCache) -> Self {
        self.content_cache = content_cache;
        self
    }

    /// What a new cache directory starts with. It becomes part of the directory's identity.
    #[must_use]
    pub fn input(mut self, output: Output) -> Self {
        self.input = Some(output);
        self
    }

    /// The most bytes a directory in memory holds; other kinds have no size.
    #[must_use]
    pub fn size(mut self, bytes: i64) -> Self {
        if let Kind::Tmpfs { size } = &mut self.kind {
            *size = bytes;
        }
        self
    }

    /// Permission bits of a secret or an agent; other kinds have none of their own.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        self.credential(|file| file.mode = mode)
    }

    /// Owner of a secret or an agent; other kinds have none of their own.
    #[must_use]
    pub fn uid(self, uid: u32) -> Self {
        self.credential(|file| file.uid = uid)
    }

    /// Group of a secret or an agent; other kinds have none of their own.
    #[must_use]
    pub fn gid(self, gid: u32) -> Self {
        self.credential(|file| file.gid = gid)
    }

    /// Go on without the secret or the agent if the client has none; other kinds are never missing.
    #[must_use]
    pub fn optional(self) -> Self {
        self.credential(|file| file.optional = true)
    }

    fn credential(mut self, change: impl FnOnce(&mut Credential)) -> Self {
        if let Kind::Secret(file) | Kind::Ssh(file) = &mut self.kind {
            change(file);
        }
        self
    }

    /// Where a kind stands in the order of the wire: file systems, then secrets, then agents.
    pub(crate) fn rank(&self) -> u8 {
        match self.kind {
            Kind::Secret(_) => 1,
            Kind::Ssh(_) => 2,
            _ => 0,
        }
    }

    /// What the daemon must be able to do (`client/llb/exec.go`, `Marshal`).
    pub(crate) fn caps(&self) -> Vec<&'static str> {
        let mut needed = match &self.kind {
            Kind::ReadOnly | Kind::Writable if self.input.is_some() => vec![caps::EXEC_MOUNT_BIND],
            Kind::ReadOnly | Kind::Writable => vec![],
            Kind::Discard => vec![caps::EXEC_MOUNT_BIND, caps::EXEC_MOUNT_BIND_NO_OUTPUT],
            Kind::Cache { .. } => vec![caps::EXEC_MOUNT_CACHE, caps::EXEC_MOUNT_CACHE_SHARING],
            Kind::Tmpfs { size: 0 } => vec![caps::EXEC_MOUNT_TMPFS],
            Kind::Tmpfs { .. } => vec![caps::EXEC_MOUNT_TMPFS, caps::EXEC_MOUNT_TMPFS_SIZE],
            Kind::Secret(_) => vec![caps::EXEC_MOUNT_SECRET],
            Kind::Ssh(_) => vec![caps::EXEC_MOUNT_SSH],
        };
        if !self.selector.is_empty() {
            needed.push(caps::EXEC_MOUNT_SELECTOR);
        }
        if self.content_cache != ContentCache::Default {
            needed.push(caps::EXEC_MOUNT_CONTENT_CACHE);
        }
        needed
    }

    /// The mount as it travels, given the index of its input and the number of its output.
    pub(crate) fn to_proto(&self, input: i64, output: i64) -> pb::Mount {
        let content_cache = match self.content_cache {
            ContentCache::Default => pb::MountContentCache::Default,
            ContentCache::On => pb::MountContentCache::On,
            ContentCache::Off => pb::MountContentCache::Off,
        };
        let mut mount = pb::Mount {
            input,
            selector: self.selector.clone(),
            dest: self.dest.clone(),
            output,
            content_cache: content_cache.into(),
            ..pb::Mount::default()
        };
        let mount_type = match &self.kind {
            Kind::Writable | Kind::Discard => pb::MountType::Bind,
            Kind::ReadOnly => {
                mount.readonly = true;
                pb::MountType::Bind
            }
            Kind::Cache { id, sharing } => {
                let sharing = match sharing {
                    Sharing::Shared => pb::CacheSharingOpt::Shared,
                    Sharing::Private => pb::CacheSharingOpt::Private,
                    Sharing::Locked => pb::CacheSharingOpt::Locked,
                };
                mount.cache_opt = Some(pb::CacheOpt { id: id.clone(), sharing: sharing.into() });
                pb::MountType::Cache
            }
            Kind::Tmpfs { size } => {
                mount.tmpfs_opt = Some(pb::TmpfsOpt { size: *size });
                pb::MountType::Tmpfs
            }
            Kind::Secret(file) => {
                let Credential { id, mode, uid, gid, optional } = file.clone();
                mount.secret_opt = Some(pb::SecretOpt { id, uid, gid, mode, optional });
                // Go's client leaves the output of these two at 0; the daemon does not read it, the digest does.
                mount.output = 0;
                pb::MountType::Secret
            }
            Kind::Ssh(file) => {
                let Credential { id, mode, uid, gid, optional } = file.clone();
                mount.ssh_opt = Some(pb::SshOpt { id, uid, gid, mode, optional });
                mount.output = 0;
                pb::MountType::Ssh
            }
        };
        mount.mount_type = mount_type.into();
        mount
    }
}

impl Credential {
    fn new(id: impl Into<String>, mode: u32) -> Self {
        Self { id: id.into(), mode, uid: 0, gid: 0, optional: false }
    }
}
