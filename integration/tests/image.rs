//! What an image holds beside the program, on real daemons: on scratch as on a base, everything that a program asks for;
//! and where two images differ.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Kind, Run};
use repository::Repository;
use std::fs;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a container may take to be found well or ill.
const PATIENCE: Duration = Duration::from_secs(30);

fn program() -> Result<Repository> {
    Repository::of_test("image/program")
}

/// The program with another build file, on a base that a Dockerfile of the tests makes.
fn on_base(daemon: &Daemon, base: &str, tag: &str, change: impl FnOnce(String) -> String) -> Result<()> {
    let dockerfile = Repository::of_test(base)?;
    let base = format!("{base}:1");
    let log = daemon.build(&Build::new(&dockerfile.folder).tag(&base))?;
    ensure!(log.succeeded(), "{log}");
    let repository = program()?;
    repository.edit("gobuild.yaml", change)?;
    let build = Build::new(&repository.folder).file("gobuild.yaml").tag(tag);
    let log = daemon.build(&build.arg("BASE", &base))?;
    ensure!(log.succeeded(), "{log}");
    Ok(())
}

#[test]
fn a_program_finds_what_it_asks_for() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = program()?;
    // The account of the base, that of nobody else, and one that only has a name.
    for (base, user, found) in [
        ("static", "nonroot", "nonroot 65532:65532 /home/nonroot"),
        ("scratch", "nonroot", "nonroot 65532:65532 /home/nonroot"),
        ("scratch", "web", "web 10001:10001 /home/web"),
        ("static", "web", "web 10001:10001 /home/web"),
        ("static", "1001", "app 1001:1001 /home/app"),
    ] {
        let tag = format!("image/{base}-{user}:1");
        let build = Build::new(&repository.folder).file("gobuild.yaml").tag(&tag);
        let log = daemon.build(&build.arg("BASE", base).arg("USER", user))?;
        ensure!(log.succeeded(), "{log}");
        let run = Run::new().env("TZ", "Asia/Tokyo").arg("look");
        let output = daemon.run_to_end(&tag, &run)?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let expected = [
            "certificates: true",
            "zone: Europe/Berlin",
            "local: JST",
            &format!("user: {found}"),
            "temporary file: true",
            &format!("home: {}", found.rsplit(' ').next().unwrap_or_default()),
            "data: /data",
            "/tmp: dtrwxrwxrwx",
            "/data: drwxr-xr-x",
            "/srv/www: drwxr-xr-x",
            "/srv/www/sub/page.html: -rw-r--r--",
            "/srv/secret/key: -rw-------",
            "/srv/run/tool: -r-xr-xr-x",
        ];
        for line in expected {
            ensure!(
                said.lines().any(|said| said == line),
                "{base}, {user}: no `{line}` in\n{said}\n{output:?}"
            );
        }
        let container = daemon.run(&tag, &Run::new().locked().flag("--network=none"))?;
        ensure!(container.is_running(), "{base}: {}", container.logs()?);
    }
    Ok(())
}

#[test]
fn the_oldest_daemon_makes_the_same_directories() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker20)?;
    let repository = Repository::of("production")?;
    let build = Build::new(&repository.folder).file("gobuild.yaml").tag("image/old:1").arg("BASE", "scratch");
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    let files = daemon.image("image/old:1")?.files()?;
    for (path, mode) in [
        ("/home/nonroot", "drwx------"),
        // BuildKit 0.8 knows no other permissions than these.
        ("/tmp", "drwxrwxrwx"),
        ("/usr/share/zoneinfo/Europe/Berlin", "-rw-r--r--"),
    ] {
        let found = files.iter().find(|file| file.path == path).map(|file| file.mode.as_str());
        ensure!(found == Some(mode), "{path}: {found:?}");
    }
    Ok(())
}

#[test]
fn a_container_is_asked_for_its_health_without_a_shell() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = program()?;
    let build =
        Build::new(&repository.folder).file("gobuild.yaml").tag("image/health:1").arg("BASE", "scratch");
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    let container = daemon.run("image/health:1", &Run::new().port(8080))?;
    let becomes = |wanted: &str| -> Result<()> {
        let start = Instant::now();
        loop {
            let health = container.inspect()?["State"]["Health"].clone();
            if health["Status"] == wanted {
                return Ok(());
            }
            ensure!(start.elapsed() < PATIENCE, "not {wanted}: {health}");
            sleep(Duration::from_millis(200));
        }
    };
    becomes("healthy")?;
    ensure!(container.get(8080, "/fall-ill")?.status == 200);
    becomes("unhealthy")?;
    let said = container.inspect()?["State"]["Health"].to_string();
    ensure!(said.contains("status 503"), "{said}");
    Ok(())
}

