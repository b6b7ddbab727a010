//! What `${NAME}` stands for: declared args and the built-in values of one platform.
//!
//! Invariant: nothing is looked up anywhere but here, and an unknown name is an error, never an empty text.

use super::yaml::LARGEST_FILE;
use crate::diagnostic::{Problem, Suggestion};
use std::collections::{BTreeMap, BTreeSet};

/// The names that stand for something without a declaration, and what that is.
pub const BUILT_IN: [(&str, &str); 8] = [
    ("BUILDPLATFORM", "the platform that steps run on, like `linux/amd64`"),
    ("COMMIT", "the commit of the context; empty where nobody knows it"),
    (
        "SOURCE_DATE_EPOCH",
        "the time that the image is dated with, in seconds since 1970; empty where nobody says one",
    ),
    ("TARGETARCH", "the architecture of the image, like `arm64`"),
    ("TARGETOS", "the system of the image: `linux`"),
    ("TARGETPLATFORM", "the platform of the image, like `linux/arm/v7`"),
    ("TARGETVARIANT", "the variant of the architecture, like `v7`; mostly empty"),
    (
        "VERSION",
        "the tag of the context, where that is a tag of a repository (`https://host/app.git#refs/tags/v1.2.3`, `#v1.2.3`); \
         elsewhere it has no value, so that `${VERSION:-dev}` is `dev`",
    ),
];

/// The values by name. A declared arg that has neither a default nor a value is there with none.
#[derive(Clone, Debug, Default)]
pub struct Variables {
    values: BTreeMap<String, Option<String>>,
    /// References to these stay references.
    left: BTreeSet<String>,
}

/// What stands around a reference that was left as it is: characters that no text has a use for.
pub(super) const LEFT: (char, char) = ('\u{f0000}', '\u{f0001}');

/// A reference that somebody else is to replace, as texts have it.
pub fn reference(text: &str) -> String {
    format!("{}{text}{}", LEFT.0, LEFT.1)
}

/// The parts of a text, each with whether it is a reference that was left: `NAME` or `NAME:-default`.
pub fn parts_of(text: &str) -> Vec<(&str, bool)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(LEFT.0) {
        let (inner, after) = after.split_once(LEFT.1).unwrap_or((after, ""));
        parts.extend([(before, false), (inner, true)]);
        rest = after;
    }
    parts.push((rest, false));
    parts.retain(|(part, reference)| *reference || !part.is_empty());
    parts
}

/// The names that a text refers to and that were left.
pub fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let references = parts_of(text).into_iter().filter(|(_, reference)| *reference);
    references.map(|(part, _)| part.split(":-").next().unwrap_or(part))
}

impl Variables {
    /// Sets a value; a later one wins.
    pub fn set(&mut self, name: &str, value: Option<String>) {
        self.values.insert(name.to_owned(), value);
    }

    /// Leaves references to a name as they are, for somebody else to replace.
    pub(super) fn leave(&mut self, name: &str) {
        self.left.insert(name.to_owned());
    }

    /// Whether references to a name stay.
    pub fn leaves(&self, name: &str) -> bool {
        self.left.contains(name)
    }

    /// The value of a name, if it has one.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).and_then(|value| value.as_deref())
    }

    /// `text` with every `${NAME}` and `${NAME:-default}` replaced; `$$` is a dollar sign, and a dollar sign
    /// before anything else is itself. What was put in is not looked at again.
    pub fn expand(&self, text: &str) -> Result<String, Problem> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                expanded.push('$');
                rest = after;
            } else if let Some(after) = after.strip_prefix('{') {
                let (reference, after) = after
                    .split_once('}')
                    .ok_or_else(|| Problem::UnclosedReference { text: text.to_owned() })?;
                expanded.push_str(&self.look_up(reference)?);
                if expanded.len() > LARGEST_FILE {
                    return Err(Problem::TooMuchText { limit: LARGEST_FILE });
                }
                rest = after;
            } else {
                expanded.push('$');
                rest = after;
            }
        }
        expanded.push_str(rest);
        Ok(expanded)
    }

    fn look_up(&self, reference: &str) -> Result<String, Problem> {
        let (name, default) = match reference.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (reference, None),
        };
        let Some(value) = self.values.get(name) else {
            let suggestion = Suggestion::of(name, self.values.keys().map(String::as_str));
            return Err(Problem::UnknownVariable { name: name.to_owned(), suggestion });
        };
        // What shells and Dockerfiles read otherwise is replaced here.
        let plain = default.is_none_or(|default| !default.contains(['"', '\\', '$', '`', '\'', '\n']));
        if plain && self.leaves(name) {
            return Ok(self::reference(reference));
        }
        match (value, default) {
            (Some(value), Some(default)) if value.is_empty() => Ok(default.to_owned()),
            (Some(value), _) => Ok(value.clone()),
            (None, Some(default)) => Ok(default.to_owned()),
            (None, None) => Err(Problem::ArgWithoutValue { name: name.to_owned() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    #[test]
    fn expands_references_and_nothing_else() {
        let mut variables = Variables::default();
        variables.set("VERSION", Some("1.2".to_owned()));
        variables.set("EMPTY", Some(String::new()));
        variables.set("UNSET", None);
        variables.set("NESTED", Some("${VERSION}".to_owned()));
        for (text, expected) in [
            ("plain", Ok("plain")),
            ("v${VERSION}!", Ok("v1.2!")),
            ("${VERSION:-0}", Ok("1.2")),
            ("${EMPTY}", Ok("")),
            ("${EMPTY:-x}", Ok("x")),
            ("${UNSET:-a:-b}", Ok("a:-b")),
            ("$${VERSION} $VERSION 5$", Ok("${VERSION} $VERSION 5$")),
            ("${NESTED}", Ok("${VERSION}")),
            (
                "${UNSET}",
                Err("`UNSET` has no value: pass `--build-arg UNSET=…`, or write `${UNSET:-default}`"),
            ),
            (
                "${VERSON}",
                Err(
                    "`VERSON` is not declared; did you mean `VERSION`? declare it under `args:`, or write `$${VERSON}` for the text itself",
                ),
            ),
            ("${VERSION", Err("`${` without `}` in `${VERSION`: write `$${` for the text itself")),
        ] {
            let found = variables.expand(text).map_err(|problem| problem.to_string());
            assert_eq!(found.as_deref().map_err(String::as_str), expected, "{text}");
        }
    }
}
