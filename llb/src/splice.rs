//! Graphs from elsewhere, to build on.
//!
//! The ops and what is said about them are kept exactly as received: their digests must not change, and they may
//! hold fields this crate does not know.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;

use crate::vertex::Vertex;
use crate::{Definition, Digest, LineRange, Location, Output, SourceFile};

/// Why a received graph cannot be built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpliceError {
    /// An op does not decode.
    Decode(prost::DecodeError),
    /// An op uses one that does not stand before it.
    UnknownInput(String),
    /// The last op does not name the result.
    NoResult,
    /// A location is in a file that is not there.
    UnknownFile(i32),
}

impl Definition {
    /// The result of a received graph, such as one of the gateway's `Inputs`; none if it is the empty file system.
    pub fn input(received: &pb::Definition) -> Result<Option<Output>, SpliceError> {
        let Some((last, ops)) = received.def.split_last() else {
            return Ok(None);
        };
        let mut locations = locations(received.source.as_ref())?;
        let mut vertices: BTreeMap<Digest, Arc<Vertex>> = BTreeMap::new();
        for bytes in ops {
            let op = pb::Op::decode(bytes.as_slice()).map_err(SpliceError::Decode)?;
            let inputs = op.inputs.iter().map(|input| edge(&vertices, input)).collect::<Result<_, _>>()?;
            let digest = Digest::of(bytes);
            let metadata = received.metadata.get(digest.as_str()).cloned().unwrap_or_default();
            let locations = locations.remove(digest.as_str()).unwrap_or_default();
            vertices.insert(digest, Vertex::of(bytes.clone(), op, metadata, locations, inputs));
        }
        let last = pb::Op::decode(last.as_slice()).map_err(SpliceError::Decode)?;
        let input = last.inputs.first().ok_or(SpliceError::NoResult)?;
        edge(&vertices, input).map(Some)
    }
}

fn edge(vertices: &BTreeMap<Digest, Arc<Vertex>>, input: &pb::Input) -> Result<Output, SpliceError> {
    let vertex = vertices.get(input.digest.as_str());
    let vertex = vertex.ok_or_else(|| SpliceError::UnknownInput(input.digest.clone()))?;
    Ok(Output::new(Arc::clone(vertex), input.index))
}

/// The places of each vertex, by digest.
fn locations(source: Option<&pb::Source>) -> Result<BTreeMap<&str, Vec<Location>>, SpliceError> {
    let Some(source) = source else {
        return Ok(BTreeMap::new());
    };
    let files = source.infos.iter().map(file).collect::<Result<Vec<_>, _>>()?;
    let places = |places: &pb::Locations| {
        let place = |place: &pb::Location| {
            let file = usize::try_from(place.source_index).ok().and_then(|index| files.get(index));
            let file = Arc::clone(file.ok_or(SpliceError::UnknownFile(place.source_index))?);
            Ok(Location { file, ranges: place.ranges.iter().map(LineRange::from_proto).collect() })
        };
        places.locations.iter().map(place).collect::<Result<Vec<_>, _>>()
    };
    source.locations.iter().map(|(digest, found)| Ok((digest.as_str(), places(found)?))).collect()
}

fn file(info: &pb::SourceInfo) -> Result<Arc<SourceFile>, SpliceError> {
    let definition = match &info.definition {
        Some(definition) => {
            let output = Definition::input(definition)?;
            Some(output.as_ref().map_or_else(Definition::scratch, Definition::of))
        }
        None => None,
    };
    let (filename, language) = (info.filename.clone(), info.language.clone());
    Ok(Arc::new(SourceFile { filename, language, data: info.data.clone(), definition }))
}

impl fmt::Display for SpliceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(_) => f.write_str("an op of the received graph does not decode"),
            Self::UnknownInput(digest) => {
                write!(f, "an op of the received graph uses {digest} before it is there")
            }
            Self::NoResult => f.write_str("the received graph does not name its result"),
            Self::UnknownFile(index) => write!(f, "the received graph has no source file {index}"),
        }
    }
}

impl std::error::Error for SpliceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decode(error) => Some(error),
            _ => None,
        }
    }
}
