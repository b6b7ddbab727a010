//! `image.files:`, files of a context or of another image that the program finds beside it.
//!
//! Invariant: what is copied is named by patterns, which a step is keyed on, and has one place in the image.

use super::directories::has_key;
use super::place::{Destination, FileMode};
use crate::diagnostic::{Kind, Problem};
use crate::image::{ImageRef, User};
use crate::spec::generate::{ContextName, InputPattern};
use crate::spec::reader::{Field, Reader, Spanned};
use crate::spec::schema::{self, text};
use crate::spec::value::{FromField, mapping};
use crate::spec::yaml::Value;
use serde_json::{Value as Json, json};

mapping! {
    /// Files that are put into the image.
    #[derive(Clone, Debug, Default)]
    pub struct ImageFiles {
        /// A file, a directory for what is in it, or a pattern; or a list of them.
        from: Vec<Spanned<InputPattern>> = "from",
        /// Where they belong in the image; with a `/` at the end always a directory.
        to: Option<Destination> = "to",
        /// Whose they are: `nonroot`, a name, a uid, `uid:gid`; absent means root, so that the program cannot change them.
        owner: Option<Spanned<User>> = "owner",
        /// Permissions of the files, octal; absent means `0644`, or `0755` for what can be run.
        mode: Option<Spanned<FileMode>> = "mode",
        /// A named context (`--build-context NAME=…`) that they are in, instead of the context of the build.
        context: Option<Spanned<ContextName>> = "context",
        /// An image that they are in.
        image: Option<Spanned<ImageRef>> = "image",
    }
}

/// Each a layer, in their order.
#[derive(Clone, Debug, Default)]
pub struct Files(pub Vec<Spanned<ImageFiles>>);

impl FromField for Files {
    const KIND: Kind = Kind::List;

    fn schema() -> Json {
        let mut files = schema::requiring(ImageFiles::schema(), &["from", "to"]);
        files["properties"]["from"]["anyOf"] =
            json!([text(), {"type": "array", "items": text(), "minItems": 1}]);
        json!({"anyOf": [files, schema::list(&files)]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Files> {
        let files = Vec::<Spanned<ImageFiles>>::from_field(reader, field)?;
        let items = match &field.node.value {
            Value::Sequence(items) => items
                .iter()
                .enumerate()
                .map(|(index, node)| Field { path: format!("{}[{index}]", field.path), node })
                .collect(),
            _ => vec![field.clone()],
        };
        for item in items.iter().filter(|item| Kind::Mapping.fits(item.node)) {
            for key in ["from", "to"] {
                if !has_key(item, key) || is_empty(item, key) {
                    let key = format!("{}.{key}", item.path);
                    reader.report(Problem::MissingKey { key }, item.node.span);
                }
            }
            if has_key(item, "context") && has_key(item, "image") {
                let parent = item.path.clone();
                reader.report(Problem::TwoWays { parent, one: "context", other: "image" }, item.node.span);
            }
        }
        Some(Files(files))
    }
}

/// Whether a key has a list with nothing in it.
fn is_empty(field: &Field<'_>, key: &str) -> bool {
    let empty = |node: &Value| matches!(node, Value::Sequence(items) if items.is_empty());
    field.node.entry(key).is_some_and(|(_, node)| empty(&node.value))
}
