//! `locked:`, what a repository cannot say otherwise.
//!
//! Invariant: saying the same is no mistake, and whatever differs is one, at its own line.

use super::super::yaml::{Node, Trouble, Value};
use super::Authority;
use crate::diagnostic::Problem;
use buildkit_llb::LineRange;

/// Where a tree of a repository says something else than what is locked.
pub(super) fn conflicts(own: &Node, locked: &Node, by: &Authority) -> Vec<Trouble> {
    let mut found = Vec::new();
    compare(own, own.span, locked, &mut Vec::new(), by, &mut found);
    found
}

fn compare(
    own: &Node,
    place: LineRange,
    locked: &Node,
    path: &mut Vec<String>,
    by: &Authority,
    found: &mut Vec<Trouble>,
) {
    match (&own.value, &locked.value) {
        (Value::Mapping(_), Value::Mapping(entries)) => {
            for (key, locked) in entries {
                if let Some((own_key, own)) = own.entry(&key.name) {
                    path.push(key.name.clone());
                    compare(own, own_key.span, locked, path, by, found);
                    path.pop();
                }
            }
        }
        _ if same(own, locked) => {}
        _ => {
            let problem = Problem::Locked {
                key: path.join("."),
                says: shown(own),
                locked: shown(locked),
                by: Box::new(by.clone()),
            };
            found.push((problem, place));
        }
    }
}

/// Whether two trees say the same, in whatever style.
fn same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::Scalar(text, _), Value::Scalar(written, _)) => {
            one.is_null() == other.is_null() && text == written
        }
        (Value::Sequence(items), Value::Sequence(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(one, other)| same(one, other))
        }
        (Value::Mapping(pairs), Value::Mapping(others)) => {
            pairs.len() == others.len()
                && pairs
                    .iter()
                    .all(|(key, node)| other.entry(&key.name).is_some_and(|(_, other)| same(node, other)))
        }
        // A list of one may be written as that one.
        (Value::Scalar(..), Value::Sequence(items)) => items.len() == 1 && same(one, &items[0]),
        (Value::Sequence(items), Value::Scalar(..)) => items.len() == 1 && same(&items[0], other),
        _ => false,
    }
}

/// A value on one line, in YAML's flow style.
fn shown(node: &Node) -> String {
    match &node.value {
        _ if node.is_null() => "nothing".to_owned(),
        Value::Scalar(text, _) => text.clone(),
        Value::Sequence(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Mapping(pairs) => {
            let pairs = pairs.iter().map(|(key, node)| format!("{}: {}", key.name, shown(node)));
            format!("{{{}}}", pairs.collect::<Vec<_>>().join(", "))
        }
    }
}
