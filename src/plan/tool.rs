//! A program that is no part of the repository, in a pinned version, compiled where the repository is.
//!
//! Invariant: keyed on its version, the builder and the platform that it is for, and on nothing of the repository's code.

use super::go_step::{MODULES, Root, go_step, go_variables, kept, online};
use super::modules::{self, access};
use super::names::{Step, cross};
use super::script::Script;
use super::toolchain::VERSION_VARIABLE;
use super::{Inputs, compile, file_place};
use crate::golang::GoVersion;
use crate::spec::Modules;
use buildkit_llb::{Exec, Mount, Output, Sharing};

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
    installing(inputs, root, None, package)
        .env("GOBIN", folder)
        // No go.sum names it, so Go asks its checksum database, and keeps what it was told there.
        .env("GOPATH", "/tmp/go")
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
    let exec = installing(inputs, root, Some("-ldflags=-s -w -buildid="), package)
        // Go installs for other platforms nowhere else; what it keeps of its checksum database is not wanted.
        .env("GOPATH", FOLDER)
        .env("GOBIN", "")
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

/// A step that compiles it, let in where modules come from.
fn installing(inputs: &Inputs<'_>, root: &Root, flags: Option<&str>, package: &str) -> Exec {
    let arguments = std::iter::once("-trimpath").chain(flags).chain([package]).map(str::to_owned);
    let script = Script::Install;
    // It is everybody's, so it comes from no private repository, but perhaps from a proxy with a password.
    let proxies = inputs.spec.modules.of_proxies();
    let modules = Modules { private: proxies.private.clone(), ..inputs.spec.modules.clone() };
    let exec = go_step(script.argv(arguments), inputs, root).cwd("/");
    let exec = go_variables(script.of(inputs, exec, access::files(&proxies)), inputs.spec);
    let exec = online(modules::asking(exec, &modules), inputs);
    access::given(exec, inputs.builder, &proxies)
        .env("CGO_ENABLED", "0")
        .env("GOCACHE", compile::CACHE)
        .env("GOFLAGS", "")
        .mount(kept(inputs, MODULES, "go-mod", Sharing::Shared))
        .mount(compile::cache(inputs, None))
}

#[cfg(test)]
mod tests {
    use super::Script;
    use crate::plan::script::trial::Trial;
    use std::fs;

    /// A go command that answers each time with another line of a file: `ok`, or what it fails with.
    const GO: &str = "#!/bin/sh
echo \"$@\" >>\"$GOBUILD_OUTPUT/asked\"
answer=$(sed -n \"$(($(wc -l <\"$GOBUILD_OUTPUT/asked\")))p\" \"$GOBUILD_LISTS/answers\")
[ \"$answer\" = ok ] || { echo \"$answer\" >&2; exit 1; }
";

    #[test]
    fn what_fails_for_the_network_is_tried_again() {
        for (answers, good, times) in [
            ("ok\n", true, 1),
            ("go: a.example/x@v1.0.0: Get \"https://a.example\": dial tcp: i/o timeout\nok\n", true, 2),
            ("go: a.example/x@v1.0.0: reading https://a.example/x/@v/v1.0.0.info: 404 Not Found\n", false, 1),
            ("/gomod/a.example/x@v1.0.0/main.go:3:2: undefined: y\n", false, 1),
        ] {
            let trial = Trial::of(GO);
            trial.write("lists/answers", answers);
            let arguments = ["-ldflags=-s -w", "a.example/x@v1.0.0"];
            assert_eq!(trial.ends_well(Script::Install, &arguments, "GOMODCACHE"), good, "{answers}");
            let asked = fs::read_to_string(trial.place("output/asked")).unwrap();
            assert_eq!(asked, "install -ldflags=-s -w a.example/x@v1.0.0\n".repeat(times), "{answers}");
        }
    }
}
