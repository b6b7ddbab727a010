//! `docs/benchmarks.svg`: the figures that people ask for first, as bars.
//!
//! Invariant: plain SVG with nothing in it to load, readable on a light and on a dark page.

use std::fmt::Write as _;

use super::arm::Arm;
use super::repository::Repository;
use super::results::Results;
use super::scenario::{Scenario, State};
use super::targets::{self, Peer};

/// The groups of bars: what a title says, and which figure it is.
const GROUPS: [(&str, Repository, Scenario, State); 8] = [
    ("small: one file, warm builder", Repository::Small, Scenario::Main, State::Warm),
    ("small: one file, fresh CI runner", Repository::Small, Scenario::Main, State::Fresh),
    ("medium: one file, warm builder", Repository::Medium, Scenario::Main, State::Warm),
    ("medium: one file, fresh CI runner", Repository::Medium, Scenario::Main, State::Fresh),
    ("large: one file, fresh CI runner", Repository::Large, Scenario::Main, State::Fresh),
    ("own code: one file, fresh CI runner", Repository::OwnCode, Scenario::Main, State::Fresh),
    ("fifty services: one edited, warm builder", Repository::Monorepo, Scenario::Main, State::Warm),
    ("fifty services: one edited, fresh CI runner", Repository::Monorepo, Scenario::Main, State::Fresh),
];

const WIDTH: f64 = 760.0;
const LEFT: f64 = 130.0;
const RIGHT: f64 = 80.0;
const BAR: f64 = 18.0;
const GAP: f64 = 4.0;
const TITLE: f64 = 26.0;
const SPACE: f64 = 18.0;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#24292f}
.t{font-weight:600}
.n{text-anchor:end}
.a{fill:#1a7f37}.b{fill:#6e7781}.c{fill:#9a6700}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.a{fill:#3fb950}.b{fill:#8b949e}.c{fill:#d29922}}";

/// A bar: label, class, seconds.
type Bar = (&'static str, &'static str, f64);

/// The picture.
pub fn picture(results: &Results) -> String {
    let groups: Vec<(&str, Vec<Bar>)> = GROUPS
        .into_iter()
        .map(|(title, repository, scenario, state)| (title, bars(results, repository, scenario, state)))
        .filter(|(_, bars)| bars.iter().any(|bar| bar.1 == "a") && bars.len() > 1)
        .collect();
    let mut body = String::new();
    let mut y = SPACE;
    for (title, bars) in &groups {
        let longest = bars.iter().map(|bar| bar.2).fold(f64::MIN_POSITIVE, f64::max);
        let _ = writeln!(body, "<text class=\"t\" x=\"{SPACE}\" y=\"{:.0}\">{title}</text>", y + 13.0);
        y += TITLE;
        for (label, class, seconds) in bars {
            let length = (seconds / longest * (WIDTH - LEFT - RIGHT)).max(2.0);
            let base = y + BAR - 5.0;
            let _ = writeln!(
                body,
                "<text class=\"n\" x=\"{:.0}\" y=\"{base:.0}\">{label}</text><rect class=\"{class}\" x=\"{LEFT}\" y=\"{y:.0}\" \
                 width=\"{length:.1}\" height=\"{BAR}\" rx=\"3\"/><text x=\"{:.1}\" y=\"{base:.0}\">{} s</text>",
                LEFT - 8.0,
                LEFT + length + 6.0,
                if *seconds < 10.0 { format!("{seconds:.2}") } else { format!("{seconds:.0}") },
            );
            y += BAR + GAP;
        }
        y += SPACE;
    }
    if groups.is_empty() {
        let _ = writeln!(body, "<text x=\"{SPACE}\" y=\"{:.0}\">Nothing was measured yet.</text>", y + 13.0);
        y += TITLE;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y:.0}\" width=\"{WIDTH}\" height=\"{y:.0}\" role=\"img\" \
         aria-label=\"Seconds to build after an edit; shorter is better\">\n<style>{STYLE}</style>\n{body}</svg>\n"
    )
}

fn bars(results: &Results, repository: Repository, scenario: Scenario, state: State) -> Vec<Bar> {
    let ours = results.get(repository, scenario, state, Arm::Gobuild).map(|figure| figure.median);
    let peer = |peer| targets::seconds(results, repository, scenario, state, peer);
    [("gobuild", "a", ours), ("best Dockerfile", "b", peer(Peer::Dockerfile)), ("ko", "c", peer(Peer::Ko))]
        .into_iter()
        .filter_map(|(label, class, seconds)| Some((label, class, seconds?)))
        .collect()
}
