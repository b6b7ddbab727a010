//! What every image promises, on real daemons: what a change rebuilds, equal images, several platforms.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::{Build, BuildLog, Daemon, Kind, Run};
use repository::Repository;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// The steps that ran, by the words in their names that tell them apart.
fn ran(log: &BuildLog) -> Result<Vec<&'static str>> {
    ensure!(log.succeeded(), "{log}");
    let steps = ["go mod download", "go build", "COPY"];
    Ok(steps.into_iter().filter(|step| log.ran().iter().any(|vertex| vertex.name.contains(step))).collect())
}

#[test]
fn a_change_rebuilds_what_it_is_part_of() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = Repository::of("two-platforms")?;
    // The daemon remembers earlier runs of this test.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    repository.append("cmd/server/main.go", &format!("// {now}"))?;
    repository.append("go.mod", &format!("// {now}"))?;
    let build = Build::new(&repository.folder).file("go.mod").tag("promise/change:1");
    ensure!(daemon.build(&build)?.succeeded());

    let check = |what: &str, expected: &[&str]| -> Result<()> {
        let found = ran(&daemon.build_again(&build)?)?;
        ensure!(found == expected, "{what}: ran {found:?}, expected {expected:?}");
        Ok(())
    };
    check("nothing", &[])?;
    repository.append("README.md", "more to read")?;
    check("a README", &[])?;
    repository.append("cmd/x/main.go", "// another program")?;
    check("another program of the repository", &[])?;
    repository.append("cmd/server/main_test.go", "package main")?;
    check("a test", &[])?;
    repository.append("cmd/server/main.go", "// a comment")?;
    check("a source file, but not what it compiles to", &["go build"])?;
    repository.append("cmd/server/main.go", &format!("func init() {{ println({now}) }}"))?;
    check("a source file", &["go build", "COPY"])?;
    repository.append("go.mod", "// a comment")?;
    check("go.mod", &["go mod download", "go build"])
}

#[test]
fn equal_inputs_give_equal_images() -> Result<()> {
    // Daemons with caches of their own, folders of their own, and a program that none of them has linked before.
    let version = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos().to_string();
    let mut images = Vec::new();
    for kind in [Kind::Docker28, Kind::Buildkit, Kind::Docker20] {
        let daemon = Daemon::up(kind)?;
        let repository = Repository::of("production")?;
        let tag = "promise/equal:1";
        let build = Build::new(&repository.folder).file("gobuild.yaml").tag(tag).arg("BASE", "scratch");
        let log = daemon.build(&build.arg("VERSION", &version))?;
        ensure!(log.succeeded(), "{log}");
        images.push((kind, daemon.image(tag)?));
    }
    let (_, first) = &images[0];
    let expected = first.files()?;
    for (kind, image) in &images {
        let mut files = image.files()?;
        // BuildKit 0.8 cannot set the sticky bit.
        for file in files.iter_mut().filter(|file| *kind == Kind::Docker20 && file.path == "/tmp") {
            ensure!(file.mode == "drwxrwxrwx", "{file:?}");
            "drwxrwxrwt".clone_into(&mut file.mode);
        }
        let other: Vec<_> = files.iter().filter(|file| !expected.contains(file)).collect();
        ensure!(files == expected, "{kind} gives other files: {other:?}");
        // The oldest daemon writes the same files in another dialect of tar.
        ensure!(
            *kind == Kind::Docker20 || image.id == first.id,
            "{kind} gives another image: {}",
            image.config
        );
    }
    Ok(())
}

#[test]
fn several_platforms_are_cross_compiled_into_one_index() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28Containerd)?;
    let repository = Repository::of("two-platforms")?;
    let build = Build::new(&repository.folder)
        .file("go.mod")
        .platform("linux/amd64,linux/arm64")
        .tag("promise/platforms:1");
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    for name in [
        "[modules] go mod download",
        "amd64 build] go build ./cmd/server",
        "arm64 build] go build ./cmd/server",
    ] {
        ensure!(log.vertex(name).is_some(), "no step is called {name}\n{log}");
    }
    let again = daemon.build_again(&build)?;
    ensure!(again.all_cached(), "{again}");
    ensure!(platforms(&daemon, "promise/platforms:1")? == ["amd64", "arm64"], "{}", log.metadata);

    // The same repository, unchanged, through the other door: another program of it.
    let other = Build::new(&repository.folder)
        .file("go.mod")
        .platform("linux/amd64,linux/arm64")
        .arg("BUILDKIT_SYNTAX", "gobuild/frontend:1 main=./cmd/x")
        .tag("promise/other:1");
    let log = daemon.build(&other)?;
    ensure!(log.succeeded(), "{log}");
    ensure!(platforms(&daemon, "promise/other:1")? == ["amd64", "arm64"], "{}", log.metadata);
    let output = daemon.run_to_end("promise/other:1", &Run::new())?;
    let output = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.contains(" linux/"), "{output}");
    Ok(())
}

/// The architectures that the images behind a tag are for, by their configs; attestations are for none.
fn platforms(daemon: &Daemon, tag: &str) -> Result<Vec<String>> {
    let folder = daemon.lab().scratch("platforms");
    fs::create_dir_all(&folder)?;
    let archive = folder.join("image.tar");
    ensure!(
        daemon.docker(["save", "--output"]).arg(&archive).arg(tag).status()?.success(),
        "{tag} cannot be saved"
    );
    ensure!(Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(&folder).status()?.success());
    let document = |path: PathBuf| -> Result<Value> { Ok(serde_json::from_slice(&fs::read(path)?)?) };
    let blob = |descriptor: &Value| -> Result<Value> {
        let digest = descriptor["digest"].as_str().context("a descriptor has a digest")?;
        document(folder.join("blobs").join(digest.replace(':', "/")))
    };
    let index = blob(&document(folder.join("index.json"))?["manifests"][0])?;
    let mut found = Vec::new();
    for manifest in index["manifests"].as_array().context("an index has manifests")? {
        let config = blob(&blob(manifest)?["config"])?;
        found.extend(config["architecture"].as_str().filter(|name| *name != "unknown").map(str::to_owned));
    }
    fs::remove_dir_all(&folder)?;
    found.sort();
    Ok(found)
}

#[test]
fn a_file_called_dockerfile_needs_no_flag() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = Repository::of("devops-info-service")?;
    fs::rename(repository.folder.join("gobuild.yaml"), repository.folder.join("Dockerfile"))?;
    let log = daemon.build(&Build::new(&repository.folder).tag("promise/dockerfile:1"))?;
    ensure!(log.succeeded(), "{log}");
    Ok(())
}

#[test]
fn a_compile_error_is_shown_with_its_place() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = Repository::of("devops-info-service")?;
    repository.append("main.go", "func broken() { undefinedFunction() }")?;
    let log = daemon.build(&Build::new(&repository.folder).file("gobuild.yaml"))?;
    ensure!(log.code == 1, "{log}");
    let step = log.vertex("go build").context("the compile step is not in the log")?;
    ensure!(step.output.contains("undefined: undefinedFunction"), "{}", step.output);
    ensure!(log.text.contains("gobuild.yaml:1"), "no excerpt of the build file\n{}", log.text);
    Ok(())
}
