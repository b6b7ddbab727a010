//! Which keys of the build file a command is keyed on.
//!
//! Invariant: a key counts where its value is in the command or its environment; what only names a step does not.

use super::super::image::CAPABILITIES_FILE;
use super::super::names::Step;
use super::super::{Goal, Inputs, compile, modules};
use crate::spec::{
    BuildMode, Cgo, Cover, Experiment, Profile, Race, StepNetwork, Strip, Tag, Test, Trimpath,
};

/// The keys whose values count, by name.
pub(super) fn settings(
    step: Step,
    inputs: &Inputs<'_>,
    argv: &[String],
    env: &[String],
) -> Vec<&'static str> {
    let (build, of_modules) = (&inputs.spec.build, &inputs.spec.modules);
    let said = |text: &str| argv.iter().any(|word| word.contains(text));
    let flag = |text: &str| argv.iter().any(|word| word == text);
    let linked = |text: &str| argv.iter().any(|word| word.starts_with("-ldflags=") && word.contains(text));
    // The module step has the variables of each platform in its arguments.
    let set = |text: &str| {
        env.iter().any(|variable| variable == text)
            || argv.iter().any(|word| word.split(' ').any(|part| part == text))
    };
    let compiles = said("-buildvcs=false");
    let tags: Vec<&str> = build.tags.iter().map(Tag::as_str).collect();
    let mut stamped =
        build.stamp.iter().map(|(symbol, value)| format!("{}={}", symbol.as_str(), value.value.as_str()));
    let late = compile::late_stamps(inputs.spec);
    let mut variables = build.env.iter().map(|(name, value)| format!("{}={}", name.as_str(), value.value));
    let experiments: Vec<&str> = build.experiment.iter().map(Experiment::as_str).collect();
    let fips = build.fips.as_ref().map(|fips| format!("GOFIPS140={}", fips.value.as_str()));
    let level = inputs.target.setting().and_then(|level| {
        let (key, ..) = build.levels().find(|(_, said, _)| *said == level)?;
        let (name, value) = level.env();
        Some((key, format!("{name}={value}")))
    });
    // Then these are what the target is, and not what the file says.
    let said_by_file = inputs.goal != Goal::Debug;
    let mut keys: Vec<&'static str> = [
        ("build.asmflags", said("-asmflags=")),
        ("build.buildmode", build.buildmode == BuildMode::Pie && flag("-buildmode=pie")),
        ("build.cgo", build.cgo.value != Cgo::Off && set("CGO_ENABLED=1") && compiles),
        ("build.cover", build.cover.value == Cover::On && flag("-cover")),
        ("build.env", variables.any(|variable| env.contains(&variable) || said(&variable))),
        (
            "build.experiment",
            !experiments.is_empty() && set(&format!("GOEXPERIMENT={}", experiments.join(","))),
        ),
        ("build.fips", fips.is_some_and(|fips| set(&fips))),
        (
            "build.gcflags",
            (build.gcflags.len() > 1 || (said_by_file && !build.gcflags.is_empty()))
                && said("-gcflags=")
                && compiles,
        ),
        (
            "build.ldflags",
            compiles && build.ldflags.first().is_some_and(|flags| linked(flags.value.as_str())),
        ),
        ("build.pgo", build.pgo.value != Profile::Auto && said("-pgo=")),
        ("build.race", build.race.value == Race::On && flag("-race")),
        (
            "build.stamp",
            stamped.any(|stamp| linked(&stamp)) || late.iter().any(|stamp| flag(&stamp.stand_in)),
        ),
        ("build.strip", build.strip == Strip::No && compiles && said_by_file),
        ("build.tags", !tags.is_empty() && said(&format!("-tags={}", tags.join(",")))),
        ("build.trimpath", build.trimpath == Trimpath::No && compiles && said_by_file),
    ]
    .into_iter()
    .filter_map(|(key, counts)| counts.then_some(key))
    .collect();
    match step {
        Step::Licenses => keys.extend(inputs.spec.image.licenses.then_some("image.licenses")),
        Step::Image => keys.extend(said(CAPABILITIES_FILE).then_some("image.capabilities")),
        Step::Generate => keys.push("generate"),
        Step::Test => keys.extend(of_tests(&inputs.spec.test)),
        Step::Vulncheck => {
            let vulncheck = &inputs.spec.vulncheck;
            keys.extend(
                (said("vulncheck.sh") && vulncheck.database.is_some()).then_some("vulncheck.database"),
            );
            keys.extend((said("govulncheck@") && vulncheck.version.is_some()).then_some("vulncheck.version"));
        }
        _ => {}
    }
    if matches!(step, Step::Modules | Step::Generate | Step::Debugger | Step::Vulncheck) {
        // A step that fetches a tool is told of proxies alone.
        let of_proxies = modules::variables(&of_modules.of_proxies());
        let variables = modules::variables(of_modules).into_iter().chain(of_proxies);
        let said = variables.filter(|(_, name, value)| env.contains(&format!("{name}={value}")));
        keys.extend(said.map(|(key, ..)| key));
    }
    let trusts = |variable: &String| variable.starts_with("GIT_SSL_CAINFO=");
    keys.extend((of_modules.ca.is_some() && env.iter().any(trusts)).then_some("modules.ca"));
    keys.extend(level.filter(|(_, level)| set(level)).map(|(key, _)| key));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys of `test` that say something.
fn of_tests(test: &Test) -> impl Iterator<Item = &'static str> {
    [
        ("test.cover", test.cover),
        ("test.env", !test.env.is_empty()),
        ("test.network", test.network != StepNetwork::None),
        ("test.packages", !test.packages.is_empty()),
        ("test.race", test.race),
        ("test.run", test.run.is_some()),
        ("test.short", test.short),
        ("test.timeout", test.timeout.is_some()),
        ("test.vet", test.vet.is_some()),
    ]
    .into_iter()
    .filter_map(|(key, counts)| counts.then_some(key))
}
