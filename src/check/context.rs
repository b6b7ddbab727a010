//! Rules about what is in the context, and what an ignore file leaves out of it.

use super::{Facts, Found, Rule, Severity};
use crate::context::{ContextPath, Entry, Ignored};
use crate::diagnostic::Problem;
use crate::golang::{Program, missing_workspace, static_prefix};
use crate::spec::{Database, Profile};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "IgnoredGoFiles",
        severity: Severity::Mistake,
        about: "The ignore file leaves no Go files out of a package that is compiled.",
        find: ignored_go_files,
    },
    Rule {
        name: "IgnoredWorkspace",
        severity: Severity::Mistake,
        about: "The ignore file does not leave out the go.work that says where a module is.",
        find: ignored_workspace,
    },
    Rule {
        name: "GateWithoutTests",
        severity: Severity::Mistake,
        about: "Where an image waits for tests, there are some.",
        find: gate_without_tests,
    },
    Rule {
        name: "LargeFile",
        severity: Severity::Advice,
        about: "Nothing large goes to the builder that nobody needs there.",
        find: large_file,
    },
    Rule {
        name: "UnusedOutput",
        severity: Severity::Advice,
        about: "What is generated is used.",
        find: unused_output,
    },
];

/// In bytes: what takes seconds to send.
const LARGE: u64 = 50 << 20;

fn ignored_go_files(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Program::Exact(parts) = facts.program else { return };
    let ignored = Ignored::new(facts.ignored);
    let mut told: Vec<&str> = Vec::new();
    for directory in parts.packages.keys() {
        let Some(pattern) = ignored.go_files_by(directory) else { continue };
        // Who leaves those out knows what they do.
        let meant = pattern.contains("mock") || pattern.contains("test");
        if meant || told.contains(&pattern) {
            continue;
        }
        told.push(pattern);
        let message = format!(
            "the ignore file leaves out what `{pattern}` matches, so `{directory}` is compiled without such Go files; code that is \
             generated has to be there, too: remove the pattern"
        );
        found.at(&[], &message);
    }
}

fn ignored_workspace(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Some(problem) = missing_workspace(facts.layout, &Ignored::new(facts.ignored)) else { return };
    if let crate::golang::Problem::IgnoredWorkspace { file, line, .. } = problem.clone() {
        found.in_file(&file, line, &Problem::Go(problem).to_string());
    }
}

fn gate_without_tests(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let is_test = |path: &ContextPath| {
        path.as_str().ends_with("_test.go")
            && path
                .elements()
                .all(|name| !name.starts_with(['.', '_']) && !matches!(name, "testdata" | "vendor"))
    };
    if !facts.spec.test.gate || facts.listing.entries().any(|(path, _)| is_test(path)) {
        return;
    }
    let ignored =
        facts.ignored.iter().find(|pattern| !pattern.starts_with('!') && pattern.ends_with("_test.go"));
    let why = match ignored {
        Some(pattern) => format!("the ignore file leaves them out, by `{pattern}`: remove the pattern"),
        None => "write one, or remove the key".to_owned(),
    };
    found.at(&["test", "gate"], &format!("`test.gate: true` waits for tests, and there are none; {why}"));
}

/// Only where all of the context is sent, as it is not known what the program is made of.
fn large_file(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Program::Everything(_) = facts.program else { return };
    let size = |entry: Entry| match entry {
        Entry::File { size } => size,
        Entry::Directory | Entry::Symlink => 0,
    };
    let largest = facts.listing.entries().max_by_key(|(_, entry)| size(*entry));
    if let Some((path, entry)) = largest.filter(|(_, entry)| size(*entry) >= LARGE) {
        let message = format!(
            "`{path}` has {} MiB, and all of the context goes to the builder, since it cannot be seen what the program is made of \
             (`--call=gobuild.explain` says why); write `{path}` into .dockerignore, unless it is needed",
            size(entry) >> 20
        );
        found.at(&[], &message);
    }
}

fn unused_output(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Program::Exact(parts) = facts.program else { return };
    let embedded = |made: &ContextPath| {
        parts.embeds.iter().any(|(directory, pattern)| {
            directory.join(static_prefix(pattern)).is_ok_and(|root| touches(&root, made))
        })
    };
    let spec = facts.spec;
    let named = |made: &ContextPath| {
        let profile = matches!(&spec.build.pgo.value, Profile::File(file) if touches(file, made));
        let database =
            matches!(&spec.vulncheck.database, Some(Database::Directory(place)) if touches(place, made));
        profile || database || made.file_name() == Some("default.pgo")
    };
    let compiled = |made: &ContextPath| {
        let within = |place: &ContextPath| touches(place, made);
        // What can be part of a package has made the program one of unknown parts.
        facts.layout.module_files.iter().any(within) || parts.vendor.as_ref().is_some_and(within)
    };
    let copied = |made: &ContextPath| {
        let files = spec.image.files.0.iter().map(|files| &files.value);
        let own = files.filter(|files| files.context.is_none() && files.image.is_none());
        own.flat_map(|files| &files.from).any(|pattern| {
            ContextPath::parse(static_prefix(pattern.value.as_str())).is_ok_and(|root| touches(&root, made))
        })
    };
    let of_tests = |made: &ContextPath| made.elements().any(|name| name == "testdata");
    // What earlier ones make may be for those after them.
    let Some(step) = spec.generate.0.last() else { return };
    for made in step.value.outputs.iter().map(|made| &made.to) {
        if !copied(made) && !embedded(made) && !named(made) && !compiled(made) && !of_tests(made) {
            let message = format!(
                "`generate` makes `{made}`, and nothing in the program embeds or imports it; remove it from `outputs`, embed it \
                 with `//go:embed`, or copy it with `image.files`"
            );
            found.on(step.span, &message);
        }
    }
}

/// Whether one is in the other.
fn touches(one: &ContextPath, other: &ContextPath) -> bool {
    one.is_within(other) || other.is_within(one)
}
