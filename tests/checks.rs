//! Every rule has a page, and what the page shows is what happens: its bad example is told of by this rule and no other,
//! its good one by none.
//!
//! A page of `docs/checks` has the rule's name, what holds where it finds nothing, the two examples with their files, and
//! what is printed of the bad one, which `UPDATE_EXPECTED=1 cargo test -p gobuild --test checks` writes; with it the list of
//! all pages.

mod daemon;

use daemon::{Daemon, Outcome};
use gobuild::check::{Rule, Severity, rules};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What an example is, unless its page says otherwise.
const FILES: [(&str, &str); 3] = [
    ("go.mod", "module example.com/app\n\ngo 1.26\n"),
    ("main.go", "package main\n\nfunc main() {}\n"),
    ("gobuild.yaml", "# syntax=gobuild/frontend:1\n"),
];

#[test]
fn every_page_shows_what_happens() {
    let mut complaints = Vec::new();
    for rule in rules() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(rule.page());
        let Ok(page) = fs::read_to_string(&path) else {
            complaints.push(format!("{}: there is no {}", rule.name, rule.page()));
            continue;
        };
        let start = format!("# {}\n\n{}\n", rule.name, rule.about);
        if !page.starts_with(&start) {
            complaints.push(format!("{}: the page starts with\n{start}", rule.name));
        }
        let (good, bad) = (example(&page, "Good"), example(&page, "Bad"));
        for outcome in [check(&good), build(&good)] {
            let told = told(&outcome);
            if told.iter().any(|(name, _)| !name.is_empty()) {
                complaints.push(format!("{}: the good example is told of: {told:?}", rule.name));
            }
        }
        let found = told(&check(&bad));
        if found.is_empty() || found.iter().any(|(name, _)| name != rule.name) {
            complaints.push(format!("{}: of the bad example it is told: {found:?}", rule.name));
        }
        if found != told(&build(&bad)) {
            complaints.push(format!("{}: a build says something else than a check", rule.name));
        }
        let printed = joined(found.iter().map(|(_, text)| text.as_str()));
        let wanted = with_output(&page, &printed);
        if page != wanted && !update(&path, &wanted) {
            complaints.push(format!(
                "{}: {} does not show what is printed:\n{printed}",
                rule.name,
                rule.page()
            ));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n\n"));
}

#[test]
fn every_page_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks");
    let name = |path: PathBuf| path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let mut pages: Vec<String> =
        fs::read_dir(&folder).expect("pages").map(|entry| name(entry.expect("a page").path())).collect();
    pages.sort();
    let mut known: Vec<String> = rules().map(|rule| name(rule.page().into())).collect();
    known.push("README.md".to_owned());
    known.sort();
    assert_eq!(pages, known);

    let index = folder.join("README.md");
    let text = fs::read_to_string(&index).unwrap_or_default();
    let (head, _) = text.split_once("<!-- rules -->").expect("a place for the list");
    let mut wanted = format!("{head}<!-- rules -->\n");
    for (severity, title) in [
        (Severity::Risk, "Risks: somebody else can use it"),
        (Severity::Mistake, "Mistakes: the image does something else than what the file says"),
        (Severity::Advice, "Advice: it works, and could be better"),
    ] {
        write!(wanted, "\n## {title}\n\n| rule | what holds where it finds nothing |\n| --- | --- |\n")
            .unwrap();
        let mut rules: Vec<&Rule> = rules().filter(|rule| rule.severity == severity).collect();
        rules.sort_by_key(|rule| rule.name);
        for rule in rules {
            writeln!(wanted, "| [{}]({}) | {} |", rule.name, name(rule.page().into()), rule.about).unwrap();
        }
    }
    assert!(text == wanted || update(&index, &wanted), "docs/checks/README.md is out of date");
}

/// A check or build of files, and what is said to it.
#[track_caller]
fn run(files: &[(&str, &str)], options: &[(&str, &str)]) -> Outcome {
    let mut example = Example::default();
    example.files.extend(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).into())));
    for (name, value) in options {
        example.options.push(((*name).to_owned(), (*value).to_owned()));
    }
    example.serve()
}

const LINT: (&str, &str) = ("requestid", "frontend.lint");
const ROOT: &str = "# syntax=gobuild/frontend:1\nimage:\n  user: root\n  labels:\n    maintainer: me\n";

