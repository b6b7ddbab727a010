//! The variables of a Dockerfile, in the words of a build file.
//!
//! Invariant: an arg that a text refers to stays a reference; everything else has its value.

use super::super::draft::BUILT_IN;
use crate::spec::LARGEST_FILE;
use std::collections::BTreeMap;

/// The declared args with their defaults.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables(BTreeMap<String, String>);

impl Variables {
    /// `ARG NAME` or `ARG NAME=value`; without a value that of an earlier declaration counts. The value that it has then.
    pub(super) fn declare(&mut self, name: &str, value: Option<String>) -> &str {
        // A default is itself, with no references.
        let value = value.map(|value| self.without_references(&value));
        let declared = self.0.entry(name.to_owned()).or_default();
        if let Some(value) = value {
            *declared = value;
        }
        declared
    }

    /// The args that these texts refer to, with their defaults.
    pub(super) fn of<'a>(&self, texts: impl Iterator<Item = &'a str>) -> BTreeMap<&str, &str> {
        let mut found = BTreeMap::new();
        for text in texts {
            for (name, _) in references(text) {
                if let Some((name, default)) = self.0.get_key_value(name)
                    && !is_built_in(name)
                {
                    found.insert(name.as_str(), default.as_str());
                }
            }
        }
        found
    }

    /// The default of a text: that of each arg in it.
    pub(super) fn without_references(&self, text: &str) -> String {
        replaced(text, |name, default| {
            let value = self.0.get(name).filter(|value| !value.is_empty());
            value.map(String::as_str).or(default).unwrap_or_default().to_owned()
        })
        .replace("$$", "$")
    }

    /// A text with the values of the environment.
    pub(super) fn resolved(&self, text: &str, env: &BTreeMap<String, String>) -> String {
        replaced(text, |name, default| {
            if let Some(value) = env.get(name) {
                return value.clone();
            }
            if self.0.contains_key(name) || is_built_in(name) {
                return match default {
                    Some(default) => format!("${{{name}:-{default}}}"),
                    None => format!("${{{name}}}"),
                };
            }
            // Of the base or of a shell: our reader refuses it, so that people are told.
            default.map_or_else(|| format!("${{{name}}}"), str::to_owned)
        })
    }
}

fn is_built_in(name: &str) -> bool {
    BUILT_IN.iter().any(|(known, _)| *known == name)
}

/// The references of a text, each with what stands behind `:-`.
fn references(text: &str) -> Vec<(&str, Option<&str>)> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once('$') {
        rest = match after.strip_prefix('{').and_then(|after| after.split_once('}')) {
            Some((reference, after)) => {
                found.push(split(reference));
                after
            }
            None => after.strip_prefix('$').unwrap_or(after),
        };
    }
    found
}

/// Each reference replaced by a text, up to a length that no file has.
fn replaced(text: &str, mut value: impl FnMut(&str, Option<&str>) -> String) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        whole.push_str(before);
        if whole.len() > LARGEST_FILE {
            return whole;
        }
        if let Some(after) = after.strip_prefix('$') {
            whole.push_str("$$");
            rest = after;
        } else if let Some((reference, after)) =
            after.strip_prefix('{').and_then(|after| after.split_once('}'))
        {
            let (name, default) = split(reference);
            whole.push_str(&value(name, default));
            rest = after;
        } else {
            whole.push('$');
            rest = after;
        }
    }
    whole + rest
}

/// The name and the default of a reference. Prefixes and suffixes that a shell would cut off stay.
fn split(reference: &str) -> (&str, Option<&str>) {
    let end = reference.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(reference.len());
    let (name, rest) = reference.split_at(end);
    (name, rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')))
}
