//! What a user sees of a mistake, on real daemons: the lines, the sentence, the exit code, and nothing built.

use anyhow::{Result, ensure};
use integration::{Build, Daemon, Kind, Lab};
use std::fs;
use std::path::PathBuf;

/// A context, a request and what the client prints for it.
struct Mistake {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    platform: Option<&'static str>,
    /// The marked line of the excerpt, if a file is to blame.
    marked: Option<&'static str>,
    message: &'static str,
}

const MODULE: (&str, &str) = ("go.mod", "module example.com/app\n\ngo 1.26\n");
const MAIN: &str = "package main\n\nfunc main() {}\n";

const MISTAKES: [Mistake; 7] = [
    Mistake {
        name: "an unknown key",
        files: &[
            ("gobuild.yaml", "# syntax=gobuild/frontend:1\n\nmian: ./cmd/api\n"),
            MODULE,
            ("main.go", MAIN),
        ],
        platform: None,
        marked: Some("   3 | >>> mian: ./cmd/api"),
        message: "unknown key `mian` at the top; did you mean `main`?",
    },
    Mistake {
        name: "a wrong type",
        files: &[
            ("gobuild.yaml", "# syntax=gobuild/frontend:1\nimage:\n  env: [A=b]\n"),
            MODULE,
            ("main.go", MAIN),
        ],
        platform: None,
        marked: Some("   3 | >>>   env: [A=b]"),
        message: "`image.env` is a list; it should be a mapping of keys to values",
    },
    Mistake {
        name: "no go.mod",
        files: &[("gobuild.yaml", "# syntax=gobuild/frontend:1\n"), ("main.go", MAIN)],
        platform: None,
        marked: Some("   1 | >>> # syntax=gobuild/frontend:1"),
        message: "no go.mod in the context",
    },
    Mistake {
        name: "two main packages",
        files: &[
            ("gobuild.yaml", "# syntax=gobuild/frontend:1\n"),
            MODULE,
            ("cmd/api/main.go", MAIN),
            ("cmd/worker/main.go", MAIN),
        ],
        platform: None,
        marked: Some("   1 | >>> # syntax=gobuild/frontend:1"),
        message: "write one of\n  main: ./cmd/api\n  main: ./cmd/worker",
    },
    Mistake {
        name: "a main package outside the context",
        files: &[("gobuild.yaml", "# syntax=gobuild/frontend:1\nmain: ../api\n"), MODULE, ("main.go", MAIN)],
        platform: None,
        marked: Some("   2 | >>> main: ../api"),
        message: "`main: ../api`: the path leads out of the context",
    },
    Mistake {
        name: "an unsupported platform",
        files: &[("gobuild.yaml", "# syntax=gobuild/frontend:1\n"), MODULE, ("main.go", MAIN)],
        platform: Some("linux/sparc64"),
        marked: None,
        message: "platform `linux/sparc64` cannot be built: Go has no Linux port called `sparc64`",
    },
    Mistake {
        name: "text for a shell",
        files: &[
            ("gobuild.yaml", "# syntax=gobuild/frontend:1\nmain: ./$(touch /pwn)\n"),
            MODULE,
            ("main.go", MAIN),
        ],
        platform: None,
        marked: Some("   2 | >>> main: ./$(touch /pwn)"),
        message: "`main: ./$(touch /pwn)` is not in the context",
    },
];

#[test]
fn is_explained_by_docker() -> Result<()> {
    explained(&Daemon::preferred()?)
}

#[test]
fn is_explained_by_buildkit() -> Result<()> {
    explained(&Daemon::up(Kind::Buildkit)?)
}

fn explained(daemon: &Daemon) -> Result<()> {
    for mistake in &MISTAKES {
        let name = mistake.name;
        let context = mistake.context()?;
        let mut build = Build::new(&context).file("gobuild.yaml");
        if let Some(platform) = mistake.platform {
            build = build.platform(platform);
        }
        let log = daemon.build(&build)?;
        fs::remove_dir_all(&context)?;
        ensure!(log.code == 1, "{name}: exit code {}\n{log}", log.code);
        ensure!(log.text.contains(mistake.message), "{name}: the message is not there\n{}", log.text);
        let marked = mistake.marked.is_none_or(|line| log.text.contains(line));
        ensure!(marked, "{name}: the excerpt is not there\n{}", log.text);
        let marks = log.text.matches(">>>").count();
        ensure!(marks <= 1, "{name}: {marks} lines are marked\n{}", log.text);
        let half_built =
            log.steps().iter().any(|step| step.name.contains("go build") || step.name.contains("COPY"));
        ensure!(!half_built, "{name}: something was built\n{log}");
    }
    Ok(())
}

impl Mistake {
    fn context(&self) -> Result<PathBuf> {
        let folder = Lab::open()?.scratch("mistake");
        for (path, text) in self.files {
            let path = folder.join(path);
            fs::create_dir_all(path.parent().unwrap_or(&folder))?;
            fs::write(path, text)?;
        }
        Ok(folder)
    }
}
