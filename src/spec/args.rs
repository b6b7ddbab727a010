//! `args:`, the build args that the file declares.
//!
//! Invariant: a default is itself, dollar signs and all: there is nothing yet that it could refer to.

use super::build::is_name;
use super::reader::{Field, Reader};
use super::schema;
use super::secret_name::is_secret_name;
use super::value::FromField;
use super::yaml::{Key, Node, Value};
use crate::diagnostic::{Kind, Problem};
use buildkit_llb::LineRange;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Build args by name.
#[derive(Clone, Debug, Default)]
pub struct Args(pub BTreeMap<String, Arg>);

/// A build arg.
#[derive(Clone, Debug, Default)]
pub struct Arg {
    /// Its value if the client gives none.
    pub default: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where it is declared.
    pub place: Option<LineRange>,
}

impl Args {
    /// The declared args of a build file; problems are left to the reader.
    pub(super) fn declared(root: &Node) -> Args {
        let args = root.entry("args").map(|(_, node)| &node.value);
        let Some(Value::Mapping(args)) = args else { return Args::default() };
        Args(args.iter().map(|(key, node)| (key.name.clone(), Arg::of(key, node))).collect())
    }
}

impl Arg {
    /// Written as the default alone or as `default` beside a `description`.
    fn of(key: &Key, node: &Node) -> Arg {
        let place = Some(key.span);
        match &node.value {
            Value::Mapping(_) => Arg {
                default: node.entry("default").and_then(|(_, node)| text(node)),
                description: node.entry("description").and_then(|(_, node)| text(node)),
                place,
            },
            _ => Arg { default: text(node), description: None, place },
        }
    }
}

fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(text, _) if !node.is_null() => Some(text.clone()),
        _ => None,
    }
}

impl FromField for Args {
    const KIND: Kind = Kind::Mapping;

    fn schema() -> Json {
        let keys = schema::mapping([
            ("default", &["The value if the client gives none."] as &[&str], schema::text()),
            ("description", &["What the arg is for."], schema::text()),
        ]);
        let mut args = schema::map(&schema::or_nothing(&json!({"anyOf": [schema::text(), keys]})));
        args["propertyNames"] = json!({"pattern": r"^[\p{L}_][\p{L}\p{N}_]*$"});
        args
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Args> {
        let mut args = BTreeMap::new();
        for (key, value) in reader.entries(field) {
            if !is_name(&key.name) {
                reader.report(Problem::ArgName { name: key.name.clone() }, key.span);
            }
            if is_secret_name(&key.name) {
                reader.report(Problem::SecretArg { name: key.name.clone() }, key.span);
            }
            match &value.node.value {
                Value::Scalar(..) => {}
                Value::Mapping(_) => {
                    let mut keys = reader.keys(&value);
                    for field in [keys.take("default"), keys.take("description")].into_iter().flatten() {
                        if !Kind::Text.fits(field.node) {
                            reader.wrong_type(&field, Kind::Text);
                        }
                    }
                    keys.finish(reader);
                }
                Value::Sequence(_) => reader.wrong_type(&value, Kind::Text),
            }
            args.insert(key.name.clone(), Arg::of(key, value.node));
        }
        Some(Args(args))
    }
}
