//! Every shape that a Go repository can have, on real daemons: written, explained, built through the frontend image,
//! run, and asked.
//!
//! A row is a repository, how it must be planned and what its program must say. `SHAPES=vendor` takes the rows with that
//! word in their names. Needs the Go module proxy that the machine's builds use.

#[path = "shapes/mod.rs"]
mod rows;

use anyhow::{Result, bail, ensure};
use integration::{Daemon, Kind, step};
use rows::{Mode, Row};
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

/// Builds at once.
const AT_ONCE: usize = 3;

#[test]
fn every_shape_builds_on_docker() -> Result<()> {
    let daemon = Daemon::preferred()?;
    // A program that asks for an older release is built by its image, which this is as good as.
    if daemon.kind().is_some() {
        daemon.tag("golang:1.26-alpine", "golang:1.21-alpine")?;
    }
    all_on(&daemon, Mode::Mounts, rows::all())
}

#[test]
fn some_shapes_build_in_layers_on_buildkit() -> Result<()> {
    let rows = rows::all().into_iter().filter(|row| row.in_layers).collect();
    all_on(&Daemon::up(Kind::Buildkit)?, Mode::Layers, rows)
}

/// Checks the rows, several at a time, and tells of all that are wrong.
fn all_on(daemon: &Daemon, mode: Mode, mut rows: Vec<Row>) -> Result<()> {
    if let Ok(wanted) = std::env::var("SHAPES") {
        rows.retain(|row| row.shape.contains(&wanted));
    }
    ensure!(!rows.is_empty(), "no row has this word in its name");
    let count = rows.len();
    let start = Instant::now();
    let waiting = Mutex::new(rows.into_iter());
    let complaints = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(row) = next() {
                    match row.check(daemon, mode) {
                        Ok(line) => step::note(line),
                        Err(error) => {
                            step::note(format_args!("| {:<48} | failed", row.shape));
                            if let Ok(mut all) = complaints.lock() {
                                all.push(format!("{}: {error:#}", row.shape));
                            }
                        }
                    }
                }
            });
        }
    });
    step::note(format_args!("{count} shapes in {:.0} s", start.elapsed().as_secs_f64()));
    let complaints = complaints.into_inner().unwrap_or_default();
    if complaints.is_empty() { Ok(()) } else { bail!("{}", complaints.join("\n\n")) }
}
