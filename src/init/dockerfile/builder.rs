//! The stages that compile: which programs, with which Go, how.
//!
//! Invariant: of a command that is neither understood nor without effect on the image there is a note.

use super::super::draft::{Draft, Value};
use super::super::go_build::{self, Cgo, GoBuild};
use super::super::shell::Command;
use super::super::{GoFacts, main_path};
use super::assets;
use super::private;
use super::stage::{Run, Stages, absolute, clean};
use super::{testing, toolchain};
use std::collections::{BTreeMap, BTreeSet};

/// A program that a stage has compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compiled {
    pub(super) line: usize,
    pub(super) stage: usize,
    /// Its directory, as `main` writes it.
    pub(super) main: String,
    /// The absolute path of the file; where that is a directory, it ends in `/`.
    pub(super) file: String,
}

/// What stages have made.
#[derive(Clone, Debug, Default)]
pub(super) struct Built {
    /// The programs.
    pub(super) programs: Vec<Compiled>,
    /// The stages that are steps of `generate`.
    pub(super) steps: BTreeSet<usize>,
}

impl Built {
    /// The directories of the programs, each once.
    pub(super) fn mains(&self) -> Vec<String> {
        let mut mains: Vec<String> = Vec::new();
        for program in &self.programs {
            if !mains.contains(&program.main) {
                mains.push(program.main.clone());
            }
        }
        mains
    }
}

/// What commands of a stage that compiles are without which its image is the same.
const EXPECTED: [&str; 24] = [
    "adduser",
    "addgroup",
    "apk",
    "apt-get",
    "apt",
    "cat",
    "cd",
    "chmod",
    "chown",
    "cp",
    "echo",
    "exit",
    "export",
    "groupadd",
    "ls",
    "mkdir",
    "microdnf",
    "mv",
    "pwd",
    "rm",
    "set",
    "touch",
    "update-ca-certificates",
    "useradd",
];

/// Reads the stages that images need.
pub(super) fn read(
    draft: &mut Draft,
    stages: &Stages,
    images: &[usize],
    needed: &BTreeSet<usize>,
    facts: &GoFacts,
) -> Built {
    let of_images: BTreeSet<usize> = images.iter().flat_map(|image| stages.chain(*image)).collect();
    let below_a_compiler = below_compilers(stages, needed);
    let mut built = Built::default();
    let mut others = Vec::new();
    for &index in needed {
        if compiles(stages, index) {
            toolchain::read(draft, stages, index, facts);
        }
        if calls_go(stages, index) || below_a_compiler.contains(&index) {
            for run in &stages.all[index].runs {
                steps(draft, stages, index, run, &mut built.programs, facts);
            }
        } else if !of_images.contains(&index) {
            others.push(index);
        }
    }
    private::read(draft, stages, needed);
    for index in others {
        if assets::read(draft, stages, index) {
            built.steps.insert(index);
        }
    }
    built
}

/// Whether a stage compiles a program.
pub(super) fn compiles(stages: &Stages, index: usize) -> bool {
    calls(stages.all[index].runs.iter(), &["build", "install"]).next().is_some()
}

/// Whether a stage is one of those that build and test.
pub(super) fn calls_go(stages: &Stages, index: usize) -> bool {
    let names = ["build", "install", "generate", "test", "vet", "mod"];
    calls(stages.all[index].runs.iter(), &names).next().is_some()
}

/// The stages that one that compiles starts from.
fn below_compilers(stages: &Stages, needed: &BTreeSet<usize>) -> BTreeSet<usize> {
    let compilers = needed.iter().filter(|index| compiles(stages, **index));
    compilers.filter_map(|index| stages.all[*index].below).flat_map(|below| stages.chain(below)).collect()
}

/// The calls of these commands of Go.
fn calls<'a>(
    runs: impl Iterator<Item = &'a Run>,
    names: &[&str],
) -> impl Iterator<Item = (&'a Run, &'a Command)> {
    runs.flat_map(|run| run.commands.iter().map(move |command| (run, command)))
        .filter(|(_, command)| matches!(plain(command), [go, name, ..] if go == "go" && names.contains(&name.as_str())))
}

