//! The image room: what the OCI and Docker formats say about an image, as plain values.
//!
//! | file | noun |
//! | --- | --- |
//! | `reference` | [`ImageRef`], the name of an image in a registry |
//! | `config` | [`ImageConfig`], the JSON document that says how the image runs |
//! | `fields` | the spelling of that document's fields |
//! | `env` | [`Env`], the ordered environment inside that document |
//! | `user` | [`User`], whom the program runs as |
//! | `accounts` | [`Accounts`], the passwd and group files, and whom a user is in them |
//! | `duration` | [`parse_duration`], Go durations as health checks write them |
//! | `port` | [`parse_ports`], exposed ports and ranges of them |
//!
//! Invariant: text and bytes in, values or a problem out; nothing here reads, waits or panics, and the
//! same input always gives the same bytes.

mod accounts;
mod config;
mod duration;
mod env;
mod fields;
mod port;
mod reference;
mod user;

pub use accounts::{Account, Accounts};
pub use config::{ConfigProblem, Healthcheck, History, ImageConfig, Rest, RootFs, RunConfig};
pub use duration::{DurationProblem, parse_duration};
pub use env::Env;
pub use port::{PortProblem, parse_ports};
pub use reference::{ImageRef, ReferenceProblem};
pub use user::{Id, User, UserProblem};
