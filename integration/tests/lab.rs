//! The lab itself: daemons of each age come up and know who they are.

use integration::{Daemon, Kind};

#[test]
fn docker_28_answers() {
    answers(Kind::Docker28, "28.");
}

#[test]
fn docker_20_10_answers() {
    answers(Kind::Docker20, "20.10.24");
}

#[test]
fn buildkit_answers() {
    answers(Kind::Buildkit, "v0.32.2");
}

fn answers(kind: Kind, version: &str) {
    let daemon = Daemon::up(kind).unwrap();
    let answer = daemon.version().unwrap();
    assert!(answer.starts_with(version), "daemon {kind} says it is {answer}");
}
