//! The compile step: the program's static binaries for one platform, made on the build platform without a network.
//!
//! Invariant: the binary depends on sources, modules, toolchain and flags alone: not on paths, times, the commit or
//! whether a cache was warm.

use super::Inputs;
use super::go_step::{MODULES, SOURCES, go_step};
use super::names::{Step, cross};
use crate::golang::{LayoutKind, MainPackage, Vendored};
use buildkit_llb::{Location, Mount, Network, Output, Sharing};

/// GOCACHE.
const CACHE: &str = "/gocache";
/// Where the binaries are put: a mount with nothing else in it, since copying out of a large tree is slow.
pub(super) const BINARIES: &str = "/out";

/// A directory with the binaries.
pub(super) fn compile(inputs: &Inputs<'_>, root: Output, modules: Option<Output>) -> Output {
    let layout = inputs.layout;
    let (platform, target) = (&inputs.builder.platform, inputs.platform);
    let packages: Vec<String> = inputs.mains.iter().flat_map(|main| operands(inputs, main)).collect();
    let name = format!("go build {}", packages.join(" "));
    let place = match inputs.spec.main.first() {
        Some(main) => Location { file: inputs.spec.file.clone(), ranges: vec![main.span] },
        None => super::file_place(inputs.spec),
    };

    let mut exec = go_step(argv(inputs, packages), inputs, root)
        .env("GOCACHE", CACHE)
        .env("GOPROXY", "off")
        .env("CGO_ENABLED", "0")
        .network(Network::None);
    for (name, value) in &inputs.spec.build.env {
        exec = exec.env(name, value);
    }
    // Last, so that nothing else decides what the binary is for.
    for (name, value) in inputs.target.env() {
        exec = exec.env(name, value);
    }
    // With a vendor directory Go chooses the mode itself, and any other would ignore the directory.
    exec =
        exec.env("GOFLAGS", if layout.vendored == Vendored::Yes { "-mod=vendor" } else { "-mod=readonly" });
    if let Some(modules) = modules {
        // The step that made it has a key of its own; hashing the whole tree would add nothing.
        exec = exec.mount(Mount::read_only(modules, MODULES).content_cache(inputs.settings.own_key));
    }
    let cache = format!("{}/gobuild/go-build", inputs.settings.cache_namespace);
    exec.mount(Mount::read_only(inputs.context.program(layout, inputs.mains, inputs.program), SOURCES))
        .mount(Mount::cache(CACHE, cache, Sharing::Shared))
        .mount(Mount::scratch(BINARIES))
        .metadata(Step::Build.metadata(
            &cross(inputs.naming, platform, target),
            &name,
            place,
            inputs.settings,
        ))
        .build()
        .output(BINARIES)
        .expect("a scratch mount has an output")
}

fn argv(inputs: &Inputs<'_>, packages: Vec<String>) -> Vec<String> {
    let build = &inputs.spec.build;
    let mut argv = ["go", "build", "-trimpath", "-buildvcs=false"].map(str::to_owned).to_vec();
    if !build.tags.is_empty() {
        let tags: Vec<&str> = build.tags.iter().map(String::as_str).collect();
        argv.push(format!("-tags={}", tags.join(",")));
    }
    argv.push(format!("-ldflags={}", linker_flags(inputs)));
    argv.push("-o".to_owned());
    argv.push(match inputs.mains {
        // Named, since a Go file without a module has no name of its own.
        [main] => format!("{BINARIES}/{}", main.binary),
        _ => format!("{BINARIES}/"),
    });
    argv.extend(packages);
    argv
}

/// `-buildid=` makes the binary the same whatever platform it is built on (golang/go#59500).
fn linker_flags(inputs: &Inputs<'_>) -> String {
    let build = &inputs.spec.build;
    let mut flags = "-s -w -buildid=".to_owned();
    for flag in &build.ldflags {
        flags.push(' ');
        flags.push_str(flag);
    }
    for (symbol, value) in &build.stamp {
        flags.push_str(" -X ");
        flags.push_str(&quoted(&format!("{symbol}={value}")));
    }
    flags
}

/// One word of Go's flag lists, which know quotes but no escapes (`cmd/internal/quoted`).
fn quoted(word: &str) -> String {
    let quote = if word.contains('\'') { '"' } else { '\'' };
    if word.contains(|c: char| c.is_whitespace() || c == '\'' || c == '"') {
        format!("{quote}{word}{quote}")
    } else {
        word.to_owned()
    }
}

/// How the go command is told about a main package.
fn operands(inputs: &Inputs<'_>, main: &MainPackage) -> Vec<String> {
    let relative = |path: &crate::context::ContextPath| match path.relative_to(&inputs.layout.root) {
        Some(path) if path.is_root() => ".".to_owned(),
        Some(path) => format!("./{path}"),
        None => format!("{SOURCES}/{path}"),
    };
    match inputs.layout.kind {
        LayoutKind::NoModule { .. } => main.files.iter().map(relative).collect(),
        LayoutKind::Module { .. } | LayoutKind::Workspace { .. } => vec![relative(&main.directory)],
    }
}
