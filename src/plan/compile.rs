//! The compile step: the program's static binaries for one platform, made on the build platform without a network.
//!
//! Invariant: the binary depends on sources, modules, toolchain and flags alone: not on paths, times, the commit or
//! whether a cache was warm.

use super::Inputs;
use super::dependencies::Start;
use super::go_step::{SOURCES, go_step, mount_modules, offline, tags_flag};
use super::mode::Mode;
use super::names::{Step, cross};
use crate::golang::{LayoutKind, MainPackage};
use crate::spec::LinkerFlags;
use buildkit_llb::{Location, Mount, Output, Sharing};

/// GOCACHE.
pub(super) const CACHE: &str = "/gocache";
/// Where the binaries are put: a mount with nothing else in it, since copying out of a large tree is slow.
pub(super) const BINARIES: &str = "/out";

/// Where a result that is waited for, and nothing else, is mounted.
const AFTER: &str = "/after";

/// A directory with the binaries.
pub(super) fn compile(inputs: &Inputs<'_>, root: Output, modules: Option<&Output>, start: Start) -> Output {
    let layout = inputs.layout;
    let (platform, target) = (&inputs.builder.platform, inputs.platform);
    let packages: Vec<String> = inputs.mains.iter().flat_map(|main| operands(inputs, main)).collect();
    let name = format!("go build {}", packages.join(" "));
    let place = match inputs.spec.main.first() {
        Some(main) => Location { file: inputs.spec.file.clone(), ranges: vec![main.span] },
        None => super::file_place(inputs.spec),
    };

    let mut exec = go_step(argv(inputs, packages), inputs, root).env("GOCACHE", CACHE);
    for (name, value) in &inputs.spec.build.env {
        exec = exec.env(name.as_str(), value);
    }
    exec = mount_modules(offline(exec, inputs), inputs, modules);
    exec = match start {
        Start::Nothing => exec.mount(cache(inputs, None)),
        Start::Layer(layer) => exec.mount(cache(inputs, Some(layer))),
        Start::After(result) => exec
            .mount(cache(inputs, None))
            .mount(Mount::read_only(result, AFTER).content_cache(inputs.settings.own_key)),
    };
    exec.mount(Mount::read_only(inputs.context.program(layout, inputs.mains, inputs.program), SOURCES))
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

/// Where the compiler keeps what it made. One that starts as something is another directory than one that does not.
pub(super) fn cache(inputs: &Inputs<'_>, start: Option<Output>) -> Mount {
    if inputs.mode == Mode::Off {
        return Mount::scratch(CACHE);
    }
    let mount = Mount::cache(CACHE, inputs.settings.cache_id("go-build"), Sharing::Shared);
    match start {
        Some(start) => mount.input(start).content_cache(inputs.settings.own_key),
        None => mount,
    }
}

/// The flags that count in what a package is compiled to. Only with the same does one step find what another made.
pub(super) fn build_flags(inputs: &Inputs<'_>) -> Vec<String> {
    // The linker leaves debug information out; not to write it first is a quarter of the work.
    let mut flags = ["-trimpath", "-buildvcs=false", "-gcflags=all=-dwarf=false"].map(str::to_owned).to_vec();
    flags.extend(tags_flag(inputs.spec));
    flags
}

fn argv(inputs: &Inputs<'_>, packages: Vec<String>) -> Vec<String> {
    let mut argv = ["go", "build"].map(str::to_owned).to_vec();
    argv.extend(build_flags(inputs));
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
    for flag in build.ldflags.iter().flat_map(LinkerFlags::words) {
        flags.push(' ');
        flags.push_str(flag);
    }
    for (symbol, value) in &build.stamp {
        flags.push_str(" -X ");
        flags.push_str(&quoted(&format!("{}={}", symbol.as_str(), value.as_str())));
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
pub(super) fn operands(inputs: &Inputs<'_>, main: &MainPackage) -> Vec<String> {
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
