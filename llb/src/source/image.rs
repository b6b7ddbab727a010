//! Images from a registry or the daemon's own store.

use super::Attributes;
use crate::{Metadata, Output, Platform, caps};

/// An image. The reference is written as given, so it must name its registry and a tag or a digest; the daemon does
/// not complete it.
#[derive(Clone, Debug)]
pub struct Image {
    reference: String,
    platform: Option<Platform>,
    attributes: Attributes,
    metadata: Metadata,
}

/// Where the daemon looks for an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResolveMode {
    /// What the daemon is set up for.
    #[default]
    Default,
    /// In the registry.
    Pull,
    /// In the daemon's store first.
    Local,
}

impl ResolveMode {
    /// The word of the wire, also for the resolve calls of the gateway.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Pull => "pull",
            Self::Local => "local",
        }
    }
}

impl Image {
    /// The image with this full reference.
    pub fn new(reference: impl Into<String>) -> Self {
        let attributes = Attributes { caps: vec![caps::SOURCE_IMAGE], ..Attributes::default() };
        Self { reference: reference.into(), platform: None, attributes, metadata: Metadata::default() }
    }

    /// Which image of several under one reference; without it the daemon takes its own platform.
    #[must_use]
    pub fn platform(mut self, platform: &Platform) -> Self {
        self.platform = Some(platform.clone());
        self
    }

    /// Where to look for it.
    #[must_use]
    pub fn resolve_mode(mut self, mode: ResolveMode) -> Self {
        // Only a forced pull is a matter of security, so only that demands a daemon that knows of modes.
        let cap = (mode == ResolveMode::Pull).then_some(caps::SOURCE_IMAGE_RESOLVE_MODE);
        let value = if mode == ResolveMode::Default { "" } else { mode.as_str() };
        self.attributes.set("image.resolvemode", value, cap);
        self
    }

    /// What is said about it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// Its root file system.
    pub fn build(self) -> Output {
        let identifier = format!("docker-image://{}", self.reference);
        self.attributes.build(identifier, self.platform.as_ref(), self.metadata)
    }
}
