//! What people are told of a build file, on real daemons: ten mistakes at once, by a build and by `--check`, and what a
//! check says of files that have none.
//!
//! The tests print what a client prints.

use anyhow::{Result, ensure};
use integration::{Build, Daemon, Kind, Lab};
use std::fs;
use std::path::{Path, PathBuf};

const MODULE: &str = "module example.com/app\n\ngo 1.26\n";
const MAIN: &str = "package main\n\nfunc main() {}\n";

/// A file with a mistake on each line that is named in [`MISTAKES`].
const TEN: &str = "\
# syntax=gobuild/frontend:1
mian: ./cmd/api
go: latest
base: scratch
build:
  cgo: true
  race: yes
image:
  user: app user
  workdir: app
  ports: [http]
  entrypoint: /app/api --serve
  labels:
    version: ${VERSON:-1.0}
";

/// The line, and what is said of it.
const MISTAKES: [(usize, &str); 10] = [
    (2, "unknown key `mian` at the top; did you mean `main`? write: `main: ./cmd/api`"),
    (3, "`go: latest`: a Go version is written like `1.26` or `1.26.3`"),
    (4, "unknown key `base` at the top; there is `image.base`"),
    (6, "`build.cgo: true`: how is it to be linked? Write `static`"),
    (7, "`build.race: yes`: it is `true` or `false`; write `true`"),
    (9, "`image.user: app user`: `app user` is not an account"),
    (10, "`image.workdir: app`: a directory in the image is absolute and clean, like `/app`"),
    (11, "`image.ports: http`: `http` is not a port"),
    (
        12,
        "`image.entrypoint` is a text; it should be a list like `[/app/server, --flag]` (no shell reads it); write: \
          `entrypoint: [/app/api, --serve]`",
    ),
    (14, "`VERSON` is not declared"),
];

#[test]
fn ten_mistakes_on_docker() -> Result<()> {
    ten_mistakes(&Daemon::up(Kind::Docker28)?)
}

#[test]
fn ten_mistakes_on_buildkit() -> Result<()> {
    ten_mistakes(&Daemon::up(Kind::Buildkit)?)
}

fn ten_mistakes(daemon: &Daemon) -> Result<()> {
    let context = context(TEN)?;
    for check in [false, true] {
        let build = Build::new(&context).file("gobuild.yaml");
        let (code, text) = printed(daemon, &if check { build.flag("--check") } else { build })?;
        eprintln!("== {}\n{text}", if check { "--check" } else { "build" });
        ensure!(code == 1, "exit code {code}\n{text}");
        for (line, message) in MISTAKES {
            let source = TEN.lines().nth(line - 1).unwrap_or_default();
            ensure!(text.contains(message), "{message}: the message is not there\n{text}");
            ensure!(text.contains(&format!("gobuild.yaml:{line})")), "line {line} is not named\n{text}");
            ensure!(text.contains(&format!(" {line:3} | >>> {source}")), "line {line} is not marked\n{text}");
        }
    }
    Ok(fs::remove_dir_all(&context)?)
}

#[test]
fn findings_on_docker() -> Result<()> {
    findings(&Daemon::up(Kind::Docker28)?)
}

#[test]
fn findings_on_buildkit() -> Result<()> {
    findings(&Daemon::up(Kind::Buildkit)?)
}

/// A check finds what a build warns of; a comment makes it an error, and another one silences it.
fn findings(daemon: &Daemon) -> Result<()> {
    const ROOT: &str = "# syntax=gobuild/frontend:1\n# check=skip=LegacyLabel\nimage:\n  user: root\n  labels:\n    maintainer: me\n";
    const MESSAGE: &str =
        "the program would run as root; remove `image.user`, or write `image.user: nonroot`";
    let context = context(ROOT)?;
    let build = Build::new(&context).file("gobuild.yaml");
    let (code, text) = printed(daemon, &build.clone().flag("--check"))?;
    eprintln!("== --check\n{text}");
    ensure!(code == 1, "exit code {code}\n{text}");
    for part in [
        "WARNING: RootUser - docs/checks/root-user.md",
        MESSAGE,
        "   4 | >>>   user: root",
        "1 warning has been found",
    ] {
        ensure!(text.contains(part), "`{part}` is not there\n{text}");
    }
    ensure!(!text.contains("WARNING: LegacyLabel"), "what is skipped is told of\n{text}");

    let log = daemon.build(&build)?;
    eprintln!("== build\n{log}");
    ensure!(log.succeeded(), "{log}");
    let short = format!("RootUser: {MESSAGE} (line 4)");
    ensure!(log.warnings.iter().any(|warning| warning.starts_with(&short)), "no warning\n{log}");

    fs::write(context.join("gobuild.yaml"), ROOT.replace("skip=LegacyLabel", "error=true"))?;
    let log = daemon.build(&build)?;
    ensure!(
        log.code == 1 && log.text.contains("lint violation found for rules: LegacyLabel, RootUser"),
        "{log}"
    );
    let skipped = build.arg("BUILDKIT_DOCKERFILE_CHECK", "skip=all").flag("--check");
    let (code, text) = printed(daemon, &skipped)?;
    ensure!(code == 0 && text.contains("Check complete, no warnings found."), "exit code {code}\n{text}");
    Ok(fs::remove_dir_all(&context)?)
}

#[test]
fn examples_have_no_findings() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let mut checked = 0;
    for example in fs::read_dir(daemon.lab().workspace().join("examples"))? {
        let folder = example?.path();
        if !folder.join("gobuild.yaml").exists() {
            continue;
        }
        let build = Build::new(&folder).file("gobuild.yaml").flag("--check");
        let (code, text) = printed(&daemon, &build)?;
        eprintln!("== {}\n{text}", folder.display());
        ensure!(
            code == 0 && text.contains("no warnings found"),
            "{}: exit code {code}\n{text}",
            folder.display()
        );
        checked += 1;
    }
    ensure!(checked > 3, "{checked} examples");
    Ok(())
}

/// The exit code, and what the client prints beside progress.
fn printed(daemon: &Daemon, build: &Build) -> Result<(i32, String)> {
    let log = daemon.build(build)?;
    Ok((log.code, log.stdout + &log.text))
}

fn context(yaml: &str) -> Result<PathBuf> {
    let folder = Lab::open()?.scratch("language");
    fs::create_dir_all(&folder)?;
    let write = |name: &str, text: &str| fs::write(Path::new(&folder).join(name), text);
    write("gobuild.yaml", yaml)?;
    write("go.mod", MODULE)?;
    write("main.go", MAIN)?;
    Ok(folder)
}
