//! A whole graph, ready to travel.
//!
//! Inputs stand before what uses them, equal vertices stand once, and the same graph is always the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;

use crate::vertex::Vertex;
use crate::{Digest, LineRange, Location, Output, SourceFile, caps, metadata};

/// A graph and which of its outputs is the result.
#[derive(Clone, Default)]
pub struct Definition {
    vertices: Vec<Arc<Vertex>>,
    metadata: BTreeMap<Digest, pb::OpMetadata>,
    locations: BTreeMap<Digest, Vec<Location>>,
    result: Option<Output>,
}

impl Definition {
    /// The graph that ends in `output`.
    pub fn of(output: &Output) -> Self {
        let mut definition = Self { result: Some(output.clone()), ..Self::default() };
        // Vertices built twice have one digest but may say different things about it, so each is visited.
        let mut visited = BTreeSet::new();
        let mut path = vec![(output.vertex(), 0)];
        while let Some((vertex, next)) = path.pop() {
            if let Some(input) = vertex.inputs.get(next) {
                path.push((vertex, next + 1));
                if !visited.contains(&Arc::as_ptr(input.vertex())) {
                    path.push((input.vertex(), 0));
                }
            } else if visited.insert(Arc::as_ptr(vertex)) {
                definition.add(vertex);
            }
        }
        definition
    }

    /// The empty file system.
    pub fn scratch() -> Self {
        Self::default()
    }

    fn add(&mut self, vertex: &Arc<Vertex>) {
        let digest = &vertex.digest;
        if !self.metadata.contains_key(digest) {
            self.vertices.push(Arc::clone(vertex));
        }
        metadata::merge(self.metadata.entry(digest.clone()).or_default(), &vertex.metadata);
        for location in &vertex.locations {
            let known = self.locations.entry(digest.clone()).or_default();
            if !known.contains(location) {
                known.push(location.clone());
            }
        }
    }

    /// The output that is the result; none for the empty file system.
    pub fn result(&self) -> Option<&Output> {
        self.result.as_ref()
    }

    /// The vertices, inputs first.
    pub fn vertices(&self) -> impl Iterator<Item = (&Digest, &pb::Op)> {
        self.vertices.iter().map(|vertex| (&vertex.digest, &vertex.op))
    }

    pub(crate) fn metadata(&self, digest: &Digest) -> Option<&pb::OpMetadata> {
        self.metadata.get(digest)
    }

    pub(crate) fn locations(&self, digest: &Digest) -> &[Location] {
        self.locations.get(digest).map_or(&[], Vec::as_slice)
    }

    /// The graph as it travels.
    pub fn to_proto(&self) -> pb::Definition {
        let Some(result) = &self.result else {
            return pb::Definition::default();
        };
        let mut def: Vec<Vec<u8>> = self.vertices.iter().map(|vertex| vertex.bytes.clone()).collect();
        let metadata = self.metadata.iter().map(|(digest, metadata)| (digest.to_string(), metadata.clone()));
        let mut metadata: BTreeMap<String, pb::OpMetadata> = metadata.collect();
        let last = pb::Op { inputs: vec![result.to_proto()], ..pb::Op::default() }.encode_to_vec();
        metadata.insert(Digest::of(&last).to_string(), self.last_metadata());
        def.push(last);
        pb::Definition { def, metadata, source: Some(self.source()) }
    }

    /// What the graph as a whole needs (`client/llb/state.go`, `Marshal`).
    fn last_metadata(&self) -> pb::OpMetadata {
        let any = |said: fn(&pb::OpMetadata) -> bool| self.metadata.values().any(said);
        let needed = [
            (caps::CONSTRAINTS, true),
            (caps::PLATFORM, true),
            (caps::META_IGNORE_CACHE, any(|metadata| metadata.ignore_cache)),
            (caps::META_DESCRIPTION, any(|metadata| !metadata.description.is_empty())),
            (caps::META_EXPORT_CACHE, any(|metadata| metadata.export_cache.is_some())),
        ];
        let needed = needed.into_iter().filter(|(_, needed)| *needed);
        let caps = needed.map(|(cap, _)| (cap.to_owned(), true)).collect();
        pb::OpMetadata { caps, ..pb::OpMetadata::default() }
    }

    fn source(&self) -> pb::Source {
        let mut files: Vec<&Arc<SourceFile>> = vec![];
        let mut index_of = |file| {
            let known = files.iter().position(|known| Arc::ptr_eq(known, file) || *known == file);
            let index = known.unwrap_or_else(|| {
                files.push(file);
                files.len() - 1
            });
            i32::try_from(index).unwrap_or(i32::MAX)
        };
        let mut locations = BTreeMap::new();
        // In the order of the vertices, so that the order of the files does not depend on digests.
        for vertex in &self.vertices {
            let places = self.locations(&vertex.digest);
            if places.is_empty() {
                continue;
            }
            let places = places.iter().map(|place| pb::Location {
                source_index: index_of(&place.file),
                ranges: place.ranges.iter().map(|range| LineRange::to_proto(*range)).collect(),
            });
            locations.insert(vertex.digest.to_string(), pb::Locations { locations: places.collect() });
        }
        pb::Source { locations, infos: files.iter().map(|file| file.to_proto()).collect() }
    }
}

/// Two definitions are equal if they travel as the same bytes.
impl PartialEq for Definition {
    fn eq(&self, other: &Self) -> bool {
        self.to_proto() == other.to_proto()
    }
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}
