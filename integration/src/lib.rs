//! The lab: real Docker and BuildKit daemons on a bare Debian machine, and what tests need to use them.
//!
//! Invariant: everything lives in `target/lab`, so removing that folder (after `cargo lab down`) removes the lab;
//! only packages that `apt-get` installs stay.
//!
//! A test starts at [`Daemon::up`], hands it a [`Build`], looks at the [`BuildLog`], and asks the [`Container`] or
//! the [`Image`] that came out. The rest, in the order in which a lab comes into being:

pub mod command;
pub mod hash;
pub mod step;

pub mod host;
pub mod kind;
pub mod lab;

pub mod debian;
pub mod tools;

pub mod layout;
pub mod rootfs;

pub mod base_images;

pub mod bridge;
pub mod buildkitd;
pub mod dockerd;
pub mod process;
pub mod registry;

pub mod elf;
pub mod frontend_image;

pub mod daemon;
pub mod setup;

pub mod build;
pub mod build_log;
pub mod time;

pub mod container;
pub mod http;

pub mod image;
pub mod listing;

pub mod servers;

pub mod examples;

pub mod bench;
pub mod images;

pub use build::Build;
pub use build_log::{BuildLog, Vertex};
pub use container::{Container, Run};
pub use daemon::Daemon;
pub use http::Response;
pub use image::Image;
pub use kind::Kind;
pub use lab::Lab;
pub use listing::Entry;
