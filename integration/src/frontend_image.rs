//! The frontend image: compiled here, built from `Dockerfile.frontend` on Docker 28, carried into the other daemons.
//!
//! The named context `build` replaces the Dockerfile's build stage of the same name by the folder `target/frontend`,
//! so the image is the published one but for where its program was compiled. Invariant: every daemon of the lab has
//! the same image, because all get it from one archive.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::command::{read, read_bytes, run, tail};
use crate::daemon::Daemon;
use crate::elf;
use crate::host;
use crate::lab::{Lab, Lock};
use crate::step::{step, step_if_needed};

/// The image's name, as a `# syntax=` line has it.
pub const NAME: &str = "gobuild/frontend:1";

const DOCKERFILE: &str = "Dockerfile.frontend";

/// The program, before it is in an image.
#[derive(Debug)]
pub struct Program {
    bytes: Vec<u8>,
    /// What identifies the image: digests of the program and of its Dockerfile.
    pub stamp: String,
}

/// Sizes of the frontend image in bytes.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// The program.
    pub binary: u64,
    /// The image's layers, unpacked.
    pub image: u64,
    /// The image's layers as a registry stores them.
    pub compressed: u64,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [binary, image, compressed] = [self.binary, self.image, self.compressed].map(megabytes);
        write!(f, "binary {binary}, image {image}, compressed {compressed}")
    }
}

/// Bytes as Docker shows them: decimal megabytes.
pub fn megabytes(bytes: u64) -> String {
    let kilobytes = bytes.div_ceil(1000);
    format!("{}.{:02} MB", kilobytes / 1000, kilobytes % 1000 / 10)
}

/// Compiles the frontend as a static program.
pub fn compile(lab: &Lab) -> Result<Program> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let built = step_if_needed("compile the frontend", || build_program(lab, &target))?;
    let bytes = fs::read(&built)?;
    ensure!(elf::is_static(&bytes)?, "{} needs a dynamic loader, and the image has none", built.display());
    // A copy, because cargo may write another program there at any time.
    let copy = lab.scratch("gobuild");
    fs::write(&copy, &bytes)?;
    let sums = read(Command::new("sha256sum").arg(&copy).arg(lab.workspace().join(DOCKERFILE)))?;
    fs::remove_file(&copy)?;
    let stamp = sums.lines().filter_map(|line| line.split(' ').next()).collect::<Vec<_>>().join(" ");
    Ok(Program { bytes, stamp })
}

/// Builds the image in a daemon, with plain `docker buildx build`. The lock keeps the folder to this call.
pub fn build(daemon: &Daemon, program: &Program, _: &Lock) -> Result<()> {
    let lab = daemon.lab();
    let folder = program_path(lab);
    let folder = folder.parent().context("the program is in a folder")?;
    fs::create_dir_all(folder)?;
    let scratch = lab.scratch("gobuild");
    fs::write(&scratch, &program.bytes)?;
    // The time of the file is in the layer: the same program must make the same image.
    fs::File::options().write(true).open(&scratch)?.set_modified(UNIX_EPOCH)?;
    fs::rename(&scratch, program_path(lab))?;

    let dockerfile = lab.workspace().join(DOCKERFILE);
    let mut build = buildx_build(daemon, &dockerfile);
    build.arg("--build-context").arg(format!("build={}", folder.display()));
    match run(build.arg(lab.workspace())) {
        // Docker 20.10 knows no named contexts: the last stage alone, and the program in the main context.
        Err(error) if format!("{error:#}").contains("moby.buildkit.frontend.contexts") => {
            let text = fs::read_to_string(&dockerfile)?;
            let stage =
                text.rfind("FROM scratch").context("Dockerfile.frontend does not end with `FROM scratch`")?;
            let dockerfile = lab.scratch("dockerfile");
            fs::write(&dockerfile, text[stage..].replace("--from=build ", ""))?;
            run(buildx_build(daemon, &dockerfile).arg(folder))?;
            Ok(fs::remove_file(&dockerfile)?)
        }
        result => result,
    }
}

fn buildx_build(daemon: &Daemon, dockerfile: &Path) -> Command {
    let mut build =
        daemon.docker(["buildx", "build", "--load", "--provenance=false", "--tag", NAME, "--file"]);
    build.arg(dockerfile).env("SOURCE_DATE_EPOCH", "0");
    build
}

