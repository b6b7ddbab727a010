//! What the lab needs of the machine: root, Debian, a few of its packages, and Go.
//!
//! Invariant: nothing is installed that is there already, and nothing but by the machine's own `apt-get`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::command::run;
use crate::step::step;

/// A program that the lab calls and the Debian package that has it.
const NEEDED: [(&str, &str); 5] = [
    ("runc", "runc"),
    ("iptables", "iptables"),
    ("ip", "iproute2"),
    ("mmdebstrap", "mmdebstrap"),
    ("update-ca-certificates", "ca-certificates"),
];

/// Says what is missing on this machine, or installs it where `apt-get` can.
pub fn prepare() -> Result<()> {
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !system.lines().any(|line| line == "ID=debian") {
        bail!(
            "no Docker with buildx answers, and a private one can only be set up on Debian, from its packages; start Docker and try again"
        );
    }
    if !rustix::process::geteuid().is_root() {
        bail!(
            "no Docker with buildx answers, and a private one needs root for its containers; start Docker, or run this as root"
        );
    }
    if !installed("go") {
        bail!(
            "`go` is not on PATH; the lab builds buildx with it and puts it into the `golang` image: install Go"
        );
    }
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(program, _)| !installed(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(format!("apt-get install {}", missing.join(" ")), || {
        run(Command::new("apt-get").args(["update", "-qq"]))?;
        run(Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(&missing))
    })
}

/// Whether a program is on `PATH` or among the administrator's programs.
pub fn installed(program: &str) -> bool {
    find(program).is_some()
}

/// Full path of a program.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(Into::into))
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// A program of the administrator, which a user's `PATH` may not show.
pub fn command(program: &str) -> Command {
    Command::new(find(program).unwrap_or_else(|| program.into()))
}

/// The machine's architecture in the words of OCI and Go.
pub fn architecture() -> Result<&'static str> {
    match env::consts::ARCH {
        "x86_64" => Ok("amd64"),
        "aarch64" => Ok("arm64"),
        other => bail!("the lab knows amd64 and arm64, and this machine is {other}"),
    }
}

/// The machine's certificate authorities: a company's own among them, which builds behind its proxy need.
pub fn certificates() -> Result<&'static Path> {
    let bundle = Path::new("/etc/ssl/certs/ca-certificates.crt");
    fs::metadata(bundle)
        .with_context(|| format!("{} is missing; run `update-ca-certificates`", bundle.display()))?;
    Ok(bundle)
}

/// Where cargo keeps the sources of dependencies.
pub fn cargo_home() -> Result<PathBuf> {
    match (env::var_os("CARGO_HOME"), env::var_os("HOME")) {
        (Some(home), _) => Ok(home.into()),
        (None, Some(home)) => Ok(PathBuf::from(home).join(".cargo")),
        (None, None) => bail!("neither CARGO_HOME nor HOME is set"),
    }
}
