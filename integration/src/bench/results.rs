//! What was measured, in `docs/benchmarks.json`.
//!
//! Invariant: a run replaces the figures that it measured and leaves the others as they were.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::arm::Arm;
use super::builder::Outcome;
use super::machine;
use super::repository::Repository;
use super::scenario::{Scenario, State};

/// Which figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The repository.
    pub repository: Repository,
    /// What happened before the build.
    pub scenario: Scenario,
    /// What the builder knew.
    pub state: State,
    /// The arm.
    pub arm: Arm,
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Seconds.
    pub median: f64,
    /// The fastest.
    pub min: f64,
    /// The slowest.
    pub max: f64,
    /// How many there were.
    pub n: u64,
    /// Steps that did work, in the last one.
    pub ran: u64,
    /// Steps from the cache, in the last one.
    pub cached: u64,
    /// The day.
    pub date: String,
    /// The machine.
    pub machine: String,
}

/// What an arm's builds leave, in bytes and seconds; none is not measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sizes {
    /// The image's layers in the registry.
    pub image: Option<u64>,
    /// The cache in the registry, or ko's archive.
    pub cache: Option<u64>,
    /// How long writing the cache took.
    pub export: Option<f64>,
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Results {
    file: PathBuf,
    figures: BTreeMap<Key, Figure>,
    sizes: BTreeMap<(Repository, Arm), Sizes>,
    machine: String,
}

impl Results {
    /// What earlier runs measured.
    pub fn open(file: &Path) -> Result<Self> {
        let mut results = Self {
            file: file.to_owned(),
            figures: BTreeMap::new(),
            sizes: BTreeMap::new(),
            machine: String::new(),
        };
        if file.exists() {
            let text = fs::read_to_string(file)?;
            let all: Value = serde_json::from_str(&text)
                .with_context(|| format!("{} is no result of a benchmark", file.display()))?;
            results.read(&all);
        }
        Ok(results)
    }

    /// The machine that the figures of this run come from.
    pub fn describe_machine(&mut self, machine: String) {
        self.machine = machine;
    }

    /// Replaces a figure.
    pub fn set(&mut self, key: Key, outcomes: &[Outcome]) {
        let mut seconds: Vec<f64> = outcomes.iter().map(|outcome| outcome.seconds).collect();
        seconds.sort_by(f64::total_cmp);
        let (Some(min), Some(max), Some(last)) = (seconds.first(), seconds.last(), outcomes.last()) else {
            return;
        };
        let figure = Figure {
            median: median(&seconds),
            min: *min,
            max: *max,
            n: seconds.len() as u64,
            ran: last.ran as u64,
            cached: last.cached as u64,
            date: machine::today().unwrap_or_default(),
            machine: self.machine.clone(),
        };
        self.figures.insert(key, figure);
    }

    /// Replaces the size of an image.
    pub fn set_image_size(&mut self, repository: Repository, arm: Arm, bytes: u64) {
        self.sizes.entry((repository, arm)).or_default().image = Some(bytes);
    }

    /// Replaces size and cost of a cache.
    pub fn set_cache(&mut self, repository: Repository, arm: Arm, bytes: u64, seconds: f64) {
        let sizes = self.sizes.entry((repository, arm)).or_default();
        (sizes.cache, sizes.export) = (Some(bytes), Some(seconds));
    }

    /// A figure, if it was ever measured.
    pub fn get(&self, repository: Repository, scenario: Scenario, state: State, arm: Arm) -> Option<&Figure> {
        self.figures.get(&Key { repository, scenario, state, arm })
    }

    /// Sizes of an arm.
    pub fn sizes(&self, repository: Repository, arm: Arm) -> Sizes {
        self.sizes.get(&(repository, arm)).copied().unwrap_or_default()
    }

    /// Every figure.
    pub fn figures(&self) -> impl Iterator<Item = (&Key, &Figure)> {
        self.figures.iter()
    }

