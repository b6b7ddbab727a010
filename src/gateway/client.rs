//! The daemon's calls in the frontend's own types.
//!
//! Invariant: every daemon since BuildKit 0.8 is asked in a form that it knows; which one, its capabilities say.

use super::failure::Failure;
use super::options::Options;
use crate::check::Finding;
use crate::diagnostic::{Diagnostic, Problem};
use crate::image::{ImageConfig, ImageRef};
use crate::plan::{FileSystem, ResolvedImage};
use buildkit_llb::{Definition, Location, Output, Platform, ResolveMode};
use buildkit_proto::fsutil::Stat;
use buildkit_proto::gateway::llb_bridge_client::LlbBridgeClient;
use buildkit_proto::gateway::{
    self as wire, CacheOptionsEntry, FileRange, PongResponse, ReadDirRequest, ReadFileRequest, SolveRequest,
};
use buildkit_proto::pb;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tonic::transport::Channel;
use tonic::{Request, Status};

/// What BuildKit's own client waits for the first answer; no other call has a limit, since builds take long.
const PING_TIMEOUT: Duration = Duration::from_secs(15);
/// How much of a file one call reads: below the 4 MiB that old daemons send.
const CHUNK: i64 = 3 << 20;

/// A capability of the daemon that changes what is asked or built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capability {
    /// The listing of a local directory without its contents (BuildKit 0.21).
    MetadataTransfer,
    /// `ResolveSourceMeta` (0.13).
    SourceMeta,
    /// `Warn` (0.10).
    Warnings,
    /// Local sources that are transferred whole (0.9).
    Differ,
    /// Mounts that are not hashed (0.13).
    ContentCache,
    /// Copies of a part of a tree (0.9).
    CopyPatterns,
    /// Modes in words (0.17).
    ModeWords,
    /// `Inputs` (0.7).
    Inputs,
    /// A directory of a repository (0.9).
    GitSubdir,
    /// Files of a repository that have the time of the commit (0.29).
    GitTime,
}

impl Capability {
    fn id(self) -> &'static str {
        match self {
            Capability::MetadataTransfer => "source.local.metadatatransfer",
            Capability::SourceMeta => "source.metaresolver",
            Capability::Warnings => "gateway.warnings",
            Capability::Differ => "source.local.differ",
            Capability::ContentCache => "exec.mount.cache.content",
            Capability::CopyPatterns => "file.copy.includeexcludepatterns",
            Capability::ModeWords => "file.copy.modestring",
            Capability::Inputs => "frontend.inputs",
            Capability::GitSubdir => "source.git.subdir",
            Capability::GitTime => "source.git.mtime",
        }
    }
}

/// Whether a commit is wanted or only its name; the daemon has to fetch it first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitObjects {
    /// Who made it and when, too.
    Wanted,
    /// The name is enough.
    NotWanted,
}

/// Something solved: a file system that exists or will exist when somebody looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference(pub(super) String);

/// The daemon. Cheap to clone; calls of clones run side by side.
#[derive(Clone, Debug)]
pub(super) struct Daemon {
    client: LlbBridgeClient<Channel>,
    capabilities: BTreeSet<String>,
}

impl Daemon {
    /// Says hello and learns what the daemon can do.
    pub(super) async fn greet(mut client: LlbBridgeClient<Channel>) -> Result<Daemon, Failure> {
        let mut request = Request::new(wire::PingRequest {});
        request.set_timeout(PING_TIMEOUT);
        let pong =
            client.ping(request).await.map_err(|status| Failure::Daemon("greeting the daemon", status))?;
        let PongResponse { frontend_api_caps, llb_caps, .. } = pong.into_inner();
        let capabilities = frontend_api_caps.into_iter().chain(llb_caps);
        let capabilities = capabilities.filter(|cap| cap.enabled).map(|cap| cap.id).collect();
        Ok(Daemon { client, capabilities })
    }

    /// Whether the daemon has a capability.
    pub(super) fn has(&self, capability: Capability) -> bool {
        self.capabilities.contains(capability.id())
    }

    /// A reference to what a graph gives; it is not computed yet.
    pub(super) async fn solve(
        &self,
        doing: &'static str,
        output: &Output,
        cache_imports: &[CacheOptionsEntry],
    ) -> Result<Reference, Failure> {
        self.solve_now_or_later(doing, output, cache_imports, false).await
    }

    /// A reference to what a graph has given. Every daemon that is supported knows how to do that.
    pub(super) async fn evaluate(
        &self,
        doing: &'static str,
        output: &Output,
        cache_imports: &[CacheOptionsEntry],
    ) -> Result<Reference, Failure> {
        self.solve_now_or_later(doing, output, cache_imports, true).await
    }

