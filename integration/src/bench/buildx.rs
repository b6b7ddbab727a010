//! An arm with a buildkitd of its own, driven by buildx.
//!
//! Invariant: the client sees no configuration, no credentials and no Git repository of the user's.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::arm::Arm;
use super::builder::{Cache, Order, Outcome};
use super::repository::{Program, Repository};
use super::stage::{self, Stage};
use crate::build_log::{BuildLog, Vertex};
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

    /// Builds programs and pushes their images: one as most people do it, several as bake does.
    pub fn build(&self, order: &Order<'_>, programs: &[Program]) -> Result<Outcome> {
        let mut client = self.client();
        // What a bake file names has to be below the folder that it is called in.
        client.current_dir(order.tree);
        match programs {
            [program] => client.arg("build").args(self.arguments(order, program)).arg("."),
            _ => client.args(["bake", "--file"]).arg(self.bake_file(order, programs)?),
        };
        Self::run(client.args(["--progress=rawjson", "--builder", self.arm.name()]))
    }

    fn arguments(&self, order: &Order<'_>, program: &Program) -> Vec<String> {
        let mut arguments = vec![
            format!("--file={}", self.file(program)),
            format!("--platform={}", order.platforms),
            format!("--output={}", self.output(order, program)),
        ];
        if self.arm.stamps() {
            arguments.push(format!("--build-arg=COMMIT={}", order.commit));
        }
        let [from, to] = self.caches(order, program);
        arguments.extend(from.map(|cache| format!("--cache-from={cache}")));
        arguments.extend(to.map(|cache| format!("--cache-to={cache}")));
        arguments
    }

    fn bake_file(&self, order: &Order<'_>, programs: &[Program]) -> Result<PathBuf> {
        let target = |program: &Program| {
            let [from, to] = self.caches(order, program).map(Vec::from_iter);
            let args = if self.arm.stamps() { json!({"COMMIT": order.commit}) } else { json!({}) };
            let target = json!({
                "context": ".",
                "dockerfile": self.file(program),
                "platforms": order.platforms.split(',').collect::<Vec<_>>(),
                "args": args,
                "output": [self.output(order, program)],
                "cache-from": from,
                "cache-to": to,
            });
            (program.name.clone(), target)
        };
        let names: Vec<&str> = programs.iter().map(|program| program.name.as_str()).collect();
        let targets: serde_json::Map<String, Value> = programs.iter().map(target).collect();
        let file = self.folder.join("docker-bake.json");
        fs::write(&file, json!({"group": {"default": {"targets": names}}, "target": targets}).to_string())?;
        Ok(file)
    }

    /// The build file, in the tree.
    fn file(&self, program: &Program) -> String {
        let file = Path::new(&program.folder).join(self.arm.file());
        file.to_string_lossy().into_owned()
    }

    fn output(&self, order: &Order<'_>, program: &Program) -> String {
        format!("type=image,name={},push=true", self.image(order.repository, program))
    }

    /// The cache to read and the one to write.
    fn caches(&self, order: &Order<'_>, program: &Program) -> [Option<String>; 2] {
        let reference = |name| format!("type=registry,ref={}", self.cache(order.repository, program, name));
        match order.cache {
            Cache::None => [None, None],
            Cache::Import(name) => [Some(reference(name)), None],
            Cache::Export(name) => [Some(reference(name)), Some(format!("{},mode=max", reference(name)))],
        }
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
        let exports = log.vertices.iter().filter(|vertex| vertex.name.contains("exporting cache to"));
        Ok(Outcome { seconds, ran, cached: steps - ran, export: busy(exports).as_secs_f64() })
    }
}

/// How long at least one of these ran: several builds export side by side.
fn busy<'a>(vertices: impl Iterator<Item = &'a Vertex>) -> Duration {
    let mut spans: Vec<_> = vertices.filter_map(|vertex| vertex.started.zip(vertex.completed)).collect();
    spans.sort_unstable();
    let mut until = Duration::ZERO;
    let each = spans.into_iter().map(|(start, end)| {
        let new = end.saturating_sub(start.max(until));
        until = until.max(end);
        new
    });
    each.sum()
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