/// Docker lets everybody listen everywhere; with this, containers are as elsewhere.
const PORTS_OF_ROOT: [&str; 2] = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=1024"];

#[test]
fn a_program_has_its_capabilities() -> Result<()> {
    let mut layers = Vec::new();
    for kind in [Kind::Docker28, Kind::Buildkit, Kind::Docker20] {
        let daemon = Daemon::up(kind)?;
        let repository = Repository::of_test("image/capable")?;
        let run = |tag: &str, flags: &[&str]| {
            let flags = PORTS_OF_ROOT.iter().chain(&["--cap-drop=ALL"]).chain(flags);
            daemon.run(tag, &flags.fold(Run::new().port(80), |run, flag| run.flag(*flag)))
        };
        let binds = "--cap-add=NET_BIND_SERVICE";
        let is_refused = |tag: &str, flags: &[&str], words: &str| -> Result<()> {
            let container = run(tag, flags)?;
            container.wait()?;
            let said = container.logs()?;
            ensure!(said.contains(words), "{kind}, {tag}, {flags:?}: {said}");
            Ok(())
        };
        // The file says nothing, then it does.
        for (file, tag) in [("go.mod", "image/incapable:1"), ("gobuild.yaml", "image/capable:1")] {
            // The oldest does not know the form of the line that go.mod has.
            let build = Build::new(&repository.folder).file(file).tag(tag);
            let log = daemon.build(&build.arg("BUILDKIT_SYNTAX", "gobuild/frontend:1"))?;
            ensure!(log.succeeded(), "{log}");
        }
        is_refused("image/incapable:1", &[binds], "bind: permission denied")?;
        let container = run("image/capable:1", &[binds])?;
        ensure!(container.get(80, "/")?.body == "user 65532\n", "{kind}: {}", container.logs()?);
        // As its documentation has it.
        let locked = [binds, "--security-opt=no-new-privileges"];
        if kind == Kind::Docker20 {
            is_refused("image/capable:1", &locked, "bind: permission denied")?;
        } else {
            ensure!(run("image/capable:1", &locked)?.get(80, "/")?.status == 200, "{kind}");
        }
        is_refused("image/capable:1", &[], "operation not permitted")?;
        layers.push(daemon.image("image/capable:1")?.layers.clone());
    }
    ensure!(layers[0] == layers[1], "{layers:?}");
    Ok(())
}

#[test]
fn certificates_are_put_behind_a_link() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    on_base(&daemon, "image/linked", "image/certificates:1", |text| {
        text.replace("image:", "image:\n  ca-certificates: true")
    })?;
    let said = daemon.run_to_end("image/certificates:1", &Run::new().arg("look"))?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(said.lines().any(|line| line == "certificates: true"), "{said}");
    let image = daemon.image("image/certificates:1")?;
    let path = "/usr/share/pki/ca-certificates.crt";
    ensure!(image.files()?.iter().any(|file| file.path == path && file.layer > 0), "no {path}");
    Ok(())
}

#[test]
fn what_the_base_has_stays_as_it_is() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    on_base(&daemon, "image/owned", "image/stays:1", |text| {
        text.replace("  user: ${USER}\n", "  volumes: [/tmp]\n")
            .replace("workdir: /app", "workdir: /home/nonroot/app")
            .replace("  files:\n", "  files:\n    - {from: key, to: /etc/ssl/certs/}\n")
            .replace("  USER: nonroot\n", "")
    })?;
    let image = daemon.image("image/stays:1")?;
    ensure!(image.config["config"]["User"] == "nonroot", "{}", image.config);
    let files = image.files()?;
    for (path, mode, uid) in [
        ("/home/nonroot", "drwx------", 1000),
        ("/tmp", "drwxrwxrwt", 0),
        ("/etc/ssl/certs", "lrwxrwxrwx", 0),
        ("/usr/share/pki/key", "-rw-r--r--", 0),
        ("/home/nonroot/app/program", "-r-xr-xr-x", 0),
    ] {
        let found = files.iter().filter(|file| file.path.trim_end_matches('/') == path);
        let found = found.max_by_key(|file| file.layer).with_context(|| format!("no {path}"))?;
        ensure!(found.mode == mode && found.uid == uid, "{path} is {} of {}", found.mode, found.uid);
    }
    Ok(())
}

