//! The build context as the frontend sees it: names of things inside it, and what is there.
//!
//! Nothing in here reads a file. The one invariant: a [`ContextPath`] is clean and never points outside the context.
//!
//! - [`path`]: a place inside the context
//! - [`listing`]: the tree of the context, without contents
//! - [`ignored`]: what of an ignore file leaves a place out

pub mod ignored;
pub mod listing;
pub mod path;

pub use ignored::Ignored;
pub use listing::{Entry, Listing};
pub use path::{ContextPath, PathProblem};