/// The image as an archive that `docker load` takes, if it is of this program.
pub fn archive(lab: &Lab, program: &Program) -> Option<PathBuf> {
    let archive = archive_path(lab);
    let current = fs::read_to_string(stamp_path(lab)).is_ok_and(|stamp| stamp == program.stamp);
    (current && archive.exists()).then_some(archive)
}

/// Builds the image and writes the archive.
pub fn make_archive(daemon: &Daemon, program: &Program, lock: &Lock) -> Result<PathBuf> {
    let lab = daemon.lab();
    let archive = archive_path(lab);
    step(format!("build {NAME}"), || {
        let _ = fs::remove_file(stamp_path(lab));
        build(daemon, program, lock)?;
        let scratch = lab.scratch("frontend");
        run(daemon.docker(["save", NAME, "--output"]).arg(&scratch))?;
        fs::create_dir_all(lab.images())?;
        fs::rename(&scratch, &archive)?;
        Ok(fs::write(stamp_path(lab), &program.stamp)?)
    })?;
    Ok(archive)
}

/// Sizes of the image that [`make_archive`] made last.
pub fn sizes(lab: &Lab) -> Result<Sizes> {
    let archive = archive_path(lab);
    let extract = |file: &str| read_bytes(Command::new("tar").arg("-xOf").arg(&archive).arg(file));
    let manifest: Value = serde_json::from_slice(&extract("manifest.json")?)?;
    let mut sizes = Sizes {
        binary: fs::metadata(program_path(lab))
            .context("the frontend is not compiled yet; run `cargo lab image`")?
            .len(),
        image: 0,
        compressed: 0,
    };
    for layer in manifest[0]["Layers"].as_array().into_iter().flatten() {
        let layer = layer.as_str().context("an archive of `docker save` lists layers by path")?;
        let file = lab.scratch("layer");
        fs::write(&file, extract(layer)?)?;
        sizes.image += listing_size(&file)?;
        // BuildKit pushes layers with gzip's default level.
        sizes.compressed +=
            read_bytes(Command::new("gzip").args(["-6", "-c", "-n"]).arg(&file))?.len() as u64;
        fs::remove_file(&file)?;
    }
    Ok(sizes)
}

/// The program in the folder that is the named context `build`.
fn program_path(lab: &Lab) -> PathBuf {
    lab.workspace().join("target/frontend/gobuild")
}

fn archive_path(lab: &Lab) -> PathBuf {
    lab.images().join("frontend.tar")
}

/// Written after the archive: names the program that is in it.
fn stamp_path(lab: &Lab) -> PathBuf {
    lab.images().join("frontend.stamp")
}

fn listing_size(layer: &Path) -> Result<u64> {
    Ok(crate::listing::list(layer, 0)?.iter().map(|entry| entry.size).sum())
}

/// `cargo build`: where it put the program, and whether it had to compile it.
fn build_program(lab: &Lab, target: &str) -> Result<(PathBuf, bool)> {
    let home = host::cargo_home()?;
    let targets =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| lab.workspace().join("target"), PathBuf::from);
    // Paths of this machine must not reach the program: it is to be the very one that `Dockerfile.frontend` compiles
    // in a container, where the same things are at these places. The last prefix that fits counts.
    let flags = [
        "-Ctarget-feature=+crt-static".to_owned(),
        format!("--remap-path-prefix={}=/cargo", home.display()),
        format!("--remap-path-prefix={}=/src", lab.workspace().display()),
        format!("--remap-path-prefix={}=/target", targets.display()),
    ];
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(lab.workspace());
    cargo.args(["build", "--release", "--locked", "--package", "gobuild", "--target", target]);
    cargo.arg("--message-format=json-render-diagnostics");
    cargo.env_remove("RUSTFLAGS").env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    let output = cargo.stdin(Stdio::null()).output().context("`cargo` does not start")?;
    if !output.status.success() {
        bail!("the frontend does not compile:\n{}", tail(&String::from_utf8_lossy(&output.stderr), 40));
    }
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == "gobuild")
        .find_map(|message| Some((PathBuf::from(message["executable"].as_str()?), message["fresh"] != true)))
        .context("cargo built no program `gobuild`")
}
