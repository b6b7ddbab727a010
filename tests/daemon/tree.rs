//! File systems of graphs, as far as frontends look into them: sources, and copies of parts of them.
//!
//! Repositories and URLs are directories and files of the test, by the identifier of the source. Invariant: what this
//! daemon cannot make without running something is nothing.

use super::Daemon;
use super::local::Local;
use buildkit_llb::Digest;
use buildkit_proto::gateway as wire;
use buildkit_proto::pb::file_action::Action;
use buildkit_proto::pb::op::Op;
use buildkit_proto::pb::{self, SourceOp};
use prost::Message as _;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// What a gzip file starts with.
const GZIP: [u8; 4] = [0x1f, 0x8b, 0x08, 0];

/// The vertices of a graph.
pub(super) struct Tree<'a> {
    ops: BTreeMap<String, pb::Op>,
    daemon: &'a Daemon,
}

impl<'a> Tree<'a> {
    pub(super) fn new(definition: &pb::Definition, daemon: &'a Daemon) -> Tree<'a> {
        let op =
            |bytes: &Vec<u8>| Some((Digest::of(bytes).to_string(), pb::Op::decode(bytes.as_slice()).ok()?));
        Tree { ops: definition.def.iter().filter_map(op).collect(), daemon }
    }

    /// What a vertex gives.
    pub(super) fn of(&self, digest: &str) -> Result<Option<Local>, String> {
        let Some(op) = self.ops.get(digest) else { return Ok(None) };
        match &op.op {
            Some(Op::Source(source)) => self.source(source),
            Some(Op::File(file)) => match file.actions.as_slice() {
                [
                    pb::FileAction {
                        input: -1, secondary_input: 0, action: Some(Action::Copy(copy)), ..
                    },
                ] => self.copy(&op.inputs[0].digest, copy),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn source(&self, source: &SourceOp) -> Result<Option<Local>, String> {
        let identifier = source.identifier.as_str();
        if let Some(name) = identifier.strip_prefix("local://") {
            let root = self.daemon.locals.get(name).ok_or(format!("{name} not found: no local sources"))?;
            return Local::transfer(root, source, &self.daemon.made_up).map(Some);
        }
        if identifier.starts_with("docker-image://") {
            return Ok(None);
        }
        let found = self.found(source)?;
        if identifier.starts_with("git://") {
            return Ok(Some(Local::whole(found)));
        }
        let data = if found.is_dir() {
            GZIP.to_vec()
        } else {
            fs::read(found).map_err(|error| error.to_string())?
        };
        let name = source.attrs.get("http.filename").cloned().unwrap_or_default();
        Ok(Some(Local::file(name, data)))
    }

    fn found(&self, source: &SourceOp) -> Result<PathBuf, String> {
        let found = self.daemon.sources.get(&source.identifier).cloned();
        found.ok_or_else(|| format!("failed to fetch {}: not found", source.identifier))
    }

    fn copy(&self, from: &str, copy: &pb::FileActionCopy) -> Result<Option<Local>, String> {
        if copy.attempt_unpack_docker_compatibility {
            let Some(pb::Op { op: Some(Op::Source(source)), .. }) = self.ops.get(from) else {
                return Ok(None);
            };
            return self.found(source).map(|root| Some(Local::whole(root)));
        }
        let Some(tree) = self.of(from)? else { return Ok(None) };
        let below = copy.src.trim_start_matches('/');
        Ok(Some(match (copy.dir_copy_contents, below) {
            (false, file) => Local::file(copy.dest.trim_start_matches('/').to_owned(), tree.read(file)?),
            (true, "") => tree.part(&copy.include_patterns, &copy.exclude_patterns),
            (true, directory) => tree.below(directory),
        }))
    }
}

/// What is known of a repository or a URL: its newest commit is always the same one.
pub(super) fn metadata(source: SourceOp, objects: bool) -> wire::ResolveSourceMetaResponse {
    const COMMIT: &str = "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00";
    const OBJECT: &[u8] = b"tree 0\nauthor A <a@b> 1 +0000\ncommitter B <b@c> 1700000000 +0100\n\nwords\n";
    let is_git = source.identifier.starts_with("git://");
    let git = is_git.then(|| wire::ResolveSourceGitResponse {
        checksum: COMMIT.to_owned(),
        commit_object: if objects { OBJECT.to_vec() } else { Vec::new() },
        ..wire::ResolveSourceGitResponse::default()
    });
    let last_modified = Some(prost_types::Timestamp { seconds: 1_600_000_000, nanos: 0 });
    let http =
        wire::ResolveSourceHttpResponse { last_modified, ..wire::ResolveSourceHttpResponse::default() };
    wire::ResolveSourceMetaResponse {
        source: Some(source),
        git,
        http: (!is_git).then_some(http),
        ..wire::ResolveSourceMetaResponse::default()
    }
}
