//! The way in and the way out, on a real daemon: what `gobuild.init` writes for a Dockerfile builds an image that says the
//! same, and what `gobuild.dockerfile` writes for a build file gives the same program, byte for byte.
//!
//! Dockerfiles are built by the frontend that is part of the daemon.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Image, Kind};
use repository::Repository;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;

/// The image of a repository.
fn image(daemon: &Daemon, build: Build, tag: &str) -> Result<Image> {
    let log = daemon.build(&build.tag(tag))?;
    ensure!(log.succeeded(), "{log}");
    daemon.image(tag)
}

/// What a call prints.
fn call(daemon: &Daemon, build: Build, name: &str) -> Result<String> {
    let log = daemon.build(&build.flag(format!("--call={name}")))?;
    ensure!(log.succeeded(), "{log}");
    Ok(log.stdout)
}

/// What `docker run` does with an image, with what may be said in two ways said in one.
fn properties(image: &Image) -> Value {
    let config = &image.config["config"];
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut command = list(&config["Entrypoint"]);
    command.extend(list(&config["Cmd"]));
    let workdir = config["WorkingDir"].as_str().unwrap_or_default().trim_end_matches('/').to_owned();
    // A path from there.
    let placed = |word: &Value| match word.as_str().and_then(|word| word.strip_prefix("./")) {
        Some(rest) => json!(format!("{workdir}/{rest}")),
        None => word.clone(),
    };
    let user = match config["User"].as_str().unwrap_or_default() {
        "nonroot" | "nonroot:nonroot" | "65532" => "65532:65532",
        "0" | "root" => "",
        other => other,
    };
    let mut environment = list(&config["Env"]);
    // What scratch has is ours to say: certificates and a home.
    let ours = |entry: &str| entry.starts_with("SSL_CERT_FILE=") || entry.starts_with("HOME=/home/");
    environment.retain(|entry| !entry.as_str().is_some_and(ours));
    environment.sort_by_key(Value::to_string);
    let mut check = config["Healthcheck"].clone();
    if let Some(test) = check["Test"].as_array().cloned() {
        check["Test"] = match (test.first().and_then(Value::as_str), test.get(1).and_then(Value::as_str)) {
            (Some("CMD-SHELL"), Some(line)) => {
                let words = line.trim_end_matches("|| exit 1").split_whitespace();
                std::iter::once("CMD").chain(words).collect()
            }
            _ => test.iter().map(placed).collect(),
        };
    }
    json!({
        "command": command.iter().map(placed).collect::<Value>(),
        "environment": environment,
        "health check": check,
        "labels": config["Labels"],
        "ports": config["ExposedPorts"],
        "stop signal": config["StopSignal"],
        "user": user,
        "volumes": config["Volumes"],
        "workdir": if workdir.is_empty() { "/" } else { &workdir },
    })
}

/// Build args, names and values.
type Args = &'static [(&'static str, &'static str)];

/// The repositories that were built by hand: folder, and args of both builds.
const BY_HAND: [(&str, Args); 4] = [
    ("scratch-and-static", &[]),
    ("production", &[("VERSION", "1.2.3")]),
    ("devops-info-service", &[]),
    ("alpine-or-scratch", &[]),
];

#[test]
fn what_a_dockerfile_says_of_an_image_is_carried_over() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    for (folder, args) in BY_HAND {
        let repository = Repository::of(folder)?;
        fs::remove_file(repository.folder.join("gobuild.yaml"))?;
        let source = daemon.lab().workspace().join(format!("integration/tests/ways/{folder}.Dockerfile"));
        let source = fs::read_to_string(source)?;
        repository.edit("Dockerfile", |_| source)?;
        let with_args = |file: &str| {
            let build = Build::new(&repository.folder).file(file);
            args.iter().fold(build, |build, (name, value)| build.arg(name, value))
        };
        let by_hand = image(&daemon, with_args("Dockerfile"), &format!("ways/{folder}:by-hand"))
            .with_context(|| format!("{folder}, by hand"))?;

        let syntax = "gobuild/frontend:1";
        let newcomer = Build::new(&repository.folder).file("Dockerfile").arg("BUILDKIT_SYNTAX", syntax);
        let file = call(&daemon, newcomer, "gobuild.init")?;
        repository.append("gobuild.yaml", &file)?;
        let ours = image(&daemon, with_args("gobuild.yaml"), &format!("ways/{folder}:ours"))
            .with_context(|| format!("{folder}:\n{file}"))?;
        let (by_hand, ours) = (properties(&by_hand), properties(&ours));
        ensure!(by_hand == ours, "{folder}: by hand {by_hand:#}\nhere {ours:#}\nof\n{file}");
    }
    Ok(())
}

/// The examples: folder, build file, args and the program in the image.
const EXAMPLES: [(&str, &str, Args, &str); 7] = [
    ("scratch-and-static", "gobuild.yaml", &[], "/scratch-and-static"),
    ("scratch-and-static", "gobuild.yaml", &[("BASE", "scratch")], "/scratch-and-static"),
    ("production", "gobuild.yaml", &[("VERSION", "1.2.3 of today"), ("COMMIT", "4f1d6c1")], "/app/server"),
    ("hello-no-gomod", "main.go", &[], "/main"),
    ("devops-info-service", "gobuild.yaml", &[], "/app/devops-info-service"),
    ("alpine-or-scratch", "gobuild.yaml", &[], "/app/server"),
    ("two-platforms", "go.mod", &[], "/server"),
];

