//! What a build would do and why, as a value: the answer to `--call=gobuild.explain`.
//!
//! `choice` is what was chosen and by whom, `step` what runs and what it is keyed on, `settings` the keys of that, `text` and `json` the two forms
//! in which clients print it. Invariant: nothing is decided here. Steps are read from the very graphs that would be
//! built, and choices come from the functions that made them, so it cannot say something else than the plan does.

mod choice;
mod json;
mod settings;
mod step;
mod text;

use super::{Built, Inputs};
use crate::spec::{Influence, Spec};
use buildkit_llb::LineRange;
use choice::{Choices, Origin};
use std::collections::{BTreeMap, BTreeSet};
use step::Explained;

/// What a build would do.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What is explained, where that is not simply the image.
    target: Option<Target>,
    /// What an organisation has to do with it.
    influence: Option<Influence>,
    /// For each platform, in the order in which they were asked for.
    choices: Vec<Choices>,
    /// The steps of all platforms, each once, about in the order in which they run.
    steps: Vec<Explained>,
}

/// A target.
#[derive(Clone, Debug)]
struct Target {
    name: String,
    by: Origin,
}

impl Explanation {
    /// The same of a target that was asked for by name.
    #[must_use]
    pub fn of_target(self, name: &str) -> Explanation {
        Explanation { target: Some(Target { name: name.to_owned(), by: Origin::Option("--target") }), ..self }
    }

    /// The same of the target on this line, which nobody asked for by name.
    #[must_use]
    pub fn of_default_target(self, name: &str, spec: &Spec, line: LineRange) -> Explanation {
        Explanation { target: Some(Target { name: name.to_owned(), by: choice::line(spec, line) }), ..self }
    }

    /// The ids of all cache mounts, each with the line of the first step that has it.
    pub fn caches(&self) -> BTreeMap<&str, Option<usize>> {
        let mut caches = BTreeMap::new();
        for step in &self.steps {
            let line = match &step.place {
                Some(Origin::Line { line, .. }) => Some(*line),
                _ => None,
            };
            for id in &step.caches {
                caches.entry(id.as_str()).or_insert(line);
            }
        }
        caches
    }

    /// What the client has to give, as its command line says it.
    pub fn needs(&self) -> BTreeSet<&str> {
        self.steps.iter().flat_map(|step| &step.needs).map(String::as_str).collect()
    }

    /// What would come of these plans: one for each platform, and behind them those that they wait for.
    pub fn of(planned: &[(Inputs<'_>, Built)]) -> Explanation {
        let mut steps: Vec<Explained> = Vec::new();
        for (inputs, built) in planned {
            for step in step::steps(inputs, built) {
                // One vertex may be a step of several platforms, each with a name for it.
                let same = |known: &Explained| (&known.digest, &known.name) == (&step.digest, &step.name);
                if !steps.iter().any(same) {
                    steps.push(step);
                }
            }
        }
        // A graph has inputs first and says nothing else about the order.
        steps.sort_by_key(|step| step.step);
        let wanted = planned.first().map(|(inputs, _)| inputs.goal);
        let wanted: Vec<&Inputs<'_>> =
            planned.iter().map(|(inputs, _)| inputs).filter(|inputs| Some(inputs.goal) == wanted).collect();
        let choices = wanted.iter().map(|inputs| Choices::of(inputs, wanted.len())).collect();
        let influence = planned.first().and_then(|(inputs, _)| inputs.influence.cloned());
        Explanation { target: None, influence, choices, steps }
    }

    /// For people: lines that end in a line break.
    pub fn to_text(&self) -> String {
        text::text(self)
    }

    /// For programs: a JSON document.
    pub fn to_json(&self) -> String {
        format!("{:#}", json::json(self))
    }
}
