//! The examples on the newest, the oldest and the bare daemon: built through the frontend image, started with a read-only
//! root and without capabilities, asked, measured, and built again.
//!
//! Each test prints its rows of the table: image size, layers, user, and the seconds of the first and the second build.

use anyhow::{Context, Result, ensure};
use integration::examples::{self, Behaviour, EXAMPLES, Example};
use integration::{Daemon, Image, Kind, step};
use serde_json::Value;

/// The user's Docker where there is one.
#[test]
fn on_docker() -> Result<()> {
    all_on(&Daemon::preferred()?)
}

#[test]
fn on_docker_20_10() -> Result<()> {
    all_on(&Daemon::up(Kind::Docker20)?)
}

#[test]
fn on_buildkit() -> Result<()> {
    all_on(&Daemon::up(Kind::Buildkit)?)
}

fn all_on(daemon: &Daemon) -> Result<()> {
    let kind = daemon.kind().map_or("docker", Kind::name);
    examples::prepare(daemon)?;
    for example in &EXAMPLES {
        let row = check(example, daemon).with_context(|| format!("{} on {kind}", example.name()))?;
        step::note(format_args!("{row}"));
    }
    Ok(())
}

/// Builds, runs, asks, measures and builds again. The row says what was measured.
fn check(example: &Example, daemon: &Daemon) -> Result<String> {
    let kind = daemon.kind().map_or("docker", Kind::name);
    let tag = format!("example/{}:1", example.slug());
    let build = example.build(daemon, &example.path()?).tag(&tag);
    let first = daemon.build(&build)?;
    ensure!(first.succeeded(), "{first}");

    let image = daemon.image(&tag)?;
    check_image(example, &image)?;
    let container = example.ask(daemon, &tag)?;
    if let (Some(container), Some(command)) = (&container, example.healthcheck) {
        let health = container.exec(&[example.binary, command])?;
        ensure!(health.status.success(), "{health:?}");
    }
    drop(container);

    let again = daemon.build(&build)?;
    ensure!(again.all_cached(), "an unchanged build did something:\n{again}");
    Ok(format!(
        "| {:<36} | {kind:<8} | {:>5.2} MB | {} layers | {:<11} | {:>5.1} s | {:>4.2} s |",
        example.name(),
        megabytes(image.size),
        image.layers.len(),
        image.user,
        first.duration().as_secs_f64(),
        again.duration().as_secs_f64(),
    ))
}

fn check_image(example: &Example, image: &Image) -> Result<()> {
    ensure!(image.user == example.user, "the user is {}", image.user);
    ensure!(image.size <= example.largest, "the image has {} bytes", image.size);
    let entrypoint = &image.config["config"]["Entrypoint"];
    ensure!(entrypoint == &Value::from(vec![example.binary]), "the entrypoint is {entrypoint}");
    if let Behaviour::Serves(port, _) = example.behaviour {
        let port = format!("{port}/tcp");
        let documented = image.config["config"]["ExposedPorts"][&port].is_object();
        ensure!(documented || example.file == "go.mod", "{port} is not exposed");
    }
    if let Some(command) = example.healthcheck {
        let test = &image.config["config"]["Healthcheck"]["Test"];
        ensure!(test == &Value::from(vec!["CMD", example.binary, command]), "the health check is {test}");
    }

    let files = image.files()?;
    let binary =
        files.iter().find(|file| file.path == example.binary).context("the binary is not in the image")?;
    ensure!(binary.mode == "-r-xr-xr-x" && binary.uid == 0, "{binary:?}");
    let toolchain =
        files.iter().find(|file| file.path.ends_with(".go") || file.path.contains("/usr/local/go"));
    ensure!(toolchain.is_none(), "{toolchain:?} is in the image");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "two digits of it are shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
