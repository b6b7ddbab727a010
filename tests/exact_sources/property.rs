//! What must hold for every repository.
//!
//! - Nothing that `go list -deps` names in any setting is left out, nor anything else that a build needs.
//! - What is sent is enough: in a copy of it Go lists the same, and builds.
//! - What is sent is exact: nothing that is known to be needless, unless a reason for doubt was planted.

use super::command::{Go, Packages};
use super::growth::grow;
use super::plan::Plan;
use super::repository::{Age, Answer, Door, Doubt, Repository};
use super::setting::SETTINGS;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// What was seen while one repository was checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checked {
    /// Why everything was sent, if it was.
    pub(crate) everything: Option<Doubt>,
    /// All of its files.
    pub(crate) files: usize,
    /// Those that were sent.
    pub(crate) sent: usize,
    /// Those that Go named, in all settings together.
    pub(crate) named: usize,
    /// Those that were known to be needless and were not sent.
    pub(crate) spared: usize,
    /// Whether it was built.
    pub(crate) built: bool,
}

/// Whether the copy is built as well, which takes longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Thoroughness {
    /// Listed only.
    List,
    /// Listed and built.
    Build,
}

/// Checks the repository of a seed. What is wrong comes with the repository.
pub(crate) fn check(seed: u64) -> Result<Checked, String> {
    let repository = grow(seed);
    let thoroughness = if seed.is_multiple_of(3) { Thoroughness::Build } else { Thoroughness::List };
    let place = TempDir::new().expect("a temporary directory");
    // Go names files by the real path of the place.
    let real = fs::canonicalize(place.path()).expect("it is there");
    hold(&repository, &real, thoroughness).map_err(|complaint| format!("seed {seed}: {complaint}"))
}

/// Checks a repository that somebody wrote, with a program at its root; of a module, of a workspace or by itself.
/// A text that starts with `-> ` is a link; `needless` is what must not be sent.
pub(crate) fn check_files(
    files: &[(&str, &str)],
    answer: Answer,
    needless: &[&str],
    daemon: Age,
) -> Result<Checked, String> {
    let junk = needless.iter().map(|path| (*path).to_owned()).collect();
    let mains = vec![String::new()];
    let mut repository = Repository { junk, answer, daemon, mains, ..Repository::default() };
    for (path, text) in files {
        match text.strip_prefix("-> ") {
            Some(target) => repository.link(*path, target),
            None => repository.file(*path, *text),
        }
    }
    if files.iter().any(|(path, _)| matches!(*path, "go.mod" | "go.work")) {
        repository.file("gobuild.yaml", "# syntax=gobuild/frontend:1\n");
    } else {
        repository.door = Door::GoFile;
    }
    let place = TempDir::new().expect("a temporary directory");
    let real = fs::canonicalize(place.path()).expect("it is there");
    hold(&repository, &real, Thoroughness::Build)
}

fn hold(repository: &Repository, place: &Path, thoroughness: Thoroughness) -> Result<Checked, String> {
    let [whole, copy, modules] = ["whole", "copy", "modules"].map(|name| place.join(name));
    repository.write(&whole, |_| true);
    for (path, text) in &repository.downloaded {
        let file = modules.join(path);
        fs::create_dir_all(file.parent().expect("below the root")).expect("a directory");
        fs::write(file, text).expect("a file");
    }
    let plan = Plan::of(repository, &whole)
        .map_err(|complaint| format!("{complaint}\n{}", repository.tree(|_| false)))?;
    let complain = |complaint: String| {
        format!("{complaint}\n{}\n{}", plan.patterns(), repository.tree(|path| plan.sends(path)))
    };

    let mut checked = Checked { files: repository.entries.len(), ..Checked::default() };
    let broken = |complaint: String| complain(format!("this is no program: {complaint}"));
    let original = Go { plan: &plan, root: whole, modules: &modules };
    let lists: Vec<Packages> =
        SETTINGS.iter().map(|setting| original.list(setting)).collect::<Result<_, _>>().map_err(broken)?;
    let mut complaints = String::new();
    let named: BTreeSet<&String> =
        lists.iter().flat_map(|list| list.values().flatten()).filter(|file| !file.starts_with('/')).collect();
    for file in named.iter().copied().chain(&repository.unnamed).filter(|file| !plan.sends(file)) {
        let _ = writeln!(complaints, "`{file}` is needed and not sent");
    }
    match (plan.is_everything(), repository.answer) {
        (_, Answer::Enough) => {}
        (true, Answer::Everything(doubt)) => checked.everything = Some(doubt),
        (true, Answer::Exact) => complaints.push_str("everything is sent for no reason\n"),
        (false, Answer::Everything(doubt)) => {
            let _ = writeln!(complaints, "not everything is sent, in spite of {doubt:?}");
        }
        (false, Answer::Exact) => {
            for file in repository.junk.iter().filter(|file| plan.sends(file)) {
                let _ = writeln!(complaints, "`{file}` is sent for no reason");
            }
            checked.spared = repository.junk.len();
        }
    }
    if !complaints.is_empty() {
        return Err(complain(complaints));
    }

    checked.named = named.len();
    checked.sent = repository.entries.keys().filter(|path| plan.sends(path)).count();
    repository.write(&copy, |path| plan.sends(path));
    let not_enough = |complaint: String| complain(format!("what is sent is not enough: {complaint}"));
    let alone = Go { plan: &plan, root: copy, modules: &modules };
    for (setting, expected) in SETTINGS.iter().zip(&lists) {
        let found = alone.list(setting).map_err(not_enough)?;
        if found != *expected {
            let differs = difference(expected, &found);
            return Err(complain(format!("what is sent lists differently, {setting:?}:\n{differs}")));
        }
    }
    if thoroughness == Thoroughness::Build {
        alone.build(&SETTINGS[0]).map_err(not_enough)?;
        checked.built = true;
    }
    Ok(checked)
}

fn difference(expected: &Packages, found: &Packages) -> String {
    let paths = expected.keys().chain(found.keys()).filter(|path| expected.get(*path) != found.get(*path));
    let lines: Vec<String> =
        paths.map(|path| format!("{path}: {:?}, not {:?}\n", found.get(path), expected.get(path))).collect();
    lines.concat()
}
