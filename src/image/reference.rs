//! The name of an image, in the one spelling that every tool agrees on.
//!
//! Follows the grammar and the defaults of `distribution/reference`, which Docker itself uses.
//! Invariant: an [`ImageRef`] is always normalised, so two of them are equal exactly when they name the
//! same thing.

use std::fmt;
use std::str::FromStr;

const DEFAULT_REGISTRY: &str = "docker.io";
const DEFAULT_TAG: &str = "latest";
/// The namespace of the images that Docker Hub lists without an owner.
const OFFICIAL: &str = "library/";
/// The longest repository path that a registry has to accept.
const PATH_LIMIT: usize = 255;
/// The longest name that DNS can carry.
const REGISTRY_LIMIT: usize = 255;
const TAG_LIMIT: usize = 128;

/// A normalised image reference: `registry/path`, with a tag, a digest or both.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    registry: String,
    path: String,
    tag: Option<String>,
    digest: Option<String>,
}

/// Why a text is not an image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReferenceProblem {
    /// Nothing was written.
    Empty,
    /// It starts like a URL.
    Scheme,
    /// The repository path, or a registry without a dot or a port, has an upper case letter.
    UpperCase,
    /// It is 64 hex digits: the id of a local image, which no registry can resolve.
    BareDigest,
    /// The part before the first slash is not a host name with an optional port.
    Registry(String),
    /// The repository path has an empty or malformed component.
    Path(String),
    /// The part after the colon is not a tag.
    Tag(String),
    /// The part after `@` is not a digest of a known algorithm.
    Digest(String),
    /// A part is longer than any registry accepts.
    TooLong {
        /// Which part it is.
        part: &'static str,
        /// The longest that is accepted.
        limit: usize,
    },
}

impl fmt::Display for ReferenceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "an image reference cannot be empty"),
            Self::Scheme => write!(f, "an image reference has no `https://` in front"),
            Self::UpperCase => write!(f, "an image name must be lower case"),
            Self::BareDigest => {
                write!(f, "64 hex digits are a local image id; write `name@sha256:<digest>`")
            }
            Self::Registry(text) => write!(f, "`{}` is not a registry host", text.escape_debug()),
            Self::Path(text) => write!(
                f,
                "`{}` is not a repository name: \
                 it may have lower case letters and digits, separated by `.`, `_`, `-` or `/`",
                text.escape_debug()
            ),
            Self::Tag(text) => write!(
                f,
                "`{}` is not a tag: it may have letters, digits, `_`, `.` and `-`, \
                 and starts with none of the last two",
                text.escape_debug()
            ),
            Self::Digest(text) => {
                write!(f, "`{}` is not a digest such as `sha256:` and 64 hex digits", text.escape_debug())
            }
            Self::TooLong { part, limit } => {
                write!(f, "the {part} is too long: at most {limit} characters are allowed")
            }
        }
    }
}

impl std::error::Error for ReferenceProblem {}

