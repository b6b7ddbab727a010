//! What the client gives so that a step is let in where it fetches modules or asks a database of vulnerabilities: secrets and
//! agents, and how git and ssh are told of them.
//!
//! Invariant: secrets are mounts of such steps alone, and only their ids are in the graph. Text of the build file is in
//! files that git, ssh and `read` take as they are; no shell looks into it.

use super::super::settings::ResolvedImage;
use crate::spec::{Access, Certificates, Modules, PrivateHost, SecretId};
use buildkit_llb::{Exec, Mount};

/// Where secrets and agents are mounted, each under a number.
const FOLDER: &str = "/run/gobuild";
/// Where scripts and files are.
const FILES: &str = "/gobuild";
/// What `access.sh` writes: the netrc file of Go, and the certificates of the image with those of the client.
const NETRC: &str = "/tmp/gobuild.netrc";
const CERTIFICATES: &str = "/tmp/gobuild.pem";
/// What images call their own certificates, if they do, and what `access.sh` knows it as.
const CERTIFICATES_VARIABLE: &str = "SSL_CERT_FILE";
const IMAGE_CERTIFICATES_VARIABLE: &str = "GOBUILD_CERTIFICATES";

/// Something that the client has to give.
struct Wanted<'a> {
    kind: Kind<'a>,
    id: &'a SecretId,
    /// The host, or the key of the build file.
    by: &'a str,
}

/// What it is.
enum Kind<'a> {
    Certificates,
    Token { user: &'a str },
    Netrc,
    Agent,
}

impl<'a> Wanted<'a> {
    /// All of it, in the order of the file.
    fn all(modules: &'a Modules) -> Vec<Wanted<'a>> {
        let of_host = |host: &'a PrivateHost| {
            let (kind, id) = match &host.access {
                Access::Open => return None,
                Access::Token { secret, user } => (Kind::Token { user: user.as_str() }, secret),
                Access::Netrc(secret) => (Kind::Netrc, secret),
                Access::Ssh { agent, .. } => (Kind::Agent, agent),
            };
            Some(Wanted { kind, id, by: host.prefix.as_str() })
        };
        let ca = modules.ca.iter().filter_map(Certificates::secret);
        let ca = ca.map(|id| Wanted { kind: Kind::Certificates, id, by: "modules.ca" });
        ca.chain(modules.private.0.iter().filter_map(of_host)).collect()
    }

    /// How the client is told to give it.
    fn flag(&self) -> String {
        let id = self.id.as_str();
        match self.kind {
            Kind::Certificates => format!("--secret id={id},src=ca.pem"),
            Kind::Token { .. } => {
                // What a shell takes for the name of a variable.
                let variable = id.to_ascii_uppercase().replace(['.', '-'], "_");
                format!("--secret id={id},env={variable}")
            }
            Kind::Netrc => format!("--secret id={id},src=$HOME/.netrc"),
            Kind::Agent => format!("--ssh {id}"),
        }
    }

    /// Its line in the list of `access.sh`.
    fn line(&self, path: &str) -> String {
        let (kind, user) = match self.kind {
            Kind::Certificates => ("ca", "-"),
            Kind::Token { user } => ("token", user),
            Kind::Netrc => ("netrc", "-"),
            Kind::Agent => ("ssh", "-"),
        };
        format!("{kind} {path} {} {user} {}", self.by, self.flag())
    }

    /// Without it the daemon would end the step in its own words, which do not say what to write.
    fn mount(&self, path: &str) -> Mount {
        match self.kind {
            Kind::Agent => Mount::ssh(path, self.id.as_str()).optional(),
            _ => Mount::secret(path, self.id.as_str()).optional(),
        }
    }
}

fn path(number: usize) -> String {
    format!("{FOLDER}/{number}")
}

/// The script that lets the step in and the files that it reads, by name and in lines; nothing where all is public.
pub(in crate::plan) fn files(modules: &Modules) -> Vec<(&'static str, Vec<String>)> {
    let wanted = Wanted::all(modules);
    let written = modules.ca.as_ref().and_then(Certificates::lines);
    if wanted.is_empty() && written.is_none() && !modules.from_repositories() {
        return Vec::new();
    }
    let lines = wanted.iter().enumerate().map(|(number, wanted)| wanted.line(&path(number)));
    let own = written.iter().map(|_| format!("ca {FILES}/ca.pem modules.ca - -"));
    let lines = own.chain(lines);
    let ssh = wanted.iter().any(|wanted| matches!(wanted.kind, Kind::Agent));
    let programs = [("git", modules.from_repositories()), ("ssh", ssh)];
    let programs = programs.into_iter().filter(|(_, needed)| *needed).map(|(name, _)| name.to_owned());
    let mut files = vec![
        ("access.sh", script(include_str!("access.sh"))),
        ("access.list", lines.collect()),
        ("programs.list", programs.collect()),
    ];
    files.extend(written.map(|lines| ("ca.pem", lines)));
    if wanted.iter().any(|wanted| matches!(wanted.kind, Kind::Token { .. })) {
        files.push(("token.sh", script(include_str!("token.sh"))));
        files.push(("goauth.sh", script(include_str!("goauth.sh"))));
    }
    let git = git_config(modules);
    if !git.is_empty() {
        files.push(("git.config", git));
    }
    if ssh {
        files.extend([("ssh.config", ssh_config(modules)), ("known.hosts", known_hosts(modules))]);
    }
    files
}

