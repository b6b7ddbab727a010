//! Go versions: of the language (`1.26`), of a release (`1.26.3`, `1.27rc1`) and in toolchain names (`go1.26.3-corp`).
//!
//! Invariant: versions compare as the Go toolchain compares them (go.dev/doc/toolchain#version), which is neither
//! semver nor text: `1.26 < 1.26rc1 < 1.26.0 < 1.26.1`.

use std::fmt;

/// The first version whose initial release is called `1.N.0`; those before it were called `1.N`.
const FIRST_WITH_ZERO: u64 = 21;

/// A Go version. The fields are in the order in which they count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GoVersion {
    major: u64,
    minor: u64,
    /// None for a language version and for prereleases, both of which come before `.0`.
    patch: Option<u64>,
    /// Empty unless this is a prerelease; `alpha`, `beta` and `rc` are in their order as text.
    kind: String,
    number: Option<u64>,
}

impl GoVersion {
    /// Reads what stands in a `go` line: `1.26`, `1.26.3`, `1.27rc1`.
    pub fn parse(text: &str) -> Option<GoVersion> {
        let (major, rest) = cut_number(text)?;
        let mut version = GoVersion { major, minor: 0, patch: None, kind: String::new(), number: None };
        if rest.is_empty() {
            version.patch = Some(0);
            return Some(version);
        }
        let (minor, rest) = cut_number(rest.strip_prefix('.')?)?;
        version.minor = minor;
        if rest.is_empty() {
            version.patch = (minor < FIRST_WITH_ZERO).then_some(0);
        } else if let Some(rest) = rest.strip_prefix('.') {
            let (patch, rest) = cut_number(rest)?;
            version.patch = rest.is_empty().then_some(Some(patch))?;
        } else {
            let (kind, number) =
                rest.split_at(rest.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(rest.len()));
            if kind.is_empty() {
                return None;
            }
            kind.clone_into(&mut version.kind);
            if !number.is_empty() {
                let (number, rest) = cut_number(number)?;
                version.number = rest.is_empty().then_some(Some(number))?;
            }
        }
        Some(version)
    }

    /// Reads the name of a toolchain: `go1.26.3`, `go1.26.3-corp`.
    pub fn from_toolchain(name: &str) -> Option<GoVersion> {
        if name.contains(['/', '\\']) {
            return None;
        }
        GoVersion::parse(name.strip_prefix("go")?.split([' ', '\t', '-']).next()?)
    }

    /// The version of the language that this release compiles: `1.26` for `1.26.3`.
    #[must_use]
    pub fn language(&self) -> GoVersion {
        GoVersion::of_language(self.major, self.minor)
    }

    /// Whether this names the language and not one release of it.
    pub fn is_language(&self) -> bool {
        *self == self.language()
    }

    /// Whether this is a release candidate or a beta.
    pub fn is_prerelease(&self) -> bool {
        !self.kind.is_empty()
    }

    /// Whether a toolchain of this version satisfies the build tag `go{major}.{minor}`.
    pub fn satisfies_release_tag(&self, major: u64, minor: u64) -> bool {
        (self.major, self.minor) >= (major, minor)
    }

    /// The language version `major.minor`.
    pub fn of_language(major: u64, minor: u64) -> GoVersion {
        let patch = (minor < FIRST_WITH_ZERO).then_some(0);
        GoVersion { major, minor, patch, kind: String::new(), number: None }
    }
}

/// The name of the release: `1.20` and `1.21.0`, since that is what they are called.
impl fmt::Display for GoVersion {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}{}", self.major, self.minor, self.kind)?;
        match (self.number, self.patch) {
            (Some(number), _) => write!(formatter, "{number}"),
            (None, Some(0)) if self.minor < FIRST_WITH_ZERO => Ok(()),
            (None, Some(patch)) => write!(formatter, ".{patch}"),
            (None, None) => Ok(()),
        }
    }
}

/// A decimal number without unnecessary zeros, and what follows it.
pub(super) fn cut_number(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> GoVersion {
        GoVersion::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn versions_in_order() {
        let ordered = [
            "1",
            "1.5",
            "1.20beta1",
            "1.20rc1",
            "1.20",
            "1.20.1",
            "1.21",
            "1.21beta1",
            "1.21rc1",
            "1.21rc2",
            "1.21rc10",
            "1.21.0",
            "1.21.1",
            "1.21.10",
            "1.22",
            "1.26",
            "1.26.3",
            "1.27rc1",
            "1.100",
            "2.0",
        ];
        for (index, left) in ordered.iter().enumerate() {
            for (other, right) in ordered.iter().enumerate() {
                assert_eq!(version(left).cmp(&version(right)), index.cmp(&other), "{left} {right}");
            }
        }
        assert_eq!(version("1.20"), version("1.20.0"));
        assert_ne!(version("1.21"), version("1.21.0"));
    }

    #[test]
    fn not_versions() {
        let huge = format!("1.{}", "9".repeat(1000));
        for text in [
            "",
            "go1.21",
            "v1.21",
            "1.",
            ".1",
            "1.x",
            "1.21.",
            "1.21.x",
            "1.021",
            "01.21",
            "1.21.3rc1",
            "1.21rc",
            "1.21rc01",
            "1.21-rc1",
            "1.21 ",
            "1.21RC1",
            "1.21.0.0",
            "latest",
            &huge,
        ] {
            let lenient = text == "1.21rc"; // Go accepts a kind without a number
            assert_eq!(GoVersion::parse(text).is_some(), lenient, "{text}");
        }
    }

    #[test]
    fn toolchain_names() {
        for (name, expected) in [
            ("go1.26.3", Some("1.26.3")),
            ("go1.26.3-corp", Some("1.26.3")),
            ("go1.27rc1 (devel)", Some("1.27rc1")),
            ("go1.26", Some("1.26")),
            ("1.26.3", None),
            ("default", None),
            ("go1.26.3-../x", None),
            ("gotip", None),
        ] {
            assert_eq!(GoVersion::from_toolchain(name).map(|v| v.to_string()).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn display_and_language() {
        for (text, shown, language) in [
            ("1.26", "1.26", "1.26"),
            ("1.26.0", "1.26.0", "1.26"),
            ("1.26.3", "1.26.3", "1.26"),
            ("1.27rc1", "1.27rc1", "1.27"),
            ("1.20", "1.20", "1.20"),
            ("1.20.0", "1.20", "1.20"),
            ("1.20.4", "1.20.4", "1.20"),
        ] {
            assert_eq!(version(text).to_string(), shown);
            assert_eq!(version(text).language().to_string(), language);
        }
        assert!(version("1.26").is_language() && !version("1.26.0").is_language());
    }

    #[test]
    fn release_tags() {
        assert!(version("1.26.3").satisfies_release_tag(1, 26));
        assert!(version("1.27rc1").satisfies_release_tag(1, 27));
        assert!(!version("1.26.3").satisfies_release_tag(1, 27));
    }
}
