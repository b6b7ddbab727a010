//! A build file that is being written: keys with their values, and what could not be said with a key.
//!
//! Invariant: what [`Draft::to_yaml`] gives is a build file that our own reader accepts: [`Draft::settle`] takes out what
//! it does not, and says so in a comment.

use super::lines::{Lines, wrapped};
use crate::spec::{Document, Door};
use buildkit_llb::SourceFile;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The keys at the top, in the order in which people read them.
const ORDER: [&str; 9] = ["args", "go", "builder", "main", "build", "modules", "generate", "test", "image"];

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
        set(&mut self.root, path, value);
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

    /// Says something where the language has a key for it; whether it has.
    pub(super) fn offer(&mut self, path: &[&str], value: Value) -> bool {
        let known = is_key(&crate::spec::schema(), path);
        if known {
            match value {
                Value::List(items) => items.into_iter().for_each(|item| self.push(path, item)),
                value => self.set(path, value),
            }
        }
        known
    }

    /// Adds a text to a list of texts.
    pub(super) fn add(&mut self, path: &[&str], text: &str) {
        let mut texts = self.texts(path);
        if !texts.iter().any(|known| known == text) {
            texts.push(text.to_owned());
        }
        self.set(path, Value::texts(texts));
    }

    fn texts(&self, path: &[&str]) -> Vec<String> {
        let text = |value: &Value| match value {
            Value::Text(text) => Some(text.clone()),
            Value::List(_) | Value::Map(_) => None,
        };
        match self.get(path) {
            Some(Value::List(items)) => items.iter().filter_map(text).collect(),
            other => other.and_then(text).into_iter().collect(),
        }
    }

    /// Adds an item to a list.
    pub(super) fn push(&mut self, path: &[&str], item: Value) {
        let mut items = match self.get(path) {
            Some(Value::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        items.push(item);
        self.set(path, Value::List(items));
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
        while let Some((line, message)) = self.refused() {
            let Some(path) = self.write().1.get(line.saturating_sub(1)).cloned().flatten() else {
                self.root.clear();
                self.note(None, message);
                return;
            };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            remove(&mut self.root, &path);
            self.note(None, format!("`{}` is left out: {message}", path.join(".")));
        }
    }

    /// The first thing that our reader says, and its line.
    fn refused(&self) -> Option<(usize, String)> {
        let file = Arc::new(SourceFile {
            filename: "gobuild.yaml".to_owned(),
            language: Door::Yaml.language().to_owned(),
            data: self.to_yaml().into_bytes(),
            definition: None,
        });
        let built_in = BTreeMap::from(BUILT_IN.map(|(name, value)| (name, value.to_owned())));
        let found = Document::parse(&file, Door::Yaml, "")
            .and_then(|document| document.spec(None, &document.variables(&built_in, &BTreeMap::new())));
        let found = found.err()?;
        let first = found.iter().next()?;
        let range = first.place.as_ref().and_then(|place| place.ranges.first());
        let line = range.map_or(0, |range| range.start.line);
        Some((usize::try_from(line).unwrap_or_default(), first.to_string()))
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

fn set(entries: &mut Vec<(String, Value)>, path: &[&str], value: Value) {
    let Some((name, rest)) = path.split_first() else { return };
    let index = entries.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        entries.push(((*name).to_owned(), Value::Map(Vec::new())));
        entries.len() - 1
    });
    let entry = &mut entries[index].1;
    if rest.is_empty() {
        *entry = value;
        return;
    }
    if !matches!(entry, Value::Map(_)) {
        *entry = Value::Map(Vec::new());
    }
    if let Value::Map(inner) = entry {
        set(inner, rest, value);
    }
}

/// Whether a schema has this path of keys.
fn is_key(schema: &serde_json::Value, path: &[&str]) -> bool {
    let Some((name, rest)) = path.split_first() else { return true };
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    let property = &schema["properties"][*name];
    (!property.is_null() && is_key(property, rest)) || choices.into_iter().any(|choice| is_key(choice, path))
}

/// Removes a key, and a mapping that has nothing left.
fn remove(entries: &mut Vec<(String, Value)>, path: &[&str]) {
    let Some((name, rest)) = path.split_first() else { return };
    let Some(index) = entries.iter().position(|(known, _)| known == name) else { return };
    if let (false, Value::Map(inner)) = (rest.is_empty(), &mut entries[index].1) {
        remove(inner, rest);
        if !inner.is_empty() {
            return;
        }
    }
    entries.remove(index);
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
    fn dollar_signs_stay_what_they_are() {
        for (text, expected) in [("a$b", "a$b"), ("${A}", "$${A}"), ("$$", "$$$"), ("5$", "5$")] {
            assert_eq!(literal(text), expected);
        }
    }
}
