//! The base images that builds ask for, made of Debian packages and toolchains, because no registry is at hand.
//!
//! Stand-ins, to be named where a result depends on them: `alpine` is busybox without `apk`, as is what is below
//! `golang:*-alpine`, and `static` has distroless' users and files but not its package list.
//! Invariant: an image is made once and has the same ID in every daemon. Its folder's name is another when it is made
//! of other things.

use std::path::PathBuf;

use anyhow::Result;
use serde_json::{Value, json};

use crate::host;
use crate::lab::Lab;
use crate::layout::{Layout, Variant};
use crate::rootfs;
use crate::step::step;
use crate::tools;

/// An image and every name that it goes by; the first is the one that its layout carries.
#[derive(Debug)]
pub struct BaseImage {
    /// The image on disk.
    pub layout: Layout,
    /// Its names.
    pub names: &'static [&'static str],
}

/// Platforms of the images that programs are copied into.
const PLATFORMS: [&str; 2] = ["amd64", "arm64"];

const SYSTEM_PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const TLS: &str = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt";

const GOLANG: &[&str] = &["golang:1.26", "golang:1.26-bookworm", "golang:1.26.8"];
const GOLANG_ALPINE: &[&str] = &["golang:1.26-alpine", "golang:1.26-alpine3.22", "golang:1.26.8-alpine"];
const STATIC: &[&str] = &["gcr.io/distroless/static:nonroot", "gcr.io/distroless/static-debian12:nonroot"];
const STATIC_ROOT: &[&str] = &["gcr.io/distroless/static:latest", "gcr.io/distroless/static-debian12:latest"];
const STATIC_DEBUG: &[&str] =
    &["gcr.io/distroless/static:debug-nonroot", "gcr.io/distroless/static-debian12:debug-nonroot"];
const ALPINE: &[&str] = &["alpine:3", "alpine:3.22", "alpine:latest"];
const ALPINE_KEY: &str = "alpine-2";
const GOLANG_CROSS: &[&str] = &["gobuild/golang-cross:1.26"];
const RUST: &[&str] = &["rust:1.95-bookworm", "rust:1-bookworm"];

/// The images that every daemon gets.
pub fn all(lab: &Lab) -> Result<Vec<BaseImage>> {
    Ok(vec![
        golang(lab)?,
        golang_alpine(lab)?,
        static_nonroot(lab)?,
        static_root(lab)?,
        static_debug(lab)?,
        alpine(lab)?,
    ])
}

/// What [`all`] returns, in words: two are the same if the images are.
pub fn identity() -> String {
    ["static-nonroot", "static-root", "static-debug", ALPINE_KEY, &golang_key(), &golang_alpine_key()]
        .join("\n")
}

fn golang_key() -> String {
    format!("golang-{}-{}", tools::GO, rootfs::DEBIAN)
}

fn golang_alpine_key() -> String {
    format!("golang-{}-{ALPINE_KEY}", tools::GO)
}

/// Debian with git, ssh, a C compiler and the Go toolchain.
fn golang(lab: &Lab) -> Result<BaseImage> {
    image(lab, &golang_key(), GOLANG, || toolchain("bash", rootfs::debian(lab)?, rootfs::go(lab)?))
}

/// The Go toolchain with nothing but a shell: no git, no C compiler.
fn golang_alpine(lab: &Lab) -> Result<BaseImage> {
    image(lab, &golang_alpine_key(), GOLANG_ALPINE, || {
        toolchain("/bin/sh", rootfs::alpine(lab, host::architecture()?)?, rootfs::go(lab)?)
    })
}

/// The Go toolchain with C compilers for musl and for arm64, as somebody's own image may be: only for what builds C, so it
/// is in no daemon until [`crate::Daemon::load`] brings it.
pub fn golang_cross(lab: &Lab) -> Result<BaseImage> {
    let key = format!("golang-{}-{}", tools::GO, rootfs::DEBIAN_CROSS);
    image(lab, &key, GOLANG_CROSS, || toolchain("bash", rootfs::debian_cross(lab)?, rootfs::go(lab)?))
}

