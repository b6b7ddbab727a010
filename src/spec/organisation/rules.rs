//! `rules:`, what an organisation accepts of its repositories.
//!
//! Invariant: what is not ruled is free. What the rules are held against is what would be built (`plan::rules`), defaults
//! included, so that none is got round by saying nothing, by a variable or by a named context.

use super::super::Spec;
use super::super::value::{FromField as _, mapping, text};
use super::pattern::Pattern;
use crate::golang::GoVersion;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::sync::LazyLock;

mapping! {
    /// What is accepted of repositories.
    #[derive(Clone, Debug, Default)]
    pub struct Rules {
        /// The images that programs are put on, as patterns in which `*` is any text: `scratch`, `registry.example.com/base/*`.
        bases: Option<Vec<Pattern>> = "bases",
        /// The images that programs are compiled in, as patterns.
        builders: Option<Vec<Pattern>> = "builders",
        /// Where all images of a build come from, as patterns of a registry or of a part of one: `registry.example.com/team`.
        registries: Option<Vec<Pattern>> = "registries",
        /// The flags of compiler, assembler and linker that may be added, as patterns of words: `-X`, `-linkmode=*`.
        flags: Option<Vec<Pattern>> = "flags",
        /// Labels that every image has.
        labels: BTreeSet<String> = "labels",
        /// Keys that no repository may use, with everything in them: `build.cgo`, `generate`.
        refused_keys: BTreeSet<KeyPath> = "refused-keys",
        /// The oldest release of Go that programs are compiled with.
        go: Option<GoVersion> = "go",
    }
}

text! {
    /// A key of the language with those that it is in, `build.cgo`.
    pub struct KeyPath = |text: &str| {
        let path: Vec<&str> = text.split('.').collect();
        if has_key(&LANGUAGE, &path) { Ok(()) } else { Err("there is no such key; write one of docs/reference.md, like `build.cgo`") }
    };
}

/// What there is to refuse.
static LANGUAGE: LazyLock<Json> = LazyLock::new(Spec::schema);

/// Whether the language has a key, in a mapping or in a list of them.
fn has_key(schema: &Json, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else { return true };
    let choices = schema["anyOf"].as_array().into_iter().flatten();
    has_key_in(&schema["properties"][first], rest)
        || has_key_in(&schema["additionalProperties"], rest)
        || has_key_in(&schema["items"], path)
        || choices.into_iter().any(|choice| has_key(choice, path))
}

fn has_key_in(schema: &Json, path: &[&str]) -> bool {
    schema.is_object() && has_key(schema, path)
}
