//! The keys of an organisation's file.
//!
//! Invariant: what is in `defaults` and `locked` is read as a build file is, so that a mistake in it is told to the
//! organisation and not to its repositories.

#![expect(unreachable_pub, reason = "macro `mapping!` makes public structs")]

use super::super::document;
use super::super::reader::{Field, Reader};
use super::super::targets::is_of_one_value;
use super::super::value::{FromField, mapping};
use super::super::yaml::Node;
use super::rules::Rules;
use crate::diagnostic::{Kind, Problem};
use serde_json::{Value as Json, json};

mapping! {
    /// The file of an organisation.
    #[derive(Clone, Debug, Default)]
    pub struct File {
        /// Who says all this, for messages.
        name: Option<String> = "name",
        /// Whom to ask, for messages.
        contact: Option<String> = "contact",
        /// Where the rules are explained, for messages.
        link: Option<String> = "link",
        /// Keys of gobuild.yaml; what a repository says counts more.
        defaults: Part = "defaults",
        /// Keys of gobuild.yaml; a repository cannot say otherwise.
        locked: Part = "locked",
        /// What is accepted of repositories.
        rules: Rules = "rules",
    }
}

/// A part of a build file.
#[derive(Clone, Debug, Default)]
pub struct Part(pub(super) Option<Node>);

impl FromField for Part {
    const KIND: Kind = Kind::Mapping;

    fn schema() -> Json {
        json!({"$ref": "gobuild.schema.json"})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Part> {
        if let Some((key, _)) = field.node.entry("targets") {
            let (key, span) = (format!("{}.targets", field.path), key.span);
            reader.report(Problem::TargetsOfAll { key }, span);
        }
        let (_, found) =
            document::read(&field.path, field.node, reader.file, reader.variables, &mut reader.text);
        // What a repository adds may make it complete, and values come with a build.
        let counts = |problem: &Problem| {
            is_of_one_value(problem) && !matches!(problem, Problem::UnknownVariable { .. })
        };
        reader.found.extend(found.into_iter().filter(|found| counts(&found.problem)));
        Some(Part(Some(field.node.clone())))
    }
}
