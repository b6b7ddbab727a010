//! The images of a request: builders, bases, what generate steps run on and files come from, each asked about once.
//!
//! Invariant: all are asked for side by side, and of several that are missing the same one is always named.

use super::client::Daemon;
use super::failure::Failure;
use super::generators;
use super::named_context;
use super::options::Options;
use super::origin::Origin;
use super::wanted::Wanted;
use crate::image::ImageRef;
use crate::plan::{self, ResolvedImage};
use buildkit_llb::{Location, Platform};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Images by name and platform.
pub(super) struct Images(BTreeMap<(ImageRef, Platform), ResolvedImage>);

impl Images {
    pub(super) fn get(&self, image: &ImageRef, platform: &Platform) -> Result<&ResolvedImage, Failure> {
        let key = (image.clone(), platform.clone());
        self.0.get(&key).ok_or_else(|| Failure::Internal(format!("`{image}` was not looked up")))
    }
}

/// Looks up every image of the request side by side, each once.
pub(super) fn resolve_images(
    daemon: &Daemon,
    options: &Options,
    origin: Origin,
    targets: &[Wanted],
    builders: &[ImageRef],
    downloaders: &[Option<ImageRef>],
) -> Result<impl Future<Output = Result<Images, Failure>> + use<>, Failure> {
    let mut wanted: BTreeMap<(ImageRef, Platform), Location> = BTreeMap::new();
    for (target, (builder, downloader)) in targets.iter().zip(builders.iter().zip(downloaders)) {
        for image in [Some(builder), downloader.as_ref()].into_iter().flatten() {
            let key = (image.clone(), options.build_platform.clone());
            wanted.entry(key).or_insert_with(|| plan::builder_place(&target.spec));
        }
        if let Some(base) = target.base() {
            let place =
                Location { file: target.spec.file.clone(), ranges: vec![target.spec.image.base.span] };
            wanted.entry((base.clone(), target.platform.clone())).or_insert(place);
        }
        if target.goal.has_base() {
            for (image, place) in generators::images_of_files(&target.spec, options)? {
                wanted.entry((image, target.platform.clone())).or_insert(place);
            }
        }
        for (image, place) in generators::images(&target.spec, options)? {
            wanted.entry((image, options.build_platform.clone())).or_insert(place);
        }
    }
    let mut calls: JoinSet<(_, Result<_, Failure>)> = JoinSet::new();
    let origin = Arc::new(origin);
    for ((image, platform), place) in wanted {
        let (daemon, options, origin) = (daemon.clone(), options.clone(), Arc::clone(&origin));
        calls.spawn(async move {
            let resolved = named_context::resolve(&daemon, &options, &origin, &image, &platform, place).await;
            ((image, platform), resolved)
        });
    }
    Ok(async move {
        let mut answers = BTreeMap::new();
        while let Some(call) = calls.join_next().await {
            let (key, answer) = call.map_err(|error| Failure::Internal(error.to_string()))?;
            answers.insert(key, answer);
        }
        // Of several failures the first by name, not by time.
        let images = answers.into_iter().map(|(key, answer)| Ok((key, answer?)));
        images.collect::<Result<_, Failure>>().map(Images)
    })
}
