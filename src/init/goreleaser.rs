//! A `.goreleaser.yaml` in the words of our build file.
//!
//! Invariant: a template that has a value here is a reference; what has none is in a note.

use super::draft::{Draft, Value, literal};
use super::go_build::Cgo;
use super::ko::{env, flags, linker_flags};
use super::names::Names;
use super::{GoFacts, binary, main_path, say_mains};
use crate::spec::yaml;

/// What is built of one program.
struct Program {
    main: String,
    /// What the file calls its builds.
    ids: Vec<String>,
    draft: Draft,
}

/// Says what the file says.
pub(super) fn read(draft: &mut Draft, text: &str, facts: &GoFacts) {
    let Some(root) = Fields::read(draft, text) else { return };
    let builds = root.list("builds");
    let mut programs: Vec<Program> = Vec::new();
    for build in builds.iter().filter(|build| build.text("skip").as_deref() != Some("true")) {
        let main = main(build);
        let id = build.text("id").unwrap_or_else(|| binary(&main, facts));
        if !is_for_linux(build) {
            let line = build.line("goos").or(build.line("targets"));
            draft.note(line, format!("`{id}` is not for linux, and images are Linux images: it is left out"));
            continue;
        }
        // The same program for several systems is one here.
        let index = programs.iter().position(|known| known.main == main).unwrap_or_else(|| {
            programs.push(Program { main: main.clone(), ids: Vec::new(), draft: Draft::new("", None) });
            programs.len() - 1
        });
        let program = &mut programs[index];
        program.ids.push(id);
        if let Some(name) =
            build.text("binary").filter(|name| *name != binary(&main, facts) && !name.contains("{{"))
        {
            let line = build.line("binary");
            program
                .draft
                .note(line, format!("the program is `{}` here; it was `{name}`", binary(&main, facts)));
        }
        of_build(&mut program.draft, build);
    }
    if builds.iter().all(|build| build.texts("ldflags").is_empty()) {
        draft.note(
            root.line("builds"),
            "GoReleaser stamps `main.version`, `main.commit` and `main.date` where a file says nothing of linker flags: \
             `build.stamp: {main.version: \"${VERSION:-dev}\"}` does, for variables that the program has",
        );
    }
    let dockers: Vec<Fields> = root.list("dockers").into_iter().chain(root.list("dockers_v2")).collect();
    // A Dockerfile may put several programs into one image.
    let apart = programs.len() > 1 && dockers.iter().all(|docker| docker.texts("ids").len() == 1);
    if programs.len() > 1 && !apart {
        draft.note(root.line("builds"), "all programs are in one image here, and flags are for all of them");
    }
    for docker in &dockers {
        let file = docker.text("dockerfile").unwrap_or_else(|| "Dockerfile".to_owned());
        draft.note(
            docker.line("dockerfile").or(root.line("dockers")),
            format!("`-f {file} --call=gobuild.init` shows what the image says; it is built with `docker buildx build` now"),
        );
        let mut labels = docker.map("labels");
        let flags = docker.texts("build_flag_templates");
        let flags = flags.iter().filter_map(|flag| flag.strip_prefix("--label=")?.split_once('='));
        labels.extend(flags.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let line = docker.line("labels").or(docker.line("build_flag_templates"));
        for draft in drafts(draft, &mut programs, &docker.texts("ids")) {
            self::labels(draft, line, &labels);
        }
        platforms(draft, docker);
    }
    for ko in root.list("kos") {
        for draft in drafts(draft, &mut programs, &ko.text("build").into_iter().collect::<Vec<String>>()) {
            if let Some(base) = ko.text("base_image").filter(|base| !base.contains("{{")) {
                draft.set(&["image", "base"], Value::text(base));
            }
            labels(draft, ko.line("labels"), &ko.map("labels"));
        }
        platforms(draft, &ko);
    }
    for section in [
        "archives",
        "nfpms",
        "brews",
        "homebrew_casks",
        "snapcrafts",
        "signs",
        "docker_signs",
        "sboms",
        "docker_manifests",
    ] {
        if !root.list(section).is_empty() {
            draft.note(
                root.line(section),
                format!("`{section}` stays with GoReleaser: an image is all that is made here"),
            );
        }
    }
    let mut names = Names::default();
    let mut mains = Vec::new();
    for Program { main, ids, draft: own } in programs {
        if apart {
            let name = names.free(ids.first().unwrap_or(&main));
            draft.set(&["targets", &name, "main"], Value::text(main));
            draft.adopt(&["targets", &name], own);
        } else {
            draft.adopt(&[], own);
            mains.push(main);
        }
    }
    say_mains(draft, &mains, facts);
}

/// The directory of a build's program.
fn main(build: &Fields) -> String {
    let directory = build.text("dir").unwrap_or_default();
    let main = build.text("main").unwrap_or_default();
    let main = main.trim_start_matches("./");
    let main = match main.rsplit_once('/') {
        Some((above, file)) if file.ends_with(".go") => above,
        None if main.ends_with(".go") => "",
        _ => main,
    };
    main_path(&format!("{}/{main}", directory.trim_end_matches('/')))
}

/// Whether a build is for the one system that images have; without a list it is for several.
fn is_for_linux(build: &Fields) -> bool {
    let systems = build.texts("goos");
    let targets = build.texts("targets");
    let is_linux = |name: &String| {
        name.split('_').next() == Some("linux") || name.starts_with("go_") || name.contains("{{")
    };
    match (systems.as_slice(), targets.as_slice()) {
        ([], []) => true,
        ([], targets) => targets.iter().any(is_linux),
        (systems, _) => systems.iter().any(is_linux),
    }
}

/// The drafts of the programs with these ids; of none, what is said for all.
fn drafts<'a>(all: &'a mut Draft, programs: &'a mut [Program], ids: &[String]) -> Vec<&'a mut Draft> {
    let named = programs.iter_mut().filter(|program| program.ids.iter().any(|id| ids.contains(id)));
    let named: Vec<&mut Draft> = named.map(|program| &mut program.draft).collect();
    if named.is_empty() { vec![all] } else { named }
}

fn of_build(draft: &mut Draft, build: &Fields) {
    let worded = |draft: &mut Draft, name: &str| -> (Option<usize>, Vec<String>) {
        let line = build.line(name);
        (line, build.texts(name).iter().map(|text| templates(draft, line, text)).collect())
    };
    let (line, words) = worded(draft, "env");
    env(draft, line, &words);
    let (line, words) = worded(draft, "flags");
    flags(draft, line, &words, Cgo::Off);
    let (line, words) = worded(draft, "ldflags");
    if !words.is_empty() {
        linker_flags(draft, line, &words);
    }
    for tag in build.texts("tags") {
        draft.add(&["build", "tags"], &tag);
    }
    for (name, key) in [("gcflags", "gcflags"), ("asmflags", "asmflags")] {
        let (_, words) = worded(draft, name);
        for word in words {
            draft.add(&["build", key], &word);
        }
    }
    if build.text("buildmode").as_deref() == Some("pie") {
        draft.set(&["build", "buildmode"], Value::text("pie"));
    }
    let hooks = build.has("hooks");
    if hooks {
        draft.note(build.line("hooks"), "`hooks` do not run here; what makes files is a step of `generate`");
    }
    let architectures = build.texts("goarch");
    if !architectures.is_empty() {
        let platforms: Vec<String> = architectures.iter().map(|name| format!("linux/{name}")).collect();
        draft.note(
            build.line("goarch"),
            format!("platforms are said where it is built: `--platform {}`", platforms.join(",")),
        );
    }
}

fn labels(draft: &mut Draft, line: Option<usize>, labels: &[(String, String)]) {
    for (name, value) in labels {
        let value = templates(draft, line, value);
        if !value.is_empty() {
            draft.set(&["image", "labels", name], Value::text(value));
        }
    }
}

fn platforms(draft: &mut Draft, fields: &Fields) {
    let platforms = fields.texts("platforms");
    if !platforms.is_empty() {
        draft.note(
            fields.line("platforms"),
            format!("platforms are said where it is built: `--platform {}`", platforms.join(",")),
        );
    }
}

/// A text with its templates (`{{ .Version }}`) as references.
pub(super) fn templates(draft: &mut Draft, line: Option<usize>, text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        whole.push_str(&literal(before));
        let (template, after) = after.split_once("}}").unwrap_or((after, ""));
        rest = after;
        let name = template.trim_matches(|c: char| c.is_whitespace() || c == '-');
        let name = name.strip_prefix('.').unwrap_or(name);
        // As ko calls them.
        let name = name.strip_prefix("Git.").unwrap_or(name);
        let arg = |draft: &mut Draft, name: &str, default: &str| {
            draft.set(&["args", name], Value::text(default));
            format!("${{{name}}}")
        };
        let value = match name {
            "Version" | "RawVersion" | "Tag" | "Summary" => arg(draft, "VERSION", "dev"),
            "Commit" | "FullCommit" => "${COMMIT}".to_owned(),
            "ShortCommit" => {
                draft.note(line, "the commit is there in its whole length");
                "${COMMIT}".to_owned()
            }
            "Date" | "CommitDate" | "Timestamp" | "CommitTimestamp" => {
                draft.note(
                    line,
                    format!(
                        "`.{name}` is `${{SOURCE_DATE_EPOCH}}` here, seconds that \
                         `--build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)` gives"
                    ),
                );
                "${SOURCE_DATE_EPOCH}".to_owned()
            }
            "Os" => "${TARGETOS}".to_owned(),
            "Arch" => "${TARGETARCH}".to_owned(),
            "Branch" => arg(draft, "BRANCH", ""),
            name => match name.strip_prefix("Env.") {
                Some(name) if name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
                    arg(draft, name, "")
                }
                _ => {
                    draft.note(
                        line,
                        format!("`{{{{{template}}}}}` has no value here: declare a build arg under `args`"),
                    );
                    String::new()
                }
            },
        };
        whole.push_str(&value);
    }
    whole + &literal(rest)
}

