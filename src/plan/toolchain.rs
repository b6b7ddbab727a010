//! Which image the Go toolchain comes from, whether it can build the modules, and what of it steps run on.
//!
//! Invariant: a toolchain that is too old for a module is an error before any step runs; Go never downloads another.

use super::Inputs;
use super::go_step::{Root, image_source};
use super::mode::Mode;
use super::names::Step;
use super::settings::{Machines, ResolvedImage};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::golang::{GoVersion, Layout, LayoutKind, Requirement};
use crate::image::ImageRef;
use crate::spec::{Cover, Spanned, Spec};
use buildkit_llb::{ContentCache, Copy, File, LineRange, Location, Mount, Output};

/// The toolchain of a program that says nothing about it: no key, no module.
const DEFAULT_GO: &str = "1.26";
/// What the official Go images call their version.
pub(super) const VERSION_VARIABLE: &str = "GOLANG_VERSION";

/// What the toolchain is chosen by.
pub(super) enum ChosenBy<'a> {
    /// Key `builder`.
    Builder(&'a Spanned<ImageRef>),
    /// Key `go`.
    Go(&'a Spanned<GoVersion>),
    /// A line of a module file.
    Line(&'a Requirement),
    /// Nothing.
    Default,
}

/// Who chooses the image to build with.
pub(super) fn chosen_by<'a>(spec: &'a Spec, layout: &'a Layout) -> ChosenBy<'a> {
    match (&spec.builder, &spec.go, &layout.toolchain) {
        (Some(builder), ..) => ChosenBy::Builder(builder),
        (None, Some(go), _) => ChosenBy::Go(go),
        (None, None, Some(requirement)) if requirement.version >= oldest() => ChosenBy::Line(requirement),
        // Later releases compile the language of earlier ones, and there is no image of these with a fix in years.
        (None, None, _) => ChosenBy::Default,
    }
}

/// The image to build with.
///
/// The smallest of the official ones: a compile step needs no git and, unless C is compiled, no C compiler.
///
/// `go` and `toolchain` lines name the least version that will do, and a published patch release is never better
/// than the next: so they choose the release, `golang:1.26-alpine`, and the registry its newest patch. Who wants one patch
/// release for ever writes `go: "1.26.3"`.
pub(super) fn builder(spec: &Spec, layout: &Layout) -> ImageRef {
    match &spec.builder {
        Some(builder) => builder.value.clone(),
        None if spec.build.has_c() => official(spec, layout, ""),
        None => official(spec, layout, "-alpine"),
    }
}

/// The image to download modules with, where some may come from repositories: the same Go with git and ssh. An image of
/// the user's is taken as it is.
pub fn downloader(spec: &Spec, layout: &Layout) -> Option<ImageRef> {
    let small = spec.builder.is_none() && !spec.build.has_c();
    let needed = small && spec.modules.from_repositories() && layout.may_download();
    needed.then(|| official(spec, layout, ""))
}

/// An official image of Go.
fn official(spec: &Spec, layout: &Layout, variant: &str) -> ImageRef {
    let version = match chosen_by(spec, layout) {
        ChosenBy::Go(go) => go.value.to_string(),
        ChosenBy::Line(_) | ChosenBy::Builder(_) | ChosenBy::Default => default_release(layout),
    };
    ImageRef::parse(&format!("golang:{version}{variant}")).expect("a Go version is a tag")
}

/// The Go release that is chosen where no key says one.
pub fn default_release(layout: &Layout) -> String {
    match &layout.toolchain {
        Some(requirement) if requirement.version >= oldest() => release(&requirement.version),
        _ => DEFAULT_GO.to_owned(),
    }
}

/// The first release whose `go` lines are requirements (go.dev/doc/toolchain).
fn oldest() -> GoVersion {
    GoVersion::parse("1.21").expect("a Go version")
}

/// The release a version belongs to. A release candidate is not in it: no image of the release has it yet.
fn release(version: &GoVersion) -> String {
    if version.is_prerelease() { version.to_string() } else { version.language().to_string() }
}

/// The place that chose the builder, for problems with it.
pub fn builder_place(spec: &Spec) -> Location {
    let chosen = spec.builder.as_ref().map(|builder| builder.span).or(spec.go.as_ref().map(|go| go.span));
    Location { file: spec.file.clone(), ranges: vec![chosen.unwrap_or(LineRange::line(1))] }
}

/// The newest `go` line. A `toolchain` line is a wish, which Go does not insist on (`GOTOOLCHAIN=local`).
fn go_line(layout: &Layout) -> Option<Requirement> {
    let work = match &layout.kind {
        LayoutKind::Workspace { file, work, .. } => work.go.as_ref().map(|go| (file.clone(), go)),
        LayoutKind::Module { .. } | LayoutKind::NoModule { .. } => None,
    };
    let modules = layout
        .kind
        .modules()
        .filter_map(|(directory, module)| Some((directory.join("go.mod").ok()?, module.go.as_ref()?)));
    let lines = work.into_iter().chain(modules);
    let (file, go) = lines.max_by(|(_, one), (_, other)| one.version.cmp(&other.version))?;
    Some(Requirement { version: go.version.clone(), file, line: go.line })
}

/// The sources of the standard library.
const LIBRARY: &str = "usr/local/go/src";
/// What is left out of the toolchain as a layer: what no build of a program for Linux reads. A fresh runner unpacks the rest,
/// and pays by the file.
const UNREAD: [&str; 34] = [
    "usr/local/go/api",
    "usr/local/go/bin/gofmt",
    "usr/local/go/doc",
    "usr/local/go/misc",
    "usr/local/go/pkg/tool/*/addr2line",
    "usr/local/go/pkg/tool/*/api",
    "usr/local/go/pkg/tool/*/cgo",
    "usr/local/go/pkg/tool/*/cover",
    "usr/local/go/pkg/tool/*/doc",
    "usr/local/go/pkg/tool/*/fix",
    "usr/local/go/pkg/tool/*/objdump",
    "usr/local/go/pkg/tool/*/pprof",
    "usr/local/go/pkg/tool/*/test2json",
    "usr/local/go/pkg/tool/*/trace",
    "usr/local/go/pkg/tool/*/vet",
    // No packages (`go help packages`).
    "usr/local/go/src/**/_*",
    // For the race detector and BoringCrypto, which want C.
    "usr/local/go/src/**/*.syso",
    "usr/local/go/src/**/*_aix*.*",
    "usr/local/go/src/**/*_android*.*",
    "usr/local/go/src/**/*_darwin*.*",
    "usr/local/go/src/**/*_dragonfly*.*",
    "usr/local/go/src/**/*_freebsd*.*",
    "usr/local/go/src/**/*_illumos*.*",
    "usr/local/go/src/**/*_js.*",
    "usr/local/go/src/**/*_netbsd*.*",
    "usr/local/go/src/**/*_openbsd*.*",
    "usr/local/go/src/**/*_plan9*.*",
    "usr/local/go/src/**/*_solaris*.*",
    "usr/local/go/src/**/*_test.go",
    "usr/local/go/src/**/*_wasip1*.*",
    "usr/local/go/src/**/*_windows*.*",
    "usr/local/go/src/**/testdata",
    "usr/local/go/src/cmd",
    "usr/local/go/test",
];
/// The same where nothing is for other machines than [`Machines::Usual`].
const UNREAD_BY_USUAL: [&str; 8] = [
    "usr/local/go/src/**/*_386.*",
    "usr/local/go/src/**/*_arm.*",
    "usr/local/go/src/**/*_loong64.*",
    "usr/local/go/src/**/*_mips*.*",
    "usr/local/go/src/**/*_ppc64*.*",
    "usr/local/go/src/**/*_riscv*.*",
    "usr/local/go/src/**/*_s390x.*",
    "usr/local/go/src/**/*_wasm*.*",
];

/// The image that the toolchain comes from, all of it. The same for every platform, so that they share one vertex.
pub(super) fn image(inputs: &Inputs<'_>) -> Output {
    image_source(inputs.builder, Step::Build, "", builder_place(inputs.spec))
}

/// What a layer has of the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cut {
    /// All that is needed.
    Needed,
    /// The same without [`LIBRARY`].
    Tools,
    /// [`LIBRARY`].
    Library,
}

/// The root file system of all steps that run Go.
///
/// The image as it is, or, where it is to come from an imported cache, layers with what is needed of it: these have less
/// than half of the bytes, and the image itself is then never fetched. Of an image of the user's nobody knows what is
/// needed.
pub(super) fn root(inputs: &Inputs<'_>) -> Root {
    let ours = inputs.builder.name == builder(inputs.spec, inputs.layout).familiar();
    // Nor of one with a C compiler.
    let known = ours && inputs.spec.builder.is_none() && !inputs.spec.build.has_c();
    if inputs.mode != Mode::Layers || !known || !inputs.settings.copies_parts {
        return Root::whole(image(inputs));
    }
    // A daemon that hashes whatever is mounted would do so in every step.
    if inputs.settings.own_key != ContentCache::Off {
        return Root::whole(layer(inputs, Cut::Needed));
    }
    let library = Mount::read_only(layer(inputs, Cut::Library), format!("/{LIBRARY}"));
    let library = library.selector(LIBRARY).content_cache(ContentCache::Off);
    Root { tree: layer(inputs, Cut::Tools), library: Some(library) }
}

fn layer(inputs: &Inputs<'_>, cut: Cut) -> Output {
    let others: &[&str] = match inputs.settings.machines {
        Machines::Usual => &UNREAD_BY_USUAL,
        Machines::Any => &[],
    };
    let covers = inputs.spec.build.cover.value == Cover::On;
    let unread = UNREAD.iter().chain(others).filter(|pattern| !(covers && pattern.ends_with("/cover")));
    let unread = unread.filter(|pattern| match (cut, pattern.starts_with(LIBRARY)) {
        (Cut::Needed, _) => true,
        (Cut::Tools, is_of_library) => !is_of_library,
        (Cut::Library, is_of_library) => is_of_library,
    });
    let unread = unread.chain((cut == Cut::Tools).then_some(&LIBRARY));
    let only = (cut == Cut::Library).then_some(LIBRARY);
    let copy = Copy::new(image(inputs), "/", "/").contents_only();
    let copy = copy.include_patterns(only).exclude_patterns(unread.copied());
    let what = if cut == Cut::Library { "the standard library" } else { "the Go toolchain" };
    let name = format!("COPY {what} of {}", inputs.builder.name);
    let metadata = Step::Toolchain.metadata("", &name, builder_place(inputs.spec), inputs.settings);
    File::scratch().copy(copy).metadata(metadata).build()
}

/// An error if the builder says its version and it is older than the modules need.
pub(super) fn check(spec: &Spec, layout: &Layout, builder: &ResolvedImage) -> Result<(), Diagnostics> {
    let Some(needed) = go_line(layout) else { return Ok(()) };
    let Some(has) = builder.config.config.env.get(VERSION_VARIABLE).and_then(GoVersion::parse) else {
        return Ok(());
    };
    if has >= needed.version {
        return Ok(());
    }
    let problem = Problem::BuilderTooOld {
        builder: builder.name.clone(),
        has: has.to_string(),
        needs: needed.version.to_string(),
        file: needed.file.to_string(),
        line: needed.line,
    };
    Err(Diagnostic { problem, place: Some(builder_place(spec)) }.into())
}
