//! The frontend's process, its environment and its pipes.
//!
//! As `frontend/gateway` has it: the daemon is the HTTP/2 server on the frontend's standard output and input, and
//! whatever the frontend writes to standard error is the daemon's to keep.

use super::bridge::{Bridge, Record};
use super::{Daemon, Generation, Outcome, Workers};
use buildkit_proto::gateway::llb_bridge_server::LlbBridgeServer;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::unix::pipe;
use tonic::transport::Server;

/// What the program is called in its image.
const PROGRAM: &str = "gobuild";
/// A build that lasts longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);
/// The largest message either way (containerd's `DefaultMaxRecvMsgSize`).
const LARGEST_MESSAGE: usize = 16 << 20;

/// Runs one frontend and serves it until it ends.
pub(super) async fn serve(daemon: Daemon) -> Outcome {
    let started = Instant::now();
    let image = daemon.organisation.as_ref().map(|text| derived_image(&daemon.program, text));
    let program = image.as_ref().map_or(daemon.program.clone(), |image| image.path().join(PROGRAM));
    let mut child = start(&program, &daemon);
    let output = pipe::Receiver::from_owned_fd(OwnedFd::from(child.stdout.take().expect("piped")));
    let input = pipe::Sender::from_owned_fd(OwnedFd::from(child.stdin.take().expect("piped")));
    let mut errors = child.stderr.take().expect("piped");
    let errors = tokio::task::spawn_blocking(move || {
        let mut text = Vec::new();
        errors.read_to_end(&mut text).map(|_| String::from_utf8_lossy(&text).into_owned())
    });

    let (mut near, far) = tokio::io::duplex(1 << 20);
    let mut pipes = tokio::io::join(output.expect("a pipe"), input.expect("a pipe"));
    let carried = tokio::spawn(async move { tokio::io::copy_bidirectional(&mut pipes, &mut near).await });

    let record = Arc::new(Mutex::new(Record::default()));
    let bridge = Bridge {
        daemon: Arc::new(daemon),
        record: Arc::clone(&record),
        pipes: carried.abort_handle(),
        pid: child.id(),
    };
    let service = LlbBridgeServer::new(bridge)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    let connection = tokio_stream::once(Ok::<_, std::io::Error>(far));
    let served = tokio::spawn(Server::builder().serve_with_incoming(service, connection));

    let status = end(&mut child, started).await;
    let ended = Instant::now();
    let stderr = errors.await.expect("no panic").expect("readable");
    served.abort();
    carried.abort();

    let mut record = record.lock().unwrap_or_else(PoisonError::into_inner);
    Outcome {
        returned: std::mem::take(&mut record.returned),
        solved: std::mem::take(&mut record.solved),
        warnings: std::mem::take(&mut record.warnings),
        calls: std::mem::take(&mut record.calls),
        status,
        stderr,
        first_call: record.first.map(|first| first - started),
        bytes_read: record.bytes_read,
        elapsed: ended - started,
        outlived: record.closed.map(|closed| ended - closed),
        peak_memory: record.peak_memory,
    }
}

/// The files of an image that an organisation has derived.
fn derived_image(program: &Path, organisation: &str) -> TempDir {
    // Where the program is, too, so that it is no copy.
    let image = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let folder = image.path().join("etc/gobuild");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("org.yaml"), organisation).expect("a file");
    std::fs::hard_link(program, image.path().join(PROGRAM)).expect("a link");
    image
}

fn start(program: &Path, daemon: &Daemon) -> Child {
    let mut command = Command::new(program);
    command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    for (number, (name, value)) in daemon.options.iter().enumerate() {
        command.env(format!("BUILDKIT_FRONTEND_OPT_{number}"), format!("{name}={value}"));
    }
    command.env("BUILDKIT_SESSION_ID", "session");
    match &daemon.workers {
        Workers::Plain => command.env("BUILDKIT_WORKERS", workers(daemon.generation)),
        Workers::Text(text) => command.env("BUILDKIT_WORKERS", text),
        Workers::Missing => &mut command,
    };
    command.current_dir(&daemon.cwd).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(uid) = daemon.uid {
        command.uid(uid).gid(uid);
    }
    command.spawn().expect("the frontend starts")
}

/// The first platform is the one that steps run on. The oldest daemons spell the keys as Go does.
fn workers(generation: Generation) -> &'static str {
    match generation {
        Generation::Old => r#"[{"ID":"w","Labels":{},"Platforms":[{"architecture":"amd64","os":"linux"}]}]"#,
        Generation::Current | Generation::Silent => {
            r#"[{"id":"w","labels":{},"platforms":[{"architecture":"amd64","os":"linux"},{"architecture":"arm64","os":"linux"}]}]"#
        }
    }
}

async fn end(child: &mut Child, started: Instant) -> ExitStatus {
    loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            return status;
        }
        if started.elapsed() > PATIENCE {
            child.kill().expect("it still runs");
            return child.wait().expect("a child of ours");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
