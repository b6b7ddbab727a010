//! What the lab needs of the machine: root, Debian, a few of its packages, and Go.
//!
//! Invariant: nothing is installed that is there already, and nothing but by the machine's own `apt-get`.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::command::{read, run};
use crate::lab::Lock;
use crate::step::step;

/// Something of a Debian package by which the lab sees that it is installed.
#[derive(Clone, Copy, Debug)]
enum Part {
    /// A program on `PATH`.
    Program(&'static str),
    /// A file among the libraries.
    Library(&'static str),
}

/// What the lab needs and the Debian package that has it.
const NEEDED: [(Part, &str); 7] = [
    (Part::Program("runc"), "runc"),
    // For contexts that are repositories.
    (Part::Program("git"), "git"),
    (Part::Program("iptables"), "iptables"),
    (Part::Program("ip"), "iproute2"),
    (Part::Program("mmdebstrap"), "mmdebstrap"),
    (Part::Program("update-ca-certificates"), "ca-certificates"),
    // dockerd 20.10 is linked with it.
    (Part::Library("libdevmapper.so.1.02.1"), "libdevmapper1.02.1"),
];

/// The first Go release that fetches a newer one where a module asks for it.
const OLDEST_GO: (u32, u32) = (1, 21);

/// What the sentences below have in common.
const NEED: &str = "this needs a daemon of the lab: root on Debian with Go and Rust";

/// How often and at what distance to ask again for a package index: another `apt-get` may be at it.
const UPDATES: u32 = 5;
const PAUSE: Duration = Duration::from_secs(6);

/// Says what this machine lacks that `apt-get` cannot bring.
pub fn check() -> Result<()> {
    let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
    if !system.lines().any(|line| line == "ID=debian") {
        bail!("{NEED}; this system is not Debian, whose packages it is made of");
    }
    if !rustix::process::geteuid().is_root() {
        bail!("{NEED}; this user is not root, which its containers need");
    }
    if find("go").is_none() {
        bail!("{NEED}; `go` is not on PATH, which builds buildx and goes into the `golang` image");
    }
    // Whatever release a module in this folder asks for.
    let answer = read(Command::new("go").arg("version").env("GOTOOLCHAIN", "local"))?;
    if go_release(&answer).is_some_and(|release| release < OLDEST_GO) {
        let (major, minor) = OLDEST_GO;
        bail!("{NEED} {major}.{minor} or newer; `go version` says `{answer}`");
    }
    Ok(())
}

/// Installs the packages that are missing; the lock keeps other commands of the lab from doing the same.
pub fn install(_: &Lock) -> Result<()> {
    let missing: Vec<&str> =
        NEEDED.iter().filter(|(part, _)| !part.is_installed()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    step(format!("apt-get install {}", missing.join(" ")), || {
        update()?;
        run(Command::new("apt-get")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .args(["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300"])
            .args(&missing))
    })
}

/// The lock of the package index is one that `apt-get` does not wait for, whatever its timeout is.
fn update() -> Result<()> {
    let update = || run(Command::new("apt-get").args(["update", "-qq", "-o", "Acquire::Retries=3"]));
    for _ in 1..UPDATES {
        if update().is_ok() {
            return Ok(());
        }
        sleep(PAUSE);
    }
    update()
}

/// `go version go1.26.8 linux/amd64` -> 1.26.
fn go_release(answer: &str) -> Option<(u32, u32)> {
    let release = answer.split_whitespace().find_map(|word| word.strip_prefix("go1."))?;
    let minor = release.split(|letter: char| !letter.is_ascii_digit()).next()?;
    Some((1, minor.parse().ok()?))
}

impl Part {
    fn is_installed(self) -> bool {
        match self {
            Self::Program(name) => find(name).is_some(),
            Self::Library(name) => {
                let folder = format!("lib/{}-linux-gnu", env::consts::ARCH);
                ["/", "/usr"].iter().any(|root| Path::new(root).join(&folder).join(name).exists())
            }
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn go_release_is_read() {
        assert_eq!(go_release("go version go1.26.8 linux/amd64"), Some((1, 26)));
        assert_eq!(go_release("go version go1.19beta1 linux/arm64"), Some((1, 19)));
        assert_eq!(go_release("go version devel go1.22-abcdef Tue linux/amd64"), Some((1, 22)));
        assert_eq!(go_release("go version devel +abcdef"), None);
    }
}