fn names(outcome: &Outcome) -> Vec<String> {
    told(outcome).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn rules_are_skipped_as_for_dockerfiles() {
    let yaml = |line: &str| ROOT.replacen('\n', &format!("\n{line}\n"), 1);
    for (line, arg, expected) in [
        ("# a comment", None, vec!["RootUser", "LegacyLabel"]),
        ("# check=skip=RootUser", None, vec!["LegacyLabel"]),
        ("# check=skip=RootUser,LegacyLabel", None, vec![]),
        ("# check=skip=all", None, vec![]),
        ("# check=skip=all", Some("skip=LegacyLabel"), vec!["RootUser"]),
        ("# check=skip=RotUser", None, vec!["UnknownCheck", "RootUser", "LegacyLabel"]),
    ] {
        let arg: Vec<(&str, &str)> =
            arg.map(|arg| ("build-arg:BUILDKIT_DOCKERFILE_CHECK", arg)).into_iter().collect();
        let text = yaml(line);
        let files = [("gobuild.yaml", text.as_str())];
        assert_eq!(names(&run(&files, &[&arg[..], &[LINT]].concat())), expected, "{line}");
        assert_eq!(names(&run(&files, &arg)), expected, "{line}");
    }
}

#[test]
fn a_finding_can_be_an_error() {
    let text = ROOT.replacen('\n', "\n# check=error=true\n", 1);
    let outcome = run(&[("gobuild.yaml", &text)], &[]);
    assert_eq!(outcome.error().message, "lint violation found for rules: LegacyLabel, RootUser");
    assert_eq!(outcome.warnings.len(), 2);
    let clean = run(&[("gobuild.yaml", "# syntax=gobuild/frontend:1\n# check=error=true\n")], &[]);
    assert!(clean.warnings.is_empty() && clean.result().metadata.contains_key("containerimage.config"));
}

/// Clients print what is wrong with the file themselves, and read the place without looking whether there is one.
#[test]
fn a_mistake_is_part_of_the_answer() {
    let yaml = "# syntax=gobuild/frontend:1\nmian: .\nimage:\n  ports: [http]\n";
    let outcome = run(&[("gobuild.yaml", yaml)], &[LINT]);
    let json: Value = serde_json::from_slice(&outcome.result().metadata["result.json"]).unwrap();
    let error = &json["buildError"];
    assert!(error["message"].as_str().unwrap().starts_with("2 problems\n  1. unknown key `mian`"), "{error}");
    assert_eq!(error["location"]["sourceIndex"], 0);
    let lines: Vec<&Value> = error["location"]["ranges"].as_array().unwrap().iter().collect();
    assert_eq!(
        lines.iter().map(|range| range["start"]["line"].as_u64().unwrap()).collect::<Vec<_>>(),
        [2, 4]
    );
    assert_eq!(json["sources"][0]["filename"], "gobuild.yaml");
    assert_eq!(outcome.result().metadata["result.statuscode"], b"1");
}

/// What no file is to blame for is an error of the call.
#[test]
fn a_mistake_of_the_command_line_is_an_error() {
    let outcome = run(&[], &[LINT, ("target", "imge")]);
    assert!(outcome.error().message.starts_with("unknown target `imge`"), "{}", outcome.error().message);
}

#[test]
fn a_repository_that_says_nothing_hears_nothing() {
    for options in [&[LINT][..], &[]] {
        assert_eq!(names(&run(&[], options)), [] as [&str; 0]);
    }
    let clean = run(&[], &[LINT]);
    assert_eq!(clean.result().metadata["result.statuscode"], b"0");
    assert_eq!(clean.result().metadata["result.txt"], b"Check complete, no warnings found.\n");
}

/// All examples are as a reviewer would have them.
#[test]
fn examples_are_clean() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let mut checked = 0;
    for folder in fs::read_dir(examples).expect("examples").map(|folder| folder.expect("a folder").path()) {
        if folder.join("gobuild.yaml").exists() {
            let daemon = Daemon::new(&folder).option("filename", "gobuild.yaml").option(LINT.0, LINT.1);
            assert_eq!(told(&daemon.serve()), [], "{}", folder.display());
            checked += 1;
        }
    }
    assert!(checked > 3, "{checked} examples");
}

/// Files and options of a request.
#[derive(Clone, Debug, Default)]
struct Example {
    files: BTreeMap<String, Vec<u8>>,
    options: Vec<(String, String)>,
}

