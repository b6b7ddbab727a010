//! What all steps that run the go command have in common.
//!
//! Invariant: the root is the toolchain and read-only, what a step leaves behind is in a mount of its own, and nothing
//! that a repository says passes through a shell.

use super::Inputs;
use super::context_source::Part;
use super::generate;
use super::mode::Mode;
use super::names::Step;
use super::settings::{FileSystem, ResolvedImage};
use super::sources::literal;
use crate::context::ContextPath;
use crate::golang::{GoTarget, LayoutKind, Vendored};
use crate::spec::{BuildMode, BuildVariable, Cgo, Experiment, Profile, Spec};
use buildkit_llb::{Exec, Image, Location, Mount, Network, Output, Sharing};
use std::collections::BTreeSet;

/// Where the sources are mounted. It does not show in the binary (`-trimpath`).
pub(super) const SOURCES: &str = "/src";
/// Where module caches are.
pub(super) const MODULES: &str = "/gomod";
/// How C is linked, for the script that finds its compiler.
pub(super) const LINKING_VARIABLE: &str = "GOBUILD_LINKING";
/// Where a profile that the build file names is.
pub(super) const PROFILE: &str = "/profile";

/// The file system that a step starts from.
pub(super) fn image_source(image: &ResolvedImage, step: Step, platform: &str, place: Location) -> Output {
    match &image.files {
        FileSystem::Registry { pinned, resolve_mode } => Image::new(pinned.to_string())
            .platform(&image.platform)
            .resolve_mode(*resolve_mode)
            .metadata(step.base(platform, pinned, place))
            .build(),
        FileSystem::Tree(output) => output.clone(),
    }
}

/// Go's own variables in the build file: they say how packages are compiled and where modules come from.
pub(super) fn go_variables(exec: Exec, spec: &Spec) -> Exec {
    variables(exec, spec, |name| name.as_str().starts_with("GO"))
}

fn variables(exec: Exec, spec: &Spec, which: impl Fn(&BuildVariable) -> bool) -> Exec {
    let said = spec.build.env.iter().filter(|(name, _)| which(name));
    said.fold(exec, |exec, (name, value)| exec.env(name.as_str(), &value.value))
}

/// The variables that make a build one for a platform, with what the build file says of it.
pub(super) fn target_variables(spec: &Spec, target: &GoTarget) -> Vec<(&'static str, String)> {
    let build = &spec.build;
    let c = if build.has_c() { "1" } else { "0" };
    let mut variables = vec![("CGO_ENABLED", c.to_owned())];
    variables.extend(target.env());
    if !build.experiment.is_empty() {
        let experiments: Vec<&str> = build.experiment.iter().map(Experiment::as_str).collect();
        variables.push(("GOEXPERIMENT", experiments.join(",")));
    }
    variables.extend(build.fips.as_ref().map(|fips| ("GOFIPS140", fips.value.as_str().to_owned())));
    variables
}

/// A step that compiles: no network, and nobody to ask for modules.
pub(super) fn offline(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    // With a vendor directory Go chooses the mode itself, and any other would ignore the directory.
    let vendored = inputs.layout.vendored == Vendored::Yes;
    let exec = variables(go_variables(exec, inputs.spec), inputs.spec, BuildVariable::is_for_c)
        .env("GOPROXY", "off")
        .env("GOFLAGS", if vendored { "-mod=vendor" } else { "-mod=readonly" })
        .network(Network::None);
    let exec = match inputs.spec.build.cgo.value {
        Cgo::Off => exec,
        Cgo::Static if inputs.spec.build.buildmode == BuildMode::Pie => {
            exec.env(LINKING_VARIABLE, "static-pie")
        }
        Cgo::Static => exec.env(LINKING_VARIABLE, "static"),
        Cgo::Dynamic => exec.env(LINKING_VARIABLE, "dynamic"),
    };
    let exec = match &inputs.spec.build.pgo.value {
        Profile::Auto | Profile::Off => exec,
        // A tree of its own: every step that compiles reads it, and most see nothing else of the sources.
        Profile::File(file) => {
            let place = file.parent().filter(|place| !place.is_root());
            let profile = inputs.context.part(Part {
                name: "[internal] load profile".to_owned(),
                hint: format!("gobuild-profile:{file}"),
                include: BTreeSet::from([literal(file)]),
                exclude: Vec::new(),
            });
            let mount = Mount::read_only(generate::onto_made(inputs, profile, file), PROFILE);
            exec.mount(match place {
                Some(place) => mount.selector(place.as_str()),
                None => mount,
            })
        }
    };
    // Last, so that nothing else decides what the program is for.
    let variables = target_variables(inputs.spec, inputs.target);
    variables.into_iter().fold(exec, |exec, (name, value)| exec.env(name, value))
}

