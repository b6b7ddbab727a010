//! Root file systems for the base images, as uncompressed layers under `target/lab/layers`, each made once.
//!
//! Invariant: a layer's content follows from packages, toolchains and certificates alone; names are sorted and times
//! are the epoch. Whoever changes what a layer is made of changes its name, and that of the image on top of it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use crate::command::{read, run};
use crate::debian::{BOOKWORM, Suite};
use crate::hash::fnv1a;
use crate::host;
use crate::lab::Lab;
use crate::step::step;
use crate::tools;

/// Where every distribution expects its certificate authorities.
const CERTIFICATES: &str = "etc/ssl/certs/ca-certificates.crt";

/// Documentation and translations, which no build reads.
const UNREAD: [&str; 3] = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*"];

/// Name of the layer below the toolchains of Go and Rust.
pub const DEBIAN: &str = "debian-2";
/// Name of the layer with compilers for other C libraries and machines.
pub const DEBIAN_CROSS: &str = "debian-cross";

/// A small Debian with git and ssh, for private modules, and a C compiler, for cgo and because Rust links with it.
pub fn debian(lab: &Lab) -> Result<PathBuf> {
    bootstrap(lab, DEBIAN, "ca-certificates,gcc,git,libc6-dev,openssh-client")
}

/// A small Debian with C compilers for glibc and musl, and for glibc on arm64.
pub fn debian_cross(lab: &Lab) -> Result<PathBuf> {
    let packages = "ca-certificates,gcc,gcc-aarch64-linux-gnu,libc6-dev,libc6-dev-arm64-cross,musl-tools";
    bootstrap(lab, DEBIAN_CROSS, packages)
}

/// `/usr/local/go` and `/go`, as in the official image.
pub fn go(lab: &Lab) -> Result<PathBuf> {
    let root = tools::goroot()?;
    layer(lab, &format!("go-{}", tools::GO), |folder, file| {
        for path in ["go/bin", "go/src"] {
            fs::create_dir_all(folder.join(path))?;
            fs::set_permissions(folder.join(path), Permissions::from_mode(0o1777))?;
        }
        fs::set_permissions(folder.join("go"), Permissions::from_mode(0o1777))?;
        // A toolchain that the `go` command downloaded is read-only.
        run(tar(file).arg("--mode=u+w").arg("-C").arg(folder).arg("go").arg("-C").arg(root).args([
            "--transform",
            r"s,^\.\(/\|$\),usr/local/go\1,",
            ".",
        ]))
    })
}

/// `/usr/local/rustup/toolchain`: the toolchain that compiles this workspace, without its documentation.
pub fn rust(lab: &Lab) -> Result<PathBuf> {
    let rustc = |what: &str| read(Command::new("rustc").args(["--print", what]).current_dir(lab.workspace()));
    let sysroot = rustc("sysroot")?;
    layer(lab, &rust_key(lab)?, |_, file| {
        run(tar(file).arg("-C").arg(&sysroot).args([
            "--exclude=./share",
            "--exclude=./libexec",
            "--transform",
            r"s,^\.\(/\|$\),usr/local/rustup/toolchain\1,",
            ".",
        ]))
    })
}

/// A name that another Rust toolchain does not share.
pub fn rust_key(lab: &Lab) -> Result<String> {
    let version = read(Command::new("rustc").args(["--version", "--verbose"]).current_dir(lab.workspace()))?;
    Ok(format!("rust-{:016x}", fnv1a(version.as_bytes())))
}

/// What distroless calls `static`: users, time zones, certificates; not one program, so it fits every architecture.
pub fn static_files(lab: &Lab) -> Result<PathBuf> {
    layer(lab, "static", |folder, file| {
        let packages = lab.scratch("packages");
        Suite::open(lab, BOOKWORM)?.unpack(&["base-files", "netbase", "tzdata"], &packages)?;
        for path in ["usr/lib/os-release", "etc/protocols", "etc/services", "usr/share/zoneinfo"] {
            let target = folder.join(path);
            fs::create_dir_all(target.parent().unwrap_or(folder))?;
            run(Command::new("cp").arg("--archive").arg(packages.join(path)).arg(target))?;
        }
        // Zone files that count leap seconds double the size; distroless has no use for them either.
        fs::remove_dir_all(folder.join("usr/share/zoneinfo/right"))?;
        symlink("../usr/lib/os-release", folder.join("etc/os-release"))?;
        users(folder, "/sbin/nologin")?;
        fs::write(folder.join("etc/nsswitch.conf"), "hosts: files dns\n")?;
        fs::create_dir_all(folder.join("home/nonroot"))?;
        fs::set_permissions(folder.join("home/nonroot"), Permissions::from_mode(0o700))?;
        chown(folder.join("home/nonroot"), Some(65532), Some(65532))?;
        temporary(folder)?;
        copy_certificates(folder)?;
        pack(folder, file)
    })
}

/// Where the `debug` variants of distroless have their shell.
pub fn debug_shell(lab: &Lab, architecture: &'static str) -> Result<PathBuf> {
    layer(lab, &format!("debug-shell-{architecture}"), |folder, file| {
        for applet in busybox(lab, architecture, &folder.join("busybox"))? {
            let name = applet.rsplit('/').next().unwrap_or(&applet);
            symlink("busybox", folder.join("busybox").join(name))?;
        }
        pack(folder, file)
    })
}