    async fn solve_now_or_later(
        &self,
        doing: &'static str,
        output: &Output,
        cache_imports: &[CacheOptionsEntry],
        evaluate: bool,
    ) -> Result<Reference, Failure> {
        let request = SolveRequest {
            definition: Some(Definition::of(output).to_proto()),
            allow_result_return: true,
            allow_result_array_ref: true,
            cache_imports: cache_imports.to_vec(),
            evaluate,
            ..SolveRequest::default()
        };
        let response =
            self.client.clone().solve(request).await.map_err(|status| Failure::Daemon(doing, status))?;
        let response = response.into_inner();
        match response.result.and_then(|result| result.result) {
            Some(wire::result::Result::Ref(reference)) => Ok(Reference(reference.id)),
            Some(wire::result::Result::RefDeprecated(id)) => Ok(Reference(id)),
            _ if !response.r#ref.is_empty() => Ok(Reference(response.r#ref)),
            _ => Err(Failure::Internal(format!("{doing}: the daemon answered without a reference"))),
        }
    }

    /// A whole file, or none if it does not exist. At most `limit` bytes and one more are read.
    pub(super) async fn read_file(
        &self,
        reference: &Reference,
        path: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, Failure> {
        let mut contents = Vec::new();
        loop {
            let offset = size(contents.len());
            let length = size(limit).saturating_sub(offset).saturating_add(1).min(CHUNK);
            let request = ReadFileRequest {
                r#ref: reference.0.clone(),
                file_path: path.to_owned(),
                range: Some(FileRange { offset, length }),
            };
            let data = match self.client.clone().read_file(request).await {
                Ok(response) => response.into_inner().data,
                Err(status) if is_not_found(&status) => return Ok(None),
                Err(status) => return Err(Failure::Daemon("reading from the context", status)),
            };
            contents.extend_from_slice(&data);
            if size(data.len()) < length || contents.len() > limit {
                return Ok(Some(contents));
            }
        }
    }

    /// The beginning of a file.
    pub(super) async fn read_start(
        &self,
        reference: &Reference,
        path: &str,
        length: usize,
    ) -> Result<Vec<u8>, Status> {
        let length = i64::try_from(length).unwrap_or(CHUNK);
        let request = ReadFileRequest {
            r#ref: reference.0.clone(),
            file_path: path.to_owned(),
            range: Some(FileRange { offset: 0, length }),
        };
        Ok(self.client.clone().read_file(request).await?.into_inner().data)
    }

    /// Whether there is a file, links followed.
    pub(super) async fn has_file(&self, reference: &Reference, path: &str) -> Result<bool, Failure> {
        match self.read_start(reference, path, 1).await {
            Ok(_) => Ok(true),
            Err(status) if is_not_found(&status) => Ok(false),
            Err(status) => Err(Failure::Daemon("reading from an image", status)),
        }
    }

    /// The entries of one directory.
    pub(super) async fn read_dir(&self, reference: &Reference, path: &str) -> Result<Vec<Stat>, Failure> {
        let request = ReadDirRequest {
            r#ref: reference.0.clone(),
            dir_path: path.to_owned(),
            include_pattern: String::new(),
        };
        match self.client.clone().read_dir(request).await {
            Ok(response) => Ok(response.into_inner().entries),
            Err(status) => Err(Failure::Daemon("listing the context", status)),
        }
    }

    /// What an image is now: its digest, where the daemon knows one, and its config.
    pub(super) async fn resolve_image(
        &self,
        image: &ImageRef,
        platform: &Platform,
        options: &Options,
        place: Option<Location>,
    ) -> Result<ResolvedImage, Failure> {
        let several = if options.platforms.len() > 1 { format!("{platform} ") } else { String::new() };
        let name = format!("[{several}internal] load metadata for {image}");
        let (reference, digest, config) =
            match self.image_metadata(image, platform, options.resolve_mode, name).await {
                Ok(answer) => answer,
                Err(status) if status.code() == tonic::Code::Cancelled => {
                    return Err(Failure::Daemon("looking up an image", status));
                }
                Err(status) => return Err(unavailable(image, platform, &status, place)),
            };
        let problem = |reason: String| {
            let problem = Problem::ImageConfig { image: image.familiar(), reason };
            Failure::User(Diagnostic { problem, place: place.clone() }.into())
        };
        let found = ImageRef::parse(&reference).map_err(|error| problem(error.to_string()))?;
        // Docker's own image store knows local images without a manifest; there is nothing to pin then.
        let pinned = match digest.as_str() {
            "" => found,
            digest => found.with_digest(digest).map_err(|error| problem(error.to_string()))?,
        };
        let config = ImageConfig::from_json(&config).map_err(|error| problem(error.to_string()))?;
        Ok(ResolvedImage {
            name: image.familiar(),
            files: FileSystem::Registry { pinned, resolve_mode: options.resolve_mode },
            config,
            platform: platform.clone(),
        })
    }

    async fn image_metadata(
        &self,
        image: &ImageRef,
        platform: &Platform,
        mode: ResolveMode,
        log_name: String,
    ) -> Result<(String, String, Vec<u8>), Status> {
        let mut client = self.client.clone();
        let (platform, resolve_mode) = (Some(platform.to_proto()), mode.as_str().to_owned());
        if !self.has(Capability::SourceMeta) {
            let request = wire::ResolveImageConfigRequest {
                r#ref: image.to_string(),
                platform,
                resolve_mode,
                log_name,
                ..wire::ResolveImageConfigRequest::default()
            };
            let answer = client.resolve_image_config(request).await?.into_inner();
            let reference = if answer.r#ref.is_empty() { image.to_string() } else { answer.r#ref };
            return Ok((reference, answer.digest, answer.config));
        }
        let scheme = "docker-image://";
        let source = pb::SourceOp { identifier: format!("{scheme}{image}"), attrs: BTreeMap::new() };
        let request = wire::ResolveSourceMetaRequest {
            source: Some(source),
            platform,
            log_name,
            resolve_mode,
            ..wire::ResolveSourceMetaRequest::default()
        };
        let answer = client.resolve_source_meta(request).await?.into_inner();
        // A source policy may have put something else in its place.
        let identifier = answer.source.map(|source| source.identifier).unwrap_or_default();
        match (identifier.strip_prefix(scheme), answer.image) {
            (Some(reference), Some(image)) => Ok((reference.to_owned(), image.digest, image.config)),
            _ => Err(Status::failed_precondition(format!(
                "a source policy made it `{identifier}`, which is no image"
            ))),
        }
    }

    /// What the client has put into the request, by name.
    pub(super) async fn inputs(&self) -> Result<BTreeMap<String, pb::Definition>, Failure> {
        if !self.has(Capability::Inputs) {
            return Ok(BTreeMap::new());
        }
        match self.client.clone().inputs(wire::InputsRequest {}).await {
            Ok(answer) => Ok(answer.into_inner().definitions),
            Err(status) => Err(Failure::Daemon("asking for the inputs", status)),
        }
    }

    /// What the daemon knows of a source that is no image; nothing if it is too old to say.
    pub(super) async fn source_metadata(
        &self,
        source: pb::SourceOp,
        objects: CommitObjects,
    ) -> Result<Option<wire::ResolveSourceMetaResponse>, Failure> {
        if !self.has(Capability::SourceMeta) {
            return Ok(None);
        }
        let request = wire::ResolveSourceMetaRequest {
            source: Some(source),
            log_name: "[internal] load metadata of the build context".to_owned(),
            git: (objects == CommitObjects::Wanted)
                .then_some(wire::ResolveSourceGitRequest { return_object: true }),
            ..wire::ResolveSourceMetaRequest::default()
        };
        match self.client.clone().resolve_source_meta(request).await {
            Ok(answer) => Ok(Some(answer.into_inner())),
            Err(status) => Err(Failure::Daemon("looking up the commit of the context", status)),
        }
    }

    /// Shows a warning under the vertex that loaded the build file.
    pub(super) async fn warn(&self, vertex: &Output, finding: &Finding) {
        if !self.has(Capability::Warnings) {
            return;
        }
        let file = &finding.place.file;
        let request = wire::WarnRequest {
            digest: vertex.digest().to_string(),
            level: 1,
            short: finding.to_string().into_bytes(),
            detail: vec![finding.rule.about.as_bytes().to_vec()],
            url: finding.rule.page(),
            info: Some(pb::SourceInfo {
                filename: file.filename.clone(),
                data: file.data.clone(),
                language: file.language.clone(),
                definition: None,
            }),
            ranges: finding.place.ranges.iter().map(|range| range.to_proto()).collect(),
        };
        // A warning that cannot be shown is no reason to fail.
        let _ = self.client.clone().warn(request).await;
    }
}

/// Gives the daemon the one answer to its request.
pub(super) async fn answer(
    mut client: LlbBridgeClient<Channel>,
    outcome: Result<wire::Result, Failure>,
) -> Result<(), Status> {
    let request = match outcome {
        Ok(result) => wire::ReturnRequest { result: Some(result), error: None },
        Err(failure) => wire::ReturnRequest { result: None, error: Some(failure.to_status()) },
    };
    client.r#return(request).await.map(|_| ())
}

/// A count of bytes, as the wire counts.
fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

/// Daemons say so in words only.
fn is_not_found(status: &Status) -> bool {
    status.code() == tonic::Code::NotFound || status.message().contains("no such file or directory")
}

fn unavailable(image: &ImageRef, platform: &Platform, status: &Status, place: Option<Location>) -> Failure {
    let (image, platform) = (image.familiar(), platform.to_string());
    let problem = Problem::ImageUnavailable { image, platform, reason: status.message().to_owned() };
    Failure::User(Diagnostic { problem, place }.into())
}
