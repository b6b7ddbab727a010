//! Docker's own questions about a build file: which targets there are (`--call=targets`), and what one takes
//! (`--call=outline`).
//!
//! The forms are those of BuildKit's `frontend/subrequests/{outline,targets}`, which clients print themselves. Invariant: places
//! are in the build file, the only source there is.

use super::call::{Answer, Call};
use super::dockerfile::GIVEN;
use super::failure::range;
use super::request::Request;
use super::target::BUILT_IN;
use super::wanted::Wanted;
use crate::plan::{Explanation, Goal, client_flags};
use crate::spec::{Base, Document, Spec};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buildkit_llb::{LineRange, Platform, SourceFile};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A target as it is listed.
struct Listed<'a> {
    /// Empty for what has none.
    name: &'a str,
    /// Whether it is what is built without a name.
    is_default: bool,
    goal: Goal,
    /// What the file says of it.
    spec: &'a Spec,
    place: Option<LineRange>,
    about: String,
}

/// The images of the file, then what every file has; `specs` are those of the top and of each target.
fn listed<'a>(document: &'a Document, specs: &'a [Spec]) -> Vec<Listed<'a>> {
    let default = document.default_target();
    let image = |name: Option<&'a str>, place: Option<LineRange>, spec: &'a Spec| Listed {
        name: name.unwrap_or_default(),
        is_default: name == default,
        goal: Goal::Image,
        spec,
        place,
        about: spec.description.clone().unwrap_or_else(|| match name {
            None => "The image".to_owned(),
            Some(_) => String::new(),
        }),
    };
    let top = specs.first().filter(|_| default.is_none()).map(|spec| image(None, None, spec));
    let named = document.targets().zip(specs.iter().skip(1));
    let named = named.map(|((name, place), spec)| image(Some(name), Some(place), spec));
    let mut listed: Vec<Listed<'_>> = top.into_iter().chain(named).collect();
    let of = listed.iter().find(|listed| listed.is_default).map(|listed| listed.spec);
    let other = document.targets().map(|(name, _)| name).find(|name| Some(*name) != default);
    for (name, goal, about) in BUILT_IN {
        let also = other.map(|other| format!("; also {other}-{name}")).unwrap_or_default();
        let about = format!("{about}{also}");
        listed.extend(of.map(|spec| Listed { name, is_default: false, goal, spec, place: None, about }));
    }
    listed
}

/// The answer to `--call=targets`, for one platform.
pub(super) fn targets(document: &Document, specs: &[Spec], platform: &Platform) -> Answer {
    let mut rows = vec![["TARGET".to_owned(), "DESCRIPTION".to_owned()]];
    let mut entries = Vec::new();
    for Listed { name, is_default, goal, spec, place, about } in listed(document, specs) {
        let mark = if is_default { "(default)" } else { "" };
        rows.push([format!("{name} {mark}").trim().to_owned(), about.clone()]);
        let base = match goal.spec(spec.clone()).image.base.value {
            Base::Image(base) if goal.has_base() => base.familiar(),
            // What is made once is on no base of the file.
            _ if goal.runs_once() => String::new(),
            _ => "scratch".to_owned(),
        };
        entries.push(object([
            ("name", json!(name)),
            ("default", json!(is_default)),
            ("description", json!(about)),
            ("base", json!(base)),
            ("platform", json!(platform.to_string())),
            ("location", location(place)),
        ]));
    }
    let json = json!({ "targets": entries, "sources": sources(document.file()) });
    Call::Targets.answer(table(&rows), format!("{json:#}"))
}

/// What a target needs of a client and of a builder.
pub(super) struct Needs {
    /// Secrets by id.
    secrets: BTreeSet<String>,
    /// SSH agents by id.
    agents: BTreeSet<String>,
    /// Cache mounts by id, with the lines that they are there for.
    caches: BTreeMap<String, Option<LineRange>>,
}

impl Needs {
    /// Those of a build.
    pub(super) fn of(explanation: &Explanation) -> Needs {
        let line = |line: usize| u32::try_from(line).ok().map(LineRange::line);
        let caches = explanation.caches().into_iter();
        let caches = caches.map(|(id, place)| (id.to_owned(), place.and_then(line)));
        Needs { caches: caches.collect(), ..Needs::told(explanation.needs()) }
    }

    /// What the file says of them, where nobody knows what is built.
    pub(super) fn of_spec(spec: &Spec) -> Needs {
        Needs::told(client_flags(&spec.modules).iter().map(String::as_str))
    }

