//! A registry on this machine: where buildkitd finds the images that a daemon of Docker has in its own store.
//!
//! Docker's own, from the distribution's packages. Invariant: what it has is on disk, and whoever starts it pushes the
//! images again all the same, which costs little.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::{read, run, succeeds};
use crate::debian::{BOOKWORM, Suite};
use crate::kind::Kind;
use crate::lab::Lab;
use crate::layout::full_name;
use crate::process;
use crate::step::step;
use crate::tools;

/// The registry of the lab.
#[derive(Clone, Debug)]
pub struct Registry {
    crane: PathBuf,
    address: String,
}

impl Registry {
    /// The lab's registry, running.
    pub fn up(lab: &Lab) -> Result<Self> {
        if let Some(registry) = Self::running(lab)? {
            return Ok(registry);
        }
        // Whoever starts it pushes again.
        let _ = fs::remove_file(lab.ready(Kind::Buildkit));
        Self::serve(lab, &lab.run(Kind::Buildkit))
    }

    /// A new registry that keeps its blobs, port and log in a folder.
    pub fn serve(lab: &Lab, folder: &Path) -> Result<Self> {
        let crane = tools::crane(lab)?;
        let port_file = folder.join("registry.port");
        let blobs = folder.join("registry");
        fs::create_dir_all(&blobs)?;
        // One whose pid file is lost would keep the port.
        Self::end(folder)?;
        let port = free_port(fs::read_to_string(&port_file).ok().and_then(|port| port.parse().ok()))?;
        fs::write(&port_file, port.to_string())?;
        let registry = Self { crane, address: format!("127.0.0.1:{port}") };
        let configuration = blobs.join("config.yml");
        fs::write(&configuration, configured(&registry.address, &blobs))?;
        let mut serve = Command::new(program(lab)?);
        serve.arg("serve").arg(&configuration);
        let log = folder.join("registry.log");
        let pid = process::start(&serve, &log)?;
        fs::write(folder.join("registry.pid"), pid.to_string())?;
        process::wait_until_ready(pid, &log, || {
            succeeds(registry.command().args(["catalog", &registry.address]))
        })?;
        Ok(registry)
    }

    /// The lab's registry, if it runs.
    pub fn running(lab: &Lab) -> Result<Option<Self>> {
        let folder = lab.run(Kind::Buildkit);
        if process::running(&folder.join("registry.pid"), &folder).is_none() {
            return Ok(None);
        }
        let port = fs::read_to_string(folder.join("registry.port"))?;
        Ok(Some(Self { crane: lab.bin().join("crane"), address: format!("127.0.0.1:{port}") }))
    }

    /// Ends the lab's registry; its blobs stay.
    pub fn down(lab: &Lab) -> Result<bool> {
        Self::end(&lab.run(Kind::Buildkit))
    }

    /// Ends the registry of a folder; its blobs stay.
    pub fn end(folder: &Path) -> Result<bool> {
        let ran = process::stop(&folder.join("registry.pid"), folder)?;
        Ok(process::stop_all_of(&[folder.join("registry")])? || ran)
    }

    /// `127.0.0.1:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Where an image is in this registry, which stands in for every other: `golang:1.26` -> `127.0.0.1:1/library/golang:1.26`.
    pub fn reference(&self, image: &str) -> String {
        if image.starts_with(&self.address) {
            return image.to_owned();
        }
        let full = full_name(image);
        let path = full.split_once('/').map_or(full.as_str(), |(_, path)| path);
        format!("{}/{path}", self.address)
    }

    /// Digest of an image, if it is there.
    pub fn digest(&self, image: &str) -> Option<String> {
        read(self.command().args(["digest", &self.reference(image)])).ok()
    }

    /// The manifest of an image, of one platform where it has several and `platform` names one.
    pub fn manifest(&self, image: &str, platform: Option<&str>) -> Result<Value> {
        let mut command = self.command();
        command.args(["manifest", &self.reference(image)]);
        if let Some(platform) = platform {
            command.args(["--platform", platform]);
        }
        Ok(serde_json::from_str(&read(&mut command)?)?)
    }

    /// Uploads a layout's folder or a `docker save` archive.
    pub fn push(&self, source: &Path, image: &str) -> Result<()> {
        run(self.command().arg("push").arg(source).arg(self.reference(image)))
            .with_context(|| format!("cannot push {image} to the lab's registry"))
    }

    /// Gives an image another name.
    pub fn copy(&self, from: &str, to: &str) -> Result<()> {
        run(self.command().args(["copy", &self.reference(from), &self.reference(to)]))
    }

    fn command(&self) -> Command {
        let mut crane = Command::new(&self.crane);
        // A mirror or credentials in the user's files have no say in the lab's registry.
        crane.env("DOCKER_CONFIG", "/nonexistent");
        crane
    }
}

/// The server. That of crane does not know `Range: bytes=1-`, which BuildKit sends for the rest of a blob.
fn program(lab: &Lab) -> Result<PathBuf> {
    let prefix = lab.root().join("docker/registry");
    if !prefix.exists() {
        let suite = Suite::open(lab, BOOKWORM)?;
        step("unpack the registry", || {
            lab.fill(&prefix, |folder| suite.unpack(&["docker-registry"], folder))
        })?;
    }
    Ok(prefix.join("usr/bin/docker-registry"))
}

/// Its configuration. Uploads that were given up are swept with the folder.
fn configured(address: &str, folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: \"{folder}\"}}
  cache: {{blobdescriptor: inmemory}}
  maintenance: {{uploadpurging: {{enabled: false}}}}
http: {{addr: \"{address}\"}}
"
    )
}

/// The port of last time, so that references stay the same, or any.
fn free_port(last: Option<u16>) -> Result<u16> {
    let any = || TcpListener::bind(("127.0.0.1", 0));
    let listener = match last {
        Some(port) => TcpListener::bind(("127.0.0.1", port)).or_else(|_| any()),
        None => any(),
    };
    Ok(listener.context("no port is free on 127.0.0.1")?.local_addr()?.port())
}
