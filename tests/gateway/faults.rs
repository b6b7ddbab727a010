//! A daemon that refuses, fails, is slow or is gone.

use super::{build, build_in, detail, failure, project};
use crate::daemon::{Call, Fault, Outcome};
use prost_types::Any;
use std::time::Duration;
use tonic::{Code, Status};

#[test]
fn an_error_of_the_daemon_is_passed_on_as_it_is() {
    let details = vec![
        detail("errdefs.Vertex+json", br#"{"digest":"sha256:00"}"#),
        detail("errdefs.Source+json", br#"{"info":{"filename":"gobuild.yaml"},"ranges":[]}"#),
        detail("errdefs.Solve+json", br#"{"inputIDs":["a"],"op":{"exec":{}}}"#),
        Any { type_url: "something/new".to_owned(), value: vec![0, 159, 146, 150] },
    ];
    let message = "process \"go build\" did not complete successfully: exit code: 1";
    for about in ["[internal] load build definition", "[internal] list build context", "[image] COPY"] {
        let fault = Fault::answer(Call::Solve, failure(message, details.clone())).about(about);
        let outcome = build("minimal").fault(fault).serve();
        let error = outcome.error();
        assert_eq!(error.details, details, "{about}");
        assert!(error.message.ends_with(message), "{}", error.message);
        assert_eq!(error.code, Code::Unknown as i32);
        assert!(outcome.status.success(), "the answer was given");
    }
}

#[test]
fn the_code_of_an_error_is_passed_on() {
    for (call, code) in [
        (Call::Ping, Code::PermissionDenied),
        (Call::ReadFile, Code::Cancelled),
        (Call::Solve, Code::ResourceExhausted),
    ] {
        let outcome = build("minimal").fault(Fault::answer(call, Status::new(code, "because"))).serve();
        assert_eq!(outcome.error().code, code as i32, "{call}");
        assert!(outcome.error().message.ends_with("because"), "{}", outcome.error().message);
    }
}

/// The excerpt of a large file and a stack trace come to more than HTTP/2 libraries take by default.
#[test]
fn an_error_with_large_details_survives() {
    for size in [64 << 10, 100 << 10, 1 << 20] {
        let details = vec![detail("errdefs.Source+json", &vec![b'x'; size])];
        let fault = Fault::answer(Call::Solve, failure("no", details.clone())).about("[image] COPY");
        let outcome = build("minimal").fault(fault).serve();
        assert!(outcome.error().details == details, "{size} bytes: {}", outcome.error().message);
    }
}

#[test]
fn a_warning_that_is_not_taken_is_no_failure() {
    let refuses = Fault::answer(Call::Warn, Status::unimplemented("no"));
    build("minimal").option("build-arg:UNUSED", "1").fault(refuses).serve().result();
}

/// Any other error of a file that may be missing is one.
#[test]
fn a_file_that_is_not_there_is_told_from_one_that_cannot_be_read() {
    let missing = Fault::answer(Call::ReadFile, Status::not_found("gone")).about(".dockerignore");
    build("minimal").fault(missing).serve().result();
    let broken = Fault::answer(Call::ReadFile, Status::unknown("input/output error")).about(".dockerignore");
    let outcome = build("minimal").fault(broken).serve();
    assert!(outcome.error().message.contains("input/output error"), "{}", outcome.error().message);
}

/// Whichever registry is slower.
#[test]
fn of_several_missing_images_the_same_one_is_named() {
    let directory = project("builder: example/nothing:1\nimage:\n  base: example/nothing:2\n");
    let outcome = |slow: &str| {
        let delay = Fault::delay(Call::ResolveSourceMeta, Duration::from_millis(100)).about(slow);
        build_in(&directory).fault(delay).serve().error().clone()
    };
    assert_eq!(outcome("nothing:1").message, outcome("nothing:2").message);
}

#[test]
fn a_daemon_that_is_gone_ends_the_process() {
    for call in [Call::Ping, Call::Solve, Call::ReadFile, Call::ResolveSourceMeta, Call::Return] {
        let outcome = build("minimal").fault(Fault::close(call)).serve();
        assert!(!outcome.status.success(), "{call}");
        assert!(outcome.returned.is_empty(), "{call}");
        let outlived = outcome.outlived.expect("the pipes were closed");
        assert!(outlived < Duration::from_secs(5), "{call}: {outlived:?}");
    }
}

#[test]
fn an_answer_that_is_not_taken_is_a_failure() {
    let outcome = build("minimal").fault(Fault::answer(Call::Return, Status::unknown("already set"))).serve();
    assert!(!outcome.status.success());
    assert!(outcome.stderr.contains("already set"), "{}", outcome.stderr);
}

#[test]
fn a_slow_daemon_is_waited_for() {
    let mut daemon = build("minimal");
    for call in [Call::Ping, Call::Solve, Call::ResolveSourceMeta, Call::Return] {
        daemon = daemon.fault(Fault::delay(call, Duration::from_secs(1)));
    }
    let outcome = daemon.serve();
    outcome.result();
    assert!(outcome.status.success() && outcome.elapsed > Duration::from_secs(5));
}

/// It is for a label, which is no reason to fail.
#[test]
fn a_licence_is_read_once_and_may_be_unreadable() {
    let label = "org.opencontainers.image.licenses";
    let two = build("license-of-the-repository").option("platform", "linux/amd64,linux/arm64").serve();
    assert_eq!(two.subjects(Call::ReadFile).iter().filter(|path| **path == "LICENSE").count(), 1);
    let config = |outcome: &Outcome, key: &str| {
        String::from_utf8_lossy(&outcome.result().metadata[key]).contains(label)
    };
    assert!(config(&two, "containerimage.config/linux/arm64"));
    let broken = Fault::answer(Call::ReadFile, Status::unknown("input/output error")).about("LICENSE");
    let outcome = build("license-of-the-repository").fault(broken).serve();
    assert!(!config(&outcome, "containerimage.config"));
}
