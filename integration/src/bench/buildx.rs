//! An arm with a buildkitd of its own, driven by buildx.
//!
//! Invariant: the client sees no configuration, no credentials and no Git repository of the user's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::arm::Arm;
use super::builder::{Cache, Order, Outcome};
use super::repository::{Program, Repository};
use super::stage::{self, Stage};
use crate::build_log::BuildLog;
use crate::buildkitd::{Buildkitd, Collection, configuration};
use crate::command::{output, run, succeeds};
use crate::registry::Registry;
use crate::tools;

/// The builder and its client.
#[derive(Debug)]
pub struct Buildx {
    arm: Arm,
    daemon: Buildkitd,
    registry: Registry,
    program: PathBuf,
    folder: PathBuf,
}

impl Buildx {
    /// An arm's.
    pub fn new(stage: &Stage, arm: Arm) -> Result<Self> {
        let folder = stage.arm(arm);
        fs::create_dir_all(folder.join("client"))?;
        let buildx = Self {
            arm,
            daemon: Buildkitd::new(&stage.lab, &folder)?,
            registry: stage.registry.clone(),
            program: tools::buildx(&stage.lab)?,
            folder,
        };
        if !succeeds(buildx.client().args(["inspect", arm.name()])) {
            let address = buildx.daemon.address();
            run(buildx.client().args(["create", "--driver", "remote", "--name", arm.name(), &address]))?;
        }
        Ok(buildx)
    }

    /// A daemon that knows nothing.
    pub fn wipe(&self) -> Result<()> {
        self.daemon.stop()?;
        stage::remove(&self.daemon.data())?;
        self.daemon.start(&configuration(self.registry.address(), Collection::Off))
    }

    /// No daemon.
    pub fn end(&self) -> Result<()> {
        self.daemon.stop()?;
        stage::remove(&self.daemon.data())
    }

    /// Brings the image to compile in, all of it: something is run in it.
    pub fn fetch(&self) -> Result<Outcome> {
        let folder = self.folder.join("fetch");
        fs::create_dir_all(&folder)?;
        let image = self.arm.builder().context("this arm compiles in no image")?;
        fs::write(folder.join("Dockerfile"), format!("FROM {image}\nRUN true\n"))?;
        Self::run(
            self.client().args(["build", "--progress=rawjson", "--builder", self.arm.name()]).arg(folder),
        )
    }

    /// Builds a program and pushes its image.
    pub fn build(&self, order: &Order<'_>, program: &Program) -> Result<Outcome> {
        let image = self.image(order.repository, program);
        let mut client = self.client();
        client.args(["build", "--progress=rawjson", "--builder", self.arm.name()]);
        client.arg("--file").arg(order.tree.join(&program.folder).join(self.arm.file()));
        client.args(["--platform", order.platforms]);
        client.arg("--output").arg(format!("type=image,name={image},push=true"));
        if self.arm.stamps() {
            client.arg("--build-arg").arg(format!("COMMIT={}", order.commit));
        }
        if let Cache::Import(name) | Cache::Export(name) = order.cache {
            let cache = self.cache(order.repository, program, name);
            client.arg("--cache-from").arg(format!("type=registry,ref={cache}"));
            if order.cache == Cache::Export(name) {
                client.arg("--cache-to").arg(format!("type=registry,ref={cache},mode=max"));
            }
        }
        Self::run(client.arg(order.tree))
    }

    /// Sum of what caches have in the registry; what several share counts once.
    pub fn cache_size(&self, programs: &[Program], repository: Repository, name: &str) -> Result<u64> {
        let mut blobs = std::collections::BTreeMap::new();
        for program in programs {
            let manifest = self.registry.manifest(&self.cache(repository, program, name), None)?;
            for key in ["layers", "manifests"] {
                for blob in manifest[key].as_array().into_iter().flatten() {
                    blobs.insert(blob["digest"].to_string(), blob["size"].as_u64().unwrap_or_default());
                }
            }
        }
        Ok(blobs.values().sum())
    }

    fn image(&self, repository: Repository, program: &Program) -> String {
        image(&self.registry, self.arm, repository, program)
    }

    fn cache(&self, repository: Repository, program: &Program, name: &str) -> String {
        let image = self.image(repository, program);
        format!("{}-cache:{name}", image.trim_end_matches(":latest"))
    }

    fn client(&self) -> Command {
        let mut client = Command::new(&self.program);
        isolate(&mut client, &self.folder);
        let config = self.folder.join("client");
        client.env("BUILDX_CONFIG", &config).env("DOCKER_CONFIG", &config);
        for variable in ["BUILDX_BUILDER", "DOCKER_HOST", "DOCKER_CONTEXT", "BUILDKIT_PROGRESS"] {
            client.env_remove(variable);
        }
        client
    }

    fn run(client: &mut Command) -> Result<Outcome> {
        let start = Instant::now();
        let output = output(client)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut log = BuildLog::parse(&String::from_utf8_lossy(&output.stderr));
        log.code = output.status.code().unwrap_or(-1);
        if !log.succeeded() {
            bail!("the build failed: {log}");
        }
        let (steps, ran) = (log.steps().len(), log.ran().len());
        let export = log.vertex("exporting cache").and_then(crate::Vertex::duration).unwrap_or_default();
        Ok(Outcome { seconds, ran, cached: steps - ran, export: export.as_secs_f64() })
    }
}

/// Where an arm's image of a program goes.
pub fn image(registry: &Registry, arm: Arm, repository: Repository, program: &Program) -> String {
    registry.reference(&format!("bench/{}-{}/{}:latest", repository.name(), arm.name(), program.name))
}

/// Bytes that a platform's layers have in the registry.
pub fn image_size(registry: &Registry, image: &str, platform: &str) -> Result<u64> {
    let manifest = registry.manifest(image, Some(platform))?;
    let layers = manifest["layers"].as_array().into_iter().flatten();
    Ok(layers.filter_map(|layer: &Value| layer["size"].as_u64()).sum())
}

/// Keeps a client from the repository that the benchmark's folder is in.
pub fn isolate(client: &mut Command, folder: &Path) {
    let above: OsString = folder.parent().unwrap_or(folder).into();
    client.env("GIT_CEILING_DIRECTORIES", above);
}
