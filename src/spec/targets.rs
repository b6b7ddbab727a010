//! `targets:`, several images from one file.
//!
//! A target is the rest of the file with the target's own keys laid over it (`overlay`), and the words of the first line over
//! both. Invariant: every target is read in every build, so that no mistake waits for the day on which its target is asked for.

use super::Spec;
use super::document;
use super::overlay::merge;
use super::reader::{Field, Reader};
use super::schema;
use super::value::{FromField, FromText, text};
use super::variables::Variables;
use super::yaml::{Key, MOST_NODES, MOST_TEXT, Node, Trouble, Value};
use crate::diagnostic::{Diagnostic, Kind, Problem, Suggestion, UnknownKey, WrongType};
use buildkit_llb::{LineRange, SourceFile};
use serde_json::{Map, Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

/// What every file can be asked for, and after a hyphen every target: `test`, `api-test`.
pub const BUILT_IN_TARGETS: [&str; 7] =
    ["binary", "builder", "debug", "test", "test-report", "vulncheck", "vulncheck-report"];

/// Keys that are those of the whole file.
const OF_THE_FILE: [&str; 2] = ["args", "targets"];

/// What all targets together may inherit, in values.
const MOST_INHERITED: usize = 5 * MOST_NODES;
/// What each counts for at least.
const LEAST: usize = 100;

text! {
    /// The name of a target, by the rule for stages of Dockerfiles.
    pub struct TargetName = |text: &str| {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c);
        if BUILT_IN_TARGETS.contains(&text) {
            Err(format!("`{text}` is the name of a target that every file has; choose another one"))
        } else if text.starts_with(|c: char| c.is_ascii_lowercase()) && text.chars().all(good) {
            Ok(())
        } else {
            Err("a target's name has lower-case letters, digits, `_`, `.` and `-`, and starts with a letter".to_owned())
        }
    };
}

/// Key `targets` of the language. What is in it is cut out of the tree before that is read, and read by `Images::read`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Targets;

impl FromField for Targets {
    const KIND: Kind = Kind::Mapping;

    fn schema() -> Json {
        json!({
            "type": "object",
            "propertyNames": {"pattern": "^[a-z][a-z0-9_.-]*$", "not": {"enum": BUILT_IN_TARGETS}},
            "patternProperties": {"^x-": {}},
            "additionalProperties": {"anyOf": [{"$ref": "#/definitions/target"}, {"type": "null"}]},
        })
    }

    fn from_field(_: &mut Reader<'_>, _: &Field<'_>) -> Option<Targets> {
        Some(Targets)
    }
}

/// What a target may say, given the keys at the top: the same, but for those of the whole file, and with parts of mappings and
/// keys without a value, which make sense only where something is inherited.
pub(super) fn target_schema(file: &Json) -> Json {
    let mut target = json!({"type": "object"});
    for (word, value) in file.as_object().into_iter().flatten().filter(|(word, _)| *word != "properties") {
        target[word] = value.clone();
    }
    let mut keys = file["properties"].as_object().cloned().unwrap_or_default();
    keys.retain(|key, _| !OF_THE_FILE.contains(&key.as_str()));
    target["properties"] = properties(&keys, "#/properties");
    target
}

/// What is the same for a target stays where it is, which is `place`.
fn properties(keys: &Map<String, Json>, place: &str) -> Json {
    let part = |(key, schema): (&String, &Json)| {
        let place = format!("{place}/{key}");
        (key.clone(), if is_part(schema) { json!({"$ref": place}) } else { as_part(schema, &place) })
    };
    Json::Object(keys.iter().map(part).collect())
}

/// Whether a value may be written in part as it is.
fn is_part(schema: &Json) -> bool {
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let keys = schema["properties"].as_object().into_iter().flatten().map(|(_, schema)| schema);
    schema["required"].is_null()
        && !schema["additionalProperties"].is_object()
        && choices.chain(keys).all(is_part)
}