/// Busybox laid out as in Alpine; it has a shell and the usual programs, and no `apk`.
pub fn alpine(lab: &Lab, architecture: &'static str) -> Result<PathBuf> {
    layer(lab, &format!("alpine-2-{architecture}"), |folder, file| {
        for path in ["etc", "root", "home", "var", "proc", "sys", "dev", "run", "bin"] {
            fs::create_dir_all(folder.join(path))?;
        }
        for applet in busybox(lab, architecture, &folder.join("bin"))? {
            let link = folder.join(&applet);
            fs::create_dir_all(link.parent().unwrap_or(folder))?;
            symlink("/bin/busybox", link)?;
        }
        users(folder, "/bin/sh")?;
        fs::write(
            folder.join("etc/os-release"),
            "ID=alpine-stand-in\nNAME=\"busybox in place of Alpine\"\nPRETTY_NAME=\"busybox in place of Alpine\"\n",
        )?;
        temporary(folder)?;
        copy_certificates(folder)?;
        pack(folder, file)
    })
}

/// Makes a layer unless it is there; `work` gets an empty folder and the file to write.
fn layer(lab: &Lab, name: &str, work: impl FnOnce(&Path, &Path) -> Result<()>) -> Result<PathBuf> {
    let path = lab.layers().join(format!("{name}.tar"));
    if path.exists() {
        return Ok(path);
    }
    fs::create_dir_all(lab.layers())?;
    step(format!("make layer {name}"), || {
        let (folder, file) = (lab.scratch("rootfs"), lab.scratch("layer"));
        fs::create_dir_all(&folder)?;
        work(&folder, &file)?;
        fs::rename(&file, &path)?;
        Ok(fs::remove_dir_all(&folder)?)
    })?;
    Ok(path)
}

fn bootstrap(lab: &Lab, name: &str, packages: &str) -> Result<PathBuf> {
    layer(lab, name, |_, file| {
        let sources = Suite::open(lab, BOOKWORM)?.sources()?;
        let certificates = host::certificates()?.display();
        // Three times as fast as debootstrap, writes a tar, and takes its mirror from a file.
        let mut command = Command::new("mmdebstrap");
        command.args(["--quiet", "--mode=root", "--variant=minbase", "--format=tar"]);
        command.arg(format!("--architectures={}", host::architecture()?));
        command.arg(format!("--include={packages}"));
        command.args(UNREAD.map(|path| format!("--dpkgopt=path-exclude={path}")));
        command.arg(format!("--customize-hook=upload {certificates} /{CERTIFICATES}"));
        run(command.arg(BOOKWORM).arg(file).arg(sources).env("SOURCE_DATE_EPOCH", "0"))
    })
}

/// Puts the program into `folder` and returns the paths that its applets usually have.
fn busybox(lab: &Lab, architecture: &str, folder: &Path) -> Result<Vec<String>> {
    let suite = Suite::open(lab, BOOKWORM)?;
    let unpack = |architecture: &str| -> Result<PathBuf> {
        let packages = lab.scratch("packages");
        suite.unpack(&[&format!("busybox-static:{architecture}")], &packages)?;
        Ok(packages.join("bin/busybox"))
    };
    fs::create_dir_all(folder)?;
    let program = unpack(architecture)?;
    fs::copy(&program, folder.join("busybox"))?;
    // The other architecture's program does not run here, and has the same applets.
    let here = host::architecture()?;
    let program = if architecture == here { program } else { unpack(here)? };
    let list = read(Command::new(program).arg("--list-full"))?;
    ensure!(list.lines().any(|applet| applet == "bin/sh"), "busybox lists no shell");
    Ok(list.lines().filter(|applet| !applet.ends_with("/busybox")).map(str::to_owned).collect())
}

fn users(folder: &Path, shell: &str) -> Result<()> {
    fs::create_dir_all(folder.join("etc"))?;
    let passwd = format!(
        "root:x:0:0:root:/root:{shell}\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n\
         nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n"
    );
    fs::write(folder.join("etc/passwd"), passwd)?;
    fs::write(
        folder.join("etc/group"),
        "root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n",
    )?;
    fs::create_dir_all(folder.join("root"))?;
    fs::set_permissions(folder.join("root"), Permissions::from_mode(0o700))?;
    Ok(())
}

fn temporary(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("tmp"))?;
    fs::set_permissions(folder.join("tmp"), Permissions::from_mode(0o1777))?;
    Ok(())
}

fn copy_certificates(folder: &Path) -> Result<()> {
    let target = folder.join(CERTIFICATES);
    fs::create_dir_all(target.parent().unwrap_or(folder))?;
    fs::copy(host::certificates()?, target)?;
    Ok(())
}

fn pack(folder: &Path, file: &Path) -> Result<()> {
    run(tar(file).arg("-C").arg(folder).arg("."))
}

fn tar(file: &Path) -> Command {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--sort=name", "--mtime=@0", "--numeric-owner", "--file"]).arg(file);
    tar
}
