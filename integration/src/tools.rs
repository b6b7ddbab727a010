//! Programs that the lab builds from Go modules: clients newer than any distribution's, buildkitd.
//!
//! Invariant: a program under `tools/` carries its version in its name, so a new version is never mistaken for the old;
//! `bin/` has links to them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command::{read, run};
use crate::lab::Lab;
use crate::step::step;

/// Version of buildkitd and buildctl.
pub const BUILDKIT: &str = "0.32.2";

/// The Go release inside the `golang` image.
pub const GO: &str = "1.26.8";

/// Version of buildx; it drives every daemon of the matrix, 20.10 too.
const BUILDX: &str = "0.36.1";

const CRANE: &str = "0.22.1";

/// Version of ko, which the benchmark compares with.
pub const KO: &str = "0.19.1";

/// The buildx plugin.
pub fn buildx(lab: &Lab) -> Result<PathBuf> {
    install(lab, "buildx", "github.com/docker/buildx/cmd/buildx", BUILDX)
}

/// A registry's client.
pub fn crane(lab: &Lab) -> Result<PathBuf> {
    install(lab, "crane", "github.com/google/go-containerregistry/cmd/crane", CRANE)
}

/// buildkitd and buildctl.
pub fn buildkit(lab: &Lab) -> Result<()> {
    for name in ["buildkitd", "buildctl"] {
        of_buildkit(lab, name, &format!("cmd/{name}"))?;
    }
    Ok(())
}

/// The frontend that reads Dockerfiles, as a program: what is in the image `docker/dockerfile`.
pub fn dockerfile_frontend(lab: &Lab) -> Result<PathBuf> {
    of_buildkit(lab, "dockerfile-frontend", "frontend/dockerfile/cmd/dockerfile-frontend")
}

/// ko, which builds images of Go programs without a daemon.
pub fn ko(lab: &Lab) -> Result<PathBuf> {
    install(lab, "ko", "github.com/google/ko", KO)
}

/// Builds a program of BuildKit's module.
///
/// `go install` refuses a module with exclude directives, as BuildKit's is; a throw-away module that requires it
/// builds the same program. The version is set by the linker in BuildKit's own builds too.
fn of_buildkit(lab: &Lab, name: &str, path: &str) -> Result<PathBuf> {
    let module = format!("github.com/moby/buildkit/cmd/buildkitd@v{BUILDKIT}");
    let flags = format!("-s -w -X github.com/moby/buildkit/version.Version=v{BUILDKIT}");
    build(lab, name, BUILDKIT, |file| {
        let folder = lab.scratch("module");
        fs::create_dir_all(&folder)?;
        let go = || {
            let mut go = go();
            go.current_dir(&folder);
            go
        };
        run(go().args(["mod", "init", "gobuild.invalid/lab"]))?;
        let package = format!("github.com/moby/buildkit/{path}");
        run(go().args(["get", "-tool", &module, &format!("{package}@v{BUILDKIT}")]))?;
        run(go().args(["build", "-trimpath", "-ldflags", &flags, "-o"]).arg(file).arg(&package))?;
        fs::remove_dir_all(&folder).context("cannot remove the throw-away module")
    })
}

/// Builds a program from a Go module, once per version, and returns its path in `bin/`.
pub fn install(lab: &Lab, name: &str, package: &str, version: &str) -> Result<PathBuf> {
    build(lab, name, version, |file| {
        let folder = lab.scratch("gobin");
        run(go()
            .env("GOBIN", &folder)
            .args(["install", "-trimpath", "-ldflags", "-s -w"])
            .arg(format!("{package}@v{version}")))?;
        let program = package.rsplit('/').next().unwrap_or(package);
        fs::rename(folder.join(program), file)?;
        fs::remove_dir(&folder).context("`go install` made more than one program")
    })
}

/// The Go toolchain of the `golang` image; the `go` command brings it where the machine's own is another.
pub fn goroot() -> Result<PathBuf> {
    let root = PathBuf::from(read(go().env("GOTOOLCHAIN", format!("go{GO}")).args(["env", "GOROOT"]))?);
    let version = fs::read_to_string(root.join("VERSION")).unwrap_or_default();
    let release = version.lines().next().unwrap_or_default();
    ensure!(
        release == format!("go{GO}"),
        "the Go toolchain in {} is `{release}`; the `golang` image needs go{GO}",
        root.display()
    );
    Ok(root)
}

fn build(lab: &Lab, name: &str, version: &str, work: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let tool = lab.root().join("tools").join(format!("{name}@{version}"));
    let link = lab.bin().join(name);
    if !tool.exists() {
        fs::create_dir_all(lab.root().join("tools"))?;
        step(format!("build {name} {version}"), || {
            let scratch = lab.scratch(name);
            work(&scratch)?;
            Ok(fs::rename(&scratch, &tool)?)
        })?;
    }
    if fs::read_link(&link).ok().as_ref() != Some(&tool) {
        fs::create_dir_all(lab.bin())?;
        let _ = fs::remove_file(&link);
        symlink(&tool, &link)?;
    }
    Ok(link)
}

/// `go` without what a user's settings would change in the result.
fn go() -> Command {
    let mut command = Command::new("go");
    command.env("GOFLAGS", "-buildvcs=false").env("CGO_ENABLED", "0").env("GOWORK", "off");
    // The modules need a newer Go than the machine may have.
    command.env("GOTOOLCHAIN", "auto").env_remove("GOBIN");
    command
}
