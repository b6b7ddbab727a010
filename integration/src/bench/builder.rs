//! Something that builds: what the two kinds of it have in common.
//!
//! Invariant: seconds are the wall clock around the client's process and nothing else; whatever has to be made ready is
//! made ready before.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};

use super::arm::{Arm, Client};
use super::buildx::Buildx;
use super::floor::Floor;
use super::ko::Ko;
use super::repository::Repository;
use super::stage::Stage;
use crate::command::run;

/// What to build.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The repository.
    pub repository: Repository,
    /// Its files.
    pub tree: &'a Path,
    /// What is stamped.
    pub commit: &'a str,
    /// The platforms.
    pub platforms: &'a str,
    /// What to do about caches.
    pub cache: Cache<'a>,
}

/// A cache in the registry, by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cache<'a> {
    /// None.
    None,
    /// Read it.
    Import(&'a str),
    /// Write it, and say so as CI does: with the same name to read from.
    Export(&'a str),
}

/// What a build was like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Outcome {
    /// How long it took.
    pub seconds: f64,
    /// Steps that did work.
    pub ran: usize,
    /// Steps that did not have to.
    pub cached: usize,
    /// How long the cache's export took of it.
    pub export: f64,
}

/// A builder of an arm.
#[derive(Debug)]
pub enum Builder {
    /// A buildkitd of its own.
    Buildx(Buildx),
    /// ko with caches of its own.
    Ko(Ko),
    /// Go with caches of its own.
    Floor(Floor),
}

impl Builder {
    /// The builder of an arm; it knows nothing until [`Builder::wipe`] was called, too.
    pub fn new(stage: &Stage, arm: Arm) -> Result<Self> {
        Ok(match arm.client() {
            Client::Buildx => Self::Buildx(Buildx::new(stage, arm)?),
            Client::Ko => Self::Ko(Ko::new(&stage.lab, stage.arm(arm), &stage.registry)?),
            Client::Go => Self::Floor(Floor::new(stage)?),
        })
    }

    /// Makes it forget everything, and starts it.
    pub fn wipe(&self) -> Result<()> {
        match self {
            Self::Buildx(buildx) => buildx.wipe()?,
            Self::Ko(ko) => ko.wipe()?,
            Self::Floor(floor) => floor.wipe()?,
        }
        // What was just removed is not to be written while somebody measures.
        run(&mut std::process::Command::new("sync"))
    }

    /// Ends it and removes its data.
    pub fn end(&self) -> Result<()> {
        match self {
            Self::Buildx(buildx) => buildx.end(),
            Self::Ko(ko) => ko.wipe(),
            Self::Floor(floor) => floor.wipe(),
        }
    }

    /// Fetches the image with the toolchain; none if it needs none.
    pub fn fetch(&self) -> Result<Option<Outcome>> {
        match self {
            Self::Buildx(buildx) => buildx.fetch().map(Some),
            Self::Ko(_) | Self::Floor(_) => Ok(None),
        }
    }

    /// Builds every program of a repository.
    pub fn build(&self, order: &Order<'_>) -> Result<Outcome> {
        let programs = order.repository.programs();
        let start = Instant::now();
        if let (Self::Ko(ko), Cache::Import(name)) = (self, order.cache) {
            ko.restore(name)?;
        }
        let restored = start.elapsed().as_secs_f64();
        let mut outcome = match self {
            Self::Buildx(buildx) => buildx.build(order, &programs)?,
            Self::Ko(ko) => ko.build(order, &programs)?,
            Self::Floor(floor) => floor.build(order, &programs)?,
        };
        outcome.seconds += restored;
        if let (Self::Ko(ko), Cache::Export(name)) = (self, order.cache) {
            let start = Instant::now();
            ko.keep(name)?;
            outcome.export = start.elapsed().as_secs_f64();
        }
        Ok(outcome)
    }

    /// Size in bytes of a cache that was exported.
    pub fn cache_size(&self, repository: Repository, name: &str) -> Result<u64> {
        match self {
            Self::Buildx(buildx) => buildx.cache_size(&repository.programs(), repository, name),
            Self::Ko(ko) => ko.cache_size(name),
            Self::Floor(_) => bail!("it leaves no cache behind"),
        }
    }
}