/// A mapping of somebody else's YAML file, read with no schema.
#[derive(Clone, Debug)]
pub(super) struct Fields(Vec<(yaml::Key, yaml::Node)>);

impl Fields {
    /// The root; none after a note.
    pub(super) fn read(draft: &mut Draft, text: &str) -> Option<Fields> {
        match yaml::parse(text.as_bytes()) {
            Ok(Some(yaml::Node { value: yaml::Value::Mapping(entries), .. })) => Some(Fields(entries)),
            Ok(_) => {
                draft.note(None, "the file is empty");
                None
            }
            Err(troubles) => {
                for (problem, lines) in troubles {
                    draft.note(usize::try_from(lines.start.line).ok(), problem.to_string());
                }
                None
            }
        }
    }

    fn get(&self, name: &str) -> Option<&yaml::Node> {
        self.0.iter().find(|(key, _)| key.name == name).map(|(_, node)| node)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The line of a key.
    pub(super) fn line(&self, name: &str) -> Option<usize> {
        let (key, _) = self.0.iter().find(|(key, _)| key.name == name)?;
        usize::try_from(key.span.start.line).ok()
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(text_of)
    }

    /// A list of texts, or one; of a list of lists the texts in them.
    pub(super) fn texts(&self, name: &str) -> Vec<String> {
        match self.get(name).map(|node| &node.value) {
            Some(yaml::Value::Sequence(items)) => items.iter().filter_map(text_of).collect(),
            _ => self.text(name).into_iter().collect(),
        }
    }

    /// A list of mappings, or one.
    pub(super) fn list(&self, name: &str) -> Vec<Fields> {
        let mapping = |node: &yaml::Node| match &node.value {
            yaml::Value::Mapping(entries) => Some(Fields(entries.clone())),
            _ => None,
        };
        match self.get(name) {
            Some(yaml::Node { value: yaml::Value::Sequence(items), .. }) => {
                items.iter().filter_map(mapping).collect()
            }
            Some(node) => mapping(node).into_iter().collect(),
            None => Vec::new(),
        }
    }

    /// A mapping of names to texts.
    pub(super) fn map(&self, name: &str) -> Vec<(String, String)> {
        match self.get(name).map(|node| &node.value) {
            Some(yaml::Value::Mapping(entries)) => {
                let entry = |(key, node): &(yaml::Key, yaml::Node)| Some((key.name.clone(), text_of(node)?));
                entries.iter().filter_map(entry).collect()
            }
            _ => Vec::new(),
        }
    }
}

fn text_of(node: &yaml::Node) -> Option<String> {
    match &node.value {
        yaml::Value::Scalar(text, _) if !node.is_null() => Some(text.clone()),
        _ => None,
    }
}