    /// Writes the file.
    pub fn save(&self) -> Result<()> {
        let machines: BTreeSet<&str> = self.figures.values().map(|figure| figure.machine.as_str()).collect();
        let machines: Vec<&str> = machines.into_iter().collect();
        let figures: Vec<Value> = self
            .figures
            .iter()
            .map(|(key, figure)| {
                json!({
                    "repository": key.repository.name(),
                    "scenario": key.scenario.name(),
                    "builder": key.state.name(),
                    "arm": key.arm.name(),
                    "median": rounded(figure.median),
                    "min": rounded(figure.min),
                    "max": rounded(figure.max),
                    "n": figure.n,
                    "ran": figure.ran,
                    "cached": figure.cached,
                    "date": figure.date,
                    "machine": machines.iter().position(|machine| *machine == figure.machine),
                })
            })
            .collect();
        let sizes: Vec<Value> = self
            .sizes
            .iter()
            .map(|((repository, arm), sizes)| {
                json!({
                    "repository": repository.name(),
                    "arm": arm.name(),
                    "image": sizes.image,
                    "cache": sizes.cache,
                    "export": sizes.export.map(rounded),
                })
            })
            .collect();
        // A line each, so that a change of one figure is a change of one line.
        let lines = |values: &[Value]| -> String {
            values.iter().map(|value| format!("    {value}")).collect::<Vec<_>>().join(",\n")
        };
        let text = format!(
            "{{\n  \"machines\": [\n{}\n  ],\n  \"figures\": [\n{}\n  ],\n  \"sizes\": [\n{}\n  ]\n}}\n",
            lines(&machines.iter().map(|machine| json!(machine)).collect::<Vec<_>>()),
            lines(&figures),
            lines(&sizes)
        );
        fs::create_dir_all(self.file.parent().context("a file is in a folder")?)?;
        fs::write(&self.file, text).with_context(|| format!("cannot write {}", self.file.display()))
    }

    /// What this page does not know any more is left out.
    fn read(&mut self, all: &Value) {
        let arm_of = |entry: &Value| Arm::ALL.into_iter().find(|arm| entry["arm"] == arm.name());
        let repository_of =
            |entry: &Value| Repository::ALL.into_iter().find(|known| entry["repository"] == known.name());
        let machine_of = |entry: &Value| {
            let position = entry["machine"].as_u64().and_then(|position| usize::try_from(position).ok());
            let machine = position.and_then(|position| all["machines"][position].as_str());
            machine.unwrap_or_default().to_owned()
        };
        for entry in all["figures"].as_array().into_iter().flatten() {
            let scenario = Scenario::ALL.into_iter().find(|known| entry["scenario"] == known.name());
            let state = [State::Cold, State::Warm, State::Fresh]
                .into_iter()
                .find(|known| entry["builder"] == known.name());
            let (Some(repository), Some(scenario), Some(state), Some(arm)) =
                (repository_of(entry), scenario, state, arm_of(entry))
            else {
                continue;
            };
            let seconds = |key: &str| entry[key].as_f64().unwrap_or_default();
            let count = |key: &str| entry[key].as_u64().unwrap_or_default();
            let text = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
            let figure = Figure {
                median: seconds("median"),
                min: seconds("min"),
                max: seconds("max"),
                n: count("n"),
                ran: count("ran"),
                cached: count("cached"),
                date: text("date"),
                machine: machine_of(entry),
            };
            self.figures.insert(Key { repository, scenario, state, arm }, figure);
        }
        for entry in all["sizes"].as_array().into_iter().flatten() {
            if let (Some(repository), Some(arm)) = (repository_of(entry), arm_of(entry)) {
                let sizes = Sizes {
                    image: entry["image"].as_u64(),
                    cache: entry["cache"].as_u64(),
                    export: entry["export"].as_f64(),
                };
                self.sizes.insert((repository, arm), sizes);
            }
        }
    }
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

/// The middle of sorted numbers.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        length if length % 2 == 1 => sorted[middle],
        _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(seconds: f64) -> Outcome {
        Outcome { seconds, ran: 1, cached: 2, export: 0.0 }
    }

    #[test]
    fn a_run_replaces_its_own_figures() {
        let file = std::env::temp_dir().join(format!("gobuild-results-{}.json", std::process::id()));
        let key =
            |arm| Key { repository: Repository::Small, scenario: Scenario::Main, state: State::Warm, arm };
        let mut first = Results::open(&file).unwrap();
        first.describe_machine("a machine".to_owned());
        first.set(key(Arm::Gobuild), &[outcome(3.0), outcome(1.0), outcome(2.0)]);
        first.set(key(Arm::Ko), &[outcome(5.0)]);
        first.set_cache(Repository::Small, Arm::Ko, 7, 0.5);
        first.save().unwrap();
        let mut second = Results::open(&file).unwrap();
        second.set(key(Arm::Gobuild), &[outcome(1.5)]);
        second.save().unwrap();
        let third = Results::open(&file).unwrap();
        let median =
            |arm| third.get(Repository::Small, Scenario::Main, State::Warm, arm).map(|figure| figure.median);
        assert_eq!(median(Arm::Gobuild), Some(1.5));
        assert_eq!(median(Arm::Ko), Some(5.0));
        assert!(third.figures().any(|(_, figure)| figure.machine == "a machine"));
        assert_eq!(third.sizes(Repository::Small, Arm::Ko).cache, Some(7));
        fs::remove_file(&file).unwrap();
    }

    #[test]
    fn median_is_the_middle() {
        assert!((median(&[1.0, 2.0, 9.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[1.0, 2.0]) - 1.5).abs() < 1e-9);
    }
}
