//! A repository of many modules: the module step sees their files and nothing else, and the plan is made at once.
//!
//! `cargo test --release --test many_modules -- --nocapture` prints how long that takes.

mod daemon;

use buildkit_llb::Definition;
use daemon::{Daemon, Outcome};
use gobuild::context::{ContextPath, Entry, Listing};
use gobuild::golang::{Files, GoTarget, Program, Sources, Start, Step, find_mains, layout, program};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The modules that go.work uses.
const MEMBERS: usize = 48;
/// The modules that it replaces by directories.
const REPLACED: usize = 80;
/// Answers that are timed.
const RUNS: usize = 9;

fn write(root: &Path, path: &str, text: &str) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    fs::write(path, text).expect("a file");
}

/// A module that requires these, in one package that imports them.
fn module(root: &Path, directory: &str, name: &str, requires: &[String]) {
    let package = if name == "member0" { "main" } else { name };
    let (mut lines, mut source) = (String::new(), format!("package {package}\n\n"));
    for required in requires {
        let _ = writeln!(lines, "require example.com/{required} v0.0.0");
        let _ = writeln!(source, "import _ \"example.com/{required}\"");
    }
    if package == "main" {
        source.push_str("\nfunc main() {}\n");
    }
    write(root, &format!("{directory}/go.mod"), &format!("module example.com/{name}\n\ngo 1.26\n\n{lines}"));
    write(root, &format!("{directory}/go.sum"), "example.com/far v0.0.0 h1:x=\n");
    write(root, &format!("{directory}/code.go"), &source);
    write(root, &format!("{directory}/README.md"), "what nobody needs\n");
}

/// A workspace in which every module imports the next, and the last one from elsewhere.
fn repository() -> TempDir {
    let directory = TempDir::new().expect("a temporary directory");
    let root = directory.path();
    let mut work = "go 1.26\n\n".to_owned();
    for number in 0..MEMBERS {
        let next =
            if number + 1 < MEMBERS { format!("member{}", number + 1) } else { "replaced0".to_owned() };
        let beside = format!("replaced{number}");
        let _ = writeln!(work, "use ./services/member{number}");
        module(root, &format!("services/member{number}"), &format!("member{number}"), &[next, beside]);
    }
    for number in 0..REPLACED {
        let next = if number + 1 < REPLACED { format!("replaced{}", number + 1) } else { "far".to_owned() };
        let _ = writeln!(work, "replace example.com/replaced{number} => ./libs/replaced{number}");
        module(root, &format!("libs/replaced{number}"), &format!("replaced{number}"), &[next]);
    }
    // Beside it what has nothing to do with it.
    for number in 0..20 {
        module(root, &format!("other/module{number}"), &format!("module{number}"), &[]);
    }
    write(root, "go.work", &work);
    write(root, "go.work.sum", "");
    write(root, "gobuild.yaml", "main: ./services/member0\n");
    directory
}

fn build(directory: &TempDir) -> Outcome {
    Daemon::new(directory.path()).option("filename", "gobuild.yaml").serve()
}

/// The vertex of this name.
fn vertex(outcome: &Outcome, name: &str) -> String {
    let [(_, definition)] = outcome.graphs()[..] else { panic!("one platform") };
    let graph = Definition::input(definition).expect("a graph").expect("a result");
    let graph = Definition::of(&graph).to_string();
    let vertex =
        graph.split("\n\n").find(|vertex| vertex.lines().next().is_some_and(|line| line.ends_with(name)));
    vertex.unwrap_or_else(|| panic!("no vertex is called `{name}`\n{graph}")).to_owned()
}

/// The files that it writes.
fn written(vertex: &str) -> BTreeSet<String> {
    let files = vertex.lines().filter_map(|line| line.trim().strip_prefix("mkfile /"));
    files.filter_map(|line| Some(line.split_once(' ')?.0.to_owned())).collect()
}

/// The patterns of a source.
fn included(vertex: &str) -> BTreeSet<String> {
    let patterns = vertex.lines().find_map(|line| line.trim().strip_prefix("local.includepattern = "));
    serde_json::from_str(patterns.expect("patterns")).expect("a list")
}

