//! What the words on the command line select.
//!
//! Invariant: words of one kind add up, kinds narrow each other down, and a kind without a word selects all of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};

use super::arm::Arm;
use super::repository::Repository;
use super::scenario::{Scenario, State};

/// How to call it.
pub const USAGE: &str = "\
usage: cargo bench -p integration --bench side_by_side -- [WORD …] [--repetitions N] [--frontend FILE] | report
repositories: small medium large own-code five-binaries monorepo
scenarios:    cold no-change unused-file one-file (main middle leaf) commit import module two-platforms
builders:     warm fresh
arms:         gobuild best layers init ko floor, and gobuild-mounts gobuild-layers
`report` measures nothing and writes docs/benchmarks.md and docs/benchmarks.svg anew
--frontend FILE measures the frontend image in an archive of `docker save` instead of that of the sources";

/// What to measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The repositories.
    pub repositories: BTreeSet<Repository>,
    /// The scenarios.
    pub scenarios: BTreeSet<Scenario>,
    /// Builders that know nothing, everything, or what a registry has.
    pub states: BTreeSet<State>,
    /// The arms.
    pub arms: BTreeSet<Arm>,
    /// Whether arms were named: those are then measured where they are left out otherwise.
    pub arms_named: Named,
    /// How often.
    pub repetitions: usize,
    /// Whether anything is measured at all.
    pub task: Task,
    /// An archive with another frontend image than that of the sources.
    pub frontend: Option<PathBuf>,
}

/// Whether the user named something or it is the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// On the command line.
    ByUser,
    /// All there is.
    ByDefault,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Task {
    /// Measure, then report.
    Measure,
    /// Report what was measured before.
    Report,
}

impl Selection {
    /// Reads the command line.
    pub fn parse(arguments: &[String]) -> Result<Self> {
        let mut all = Self {
            repositories: BTreeSet::new(),
            scenarios: BTreeSet::new(),
            states: BTreeSet::new(),
            arms: BTreeSet::new(),
            arms_named: Named::ByUser,
            repetitions: 3,
            task: Task::Measure,
            frontend: None,
        };
        let mut arguments = arguments.iter().map(String::as_str);
        while let Some(word) = arguments.next() {
            match word {
                // Cargo's own, to whatever it runs as a benchmark.
                "--bench" => {}
                "--repetitions" => {
                    let number = arguments.next().context("`--repetitions` needs a number")?;
                    all.repetitions =
                        number.parse().with_context(|| format!("`{number}` is no number of repetitions"))?;
                    ensure!(all.repetitions > 0, "there is nothing to measure in 0 repetitions");
                }
                "--frontend" => {
                    let file = arguments.next().context("`--frontend` needs the path of an archive")?;
                    all.frontend = Some(file.into());
                }
                "report" => all.task = Task::Report,
                _ => all.add(word)?,
            }
        }
        all.fill();
        Ok(all)
    }

    /// How often to repeat a scenario of a repository.
    pub fn repetitions_of(&self, repository: Repository, scenario: Scenario) -> usize {
        let limit = if scenario == Scenario::Cold && repository.is_slow() { 1 } else { scenario.limit() };
        self.repetitions.min(limit)
    }

    /// The arms to measure on a repository.
    pub fn arms_of(&self, repository: Repository) -> Vec<Arm> {
        let left_out = |arm: Arm| match repository {
            // Fifty builds without Go's build cache take half an hour each time.
            Repository::Monorepo => {
                arm == Arm::Floor
                    || self.arms_named == Named::ByDefault && matches!(arm, Arm::Layers | Arm::Init)
            }
            // ko makes an image for each program, `docker init` has one.
            Repository::FiveBinaries => matches!(arm, Arm::Ko | Arm::Init),
            Repository::Small | Repository::Medium | Repository::Large | Repository::OwnCode => false,
        };
        Arm::ALL.into_iter().filter(|arm| self.arms.contains(arm) && !left_out(*arm)).collect()
    }

