//! The same programs by ko, on the same base.
//!
//! Invariant: both have the same base, layer for layer, and the same tags and linker flags.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::measured::measure;
use super::results::{ByKo, Row};
use super::runner::{copy, push, repeat, tag};
use crate::bench::arm::{Arm, STATIC};
use crate::bench::ko::{Ko, Work};
use crate::bench::repository::Repository;
use crate::bench::tree::Tree;
use crate::build::Build;
use crate::daemon::Daemon;
use crate::examples::{Behaviour, EXAMPLES};
use crate::host;
use crate::step::step;

/// The base, compressed as ours are.
const BASE: &str = "images/static:1";

/// What is stamped into the program that has a stamp.
const COMMIT: &str = "4f1d6c1be0f5a7c3b2a1908f7e6d5c4b3a291807";

/// A program.
struct Program {
    name: &'static str,
    /// The example, or nothing for the repository of the benchmark.
    example: Option<&'static str>,
    package: &'static str,
    configuration: &'static str,
    behaviour: Behaviour,
}

/// As `.ko.yaml` says what the others have by default.
const PROGRAMS: [Program; 3] = [
    Program {
        name: "devops-info-service",
        example: Some("devops-info-service"),
        package: ".",
        configuration: "defaultLdflags: [\"-s\", \"-w\"]\ndefaultFlags: [\"-tags\", \"nethttpomithttp2\"]\n",
        behaviour: Behaviour::Serves(8000, &[]),
    },
    Program {
        name: "two-platforms",
        example: Some("two-platforms, its own platform"),
        package: "./cmd/server",
        configuration: "defaultLdflags: [\"-s\", \"-w\"]\n",
        behaviour: Behaviour::Serves(8080, &[]),
    },
    Program {
        name: "small (of the benchmarks)",
        example: None,
        package: ".",
        configuration: "",
        behaviour: Behaviour::Serves(8080, &[]),
    },
];

impl Program {
    fn slug(&self) -> &'static str {
        self.name.split(' ').next().unwrap_or_default()
    }

    fn tag(&self) -> String {
        format!("images/{}-ko:latest", self.slug())
    }

    /// A copy of its files, with ko's build file.
    fn tree(&self, daemon: &Daemon) -> Result<PathBuf> {
        let Some(name) = self.example else {
            return small(daemon, Arm::Ko);
        };
        let example = EXAMPLES.iter().find(|example| example.name() == name).context(name)?;
        let folder = copy(daemon, &example.path()?)?;
        fs::write(folder.join(".ko.yaml"), self.configuration)?;
        Ok(folder)
    }

    fn publish(&self, daemon: &Daemon, ko: &Ko) -> Result<()> {
        let registry = daemon.registry().context("this daemon pushes to a registry")?;
        let tree = self.tree(daemon)?;
        ko.publish(Work {
            tree: &tree,
            packages: &[self.package.to_owned()],
            platforms: &format!("linux/{}", host::architecture()?),
            base: &registry.reference(BASE),
            image: registry.reference(&self.tag()).trim_end_matches(":latest"),
            commit: COMMIT,
        })?;
        Ok(fs::remove_dir_all(tree)?)
    }
}

/// The benchmark's smallest repository, with an arm's build file.
fn small(daemon: &Daemon, arm: Arm) -> Result<PathBuf> {
    let folder = daemon.lab().scratch("small");
    Tree::write(daemon.lab(), &folder, Repository::Small, arm)?;
    Ok(folder)
}

/// ko with nothing in its caches.
fn ko(daemon: &Daemon) -> Result<Ko> {
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let ko = Ko::new(daemon.lab(), daemon.lab().root().join("images-ko"), registry)?;
    ko.wipe()?;
    Ok(ko)
}

/// Does something with this frontend's build of the benchmark's repository, and the name of its image.
fn with_small(daemon: &Daemon, work: impl FnOnce(&Build, &str) -> Result<()>) -> Result<()> {
    let tree = small(daemon, Arm::Gobuild)?;
    let build = Build::new(&tree).file(Arm::Gobuild.file()).arg("COMMIT", COMMIT);
    work(&build, "images/small-gobuild:1")?;
    Ok(fs::remove_dir_all(tree)?)
}

/// Publishes everything with ko and looks at it; what this frontend makes of the examples is known already.
pub fn compare(daemon: &Daemon, rows: &[Row]) -> Result<Vec<ByKo>> {
    let folder = daemon.lab().scratch("base");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("Dockerfile"), format!("FROM {STATIC}\n"))?;
    push(daemon, &Build::new(&folder), BASE)?;
    fs::remove_dir_all(folder)?;
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let layers = |tag: &str| -> Result<Vec<String>> {
        let manifest = registry.manifest(tag, None)?;
        let layers = manifest["layers"].as_array().context("a manifest has layers")?.iter();
        Ok(layers.map(|layer| layer["digest"].to_string()).collect())
    };
    let base = layers(BASE)?;

    let ko = ko(daemon)?;
    let mut all = Vec::new();
    for program in &PROGRAMS {
        let (tag, ours) = match program.example {
            Some(name) => {
                let example = EXAMPLES.iter().find(|example| example.name() == name).context(name)?;
                let row = rows.iter().find(|row| row.name == name).context(name)?;
                (tag(example, "gobuild"), row.ours.clone())
            }
            None => {
                let mut found = None;
                with_small(daemon, |build, tag| {
                    push(daemon, build, tag)?;
                    found = Some((tag.to_owned(), measure(daemon, tag, program.behaviour)?.0));
                    Ok(())
                })?;
                found.context("it was looked at")?
            }
        };
        step(format!("{} by ko", program.name), || program.publish(daemon, &ko))?;
        let (measured, ..) = measure(daemon, &program.tag(), program.behaviour)?;
        for tag in [tag, program.tag()] {
            ensure!(layers(&tag)?.starts_with(&base), "{tag} has another base than {BASE}");
        }
        all.push(ByKo { name: program.name.to_owned(), ours, ko: measured });
    }
    Ok(all)
}

/// Everything once more, after the builder has forgotten it; so has ko.
pub fn again(daemon: &Daemon, rows: &[Row], all: &mut [ByKo]) -> Result<()> {
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let ko = ko(daemon)?;
    for (program, result) in PROGRAMS.iter().zip(all) {
        match program.example {
            Some(name) => {
                let row = rows.iter().find(|row| row.name == name).context(name)?;
                result.ours.again.clone_from(&row.ours.again);
            }
            None => with_small(daemon, |build, tag| repeat(daemon, build, tag, &mut result.ours))?,
        }
        step(format!("{} by ko, again", program.name), || program.publish(daemon, &ko))?;
        let tag = program.tag();
        result.ko.again = registry.digest(&tag).with_context(|| format!("the registry has no {tag}"))?;
    }
    ko.wipe()
}
