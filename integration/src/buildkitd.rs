//! buildkitd, whose images come from the lab's registry instead of Docker Hub and the others.
//!
//! Its build steps use the host's network: it brings no bridge of its own. Invariant: the configuration is written
//! anew at each start, because the registry's port may have changed.

use std::ffi::OsString;
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

/// Whether buildkitd removes cached things by itself when the disk fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// As it does by default.
    Default,
    /// Never: whoever measures must not lose a cache half-way.
    Off,
}

/// A buildkitd with a folder of its own: data, socket, pid file, log.
#[derive(Clone, Debug)]
pub struct Buildkitd {
    programs: PathBuf,
    search_path: OsString,
    folder: PathBuf,
}

impl Buildkitd {
    /// The one of a folder, whether it runs or not.
    pub fn new(lab: &Lab, folder: &Path) -> Result<Self> {
        let search_path = lab.search_path(Kind::Buildkit)?;
        Ok(Self { programs: lab.bin(), search_path, folder: folder.to_owned() })
    }

    /// Where clients reach it.
    pub fn address(&self) -> String {
        format!("unix://{}", self.folder.join("buildkitd.sock").display())
    }

    /// Where it keeps everything it knows.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts it with a configuration, or leaves it if it runs with that very one.
    pub fn start(&self, configuration: &str) -> Result<()> {
        if self.runs_with(configuration) {
            return Ok(());
        }
        self.stop()?;
        fs::create_dir_all(&self.folder)?;
        let file = self.configuration_file();
        fs::write(&file, configuration)?;
        let mut daemon = Command::new(self.programs.join("buildkitd"));
        daemon.args(["--addr", &self.address(), "--root"]).arg(self.data());
        daemon.arg("--config").arg(&file).args(["--oci-worker-net", "host", "--oci-worker-binary"]);
        daemon.arg(host::find("runc").context("`runc` is missing")?);
        daemon.env("PATH", &self.search_path);
        let log = self.folder.join("buildkitd.log");
        let pid = process::start(&daemon, &log)?;
        fs::write(self.pid_file(), pid.to_string())?;
        process::wait_until_ready(pid, &log, || {
            let mut buildctl = Command::new(self.programs.join("buildctl"));
            succeeds(buildctl.args(["--addr", &self.address(), "debug", "workers"]))
        })
    }

    /// Ends it and puts away what one that was killed leaves: its containers, its mounts.
    pub fn stop(&self) -> Result<bool> {
        let ran = process::stop(&self.pid_file(), &self.folder)?;
        let data = self.data();
        let lost = process::stop_all_of(std::slice::from_ref(&data))?;
        // BuildKit leaves runc to its own folder, which others use too.
        process::end_containers(Path::new("/run/runc"), &data);
        process::unmount_below(&self.folder)?;
        Ok(ran || lost)
    }

    /// Whether it runs.
    pub fn is_up(&self) -> bool {
        process::running(&self.pid_file(), &self.folder).is_some()
    }

    fn runs_with(&self, configuration: &str) -> bool {
        let written = fs::read_to_string(self.configuration_file());
        written.is_ok_and(|text| text == configuration) && self.is_up()
    }

    fn configuration_file(&self) -> PathBuf {
        self.folder.join("buildkitd.toml")
    }

    fn pid_file(&self) -> PathBuf {
        self.folder.join("buildkitd.pid")
    }
}

/// Starts the lab's buildkitd unless it runs, with the registry that it needs.
pub fn up(lab: &Lab) -> Result<Registry> {
    tools::buildkit(lab)?;
    let folder = lab.run(Kind::Buildkit);
    fs::create_dir_all(&folder)?;
    let registry = Registry::up(lab)?;
    let configuration = configuration(registry.address(), Collection::Default);
    let daemon = Buildkitd::new(lab, &folder)?;
    if !daemon.runs_with(&configuration) {
        let _ = fs::remove_file(lab.ready(Kind::Buildkit));
        step(format!("start buildkitd {}", tools::BUILDKIT), || daemon.start(&configuration))?;
    }
    Ok(registry)
}

/// Ends the lab's buildkitd and the registry; returns whether one of them ran.
pub fn down(lab: &Lab) -> Result<bool> {
    let _ = fs::remove_file(lab.ready(Kind::Buildkit));
    let daemon = Buildkitd::new(lab, &lab.run(Kind::Buildkit))?.stop()?;
    let registry = Registry::down(lab)?;
    Ok(daemon || registry)
}

/// Whether the lab's buildkitd runs.
pub fn is_up(lab: &Lab) -> bool {
    Buildkitd::new(lab, &lab.run(Kind::Buildkit)).is_ok_and(|daemon| daemon.is_up())
}

/// The configuration of a buildkitd whose images come from a registry of the lab.
pub fn configuration(registry: &str, collection: Collection) -> String {
    let mirrors =
        MIRRORED.map(|host| format!("[registry.\"{host}\"]\n  mirrors = [\"{registry}\"]\n")).concat();
    let collection = match collection {
        Collection::Default => "",
        // A benchmark builds fifty programs at once, and without a limit each would compile what all of them share.
        Collection::Off => "[worker.oci]\n  gc = false\n  max-parallelism = 4\n",
    };
    format!(
        "insecure-entitlements = [\"network.host\"]\n{mirrors}[registry.\"{registry}\"]\n  http = true\n{collection}"
    )
}
