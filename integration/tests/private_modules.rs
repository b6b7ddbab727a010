//! Modules that not everybody may have, from servers that not everybody may reach, on a real daemon.
//!
//! The servers are on the loopback interface: buildkitd's steps use the host's network.

use anyhow::{Context, Result, ensure};
use integration::command::{read, read_bytes};
use integration::servers::{Servers, random};
use integration::{Build, BuildLog, Daemon, Kind};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// All ways to be let in, at once.
const PRIVATE: &str = "
modules:
  ca: corp_ca
  verify: true
  private:
    - {host: token.git.example/corp, token: git_token}
    - {host: netrc.git.example, netrc: corp_netrc}
    - {host: ssh.git.example, ssh: default, port: 2222, known-hosts: \"KNOWN\"}
    - {host: token.git.example, token: other-token, user: robot}
";
const MODULES: [&str; 6] = [
    "netrc.git.example/corp/one",
    "ssh.git.example/corp/one",
    "ssh.git.example/corp/two",
    "token.git.example/corp/one",
    "token.git.example/corp/two",
    "token.git.example/other/one",
];

/// A build that knows where the servers are, and starts with nothing.
fn build(servers: &Servers, folder: &Path) -> Result<Build> {
    let hosts = [
        "token.git.example",
        "netrc.git.example",
        "ssh.git.example",
        "modules.example",
        "broken.example",
        "vulns.example",
    ];
    let build = Build::new(folder).file("gobuild.yaml").arg("BUILDKIT_CACHE_MOUNT_NS", &random()?);
    Ok(hosts
        .iter()
        .fold(build, |build, host| build.flag("--add-host").flag(format!("{host}:{}", servers.address))))
}

/// What the build file asks for.
fn with_secrets(build: Build, servers: &Servers, token: &str) -> Build {
    let file = |name: &str| servers.folder.join(name).display().to_string();
    with_ca(build, servers)
        .env("GIT_TOKEN", token)
        .env("OTHER_TOKEN", &servers.other_token)
        .flag("--secret")
        .flag("id=git_token,env=GIT_TOKEN")
        .flag("--secret")
        .flag("id=other-token,env=OTHER_TOKEN")
        .flag("--secret")
        .flag(format!("id=corp_netrc,src={}", file("netrc")))
        .flag("--ssh")
        .flag(format!("default={}", file("key")))
}

fn with_ca(build: Build, servers: &Servers) -> Build {
    build.flag("--secret").flag(format!("id=corp_ca,src={}", servers.folder.join("ca.pem").display()))
}

/// What the program in the result prints.
fn printed(daemon: &Daemon, servers: &Servers, build: &Build) -> Result<String> {
    let folder = servers.folder.join("result");
    let log = daemon
        .build(&build.clone().flag("--output").flag(format!("type=local,dest={}", folder.display())))?;
    ensure!(log.succeeded(), "{log}");
    let output = Command::new(folder.join("app")).output()?;
    fs::remove_dir_all(folder)?;
    Ok(String::from_utf8_lossy(&output.stderr).into_owned())
}

/// What the module step wrote.
fn said(log: &BuildLog) -> Result<&str> {
    let step = log.vertex("[modules] go mod download").with_context(|| format!("no module step\n{log}"))?;
    Ok(&step.output)
}

#[test]
fn what_the_client_gives_opens_every_door_and_is_found_nowhere() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let servers = Servers::up(daemon.lab())?;
    let file = PRIVATE.replace("KNOWN", servers.known_hosts()?);
    let folder = servers.repository("app", &MODULES, &file)?;
    let (cache, image) = (servers.folder.join("cache"), servers.folder.join("image"));
    let plain = build(&servers, &folder)?;
    let everything = with_secrets(plain.clone(), &servers, &servers.token)
        .flag("--provenance=mode=max")
        .flag("--output")
        .flag(format!("type=oci,tar=false,dest={}", image.display()))
        .flag("--cache-to")
        .flag(format!("type=local,mode=max,dest={}", cache.display()));
    let log = daemon.build(&everything)?;
    ensure!(log.succeeded(), "{log}");
    ensure!(said(&log)?.contains("all modules verified"), "{}", said(&log)?);

    let key = fs::read_to_string(servers.folder.join("key"))?;
    let key = key.lines().nth(2).context("a key has lines")?;
    // As an `Authorization` header has it.
    let header = servers.folder.join("header");
    fs::write(&header, format!("x-access-token:{}", servers.token))?;
    let header = read(Command::new("base64").arg("--wrap=0").arg(&header))?;
    let secrets = [servers.token.as_str(), &servers.other_token, &servers.password, key, &header];
    let outputs: Vec<&str> = log.vertices.iter().map(|vertex| vertex.output.as_str()).collect();
    let daemon_log = daemon.lab().run(Kind::Buildkit).join("buildkitd.log");
    let mut sinks: Vec<(String, Vec<u8>)> = vec![
        ("the progress".to_owned(), log.raw.clone().into_bytes()),
        ("the output of a step".to_owned(), outputs.concat().into_bytes()),
        ("the metadata".to_owned(), log.metadata.to_string().into_bytes()),
        ("the daemon's log".to_owned(), fs::read(daemon_log)?),
    ];
    for folder in [cache, image] {
        for file in files(&folder)? {
            sinks.push((file.display().to_string(), unpacked(&file)?));
        }
    }
    let has = |text: &[u8], word: &str| text.windows(word.len()).any(|window| window == word.as_bytes());
    for (name, text) in &sinks {
        for secret in secrets {
            ensure!(!has(text, secret), "a secret is in {name}");
        }
    }
    // What the build has left on the disk: layers, cache mounts and all else. The key itself is older than itself.
    let data = daemon.lab().run(Kind::Buildkit).join("data");
    let on_disk = |words: &[&str]| {
        let mut find = Command::new("find");
        find.arg(data.as_path()).args(["-type", "f", "-newer"]).arg(servers.folder.join("key"));
        find.args(["-exec", "grep", "-lF"]).args(words.iter().flat_map(|word| ["-e", *word]));
        // `grep` and `find` fail where there is nothing, or no longer.
        let found = integration::command::output(find.args(["--", "{}", "+"]))?;
        anyhow::Ok(String::from_utf8_lossy(&found.stdout).into_owned())
    };
    let found = on_disk(&secrets)?;
    ensure!(found.is_empty(), "a secret is in\n{found}");
    let found = on_disk(&["const Path = \"token.git.example/corp/two\""])?;
    ensure!(!found.is_empty(), "the modules are not on the disk, where they should be found");

    // They would have been found: the ids of the secrets are in the provenance, the modules in the cache.
    for word in ["git_token", "corp_netrc", "default", "const Path = \"token.git.example/corp/two\""] {
        ensure!(sinks.iter().any(|(_, text)| has(text, word)), "{word} is nowhere");
    }

    // Another value, and nothing to do.
    let again = with_secrets(plain, &servers, "another token");
    let second = daemon.build(&again)?;
    ensure!(second.all_cached(), "{second}");
    ensure!(printed(&daemon, &servers, &again)? == MODULES.join("\n") + "\n", "another program");
    Ok(())
}

