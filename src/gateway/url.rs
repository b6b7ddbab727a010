//! URLs of contexts, as far as a frontend looks into them.
//!
//! Invariant: whatever is shown of a URL has passed through [`Redacted`], since people put passwords and tokens there.

use std::fmt::{self, Write as _};

/// A URL without what is secret in it.
pub(super) struct Redacted<'a>(pub(super) &'a str);

impl fmt::Display for Redacted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = without_secrets(self.0.to_owned(), &secrets(self.0));
        shown
            .chars()
            .filter(|character| !character.is_control())
            .try_for_each(|character| f.write_char(character))
    }
}

/// What of a URL is for the daemon alone: user and password, and queries.
pub(super) fn secrets(url: &str) -> Vec<String> {
    let Some((_, rest)) = url.split_once("://") else { return Vec::new() };
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    // A user name alone may be a token, unless it is everybody's.
    let user = authority.rsplit_once('@').map(|(user, _)| user).filter(|user| !matches!(*user, "" | "git"));
    let query = path.split_once('?').map(|(_, query)| query).filter(|query| !is_git_query(query));
    let both = [user.map(|user| format!("{user}@")), query.map(|query| format!("?{query}"))];
    both.into_iter().flatten().collect()
}

/// A text with something else in the place of secrets.
pub(super) fn without_secrets(text: String, secrets: &[String]) -> String {
    secrets.iter().fold(text, |text, secret| {
        text.replace(secret.as_str(), if secret.starts_with('?') { "?xxxxx" } else { "xxxxx@" })
    })
}

/// Queries are signatures and tokens, but for those that say what of a repository is meant.
fn is_git_query(query: &str) -> bool {
    const KEYS: [&str; 9] = [
        "branch",
        "checksum",
        "commit",
        "fetch-by-commit",
        "keep-git-dir",
        "mtime",
        "ref",
        "subdir",
        "submodules",
    ];
    let query = query.split('#').next().unwrap_or_default();
    let known = |pair: &str| {
        let key = pair.split('=').next().unwrap_or_default();
        key == "tag" || KEYS.contains(&key)
    };
    query.split('&').all(known)
}

/// What `%41` and, in queries, `+` stand for; nothing if it is not said well.
pub(super) fn decoded(text: &str, spaces: Spaces) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit =
                    || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                digit()? << 4 | digit()?
            }
            b'+' if spaces == Spaces::Plus => b' ',
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

/// How spaces are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spaces {
    /// As `+`, in queries.
    Plus,
    /// As `%20` only.
    Percent,
}

#[cfg(test)]
mod tests {
    use super::{Redacted, Spaces, decoded};

    #[test]
    fn secrets_are_not_shown() {
        for (url, shown) in [
            ("https://example.org/a.git#main:svc", "https://example.org/a.git#main:svc"),
            ("https://me:secret@example.org/a.git?ref=v1", "https://xxxxx@example.org/a.git?ref=v1"),
            ("https://ghp_token@example.org/a.git", "https://xxxxx@example.org/a.git"),
            ("https://a@b:c@example.org", "https://xxxxx@example.org"),
            ("https://example.org/a.tar?X-Signature=secret", "https://example.org/a.tar?xxxxx"),
            ("https://example.org/a.git?ref=v1&token=secret#x", "https://example.org/a.git?xxxxx"),
            ("ssh://git@example.org/a.git", "ssh://git@example.org/a.git"),
            ("git@example.org:a.git#main", "git@example.org:a.git#main"),
            ("https://example.org/a\u{1b}[2J.git", "https://example.org/a[2J.git"),
        ] {
            assert_eq!(Redacted(url).to_string(), shown);
        }
    }

    #[test]
    fn characters_are_decoded() {
        assert_eq!(decoded("a%2Fb+c", Spaces::Plus).as_deref(), Some("a/b c"));
        assert_eq!(decoded("a%2fb+c", Spaces::Percent).as_deref(), Some("a/b+c"));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(decoded(broken, Spaces::Plus), None, "{broken}");
        }
    }
}
