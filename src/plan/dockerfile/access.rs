//! How a Dockerfile lets Go in where modules are not for everybody.
//!
//! Invariant: a secret is a mount of the steps that need it, and never in a layer.

use super::text::shell;
use crate::spec::{Access, Certificates, Modules};

/// What the stage with the toolchain prepares, as commands.
pub(super) fn preparations(modules: &Modules) -> Vec<String> {
    let mut commands = Vec::new();
    for host in &modules.private.0 {
        let name = host.prefix.host();
        match &host.access {
            Access::Token { secret, user } => {
                let helper = format!(
                    "!f() {{ echo username={}; echo \"password=$(cat /run/secrets/{})\"; }}; f",
                    user.as_str(),
                    secret.as_str()
                );
                commands
                    .push(format!("git config --global credential.https://{name}.helper {}", shell(&helper)));
            }
            Access::Ssh { user, port, known_hosts, .. } => {
                let (user, prefix) = (user.as_str(), host.prefix.as_str());
                let to =
                    format!("ssh://{user}@{name}:{port}{}/", prefix.strip_prefix(name).unwrap_or_default());
                let to = shell(&format!("url.{to}.insteadOf"));
                commands.push(format!("git config --global {to} https://{prefix}/"));
                let lines: Vec<String> = known_hosts.iter().map(|line| shell(line.as_str())).collect();
                commands.push(format!(
                    "mkdir -p -m 0700 ~/.ssh && printf '%s\\n' {} >>~/.ssh/known_hosts",
                    lines.join(" ")
                ));
            }
            Access::Open | Access::Netrc(_) => {}
        }
    }
    commands
}

/// The mounts of a step that downloads.
pub(super) fn mounts(modules: &Modules) -> Vec<String> {
    let mut mounts = Vec::new();
    for host in &modules.private.0 {
        mounts.push(match &host.access {
            Access::Open => continue,
            Access::Token { secret, .. } => {
                format!("--mount=type=secret,id={},required=true", secret.as_str())
            }
            Access::Netrc(secret) => {
                format!("--mount=type=secret,id={},target=/root/.netrc,required=true", secret.as_str())
            }
            Access::Ssh { agent, .. } => format!("--mount=type=ssh,id={},required=true", agent.as_str()),
        });
    }
    if let Some(ca) = &modules.ca {
        mounts.extend(ca.secret().map(|id| format!("--mount=type=secret,id={},required=true", id.as_str())));
        mounts.push("--mount=type=tmpfs,target=/tmp".to_owned());
    }
    mounts.sort();
    mounts.dedup();
    mounts
}

/// What such a step does first.
pub(super) fn first(modules: &Modules) -> Vec<String> {
    let Some(ca) = &modules.ca else { return Vec::new() };
    vec![
        match ca {
            Certificates::Pem(text) => {
                let own = text.lines().map(shell).collect::<Vec<String>>().join(" ");
                format!("{{ cat /etc/ssl/certs/ca-certificates.crt; printf '%s\\n' {own}; }} >/tmp/ca.pem")
            }
            Certificates::Secret(id) => {
                format!("cat /etc/ssl/certs/ca-certificates.crt /run/secrets/{} >/tmp/ca.pem", id.as_str())
            }
        },
        "export SSL_CERT_FILE=/tmp/ca.pem GIT_SSL_CAINFO=/tmp/ca.pem".to_owned(),
    ]
}
