//! Which image the Go toolchain comes from, and whether it can build the modules.
//!
//! Invariant: a toolchain that is too old for a module is an error before any step runs; Go never downloads another.

use super::settings::ResolvedImage;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::golang::{GoVersion, Layout, LayoutKind, Requirement};
use crate::image::ImageRef;
use crate::spec::Spec;
use buildkit_llb::{LineRange, Location};

/// The toolchain of a program that says nothing about it: no key, no module.
const DEFAULT_GO: &str = "1.26";
/// What the official Go images call their version.
const VERSION_VARIABLE: &str = "GOLANG_VERSION";

/// The image to build with.
///
/// `go` and `toolchain` lines name the least version that will do, and a published patch release is never better
/// than the next: so they choose the release, `golang:1.26`, and the registry its newest patch. Who wants one patch
/// release for ever writes `go: "1.26.3"`.
pub fn builder(spec: &Spec, layout: &Layout) -> ImageRef {
    if let Some(builder) = &spec.builder {
        return builder.value.clone();
    }
    let version = match (&spec.go, &layout.toolchain) {
        (Some(go), _) => go.value.to_string(),
        (None, Some(Requirement { version, .. })) if *version >= oldest() => release(version),
        // Later releases compile the language of earlier ones, and there is no image of these with a fix in years.
        (None, _) => DEFAULT_GO.to_owned(),
    };
    ImageRef::parse(&format!("golang:{version}")).expect("a Go version is a tag")
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
