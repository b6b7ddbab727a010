//! What there is to know of an image: what it weighs, what it says, what is in it, and how it runs.
//!
//! Invariant: sizes and digests are the registry's, all else is read from what Docker pulls from there, and run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::packages;
use crate::container::Run;
use crate::daemon::Daemon;
use crate::elf;
use crate::examples::Behaviour;
use crate::image::Image;
use crate::listing::Entry;

/// How long a health check may take until it says something.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where shells are.
const SHELLS: [&str; 4] = ["/bin/sh", "/bin/bash", "/bin/ash", "/busybox/sh"];

/// An image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Digest of its manifest.
    pub digest: String,
    /// The same after it was built again on a builder that knew nothing.
    pub again: String,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
    /// Bytes of its files.
    pub unpacked: u64,
    /// Whom it runs as.
    pub user: String,
    /// What it starts.
    pub command: Vec<String>,
    /// The ports that it documents.
    pub ports: Vec<String>,
    /// Its health check.
    pub health: Health,
    /// Its shell, if it has one.
    pub shell: Option<String>,
    /// How many files of a toolchain or of sources it has.
    pub sources: usize,
    /// Whether the program needs no loader.
    pub is_static: bool,
    /// Why it does not run with a read-only root and without capabilities, if it does not.
    pub refuses: Option<String>,
    /// What a scanner finds.
    pub packages: BTreeSet<String>,
}

/// A layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Layer {
    /// Compressed bytes.
    pub size: u64,
    /// What made it, as `docker history` has it.
    pub what: String,
}

/// A health check, tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Health {
    /// There is none.
    None,
    /// It says that the program is well.
    Healthy,
    /// It does not, and why.
    Fails(String),
}

impl Measured {
    /// Compressed bytes of all layers.
    pub fn compressed(&self) -> u64 {
        self.layers.iter().map(|layer| layer.size).sum()
    }

    /// Whether two builds gave the same image.
    pub fn is_reproducible(&self) -> bool {
        self.digest == self.again
    }
}

/// Looks at an image in the daemon's registry. Its files are returned, too: what else is asked of them is the caller's.
pub fn measure(
    daemon: &Daemon,
    tag: &str,
    behaviour: Behaviour,
) -> Result<(Measured, Image, BTreeMap<String, Entry>)> {
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let digest = registry.digest(tag).with_context(|| format!("the registry has no {tag}"))?;
    let manifest = registry.manifest(tag, None)?;
    let image = daemon.image(tag)?;
    let tree = image.tree()?;
    let program = image.program().context("the image starts nothing")?;
    let config = &image.config["config"];
    let sizes = manifest["layers"].as_array().context("a manifest has layers")?.iter();
    let sizes: Vec<u64> = sizes.filter_map(|layer| layer["size"].as_u64()).collect();
    let names = history(&image.config);
    ensure!(sizes.len() == names.len(), "{tag}: {names:?} is the history of {} layers", sizes.len());
    let words = |key: &str| {
        let words = config[key].as_array().into_iter().flatten();
        words.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
    };
    let user = if image.user.is_empty() { "root".to_owned() } else { image.user.clone() };
    let measured = Measured {
        again: String::new(),
        digest,
        layers: sizes.into_iter().zip(names).map(|(size, what)| Layer { size, what }).collect(),
        unpacked: image.unpacked_size()?,
        user: if user == "0" { "root".to_owned() } else { user },
        command: [words("Entrypoint"), words("Cmd")].concat(),
        ports: config["ExposedPorts"]
            .as_object()
            .into_iter()
            .flat_map(|ports| ports.keys())
            .cloned()
            .collect(),
        health: health(daemon, tag, config)?,
        shell: SHELLS.into_iter().find(|shell| tree.contains_key(*shell)).map(str::to_owned),
        sources: tree.keys().filter(|path| is_source(path)).count(),
        is_static: elf::is_static(&image.read(&program)?)?,
        refuses: refuses(daemon, tag, behaviour),
        packages: scan(daemon, &image)?,
    };
    Ok((measured, image, tree))
}

