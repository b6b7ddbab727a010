//! The examples, as data: how each is built, what it promises, and the Dockerfiles that it is compared with.
//!
//! Invariant: every folder of `examples/` that builds has a row.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::build::Build;
use crate::container::{Container, Run};
use crate::daemon::Daemon;
use crate::frontend_image;
use crate::http::Response;
use crate::kind::Kind;
use crate::lab::Lab;

/// A folder of `examples/`, how it is built and what it must answer.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// The folder.
    pub folder: &'static str,
    /// What tells this row from others of the same folder.
    pub variant: &'static str,
    /// The build file.
    pub file: &'static str,
    /// Build args.
    pub args: &'static [(&'static str, &'static str)],
    /// The target; none is what is built without one.
    pub target: Option<&'static str>,
    /// The words that the file's first line gives the frontend, for daemons that read `#` lines only.
    pub words: Option<&'static str>,
    /// The Go file of the main package.
    pub source: &'static str,
    /// What the program does.
    pub behaviour: Behaviour,
    /// The user, as the config has it.
    pub user: &'static str,
    /// The program.
    pub binary: &'static str,
    /// Arguments of the program that make it ask itself.
    pub healthcheck: Option<&'static str>,
    /// In bytes, base and all: what was published of the hand-written image, where something was.
    pub largest: u64,
    /// The Dockerfiles in `benches/originals` that say the same, without the end of their names.
    pub originals: &'static [&'static str],
}

