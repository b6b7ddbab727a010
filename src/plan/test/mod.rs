//! The test step: `go vet` and `go test`, and what they say as reports.
//!
//! It runs code of the repository's choice, so what it writes to is read by nothing else: a build cache of its own, and
//! a copy of the sources that is thrown away. Invariant: no step of an image starts from it.

use super::compile::{cache_of, tags_flag, with_c};
use super::context_source::Part;
use super::go_step::{LINKING_VARIABLE, SOURCES, go_step, kept, mount_modules, offline, online};
use super::mode::Mode;
use super::modules;
use super::names::Step;
use super::script::{OUTPUT_VARIABLE, Script, scripts};
use super::settings::NoCache;
use super::sources::literal;
use super::{Built, Download, Findings, Inputs, compile, file_place, generate, toolchain};
use crate::context::ContextPath;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::golang::{Depth, Files, GoTarget, Layout, LayoutKind, Program, Tested, Vendored};
use crate::image::ImageConfig;
use crate::spec::{Spec, StepNetwork};
use buildkit_llb::{Exec, Mount, Network, Output, Sharing};
use std::collections::{BTreeMap, BTreeSet};

/// GOCACHE. Test results are in there, too, which Go knows again by what the test has read.
const CACHE: &str = "/gocache";
/// Where reports are made.
const REPORTS: &str = "/reports";
/// The program that runs the two commands and tells of them.
const REPORT: &str = include_str!("report.go");

/// The packages that the build file wants tested, as Go can be asked for them.
pub fn wanted(spec: &Spec, layout: &Layout) -> Result<Tested, Diagnostics> {
    require_module(layout, "tests")?;
    if spec.test.packages.is_empty() {
        return Ok(layout.tested(&ContextPath::root(), Depth::Below));
    }
    let (mut wanted, mut found) = (Tested::new(), Vec::new());
    for pattern in &spec.test.packages {
        let tested = layout.tested(&pattern.value.directory, pattern.value.depth);
        if tested.is_empty() {
            let problem = Problem::TestOutsideModules { written: pattern.value.written.clone() };
            found.push(Diagnostic::at(problem, &spec.file, pattern.span));
        }
        wanted.extend(tested);
    }
    Diagnostics::check(found).map(|()| wanted)
}

/// Refuses a Go file without a module, of which Go knows too little.
pub(super) fn require_module(layout: &Layout, what: &'static str) -> Result<(), Diagnostics> {
    match &layout.kind {
        LayoutKind::NoModule { door } => {
            Err(Diagnostic::nowhere(Problem::NeedsModule { what, file: door.to_string() }).into())
        }
        LayoutKind::Module { .. } | LayoutKind::Workspace { .. } => Ok(()),
    }
}

/// What the tests need of other modules: a list of their own, so that an image never waits for what only tests import.
pub fn download(
    layout: &Layout,
    files: &Files,
    spec: &Spec,
    target: &GoTarget,
    program: &Program,
) -> Download {
    match Download::of(layout, files, [(spec, &of_no_level(target), program)]) {
        // What imports only files with C was not looked at, and C may include whatever is in its module.
        Download::Packages { .. } if has_c(spec) => Download::Everything,
        download => download,
    }
}

/// Whether C is compiled: the race detector is some.
fn has_c(spec: &Spec) -> bool {
    spec.test.race || spec.build.has_c()
}

/// The architecture alone: tests run where they are built, and of levels the image's machines have theirs.
fn of_no_level(target: &GoTarget) -> GoTarget {
    GoTarget::new(target.os(), target.architecture(), "").unwrap_or_else(|_| target.clone())
}

/// The reports of the tests.
pub(super) fn test(inputs: &Inputs<'_>, findings: Findings) -> Result<Built, Diagnostics> {
    let target = of_no_level(inputs.target);
    let inputs = &Inputs { target: &target, ..*inputs };
    let (spec, settings) = (inputs.spec, inputs.settings);
    let packages = packages(inputs)?;
    let modules = modules::modules(inputs, &toolchain::root(inputs));
    // The layer with a part of the toolchain has nothing that only tests need.
    let whole = toolchain::root(&Inputs { mode: Mode::Mounts, ..*inputs });

    let name = format!("go test {}", packages.join(" "));
    let argv = Script::Test.argv(arguments(inputs, findings, packages));
    let lists = [("report.go", REPORT.lines().map(str::to_owned).collect())];
    let c = has_c(spec);
    let exec = if c {
        scripts(&[Script::C, Script::Test], inputs, go_step(with_c(argv), inputs, &whole), lists)
    } else {
        Script::Test.of(inputs, go_step(argv, inputs, &whole), lists)
    };
    let mut exec = mount_modules(offline(exec, inputs), inputs, modules.as_ref()).env("GOCACHE", CACHE);
    if c {
        // However the program is linked, a test is linked as its libraries are.
        exec = exec.env("CGO_ENABLED", "1").env(LINKING_VARIABLE, "dynamic");
    }
    for (name, value) in &spec.test.env {
        exec = exec.env(name.as_str(), value);
    }
    let exec = connected(exec, inputs)
        .env(OUTPUT_VARIABLE, REPORTS)
        .mount(kept(inputs, CACHE, &cache_name(inputs), Sharing::Shared))
        .mount(Mount::discard(sources(inputs, "[internal] load modules for tests"), SOURCES))
        .mount(Mount::scratch(REPORTS))
        .metadata(Step::Test.metadata("", &name, file_place(spec), settings));
    Ok(reports(inputs, exec, REPORTS))
}

