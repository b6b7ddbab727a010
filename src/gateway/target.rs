//! `--target`: what is wanted of the build file, by name.
//!
//! The one table of names is [`BUILT_IN`]; they stand alone for what is built without a name, and behind the name of a target of
//! the file for that (`api-test`). Invariant: a name that nobody has is an error that lists those that there are.

use super::failure::Failure;
use crate::diagnostic::{Diagnostic, Problem, Suggestion, UnknownTarget};
use crate::plan::{Findings, Goal};
use crate::spec::Document;

/// What every file can be asked for, and what that is, for people.
pub(super) const BUILT_IN: [(&str, Goal, &str); 7] = [
    ("binary", Goal::Binary, "The program alone, for --output"),
    ("builder", Goal::Builder, "The Go image with modules and sources, to work in"),
    ("debug", Goal::Debug, "The program with symbols, a shell, and delve listening on port 40000"),
    ("test", Goal::Test(Findings::Fail), "go vet and go test; fails if they do"),
    ("test-report", Goal::Test(Findings::Report), "Reports of the tests, even if they fail"),
    ("vulncheck", Goal::Vulncheck(Findings::Fail), "govulncheck; fails if it finds something"),
    ("vulncheck-report", Goal::Vulncheck(Findings::Report), "Reports of govulncheck, whatever it finds"),
];

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The target of the file; none is what it says at its top.
    pub(super) image: Option<String>,
    /// What is made of it: for each platform of the client's, or once.
    pub(super) goal: Goal,
}

impl Target {
    /// The target of this name; no name is the default.
    pub(super) fn of(name: Option<&str>, document: &Document) -> Result<Target, Failure> {
        let names: Vec<&str> = document.targets().map(|(name, _)| name).collect();
        let default = document.default_target();
        let target = |image: Option<&str>, goal| Target { image: image.map(str::to_owned), goal };
        let Some(name) = name else { return Ok(target(default, Goal::Image)) };
        if names.contains(&name) {
            return Ok(target(Some(name), Goal::Image));
        }
        for (built_in, goal, _) in BUILT_IN {
            if name == built_in {
                return Ok(target(default, goal));
            }
            let of = name.strip_suffix(built_in).and_then(|of| of.strip_suffix('-'));
            if let Some(of) = of.filter(|of| names.contains(of)) {
                return Ok(target(Some(of), goal));
            }
        }
        let built_in = BUILT_IN.map(|(built_in, ..)| built_in).to_vec();
        let behind =
            names.iter().flat_map(|name| built_in.iter().map(move |built_in| format!("{name}-{built_in}")));
        let behind: Vec<String> = behind.collect();
        let known = names.iter().chain(&built_in).copied().chain(behind.iter().map(String::as_str));
        let problem = Problem::UnknownTarget(UnknownTarget {
            name: name.to_owned(),
            suggestion: Suggestion::of(name, known),
            targets: names.iter().map(|name| (*name).to_owned()).collect(),
            default: default.map(str::to_owned),
            built_in,
        });
        Err(Diagnostic::nowhere(problem).into())
    }
}

#[cfg(test)]
mod tests {
    use super::{BUILT_IN, Findings, Goal, Target};
    use crate::spec::{BUILT_IN_TARGETS, Document, Door};
    use buildkit_llb::SourceFile;
    use std::sync::Arc;

    fn document(text: &str) -> Document {
        let file = SourceFile {
            filename: "gobuild.yaml".to_owned(),
            language: String::new(),
            data: text.as_bytes().to_vec(),
            definition: None,
        };
        Document::parse(&Arc::new(file), Door::Yaml, "").unwrap()
    }

    #[test]
    fn a_target_is_known_by_its_name() {
        let (test, report) = (Goal::Test(Findings::Fail), Goal::Test(Findings::Report));
        let none = document("{}");
        let two = document("targets: {api: , worker: }");
        let top = document("main: ./cmd/api\ntargets: {alpine: }");
        for (document, name, image, goal) in [
            (&none, None, None, Goal::Image),
            (&none, Some("test"), None, test),
            (&two, None, Some("api"), Goal::Image),
            (&two, Some("worker"), Some("worker"), Goal::Image),
            (&two, Some("test"), Some("api"), test),
            (&two, Some("worker-test"), Some("worker"), test),
            (&two, Some("worker-test-report"), Some("worker"), report),
            (&top, None, None, Goal::Image),
            (&top, Some("debug"), None, Goal::Debug),
            (&top, Some("alpine-binary"), Some("alpine"), Goal::Binary),
        ] {
            let found = Target::of(name, document).unwrap();
            assert_eq!((found.image.as_deref(), found.goal), (image, goal), "{name:?}");
        }
        for unknown in ["Test", "-test", "apitest", "api-", "x-test", "api-test-"] {
            assert!(Target::of(Some(unknown), &two).is_err(), "{unknown}");
        }
    }

    #[test]
    fn names_that_files_cannot_have_are_those_that_there_are() {
        assert_eq!(BUILT_IN.map(|(name, ..)| name), BUILT_IN_TARGETS);
    }
}
