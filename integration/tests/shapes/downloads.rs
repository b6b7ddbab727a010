//! What a changed go.mod downloads: what is new in it, whoever of the workspace it is of.

use super::row::{Folder, Mode, Row};
use super::{SUMS, UUID, say, word};
use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon};
use std::collections::BTreeSet;
use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

/// The modules whose files the module step downloaded, as Go says it; nothing if the step did not run.
fn downloaded(daemon: &Daemon, build: &Build) -> Result<Option<BTreeSet<String>>> {
    let log = daemon.build_again(build)?;
    ensure!(log.succeeded(), "{log}");
    let step = log.vertex("go mod download").context("there is a module step")?;
    let lines = step.output.lines().filter_map(|line| line.strip_prefix("go: downloading "));
    let modules = lines.filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    Ok((!step.cached).then_some(modules))
}

#[test]
fn an_edit_of_one_member_downloads_what_is_new_in_it() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    let module = |name: &str, lines: &str| format!("module example.com/{name}\n\ngo 1.26\n{lines}");
    let row = Row::new("downloads")
        .yaml("main: ./api")
        .file("go.work", "go 1.26\n\nuse (\n\t./api\n\t./lib\n)\n")
        // The daemon remembers the steps of earlier runs, whatever their cache mounts.
        .file("api/go.mod", module("api", &format!("{UUID}// {now}\n")))
        .file("api/go.sum", SUMS)
        .file(
            "api/main.go",
            say(&["example.com/lib", "github.com/google/uuid"], "lib.Word(), uuid.Nil.String()"),
        )
        .file("lib/go.mod", module("lib", ""))
        .file("lib/lib.go", word("lib", &[], "\"lib\""));
    let folder = Folder::new(&row, Mode::Mounts)?;
    let edit = |path: &str, text: String| fs::write(folder.path.join(path), text);
    // Cache mounts that nothing is in yet.
    let namespace = format!("shapes-{now}");
    let build = Build::new(&folder.path).file("gobuild.yaml").arg("BUILDKIT_CACHE_MOUNT_NS", &namespace);
    let set =
        |modules: &[&str]| Some(modules.iter().map(|module| (*module).to_owned()).collect::<BTreeSet<_>>());
    let check = |what: &str, expected: Option<BTreeSet<String>>| -> Result<()> {
        let found = downloaded(&daemon, &build)?;
        ensure!(found == expected, "{what} downloads {found:?}, not {expected:?}");
        Ok(())
    };

    check("a first build", set(&["github.com/google/uuid"]))?;
    edit("lib/lib.go", word("lib", &[], "\"edited\""))?;
    check("a source file", None)?;
    edit("lib/go.mod", module("lib", "\nrequire golang.org/x/sync v0.16.0\n"))?;
    edit(
        "lib/lib.go",
        word(
            "lib",
            &["golang.org/x/sync/errgroup"],
            "func() string { new(errgroup.Group).Wait(); return \"sync\" }()",
        ),
    )?;
    check("a requirement of another member", set(&["golang.org/x/sync"]))?;
    edit("lib/go.mod", module("lib", "\n// A comment.\nrequire golang.org/x/sync v0.16.0\n"))?;
    check("a comment in a go.mod", set(&[]))
}