impl ImageRef {
    /// Reads a reference as people write it (`alpine`, `ghcr.io/a/b:1`, `golang@sha256:…`) and fills in what
    /// they leave out: the registry, the `library` namespace, and the tag where there is no digest.
    pub fn parse(text: &str) -> Result<Self, ReferenceProblem> {
        if text.is_empty() {
            return Err(ReferenceProblem::Empty);
        }
        if text.contains("://") {
            return Err(ReferenceProblem::Scheme);
        }
        if text.len() == 64 && text.bytes().all(is_lower_hex) {
            return Err(ReferenceProblem::BareDigest);
        }

        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(checked_digest(digest)?)),
            None => (text, None),
        };
        let (registry, rest) = split_registry(rest)?;
        let (path, tag) = match rest.split_once(':') {
            Some((path, tag)) => (path, Some(checked_tag(tag)?)),
            None => (rest, None),
        };
        let tag = match (tag, &digest) {
            (None, None) => Some(DEFAULT_TAG.to_owned()),
            (tag, _) => tag,
        };
        let path = if registry == DEFAULT_REGISTRY && !path.is_empty() && !path.contains('/') {
            format!("{OFFICIAL}{path}")
        } else {
            path.to_owned()
        };
        check_path(&path)?;
        Ok(Self { registry: registry.to_owned(), path, tag, digest })
    }

    /// The short form, as people write it: no `docker.io`, no `library`, no `:latest`. It is also the form
    /// in which named contexts (`--build-context alpine=…`) are looked up.
    pub fn familiar(&self) -> String {
        let mut name = if self.registry == DEFAULT_REGISTRY {
            // `library/a/b` is a real path below an owner called library; only the plain form is shortened.
            match self.path.strip_prefix(OFFICIAL) {
                Some(short) if !short.contains('/') => short.to_owned(),
                _ => self.path.clone(),
            }
        } else {
            self.repository()
        };
        let implied = self.digest.is_none() && self.tag.as_deref() == Some(DEFAULT_TAG);
        if !implied {
            self.push_suffix(&mut name);
        }
        name
    }

    /// The host, with its port, that serves the image: `docker.io`, `localhost:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Registry and path, without tag and digest: `docker.io/library/alpine`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// Whether it is one of distroless.
    pub fn is_distroless(&self) -> bool {
        self.repository().starts_with("gcr.io/distroless/")
    }

    /// Whether it is one of distroless without a shell. Each has a variant with one, which has `debug` in its tag.
    pub fn is_distroless_without_shell(&self) -> bool {
        self.is_distroless() && !self.tag().is_some_and(|tag| tag.contains("debug"))
    }

    /// The tag; none where only a digest was written.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, with its algorithm: `sha256:…`.
    pub fn digest(&self) -> Option<&str> {
        self.digest.as_deref()
    }

    /// The same image pinned to `digest`; the tag stays, for the reader.
    pub fn with_digest(&self, digest: &str) -> Result<Self, ReferenceProblem> {
        Ok(Self { digest: Some(checked_digest(digest)?), ..self.clone() })
    }

    /// The image by name alone, and the digest that it is pinned to.
    pub fn without_digest(&self) -> (Self, Option<String>) {
        (Self { digest: None, ..self.clone() }, self.digest.clone())
    }

    fn push_suffix(&self, name: &mut String) {
        for (separator, part) in [(':', &self.tag), ('@', &self.digest)] {
            if let Some(part) = part {
                name.push(separator);
                name.push_str(part);
            }
        }
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut name = self.repository();
        self.push_suffix(&mut name);
        f.write_str(&name)
    }
}

impl FromStr for ImageRef {
    type Err = ReferenceProblem;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The first component is a registry only if it looks like a host: it has a dot or a port, or is `localhost`.
fn split_registry(text: &str) -> Result<(&str, &str), ReferenceProblem> {
    let Some((first, rest)) = text.split_once('/') else {
        return Ok((DEFAULT_REGISTRY, text));
    };
    if first != "localhost" && !first.contains(['.', ':']) {
        // `distribution/reference` takes `MyOrg/app` for a host called `MyOrg`; what was meant is a Hub
        // owner, and a refusal helps more than a name that does not resolve.
        return Ok((DEFAULT_REGISTRY, text));
    }
    if first.len() > REGISTRY_LIMIT {
        return Err(ReferenceProblem::TooLong { part: "registry", limit: REGISTRY_LIMIT });
    }
    if !is_registry(first) {
        return Err(ReferenceProblem::Registry(first.to_owned()));
    }
    Ok((if first == "index.docker.io" { DEFAULT_REGISTRY } else { first }, rest))
}

/// A DNS name, an IPv4 address or an IPv6 address in brackets, with an optional port.
fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        // The last colon of a bare `[::1]` is the address's own.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':'),
        None => host.split('.').all(is_label),
    };
    is_host && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()))
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn check_path(path: &str) -> Result<(), ReferenceProblem> {
    if path.len() > PATH_LIMIT {
        return Err(ReferenceProblem::TooLong { part: "repository name", limit: PATH_LIMIT });
    }
    if path.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ReferenceProblem::UpperCase);
    }
    if path.split('/').all(is_path_component) {
        return Ok(());
    }
    Err(ReferenceProblem::Path(path.to_owned()))
}

