//! The dependency step: what the compiler makes of packages that are not the repository's own, as a layer.
//!
//! Invariant: keyed on the list of those packages, the module files and the flags; nothing that changes with the
//! sources gets in. Its flags are those of the compile step, or nothing of it would be of use there.

use super::compile::{CACHE, Operands, are_ours, build_flags, cache, cache_name, with_c};
use super::go_step::{Root, SOURCES, go_step, mount_modules, offline, without_modules};
use super::mode::Mode;
use super::names::{Extent, Step, cross};
use super::script::{OUTPUT_VARIABLE, Script, scripts};
use super::settings::Naming;
use super::sources::of_dependencies;
use super::trunk::{Trunk, trunk};
use super::{Download, Inputs, file_place, modules};
use crate::golang::{Parts, Program};
use crate::spec::Profile;
use buildkit_llb::{Exec, Metadata, Mount, Output, Sharing};
use std::collections::BTreeSet;

/// Where the result is made.
const RESULT: &str = "/result";
/// Where a result that is waited for, and nothing else, is mounted.
const AFTER: &str = "/after";
/// The package whose own dependencies are half of the work of most programs, and the same in all of them.
const SERVER: &str = "net/http";

/// What the compile step finds done.
pub(super) enum Start {
    /// Nothing, or what an earlier build has left in the cache mount.
    Nothing,
    /// Something in the cache mount, once this has run.
    After(Output),
    /// This, as the beginning of a cache mount.
    Layer(Output),
}

impl Start {
    /// A step with the cache mount that it finds it in.
    pub(super) fn onto(self, exec: Exec, inputs: &Inputs<'_>) -> Exec {
        match self {
            Start::Nothing => exec.mount(cache(inputs, None)),
            Start::Layer(layer) => exec.mount(cache(inputs, Some(layer))),
            Start::After(result) => exec
                .mount(cache(inputs, None))
                .mount(Mount::read_only(result, AFTER).content_cache(inputs.settings.own_key)),
        }
    }
}

/// What can be compiled before the sources are looked at.
pub(super) fn dependencies(inputs: &Inputs<'_>, root: &Root, modules: Option<&Output>) -> Start {
    let Some(parts) = known(inputs) else { return Start::Nothing };
    let server = server(inputs, root, parts);
    let mut others = parts.imports.clone();
    others.remove(SERVER);
    if inputs.mode != Mode::Layers || others.is_empty() {
        return server;
    }
    let server = if let Start::Layer(layer) = server { Some(layer) } else { None };
    // A lone Go file: what it imports is the standard library's, and needs no files of the context.
    let of_modules = parts.vendor.is_some() || !inputs.layout.module_files.is_empty();
    let of_modules = of_modules.then_some((parts, modules));
    let (base, extent) = match trunk(inputs).filter(|trunk| !others.is_subset(&trunk.packages)) {
        None => (server, Extent::Imported),
        Some(Trunk { packages: trunk, download }) => {
            others.retain(|package| !trunk.contains(package));
            let inputs = &Inputs { download: &download, ..*inputs };
            let modules = modules::modules(inputs, root);
            let of_modules = Some((parts, modules.as_ref()));
            let base = packages(inputs, root, of_modules, server, Extent::Trunk, trunk);
            (Some(base), Extent::Rest)
        }
    };
    Start::Layer(packages(inputs, root, of_modules, base, extent, others))
}

/// What a program of ours for the builder finds done, which would be compiled twice at the same time.
pub(super) fn standard(inputs: &Inputs<'_>, root: &Root) -> Start {
    // Platforms share our programs, and compile for themselves.
    let is_for_builder = inputs.naming == Naming::Plain && *inputs.platform == inputs.builder.platform;
    let is_same = is_for_builder && are_ours(inputs) && !inputs.spec.build.has_c();
    match known(inputs) {
        Some(parts) if is_same => server(inputs, root, parts),
        _ => Start::Nothing,
    }
}

