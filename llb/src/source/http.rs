//! Files behind a URL.

use super::Attributes;
use crate::{Digest, Metadata, Output, caps};

/// One file, fetched.
#[derive(Clone, Debug)]
pub struct Http {
    url: String,
    attributes: Attributes,
    metadata: Metadata,
}

impl Http {
    /// The file behind `url`.
    pub fn new(url: impl Into<String>) -> Self {
        let attributes = Attributes { caps: vec![caps::SOURCE_HTTP], ..Attributes::default() };
        Self { url: url.into(), attributes, metadata: Metadata::default() }
    }

    /// The name it gets; without one the daemon derives it from the answer.
    #[must_use]
    pub fn filename(self, name: impl Into<String>) -> Self {
        self.with("http.filename", name, None)
    }

    /// What its content must be.
    #[must_use]
    pub fn checksum(self, digest: &Digest) -> Self {
        self.with("http.checksum", digest.as_str(), caps::SOURCE_HTTP_CHECKSUM)
    }

    /// Its permission bits.
    #[must_use]
    pub fn mode(self, mode: u32) -> Self {
        self.with("http.perm", format!("0{:o}", mode & 0o777), caps::SOURCE_HTTP_PERM)
    }

    /// What is said about it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// A file system with the file at its root.
    pub fn build(self) -> Output {
        self.attributes.build(self.url, None, self.metadata)
    }

    fn with(mut self, name: &str, value: impl Into<String>, cap: impl Into<Option<&'static str>>) -> Self {
        self.attributes.set(name, value, cap);
        self
    }
}
