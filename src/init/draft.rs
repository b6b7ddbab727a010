//! A build file that is being written: keys with their values, and what could not be said with a key.
//!
//! Invariant: what [`Draft::to_yaml`] gives is a build file that our own reader accepts: [`Draft::settle`] takes out what
//! it does not, and says so in a comment.

use super::lines::{Lines, wrapped};
use crate::diagnostic::Diagnostics;
use crate::spec::{Document, Door};
use buildkit_llb::SourceFile;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys at the top, in the order in which people read them.
const ORDER: [&str; 10] =
    ["args", "go", "builder", "main", "build", "modules", "generate", "test", "image", "targets"];

/// What a build file may refer to without declaring it, as of a build for one platform.
pub(super) const BUILT_IN: [(&str, &str); 7] = [
    ("BUILDPLATFORM", "linux/amd64"),
    ("COMMIT", "0000000000000000000000000000000000000000"),
    ("SOURCE_DATE_EPOCH", "0"),
    ("TARGETARCH", "amd64"),
    ("TARGETOS", "linux"),
    ("TARGETPLATFORM", "linux/amd64"),
    ("TARGETVARIANT", ""),
];

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// A text, in which `${NAME}` is a reference and `$$` a dollar sign.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping in the order of the file.
    Map(Vec<(String, Value)>),
}

impl Value {
    pub(super) fn text(text: impl Into<String>) -> Value {
        Value::Text(text.into())
    }

    /// A list of texts.
    pub(super) fn texts(texts: impl IntoIterator<Item = impl Into<String>>) -> Value {
        Value::List(texts.into_iter().map(Value::text).collect())
    }

    /// A text, or a list where there are several.
    pub(super) fn one_or_more(mut texts: Vec<String>) -> Value {
        if texts.len() == 1 { Value::Text(texts.remove(0)) } else { Value::texts(texts) }
    }
}

/// Something that was not carried over as it is, for a person to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Note {
    /// The line of the original that it is about, if there is one.
    pub(super) line: Option<usize>,
    /// What is to be known.
    pub(super) text: String,
}

/// The build file so far.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The frontend's image.
    syntax: String,
    /// The name of the file that it is made from, if it is.
    original: Option<String>,
    root: Vec<(String, Value)>,
    notes: Vec<Note>,
}

impl Draft {
    pub(super) fn new(syntax: &str, original: Option<&str>) -> Draft {
        let (syntax, original) = (syntax.to_owned(), original.map(str::to_owned));
        Draft { syntax, original, root: Vec::new(), notes: Vec::new() }
    }

    /// Says something under a path of keys; a later value takes the place of an earlier one.
    pub(super) fn set(&mut self, path: &[&str], value: Value) {
        *entry(&mut self.root, path) = value;
    }

    /// Whether nothing is said.
    pub(super) fn is_silent(&self) -> bool {
        self.root.is_empty() && self.notes.is_empty()
    }

