//! What `build:` keys do, on a real daemon: each row is a repository that is built through the frontend image, looked at
//! and run.
//!
//! Invariant: what a key does is seen in the program itself, or in its file, not in what the build says about it.
//! `COMPILE=cgo` takes the rows with that word in their names.

#[path = "compile/c.rs"]
mod c;
#[path = "compile/go.rs"]
mod go;
#[path = "compile/profile.rs"]
mod profile;
#[path = "compile/row.rs"]
mod row;

use anyhow::{Result, bail, ensure};
use integration::{Daemon, Kind, base_images, step};
use row::Row;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

/// Builds at once.
const AT_ONCE: usize = 2;

#[test]
fn every_key_does_what_it_says() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    {
        let _lock = daemon.lab().lock()?;
        daemon.load(&base_images::golang_cross(daemon.lab())?)?;
    }
    let mut rows: Vec<Row> = [go::rows(), c::rows()].concat();
    if let Ok(wanted) = std::env::var("COMPILE") {
        rows.retain(|row| row.name.contains(&wanted));
    }
    ensure!(!rows.is_empty(), "no row has this word in its name");
    let (count, start) = (rows.len(), Instant::now());
    let (waiting, complaints) = (Mutex::new(rows.into_iter()), Mutex::new(Vec::new()));
    let next = || waiting.lock().ok()?.next();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(row) = next() {
                    match row.check(&daemon) {
                        Ok(line) => step::note(line),
                        Err(error) => {
                            step::note(format_args!("| {:<46} | failed", row.name));
                            if let Ok(mut all) = complaints.lock() {
                                all.push(format!("{}: {error:#}", row.name));
                            }
                        }
                    }
                }
            });
        }
    });
    step::note(format_args!("{count} rows in {:.0} s", start.elapsed().as_secs_f64()));
    let complaints = complaints.into_inner().unwrap_or_default();
    if complaints.is_empty() { Ok(()) } else { bail!("{}", complaints.join("\n\n")) }
}
