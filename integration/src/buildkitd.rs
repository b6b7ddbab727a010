//! buildkitd, whose images come from the lab's registry instead of Docker Hub and the others.
//!
//! Its build steps use the host's network: it brings no bridge of its own. Invariant: the configuration is written
//! anew at each start, because the registry's port may have changed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::succeeds;
use crate::host;
use crate::kind::Kind;
use crate::lab::Lab;
use crate::process;
use crate::registry::Registry;
use crate::step::step;
use crate::tools;

/// Name of the buildx builder.
pub const BUILDER: &str = "gobuild-lab";

/// Registries whose images the lab has.
const MIRRORED: [&str; 2] = ["docker.io", "gcr.io"];

/// Starts buildkitd unless it runs, with the registry that it needs.
pub fn up(lab: &Lab) -> Result<Registry> {
    tools::buildkit(lab)?;
    let folder = lab.run(Kind::Buildkit);
    fs::create_dir_all(&folder)?;
    let registry = Registry::up(lab)?;
    let configuration = configuration(registry.address());
    let file = folder.join("buildkitd.toml");
    let pid_file = pid_file(lab);
    let current = fs::read_to_string(&file).is_ok_and(|text| text == configuration);
    if current && process::running(&pid_file, &folder).is_some() {
        return Ok(registry);
    }
    fs::write(&file, configuration)?;
    step(format!("start buildkitd {}", tools::BUILDKIT), || {
        clean(lab)?;
        let socket = format!("unix://{}", lab.socket(Kind::Buildkit).display());
        let mut daemon = Command::new(lab.bin().join("buildkitd"));
        daemon.args(["--addr", &socket, "--root"]).arg(folder.join("data"));
        daemon.arg("--config").arg(&file).args(["--oci-worker-net", "host", "--oci-worker-binary"]);
        daemon.arg(host::find("runc").context("`runc` is missing")?);
        daemon.env("PATH", lab.search_path(Kind::Buildkit)?);
        let log = folder.join("buildkitd.log");
        let pid = process::start(&daemon, &log)?;
        fs::write(&pid_file, pid.to_string())?;
        process::wait_until_ready(pid, &log, || {
            succeeds(Command::new(lab.bin().join("buildctl")).args(["--addr", &socket, "debug", "workers"]))
        })
    })?;
    Ok(registry)
}

/// Ends buildkitd and the registry; returns whether one of them ran.
pub fn down(lab: &Lab) -> Result<bool> {
    let daemon = clean(lab)?;
    let registry = Registry::down(lab)?;
    Ok(daemon || registry)
}

/// Ends buildkitd and puts away what one that was killed leaves: its containers, its mounts.
fn clean(lab: &Lab) -> Result<bool> {
    let folder = lab.run(Kind::Buildkit);
    let _ = fs::remove_file(lab.ready(Kind::Buildkit));
    let ran = process::stop(&pid_file(lab), &folder)?;
    let data = folder.join("data");
    let lost = process::stop_all_of(std::slice::from_ref(&data))?;
    // BuildKit leaves runc to its own folder, which others use too.
    process::end_containers(Path::new("/run/runc"), &data);
    process::unmount_below(&folder)?;
    Ok(ran || lost)
}

/// Whether buildkitd runs.
pub fn is_up(lab: &Lab) -> bool {
    process::running(&pid_file(lab), &lab.run(Kind::Buildkit)).is_some()
}

fn pid_file(lab: &Lab) -> PathBuf {
    lab.run(Kind::Buildkit).join("buildkitd.pid")
}

fn configuration(registry: &str) -> String {
    let mirrors =
        MIRRORED.map(|host| format!("[registry.\"{host}\"]\n  mirrors = [\"{registry}\"]\n")).concat();
    format!("insecure-entitlements = [\"network.host\"]\n{mirrors}[registry.\"{registry}\"]\n  http = true\n")
}
