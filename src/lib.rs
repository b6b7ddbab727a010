//! gobuild: a `BuildKit` frontend that turns a Go repository into a small, static, non-root image.
//!
//! Read in this order: what can be said ([`spec`]), what a context holds ([`context`], [`golang`], [`image`], [`licence`]), what is
//! made of it ([`plan`]), what can be wrong ([`diagnostic`]) or better ([`check`]), and who talks to the daemon ([`gateway`]). All but the
//! last are pure. `ARCHITECTURE.md` has the picture.

pub mod check;
pub mod context;
pub mod diagnostic;
pub mod gateway;
pub mod golang;
pub mod image;
pub mod init;
pub mod licence;
pub mod plan;
pub mod spec;