/// Every file below a folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = read(Command::new("find").arg(folder).args(["-type", "f"]))?;
    Ok(list.lines().map(PathBuf::from).collect())
}

/// What is in a file, behind its compression.
fn unpacked(file: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(file)?;
    if bytes.starts_with(&[0x1f, 0x8b]) {
        read_bytes(Command::new("gzip").arg("-dc").arg(file))
    } else {
        Ok(bytes)
    }
}

/// A build that fails.
struct Refused<'a> {
    what: &'a str,
    modules: &'a [&'a str],
    file: &'a str,
    /// Everything is given with this token, or nothing.
    token: Option<&'a str>,
    said: &'a [&'a str],
}

#[test]
fn whoever_is_not_let_in_is_told_what_to_write() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let servers = Servers::up(daemon.lab())?;
    let file = PRIVATE.replace("KNOWN", servers.known_hosts()?);
    let other_key = PRIVATE.replace(
        "KNOWN",
        "[ssh.git.example]:2222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    );
    let alpine = format!("builder: golang:1.26-alpine\n{file}");
    let one = ["token.git.example/corp/one"];
    let cases = [
        Refused {
            what: "nothing is given",
            modules: &MODULES,
            file: &file,
            token: None,
            said: &[
                "modules.ca: secret not found; add `--secret id=corp_ca,src=ca.pem`",
                "token.git.example/corp: secret not found; add `--secret id=git_token,env=GIT_TOKEN`",
                "token.git.example: secret not found; add `--secret id=other-token,env=OTHER_TOKEN`",
                "netrc.git.example: secret not found; add `--secret id=corp_netrc,src=$HOME/.netrc`",
                "ssh.git.example: SSH agent not found; add `--ssh default`",
            ],
        },
        Refused {
            what: "a wrong token",
            modules: &one,
            file: &file,
            token: Some("wrong"),
            said: &["may the token, netrc or key that was given read it?"],
        },
        Refused {
            what: "no token",
            modules: &one,
            file: &file,
            token: Some("two words"),
            said: &["more than a token"],
        },
        Refused {
            what: "another host key",
            modules: &["ssh.git.example/corp/one"],
            file: &other_key,
            token: Some(&servers.token),
            said: &["`ssh-keyscan HOST`"],
        },
        Refused {
            what: "no word about the host",
            modules: &one,
            file: "modules: {ca: corp_ca, proxy: direct}",
            token: Some(&servers.token),
            said: &["Does `modules.private` name its host"],
        },
        Refused {
            what: "a proxy that asks for a password",
            modules: &one,
            file: "modules: {ca: corp_ca, proxy: \"https://modules.example\"}",
            token: Some(&servers.token),
            said: &["Does `modules.private` name its host"],
        },
        Refused {
            what: "an unknown authority",
            modules: &one,
            file: "modules: {proxy: direct}",
            token: None,
            said: &["write `modules.ca: corp_ca`"],
        },
        Refused {
            what: "a builder without git",
            modules: &one,
            file: &alpine,
            token: Some(&servers.token),
            said: &["has no `git`", "has no `ssh`"],
        },
    ];
    for (number, case) in cases.into_iter().enumerate() {
        let Refused { what, modules, file, token, said: expected } = case;
        let folder = servers.repository(&format!("app{number}"), modules, file)?;
        let build = build(&servers, &folder)?;
        let log = daemon.build(&match token {
            Some(token) => with_secrets(build, &servers, token),
            None => build,
        })?;
        let said = said(&log)?;
        ensure!(!log.succeeded(), "{what}: it builds");
        for words in expected {
            ensure!(said.contains(words), "{what}: `{words}` is not in\n{said}");
        }
        ensure!(!said.contains("trying again"), "{what}: it is no use to try again\n{said}");
    }
    Ok(())
}

