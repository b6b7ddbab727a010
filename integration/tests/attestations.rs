//! What is said of an image of ours, platform by platform: BuildKit attests what it was made of and which modules a scanner
//! finds in its programs, and its annotations say what we know.
//!
//! The scanner is a Go file that is built as any other.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Kind};
use repository::Repository;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

#[test]
fn a_scanner_finds_the_modules_of_each_platform() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let sources = daemon.lab().workspace().join("integration/tests/attestations");
    let scanner = Build::new(sources).file("scanner.go").arg("BUILDKIT_SYNTAX", "gobuild/frontend:1");
    let log = daemon.build(&scanner.tag("attestations/scanner:1"))?;
    ensure!(log.succeeded(), "{log}");

    let folder = daemon.lab().scratch("attested");
    let generator = registry.reference("attestations/scanner:1");
    let build = Build::new(daemon.lab().example("two-platforms"))
        .file("go.mod")
        .platform("linux/amd64,linux/arm64")
        .flag(format!("--attest=type=sbom,generator={generator}"))
        .flag("--attest=type=provenance,mode=max")
        .flag(format!("--output=type=local,dest={}", folder.display()));
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    for platform in ["linux_amd64", "linux_arm64"] {
        let folder = folder.join(platform);
        let packages = attested(&folder, ".spdx.json")?["predicate"]["packages"].clone();
        let packages = packages.as_array().context("packages")?;
        let uuid = packages.iter().find(|package| package["name"] == "github.com/google/uuid");
        ensure!(uuid.is_some_and(|uuid| uuid["versionInfo"] == "v1.6.0"), "{platform}: {packages:?}");
        let provenance = attested(&folder, "provenance.json")?;
        // The builder, and the base.
        let text = provenance["predicate"].to_string();
        for material in ["pkg:docker/golang@", "distroless/static@"] {
            ensure!(text.contains(material), "{platform}: no {material} in {provenance:#}");
        }
    }
    fs::remove_dir_all(folder)?;
    Ok(())
}

#[test]
fn an_index_says_what_all_its_images_say() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let registry = daemon.registry().context("this daemon pushes to a registry")?;
    let repository = Repository::of("two-platforms")?;
    repository.append("gobuild.yaml", "# syntax=gobuild/frontend:1")?;
    let annotations = "{com.example.on: \"${TARGETARCH}\", com.example.of: everyone}";
    repository.append("gobuild.yaml", &format!("image: {{annotations: {annotations}}}"))?;
    let build = Build::new(&repository.folder).file("gobuild.yaml").platform("linux/amd64,linux/arm64");
    let log = daemon.build(&build.tag("attestations/annotated:1"))?;
    ensure!(log.succeeded(), "{log}");
    let said = |platform: Option<&str>| -> Result<Value> {
        Ok(registry.manifest("attestations/annotated:1", platform)?["annotations"].clone())
    };
    let base = "org.opencontainers.image.base.name";
    for (platform, on) in
        [(None, Value::Null), (Some("linux/amd64"), json!("amd64")), (Some("linux/arm64"), json!("arm64"))]
    {
        let said = said(platform)?;
        ensure!(said["com.example.on"] == on && said["com.example.of"] == "everyone", "{platform:?}: {said}");
        ensure!(said[base] == "gcr.io/distroless/static:nonroot", "{platform:?}: {said}");
    }
    Ok(())
}

/// The attestation in a file whose name ends like this.
fn attested(folder: &Path, end: &str) -> Result<Value> {
    let files = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let names = files.iter().map(|file| file.file_name().to_string_lossy().into_owned());
    let names: Vec<String> = names.collect();
    let name =
        names.iter().find(|name| name.ends_with(end)).with_context(|| format!("{end} in {names:?}"))?;
    Ok(serde_json::from_slice(&fs::read(folder.join(name))?)?)
}
