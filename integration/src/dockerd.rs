//! dockerd of a given age, from packages unpacked into the lab, beside any other.
//!
//! Invariant: its data, sockets and logs are in the daemon's own folder; a daemon that was killed leaves nothing that
//! keeps the next one from starting.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::bridge::Bridge;
use crate::command::succeeds;
use crate::debian::Suite;
use crate::host;
use crate::kind::Kind;
use crate::lab::Lab;
use crate::process;
use crate::step::{note, step};

/// Unpacks client and daemon of a release.
pub fn unpack(lab: &Lab, kind: Kind) -> Result<()> {
    let release = kind.release();
    let prefix = lab.prefix(kind);
    if prefix.exists() {
        return Ok(());
    }
    let suite =
        step(format!("read the package index of {}", release.suite), || Suite::open(lab, release.suite))?;
    let version = suite.version("docker.io")?;
    step(format!("unpack docker {version}"), || {
        lab.fill(&prefix, |folder| suite.unpack(release.packages, folder))
    })
}

/// Starts dockerd unless it runs.
pub fn up(lab: &Lab, kind: Kind) -> Result<()> {
    let folder = lab.run(kind);
    if is_up(lab, kind) {
        return Ok(());
    }
    step(format!("start dockerd {kind}"), || {
        clean(lab, kind)?;
        fs::create_dir_all(&folder)?;
        let bridge = Bridge::of(lab, kind);
        if let Err(error) = bridge.up() {
            note(format_args!(
                "  containers of this daemon have no network, builds need --network=host: {error:#}"
            ));
        }
        let features = folder.join("daemon.json");
        let containerd = kind == Kind::Docker28Containerd;
        fs::write(
            &features,
            if containerd { r#"{"features":{"containerd-snapshotter":true}}"# } else { "{}" },
        )?;
        let mut daemon = Command::new(lab.prefix(kind).join("usr/sbin/dockerd"));
        daemon.arg("--config-file").arg(features);
        daemon.arg("--data-root").arg(folder.join("data"));
        daemon.arg("--exec-root").arg(folder.join("exec"));
        daemon.arg("--pidfile").arg(pid_file(lab, kind));
        daemon.args(["--host", &format!("unix://{}", lab.socket(kind).display())]);
        daemon.args(["--bridge", bridge.name(), "--iptables=false", "--ip6tables=false"]);
        // dockerd finds its containerd, shim, proxy and runc there.
        daemon.env("PATH", lab.search_path(kind)?);
        let log = folder.join("log");
        let pid = process::start(&daemon, &log)?;
        process::wait_until_ready(pid, &log, || answers(lab, kind))
    })
}

/// Ends dockerd and its containers; its images stay. Returns whether it ran.
pub fn down(lab: &Lab, kind: Kind) -> Result<bool> {
    let ran = clean(lab, kind)?;
    Bridge::of(lab, kind).down();
    Ok(ran)
}

/// Whether dockerd runs and answers.
pub fn is_up(lab: &Lab, kind: Kind) -> bool {
    process::running(&pid_file(lab, kind), &lab.run(kind)).is_some() && answers(lab, kind)
}

/// Ends dockerd and puts away what one that was killed leaves: its containerd, its containers, its mounts.
fn clean(lab: &Lab, kind: Kind) -> Result<bool> {
    let folder = lab.run(kind);
    let _ = fs::remove_file(lab.ready(kind));
    let ran = process::stop(&pid_file(lab, kind), &folder)?;
    let state = folder.join("exec");
    // Its pid file may be lost, and even its state.
    let lost = process::stop_all_of(&[state.clone(), folder.join("data")])?;
    let containers = state.join("runtime-runc/moby");
    for container in fs::read_dir(&containers).into_iter().flatten().flatten() {
        let mut runc = host::command("runc");
        runc.arg("--root").arg(&containers).args(["delete", "--force"]).arg(container.file_name());
        // One that has ended by now is what we want.
        let _ = succeeds(&mut runc);
    }
    process::unmount_below(&folder)?;
    if state.exists() {
        // A new daemon would wait ten seconds for the containerd of the old one's socket.
        fs::remove_dir_all(&state).with_context(|| format!("cannot remove {}", state.display()))?;
    }
    Ok(ran || lost)
}

fn answers(lab: &Lab, kind: Kind) -> bool {
    let host = format!("unix://{}", lab.socket(kind).display());
    succeeds(Command::new(lab.prefix(kind).join("usr/bin/docker")).args(["--host", &host, "version"]))
}

fn pid_file(lab: &Lab, kind: Kind) -> PathBuf {
    lab.run(kind).join("pid")
}
