//! `cargo bench`: what one request costs in the frontend itself, with a daemon that answers at once.
//!
//! Every number is of the real program, started anew for each request, as BuildKit does.

#[path = "../tests/daemon/mod.rs"]
mod daemon;

use daemon::{Call, Daemon, Outcome};
use std::io::{Write as _, stdout};
use std::path::Path;
use std::time::Duration;

/// Requests counted, after one that is not.
const RUNS: usize = 30;
/// A kibibyte of peak memory, and how many of them are a mebibyte.
const MEBIBYTE: u64 = 1 << 20;

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    writeln!(
        out,
        "| request | start to first call, ms: median (min-max) | whole, ms | peak memory, MiB | calls | bytes read |"
    )?;
    writeln!(out, "| --- | --- | --- | --- | --- | --- |")?;
    for (example, file) in [("devops-info-service", "gobuild.yaml"), ("two-platforms", "go.mod")] {
        writeln!(out, "{}", row(example, file))?;
    }
    Ok(())
}

fn row(example: &str, file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let request = || {
        let outcome = Daemon::new(&folder).option("filename", file).serve();
        outcome.result();
        outcome
    };
    request();
    let outcomes: Vec<Outcome> = (0..RUNS).map(|_| request()).collect();
    let first = sorted(outcomes.iter().filter_map(|outcome| outcome.first_call));
    let whole = sorted(outcomes.iter().map(|outcome| outcome.elapsed));
    let memory = outcomes.iter().filter_map(|outcome| outcome.peak_memory).max().unwrap_or_default();
    let calls = &outcomes[0].calls;
    let bytes = outcomes[0].bytes_read;
    let reads = outcomes[0].count(Call::ReadFile) + outcomes[0].count(Call::ReadDir);
    format!(
        "| {example} | {:.1} ({:.1}-{:.1}) | {:.1} | {:.1} | {}, of which {reads} read files | {bytes} |",
        milliseconds(first[RUNS / 2]),
        milliseconds(first[0]),
        milliseconds(first[RUNS - 1]),
        milliseconds(whole[RUNS / 2]),
        mebibytes(memory),
        calls.len(),
    )
}

fn sorted(times: impl Iterator<Item = Duration>) -> Vec<Duration> {
    let mut times: Vec<Duration> = times.collect();
    times.sort_unstable();
    times
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[expect(clippy::cast_precision_loss, reason = "one digit of it is shown")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / MEBIBYTE as f64
}
