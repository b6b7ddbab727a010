//! `go build` on the machine itself and gzip of what it leaves, and nothing else.
//!
//! With a build without a change, which is what clients and frontends cost, this is what every build of an image is made
//! of, however it is done. Invariant: the same packages, flags and platforms as the other arms.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};

use super::arm::{Arm, LDFLAGS};
use super::builder::{Order, Outcome};
use super::repository::Program;
use super::stage::Stage;
use super::toolchain::Toolchain;
use crate::command::run;

/// Go, and a program that compresses.
#[derive(Debug)]
pub struct Floor {
    go: Toolchain,
    gzip: PathBuf,
}

impl Floor {
    /// The arm's.
    pub fn new(stage: &Stage) -> Result<Self> {
        let go = Toolchain::new(stage.arm(Arm::Floor))?;
        let (source, gzip) = (go.folder().join("gzip.go"), go.folder().join("gzip"));
        fs::write(&source, include_str!("gzip.go"))?;
        run(go.go()?.args(["build", "-o"]).arg(&gzip).arg(&source))?;
        Ok(Self { go, gzip })
    }

    /// Caches with nothing in them.
    pub fn wipe(&self) -> Result<()> {
        self.go.wipe()
    }

    /// Compiles programs for each platform at the same time, then compresses what came of it.
    pub fn build(&self, order: &Order<'_>, programs: &[Program]) -> Result<Outcome> {
        let result = self.go.folder().join("out");
        let _ = fs::remove_dir_all(&result);
        let start = Instant::now();
        let platforms: Vec<&str> = order.platforms.split(',').collect();
        thread::scope(|scope| {
            let work: Vec<_> = platforms
                .iter()
                .map(|platform| scope.spawn(|| self.compile(order, programs, platform)))
                .collect();
            work.into_iter().try_for_each(|work| work.join().map_err(|_| anyhow!("a build panicked"))?)
        })?;
        let mut gzip = Command::new(&self.gzip);
        for platform in platforms {
            for program in fs::read_dir(result.join(platform))? {
                gzip.arg(program?.path());
            }
        }
        run(&mut gzip)?;
        Ok(Outcome { seconds: start.elapsed().as_secs_f64(), ..Outcome::default() })
    }

    fn compile(&self, order: &Order<'_>, programs: &[Program], platform: &str) -> Result<()> {
        let result = self.go.folder().join("out").join(platform);
        fs::create_dir_all(&result)?;
        let (system, architecture) = platform.split_once('/').context("a platform has two parts")?;
        let mut go = self.go.go()?;
        go.current_dir(order.tree).env("CGO_ENABLED", "0").env("GOOS", system).env("GOARCH", architecture);
        go.args(["build", "-trimpath", "-ldflags", &format!("{LDFLAGS}{}", order.commit), "-o"]);
        go.arg(format!("{}/", result.display()));
        run(go.args(programs.iter().flat_map(|program| &program.packages)))
    }
}
