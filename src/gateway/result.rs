//! The result as the daemon takes it: references and, beside them, what exporters need to know.
//!
//! Invariant: `refs.platforms` is always there and its ids are the keys of everything else (`dockerui/build.go`).

use super::call::Answer;
use super::client::Reference;
use super::options::{Epoch, Shape};
use super::origin::Facts;
use crate::plan::Built;
use buildkit_llb::Platform;
use buildkit_proto::gateway as wire;
use serde_json::json;
use std::collections::BTreeMap;

/// Keys of `exporter/containerimage/exptypes`.
const CONFIG: &str = "containerimage.config";
const BASE_CONFIG: &str = "containerimage.base.config";
const PLATFORMS: &str = "refs.platforms";
/// What these start with (`exporter/containerimage/annotations.go`).
const ANNOTATION: &str = "annotation";
const INDEX_ANNOTATION: &str = "annotation-index";
/// The same of `exporter/exptypes`.
const EPOCH: &str = "source.date.epoch";
/// Keys of `frontend/subrequests`.
const TEXT: &str = "result.txt";
const JSON: &str = "result.json";
const VERSION: &str = "version";
/// What clients exit with.
pub(super) const STATUS: &str = "result.statuscode";

/// One platform's image, solved.
pub(super) struct Image {
    pub(super) platform: Platform,
    pub(super) reference: Reference,
    pub(super) built: Built,
}

/// The result of a build.
pub(super) fn result(images: &[Image], shape: Shape, epoch: Option<Epoch>, facts: &Facts) -> wire::Result {
    let mut metadata = BTreeMap::new();
    for image in images {
        let suffix = match shape {
            Shape::Single => String::new(),
            Shape::PerPlatform => format!("/{}", image.platform),
        };
        metadata.insert(format!("{CONFIG}{suffix}"), image.built.config.to_json());
        if let Some(base) = &image.built.base_config {
            metadata.insert(format!("{BASE_CONFIG}{suffix}"), base.to_json());
        }
        let of_platform = match shape {
            Shape::Single => String::new(),
            Shape::PerPlatform => format!("-manifest[{}]", image.platform),
        };
        for (key, value) in &image.built.annotations {
            metadata.insert(format!("{ANNOTATION}{of_platform}.{key}"), value.clone().into_bytes());
        }
        // The daemon knows the seconds that a client has said.
        if let (Some(Epoch::Context), Some(seconds)) = (epoch, facts.epoch) {
            metadata.insert(format!("{EPOCH}{suffix}"), seconds.to_string().into_bytes());
        }
    }
    if shape == Shape::PerPlatform {
        // The index says what is true of each image in it.
        for (key, value) in images.iter().take(1).flat_map(|image| &image.built.annotations) {
            if images.iter().all(|image| image.built.annotations.get(key) == Some(value)) {
                metadata.insert(format!("{INDEX_ANNOTATION}.{key}"), value.clone().into_bytes());
            }
        }
    }
    let platforms: Vec<_> = images.iter().map(|image| platform_entry(&image.platform)).collect();
    metadata.insert(PLATFORMS.to_owned(), json!({ "Platforms": platforms }).to_string().into_bytes());

    let reference = |image: &Image| wire::Ref { id: image.reference.0.clone(), def: None };
    let result = match (shape, images) {
        (Shape::Single, [image]) => wire::result::Result::Ref(reference(image)),
        _ => {
            let refs = images.iter().map(|image| (image.platform.to_string(), reference(image))).collect();
            wire::result::Result::Refs(wire::RefMap { refs })
        }
    };
    wire::Result { result: Some(result), metadata, ..wire::Result::default() }
}

/// The result of a call: words, and no image.
pub(super) fn answer(answer: Answer) -> wire::Result {
    let Answer { text, json, version } = answer;
    let metadata = [(TEXT, text), (JSON, json), (VERSION, version.to_owned())];
    let metadata = metadata.map(|(key, value)| (key.to_owned(), value.into_bytes()));
    // A reference to nothing, which every daemon takes.
    let nothing = wire::Ref { id: String::new(), def: None };
    wire::Result {
        result: Some(wire::result::Result::Ref(nothing)),
        metadata: metadata.into(),
        ..wire::Result::default()
    }
}

/// The outer names are Go's, the inner ones the OCI specification's.
fn platform_entry(platform: &Platform) -> serde_json::Value {
    let mut inner = json!({ "architecture": platform.architecture, "os": platform.os });
    if let Some(variant) = &platform.variant {
        inner["variant"] = json!(variant);
    }
    json!({ "ID": platform.to_string(), "Platform": inner })
}