fn toolchain(shell: &str, system: PathBuf, go: PathBuf) -> Result<Vec<Variant>> {
    Ok(vec![Variant {
        architecture: host::architecture()?,
        config: json!({
            "Env": [
                "PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                format!("GOLANG_VERSION={}", tools::GO),
                "GOTOOLCHAIN=local",
                "GOPATH=/go",
            ],
            "Cmd": [shell],
            "WorkingDir": "/go",
        }),
        layers: vec![system, go],
    }])
}

/// The default base of the frontend.
fn static_nonroot(lab: &Lab) -> Result<BaseImage> {
    let config = json!({"Env": [SYSTEM_PATH, TLS], "User": "65532", "WorkingDir": "/home/nonroot"});
    image(lab, "static-nonroot", STATIC, || every_platform(&config, |_| Ok(vec![rootfs::static_files(lab)?])))
}

/// The same files with root as the user.
fn static_root(lab: &Lab) -> Result<BaseImage> {
    let config = json!({"Env": [SYSTEM_PATH, TLS], "User": "0", "WorkingDir": "/"});
    image(lab, "static-root", STATIC_ROOT, || {
        every_platform(&config, |_| Ok(vec![rootfs::static_files(lab)?]))
    })
}

/// The same files with a shell in `/busybox`.
fn static_debug(lab: &Lab) -> Result<BaseImage> {
    let config = json!({
        "Env": [format!("{SYSTEM_PATH}:/busybox"), TLS],
        "User": "65532",
        "WorkingDir": "/home/nonroot",
        "Entrypoint": ["/busybox/sh"],
    });
    image(lab, "static-debug", STATIC_DEBUG, || {
        every_platform(&config, |architecture| {
            Ok(vec![rootfs::static_files(lab)?, rootfs::debug_shell(lab, architecture)?])
        })
    })
}

/// A shell and the usual programs.
fn alpine(lab: &Lab) -> Result<BaseImage> {
    let config = json!({"Env": [SYSTEM_PATH], "Cmd": ["/bin/sh"], "WorkingDir": "/"});
    image(lab, ALPINE_KEY, ALPINE, || {
        every_platform(&config, |architecture| Ok(vec![rootfs::alpine(lab, architecture)?]))
    })
}

/// Debian with a C compiler and this workspace's Rust toolchain: for the full build of `Dockerfile.frontend` only, so
/// it is in no daemon until [`crate::Daemon::load`] brings it.
pub fn rust(lab: &Lab) -> Result<BaseImage> {
    image(lab, &format!("{}-{}", rootfs::rust_key(lab)?, rootfs::DEBIAN), RUST, || {
        Ok(vec![Variant {
            architecture: host::architecture()?,
            config: json!({
                "Env": [
                    "PATH=/usr/local/cargo/bin:/usr/local/rustup/toolchain/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                    "CARGO_HOME=/usr/local/cargo",
                ],
                "Cmd": ["bash"],
            }),
            layers: vec![rootfs::debian(lab)?, rootfs::rust(lab)?],
        }])
    })
}

fn every_platform(
    config: &Value,
    layers: impl Fn(&'static str) -> Result<Vec<PathBuf>>,
) -> Result<Vec<Variant>> {
    PLATFORMS
        .into_iter()
        .map(|architecture| {
            Ok(Variant { architecture, config: config.clone(), layers: layers(architecture)? })
        })
        .collect()
}

fn image(
    lab: &Lab,
    slug: &str,
    names: &'static [&'static str],
    variants: impl FnOnce() -> Result<Vec<Variant>>,
) -> Result<BaseImage> {
    let folder = lab.images().join(slug);
    if !folder.exists() {
        let variants = variants()?;
        step(format!("write image {}", names[0]), || {
            lab.fill(&folder, |scratch| Layout::write(scratch, names[0], &variants))
        })?;
    }
    Ok(BaseImage { layout: Layout::open(&folder)?, names })
}
