//! The stages before the last: the toolchain, what is generated, tests, the programs.
//!
//! Invariant: the command that compiles is read from the graph.

use super::super::go_step::{MODULES, PROFILE, SOURCES, mounted};
use super::super::names::Step;
use super::super::test::{arguments, packages};
use super::super::{Download, Findings, Goal, Inputs, Mode, compile, modules};
use super::image::{image, unknown_layers};
use super::lines::{Lines, declare, from, pairs};
use super::text::{exec, literal, mount, path, paths, shell};
use super::{OpenArg, Twice, access, files};
use crate::golang::LayoutKind;
use crate::spec::{Profile, Spanned, StepNetwork, Trimpath, names_in};
use buildkit_llb::{Definition, Work};
use std::collections::BTreeSet;

/// Where the Go image and most people have the two caches.
const MODULE_CACHE: &str = "/go/pkg/mod";
pub(super) const BUILD_CACHE: &str = "/root/.cache/go-build";

/// The command that compiles and its environment, as the graph has them.
struct Command {
    argv: Vec<String>,
    env: Vec<(String, String)>,
}

/// The whole file.
pub(super) fn file(plan: &Twice<'_>, args: &[OpenArg], name: &str) -> String {
    let (inputs, _) = plan.now;
    let mut lines = Lines::default();
    lines.comment(&format!("Made from {name} by --call=gobuild.dockerfile."));
    for said in cannot(inputs) {
        lines.comment(&format!("Not in here: {said}."));
    }
    for arg in args {
        if let Some(fixed) = &arg.fixed {
            lines.comment(&format!(
                "The arg {} is `{fixed}` for good, as no instruction that has it takes args.",
                arg.name
            ));
        }
    }
    for layer in unknown_layers(plan) {
        lines.comment(&format!("Not in here: {layer}."));
    }
    let Some(command) = command(plan) else {
        lines.comment("There is no program to compile.");
        return lines.0;
    };
    if inputs.spec.build.trimpath == Trimpath::No && !args.is_empty() {
        // Such a program holds its linker flags, in which an arg takes quotes.
        lines.comment("What is compiled has the args' values of now (`build.trimpath: false`).");
    }
    toolchain(&mut lines, inputs);
    let sources = generate(&mut lines, inputs);
    tests(&mut lines, inputs, &sources);
    compile(&mut lines, plan, &command, args, &sources);
    files::stage(&mut lines, plan);
    image(&mut lines, plan, args);
    lines.0
}

