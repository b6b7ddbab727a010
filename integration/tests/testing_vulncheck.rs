//! A search for vulnerabilities, in databases that the test makes up.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::command::{read, read_bytes};
use integration::{Build, Daemon, Lab};
use repository::Repository;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

/// A database that knows of one symbol of `golang.org/x/sync/errgroup`, in the form of
/// <https://go.dev/security/vuln/database>: files by path.
fn database(symbol: &str) -> BTreeMap<&'static str, String> {
    let date = "2026-01-01T00:00:00Z";
    let entry = format!(r#"{{"id":"GO-2026-0001","modified":"{date}"}}"#);
    let affected = format!(
        r#"{{"package":{{"name":"golang.org/x/sync","ecosystem":"Go"}},
            "ranges":[{{"type":"SEMVER","events":[{{"introduced":"0"}}]}}],
            "ecosystem_specific":{{"imports":[{{"path":"golang.org/x/sync/errgroup","symbols":["{symbol}"]}}]}}}}"#
    );
    BTreeMap::from([
        ("index/db.json", format!(r#"{{"modified":"{date}"}}"#)),
        ("index/modules.json", format!(r#"[{{"path":"golang.org/x/sync","vulns":[{entry}]}}]"#)),
        ("index/vulns.json", format!("[{entry}]")),
        (
            "ID/GO-2026-0001.json",
            format!(
                r#"{{"schema_version":"1.3.1","id":"GO-2026-0001","modified":"{date}","published":"{date}",
                    "summary":"made up for a test","affected":[{affected}],
                    "database_specific":{{"url":"https://pkg.go.dev/vuln/GO-2026-0001"}}}}"#
            ),
        ),
    ])
}

fn build(repository: &Repository, database: &str, target: &str) -> Result<Build> {
    let text =
        format!("# syntax=gobuild/frontend:1\nmain: ./cmd/server\nvulncheck: {{database: {database}}}\n");
    repository.edit("gobuild.yaml", |_| text)?;
    Ok(Build::new(&repository.folder).file("gobuild.yaml").target(target))
}

/// Writes a database into the repository.
fn put(repository: &Repository, symbol: &str) -> Result<()> {
    for (path, text) in database(symbol) {
        repository.edit(&format!("vulndb/{path}"), |_| text)?;
    }
    Ok(())
}

#[test]
fn what_the_program_calls_is_found_in_a_directory() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = Repository::of("two-platforms")?;
    // The daemon remembers earlier runs of this test.
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    repository.append("cmd/server/main.go", &format!("// {now}"))?;
    put(&repository, "Group.Wait")?;
    let log = daemon.build(&build(&repository, "./vulndb", "vulncheck")?)?;
    ensure!(log.code == 1 && log.text.contains("step [vulncheck]: "), "{log}");
    let step = log.vertex("[vulncheck] govulncheck ./cmd/server").context("no step")?;
    ensure!(step.output.contains("GO-2026-0001") && step.output.contains("errgroup.Group.Wait"), "{log}");

    let folder = Lab::open()?.scratch("reports");
    let report = build(&repository, "./vulndb", "vulncheck-report")?.flag("--output").flag(&folder);
    let log = daemon.build(&report)?;
    ensure!(log.succeeded(), "{log}");
    for (name, expected) in [
        ("vulncheck.txt", "errgroup.Group.Wait"),
        ("vulncheck.json", "\"finding\""),
        ("vulncheck.sarif", "GO-2026-0001"),
    ] {
        let text = fs::read_to_string(folder.join(name)).with_context(|| format!("no {name}"))?;
        ensure!(text.contains(expected), "{name}: {text}");
    }
    fs::remove_dir_all(&folder)?;

    // A vulnerability that is not called, and then nothing new.
    put(&repository, "Group.Never")?;
    let build = build(&repository, "./vulndb", "vulncheck")?;
    let log = daemon.build(&build)?;
    ensure!(log.succeeded(), "{log}");
    let again = daemon.build_again(&build)?;
    ensure!(again.succeeded() && again.all_cached(), "{again}");
    Ok(())
}

#[test]
fn a_database_that_is_served_is_asked_each_time() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = Repository::of("two-platforms")?;
    let gateway = "{{(index .IPAM.Config 0).Gateway}}";
    let host = read(&mut daemon.docker(["network", "inspect", "bridge", "--format", gateway]))?;
    let search = |symbol: &str| -> Result<_> {
        let url = format!("http://{}:{}/db", host.trim(), serve(database(symbol))?);
        daemon.build(&build(&repository, &url, "vulncheck")?)
    };
    let safe = search("Group.Never")?;
    ensure!(safe.succeeded(), "{safe}");
    let found = search("Group.Wait")?;
    ensure!(found.code == 1, "{found}");
    let step = found.vertex("[vulncheck] govulncheck ./cmd/server").context("no step")?;
    ensure!(step.output.contains("errgroup.Group.Wait"), "{found}");
    Ok(())
}

/// Serves a database below `/db` until the test ends, on this port.
fn serve(database: BTreeMap<&'static str, String>) -> Result<u16> {
    let listener = TcpListener::bind(("0.0.0.0", 0))?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = answer(stream, &database);
        }
    });
    Ok(port)
}

fn answer(mut stream: TcpStream, database: &BTreeMap<&'static str, String>) -> Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().context("a request")??;
    while lines.next().context("a header")??.trim() != "" {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let name = path.strip_prefix("/db/").and_then(|path| path.strip_suffix(".gz"));
    let (status, body) = match name.and_then(|name| database.get(name)) {
        Some(text) => ("200 OK", zipped(text)?),
        None => ("404 Not Found", Vec::new()),
    };
    write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len())?;
    if !request.starts_with("HEAD ") {
        stream.write_all(&body)?;
    }
    Ok(())
}

fn zipped(text: &str) -> Result<Vec<u8>> {
    let file = Lab::open()?.scratch("database");
    fs::write(&file, text)?;
    let zipped = read_bytes(Command::new("gzip").arg("--stdout").arg(&file))?;
    fs::remove_file(&file)?;
    Ok(zipped)
}