impl Example {
    fn serve(&self) -> Outcome {
        let directory = TempDir::new().expect("a temporary directory");
        let standard = FILES.map(|(path, text)| (path.to_owned(), text.into()));
        let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::from(standard);
        files.extend(self.files.clone());
        for (path, text) in files {
            let path = directory.path().join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            let file = fs::File::create(&path).expect("a file");
            match std::str::from_utf8(&text).ok().and_then(|text| text.strip_prefix("MiB: ")) {
                Some(size) => {
                    let size: u64 = size.trim().parse().expect("a size");
                    file.set_len(size << 20).expect("a long file");
                }
                None => fs::write(&path, text).expect("a file"),
            }
        }
        let daemon = Daemon::new(directory.path()).option("filename", "gobuild.yaml");
        let options = self.options.iter();
        options.fold(daemon, |daemon, (name, value)| daemon.option(name, value)).serve()
    }
}

/// The files of an example: each has its name in backticks on a line of its own, and then a block. A line like
/// `` `data.bin`: 64 MiB `` is a file of that size, and one like `--build-arg A=b` an option.
fn example(page: &str, title: &str) -> Example {
    let (_, section) = page.split_once(&format!("\n## {title}\n")).unwrap_or_default();
    let section = section.split("\n## ").next().unwrap_or_default();
    let mut example = Example::default();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        if let Some(arg) = line.strip_prefix("`--build-arg ").and_then(|rest| rest.strip_suffix('`')) {
            let (name, value) = arg.split_once('=').expect("a build arg");
            example.options.push((format!("build-arg:{name}"), value.to_owned()));
        } else if let Some((name, size)) = line
            .strip_prefix('`')
            .and_then(|rest| rest.split_once("`: "))
            .filter(|(_, size)| size.ends_with(" MiB"))
        {
            let size = size.trim_end_matches(" MiB");
            example.files.insert(name.to_owned(), format!("MiB: {size}").into_bytes());
        } else if let Some(name) = line.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
            let block = lines.by_ref().skip_while(|line| !line.starts_with("```")).skip(1);
            let text = joined(block.take_while(|line| !line.starts_with("```")));
            example.files.insert(name.to_owned(), text.into_bytes());
        }
    }
    assert!(!section.is_empty(), "no section `{title}` in\n{page}");
    example
}

fn check(example: &Example) -> Outcome {
    let mut example = example.clone();
    example.options.push((LINT.0.to_owned(), LINT.1.to_owned()));
    example.serve()
}

fn build(example: &Example) -> Outcome {
    example.serve()
}

/// Rule and text of each finding, as a check or a build tells it; what is wrong with the file itself is an `error`.
fn told(outcome: &Outcome) -> Vec<(String, String)> {
    let rule = |text: &str| text.split(": ").next().unwrap_or_default().to_owned();
    let result = outcome.returned.iter().find_map(|returned| returned.result.as_ref());
    // What comes after the warnings of a build is not asked: this daemon builds nothing.
    let Some(json) = result.and_then(|result| result.metadata.get("result.json")) else {
        let texts =
            outcome.warnings.iter().map(|warning| String::from_utf8_lossy(&warning.short).into_owned());
        return texts.map(|text| (rule(&text), text)).collect();
    };
    let json: Value = serde_json::from_slice(json).expect("JSON");
    if let Some(message) = json["buildError"]["message"].as_str() {
        return vec![("error".to_owned(), message.to_owned())];
    }
    let warnings = json["warnings"].as_array().into_iter().flatten();
    warnings
        .map(|warning| {
            let text = |key: &str| warning[key].as_str().expect("a text");
            let line = &warning["location"]["ranges"][0]["start"]["line"];
            (text("ruleName").to_owned(), format!("{}: {} (line {line})", text("ruleName"), text("detail")))
        })
        .collect()
}

/// Each with a line break.
fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.fold(String::new(), |text, line| text + line + "\n")
}

/// The page with what is printed in the place for that.
fn with_output(page: &str, printed: &str) -> String {
    let Some((before, rest)) = page.split_once("```text\n") else { return page.to_owned() };
    let (_, after) = rest.split_once("```").unwrap_or_default();
    format!("{before}```text\n{printed}```{after}")
}

/// Whether a page was to be written, and is.
fn update(path: &Path, text: &str) -> bool {
    let wanted = std::env::var_os("UPDATE_EXPECTED").is_some();
    if wanted {
        fs::write(path, text).expect("a page");
    }
    wanted
}
