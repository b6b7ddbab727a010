//! What the builder makes for an image beside the program: time zones as files, the program that asks for its health, and the
//! stamps and capabilities of programs.
//!
//! All are Go programs of ours, constants of this one. Invariant: no step sees anything of the repository, what it compiles to
//! apart, so that nothing else in it changes what they leave.

use crate::plan::compile::{self, CACHE, OURS};
use crate::plan::dependencies::{self, Start};
use crate::plan::go_step::{Root, go_step, kept};
use crate::plan::names::{Step, cross};
use crate::plan::script::{FOLDER, OUTPUT_VARIABLE, Script, scripts};
use crate::plan::{Inputs, file_place};
use crate::spec::Capability;
use buildkit_llb::{Exec, Location, Mount, Network, Output, Sharing};
use std::collections::BTreeSet;

/// Where what is made is put.
const RESULT: &str = "/out";
/// The time zones that come with Go, as files.
pub(in crate::plan) const ZONES: &str = include_str!("zones.go");
/// What asks a server whether it is well.
pub(in crate::plan) const HEALTHCHECK: &str = include_str!("healthcheck.go");
/// What puts values into programs.
const STAMP: &str = include_str!("stamp.go");
/// What gives programs capabilities.
const CAPABILITIES: &str = include_str!("capabilities.go");
/// Its name, by which its command is known.
pub(in crate::plan) const CAPABILITIES_FILE: &str = "capabilities.go";
/// Where the programs are that get some.
const PROGRAMS: &str = "/programs";

/// A directory with the files of all time zones: the same for every platform.
pub(super) fn zones(inputs: &Inputs<'_>, root: &Root, place: Location) -> Output {
    let exec = go_step(Script::Zones.argv([]), inputs, root);
    let exec = Script::Zones.of(inputs, exec, [("zones.go", lines(ZONES))]).env(OUTPUT_VARIABLE, RESULT);
    let metadata = Step::Image.metadata("", "unpack the time zones of Go", place, inputs.settings);
    result(alone(exec, inputs, root).metadata(metadata))
}

/// A directory with the program `healthcheck`.
pub(super) fn healthcheck(inputs: &Inputs<'_>, root: &Root, place: Location) -> Output {
    let platforms = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    let exec = program(inputs, root, "healthcheck", HEALTHCHECK);
    let exec = inputs.target.env().into_iter().fold(exec, |exec, (name, value)| exec.env(name, value));
    let metadata = Step::Image.metadata(&platforms, "go build healthcheck", place, inputs.settings);
    result(exec.metadata(metadata))
}

/// A step that makes one of our programs, for the builder itself if nothing else is said.
fn program(inputs: &Inputs<'_>, root: &Root, name: &str, text: &str) -> Exec {
    let argv = [&["go", "build"], &OURS[..], &["-ldflags=-s -w -buildid=", "-o"]].concat();
    let source = format!("{name}.go");
    let files = [format!("{RESULT}/{name}"), format!("{FOLDER}/{source}")];
    let argv = argv.into_iter().map(str::to_owned).chain(files).collect();
    alone(scripts(&[], inputs, go_step(argv, inputs, root), [(source.as_str(), lines(text))]), inputs, root)
}

/// A directory with the same programs, which have the values that were not known when they were linked.
pub(super) fn with_stamps(inputs: &Inputs<'_>, root: &Root, programs: Output) -> Output {
    if !has_stamps(inputs) {
        return programs;
    }
    stamped(inputs, root, programs, Mount::scratch(RESULT), "stamp the programs")
}

/// An image with the same programs at its root, which have those values. A copy of its own is saved, and a cache has them once
/// instead of twice.
pub(super) fn onto_with_stamps(
    inputs: &Inputs<'_>,
    root: &Root,
    programs: Output,
    image: Option<Output>,
    name: &str,
) -> Output {
    let own_key = inputs.settings.own_key;
    // By what is in it, one base would do for another that is cut into other layers.
    let onto = |image| Mount::writable(image, RESULT).content_cache(own_key);
    let image = image.map_or_else(|| Mount::scratch(RESULT), onto);
    stamped(inputs, root, programs, image, name)
}

