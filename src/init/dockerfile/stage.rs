//! The stages of a Dockerfile, each with what its instructions come to.
//!
//! Invariant: a text is as our build file writes it: a variable of the environment has its value, an arg stays a reference.

use super::super::shell::Command;
use super::instruction;
use super::variables::Variables;
use std::collections::{BTreeMap, BTreeSet};

/// A stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Stage {
    pub(super) name: Option<String>,
    /// The line of its `FROM`.
    pub(super) line: usize,
    /// The image or the stage that it starts from.
    pub(super) from: String,
    /// That stage.
    pub(super) below: Option<usize>,
    pub(super) workdir: Option<String>,
    pub(super) env: BTreeMap<String, String>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) ports: Vec<String>,
    pub(super) user: Option<At<String>>,
    pub(super) entrypoint: Option<At<Argv>>,
    pub(super) cmd: Option<At<Argv>>,
    pub(super) healthcheck: Option<At<Check>>,
    pub(super) volumes: Vec<At<String>>,
    pub(super) stop_signal: Option<At<String>>,
    pub(super) copies: Vec<Copy>,
    pub(super) runs: Vec<Run>,
    /// Instructions that no build file of ours has.
    pub(super) others: Vec<At<String>>,
}

impl Stage {
    /// What a stage has that starts from this one.
    pub(super) fn config(&self) -> Stage {
        Stage {
            env: self.env.clone(),
            labels: self.labels.clone(),
            ports: self.ports.clone(),
            workdir: self.workdir.clone(),
            user: self.user.clone(),
            entrypoint: self.entrypoint.clone(),
            cmd: self.cmd.clone(),
            healthcheck: self.healthcheck.clone(),
            volumes: self.volumes.clone(),
            stop_signal: self.stop_signal.clone(),
            ..Stage::default()
        }
    }

    /// How much of that can be long.
    pub(super) fn size(&self) -> usize {
        self.env.len() + self.labels.len() + self.ports.len() + self.volumes.len()
    }
}

/// Something, and its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct At<T> {
    pub(super) line: usize,
    pub(super) value: T,
}

/// A command that a container runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Argv {
    /// Words.
    Exec(Vec<String>),
    /// A line for a shell.
    Shell(String),
}

/// A health check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    /// None is none, whatever the base has.
    pub(super) test: Option<Argv>,
    /// `--interval=30s`, without the hyphens.
    pub(super) options: Vec<(String, String)>,
}

/// `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Copy {
    pub(super) line: usize,
    /// The stage or the image; none is the context.
    pub(super) from: Option<String>,
    /// That stage.
    pub(super) stage: Option<usize>,
    pub(super) sources: Vec<String>,
    /// An absolute path; one that ends in `/` is a directory.
    pub(super) target: String,
    pub(super) owner: Option<String>,
    pub(super) mode: Option<String>,
}

/// `RUN`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) line: usize,
    pub(super) commands: Vec<Command>,
    /// The value of each `--mount`.
    pub(super) mounts: Vec<BTreeMap<String, String>>,
    /// The environment at that point.
    pub(super) env: BTreeMap<String, String>,
    pub(super) workdir: String,
}

/// The stages of a Dockerfile, and its args.
#[derive(Clone, Debug, Default)]
pub(super) struct Stages {
    pub(super) all: Vec<Stage>,
    pub(super) variables: Variables,
    /// By name in lower case. Of several with one name the last one counts.
    names: BTreeMap<String, usize>,
}

impl Stages {
    /// Reads a Dockerfile; of one that is none, the line and what is wrong there.
    pub(super) fn read(text: &str) -> Result<Stages, (usize, String)> {
        instruction::read(text)
    }

    /// One more stage.
    pub(super) fn push(&mut self, stage: Stage) {
        if let Some(name) = &stage.name {
            self.names.insert(name.to_ascii_lowercase(), self.all.len());
        }
        self.all.push(stage);
    }

    /// The stage of this name or number, as `FROM` and `--from` write it.
    pub(super) fn named(&self, name: &str) -> Option<usize> {
        let by_name = self.names.get(&name.to_ascii_lowercase()).copied();
        by_name.or_else(|| name.parse().ok().filter(|index: &usize| *index < self.all.len()))
    }

    /// A stage and those that it starts from, the lowest first.
    pub(super) fn chain(&self, index: usize) -> Vec<usize> {
        let mut chain: Vec<usize> =
            std::iter::successors(Some(index), |index| self.all[*index].below).collect();
        chain.reverse();
        chain
    }

    /// The image at the bottom of a stage.
    pub(super) fn image(&self, index: usize) -> &str {
        &self.all[self.chain(index)[0]].from
    }

    /// The stages that a stage is made of, not counting what those are made of.
    fn parts(&self, index: usize) -> impl Iterator<Item = usize> {
        let stage = &self.all[index];
        let mounts = stage.runs.iter().flat_map(|run| &run.mounts);
        let mounted = mounts.filter_map(|mount| self.named(mount.get("from")?));
        let copied = stage.copies.iter().filter_map(|copy| copy.stage);
        stage.below.into_iter().chain(copied).chain(mounted).filter(move |part| *part < index)
    }

    /// Every stage that these need, themselves included.
    pub(super) fn needed_by(&self, stages: &[usize]) -> BTreeSet<usize> {
        let mut needed = BTreeSet::new();
        let mut waiting = stages.to_vec();
        while let Some(index) = waiting.pop() {
            if needed.insert(index) {
                waiting.extend(self.parts(index));
            }
        }
        needed
    }

    /// The stages that no other one needs.
    pub(super) fn ends(&self) -> Vec<usize> {
        let needed: BTreeSet<usize> = (0..self.all.len()).flat_map(|index| self.parts(index)).collect();
        (0..self.all.len()).filter(|index| !needed.contains(index)).collect()
    }
}

/// A path from a directory; its last slash, which makes it a directory, stays.
pub(super) fn absolute(base: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{base}/{path}") };
    let directory = path.ends_with('/') || path == "." || path.ends_with("/.") || path.is_empty();
    let clean = clean(&whole);
    if directory && clean != "/" { format!("{clean}/") } else { clean }
}

/// A path without `.`, `..` and double slashes.
pub(super) fn clean(path: &str) -> String {
    let mut elements = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." => {
                elements.pop();
            }
            other => elements.push(other),
        }
    }
    format!("/{}", elements.join("/"))
}
