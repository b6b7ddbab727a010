//! Builds every image, looks at it, makes the builder forget everything, and builds every image again.
//!
//! Invariant: what is compared was made by one daemon and pushed to one registry in one way: layers compressed with gzip,
//! those of bases too, and no attestations, which tell when a build was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::difference;
use super::ko;
use super::measured::{Measured, measure};
use super::promises;
use super::results::{Original, Results, Row};
use crate::bench::{machine, stage};
use crate::build::Build;
use crate::build_log::BuildLog;
use crate::command::run;
use crate::daemon::Daemon;
use crate::examples::{self, Behaviour, EXAMPLES, Example};
use crate::frontend_image;
use crate::kind::Kind;
use crate::listing::Entry;
use crate::step::step;

/// What scratch gets here and not in a Dockerfile, left out.
const BARE: &str = "image.ca-certificates=false image.timezones=false image.tmp=false image.accounts=false";

/// Files as a container sees them.
type Tree = BTreeMap<String, Entry>;

/// Builds, looks, and builds again.
pub fn run_all() -> Result<Results> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    registry.push(stage::dockerfile_frontend(daemon.lab())?.folder(), stage::DOCKERFILE)?;
    examples::prepare(&daemon)?;
    forget(&daemon)?;

    let mut rows = Vec::new();
    for example in &EXAMPLES {
        rows.push(step(example.name(), || row(&daemon, example)).with_context(|| example.name())?);
    }
    let mut by_ko = ko::compare(&daemon, &rows)?;
    let promises = promises::try_all(&daemon)?;

    forget(&daemon)?;
    for (example, row) in EXAMPLES.iter().zip(&mut rows) {
        step(format!("{} again", row.name), || again(&daemon, example, row))
            .with_context(|| example.name())?;
    }
    ko::again(&daemon, &rows, &mut by_ko)?;
    Ok(Results { date: machine::today()?, machine: machine::describe()?, rows, promises, ko: by_ko })
}

/// Takes every step and every cache mount from the builder.
fn forget(daemon: &Daemon) -> Result<()> {
    run(&mut daemon.docker(["buildx", "prune", "--all", "--force"]))
}

/// Builds an image and pushes it.
pub fn push(daemon: &Daemon, build: &Build, tag: &str) -> Result<BuildLog> {
    let name = daemon.registry().context("this daemon pushes to a registry")?.reference(tag);
    let output = format!("type=image,\"name={name}\",push=true,compression=gzip,force-compression=true");
    let build = build.clone().flag("--provenance=false").flag("--output").flag(output);
    // What is committed here between two builds is not what is compared; `production` has the commit in its program.
    let log = daemon.build(&build.env("BUILDX_GIT_INFO", "false"))?;
    ensure!(log.succeeded(), "{log}");
    Ok(log)
}

/// Where an image of an example goes.
pub fn tag(example: &Example, who: &str) -> String {
    format!("images/{}-{who}:1", example.slug())
}

fn original(daemon: &Daemon, tree: &Path, name: &str) -> Build {
    let folder = daemon.lab().workspace().join("integration/benches/originals");
    let build = Build::new(tree).file(folder.join(format!("{name}.Dockerfile")));
    build.arg("BUILDKIT_SYNTAX", stage::DOCKERFILE)
}

fn row(daemon: &Daemon, example: &Example) -> Result<Row> {
    let ours = tag(example, "gobuild");
    let build = example.build(daemon, &example.path()?);
    push(daemon, &build, &ours)?;
    let (measured, image, tree) = measure(daemon, &ours, example.behaviour)?;
    example.ask(daemon, &ours)?;
    let unchanged = push(daemon, &build, &ours)?;
    let edited = edited(daemon, example)?;

    let program = image.program().unwrap_or_default();
    let mut originals = Vec::new();
    for name in example.originals {
        originals
            .push(by_hand(daemon, example, name, (&tree, &program)).with_context(|| (*name).to_owned())?);
    }
    let smallest = originals.iter().map(|original| original.image.compressed()).min().unwrap_or_default();
    let bare = (measured.compressed() > smallest).then(|| bare(daemon, example)).transpose()?;
    Ok(Row {
        name: example.name(),
        ours: measured,
        largest: example.largest,
        answers: match example.behaviour {
            Behaviour::Serves(_, answers) => answers.len(),
            Behaviour::Prints(_) => 1,
        },
        findings: findings(daemon, &build)?,
        unchanged: unchanged.all_cached().then(|| unchanged.duration().as_secs_f64()),
        edited: edited.ran().iter().map(|step| short(&step.name)).collect(),
        downloaded: edited.vertex("go mod download").map(|step| !step.cached),
        bare,
        originals,
    })
}