/// The client's network, proxies and hosts.
pub(super) fn online(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    let settings = inputs.settings;
    let exec = exec.network(settings.network).proxy_env(settings.proxy.clone());
    settings.extra_hosts.iter().fold(exec, |exec, (host, address)| exec.extra_host(host, address))
}

/// What the builder keeps between builds, where anything is to be kept.
pub(super) fn kept(inputs: &Inputs<'_>, directory: &str, name: &str, sharing: Sharing) -> Mount {
    match inputs.mode {
        Mode::Off => Mount::scratch(directory),
        Mode::Mounts | Mode::Layers => Mount::cache(directory, inputs.settings.cache_id(name), sharing),
    }
}

/// The module cache, for a step that reads it. The step that made it has a key of its own; hashing the whole tree
/// would add nothing.
pub(super) fn mount_modules(exec: Exec, inputs: &Inputs<'_>, modules: Option<&Output>) -> Exec {
    let exec = inputs
        .download
        .variables(inputs.spec.build.trimpath)
        .into_iter()
        .fold(exec, |exec, (name, value)| exec.env(name, value));
    match (modules, unpacks(inputs.spec)) {
        (Some(modules), false) => {
            exec.mount(Mount::read_only(modules.clone(), MODULES).content_cache(inputs.settings.own_key))
        }
        (Some(modules), true) => {
            exec.mount(Mount::discard(modules.clone(), MODULES).content_cache(inputs.settings.own_key))
        }
        (None, false) => exec,
        (None, true) => exec.mount(Mount::tmpfs(MODULES)),
    }
}

/// Without modules, for packages of the standard library alone.
pub(super) fn without_modules(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    let exec = exec.cwd("/").env("GOFLAGS", "");
    if unpacks(inputs.spec) { exec.mount(Mount::tmpfs(MODULES)) } else { exec }
}

/// Whether Go unpacks a snapshot of its FIPS 140 module into the module cache, from its own tree, in each step.
fn unpacks(spec: &Spec) -> bool {
    spec.build.fips.as_ref().is_some_and(|fips| fips.value.unpacks())
}

/// The root file system of the steps that run Go.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// What it is.
    pub(super) tree: Output,
    /// The sources of the standard library, where the tree has none: a fresh runner unpacks the two side by side.
    pub(super) library: Option<Mount>,
}

impl Root {
    /// A tree that has everything.
    pub(super) fn whole(tree: Output) -> Root {
        Root { tree, library: None }
    }
}

/// The go command at the root of the modules.
pub(super) fn go_step(argv: Vec<String>, inputs: &Inputs<'_>, root: &Root) -> Exec {
    let exec = go_environment(Exec::new(argv).cwd(mounted(&inputs.layout.root)), inputs);
    let exec = exec.mount(Mount::root(root.tree.clone())).mount(Mount::tmpfs("/tmp"));
    root.library.iter().cloned().fold(exec, Exec::mount)
}

/// What a step of the builder's platform knows of Go. The image's variables come first, so that all others win.
pub(super) fn go_environment(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    let (builder, layout) = (inputs.builder, inputs.layout);
    let mut exec = exec.platform(&builder.platform);
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
        ("GOTMPDIR", "/tmp"),
        ("GOMODCACHE", MODULES),
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
pub(super) fn mounted(directory: &ContextPath) -> String {
    if directory.is_root() { SOURCES.to_owned() } else { format!("{SOURCES}/{directory}") }
}