/// Runs of lower case letters and digits, joined by one dot, one or two underscores, or any number of dashes.
fn is_path_component(component: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    component.starts_with(is_word)
        && component.ends_with(is_word)
        && component.split(is_word).all(|separator| {
            matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
        })
}

fn checked_tag(tag: &str) -> Result<String, ReferenceProblem> {
    if tag.len() > TAG_LIMIT {
        return Err(ReferenceProblem::TooLong { part: "tag", limit: TAG_LIMIT });
    }
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = tag.bytes();
    if bytes.next().is_some_and(is_word) && bytes.all(|b| is_word(b) || matches!(b, b'.' | b'-')) {
        return Ok(tag.to_owned());
    }
    Err(ReferenceProblem::Tag(tag.to_owned()))
}

/// The algorithms that the OCI image specification registers and Go's digest package knows.
fn checked_digest(digest: &str) -> Result<String, ReferenceProblem> {
    let (hex, length) = match digest.split_once(':') {
        Some(("sha256", hex)) => (hex, 64),
        Some(("sha384", hex)) => (hex, 96),
        Some(("sha512", hex)) => (hex, 128),
        _ => ("", 1),
    };
    if hex.len() == length && hex.bytes().all(is_lower_hex) {
        return Ok(digest.to_owned());
    }
    Err(ReferenceProblem::Digest(digest.to_owned()))
}

