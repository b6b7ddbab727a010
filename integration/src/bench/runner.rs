//! Walks the arms through what was selected, one repository after the other.
//!
//! The arms take turns within each repetition, and another one begins each time, so that what happens to the machine
//! meanwhile happens to all. Invariant: a build that fails costs its own figure and no other.

use anyhow::{Context, Result};

use super::arm::Arm;
use super::builder::{Builder, Cache, Order, Outcome};
use super::buildx;
use super::machine;
use super::repository::Repository;
use super::results::{Key, Results};
use super::scenario::{Scenario, State};
use super::selection::Selection;
use super::stage::Stage;
use super::tree::Tree;
use crate::step::note;

/// The commit that everything is built of unless a scenario says otherwise.
const COMMIT: &str = "4f1d6c1be0f5a7c3b2a1908f7e6d5c4b3a291807";

/// An arm at work on a repository.
#[derive(Debug)]
struct Lane {
    arm: Arm,
    builder: Builder,
    tree: Tree,
}

/// The figures of one scenario, by arm.
type Figures = std::collections::BTreeMap<Arm, Vec<Outcome>>;

/// Measures what is selected; every result is saved as soon as it is known. Returns what failed.
pub fn run(selection: &Selection, results: &mut Results) -> Result<Vec<String>> {
    let stage = Stage::set_up(selection.frontend.as_deref())?;
    results.describe_machine(machine::describe()?);
    let mut run = Run { stage: &stage, selection, results, failures: Vec::new() };
    for repository in selection.repositories.iter().copied() {
        if let Err(error) = run.repository(repository) {
            run.fail(repository.name(), &error);
        }
    }
    Ok(run.failures)
}

struct Run<'a> {
    stage: &'a Stage,
    selection: &'a Selection,
    results: &'a mut Results,
    failures: Vec<String>,
}

impl Run<'_> {
    fn repository(&mut self, repository: Repository) -> Result<()> {
        let [cold, warm, fresh] = [State::Cold, State::Warm, State::Fresh]
            .map(|state| self.selection.scenarios_of(repository, state));
        if cold.is_empty() && warm.is_empty() && fresh.is_empty() {
            return Ok(());
        }
        let mut lanes = Vec::new();
        for arm in self.selection.arms_of(repository) {
            let folder = self.stage.folder.join("trees").join(repository.name()).join(arm.name());
            let tree = Tree::write(&self.stage.lab, &folder, repository, arm)?;
            lanes.push(Lane { arm, builder: Builder::new(self.stage, arm)?, tree });
        }
        let result = self.phases(repository, &mut lanes, &cold, &warm, &fresh);
        for lane in &lanes {
            lane.builder.end()?;
        }
        result
    }

    fn phases(
        &mut self,
        repository: Repository,
        lanes: &mut Vec<Lane>,
        cold: &[Scenario],
        warm: &[Scenario],
        fresh: &[Scenario],
    ) -> Result<()> {
        self.cold(repository, lanes, cold)?;
        if !fresh.is_empty() {
            self.export(repository, lanes, fresh)?;
        }
        for scenario in warm {
            self.edits(repository, lanes, *scenario, State::Warm)?;
        }
        for lane in lanes.iter().filter(|_| !fresh.is_empty()) {
            lane.builder.end()?;
        }
        for scenario in fresh {
            self.edits(repository, lanes, *scenario, State::Fresh)?;
        }
        Ok(())
    }

    /// First builds. They happen whether their time is asked for or not: everything else starts there.
    fn cold(&mut self, repository: Repository, lanes: &mut Vec<Lane>, wanted: &[Scenario]) -> Result<()> {
        let rounds =
            if wanted.is_empty() { 1 } else { self.selection.repetitions_of(repository, Scenario::Cold) };
        let (mut fetches, mut builds) = (Figures::new(), Figures::new());
        for round in 0..rounds {
            let mut broken = Vec::new();
            for lane in turns(lanes, round) {
                let result = lane.tree.restore().and_then(|()| lane.builder.wipe()).and_then(|()| {
                    let fetch = lane.builder.fetch()?;
                    Ok((fetch, lane.build(repository, Scenario::Cold, 0, Cache::None)?))
                });
                match result {
                    Ok((fetch, build)) => {
                        say(repository, Scenario::Cold, State::Cold, lane.arm, (round, rounds), &build);
                        fetches.entry(lane.arm).or_default().extend(fetch);
                        builds.entry(lane.arm).or_default().push(build);
                    }
                    Err(error) => {
                        self.fail(&format!("{} cold {}", repository.name(), lane.arm.name()), &error);
                        broken.push(lane.arm);
                    }
                }
            }
            // Nothing else of it can be measured.
            for lane in lanes.iter().filter(|lane| broken.contains(&lane.arm)) {
                lane.builder.end()?;
            }
            lanes.retain(|lane| !broken.contains(&lane.arm));
        }
        for (scenario, figures) in [(Scenario::Builder, fetches), (Scenario::Cold, builds)] {
            if wanted.contains(&scenario) {
                self.record(repository, scenario, State::Cold, &figures)?;
            }
        }
        for lane in lanes.iter().filter(|lane| lane.arm != Arm::Floor) {
            let programs = repository.programs();
            let program = programs.first().context("a repository has a program")?;
            let image = buildx::image(&self.stage.registry, lane.arm, repository, program);
            let size = buildx::image_size(&self.stage.registry, &image, Scenario::Cold.platforms())?;
            self.results.set_image_size(repository, lane.arm, size);
        }
        self.results.save()
    }

    /// Writes the caches that fresh builders start from, as the pipeline of the main branch does.
    fn export(&mut self, repository: Repository, lanes: &mut [Lane], fresh: &[Scenario]) -> Result<()> {
        let needs = |wanted: &str| fresh.iter().any(|scenario| cache_of(*scenario) == wanted);
        for scenario in [Scenario::NoChange, Scenario::Platforms] {
            let name = cache_of(scenario);
            for lane in
                lanes.iter_mut().filter(|lane| needs(name) && takes_part(lane.arm, scenario, State::Fresh))
            {
                let result = lane.tree.restore().and_then(|()| {
                    let outcome = lane.build(repository, scenario, 0, Cache::Export(name))?;
                    Ok((outcome, lane.builder.cache_size(repository, name)?))
                });
                let what = format!("{} cache export ({name}) {}", repository.name(), lane.arm.name());
                match result {
                    Ok((outcome, size)) => {
                        let megabytes = crate::frontend_image::megabytes(size);
                        note(format_args!("  {what}: {:.2} s, {megabytes}", outcome.export));
                        if scenario == Scenario::NoChange {
                            self.results.set_cache(repository, lane.arm, size, outcome.export);
                        }
                    }
                    Err(error) => self.fail(&what, &error),
                }
            }
        }
        self.results.save()
    }

    /// Builds after edits.
    fn edits(
        &mut self,
        repository: Repository,
        lanes: &mut [Lane],
        scenario: Scenario,
        state: State,
    ) -> Result<()> {
        let rounds = self.selection.repetitions_of(repository, scenario);
        let mut figures = Figures::new();
        let arms = lanes.iter().map(|lane| lane.arm);
        let mut broken: Vec<Arm> = arms.filter(|arm| !takes_part(*arm, scenario, state)).collect();
        for round in 0..=rounds {
            // A warm builder starts from what was there before the edit; that is no figure.
            let prepares = round == 0;
            if prepares && state == State::Fresh {
                continue;
            }
            for lane in turns(lanes, round).filter(|lane| !broken.contains(&lane.arm)).collect::<Vec<_>>() {
                let result = lane.edit_and_build(repository, scenario, state, round);
                match result {
                    Ok(_) if prepares => {}
                    Ok(outcome) => {
                        say(repository, scenario, state, lane.arm, (round - 1, rounds), &outcome);
                        figures.entry(lane.arm).or_default().push(outcome);
                    }
                    Err(error) => {
                        let what = [repository.name(), scenario.name(), state.name(), lane.arm.name()];
                        self.fail(&what.join(" "), &error);
                        broken.push(lane.arm);
                    }
                }
            }
        }
        self.record(repository, scenario, state, &figures)
    }

    fn record(
        &mut self,
        repository: Repository,
        scenario: Scenario,
        state: State,
        figures: &Figures,
    ) -> Result<()> {
        for (arm, outcomes) in figures {
            self.results.set(Key { repository, scenario, state, arm: *arm }, outcomes);
        }
        self.results.save()
    }

    fn fail(&mut self, what: &str, error: &anyhow::Error) {
        note(format_args!("  {what}: FAILED\n{error:#}"));
        self.failures.push(what.to_owned());
    }
}

