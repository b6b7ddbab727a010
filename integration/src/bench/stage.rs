//! What every arm stands on: a registry with base images and frontends, and the programs that build.
//!
//! The registry is the benchmark's own, because its blobs are never removed while it runs: the lab's would keep every
//! cache that was ever exported. Invariant: one benchmark at a time, and what a killed one left is put away first.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use serde_json::json;

use super::arm::Arm;
use crate::base_images;
use crate::buildkitd::Buildkitd;
use crate::command::run;
use crate::frontend_image;
use crate::host;
use crate::lab::Lab;
use crate::layout::{Layout, Variant};
use crate::registry::Registry;
use crate::setup;
use crate::step::{note, step};
use crate::tools;

/// The external frontend of the Dockerfiles, as their first line names it.
pub const DOCKERFILE: &str = "docker/dockerfile:1";

/// How often and at what distance to try the frontend again: somebody may be in the middle of changing it.
const ATTEMPTS: u32 = 6;
const PAUSE: Duration = Duration::from_secs(30);

/// The stage; ends its registry when dropped.
#[derive(Debug)]
pub struct Stage {
    /// The lab.
    pub lab: Lab,
    /// The benchmark's folder, `target/lab/bench`.
    pub folder: PathBuf,
    /// Where images come from and go to.
    pub registry: Registry,
    _lock: File,
}

impl Stage {
    /// Puts everything up; the frontend image is that of the sources, or what is in an archive.
    pub fn set_up(archive: Option<&Path>) -> Result<Self> {
        let lab = Lab::open()?;
        let folder = lab.root().join("bench");
        fs::create_dir_all(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().map_err(|_| anyhow!("another benchmark is running"))?;
        clear(&lab, &folder)?;

        let archive = match archive {
            Some(archive) => archive.to_owned(),
            None => frontend(&lab)?,
        };
        tools::buildx(&lab)?;
        tools::buildkit(&lab)?;
        tools::ko(&lab)?;
        let registry = Registry::serve(&lab, &folder)?;
        let stage = Self { lab, folder, registry, _lock: lock };
        step("push images to the benchmark's registry", || stage.push(&archive))?;
        Ok(stage)
    }

    /// The folder of an arm: its daemon, its caches.
    pub fn arm(&self, arm: Arm) -> PathBuf {
        self.folder.join(arm.name())
    }

    fn push(&self, frontend: &Path) -> Result<()> {
        for image in base_images::all(&self.lab)? {
            let first = image.layout.name();
            if first.starts_with("golang:") {
                self.push_compressed(&image.layout)?;
            } else {
                self.registry.push(image.layout.folder(), first)?;
            }
            for name in image.names.iter().filter(|name| **name != first) {
                self.registry.copy(first, name)?;
            }
        }
        self.registry.push(frontend, frontend_image::NAME)?;
        self.registry.push(dockerfile_frontend(&self.lab)?.folder(), DOCKERFILE)
    }
}

impl Stage {
    /// Layers of the lab are uncompressed, which nobody publishes: unpacking is a good part of what a fresh builder does
    /// with a large image, and its layers are in the caches that Dockerfiles export. An archive is compressed on its way.
    fn push_compressed(&self, layout: &Layout) -> Result<()> {
        let archive = self.lab.scratch("archive");
        let mut tar = Command::new("tar");
        tar.arg("-C").arg(layout.folder()).arg("-cf").arg(&archive).args(["manifest.json", "blobs"]);
        run(&mut tar)?;
        let pushed = self.registry.push(&archive, layout.name());
        fs::remove_file(&archive)?;
        pushed
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if let Err(error) = clear(&self.lab, &self.folder) {
            note(format_args!("  something of the benchmark is left: {error:#}"));
        }
    }
}

/// Ends what runs and removes what is only of use to a running benchmark.
fn clear(lab: &Lab, folder: &Path) -> Result<()> {
    for arm in Arm::ALL {
        let arm = folder.join(arm.name());
        Buildkitd::new(lab, &arm)?.stop()?;
        remove(&arm)?;
    }
    Registry::end(folder)?;
    remove(&folder.join("registry"))?;
    remove(&folder.join("trees"))
}

/// Removes a folder if it is there; also one with folders that Go made read-only, which stops root from nothing.
pub fn remove(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// The frontend image of the sources as they are, as an archive.
fn frontend(lab: &Lab) -> Result<PathBuf> {
    let image = || -> Result<PathBuf> {
        setup::image(lab)?;
        // Not asked for by its sources: somebody may have changed them since.
        Ok(lab.images().join("frontend.tar"))
    };
    for _ in 1..ATTEMPTS {
        match image() {
            Ok(archive) => return Ok(archive),
            Err(_) => {
                note(format_args!("  the frontend is not ready; trying again in {} s", PAUSE.as_secs()));
            }
        }
        sleep(PAUSE);
    }
    image()
}

/// BuildKit's own frontend as an image: no registry that has it is at hand.
pub fn dockerfile_frontend(lab: &Lab) -> Result<Layout> {
    let folder = lab.images().join(format!("dockerfile-frontend-{}", tools::BUILDKIT));
    if !folder.exists() {
        let program = tools::dockerfile_frontend(lab)?;
        let layer = lab.layers().join(format!("dockerfile-frontend-{}.tar", tools::BUILDKIT));
        let scratch = lab.scratch("layer");
        let mut tar = Command::new("tar");
        tar.args(["--create", "--dereference", "--mtime=@0", "--numeric-owner", "--owner=0", "--group=0"]);
        tar.args(["--transform", "s,^,bin/,", "--file"]).arg(&scratch).arg("-C").arg(lab.bin());
        run(tar.arg(program.file_name().context("a program has a name")?))?;
        fs::rename(&scratch, &layer)?;
        let config = json!({
            "Entrypoint": ["/bin/dockerfile-frontend"],
            "Labels": {
                "moby.buildkit.frontend.network.none": "true",
                "moby.buildkit.frontend.caps":
                    "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts",
            },
        });
        let variant = Variant { architecture: host::architecture()?, config, layers: vec![layer] };
        lab.fill(&folder, |scratch| Layout::write(scratch, DOCKERFILE, &[variant]))?;
    }
    Layout::open(&folder)
}
