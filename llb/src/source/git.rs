//! Git repositories.
//!
//! The identifier is host and path alone, so a repository is the same over HTTPS and SSH; the full URL is an
//! attribute (`client/llb/source.go`, `Git`; `util/gitutil/git_url.go`).

use super::Attributes;
use crate::path::join;
use crate::{Metadata, Output, caps};

/// A checkout of a repository.
#[derive(Clone, Debug)]
pub struct Git {
    url: String,
    reference: String,
    subdir: String,
    known_hosts: String,
    ssh_socket: String,
    attributes: Attributes,
    metadata: Metadata,
}

/// What identifies a remote repository.
struct Remote {
    /// Without query and fragment.
    url: String,
    /// Host and path; the whole URL if it is of no known form.
    id: String,
    transport: Transport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Ssh,
    Other,
}

impl Git {
    /// The default branch of the repository at `url`, which may be `https://`, `http://`, `ssh://`, `git://`,
    /// `user@host:path` or, for HTTPS, without a scheme. Its query and fragment are dropped.
    pub fn new(url: impl Into<String>) -> Self {
        let mut attributes = Attributes { caps: vec![caps::SOURCE_GIT], ..Attributes::default() };
        // The names of the secrets that clients send by default.
        attributes.set("git.authtokensecret", "GIT_AUTH_TOKEN", None);
        attributes.set("git.authheadersecret", "GIT_AUTH_HEADER", None);
        Self {
            url: url.into(),
            reference: String::new(),
            subdir: String::new(),
            known_hosts: String::new(),
            ssh_socket: "default".to_owned(),
            attributes,
            metadata: Metadata::default(),
        }
    }

    /// A branch, tag or commit.
    #[must_use]
    pub fn reference(mut self, reference: impl Into<String>) -> Self {
        self.reference = reference.into();
        self
    }

    /// Only this directory, relative to the root of the repository.
    #[must_use]
    pub fn subdir(mut self, subdir: impl Into<String>) -> Self {
        self.subdir = subdir.into();
        self
    }

    /// Keep `.git`.
    #[must_use]
    pub fn keep_git_dir(self) -> Self {
        self.with("git.keepgitdir", "true", caps::SOURCE_GIT_KEEP_DIR)
    }

    /// The commit it must be, or how its name begins.
    #[must_use]
    pub fn checksum(self, commit: impl Into<String>) -> Self {
        self.with("git.checksum", commit, caps::SOURCE_GIT_CHECKSUM)
    }

    /// Leave submodules out.
    #[must_use]
    pub fn skip_submodules(self) -> Self {
        self.with("git.skipsubmodules", "true", caps::SOURCE_GIT_SKIP_SUBMODULES)
    }

    /// Files get the time of the commit instead of that of the checkout.
    #[must_use]
    pub fn mtime_commit(self) -> Self {
        self.with("git.mtime", "commit", caps::SOURCE_GIT_MTIME)
    }

    /// Fetch the commit of the checksum without asking what the reference is now.
    #[must_use]
    pub fn fetch_by_commit(self) -> Self {
        self.with("git.fetchbycommit", "true", caps::SOURCE_GIT_FETCH_BY_COMMIT)
    }

    /// The name of the secret with a token, instead of `GIT_AUTH_TOKEN`.
    #[must_use]
    pub fn auth_token_secret(self, name: impl Into<String>) -> Self {
        self.with("git.authtokensecret", name, caps::SOURCE_GIT_HTTP_AUTH)
    }

    /// The name of the secret with a header, instead of `GIT_AUTH_HEADER`.
    #[must_use]
    pub fn auth_header_secret(self, name: impl Into<String>) -> Self {
        self.with("git.authheadersecret", name, caps::SOURCE_GIT_HTTP_AUTH)
    }

    /// A line of the known hosts, for SSH; may be called for each of several.
    #[must_use]
    pub fn known_ssh_host(mut self, line: &str) -> Self {
        self.known_hosts.push_str(line.trim_end_matches('\n'));
        self.known_hosts.push('\n');
        self
    }

