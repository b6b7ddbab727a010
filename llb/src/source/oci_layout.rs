//! Images that the client sends as an OCI layout.

use super::Attributes;
use crate::{Metadata, Output, Platform, caps};

/// An image of a layout on the client.
#[derive(Clone, Debug)]
pub struct OciLayout {
    reference: String,
    platform: Option<Platform>,
    attributes: Attributes,
    metadata: Metadata,
}

impl OciLayout {
    /// The image with this reference, `name@sha256:...`.
    pub fn new(reference: impl Into<String>) -> Self {
        let attributes = Attributes { caps: vec![caps::SOURCE_OCI_LAYOUT], ..Attributes::default() };
        Self { reference: reference.into(), platform: None, attributes, metadata: Metadata::default() }
    }

    /// Which session has which store of layouts.
    #[must_use]
    pub fn store(mut self, session: impl Into<String>, store: impl Into<String>) -> Self {
        self.attributes.set("oci.session", session, None);
        self.attributes.set("oci.store", store, None);
        self
    }

    /// Which image of several under one reference.
    #[must_use]
    pub fn platform(mut self, platform: &Platform) -> Self {
        self.platform = Some(platform.clone());
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
        let identifier = format!("oci-layout://{}", self.reference);
        self.attributes.build(identifier, self.platform.as_ref(), self.metadata)
    }
}
