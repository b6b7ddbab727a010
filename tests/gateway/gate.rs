//! Tests that an image waits for.

use super::{build_in, detail, failure, platforms, project};
use crate::daemon::{Call, Fault};
use std::fs;
use std::time::Duration;
use tempfile::TempDir;
use tonic::Code;

/// A module with a test, whose image waits for it.
fn gated() -> TempDir {
    let directory = project("test: {gate: true}\n");
    fs::write(directory.path().join("main_test.go"), "package main\n").expect("a file");
    directory
}

#[test]
fn tests_run_beside_the_images_that_wait_for_them() {
    let directory = gated();
    let platforms = "linux/amd64,linux/arm64";
    let delay = Fault::delay(Call::Solve, Duration::from_secs(1));
    let daemon = build_in(&directory).option("platform", platforms).fault(delay.clone().about("[test] "));
    let outcome = daemon.fault(delay.about(" image] COPY")).serve();
    outcome.result();
    assert!(outcome.elapsed < Duration::from_millis(2900), "one after the other: {:?}", outcome.elapsed);
    // Once, on the build platform, and of the result nothing is left to be made.
    let solved = ["[linux/amd64 image] COPY app /", "[linux/arm64 image] COPY app /", "[test] go test ./..."];
    assert!(solved.iter().all(|name| outcome.subjects(Call::Solve).contains(name)), "{:?}", outcome.calls);
    assert_eq!(outcome.solved.values().filter(|request| request.evaluate).count(), 3);
    assert_eq!(outcome.gates().len(), 1);
}

/// The image is the same, byte for byte, and nothing of it is keyed on tests.
#[test]
fn an_image_does_not_know_that_it_waited() {
    let (with, without) = (gated(), gated());
    fs::write(without.path().join("gobuild.yaml"), "test: {gate: false}\n").expect("a file");
    let [with, without] = [with, without].map(|directory| {
        let outcome = build_in(&directory).serve();
        (outcome.graphs()[0].1.def.clone(), outcome.result().metadata.clone())
    });
    assert!(with == without, "{with:?}\n{without:?}");
}

#[test]
fn tests_that_fail_are_the_daemons_error() {
    let details = vec![
        detail("errdefs.Vertex+json", br#"{"digest":"sha256:00"}"#),
        detail("errdefs.Solve+json", br#"{"op":{"exec":{}}}"#),
    ];
    let message = "process \"sh /gobuild/test.sh -vet ./...\" did not complete successfully: exit code: 1";
    let directory = gated();
    for target in ["", "test"] {
        let fault = Fault::answer(Call::Solve, failure(message, details.clone())).about("[test] ");
        let outcome = build_in(&directory).option("target", target).fault(fault).serve();
        let error = outcome.error();
        assert_eq!((error.message.as_str(), &error.details), (&*format!("step [test]: {message}"), &details));
        assert_eq!(error.code, Code::Unknown as i32);
    }
}

/// What does not compile fails twice; the image says it, whichever is faster.
#[test]
fn an_image_that_cannot_be_built_is_told_of_before_its_tests() {
    let directory = gated();
    for slow in ["[test] ", "[image] COPY"] {
        let fails = |about: &str| Fault::answer(Call::Solve, failure("no", Vec::new())).about(about);
        let delay = Fault::delay(Call::Solve, Duration::from_millis(300)).about(slow);
        let daemon = build_in(&directory).fault(delay).fault(fails("[test] ")).fault(fails("[image] COPY"));
        assert_eq!(daemon.serve().error().message, "building the image: no", "{slow}");
    }
    let hangs = Fault::delay(Call::Solve, Duration::from_mins(1)).about("[test] ");
    let fails = Fault::answer(Call::Solve, failure("no", Vec::new())).about("[image] COPY");
    let outcome = build_in(&directory).fault(hangs).fault(fails).serve();
    assert!(outcome.elapsed < Duration::from_secs(20), "waited for tests: {:?}", outcome.elapsed);
}

/// The images that reports do not need are not asked for, and a repository of no program has tests, too.
#[test]
fn tests_need_no_program_and_no_base() {
    let directory = gated();
    fs::write(directory.path().join("main.go"), "package library\n").expect("a file");
    let outcome = build_in(&directory).option("target", "test").option("platform", "linux/arm64").serve();
    assert_eq!(outcome.subjects(Call::ResolveSourceMeta), ["docker.io/library/golang:1.26-alpine"]);
    assert!(platforms(&outcome).contains("linux/amd64"), "{}", platforms(&outcome));
}
