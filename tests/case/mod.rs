//! A case: a folder with what a client sends and what is to come of it.
//!
//! - `context/`: the files; the build file is in there, too;
//! - `request`: the client's options (see `request`); without it, the build file is gobuild.yaml;
//! - `org.yaml`: what the organisation says whose image the frontend is in;
//! - `daemon`: `old` for one of BuildKit 0.8; without it, one of today;
//! - `made`: files of what the build makes, where the frontend looks at them (see `made`);
//! - `expected`: the whole outcome (see `report`). `UPDATE_EXPECTED=1` writes it, for a person to judge.

mod difference;
mod excerpt;
mod made;
mod promise;
mod report;
mod request;

pub(crate) use difference::difference;

use crate::daemon::{Daemon, Generation, Outcome};
use buildkit_proto::pb;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder of `tests/cases`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The folder's name.
    pub(crate) name: String,
    directory: PathBuf,
}

/// What came of a case.
pub(crate) struct Found {
    /// In words.
    pub(crate) text: String,
    /// What must hold for every graph and does not.
    pub(crate) broken: Vec<String>,
    /// The graphs of the result, byte for byte.
    pub(crate) graphs: Vec<pb::Definition>,
}

impl Case {
    /// Every case, by name.
    pub(crate) fn all() -> Vec<Case> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
        let folders = fs::read_dir(&root).expect("cases").map(|folder| folder.expect("a folder").path());
        let case = |directory: PathBuf| {
            let name = directory.file_name()?.to_str()?.to_owned();
            Some(Case { name, directory })
        };
        let mut cases: Vec<Case> = folders.filter_map(case).collect();
        cases.sort_by(|left, right| left.name.cmp(&right.name));
        cases
    }

    /// The case of this name.
    pub(crate) fn named(name: &str) -> Case {
        let found = Case::all().into_iter().find(|case| case.name == name);
        found.unwrap_or_else(|| panic!("no case is called `{name}`"))
    }

    /// Builds it once.
    pub(crate) fn run(&self) -> Found {
        let outcome = self.daemon().serve();
        let mut broken = promise::of_process(&outcome);
        let result = outcome.returned.iter().find_map(|returned| returned.result.as_ref());
        let graphs = match result {
            Some(result) if report::is_call(result) => {
                broken.extend(promise::of_call(result));
                Vec::new()
            }
            Some(_) => graphs(&outcome, &mut broken),
            None => Vec::new(),
        };
        Found { text: report::report(&outcome), broken, graphs }
    }

    /// The names of the steps that `gobuild.explain` says there are.
    pub(crate) fn explained_steps(&self) -> BTreeSet<String> {
        let outcome = self.daemon().option("requestid", "frontend.gobuild.explain").serve();
        let json = outcome.result().metadata.get("result.json").expect("an explanation");
        let explanation: Value = serde_json::from_slice(json).expect("JSON");
        let steps = explanation["steps"].as_array().expect("steps");
        steps.iter().filter_map(|step| step["name"].as_str()).map(str::to_owned).collect()
    }

    fn daemon(&self) -> Daemon {
        let text = |name: &str| fs::read_to_string(self.directory.join(name)).unwrap_or_default();
        let mut daemon = request::read(&text("request"), &self.directory.join("context"));
        daemon.made = made::read(&text("made"));
        daemon.organisation = fs::read_to_string(self.directory.join("org.yaml")).ok();
        daemon.generation = match text("daemon").trim() {
            "" => Generation::Current,
            "old" => Generation::Old,
            other => panic!("{}: no daemon is called `{other}`", self.name),
        };
        daemon
    }

    /// What is to come of it, if somebody has said so.
    pub(crate) fn expected(&self) -> Option<String> {
        fs::read_to_string(self.directory.join("expected")).ok()
    }

    /// Says what is to come of it.
    pub(crate) fn expect(&self, text: &str) {
        fs::write(self.directory.join("expected"), text).expect("the case can be written");
    }
}

fn graphs(outcome: &Outcome, broken: &mut Vec<String>) -> Vec<pb::Definition> {
    let graphs: Vec<pb::Definition> = outcome
        .graphs()
        .into_iter()
        .map(|(_, definition)| definition)
        .chain(outcome.gates())
        .cloned()
        .collect();
    for definition in &graphs {
        broken.extend(promise::of_graph(definition));
    }
    broken.extend(promise::of_result(outcome.result()));
    graphs
}
