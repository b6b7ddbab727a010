//! What is said about a vertex without being part of it.
//!
//! Nothing here changes a digest: the same work shown under two names is still done once.

use buildkit_proto::pb;

use crate::Location;

/// The key of the name a vertex is shown under (`client/llb/state.go`).
pub(crate) const CUSTOM_NAME: &str = "llb.customname";

/// How a vertex is shown, cached and blamed.
#[derive(Clone, Debug, Default)]
pub struct Metadata {
    pub(crate) proto: pb::OpMetadata,
    pub(crate) locations: Vec<Location>,
}

/// Whether the result of a vertex goes into exported cache, where the default is the exporter's mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportCache {
    /// Always.
    Force,
    /// Never.
    Forbid,
}

/// Vertices with the same group are shown as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgressGroup {
    /// What makes two groups the same.
    pub id: String,
    /// The name shown.
    pub name: String,
    /// A weak group gives way to another one of the same vertex.
    pub weak: bool,
}

impl Metadata {
    /// Shown as `name`.
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().description(CUSTOM_NAME, name)
    }

    /// Do the work even if its result is known. On a process this also empties its cache mounts
    /// (`solver/llbsolver/vertex.go`, `detectPrunedCacheID`).
    #[must_use]
    pub fn ignore_cache(mut self) -> Self {
        self.proto.ignore_cache = true;
        self
    }

    /// Whether the result goes into exported cache.
    #[must_use]
    pub fn export_cache(mut self, export: ExportCache) -> Self {
        self.proto.export_cache = Some(pb::ExportCache { value: export == ExportCache::Force });
        self
    }

    /// Shown as part of a group.
    #[must_use]
    pub fn progress_group(mut self, group: ProgressGroup) -> Self {
        let ProgressGroup { id, name, weak } = group;
        self.proto.progress_group = Some(pb::ProgressGroup { id, name, weak });
        self
    }

    /// Limits of the control group, for processes.
    #[must_use]
    pub fn linux_resources(mut self, resources: pb::LinuxResources) -> Self {
        self.proto.linux_resources = Some(resources);
        self
    }

    /// Lines the vertex came from; may be called for each of several places.
    #[must_use]
    pub fn at(mut self, location: Location) -> Self {
        self.locations.push(location);
        self
    }

    /// Text for programs that read the graph; the daemon does not.
    #[must_use]
    pub fn description(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.proto.description.insert(key.into(), value.into());
        self
    }

    pub(crate) fn require(&mut self, caps: impl IntoIterator<Item = &'static str>) {
        self.proto.caps.extend(caps.into_iter().map(|cap| (cap.to_owned(), true)));
    }
}

/// What is said about one digest when two vertices share it: the later wins, and what one demands holds for both
/// (`client/llb/state.go`, `mergeMetadata`).
pub(crate) fn merge(into: &mut pb::OpMetadata, from: &pb::OpMetadata) {
    into.ignore_cache |= from.ignore_cache;
    into.description.extend(from.description.clone());
    into.export_cache = from.export_cache.or(into.export_cache);
    into.caps.extend(from.caps.keys().map(|cap| (cap.clone(), true)));
    into.progress_group = from.progress_group.clone().or(into.progress_group.take());
    into.linux_resources = from.linux_resources.clone().or(into.linux_resources.take());
}
