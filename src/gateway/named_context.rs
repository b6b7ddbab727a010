//! `--build-context NAME=docker-image://…`: another image in the place of one that the build would use.
//!
//! Invariant: a context whose name is no image of the build is never looked at, as clients send them all.

use super::failure::Failure;
use super::options::Options;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::ImageRef;
use buildkit_llb::Platform;

/// What stands in the place of `image`: itself, unless the client has named something else. A name with a platform
/// (`golang:1.26::linux/arm64`) counts more than one without (`dockerui/namedcontext.go`).
pub(super) fn replacement(
    options: &Options,
    image: &ImageRef,
    platform: &Platform,
) -> Result<ImageRef, Failure> {
    let name = image.familiar();
    let contexts = &options.named_contexts;
    let Some(value) = contexts.get(&format!("{name}::{platform}")).or_else(|| contexts.get(&name)) else {
        return Ok(image.clone());
    };
    let replaced =
        value.strip_prefix("docker-image://").and_then(|reference| ImageRef::parse(reference).ok());
    replaced.ok_or_else(|| Diagnostic::nowhere(Problem::NamedContext { name, value: value.clone() }).into())
}