/// What may be written of a value where the rest is inherited. A list is not merged, and neither is what is in it.
fn as_part(schema: &Json, place: &str) -> Json {
    let words = schema.as_object().into_iter().flatten().filter(|(word, _)| *word != "required");
    let part = words.map(|(word, value)| {
        let place = format!("{place}/{word}");
        let part = match (word.as_str(), value) {
            ("properties", Json::Object(keys)) => properties(keys, &place),
            ("additionalProperties", Json::Object(_)) => schema::or_nothing(&as_part(value, &place)),
            ("anyOf", Json::Array(choices)) => {
                let choices = choices.iter().enumerate();
                choices.map(|(index, choice)| as_part(choice, &format!("{place}/{index}"))).collect()
            }
            _ => value.clone(),
        };
        (word.clone(), part)
    });
    Json::Object(part.collect())
}

/// A target of the file.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) name: String,
    /// Where it is named.
    pub(super) place: LineRange,
    /// What it says itself.
    own: Node,
    /// What is built: that, what it inherits and the words of the first line.
    whole: Node,
}

/// The file as images.
#[derive(Debug)]
pub(super) struct Images {
    /// What is said for all.
    pub(super) top: Node,
    /// The same as far as the repository says it itself.
    own: Node,
    /// The targets, in the order of the file.
    pub(super) targets: Vec<Target>,
    /// What is wrong with their names, or with all of them.
    troubles: Vec<(Problem, LineRange)>,
}

impl Images {
    /// Cuts the targets out of a tree over which `words` were laid; `own` is what of it the repository says itself.
    pub(super) fn of(root: &Node, own: &Node, words: &Node) -> Images {
        let own = without(own, &["targets"]);
        let Value::Mapping(pairs) = &root.value else {
            return Images { top: root.clone(), own, targets: Vec::new(), troubles: Vec::new() };
        };
        let named = pairs.iter().find(|(key, _)| key.name == "targets");
        let top = without(root, &["targets"]);
        let mut images = Images { top, own, targets: Vec::new(), troubles: Vec::new() };
        let Some((_, node)) = named.filter(|(_, node)| !node.is_null()) else { return images };
        let Value::Mapping(named) = &node.value else {
            let (key, found) = ("targets".to_owned(), node.kind());
            let wrong = WrongType { key, found, expected: Kind::Mapping, fix: None };
            images.troubles.push((Problem::WrongType(wrong), node.span));
            return images;
        };
        if let Some(problem) = too_much(&images.top, named.len()) {
            images.troubles.push((problem, node.span));
            return images;
        }
        let words = without(words, &OF_THE_FILE);
        for (key, node) in named.iter().filter(|(key, _)| !key.name.starts_with("x-")) {
            images.add(key, node, &words);
        }
        images.refuse_ambiguous_names();
        images
    }

    fn add(&mut self, key: &Key, node: &Node, words: &Node) {
        if let Err(reason) = TargetName::from_text(&key.name) {
            let problem = Problem::BadValue { key: "targets".to_owned(), found: key.name.clone(), reason };
            self.troubles.push((problem, key.span));
        }
        let empty = Node { value: Value::Mapping(Vec::new()), span: key.span };
        let own = if node.is_null() { &empty } else { node };
        if let Value::Mapping(pairs) = &own.value {
            for (of_file, _) in pairs.iter().filter(|(key, _)| OF_THE_FILE.contains(&key.name.as_str())) {
                let problem = Problem::KeyOfTheFile { key: of_file.name.clone(), target: key.name.clone() };
                self.troubles.push((problem, of_file.span));
            }
        }
        let own = without(own, &OF_THE_FILE);
        // Of what is no mapping the reader says so, once.
        let whole = match own.value {
            Value::Mapping(_) => merge(&merge(&self.top, &own), words),
            _ => self.top.clone(),
        };
        self.targets.push(Target { name: key.name.clone(), place: key.span, own, whole });
    }

    /// Why there are no targets, where there should be some.
    pub(super) fn troubles_without_targets(&self) -> impl Iterator<Item = &Trouble> {
        self.troubles.iter().filter(|_| self.targets.is_empty())
    }

    /// Adds what is wrong with what the repository says itself: at the top of `root`, and in each target.
    pub(super) fn judge(&mut self, root: &Node, judge: impl Fn(&Node) -> Vec<Trouble>) {
        let own = self.targets.iter().map(|target| &target.own);
        let found: Vec<Trouble> = std::iter::once(root).chain(own).flat_map(judge).collect();
        self.troubles.extend(found);
    }

