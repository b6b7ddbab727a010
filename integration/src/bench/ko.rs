//! ko with Go caches of its own, on the machine's Go.
//!
//! Invariant: its CI keeps the two caches in an archive, as CI services do: one is written after the first build, and
//! restored on a fresh runner, which counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use super::arm::{Arm, STATIC};
use super::builder::{Order, Outcome};
use super::buildx::image;
use super::repository::Program;
use super::toolchain::{CACHES, Toolchain};
use crate::command::{output, pipe, tail};
use crate::lab::Lab;
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

/// What to publish.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a> {
    /// The repository's files.
    pub tree: &'a Path,
    /// Main packages, as `go build` takes them.
    pub packages: &'a [String],
    /// The platforms.
    pub platforms: &'a str,
    /// Where the base image is.
    pub base: &'a str,
    /// Where images go, without a tag: the name of the image, or what comes before the names of several.
    pub image: &'a str,
    /// `COMMIT` in its environment.
    pub commit: &'a str,
}

impl Ko {
    /// One with its caches in a folder.
    pub fn new(lab: &Lab, folder: PathBuf, registry: &Registry) -> Result<Self> {
        let program = tools::ko(lab)?;
        Ok(Self { program, registry: registry.clone(), go: Toolchain::new(folder)? })
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
        let name = match programs {
            [_] => image,
            _ => image.trim_end_matches(&format!("/{}", program.name)),
        };
        let packages: Vec<String> =
            programs.iter().flat_map(|program| program.packages.iter().cloned()).collect();
        let seconds = self.publish(Work {
            tree: order.tree,
            packages: &packages,
            platforms: order.platforms,
            base: &self.registry.reference(STATIC),
            image: name,
            commit: order.commit,
        })?;
        Ok(Outcome { seconds, ..Outcome::default() })
    }

    /// Publishes images as `latest`; returns the seconds that it took.
    pub fn publish(&self, work: Work<'_>) -> Result<f64> {
        let naming = if work.packages.len() == 1 { "--bare" } else { "--base-import-paths" };
        let mut ko = self.go.command(&self.program)?;
        ko.current_dir(work.tree);
        ko.args(["build", naming, "--tags", "latest", "--platform", work.platforms]).args(work.packages);
        ko.env_remove("KO_CONFIG_PATH").env_remove("KOCACHE").env("DOCKER_CONFIG", "/nonexistent");
        ko.env("KO_DOCKER_REPO", work.image).env("KO_DEFAULTBASEIMAGE", work.base);
        ko.env("COMMIT", work.commit);
        let start = Instant::now();
        let output = output(&mut ko)?;
        let seconds = start.elapsed().as_secs_f64();
        if !output.status.success() {
            bail!("ko failed ({}):\n{}", output.status, tail(&String::from_utf8_lossy(&output.stderr), TAIL));
        }
        Ok(seconds)
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