/// What made each layer.
fn history(config: &Value) -> Vec<String> {
    let steps = config["history"].as_array().into_iter().flatten();
    steps
        .filter(|step| step["empty_layer"] != true)
        .map(|step| step["created_by"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// Whether a file is of a toolchain, or something that a program is made of.
fn is_source(path: &str) -> bool {
    path.starts_with("/usr/local/go/") || path.ends_with(".go") || path.ends_with("/go.mod")
}

/// Runs the health check, more often than the image says.
fn health(daemon: &Daemon, tag: &str, config: &Value) -> Result<Health> {
    if matches!(config["Healthcheck"]["Test"][0].as_str(), None | Some("NONE")) {
        return Ok(Health::None);
    }
    let often = ["--health-interval=500ms", "--health-start-period=1ms", "--health-retries=3"];
    let container = daemon.run(tag, &often.into_iter().fold(Run::new().locked(), Run::flag))?;
    let start = Instant::now();
    loop {
        let health = container.inspect()?["State"]["Health"].clone();
        match health["Status"].as_str() {
            Some("healthy") => return Ok(Health::Healthy),
            Some("unhealthy") => {
                let said = health["Log"].as_array().and_then(|log| log.last());
                let said = said.and_then(|entry| entry["Output"].as_str()).unwrap_or_default();
                return Ok(Health::Fails(last_part(said)));
            }
            _ => ensure!(start.elapsed() < PATIENCE, "{tag}: the health check says nothing: {health}"),
        }
        sleep(Duration::from_millis(100));
    }
}

/// Starts it with next to nothing that it may do.
fn refuses(daemon: &Daemon, tag: &str, behaviour: Behaviour) -> Option<String> {
    let answer = || -> Result<()> {
        let run = Run::new().locked();
        match behaviour {
            Behaviour::Serves(port, _) => {
                let container = daemon.run(tag, &run.port(port))?;
                container.get(port, "/")?;
            }
            Behaviour::Prints(_) => {
                let output = daemon.run_to_end(tag, &run)?;
                ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            }
        }
        Ok(())
    };
    answer().err().map(|error| last_part(&format!("{error:#}")))
}

fn scan(daemon: &Daemon, image: &Image) -> Result<BTreeSet<String>> {
    let folder = daemon.lab().scratch("scanned");
    image.unpack(&folder)?;
    let found = packages::list(&folder)?;
    fs::remove_dir_all(&folder)?;
    Ok(found)
}

/// The end of a chain of causes: `OCI runtime exec failed: …: exec: "x": not found` -> `exec: "x": not found`.
fn last_part(text: &str) -> String {
    let line = text.trim().lines().last().unwrap_or_default();
    let parts: Vec<&str> = line.split(": ").collect();
    parts[parts.len().saturating_sub(3)..].join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sources_and_toolchains_are_told_from_programs() {
        for path in ["/usr/local/go/bin/go", "/app/main.go", "/app/go.mod"] {
            assert!(is_source(path), "{path}");
        }
        assert!(!is_source("/app/server") && !is_source("/usr/local/gopher"));
    }

    #[test]
    fn steps_without_a_layer_are_not_counted() {
        let config = json!({"history": [
            {"created_by": "base"}, {"created_by": "EXPOSE 80", "empty_layer": true}, {"created_by": "COPY app /"},
        ]});
        assert_eq!(history(&config), ["base", "COPY app /"]);
    }

    #[test]
    fn of_an_error_its_cause_is_told() {
        let text =
            "OCI runtime exec failed: exec failed: unable to start: exec: \"/bin/sh\": stat /bin/sh: none\n";
        assert_eq!(last_part(text), "\"/bin/sh\": stat /bin/sh: none");
    }
}