    /// What the repository says itself of a target, or at the top.
    pub(super) fn own(&self, name: Option<&str>) -> Node {
        let target = self.targets.iter().find(|target| Some(target.name.as_str()) == name);
        target.map_or_else(|| self.own.clone(), |target| merge(&self.own, &target.own))
    }

    /// `api-test` would be a target and the tests of another.
    fn refuse_ambiguous_names(&mut self) {
        let names: BTreeSet<&str> = self.targets.iter().map(|target| target.name.as_str()).collect();
        for target in &self.targets {
            let of_other = BUILT_IN_TARGETS.iter().find_map(|built_in| {
                let other = target.name.strip_suffix(built_in)?.strip_suffix('-')?;
                names.contains(other).then_some((other, *built_in))
            });
            if let Some((other, built_in)) = of_other {
                let reason = format!(
                    "this is what `{built_in}` of the target `{other}` is called; choose another name"
                );
                let problem =
                    Problem::BadValue { key: "targets".to_owned(), found: target.name.clone(), reason };
                self.troubles.push((problem, target.place));
            }
        }
    }

    /// All that is said of a target, or at the top.
    pub(super) fn tree(&self, name: Option<&str>) -> &Node {
        let target = self.targets.iter().find(|target| Some(target.name.as_str()) == name);
        target.map_or(&self.top, |target| &target.whole)
    }

    /// What is said at the top, and by each target itself.
    pub(super) fn trees(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.top).chain(self.targets.iter().map(|target| &target.own))
    }

    /// Whether what is said for all is an image by itself.
    pub(super) fn top_is_image(&self) -> bool {
        self.targets.is_empty() || self.top.entry("main").is_some_and(|(_, node)| !node.is_null())
    }

    /// Reads all of it: what is said at the top and what of each target, in their order, and what is wrong with that. Only what
    /// `is_built` needs values for all args.
    pub(super) fn read(
        &self,
        is_built: impl Fn(Option<&str>) -> bool,
        file: &Arc<SourceFile>,
        variables: &Variables,
    ) -> (Vec<Spec>, Vec<Diagnostic>) {
        let mut found = Found::default();
        let mut text = 0;
        let mut read = |path: &str, node: &Node| document::read(path, node, file, variables, &mut text);
        for (problem, place) in &self.troubles {
            found.add(Diagnostic::at(problem.clone(), file, *place), None);
        }
        let counts = |problem: &Problem, name: Option<&str>| {
            is_built(name) || !matches!(problem, Problem::ArgWithoutValue { .. })
        };
        let (spec, problems) = read("", &self.top);
        // What targets have in common need not be complete.
        let of_top = |problem: &Problem| self.top_is_image() || is_of_one_value(problem);
        let problems = problems.into_iter().filter(|found| of_top(&found.problem));
        found.all(problems.filter(|found| counts(&found.problem, None)), None);
        let mut specs = vec![spec];
        for target in &self.targets {
            let (_, own) = read(&format!("targets.{}", target.name), &target.own);
            // What has no value takes something away, or is found below.
            let of_target = |problem: &Problem| {
                is_of_one_value(problem)
                    && !matches!(problem, Problem::WrongType(WrongType { found: Kind::Nothing, .. }))
            };
            let own = own.into_iter().filter(|found| of_target(&found.problem));
            found.all(own.map(without_keys_of_the_file), None);
            let (whole, problems) = read("", &target.whole);
            let name = Some(target.name.as_str());
            found.all(problems.into_iter().filter(|found| counts(&found.problem, name)), Some(target));
            specs.push(whole);
        }
        (specs, found.sorted(self.targets.len()))
    }
}

/// What was found wrong, each once.
#[derive(Default)]
struct Found<'a> {
    /// Each with the targets that it was found in, where that is not plain.
    problems: Vec<(Diagnostic, Vec<&'a str>)>,
    /// What was said of a place.
    known: BTreeMap<Option<LineRange>, Vec<(Discriminant<Problem>, usize)>>,
}

impl<'a> Found<'a> {
    /// What one reading found. Another one may have found the same, under another name.
    fn all(&mut self, problems: impl Iterator<Item = Diagnostic>, target: Option<&'a Target>) {
        let new: Vec<Diagnostic> = problems.filter(|problem| !self.is_known(problem, target)).collect();
        for problem in new {
            self.add(problem, target);
        }
    }

