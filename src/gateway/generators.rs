//! What generate steps and files of the image are made from: images and named contexts, as the client gave them.
//!
//! Invariant: a context that nothing names is never looked at, as clients send them all.

use super::accounts::accounts;
use super::client::Daemon;
use super::context::load_ignore_file;
use super::failure::Failure;
use super::ignore;
use super::images::Images;
use super::options::Options;
use super::url::Redacted;
use super::wanted::Wanted;
use crate::context::Listing;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::{Accounts, ImageRef};
use crate::plan::{self, FileSource, Generator, ResolvedImage, StepFiles};
use crate::spec::{ContextName, Spanned, Spec};
use buildkit_llb::{Location, Platform};

/// A named context.
enum Named {
    /// A directory of the client, by the client's name for it.
    Directory(String),
    /// An image.
    Image(ImageRef),
}

/// The images that the steps of a build file need, with the lines that name them.
pub(super) fn images(spec: &Spec, options: &Options) -> Result<Vec<(ImageRef, Location)>, Failure> {
    let steps = spec.generate.0.iter().map(|step| &step.value);
    named_images(spec, options, steps.map(|step| (step.image.as_ref(), step.context.as_ref())))
}

/// The images that files of the image are in, with the lines that name them.
pub(super) fn images_of_files(spec: &Spec, options: &Options) -> Result<Vec<(ImageRef, Location)>, Failure> {
    let files = spec.image.files.0.iter().map(|files| &files.value);
    named_images(spec, options, files.map(|files| (files.image.as_ref(), files.context.as_ref())))
}

/// The images among what entries of a build file name.
fn named_images<'a>(
    spec: &Spec,
    options: &Options,
    entries: impl Iterator<Item = (Option<&'a Spanned<ImageRef>>, Option<&'a Spanned<ContextName>>)>,
) -> Result<Vec<(ImageRef, Location)>, Failure> {
    let place = |span| Location { file: spec.file.clone(), ranges: vec![span] };
    let mut images = Vec::new();
    for (image, context) in entries {
        images.extend(image.map(|image| (image.value.clone(), place(image.span))));
        if let Some(context) = context
            && let Named::Image(image) = named(spec, context, options)?
        {
            images.push((image, place(context.span)));
        }
    }
    Ok(images)
}

/// What one image is made from, beside the context and the programs.
pub(super) struct Materials<'a> {
    /// What generate steps are made from.
    pub(super) generators: Vec<Generator>,
    /// Where the entries of `image.files` are.
    pub(super) files: Vec<FileSource>,
    /// The base; none is scratch.
    pub(super) base: Option<&'a ResolvedImage>,
    /// Its accounts, if they are needed.
    pub(super) accounts: Option<Accounts>,
}

impl<'a> Materials<'a> {
    /// Those of one platform.
    pub(super) async fn of(
        daemon: &Daemon,
        options: &Options,
        wanted: &Wanted,
        listing: &Listing,
        images: &'a Images,
    ) -> Result<Materials<'a>, Failure> {
        let base = wanted.base().map(|base| images.get(base, &wanted.platform)).transpose()?;
        Ok(Materials {
            generators: generators(daemon, options, &wanted.spec, listing, images).await?,
            files: sources(daemon, options, wanted, listing, images).await?,
            base,
            accounts: accounts(daemon, wanted, base).await?,
        })
    }
}

/// What each step is made from, in their order.
async fn generators(
    daemon: &Daemon,
    options: &Options,
    spec: &Spec,
    listing: &Listing,
    images: &Images,
) -> Result<Vec<Generator>, Failure> {
    let platform = &options.build_platform;
    let mut generators = Vec::new();
    for Spanned { value: step, .. } in &spec.generate.0 {
        let image = step.image.as_ref().map(|image| images.get(&image.value, platform).cloned());
        let files = files(daemon, options, spec, step.context.as_ref(), None, images, platform).await?;
        generators.push(Generator {
            image: image.transpose()?,
            files,
            replaced: plan::replaced(step, listing),
        });
    }
    Ok(generators)
}

/// Where the entries of `image.files` are, in their order.
async fn sources(
    daemon: &Daemon,
    options: &Options,
    wanted: &Wanted,
    listing: &Listing,
    images: &Images,
) -> Result<Vec<FileSource>, Failure> {
    let (spec, mut sources) = (&wanted.spec, Vec::new());
    if !wanted.goal.has_base() {
        return Ok(sources);
    }
    for Spanned { value, .. } in &spec.image.files.0 {
        let (context, image) = (value.context.as_ref(), value.image.as_ref());
        let files = files(daemon, options, spec, context, image, images, &wanted.platform).await?;
        sources.push(FileSource { files, single: plan::is_single(spec, value, listing) });
    }
    Ok(sources)
}

/// Files of the context, of a named one, or of an image.
async fn files(
    daemon: &Daemon,
    options: &Options,
    spec: &Spec,
    context: Option<&Spanned<ContextName>>,
    image: Option<&Spanned<ImageRef>>,
    images: &Images,
    platform: &Platform,
) -> Result<StepFiles, Failure> {
    let image = image.map(|image| Named::Image(image.value.clone()));
    let found = context.map(|context| named(spec, context, options)).transpose()?.or(image);
    Ok(match found {
        None => StepFiles::Context,
        Some(Named::Image(image)) => StepFiles::Image(Box::new(images.get(&image, platform)?.clone())),
        Some(Named::Directory(name)) => {
            let session = options.session_of(&name).to_owned();
            let hint = format!("context:{name}-{}", ignore::FILE);
            let shown = format!("[internal] load {} of context {name}", ignore::FILE);
            let exclude = load_ignore_file(daemon, &name, &session, &hint, &shown).await?;
            StepFiles::Directory { name, session, exclude }
        }
    })
}

/// The context that something names.
fn named(spec: &Spec, context: &Spanned<ContextName>, options: &Options) -> Result<Named, Failure> {
    let problem = |problem| Failure::from(Diagnostic::at(problem, &spec.file, context.span));
    let name = context.value.as_str().to_owned();
    let Some(value) = options.named_contexts.get(&name) else {
        return Err(problem(Problem::NoSuchContext { name }));
    };
    if let Some(directory) = value.strip_prefix("local:") {
        return Ok(Named::Directory(directory.to_owned()));
    }
    let image = value.strip_prefix("docker-image://").and_then(|image| ImageRef::parse(image).ok());
    image.map(Named::Image).ok_or_else(|| {
        let value = Redacted(value).to_string();
        problem(Problem::GenerateContext { name, value })
    })
}