fn is_lower_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn accepted() {
        let digest = format!("sha256:{HEX}");
        let cases = [
            ("alpine", "docker.io/library/alpine:latest", "alpine"),
            ("alpine:latest", "docker.io/library/alpine:latest", "alpine"),
            ("alpine:3.22", "docker.io/library/alpine:3.22", "alpine:3.22"),
            ("gobuild/frontend:1", "docker.io/gobuild/frontend:1", "gobuild/frontend:1"),
            ("docker.io/alpine", "docker.io/library/alpine:latest", "alpine"),
            ("index.docker.io/a/b", "docker.io/a/b:latest", "a/b"),
            ("library/alpine", "docker.io/library/alpine:latest", "alpine"),
            ("library/a/b", "docker.io/library/a/b:latest", "library/a/b"),
            (
                "gcr.io/distroless/static:nonroot",
                "gcr.io/distroless/static:nonroot",
                "gcr.io/distroless/static:nonroot",
            ),
            ("localhost/app", "localhost/app:latest", "localhost/app"),
            ("localhost", "docker.io/library/localhost:latest", "localhost"),
            ("localhost:5000/app:1", "localhost:5000/app:1", "localhost:5000/app:1"),
            ("app:5000", "docker.io/library/app:5000", "app:5000"),
            ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest", "127.0.0.1:5000/a/b/c"),
            ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app"),
            ("[fe80::1]/app", "[fe80::1]/app:latest", "[fe80::1]/app"),
            ("Registry.Example/app", "Registry.Example/app:latest", "Registry.Example/app"),
            ("x/a.b__c---d_e", "docker.io/x/a.b__c---d_e:latest", "x/a.b__c---d_e"),
            ("app:V1.0_x-Y", "docker.io/library/app:V1.0_x-Y", "app:V1.0_x-Y"),
        ];
        for (text, normalised, familiar) in cases {
            let reference = ImageRef::parse(text).unwrap();
            assert_eq!(
                (reference.to_string().as_str(), reference.familiar().as_str()),
                (normalised, familiar),
                "{text}"
            );
            assert_eq!(ImageRef::parse(normalised), Ok(reference.clone()), "{text}");
            assert_eq!(ImageRef::parse(familiar), Ok(reference), "{text}");
        }

        let pinned = ImageRef::parse(&format!("golang@{digest}")).unwrap();
        assert_eq!((pinned.tag(), pinned.digest()), (None, Some(digest.as_str())));
        assert_eq!(pinned.to_string(), format!("docker.io/library/golang@{digest}"));
        assert_eq!(pinned.familiar(), format!("golang@{digest}"));

        let both = ImageRef::parse("golang:1.26").and_then(|image| image.with_digest(&digest)).unwrap();
        assert_eq!(both, ImageRef::parse(&format!("golang:1.26@{digest}")).unwrap());
        assert_eq!((both.tag(), both.digest()), (Some("1.26"), Some(digest.as_str())));
        assert_eq!(both.repository(), "docker.io/library/golang");
        assert_eq!(both.registry(), "docker.io");
        let latest = ImageRef::parse("golang:latest").and_then(|image| image.with_digest(&digest)).unwrap();
        assert_eq!(latest.familiar(), format!("golang:latest@{digest}"));
    }

    #[test]
    fn refused() {
        use ReferenceProblem::{BareDigest, Digest, Empty, Path, Registry, Scheme, Tag, UpperCase};
        let path = |text: &str| Path(text.to_owned());
        let registry = |text: &str| Registry(text.to_owned());
        let upper_digest = format!("sha256:{}", HEX.to_uppercase());
        let cases = [
            (String::new(), Empty),
            ("https://ghcr.io/a/b".to_owned(), Scheme),
            ("docker-image://alpine".to_owned(), Scheme),
            ("Alpine".to_owned(), UpperCase),
            ("MyOrg/app".to_owned(), UpperCase),
            ("ghcr.io/MyOrg/app".to_owned(), UpperCase),
            (HEX.to_owned(), BareDigest),
            ("/alpine".to_owned(), path("/alpine")),
            ("a//b".to_owned(), path("a//b")),
            ("a/".to_owned(), path("a/")),
            ("ghcr.io/".to_owned(), path("")),
            ("-a".to_owned(), path("library/-a")),
            ("a-".to_owned(), path("library/a-")),
            ("a..b".to_owned(), path("library/a..b")),
            ("a___b".to_owned(), path("library/a___b")),
            ("a._b".to_owned(), path("library/a._b")),
            ("a b".to_owned(), path("library/a b")),
            (" alpine".to_owned(), path("library/ alpine")),
            ("alpine\n".to_owned(), path("library/alpine\n")),
            ("${BASE}".to_owned(), UpperCase),
            ("caf\u{e9}".to_owned(), path("library/caf\u{e9}")),
            ("../../etc".to_owned(), registry("..")),
            // A dot makes it a host, and hosts have no underscores.
            ("a.b_c/d".to_owned(), registry("a.b_c")),
            ("-a.b/c".to_owned(), registry("-a.b")),
            ("a.b:port/c".to_owned(), registry("a.b:port")),
            ("a.b:/c".to_owned(), registry("a.b:")),
            ("[]:1/c".to_owned(), registry("[]:1")),
            ("[::1/c".to_owned(), registry("[::1")),
            ("[::1]x/c".to_owned(), registry("[::1]x")),
            ("alpine:".to_owned(), Tag(String::new())),
            ("alpine:-1".to_owned(), Tag("-1".to_owned())),
            ("alpine:a:b".to_owned(), Tag("a:b".to_owned())),
            ("alpine:a b".to_owned(), Tag("a b".to_owned())),
            ("alpine@".to_owned(), Digest(String::new())),
            ("alpine@sha256:abc".to_owned(), Digest("sha256:abc".to_owned())),
            (format!("alpine@md5:{HEX}"), Digest(format!("md5:{HEX}"))),
            (format!("alpine@{upper_digest}"), Digest(upper_digest)),
        ];
        for (text, problem) in cases {
            assert_eq!(ImageRef::parse(&text), Err(problem), "{text}");
        }
    }

    #[test]
    fn limits() {
        let too_long = |part, limit| Err(ReferenceProblem::TooLong { part, limit });
        let path = |length: usize| format!("x/{}", "a".repeat(length - 2));
        assert!(ImageRef::parse(&path(255)).is_ok());
        assert_eq!(ImageRef::parse(&path(256)), too_long("repository name", 255));
        assert!(ImageRef::parse(&format!("a:{}", "1".repeat(128))).is_ok());
        assert_eq!(ImageRef::parse(&format!("a:{}", "1".repeat(129))), too_long("tag", 128));
        assert_eq!(ImageRef::parse(&format!("a.{}/b", "c".repeat(254))), too_long("registry", 255));
        for digits in [96, 128] {
            let digest = format!("sha{}:{}", digits * 4, "0".repeat(digits));
            assert!(ImageRef::parse(&format!("a@{digest}")).is_ok(), "{digest}");
        }
    }
}
