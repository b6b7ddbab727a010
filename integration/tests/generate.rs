//! Generate steps and licences on a real daemon: what runs, what runs again, and what is in the image.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::{Build, BuildLog, Daemon, Kind, Run};
use repository::Repository;
use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

/// A repository of `generate/` that the test may change.
fn repository(name: &str) -> Result<Repository> {
    Repository::of(&format!("../integration/tests/generate/{name}"))
}

/// The names of the steps that ran, up to their first space: `[generate]`.
fn ran(log: &BuildLog) -> BTreeSet<&str> {
    log.ran().iter().filter_map(|vertex| vertex.name.split(' ').next()).collect()
}

fn build(daemon: &Daemon, build: &Build) -> Result<BuildLog> {
    good(daemon.build(build)?)
}

fn again(daemon: &Daemon, build: &Build) -> Result<BuildLog> {
    good(daemon.build_again(build)?)
}

fn good(log: BuildLog) -> Result<BuildLog> {
    ensure!(log.succeeded(), "{log}");
    Ok(log)
}

fn output(daemon: &Daemon, tag: &str) -> Result<String> {
    let output = daemon.run_to_end(tag, &Run::new())?;
    ensure!(output.status.success(), "{tag}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// What makes a build another one than that of an earlier run.
fn now() -> Result<u128> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos())
}

#[test]
fn a_tool_of_the_module_makes_go_files() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = repository("stringer")?;
    let tag = "generate/stringer:1";
    let described = Build::new(&repository.folder).file("gobuild.yaml").tag(tag);
    repository.append("color/color.go", &format!("// {}", now()?))?;
    let first = build(&daemon, &described)?;
    ensure!(ran(&first).contains("[generate]"), "{:?} ran", ran(&first));
    ensure!(output(&daemon, tag)? == "Green\n", "the name of a constant");

    // It is no input.
    repository.append("README.md", &now()?.to_string())?;
    let readme = again(&daemon, &described)?;
    ensure!(!ran(&readme).contains("[generate]"), "a README was edited, and {:?} ran", ran(&readme));

    let forced = again(&daemon, &described.clone().flag("--no-cache-filter=generate"))?;
    ensure!(ran(&forced) == BTreeSet::from(["[generate]"]), "{:?} ran again", ran(&forced));

    repository.edit("color/color.go", |text| text.replace("go tool stringer", "go tool missing"))?;
    let missing = daemon.build(&described)?;
    ensure!(!missing.succeeded() && missing.to_string().contains("no such tool"), "{missing}");
    Ok(())
}

#[test]
fn assets_of_another_image_and_context_are_embedded() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = repository("bundle")?;
    let tag = "generate/bundle:1";
    let app = repository.folder.join("app");
    let ui = repository.folder.join("ui");
    let described = Build::new(&app)
        .file("gobuild.yaml")
        .tag(tag)
        .flag("--build-context")
        .flag(format!("ui={}", ui.display()));
    let number = now()?;
    repository.append("ui/src/c.js", &format!("console.log({number})"))?;
    // Of an earlier build on somebody's own machine.
    repository.append("app/web/dist/app.js", "stale")?;
    let first = build(&daemon, &described)?;
    ensure!(ran(&first).is_superset(&BTreeSet::from(["[generate]", "[build]"])), "{:?} ran", ran(&first));
    let expected = format!("console.log(\"one\")\nconsole.log(\"two\")\nconsole.log({number})\n");
    ensure!(output(&daemon, tag)? == expected, "{}", output(&daemon, tag)?);

    // Outside of its inputs, and in the place of its output.
    repository.append("ui/README.md", "new")?;
    repository.append("app/web/dist/app.js", "staler")?;
    let readme = again(&daemon, &described)?;
    ensure!(readme.all_cached(), "no input was edited, and {:?} ran", ran(&readme));

    // An input that makes no difference.
    repository.append("ui/src/c.js", &format!("// {number}"))?;
    let comment = again(&daemon, &described)?;
    ensure!(
        ran(&comment) == BTreeSet::from(["[generate]"]),
        "the output is the same, and {:?} ran",
        ran(&comment)
    );

    // An edit of the program leaves the step alone.
    repository.append("app/main.go", &format!("// {number}"))?;
    let program = again(&daemon, &described)?;
    ensure!(!ran(&program).contains("[generate]"), "the program was edited, and {:?} ran", ran(&program));
    Ok(())
}

