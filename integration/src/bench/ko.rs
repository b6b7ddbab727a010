//! ko with Go caches of its own, on the machine's Go.
//!
//! Its CI keeps the two caches in an archive, as CI services do: one is written after the first build, and restored on a
//! fresh runner, which counts. Invariant: it sees neither the user's caches nor the user's Go settings but the module proxy.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::arm::{Arm, STATIC};
use super::builder::{Order, Outcome};
use super::buildx::{image, isolate};
use super::repository::Program;
use super::stage::{self, Stage};
use crate::command::{output, pipe, read, tail};
use crate::registry::Registry;
use crate::tools;

/// What is kept between runs of CI.
const CACHES: [&str; 2] = ["build", "modules"];

/// Lines of a failed build that are shown.
const TAIL: usize = 40;

/// ko and its caches.
#[derive(Debug)]
pub struct Ko {
    program: PathBuf,
    registry: Registry,
    folder: PathBuf,
    goroot: PathBuf,
    proxy: String,
}

impl Ko {
    /// The arm's.
    pub fn new(stage: &Stage) -> Result<Self> {
        let folder = stage.arm(Arm::Ko);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            program: tools::ko(&stage.lab)?,
            registry: stage.registry.clone(),
            folder,
            // The very release that the Go image has.
            goroot: tools::goroot()?,
            proxy: read(Command::new("go").args(["env", "GOPROXY"]))?,
        })
    }

    /// Caches with nothing in them.
    pub fn wipe(&self) -> Result<()> {
        for cache in CACHES {
            stage::remove(&self.folder.join(cache))?;
            fs::create_dir_all(self.folder.join(cache))?;
        }
        Ok(())
    }

    /// Builds a program and pushes its image.
    pub fn build(&self, order: &Order<'_>, program: &Program) -> Result<Outcome> {
        let image = image(&self.registry, Arm::Ko, order.repository, program);
        let mut ko = Command::new(&self.program);
        ko.current_dir(order.tree);
        ko.args(["build", "--bare", "--tags", "latest", "--platform", order.platforms])
            .args(&program.packages);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.goroot.join("bin")).chain(std::env::split_paths(&path));
        ko.env("PATH", std::env::join_paths(path)?).env("DOCKER_CONFIG", "/nonexistent");
        for variable in
            ["GOFLAGS", "GOWORK", "GOROOT", "GOOS", "GOARCH", "CGO_ENABLED", "KO_CONFIG_PATH", "KOCACHE"]
        {
            ko.env_remove(variable);
        }
        isolate(&mut ko, &self.folder);
        ko.env("GOCACHE", self.folder.join("build")).env("GOMODCACHE", self.folder.join("modules"));
        ko.env("GOENV", "off").env("GOPROXY", &self.proxy).env("GOTOOLCHAIN", "local");
        ko.env("KO_DOCKER_REPO", image.trim_end_matches(":latest"));
        ko.env("KO_DEFAULTBASEIMAGE", self.registry.reference(STATIC)).env("COMMIT", order.commit);
        let start = Instant::now();
        let output = output(&mut ko)?;
        let seconds = start.elapsed().as_secs_f64();
        if !output.status.success() {
            bail!("ko failed ({}):\n{}", output.status, tail(&String::from_utf8_lossy(&output.stderr), TAIL));
        }
        Ok(Outcome { seconds, ..Outcome::default() })
    }

    /// Writes the archive.
    pub fn keep(&self, name: &str) -> Result<()> {
        let mut tar = Command::new("tar");
        tar.arg("-C").arg(&self.folder).args(["--create", "--file=-"]).args(CACHES);
        let mut zstd = Command::new("zstd");
        pipe(&mut tar, zstd.args(["-q", "-f", "-T0", "-o"]).arg(self.archive(name)))
    }

    /// Brings the archive's content back.
    pub fn restore(&self, name: &str) -> Result<()> {
        let mut zstd = Command::new("zstd");
        zstd.args(["-q", "-d", "-c"]).arg(self.archive(name));
        let mut tar = Command::new("tar");
        pipe(&mut zstd, tar.arg("-C").arg(&self.folder).args(["--extract", "--file=-"]))
    }

    /// Size of the archive in bytes.
    pub fn cache_size(&self, name: &str) -> Result<u64> {
        Ok(fs::metadata(self.archive(name)).context("there is no archive of ko's caches")?.len())
    }

    fn archive(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.tar.zst"))
    }
}