/// The module files of the repository.
fn module_files() -> BTreeSet<String> {
    let mut files = BTreeSet::from(["go.work".to_owned(), "go.work.sum".to_owned()]);
    for number in 0..MEMBERS {
        files.extend(["go.mod", "go.sum"].map(|file| format!("services/member{number}/{file}")));
    }
    // Go does not read the go.sum of what it takes from a directory.
    files.extend((0..REPLACED).map(|number| format!("libs/replaced{number}/go.mod")));
    files
}

#[test]
fn the_module_step_sees_the_files_of_modules_in_use() {
    let directory = repository();
    let outcome = build(&directory);
    assert_eq!(written(&vertex(&outcome, "write module files")), module_files());

    let sources = included(&vertex(&outcome, "load build context"));
    let packages = (0..MEMBERS).map(|number| format!("services/member{number}/*.go"));
    let packages = packages.chain((0..REPLACED).map(|number| format!("libs/replaced{number}/*.go")));
    assert_eq!(sources, packages.chain(module_files()).collect());
}

#[test]
fn module_files_that_are_too_large_for_a_graph_are_sent() {
    let directory = repository();
    let line = "example.com/far v0.0.0 h1:x=\n";
    write(directory.path(), "go.work.sum", &line.repeat((1 << 20) / line.len() + 1));
    let outcome = build(&directory);
    assert_eq!(included(&vertex(&outcome, "load module files")), module_files());
}

#[test]
fn the_plan_is_made_at_once() {
    let directory = repository();
    let mut contents = Files::new();
    read(directory.path(), "", &mut contents);
    let best = (0..RUNS).map(|_| planned(&contents)).min().unwrap_or_default();
    let answer = (0..RUNS).map(|_| build(&directory).elapsed).min().unwrap_or_default();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    eprintln!(
        "{} modules, each importing the next: {:.1} ms of looking for what the program is made of; {:.1} ms for the whole answer, \
         process and calls included",
        MEMBERS + REPLACED,
        milliseconds(best),
        milliseconds(answer),
    );
}

/// How long it takes to find out what the program is made of, where reading costs nothing.
fn planned(contents: &Files) -> Duration {
    fn answer<T>(contents: &Files, files: &mut Files, mut step: impl FnMut(&Files) -> Step<T>) -> T {
        loop {
            match step(files) {
                Step::Done(answer) => return answer,
                Step::Needs(paths) => files.extend(paths.into_iter().map(|path| {
                    let text = contents[&path].clone();
                    (path, text)
                })),
            }
        }
    }
    let entry = |text: &Vec<u8>| Entry::File { size: text.len() as u64 };
    let listing: Listing = contents.iter().map(|(path, text)| (path.clone(), entry(text))).collect();
    let main = ContextPath::parse("services/member0").expect("a path");
    let target = GoTarget::new("linux", "amd64", "").expect("a platform");
    let (mains, tags) = ([main.clone()], BTreeSet::new());
    let wanted = [("./services/member0".to_owned(), main)];
    let mut files = Files::new();

    let start = Instant::now();
    let layout = answer(contents, &mut files, |files| layout(&listing, &Start::Search, &mains, files));
    let layout = layout.expect("a workspace");
    let found =
        answer(contents, &mut files, |files| find_mains(&listing, &layout, &target, &tags, &wanted, files));
    let found = found.expect("a program");
    let mut scanned = Sources::new();
    let program =
        answer(contents, &mut files, |files| program(&listing, &layout, &found, files, &mut scanned));
    let time = start.elapsed();
    assert!(matches!(program, Program::Exact(parts) if parts.packages.len() == MEMBERS + REPLACED));
    time
}

/// The files below a directory.
fn read(root: &Path, below: &str, files: &mut Files) {
    for entry in fs::read_dir(root.join(below)).expect("a directory") {
        let name = entry.expect("an entry").file_name().into_string().expect("a name of ours");
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if root.join(&path).is_dir() {
            read(root, &path, files);
        } else {
            let text = fs::read(root.join(&path)).expect("a file");
            files.insert(ContextPath::parse(&path).expect("a path"), text);
        }
    }
}
