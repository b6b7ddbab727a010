//! A daemon from a client's side: one of the lab's, or the Docker that the user has.
//!
//! Invariant: a command made by [`Daemon::docker`] talks to this daemon and to no other, whatever the user's own
//! environment says.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::base_images::{self, BaseImage};
use crate::buildkitd::BUILDER;
use crate::command::{pipe, read, run, succeeds};
use crate::kind::Kind;
use crate::lab::Lab;
use crate::registry::Registry;
use crate::setup;
use crate::step::step;

/// Where builds and containers run.
#[derive(Clone, Debug)]
pub struct Daemon {
    lab: Lab,
    kind: Option<Kind>,
    environment: BTreeMap<&'static str, OsString>,
    registry: Option<Registry>,
}

impl Daemon {
    /// A daemon of the lab, running, with base images and frontend image in it.
    ///
    /// Costs nothing when this process asked before; other processes may ask at the same time.
    pub fn up(kind: Kind) -> Result<Self> {
        static KNOWN: Mutex<BTreeMap<Kind, Daemon>> = Mutex::new(BTreeMap::new());
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(daemon) = known.get(&kind) {
            return Ok(daemon.clone());
        }
        let daemon = setup::up(&Lab::open()?, kind)?;
        known.insert(kind, daemon.clone());
        Ok(daemon)
    }

    /// A daemon of the lab, set up only if it does not run with its base images; the frontend image may be that of older
    /// sources, or not be there yet.
    pub fn running(kind: Kind) -> Result<Self> {
        match setup::attach(&Lab::open()?, kind)? {
            Some(daemon) => Ok(daemon),
            None => Self::up(kind),
        }
    }

    /// The user's Docker, as it is, if it answers and has buildx.
    pub fn host() -> Result<Option<Self>> {
        let mut environment = BTreeMap::new();
        // A builder in a container cannot see a frontend image that is only in Docker's own store.
        environment.insert("BUILDX_BUILDER", "default".into());
        let daemon = Self { lab: Lab::open()?, kind: None, environment, registry: None };
        let usable =
            succeeds(&mut daemon.docker(["version"])) && succeeds(&mut daemon.docker(["buildx", "version"]));
        Ok(usable.then_some(daemon))
    }

    /// The user's Docker, or else the lab's default daemon; both with the frontend image in it.
    ///
    /// Costs nothing when this process asked before. The user's Docker has what base images its registries give.
    pub fn preferred() -> Result<Self> {
        static KNOWN: Mutex<Option<Daemon>> = Mutex::new(None);
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(daemon) = &*known {
            return Ok(daemon.clone());
        }
        let daemon = match Self::host()? {
            Some(daemon) => {
                setup::image_in_host(&daemon)?;
                daemon
            }
            None => Self::up(Kind::Docker28)?,
        };
        Ok(known.insert(daemon).clone())
    }

    /// The client of a daemon whose programs are unpacked already.
    pub(crate) fn of_lab(lab: &Lab, kind: Kind, registry: Option<Registry>) -> Result<Self> {
        // Containers of what buildkitd built run in the default daemon.
        let runner = if kind == Kind::Buildkit { Kind::Docker28 } else { kind };
        let config = lab.config(kind);
        let unix = |kind: Kind| format!("unix://{}", lab.socket(kind).display());
        let mut environment = BTreeMap::from([
            ("DOCKER_HOST", unix(runner).into()),
            ("DOCKER_CONFIG", config.clone().into()),
            ("BUILDX_CONFIG", config.join("buildx").into()),
            ("BUILDX_BUILDER", "default".into()),
            ("PATH", lab.search_path(kind)?),
        ]);
        if kind == Kind::Buildkit {
            environment.insert("BUILDX_BUILDER", BUILDER.into());
            environment.insert("BUILDKIT_HOST", unix(kind).into());
        }
        Ok(Self { lab: lab.clone(), kind: Some(kind), environment, registry })
    }

    /// Which daemon of the lab it is; none for the user's Docker.
    pub fn kind(&self) -> Option<Kind> {
        self.kind
    }

    /// The lab.
    pub fn lab(&self) -> &Lab {
        &self.lab
    }

    /// The registry beside buildkitd, where its images go.
    pub fn registry(&self) -> Option<&Registry> {
        self.registry.as_ref()
    }

