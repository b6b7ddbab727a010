//! The build file as a value: what the user said, with defaults only where they need no look at the context.
//!
//! Invariant: everything in here was checked; what a later room cannot know to be right (does this package exist?)
//! carries its place in the file.

use super::reader::Spanned;
use crate::context::ContextPath;
use crate::golang::GoVersion;
use crate::image::{Healthcheck, ImageRef, User};
use buildkit_llb::SourceFile;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One build of one platform, as the build file and the words on its first line describe it.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The file that every place in here points into.
    pub file: Arc<SourceFile>,
    /// The Go toolchain, instead of the one that go.mod or go.work asks for.
    pub go: Option<Spanned<GoVersion>>,
    /// The image that the toolchain comes from, instead of `golang:<version>`.
    pub builder: Option<Spanned<ImageRef>>,
    /// Directories of the main packages to build; empty means the only one there is.
    pub main: Vec<Spanned<MainPath>>,
    /// How the program is compiled.
    pub build: Build,
    /// What outlives the build.
    pub cache: Cache,
    /// What the image says and holds.
    pub image: ImageSpec,
}

/// `cache:`, what outlives the build to make the next one faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// Layers where a cache is imported, else cache mounts.
    #[default]
    Auto,
    /// Cache mounts of the builder, for builders that stay.
    Mounts,
    /// Layers for toolchain and dependencies, for builders that start from an imported cache.
    Layers,
    /// Nothing but the results of steps.
    Off,
}

/// A package as written, and where that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MainPath {
    /// As the user wrote it.
    pub written: String,
    /// Its directory.
    pub path: ContextPath,
}

/// `build:`, how the program is compiled.
#[derive(Clone, Debug, Default)]
pub struct Build {
    /// Build tags, `go build -tags`.
    pub tags: BTreeSet<String>,
    /// Linker flags after `-s -w`.
    pub ldflags: Vec<String>,
    /// `-X symbol=value`.
    pub stamp: BTreeMap<String, String>,
    /// Environment of the compile step.
    pub env: BTreeMap<String, String>,
}

/// `image:`, what the image says and holds.
#[derive(Clone, Debug)]
pub struct ImageSpec {
    /// What the binary is put on.
    pub base: Spanned<Base>,
    /// Who runs the program; absent means the base's own user if it is not root, else `nonroot`.
    pub user: Option<Spanned<User>>,
    /// Where the program starts, and where the binary is.
    pub workdir: Option<String>,
    /// The command; absent means the binary.
    pub entrypoint: Option<Vec<String>>,
    /// Arguments that `docker run` replaces.
    pub cmd: Option<Vec<String>>,
    /// Environment of the program.
    pub env: BTreeMap<String, String>,
    /// `port/protocol`, as `docker run -P` publishes them.
    pub ports: BTreeSet<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// The health check; absent means the base's own.
    pub healthcheck: Option<Healthcheck>,
}

/// What the binary is put on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing but accounts and CA certificates.
    Scratch,
    /// An image; `static` and `alpine` are short for two of them.
    Image(ImageRef),
}