/// Whether there are values that were not known when the programs were linked.
pub(super) fn has_stamps(inputs: &Inputs<'_>) -> bool {
    !compile::late_stamps(inputs.spec).is_empty()
}

/// The step's root is the program that does it: a fresh runner needs nothing else for a new commit.
fn stamped(inputs: &Inputs<'_>, root: &Root, programs: Output, onto: Mount, name: &str) -> Output {
    let place = || file_place(inputs.spec);
    let metadata = Step::Stamp.metadata("", "go build stamp", place(), inputs.settings);
    let tool = result(program(inputs, root, "stamp", STAMP).metadata(metadata));
    let seconds = inputs.settings.epoch.unwrap_or(0).to_string();
    let mut argv = vec!["/stamp".to_owned(), PROGRAMS.to_owned(), RESULT.to_owned(), seconds];
    let stamps = compile::late_stamps(inputs.spec);
    argv.extend(stamps.into_iter().flat_map(|stamp| [stamp.stand_in, stamp.value]));
    let platforms = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    let exec = Exec::new(argv)
        .platform(&inputs.builder.platform)
        .cwd("/")
        .network(Network::None)
        .mount(Mount::root(tool))
        // Hashed, they would be waited for before anything else is fetched.
        .mount(Mount::read_only(programs, PROGRAMS).content_cache(inputs.settings.own_key))
        .mount(onto);
    result(exec.metadata(Step::Stamp.metadata(&platforms, name, place(), inputs.settings)))
}

/// A directory with the same programs, which have these capabilities in their files.
pub(super) fn with_capabilities(
    inputs: &Inputs<'_>,
    root: &Root,
    programs: &Output,
    capabilities: &BTreeSet<Capability>,
) -> Output {
    let set: u64 = capabilities.iter().map(|capability| capability.bit()).sum();
    let file = format!("{FOLDER}/{CAPABILITIES_FILE}");
    let set = set.to_string();
    let argv = [&["go", "run"], &OURS[..], &[&file, &set, PROGRAMS, RESULT]].concat();
    let argv = argv.into_iter().map(str::to_owned).collect();
    let exec = scripts(&[], inputs, go_step(argv, inputs, root), [(CAPABILITIES_FILE, lines(CAPABILITIES))]);
    let names: Vec<String> = capabilities.iter().map(|capability| capability.name()).collect();
    let platforms = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    let name = format!("give the programs {}", names.join(", "));
    let metadata = Step::Image.metadata(&platforms, &name, file_place(inputs.spec), inputs.settings);
    result(alone(exec, inputs, root).mount(Mount::read_only(programs.clone(), PROGRAMS)).metadata(metadata))
}

/// A step without modules, C, or anybody to ask.
fn alone(exec: Exec, inputs: &Inputs<'_>, root: &Root) -> Exec {
    let exec = exec
        .cwd("/")
        .env("CGO_ENABLED", "0")
        .env("GOCACHE", CACHE)
        .env("GOFLAGS", "")
        .env("GOPROXY", "off")
        // Not what an image for another platform may say: most of it runs here.
        .env("GOARCH", "")
        .env("GOEXPERIMENT", "")
        .env("GOOS", "")
        .network(Network::None)
        .mount(Mount::scratch(RESULT));
    match dependencies::standard(inputs, root) {
        // Not what steps that build C write to.
        Start::Nothing => exec.mount(kept(inputs, CACHE, "go-build", Sharing::Shared)),
        start => start.onto(exec, inputs),
    }
}

fn result(exec: Exec) -> Output {
    exec.build().output(RESULT).expect("a scratch mount has an output")
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