    /// The variables that point a client at this daemon.
    pub fn environment(&self) -> &BTreeMap<&'static str, OsString> {
        &self.environment
    }

    /// A `docker` command. Of `buildkit`, builds go to buildkitd and all else to the daemon `28`.
    pub fn docker<I, S>(&self, arguments: I) -> Command
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        let program = match self.kind {
            Some(kind) => self.lab.prefix(kind).join("usr/bin/docker"),
            None => "docker".into(),
        };
        let mut command = Command::new(program);
        command.args(arguments);
        self.point(&mut command);
        command
    }

    /// Points any other client program at this daemon.
    pub fn point(&self, command: &mut Command) {
        command.envs(&self.environment);
        // These change what buildx prints or where it goes; a test says so itself.
        for variable in ["BUILDKIT_PROGRESS", "DOCKER_DEFAULT_PLATFORM", "BUILDX_METADATA_PROVENANCE"] {
            command.env_remove(variable);
        }
        if self.kind.is_some() {
            for variable in ["DOCKER_CONTEXT", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"] {
                command.env_remove(variable);
            }
        }
    }

    /// What the daemon itself says its version is.
    pub fn version(&self) -> Result<String> {
        if self.kind == Some(Kind::Buildkit) {
            let mut buildctl = Command::new(self.lab.bin().join("buildctl"));
            self.point(&mut buildctl);
            let answer = read(buildctl.args(["debug", "info"]))?;
            let version = answer.split_whitespace().find(|word| word.starts_with('v'));
            return version.map(str::to_owned).context("buildkitd told no version");
        }
        read(&mut self.docker(["version", "--format", "{{.Server.Version}}"]))
    }

    /// Names and IDs of the images in Docker's store.
    pub fn images(&self) -> Result<BTreeMap<String, String>> {
        let format = "{{.Repository}}:{{.Tag}} {{.ID}}";
        let list = read(&mut self.docker(["image", "ls", "--no-trunc", "--format", format]))?;
        let pairs = list.lines().filter_map(|line| line.split_once(' '));
        Ok(pairs.map(|(name, id)| (name.to_owned(), id.to_owned())).collect())
    }

    /// Makes a base image and its names known to the daemon; what it has already is kept.
    pub fn load(&self, image: &BaseImage) -> Result<()> {
        let first = image.layout.name();
        if let Some(registry) = &self.registry {
            for name in image.names {
                if registry.digest(name).as_deref() == Some(image.layout.digest()) {
                    continue;
                }
                if *name == first {
                    step(format!("push {first}"), || registry.push(image.layout.folder(), first))?;
                } else {
                    registry.copy(first, name)?;
                }
            }
            return Ok(());
        }
        let present = self.images()?;
        let has = |name: &str| present.get(name).is_some_and(|id| image.layout.is(id));
        if !has(first) {
            step(format!("load {first}"), || pipe(&mut image.layout.archive(), &mut self.docker(["load"])))?;
        }
        for name in image.names.iter().filter(|name| !has(name)) {
            self.tag(first, name)?;
        }
        Ok(())
    }

    /// Loads the `rust` base image, which only the full build of `Dockerfile.frontend` needs.
    pub fn load_rust(&self) -> Result<()> {
        self.load(&base_images::rust(&self.lab)?)
    }

    /// Loads an archive that `docker save` wrote; for buildkitd, under the name `image`.
    pub fn load_archive(&self, archive: &Path, image: &str) -> Result<()> {
        match &self.registry {
            Some(registry) => registry.push(archive, image),
            None => run(self.docker(["load", "--input"]).arg(archive)),
        }
    }

    /// Gives an image that the daemon has another name, for example that of another Go release.
    pub fn tag(&self, from: &str, to: &str) -> Result<()> {
        match &self.registry {
            Some(registry) => registry.copy(from, to),
            None => run(&mut self.docker(["tag", from, to])),
        }
    }

    /// Everything Docker knows of an image or container, the first of `docker inspect`.
    pub fn inspect(&self, what: &str, name: &str) -> Result<Value> {
        let text = read(&mut self.docker([what, "inspect", name]))?;
        let mut answers: Vec<Value> = serde_json::from_str(&text)?;
        anyhow::ensure!(!answers.is_empty(), "docker knows no {what} `{name}`");
        Ok(answers.swap_remove(0))
    }
}
