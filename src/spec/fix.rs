//! What to write instead of something of the wrong kind or in the wrong place, where that can be told.
//!
//! Invariant: a fix is one line of YAML that means what was probably meant; what is not certain is left to the reader.

use super::schema::schema;
use super::yaml::{Node, Value};
use crate::diagnostic::Kind;
use serde_json::Value as Json;
use std::sync::LazyLock;

/// A fix that is longer is not read.
const LONGEST: usize = 100;

/// Names that other tools have for a key, and the key.
const OTHER_NAMES: [(&str, &str); 7] = [
    ("command", "image.cmd"),
    ("environment", "image.env"),
    ("expose", "image.ports"),
    ("from", "image.base"),
    ("package", "main"),
    ("packages", "main"),
    ("runtime", "image.base"),
];

/// The line to write instead of a value that is not of the kind that is expected.
pub(super) fn value(path: &str, node: &Node, expected: Kind) -> Option<String> {
    let value = match (expected, &node.value) {
        (Kind::Text, _) if node.is_null() => "\"\"".to_owned(),
        (Kind::Text, Value::Sequence(items)) => match items.as_slice() {
            [item] => plain(item)?,
            _ => return None,
        },
        (Kind::Argv, Value::Scalar(text, _)) if !node.is_null() => {
            let words: Option<Vec<String>> = text.split_whitespace().map(argument).collect();
            format!("[{}]", words?.join(", "))
        }
        (Kind::Mapping, Value::Sequence(items)) => {
            let pairs: Option<Vec<String>> = items.iter().map(pair).collect();
            format!("{{{}}}", pairs.filter(|pairs| !pairs.is_empty())?.join(", "))
        }
        (Kind::Mapping, Value::Scalar(..)) => format!("{{{}}}", pair(node)?),
        _ => return None,
    };
    line(path.rsplit('.').next()?, &value)
}

/// The line to write with another key.
pub(super) fn key(name: &str, node: &Node) -> Option<String> {
    line(name, &plain(node)?)
}

/// Where a key of this name is, if not here: paths of the language.
pub(super) fn elsewhere(name: &str, parent: &str) -> Vec<String> {
    static LANGUAGE: LazyLock<Json> = LazyLock::new(schema);
    let mut found = Vec::new();
    search(&LANGUAGE, "", name, &mut found);
    let other = OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, key)| (*key).to_owned());
    found.retain(|path| path.rsplit_once('.').map_or("", |(above, _)| above) != parent);
    if found.is_empty() { other.into_iter().collect() } else { found }
}

/// Mappings in lists and those whose keys are anybody's to name have no path that could be written.
fn search(schema: &Json, path: &str, name: &str, found: &mut Vec<String>) {
    for (key, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        if key == name {
            found.push(path.clone());
        }
        search(property, &path, name, found);
    }
    for choice in schema["anyOf"].as_array().into_iter().flatten() {
        search(choice, path, name, found);
    }
}

/// An element of a list has no key in front.
fn line(key: &str, value: &str) -> Option<String> {
    let line =
        if key.ends_with(']') || key.is_empty() { value.to_owned() } else { format!("{key}: {value}") };
    (line.chars().count() <= LONGEST).then_some(line)
}

/// A text that needs no quotes anywhere.
fn plain(node: &Node) -> Option<String> {
    let Value::Scalar(text, _) = &node.value else { return None };
    let good = |c: char| c.is_ascii_alphanumeric() || "/._-=+@~".contains(c);
    (!text.is_empty() && !text.starts_with(['-', '=', '~', '@']) && text.chars().all(good))
        .then(|| text.clone())
}

/// A word of a command. What only a shell understands has no place there.
fn argument(word: &str) -> Option<String> {
    let good = |c: char| c.is_ascii_alphanumeric() || "/._-=+~".contains(c);
    if word.chars().all(good) {
        return Some(word.to_owned());
    }
    let quoted = |c: char| good(c) || ":,@%{}[]#?".contains(c);
    word.chars().all(quoted).then(|| format!("\"{word}\""))
}

/// `NAME=value` as a key and its value.
fn pair(node: &Node) -> Option<String> {
    let Value::Scalar(text, _) = &node.value else { return None };
    let (name, value) = text.split_once('=')?;
    let good = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let name = (!name.is_empty() && name.chars().all(good)).then_some(name)?;
    // In quotes, so that it is the text that it was.
    (!value.contains(['"', '\\']) && !value.contains(char::is_control))
        .then(|| format!("{name}: \"{value}\""))
}

#[cfg(test)]
mod tests {
    use super::super::yaml::{Value, parse};
    use super::{elsewhere, value};
    use crate::diagnostic::Kind;

    #[test]
    fn values_of_the_wrong_kind() {
        for (yaml, expected, fix) in [
            ("entrypoint: /app --serve", Kind::Argv, Some("entrypoint: [/app, --serve]")),
            ("cmd: --listen :8080", Kind::Argv, Some("cmd: [--listen, \":8080\"]")),
            ("cmd: a && b", Kind::Argv, None),
            ("cmd: echo \"a b\"", Kind::Argv, None),
            ("env: [A=b, C=d e]", Kind::Mapping, Some("env: {A: \"b\", C: \"d e\"}")),
            ("env: A=b", Kind::Mapping, Some("env: {A: \"b\"}")),
            ("env: [A]", Kind::Mapping, None),
            ("env: []", Kind::Mapping, None),
            ("user: [nonroot]", Kind::Text, Some("user: nonroot")),
            ("user: [a, b]", Kind::Text, None),
            ("A:", Kind::Text, Some("A: \"\"")),
        ] {
            let Value::Mapping(pairs) = parse(yaml.as_bytes()).unwrap().unwrap().value else {
                panic!("{yaml}")
            };
            let (key, node) = &pairs[0];
            assert_eq!(value(&format!("image.{}", key.name), node, expected).as_deref(), fix, "{yaml}");
        }
    }

    #[test]
    fn keys_that_are_somewhere_else() {
        assert_eq!(elsewhere("base", ""), ["image.base"]);
        assert_eq!(elsewhere("env", ""), ["build.env", "generate.env", "image.env", "test.env"]);
        assert_eq!(elsewhere("environment", "image"), ["image.env"]);
        assert_eq!(elsewhere("services", ""), [] as [&str; 0]);
        assert_eq!(elsewhere("main", ""), [] as [&str; 0]);
    }
}
