//! Questions that are answered with words and no image.

use super::{build, build_in};
use crate::daemon::{Call, Generation, Outcome};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// It is an answer about the build, and not the build.
#[test]
fn an_explanation_asks_for_what_a_build_asks_for_and_solves_no_image() {
    for generation in [Generation::Current, Generation::Old, Generation::Silent] {
        let mut daemon = build("minimal").option("requestid", "frontend.gobuild.explain");
        daemon.generation = generation;
        let explained = daemon.serve();
        let mut daemon = build("minimal");
        daemon.generation = generation;
        let built = daemon.serve();
        let facts = |outcome: &Outcome| -> Vec<String> {
            let solved = outcome.subjects(Call::Solve).into_iter();
            solved.filter(|name| name.starts_with("[internal] ")).map(str::to_owned).collect()
        };
        assert_eq!(facts(&explained), facts(&built));
        assert_eq!(explained.count(Call::Solve), facts(&built).len());
        assert!(explained.result().metadata.contains_key("result.txt"));
    }
}

#[test]
fn the_schema_that_editors_read_is_the_one_that_a_build_prints() {
    let outcome = build("minimal").option("requestid", "frontend.gobuild.schema").serve();
    let committed = fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/gobuild.schema.json"));
    assert_eq!(outcome.result().metadata["result.json"], committed.expect("a file of the repository"));
    assert!(outcome.solved.is_empty(), "nothing has to be asked for");
}

#[test]
fn the_list_of_calls_needs_no_build_file() {
    let directory = TempDir::new().expect("a temporary directory");
    let outcome = build_in(&directory).option("requestid", "frontend.subrequests.describe").serve();
    assert!(outcome.result().metadata.contains_key("result.json"));
    let calls: Vec<Call> = outcome.calls.iter().map(|(call, _)| *call).collect();
    assert_eq!(calls, [Call::Ping, Call::Return]);
}
