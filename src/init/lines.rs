//! The lines of a build file.
//!
//! Invariant: a text is plain only where no reader of YAML could take it for something else.

use super::draft::Value;
use std::fmt::Write;

/// The lines of a file, each with its key.
#[derive(Default)]
pub(super) struct Lines {
    pub(super) text: String,
    pub(super) paths: Vec<Option<Vec<String>>>,
}

impl Lines {
    fn push(&mut self, line: &str, path: Option<&[String]>) {
        self.text.push_str(line);
        self.text.push('\n');
        self.paths.push(path.map(<[String]>::to_vec));
    }

    pub(super) fn blank(&mut self) {
        self.push("", None);
    }

    pub(super) fn comment(&mut self, text: &str) {
        // What was written elsewhere must not start a line here.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.push(format!("# {text}").trim_end(), None);
    }

    pub(super) fn entry(&mut self, name: &str, value: &Value, depth: usize, path: &mut Vec<String>) {
        path.push(name.to_owned());
        let (indent, key) = ("  ".repeat(depth), scalar(name, Place::Key));
        match value {
            Value::Map(inner) if !inner.is_empty() => {
                self.push(&format!("{indent}{key}:"), Some(path));
                for (name, value) in inner {
                    self.entry(name, value, depth + 1, path);
                }
            }
            Value::List(items) if items.iter().any(|item| matches!(item, Value::Map(_))) => {
                self.push(&format!("{indent}{key}:"), Some(path));
                for (index, item) in items.iter().enumerate() {
                    path.push(format!("[{index}]"));
                    self.item(item, depth + 1, path);
                    path.pop();
                }
            }
            other => self.push(&format!("{indent}{key}: {}", flow(other, Place::Block)), Some(path)),
        }
        path.pop();
    }

    /// An item of a list of mappings; a line of it belongs to the whole item.
    fn item(&mut self, item: &Value, depth: usize, path: &[String]) {
        let indent = "  ".repeat(depth);
        match item {
            Value::Map(inner) => {
                for (index, (name, value)) in inner.iter().enumerate() {
                    let start = if index == 0 { "- " } else { "  " };
                    let line =
                        format!("{indent}{start}{}: {}", scalar(name, Place::Key), flow(value, Place::Block));
                    self.push(&line, Some(path));
                }
            }
            other => self.push(&format!("{indent}- {}", flow(other, Place::Block)), Some(path)),
        }
    }
}

/// Where a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Key,
    Block,
    Flow,
}

/// A value on one line.
fn flow(value: &Value, place: Place) -> String {
    match value {
        Value::Text(text) => scalar(text, place),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(|item| flow(item, Place::Flow)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(entries) => {
            let entry = |(name, value): &(String, Value)| {
                format!("{}: {}", scalar(name, Place::Flow), flow(value, Place::Flow))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<String>>().join(", "))
        }
    }
}

/// A text as YAML writes it: plain where no reader could take it for something else.
fn scalar(text: &str, place: Place) -> String {
    let plain = |c: char| {
        c.is_ascii_alphanumeric()
            || "._-/@+=~%^".contains(c)
            || (place == Place::Block && "${}".contains(c))
            || (place != Place::Key && c == ':')
    };
    let start = text.starts_with(|c: char| c.is_ascii_alphanumeric() || "./$".contains(c))
        || (text.starts_with('-') && text.len() > 1 && !text.starts_with("--") && !text.starts_with("- "));
    let words = ["null", "true", "false", "yes", "no", "on", "off"];
    // Words are words to us whatever other readers make of them, and so are versions; quotes keep editors from asking.
    let number = text.contains('.') && text.parse::<f64>().is_ok();
    let spaced = |c: char| plain(c) || (place == Place::Block && c == ' ');
    let tidy = text.trim() == text && !text.contains(": ") && !text.contains(" #") && !text.ends_with(':');
    let reserved = text == "null" || (place == Place::Key && words.contains(&text));
    if start && tidy && text.chars().all(spaced) && !number && !reserved {
        return text.to_owned();
    }
    let mut quoted = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            control if control.is_control() => {
                write!(quoted, "\\U{:08x}", u32::from(control)).expect("a string takes everything");
            }
            other => quoted.push(other),
        }
    }
    quoted + "\""
}

/// The lines of a comment.
pub(super) fn wrapped(text: &str) -> Vec<String> {
    const WIDEST: usize = 108;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one");
        if !last.is_empty() && last.chars().count() + word.chars().count() >= WIDEST {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}
