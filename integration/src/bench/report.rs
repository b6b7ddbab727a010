//! `docs/benchmarks.md`: every figure, and how far the targets are.
//!
//! Invariant: written from the results alone, so that it can be written again at any time.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::arm::Arm;
use super::repository::Repository;
use super::results::{Figure, Results};
use super::scenario::{Scenario, State};
use super::targets::{self, Peer, Verdict};
use crate::frontend_image::megabytes;

const HEAD: &str = "\
# Benchmarks

<!-- Written by `cargo bench`; do not edit. -->

The same repositories, the same edits, the same machine: this frontend beside three Dockerfiles and ko.

![Seconds to build after an edit](benchmarks.svg)

Seconds of wall clock around the client, push to a registry on the same machine included; medians, with the number of
measurements and the range below each other where there are several. *× Dockerfile* is this frontend's time divided by the
fastest Dockerfile's, *× ko* by ko's: below 1 is faster. A target that is reached is ok, one that is not is **short**; its
floor is the ratio that `go build`, gzip and a build without a change would have together, which is the least that a frontend
for BuildKit has to do; of fifty services it is a build without a change.

- **warm**: the builder that made the last build, with all that it knows.
- **fresh**: a new builder as in CI, and a cache in the registry (`mode=max`), or for ko the archive of its two caches. All
  that it fetches and unpacks counts.
- **cold**: a new builder and no cache. Modules come from the module proxy, so the network is part of it. The Go image is
  fetched before; that has a row of its own.
";

/// The page.
pub fn page(results: &Results) -> String {
    let mut page = String::from(HEAD);
    arms(&mut page);
    summary(&mut page, results);
    for repository in Repository::ALL {
        if results.figures().any(|(key, _)| key.repository == repository) {
            section(&mut page, results, repository);
        }
    }
    foot(&mut page, results);
    page
}

fn arms(page: &mut String) {
    page.push_str("\n| column | is |\n| --- | --- |\n");
    for arm in Arm::ALL.into_iter().filter(|arm| !arm.is_variant()) {
        let _ = writeln!(page, "| {} | {} |", arm.name(), arm.meaning());
    }
    page.push_str(
        "\nEach column but ko has a buildkitd and a data folder of its own and is driven by buildx; every build file names its frontend\n\
         by a `# syntax=` line, so the Dockerfiles' frontend is an image, too. The images to compile in and the bases are stand-ins\nthat the lab makes of Debian packages, somewhat smaller than the published ones.\n",
    );
}

/// Targets, counted.
fn summary(page: &mut String, results: &Results) {
    let mut verdicts = Vec::new();
    for repository in Repository::ALL {
        for (scenario, state) in rows() {
            verdicts.extend(targets::all_cached(results, repository, scenario, state));
            for target in targets::of(repository, scenario, state) {
                let ratio = targets::ratio(results, repository, scenario, state, target.peer);
                verdicts.push(target.verdict(ratio));
            }
        }
    }
    let count = |wanted| verdicts.iter().filter(|verdict| **verdict == wanted).count();
    let (ok, short) = (count(Verdict::Ok), count(Verdict::Short));
    let _ = writeln!(page, "\nTargets: {ok} of {} that were measured are reached.", ok + short);
}

fn rows() -> impl Iterator<Item = (Scenario, State)> {
    [State::Cold, State::Warm, State::Fresh].into_iter().flat_map(|state| {
        Scenario::ALL
            .into_iter()
            .filter(move |scenario| scenario.is_edit() == (state != State::Cold))
            .map(move |scenario| (scenario, state))
    })
}

fn section(page: &mut String, results: &Results, repository: Repository) {
    let arms: Vec<Arm> = Arm::ALL
        .into_iter()
        .filter(|arm| results.figures().any(|(key, _)| (key.repository, key.arm) == (repository, *arm)))
        .collect();
    let _ = writeln!(page, "\n## {}\n\n{}.\n", repository.name(), capital(repository.meaning()));
    page.push_str("| builder | what happened |");
    for arm in &arms {
        let _ = write!(page, " {} |", arm.name());
    }
    page.push_str(" × Dockerfile | × ko | target |\n| --- | --- |");
    page.push_str(&" ---: |".repeat(arms.len() + 2));
    page.push_str(" --- |\n");
    for (scenario, state) in rows() {
        let figures: Vec<Option<&Figure>> =
            arms.iter().map(|arm| results.get(repository, scenario, state, *arm)).collect();
        if figures.iter().all(Option::is_none) {
            continue;
        }
        let meaning = match (repository, scenario) {
            (Repository::Monorepo, Scenario::Main) => "one service edited, all fifty built",
            (Repository::Monorepo, Scenario::Leaf) => "a shared package edited, all fifty built",
            _ => scenario.meaning(),
        };
        let _ = write!(page, "| {} | {meaning} |", state.name());
        for figure in figures {
            let _ = write!(page, " {} |", cell(figure));
        }
        for peer in [Peer::Dockerfile, Peer::Ko] {
            let ratio = targets::ratio(results, repository, scenario, state, peer);
            let shown = if scenario == Scenario::Builder { None } else { ratio };
            let _ = write!(page, " {} |", shown.map_or("–".to_owned(), |ratio| format!("{ratio:.2}")));
        }
        let _ = writeln!(page, " {} |", target(results, repository, scenario, state));
    }
    sizes(page, results, repository, &arms);
}

