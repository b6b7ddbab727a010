//! Rules about the program and how it is compiled.

use super::{Facts, Found, Rule, Severity};
use crate::context::ContextPath;
use crate::golang::{GoLine, LayoutKind};
use crate::spec::{Cgo, Cover, Profile, Race, Strip, Trimpath};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "CpuLimitUnseen",
        severity: Severity::Advice,
        about: "The program knows how many CPUs its container may use.",
        find: cpu_limit_unseen,
    },
    Rule {
        name: "ProfilerExposed",
        severity: Severity::Risk,
        about: "Not everybody who reaches the program can look into it.",
        find: profiler_exposed,
    },
    Rule {
        name: "RaceDetectorInImage",
        severity: Severity::Advice,
        about: "The race detector is for tests.",
        find: race_detector_in_image,
    },
    Rule {
        name: "CoverageInImage",
        severity: Severity::Advice,
        about: "Coverage is for tests.",
        find: coverage_in_image,
    },
    Rule {
        name: "PathsInProgram",
        severity: Severity::Advice,
        about: "The program is the same wherever it is built.",
        find: paths_in_program,
    },
    Rule {
        name: "SymbolsInProgram",
        severity: Severity::Advice,
        about: "The image does not hold what only a debugger reads.",
        find: symbols_in_program,
    },
    Rule {
        name: "StampAsFlag",
        severity: Severity::Advice,
        about: "Values are stamped under `build.stamp`, which checks their symbols.",
        find: stamp_as_flag,
    },
    Rule {
        name: "RedundantLinkerFlag",
        severity: Severity::Advice,
        about: "Linker flags say something that is not so already.",
        find: redundant_linker_flag,
    },
    Rule {
        name: "DynamicOnBareBase",
        severity: Severity::Mistake,
        about: "A base has the C library that programs on it are linked with.",
        find: dynamic_on_bare_base,
    },
    Rule {
        name: "MisplacedProfile",
        severity: Severity::Mistake,
        about: "A profile is where Go looks for it.",
        find: misplaced_profile,
    },
];

/// What says whether a program heeds them.
const SETTING: &str = "containermaxprocs";
/// What older programs have for it.
const LIBRARY: &str = "go.uber.org/automaxprocs";

/// From Go 1.25 on the runtime sees CPU limits, if the language is that (`containermaxprocs` of go.dev/doc/godebug).
fn cpu_limit_unseen(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let (file, go, line) = match &facts.layout.kind {
        LayoutKind::Module { file, module } => (file, &module.go, module.module_line),
        LayoutKind::Workspace { file, work, .. } => (file, &work.go, 1),
        LayoutKind::NoModule { .. } => return,
    };
    let seen = |go: &GoLine| go.version.satisfies_release_tag(1, 25);
    if facts.mains.is_empty() || go.as_ref().is_some_and(seen) {
        return;
    }
    let said = |file: &ContextPath| {
        let text = facts.files.get(file).map(Vec::as_slice).unwrap_or_default();
        text.windows(SETTING.len()).any(|part| part == SETTING.as_bytes())
    };
    let told = facts.variable("GOMAXPROCS").is_some()
        || facts.variable("GODEBUG").is_some_and(|settings| settings.contains(SETTING))
        || said(file)
        || facts.mains.iter().flat_map(|main| &main.files).any(said)
        || facts.sources.values().flat_map(|source| &source.imports).any(|import| import.path == LIBRARY);
    if told {
        return;
    }
    let is =
        go.as_ref().map_or_else(|| "has no `go` line".to_owned(), |go| format!("says `go {}`", go.version));
    let message = format!(
        "`{file}` {is}, so the program starts as many threads as the machine has CPUs, whatever the container may use; write `go \
         1.25` or later there, or set `image.env.GOMAXPROCS`"
    );
    found.in_file(file, go.as_ref().map_or(line, |go| go.line), &message);
}

