//! The image step: the base, what it lacks, files beside the program, and the binaries, each a layer of its own.
//!
//! `runner` is whom the program runs as, `essentials` what most programs take for granted, `place` whose a directory is, `directories`
//! are those that are made, `files` the user's, `programs` what all is for, `tools` what the builder makes beside them, `config` what
//! the image says.
//! Invariant: the binaries' layers come last and are the only ones that a change of the program changes. Copies are plain
//! ones: with a merge, an unchanged build on a fresh machine would pull the builder.

mod config;
mod directories;
mod essentials;
mod files;
mod place;
mod programs;
mod runner;
mod tools;

pub(super) use config::add_history;
pub(super) use directories::{Made, made};
pub(super) use essentials::Essentials;
pub use files::{FileSource, is_single, missing_files};
pub(super) use files::{HINT as FILES_HINT, chmod, name as copy_name, parts, target};
pub(super) use runner::Runner;
pub(super) use tools::CAPABILITIES_FILE;
pub(super) use tools::{HEALTHCHECK as HEALTHCHECK_SOURCE, ZONES as ZONES_SOURCE};

use super::go_step::{Root, image_source};
use super::layer::Layer;
use super::names::{Step, cross};
use super::settings::ResolvedImage;
use super::{Built, Inputs, licenses};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::image::ImageConfig;
use crate::spec::{Directory, Healthcheck, Spec};
use buildkit_llb::{Location, Output};
use directories::directories;
use place::Places;
use programs::Programs;
use std::collections::BTreeMap;

/// Where distributions keep the CA certificates that Go looks for first (`crypto/x509/root_linux.go`).
pub(super) const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// The directory that they are in, on some a link to another one.
const CERTIFICATES_FOLDER: &str = "/etc/ssl/certs";
/// The program that asks for the image's health: where programs are that people do not start themselves.
pub(super) const HEALTHCHECK: &str = "/usr/libexec/gobuild-healthcheck";
/// What made a layer, for `docker history`.
pub(super) const HISTORY_COMMENT: &str = "gobuild";

/// The image of one platform; `other` is that of another.
pub(super) fn image(
    inputs: &Inputs<'_>,
    root: &Root,
    binaries: &Output,
    licenses: Option<Output>,
    other: Option<&Output>,
) -> Result<Built, Diagnostics> {
    let spec = &inputs.spec.image;
    let mut config = inputs.base.map_or_else(|| config::empty(inputs), |base| base.config.clone());
    let runner = Runner::of(inputs, &config)?;
    let places = Places::of(inputs, &config, runner.home.as_deref());
    let directory = spec.workdir.as_ref().map_or("", Directory::as_str).trim_end_matches('/');
    let names: Vec<&str> = inputs.mains.iter().map(|main| main.binary.as_str()).collect();
    check_names(inputs, directory, &names, &places)?;

    let mut history = Vec::new();
    let base = inputs.base.map(|base| base_files(inputs.spec, base, &platform(inputs)));
    let essentials = Essentials::of(inputs, &runner);
    let mut output = match essentials.name() {
        None => base,
        Some(name) => {
            let place = base_place(inputs.spec);
            let metadata = Step::Image.metadata(&platform(inputs), &name, place, inputs.settings);
            history.push(name);
            Some(essentials.on(inputs, root, base).metadata(metadata).build())
        }
    };
    output = directories(inputs, output, &runner, &places, &config.config.volumes, &mut history)?;
    output = files::files(inputs, output, &runner, &places, timestamp(inputs), &mut history)?;
    output = health(inputs, output, root, &places, &mut history);
    if let Some(licenses) = licenses {
        output = Some(licenses::onto(inputs, output, licenses, timestamp(inputs)));
        history.push(licenses::COPY.to_owned());
    }
    let programs = Programs { binaries, root, directory, names: &names, other };
    let output = programs.on(inputs, output, &places, &mut history);

    config::describe(inputs, &mut config, &runner, directory, &names, history);
    // Of a tree nobody knows which layers it will have.
    let known = inputs.base.filter(|base| base.tree().is_none());
    Ok(Built {
        output,
        config,
        base_config: known.map(|base| base.config.clone()),
        annotations: config::annotations(inputs),
        unproven: None,
        linked: None,
    })
}

