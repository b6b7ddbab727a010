//! A running container that a test asks over HTTP.
//!
//! Invariant: a container ends with its [`Container`].

use std::ffi::OsString;
use std::process::Output;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::command::{self, read, run, succeeds};
use crate::daemon::Daemon;
use crate::http::{self, Response};

/// How long a program may take until it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// The flags that leave a container next to nothing that it may do.
pub const LOCKED: [&str; 3] = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"];

/// How to run an image.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Run {
    flags: Vec<OsString>,
    arguments: Vec<OsString>,
}

impl Run {
    /// As the image says.
    pub fn new() -> Self {
        Self::default()
    }

    /// Publishes a port of the container on a free one of the loopback interface.
    pub fn port(self, port: u16) -> Self {
        self.flag("--publish").flag(format!("127.0.0.1::{port}"))
    }

    /// A variable in the environment.
    pub fn env(self, name: &str, value: &str) -> Self {
        self.flag("--env").flag(format!("{name}={value}"))
    }

    /// With a read-only root, without a capability, and without a way to more: see [`LOCKED`].
    pub fn locked(self) -> Self {
        LOCKED.iter().fold(self, |run, flag| run.flag(*flag))
    }

    /// Any other flag of `docker run`, one word at a time.
    pub fn flag(mut self, flag: impl Into<OsString>) -> Self {
        self.flags.push(flag.into());
        self
    }

    /// An argument for the program.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }
}

/// A container of a daemon, removed when dropped.
#[derive(Debug)]
pub struct Container {
    daemon: Daemon,
    id: String,
}

impl Daemon {
    /// Starts a container.
    pub fn run(&self, image: &str, how: &Run) -> Result<Container> {
        let image = self.local(image)?;
        let id = read(self.docker(["create"]).args(&how.flags).arg(image).args(&how.arguments))?;
        // In two steps, because a container that does not start is there all the same and must go.
        let container = Container { daemon: self.clone(), id };
        run(&mut self.docker(["start", &container.id]))?;
        Ok(container)
    }

    /// Runs a container to its end and returns its output and exit code.
    pub fn run_to_end(&self, image: &str, how: &Run) -> Result<Output> {
        let image = self.local(image)?;
        command::output(self.docker(["run", "--rm"]).args(&how.flags).arg(image).args(&how.arguments))
    }

    /// The name under which Docker's store has an image; what buildkitd pushed is pulled first.
    pub(crate) fn local(&self, image: &str) -> Result<String> {
        let Some(registry) = self.registry() else { return Ok(image.to_owned()) };
        let name = registry.reference(image);
        run(&mut self.docker(["pull", "--quiet", &name]))?;
        Ok(name)
    }
}

impl Container {
    /// Its ID.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The port of this machine that leads to a published port of the container.
    pub fn port(&self, port: u16) -> Result<u16> {
        let answer = read(&mut self.daemon.docker(["port", &self.id, &format!("{port}/tcp")]))?;
        let published = answer.lines().next().and_then(|line| line.rsplit(':').next()?.parse().ok());
        published.with_context(|| format!("port {port} of the container is not published"))
    }

    /// Asks over HTTP, again and again until the program listens.
    pub fn get(&self, port: u16, path: &str) -> Result<Response> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answer = self.port(port).and_then(|port| http::get(port, path));
            match answer {
                Ok(response) => return Ok(response),
                Err(error) if !self.is_running() => {
                    bail!("the container ended ({error:#}); it said:\n{}", self.logs()?)
                }
                Err(error) if Instant::now() > deadline => {
                    return Err(
                        error.context(format!("no answer at {path}; the container said:\n{}", self.logs()?))
                    );
                }
                Err(_) => sleep(Duration::from_millis(50)),
            }
        }
    }

    /// Whether its program runs.
    pub fn is_running(&self) -> bool {
        self.inspect().is_ok_and(|state| state["State"]["Running"] == true)
    }

    /// What its program wrote, both streams.
    pub fn logs(&self) -> Result<String> {
        let output = command::output(&mut self.daemon.docker(["logs", &self.id]))?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }

    /// Waits for its end and returns the exit code.
    pub fn wait(&self) -> Result<i32> {
        Ok(read(&mut self.daemon.docker(["wait", &self.id]))?.parse()?)
    }

    /// Runs a program in it.
    pub fn exec(&self, arguments: &[&str]) -> Result<Output> {
        command::output(self.daemon.docker(["exec", &self.id]).args(arguments))
    }

    /// Everything Docker knows of it.
    pub fn inspect(&self) -> Result<Value> {
        self.daemon.inspect("container", &self.id)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        // Nothing is left to tell if Docker is gone, and a test may have removed it.
        let _ = succeeds(&mut self.daemon.docker(["rm", "--force", "--volumes", &self.id]));
    }
}
