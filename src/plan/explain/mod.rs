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
use choice::Choices;
use step::Explained;

/// What a build would do.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// For each platform, in the order in which they were asked for.
    choices: Vec<Choices>,
    /// The steps of all platforms, each once, in the order in which they run.
    steps: Vec<Explained>,
}

impl Explanation {
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
        Explanation { choices, steps }
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