    /// Those that a command line has.
    fn told<'a>(flags: impl IntoIterator<Item = &'a str>) -> Needs {
        let flags: Vec<&str> = flags.into_iter().collect();
        let ids = |flag: &str| -> BTreeSet<String> {
            let ids = flags.iter().filter_map(|told| told.strip_prefix(flag));
            ids.map(|id| id.split('=').next().unwrap_or(id).to_owned()).collect()
        };
        Needs { secrets: ids("--secret id="), agents: ids("--ssh "), caches: BTreeMap::new() }
    }
}

/// The answer to `--call=outline`.
pub(super) fn outline(request: &Request, wanted: &Wanted, needs: &Needs) -> Answer {
    let (document, target, spec) = (&request.document, &request.wanted, &wanted.spec);
    let variables = request.variables(&wanted.platform);
    let mut args = Vec::new();
    let mut arg_rows = vec![["BUILD ARG", "VALUE", "DESCRIPTION"].map(str::to_owned)];
    let mut list = |name: &str, about: &str, place: Option<LineRange>| {
        let value = variables.value(name).unwrap_or_default();
        arg_rows.push([name.to_owned(), value.to_owned(), about.to_owned()]);
        args.push(object([
            ("name", json!(name)),
            ("description", json!(about)),
            ("value", json!(value)),
            ("location", location(place)),
        ]));
    };
    let referred = document.references_of(target.image.as_deref());
    let declared = &document.args().0;
    for (name, arg) in declared.iter().filter(|(name, _)| referred.contains(name.as_str())) {
        list(name, arg.description.as_deref().unwrap_or_default(), arg.place);
    }
    // What needs no declaration, and takes a value all the same.
    let given = GIVEN.iter().filter(|(name, _)| !declared.contains_key(*name));
    for (name, about) in given.filter(|(name, _)| referred.contains(name)) {
        list(name, about, None);
    }
    let mut secrets = needs.secrets.clone();
    let of_steps = spec.generate.0.iter().flat_map(|step| &step.value.secrets);
    secrets.extend(of_steps.map(|id| id.as_str().to_owned()));
    let required = |ids: &BTreeSet<String>| -> Vec<Value> {
        ids.iter().map(|id| json!({ "name": id, "required": true })).collect()
    };

    let name = request.options.target.as_deref().or(target.image.as_deref()).unwrap_or_default();
    let about = spec.description.clone().filter(|_| target.goal == Goal::Image).or_else(|| {
        BUILT_IN.iter().find(|(_, goal, _)| *goal == target.goal).map(|(.., about)| (*about).to_owned())
    });
    let about = about.unwrap_or_default();
    let shown = if name.is_empty() { "(default)" } else { name };
    let mut head = vec![["TARGET:".to_owned(), shown.to_owned()]];
    if !about.is_empty() {
        head.push(["DESCRIPTION:".to_owned(), about.clone()]);
    }
    let mut text = table(&head);
    let ids = |title: &str, ids: &BTreeSet<String>| {
        let rows = ids.iter().map(|id| [id.clone(), "true".to_owned()]);
        std::iter::once([title.to_owned(), "REQUIRED".to_owned()]).chain(rows).collect::<Vec<_>>()
    };
    if arg_rows.len() > 1 {
        write!(text, "\n{}", table(&arg_rows)).expect("a text takes everything");
    }
    for (title, found) in [("SECRET", &secrets), ("SSH", &needs.agents)] {
        if !found.is_empty() {
            write!(text, "\n{}", table(&ids(title, found))).expect("a text takes everything");
        }
    }
    if !needs.caches.is_empty() {
        let ids = std::iter::once("CACHE MOUNT").chain(needs.caches.keys().map(String::as_str));
        let rows: Vec<[String; 1]> = ids.map(|id| [id.to_owned()]).collect();
        write!(text, "\n{}", table(&rows)).expect("a text takes everything");
    }
    let caches = needs.caches.iter();
    let caches = caches.map(|(id, place)| object([("ID", json!(id)), ("location", location(*place))]));
    let json = object([
        ("name", json!(name)),
        ("description", json!(about)),
        ("args", json!(args)),
        ("secrets", required(&secrets).into()),
        ("ssh", required(&needs.agents).into()),
        ("cache", caches.collect()),
        ("sources", sources(document.file())),
    ]);
    Call::Outline.answer(text, format!("{json:#}"))
}

/// Columns, two spaces apart.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}  "));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

/// An object without what is empty, as Go leaves it out.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let there = fields.into_iter().filter(|(_, value)| !is_empty(value));
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn location(place: Option<LineRange>) -> Value {
    place.map_or(Value::Null, |place| json!({ "sourceIndex": 0, "ranges": [range(&place)] }))
}

fn sources(file: &SourceFile) -> Value {
    json!([BASE64_STANDARD.encode(&file.data)])
}