/// Keys that a Dockerfile has nothing for.
fn cannot(inputs: &Inputs<'_>) -> Vec<&'static str> {
    let spec = inputs.spec;
    let said = [
        (!spec.image.capabilities.is_empty(), "what the programs may do (`image.capabilities`)"),
        (spec.image.licenses, "the licences of what is linked (`image.licenses`)"),
        (spec.modules.verify, "the comparison of downloaded modules with their checksums (`modules.verify`)"),
        (inputs.mode == Mode::Layers, "layers with what modules compile to (`cache: layers`)"),
        (
            spec.build.has_c(),
            "the search for a C compiler: `CC` names another than gcc; programs for other platforms are compiled under emulation",
        ),
        (
            spec.generate.0.iter().any(|step| !step.value.inputs.is_empty()),
            "the `inputs` of generate steps: each runs again with any change of the context",
        ),
    ];
    said.into_iter().filter(|(counts, _)| *counts).map(|(_, text)| text).collect()
}

/// The step that compiles.
fn command(plan: &Twice<'_>) -> Option<Command> {
    // Without `-trimpath` the program knows its flags, quotes and all.
    let (inputs, built) = match plan.now.0.spec.build.trimpath {
        Trimpath::Yes => plan.open,
        Trimpath::No => plan.now,
    };
    let definition = Definition::of(&built.output);
    let views: Vec<_> = definition.views().collect();
    let mut found = views.iter().filter_map(|view| match (view.name().and_then(Step::parse), view.work()) {
        (Some((_, Step::Build, _)), Work::Process { argv, env, .. }) => Some((argv, env)),
        _ => None,
    });
    let (argv, env) = found.next_back()?;
    let start = argv.iter().position(|word| word == "go")?;
    let of_image: BTreeSet<(&str, &str)> = inputs.builder.config.config.env.iter().collect();
    let env = env.iter().filter_map(|entry| entry.split_once('='));
    let env = env.filter(|entry| !of_image.contains(entry) && !ours(entry.0));
    Some(Command {
        argv: compile::with_values(inputs.spec, &argv[start..]),
        env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    })
}

/// Variables that name places of our steps, or that the platform decides.
fn ours(name: &str) -> bool {
    const PLACES: [&str; 8] =
        ["GOARCH", "GOCACHE", "GOENV", "GOMODCACHE", "GOOS", "GOPROXY", "GOTMPDIR", "HOME"];
    name.starts_with("GOBUILD_") || PLACES.contains(&name)
}

/// Where the compiler runs: for C in the target's own environment, or there would have to be another compiler.
fn platform(inputs: &Inputs<'_>) -> &'static str {
    if inputs.spec.build.has_c() { "" } else { "--platform=$BUILDPLATFORM " }
}

fn downloads(inputs: &Inputs<'_>) -> bool {
    *inputs.download != Download::Nothing
}

fn toolchain(lines: &mut Lines, inputs: &Inputs<'_>) {
    lines.blank();
    // With git and ssh, where modules come from repositories.
    let image = inputs.downloader.unwrap_or(inputs.builder);
    lines.line(&format!("FROM {}{} AS go", platform(inputs), from(image)));
    lines.line(&format!("WORKDIR {}", path(&mounted(&inputs.layout.root))));
    let mut env = vec![
        ("GOENV".to_owned(), "off".to_owned()),
        ("GOCACHE".to_owned(), BUILD_CACHE.to_owned()),
        ("GOMODCACHE".to_owned(), module_cache(inputs)),
    ];
    env.extend(
        modules::variables(&inputs.spec.modules)
            .into_iter()
            .filter(|(_, name, _)| !name.starts_with("GOBUILD_"))
            .map(|(_, name, value)| (name.to_owned(), value)),
    );
    if !downloads(inputs) {
        env.push(("GOPROXY".to_owned(), "off".to_owned()));
    }
    pairs(lines, "ENV", env.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let prepare = access::preparations(&inputs.spec.modules);
    for command in prepare {
        lines.line(&format!("RUN {command}"));
    }
}

/// Paths of modules are in programs that keep paths.
fn module_cache(inputs: &Inputs<'_>) -> String {
    match inputs.spec.build.trimpath {
        Trimpath::Yes => MODULE_CACHE.to_owned(),
        Trimpath::No if downloads(inputs) => inputs.download.folder(),
        Trimpath::No => MODULES.to_owned(),
    }
}

/// The mounts of a step that compiles the repository.
fn mounts(inputs: &Inputs<'_>, sources: &str) -> Vec<String> {
    let mut mounts = vec![format!("--mount=type=bind,{sources}target={SOURCES}")];
    if inputs.mode != Mode::Off {
        if downloads(inputs) {
            mounts.push(format!("--mount=type=cache,target={}", module_cache(inputs)));
        }
        mounts.push(format!("--mount=type=cache,target={BUILD_CACHE}"));
    }
    if downloads(inputs) {
        mounts.extend(access::mounts(&inputs.spec.modules));
    } else {
        mounts.push("--network=none".to_owned());
    }
    mounts
}

/// The stages that make files, and what the mount of the sources comes from.
fn generate(lines: &mut Lines, inputs: &Inputs<'_>) -> String {
    let steps = &inputs.spec.generate.0;
    if steps.is_empty() {
        return String::new();
    }
    let mut made: Vec<[String; 3]> = Vec::new();
    for (index, (Spanned { value: step, .. }, generator)) in steps.iter().zip(inputs.generators).enumerate() {
        let name = format!("generate-{}", index + 1);
        lines.blank();
        let image =
            generator.image.as_ref().map(|image| format!("--platform=$BUILDPLATFORM {}", from(image)));
        lines.line(&format!("FROM {} AS {name}", image.unwrap_or_else(|| "go".to_owned())));
        lines.line(&format!("WORKDIR {SOURCES}"));
        match &step.context {
            Some(context) => lines.line(&format!("COPY --from={} / .", context.value.as_str())),
            None => {
                lines.line("COPY . .");
                for copy in &made {
                    lines.line(&copied(copy, SOURCES));
                }
            }
        }
        if let Some(workdir) = step.workdir.as_ref().filter(|workdir| !workdir.0.is_root()) {
            lines.line(&format!("WORKDIR {}", path(&format!("{SOURCES}/{}", workdir.0))));
        }
        pairs(lines, "ENV", step.env.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let mut options: Vec<String> = Vec::new();
        options
            .extend(step.cache.iter().map(|cache| mount(&[("type", "cache"), ("target", cache.as_str())])));
        options.extend(
            step.secrets.iter().map(|id| format!("--mount=type=secret,id={},required=true", id.as_str())),
        );
        if generator.image.is_none() && downloads(inputs) {
            options.push(format!("--mount=type=cache,target={}", module_cache(inputs)));
            options.extend(access::mounts(&inputs.spec.modules));
        } else if step.network == StepNetwork::None {
            options.push("--network=none".to_owned());
        }
        for argv in &step.run.argvs {
            let mut parts = vec!["RUN".to_owned()];
            parts.extend(options.iter().cloned());
            parts.push(exec(argv));
            lines.line(&parts.join(" "));
        }
        for output in &step.outputs {
            made.push([name.clone(), output.from.to_string(), output.to.to_string()]);
        }
    }
    lines.blank();
    lines.line("FROM scratch AS sources");
    lines.line("COPY . /");
    for copy in &made {
        lines.line(&copied(copy, ""));
    }
    "from=sources,".to_owned()
}

/// What a step has made, in the place where it belongs.
fn copied([stage, from, to]: &[String; 3], root: &str) -> String {
    let places = [format!("{SOURCES}/{}", literal(from)), format!("{root}/{to}")];
    format!("COPY --from={stage} {}", paths(&places))
}

/// The args that say what is compiled for, and the variables that tell Go.
pub(super) fn target_variables(inputs: &Inputs<'_>) -> (String, Vec<String>) {
    let mut args = "ARG TARGETOS TARGETARCH".to_owned();
    let mut words = vec!["GOOS=$TARGETOS".to_owned(), "GOARCH=$TARGETARCH".to_owned()];
    if let Some(level) = inputs.target.setting() {
        let (name, value) = level.env();
        let is_said = inputs.spec.build.levels().any(|(_, said, _)| said == level);
        words.push(match name {
            _ if is_said => format!("{name}={value}"),
            // `v7` of arm is 7 for Go, `v2` of amd64 is v2.
            "GOARM" => format!("{name}=${{TARGETVARIANT#v}}"),
            _ => format!("{name}=$TARGETVARIANT"),
        });
        if !is_said {
            args.push_str(" TARGETVARIANT");
        }
    }
    (args, words)
}

fn tests(lines: &mut Lines, inputs: &Inputs<'_>, sources: &str) {
    let (spec, layout) = (inputs.spec, inputs.layout);
    if matches!(layout.kind, LayoutKind::NoModule { .. }) {
        return;
    }
    let Ok(packages) = packages(inputs) else { return };
    let words = arguments(inputs, Findings::Fail, Vec::new());
    let flags: Vec<String> =
        words.into_iter().filter(|word| word != "-vet" && word != "-report-only").collect();
    let (packages, flags): (Vec<String>, Vec<String>) =
        (packages.iter().map(|word| shell(word)).collect(), flags.iter().map(|word| shell(word)).collect());
    lines.blank();
    lines.comment("docker buildx build --target test");
    let image = Goal::Test(Findings::Fail).builder(spec, layout);
    if inputs.builder.name == image.familiar() || inputs.downloader.is_some() {
        lines.line("FROM go AS test");
    } else {
        // The race detector takes a C compiler.
        lines.line(&format!("FROM --platform=$BUILDPLATFORM {} AS test", image.familiar()));
        lines.line(&format!("WORKDIR {}", path(&mounted(&layout.root))));
        pairs(lines, "ENV", [("GOCACHE", BUILD_CACHE), ("GOMODCACHE", &module_cache(inputs))].into_iter());
    }
    let c = if spec.test.race || spec.build.has_c() { "1" } else { "0" };
    let mut env = vec![("CGO_ENABLED", c)];
    if !matches!(layout.kind, LayoutKind::Workspace { .. }) {
        env.push(("GOWORK", "off"));
    }
    env.extend(spec.test.env.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    pairs(lines, "ENV", env.into_iter());
    // Tests write where they are; nothing of it stays.
    let mut parts: Vec<String> = Vec::new();
    parts.extend(
        mounts(inputs, sources)
            .into_iter()
            .map(|mount| mount.replace(&format!("target={SOURCES}"), &format!("target={SOURCES},rw"))),
    );
    if spec.test.network == StepNetwork::Default {
        parts.retain(|part| part != "--network=none");
    }
    let mut commands = if downloads(inputs) { access::first(&spec.modules) } else { Vec::new() };
    if spec.test.vet.unwrap_or(true) {
        let tags = flags.iter().filter(|flag| flag.contains("-tags=")).cloned();
        commands.push(
            ["go".to_owned(), "vet".to_owned()]
                .into_iter()
                .chain(tags)
                .chain(packages.clone())
                .collect::<Vec<_>>()
                .join(" "),
        );
    }
    commands.push(
        ["go".to_owned(), "test".to_owned()]
            .into_iter()
            .chain(flags)
            .chain(packages)
            .collect::<Vec<_>>()
            .join(" "),
    );
    commands.push("touch /tested".to_owned());
    lines.run(&parts, &commands);
}

fn compile(lines: &mut Lines, plan: &Twice<'_>, command: &Command, args: &[OpenArg], sources: &str) {
    let inputs = plan.now.0;
    let spec = inputs.spec;
    lines.blank();
    lines.line("FROM go AS build");
    let (target_args, mut words) = target_variables(inputs);
    lines.line(&target_args);
    let used: Vec<&str> = command
        .argv
        .iter()
        .chain(command.env.iter().map(|(_, value)| value))
        .flat_map(|text| names_in(text))
        .collect();
    declare(lines, args, &used);
    let env: Vec<(&str, &str)> =
        command.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let is_decided = |name: &str| words.iter().any(|word| word.split('=').next() == Some(name));
    pairs(lines, "ENV", env.iter().copied().filter(|(name, _)| !is_decided(name)));
    let mut parts = mounts(inputs, sources);
    if let Profile::File(file) = &spec.build.pgo.value {
        let parent = file.parent().filter(|parent| !parent.is_root());
        let mut fields = vec![("type", "bind")];
        fields.extend((!sources.is_empty()).then_some(("from", "sources")));
        fields.extend(parent.as_ref().map(|parent| ("source", parent.as_str())));
        fields.push(("target", PROFILE));
        parts.push(mount(&fields));
    }
    if spec.test.gate {
        parts.push("--mount=type=bind,from=test,source=/tested,target=/tested".to_owned());
    }
    let mut commands = if downloads(inputs) { access::first(&spec.modules) } else { Vec::new() };
    // A flag a line.
    for word in &command.argv {
        let start = if word.starts_with('-') { "\\\n      " } else { "" };
        words.push(format!("{start}{}", shell(word)));
    }
    commands.push(words.join(" "));
    lines.run(&parts, &commands);
}
