//! `image.directories:`, directories that the program finds, with an owner and a mode.
//!
//! Invariant: no two are the same place.

use super::place::{Directory, DirectoryMode};
use crate::diagnostic::{Kind, Problem};
use crate::image::User;
use crate::spec::reader::{Field, Reader, Spanned};
use crate::spec::value::{FromField, FromText, mapping};
use crate::spec::{schema, yaml::Value};
use serde_json::{Value as Json, json};

mapping! {
    /// A directory of the image.
    #[derive(Clone, Debug, Default)]
    pub struct MadeDirectory {
        /// Where it is: `/data`.
        path: Option<Directory> = "path",
        /// Whose it is: `nonroot`, a name, a uid, `uid:gid`; absent means the user that the program runs as.
        owner: Option<Spanned<User>> = "owner",
        /// Its permissions, octal; absent means `0755`.
        mode: Option<DirectoryMode> = "mode",
    }
}

/// The directories, in the order in which they are made.
#[derive(Clone, Debug, Default)]
pub struct Directories(pub Vec<MadeDirectory>);

impl FromField for Directories {
    const KIND: Kind = Kind::List;

    fn schema() -> Json {
        let made = schema::requiring(MadeDirectory::schema(), &["path"]);
        let one = json!({"anyOf": [schema::text(), made]});
        json!({"anyOf": [one, schema::list(&one)]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Directories> {
        let items: Vec<Field<'_>> = match &field.node.value {
            Value::Sequence(items) => items
                .iter()
                .enumerate()
                .map(|(index, node)| Field { path: format!("{}[{index}]", field.path), node })
                .collect(),
            _ => vec![field.clone()],
        };
        let mut made: Vec<MadeDirectory> = Vec::new();
        for item in &items {
            let Some(directory) = directory(reader, item) else { continue };
            let Some(path) = &directory.path else { continue };
            if path.as_str() == "/" || made.iter().any(|other| other.path.as_ref() == Some(path)) {
                let reason = if path.as_str() == "/" {
                    "the root is the base's"
                } else {
                    "this directory is there twice; keep one"
                };
                let problem = Problem::BadValue {
                    key: item.path.clone(),
                    found: path.as_str().to_owned(),
                    reason: reason.to_owned(),
                };
                reader.report(problem, item.node.span);
            }
            made.push(directory);
        }
        Some(Directories(made))
    }
}

/// A path alone, or a mapping.
fn directory(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<MadeDirectory> {
    if Kind::Text.fits(field.node) {
        let path = reader.parsed(field, Directory::from_text)?;
        return Some(MadeDirectory { path: Some(path.value), ..MadeDirectory::default() });
    }
    if !Kind::Mapping.fits(field.node) {
        reader.wrong_type(field, Kind::Mapping);
        return None;
    }
    if !has_key(field, "path") {
        reader.report(Problem::MissingKey { key: format!("{}.path", field.path) }, field.node.span);
    }
    MadeDirectory::from_field(reader, field)
}

/// Whether a mapping has this key; what is wrong with its value is said elsewhere.
pub(super) fn has_key(field: &Field<'_>, key: &str) -> bool {
    field.node.entry(key).is_some_and(|(_, value)| !value.is_null())
}
