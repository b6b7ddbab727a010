//! The compile step is sent what a program is made of, and nothing else: for repositories that nobody has thought of.
//!
//! `EXACT_SOURCES=200 cargo test -p gobuild --test exact_sources` checks so many, `EXACT_SOURCES=seed:17` that one
//! alone. Needs the go command; nothing is downloaded.

mod daemon;
#[path = "exact_sources/mod.rs"]
mod made_up;

use made_up::{Checked, check};
use std::ops::Range;
use std::sync::Mutex;

/// How many repositories are checked when nobody says so.
const REPOSITORIES: u64 = 60;

#[test]
fn what_is_sent_is_what_go_needs() {
    let seeds = seeds();
    let waiting = Mutex::new(seeds.clone());
    let results = Mutex::new(Vec::new());
    let next = || waiting.lock().expect("no thread panics").next();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while let Some(seed) = next() {
                    let result = check(seed);
                    results.lock().expect("no thread panics").push(result);
                }
            });
        }
    });
    let results = results.into_inner().expect("no thread panics");
    let (checked, mut complaints): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    complaints.sort_by_key(|complaint| complaint.as_ref().err().cloned());
    let complaints: Vec<String> = complaints.into_iter().filter_map(Result::err).collect();
    assert!(
        complaints.is_empty(),
        "{} of {}:\n\n{}",
        complaints.len(),
        seeds.end - seeds.start,
        complaints.join("\n")
    );
    let checked: Vec<Checked> = checked.into_iter().filter_map(Result::ok).collect();
    let sum = |number: fn(&Checked) -> usize| checked.iter().map(number).sum::<usize>();
    eprintln!(
        "{} repositories, {} of them whole, {} built; {} files: {} sent, {} named by Go, {} known to be needless",
        checked.len(),
        sum(|one| usize::from(one.everything.is_some())),
        sum(|one| usize::from(one.built)),
        sum(|one| one.files),
        sum(|one| one.sent),
        sum(|one| one.named),
        sum(|one| one.spared),
    );
}

fn seeds() -> Range<u64> {
    let Ok(wanted) = std::env::var("EXACT_SOURCES") else { return 0..REPOSITORIES };
    match wanted.strip_prefix("seed:") {
        Some(seed) => {
            let seed = seed.parse().expect("a number");
            seed..seed + 1
        }
        None => 0..wanted.parse().expect("a number, or `seed:` and a number"),
    }
}
