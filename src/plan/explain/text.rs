//! The explanation for people.
//!
//! Invariant: lower case and aligned; what is the same for all platforms is said once, and what does not apply is not
//! said.

use super::Explanation;
use super::choice::{Choices, Image, Main, Modules, Origin, Reason, Sources};
use super::step::{Before, Explained, Files, Key};
use crate::golang::Doubt;
use crate::plan::names::{Extent, Step};
use crate::plan::{Chosen, Goal, Mode};
use crate::spec::{Influence, Source};

/// The widest value that a note stands beside.
const WIDEST: usize = 44;
/// More module files than this are counted.
const MOST_FILES: usize = 3;

/// A line of the first part: a value, and a note beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    value: String,
    note: String,
}

impl Line {
    fn new(value: impl Into<String>, note: impl Into<String>) -> Line {
        Line { value: value.into(), note: note.into() }
    }
}

/// The whole text.
pub(super) fn text(explanation: &Explanation) -> String {
    let choices = &explanation.choices;
    let mut rows: Vec<(&str, Vec<Line>)> = Vec::new();
    let mut row = |label: &'static str, lines: &dyn Fn(&Choices) -> Vec<Line>| {
        rows.push((label, for_platforms(choices, lines)));
    };
    row("main", &|choices| choices.mains.iter().map(main).collect());
    row("builder", &|choices| image(&choices.builder));
    row("base", &|choices| choices.base.iter().flat_map(image).collect());
    row("cache", &cache);
    row("sources", &|choices| sources(&choices.sources));
    row("modules", &|choices| vec![modules(&choices.modules, choices.goal)]);
    rows.insert(1, ("platform", vec![platforms(choices)]));
    if let Some(influence) = &explanation.influence {
        rows.push(("org", organisation(influence)));
    }
    if let Some(target) = &explanation.target {
        rows.insert(0, ("target", vec![Line::new(&target.name, target_by(&target.by))]));
    }

    let noted = rows.iter().flat_map(|(_, lines)| lines).filter(|line| !line.note.is_empty());
    let width = noted.map(|line| line.value.chars().count()).filter(|width| *width <= WIDEST).max();
    let width = width.unwrap_or(0);
    let mut text = String::new();
    for (label, lines) in &rows {
        for (number, Line { value, note }) in lines.iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            push(&mut text, &format!("{label:<9} {value:<width$}  {note}"));
        }
    }
    for step in &explanation.steps {
        text.push('\n');
        push(&mut text, &step.name);
        for (label, lines) in facts(step) {
            for (number, line) in lines.iter().enumerate() {
                let label = if number == 0 { label } else { "" };
                push(&mut text, &format!("  {label:<16}  {line}"));
            }
        }
    }
    text
}