    /// Whether something is said under a path of keys.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.get(path).is_some()
    }

    fn get(&self, path: &[&str]) -> Option<&Value> {
        let (name, rest) = path.split_first()?;
        let mut found = self.root.iter().find(|(known, _)| known == name).map(|(_, value)| value)?;
        for name in rest {
            let Value::Map(entries) = found else { return None };
            found = entries.iter().find(|(known, _)| known == name).map(|(_, value)| value)?;
        }
        Some(found)
    }

    /// Adds a text to a list of texts.
    pub(super) fn add(&mut self, path: &[&str], text: &str) {
        let items = self.list(path);
        if !items.iter().any(|known| matches!(known, Value::Text(known) if known == text)) {
            items.push(Value::text(text));
        }
    }

    /// Adds an item to a list.
    pub(super) fn push(&mut self, path: &[&str], item: Value) {
        self.list(path).push(item);
    }

    /// The list at a path; one value becomes a list of it.
    fn list(&mut self, path: &[&str]) -> &mut Vec<Value> {
        let entry = entry(&mut self.root, path);
        if !matches!(entry, Value::List(_)) {
            let one = match std::mem::replace(entry, Value::List(Vec::new())) {
                text @ Value::Text(_) => vec![text],
                Value::List(_) | Value::Map(_) => Vec::new(),
            };
            *entry = Value::List(one);
        }
        match entry {
            Value::List(items) => items,
            Value::Text(_) | Value::Map(_) => unreachable!("it has just become one"),
        }
    }

    /// Says what another draft says, under a path of keys. Args are those of the whole file.
    pub(super) fn adopt(&mut self, path: &[&str], other: Draft) {
        for (name, value) in other.root {
            let above: &[&str] = if name == "args" { &[] } else { path };
            self.lay(&[above, &[name.as_str()]].concat(), value);
        }
        for Note { line, text } in other.notes {
            self.note(line, text);
        }
    }

    fn lay(&mut self, path: &[&str], value: Value) {
        match value {
            Value::Map(entries) => {
                for (name, value) in entries {
                    self.lay(&[path, &[name.as_str()]].concat(), value);
                }
            }
            Value::List(items) if self.has(path) => {
                let list = self.list(path);
                for item in items {
                    if !list.contains(&item) {
                        list.push(item);
                    }
                }
            }
            other => self.set(path, other),
        }
    }

    /// Every text that is said.
    pub(super) fn all_texts(&self) -> Vec<String> {
        fn collect(value: &Value, texts: &mut Vec<String>) {
            match value {
                Value::Text(text) => texts.push(text.clone()),
                Value::List(items) => items.iter().for_each(|item| collect(item, texts)),
                Value::Map(entries) => entries.iter().for_each(|(_, value)| collect(value, texts)),
            }
        }
        let mut texts = Vec::new();
        self.root.iter().for_each(|(_, value)| collect(value, &mut texts));
        texts
    }

    /// Says something to the reader.
    pub(super) fn note(&mut self, line: Option<usize>, text: impl Into<String>) {
        let note = Note { line, text: text.into() };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Takes out what our reader refuses.
    pub(super) fn settle(&mut self) {
        // Each time something goes, so this ends.
        loop {
            let refused = self.refused();
            if refused.is_empty() {
                return;
            }
            let paths = self.write().1;
            // From the last line to the first, so that items of lists keep their places.
            for (line, message) in refused.into_iter().rev() {
                let Some(path) = paths.get(line.saturating_sub(1)).cloned().flatten() else {
                    self.root.clear();
                    return self.note(None, message);
                };
                self.note(None, format!("`{}` is left out: {message}", path.join(".").replace(".[", "[")));
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                remove(&mut self.root, &path);
            }
        }
    }

    /// What our reader refuses, by line; of several things on one line the first.
    fn refused(&self) -> BTreeMap<usize, String> {
        let file = Arc::new(SourceFile {
            filename: "gobuild.yaml".to_owned(),
            language: Door::Yaml.language().to_owned(),
            data: self.to_yaml().into_bytes(),
            definition: None,
        });
        let built_in = BTreeMap::from(BUILT_IN.map(|(name, value)| (name, Some(value.to_owned()))));
        let found = Document::parse(&file, Door::Yaml, "").and_then(|document| {
            document.accept(&BTreeMap::new(), &BTreeMap::new())?;
            document.specs(&document.variables(&built_in, &BTreeMap::new()))
        });
        let mut refused = BTreeMap::new();
        for found in found.err().iter().flat_map(Diagnostics::iter) {
            let range = found.place.as_ref().and_then(|place| place.ranges.first());
            let line = range.map_or(0, |range| usize::try_from(range.start.line).unwrap_or_default());
            refused.entry(line).or_insert_with(|| found.to_string());
        }
        refused
    }

    /// The file.
    pub fn to_yaml(&self) -> String {
        self.write().0
    }

    /// The same for programs: the file, and each note with the line that it is about.
    pub fn to_json(&self) -> String {
        let notes: Vec<_> =
            self.notes.iter().map(|note| json!({ "line": note.line, "text": note.text })).collect();
        format!("{:#}\n", json!({ "file": self.to_yaml(), "from": self.original, "notes": notes }))
    }

    /// The file, and the key that each of its lines belongs to.
    fn write(&self) -> (String, Vec<Option<Vec<String>>>) {
        let mut lines = Lines::default();
        lines.comment(&format!("syntax={}", self.syntax));
        if let Some(original) = &self.original {
            lines.blank();
            lines.comment(&format!("From {original}. What is not said here is as it is by default."));
        }
        let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
        let mut root: Vec<&(String, Value)> = self.root.iter().collect();
        root.sort_by_key(|(name, _)| place(name));
        for (name, value) in root {
            lines.blank();
            lines.entry(name, value, 0, &mut Vec::new());
        }
        if !self.notes.is_empty() {
            lines.blank();
            lines.comment("To look at:");
            let mut notes: Vec<&Note> = self.notes.iter().collect();
            notes.sort();
            for note in notes {
                let place = match (&self.original, note.line) {
                    (Some(original), Some(line)) => format!("{original}:{line}: "),
                    _ => String::new(),
                };
                for (index, part) in wrapped(&format!("{place}{}", note.text)).iter().enumerate() {
                    lines.comment(&format!("{}{part}", if index == 0 { "- " } else { "  " }));
                }
            }
        }
        (lines.text, lines.paths)
    }
}

/// The value at a path, made if it is not there.
fn entry<'a>(entries: &'a mut Vec<(String, Value)>, path: &[&str]) -> &'a mut Value {
    let (name, rest) = path.split_first().expect("a path has a name");
    let index = entries.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        entries.push(((*name).to_owned(), Value::Map(Vec::new())));
        entries.len() - 1
    });
    let found = &mut entries[index].1;
    if rest.is_empty() {
        return found;
    }
    if !matches!(found, Value::Map(_)) {
        *found = Value::Map(Vec::new());
    }
    match found {
        Value::Map(inner) => entry(inner, rest),
        Value::Text(_) | Value::List(_) => unreachable!("it has just become a mapping"),
    }
}