/// The programs and nothing else, in a file system of their own.
pub(super) fn binaries(inputs: &Inputs<'_>, root: &Root, binaries: &Output) -> Built {
    let binaries = tools::with_stamps(inputs, root, binaries.clone());
    let names: Vec<&str> = inputs.mains.iter().map(|main| main.binary.as_str()).collect();
    let name = format!("COPY {} /", names.join(" "));
    let metadata =
        Step::Image.metadata(&platform(inputs), &name, super::file_place(inputs.spec), inputs.settings);
    let layer = names.iter().fold(Layer::new(timestamp(inputs)), |layer, name| {
        layer.copy(&binaries, &format!("/{name}"), &format!("/{name}"), 0o555)
    });
    let output = layer.on(None).metadata(metadata).build();
    let of = inputs.platform;
    let mut config = ImageConfig::empty(&of.os, &of.architecture, of.variant.as_deref());
    config::add_history(inputs, &mut config, [name]);
    Built {
        output,
        config,
        base_config: None,
        annotations: BTreeMap::new(),
        // How they are loaded is up to the system that they are taken to.
        unproven: None,
        linked: None,
    }
}

/// The file system of a base.
pub fn base_files(spec: &Spec, base: &ResolvedImage, platform: &str) -> Output {
    image_source(base, Step::Image, platform, base_place(spec))
}

fn base_place(spec: &Spec) -> Location {
    Location { file: spec.file.clone(), ranges: vec![spec.image.base.span] }
}

fn platform(inputs: &Inputs<'_>) -> String {
    cross(inputs.naming, inputs.platform, inputs.platform)
}

/// Nanoseconds since 1970: `SOURCE_DATE_EPOCH`, or 1970 itself, since the present would change every image.
pub(super) fn timestamp(inputs: &Inputs<'_>) -> i64 {
    inputs.settings.epoch.unwrap_or(0).saturating_mul(1_000_000_000)
}

/// A binary must not be in the place of a directory.
fn check_names(
    inputs: &Inputs<'_>,
    directory: &str,
    binaries: &[&str],
    places: &Places,
) -> Result<(), Diagnostics> {
    let files = &inputs.spec.image.files.0;
    let is_above = |path: &str| {
        let below = format!("{path}/");
        files.iter().any(|files| files.value.to.as_ref().is_some_and(|to| to.as_str().starts_with(&below)))
    };
    let mut paths = binaries.iter().map(|name| format!("{directory}/{name}"));
    let Some(path) = paths.find(|path| places.is_taken(path) || is_above(path)) else { return Ok(()) };
    let problem = Problem::BinaryIsDirectory { path };
    Err(Diagnostic { problem, place: Some(super::file_place(inputs.spec)) }.into())
}

/// The program that asks for the image's health, if there is to be one.
fn health(
    inputs: &Inputs<'_>,
    base: Option<Output>,
    root: &Root,
    places: &Places,
    history: &mut Vec<String>,
) -> Option<Output> {
    let Some(Healthcheck::Check(check)) = &inputs.spec.image.healthcheck else { return base };
    if check.http.is_none() {
        return base;
    }
    let place = super::file_place(inputs.spec);
    let program = tools::healthcheck(inputs, root, place.clone());
    let name = format!("COPY healthcheck {HEALTHCHECK}");
    let metadata = Step::Image.metadata(&platform(inputs), &name, place, inputs.settings);
    history.push(name);
    let layer = Layer::within(places.above(HEALTHCHECK), timestamp(inputs));
    let layer = layer.copy(&program, "/healthcheck", HEALTHCHECK, 0o555);
    Some(layer.on(base).metadata(metadata).build())
}
