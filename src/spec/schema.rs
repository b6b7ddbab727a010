//! The language as a JSON schema (draft-07), for editors and for `--call=gobuild.schema`.
//!
//! Invariant: what the reader accepts is valid, and what it refuses for its form is not. Both follow from the same types:
//! a mapping's keys and what is said about them are those of its struct.

use crate::diagnostic::Kind;
use serde_json::{Map, Value, json};

/// What any text may be instead of what is asked for: something with variables in it.
const VARIABLES: &str = r"\$\{";

/// A key of a mapping: its name, what is said about it, and its value.
pub(super) type Key = (&'static str, &'static [&'static str], Value);

/// What is said of a kind of value and nothing more.
pub(super) fn of_kind(kind: Kind) -> Value {
    match kind {
        Kind::Nothing => json!({"type": "null"}),
        Kind::Text => text(),
        Kind::List => json!({"type": "array"}),
        Kind::Argv => list(&text()),
        Kind::TextOrList => json!({"anyOf": [text(), list(&text())]}),
        Kind::Mapping => json!({"type": "object"}),
    }
}

/// A text. A number or a word like `true` is read as it is written.
pub(super) fn text() -> Value {
    json!({"type": ["string", "number", "boolean"]})
}

/// One of a few words.
pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    let accepted: Vec<&str> = words.into_iter().collect();
    // YAML has a type for these.
    if accepted.iter().all(|word| word.parse::<bool>().is_ok()) {
        return boolean();
    }
    json!({"anyOf": [{"enum": accepted}, {"type": "string", "pattern": VARIABLES}]})
}

/// `true` or `false`, in quotation marks, too.
pub(super) fn boolean() -> Value {
    let quoted = json!({"enum": ["true", "false"]});
    json!({"anyOf": [{"type": "boolean"}, quoted, {"type": "string", "pattern": VARIABLES}]})
}

/// A list.
pub(super) fn list(item: &Value) -> Value {
    json!({"type": "array", "items": item})
}

/// A mapping whose keys are the user's to name.
pub(super) fn map(value: &Value) -> Value {
    json!({"type": "object", "additionalProperties": value})
}

/// A mapping with these keys, each of which may be absent.
pub(super) fn mapping(keys: impl IntoIterator<Item = Key>) -> Value {
    let mut properties = Map::new();
    for (name, about, value) in keys {
        let mut property = or_nothing(&value);
        let about: Vec<&str> = about.iter().map(|line| line.trim()).collect();
        property["description"] = about.join(" ").into();
        properties.insert(name.to_owned(), property);
    }
    json!({
        "type": "object",
        "properties": properties,
        "patternProperties": {"^x-": {}},
        "additionalProperties": false,
    })
}

/// The same with keys that must be there, with a value.
pub(super) fn requiring(mut mapping: Value, keys: &[&str]) -> Value {
    mapping["required"] = json!(keys);
    for key in keys {
        if let Some(choices) = mapping["properties"][key]["anyOf"].as_array_mut() {
            choices.retain(|choice| *choice != of_kind(Kind::Nothing));
        }
    }
    mapping
}

/// A key without a value counts as absent.
pub(super) fn or_nothing(value: &Value) -> Value {
    json!({"anyOf": [value, of_kind(Kind::Nothing)]})
}

/// The schema of the whole language.
pub fn schema() -> Value {
    let mut schema = <super::Spec as super::value::FromField>::schema();
    schema["definitions"] = json!({"target": super::targets::target_schema(&schema)});
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "gobuild.yaml".into();
    schema
}

/// The schema of the file of an organisation.
pub fn organisation_schema() -> Value {
    let mut schema = super::organisation::schema();
    schema["$schema"] = "http://json-schema.org/draft-07/schema#".into();
    schema["title"] = "/etc/gobuild/org.yaml".into();
    schema
}

#[cfg(test)]
mod tests {
    use super::super::yaml::{Node, Style, Value as Tree, parse};
    use super::super::{Document, Door};
    use crate::diagnostic::Problem;
    use buildkit_llb::SourceFile;
    use serde_json::{Map, Value, json};
    use std::collections::BTreeMap;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;

    /// What other readers of YAML make of a tree.
    fn json(node: &Node) -> Value {
        match &node.value {
            _ if node.is_null() => Value::Null,
            Tree::Scalar(text, Style::Quoted) => text.clone().into(),
            Tree::Scalar(text, Style::Plain) => {
                let text = super::super::choice::truth(text).unwrap_or(text);
                serde_json::from_str(text).unwrap_or_else(|_| json!(text))
            }
            Tree::Sequence(items) => items.iter().map(json).collect(),
            Tree::Mapping(pairs) => {
                let pairs = pairs.iter().map(|(key, node)| (key.name.clone(), json(node)));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
        }
    }

    /// Every YAML file of the examples and of the cases.
    fn files() -> Vec<PathBuf> {
        let mut files = Vec::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut folders = vec![root.join("examples"), root.join("tests/cases")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.file_name().is_some_and(|name| name == "gobuild.yaml") {
                    files.push(path);
                }
            }
        }
        files
    }

    /// What editors and builds say of a text.
    fn said(validator: &jsonschema::Validator, text: &str) -> (Vec<String>, Vec<Problem>) {
        let file = Arc::new(SourceFile {
            filename: String::new(),
            language: String::new(),
            data: text.as_bytes().to_vec(),
            definition: None,
        });
        let root = parse(&file.data).unwrap().unwrap();
        let document = Document::parse(&file, Door::Yaml, "image").unwrap();
        let variables = document.variables(&BTreeMap::new(), &BTreeMap::new());
        let (_, found) = document.images.read(|_| true, &file, &variables);
        let instance = json(&root);
        let errors = validator.iter_errors(&instance).map(|error| error.to_string()).collect();
        (errors, found.into_iter().map(|found| found.problem).collect())
    }

    fn is_of_form(problem: &Problem) -> bool {
        matches!(
            problem,
            Problem::KeyOfTheFile { .. }
                | Problem::UnknownKey(_)
                | Problem::WrongType(_)
                | Problem::MissingKey { .. }
        )
    }

    /// The paths of all keys; mappings in lists, and names that are anybody's, apart.
    fn paths(schema: &Value, path: &[String], found: &mut Vec<Vec<String>>) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path: Vec<String> = path.iter().chain([name]).cloned().collect();
            found.push(path.clone());
            paths(property, &path, found);
        }
        for choice in schema["anyOf"].as_array().into_iter().flatten() {
            paths(choice, path, found);
        }
    }

    /// Whatever stands under a key: what builds refuse for its form editors refuse, and what builds accept they do.
    #[test]
    fn schema_and_reader_agree_on_every_key() {
        let schema = super::schema();
        let validator = jsonschema::draft7::new(&schema).unwrap();
        let mut keys = Vec::new();
        paths(&schema, &[], &mut keys);
        assert!(keys.len() > 50, "{} keys", keys.len());
        let values = [
            "",
            "x",
            "true",
            "FALSE",
            "yes",
            "12",
            "\"${A:-x}\"",
            "[]",
            "[x]",
            "[[x]]",
            "[{nonsense: 1}]",
            "{}",
            "{nonsense: 1}",
            "{nonsense: [x]}",
            "[{}]",
            "[x, {a: b}]",
        ];
        let mut disagreements = Vec::new();
        for key in keys.iter().filter(|key| key[0] != "args") {
            for value in values {
                let text =
                    format!("args: {{A: }}\n{}: {value}{}\n", key.join(": {"), "}".repeat(key.len() - 1));
                let (editors, builds) = said(&validator, &text);
                if builds.iter().any(is_of_form) && editors.is_empty() {
                    disagreements.push(format!("{text}is valid for editors only: {builds:?}"));
                } else if builds.is_empty() && !editors.is_empty() {
                    disagreements.push(format!("{text}is valid for builds only: {editors:?}"));
                }
            }
        }
        assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    }

    /// Words that are not accepted are not valid either.
    #[test]
    fn schema_and_reader_refuse_the_same_words() {
        let validator = jsonschema::draft7::new(&super::schema()).unwrap();
        for text in [
            "build: {cgo: true}",
            "build: {cgo: on}",
            "build: {race: yes, cgo: static}",
            "build: {strip: 1}",
            "build: {buildmode: c-shared}",
            "build: {trimpath: maybe}",
            "cache: true",
            "cache: layer",
            "image: {licenses: no}",
            "image: {healthcheck: off}",
            "modules: {verify: on}",
            "test: {gate: yes}",
            "test: {vet: off}",
            "generate: {run: [x], outputs: [y], network: host}",
            "test: {network: sandbox}",
            "args: {a-b: x}",
        ] {
            let (editors, builds) = said(&validator, text);
            assert!(!builds.is_empty(), "{text} is valid for builds");
            assert!(!editors.is_empty(), "{text} is valid for editors");
        }
    }

    #[test]
    fn schema_and_reader_agree() {
        let validator = jsonschema::draft7::new(&super::schema()).unwrap();
        let (mut accepted, mut refused) = (0, 0);
        for path in files() {
            let file = Arc::new(SourceFile {
                filename: String::new(),
                language: String::new(),
                data: std::fs::read(&path).unwrap(),
                definition: None,
            });
            let Ok(Some(root)) = parse(&file.data) else { continue };
            let Ok(document) = Document::parse(&file, Door::Yaml, "image") else { continue };
            let variables = document.variables(&BTreeMap::new(), &BTreeMap::new());
            let (_, found) = document.images.read(|_| true, &file, &variables);
            let instance = json(&root);
            let said = validator.iter_errors(&instance).map(|error| error.to_string());
            let said: Vec<String> = said.collect();
            if found.iter().any(|found| is_of_form(&found.problem)) {
                refused += 1;
                assert!(!said.is_empty(), "{} is valid for editors only", path.display());
            } else if found.is_empty() {
                accepted += 1;
                assert!(said.is_empty(), "{} is valid for builds only: {said:#?}", path.display());
            }
        }
        assert!(accepted > 50 && refused > 5, "{accepted} files were accepted and {refused} refused");
    }
}
