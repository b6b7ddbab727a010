//! A program that is no part of the repository, in a pinned version, compiled where the repository is.
//!
//! Invariant: keyed on its version, the builder and the platform that it is for, and on nothing of the repository's code.

use super::go_step::{MODULES, Root, go_step, go_variables, kept, online};
use super::names::{Step, cross};
use super::toolchain::VERSION_VARIABLE;
use super::{Inputs, compile, file_place, modules};
use crate::golang::GoVersion;
use buildkit_llb::{Mount, Output, Sharing};

/// Where the program is left.
const FOLDER: &str = "/tool";

/// Releases of a program by the Go release that they need, newest first.
pub(super) type Versions = [((u64, u64), &'static str)];

/// The newest release that the builder can compile; of a builder that does not say its version, the newest.
pub(super) fn newest(inputs: &Inputs<'_>, versions: &Versions, oldest: &'static str) -> &'static str {
    let has = inputs.builder.config.config.env.get(VERSION_VARIABLE).and_then(GoVersion::parse);
    let fits =
        |needs: (u64, u64)| has.as_ref().is_none_or(|has| *has >= GoVersion::of_language(needs.0, needs.1));
    versions.iter().find(|(needs, _)| fits(*needs)).map_or(oldest, |(_, version)| version)
}

/// A program for the builder itself, in a directory of its own.
pub(super) fn install(inputs: &Inputs<'_>, root: &Root, step: Step, package: &str, folder: &str) -> Output {
    let argv = ["go", "install", "-trimpath", package].map(str::to_owned).to_vec();
    let exec = go_variables(go_step(argv, inputs, root), inputs.spec).cwd("/");
    online(modules::asking(exec, inputs), inputs)
        .env("CGO_ENABLED", "0")
        .env("GOBIN", folder)
        .env("GOCACHE", compile::CACHE)
        .env("GOFLAGS", "")
        // No go.sum names it, so Go asks its checksum database, and keeps what it was told there.
        .env("GOPATH", "/tmp/go")
        .mount(kept(inputs, MODULES, "go-mod", Sharing::Shared))
        .mount(compile::cache(inputs, None))
        .mount(Mount::scratch(folder))
        .metadata(step.metadata(
            "",
            &format!("go install {package}"),
            file_place(inputs.spec),
            inputs.settings,
        ))
        .build()
        .output(folder)
        .expect("a scratch mount has an output")
}

/// A program for the platform of the image, and where in the output it is.
pub(super) fn install_for_target(
    inputs: &Inputs<'_>,
    root: &Root,
    step: Step,
    package: &str,
) -> (Output, String) {
    let argv =
        ["go", "install", "-trimpath", "-ldflags=-s -w -buildid=", package].map(str::to_owned).to_vec();
    let exec = go_variables(go_step(argv, inputs, root), inputs.spec).cwd("/");
    let exec = online(modules::asking(exec, inputs), inputs)
        .env("CGO_ENABLED", "0")
        .env("GOCACHE", compile::CACHE)
        .env("GOFLAGS", "")
        // Go installs for other platforms nowhere else; what it keeps of its checksum database is not wanted.
        .env("GOPATH", FOLDER)
        .env("GOBIN", "")
        .mount(kept(inputs, MODULES, "go-mod", Sharing::Shared))
        .mount(compile::cache(inputs, None))
        .mount(Mount::scratch(FOLDER))
        .mount(Mount::tmpfs(format!("{FOLDER}/pkg")));
    let exec = inputs.target.env().into_iter().fold(exec, |exec, (name, value)| exec.env(name, value));
    let platform = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    let name = format!("go install {package}");
    let output = exec
        .metadata(step.metadata(&platform, &name, file_place(inputs.spec), inputs.settings))
        .build()
        .output(FOLDER)
        .expect("a scratch mount has an output");
    let program = package.split('@').next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let own = inputs.builder.platform.architecture == inputs.target.architecture();
    let place = if own {
        format!("/bin/{program}")
    } else {
        format!("/bin/{}_{}/{program}", inputs.target.os(), inputs.target.architecture())
    };
    (output, place)
}
