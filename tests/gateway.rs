//! How the process behaves towards a daemon, whatever is built: what it asks for, and what it does when the daemon is
//! old, slow, out of order or gone.

#[path = "gateway/asked.rs"]
mod asked;
#[path = "gateway/calls.rs"]
mod calls;
mod daemon;
#[path = "gateway/environment.rs"]
mod environment;
#[path = "gateway/faults.rs"]
mod faults;
#[path = "gateway/gate.rs"]
mod gate;
#[path = "gateway/strata.rs"]
mod strata;

use crate::daemon::{Daemon, Outcome};
use buildkit_proto::rpc;
use prost::Message as _;
use prost_types::Any;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;
use tonic::{Code, Status};

/// The files of a case, built with `-f gobuild.yaml`.
fn build(case: &str) -> Daemon {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    Daemon::new(root.join(case).join("context")).option("filename", "gobuild.yaml")
}

/// A Go program with this build file.
fn project(yaml: &str) -> TempDir {
    let directory = TempDir::new().expect("a temporary directory");
    for (name, text) in
        [("go.mod", "module example.com/app\n"), ("main.go", "package main\n"), ("gobuild.yaml", yaml)]
    {
        fs::write(directory.path().join(name), text).expect("a file");
    }
    directory
}

fn build_in(directory: &TempDir) -> Daemon {
    Daemon::new(directory.path()).option("filename", "gobuild.yaml")
}

/// The platforms that the result is for.
fn platforms(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.result().metadata["refs.platforms"]).into_owned()
}

fn detail(name: &str, value: &[u8]) -> Any {
    Any { type_url: format!("github.com/moby/buildkit/{name}"), value: value.to_vec() }
}

fn failure(message: &str, details: Vec<Any>) -> Status {
    let status = rpc::Status { code: Code::Unknown as i32, message: message.to_owned(), details };
    Status::with_details(Code::Unknown, message, status.encode_to_vec().into())
}
