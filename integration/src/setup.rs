//! From nothing to a running daemon with everything in it, and back.
//!
//! Invariant: all of it happens under the lab's lock, and each part asks first whether its work is done, so calling
//! again is cheap and carries on where an interrupted call stopped.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::thread;

use anyhow::{Result, anyhow};

use crate::base_images;
use crate::buildkitd::{self, BUILDER};
use crate::command::{run, succeeds};
use crate::daemon::Daemon;
use crate::dockerd;
use crate::frontend_image::{self, Program};
use crate::host;
use crate::kind::Kind;
use crate::lab::{self, Lab, Lock};
use crate::registry::Registry;
use crate::step::step;
use crate::tools;

/// A running daemon with base images and frontend image.
pub fn up(lab: &Lab, kind: Kind) -> Result<Daemon> {
    lab.check_sockets()?;
    host::check()?;
    // Cargo has a lock of its own, so the compiler, which mostly keeps one core busy, works beside all the rest, and
    // whoever only wants a daemon need not wait for it.
    let (daemon, program) = thread::scope(|scope| {
        let program = scope.spawn(|| frontend_image::compile(lab));
        let daemon = lab.lock().and_then(|lock| {
            lab::sweep(lab, &lock)?;
            start(lab, kind, &lock)
        });
        let program = program.join().map_err(|_| anyhow!("compiling the frontend panicked"));
        Ok::<_, anyhow::Error>((daemon?, program??))
    })?;
    let lock = lab.lock()?;
    bring_frontend(&daemon, &program, &lock)?;
    Ok(daemon)
}

/// A daemon that runs already with its base images, as it is; costs next to nothing.
pub fn attach(lab: &Lab, kind: Kind) -> Result<Option<Daemon>> {
    let registry = match kind {
        Kind::Buildkit if is_complete(lab, Kind::Docker28) => Registry::running(lab)?,
        _ => None,
    };
    let complete = is_complete(lab, kind) && (kind != Kind::Buildkit || registry.is_some());
    if complete { Daemon::of_lab(lab, kind, registry).map(Some) } else { Ok(None) }
}

/// Rebuilds the frontend image and brings it into every running daemon; returns their names.
pub fn image(lab: &Lab) -> Result<Vec<Kind>> {
    lab.check_sockets()?;
    host::check()?;
    let program = frontend_image::compile(lab)?;
    let lock = lab.lock()?;
    lab::sweep(lab, &lock)?;
    let first = start(lab, Kind::Docker28, &lock)?;
    bring_frontend(&first, &program, &lock)?;
    let mut loaded = vec![Kind::Docker28];
    for kind in Kind::ALL.into_iter().skip(1) {
        if is_up(lab, kind) {
            bring_frontend(&start(lab, kind, &lock)?, &program, &lock)?;
            loaded.push(kind);
        }
    }
    Ok(loaded)
}

/// Builds the frontend image in the user's Docker.
pub fn image_in_host(daemon: &Daemon) -> Result<()> {
    let program = frontend_image::compile(daemon.lab())?;
    let lock = daemon.lab().lock()?;
    step(format!("build {}", frontend_image::NAME), || frontend_image::build(daemon, &program, &lock))
}

/// Stops daemons; returns those that ran.
pub fn down(lab: &Lab, kinds: &[Kind]) -> Result<Vec<Kind>> {
    let _lock = lab.lock()?;
    let mut stopped = Vec::new();
    // Also those without a folder: somebody may have removed it below a running daemon.
    for kind in kinds.iter().copied() {
        let ran = match kind {
            Kind::Buildkit => buildkitd::down(lab)?,
            _ => dockerd::down(lab, kind)?,
        };
        if ran {
            stopped.push(kind);
        }
    }
    Ok(stopped)
}

/// Whether a daemon of the lab runs.
pub fn is_up(lab: &Lab, kind: Kind) -> bool {
    match kind {
        Kind::Buildkit => buildkitd::is_up(lab),
        _ => dockerd::is_up(lab, kind),
    }
}

