//! Targets, on a real daemon: those of a file and those that every file has, and the calls that list them.

use anyhow::{Context, Result, ensure};
use integration::{Build, Daemon, Kind, Lab, Run, elf};
use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

fn build(target: &str) -> Result<Build> {
    let folder = Lab::open()?.example("targets");
    let build = Build::new(folder).file("gobuild.yaml");
    Ok(if target.is_empty() { build } else { build.target(target) })
}

#[test]
fn a_file_has_several_images() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    for (target, tag) in [("", "targets/default:1"), ("api", "targets/api:1")] {
        let log = daemon.build(&build(target)?.tag(tag))?;
        ensure!(log.succeeded(), "{log}");
    }
    // The first one is what is built without a name.
    ensure!(daemon.image("targets/default:1")?.id == daemon.image("targets/api:1")?.id, "two images");
    let worker = build("worker")?.arg("VERSION", "1.2").tag("targets/worker:1");
    let log = daemon.build(&worker)?;
    ensure!(log.succeeded(), "{log}");
    let said = daemon.run_to_end("targets/worker:1", &Run::new())?;
    ensure!(said.stdout == b"worker 1.2 queue=orders log=debug\n", "{said:?}");

    let log = daemon.build(&build("wroker")?)?;
    ensure!(log.text.contains("unknown target `wroker`; did you mean `worker`?"), "{}", log.text);
    Ok(())
}

#[test]
fn programs_are_put_into_folders() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let folder = Lab::open()?.scratch("programs");
    let log = daemon.build(&build("worker-binary")?.flag("--output").flag(&folder))?;
    ensure!(log.succeeded(), "{log}");
    let names = |folder: &std::path::Path| -> Result<Vec<String>> {
        let names = fs::read_dir(folder)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    };
    ensure!(names(&folder)? == ["worker"], "{:?}", names(&folder)?);
    ensure!(elf::is_static(&fs::read(folder.join("worker"))?)?, "it needs a loader");
    fs::remove_dir_all(&folder)?;

    let both = build("binary")?.platform("linux/amd64,linux/arm64").flag("--output").flag(&folder);
    let log = daemon.build(&both)?;
    ensure!(log.succeeded(), "{log}");
    for (platform, machine) in [("linux_amd64", 62), ("linux_arm64", 183)] {
        ensure!(names(&folder.join(platform))? == ["api"], "{platform}");
        // `e_machine` of an ELF file.
        let program = fs::read(folder.join(platform).join("api"))?;
        ensure!(program.get(18) == Some(&machine), "{platform} has another machine's program");
    }
    fs::remove_dir_all(&folder)?;
    Ok(())
}

#[test]
fn a_builder_works_offline() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let folder = Lab::open()?.example("two-platforms");
    let log = daemon.build(&Build::new(folder).file("go.mod").target("builder").tag("targets/builder:1"))?;
    ensure!(log.succeeded(), "{log}");
    // In one container, so that nothing is compiled twice.
    let work = ["sh", "-ec", "go version; go build ./...; go vet ./..."];
    let how = work.iter().fold(Run::new().flag("--network").flag("none"), |how, word| how.arg(*word));
    let said = daemon.run_to_end("targets/builder:1", &how)?;
    ensure!(said.status.success(), "{said:?}");
    Ok(())
}

#[test]
fn a_debugger_answers() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let log = daemon.build(&build("debug")?.tag("targets/debug:1"))?;
    ensure!(log.succeeded(), "{log}");
    let container = daemon.run("targets/debug:1", &Run::new().port(40000))?;
    let port = container.port(40000)?;
    let version =
        ask(port, "RPCServer.GetVersion", "{}").with_context(|| container.logs().unwrap_or_default())?;
    ensure!(version["result"]["APIVersion"] == 2, "{version}");
    let breakpoint = r#"{"Breakpoint": {"functionName": "main.main"}}"#;
    let found = ask(port, "RPCServer.CreateBreakpoint", breakpoint)?;
    ensure!(found["result"]["Breakpoint"]["file"] == "/src/cmd/api/main.go", "{found}");
    let shell = container.exec(&["/busybox/sh", "-c", "command -v dlv"])?;
    ensure!(shell.stdout == b"/usr/local/bin/dlv\n", "{shell:?}");
    Ok(())
}

/// Asks delve, again and again until it listens.
fn ask(port: u16, method: &str, argument: &str) -> Result<Value> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match try_to_ask(port, method, argument) {
            Err(error) if Instant::now() > deadline => return Err(error),
            Err(_) => sleep(Duration::from_millis(100)),
            answer => return answer,
        }
    }
}

fn try_to_ask(port: u16, method: &str, argument: &str) -> Result<Value> {
    let mut connection = TcpStream::connect(("127.0.0.1", port))?;
    connection.set_read_timeout(Some(Duration::from_secs(10)))?;
    writeln!(connection, r#"{{"method": "{method}", "params": [{argument}], "id": 1}}"#)?;
    let mut answer = String::new();
    BufReader::new(connection).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

#[test]
fn calls_are_printed_by_the_client() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let call = |target: &str, call: &str| -> Result<String> {
        let log = daemon.build(&build(target)?.flag(format!("--call={call}")))?;
        ensure!(log.succeeded(), "{log}");
        Ok(log.stdout)
    };
    let targets = call("", "targets")?;
    let lines: Vec<Vec<&str>> = targets.lines().map(|line| line.split_whitespace().collect()).collect();
    ensure!(lines[0] == ["TARGET", "DESCRIPTION"], "{targets}");
    ensure!(lines[1] == ["api", "(default)", "What", "customers", "talk", "to"], "{targets}");
    ensure!(lines[2] == ["worker", "Sends", "what", "was", "ordered"], "{targets}");
    let json: Value = serde_json::from_str(&call("", "targets,format=json")?)?;
    ensure!(json["targets"][1]["location"]["ranges"][0]["start"]["line"] == 25, "{json}");

    let outline = call("worker", "outline")?;
    for part in ["TARGET:", "worker", "Sends what was ordered", "VERSION", "dev", "What both programs say"] {
        ensure!(outline.contains(part), "no {part}:\n{outline}");
    }
    let json: Value = serde_json::from_str(&call("worker", "outline,format=json")?)?;
    ensure!(json["args"][0]["name"] == "VERSION" && json["args"][0]["value"] == "dev", "{json}");
    Ok(())
}
