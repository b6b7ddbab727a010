//! What is written about the language is generated from the language: schema and reference page.
//!
//! `UPDATE_EXPECTED=1 cargo test -p gobuild --test docs` writes both.

use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

#[test]
fn schema_is_up_to_date() {
    check("docs/gobuild.schema.json", &format!("{:#}\n", gobuild::spec::schema()));
    check("docs/org.schema.json", &format!("{:#}\n", gobuild::spec::organisation_schema()));
}

#[test]
fn reference_is_up_to_date() {
    let mut page = "# Every key of gobuild.yaml\n\n<!-- Written by `UPDATE_EXPECTED=1 cargo test -p gobuild --test docs`; do not edit. -->\n\n".to_owned();
    page += "Any text may hold `${NAME}` or `${NAME:-default}`. Keys that start with `x-` are yours.\n\n";
    page += "| key | what is written | what it is |\n| --- | --- | --- |\n";
    keys(&gobuild::spec::schema(), "", &mut page);
    page += "\n## Names that need no declaration\n\n";
    page += "`--build-arg NAME=…` counts more than what they stand for. Where one of them is declared under `args`, its default counts \
             where nothing else is known.\n\n| name | what it stands for |\n| --- | --- |\n";
    for (name, about) in gobuild::spec::BUILT_IN {
        writeln!(page, "| `{name}` | {} |", about.replace('|', "\\|")).expect("a text takes everything");
    }
    page += "\n## Keys of an organisation's /etc/gobuild/org.yaml\n\n";
    page += "Of a frontend image of its own: `FROM gobuild/frontend:1` and `COPY org.yaml /etc/gobuild/org.yaml`.\n\n";
    page += "| key | what is written | what it is |\n| --- | --- | --- |\n";
    keys(&gobuild::spec::organisation_schema(), "", &mut page);
    assert!(!page.contains("``"), "a word that is written is empty");
    check("docs/reference.md", &page);
}

fn check(path: &str, wanted: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        std::fs::write(&file, wanted).expect("a file of the repository");
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        found == wanted,
        "{path} is out of date; write it anew: UPDATE_EXPECTED=1 cargo test -p gobuild --test docs"
    );
}

/// A row for each key of a mapping, and below it those of the mappings in it.
fn keys(schema: &Value, path: &str, page: &mut String) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let about = property["description"].as_str().unwrap_or_default();
        let value = &property["anyOf"][0];
        let written = written(value).replace('|', "\\|");
        writeln!(page, "| `{path}` | {written} | {about} |").expect("a text takes everything");
        let (inner, suffix) = inner(value);
        keys(inner, &format!("{path}{suffix}"), page);
    }
}

/// The mapping with keys of its own that a value is or may be, and how its path goes on.
fn inner(value: &Value) -> (&Value, &'static str) {
    if value.get("properties").is_some() {
        return (value, "");
    }
    let choices = value["anyOf"].as_array().into_iter().flatten();
    if let Some(found) = choices.map(inner).find(|(inner, _)| !inner.is_null()) {
        return found;
    }
    for (key, suffix) in [("items", "[]"), ("additionalProperties", ".<name>")] {
        if value[key].is_object() {
            let entry = if value[key].get("anyOf").is_some() && key != "items" {
                &value[key]["anyOf"][0]
            } else {
                &value[key]
            };
            let (found, _) = inner(entry);
            if !found.is_null() {
                return (found, suffix);
            }
        }
    }
    (&Value::Null, "")
}

/// What may be written, in words.
fn written(value: &Value) -> String {
    if value.get("$ref").is_some() {
        return "keys of gobuild.yaml".to_owned();
    }
    if let Some(words) = value["enum"].as_array() {
        // Too many to be read; editors have them.
        if words.len() > 20 {
            return "known name".to_owned();
        }
        let words: Vec<String> =
            words.iter().map(|word| format!("`{}`", word.as_str().unwrap_or_default())).collect();
        return words.join(", ");
    }
    if let Some(choices) = value["anyOf"].as_array() {
        let mut words: Vec<String> = choices
            .iter()
            .filter(|choice| choice.get("pattern").is_none())
            .filter(|choice| choice["type"] != "null")
            .map(written)
            .collect();
        words.sort();
        words.dedup();
        return words.join(" or ");
    }
    if value.get("$ref").is_some() {
        return "keys as at the top".to_owned();
    }
    match &value["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", plural(&written(&value["items"]))),
        Value::String(kind) if kind == "object" && value.get("properties").is_some() => {
            "keys below".to_owned()
        }
        Value::String(kind) if kind == "object" => {
            format!("names and {}", plural(&written(&value["additionalProperties"])))
        }
        Value::String(kind) if kind == "boolean" => "`true`, `false`".to_owned(),
        Value::String(kind) if kind == "integer" => "number".to_owned(),
        _ => "text".to_owned(),
    }
}

fn plural(word: &str) -> String {
    if ["text", "known name"].contains(&word) { format!("{word}s") } else { word.to_owned() }
}
