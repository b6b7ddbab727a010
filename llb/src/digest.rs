//! The identity of a vertex.
//!
//! A digest is always `sha256:` and 64 lower-case hex digits of exactly the bytes that travel.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

/// The sha256 of some bytes, as `BuildKit` spells it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(String);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: impl AsRef<[u8]>) -> Self {
        let mut text = String::from("sha256:");
        for byte in Sha256::digest(bytes.as_ref()) {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// Reads `sha256:` and 64 lower-case hex digits.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("sha256:")?;
        let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        (digits.len() == 64 && digits.bytes().all(hex)).then(|| Self(text.to_owned()))
    }

    /// The hex digits.
    pub fn hex(&self) -> &str {
        self.0.trim_start_matches("sha256:")
    }

    /// `sha256:` and the hex digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// For looking up by the text of a digest.
impl std::borrow::Borrow<str> for Digest {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;

    #[test]
    fn nothing_has_the_well_known_digest() {
        let expected = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of("").as_str(), expected);
    }

    #[test]
    fn only_what_is_written_here_is_read() {
        let digest = Digest::of("");
        assert_eq!(Digest::parse(digest.as_str()), Some(digest.clone()));
        let (upper, short) = (digest.as_str().to_uppercase(), &digest.as_str()[..70]);
        for text in ["", "sha256:", &upper, short, &digest.as_str().replace("sha256", "sha512")] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