fn script(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// What git asks for a password, and what it asks over SSH. Of the passwords the last that fits counts.
fn git_config(modules: &Modules) -> Vec<String> {
    let wanted = Wanted::all(modules);
    let mut numbered: Vec<(usize, &Wanted<'_>)> = wanted.iter().enumerate().collect();
    numbered.sort_by_key(|(_, wanted)| wanted.by.len());
    let mut lines = Vec::new();
    for (number, wanted) in numbered {
        match wanted.kind {
            // What names a repository is its address with and without `.git`, which are two paths for git.
            Kind::Token { user } => {
                let endings = if wanted.by.contains('/') { &["", ".git"][..] } else { &[""] };
                lines.extend(endings.iter().flat_map(|ending| {
                    [
                        format!("[credential \"https://{}{ending}\"]", wanted.by),
                        format!("\tusername = \"{user}\""),
                        // Not whom the image asks.
                        "\thelper =".to_owned(),
                        format!("\thelper = \"!sh {FILES}/token.sh {}\"", path(number)),
                    ]
                }));
            }
            // Go asks for `https://` in any case. Of a repository's address there is no more than the prefix.
            Kind::Agent => {
                let slash = if wanted.by.contains('/') { "" } else { "/" };
                lines.extend([
                    format!("[url \"ssh://{}{slash}\"]", wanted.by),
                    format!("\tinsteadOf = \"https://{}{slash}\"", wanted.by),
                ]);
            }
            Kind::Certificates | Kind::Netrc => {}
        }
    }
    lines
}

/// What ssh uses for which host. The first line that fits counts.
fn ssh_config(modules: &Modules) -> Vec<String> {
    let mut lines = Vec::new();
    for (number, host) in numbered_hosts(modules) {
        if let Access::Ssh { user, port, .. } = &host.access {
            lines.extend([
                format!("Host {}", host.prefix.host()),
                format!("\tIdentityAgent {}", path(number)),
                format!("\tPort {port}"),
                format!("\tUser {}", user.as_str()),
            ]);
        }
    }
    let all = [
        "Host *",
        "\tBatchMode yes",
        "\tConnectTimeout 30",
        "\tStrictHostKeyChecking yes",
        "\tUpdateHostKeys no",
    ];
    lines.extend(all.map(str::to_owned));
    lines.push(format!("\tUserKnownHostsFile {FILES}/known.hosts"));
    lines.push("\tGlobalKnownHostsFile none".to_owned());
    lines
}

/// The hosts with the numbers of what the client gives for them.
fn numbered_hosts(modules: &Modules) -> impl Iterator<Item = (usize, &PrivateHost)> {
    let first = usize::from(modules.ca.as_ref().and_then(Certificates::secret).is_some());
    let hosts = modules.private.0.iter().filter(|host| host.access != Access::Open);
    hosts.enumerate().map(move |(number, host)| (first + number, host))
}

fn known_hosts(modules: &Modules) -> Vec<String> {
    let lines = modules.private.0.iter().flat_map(|host| match &host.access {
        Access::Ssh { known_hosts, .. } => known_hosts.as_slice(),
        _ => &[],
    });
    lines.map(|line| line.as_str().to_owned()).collect()
}

/// A step that has what the client gives, and says to git, Go and ssh where it is.
pub(in crate::plan) fn given(mut exec: Exec, builder: &ResolvedImage, modules: &Modules) -> Exec {
    let wanted = Wanted::all(modules);
    for (number, wanted) in wanted.iter().enumerate() {
        exec = exec.mount(wanted.mount(&path(number)));
    }
    if modules.ca.is_some() {
        if let Some(own) = builder.config.config.env.get(CERTIFICATES_VARIABLE) {
            exec = exec.env(IMAGE_CERTIFICATES_VARIABLE, own);
        }
        exec = exec.env(CERTIFICATES_VARIABLE, CERTIFICATES).env("GIT_SSL_CAINFO", CERTIFICATES);
    }
    // Go before 1.24 knows netrc files only, and these no paths.
    if wanted.iter().any(|wanted| matches!(wanted.kind, Kind::Token { .. })) {
        exec = exec.env("GOAUTH", format!("sh {FILES}/goauth.sh;netrc")).env("NETRC", NETRC);
    } else if wanted.iter().any(|wanted| matches!(wanted.kind, Kind::Netrc)) {
        exec = exec.env("GOAUTH", "netrc").env("NETRC", NETRC);
    }
    if wanted.iter().any(|wanted| matches!(wanted.kind, Kind::Agent)) {
        exec = exec.env("GIT_SSH_COMMAND", format!("ssh -F {FILES}/ssh.config"));
    }
    exec
}

/// What the client has to give, as its command line says it: for people.
pub fn flags(modules: &Modules) -> Vec<String> {
    let mut flags: Vec<String> = Wanted::all(modules)
        .iter()
        .map(|wanted| match wanted.kind {
            Kind::Agent => wanted.flag(),
            _ => format!("--secret id={}", wanted.id.as_str()),
        })
        .collect();
    flags.sort();
    flags.dedup();
    flags
}
