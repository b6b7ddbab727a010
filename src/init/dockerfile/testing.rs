//! The tests that a Dockerfile runs.
//!
//! Invariant: a flag that changes which tests run, or how, has a key or is in a note.

use super::super::draft::{Draft, Value};
use std::collections::BTreeMap;

/// Says that tests are waited for, and with which flags.
pub(super) fn read(draft: &mut Draft, line: Option<usize>, words: &[String], env: &BTreeMap<String, String>) {
    draft.set(&["test", "gate"], Value::text("true"));
    if words.first().is_some_and(|word| word == "vet") {
        return;
    }
    let mut words = words[1..].iter();
    while let Some(word) = words.next() {
        let Some(flag) = word.strip_prefix('-') else {
            if word != "./..." {
                draft.add(&["test", "packages"], word);
            }
            continue;
        };
        let flag = flag.strip_prefix('-').unwrap_or(flag);
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (flag, None),
        };
        match name {
            "race" | "short" | "cover" => draft.set(&["test", name], Value::text("true")),
            "coverprofile" => {
                if value.is_none() {
                    words.next();
                }
                draft.set(&["test", "cover"], Value::text("true"));
            }
            "run" | "timeout" => {
                let value = value.or_else(|| words.next().cloned()).unwrap_or_default();
                draft.set(&["test", name], Value::text(value));
            }
            "vet" if value.as_deref() == Some("off") => draft.set(&["test", "vet"], Value::text("false")),
            "v" | "count" | "failfast" | "json" | "trimpath" | "mod" | "shuffle" | "vet" | "covermode" => {
                if matches!(name, "count" | "mod" | "shuffle" | "covermode") && value.is_none() {
                    words.next();
                }
            }
            // Those of the program are taken.
            "tags" | "ldflags" => {
                if value.is_none() {
                    words.next();
                }
            }
            other => draft.note(line, format!("`-{other}` of `go test` has no key here")),
        }
    }
    if env.get("CGO_ENABLED").is_some_and(|value| value == "1") && draft.has(&["test", "race"]) {
        draft.note(line, "tests with `race` run on `golang:<go>`, which has a C compiler");
    }
}