    /// The scenarios to measure on a builder of a repository.
    pub fn scenarios_of(&self, repository: Repository, state: State) -> Vec<Scenario> {
        if !self.states.contains(&state) {
            return Vec::new();
        }
        let fits = |scenario: &Scenario| {
            self.scenarios.contains(scenario)
                && repository.has(*scenario)
                && scenario.is_edit() == (state != State::Cold)
        };
        Scenario::ALL.into_iter().filter(fits).collect()
    }

    fn add(&mut self, word: &str) -> Result<()> {
        let repository = Repository::ALL.into_iter().find(|repository| repository.name() == word);
        let scenario = Scenario::ALL.into_iter().find(|scenario| scenario.name() == word);
        let arm = Arm::ALL.into_iter().find(|arm| arm.name() == word);
        match (repository, scenario, arm, word) {
            (Some(repository), ..) => {
                self.repositories.insert(repository);
            }
            (_, _, _, "cold") => {
                self.scenarios.extend([Scenario::Cold, Scenario::Builder]);
                self.states.insert(State::Cold);
            }
            (_, Some(scenario), ..) => {
                self.scenarios.insert(scenario);
            }
            (_, _, Some(arm), _) => {
                self.arms.insert(arm);
            }
            (_, _, _, "one-file") => {
                self.scenarios.extend([Scenario::Main, Scenario::Middle, Scenario::Leaf]);
            }
            (_, _, _, "warm") => {
                self.states.insert(State::Warm);
            }
            (_, _, _, "fresh") => {
                self.states.insert(State::Fresh);
            }
            _ => bail!("nothing is called `{word}`\n{USAGE}"),
        }
        Ok(())
    }

    fn fill(&mut self) {
        if self.repositories.is_empty() {
            self.repositories.extend(Repository::ALL);
        }
        if self.arms.is_empty() {
            self.arms.extend(Arm::ALL.into_iter().filter(|arm| !arm.is_variant()));
            self.arms_named = Named::ByDefault;
        }
        // `small warm` is about every edit; `small main` about both builders.
        if self.scenarios.is_empty() {
            self.scenarios.extend(Scenario::ALL);
        }
        let edits = self.scenarios.iter().any(|scenario| scenario.is_edit());
        let named: Vec<State> = self.states.iter().copied().filter(|state| *state != State::Cold).collect();
        if named.is_empty() && edits {
            self.states.extend([State::Warm, State::Fresh]);
            if self.scenarios.contains(&Scenario::Cold) {
                self.states.insert(State::Cold);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Selection {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Selection::parse(&words).unwrap()
    }

    #[test]
    fn no_word_is_everything() {
        let all = parse("--bench");
        assert_eq!(all.repositories.len(), Repository::ALL.len());
        assert_eq!(all.states.len(), 3);
        assert_eq!(all.scenarios_of(Repository::Small, State::Cold), [Scenario::Builder, Scenario::Cold]);
        assert_eq!(all.arms_of(Repository::Monorepo), [Arm::Gobuild, Arm::Best, Arm::Ko]);
    }

    #[test]
    fn kinds_narrow_each_other_down() {
        let few = parse("small one-file warm gobuild best --repetitions 5");
        assert_eq!(few.scenarios_of(Repository::Small, State::Warm), [Scenario::Main]);
        assert!(few.scenarios_of(Repository::Small, State::Fresh).is_empty());
        assert!(few.scenarios_of(Repository::Small, State::Cold).is_empty());
        assert_eq!(few.arms_of(Repository::Small), [Arm::Gobuild, Arm::Best]);
        assert_eq!(few.repetitions_of(Repository::Small, Scenario::Main), 5);
        assert_eq!(parse("cold --repetitions 5").repetitions_of(Repository::Large, Scenario::Cold), 1);
        assert!(parse("cold").scenarios_of(Repository::Small, State::Warm).is_empty());
        assert!(parse("main").scenarios_of(Repository::Small, State::Cold).is_empty());
        assert!(parse("warm").scenarios_of(Repository::Small, State::Cold).is_empty());
    }

    #[test]
    fn unknown_word_lists_what_exists() {
        let error = Selection::parse(&["tiny".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("nothing is called `tiny`") && error.contains("own-code"), "{error}");
        assert!(Selection::parse(&["--repetitions".to_owned()]).is_err());
    }
}
