//! One repository, how it is built, and what has to come of it.
//!
//! Invariant: a row that is refused names what its error says, and whether steps may have run before.

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Lab, Run, elf};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Where ELF files say how they are loaded, and its name for those that can be loaded anywhere.
const TYPE: std::ops::Range<usize> = 16..18;
const ANYWHERE: [u8; 2] = [3, 0];
/// Where they say which machine they are for, and its name for arm64.
const MACHINE: std::ops::Range<usize> = 18..20;
const AARCH64: [u8; 2] = [183, 0];
/// What the table of section names has where there is debug information.
const DEBUG_SECTION: &[u8] = b"\0.debug_info\0";

/// A repository.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// What it is about.
    pub(crate) name: &'static str,
    files: Vec<(&'static str, Vec<u8>)>,
    yaml: String,
    platform: &'static str,
    expected: Vec<Expected>,
}

/// What has to come of it.
#[derive(Clone, Copy, Debug)]
enum Expected {
    /// The program at this path, or the one that the image starts, ends with this code and prints something with this in
    /// it.
    Says { program: Option<&'static str>, code: i32, text: &'static str },
    /// What the image starts names a dynamic loader, or does not.
    Loader(bool),
    /// It has debug information, or not.
    Debug(bool),
    /// It can be loaded at any address.
    Anywhere,
    /// It is for arm64, so it is not run here.
    OnArm,
    /// An error with this in it, before any step.
    Refused(&'static str),
    /// An error with this in it, which only a step can find.
    Fails(&'static str),
}

impl Row {
    /// A repository with a go.mod, which has nothing below `build:` yet.
    pub(crate) fn new(name: &'static str) -> Row {
        Row {
            name,
            files: vec![("go.mod", b"module example.com/app\n\ngo 1.26\n".to_vec())],
            yaml: "# syntax=gobuild/frontend:1\n".to_owned(),
            platform: "linux/amd64",
            expected: Vec::new(),
        }
    }

    /// A file.
    pub(crate) fn file(mut self, path: &'static str, content: impl Into<Vec<u8>>) -> Row {
        self.files.push((path, content.into()));
        self
    }

    /// `main.go`.
    pub(crate) fn main(self, text: &str) -> Row {
        self.file("main.go", text)
    }

    /// Lines of gobuild.yaml.
    pub(crate) fn yaml(mut self, lines: &str) -> Row {
        self.yaml.push_str(lines);
        self.yaml.push('\n');
        self
    }

    /// What is printed by the program that the image starts.
    pub(crate) fn says(self, text: &'static str) -> Row {
        self.expect(Expected::Says { program: None, code: 0, text })
    }

    /// What is printed by a program of the image, by its path.
    pub(crate) fn of(self, program: &'static str, text: &'static str) -> Row {
        self.expect(Expected::Says { program: Some(program), code: 0, text })
    }

    /// What is printed by the program that the image starts, and how it ends.
    pub(crate) fn ends(self, code: i32, text: &'static str) -> Row {
        self.expect(Expected::Says { program: None, code, text })
    }

    /// It names no loader, and runs on a base that has none.
    pub(crate) fn without_loader(self) -> Row {
        self.yaml("image: {base: scratch}").expect(Expected::Loader(false))
    }

    /// It names a loader, and runs on a base that has it.
    pub(crate) fn with_loader(self) -> Row {
        self.yaml("image: {base: \"golang:1.26\"}").expect(Expected::Loader(true))
    }

    /// Whether it has debug information.
    pub(crate) fn debug(self, expected: bool) -> Row {
        self.expect(Expected::Debug(expected))
    }

    /// It can be loaded at any address.
    pub(crate) fn anywhere(self) -> Row {
        self.expect(Expected::Anywhere)
    }

    /// It is built for arm64.
    pub(crate) fn on_arm(mut self) -> Row {
        self.platform = "linux/arm64";
        self.expect(Expected::OnArm)
    }

    /// It is built for arm64, and fails.
    pub(crate) fn fails_on_arm(mut self, text: &'static str) -> Row {
        self.platform = "linux/arm64";
        self.fails(text)
    }

    /// What the error says that is known before any step.
    pub(crate) fn refused(self, text: &'static str) -> Row {
        self.expect(Expected::Refused(text))
    }

    /// What the error says that only a step can find.
    pub(crate) fn fails(self, text: &'static str) -> Row {
        self.expect(Expected::Fails(text))
    }

    fn expect(mut self, expected: Expected) -> Row {
        self.expected.push(expected);
        self
    }

    /// Builds and looks. The line says how it went.
    pub(crate) fn check(&self, daemon: &Daemon) -> Result<String> {
        let folder = Folder::new(self)?;
        let name = self.name.replace(|c: char| !c.is_ascii_alphanumeric(), "-").to_lowercase();
        let tag = format!("compile/{}:1", name.trim_matches('-'));
        let start = Instant::now();
        let build = Build::new(&folder.path).file("gobuild.yaml").tag(&tag).platform(self.platform);
        let log = daemon.build(&build)?;
        let time = start.elapsed().as_secs_f64();
        let mut all = Vec::new();
        for expected in &self.expected {
            all.push(match expected {
                Expected::Refused(text) | Expected::Fails(text) => {
                    ensure!(log.code == 1, "exit code {}\n{log}", log.code);
                    let shown = log.to_string();
                    ensure!(shown.contains(text), "the error does not say `{text}`:\n{shown}");
                    let early = matches!(expected, Expected::Refused(_));
                    ensure!(!early || log.steps().is_empty(), "a step ran:\n{log}");
                    format!("{}: {text}", if early { "refused" } else { "fails" })
                }
                _ => {
                    ensure!(log.succeeded(), "{log}");
                    expected.look(daemon, &tag)?
                }
            });
        }
        Ok(format!("| {:<46} | {time:>5.1} s | {}", self.name, all.join("; ")))
    }
}

impl Expected {
    /// Looks at what was built.
    fn look(self, daemon: &Daemon, tag: &str) -> Result<String> {
        let started = || -> Result<Vec<u8>> {
            let image = daemon.image(tag)?;
            let program = image.config["config"]["Entrypoint"][0].as_str().context("an entrypoint")?;
            image.read(program)
        };
        Ok(match self {
            Expected::Says { program, code, text } => {
                let other = |path: &str| Run::new().flag("--entrypoint").flag(path);
                let run = program.map_or_else(Run::new, other);
                let output = daemon.run_to_end(tag, &run)?;
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said).trim().to_owned();
                ensure!(
                    output.status.code() == Some(code) && said.contains(text),
                    "it ends with {} and says `{said}`, not `{text}`",
                    output.status
                );
                format!("says {text}")
            }
            Expected::Loader(expected) => {
                ensure!(elf::is_static(&started()?)? != expected, "whether it needs a loader");
                if expected { "with a loader" } else { "no loader" }.to_owned()
            }
            Expected::Debug(expected) => {
                let program = started()?;
                let found = program.windows(DEBUG_SECTION.len()).any(|bytes| bytes == DEBUG_SECTION);
                ensure!(found == expected, "whether it has debug information: {found}");
                if expected { "debug information" } else { "no debug information" }.to_owned()
            }
            Expected::Anywhere => {
                let program = started()?;
                ensure!(program.get(TYPE) == Some(&ANYWHERE[..]), "it is loaded at one address");
                "at any address".to_owned()
            }
            Expected::OnArm => {
                let program = started()?;
                ensure!(program.get(MACHINE) == Some(&AARCH64[..]), "it is for another machine");
                "for arm64".to_owned()
            }
            Expected::Refused(_) | Expected::Fails(_) => unreachable!("nothing was built"),
        })
    }
}

/// The repository on disk, gone with the row.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn new(row: &Row) -> Result<Folder> {
        let folder = Folder { path: Lab::open()?.scratch("compile") };
        fs::create_dir_all(&folder.path)?;
        for (path, content) in &row.files {
            let path = folder.path.join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/")))?;
            fs::write(path, content)?;
        }
        fs::write(folder.path.join("gobuild.yaml"), &row.yaml)?;
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
