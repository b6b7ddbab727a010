//! What the builder makes for an image beside the program: time zones as files, and the program that asks for its health.
//!
//! Both are Go programs of ours, constants of this one. Invariant: neither step sees anything of the repository, so that
//! nothing in it changes what they leave.

use crate::plan::Inputs;
use crate::plan::compile::CACHE;
use crate::plan::go_step::{go_step, kept};
use crate::plan::names::{Step, cross};
use crate::plan::script::{FOLDER, OUTPUT_VARIABLE, Script, scripts};
use buildkit_llb::{Exec, Location, Mount, Network, Output, Sharing};

/// Where what is made is put.
const RESULT: &str = "/out";
/// The time zones that come with Go, as files.
pub(in crate::plan) const ZONES: &str = include_str!("zones.go");
/// What asks a server whether it is well.
pub(in crate::plan) const HEALTHCHECK: &str = include_str!("healthcheck.go");

/// A directory with the files of all time zones: the same for every platform.
pub(super) fn zones(inputs: &Inputs<'_>, root: &Output, place: Location) -> Output {
    let exec = go_step(Script::Zones.argv([]), inputs, root.clone());
    let exec = Script::Zones.of(exec, [("zones.go", lines(ZONES))]).env(OUTPUT_VARIABLE, RESULT);
    let metadata = Step::Image.metadata("", "unpack the time zones of Go", place, inputs.settings);
    result(alone(exec, inputs).metadata(metadata))
}

/// A directory with the program `healthcheck`.
pub(super) fn healthcheck(inputs: &Inputs<'_>, root: &Output, place: Location) -> Output {
    let argv = ["go", "build", "-trimpath", "-gcflags=all=-dwarf=false", "-ldflags=-s -w -buildid=", "-o"];
    let files = [format!("{RESULT}/healthcheck"), format!("{FOLDER}/healthcheck.go")];
    let argv = argv.map(str::to_owned).into_iter().chain(files).collect();
    let exec = scripts(&[], go_step(argv, inputs, root.clone()), [("healthcheck.go", lines(HEALTHCHECK))]);
    let platforms = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    let metadata = Step::Image.metadata(&platforms, "go build healthcheck", place, inputs.settings);
    let exec = alone(exec, inputs).metadata(metadata);
    result(inputs.target.env().into_iter().fold(exec, |exec, (name, value)| exec.env(name, value)))
}

/// A step without modules, C, or anybody to ask.
fn alone(exec: Exec, inputs: &Inputs<'_>) -> Exec {
    exec.cwd("/")
        .env("CGO_ENABLED", "0")
        .env("GOCACHE", CACHE)
        .env("GOFLAGS", "")
        .env("GOPROXY", "off")
        .network(Network::None)
        .mount(kept(inputs, CACHE, "go-build", Sharing::Shared))
        .mount(Mount::scratch(RESULT))
}

fn result(exec: Exec) -> Output {
    exec.build().output(RESULT).expect("a scratch mount has an output")
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