#[test]
fn the_oldest_daemon_asks_for_secrets_too() -> Result<()> {
    let daemon = Daemon::up(Kind::Docker20)?;
    let servers = Servers::up(daemon.lab())?;
    let file = PRIVATE.replace("KNOWN", servers.known_hosts()?);
    let folder = servers.repository("app", &MODULES, &file)?;
    let log = daemon.build(&build(&servers, &folder)?)?;
    for words in ["add `--secret id=git_token,env=GIT_TOKEN`", "add `--ssh default`"] {
        ensure!(said(&log)?.contains(words), "`{words}` is not in\n{log}");
    }
    // Given, they are found; the servers are not, since steps of this daemon have a loopback interface of their own.
    let log = daemon.build(&with_secrets(build(&servers, &folder)?, &servers, &servers.token))?;
    ensure!(!said(&log)?.contains("not found; add") && said(&log)?.contains("trying again"), "{log}");
    Ok(())
}

#[test]
fn a_proxy_that_fails_at_random_is_asked_until_everything_is_there() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    for whole in [false, true] {
        let servers = Servers::up(daemon.lab())?;
        // As a file of an organisation has it, too.
        let certificates = fs::read_to_string(servers.folder.join("ca.pem"))?.replace('\n', "\n    ");
        let ca = if whole { format!("|\n    {certificates}") } else { "corp_ca".to_owned() };
        let file = "modules:\n  proxy: https://broken.example\n  sumdb: off\n  verify: true\n";
        let folder = servers.repository("app", &["public.example/m11"], &format!("{file}  ca: {ca}\n"))?;
        if whole {
            // What is behind a link is not known, and then everything is downloaded.
            fs::rename(folder.join("main.go"), folder.join("main.txt"))?;
            std::os::unix::fs::symlink("main.txt", folder.join("main.go"))?;
            fs::write(folder.join("other.go"), "package main\n")?;
        }
        let build = build(&servers, &folder)?;
        let build = if whole { build } else { with_ca(build, &servers) };
        ensure!(printed(&daemon, &servers, &build)? == "public.example/m11\n", "another program");
        let requests = servers.requests()?;
        let count = |start: &str, end: &str| {
            let found = requests.iter().filter(|(line, _)| line.starts_with(start) && line.contains(end));
            found.map(|(_, times)| times).sum::<usize>()
        };
        for fault in 0..4 {
            ensure!(count(&format!("fault {fault}"), "") > 0, "there was no fault {fault}: {requests:?}");
        }
        // What has arrived is not fetched again.
        let (asked, faults) = (count("https broken.example", ".zip"), count("fault", ".zip"));
        ensure!(asked == faults + 12, "12 modules took {asked} requests with {faults} faults");
    }
    Ok(())
}