#[test]
fn an_output_that_is_missing_is_an_error() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = repository("bundle")?;
    repository.edit("app/gobuild.yaml", |text| text.replace("from: dist,", "from: build,"))?;
    let described = Build::new(repository.folder.join("app"))
        .file("gobuild.yaml")
        .flag("--build-context")
        .flag(format!("ui={}", repository.folder.join("ui").display()));
    let log = daemon.build(&described)?;
    ensure!(!log.succeeded(), "an output is missing");
    let shown = log.to_string();
    for said in [
        "gobuild: `mkdir -p dist /root/.tool, sh",
        "did not make `build`, which its `outputs` name",
        "gobuild.yaml:3",
    ] {
        ensure!(shown.contains(said), "{said} in {shown}");
    }
    Ok(())
}

/// The files of an image below `/licenses`, and their layer.
fn licenses(daemon: &Daemon, tag: &str) -> Result<(BTreeSet<String>, String)> {
    let image = daemon.image(tag)?;
    let files = image.files()?;
    let below: Vec<_> = files.iter().filter(|entry| entry.path.starts_with("/licenses")).collect();
    let layer = below.first().context("no licences")?.layer;
    for entry in &below {
        let mode = if entry.mode.starts_with('d') { "drwxr-xr-x" } else { "-rw-r--r--" };
        ensure!(entry.mode == mode && entry.uid == 0 && entry.gid == 0, "{entry:?}");
        ensure!(entry.modified == "1970-01-01 00:00:00" && entry.layer == layer, "{entry:?}");
    }
    ensure!(layer + 2 == image.layers.len(), "the licences are below the program");
    let paths = below.iter().filter(|entry| entry.mode.starts_with('-')).map(|entry| entry.path.clone());
    Ok((paths.collect(), image.layers[layer].clone()))
}

fn paths(expected: &[&str]) -> BTreeSet<String> {
    expected.iter().map(|path| (*path).to_owned()).collect()
}

#[test]
fn licences_of_what_is_linked_are_in_the_image() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = repository("linked")?;
    let tag = "generate/licenses:1";
    let described = Build::new(&repository.folder).file("gobuild.yaml").tag(tag);
    build(&daemon, &described)?;
    let (found, layer) = licenses(&daemon, tag)?;
    let expected = paths(&[
        "/licenses/example.com/linked/LICENSE",
        "/licenses/github.com/BurntSushi/toml@v1.4.0/COPYING",
        "/licenses/github.com/BurntSushi/toml@v1.4.0/cmd/toml-test-decoder/COPYING",
        "/licenses/github.com/BurntSushi/toml@v1.4.0/cmd/toml-test-encoder/COPYING",
        "/licenses/github.com/BurntSushi/toml@v1.4.0/cmd/tomlv/COPYING",
        "/licenses/go@1.26.8/LICENSE",
        "/licenses/go@1.26.8/PATENTS",
        "/licenses/golang.org/x/sync@v0.16.0/LICENSE",
        "/licenses/golang.org/x/sync@v0.16.0/PATENTS",
    ]);
    ensure!(found == expected, "{found:#?}");

    // Another program from the same modules, collected again, from layers: the very same layer.
    repository.append("main.go", &format!("func init() {{ println({}) }}", now()?))?;
    let args = described.arg("BUILDKIT_SYNTAX", "gobuild/frontend:1 cache=layers");
    let edited = build(&daemon, &args)?;
    ensure!(ran(&edited).contains("[licenses]"), "{:?} ran", ran(&edited));
    ensure!(licenses(&daemon, tag)? == (expected, layer), "an edit of the program changes the licences");
    Ok(())
}

#[test]
fn licences_of_vendored_modules_are_in_the_image() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = repository("vendored")?;
    let tag = "generate/vendored:1";
    build(&daemon, &Build::new(&repository.folder).file("gobuild.yaml").tag(tag))?;
    let (found, _) = licenses(&daemon, tag)?;
    let expected = paths(&[
        "/licenses/example.com/small@v1.2.3/LICENSE",
        "/licenses/example.com/vendored/COPYING.md",
        "/licenses/go@1.26.8/LICENSE",
        "/licenses/go@1.26.8/PATENTS",
    ]);
    ensure!(found == expected, "{found:#?}");
    Ok(())
}