fn profiler_exposed(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for file in facts.mains.iter().flat_map(|main| &main.files) {
        let imports = facts.sources.get(file).into_iter().flat_map(|source| &source.imports);
        for import in imports.filter(|import| import.path == "net/http/pprof") {
            let message = format!(
                "`{file}` imports `net/http/pprof`, which adds `/debug/pprof/` to the default handlers of `net/http`; serve it on \
                 a port of its own that nobody else reaches, or leave it out with a build tag"
            );
            found.in_file(file, import.line, &message);
        }
    }
}

fn race_detector_in_image(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.spec.build.race.value == Race::On {
        let message = "`build.race: true` makes the program several times slower and larger; write `test.race: true`, and leave \
                       the image without";
        found.on(facts.spec.build.race.span, message);
    }
}

fn coverage_in_image(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.spec.build.cover.value == Cover::On {
        let message = "`build.cover: true` makes the program count the lines it runs; write `test.cover: true`, and leave the \
                       image without";
        found.on(facts.spec.build.cover.span, message);
    }
}

fn paths_in_program(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.spec.build.trimpath == Trimpath::No {
        let message = "`build.trimpath: false` leaves paths of the builder in the program; remove it";
        found.at(&["build", "trimpath"], message);
    }
}

fn symbols_in_program(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.spec.build.strip == Strip::No {
        let message = "`build.strip: false` makes the program half as large again, for debuggers alone; remove it, or skip this \
                       rule in the image for debugging";
        found.at(&["build", "strip"], message);
    }
}

fn stamp_as_flag(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let words: Vec<&str> = facts.spec.build.ldflags.iter().flat_map(|flags| flags.value.words()).collect();
    for (word, next) in words.iter().zip(words.iter().skip(1).chain([&""])) {
        let stamp = match word.trim_start_matches('-').strip_prefix('X') {
            Some("") => next,
            Some(stamp) if stamp.starts_with('=') => &stamp[1..],
            _ => continue,
        };
        if let Some((symbol, _)) = stamp.split_once('=').filter(|_| word.starts_with('-')) {
            let message = format!(
                "`build.ldflags` stamps `{symbol}`, and nobody looks whether there is such a variable; write it under \
                 `build.stamp`: `{symbol}: …`"
            );
            found.at(&["build", "ldflags"], &message);
        }
    }
}

fn redundant_linker_flag(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let mut words = facts.spec.build.ldflags.iter().flat_map(|flags| flags.value.words());
    if let (Some(word), Strip::Yes) =
        (words.find(|word| matches!(*word, "-s" | "-w")), facts.spec.build.strip)
    {
        let message = format!("`build.ldflags` has `{word}`, which is there without; remove it");
        found.at(&["build", "ldflags"], &message);
    }
}

fn dynamic_on_bare_base(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.spec.build.cgo.value == Cgo::Dynamic && facts.is_bare() {
        let message = "`build.cgo: dynamic` needs a C library, which the base does not have; write `build.cgo: static`, or take \
                       a base that has it, such as `image.base: gcr.io/distroless/base-debian12:nonroot`";
        found.on(facts.spec.build.cgo.span, message);
    }
}

fn misplaced_profile(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    const NAME: &str = "default.pgo";
    let beside = |directory: &ContextPath| directory.join(NAME).is_ok_and(|file| facts.listing.file(&file));
    if facts.spec.build.pgo.value != Profile::Auto || facts.mains.iter().any(|main| beside(&main.directory)) {
        return;
    }
    let has_go = |directory: &ContextPath| {
        facts.listing.files_in(directory).any(|file| file.extension() == Some("go"))
    };
    let walked = |directory: &ContextPath| {
        directory
            .elements()
            .all(|name| !name.starts_with(['.', '_']) && !matches!(name, "testdata" | "vendor"))
    };
    let [main] = facts.mains else { return };
    for directory in
        facts.listing.directories().filter(|place| beside(place) && walked(place) && !has_go(place))
    {
        let file = directory.join(NAME).map(|file| file.to_string()).unwrap_or_default();
        let message = format!(
            "`{file}` is used by no program: Go looks for it beside `package main`, in `{}`; move it there, or write `build.pgo: \
             {file}`",
            main.directory
        );
        found.at(&["build", "pgo"], &message);
    }
}
