//! Contexts of every kind on real daemons: repositories, archives, files behind a URL, targets of a bake file.
//!
//! What comes out of a build is the image's files; the program in it says which commit it was built from.

mod served;

use anyhow::{Context as _, Result, ensure};
use integration::command::{self, read, run};
use integration::{Build, BuildLog, Daemon, Kind, Lab};
use served::Served;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Daemons that fetch contexts in different ways: the newest, and the one that people have.
const DAEMONS: [Kind; 2] = [Kind::Buildkit, Kind::Docker28];

const BUILD_FILE: &str = "# syntax=gobuild/frontend:1\nbuild:\n  stamp:\n    main.commit: ${COMMIT:-none}\n";
const LIBRARY: &str = "package lib\n\nfunc Name() string { return \"a program of a repository\" }\n";
const VENDORED: &str = "// syntax=gobuild/frontend:1\nmodule example.com/vendored\n\ngo 1.26\n\nrequire example.com/lib v1.0.0\n";
const PROGRAM: &str = "\
package main

import \"example.com/lib\"

var commit string

func main() { println(lib.Name(), commit) }
";

/// A program that says which version it is.
const TAGGED: [(&str, &str); 3] = [
    ("tagged/go.mod", "module example.com/tagged\n\ngo 1.26\n"),
    ("tagged/main.go", "package main\n\nvar version string\n\nfunc main() { println(version) }\n"),
    (
        "tagged/gobuild.yaml",
        "# syntax=gobuild/frontend:1\nbuild:\n  stamp:\n    main.version: ${VERSION:-untagged}\n",
    ),
];

/// A repository with a program in a directory, a library beside it, and a server of both.
struct Hosted {
    folder: PathBuf,
    commit: String,
    server: Served,
}

impl Hosted {
    fn new() -> Result<Hosted> {
        let folder = Lab::open()?.scratch("hosted");
        let work = folder.join("work");
        let module = "// syntax=gobuild/frontend:1\nmodule example.com/svc\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ../lib\n";
        let alone = PROGRAM.replace("import \"example.com/lib\"\n\n", "").replace("lib.Name()", "\"alone\"");
        for (path, text) in [
            ("svc/go.mod", module),
            ("svc/main.go", PROGRAM),
            ("lib/go.mod", "module example.com/lib\n\ngo 1.26\n"),
            ("lib/lib.go", LIBRARY),
            ("alone/go.mod", "module example.com/alone\n\ngo 1.26\n"),
            ("alone/main.go", &alone),
            ("alone/gobuild.yaml", BUILD_FILE),
            ("alone/.dockerignore", "ignored\n"),
            ("vendored/go.mod", VENDORED),
            ("vendored/main.go", &PROGRAM.replace("lib.Name(), commit", "lib.Name()")),
            (
                "vendored/vendor/modules.txt",
                "# example.com/lib v1.0.0\n## explicit; go 1.26\nexample.com/lib\n",
            ),
            ("vendored/vendor/example.com/lib/lib.go", LIBRARY),
            ("alone/ignored/main.go", "package main\n\nfunc main() {}\n"),
        ]
        .into_iter()
        .chain(TAGGED)
        {
            let path = work.join(path);
            fs::create_dir_all(path.parent().context("a path in a folder")?)?;
            fs::write(path, text)?;
        }
        let git = |words: &[&str]| {
            let mut command = Command::new("git");
            command
                .args(["-c", "user.name=A", "-c", "user.email=a@example.com", "-C"])
                .arg(&work)
                .args(words);
            // Not what the user has said of all repositories.
            command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
            command
        };
        run(&mut git(&["init", "-q", "--initial-branch=main"]))?;
        run(&mut git(&["add", "."]))?;
        run(&mut git(&["commit", "-q", "-m", "all of it"]))?;
        run(&mut git(&["tag", "-a", "-m", "a release", "v1"]))?;
        run(&mut git(&["tag", "v1.2.3"]))?;
        let commit = read(&mut git(&["rev-parse", "HEAD"]))?;
        let bare = folder.join("served/app.git");
        fs::create_dir_all(&bare)?;
        run(git(&["clone", "-q", "--bare", "."]).arg(&bare))?;
        run(Command::new("git").arg("-C").arg(&bare).arg("update-server-info"))?;
        run(Command::new("tar")
            .arg("-czf")
            .arg(folder.join("served/alone.tar.gz"))
            .arg("-C")
            .arg(work.join("alone"))
            .arg("."))?;
        let hello =
            "// syntax=gobuild/frontend:1\npackage main\n\nfunc main() { println(\"a file by itself\") }\n";
        fs::write(folder.join("served/hello.go"), hello)?;
        let server = Served::new(&folder.join("served"))?;
        Ok(Hosted { folder, commit, server })
    }

