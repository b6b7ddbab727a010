//! What all steps that run the go command have in common.
//!
//! Invariant: the root is the builder image and read-only, what a step leaves behind is in a mount of its own, and no
//! argument passes through a shell.

use super::Inputs;
use super::settings::ResolvedImage;
use crate::context::ContextPath;
use crate::golang::LayoutKind;
use buildkit_llb::{Exec, Image, Metadata, Mount, Output};

/// Where the sources are mounted. It does not show in the binary (`-trimpath`).
pub(super) const SOURCES: &str = "/src";
/// GOMODCACHE.
pub(super) const MODULES: &str = "/gomod";

/// An image as a source of the graph.
pub(super) fn image_source(image: &ResolvedImage, metadata: Metadata) -> Output {
    Image::new(image.pinned.to_string())
        .platform(&image.platform)
        .resolve_mode(image.resolve_mode)
        .metadata(metadata)
        .build()
}

/// The go command at the root of the modules. The image's variables come first, so that all others win.
pub(super) fn go_step(argv: Vec<String>, inputs: &Inputs<'_>, root: Output) -> Exec {
    let (builder, layout) = (inputs.builder, inputs.layout);
    let mut exec = Exec::new(argv).platform(&builder.platform).cwd(mounted(&layout.root));
    for (name, value) in builder.config.config.env.iter() {
        exec = exec.env(name, value);
    }
    for (name, value) in [
        // Never another toolchain than the one that the graph names.
        ("GOTOOLCHAIN", "local"),
        ("GOTELEMETRY", "off"),
        // No settings from the image or from anybody's home.
        ("GOENV", "off"),
        ("HOME", "/tmp"),
        ("GOMODCACHE", MODULES),
    ] {
        exec = exec.env(name, value);
    }
    if !matches!(layout.kind, LayoutKind::Workspace { .. }) {
        // A go.work further up that does not use the module would make Go refuse.
        exec = exec.env("GOWORK", "off");
    }
    exec.mount(Mount::root(root)).mount(Mount::tmpfs("/tmp"))
}

/// Where a directory of the context is in a step.
fn mounted(directory: &ContextPath) -> String {
    if directory.is_root() { SOURCES.to_owned() } else { format!("{SOURCES}/{directory}") }
}