fn target(results: &Results, repository: Repository, scenario: Scenario, state: State) -> String {
    let each = |target: &targets::Target| {
        let ratio = targets::ratio(results, repository, scenario, state, target.peer);
        let verdict = target.verdict(ratio);
        let floor = targets::floor(results, repository, scenario, state, target.peer);
        let floor = floor.filter(|_| verdict == Verdict::Short).map(|floor| format!(" (floor {floor:.2})"));
        let word = verdict.word();
        format!("≤ {:.2} {} {word}{}", target.limit, target.peer.name(), floor.unwrap_or_default())
    };
    let mut all: Vec<String> = targets::of(repository, scenario, state).iter().map(each).collect();
    if let Some(verdict) = targets::all_cached(results, repository, scenario, state) {
        all.push(format!("all cached {}", verdict.word()));
    }
    all.join("; ")
}

fn sizes(page: &mut String, results: &Results, repository: Repository, arms: &[Arm]) {
    page.push_str("\n| left behind |");
    for arm in arms {
        let _ = write!(page, " {} |", arm.name());
    }
    let _ = writeln!(page, "\n| --- |{}", " ---: |".repeat(arms.len()));
    let shown = |bytes: Option<u64>| bytes.map_or("–".to_owned(), megabytes);
    let mut row = |name: &str, cell: &dyn Fn(Arm) -> String| {
        let cells: Vec<String> = arms.iter().map(|arm| cell(*arm)).collect();
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    };
    row("image, compressed", &|arm| shown(results.sizes(repository, arm).image));
    row("CI cache", &|arm| shown(results.sizes(repository, arm).cache));
    row("writing it, s", &|arm| {
        results.sizes(repository, arm).export.map_or("–".to_owned(), |export| format!("{export:.1}"))
    });
    let image = |arm| results.sizes(repository, arm).image;
    let peers =
        Arm::ALL.into_iter().filter(|arm| arm.is_dockerfile() || *arm == Arm::Ko).filter_map(image).min();
    if let (Some(ours), Some(theirs)) = (image(Arm::Gobuild), peers) {
        // A few hundred bytes are the date and the order of tar entries.
        let verdict = if ours <= theirs + theirs / 1000 { Verdict::Ok } else { Verdict::Short };
        let _ = writeln!(
            page,
            "\nTarget: an image no larger than the smallest of the others: {}.",
            verdict.word()
        );
    }
}

fn cell(figure: Option<&Figure>) -> String {
    let Some(Figure { median, min, max, n, .. }) = figure else { return "–".to_owned() };
    let short = |seconds: f64| {
        if seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.1}") }
    };
    if *n < 2 {
        return short(*median);
    }
    format!("{}<br>{n}: {}–{}", short(*median), short(*min), short(*max))
}

fn foot(page: &mut String, results: &Results) {
    let machines: BTreeSet<(&str, &str)> =
        results.figures().map(|(_, figure)| (figure.machine.as_str(), figure.date.as_str())).collect();
    page.push_str("\n## Where and when\n\n");
    for (machine, date) in machines {
        let _ = writeln!(page, "- {date}: {machine}");
    }
    page.push_str(
        "\n## Measure it yourself\n\n```sh\n\
         cargo bench -p integration --bench side_by_side -- small one-file warm   # about three minutes\n\
         cargo bench -p integration --bench side_by_side -- small                 # about half an hour\n\
         cargo bench -p integration --bench side_by_side                          # everything: most of a day\n\
         cargo bench -p integration --bench side_by_side -- report                # this page anew\n```\n\n\
         Words select repositories, scenarios, builders and arms; an unknown word lists them all. A run replaces its own figures in\n\
         [benchmarks.json](benchmarks.json) and leaves the others. It needs root on Debian, Go and Rust, as the lab does, `zstd`, and some 20 GB of disk.\n",
    );
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
