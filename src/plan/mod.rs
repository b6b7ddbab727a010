//! From what the user said and what the context holds to the graph of one platform and its image config.
//!
//! A file each: `toolchain` chooses the builder, `sources` cuts the context into mounts, `modules`, `compile` and
//! `image` are the steps, `go_step` is what the first two share, `layer` what the last puts into the image, `names`
//! what people see.
//! Invariant: pure; equal inputs give equal bytes.

mod compile;
mod go_step;
mod image;
mod layer;
mod modules;
mod names;
mod settings;
mod sources;
mod toolchain;

pub use settings::{Naming, NoCache, ResolvedImage, Settings};
pub use sources::ContextSource;
pub use toolchain::{builder, builder_place};

use crate::diagnostic::Diagnostics;
use crate::golang::{GoTarget, Layout, MainPackage, Program};
use crate::image::ImageConfig;
use crate::spec::Spec;
use buildkit_llb::{LineRange, Location, Output, Platform};
use names::Step;

/// Everything that the image of one platform is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The build file.
    pub spec: &'a Spec,
    /// The modules.
    pub layout: &'a Layout,
    /// The programs; at least one.
    pub mains: &'a [MainPackage],
    /// What they are made of.
    pub program: &'a Program,
    /// The platform.
    pub platform: &'a Platform,
    /// The same in Go's words.
    pub target: &'a GoTarget,
    /// The image with the toolchain, for the build platform.
    pub builder: &'a ResolvedImage,
    /// The base, for the platform; none is scratch.
    pub base: Option<&'a ResolvedImage>,
    /// The client's context.
    pub context: &'a ContextSource,
    /// What else the client asked for.
    pub settings: &'a Settings,
    /// Whether names say the platform.
    pub naming: Naming,
}

/// The image of one platform.
#[derive(Clone, Debug)]
pub struct Built {
    /// Its file system.
    pub output: Output,
    /// Its config.
    pub config: ImageConfig,
    /// The config of what it was built on, which tells exporters which layers are not ours.
    pub base_config: Option<ImageConfig>,
}

/// Plans the image of one platform.
pub fn plan(inputs: &Inputs<'_>) -> Result<Built, Diagnostics> {
    toolchain::check(inputs.spec, inputs.layout, inputs.builder)?;
    // The same for every platform, so that they share one vertex.
    let metadata = Step::Build.base("", &inputs.builder.pinned, builder_place(inputs.spec));
    let builder = go_step::image_source(inputs.builder, metadata);
    let modules = modules::modules(inputs, builder.clone());
    let binaries = compile::compile(inputs, builder.clone(), modules);
    image::image(inputs, &builder, &binaries)
}

/// The first line of the build file, for steps that no key can be blamed for.
fn file_place(spec: &Spec) -> Location {
    Location { file: spec.file.clone(), ranges: vec![LineRange::line(1)] }
}
