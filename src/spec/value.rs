//! How a value of the build file becomes a value of the model: one trait for what is a text, one for everything.
//!
//! Invariant: a type says itself how it is written, so that a key of the same type means the same wherever it stands.

use super::choice::{self, truth};
use super::reader::{Field, Keys, Reader, Spanned};
use super::schema;
use super::yaml::{Node, Value};
use crate::diagnostic::Kind;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// Something that is written as a text.
pub(super) trait FromText: Sized {
    /// What may be written, as a JSON schema.
    fn schema() -> Json {
        schema::text()
    }

    /// The value, or what is accepted instead.
    fn from_text(text: &str) -> Result<Self, String>;
}

/// Something that is written as a text, a list or a mapping.
pub(super) trait FromField: Sized {
    /// What it is written as, in the words of messages.
    const KIND: Kind;

    /// What may be written, as a JSON schema.
    fn schema() -> Json {
        schema::of_kind(Self::KIND)
    }

    /// The value, or none after a report.
    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Self>;
}

impl Kind {
    /// Whether a value is one of this kind.
    pub(super) fn fits(self, node: &Node) -> bool {
        match self {
            Kind::Nothing => node.is_null(),
            Kind::Text => matches!(node.value, Value::Scalar(..)) && !node.is_null(),
            Kind::List | Kind::Argv => matches!(node.value, Value::Sequence(_)),
            Kind::Mapping => matches!(node.value, Value::Mapping(_)),
            Kind::TextOrList => Kind::Text.fits(node) || Kind::List.fits(node),
        }
    }
}

impl Keys<'_> {
    /// The value of a key; if it is absent or wrong, what its type has for that.
    pub(super) fn read<T: FromField + Default>(&mut self, reader: &mut Reader<'_>, name: &'static str) -> T {
        self.take(name).and_then(|field| T::from_field(reader, &field)).unwrap_or_default()
    }
}

impl<T: FromText> FromField for T {
    const KIND: Kind = Kind::Text;

    fn schema() -> Json {
        T::schema()
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<T> {
        reader.parsed(field, T::from_text).map(|text| text.value)
    }
}

impl<T: FromField> FromField for Option<T> {
    const KIND: Kind = T::KIND;

    fn schema() -> Json {
        T::schema()
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Option<T>> {
        T::from_field(reader, field).map(Some)
    }
}

impl<T: FromField> FromField for Spanned<T> {
    const KIND: Kind = T::KIND;

    fn schema() -> Json {
        T::schema()
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Spanned<T>> {
        T::from_field(reader, field).map(|value| Spanned { value, span: field.node.span })
    }
}

/// A list, or one of its items in its place.
impl<T: FromField> FromField for Vec<T> {
    const KIND: Kind = match T::KIND {
        Kind::Text => Kind::TextOrList,
        _ => Kind::List,
    };

    fn schema() -> Json {
        json!({"anyOf": [T::schema(), schema::list(&T::schema())]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Vec<T>> {
        let items = match &field.node.value {
            Value::Sequence(items) => items,
            _ if T::KIND.fits(field.node) => return T::from_field(reader, field).map(|item| vec![item]),
            _ => {
                reader.wrong_type(field, Self::KIND);
                return None;
            }
        };
        let item = |(index, node)| Field { path: format!("{}[{index}]", field.path), node };
        Some(items.iter().enumerate().map(item).filter_map(|item| T::from_field(reader, &item)).collect())
    }
}

/// The same, of which order and number do not count.
impl<T: FromField + Ord> FromField for BTreeSet<T> {
    const KIND: Kind = Vec::<T>::KIND;

    fn schema() -> Json {
        Vec::<T>::schema()
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<BTreeSet<T>> {
        Vec::from_field(reader, field).map(|items| items.into_iter().collect())
    }
}

/// A mapping whose keys are the user's to name.
impl<K: FromText + Ord, V: FromField> FromField for BTreeMap<K, V> {
    const KIND: Kind = Kind::Mapping;

    fn schema() -> Json {
        schema::map(&V::schema())
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<BTreeMap<K, V>> {
        let mut entries = BTreeMap::new();
        for (key, value) in reader.entries(field) {
            let name = Spanned { value: key.name.clone(), span: key.span };
            let name = reader.parse_text(&field.path, &name, K::from_text);
            let value = V::from_field(reader, &value);
            if let (Some(name), Some(value)) = (name, value) {
                entries.insert(name.value, value);
            }
        }
        Some(entries)
    }
}

/// A text that can be handed to a program.
impl FromText for String {
    fn from_text(text: &str) -> Result<String, String> {
        if text.contains('\0') { Err("a value cannot hold a NUL".to_owned()) } else { Ok(text.to_owned()) }
    }
}

/// YAML knows more words for these, and people know which of them.
impl FromText for bool {
    fn schema() -> Json {
        schema::boolean()
    }

    fn from_text(text: &str) -> Result<bool, String> {
        truth(text)
            .and_then(|word| word.parse().ok())
            .ok_or_else(|| choice::accepted(&["true", "false"]) + choice::meant(text))
    }
}

/// A struct whose fields are the keys of a mapping: `field: Type = "key"`. What is said about a field is what people
/// read about the key. After a semicolon, what comes from the reader itself.
macro_rules! mapping {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[doc = $about:literal])+ $field:ident: $type:ty = $key:literal,)+
            $(; $(#[$other_about:meta])+ $other:ident: $other_type:ty = $make:expr,)?
        }
    ) => {
        $(#[$meta])*
        pub struct $name {
            $($(#[doc = $about])+ pub $field: $type,)+
            $($(#[$other_about])+ pub $other: $other_type,)?
        }

        impl $crate::spec::value::FromField for $name {
            const KIND: $crate::diagnostic::Kind = $crate::diagnostic::Kind::Mapping;

            fn schema() -> serde_json::Value {
                $crate::spec::schema::mapping([
                    $(($key, &[$($about),+] as &[&str], <$type as $crate::spec::value::FromField>::schema()),)+
                ])
            }

            fn from_field(
                reader: &mut $crate::spec::reader::Reader<'_>,
                field: &$crate::spec::reader::Field<'_>,
            ) -> Option<Self> {
                let mut keys = reader.keys(field);
                let value = $name {
                    $($field: keys.read(reader, $key),)+
                    $($other: $make(reader),)?
                };
                keys.finish(reader);
                Some(value)
            }
        }
    };
}
pub(super) use mapping;

/// A text that obeys a rule, which is a function from the text to what is wrong with it.
macro_rules! text {
    ($(#[$meta:meta])* pub struct $name:ident = $rule:expr;) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::spec::value::FromText for $name {
            fn from_text(text: &str) -> Result<$name, String> {
                match $rule(text) {
                    Ok(()) => Ok($name(text.to_owned())),
                    Err(problem) => Err(problem.into()),
                }
            }
        }
    };
}
pub(super) use text;
