//! The part of `BuildKit`'s wire that a frontend speaks, as Rust types.
//!
//! Generated when built from the description in `proto/`; field names and numbers are `BuildKit`'s. Encoding
//! is deterministic: maps are sorted.
//!
//! - [`gateway`]: the service the daemon offers, with its client, and its server behind the feature `server`;
//! - [`pb`]: the build graph and everything in it;
//! - [`caps`], [`worker`]: what the daemon can do, and where it runs;
//! - [`fsutil`]: file entries; [`rpc`]: errors.

pub use generated::fsutil::types as fsutil;
pub use generated::google::rpc;
pub use generated::moby::buildkit::v1::apicaps as caps;
pub use generated::moby::buildkit::v1::frontend as gateway;
pub use generated::moby::buildkit::v1::types as worker;
pub use generated::pb;

#[allow(
    clippy::all,
    clippy::pedantic,
    missing_docs,
    unreachable_pub,
    reason = "generated: the description in proto/ is what people read and edit"
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/modules.rs"));
}
