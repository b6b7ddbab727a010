//! The examples on the newest, the oldest and the bare daemon: built through the frontend image, started, asked over
//! HTTP, measured, and built again.
//!
//! Each test prints its rows of the table: image size, layers, user, and the seconds of the first and the second build.

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Image, Kind, Lab, Response, Run, step};
use serde_json::Value;
use std::path::PathBuf;

/// A folder of `examples/`, how it is built and what it must answer.
struct Example {
    folder: &'static str,
    /// What tells this row from others of the same folder.
    variant: &'static str,
    file: &'static str,
    args: &'static [(&'static str, &'static str)],
    /// The words that the file's first line gives the frontend, for daemons that read `#` lines only.
    words: Option<&'static str>,
    port: u16,
    user: &'static str,
    binary: &'static str,
    answers: &'static [(&'static str, u16, &'static str)],
    /// Arguments of the program that make it ask itself.
    healthcheck: Option<&'static str>,
    /// In bytes, base and all.
    largest: u64,
}

const MEGABYTE: u64 = 1_000_000;

/// What most rows have in common.
const ORDINARY: Example = Example {
    folder: "",
    variant: "",
    file: "gobuild.yaml",
    args: &[],
    words: None,
    port: 8080,
    user: "65532:65532",
    binary: "/app/server",
    answers: &[],
    healthcheck: Some("health"),
    largest: 10 * MEGABYTE,
};

const EXAMPLES: [Example; 11] = [
    Example {
        folder: "scratch-and-static",
        variant: "static",
        user: "65532",
        binary: "/scratch-and-static",
        answers: &[("/", 200, "GODEBUG=madvdontneed=1"), ("/health", 200, "ok"), ("/none", 404, "")],
        ..ORDINARY
    },
    Example {
        folder: "scratch-and-static",
        variant: "scratch",
        args: &[("BASE", "scratch")],
        binary: "/scratch-and-static",
        answers: &[("/", 200, "GODEBUG=madvdontneed=1"), ("/health", 200, "ok")],
        ..ORDINARY
    },
    Example {
        folder: "production",
        variant: "static",
        args: &[("VERSION", "1.2.3")],
        answers: &[
            ("/", 200, "\"version\":\"1.2.3\""),
            ("/health", 200, "\"status\":\"ok\""),
            ("/check", 502, "\"ca_certificates\":true"),
        ],
        largest: 15 * MEGABYTE,
        ..ORDINARY
    },
    Example {
        folder: "production",
        variant: "scratch",
        args: &[("BASE", "scratch")],
        answers: &[("/health", 200, "\"status\":\"ok\""), ("/check", 502, "\"ca_certificates\":true")],
        ..ORDINARY
    },
    Example {
        folder: "production",
        variant: "alpine, uid 1001",
        args: &[("BASE", "alpine"), ("RUN_AS", "1001")],
        user: "1001",
        answers: &[("/", 200, "\"version\":\"dev\""), ("/health", 200, "\"status\":\"ok\"")],
        largest: 50 * MEGABYTE,
        ..ORDINARY
    },
    Example {
        folder: "hello-no-gomod",
        file: "main.go",
        words: Some("ports=80"),
        port: 80,
        user: "65532",
        binary: "/main",
        answers: &[("/", 200, "Hello from Multi-Stage Build!")],
        healthcheck: None,
        ..ORDINARY
    },
    Example {
        folder: "devops-info-service",
        port: 8000,
        binary: "/app/devops-info-service",
        answers: &[
            ("/", 200, "\"cpu_count\""),
            ("/health", 200, "\"status\":\"healthy\""),
            ("/none", 404, "Not Found"),
        ],
        healthcheck: None,
        largest: 7 * MEGABYTE,
        ..ORDINARY
    },
    Example {
        folder: "alpine-or-scratch",
        variant: "alpine",
        answers: &[("/", 200, "\"shell\":true"), ("/", 200, "Alpine"), ("/health", 200, "ok")],
        largest: 15 * MEGABYTE,
        ..ORDINARY
    },
    Example {
        folder: "alpine-or-scratch",
        variant: "scratch",
        args: &[("BASE", "scratch")],
        answers: &[("/", 200, "\"shell\":false"), ("/health", 200, "ok")],
        ..ORDINARY
    },
    Example {
        folder: "two-platforms",
        variant: "its own platform",
        file: "go.mod",
        words: Some(""),
        user: "65532",
        binary: "/server",
        answers: &[("/", 200, "\"platform\":\"linux/"), ("/health", 200, "ok"), ("/none", 404, "")],
        healthcheck: None,
        ..ORDINARY
    },
    Example {
        folder: "targets",
        variant: "the first",
        binary: "/api",
        answers: &[("/", 200, "api dev queue=orders log=info")],
        healthcheck: None,
        ..ORDINARY
    },
];

