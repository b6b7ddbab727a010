//! One shape: its files, how it is built, and what has to come of it.
//!
//! Invariant: a row that is to be refused is refused before any step runs.

use anyhow::{Context, Result, bail, ensure};
use integration::{Build, Daemon, Lab, Run};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The first line of every build file.
const SYNTAX: &str = "gobuild/frontend:1";
/// ELF's name for arm64.
const AARCH64: u16 = 183;

/// What survives between builds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Cache mounts.
    Mounts,
    /// Layers.
    Layers,
}

/// A repository.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What is special about it.
    pub(crate) shape: String,
    /// Whether it is built in layers as well.
    pub(crate) in_layers: bool,
    /// Contents by path; one that starts with `-> ` is a link.
    files: Vec<(String, String)>,
    door: Door,
    yaml: String,
    planned: &'static str,
    outcome: Outcome,
}

/// What the build is pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Yaml,
    /// A go.mod or Go file, which is written as it is.
    File(&'static str),
}

/// What has to come of it.
#[derive(Clone, Debug)]
enum Outcome {
    /// Programs that print something with this in it, by their paths in the image; the first is what the image starts.
    Says(Vec<(&'static str, &'static str)>),
    /// A server that answers this.
    Serves(&'static str),
    /// A program for arm64 at this path, which is not run.
    OnArm(&'static str),
    /// An error with this in it.
    Refused(&'static str),
}

impl Row {
    pub(crate) fn new(shape: &str) -> Row {
        Row {
            shape: shape.to_owned(),
            in_layers: false,
            files: Vec::new(),
            door: Door::Yaml,
            yaml: String::new(),
            planned: "exact, nothing to download",
            outcome: Outcome::Says(Vec::new()),
        }
    }

    /// A file; later ones of the same path win.
    pub(crate) fn file(mut self, path: &str, text: impl Into<String>) -> Row {
        self.files.push((path.to_owned(), text.into()));
        self
    }

    /// A symbolic link.
    pub(crate) fn link(self, path: &str, target: &str) -> Row {
        self.file(path, format!("-> {target}"))
    }

    /// Lines of gobuild.yaml.
    pub(crate) fn yaml(mut self, lines: &str) -> Row {
        self.yaml.push_str(lines);
        self.yaml.push('\n');
        self
    }

    /// Builds with `-f` this file and `BUILDKIT_SYNTAX`, as a repository that says nothing of gobuild is.
    pub(crate) fn door(mut self, file: &'static str) -> Row {
        self.door = Door::File(file);
        self
    }

    /// How it has to be planned, if other than exactly and without a download.
    pub(crate) fn planned(mut self, words: &'static str) -> Row {
        self.planned = words;
        self
    }

    /// Builds it in layers, too.
    pub(crate) fn in_layers(mut self) -> Row {
        self.in_layers = true;
        self
    }

    /// What the program that the image starts has to print; its path in the image.
    pub(crate) fn says(mut self, program: &'static str, text: &'static str) -> Row {
        match &mut self.outcome {
            Outcome::Says(programs) => programs.push((program, text)),
            _ => self.outcome = Outcome::Says(vec![(program, text)]),
        }
        self
    }

    /// What a server on port 8080 has to answer.
    pub(crate) fn serves(mut self, text: &'static str) -> Row {
        self.outcome = Outcome::Serves(text);
        self
    }

    /// It is built for arm64, at this path.
    pub(crate) fn on_arm(mut self, program: &'static str) -> Row {
        self.outcome = Outcome::OnArm(program);
        self
    }

    /// What the error has to say.
    pub(crate) fn refused(mut self, text: &'static str) -> Row {
        self.outcome = Outcome::Refused(text);
        self
    }

    /// Builds and asks. The line says how it went.
    pub(crate) fn check(&self, daemon: &Daemon, mode: Mode) -> Result<String> {
        let folder = Folder::new(self, mode)?;
        let tag = format!(
            "shape/{}:1",
            self.shape.replace(|c: char| !c.is_ascii_alphanumeric(), "-").to_lowercase()
        );
        let build = self.build(&folder.path);
        if let Outcome::Refused(message) = &self.outcome {
            let start = Instant::now();
            let log = daemon.build(&build)?;
            let time = start.elapsed();
            ensure!(log.code == 1, "exit code {}\n{log}", log.code);
            ensure!(log.text.contains(message), "another message:\n{}", log.text);
            ensure!(log.steps().is_empty(), "a step ran:\n{log}");
            return Ok(self.line(time, "refused", message));
        }
        let explained = daemon.build(&build.clone().flag("--call=gobuild.explain,format=json"))?;
        ensure!(explained.succeeded(), "it is not explained:\n{explained}");
        let planned = planned(&explained.stdout)?;
        ensure!(planned == self.planned, "it is planned as `{planned}`, not as `{}`", self.planned);

        // By our own clock: a step that builds share has the times of the first.
        let start = Instant::now();
        let log = daemon.build(&build.tag(&tag))?;
        let time = start.elapsed();
        ensure!(log.succeeded(), "{log}");
        let said = self.ask(daemon, &tag)?;
        Ok(self.line(time, &planned, &said))
    }

    fn build(&self, folder: &Path) -> Build {
        let build = match self.door {
            Door::Yaml => Build::new(folder).file("gobuild.yaml"),
            Door::File(file) => Build::new(folder).file(file).arg("BUILDKIT_SYNTAX", SYNTAX),
        };
        match self.outcome {
            Outcome::OnArm(_) => build.platform("linux/arm64"),
            _ => build,
        }
    }

    /// Starts what was built; says what it answers.
    fn ask(&self, daemon: &Daemon, tag: &str) -> Result<String> {
        match &self.outcome {
            Outcome::Says(programs) => {
                let mut all = Vec::new();
                for (number, (program, expected)) in programs.iter().enumerate() {
                    let run =
                        if number == 0 { Run::new() } else { Run::new().flag("--entrypoint").flag(*program) };
                    let output = daemon.run_to_end(tag, &run)?;
                    let said =
                        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).trim().to_owned();
                    ensure!(
                        output.status.success() && said.contains(expected),
                        "{program} says `{said}`, not `{expected}`"
                    );
                    all.push(said);
                }
                if daemon.registry().is_none() {
                    let entrypoint = &daemon.inspect("image", tag)?["Config"]["Entrypoint"];
                    let first = programs.first().map(|(program, _)| *program).context("a program")?;
                    ensure!(entrypoint == &Value::from(vec![first]), "the image starts {entrypoint}");
                }
                Ok(all.join(", "))
            }
            Outcome::Serves(expected) => {
                let container = daemon.run(tag, &Run::new().port(8080))?;
                let answer = container.get(8080, "/")?;
                ensure!(answer.status == 200 && answer.body.contains(expected), "it answers {answer:?}");
                Ok(answer.body.trim().to_owned())
            }
            Outcome::OnArm(program) => {
                let binary = daemon.image(tag)?.read(program)?;
                ensure!(integration::elf::is_static(&binary)?, "{program} needs a loader");
                let machine = binary.get(18..20).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
                ensure!(machine == Some(AARCH64), "{program} is for machine {machine:?}");
                Ok("ELF for arm64".to_owned())
            }
            Outcome::Refused(_) => bail!("what is refused is not asked"),
        }
    }

    fn line(&self, time: Duration, planned: &str, said: &str) -> String {
        let said: String = said.chars().take(60).collect();
        format!("| {:<48} | {planned:<46} | {:>5.1} s | {said}", self.shape, time.as_secs_f64())
    }
}

/// What `gobuild.explain` says of sources and modules, in few words.
fn planned(json: &str) -> Result<String> {
    let explanation: Value = serde_json::from_str(json).with_context(|| format!("no JSON:\n{json}"))?;
    let platform = &explanation["platforms"][0];
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let (sources, modules) = (&platform["sources"], &platform["modules"]);
    let sources = if sources["exact"] == true {
        "exact".to_owned()
    } else {
        format!("whole context ({})", text(&sources["reason"]))
    };
    let modules = match modules["download"].as_str() {
        Some("packages") => "pruned modules".to_owned(),
        Some("everything") => "whole modules".to_owned(),
        Some("nothing") => match modules["reason"].as_str() {
            Some("noRequirement" | "noModule") => "nothing to download".to_owned(),
            reason => format!("nothing to download ({})", reason.unwrap_or("?")),
        },
        other => bail!("modules are planned as {other:?}"),
    };
    Ok(format!("{sources}, {modules}"))
}

/// The repository on disk, gone with the row.
pub(crate) struct Folder {
    pub(crate) path: PathBuf,
}

impl Folder {
    pub(crate) fn new(row: &Row, mode: Mode) -> Result<Folder> {
        let folder = Folder { path: Lab::open()?.scratch("shape") };
        fs::create_dir_all(&folder.path)?;
        for (path, text) in &row.files {
            let path = folder.path.join(path);
            fs::create_dir_all(path.parent().context("a path in the repository")?)?;
            match text.strip_prefix("-> ") {
                Some(target) => symlink(target, path)?,
                None => fs::write(path, text)?,
            }
        }
        if row.door == Door::Yaml {
            let cache = if mode == Mode::Layers { "cache: layers\n" } else { "" };
            fs::write(folder.path.join("gobuild.yaml"), format!("# syntax={SYNTAX}\n{}{cache}", row.yaml))?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