/// What the programs are made of, if their packages can be compiled before them.
fn known<'a>(inputs: &Inputs<'a>) -> Option<&'a Parts> {
    let Program::Exact(parts) = inputs.program else { return None };
    // A profile changes what the compiler makes of every package, and each program may have its own beside it.
    let beside = inputs.spec.build.pgo.value == Profile::Auto;
    let profiled =
        beside && inputs.mains.iter().any(|main| parts.packages[&main.directory].extensions.contains("pgo"));
    (!profiled).then_some(parts)
}

/// The half that most programs have in common.
fn server(inputs: &Inputs<'_>, root: &Root, parts: &Parts) -> Start {
    if !parts.imports.contains(SERVER) {
        return Start::Nothing;
    }
    match inputs.mode {
        // A download leaves the processors idle.
        Mode::Mounts if !inputs.spec.build.has_c() && *inputs.download != Download::Nothing => {
            Start::After(meanwhile(inputs, root))
        }
        Mode::Mounts | Mode::Off => Start::Nothing,
        // The same for all repositories, and done while modules are downloaded.
        Mode::Layers => {
            let server = BTreeSet::from([SERVER.to_owned()]);
            Start::Layer(packages(inputs, root, None, None, Extent::Imported, server))
        }
    }
}

/// Compiles into the cache mount of the compile step; there is nothing in the result.
fn meanwhile(inputs: &Inputs<'_>, root: &Root) -> Output {
    let mut argv = ["go", "build"].map(str::to_owned).to_vec();
    argv.extend(build_flags(inputs, Operands::Standard));
    argv.push(SERVER.to_owned());
    let exec = without_modules(offline(go_step(argv, inputs, root), inputs), inputs)
        .env("GOCACHE", CACHE)
        .mount(cache(inputs, None))
        .mount(Mount::scratch(RESULT))
        .metadata(metadata(inputs, &format!("go build {SERVER}")));
    result(exec)
}

/// Compiles packages on top of what others were compiled to. Those of modules need the module files.
fn packages(
    inputs: &Inputs<'_>,
    root: &Root,
    of_modules: Option<(&Parts, Option<&Output>)>,
    base: Option<Output>,
    extent: Extent,
    packages: BTreeSet<String>,
) -> Output {
    let name = format!("go build {}", extent.describe(&packages));
    let operands = if of_modules.is_some() { Operands::Imported } else { Operands::Standard };
    let exec = compiled(inputs, root, operands, packages.into_iter().collect(), base.clone());
    let exec = match of_modules {
        Some((parts, modules)) => {
            let (sources, key) = of_dependencies(inputs, parts);
            mount_modules(exec, inputs, modules)
                .mount(Mount::read_only(sources, SOURCES).content_cache(key))
                .env("GOCACHE", CACHE)
                .mount(persistent(inputs, base))
        }
        None => without_modules(exec, inputs),
    };
    result(exec.metadata(metadata(inputs, &name)))
}

/// A step that compiles packages on top of what others were compiled to; it has no sources yet.
pub(super) fn compiled(
    inputs: &Inputs<'_>,
    root: &Root,
    operands: Operands,
    packages: Vec<String>,
    base: Option<Output>,
) -> Exec {
    let argv = Script::Dependencies.argv(build_flags(inputs, operands));
    let lists = [("packages", packages)];
    let exec = if inputs.spec.build.has_c() {
        let exec = go_step(with_c(argv), inputs, root);
        scripts(&[Script::C, Script::Dependencies], inputs, exec, lists)
    } else {
        Script::Dependencies.of(inputs, go_step(argv, inputs, root), lists)
    };
    offline(exec, inputs).env("GOCACHE", RESULT).env(OUTPUT_VARIABLE, RESULT).mount(match base {
        Some(base) => Mount::writable(base, RESULT).content_cache(inputs.settings.own_key),
        None => Mount::scratch(RESULT),
    })
}

/// What such a step leaves.
pub(super) fn result(exec: Exec) -> Output {
    exec.build().output(RESULT).expect("a writable mount has an output")
}

fn metadata(inputs: &Inputs<'_>, name: &str) -> Metadata {
    let platforms = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    Step::Dependencies.metadata(&platforms, name, file_place(inputs.spec), inputs.settings)
}

