//! Directories of the client.

use super::{Attributes, json_array};
use crate::{Metadata, Output, caps};

/// A directory that the client sends. Lists are written in the order given, as Go's client does: for exclusions it
/// has a meaning, for the rest it is part of the identity.
#[derive(Clone, Debug)]
pub struct Local {
    name: String,
    attributes: Attributes,
    metadata: Metadata,
}

/// How the daemon finds out what it need not transfer again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Differ {
    /// Not at all: everything is sent.
    None,
    /// By the metadata of each file. What a daemon does unless told.
    Metadata,
}

impl Local {
    /// The directory that the client calls `name`.
    pub fn new(name: impl Into<String>) -> Self {
        let attributes = Attributes { caps: vec![caps::SOURCE_LOCAL], ..Attributes::default() };
        Self { name: name.into(), attributes, metadata: Metadata::default() }
    }

    /// The session of the client. Without one the daemon asks any client of the build.
    #[must_use]
    pub fn session(self, id: impl Into<String>) -> Self {
        self.with("local.session", id, caps::SOURCE_LOCAL_SESSION)
    }

    /// Send only these paths and what links among them lead to.
    #[must_use]
    pub fn follow_paths(self, paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with("local.followpaths", json_array(paths), caps::SOURCE_LOCAL_FOLLOW_PATHS)
    }

    /// Send only what one of these patterns matches.
    #[must_use]
    pub fn include_patterns(self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with("local.includepattern", json_array(patterns), caps::SOURCE_LOCAL_INCLUDE_PATTERNS)
    }

    /// Do not send what these patterns match, the last match deciding and `!` sending again.
    #[must_use]
    pub fn exclude_patterns(self, patterns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with("local.excludepatterns", json_array(patterns), caps::SOURCE_LOCAL_EXCLUDE_PATTERNS)
    }

    /// What the daemon keeps the last transfer under. Use one hint per set of filters: transfers with one hint and
    /// different filters delete each other's files.
    #[must_use]
    pub fn shared_key_hint(self, hint: impl Into<String>) -> Self {
        self.with("local.sharedkeyhint", hint, caps::SOURCE_LOCAL_SHARED_KEY_HINT)
    }

    /// How changes are found. Demands nothing of the daemon: one that does not know it sends what it must.
    #[must_use]
    pub fn differ(self, differ: Differ) -> Self {
        let value = match differ {
            Differ::None => "none",
            Differ::Metadata => "metadata",
        };
        self.with("local.differ", value, None)
    }

    /// Send a list of all files, and the content of those only that one of these patterns matches.
    #[must_use]
    pub fn metadata_transfer(self, exceptions: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with("local.metadatatransfer", "true", caps::SOURCE_LOCAL_METADATA_TRANSFER).with(
            "local.metadatatransferexclude",
            json_array(exceptions),
            None,
        )
    }

    /// What is said about it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The directory.
    pub fn build(self) -> Output {
        self.attributes.build(format!("local://{}", self.name), None, self.metadata)
    }

    fn with(mut self, name: &str, value: impl Into<String>, cap: impl Into<Option<&'static str>>) -> Self {
        self.attributes.set(name, value, cap);
        self
    }
}
