//! `image:`, what the image says and holds; a file for each key that is more than a text.
//!
//! Invariant: absent means as the base has it, or the safe default that the plan chooses; the model does not say which.

mod annotation;
mod argv;
mod base;
mod capability;
mod directories;
mod files;
mod healthcheck;
mod place;
mod ports;
mod stop_signal;

pub use annotation::AnnotationKey;
pub use argv::Argv;
pub use base::Base;
pub use capability::Capability;
pub use directories::{Directories, MadeDirectory};
pub use files::{Files, ImageFiles};
pub use healthcheck::{Check, Duration, Healthcheck, Probe};
pub use place::{Destination, Directory, DirectoryMode, FileMode};
pub use ports::Ports;
pub use stop_signal::StopSignal;

use super::build::Variable;
use super::reader::Spanned;
use super::value::mapping;
use crate::image::User;
use std::collections::{BTreeMap, BTreeSet};

mapping! {
    /// What the image says and holds.
    #[derive(Clone, Debug, Default)]
    pub struct ImageSpec {
        /// What the binary is put on: `static`, `scratch`, `debug`, `alpine` or an image.
        base: Spanned<Base> = "base",
        /// Who runs the program; absent means the base's own user if it is not root, else `nonroot`. A name that the base
        /// does not know gets an account.
        user: Option<Spanned<User>> = "user",
        /// What the programs may do though they do not run as root: `[cap_net_bind_service]` for ports below 1024. It is said in
        /// their files, so a container that has not all of them does not start (`--cap-drop=ALL` takes
        /// `--cap-add=NET_BIND_SERVICE` beside it). With `no-new-privileges` Docker 28 lets them have it, and Docker 20.10 does not.
        capabilities: BTreeSet<Capability> = "capabilities",
        /// Where the program starts, and where the binary is.
        workdir: Option<Directory> = "workdir",
        /// The command; absent means the binary.
        entrypoint: Option<Argv> = "entrypoint",
        /// Arguments that `docker run` replaces.
        cmd: Option<Argv> = "cmd",
        /// Environment of the program.
        env: BTreeMap<Variable, String> = "env",
        /// Ports that `docker run -P` publishes: `8080`, `8080/udp`, `8000-8010`.
        ports: Ports = "ports",
        /// Directories that must not be part of a container; the user's, unless `directories` says otherwise.
        volumes: BTreeSet<Directory> = "volumes",
        /// The signal of `docker stop`; absent means the base's own, else `SIGTERM`.
        stop_signal: Option<StopSignal> = "stop-signal",
        /// Labels.
        labels: BTreeMap<String, String> = "labels",
        /// OCI annotations of the image's manifest, and of its index if there are several platforms.
        annotations: BTreeMap<AnnotationKey, String> = "annotations",
        /// The health check; absent means the base's own, `none` means none.
        healthcheck: Option<Healthcheck> = "healthcheck",
        /// Files and directories that are put beside the program, each entry a layer.
        files: Files = "files",
        /// Directories that are made: paths, or `{path: /data, owner: 1001, mode: "0750"}`.
        directories: Directories = "directories",
        /// Whether the CA certificates of the builder are put into the image; absent means on `scratch` only.
        ca_certificates: Option<bool> = "ca-certificates",
        /// Whether the time zones of the Go toolchain are put into the image; absent means on `scratch` only.
        timezones: Option<bool> = "timezones",
        /// Whether the user gets an account and a home where the base has none for it; absent means yes.
        accounts: Option<bool> = "accounts",
        /// Whether there is a `/tmp` that everybody may write to; absent means on `scratch` only.
        tmp: Option<bool> = "tmp",
        /// Whether the licences of everything that is linked are in `/licenses`.
        licenses: bool = "licenses",
    }
}
