//! From what the user said and what the context holds to the graph of one platform and its image config.
//!
//! `mode` decides which steps there are. A file each: `toolchain` chooses the builder, `context_source` is where the context is
//! and `sources` cuts it into mounts; `modules`, `generate`, `dependencies` on their `trunk`, `strata`, `compile`, `licenses`
//! and `image` are the steps of an image, `debug`, `builder`, `test` and `vulncheck` those of the other goals (`goal`),
//! `tool` what these install;
//! `rules` are those of an organisation, `linked` the one that takes a look at what is built;
//! `go_step` is what those with Go in them share,
//! `script` what makes more than one command of a step, `layer` what the last puts into the image, `names` what people
//! see, `explain` the same at length, `dockerfile` the same for another frontend.
//! Invariant: pure; equal inputs give equal bytes.

mod builder;
mod compile;
mod context_source;
mod debug;
mod dependencies;
mod dockerfile;
mod explain;
mod generate;
mod go_step;
mod goal;
mod image;
mod layer;
mod licenses;
mod linked;
mod mode;
mod modules;
mod names;
mod rules;
mod script;
mod settings;
mod sources;
mod strata;
mod test;
mod tool;
mod toolchain;
mod trunk;
mod vulncheck;

pub use compile::Unproven;
pub use context_source::{ClientDirectory, ContextSource, ContextTree, Copies, Part};
pub use dockerfile::{OpenArg, Twice, dockerfile};
pub use explain::Explanation;
pub use generate::{Generator, StepFiles, replaced};
pub use goal::{Findings, Goal};
pub use image::{FileSource, base_files, is_single, missing_files};
pub use linked::Judge;
pub use mode::{Chosen, Mode};
pub use modules::{Download, flags as client_flags};
pub use settings::{FileSystem, Machines, Naming, NoCache, ResolvedImage, Settings};
pub use test::{download as test_download, wanted as wanted_tests};
pub use toolchain::{builder_place, default_release, downloader};

use crate::diagnostic::Diagnostics;
use crate::golang::{Files, GoTarget, Layout, MainPackage, Program};
use crate::image::{Accounts, ImageConfig};
use crate::spec::{Influence, Spec};
use buildkit_llb::{LineRange, Location, Output, Platform};
use dependencies::Start;
use licenses::Licenses;
use std::collections::BTreeMap;

/// Everything that the image of one platform is made from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// What is to be made.
    pub goal: Goal,
    /// The build file.
    pub spec: &'a Spec,
    /// What an organisation has to do with it.
    pub influence: Option<&'a Influence>,
    /// The modules.
    pub layout: &'a Layout,
    /// The programs; at least one, unless tests are all that is wanted.
    pub mains: &'a [MainPackage],
    /// What they are made of.
    pub program: &'a Program,
    /// The platform.
    pub platform: &'a Platform,
    /// The same in Go's words.
    pub target: &'a GoTarget,
    /// Which steps there are.
    pub mode: Mode,
    /// What is to be downloaded, for all platforms together.
    pub download: &'a Download,
    /// The image with the toolchain, for the build platform.
    pub builder: &'a ResolvedImage,
    /// What modules are downloaded on, where it is another image.
    pub downloader: Option<&'a ResolvedImage>,
    /// The base, for the platform; none is scratch.
    pub base: Option<&'a ResolvedImage>,
    /// The accounts of the base, where they had to be looked up.
    pub accounts: Option<&'a Accounts>,
    /// The context.
    pub context: &'a ContextSource,
    /// What the module files say, where all of them are known.
    pub module_files: Option<&'a Files>,
    /// Where the entries of `image.files` are, in their order.
    pub files: &'a [FileSource],
    /// What the generate steps of the build file are made from, in their order.
    pub generators: &'a [Generator],
    /// The licence of the repository, where its file says it.
    pub license: Option<&'a str>,
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
    /// What its manifest says.
    pub annotations: BTreeMap<String, String>,
    /// Its programs, where only a look at them tells whether the base can run them.
    pub unproven: Option<Unproven>,
    /// The licences of what is linked into its programs, where an organisation has a rule for them.
    pub linked: Option<Output>,
}

/// Plans the image of one platform, or the reports that are wanted instead; `other` is the image of another platform, if
/// there are several.
pub fn plan(inputs: &Inputs<'_>, other: Option<&Output>) -> Result<Built, Diagnostics> {
    rules::check(inputs)?;
    toolchain::check(inputs.spec, inputs.layout, inputs.builder)?;
    match inputs.goal {
        Goal::Image | Goal::Binary => image_of_programs(inputs, other),
        Goal::Debug => {
            debug::check(inputs)?;
            let built = image_of_programs(inputs, other)?;
            Ok(debug::with_delve(inputs, &toolchain::root(inputs), built))
        }
        Goal::Builder => Ok(builder::builder(inputs)),
        Goal::Test(findings) => test::test(inputs, findings),
        Goal::Vulncheck(findings) => vulncheck::vulncheck(inputs, findings),
    }
}

fn image_of_programs(inputs: &Inputs<'_>, other: Option<&Output>) -> Result<Built, Diagnostics> {
    compile::check(inputs)?;
    let root = toolchain::root(inputs);
    let modules = modules::modules(inputs, &root);
    let start = match dependencies::dependencies(inputs, &root, modules.as_ref()) {
        Start::Layer(layer) => Start::Layer(strata::strata(inputs, &root, modules.as_ref(), layer)),
        start => start,
    };
    let compiled = compile::compile(inputs, &root, modules.as_ref(), start);
    let Licenses { files, index } = licenses::licenses(inputs, &root, modules.as_ref(), &compiled.binaries);
    if inputs.goal == Goal::Binary {
        return Ok(Built { linked: index, ..image::binaries(inputs, &root, &compiled.binaries) });
    }
    let built = image::image(inputs, &root, &compiled.binaries, files, other)?;
    Ok(Built { unproven: compile::unproven(inputs, &compiled), linked: index, ..built })
}

/// The first line of the build file, for steps that no key can be blamed for.
fn file_place(spec: &Spec) -> Location {
    Location { file: spec.file.clone(), ranges: vec![LineRange::line(1)] }
}