/// The packages, as the go command is told about them.
pub(super) fn packages(inputs: &Inputs<'_>) -> Result<Vec<String>, Diagnostics> {
    let wanted = wanted(inputs.spec, inputs.layout)?;
    Ok(wanted.iter().map(|(directory, depth)| operand(inputs, directory, *depth)).collect())
}

/// The name of what tests leave to each other.
fn cache_name(inputs: &Inputs<'_>) -> String {
    if has_c(inputs.spec) {
        cache_of("go-test-c", inputs, &inputs.spec.test.env)
    } else {
        "go-test".to_owned()
    }
}

/// What a step leaves that is no image; exporters of images take it, too.
pub(super) fn reports(inputs: &Inputs<'_>, exec: Exec, folder: &str) -> Built {
    let platform = inputs.platform;
    let config = ImageConfig::empty(&platform.os, &platform.architecture, platform.variant.as_deref());
    let output = exec.build().output(folder).expect("a scratch mount has an output");
    Built { output, config, base_config: None, annotations: BTreeMap::new(), unproven: None, linked: None }
}

/// The network of tests.
fn connected(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    match inputs.spec.test.network {
        StepNetwork::None => exec.network(Network::None),
        StepNetwork::Default => online(exec, inputs),
    }
}

/// Everything in the modules: tests read what they like.
pub(super) fn sources(inputs: &Inputs<'_>, name: &str) -> Output {
    let directories = directories(inputs.layout);
    let include = if directories.contains(&ContextPath::root()) {
        BTreeSet::new()
    } else {
        // That of a workspace is in none of its modules.
        let vendor = inputs.layout.root.join("vendor").ok();
        let vendor = vendor.filter(|_| inputs.layout.vendored == Vendored::Yes);
        directories.into_iter().chain(&inputs.layout.module_files).chain(&vendor).map(literal).collect()
    };
    let part = inputs.context.part(Part {
        name: name.to_owned(),
        hint: format!("gobuild-tests:{}", inputs.layout.root),
        include,
        exclude: Vec::new(),
    });
    generate::onto(inputs, part)
}

/// The directories of the modules of the context.
pub(super) fn directories(layout: &Layout) -> BTreeSet<&ContextPath> {
    layout.modules.keys().chain(layout.replaced.values()).collect()
}

/// What `test.sh` is told.
pub(super) fn arguments(inputs: &Inputs<'_>, findings: Findings, packages: Vec<String>) -> Vec<String> {
    let test = &inputs.spec.test;
    let again = match &inputs.settings.no_cache {
        NoCache::None => false,
        NoCache::All => true,
        NoCache::Steps(steps) => steps.contains(Step::Test.name()),
    };
    let flags = [
        ("-vet", test.vet.unwrap_or(true)),
        ("-race", test.race),
        ("-short", test.short),
        ("-cover", test.cover),
        ("-report-only", findings == Findings::Report),
        // Go, too, remembers what passed.
        ("-count=1", again),
    ];
    let values = [
        tags_flag(inputs.spec),
        test.run.as_ref().map(|run| format!("-run={}", run.as_str())),
        test.timeout.map(|timeout| format!("-timeout={}ms", timeout.0 / 1_000_000)),
    ];
    let flags = flags.into_iter().filter(|(_, said)| *said).map(|(flag, _)| flag.to_owned());
    flags.chain(values.into_iter().flatten()).chain(packages).collect()
}

/// How the go command is told about packages.
fn operand(inputs: &Inputs<'_>, directory: &ContextPath, depth: Depth) -> String {
    let directory = compile::operand(inputs, directory);
    match depth {
        Depth::Here => directory,
        Depth::Below => format!("{directory}/..."),
    }
}