#[test]
fn a_proxy_behind_a_proxy() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let servers = Servers::up(daemon.lab())?;
    let file = "
modules:
  proxy: https://modules.example
  sumdb: off
  ca: corp_ca
  private: [{host: modules.example, netrc: corp_netrc}]
";
    let folder = servers.repository("app", &["public.example/m2", "token.git.example/corp/one"], file)?;
    // Nobody but the proxy knows where the hosts are.
    let build = Build::new(&folder)
        .file("gobuild.yaml")
        .arg("BUILDKIT_CACHE_MOUNT_NS", &random()?)
        .arg("HTTPS_PROXY", &format!("http://{}:3128", servers.address));
    let build = with_secrets(build, &servers, &servers.token);
    ensure!(printed(&daemon, &servers, &build)? == "public.example/m2\ntoken.git.example/corp/one\n");
    let requests = servers.requests()?;
    ensure!(requests.contains_key("tunnel modules.example:443"), "{requests:?}");
    ensure!(!requests.keys().any(|line| line.contains("token.git.example:443")), "{requests:?}");
    Ok(())
}

#[test]
fn a_search_for_vulnerabilities_is_let_in_too() -> Result<()> {
    let daemon = Daemon::up(Kind::Buildkit)?;
    let servers = Servers::up(daemon.lab())?;
    // The repository of `ssh.git.example` is nothing that this asks for, and the builder has no git.
    let file = format!(
        "
builder: golang:1.26-alpine
modules:
  proxy: https://modules.example
  sumdb: off
  ca: corp_ca
  private:
    - {{host: modules.example, netrc: corp_netrc}}
    - {{host: ssh.git.example, ssh: default, port: 2222, known-hosts: \"{}\"}}
vulncheck: {{version: v1.0.0, database: \"https://vulns.example\"}}
",
        servers.known_hosts()?
    );
    let folder = servers.repository("app", &[], &file)?;
    let build = build(&servers, &folder)?.target("vulncheck");
    let refused = daemon.build(&build)?;
    let install = refused.vertex("[vulncheck] go install golang.org/x/vuln/cmd/govulncheck@v1.0.0");
    let said = &install.context("no install step")?.output;
    ensure!(said.contains("add `--secret id=corp_ca,src=ca.pem`") && !said.contains("git`"), "{refused}");

    let log = daemon.build(&with_secrets(build, &servers, &servers.token))?;
    ensure!(log.succeeded(), "{log}");
    let search = log.vertex("[vulncheck] govulncheck .").context("no search")?;
    ensure!(search.output.contains("today"), "{log}");
    Ok(())
}