/// Whether it has the base images, too: a call that was killed may have left it without.
fn is_complete(lab: &Lab, kind: Kind) -> bool {
    let ready = fs::read_to_string(lab.ready(kind)).is_ok_and(|text| text == base_images::identity());
    ready && is_up(lab, kind)
}

/// A running daemon with base images.
fn start(lab: &Lab, kind: Kind, lock: &Lock) -> Result<Daemon> {
    host::install(lock)?;
    // Compiling and unpacking need different things of the machine, so they overlap well.
    let bases = thread::scope(|scope| {
        let tools = scope.spawn(|| tools::buildx(lab));
        let bases = dockerd::unpack(lab, kind).and_then(|()| base_images::all(lab));
        tools.join().map_err(|_| anyhow!("building buildx panicked"))??;
        bases
    })?;
    configure_client(lab, kind)?;
    let daemon = match kind {
        Kind::Buildkit => {
            // Its images run in the default daemon, which also builds the frontend image.
            start(lab, Kind::Docker28, lock)?;
            let registry = buildkitd::up(lab)?;
            let daemon = Daemon::of_lab(lab, kind, Some(registry))?;
            create_builder(lab, &daemon)?;
            daemon
        }
        _ => {
            dockerd::up(lab, kind)?;
            Daemon::of_lab(lab, kind, None)?
        }
    };
    for image in &bases {
        daemon.load(image)?;
    }
    fs::write(lab.ready(kind), base_images::identity())?;
    Ok(daemon)
}

/// A client configuration with one plugin in it: the lab's buildx, with each client of whatever age.
fn configure_client(lab: &Lab, kind: Kind) -> Result<()> {
    let plugin = lab.config(kind).join("cli-plugins/docker-buildx");
    let buildx = lab.bin().join("buildx");
    if fs::read_link(&plugin).ok().as_ref() != Some(&buildx) {
        fs::create_dir_all(plugin.parent().unwrap_or(Path::new("/")))?;
        let _ = fs::remove_file(&plugin);
        symlink(buildx, plugin)?;
    }
    Ok(())
}

/// The builder that sends builds to buildkitd.
fn create_builder(lab: &Lab, daemon: &Daemon) -> Result<()> {
    if succeeds(&mut daemon.docker(["buildx", "inspect", BUILDER])) {
        return Ok(());
    }
    let address = format!("unix://{}", lab.socket(Kind::Buildkit).display());
    let mut create = daemon.docker(["buildx", "create", "--driver", "remote", "--name", BUILDER, &address]);
    // Its name is not to be looked up while it is being made.
    run(create.env_remove("BUILDX_BUILDER"))
}

fn bring_frontend(daemon: &Daemon, program: &Program, lock: &Lock) -> Result<()> {
    let lab = daemon.lab();
    let Some(kind) = daemon.kind() else { return Ok(()) };
    let marker = lab.run(kind).join("frontend.stamp");
    let current = fs::read_to_string(&marker).is_ok_and(|stamp| stamp == program.stamp);
    let present = match daemon.registry() {
        Some(registry) => registry.digest(frontend_image::NAME).is_some(),
        None => succeeds(&mut daemon.docker(["image", "inspect", frontend_image::NAME])),
    };
    if current && present {
        return Ok(());
    }
    let archive = match frontend_image::archive(lab, program) {
        Some(archive) => archive,
        None if kind == Kind::Docker28 => {
            // Where it was built it is already.
            frontend_image::make_archive(daemon, program, lock)?;
            return Ok(fs::write(&marker, &program.stamp)?);
        }
        None => frontend_image::make_archive(&start(lab, Kind::Docker28, lock)?, program, lock)?,
    };
    step(format!("load {} into {kind}", frontend_image::NAME), || {
        daemon.load_archive(&archive, frontend_image::NAME)
    })?;
    Ok(fs::write(&marker, &program.stamp)?)
}