#[test]
fn a_stamped_program_lies_where_a_copied_one_would() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let mut found = Vec::new();
    for (tag, build) in [
        ("image/stamped:1", format!("build:\n  stamp: {{main.commit: {commit}}}\n")),
        ("image/copied:1", String::new()),
    ] {
        on_base(&daemon, "image/owned", tag, |text| {
            text.replace("  workdir: /app\n", "").replace("image:\n", &format!("{build}image:\n"))
        })?;
        let said = daemon.run_to_end(tag, &Run::new().arg("look"))?;
        let said = String::from_utf8_lossy(&said.stdout).into_owned();
        let expected = if build.is_empty() { "commit: none" } else { &format!("commit: {commit}") };
        ensure!(said.lines().any(|line| line == expected), "no `{expected}` in\n{said}");
        let image = daemon.image(tag)?;
        let last = image.layers.len() - 1;
        let files = image.files()?.into_iter().filter(|file| file.layer == last);
        found.push(files.map(|file| format!("{} {} {}", file.mode, file.uid, file.path)).collect::<Vec<_>>());
        // What the link of the base leads to is as it was.
        let accounts = String::from_utf8(image.read("/etc/passwd")?)?;
        ensure!(accounts.contains("nonroot:x:1000:1000"), "{accounts}");
    }
    ensure!(found[0] == ["-r-xr-xr-x 0 /program"] && found[0] == found[1], "{found:?}");
    Ok(())
}

#[test]
fn a_change_changes_one_layer() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = program()?;
    let build =
        Build::new(&repository.folder).file("gobuild.yaml").tag("image/layers:1").arg("BASE", "scratch");
    let layers = || -> Result<Vec<String>> {
        let log = daemon.build(&build)?;
        ensure!(log.succeeded(), "{log}");
        Ok(daemon.image("image/layers:1")?.layers.clone())
    };
    let before = layers()?;
    let changed = |other: &[String]| -> Vec<usize> {
        (0..before.len()).filter(|number| before.get(*number) != other.get(*number)).collect()
    };
    repository.append("README.md", "more to read")?;
    ensure!(changed(&layers()?).is_empty(), "a README changes something");
    repository.append("main.go", "func init() { println() }")?;
    let after = layers()?;
    ensure!(changed(&after) == [before.len() - 1], "the program: {before:?}\n{after:?}");
    repository.append("web/sub/page.html", "more to read")?;
    let after = layers()?;
    ensure!(changed(&after) == [2, before.len() - 1], "a page: {before:?}\n{after:?}");
    Ok(())
}

#[test]
fn the_readme_shows_where_two_images_differ() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker28)?;
    let repository = program()?;
    repository.append("gobuild.yaml", "  timezones: false\n  env: {LEVEL: info}")?;
    let build = |tag: &str| -> Result<()> {
        let build = Build::new(&repository.folder).file("gobuild.yaml").arg("BASE", "scratch");
        let log = daemon.build(&build.tag(tag))?;
        ensure!(log.succeeded(), "{log}");
        Ok(())
    };
    build("image/one:1")?;
    repository
        .edit("gobuild.yaml", |text| text.replace("LEVEL: info", "LEVEL: debug").replace("0600", "0640"))?;
    // As long as before, and files are dated 1970: only its bytes tell.
    repository.edit("web/sub/page.html", |text| text.to_uppercase())?;
    build("image/other:1")?;

    let readme = fs::read_to_string(daemon.lab().workspace().join("README.md"))?;
    let (_, rest) = readme.split_once("\ninside() (").context("the README has no such function")?;
    let (function, _) = rest.split_once("\n```").context("the block has an end")?;
    let folder = daemon.lab().scratch("differ");
    fs::create_dir_all(&folder)?;
    let script = format!("inside() ({function}");
    let script = script.replace("ONE", "image/one:1").replace("OTHER", "image/other:1");
    let mut shell = Command::new("sh");
    daemon.point(&mut shell);
    let output = shell.args(["-c", &script]).current_dir(&folder).output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    for (begin, part) in [
        ("< ", "\"LEVEL=info\""),
        ("> ", "\"LEVEL=debug\""),
        ("< -rw-------", "srv/secret/key"),
        ("> -rw-r-----", "srv/secret/key"),
        ("< ", "srv/www/sub/page.html"),
        ("> ", "srv/www/sub/page.html"),
    ] {
        let told = said.lines().any(|line| line.starts_with(begin) && line.contains(part));
        ensure!(told, "no `{begin}` with `{part}` in\n{said}");
    }
    // And nothing else: besides the digests of layers, these are all lines.
    let lines = said.lines().filter(|line| line.starts_with('>') && !line.contains("sha256:"));
    ensure!(output.status.code() == Some(1) && lines.count() == 3, "{said}");
    Ok(fs::remove_dir_all(folder)?)
}
