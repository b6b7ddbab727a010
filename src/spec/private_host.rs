//! `modules.private[]:`, hosts whose modules are nobody else's business, and how they are reached.
//!
//! Invariant: a host is reached in one way, and over SSH only if its keys are known.

use super::known_hosts::{self, KnownHost};
use super::reader::{Field, Reader, Spanned};
use super::schema;
use super::secret_id::SecretId;
use super::value::{FromField, mapping, text};
use crate::diagnostic::{Kind, Problem};
use buildkit_llb::LineRange;
use serde_json::{Value as Json, json};

text! {
    /// Who a token or a key belongs to, for the server.
    pub struct UserName = |text: &str| {
        let good = |c: char| c.is_ascii_alphanumeric() || "._+-@$".contains(c);
        if !text.is_empty() && !text.starts_with('-') && text.chars().all(good) {
            Ok(())
        } else {
            Err("a user's name has letters, digits, `.`, `_`, `+`, `-`, `@` and `$`")
        }
    };
}

text! {
    /// A host, perhaps with the beginning of a path, as import paths begin.
    pub struct Prefix = |text: &str| {
        let mut elements = text.split('/');
        let host = elements.next().unwrap_or_default();
        let label = |label: &str| {
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            !label.is_empty() && !label.starts_with('-') && label.chars().all(good)
        };
        let element = |element: &str| {
            let good = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            !element.is_empty() && !element.starts_with('.') && element.chars().all(good)
        };
        if host.contains('.') && host.split('.').all(label) && elements.all(element) {
            Ok(())
        } else {
            Err("it is written as import paths begin, like `git.corp.example` or `github.com/corp`: no scheme, port, user or pattern")
        }
    };
}

impl Prefix {
    /// The host alone.
    pub fn host(&self) -> &str {
        self.as_str().split('/').next().unwrap_or_default()
    }
}

/// Whose modules are nobody else's business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrivateHosts(pub Vec<PrivateHost>);

/// A host, or a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrivateHost {
    /// The modules.
    pub prefix: Prefix,
    /// How their repositories are reached.
    pub access: Access,
}

/// How repositories are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// By whoever can reach the host.
    Open,
    /// Over HTTPS, with a token.
    Token {
        /// The secret that holds it.
        secret: SecretId,
        /// The user that goes with it.
        user: UserName,
    },
    /// Over HTTPS, with a secret that is a netrc file.
    Netrc(SecretId),
    /// Over SSH.
    Ssh {
        /// The agent that holds the key.
        agent: SecretId,
        /// The user that servers expect.
        user: UserName,
        /// Where the server listens.
        port: u16,
        /// The keys that it may have.
        known_hosts: Vec<KnownHost>,
    },
}

mapping! {
    /// The keys of one host, before they are known to go together.
    #[derive(Clone, Debug, Default)]
    #[expect(unreachable_pub, reason = "the macro makes what others read")]
    pub struct Entry {
        /// A host, or a host and a path.
        host: Option<Spanned<Prefix>> = "host",
        /// The id of a secret with a token for git over HTTPS.
        token: Option<Spanned<SecretId>> = "token",
        /// The id of a secret with a netrc file.
        netrc: Option<Spanned<SecretId>> = "netrc",
        /// The id of an agent, for git over SSH.
        ssh: Option<Spanned<SecretId>> = "ssh",
        /// The user that goes with a token or a key.
        user: Option<Spanned<UserName>> = "user",
        /// Where the SSH server listens.
        port: Option<Spanned<u16>> = "port",
        /// Keys that the SSH server may have, as `ssh-keyscan` prints them.
        known_hosts: Vec<Spanned<KnownHost>> = "known-hosts",
    }
}

/// Who tokens belong to where nobody says: GitHub and GitLab take any name, Bitbucket this one.
fn token_user(host: &str) -> &'static str {
    if host == "bitbucket.org" { "x-token-auth" } else { "x-access-token" }
}

impl FromField for PrivateHosts {
    const KIND: Kind = Vec::<Entry>::KIND;