fn push(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

/// Lines for all platforms: once if they are the same, else each with the platforms that it is for.
fn for_platforms(choices: &[Choices], lines: &dyn Fn(&Choices) -> Vec<Line>) -> Vec<Line> {
    let mut found: Vec<(Vec<Line>, Vec<&str>)> = Vec::new();
    for choices in choices {
        let lines = lines(choices);
        match found.iter_mut().find(|(known, _)| *known == lines) {
            Some((_, platforms)) => platforms.push(&choices.platform),
            None => found.push((lines, vec![&choices.platform])),
        }
    }
    let several = found.len() > 1;
    let named = found.into_iter().flat_map(|(mut lines, platforms)| {
        if let (true, Some(first)) = (several, lines.first_mut()) {
            let separator = if first.note.is_empty() { "" } else { ", " };
            first.note = format!("{}{separator}for {}", first.note, platforms.join(" and "));
        }
        lines
    });
    named.collect()
}

/// The keys that an organisation has an opinion on.
fn organisation(influence: &Influence) -> Vec<Line> {
    let by = &influence.organisation.authority;
    let line = |(key, source): &(String, Source)| {
        let note = match source {
            Source::Default => format!("default of {by}"),
            Source::Repository => format!("set here, instead of the default of {by}"),
            Source::Locked => format!("locked by {by}"),
        };
        Line::new(key, note)
    };
    influence.keys.iter().map(line).collect()
}

fn target_by(by: &Origin) -> String {
    match by {
        Origin::Line { .. } => format!("{}, the first; --target names another", origin(by)),
        by => origin(by),
    }
}

fn main(main: &Main) -> Line {
    let note = match &main.by {
        Origin::Found => "found; `main` names another".to_owned(),
        Origin::Option(option) => format!("named by {option}"),
        by => origin(by),
    };
    Line::new(&main.package, note)
}

fn platforms(choices: &[Choices]) -> Line {
    let platforms: Vec<&str> = choices.iter().map(|choices| choices.platform.as_str()).collect();
    let note = match choices.first().map(|choices| (&choices.platform_by, choices.goal.runs_once())) {
        Some((Origin::Option(option), _)) => (*option).to_owned(),
        Some((_, true)) => "the daemon's, whatever --platform says".to_owned(),
        _ => "the daemon's; --platform names others".to_owned(),
    };
    Line::new(platforms.join(", "), note)
}

fn origin(origin: &Origin) -> String {
    match origin {
        Origin::Line { file, line } => format!("{file}:{line}"),
        Origin::Option(option) => (*option).to_owned(),
        Origin::Found => "found".to_owned(),
        Origin::Default => "default".to_owned(),
    }
}

fn image(image: &Image) -> Vec<Line> {
    let name = match &image.go {
        Some(go) => format!("{}, go {go}", image.name),
        None => image.name.clone(),
    };
    // Docker's own store does not keep the digest of an image that was loaded or built.
    let unknown = "not pinned: the daemon knows no digest of it";
    let pin = image.pinned.as_ref().map(|pinned| pinned.digest().unwrap_or(unknown));
    let pin = pin.filter(|pin| !image.name.contains(pin)).map(|pin| Line::new(pin, ""));
    [Line::new(name, origin(&image.by))].into_iter().chain(pin).collect()
}

fn cache(choices: &Choices) -> Vec<Line> {
    let note = match choices.mode_by {
        Chosen::ByFile => format!("`cache` in {}", choices.file),
        Chosen::ByImport => "--cache-from; `cache: mounts` changes it".to_owned(),
        Chosen::ByNoImport => "no --cache-from; `cache: layers` changes it".to_owned(),
    };
    let value = match choices.mode {
        Mode::Mounts => "mounts, which this builder keeps",
        Mode::Layers => "layers, which --cache-to exports",
        Mode::Off => "off, only results of steps are kept",
    };
    vec![Line::new(value, note)]
}

fn sources(sources: &Sources) -> Vec<Line> {
    match sources {
        Sources::Exact { packages, go_files, bytes, embeds, vendor } => {
            let mut value = format!(
                "{}, {} of {}",
                count(*packages, "package"),
                count(*go_files, "Go file"),
                size(*bytes)
            );
            if *embeds > 0 {
                value = format!("{value}, {}", count(*embeds, "embed"));
            }
            if let Some(vendor) = vendor {
                value = format!("{value}, {vendor}");
            }
            vec![Line::new(value, "")]
        }
        Sources::Everything(doubt) => {
            let (reason, remedy) = doubted(doubt);
            vec![Line::new("the whole context", reason), Line::new(remedy, "")]
        }
    }
}

/// Why more is taken than the program is made of, and what would help.
fn doubted(doubt: &Doubt) -> (String, &'static str) {
    match doubt {
        Doubt::Symlink(path) => (
            format!("{path} is a symbolic link"),
            "put the files there, and only what the program is made of counts",
        ),
        Doubt::LongFile(path) => {
            (format!("{path} is longer than 4 MiB"), "split it, and only what the program is made of counts")
        }
        Doubt::Include(path) => (
            format!("{path} includes a file from elsewhere"),
            "put that file beside it, and only what the program is made of counts",
        ),
        Doubt::C(path) => (
            format!("{path} is compiled with C, which may include any file"),
            "without `build.cgo` only what the program is made of counts",
        ),
        Doubt::Unread(path) => (
            format!("{path} cannot be read"),
            "make it readable, and only what the program is made of counts",
        ),
        Doubt::Unlisted(package) => (
            format!("{package} is imported and not in the context"),
            "is it in .dockerignore, or behind a symbolic link?",
        ),
        Doubt::Generated(path) => (
            format!("`generate` makes {path}, which may have Go files"),
            "commit those, and only what the program is made of counts",
        ),
        Doubt::Key(key) => (
            format!("`{key}` lets Go read files from anywhere"),
            "without that only what the program is made of counts",
        ),
    }
}

fn modules(modules: &Modules, goal: Goal) -> Line {
    match modules {
        Modules::Nothing(reason) => {
            let reason = match reason {
                Reason::NoModule => "there is no go.mod",
                Reason::NoRequirement => "go.mod requires none",
                Reason::InContext => "those that go.mod requires are in the context",
                Reason::Vendored => "they are in vendor",
                Reason::NotImported => "no package of the required ones is imported",
            };
            Line::new("nothing to download", reason)
        }
        Modules::Packages { packages, modules } => Line::new(
            format!("pruned to {}", count(*packages, "package")),
            format!("and what these import, out of {}", count(*modules, "required module")),
        ),
        Modules::Everything { modules } => Line::new(
            format!("{}, whole", count(*modules, "required module")),
            match goal {
                Goal::Builder => "for whatever is built there",
                _ => "what the program imports is not known",
            },
        ),
    }
}

/// What is said about a step.
fn facts(step: &Explained) -> Vec<(&'static str, Vec<String>)> {
    let mut facts = Vec::new();
    // What a copy takes is what it is keyed on, too.
    if !step.after.is_empty() && !step.key.results {
        facts.push(("after", vec![before(step, |_| true).join(", ")]));
    }
    if !step.needs.is_empty() {
        facts.push(("takes", vec![step.needs.join(", ")]));
    }
    if step.key.always {
        // Unless it was asked to, only a search for vulnerabilities does.
        let why = match step.step {
            Step::Vulncheck => "the database may know more than before",
            _ => "--no-cache",
        };
        facts.push(("runs", vec![format!("always: {why}")]));
    } else {
        facts.push(("runs again when", again(step)));
        facts.push(("and not when", vec![spared(step).to_owned()]));
    }
    if !step.caches.is_empty() {
        let label = if step.caches.len() == 1 { "cache mount" } else { "cache mounts" };
        facts.push((label, vec![step.caches.join(", ")]));
    }
    facts
}

/// The steps that it starts from, in brackets as progress shows them; one like itself with what it does.
fn before(step: &Explained, which: impl Fn(&Before) -> bool) -> Vec<String> {
    // Generate steps are told from each other by what they run.
    let same = |before: &Before| before.step == step.step || before.step == Step::Generate;
    let names = step.after.iter().filter(|before| which(before));
    let names = names.map(|before| if same(before) { &before.name } else { &before.label });
    let mut names: Vec<String> = names.cloned().collect();
    // The toolchain is two steps.
    names.dedup();
    names
}

/// What makes it run again, a reason a line.
fn again(step: &Explained) -> Vec<String> {
    let Key { files, lists, settings, images, results, .. } = &step.key;
    let mut reasons = Vec::new();
    if let Some(files) = files {
        reasons.push(format!("{} changes", seen(files)));
        // Without files it is the same list for everybody.
        if lists.contains_key("packages") {
            reasons.push(
                match step.step {
                    _ if Extent::Trunk.is_in(&step.text) => "the shortest import path of a module is another",
                    Step::Modules => "a package of a module is imported, or no longer",
                    Step::Dependencies => "a package from elsewhere is imported, or no longer",
                    _ => "a package comes or goes",
                }
                .to_owned(),
            );
        }
    }
    if !settings.is_empty() {
        let settings: Vec<String> = settings.iter().map(|key| format!("`{key}`")).collect();
        reasons.push(format!("{} changes", either(&settings)));
    }
    // What is compiled, or looked into, counts, whether by what is in it or by how it was made.
    let looked_into = |before: &Before| match before.step {
        Step::Generate => true,
        Step::Build | Step::Stamp => matches!(step.step, Step::Stamp | Step::Licenses | Step::Image),
        Step::Image => step.step == Step::Stamp,
        _ => false,
    };
    let counts = |before: &Before| *results || looked_into(before);
    let made: Vec<String> = before(step, counts);
    if !made.is_empty() {
        reasons.push(format!("{} makes something else", either(&made)));
    }
    reasons.extend(images.iter().map(|image| format!("{image} has a new digest")));
    reasons
}

/// What a step sees of the context.
fn seen(files: &Files) -> String {
    let (modules, packages, embeds, vendor, profile, directories) = match files {
        Files::Everything => return "anything in the context".to_owned(),
        Files::Licenses => return "a licence file of the context".to_owned(),
        Files::Inputs { context, patterns } => return given(context.as_deref(), patterns),
        Files::Parts { modules, packages, embeds, vendor, profile, directories } => {
            (modules, packages, embeds, vendor, profile, directories)
        }
    };
    let mut seen = Vec::new();
    match *packages {
        0 => {}
        1 => seen.push("a file of its package".to_owned()),
        packages => seen.push(format!("a file of its {packages} packages")),
    }
    if *embeds > 0 {
        seen.push("an embedded file".to_owned());
    }
    seen.extend(profile.clone());
    seen.extend(vendor.clone());
    seen.extend(directories.iter().map(|directory| format!("anything in {directory}")));
    if modules.len() > MOST_FILES {
        seen.push(format!("one of {} module files", modules.len()));
    } else {
        seen.extend(modules.iter().cloned());
    }
    either(&seen)
}

/// What a generate step sees.
fn given(context: Option<&str>, patterns: &[String]) -> String {
    let place = context.map_or_else(|| "the context".to_owned(), |name| format!("context {name}"));
    if patterns.is_empty() {
        return format!("anything in {place}");
    }
    let patterns: Vec<String> = patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
    format!("a file like {} of {place}", either(&patterns))
}

/// What one might expect to make it run again, and does not.
fn spared(step: &Explained) -> &'static str {
    match (step.step, &step.key.files) {
        (Step::Toolchain, _) | (Step::Dependencies | Step::Debugger | Step::Vulncheck, None) => {
            "the repository changes, its Go version apart"
        }
        (Step::Modules | Step::Dependencies, Some(_)) => {
            if step.key.lists.contains_key("packages") {
                "code changes, imports apart"
            } else {
                "code changes"
            }
        }
        (Step::Generate, Some(Files::Inputs { patterns, .. })) if !patterns.is_empty() => {
            "anything else in the context changes"
        }
        (Step::Build | Step::Vulncheck, Some(Files::Everything)) | (Step::Generate | Step::Test, _) => {
            "a commit is made, or what .dockerignore leaves out changes"
        }
        (Step::Stamp, _) if step.after.iter().any(|before| before.step == Step::Image) => {
            "a test or another program changes"
        }
        (
            Step::Modules | Step::Build | Step::Stamp | Step::Licenses | Step::Debugger | Step::Vulncheck,
            _,
        ) => "a test, a document or another program changes",
        (Step::Image, _) => "ports, labels, variables or the command change: those are in the config",
    }
}

