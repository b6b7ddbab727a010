//! The compile step: the program's binaries for one platform, made on the build platform without a network.
//!
//! `flags` are its flags and those of the steps that compile for it, `c` is what changes where C is compiled, `linkage` says
//! whether a program can need more than the kernel, `release` what only later releases of Go can do,
//! `stamps` what is put into the programs once they are linked.
//! Invariant: the binary depends on sources, modules, toolchain and flags alone: not on paths, times, the commit or
//! whether a cache was warm.

mod c;
mod flags;
mod linkage;
mod release;
mod stamps;

pub(super) use c::{cache_of, with_c};
pub(super) use flags::{OURS, Operands, are_ours, build_flags, list_flags, tags_flag};
pub use linkage::Unproven;
pub(super) use linkage::unproven;
pub(super) use release::check;
pub(super) use stamps::{late_stamps, with_values};

use super::dependencies::Start;
use super::go_step::{Root, SOURCES, go_step, kept, mount_modules, offline};
use super::mode::Mode;
use super::names::{Step, cross};
use super::{Inputs, generate};
use crate::context::ContextPath;
use crate::golang::{LayoutKind, MainPackage};
use buildkit_llb::{Location, Mount, Output, Sharing};

/// GOCACHE.
pub(super) const CACHE: &str = "/gocache";
/// Where the binaries are put: a mount with nothing else in it, since copying out of a large tree is slow.
pub(super) const BINARIES: &str = "/out";

/// What the compile step leaves.
pub(super) struct Compiled {
    /// A directory with the binaries.
    pub(super) binaries: Output,
    /// A directory with a list of the packages that use C, where C is compiled.
    pub(super) uses_c: Option<Output>,
}

/// Compiles the programs.
pub(super) fn compile(inputs: &Inputs<'_>, root: &Root, modules: Option<&Output>, start: Start) -> Compiled {
    let layout = inputs.layout;
    let (platform, target) = (&inputs.builder.platform, inputs.platform);
    let packages: Vec<String> = inputs.mains.iter().flat_map(|main| operands(inputs, main)).collect();
    let name = format!("go build {}", packages.join(" "));
    let place = match inputs.spec.main.first() {
        Some(main) => Location { file: inputs.spec.file.clone(), ranges: vec![main.span] },
        None => super::file_place(inputs.spec),
    };

    let c = inputs.spec.build.has_c();
    let mut exec = if c {
        c::listing(go_step(with_c(argv(inputs, packages.clone())), inputs, root), inputs, packages)
    } else {
        go_step(argv(inputs, packages), inputs, root)
    };
    exec = exec.env("GOCACHE", CACHE);
    for (name, value) in &inputs.spec.build.env {
        exec = exec.env(name.as_str(), &value.value);
    }
    exec = mount_modules(offline(exec, inputs), inputs, modules);
    exec = start.onto(exec, inputs);
    let sources = generate::onto(inputs, inputs.context.program(layout, inputs.mains, inputs.program));
    let compiled = exec
        .mount(Mount::read_only(sources, SOURCES))
        .mount(Mount::scratch(BINARIES))
        .metadata(Step::Build.metadata(
            &cross(inputs.naming, platform, target),
            &name,
            place,
            inputs.settings,
        ))
        .build();
    Compiled {
        binaries: compiled.output(BINARIES).expect("a scratch mount has an output"),
        uses_c: compiled.output(c::LIST),
    }
}

/// Where the compiler keeps what it made. One that starts as something is another directory than one that does not.
pub(super) fn cache(inputs: &Inputs<'_>, start: Option<Output>) -> Mount {
    let mount = kept(inputs, CACHE, &cache_name(inputs), Sharing::Shared);
    match start {
        Some(start) if inputs.mode != Mode::Off => mount.input(start).content_cache(inputs.settings.own_key),
        _ => mount,
    }
}

/// The name of what compile steps leave to each other. Building C runs what a repository says (`#cgo`, `pkg-config`), so
/// such steps share nothing that they can write with others.
pub(super) fn cache_name(inputs: &Inputs<'_>) -> String {
    if inputs.spec.build.has_c() { cache_of("go-build-c", inputs, []) } else { "go-build".to_owned() }
}

fn argv(inputs: &Inputs<'_>, packages: Vec<String>) -> Vec<String> {
    let mut argv = ["go", "build"].map(str::to_owned).to_vec();
    argv.extend(build_flags(inputs, Operands::Program));
    argv.push(format!("-ldflags={}", flags::linker_flags(inputs)));
    argv.push("-o".to_owned());
    argv.push(match inputs.mains {
        // Named, since a Go file without a module has no name of its own.
        [main] => format!("{BINARIES}/{}", main.binary),
        _ => format!("{BINARIES}/"),
    });
    argv.extend(packages);
    argv
}

/// How the go command is told about a main package.
pub(super) fn operands(inputs: &Inputs<'_>, main: &MainPackage) -> Vec<String> {
    match inputs.layout.kind {
        LayoutKind::NoModule { .. } => main.files.iter().map(|file| operand(inputs, file)).collect(),
        LayoutKind::Module { .. } | LayoutKind::Workspace { .. } => vec![operand(inputs, &main.directory)],
    }
}

/// How the go command is told about a file or a directory of the context.
pub(super) fn operand(inputs: &Inputs<'_>, path: &ContextPath) -> String {
    match path.relative_to(&inputs.layout.root) {
        Some(path) if path.is_root() => ".".to_owned(),
        Some(path) => format!("./{path}"),
        None => format!("{SOURCES}/{path}"),
    }
}