impl Lane {
    fn edit_and_build(
        &mut self,
        repository: Repository,
        scenario: Scenario,
        state: State,
        number: usize,
    ) -> Result<Outcome> {
        if number == 0 {
            self.tree.restore()?;
        } else {
            self.tree.edit(scenario, number)?;
        }
        let cache = match state {
            State::Fresh => {
                self.builder.wipe()?;
                Cache::Import(cache_of(scenario))
            }
            State::Cold | State::Warm => Cache::None,
        };
        self.build(repository, scenario, number, cache)
    }

    fn build(
        &self,
        repository: Repository,
        scenario: Scenario,
        number: usize,
        cache: Cache<'_>,
    ) -> Result<Outcome> {
        let commit = if scenario == Scenario::Commit { format!("{number:040x}") } else { COMMIT.to_owned() };
        self.builder.build(&Order {
            repository,
            tree: self.tree.folder(),
            commit: &commit,
            platforms: scenario.platforms(),
            cache,
        })
    }
}

/// Name of the cache that a scenario's fresh builders start from.
fn cache_of(scenario: Scenario) -> &'static str {
    if scenario == Scenario::Platforms { "platforms" } else { "main" }
}

fn takes_part(arm: Arm, scenario: Scenario, state: State) -> bool {
    match scenario {
        // The work that an edit makes, and no cache but its own.
        _ if arm == Arm::Floor && state == State::Fresh => false,
        Scenario::NoChange | Scenario::Unused => arm != Arm::Floor,
        Scenario::Commit => arm.stamps(),
        Scenario::Platforms => arm.crosses(),
        _ => true,
    }
}

/// The lanes, another one first each time.
fn turns(lanes: &mut [Lane], round: usize) -> impl Iterator<Item = &mut Lane> {
    let first = round % lanes.len().max(1);
    let (before, after) = lanes.split_at_mut(first);
    after.iter_mut().chain(before)
}

fn say(
    repository: Repository,
    scenario: Scenario,
    state: State,
    arm: Arm,
    (round, rounds): (usize, usize),
    outcome: &Outcome,
) {
    let Outcome { seconds, ran, cached, .. } = outcome;
    note(format_args!(
        "  {} {} {} {} {}/{rounds}: {seconds:.2} s, {ran} steps ran, {cached} cached",
        repository.name(),
        scenario.name(),
        state.name(),
        arm.name(),
        round + 1,
    ));
}