    /// What the program of an image says; the image is built into a folder.
    fn said_by(&self, daemon: &Daemon, build: Build, program: &str) -> Result<(String, BuildLog)> {
        let image = self.output();
        let log = daemon.build(&build.flag("--output").flag(to(&image)))?;
        ensure!(log.succeeded(), "{log}");
        Ok((said(&image.join(program))?, log))
    }

    fn output(&self) -> PathBuf {
        static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.folder.join(format!("image{number}"))
    }
}

impl Drop for Hosted {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn to(folder: &Path) -> String {
    format!("type=local,dest={}", folder.display())
}

/// What a program writes to standard error.
fn said(program: &Path) -> Result<String> {
    let output = command::output(&mut Command::new(program))?;
    Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}

#[test]
fn a_repository_is_built_by_its_url() -> Result<()> {
    let hosted = Hosted::new()?;
    for kind in DAEMONS {
        let daemon = Daemon::up(kind)?;
        // A directory of a repository, with an ignore file.
        let build = Build::new(hosted.server.url("app.git#v1:alone")).file("gobuild.yaml");
        let (said, log) = hosted.said_by(&daemon, build.clone(), "alone")?;
        ensure!(said == format!("alone {}", hosted.commit), "{kind}: {said}\n{log}");
        let (_, again) = hosted.said_by(&daemon, build, "alone")?;
        let step = again.vertex("go build").context("a step that compiles")?;
        ensure!(step.cached, "{kind} compiles a second time\n{again}");
        // A module in a directory, which needs another directory. The words of `go.mod` are its first line.
        let build = Build::new(hosted.server.url("app.git?ref=main")).file("svc/go.mod");
        let build =
            build.arg("BUILDKIT_SYNTAX", "gobuild/frontend:1").arg("BUILDKIT_CONTEXT_KEEP_GIT_DIR", "1");
        let (said, log) = hosted.said_by(&daemon, build, "svc")?;
        ensure!(said == "a program of a repository", "{kind}: {said}\n{log}");
    }
    Ok(())
}

/// What the client asks for by its tag, as CI systems do, is that version.
#[test]
fn a_tag_is_the_version() -> Result<()> {
    let hosted = Hosted::new()?;
    for kind in DAEMONS {
        let daemon = Daemon::up(kind)?;
        for (reference, arg, version) in [
            ("#refs/tags/v1.2.3:tagged", None, "v1.2.3"),
            ("#v1.2.3:tagged", None, "v1.2.3"),
            ("#refs/tags/v1:tagged", Some("1.0.1"), "1.0.1"),
            ("#main:tagged", None, "untagged"),
        ] {
            let build = Build::new(hosted.server.url(&format!("app.git{reference}"))).file("gobuild.yaml");
            let build = arg.into_iter().fold(build, |build, version| build.arg("VERSION", version));
            let (said, log) = hosted.said_by(&daemon, build, "tagged")?;
            ensure!(said == version, "{kind}, {reference}: {said}\n{log}");
        }
    }
    Ok(())
}

/// Everything that such a build is made of is known by a digest, and no step has a network.
#[test]
fn a_vendored_repository_is_built_hermetically() -> Result<()> {
    let hosted = Hosted::new()?;
    let daemon = Daemon::up(Kind::Buildkit)?;
    for (directory, file) in [("vendored", "go.mod"), ("alone", "gobuild.yaml")] {
        let build = Build::new(hosted.server.url(&format!("app.git#v1:{directory}"))).file(file);
        let build = build.flag("--provenance=mode=max").env("BUILDX_METADATA_PROVENANCE", "max");
        let (_, log) = hosted.said_by(&daemon, build, directory)?;
        let provenance = &log.metadata["buildx.build.provenance"];
        let said = &provenance["metadata"]["https://mobyproject.org/buildkit@v1#hermetic"];
        ensure!(*said == true, "{directory}: {provenance:#}\n{log}");
        let materials = provenance["materials"].as_array().context("materials")?;
        let uri = |material: &serde_json::Value| material["uri"].as_str().unwrap_or_default().to_owned();
        let known: Vec<String> = materials.iter().map(uri).collect();
        for part in ["app.git", "golang@", "distroless/static", "gobuild/frontend"] {
            ensure!(known.iter().any(|uri| uri.contains(part)), "no {part} in {known:?}");
        }
    }
    Ok(())
}

#[test]
fn credentials_are_not_shown() -> Result<()> {
    let hosted = Hosted::new()?;
    let daemon = Daemon::up(Kind::Buildkit)?;
    let url = hosted.server.url("app.git#v1:../alone").replace("http://", "http://me:hunter2@");
    let log = daemon.build(&Build::new(url).file("gobuild.yaml"))?;
    ensure!(!log.succeeded(), "{log}");
    ensure!(log.text.contains("xxxxx@") && !log.text.contains("hunter2"), "{}", log.text);
    Ok(())
}

#[test]
fn an_archive_is_built_from_a_url_and_from_standard_input() -> Result<()> {
    let hosted = Hosted::new()?;
    for kind in DAEMONS {
        let daemon = Daemon::up(kind)?;
        let build = Build::new(hosted.server.url("alone.tar.gz")).file("gobuild.yaml");
        let (said, log) = hosted.said_by(&daemon, build, "alone")?;
        ensure!(said == "alone none", "{kind}: {said}\n{log}");

        let image = hosted.output();
        let build = Build::new("-").file("gobuild.yaml").flag("--output").flag(to(&image));
        let archive = fs::File::open(hosted.folder.join("served/alone.tar.gz"))?;
        let output = build.command(&daemon).stdin(archive).output()?;
        let log = BuildLog::parse(&String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{kind}\n{log}");
        ensure!(self::said(&image.join("alone"))? == "alone none", "{kind}\n{log}");
    }
    Ok(())
}

#[test]
fn a_go_file_is_built_from_a_url() -> Result<()> {
    let hosted = Hosted::new()?;
    for kind in DAEMONS {
        let daemon = Daemon::up(kind)?;
        let build = Build::new(hosted.server.url("hello.go")).arg("BUILDKIT_SYNTAX", "gobuild/frontend:1");
        let (said, log) = hosted.said_by(&daemon, build, "hello")?;
        ensure!(said == "a file by itself", "{kind}: {said}\n{log}");
    }
    Ok(())
}

#[test]
fn a_target_of_a_bake_file_is_the_base() -> Result<()> {
    let hosted = Hosted::new()?;
    let folder = hosted.folder.join("work/alone");
    let file = format!("{BUILD_FILE}image:\n  base: base\n  user: 1001\n  workdir: /app\n");
    fs::write(folder.join("gobuild.yaml"), file)?;
    for kind in DAEMONS {
        let daemon = Daemon::up(kind)?;
        let image = hosted.output();
        let bake = format!(
            "target \"base\" {{\n  context = \"{folder}\"\n  \
             dockerfile-inline = \"FROM scratch\\nCOPY go.mod /base/go.mod\\nENV BASE=yes\"\n}}\n\
             target \"app\" {{\n  context = \"{folder}\"\n  dockerfile = \"gobuild.yaml\"\n  \
             contexts = {{ base = \"target:base\" }}\n  output = [\"{}\"]\n}}\n",
            to(&image),
            folder = folder.display(),
        );
        let file = hosted.folder.join("bake.hcl");
        fs::write(&file, bake)?;
        let mut command = daemon.docker(["buildx", "bake", "--progress=rawjson", "--allow=fs=*", "--file"]);
        let output = command::output(command.arg(&file).arg("app"))?;
        let log = BuildLog::parse(&String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "{kind}\n{log}\n{}", log.raw);
        ensure!(image.join("base/go.mod").is_file(), "{kind}: the base is not there\n{log}");
        // The client says the commit of the folder.
        let said = said(&image.join("app/alone"))?;
        ensure!(said == format!("alone {}", hosted.commit), "{kind}: {said}\n{log}");
    }
    Ok(())
}

#[test]
fn a_directory_is_the_base() -> Result<()> {
    let hosted = Hosted::new()?;
    let folder = hosted.folder.join("work/alone");
    let base = hosted.folder.join("base");
    fs::create_dir_all(&base)?;
    fs::write(base.join("words"), "of the base")?;
    fs::write(folder.join("gobuild.yaml"), format!("{BUILD_FILE}image:\n  base: base\n  user: 1001\n"))?;
    let daemon = Daemon::up(Kind::Buildkit)?;
    let image = hosted.output();
    let build = Build::new(&folder).file("gobuild.yaml").flag("--build-context");
    let build = build.flag(format!("base={}", base.display())).flag("--output").flag(to(&image));
    for run in ["first", "second"] {
        let log = daemon.build(&build)?;
        ensure!(log.succeeded(), "{log}");
        ensure!(image.join("words").is_file() && image.join("alone").is_file(), "{log}");
        let step = log.vertex("COPY alone").context("a step that copies")?;
        ensure!(run == "first" || step.cached, "the image is made a second time\n{log}");
    }
    Ok(())
}