/// The words of a command without the variables before it.
pub(super) fn plain(command: &Command) -> &[String] {
    let mut words = command.words.as_slice();
    while let Some((first, rest)) = words.split_first() {
        if first != "env" && first != "exec" && !is_assignment(first) {
            break;
        }
        words = rest;
    }
    words
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// The variables before a command.
fn assignments(command: &Command) -> impl Iterator<Item = (&str, &str)> {
    let assigned = command.words.len() - plain(command).len();
    command.words[..assigned].iter().filter_map(|word| word.split_once('='))
}

/// Reads the commands of one `RUN`.
fn steps(
    draft: &mut Draft,
    stages: &Stages,
    index: usize,
    run: &Run,
    programs: &mut Vec<Compiled>,
    facts: &GoFacts,
) {
    let line = Some(run.line);
    let mut workdir = run.workdir.clone();
    let mut env = run.env.clone();
    for command in &run.commands {
        let words = plain(command);
        let mut env_here = env.clone();
        env_here.extend(assignments(command).map(|(name, value)| (name.to_owned(), value.to_owned())));
        let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
        match (word(0), word(1)) {
            ("", _) => env.extend(env_here),
            ("cd", directory) => workdir = clean(&absolute(&workdir, directory)),
            ("export", _) => {
                let said = words[1..].iter().filter_map(|word| word.split_once('='));
                env.extend(said.map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            ("go", "build" | "install") => {
                let build = GoBuild::read(&words[2..]);
                let place = Place { stages, index, line: run.line, workdir: &workdir };
                compiled(draft, &place, word(1), &build, &env_here, programs, facts);
            }
            ("go", "test" | "vet") => testing::read(draft, line, &words[1..], &env_here),
            ("go", "generate") => {
                draft.note(
                    line,
                    format!(
                        "`{}` is a step of `generate`, which has to say what it makes: \
                         `generate: [{{run: [go, generate, ./...], outputs: [color_string.go]}}]`; \
                         what is committed needs no step",
                        words.join(" ")
                    ),
                );
            }
            ("go", "mod") if matches!(word(2), "download" | "verify" | "vendor") => {}
            ("go", "mod") => draft.note(
                line,
                format!(
                    "`{}` changes go.mod, which a build must not do: commit what it makes",
                    words.join(" ")
                ),
            ),
            ("go", "env") => {
                let said = words[2..].iter().filter_map(|word| word.split_once('='));
                env.extend(said.map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            // `private` reads git's.
            ("go", "version" | "list" | "clean") | ("git", "config") | ("ssh-keyscan" | "strip", _) => {}
            ("upx", _) => {
                draft.note(
                    line,
                    "`upx` has no place here: layers are compressed, and each start would pay for it",
                );
            }
            (expected, _) if EXPECTED.contains(&expected) => {}
            _ => draft.note(line, format!("`{}` does not run here", words.join(" "))),
        }
    }
    modules(draft, &env);
}

/// Where a command runs.
struct Place<'a> {
    stages: &'a Stages,
    index: usize,
    line: usize,
    workdir: &'a str,
}

impl Place<'_> {
    /// The directory of the context that is here in the stage.
    fn in_context(&self, path: &str) -> Option<String> {
        let path = clean(path);
        let chain = self.stages.chain(self.index);
        let copies = chain.iter().flat_map(|index| &self.stages.all[*index].copies);
        let mut best: Option<(usize, String)> = None;
        for copy in copies.filter(|copy| copy.from.is_none()) {
            for source in &copy.sources {
                let target = clean(&copy.target);
                // Of a directory the contents are copied; a file is in the directory that it is copied to.
                let source = clean(source);
                let name = source.rsplit('/').next().unwrap_or_default();
                let file = name.contains(['.', '*', '?']);
                let above = source.strip_suffix(name).unwrap_or_default().trim_end_matches('/');
                let source = if file && copy.target.ends_with('/') { above } else { source.as_str() };
                let Some(rest) = path.strip_prefix(target.trim_end_matches('/')) else { continue };
                if !(rest.is_empty() || rest.starts_with('/')) || (file && !copy.target.ends_with('/')) {
                    continue;
                }
                let found = clean(&format!("{source}{rest}"));
                if best.as_ref().is_none_or(|(length, _)| target.len() > *length) {
                    best = Some((target.len(), found.trim_start_matches('/').to_owned()));
                }
            }
        }
        let bound = self.stages.all[self.index].runs.iter().filter(|run| run.line == self.line);
        for mount in bound.flat_map(|run| &run.mounts) {
            let target = mount.get("target").or_else(|| mount.get("dst")).map_or(".", String::as_str);
            let target = clean(&absolute(self.workdir, target));
            let kind = mount.get("type").map_or("bind", String::as_str);
            if let (None, "bind", None, Some(rest)) =
                (&best, kind, mount.get("from"), path.strip_prefix(target.trim_end_matches('/')))
            {
                let source = mount.get("source").or_else(|| mount.get("src")).map_or("", String::as_str);
                if !source.contains('.') || source == "." {
                    best = Some((
                        target.len(),
                        clean(&format!("{source}{rest}")).trim_start_matches('/').to_owned(),
                    ));
                }
            }
        }
        best.map(|(_, path)| path)
    }
}

/// Says what a `go build` builds.
fn compiled(
    draft: &mut Draft,
    place: &Place<'_>,
    command: &str,
    build: &GoBuild,
    env: &BTreeMap<String, String>,
    programs: &mut Vec<Compiled>,
    facts: &GoFacts,
) {
    let line = Some(place.line);
    let workdir = match &build.directory {
        Some(directory) => clean(&absolute(place.workdir, directory)),
        None => place.workdir.to_owned(),
    };
    let cgo = match env.get("CGO_ENABLED").map(String::as_str) {
        Some("0") => Cgo::Off,
        Some("1") => Cgo::On,
        _ => Cgo::Unsaid,
    };
    let mut flags = build.flags.clone();
    if let Some(said) = env.get("GOFLAGS") {
        flags.extend(GoBuild::read(&go_build::quoted(said)).flags);
    }
    go_build::flags(draft, line, &flags, cgo);
    if cgo == Cgo::Unsaid {
        draft.note(
            line,
            "`CGO_ENABLED` was left to the image; here no C is compiled unless `build.cgo` is `static` or `dynamic`",
        );
    }
    for (name, value) in env {
        match name.as_str() {
            "GOEXPERIMENT" => {
                draft.set(&["build", "experiment"], Value::texts(value.split(',').filter(|word| !word.is_empty())));
            }
            "GOFIPS140" => draft.set(&["build", "fips"], Value::text(value)),
            "GOAMD64" | "GOARM" | "GOARM64" | "GO386" | "GOMIPS" | "GOMIPS64" | "GOPPC64" | "GORISCV64"
                // The variant of the platform is taken anyhow.
                if !value.contains("${") && !value.is_empty() =>
            {
                draft.set(&["build", &name.to_ascii_lowercase()], Value::text(value));
            }
            "GOARCH" if !value.contains("${") && !value.is_empty() => {
                draft.note(line, format!("`GOARCH={value}` is `--platform linux/{value}` here"));
            }
            _ => {}
        }
    }

    let packages = if build.packages.is_empty() { vec![".".to_owned()] } else { build.packages.clone() };
    for package in &packages {
        let package = package.split('@').next().unwrap_or(package);
        let own = facts.module.as_deref().and_then(|module| package.strip_prefix(module));
        let directory = if let Some(rest) = own.filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            Some(rest.trim_start_matches('/').to_owned())
        } else if package == "."
            || package.starts_with("./")
            || package.starts_with("../")
            || package.starts_with('/')
            || package.ends_with(".go")
        {
            let path = clean(&absolute(&workdir, package));
            let path = if package.ends_with(".go") {
                path.rsplit_once('/').map_or("/", |(above, _)| above).to_owned()
            } else {
                path
            };
            place.in_context(&path).or_else(|| {
                Some(package.trim_end_matches(".go").to_owned()).filter(|_| package.starts_with("./cmd"))
            })
        } else {
            draft.note(line, format!("`{package}` is a program of another module, which is not built here"));
            continue;
        };
        // Where the sources are in the stage nobody may be able to tell: the program is then taken that is found.
        let Some(directory) = directory.or_else(|| facts.main.clone()) else { continue };
        if directory.contains("...") {
            draft.note(line, format!("`{package}` is several packages: `main` is a list of directories"));
            continue;
        }
        let main = main_path(&directory);
        let name = super::super::binary(&main, facts);
        let file = match (&build.output, command) {
            (Some(output), _) => {
                let path = absolute(&workdir, output);
                if path.ends_with('/') || packages.len() > 1 {
                    format!("{}/{name}", clean(&path))
                } else {
                    path
                }
            }
            (None, "install") => format!("/go/bin/{name}"),
            (None, _) => format!("{}/{name}", workdir.trim_end_matches('/')),
        };
        programs.push(Compiled { line: place.line, stage: place.index, main, file });
    }
}

/// Says where modules come from.
fn modules(draft: &mut Draft, env: &BTreeMap<String, String>) {
    for (variable, key) in [("GOPROXY", "proxy"), ("GOSUMDB", "sumdb")] {
        let Some(value) = env.get(variable).filter(|value| !value.is_empty()) else { continue };
        if key == "proxy" {
            let proxies = value.split([',', '|']).map(str::trim).filter(|proxy| !proxy.is_empty());
            draft.set(&["modules", key], Value::one_or_more(proxies.map(str::to_owned).collect()));
        } else {
            draft.set(&["modules", key], Value::text(value));
        }
    }
}
