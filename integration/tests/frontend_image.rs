//! The frontend image as it is published: compiled inside `Dockerfile.frontend`, from nothing but the sources.
//!
//! It takes minutes the first time, as it compiles the frontend in a container; after that it is cached.

use anyhow::{Result, ensure};
use integration::{Build, Daemon, Image, Kind, elf, frontend_image};

const TAG: &str = "gobuild/frontend:full";
/// In bytes, as pulled: every build on a new machine waits for it.
const LARGEST: u64 = 2_500_000;

#[test]
fn published_image_is_the_tested_one() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    daemon.load_rust()?;
    let workspace = daemon.lab().workspace();
    let build = Build::new(workspace)
        .file("Dockerfile.frontend")
        .tag(TAG)
        .flag("--provenance=false")
        .env("SOURCE_DATE_EPOCH", "0");
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");

    let sizes = frontend_image::sizes(daemon.lab())?;
    ensure!(sizes.compressed < LARGEST, "{} bytes to pull", sizes.compressed);
    let full = daemon.image(TAG)?;
    ensure!(elf::is_static(&full.read("/gobuild")?)?, "the program needs a dynamic loader");
    let tested = daemon.image(frontend_image::NAME)?;
    ensure!(
        full.layers == tested.layers,
        "other bytes: {:?} instead of {:?}",
        files(&full)?,
        files(&tested)?
    );
    ensure!(full.config["config"] == tested.config["config"], "{}\n{}", full.config, tested.config);
    Ok(())
}

fn files(image: &Image) -> Result<Vec<String>> {
    let files = image.files()?.into_iter();
    Ok(files.map(|file| format!("{} {} {} {}", file.path, file.mode, file.size, file.modified)).collect())
}
