//! A `docker buildx build` command, as data.
//!
//! Invariant: running it never fails because the build failed; that is in the [`BuildLog`].

use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{PoisonError, RwLock};

use anyhow::Result;

use crate::build_log::BuildLog;
use crate::command;
use crate::daemon::Daemon;

/// What to build.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Build {
    context: OsString,
    file: Option<OsString>,
    tag: Option<String>,
    flags: Vec<OsString>,
    environment: Vec<(String, String)>,
}

impl Build {
    /// A build of a folder, or of anything else that `docker build` takes, such as a Git URL.
    pub fn new(context: impl Into<OsString>) -> Self {
        Self { context: context.into(), ..Self::default() }
    }

    /// The build file; a relative path starts at the context when that is a folder.
    pub fn file(mut self, file: impl Into<OsString>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// A name for the result, which is then loaded into the daemon (or, of `buildkit`, pushed to its registry).
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// A build argument.
    pub fn arg(self, name: &str, value: &str) -> Self {
        self.flag("--build-arg").flag(format!("{name}={value}"))
    }

    /// The target to build.
    pub fn target(self, name: &str) -> Self {
        self.flag("--target").flag(name)
    }

    /// The platforms to build for, such as `linux/amd64,linux/arm64`.
    pub fn platform(self, platforms: &str) -> Self {
        self.flag("--platform").flag(platforms)
    }

    /// Any other flag of `docker buildx build`, one word at a time.
    pub fn flag(mut self, flag: impl Into<OsString>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// A variable in the environment of the client.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The command that [`Daemon::build`] runs, for tests that run it in a way of their own.
    pub fn command(&self, daemon: &Daemon) -> Command {
        let mut command = daemon.docker(["buildx", "build", "--progress=rawjson"]);
        if let Some(file) = &self.file {
            let folder = PathBuf::from(&self.context);
            let file = if folder.is_dir() { folder.join(file).into_os_string() } else { file.clone() };
            command.arg("--file").arg(file);
        }
        if let Some(tag) = &self.tag {
            match daemon.registry() {
                // The output names the image itself: `--tag` would only add a name that nobody asks for.
                Some(registry) if !self.names_an_output() => {
                    let name = registry.reference(tag);
                    command.arg("--output").arg(format!("type=image,\"name={name}\",push=true"));
                }
                _ => {
                    command.arg("--tag").arg(tag);
                }
            }
        }
        command.args(&self.flags).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.arg(&self.context);
        command
    }

    fn names_an_output(&self) -> bool {
        self.flags.iter().any(|flag| {
            let flag = flag.to_string_lossy();
            ["--output", "-o", "--push", "--load"].iter().any(|name| flag.starts_with(name))
        })
    }
}

/// Held by every build of the process, and by one that is to be alone for itself.
static BUILDS: RwLock<()> = RwLock::new(());

impl Daemon {
    /// Builds, and returns what happened, whether or not the build came to a good end.
    pub fn build(&self, build: &Build) -> Result<BuildLog> {
        let _together = BUILDS.read().unwrap_or_else(PoisonError::into_inner);
        self.run_build(build)
    }

    /// The same while no other test of the process builds: for what is expected to be cached.
    ///
    /// Before 0.32, BuildKit does not find what was made of a vertex that another build has run and still holds
    /// (`processExecReq` in `solver/edge.go`); and all tests that write the same script share that vertex.
    pub fn build_again(&self, build: &Build) -> Result<BuildLog> {
        let _alone = BUILDS.write().unwrap_or_else(PoisonError::into_inner);
        self.run_build(build)
    }

    fn run_build(&self, build: &Build) -> Result<BuildLog> {
        let metadata = self.lab().scratch("metadata");
        let mut command = build.command(self);
        let output = command::output(command.arg("--metadata-file").arg(&metadata))?;
        let mut log = BuildLog::parse(&String::from_utf8_lossy(&output.stderr));
        log.code = output.status.code().unwrap_or(-1);
        log.stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Ok(text) = fs::read_to_string(&metadata) {
            log.metadata = serde_json::from_str(&text)?;
            fs::remove_file(&metadata)?;
        }
        Ok(log)
    }
}
