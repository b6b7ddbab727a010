//! `cargo demo`: the main job from nothing, each promise checked on the way.
//!
//! Finds Docker or sets up a private one, builds the frontend image, builds an example with plain `docker buildx build`,
//! runs it and asks it, and builds again. Invariant: exit code 0 means that every expectation held.

use std::env;
use std::io::{Write, stdout};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use integration::frontend_image::megabytes;
use integration::{Build, Daemon, Kind, Lab, Run, setup, step};

/// The example to build, and the port that its program listens on.
const EXAMPLE: &str = "devops-info-service";
const PORT: u16 = 8000;

/// The image that the demo makes; it stays, for a look at it.
const TAG: &str = "gobuild/demo:devops-info-service";

/// What the examples document promises of this image.
const USER: &str = "65532";
const LARGEST: u64 = 7_000_000;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            step::note(format_args!("error: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    ensure!(env::args().len() == 1, "`cargo demo` takes no arguments");
    let start = Instant::now();
    let daemon = find_docker()?;
    let first = build(&daemon)?;
    let answer = ask(&daemon)?;

    let image = daemon.image(TAG)?;
    // Not the size that Docker shows: its image stores count differently.
    let size = image.unpacked_size()?;
    say(format_args!("\nThe image: {}, user {}", megabytes(size), image.user))?;
    let user = image.user.split(':').next();
    ensure!(user == Some(USER), "the image's user is `{}`, not {USER}", image.user);
    // The base that the user's Docker pulls is not ours to promise.
    let small = size <= LARGEST || daemon.kind().is_none();
    ensure!(small, "the image has {}, more than {}", megabytes(size), megabytes(LARGEST));

    let second = build_again(&daemon)?;
    say(format_args!(
        "\nSummary: built in {:.1}s, again in {:.1}s with every step cached; {} for user {}; answers {answer}\n\
         The image stays as {TAG}. All in all {:.0}s.",
        first.as_secs_f64(),
        second.as_secs_f64(),
        megabytes(size),
        image.user,
        start.elapsed().as_secs_f64(),
    ))
}

/// The user's Docker or the lab's, with the frontend image in it.
fn find_docker() -> Result<Daemon> {
    if let Some(daemon) = Daemon::host()? {
        say(format_args!("Docker {} answers; using it as it is.", daemon.version()?))?;
        setup::image_in_host(&daemon)?;
        return Ok(daemon);
    }
    let lab = Lab::open()?;
    say(format_args!("No Docker with buildx answers; using a private one in {}.", lab.root().display()))?;
    let daemon = Daemon::up(Kind::Docker28)?;
    say(format_args!("Docker {} is up.", daemon.version()?))?;
    Ok(daemon)
}

/// The first build, as a user does it, with Docker's own progress on the terminal.
fn build(daemon: &Daemon) -> Result<Duration> {
    let folder = daemon.lab().example(EXAMPLE);
    let arguments = ["buildx", "build", "-f", "gobuild.yaml", "-t", TAG, "."];
    say(format_args!("\n$ cd examples/{EXAMPLE}\n$ docker {}", arguments.join(" ")))?;
    let start = Instant::now();
    let mut docker = daemon.docker(arguments);
    let status =
        docker.current_dir(folder).stdin(Stdio::null()).status().context("`docker` does not start")?;
    ensure!(status.success(), "the example did not build ({status}); what Docker said is above");
    Ok(start.elapsed())
}

/// Runs the image and returns what the program says of its health.
fn ask(daemon: &Daemon) -> Result<String> {
    let container = daemon.run(TAG, &Run::new().port(PORT))?;
    let response = container.get(PORT, "/health")?;
    say(format_args!(
        "\n$ curl http://127.0.0.1:{}/health\n{}",
        container.port(PORT)?,
        response.body.trim()
    ))?;
    ensure!(response.status == 200, "the program answers {} instead of 200", response.status);
    let body: serde_json::Value = serde_json::from_str(&response.body).context("the answer is no JSON")?;
    ensure!(body["status"] == "healthy", "the program does not say that it is healthy");
    Ok("healthy".to_owned())
}

/// The second build, which must find every step in the cache.
fn build_again(daemon: &Daemon) -> Result<Duration> {
    let folder = daemon.lab().example(EXAMPLE);
    say(format_args!("\nThe same again:"))?;
    let start = Instant::now();
    let log = daemon.build(&Build::new(folder).file("gobuild.yaml").tag(TAG))?;
    let elapsed = start.elapsed();
    ensure!(log.succeeded(), "the second build failed:\n{log}");
    for vertex in log.steps() {
        say(format_args!("  {} {}", if vertex.cached { "CACHED" } else { "   RAN" }, vertex.name))?;
    }
    ensure!(log.all_cached(), "the second build did work that the first one had done");
    Ok(elapsed)
}

fn say(text: std::fmt::Arguments<'_>) -> Result<()> {
    let mut out = stdout().lock();
    out.write_fmt(text)?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}
