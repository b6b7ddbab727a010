//! `modules.private[].known-hosts:`, the keys that SSH servers may have.
//!
//! Invariant: no host is asked over SSH whose keys are not named, here or by the host itself in public.

use super::reader::{Reader, Spanned};
use super::value::{FromText, text};
use crate::diagnostic::Problem;
use buildkit_llb::LineRange;

/// Where SSH servers listen unless somebody says otherwise.
pub(super) const SSH: u16 = 22;

text! {
    /// A line of a `known_hosts` file.
    pub struct KnownHost = |text: &str| {
        let mut words = text.split(' ').filter(|word| !word.is_empty()).peekable();
        words.next_if(|word| word.starts_with('@'));
        let (names, kind, key) = (words.next(), words.next(), words.next().unwrap_or_default());
        let kind = kind.is_some_and(|kind| ["ssh-", "ecdsa-sha2-", "sk-"].iter().any(|start| kind.starts_with(start)));
        // The key starts with the length of its type's name.
        let base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
        let key = key.starts_with("AAAA") && key.chars().all(base64);
        if names.is_some() && kind && key && !text.contains(|c: char| c.is_control()) {
            Ok(())
        } else {
            Err("it is a line as `ssh-keyscan` prints them, like `git.corp.example ssh-ed25519 AAAA…`")
        }
    };
}

impl KnownHost {
    /// The names that it is for; a list with patterns in it, or a hash.
    fn names(&self) -> &str {
        let mut words = self.as_str().split(' ').filter(|word| !word.is_empty() && !word.starts_with('@'));
        words.next().unwrap_or_default()
    }

    /// Whether it can be about a server. What is hashed or a pattern only SSH can tell.
    fn may_be_of(&self, server: &str) -> bool {
        let names = self.names();
        names.starts_with('|') || names.contains(['*', '?']) || names.split(',').any(|name| name == server)
    }
}

/// What three hosts say about themselves: GitHub in "GitHub's SSH key fingerprints" (docs.github.com, authentication),
/// GitLab in "GitLab.com settings, SSH host keys fingerprints" (docs.gitlab.com), Bitbucket in "SSH host key changes" of
/// May 2023 (bitbucket.org/blog/ssh-host-key-changes). Every ssh since 2014 knows one of these two kinds.
const PUBLISHED: [&str; 6] = [
    "github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "github.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgg6CLrbo5wAdT/y6v0mKV0U2w0WZ2YB/++Tpockg=",
    "gitlab.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAfuCHKVTjquxvt6CM6tdG4SLp1Btn/nOeHHE5UOzRdf",
    "gitlab.com ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBFSMqzJeV9rUzU4kWitGjeR4PWSa29SPqJ1fVkhtj3Hw9xjLVXVYrU9QlYWrOLXBpQ6KWjbjTDTdDkoohFzgbEY=",
    "bitbucket.org ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIazEu89wgQZ4bqs3d63QSMzYVa0MuJ2e2gKTKqu+UUO",
    "bitbucket.org ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBPIQmuzMBuKdWeF4+a2sjSSpBK0iqitSQ+5BM9KhpexuGt20JpTVM7u5BDZngncgrqDMbWdxMWWOGtZ9UgbqgZE=",
];

/// The keys of a server, which are those that the file gives or else those that it has published; none after a report.
pub(super) fn of(
    reader: &mut Reader<'_>,
    path: &str,
    host: &str,
    port: u16,
    given: &[Spanned<KnownHost>],
    place: LineRange,
) -> Option<Vec<KnownHost>> {
    let key = format!("{path}.known-hosts");
    let server = if port == SSH { host.to_owned() } else { format!("[{host}]:{port}") };
    for line in given.iter().filter(|line| !line.value.may_be_of(&server)) {
        let reason = format!("it is the key of another server; `{server}` is asked");
        let found = line.value.as_str().to_owned();
        reader.report(Problem::BadValue { key: key.clone(), found, reason }, line.span);
    }
    if !given.is_empty() {
        return Some(given.iter().map(|line| line.value.clone()).collect());
    }
    let published = PUBLISHED.into_iter().filter(|line| line.split(' ').next() == Some(server.as_str()));
    let published: Vec<KnownHost> = published.filter_map(|line| KnownHost::from_text(line).ok()).collect();
    if published.is_empty() {
        let scan = if port == SSH { host.to_owned() } else { format!("-p {port} {host}") };
        reader.report(Problem::UnknownHost { key, server, scan }, place);
        return None;
    }
    Some(published)
}

#[cfg(test)]
mod tests {
    use super::{KnownHost, PUBLISHED};
    use crate::spec::value::FromText as _;

    #[test]
    fn the_published_lines_are_lines() {
        for line in PUBLISHED {
            assert!(KnownHost::from_text(line).is_ok(), "{line}");
        }
    }

    #[test]
    fn a_line_is_of_a_server() {
        for (line, server, expected) in [
            ("a.example ssh-ed25519 AAAA", "a.example", true),
            ("b.example,a.example ssh-ed25519 AAAA me@here", "a.example", true),
            ("[a.example]:2222 ssh-rsa AAAA", "[a.example]:2222", true),
            ("a.example ssh-rsa AAAA", "[a.example]:2222", false),
            ("@cert-authority *.example ssh-rsa AAAA", "a.example", true),
            ("|1|x=|y= ssh-rsa AAAA", "a.example", true),
            ("b.example ssh-ed25519 AAAA", "a.example", false),
        ] {
            let line = KnownHost::from_text(line).expect("a line");
            assert_eq!(line.may_be_of(server), expected, "{line:?} {server}");
        }
        for text in [
            "",
            "a.example",
            "a.example ssh-rsa",
            "a.example x AAAA",
            "a.example ssh-rsa B",
            "a ssh-rsa AAAA\nb ssh-rsa AAAA",
        ] {
            assert!(KnownHost::from_text(text).is_err(), "{text}");
        }
    }
}