/// What a program does when it is started.
#[derive(Clone, Copy, Debug)]
pub enum Behaviour {
    /// It listens on a port, and answers.
    Serves(u16, &'static [Answer]),
    /// It prints this line and ends.
    Prints(&'static str),
}

/// A path, its status and a part of what is answered.
pub type Answer = (&'static str, u16, &'static str);

const MEGABYTE: u64 = 1_000_000;

/// What most rows have in common.
const ORDINARY: Example = Example {
    folder: "",
    variant: "",
    file: "gobuild.yaml",
    args: &[],
    target: None,
    words: None,
    source: "main.go",
    behaviour: Behaviour::Serves(8080, &[]),
    user: "65532:65532",
    binary: "/app/server",
    healthcheck: Some("health"),
    largest: 10 * MEGABYTE,
    originals: &[],
};

const PRODUCTION: Example = Example {
    folder: "production",
    source: "cmd/server/main.go",
    behaviour: Behaviour::Serves(
        8080,
        &[("/", 200, "\"version\":\"dev\""), ("/health", 200, "\"status\":\"ok\""), CERTIFICATES],
    ),
    ..ORDINARY
};

/// No server is asked, but the program has found whom it could trust.
const CERTIFICATES: Answer = ("/check", 502, "\"ca_certificates\":true");

/// The image that an organisation derives, in which one example is built.
pub const ORGANISATION: &str = "example/go:1";

/// Every example.
pub const EXAMPLES: [Example; 14] = [
    Example {
        folder: "scratch-and-static",
        variant: "static",
        user: "65532",
        binary: "/scratch-and-static",
        behaviour: Behaviour::Serves(
            8080,
            &[("/", 200, "GODEBUG=madvdontneed=1"), ("/health", 200, "ok"), ("/none", 404, "")],
        ),
        originals: &["scratch-and-static.static"],
        ..ORDINARY
    },
    Example {
        folder: "scratch-and-static",
        variant: "scratch",
        args: &[("BASE", "scratch")],
        binary: "/scratch-and-static",
        behaviour: Behaviour::Serves(
            8080,
            &[("/", 200, "GODEBUG=madvdontneed=1"), ("/health", 200, "ok"), ("/none", 404, "")],
        ),
        originals: &["scratch-and-static.scratch"],
        ..ORDINARY
    },
    Example {
        variant: "static",
        args: &[("VERSION", "1.2.3")],
        behaviour: Behaviour::Serves(
            8080,
            &[("/", 200, "\"version\":\"1.2.3\""), ("/health", 200, "\"status\":\"ok\""), CERTIFICATES],
        ),
        largest: 15 * MEGABYTE,
        originals: &["production.static"],
        ..PRODUCTION
    },
    Example {
        variant: "scratch",
        args: &[("BASE", "scratch")],
        originals: &["production.scratch"],
        ..PRODUCTION
    },
    Example {
        variant: "alpine, uid 1001",
        args: &[("BASE", "alpine"), ("RUN_AS", "1001")],
        user: "1001",
        largest: 50 * MEGABYTE,
        originals: &["production.alpine"],
        ..PRODUCTION
    },
    Example {
        variant: "debug",
        args: &[("BASE", "debug")],
        largest: 15 * MEGABYTE,
        originals: &["production.debug"],
        ..PRODUCTION
    },
    Example {
        folder: "hello-no-gomod",
        file: "main.go",
        words: Some("ports=80"),
        behaviour: Behaviour::Serves(80, &[("/", 200, "Hello from Multi-Stage Build!")]),
        user: "65532",
        binary: "/main",
        healthcheck: None,
        originals: &["hello-no-gomod.alpine", "hello-no-gomod.single-stage"],
        ..ORDINARY
    },
    Example {
        folder: "devops-info-service",
        behaviour: Behaviour::Serves(
            8000,
            &[
                ("/", 200, "\"cpu_count\""),
                ("/health", 200, "\"status\":\"healthy\""),
                ("/none", 404, "Not Found"),
            ],
        ),
        binary: "/app/devops-info-service",
        healthcheck: None,
        largest: 7 * MEGABYTE,
        originals: &["devops-info-service"],
        ..ORDINARY
    },
    Example {
        folder: "alpine-or-scratch",
        variant: "alpine",
        behaviour: Behaviour::Serves(
            8080,
            &[("/", 200, "\"shell\":true"), ("/", 200, "Alpine"), ("/health", 200, "ok")],
        ),
        largest: 15 * MEGABYTE,
        originals: &["alpine-or-scratch.alpine"],
        ..ORDINARY
    },
    Example {
        folder: "alpine-or-scratch",
        variant: "scratch",
        args: &[("BASE", "scratch")],
        behaviour: Behaviour::Serves(8080, &[("/", 200, "\"shell\":false"), ("/health", 200, "ok")]),
        originals: &["alpine-or-scratch.scratch"],
        ..ORDINARY
    },
    Example {
        folder: "two-platforms",
        variant: "its own platform",
        file: "go.mod",
        words: Some(""),
        source: "cmd/server/main.go",
        behaviour: Behaviour::Serves(
            8080,
            &[("/", 200, "\"platform\":\"linux/"), ("/health", 200, "ok"), ("/none", 404, "")],
        ),
        user: "65532",
        binary: "/server",
        healthcheck: None,
        originals: &["two-platforms"],
        ..ORDINARY
    },
    Example {
        folder: "targets",
        variant: "the first",
        source: "cmd/api/main.go",
        behaviour: Behaviour::Serves(8080, &[("/", 200, "api dev queue=orders log=info")]),
        binary: "/api",
        healthcheck: None,
        originals: &["targets.api"],
        ..ORDINARY
    },
    Example {
        folder: "targets",
        variant: "worker",
        target: Some("worker"),
        source: "cmd/worker/main.go",
        behaviour: Behaviour::Prints("worker dev queue=orders log=debug"),
        binary: "/worker",
        healthcheck: None,
        originals: &["targets.worker"],
        ..ORDINARY
    },
    Example {
        folder: "organisation/payments",
        behaviour: Behaviour::Prints("payments, logging as json as user 65532"),
        binary: "/payments",
        healthcheck: None,
        originals: &["organisation.payments"],
        ..ORDINARY
    },
];

impl Example {
    /// Folder and variant, as a table has them.
    pub fn name(&self) -> String {
        if self.variant.is_empty() {
            self.folder.to_owned()
        } else {
            format!("{}, {}", self.folder, self.variant)
        }
    }

    /// The same as a part of an image's name.
    pub fn slug(&self) -> String {
        self.name().replace(", ", "-").replace([' ', '/'], "-")
    }

    /// Its folder in the repository.
    pub fn path(&self) -> Result<PathBuf> {
        Ok(Lab::open()?.example(self.folder))
    }

    /// Its build, by any daemon: of its own folder, or of a copy.
    pub fn build(&self, daemon: &Daemon, context: &Path) -> Build {
        let mut build = self.with_args(Build::new(context).file(self.file));
        if let Some(target) = self.target {
            build = build.target(target);
        }
        // Daemons before BuildKit 0.11 do not know the `//` form of the line.
        if let (Some(words), Some(Kind::Docker20)) = (self.words, daemon.kind()) {
            build = build.arg("BUILDKIT_SYNTAX", format!("{} {words}", frontend_image::NAME).trim());
        }
        build
    }

    /// A build with the args of the example.
    pub fn with_args(&self, build: Build) -> Build {
        self.args.iter().fold(build, |build, (name, value)| build.arg(name, value))
    }

    /// Starts its image, next to nothing being allowed to it, and holds what it says against what it must; the container
    /// of a server is still running then.
    pub fn ask(&self, daemon: &Daemon, tag: &str) -> Result<Option<Container>> {
        match self.behaviour {
            Behaviour::Prints(line) => {
                let output = daemon.run_to_end(tag, &Run::new().locked())?;
                ensure!(
                    output.status.success() && output.stdout.trim_ascii() == line.as_bytes(),
                    "{output:?}"
                );
                Ok(None)
            }
            Behaviour::Serves(port, answers) => {
                let container = daemon.run(tag, &Run::new().locked().port(port))?;
                for (path, status, part) in answers {
                    let Response { status: got, body, .. } = container.get(port, path)?;
                    ensure!(got == *status && body.contains(part), "{path} answers {got} {body}");
                }
                Ok(Some(container))
            }
        }
    }
}

/// Builds and publishes the frontend of the organisation's example, which one of its repositories names.
pub fn prepare(daemon: &Daemon) -> Result<()> {
    let build = Build::new(daemon.lab().example("organisation")).file("Dockerfile").tag(ORGANISATION);
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::fs;

    /// The one that the organisation refuses.
    const REFUSED: &str = "organisation/legacy";

    fn folders(path: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.is_dir()).collect()
    }

    #[test]
    fn every_folder_has_a_row() {
        let examples = Lab::open().unwrap().workspace().join("examples");
        let builds = |path: &PathBuf| ["go.mod", "main.go"].iter().any(|file| path.join(file).exists());
        let mut found: BTreeSet<String> = BTreeSet::new();
        for folder in folders(&examples) {
            let own = if builds(&folder) { vec![folder] } else { folders(&folder) };
            let names = own.iter().filter(|path| builds(path));
            found.extend(names.map(|path| path.strip_prefix(&examples).unwrap().display().to_string()));
        }
        assert!(found.remove(REFUSED));
        let rows: BTreeSet<String> = EXAMPLES.iter().map(|example| example.folder.to_owned()).collect();
        assert_eq!(found, rows);
    }

    #[test]
    fn every_row_has_a_dockerfile_and_its_source() {
        let workspace = Lab::open().unwrap().workspace().to_owned();
        for example in EXAMPLES {
            assert!(!example.originals.is_empty(), "{}", example.name());
            for original in example.originals {
                let file = workspace.join(format!("integration/benches/originals/{original}.Dockerfile"));
                assert!(file.exists(), "{}", file.display());
            }
            let source = workspace.join("examples").join(example.folder).join(example.source);
            assert!(source.exists(), "{}", source.display());
        }
    }
}
