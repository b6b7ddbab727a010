//! A vertex of the graph and the edges that lead to it.
//!
//! A vertex is encoded once, when it is built, and its digest names it ever after. As it holds its inputs, a graph
//! cannot have a cycle or a hole.

use std::fmt;
use std::sync::Arc;

use buildkit_proto::pb;
use prost::Message as _;

use crate::{Digest, Location, Metadata, Platform};

/// One op, encoded.
pub(crate) struct Vertex {
    pub(crate) digest: Digest,
    /// Exactly what travels; `op` is the same, decoded.
    pub(crate) bytes: Vec<u8>,
    pub(crate) op: pb::Op,
    pub(crate) metadata: pb::OpMetadata,
    pub(crate) locations: Vec<Location>,
    /// What must be in a graph for this vertex to be in it.
    pub(crate) inputs: Vec<Output>,
}

/// One output of a vertex: something to mount, copy from, build on or return. Cheap to clone.
#[derive(Clone)]
pub struct Output {
    vertex: Arc<Vertex>,
    index: i64,
}

/// The inputs of a vertex being built.
#[derive(Default)]
pub(crate) struct Inputs {
    /// What the op lists.
    pub(crate) edges: Vec<Output>,
    /// Vertices that are equal to listed ones and of which something else may be said.
    twins: Vec<Output>,
}

impl Vertex {
    /// Encodes an op; what the daemon must be able to do for it is in `caps`.
    pub(crate) fn build(
        kind: pb::op::Op,
        platform: Option<&Platform>,
        Inputs { edges, twins }: Inputs,
        mut metadata: Metadata,
        caps: impl IntoIterator<Item = &'static str>,
    ) -> Arc<Self> {
        metadata.require(caps);
        let op = pb::Op {
            inputs: edges.iter().map(Output::to_proto).collect(),
            op: Some(kind),
            platform: platform.map(Platform::to_proto),
            // Present though empty: the daemon encodes it so when it recomputes digests.
            constraints: Some(pb::WorkerConstraints::default()),
        };
        Self::of(encode(&op), op, metadata.proto, metadata.locations, [edges, twins].concat())
    }

    pub(crate) fn of(
        bytes: Vec<u8>,
        op: pb::Op,
        metadata: pb::OpMetadata,
        locations: Vec<Location>,
        inputs: Vec<Output>,
    ) -> Arc<Self> {
        Arc::new(Self { digest: Digest::of(&bytes), bytes, op, metadata, locations, inputs })
    }
}

/// Encodes an op in the order of Go's protobuf library, which the daemon does again to name the op: what is not in a
/// `oneof` comes first, whatever its number (`internal/order` of google.golang.org/protobuf). In an op that puts the
/// kind last; no other message of the graph has a field with a number above those of its `oneof`.
fn encode(op: &pb::Op) -> Vec<u8> {
    let common = pb::Op { op: None, ..op.clone() };
    let kind = pb::Op { op: op.op.clone(), ..pb::Op::default() };
    // The encoding of a message in two parts is the parts one after the other.
    let mut bytes = common.encode_to_vec();
    bytes.append(&mut kind.encode_to_vec());
    bytes
}

/// A received graph may be a chain as long as a message allows; dropping it vertex by vertex spares the stack.
impl Drop for Vertex {
    fn drop(&mut self) {
        let mut pending = std::mem::take(&mut self.inputs);
        while let Some(output) = pending.pop() {
            if let Some(mut vertex) = Arc::into_inner(output.vertex) {
                pending.append(&mut vertex.inputs);
            }
        }
    }
}

impl Output {
    pub(crate) fn new(vertex: Arc<Vertex>, index: i64) -> Self {
        Self { vertex, index }
    }

    /// The vertex, as progress, warnings and errors name it.
    pub fn digest(&self) -> &Digest {
        &self.vertex.digest
    }

    /// Which output of the vertex.
    pub fn index(&self) -> i64 {
        self.index
    }

    pub(crate) fn vertex(&self) -> &Arc<Vertex> {
        &self.vertex
    }

    pub(crate) fn to_proto(&self) -> pb::Input {
        pb::Input { digest: self.digest().to_string(), index: self.index }
    }
}

impl PartialEq for Output {
    fn eq(&self, other: &Self) -> bool {
        (self.index, self.digest()) == (other.index, other.digest())
    }
}

impl Eq for Output {}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.digest(), self.index)
    }
}

impl Inputs {
    /// These, in this order, even if two are the same.
    pub(crate) fn each(edges: Vec<Output>) -> Self {
        Self { edges, twins: vec![] }
    }

    /// The index of `output` among the inputs, which hold an edge once.
    pub(crate) fn index_of(&mut self, output: Output) -> i64 {
        let known = self.edges.iter().position(|input| *input == output);
        let index = if let Some(index) = known {
            self.twins.push(output);
            index
        } else {
            self.edges.push(output);
            self.edges.len() - 1
        };
        number(index)
    }
}

/// A count of things in memory, as the wire counts.
pub(crate) fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
