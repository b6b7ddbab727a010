//! The explanation for programs.
//!
//! Names are spelled as in the answers to Docker's own calls. Invariant: a name, once given out, stays; what does not
//! apply is absent.

use super::Explanation;
use super::choice::{Choices, Image, Main, Modules, Origin, Reason, Sources};
use super::step::{Explained, Files, Key};
use crate::golang::Doubt;
use crate::plan::Chosen;
use crate::spec::{Influence, Source};
use serde_json::{Map, Value, json};

/// The document.
pub(super) fn json(explanation: &Explanation) -> Value {
    let target = explanation.target.as_ref();
    let target = target.map(|target| json!({ "name": target.name, "chosenBy": origin(&target.by) }));
    object([
        ("target", target.unwrap_or(Value::Null)),
        ("organisation", explanation.influence.as_ref().map_or(Value::Null, organisation)),
        ("platforms", explanation.choices.iter().map(choices).collect()),
        ("steps", explanation.steps.iter().map(step).collect()),
    ])
}

fn organisation(influence: &Influence) -> Value {
    let key = |(key, source): &(String, Source)| {
        let source = match source {
            Source::Default => "default",
            Source::Repository => "repository",
            Source::Locked => "locked",
        };
        json!({ "key": key, "source": source })
    };
    json!({
        "name": influence.organisation.authority.name,
        "keys": influence.keys.iter().map(key).collect::<Vec<_>>(),
    })
}

/// An object without what is absent.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let there = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(there.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn choices(choices: &Choices) -> Value {
    let mode_by = match choices.mode_by {
        Chosen::ByFile => json!({ "kind": "file", "file": choices.file }),
        Chosen::ByImport => json!({ "kind": "cacheImport" }),
        Chosen::ByNoImport => json!({ "kind": "noCacheImport" }),
    };
    object([
        ("platform", json!(choices.platform)),
        ("chosenBy", origin(&choices.platform_by)),
        ("mains", json!(choices.mains.iter().map(main).collect::<Vec<_>>())),
        ("builder", image(&choices.builder)),
        ("base", choices.base.as_ref().map_or(Value::Null, image)),
        ("cache", json!({ "mode": choices.mode.to_string(), "chosenBy": mode_by })),
        ("sources", sources(&choices.sources)),
        ("modules", modules(&choices.modules)),
    ])
}

fn origin(origin: &Origin) -> Value {
    match origin {
        Origin::Line { file, line } => json!({ "kind": "file", "file": file, "line": line }),
        Origin::Option(option) => json!({ "kind": "option", "option": option }),
        Origin::Found => json!({ "kind": "found" }),
        Origin::Default => json!({ "kind": "default" }),
    }
}

fn main(main: &Main) -> Value {
    json!({
        "package": main.package,
        "importPath": main.import_path,
        "binary": main.binary,
        "chosenBy": origin(&main.by),
    })
}

fn image(image: &Image) -> Value {
    object([
        ("name", json!(image.name)),
        ("reference", json!(image.pinned.as_ref().map(ToString::to_string))),
        ("goVersion", json!(image.go)),
        ("chosenBy", origin(&image.by)),
    ])
}

fn sources(sources: &Sources) -> Value {
    match sources {
        Sources::Exact { packages, go_files, bytes, embeds, vendor } => object([
            ("exact", json!(true)),
            ("packages", json!(packages)),
            ("goFiles", json!(go_files)),
            ("goBytes", json!(bytes)),
            ("embeds", json!(embeds)),
            ("vendor", json!(vendor)),
        ]),
        Sources::Everything(doubt) => {
            let (reason, path, other) = match doubt {
                Doubt::Symlink(path) => ("symlink", Some(path), None),
                Doubt::LongFile(path) => ("longFile", Some(path), None),
                Doubt::Include(path) => ("include", Some(path), None),
                Doubt::C(path) => ("c", Some(path), None),
                Doubt::Unread(path) => ("unread", Some(path), None),
                Doubt::Unlisted(package) => ("unlisted", None, Some(("package", package.as_str()))),
                Doubt::Generated(path) => ("generated", Some(path), None),
                Doubt::Key(key) => ("key", None, Some(("key", *key))),
            };
            object([
                ("exact", json!(false)),
                ("reason", json!(reason)),
                ("path", json!(path.map(ToString::to_string))),
                other.map_or(("package", Value::Null), |(name, value)| (name, json!(value))),
            ])
        }
    }
}

fn modules(modules: &Modules) -> Value {
    match modules {
        Modules::Nothing(reason) => {
            let reason = match reason {
                Reason::NoModule => "noModule",
                Reason::NoRequirement => "noRequirement",
                Reason::InContext => "inContext",
                Reason::Vendored => "vendored",
                Reason::NotImported => "notImported",
            };
            json!({ "download": "nothing", "reason": reason })
        }
        Modules::Packages { packages, modules } => {
            json!({ "download": "packages", "packages": packages, "requiredModules": modules })
        }
        Modules::Everything { modules } => json!({ "download": "everything", "requiredModules": modules }),
    }
}

fn step(step: &Explained) -> Value {
    let after: Vec<&str> = step.after.iter().map(|before| before.name.as_str()).collect();
    object([
        ("name", json!(step.name)),
        ("step", json!(step.step.name())),
        ("platform", if step.platform.is_empty() { Value::Null } else { json!(step.platform) }),
        ("runs", json!(step.text)),
        ("location", step.place.as_ref().map_or(Value::Null, origin)),
        ("after", json!(after)),
        ("key", key(&step.key)),
        ("cacheMounts", json!(step.caches)),
        ("takes", if step.needs.is_empty() { Value::Null } else { json!(step.needs) }),
    ])
}

fn key(key: &Key) -> Value {
    let files = key.files.as_ref().map(|files| match files {
        Files::Everything => json!({ "exact": false }),
        Files::Licenses => json!({ "exact": true }),
        Files::Inputs { context, patterns } => object([
            ("exact", json!(!patterns.is_empty())),
            ("context", json!(context)),
            ("patterns", if patterns.is_empty() { Value::Null } else { json!(patterns) }),
        ]),
        Files::Parts { modules, packages, embeds, vendor, profile, directories } => object([
            ("profile", json!(profile)),
            ("exact", json!(true)),
            ("moduleFiles", json!(modules)),
            ("packages", json!(packages)),
            ("embeds", json!(embeds)),
            ("vendor", json!(vendor)),
            ("directories", if directories.is_empty() { Value::Null } else { json!(directories) }),
        ]),
    });
    object([
        ("always", json!(key.always)),
        ("files", json!(files)),
        ("lists", json!(key.lists)),
        ("settings", json!(key.settings)),
        ("images", json!(key.images)),
        ("results", json!(key.results)),
    ])
}
