//! The directories of the build file, and its volumes: a program that cannot write to its volume has none.
//!
//! Invariant: what the base has as a volume stays as it is.

use super::essentials::Essentials;
use super::place::Places;
use super::runner::Runner;
use super::{platform, timestamp};
use crate::diagnostic::Diagnostics;
use crate::plan::layer::Layer;
use crate::plan::names::Step;
use crate::plan::{Inputs, file_place};
use buildkit_llb::Output;
use std::collections::{BTreeMap, BTreeSet};

/// A directory that is made.
pub(in crate::plan) struct Made<'a> {
    pub(in crate::plan) path: &'a str,
    pub(in crate::plan) mode: u32,
    /// User and group.
    pub(in crate::plan) owner: (u32, u32),
}

/// All of them, in their order; `of_base` are the volumes of the base.
pub(in crate::plan) fn made<'a>(
    inputs: &Inputs<'a>,
    runner: &Runner,
    of_base: &BTreeSet<String>,
) -> Result<Vec<Made<'a>>, Diagnostics> {
    let spec = &inputs.spec.image;
    let mut all = Vec::new();
    for (number, made) in spec.directories.0.iter().enumerate() {
        let Some(path) = &made.path else { continue };
        let owner = match &made.owner {
            Some(owner) => runner.owner(inputs, &format!("image.directories[{number}].owner"), owner)?,
            None => runner.itself(inputs)?,
        };
        all.push(Made { path: path.as_str(), mode: made.mode.map_or(0o755, |mode| mode.0), owner });
    }
    for path in &spec.volumes {
        let said = spec.directories.0.iter().any(|made| made.path.as_ref() == Some(path));
        // Everybody's already, and it stays so.
        let is_there =
            path.as_str() == "/tmp" && (inputs.base.is_some() || Essentials::of(inputs, runner).tmp);
        if !said && !is_there && !of_base.contains(path.as_str()) {
            all.push(Made { path: path.as_str(), mode: 0o755, owner: runner.itself(inputs)? });
        }
    }
    Ok(all)
}

/// The same on a base, in a layer for each place.
pub(super) fn directories(
    inputs: &Inputs<'_>,
    base: Option<Output>,
    runner: &Runner,
    places: &Places,
    of_base: &BTreeSet<String>,
    history: &mut Vec<String>,
) -> Result<Option<Output>, Diagnostics> {
    let mut by_place: BTreeMap<&str, (Layer, Vec<&str>)> = BTreeMap::new();
    for Made { path, mode, owner } in made(inputs, runner, of_base)? {
        let place = places.above(path);
        let new = || (Layer::within(place, timestamp(inputs)), Vec::new());
        let (layer, mut paths) = by_place.remove(place).unwrap_or_else(new);
        paths.push(path);
        by_place.insert(place, (layer.directory(path, mode, owner), paths));
    }
    Ok(by_place.into_values().fold(base, |output, (layer, paths)| {
        let name = format!("mkdir {}", paths.join(" "));
        let metadata =
            Step::Image.metadata(&platform(inputs), &name, file_place(inputs.spec), inputs.settings);
        history.push(name);
        Some(layer.on(output).metadata(metadata).build())
    }))
}
