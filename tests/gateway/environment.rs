//! What surrounds the process: its environment, its user, its file system, a person.

use super::{build, build_in, platforms, project};
use crate::daemon::Workers;
use buildkit_llb::{Definition, Platform};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Command, Stdio};
use tempfile::TempDir;

#[test]
fn a_daemon_that_says_nothing_of_its_platform_is_like_this_process() {
    let own = Platform::new("linux", std::env::consts::ARCH, "").to_string();
    for workers in ["", "garbage", "[]", "{}", "[{}]", r#"[{"platforms":[]}]"#, r#"[{"platforms":null}]"#] {
        let mut daemon = build("minimal");
        daemon.workers = Workers::Text(workers.to_owned());
        assert!(platforms(&daemon.serve()).contains(&own), "{workers}");
    }
    let mut daemon = build("minimal");
    daemon.workers = Workers::Missing;
    assert!(platforms(&daemon.serve()).contains(&own));
}

#[test]
fn steps_run_on_the_first_platform_of_the_worker() {
    let mut daemon = build("minimal");
    daemon.workers = Workers::Text(r#"[{"platforms":[{"os":"linux","architecture":"arm64"}]}]"#.to_owned());
    let outcome = daemon.serve();
    assert!(platforms(&outcome).contains("linux/arm64"));
    let (_, graph) = outcome.graphs()[0];
    let output = Definition::input(graph).expect("a graph").expect("something");
    let text = Definition::of(&output).to_string();
    assert!(text.contains("platform linux/arm64") && !text.contains("amd64"), "{text}");
}

/// The kernel allows 128 KiB for one variable of the environment.
#[test]
fn a_long_option_arrives_whole() {
    let directory = project("args: {LONG: }\nimage:\n  env:\n    LONG: ${LONG}\n");
    let long = "=\n\"'`$(x)é".repeat(9_000);
    let outcome = build_in(&directory).option("build-arg:LONG", &long).serve();
    let config: serde_json::Value =
        serde_json::from_slice(&outcome.result().metadata["containerimage.config"]).expect("JSON");
    let environment = config["config"]["Env"].as_array().expect("a list");
    assert!(environment.iter().any(|entry| entry.as_str() == Some(&format!("LONG={long}"))));
}

#[test]
fn options_that_are_not_whole_are_none() {
    let daemon = build("minimal").option("", "").option("platform", "").option("build-arg:", "x");
    daemon.option("no-such-option", "").serve().result();
}

/// Daemons ignore the image's `USER`; a policy may not.
#[test]
fn neither_root_nor_a_place_to_write_is_needed() {
    let directory = TempDir::new().expect("a temporary directory");
    let mut daemon = build("two-platforms");
    // Not where it was compiled: that may be below a home that nobody else may enter.
    let program = directory.path().join("gobuild");
    fs::copy(&daemon.program, &program).expect("a copy");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).expect("ours");
    daemon.program = program;
    daemon.cwd = directory.path().to_owned();
    let runs_as_root = fs::metadata("/proc/self").expect("Linux").uid() == 0;
    daemon.uid = runs_as_root.then_some(65532);
    daemon.serve().result();
}

/// A person who tries the image out finds out what it is, and nothing is written where a daemon would listen.
#[test]
fn run_by_hand_it_says_what_it_is() {
    let directory = TempDir::new().expect("a temporary directory");
    let file = || fs::File::create(directory.path().join("output")).expect("a file");
    let forms: [(Stdio, Stdio); 4] = [
        (Stdio::null(), Stdio::piped()),
        (Stdio::null(), Stdio::null()),
        (Stdio::piped(), file().into()),
        (file().into(), Stdio::piped()),
    ];
    for (stdin, stdout) in forms {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gobuild"));
        let output = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().expect("it starts");
        let output = output.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("docker build"), "{stderr}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(fs::metadata(directory.path().join("output")).expect("a file").len(), 0);
}
