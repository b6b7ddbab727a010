//! How the fields of the image config are spelt and nested in JSON.
//!
//! Invariant: after [`settle_fields`] a known field has one spelling and is not null.

use serde_json::{Map, Value};

use super::ConfigProblem;

/// Gives every known field its proper spelling, and drops it where it is null.
///
/// Runtimes written in Go match keys without regard to case, the last one winning. Were `user` to pass
/// through beside the `User` that gobuild writes, the base image would decide whom the program runs as.
pub(super) fn settle_fields(object: &mut Map<String, Value>, known: &[&str]) -> Result<(), ConfigProblem> {
    let keys: Vec<String> = object.keys().cloned().collect();
    for key in keys {
        let folded = fold(&key);
        let Some(field) = known.iter().copied().find(|field| fold(field) == folded) else {
            continue;
        };
        if key != field {
            if object.contains_key(field) {
                return Err(ConfigProblem::Ambiguous(field.to_owned()));
            }
            if let Some(value) = object.remove(&key) {
                object.insert(field.to_owned(), value);
            }
        }
        if object.get(field).is_some_and(Value::is_null) {
            object.remove(field);
        }
    }
    Ok(())
}

/// Case folding as Go's JSON decoder does it: two letters outside ASCII fold into it.
fn fold(key: &str) -> String {
    key.chars()
        .map(|c| match c {
            '\u{17f}' => 's',
            '\u{212a}' => 'k',
            c => c.to_ascii_lowercase(),
        })
        .collect()
}

/// Sets of strings, which the format writes as objects with empty objects for values.
pub(super) mod keys {
    use std::collections::{BTreeMap, BTreeSet};

    use serde::{Deserialize, Deserializer, Serializer};
    use serde_json::Value;

    #[derive(serde::Serialize)]
    struct Empty {}

    pub(in super::super) fn serialize<S: Serializer>(
        set: &BTreeSet<String>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(set.iter().map(|key| (key, Empty {})))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeSet<String>, D::Error> {
        let map = BTreeMap::<String, Value>::deserialize(deserializer)?;
        Ok(map.into_keys().collect())
    }
}