    /// The agent socket for SSH, instead of `default`.
    #[must_use]
    pub fn ssh_socket(mut self, id: impl Into<String>) -> Self {
        self.ssh_socket = id.into();
        self
    }

    /// What is said about it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The checkout.
    pub fn build(mut self) -> Output {
        let Remote { url, id, transport } = Remote::of(&self.url);
        let mut identifier = format!("git://{id}");
        if !(self.reference.is_empty() && self.subdir.is_empty()) {
            identifier.push('#');
            identifier.push_str(&self.reference);
        }
        if !self.subdir.is_empty() {
            identifier.push(':');
            identifier.push_str(&self.subdir);
            self.attributes.caps.push(caps::SOURCE_GIT_SUBDIR);
        }
        self.attributes.set("git.fullurl", url, caps::SOURCE_GIT_FULL_URL);
        if transport == Transport::Ssh {
            // Go's client asks the host for its keys when none are given; a frontend may have no network.
            self.attributes.set("git.knownsshhosts", self.known_hosts, None);
            self.attributes.set("git.mountsshsock", self.ssh_socket, None);
            self.attributes.caps.extend([caps::SOURCE_GIT_KNOWN_SSH_HOSTS, caps::SOURCE_GIT_MOUNT_SSH_SOCK]);
        }
        self.attributes.build(identifier, None, self.metadata)
    }

    fn with(mut self, name: &str, value: impl Into<String>, cap: impl Into<Option<&'static str>>) -> Self {
        self.attributes.set(name, value, cap);
        self
    }
}

impl Remote {
    fn of(url: &str) -> Self {
        let bare = url.split(['?', '#']).next().unwrap_or_default();
        let scheme = bare
            .split_once("://")
            .filter(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()));
        if let Some((scheme, rest)) = scheme {
            let scheme = scheme.to_lowercase();
            if !["http", "https", "ssh", "git"].contains(&scheme.as_str()) {
                // The daemon says what is wrong with it.
                return Self { url: url.to_owned(), id: url.to_owned(), transport: Transport::Other };
            }
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
            let transport = if scheme == "ssh" { Transport::Ssh } else { Transport::Other };
            let id = host.to_owned() + &join("/", path);
            return Self { url: format!("{scheme}://{rest}"), id, transport };
        }
        if let Some((host, path)) = scp_style(bare) {
            let id = host.to_owned() + &join("/", path);
            return Self { url: bare.to_owned(), id, transport: Transport::Ssh };
        }
        Self::of(&format!("https://{url}"))
    }
}

/// The host and path of `user@host:path` (`util/sshutil/scpurl.go`).
fn scp_style(url: &str) -> Option<(&str, &str)> {
    let (user, rest) = url.split_once('@')?;
    let (host, path) = rest.split_once(':')?;
    let word = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    (word(user, "-_") && word(host, "-.")).then_some((host, path))
}

#[cfg(test)]
mod tests {
    use super::{Remote, Transport};

    #[test]
    fn a_repository_is_the_same_over_every_transport() {
        for (given, url, id, transport) in [
            ("https://a.example/x.git", "https://a.example/x.git", "a.example/x.git", Transport::Other),
            (
                "HTTPS://a.example/x.git?q#main:sub",
                "https://a.example/x.git",
                "a.example/x.git",
                Transport::Other,
            ),
            ("a.example/x.git", "https://a.example/x.git", "a.example/x.git", Transport::Other),
            ("git://a.example/x.git", "git://a.example/x.git", "a.example/x.git", Transport::Other),
            (
                "ssh://git@a.example:22/x.git",
                "ssh://git@a.example:22/x.git",
                "a.example:22/x.git",
                Transport::Ssh,
            ),
            ("git@a.example:x.git", "git@a.example:x.git", "a.example/x.git", Transport::Ssh),
            ("https://a.example", "https://a.example", "a.example/", Transport::Other),
            ("file:///x#y", "file:///x#y", "file:///x#y", Transport::Other),
        ] {
            let remote = Remote::of(given);
            assert_eq!(
                (remote.url.as_str(), remote.id.as_str(), remote.transport),
                (url, id, transport),
                "{given}"
            );
        }
    }
}
