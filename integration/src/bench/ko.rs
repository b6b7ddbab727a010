//! ko with Go caches of its own, on the machine's Go.
//!
//! Invariant: its CI keeps the two caches in an archive, as CI services do: one is written after the first build, and
//! restored on a fresh runner, which counts.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::arm::{Arm, STATIC};
use super::builder::{Order, Outcome};
use super::buildx::image;
use super::repository::Program;
use super::stage::Stage;
use super::toolchain::{CACHES, Toolchain};
use crate::command::{output, pipe, tail};
use crate::registry::Registry;
use crate::tools;

/// Lines of a failed build that are shown.
const TAIL: usize = 40;

/// ko and its caches.
#[derive(Debug)]
pub struct Ko {
    program: PathBuf,
    registry: Registry,
    go: Toolchain,
}

impl Ko {
    /// The arm's.
    pub fn new(stage: &Stage) -> Result<Self> {
        Ok(Self {
            program: tools::ko(&stage.lab)?,
            registry: stage.registry.clone(),
            go: Toolchain::new(stage.arm(Arm::Ko))?,
        })
    }

    /// Caches with nothing in them.
    pub fn wipe(&self) -> Result<()> {
        self.go.wipe()
    }

    /// Builds programs and pushes their images, those of several under the names of their packages.
    pub fn build(&self, order: &Order<'_>, programs: &[Program]) -> Result<Outcome> {
        let program = programs.first().context("a repository has a program")?;
        let image = image(&self.registry, Arm::Ko, order.repository, program);
        let image = image.trim_end_matches(":latest");
        let (naming, name) = match programs {
            [_] => ("--bare", image),
            _ => ("--base-import-paths", image.trim_end_matches(&format!("/{}", program.name))),
        };
        let mut ko = self.go.command(&self.program)?;
        ko.current_dir(order.tree);
        ko.args(["build", naming, "--tags", "latest", "--platform", order.platforms]);
        ko.args(programs.iter().flat_map(|program| &program.packages));
        ko.env_remove("KO_CONFIG_PATH").env_remove("KOCACHE").env("DOCKER_CONFIG", "/nonexistent");
        ko.env("KO_DOCKER_REPO", name);
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
        tar.arg("-C").arg(self.go.folder()).args(["--create", "--file=-"]).args(CACHES);
        let mut zstd = Command::new("zstd");
        pipe(&mut tar, zstd.args(["-q", "-f", "-T0", "-o"]).arg(self.archive(name)))
    }

    /// Brings the archive's content back.
    pub fn restore(&self, name: &str) -> Result<()> {
        let mut zstd = Command::new("zstd");
        zstd.args(["-q", "-d", "-c"]).arg(self.archive(name));
        let mut tar = Command::new("tar");
        pipe(&mut zstd, tar.arg("-C").arg(self.go.folder()).args(["--extract", "--file=-"]))
    }

    /// Size of the archive in bytes.
    pub fn cache_size(&self, name: &str) -> Result<u64> {
        Ok(fs::metadata(self.archive(name)).context("there is no archive of ko's caches")?.len())
    }

    fn archive(&self, name: &str) -> PathBuf {
        self.go.folder().join(format!("{name}.tar.zst"))
    }
}
