//! File systems stacked on each other.
//!
//! Each keeps its own layers, so one can change without the others being copied again.

use buildkit_proto::pb;

use crate::vertex::{Inputs, Vertex, number};
use crate::{Metadata, Output, caps};

/// A stack being described. Daemons on a classic graph driver cannot do it: ask for the capability `mergeop` first.
#[derive(Clone, Debug)]
pub struct Merge {
    outputs: Vec<Output>,
    metadata: Metadata,
}

impl Merge {
    /// `outputs` on each other, the last on top.
    pub fn new(outputs: impl IntoIterator<Item = Output>) -> Self {
        Self { outputs: outputs.into_iter().collect(), metadata: Metadata::default() }
    }

    /// What is said about it.
    #[must_use]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.metadata = metadata;
        self
    }

    /// The stack. One alone is itself; the daemon refuses a stack of nothing.
    pub fn build(self) -> Output {
        if let [only] = self.outputs.as_slice() {
            return only.clone();
        }
        // An input per layer, also when two are the same: what counts is their order.
        let inputs = (0..self.outputs.len()).map(|index| pb::MergeInput { input: number(index) }).collect();
        let kind = pb::op::Op::Merge(pb::MergeOp { inputs });
        Output::new(Vertex::build(kind, None, Inputs::each(self.outputs), self.metadata, [caps::MERGE]), 0)
    }
}
