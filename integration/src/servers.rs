//! Servers with private modules, for a test: Git over HTTPS and SSH, module proxies, an HTTP proxy.
//!
//! A Go program (`servers/`), since Go's library has all of them. Invariant: each has an address of its own on the
//! loopback interface, secrets that no other has, and ends with its [`Servers`], however the test ends.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio, id};
use std::sync::atomic::{AtomicU8, Ordering};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::run;
use crate::lab::Lab;

/// Running servers.
#[derive(Debug)]
pub struct Servers {
    /// Where they listen: HTTPS on 443, SSH on 2222, the HTTP proxy on 3128.
    pub address: Ipv4Addr,
    /// A folder for everything that belongs to the test.
    pub folder: PathBuf,
    /// The token for `token.git.example/corp`.
    pub token: String,
    /// The token for all else there.
    pub other_token: String,
    /// The password of `machine-user` for `netrc.git.example` and `modules.example`.
    pub password: String,
    answer: Value,
    child: Child,
}

impl Servers {
    /// Starts them.
    pub fn up(lab: &Lab) -> Result<Self> {
        static NEXT: AtomicU8 = AtomicU8::new(1);
        // Two processes that run at the same time have different numbers.
        let [.., high, low] = id().to_be_bytes();
        let address = Ipv4Addr::new(127, 64 + NEXT.fetch_add(1, Ordering::Relaxed), high, low.clamp(1, 254));
        let folder = lab.scratch("servers");
        fs::create_dir_all(&folder)?;
        let program = folder.join("servers");
        let source = lab.workspace().join("integration/src/servers");
        run(Command::new("go").current_dir(source).args(["build", "-o"]).arg(&program).arg("."))?;
        let key = folder.join("key");
        run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"]).arg(&key))?;
        let (token, other_token, password) = (random()?, random()?, random()?);
        let mut child = Command::new(program)
            .arg(&folder)
            .arg(address.to_string())
            .env("TOKEN", &token)
            .env("OTHER_TOKEN", &other_token)
            .env("PASSWORD", &password)
            .env("PUBLIC_KEY", fs::read_to_string(key.with_extension("pub"))?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let output = child.stdout.take().context("its output is a pipe")?;
        BufReader::new(output).read_line(&mut line)?;
        let answer: Value = serde_json::from_str(&line).context("the servers did not come up")?;
        let servers = Self { address, folder, token, other_token, password, answer, child };
        fs::write(servers.folder.join("ca.pem"), servers.text("CA")?)?;
        let machines = ["netrc.git.example", "modules.example"];
        let lines =
            machines.map(|host| format!("machine {host} login machine-user password {}\n", servers.password));
        fs::write(servers.folder.join("netrc"), lines.concat())?;
        Ok(servers)
    }

    /// The line of a `known_hosts` file for the SSH server.
    pub fn known_hosts(&self) -> Result<&str> {
        self.text("KnownHosts")
    }

    /// A repository with a program that prints the paths of these modules, and this build file.
    pub fn repository(&self, name: &str, modules: &[&str], build_file: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)?;
        // The random part makes steps run that have run for another test.
        let (mut go_mod, mut sums) =
            (format!("module example.com/app // {}\n\ngo 1.26\n", random()?), String::new());
        let (mut imports, mut prints) = (String::new(), String::new());
        for (number, module) in modules.iter().enumerate() {
            writeln!(imports, "import m{number} \"{module}\"")?;
            writeln!(prints, "\tprintln(m{number}.Path)")?;
        }
        for module in required(modules) {
            write!(go_mod, "\nrequire {module} v1.0.0\n")?;
            sums.push_str(
                self.answer["Modules"][&module]["Sums"].as_str().context("a module of the servers")?,
            );
        }
        fs::write(folder.join("go.mod"), go_mod)?;
        fs::write(folder.join("go.sum"), sums)?;
        fs::write(
            folder.join("main.go"),
            format!("package main\n\n{imports}\nfunc main() {{\n{prints}}}\n"),
        )?;
        fs::write(folder.join("gobuild.yaml"), format!("# syntax=gobuild/frontend:1\n{build_file}"))?;
        Ok(folder)
    }

    /// How often the servers were asked for what, by the lines of their log.
    pub fn requests(&self) -> Result<BTreeMap<String, usize>> {
        let mut requests = BTreeMap::new();
        for line in fs::read_to_string(self.folder.join("requests.log"))?.lines() {
            *requests.entry(line.to_owned()).or_default() += 1;
        }
        Ok(requests)
    }

    fn text(&self, name: &str) -> Result<&str> {
        self.answer[name].as_str().with_context(|| format!("the servers say no {name}"))
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// These modules and, of a chain, those that they require.
fn required(modules: &[&str]) -> Vec<String> {
    let mut required: Vec<String> = Vec::new();
    for module in modules {
        match module.strip_prefix("public.example/m").and_then(|number| number.parse::<u32>().ok()) {
            Some(last) => required.extend((0..=last).map(|number| format!("public.example/m{number}"))),
            None => required.push((*module).to_owned()),
        }
    }
    required
}

/// Sixteen random bytes as text, which nothing else has.
pub fn random() -> Result<String> {
    let mut bytes = [0; 16];
    fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}
