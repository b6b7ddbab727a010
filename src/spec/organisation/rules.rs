//! `rules:`, what an organisation accepts of its repositories.
//!
//! Invariant: what is not ruled is free. What the rules are held against is what would be built (`plan::rules`), defaults
//! included, so that none is got round by saying nothing, by a variable or by a named context.

use super::super::Spec;
use super::super::value::{FromField as _, mapping, text};
use super::pattern::Pattern;
use crate::golang::GoVersion;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
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
        /// The licences of modules that are linked into programs, as patterns of SPDX identifiers: `MIT`, `BSD-*`. They are read
        /// from the modules' files; Go itself and modules of the repository are not looked at.
        licenses: Option<Vec<Pattern>> = "licenses",
        /// The licences of modules whose files do not tell, or of whose licences one was chosen: patterns of `module` or
        /// `module@version`, each with the SPDX identifier. Of several that match the longest counts.
        known_licenses: BTreeMap<Pattern, LicenseId> = "known-licenses",
        /// Labels that every image has.
        labels: BTreeSet<String> = "labels",
        /// Keys that no repository may use, with everything in them: `build.cgo`, `generate`.
        refused_keys: BTreeSet<KeyPath> = "refused-keys",
        /// The oldest release of Go that programs are compiled with.
        go: Option<GoVersion> = "go",
    }
}

text! {
    /// An SPDX identifier.
    pub struct LicenseId = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b".+-".contains(&byte);
        if !text.is_empty() && text.bytes().all(is_part) {
            Ok(())
        } else {
            Err("a licence is one SPDX identifier, like `MIT`, or `LicenseRef-…` for one that has none")
        }
    };
}

text! {
    /// A key of the language with those that it is in, `build.cgo`.
    pub struct KeyPath = |text: &str| {
        let path: Vec<&str> = text.split('.').collect();
        if has_key(&LANGUAGE, &path) { Ok(()) } else { Err("there is no such key; write one of docs/reference.md, like `build.cgo`") }
    };
}

impl Rules {
    /// The licence that is known of a module, `path@version`.
    pub fn known_license(&self, module: &str) -> Option<&str> {
        let path = module.split('@').next().unwrap_or_default();
        let known = self.known_licenses.iter();
        let known = known.filter(|(pattern, _)| pattern.matches(path) || pattern.matches(module));
        known.max_by_key(|(pattern, _)| pattern.as_str().len()).map(|(_, license)| license.as_str())
    }
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
