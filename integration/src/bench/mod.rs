//! The benchmark: the frontend beside Dockerfiles and ko, on the same repositories, in the same situations.
//!
//! Words on the command line become a [`selection`]; each [`repository`] is made by the [`generator`] into a [`tree`]
//! per [`arm`], and the [`runner`] walks them through the [`scenario`]s. What was measured goes into [`results`], from
//! which [`report`] and [`chart`] are written. Invariant: every arm sees the same files, the same edits in the same
//! order, and pushes what it builds to the same registry.

pub mod arm;
pub mod generator;
pub mod repository;
pub mod scenario;
pub mod selection;
pub mod tree;

pub mod builder;
pub mod buildx;
pub mod floor;
pub mod ko;
pub mod stage;
pub mod toolchain;

pub mod runner;

pub mod chart;
pub mod machine;
pub mod report;
pub mod results;
pub mod targets;

pub use selection::{Selection, USAGE};
