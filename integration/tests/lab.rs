//! The lab itself: daemons of each age come up and know who they are, and what tests ask of them is answered.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Kind, Lab, Run};

#[test]
fn docker_28_answers() -> Result<()> {
    answers(Kind::Docker28, "28.")
}

#[test]
fn docker_28_with_containerd_answers() -> Result<()> {
    answers(Kind::Docker28Containerd, "28.")
}

#[test]
fn docker_26_answers() -> Result<()> {
    answers(Kind::Docker26, "26.1")
}

#[test]
fn docker_20_10_answers() -> Result<()> {
    answers(Kind::Docker20, "20.10.24")
}

#[test]
fn buildkit_answers() -> Result<()> {
    answers(Kind::Buildkit, "v0.32.2")
}

fn answers(kind: Kind, version: &str) -> Result<()> {
    // The lab must hold while the frontend does not compile: its image is no part of this.
    let daemon = Daemon::running(kind)?;
    let answer = daemon.version()?;
    ensure!(answer.starts_with(version), "daemon {kind} says it is {answer}");

    let folder = context()?;
    let tag = format!("lab/{kind}:1");
    let build = Build::new(folder.path()).tag(&tag);
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    ensure!(log.vertex("RUN echo").is_some(), "the step is not in the log:\n{log}");
    let again = daemon.build(&build)?;
    ensure!(again.all_cached(), "{again}");

    let failed = daemon.build(&Build::new(folder.path()).target("broken"))?;
    ensure!(!failed.succeeded() && failed.text.contains("exit code: 3"), "{failed}");
    let step = failed.vertex("RUN false").context("the failed step is not in the log")?;
    ensure!(step.error.is_some() && step.output == "on purpose\n", "{failed}");

    let image = daemon.image(&tag)?;
    ensure!(image.user == "65534" && image.layers.len() == 3, "{image:?}");
    ensure!(image.config["config"]["ExposedPorts"]["8080/tcp"].is_object(), "{}", image.config);
    let page = image.files()?.into_iter().find(|entry| entry.path == "/www/index.html");
    let page = page.context("the page is not listed")?;
    ensure!(page.uid == 65534 && page.size == 6, "{page:?}");
    ensure!(image.read("/www/index.html")? == b"hello\n");

    let container = daemon.run(&tag, &Run::new().port(8080).flag("--init"))?;
    let response = container.get(8080, "/")?;
    ensure!(response.status == 200 && response.body == "hello\n", "{response:?}");
    ensure!(container.get(8080, "/missing")?.status == 404);
    let id = container.id().to_owned();
    drop(container);
    ensure!(daemon.inspect("container", &id).is_err(), "the container outlives its owner");

    let ended = daemon.run_to_end(&tag, &Run::new().arg("sh").arg("-c").arg("id -u; exit 4"))?;
    ensure!(ended.status.code() == Some(4) && ended.stdout == b"65534\n", "{ended:?}");
    Ok(())
}

/// A folder that goes when its test ends.
struct Folder(PathBuf);

impl Folder {
    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A build that has everything: a step, a copy, a failure.
fn context() -> Result<Folder> {
    let folder = Folder(Lab::open()?.scratch("context"));
    fs::create_dir_all(folder.path())?;
    fs::write(
        folder.path().join("Dockerfile"),
        "FROM alpine:3 AS broken\nRUN false || { echo on purpose; exit 3; }\n\
         FROM alpine:3\nRUN echo step > /tmp/step\nCOPY --chown=65534 index.html /www/\nUSER 65534\nEXPOSE 8080\n\
         CMD [\"busybox\", \"httpd\", \"-f\", \"-p\", \"8080\", \"-h\", \"/www\"]\n",
    )?;
    fs::write(folder.path().join("index.html"), "hello\n")?;
    Ok(folder)
}
