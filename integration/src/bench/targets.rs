//! What this frontend is to reach beside its peers.
//!
//! Invariant: a target is a ratio of two medians of the same repository, scenario and builder.

use super::arm::Arm;
use super::repository::Repository;
use super::results::Results;
use super::scenario::{Scenario, State};

/// Whom the ratio is with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    /// The fastest of the Dockerfiles.
    Dockerfile,
    /// The Dockerfile with a layer of modules.
    Layers,
    /// ko.
    Ko,
    /// This frontend's own build without a change.
    NoChange,
}

/// An upper limit.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// With whom.
    pub peer: Peer,
    /// At most so many times as long.
    pub limit: f64,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Reached.
    Ok,
    /// Not yet.
    Short,
    /// A figure is missing.
    Unknown,
}

/// A build without a change takes so short that its noise is a fifth of it, and something more for the edit's transfer.
const SAME: f64 = 1.25;

/// The targets of a row.
pub fn of(repository: Repository, scenario: Scenario, state: State) -> Vec<Target> {
    let target = |peer, limit| Target { peer, limit };
    let dockerfile = |limit| vec![target(Peer::Dockerfile, limit)];
    match (scenario, state) {
        (Scenario::Cold, _) => dockerfile(1.05),
        (Scenario::NoChange | Scenario::Module, State::Warm) => dockerfile(1.0),
        (Scenario::NoChange, State::Fresh) => vec![target(Peer::Layers, 1.0)],
        (Scenario::Unused, _) => vec![target(Peer::NoChange, SAME)],
        (Scenario::Main, _) if repository == Repository::Monorepo => dockerfile(0.1),
        (Scenario::Main | Scenario::Middle | Scenario::Leaf, State::Warm) => {
            vec![target(Peer::Dockerfile, 0.75), target(Peer::Ko, 1.3)]
        }
        (Scenario::Main | Scenario::Middle | Scenario::Leaf, State::Fresh) => match repository {
            Repository::OwnCode if scenario == Scenario::Main => dockerfile(0.15),
            Repository::OwnCode => dockerfile(0.55),
            Repository::Small | Repository::Medium => dockerfile(0.12),
            Repository::Large | Repository::FiveBinaries | Repository::Monorepo => Vec::new(),
        },
        (Scenario::Commit, _) => dockerfile(0.7),
        (Scenario::Import, State::Fresh) => dockerfile(0.5),
        (Scenario::Platforms, _) => dockerfile(0.6),
        (Scenario::Import | Scenario::Module | Scenario::Builder, _) | (_, State::Cold) => Vec::new(),
    }
}

/// The seconds of a peer.
pub fn seconds(
    results: &Results,
    repository: Repository,
    scenario: Scenario,
    state: State,
    peer: Peer,
) -> Option<f64> {
    let of = |scenario, arm| results.get(repository, scenario, state, arm).map(|figure| figure.median);
    match peer {
        Peer::Dockerfile => Arm::ALL
            .into_iter()
            .filter(|arm| arm.is_dockerfile())
            .filter_map(|arm| of(scenario, arm))
            .min_by(f64::total_cmp),
        Peer::Layers => of(scenario, Arm::Layers),
        Peer::Ko => of(scenario, Arm::Ko),
        Peer::NoChange => of(Scenario::NoChange, Arm::Gobuild),
    }
}

/// How many times as long as a peer's a build of this frontend takes.
pub fn ratio(
    results: &Results,
    repository: Repository,
    scenario: Scenario,
    state: State,
    peer: Peer,
) -> Option<f64> {
    let ours = results.get(repository, scenario, state, Arm::Gobuild)?.median;
    let theirs = seconds(results, repository, scenario, state, peer)?;
    (theirs > 0.0).then(|| ours / theirs)
}

/// The ratio that the least which any frontend has to do would give: what a build without a change takes, and the floor. Of fifty
/// programs the one that is compiled is little beside that, and is not measured.
pub fn floor(
    results: &Results,
    repository: Repository,
    scenario: Scenario,
    state: State,
    peer: Peer,
) -> Option<f64> {
    let work = match repository {
        Repository::Monorepo if scenario != Scenario::NoChange => 0.0,
        _ => results.get(repository, scenario, state, Arm::Floor)?.median,
    };
    let around = results.get(repository, Scenario::NoChange, State::Warm, Arm::Gobuild)?.median;
    let theirs = seconds(results, repository, scenario, state, peer)?;
    (theirs > 0.0).then(|| (around + work) / theirs)
}

/// Whether nothing was done where nothing is to be done; none where something is.
pub fn all_cached(
    results: &Results,
    repository: Repository,
    scenario: Scenario,
    state: State,
) -> Option<Verdict> {
    let figure = results.get(repository, scenario, state, Arm::Gobuild);
    matches!(scenario, Scenario::NoChange | Scenario::Unused).then(|| match figure {
        Some(figure) if figure.ran == 0 && figure.cached > 0 => Verdict::Ok,
        Some(_) => Verdict::Short,
        None => Verdict::Unknown,
    })
}

impl Target {
    /// Whether a ratio reaches it; what a table shows as the limit is the limit.
    pub fn verdict(self, ratio: Option<f64>) -> Verdict {
        match ratio {
            Some(ratio) if ratio < self.limit + 0.005 => Verdict::Ok,
            Some(_) => Verdict::Short,
            None => Verdict::Unknown,
        }
    }
}

impl Verdict {
    /// The word in the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Short => "**short**",
            Self::Unknown => "?",
        }
    }
}

impl Peer {
    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dockerfile => "Dockerfile",
            Self::Layers => "layers",
            Self::Ko => "ko",
            Self::NoChange => "no change",
        }
    }
}
