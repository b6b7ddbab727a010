//! `--build-context NAME=…`: something else in the place of an image that the build would use.
//!
//! Another image, a directory, a repository, an archive, or what another target of a bake file makes. Invariant: a
//! context whose name is no image of the build is never looked at, as clients send them all.

use super::archive::{Fetched, Kind};
use super::client::Daemon;
use super::context::load_ignore_file;
use super::failure::Failure;
use super::git_reference::GitReference;
use super::ignore;
use super::options::Options;
use super::origin::{Origin, git, input, is_http};
use super::url::Redacted;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::{ImageConfig, ImageRef};
use crate::plan::{FileSystem, ResolvedImage};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buildkit_llb::{Copy, File, Local, Location, Metadata, Output, Platform};
use std::collections::BTreeMap;

/// The key of an image's config among what clients say of an input (`exporter/containerimage/exptypes`).
const CONFIG: &str = "containerimage.config";

/// A named context that stands for an image.
struct Named<'a> {
    /// The image's name, with a platform if the context is for one.
    name: String,
    value: &'a str,
}

/// What is used for `image`: itself, unless the client has named something else.
pub(super) async fn resolve(
    daemon: &Daemon,
    options: &Options,
    origin: &Origin,
    image: &ImageRef,
    platform: &Platform,
    place: Location,
) -> Result<ResolvedImage, Failure> {
    let Some(named) = Named::find(options, image, platform) else {
        return daemon.resolve_image(image, platform, options, Some(place)).await;
    };
    let (scheme, rest) = named.value.split_once(':').unwrap_or_default();
    let (output, config) = match scheme {
        "docker-image" => {
            let reference = rest.strip_prefix("//").and_then(|reference| ImageRef::parse(reference).ok());
            let reference = reference.ok_or_else(|| named.refused(Problem::NAMED_CONTEXTS))?;
            return daemon.resolve_image(&reference, platform, options, Some(place)).await;
        }
        "local" => (named.directory(rest, daemon, options).await?, None),
        "input" => {
            let graph =
                origin.inputs.get(rest).ok_or_else(|| named.refused("the request has no such input"))?;
            (input(rest, graph)?, config_of(rest, options))
        }
        _ => (named.fetched(daemon, options).await?, None),
    };
    let config = match config {
        None => ImageConfig::empty(&platform.os, &platform.architecture, platform.variant.as_deref()),
        Some(json) => ImageConfig::from_json(&json).map_err(|error| {
            let problem = Problem::ImageConfig { image: named.shown(), reason: error.to_string() };
            Failure::User(Diagnostic { problem, place: Some(place) }.into())
        })?,
    };
    Ok(ResolvedImage {
        name: named.shown(),
        files: FileSystem::Tree(output),
        config,
        platform: platform.clone(),
    })
}

/// Whether the client has named something else for an image, for whatever platform.
pub(super) fn is_named(options: &Options, image: &ImageRef) -> bool {
    let mut names = options.named_contexts.keys().map(|name| name.split("::").next().unwrap_or(name));
    names.any(|name| name == image.familiar())
}

impl<'a> Named<'a> {
    /// A name with a platform (`golang:1.26::linux/arm64`) counts more than one without (`dockerui/namedcontext.go`).
    fn find(options: &'a Options, image: &ImageRef, platform: &Platform) -> Option<Named<'a>> {
        let name = image.familiar();
        [format!("{name}::{platform}"), name].into_iter().find_map(|name| {
            let value = options.named_contexts.get(&name)?;
            Some(Named { name, value })
        })
    }

    fn shown(&self) -> String {
        Redacted(self.value).to_string()
    }

    fn refused(&self, reason: &str) -> Failure {
        let (name, value, reason) = (self.name.clone(), self.shown(), reason.to_owned());
        Diagnostic::nowhere(Problem::NamedContext { name, value, reason }).into()
    }

    /// A directory of the client, copied, since a step that starts from what a client sent is never known again.
    async fn directory(
        &self,
        directory: &str,
        daemon: &Daemon,
        options: &Options,
    ) -> Result<Output, Failure> {
        let session = options.session_of(directory);
        let name = &self.name;
        let hint = format!("context:{name}-{}", ignore::FILE);
        let shown = format!("[context {name}] load {}", ignore::FILE);
        let exclude = load_ignore_file(daemon, directory, session, &hint, &shown).await?;
        let shared_key = options.shared_keys.get(name).map_or("", String::as_str);
        let local = Local::new(directory)
            .session(session)
            .shared_key_hint(format!("context:{name}-{shared_key}"))
            .exclude_patterns(exclude)
            .metadata(Metadata::named(format!("[context {name}] load from client")))
            .build();
        let copy = Copy::new(local, "/", "/").contents_only();
        let metadata = Metadata::named(format!("[context {name}] copy what was loaded"));
        Ok(File::scratch().copy(copy).metadata(metadata).build())
    }

    /// A repository or an archive.
    async fn fetched(&self, daemon: &Daemon, options: &Options) -> Result<Output, Failure> {
        if let Some(reference) = GitReference::parse(self.value) {
            return match reference {
                Ok(reference) => Ok(git(&reference, daemon, options)),
                Err(reason) => Err(self.refused(&reason)),
            };
        }
        if !is_http(self.value) {
            return Err(self.refused(Problem::NAMED_CONTEXTS));
        }
        let name = format!("[context {}] {}", self.name, self.shown());
        let fetched = Fetched::from(daemon, self.value, name).await?;
        match fetched.kind {
            Kind::Archive => Ok(fetched.unpacked(&format!("[context {}] unpack", self.name))),
            Kind::Plain => Err(self.refused("the file is no archive")),
        }
    }
}

/// The config that the client says an input has; what is not said well is not said.
fn config_of(input: &str, options: &Options) -> Option<Vec<u8>> {
    let said: BTreeMap<String, String> = serde_json::from_str(options.input_metadata.get(input)?).ok()?;
    BASE64_STANDARD.decode(said.get(CONFIG)?).ok()
}