#[test]
fn the_dockerfile_of_a_build_file_gives_the_same_program() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    for (index, (folder, file, args, program)) in EXAMPLES.into_iter().enumerate() {
        let repository = Repository::of(folder)?;
        let with_args = |file: &str| {
            let build = Build::new(&repository.folder).file(file);
            args.iter().fold(build, |build, (name, value)| build.arg(name, value))
        };
        let ours = image(&daemon, with_args(file), &format!("ways/out-{index}:ours"))?;
        let text = call(&daemon, with_args(file), "gobuild.dockerfile")?;
        repository.append("out.Dockerfile", &text)?;
        let theirs = image(&daemon, with_args("out.Dockerfile"), &format!("ways/out-{index}:theirs"))
            .with_context(|| format!("{folder}:\n{text}"))?;
        ensure!(ours.read(program)? == theirs.read(program)?, "{folder}: another program by\n{text}");
        let (ours, theirs) = (properties(&ours), properties(&theirs));
        ensure!(ours == theirs, "{folder}: here {ours:#}\nby the Dockerfile {theirs:#}\nof\n{text}");
    }
    Ok(())
}

/// One Dockerfile for all platforms: another is asked for when it is built.
#[test]
fn the_dockerfile_is_for_other_platforms_too() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let repository = Repository::of("two-platforms")?;
    let text = call(&daemon, Build::new(&repository.folder).file("go.mod"), "gobuild.dockerfile")?;
    repository.append("out.Dockerfile", &text)?;
    let program = |file: &str| -> Result<Vec<u8>> {
        let folder = daemon.lab().scratch("program");
        let output = format!("--output=type=local,dest={}", folder.display());
        let build = Build::new(&repository.folder).file(file).platform("linux/arm64").flag(output);
        let log = daemon.build(&build)?;
        ensure!(log.succeeded(), "{log}");
        let program = fs::read(folder.join("server"))?;
        fs::remove_dir_all(folder)?;
        Ok(program)
    };
    ensure!(program("go.mod")? == program("out.Dockerfile")?, "another program by\n{text}");
    Ok(())
}

/// A build file whose values mean something to whoever reads a Dockerfile.
const ODD: &str = r#"# syntax=gobuild/frontend:1
args:
  TITLE: |-
    it's "1" \ $$5
build:
  stamp: {main.version: "it's $$HOME `x` \\n"}
image:
  base: alpine
  workdir: "/my app's $$1 \\ \"2\""
  user: web
  volumes: ["/my data $$2"]
  directories: [{path: "/var/it's", mode: "0700", owner: 5}, {path: /srv, mode: "0750", owner: "5:6"}]
  timezones: true
  env: {QUOTED: "it's \"1\" \\ $$5 ${TITLE}", TAB: "a\tb", END: "a\\"}
  labels: {"my label": "a b", title: "${TITLE}"}
  healthcheck: {http: ":8080/it's?a=$$b", interval: 10s}
  files:
    - {from: "web files", to: "/srv/it's"}
    - {from: "*.css", to: /srv/css, owner: "7:8"}
    - {from: secret.txt, to: /etc/app/, mode: "0600", owner: web}
"#;
const VERSION: &str = "package main\n\nvar version string\n\nfunc main() { println(version) }\n";

/// Mode and owner of everything in an image.
fn held(image: &Image) -> Result<BTreeMap<String, (String, u32, u32)>> {
    let files = image.files()?.into_iter();
    Ok(files.map(|entry| (entry.path, (entry.mode, entry.uid, entry.gid))).collect())
}

/// What is written with spaces, quotes, dollar signs and backslashes is read as it was.
#[test]
fn a_dockerfile_says_odd_values_as_they_are() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let repository = Repository::of("two-platforms")?;
    fs::remove_dir_all(&repository.folder)?;
    for (path, text) in [
        ("go.mod", "module example.com/app\n\ngo 1.26\n"),
        ("main.go", VERSION),
        ("gobuild.yaml", ODD),
        ("web files/index.html", "hello"),
        ("a.css", "a {}"),
        ("secret.txt", "secret"),
    ] {
        repository.edit(path, |_| text.to_owned())?;
    }
    let ours = image(&daemon, Build::new(&repository.folder).file("gobuild.yaml"), "ways/odd:ours")?;
    let text = call(&daemon, Build::new(&repository.folder).file("gobuild.yaml"), "gobuild.dockerfile")?;
    repository.append("out.Dockerfile", &text)?;
    let theirs = image(&daemon, Build::new(&repository.folder).file("out.Dockerfile"), "ways/odd:theirs")
        .with_context(|| text.clone())?;
    for path in [
        "/my app's $1 \\ \"2\"/app",
        "/etc/passwd",
        "/etc/group",
        "/usr/libexec/gobuild-healthcheck",
        "/usr/share/zoneinfo/Europe/Berlin",
        "/srv/it's/index.html",
        "/srv/css/a.css",
        "/etc/app/secret.txt",
    ] {
        ensure!(ours.read(path)? == theirs.read(path)?, "{path} is another one by\n{text}");
    }
    let (here, there) = (held(&ours)?, held(&theirs)?);
    for path in ["/my data $2", "/var/it's", "/srv", "/srv/css/a.css", "/etc/app/secret.txt", "/home/web"] {
        let (ours, theirs) = (here.get(path), there.get(path));
        ensure!(ours.is_some() && ours == theirs, "{path}: here {ours:?}, there {theirs:?}\n{text}");
    }
    let (ours, theirs) = (properties(&ours), properties(&theirs));
    ensure!(ours == theirs, "here {ours:#}\nby the Dockerfile {theirs:#}\nof\n{text}");
    Ok(())
}