    fn schema() -> Json {
        let host = schema::requiring(Entry::schema(), &["host"]);
        json!({"anyOf": [host, schema::list(&host)]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<PrivateHosts> {
        let entries: Vec<Spanned<Entry>> = Vec::from_field(reader, field)?;
        let mut hosts: Vec<(PrivateHost, LineRange)> = Vec::new();
        for (index, entry) in entries.into_iter().enumerate() {
            let path = format!("{}[{index}]", field.path);
            let Some(host) = entry.value.host.clone() else {
                if is_faultless(reader, entry.span) {
                    reader.report(Problem::MissingKey { key: format!("{path}.host") }, entry.span);
                }
                continue;
            };
            let before = hosts.iter().find(|(known, _)| known.prefix == host.value);
            if let Some((_, first)) = before {
                let problem = Problem::DuplicateKey {
                    key: format!("{path}.host: {}", host.value.as_str()),
                    first: first.start.line,
                };
                reader.report(problem, host.span);
            }
            let Some(access) = access(reader, &path, &host.value, &entry) else { continue };
            let new = PrivateHost { prefix: host.value, access };
            one_agent(reader, &path, &hosts, &new, entry.span);
            hosts.push((new, host.span));
        }
        Some(PrivateHosts(hosts.into_iter().map(|(host, _)| host).collect()))
    }
}

/// Whether nothing was reported about these lines: what is wrong was read as absent.
fn is_faultless(reader: &Reader<'_>, lines: LineRange) -> bool {
    let within = |range: &LineRange| lines.start.line <= range.start.line && range.end.line <= lines.end.line;
    let places = reader.found.iter().filter_map(|found| found.place.as_ref());
    !places.flat_map(|place| &place.ranges).any(within)
}

/// How the repositories of an entry are reached; none after a report.
fn access(reader: &mut Reader<'_>, path: &str, prefix: &Prefix, entry: &Spanned<Entry>) -> Option<Access> {
    if !is_faultless(reader, entry.span) {
        return None;
    }
    let Entry { token, netrc, ssh, user, port, known_hosts, .. } = &entry.value;
    let said = [("token", token), ("netrc", netrc), ("ssh", ssh)];
    let said: Vec<_> = said.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?))).collect();
    if let [(one, _), .., (other, value)] = said.as_slice() {
        reader.report(Problem::TwoWays { parent: path.to_owned(), one, other }, value.span);
        return None;
    }
    let way = said.first().map(|(way, _)| *way);
    let known = known_hosts.first();
    for (key, place, ways) in [
        ("user", user.as_ref().map(|user| user.span), &["token", "ssh"][..]),
        ("port", port.as_ref().map(|port| port.span), &["ssh"][..]),
        ("known-hosts", known.map(|known| known.span), &["ssh"][..]),
    ] {
        if let (Some(place), false) = (place, way.is_some_and(|way| ways.contains(&way))) {
            let key = format!("{path}.{key}");
            reader.report(Problem::OutOfPlace { key, beside: ways.join("` or `") }, place);
        }
    }
    let user = user.as_ref().map(|user| user.value.clone());
    let user_or = |name: &str| user.clone().unwrap_or_else(|| UserName(name.to_owned()));
    let Some((way, secret)) = said.first() else { return Some(Access::Open) };
    let secret_id = secret.value.clone();
    Some(match *way {
        "token" => Access::Token { secret: secret_id, user: user_or(token_user(prefix.host())) },
        "netrc" => Access::Netrc(secret_id),
        _ => {
            let port = port.as_ref().map_or(known_hosts::SSH, |port| port.value);
            let lines = known_hosts::of(reader, path, prefix.host(), port, known_hosts, secret.span)?;
            Access::Ssh { agent: secret_id, user: user_or("git"), port, known_hosts: lines }
        }
    })
}

/// SSH looks at the host alone: two paths on it cannot have two keys.
fn one_agent(
    reader: &mut Reader<'_>,
    path: &str,
    hosts: &[(PrivateHost, LineRange)],
    new: &PrivateHost,
    place: LineRange,
) {
    let Access::Ssh { agent, .. } = &new.access else { return };
    let same_host = |known: &&(PrivateHost, LineRange)| {
        matches!(known.0.access, Access::Ssh { .. }) && known.0.prefix.host() == new.prefix.host()
    };
    let Some((known, first)) = hosts.iter().find(same_host).filter(|(known, _)| known.access != new.access)
    else {
        return;
    };
    let reason = format!(
        "`{}` on line {} is on the same host, which SSH asks with one agent, user and port; say the same for both, or name the host once",
        known.prefix.as_str(),
        first.start.line
    );
    let found = agent.as_str().to_owned();
    reader.report(Problem::BadValue { key: format!("{path}.ssh"), found, reason }, place);
}