    fn is_known(&mut self, found: &Diagnostic, target: Option<&'a Target>) -> bool {
        let same = self.known.get(&place(found)).into_iter().flatten();
        let same = same.filter(|(kind, _)| *kind == discriminant(&found.problem)).map(|(_, index)| *index);
        let same: Vec<usize> = same.collect();
        for index in &same {
            let targets = &mut self.problems[*index].1;
            let new = |name: &&str| targets.last().is_some_and(|last| last != name);
            let name = target.map(|target| target.name.as_str()).filter(new);
            targets.extend(name);
        }
        !same.is_empty()
    }

    fn add(&mut self, found: Diagnostic, target: Option<&'a Target>) {
        let (place, kind) = (place(&found), discriminant(&found.problem));
        // Within its own lines it is plain which target is meant.
        let inside = |target: &&Target| {
            place
                .is_some_and(|place| place.start >= target.own.span.start && place.end <= target.own.span.end)
        };
        let targets = target.filter(|target| !inside(target)).map(|target| target.name.as_str());
        self.known.entry(place).or_default().push((kind, self.problems.len()));
        self.problems.push((found, targets.into_iter().collect()));
    }

    /// In the order of the file. What all targets inherit needs no names.
    fn sorted(self, all: usize) -> Vec<Diagnostic> {
        let named = self.problems.into_iter().map(|(found, targets)| {
            if targets.is_empty() || targets.len() == all {
                return found;
            }
            let targets = targets.into_iter().map(str::to_owned).collect();
            let problem = Problem::InTargets { targets, problem: Box::new(found.problem) };
            Diagnostic { problem, place: found.place }
        });
        let mut found: Vec<Diagnostic> = named.collect();
        found.sort_by_key(place);
        found
    }
}

pub(super) fn place(found: &Diagnostic) -> Option<LineRange> {
    found.place.as_ref().and_then(|place| place.ranges.first()).copied()
}

/// Whether a problem is one of a key or value by itself, whatever else there is.
pub(super) fn is_of_one_value(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::UnknownKey(_)
            | Problem::WrongType(_)
            | Problem::BadValue { .. }
            | Problem::ArgName { .. }
            | Problem::CredentialsInUrl { .. }
            | Problem::UnclosedReference { .. }
            | Problem::UnknownVariable { .. }
            | Problem::TooMuchText { .. }
    )
}

/// In a target nobody is to be told to write what only the file has.
fn without_keys_of_the_file(mut found: Diagnostic) -> Diagnostic {
    if let Problem::UnknownKey(UnknownKey { key, parent, suggestion, accepted, .. }) = &mut found.problem
        && parent.matches('.').count() == 1
    {
        accepted.retain(|key| !OF_THE_FILE.contains(key));
        *suggestion = Suggestion::of(key, accepted.iter().copied());
    }
    found
}

/// A mapping without some of its keys; anything else as it is.
fn without(node: &Node, keys: &[&str]) -> Node {
    let Value::Mapping(pairs) = &node.value else { return node.clone() };
    let rest = pairs.iter().filter(|(key, _)| !keys.contains(&key.name.as_str())).cloned();
    Node { value: Value::Mapping(rest.collect()), span: node.span }
}

/// What so many targets cannot inherit: values and texts are counted each time, like those behind aliases.
fn too_much(top: &Node, targets: usize) -> Option<Problem> {
    let (values, text) = size(top);
    if values.max(LEAST).saturating_mul(targets) > MOST_INHERITED {
        Some(Problem::TooManyNodes { limit: MOST_INHERITED })
    } else if text.saturating_mul(targets) > MOST_TEXT {
        Some(Problem::TooMuchText { limit: MOST_TEXT })
    } else {
        None
    }
}

/// How many values a tree has, and how many bytes of text.
fn size(node: &Node) -> (usize, usize) {
    let sum = |(values, text): (usize, usize), (more, other)| (values + more, text + other);
    match &node.value {
        Value::Scalar(text, _) => (1, text.len()),
        Value::Sequence(items) => items.iter().map(size).fold((1, 0), sum),
        Value::Mapping(pairs) => {
            let keys = pairs.iter().map(|(key, _)| (0, key.name.len()));
            pairs.iter().map(|(_, node)| size(node)).chain(keys).fold((1, 0), sum)
        }
    }
}
