//! Something that builds: what the two kinds of it have in common.
//!
//! Invariant: seconds are the wall clock around the client's process and nothing else; whatever has to be made ready is
//! made ready before.

use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use super::arm::{Arm, Client};
use super::buildx::Buildx;
use super::ko::Ko;
use super::repository::{Program, Repository};
use super::stage::Stage;
use crate::command::run;

/// Builds of several programs that run at a time, as in a CI job.
const AT_ONCE: usize = 4;

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
}

impl Builder {
    /// The builder of an arm; it knows nothing until [`Builder::wipe`] was called, too.
    pub fn new(stage: &Stage, arm: Arm) -> Result<Self> {
        Ok(match arm.client() {
            Client::Buildx => Self::Buildx(Buildx::new(stage, arm)?),
            Client::Ko => Self::Ko(Ko::new(stage)?),
        })
    }

    /// Makes it forget everything, and starts it.
    pub fn wipe(&self) -> Result<()> {
        match self {
            Self::Buildx(buildx) => buildx.wipe()?,
            Self::Ko(ko) => ko.wipe()?,
        }
        // What was just removed is not to be written while somebody measures.
        run(&mut std::process::Command::new("sync"))
    }

    /// Ends it and removes its data.
    pub fn end(&self) -> Result<()> {
        match self {
            Self::Buildx(buildx) => buildx.end(),
            Self::Ko(ko) => ko.wipe(),
        }
    }

    /// Fetches the image with the toolchain; none if it needs none.
    pub fn fetch(&self) -> Result<Option<Outcome>> {
        match self {
            Self::Buildx(buildx) => buildx.fetch().map(Some),
            Self::Ko(_) => Ok(None),
        }
    }

    /// Builds every program of a repository.
    pub fn build(&self, order: &Order<'_>) -> Result<Outcome> {
        let programs = order.repository.programs();
        let start = Instant::now();
        if let (Self::Ko(ko), Cache::Import(name)) = (self, order.cache) {
            ko.restore(name)?;
        }
        let mut sum = Outcome::default();
        for outcome in each(&programs, |program| self.program(order, program))? {
            sum.ran += outcome.ran;
            sum.cached += outcome.cached;
            sum.export += outcome.export;
        }
        sum.seconds = start.elapsed().as_secs_f64();
        if let (Self::Ko(ko), Cache::Export(name)) = (self, order.cache) {
            let start = Instant::now();
            ko.keep(name)?;
            sum.export = start.elapsed().as_secs_f64();
        }
        Ok(sum)
    }

    /// Size in bytes of a cache that was exported.
    pub fn cache_size(&self, repository: Repository, name: &str) -> Result<u64> {
        match self {
            Self::Buildx(buildx) => buildx.cache_size(&repository.programs(), repository, name),
            Self::Ko(ko) => ko.cache_size(name),
        }
    }

    fn program(&self, order: &Order<'_>, program: &Program) -> Result<Outcome> {
        match self {
            Self::Buildx(buildx) => buildx.build(order, program),
            Self::Ko(ko) => ko.build(order, program),
        }
    }
}

/// Does something for each program, some at a time.
fn each(programs: &[Program], work: impl Fn(&Program) -> Result<Outcome> + Sync) -> Result<Vec<Outcome>> {
    if let [program] = programs {
        return Ok(vec![work(program)?]);
    }
    let next = std::sync::atomic::AtomicUsize::new(0);
    let worker = || -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        while let Some(program) = programs.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            outcomes.push(work(program).with_context(|| program.name.clone())?);
        }
        Ok(outcomes)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        let mut all = Vec::new();
        for worker in workers {
            all.extend(worker.join().map_err(|_| anyhow::anyhow!("a build panicked"))??);
        }
        Ok(all)
    })
}