/// The user's Docker where there is one.
#[test]
fn on_docker() -> Result<()> {
    all_on(&Daemon::preferred()?)
}

#[test]
fn on_docker_20_10() -> Result<()> {
    all_on(&Daemon::up(Kind::Docker20)?)
}

#[test]
fn on_buildkit() -> Result<()> {
    all_on(&Daemon::up(Kind::Buildkit)?)
}

fn all_on(daemon: &Daemon) -> Result<()> {
    let kind = daemon.kind().map_or("docker", Kind::name);
    for example in &EXAMPLES {
        let row = example
            .check(daemon)
            .with_context(|| format!("{} ({}) on {kind}", example.folder, example.variant))?;
        step::note(format_args!("{row}"));
    }
    Ok(())
}

impl Example {
    /// Builds, runs, asks, measures and builds again. The row says what was measured.
    fn check(&self, daemon: &Daemon) -> Result<String> {
        let kind = daemon.kind().map_or("docker", Kind::name);
        let tag = format!("example/{}-{}:1", self.folder, self.variant.replace([' ', ','], "_"));
        let tag = tag.replace("-:", ":");
        let build = self.build(daemon, &tag)?;
        let first = daemon.build(&build)?;
        ensure!(first.succeeded(), "{first}");

        let image = daemon.image(&tag)?;
        self.check_image(&image)?;
        self.ask(daemon, &tag)?;

        let again = daemon.build(&build)?;
        ensure!(again.all_cached(), "an unchanged build did something:\n{again}");
        Ok(format!(
            "| {:<19} | {:<16} | {kind:<8} | {:>5.2} MB | {} layers | {:<11} | {:>5.1} s | {:>4.2} s |",
            self.folder,
            self.variant,
            megabytes(image.size),
            image.layers.len(),
            image.user,
            first.duration().as_secs_f64(),
            again.duration().as_secs_f64(),
        ))
    }

    fn build(&self, daemon: &Daemon, tag: &str) -> Result<Build> {
        let folder: PathBuf = Lab::open()?.workspace().join("examples").join(self.folder);
        let mut build = Build::new(folder).file(self.file).tag(tag);
        for (name, value) in self.args {
            build = build.arg(name, value);
        }
        // Daemons before BuildKit 0.11 do not know the `//` form of the line.
        if let (Some(words), Some(Kind::Docker20)) = (self.words, daemon.kind()) {
            build = build.arg("BUILDKIT_SYNTAX", format!("gobuild/frontend:1 {words}").trim());
        }
        Ok(build)
    }

    fn check_image(&self, image: &Image) -> Result<()> {
        ensure!(image.user == self.user, "the user is {}", image.user);
        ensure!(image.size <= self.largest, "the image has {} bytes", image.size);
        let entrypoint = &image.config["config"]["Entrypoint"];
        ensure!(entrypoint == &Value::from(vec![self.binary]), "the entrypoint is {entrypoint}");
        let port = format!("{}/tcp", self.port);
        let documented = image.config["config"]["ExposedPorts"][&port].is_object();
        ensure!(documented || self.file == "go.mod", "{port} is not exposed");

        if let Some(command) = self.healthcheck {
            let test = &image.config["config"]["Healthcheck"]["Test"];
            ensure!(test == &Value::from(vec!["CMD", self.binary, command]), "the health check is {test}");
        }

        let files = image.files()?;
        let binary =
            files.iter().find(|file| file.path == self.binary).context("the binary is not in the image")?;
        ensure!(binary.mode == "-r-xr-xr-x" && binary.uid == 0, "{binary:?}");
        let toolchain =
            files.iter().find(|file| file.path.ends_with(".go") || file.path.contains("/usr/local/go"));
        ensure!(toolchain.is_none(), "{toolchain:?} is in the image");
        Ok(())
    }

    fn ask(&self, daemon: &Daemon, tag: &str) -> Result<()> {
        let container = daemon.run(tag, &Run::new().port(self.port))?;
        for (path, status, part) in self.answers {
            let Response { status: got, body, .. } = container.get(self.port, path)?;
            ensure!(got == *status && body.contains(part), "{path} answers {got} {body}");
        }
        if let Some(command) = self.healthcheck {
            let health = container.exec(&[self.binary, command])?;
            ensure!(health.status.success(), "{health:?}");
        }
        Ok(())
    }
}

#[expect(clippy::cast_precision_loss, reason = "two digits of it are shown")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / MEGABYTE as f64
}