/// Removes a key or an item of a list, and what has nothing left.
fn remove(entries: &mut Vec<(String, Value)>, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some(index) = entries.iter().position(|(known, _)| known == name) else { return };
    let is_empty = match (&mut entries[index].1, rest) {
        (Value::Map(inner), [_, ..]) => {
            remove(inner, rest);
            inner.is_empty()
        }
        (Value::List(items), [item, ..]) => {
            let item = item.trim_matches(['[', ']']).parse().ok().filter(|item: &usize| *item < items.len());
            item.map(|item| items.remove(item));
            items.is_empty()
        }
        _ => true,
    };
    if is_empty {
        entries.remove(index);
    }
}

/// A text that holds no references, for a file in which `${` starts one.
pub(super) fn literal(text: &str) -> String {
    let mut escaped = String::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        escaped.push(character);
        if character == '$' && rest.peek().is_some_and(|next| matches!(next, '{' | '$')) {
            escaped.push('$');
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Draft, Value, literal};

    #[test]
    fn a_draft_is_read_as_it_was_meant() {
        let mut draft = Draft::new("gobuild/frontend:1", Some("Dockerfile"));
        draft.set(&["image", "env", "A B"], Value::text("x: y # z"));
        draft.set(&["image", "labels", "true"], Value::text("line\nbreak \"quoted\" \\ \u{7}"));
        draft.set(&["image", "labels", "list"], Value::text("- x"));
        draft.set(&["image", "cmd"], Value::texts(["--a", "b,c", "", "{}", "- x"]));
        draft.set(&["go"], Value::text("1.20"));
        draft.set(&["main"], Value::text("./cmd/api"));
        draft.note(Some(3), "a remark");
        draft.settle();
        let expected = "\
# syntax=gobuild/frontend:1

# From Dockerfile. What is not said here is as it is by default.

go: \"1.20\"

main: ./cmd/api

image:
  env:
    \"A B\": \"x: y # z\"
  labels:
    \"true\": \"line\\nbreak \\\"quoted\\\" \\\\ \\U00000007\"
    list: \"- x\"
  cmd: [\"--a\", \"b,c\", \"\", \"{}\", \"- x\"]

# To look at:
# - Dockerfile:3: a remark
";
        assert_eq!(draft.to_yaml(), expected);
    }

    #[test]
    fn what_is_refused_is_left_out_and_said() {
        let mut draft = Draft::new("gobuild/frontend:1", None);
        draft.set(&["image", "workdir"], Value::text("relative"));
        draft.set(&["image", "user"], Value::text("1001"));
        draft.set(&["build", "ldflags"], Value::texts(["-toolexec=x"]));
        draft.settle();
        let text = draft.to_yaml();
        assert!(text.contains("image:\n  user: 1001\n") && !text.contains("\n  workdir:"), "{text}");
        assert!(text.contains("# - `build.ldflags` is left out: "), "{text}");
        assert!(text.contains("# - `image.workdir` is left out: "), "{text}");
    }

    #[test]
    fn a_refused_item_takes_nothing_else_with_it() {
        let mut draft = Draft::new("gobuild/frontend:1", None);
        for from in ["a", "/b", "c", "../d"] {
            let from = ("from".to_owned(), Value::text(from));
            let to = ("to".to_owned(), Value::text("/srv/"));
            draft.push(&["image", "files"], Value::Map(vec![from, to]));
        }
        draft.settle();
        let text = draft.to_yaml();
        let files = "image:\n  files:\n    - from: a\n      to: /srv/\n    - from: c\n      to: /srv/\n\n";
        assert!(text.contains(files), "{text}");
        assert!(
            text.contains("`image.files[1]` is left out") && text.contains("`image.files[3]` is"),
            "{text}"
        );
    }

    #[test]
    fn a_draft_is_part_of_another() {
        let (mut whole, mut part) = (Draft::new("gobuild/frontend:1", None), Draft::new("", None));
        whole.set(&["image", "base"], Value::text("alpine"));
        part.set(&["image", "user"], Value::text("app"));
        part.set(&["image", "cmd"], Value::texts(["-v", "-v"]));
        part.set(&["args", "A"], Value::text("1"));
        let of_target = part.clone();
        whole.adopt(&[], part);
        whole.adopt(&["targets", "api"], of_target);
        let text = whole.to_yaml();
        let expected = "args:\n  A: 1\n\nimage:\n  base: alpine\n  user: app\n  cmd: [-v, -v]\n\ntargets:\n  api:\n    image:\n      user: app\n      cmd: [-v, -v]\n";
        assert!(text.ends_with(expected), "{text}");
    }

    #[test]
    fn a_list_grows_from_one_text() {
        let mut draft = Draft::new("gobuild/frontend:1", None);
        draft.set(&["build", "tags"], Value::text("a"));
        draft.add(&["build", "tags"], "a");
        draft.add(&["build", "tags"], "b");
        assert!(draft.to_yaml().ends_with("build:\n  tags: [a, b]\n"), "{}", draft.to_yaml());
    }

    #[test]
    fn dollar_signs_stay_what_they_are() {
        for (text, expected) in [("a$b", "a$b"), ("${A}", "$${A}"), ("$$", "$$$"), ("5$", "5$")] {
            assert_eq!(literal(text), expected);
        }
    }
}
