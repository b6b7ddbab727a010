//! The machine's Go with caches of its own, for what builds without BuildKit.
//!
//! Invariant: it sees neither the user's caches nor the user's Go settings but the module proxy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::buildx::isolate;
use super::stage;
use crate::command::read;
use crate::tools;

/// What is kept between builds.
pub const CACHES: [&str; 2] = ["build", "modules"];

/// What would change what is built.
const SETTINGS: [&str; 6] = ["GOFLAGS", "GOWORK", "GOROOT", "GOOS", "GOARCH", "CGO_ENABLED"];

/// Go and its caches.
#[derive(Debug)]
pub struct Toolchain {
    folder: PathBuf,
    goroot: PathBuf,
    proxy: String,
}

impl Toolchain {
    /// The very release that the Go image has, with its caches in a folder.
    pub fn new(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)?;
        let proxy = read(Command::new("go").args(["env", "GOPROXY"]))?;
        Ok(Self { folder, goroot: tools::goroot()?, proxy })
    }

    /// Where the caches are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Caches with nothing in them.
    pub fn wipe(&self) -> Result<()> {
        for cache in CACHES {
            stage::remove(&self.folder.join(cache))?;
            fs::create_dir_all(self.folder.join(cache))?;
        }
        Ok(())
    }

    /// A command that finds Go and nothing that the user has set for it.
    pub fn command(&self, program: &Path) -> Result<Command> {
        let mut command = Command::new(program);
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(self.goroot.join("bin")).chain(std::env::split_paths(&path));
        command.env("PATH", std::env::join_paths(path)?);
        for variable in SETTINGS {
            command.env_remove(variable);
        }
        isolate(&mut command, &self.folder);
        let [build, modules] = CACHES.map(|cache| self.folder.join(cache));
        command.env("GOCACHE", build).env("GOMODCACHE", modules);
        command.env("GOENV", "off").env("GOPROXY", &self.proxy).env("GOTOOLCHAIN", "local");
        Ok(command)
    }

    /// Go itself.
    pub fn go(&self) -> Result<Command> {
        self.command(&self.goroot.join("bin/go"))
    }
}
