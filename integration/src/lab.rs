//! The lab's folder: where everything is kept, and the lock that makes changes to it one at a time.
//!
//! Invariant: what stands at one of these paths is complete; work in progress is under `tmp/` until it is renamed.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result, bail};

use crate::kind::Kind;
use crate::step;

/// The longest path of a socket.
const SOCKET_LIMIT: usize = 107;

/// The socket with the longest path in a daemon's folder.
const LONGEST_SOCKET: &str = "exec/containerd/containerd.sock.ttrpc";

/// The folder `target/lab` of this workspace.
#[derive(Clone, Debug)]
pub struct Lab {
    workspace: PathBuf,
    root: PathBuf,
}

/// Proof that no other process changes the lab; held while something is set up or torn down.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lab {
    /// The lab of this workspace; makes its folder.
    pub fn open() -> Result<Self> {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("the integration crate is not inside a workspace")?
            .to_owned();
        let root = workspace.join("target/lab");
        fs::create_dir_all(root.join("tmp")).with_context(|| format!("cannot make {}", root.display()))?;
        // Daemons are found again by the paths in their command lines, so these must not depend on the way here.
        let root = root.canonicalize()?;
        Ok(Self { workspace, root })
    }

    /// Waits until no other process changes the lab. The kernel drops the lock with its process, however that ends.
    pub fn lock(&self) -> Result<Lock> {
        let file = File::create(self.root.join("lock"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                step::note("  another command is changing the lab; waiting for it");
                file.lock()?;
            }
            Err(TryLockError::Error(error)) => return Err(error).context("cannot lock the lab"),
        }
        Ok(Lock { _file: file })
    }

    /// The repository.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// An example of the repository.
    pub fn example(&self, name: &str) -> PathBuf {
        self.workspace.join("examples").join(name)
    }

    /// `target/lab`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Programs that the lab builds.
    pub fn bin(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// Private apt state of a Debian suite.
    pub fn apt(&self, suite: &str) -> PathBuf {
        self.root.join("apt").join(suite)
    }

    /// Unpacked packages of the Docker release that goes with a daemon.
    pub fn prefix(&self, kind: Kind) -> PathBuf {
        self.root.join("docker").join(kind.release().name)
    }

    /// Root file systems, as layers.
    pub fn layers(&self) -> PathBuf {
        self.root.join("layers")
    }

    /// Base images, as OCI layouts.
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// A daemon's own folder: data, socket, pid file, log.
    pub fn run(&self, kind: Kind) -> PathBuf {
        self.root.join("run").join(kind.name())
    }

    /// Says what a daemon has got, once it has got everything; gone while it is started or stopped.
    pub fn ready(&self, kind: Kind) -> PathBuf {
        self.run(kind).join("ready")
    }

    /// Whether the sockets of every daemon fit; whoever uses a Docker of the user's need not care.
    pub fn check_sockets(&self) -> Result<()> {
        let sockets = Kind::ALL.map(|kind| self.run(kind).join(LONGEST_SOCKET));
        if let Some(longest) = sockets.iter().find(|path| path.as_os_str().len() > SOCKET_LIMIT) {
            bail!(
                "the path {} is too long for a socket, which may have {SOCKET_LIMIT} bytes; clone the repository to a shorter path",
                longest.display()
            );
        }
        Ok(())
    }

    /// Docker client configuration for a daemon.
    pub fn config(&self, kind: Kind) -> PathBuf {
        self.root.join("config").join(kind.name())
    }

    /// A daemon's socket.
    pub fn socket(&self, kind: Kind) -> PathBuf {
        self.run(kind).join(if kind == Kind::Buildkit { "buildkitd.sock" } else { "docker.sock" })
    }

    /// A path for work in progress that no other call and no other process uses.
    pub fn scratch(&self, label: &str) -> PathBuf {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.root.join("tmp").join(format!("{label}-{}-{number}", process::id()))
    }

    /// Where a daemon's client, its other programs and the lab's own programs are.
    pub fn programs(&self, kind: Kind) -> [PathBuf; 3] {
        let prefix = self.prefix(kind);
        [prefix.join("usr/bin"), prefix.join("usr/sbin"), self.bin()]
    }

    /// `$PATH` with a daemon's client and the lab's own programs first.
    pub fn search_path(&self, kind: Kind) -> Result<OsString> {
        let mut folders = self.programs(kind).to_vec();
        folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
        // Daemons need `ip`, `iptables` and `runc`, which a user's PATH may not show.
        folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
        env::join_paths(folders).context("a folder on PATH has a colon in its name")
    }

    /// Fills a folder in one go: `work` gets an empty one, which takes its place under `path` when all went well.
    pub fn fill(&self, path: &Path, work: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let scratch = self.scratch("fill");
        fs::create_dir_all(&scratch)?;
        work(&scratch)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::rename(&scratch, path).with_context(|| format!("cannot move the result to {}", path.display()))
    }
}

/// Removes what crashed runs left under `tmp/`; only for the holder of the lock.
pub fn sweep(lab: &Lab, _: &Lock) -> Result<()> {
    for entry in fs::read_dir(lab.root().join("tmp"))? {
        let path = entry?.path();
        let owner = path.to_string_lossy().rsplit('-').nth(1).and_then(|pid| pid.parse::<u32>().ok());
        // Tests keep their files there too; those of a living process stay.
        if owner.is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists()) {
            continue;
        }
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn socket_of_the_longest_name_counts() {
        let lab = |length: usize| {
            let root = PathBuf::from("/".repeat(length));
            Lab { workspace: root.clone(), root: root.join("lab") }
        };
        // `/lab/run/28-containerd/exec/containerd/containerd.sock.ttrpc` without the first slash, which is there.
        let rest = "lab/run/28-containerd/exec/containerd/containerd.sock.ttrpc".len();
        lab(SOCKET_LIMIT - rest).check_sockets().unwrap();
        let error = lab(SOCKET_LIMIT - rest + 1).check_sockets().unwrap_err();
        assert!(error.to_string().contains("28-containerd"), "{error}");
    }
}