/// What dependency steps of this builder leave to each other: of a changed go.mod only the difference is compiled. Not so
/// above a trunk, which is another base then, and BuildKit starts a new cache mount with each.
fn persistent(inputs: &Inputs<'_>, base: Option<Output>) -> Mount {
    let (os, architecture) = (inputs.target.os(), inputs.target.architecture());
    let id = inputs.settings.cache_id(&format!("{}-{os}-{architecture}", cache_name(inputs)));
    let mount = Mount::cache(CACHE, id, Sharing::Locked);
    match base {
        Some(base) => mount.input(base).content_cache(inputs.settings.own_key),
        None => mount,
    }
}

#[cfg(test)]
mod tests {
    use super::Script;
    use crate::plan::script::trial::Trial;
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    /// A go command that uses some entries: it gives those the present time that are older than an hour.
    const GO: &str = "#!/bin/sh\n\
        if [ \"$1\" = list ]; then echo example.com/dep; exit; fi\n\
        cd \"$GOCACHE\" && find . -name 'used-*' -mmin +60 -exec touch {} +\n";
    const HOUR: u64 = 3600;
    const DAY: u64 = 24 * HOUR;

    fn age(path: &Path) -> u64 {
        let time = fs::metadata(path).unwrap().modified().unwrap();
        SystemTime::now().duration_since(time).unwrap().as_secs()
    }

    #[test]
    fn what_only_vet_reads_is_left_out() {
        let trial = Trial::of(
            "#!/bin/sh\n\
            if [ \"$1\" = list ]; then echo example.com/dep; else cp -r \"$GOBUILD_LISTS/made/.\" \"$GOCACHE\"; fi\n",
        );
        trial.write("lists/packages", "example.com/dep\n");
        fs::create_dir(trial.place("cache")).unwrap();
        let entry = |action: &str, output: &str, contents: &str| {
            trial.write(
                &format!("lists/made/{}/{action}-a", &action[..2]),
                &format!("v1 {action} {output} 9 7\n"),
            );
            trial.write(&format!("lists/made/{}/{output}-d", &output[..2]), contents);
        };
        entry("aa1", "bb1", "./a.go\n./b.go\n");
        entry("cc1", "dd1", "go index v2\n./a.go\n");
        entry("ee1", "ff1", "");
        entry("cc2", "dd2", "!<arch>\n");
        trial.run(Script::Dependencies, &[], "GOCACHE");
        for (path, is_there) in [
            ("aa/aa1-a", false),
            ("bb/bb1-d", false),
            ("cc/cc1-a", true),
            ("dd/dd1-d", true),
            ("ee/ee1-a", true),
            ("ff/ff1-d", true),
            ("cc/cc2-a", true),
            ("dd/dd2-d", true),
        ] {
            assert_eq!(trial.place(&format!("output/{path}")).exists(), is_there, "{path}");
        }
    }

    #[test]
    fn what_others_left_is_told_from_what_is_used_and_grows_old() {
        let trial = Trial::of(GO);
        trial.write("lists/packages", "example.com/dep\n");
        trial.write("output/seed", "");
        for (name, seconds) in [
            ("used-new", 60),
            ("used-old", 4 * DAY),
            ("other-new", 60),
            ("other-day", DAY),
            ("other-old", 6 * DAY),
        ] {
            let path = format!("cache/{name}");
            trial.write(&path, name);
            let time = SystemTime::now() - Duration::from_secs(seconds);
            File::options().write(true).open(trial.place(&path)).unwrap().set_modified(time).unwrap();
        }
        trial.run(Script::Dependencies, &[], "GOCACHE");

        let mut left: Vec<_> =
            fs::read_dir(trial.place("output")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["seed", "used-new", "used-old"]);
        for (name, at_least) in [
            ("used-new", 0),
            ("used-old", 0),
            ("other-new", 2 * HOUR),
            ("other-day", DAY),
            ("other-old", 6 * DAY),
        ] {
            let age = age(&trial.place(&format!("cache/{name}")));
            assert!((at_least..at_least + HOUR).contains(&age), "{name}: {age} s");
        }
    }
}