fn by_hand(
    daemon: &Daemon,
    example: &Example,
    name: &str,
    (ours, program): (&Tree, &str),
) -> Result<Original> {
    let tag = tag(example, name);
    push(daemon, &original(daemon, &example.path()?, name), &tag)?;
    let (measured, image, tree) = measure(daemon, &tag, example.behaviour)?;
    let theirs = difference::sizes(&tree, &image.program().unwrap_or_default());
    Ok(Original {
        name: name.to_owned(),
        image: measured,
        differences: difference::between(&difference::sizes(ours, program), &theirs),
    })
}

/// The same images by a builder that knows nothing, of files that are elsewhere and newer.
fn again(daemon: &Daemon, example: &Example, row: &mut Row) -> Result<()> {
    let tree = copy(daemon, &example.path()?)?;
    repeat(daemon, &example.build(daemon, &tree), &tag(example, "gobuild"), &mut row.ours)?;
    for Original { name, image, .. } in &mut row.originals {
        repeat(daemon, &original(daemon, &tree, name), &tag(example, name), image)?;
    }
    Ok(fs::remove_dir_all(tree)?)
}

/// Builds an image once more.
pub fn repeat(daemon: &Daemon, build: &Build, tag: &str, image: &mut Measured) -> Result<()> {
    let log = push(daemon, build, tag)?;
    ensure!(!log.all_cached(), "the builder has not forgotten {tag}:\n{log}");
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    image.again = registry.digest(tag).with_context(|| format!("the registry has no {tag}"))?;
    Ok(())
}

/// A copy of a folder, for whoever changes something in it.
pub fn copy(daemon: &Daemon, folder: &Path) -> Result<PathBuf> {
    let copy = daemon.lab().scratch("copy");
    run(Command::new("cp").args(["--recursive", "--"]).arg(folder).arg(&copy))?;
    Ok(copy)
}

/// Builds the example after an edit of its main package.
fn edited(daemon: &Daemon, example: &Example) -> Result<BuildLog> {
    let folder = copy(daemon, &example.path()?)?;
    let source = folder.join(example.source);
    fs::write(&source, fs::read_to_string(&source)? + "\nfunc init() { println() }\n")?;
    let log = push(daemon, &example.build(daemon, &folder), &tag(example, "edited"))?;
    fs::remove_dir_all(folder)?;
    Ok(log)
}

/// Compressed bytes of an image with the program and its base alone.
fn bare(daemon: &Daemon, example: &Example) -> Result<u64> {
    let words = format!("{} {} {BARE}", frontend_image::NAME, example.words.unwrap_or_default());
    let build = example.build(daemon, &example.path()?).arg("BUILDKIT_SYNTAX", &words);
    let tag = tag(example, "bare");
    push(daemon, &build, &tag)?;
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let manifest = registry.manifest(&tag, None)?;
    let layers = manifest["layers"].as_array().into_iter().flatten();
    Ok(layers.filter_map(|layer| layer["size"].as_u64()).sum())
}

/// What a reviewer would say.
fn findings(daemon: &Daemon, build: &Build) -> Result<usize> {
    let log = daemon.build(&build.clone().flag("--call=check,format=json"))?;
    let report: Value = serde_json::from_str(&log.stdout).with_context(|| log.to_string())?;
    Ok(report["warnings"].as_array().map_or(0, Vec::len))
}

/// A step without what it belongs to: `[build] go build .` -> `go build .`.
fn short(name: &str) -> String {
    name.split_once("] ").map_or(name, |(_, rest)| rest).to_owned()
}
