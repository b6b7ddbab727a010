//! The images there are. A digest is that of the name and the platform, so it is the same in every run.
//!
//! What the configs say is what the real ones say, as far as a frontend looks at it; `example/runtime` says everything
//! that a config can say.

use buildkit_proto::pb::Platform;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

/// What a registry knows about an image.
pub(super) struct Image {
    pub(super) digest: String,
    pub(super) config: Vec<u8>,
}

/// The architectures that every image here is made for.
const ARCHITECTURES: [&str; 7] = ["386", "amd64", "arm", "arm64", "ppc64le", "riscv64", "s390x"];
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The image of this full name, or the words in which a registry says that there is none.
pub(super) fn look_up(name: &str, platform: &Platform) -> Result<Image, String> {
    let (tagged, pinned) = match name.split_once('@') {
        Some((tagged, digest)) => (tagged, Some(digest.to_owned())),
        None => (name, None),
    };
    let (repository, tag) = match tagged.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (tagged, "latest"),
    };
    let run = match repository {
        "docker.io/library/golang" => golang(tag),
        "docker.io/library/alpine" => json!({ "Env": [format!("PATH={SYSTEM_PATH}")], "Cmd": ["/bin/sh"] }),
        "docker.io/library/debian" => json!({ "Env": [format!("PATH={SYSTEM_PATH}")], "Cmd": ["bash"] }),
        "gcr.io/distroless/static" => distroless(tag),
        "docker.io/example/go" => {
            json!({ "Env": [format!("PATH=/opt/go/bin:{SYSTEM_PATH}"), "CORPORATE=yes"] })
        }
        "docker.io/example/runtime" => everything(),
        _ => return Err(format!("{name}: not found")),
    };
    if !ARCHITECTURES.contains(&platform.architecture.as_str()) {
        return Err(format!("no match for platform in manifest: {name}: not found"));
    }
    let named = format!("{tagged} {}/{}/{}", platform.os, platform.architecture, platform.variant);
    let mut config = json!({
        "created": "2026-01-02T03:04:05Z",
        "architecture": platform.architecture,
        "os": platform.os,
        "config": run,
        "rootfs": { "type": "layers", "diff_ids": [digest(&format!("layer of {named}"))] },
        "history": [{ "created": "2026-01-02T03:04:05Z", "created_by": format!("layer of {tagged}") }],
    });
    if !platform.variant.is_empty() {
        config["variant"] = json!(platform.variant);
    }
    Ok(Image { digest: pinned.unwrap_or_else(|| digest(&named)), config: config.to_string().into_bytes() })
}

/// `1.26` is its third patch release today; a tag with a patch release is that.
fn golang(tag: &str) -> Value {
    let version = tag.split('-').next().unwrap_or(tag);
    let version = match version.matches('.').count() {
        1 if !version.contains("rc") => format!("{version}.3"),
        _ => version.to_owned(),
    };
    json!({
        "Env": [
            "PATH=/go/bin:/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            format!("GOLANG_VERSION={version}"),
            "GOTOOLCHAIN=local",
            "GOPATH=/go",
        ],
        "Cmd": ["bash"],
        "WorkingDir": "/go",
    })
}

fn distroless(tag: &str) -> Value {
    let mut run = json!({
        "Env": [format!("PATH={SYSTEM_PATH}"), "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"],
        "User": "0",
        "WorkingDir": "/",
    });
    if tag.contains("nonroot") {
        run["User"] = json!("65532");
        run["WorkingDir"] = json!("/home/nonroot");
    }
    run
}

fn everything() -> Value {
    json!({
        "User": "app",
        "ExposedPorts": { "9000/tcp": {} },
        "Env": [format!("PATH=/app/bin:{SYSTEM_PATH}"), "FROM_BASE=1"],
        "Entrypoint": ["/usr/bin/tini", "--"],
        "Cmd": ["/app/start"],
        "Volumes": { "/data": {} },
        "WorkingDir": "/app",
        "Labels": { "org.example.base": "yes" },
        "OnBuild": ["RUN true"],
        "StopSignal": "SIGQUIT",
        "Healthcheck": { "Test": ["CMD-SHELL", "curl -f localhost"], "Interval": 5_000_000_000_i64 },
        "Shell": ["/bin/bash", "-c"],
        "ArgsEscaped": true,
    })
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}
