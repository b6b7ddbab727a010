//! What all steps that run the go command have in common.
//!
//! Invariant: the root is the toolchain and read-only, what a step leaves behind is in a mount of its own, and nothing
//! that a repository says passes through a shell.

use super::Inputs;
use super::settings::ResolvedImage;
use crate::context::ContextPath;
use crate::golang::{GoTarget, LayoutKind, Vendored};
use crate::spec::{Spec, Tag};
use buildkit_llb::{Exec, Image, Metadata, Mount, Network, Output};

/// Where the sources are mounted. It does not show in the binary (`-trimpath`).
pub(super) const SOURCES: &str = "/src";
/// Where module caches are.
pub(super) const MODULES: &str = "/gomod";

/// An image as a source of the graph.
pub(super) fn image_source(image: &ResolvedImage, metadata: Metadata) -> Output {
    Image::new(image.pinned.to_string())
        .platform(&image.platform)
        .resolve_mode(image.resolve_mode)
        .metadata(metadata)
        .build()
}

/// Go's own variables in the build file: they say how packages are compiled and where modules come from.
pub(super) fn go_variables(exec: Exec, spec: &Spec) -> Exec {
    let said = spec.build.env.iter().map(|(name, value)| (name.as_str(), value));
    let said = said.filter(|(name, _)| name.starts_with("GO"));
    said.fold(exec, |exec, (name, value)| exec.env(name, value))
}

/// The build tags as a flag, if there are any.
pub(super) fn tags_flag(spec: &Spec) -> Option<String> {
    let tags: Vec<&str> = spec.build.tags.iter().map(Tag::as_str).collect();
    (!tags.is_empty()).then(|| format!("-tags={}", tags.join(",")))
}

/// The variables that make a build one for a platform.
pub(super) fn target_variables(target: &GoTarget) -> Vec<(&'static str, String)> {
    std::iter::once(("CGO_ENABLED", "0".to_owned())).chain(target.env()).collect()
}

/// A step that compiles: no network, and nobody to ask for modules.
pub(super) fn offline(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    // With a vendor directory Go chooses the mode itself, and any other would ignore the directory.
    let vendored = inputs.layout.vendored == Vendored::Yes;
    let exec = go_variables(exec, inputs.spec)
        .env("GOPROXY", "off")
        .env("GOFLAGS", if vendored { "-mod=vendor" } else { "-mod=readonly" })
        .network(Network::None);
    // Last, so that nothing else decides what the program is for.
    target_variables(inputs.target).into_iter().fold(exec, |exec, (name, value)| exec.env(name, value))
}

/// The module cache, for a step that reads it. The step that made it has a key of its own; hashing the whole tree
/// would add nothing.
pub(super) fn mount_modules(exec: Exec, inputs: &Inputs<'_>, modules: Option<&Output>) -> Exec {
    match modules {
        Some(modules) => exec.mount(
            Mount::read_only(modules.clone(), inputs.download.folder())
                .content_cache(inputs.settings.own_key),
        ),
        None => exec,
    }
}

/// The go command at the root of the modules.
pub(super) fn go_step(argv: Vec<String>, inputs: &Inputs<'_>, root: Output) -> Exec {
    let exec = Exec::new(argv).cwd(mounted(&inputs.layout.root));
    go_environment(exec, inputs).mount(Mount::root(root)).mount(Mount::tmpfs("/tmp"))
}

/// What a step of the builder's platform knows of Go. The image's variables come first, so that all others win.
pub(super) fn go_environment(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    let (builder, layout) = (inputs.builder, inputs.layout);
    let mut exec = exec.platform(&builder.platform);
    for (name, value) in builder.config.config.env.iter() {
        exec = exec.env(name, value);
    }
    let modules = inputs.download.folder();
    for (name, value) in [
        // Never another toolchain than the one that the graph names.
        ("GOTOOLCHAIN", "local"),
        ("GOTELEMETRY", "off"),
        // No settings from the image or from anybody's home.
        ("GOENV", "off"),
        ("HOME", "/tmp"),
        ("GOTMPDIR", "/tmp"),
        ("GOMODCACHE", modules.as_str()),
    ] {
        exec = exec.env(name, value);
    }
    if !matches!(layout.kind, LayoutKind::Workspace { .. }) {
        // A go.work further up that does not use the module would make Go refuse.
        exec = exec.env("GOWORK", "off");
    }
    exec
}

/// Where a directory of the context is in a step.
fn mounted(directory: &ContextPath) -> String {
    if directory.is_root() { SOURCES.to_owned() } else { format!("{SOURCES}/{directory}") }
}