/// `a, b or c`.
fn either(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// Bytes as people read them, with powers of a thousand, as Docker does.
fn size(bytes: u64) -> String {
    let tenths = |unit: u64| format!("{}.{}", bytes / unit, bytes % unit / (unit / 10));
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::choice::{Image, Origin};
    use super::{either, image, size};
    use crate::image::ImageRef;

    #[test]
    fn an_image_says_whether_it_is_pinned() {
        let lines = |name: &str, pinned: &str| -> Vec<String> {
            let (name, pinned) = (name.to_owned(), ImageRef::parse(pinned).ok());
            let lines = image(&Image { name, pinned, go: None, by: Origin::Default });
            lines.into_iter().map(|line| line.value).collect()
        };
        let digest = format!("sha256:{}", "0".repeat(64));
        let named = format!("alpine@{digest}");
        assert_eq!(lines("alpine:3", &format!("alpine:3@{digest}")), ["alpine:3", digest.as_str()]);
        assert_eq!(lines(&named, &named), [named.as_str()]);
        assert_eq!(lines("alpine:3", "alpine:3").len(), 2);
        assert_eq!(lines("scratch", ""), ["scratch"]);
    }

    #[test]
    fn words_are_put_together() {
        let words = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(either(&words[..1]), "a");
        assert_eq!(either(&words[..2]), "a or b");
        assert_eq!(either(&words), "a, b or c");
    }

    #[test]
    fn sizes_are_short() {
        let sizes = [0, 999, 1_000, 4_190, 999_999, 12_345_678].map(size);
        assert_eq!(sizes, ["0 B", "999 B", "1.0 kB", "4.1 kB", "999.9 kB", "12.3 MB"]);
    }
}
