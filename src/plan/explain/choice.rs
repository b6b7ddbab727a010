//! What was chosen for one platform, and what chose it.
//!
//! Invariant: a choice that can be changed says where.

use super::super::mode::{Chosen, Mode};
use super::super::toolchain::{ChosenBy, VERSION_VARIABLE, chosen_by};
use super::super::{Download, Goal, Inputs, ResolvedImage, debug};
use crate::golang::{Doubt, LayoutKind, MainPackage, Program, Scope, Vendored};
use crate::image::ImageRef;
use crate::spec::{Base, Spec};
use buildkit_llb::LineRange;

/// Everything that was chosen for a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Choices {
    pub(super) goal: Goal,
    pub(super) platform: String,
    pub(super) platform_by: Origin,
    pub(super) mains: Vec<Main>,
    pub(super) builder: Image,
    /// None of what is no image.
    pub(super) base: Option<Image>,
    pub(super) mode: Mode,
    pub(super) mode_by: Chosen,
    /// The build file's name.
    pub(super) file: String,
    pub(super) sources: Sources,
    pub(super) modules: Modules,
}

/// What made a choice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A line of a file.
    Line { file: String, line: usize },
    /// An option of the command line.
    Option(&'static str),
    /// A look at the context.
    Found,
    /// Nobody.
    Default,
}

/// A program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Main {
    /// Its package as people write it.
    pub(super) package: String,
    pub(super) import_path: String,
    pub(super) binary: String,
    pub(super) by: Origin,
}

/// An image that is built with or on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// As people write it.
    pub(super) name: String,
    /// In full, with its digest; none for what is no image.
    pub(super) pinned: Option<ImageRef>,
    /// Its Go version, if it says one.
    pub(super) go: Option<String>,
    pub(super) by: Origin,
}

/// What the program is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sources {
    Exact { packages: usize, go_files: usize, bytes: u64, embeds: usize, vendor: Option<String> },
    Everything(Doubt),
}

/// What is downloaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Modules {
    Nothing(Reason),
    Packages { packages: usize, modules: usize },
    Everything { modules: usize },
}

/// Why nothing has to be downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    NoModule,
    NoRequirement,
    InContext,
    Vendored,
    NotImported,
}

impl Choices {
    /// What was chosen for one of so many platforms.
    pub(super) fn of(inputs: &Inputs<'_>, platforms: usize) -> Choices {
        let own = platforms == 1 && *inputs.platform == inputs.builder.platform;
        let own = own || inputs.goal.runs_once();
        Choices {
            goal: inputs.goal,
            platform: inputs.platform.to_string(),
            platform_by: if own { Origin::Default } else { Origin::Option("--platform") },
            mains: mains(inputs),
            builder: builder_image(inputs),
            base: inputs.goal.has_base().then(|| base_image(inputs)),
            mode: inputs.mode,
            mode_by: Mode::of(inputs.spec, inputs.settings).1,
            file: inputs.spec.file.filename.clone(),
            sources: sources(inputs.program),
            modules: modules(inputs),
        }
    }
}

pub(super) fn line(spec: &Spec, range: LineRange) -> Origin {
    Origin::Line { file: spec.file.filename.clone(), line: usize::try_from(range.start.line).unwrap_or(0) }
}

fn mains(inputs: &Inputs<'_>) -> Vec<Main> {
    let wanted = &inputs.spec.main;
    let by = |main: &MainPackage| {
        // A Go file without a module may be written where its directory is meant.
        let written = wanted.iter().find(|path| path.value.path == main.directory).or(wanted.first());
        match (written, &inputs.layout.scope, &inputs.layout.kind) {
            (Some(path), ..) => line(inputs.spec, path.span),
            (None, Scope::Door(_), _) | (None, _, LayoutKind::NoModule { .. }) => Origin::Option("-f"),
            (None, Scope::Everywhere | Scope::Module(_), _) => Origin::Found,
        }
    };
    let main = |main: &MainPackage| Main {
        package: match main.files.as_slice() {
            [file] if matches!(inputs.layout.kind, LayoutKind::NoModule { .. }) => file.to_string(),
            _ if main.directory.is_root() => main.directory.to_string(),
            _ => format!("./{}", main.directory),
        },
        import_path: main.import_path.clone(),
        binary: main.binary.clone(),
        by: by(main),
    };
    inputs.mains.iter().map(main).collect()
}

fn builder_image(inputs: &Inputs<'_>) -> Image {
    let by = match chosen_by(inputs.spec, inputs.layout) {
        ChosenBy::Builder(builder) => line(inputs.spec, builder.span),
        ChosenBy::Go(go) => line(inputs.spec, go.span),
        ChosenBy::Line(requirement) => {
            Origin::Line { file: requirement.file.to_string(), line: requirement.line }
        }
        ChosenBy::Default => Origin::Default,
    };
    let wanted = inputs.goal.builder(inputs.spec, inputs.layout).familiar();
    let go = inputs.builder.config.config.env.get(VERSION_VARIABLE).map(str::to_owned);
    Image { go, ..image(inputs.builder, &wanted, by) }
}

fn base_image(inputs: &Inputs<'_>) -> Image {
    let base = &inputs.spec.image.base;
    // An absent key has the place of the whole file.
    let default = base.span == LineRange::line(1) && base.value == Base::default();
    let by = if default { Origin::Default } else { line(inputs.spec, base.span) };
    // That of the file has no shell.
    let replaced = inputs.goal == Goal::Debug && base.value == debug::base();
    let by = if replaced { Origin::Option("--target") } else { by };
    match (inputs.base, &base.value) {
        (Some(found), Base::Image(wanted)) => image(found, &wanted.familiar(), by),
        _ => Image { name: "scratch".to_owned(), pinned: None, go: None, by },
    }
}

/// An image that was looked up for one that was wanted.
fn image(found: &ResolvedImage, wanted: &str, by: Origin) -> Image {
    let by = if found.name == wanted { by } else { Origin::Option("--build-context") };
    Image { name: found.name.clone(), pinned: found.pinned().cloned(), go: None, by }
}

fn sources(program: &Program) -> Sources {
    match program {
        Program::Everything(doubt) => Sources::Everything(doubt.clone()),
        Program::Exact(parts) => Sources::Exact {
            packages: parts.packages.len(),
            go_files: parts.packages.values().map(|package| package.go_files).sum(),
            bytes: parts.packages.values().map(|package| package.bytes).sum(),
            embeds: parts.embeds.len(),
            vendor: parts.vendor.as_ref().map(ToString::to_string),
        },
    }
}

fn modules(inputs: &Inputs<'_>) -> Modules {
    let layout = inputs.layout;
    let required = layout.requires.len();
    match inputs.download {
        Download::Packages { packages, .. } => {
            Modules::Packages { packages: packages.len(), modules: required }
        }
        Download::Everything => Modules::Everything { modules: required },
        Download::Nothing => Modules::Nothing(match (layout.vendored, &layout.kind) {
            (Vendored::Yes, _) => Reason::Vendored,
            (Vendored::No, LayoutKind::NoModule { .. }) => Reason::NoModule,
            (Vendored::No, _) if required > 0 => Reason::NotImported,
            (Vendored::No, _) if !layout.replaced.is_empty() => Reason::InContext,
            (Vendored::No, _) => Reason::NoRequirement,
        }),
    }
}
