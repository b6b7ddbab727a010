//! What generate steps are made from: their images and named contexts, as the client gave them.
//!
//! Invariant: a context that no step names is never looked at, as clients send them all.

use super::client::Daemon;
use super::context::load_ignore_file;
use super::failure::Failure;
use super::ignore;
use super::images::Images;
use super::options::Options;
use super::url::Redacted;
use crate::context::Listing;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::ImageRef;
use crate::plan::{self, Generator, StepFiles};
use crate::spec::{ContextName, Spanned, Spec};
use buildkit_llb::Location;

/// A named context.
enum Named {
    /// A directory of the client, by the client's name for it.
    Directory(String),
    /// An image.
    Image(ImageRef),
}

/// The images that the steps of a build file need, with the lines that name them.
pub(super) fn images(spec: &Spec, options: &Options) -> Result<Vec<(ImageRef, Location)>, Failure> {
    let place = |span| Location { file: spec.file.clone(), ranges: vec![span] };
    let mut images = Vec::new();
    for step in &spec.generate.0 {
        if let Some(image) = &step.value.image {
            images.push((image.value.clone(), place(image.span)));
        }
        if let Some(context) = &step.value.context
            && let Named::Image(image) = named(spec, context, options)?
        {
            images.push((image, place(context.span)));
        }
    }
    Ok(images)
}

/// What each step is made from, in their order.
pub(super) async fn generators(
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
        let files = match step.context.as_ref().map(|context| named(spec, context, options)).transpose()? {
            None => StepFiles::Context,
            Some(Named::Image(image)) => StepFiles::Image(Box::new(images.get(&image, platform)?.clone())),
            Some(Named::Directory(name)) => {
                let session = options.session_of(&name).to_owned();
                let hint = format!("context:{name}-{}", ignore::FILE);
                let shown = format!("[internal] load {} of context {name}", ignore::FILE);
                let exclude = load_ignore_file(daemon, &name, &session, &hint, &shown).await?;
                StepFiles::Directory { name, session, exclude }
            }
        };
        generators.push(Generator {
            image: image.transpose()?,
            files,
            replaced: plan::replaced(step, listing),
        });
    }
    Ok(generators)
}

/// The context that a step names.
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
