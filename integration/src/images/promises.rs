//! Promises of the examples that no table shows: each is tried, and what came out is told.
//!
//! Invariant: a promise that cannot be tried is an error, not a promise that is kept.

use std::fs;

use anyhow::{Context, Result, ensure};

use super::results::Promise;
use super::runner::{copy, push, tag};
use crate::command::{output, run};
use crate::container::Run;
use crate::daemon::Daemon;
use crate::elf;
use crate::examples::{EXAMPLES, Example};
use crate::frontend_image;
use crate::image::Image;
use crate::step::step;

/// A promise, and how to find out: what came out, and whether that was promised.
struct Trial {
    example: &'static str,
    text: &'static str,
    tried: &'static str,
    work: fn(&Daemon, &Example) -> Result<(String, bool)>,
}

const TRIALS: [Trial; 7] = [
    Trial {
        example: "scratch-and-static, scratch",
        text: "two bases from one file",
        tried: "the programs of both images, compared byte by byte",
        work: same_program,
    },
    Trial {
        example: "production, static",
        text: "the program can be taken out, at a documented path",
        tried: "`docker cp` of a container's `/app/server`",
        work: taken_out,
    },
    Trial {
        example: "production, static",
        text: "the builder can be looked into and scanned",
        tried: "`--target builder`, then `go vet ./...` in it without a network",
        work: builder,
    },
    Trial {
        example: "production, static",
        text: "a variant for debugging, by target",
        tried: "`--target debug`, then `dlv version` and a shell in it",
        work: debugger,
    },
    Trial {
        example: "alpine-or-scratch, alpine",
        text: "a debug target",
        tried: "`--target debug`, then `dlv version` and a shell in it",
        work: debugger,
    },
    Trial {
        example: "alpine-or-scratch, scratch",
        text: "C on scratch is refused, and the package that needs it is named",
        tried: "a package `./db` with `import \"C\"`, and `build.cgo: dynamic`",
        work: refused,
    },
    Trial {
        example: "alpine-or-scratch, scratch",
        text: "the program is for Linux, wherever the client is",
        tried: "a client with `GOOS=darwin` in its environment",
        work: linux,
    },
];

/// Tries all of them.
pub fn try_all(daemon: &Daemon) -> Result<Vec<Promise>> {
    let promise = |trial: &Trial| -> Result<Promise> {
        let example = EXAMPLES.iter().find(|example| example.name() == trial.example);
        let example = example.context("there is no such example")?;
        let (found, kept) =
            step(format!("{}: {}", trial.example, trial.text), || (trial.work)(daemon, example))?;
        let [name, text, tried] = [trial.example, trial.text, trial.tried].map(str::to_owned);
        Ok(Promise { example: name, text, tried, found, kept })
    };
    TRIALS.iter().map(|trial| promise(trial).with_context(|| trial.text)).collect()
}

/// The image that was built of an example.
fn image(daemon: &Daemon, example: &Example) -> Result<Image> {
    daemon.image(&tag(example, "gobuild"))
}

fn same_program(daemon: &Daemon, example: &Example) -> Result<(String, bool)> {
    let other = EXAMPLES.iter().find(|other| other.folder == example.folder && other.args.is_empty());
    let [ours, theirs] = [example, other.context("there is no other variant")?]
        .map(|example| image(daemon, example)?.read(example.binary));
    let same = ours? == theirs?;
    Ok((if same { "the same" } else { "they differ" }.to_owned(), same))
}

fn taken_out(daemon: &Daemon, example: &Example) -> Result<(String, bool)> {
    let file = daemon.lab().scratch("taken");
    let container = daemon.run(&tag(example, "gobuild"), &Run::new().locked())?;
    let from = format!("{}:{}", container.id(), example.binary);
    run(daemon.docker(["cp", &from]).arg(&file))?;
    let program = fs::read(&file)?;
    fs::remove_file(file)?;
    let same = program == image(daemon, example)?.read(example.binary)?;
    Ok((format!("a program of {}", frontend_image::megabytes(program.len() as u64)), same))
}

fn builder(daemon: &Daemon, example: &Example) -> Result<(String, bool)> {
    let tag = tag(example, "builder");
    push(daemon, &example.build(daemon, &example.path()?).target("builder"), &tag)?;
    let words = ["go", "vet", "./..."];
    let how = words.iter().fold(Run::new().flag("--network=none"), |how, word| how.arg(*word));
    let said = daemon.run_to_end(&tag, &how)?;
    Ok((ended(said.status.success()), said.status.success()))
}

fn debugger(daemon: &Daemon, example: &Example) -> Result<(String, bool)> {
    let tag = tag(example, "debug");
    push(daemon, &example.build(daemon, &example.path()?).target("debug"), &tag)?;
    let name = daemon.registry().context("this daemon pushes to a registry")?.reference(&tag);
    run(&mut daemon.docker(["pull", "--quiet", &name]))?;
    let says = |program: &str, arguments: &[&str]| -> Result<(bool, String)> {
        let mut docker = daemon.docker(["run", "--rm", "--entrypoint", program, &name]);
        let output = output(docker.args(arguments))?;
        Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
    };
    let (delve, said) = says("dlv", &["version"])?;
    let (shell, _) = says("sh", &["-c", "true"])?;
    let version = said.lines().find_map(|line| line.strip_prefix("Version: ")).unwrap_or("?");
    let shell_found = if shell { "a shell" } else { "no shell" };
    Ok((format!("delve {version}, {shell_found}"), delve && shell))
}

fn refused(daemon: &Daemon, example: &Example) -> Result<(String, bool)> {
    let folder = copy(daemon, &example.path()?)?;
    fs::create_dir(folder.join("db"))?;
    let package = "package db\n\n// static int open_it(void) { return 7; }\nimport \"C\"\n\nfunc Open() int { return int(C.open_it()) }\n";
    fs::write(folder.join("db/db.go"), package)?;
    let main = "package main\n\nimport \"example.com/server/db\"\n\nfunc init() { println(db.Open()) }\n";
    fs::write(folder.join("needs_c.go"), main)?;
    let words = format!("{} build.cgo=dynamic", frontend_image::NAME);
    let build = example.build(daemon, &folder).arg("BUILDKIT_SYNTAX", &words);
    let log = daemon.build(&build)?;
    fs::remove_dir_all(folder)?;
    ensure!(!log.succeeded(), "it was built:\n{log}");
    let line = log.text.lines().rev().find(|line| line.starts_with("ERROR")).unwrap_or_default();
    let named = line.contains("example.com/server/db");
    let found = line.rsplit_once("failed to solve: ").map_or(line, |(_, rest)| rest);
    Ok((format!("`{}`", found.replace('`', "'")), named))
}

fn linux(daemon: &Daemon, example: &Example) -> Result<(String, bool)> {
    let tag = tag(example, "goos");
    push(daemon, &example.build(daemon, &example.path()?).env("GOOS", "darwin"), &tag)?;
    let same = daemon.image(&tag)?.id == image(daemon, example)?.id;
    let is_static = elf::is_static(&daemon.image(&tag)?.read(example.binary)?)?;
    Ok((if same { "the same image" } else { "another image" }.to_owned(), same && is_static))
}

fn ended(well: bool) -> String {
    if well { "ended well" } else { "failed" }.to_owned()
}
