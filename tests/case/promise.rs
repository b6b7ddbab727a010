//! What holds for every build, whatever is in it.

use crate::daemon::Outcome;
use buildkit_llb::{Digest, Platform};
use buildkit_proto::gateway as wire;
use buildkit_proto::pb::{self, op::Op};
use prost::Message as _;
use serde_json::Value;
use std::collections::BTreeSet;

/// The frontend answers once, ends well and says nothing to the daemon's log.
pub(super) fn of_process(outcome: &Outcome) -> Vec<String> {
    let mut broken = Vec::new();
    if outcome.returned.len() != 1 {
        broken.push(format!("{} answers instead of one", outcome.returned.len()));
    }
    if !outcome.status.success() {
        broken.push(format!("the process ended with {}", outcome.status));
    }
    if !outcome.stderr.is_empty() {
        broken.push(format!("the daemon's log has `{}`", outcome.stderr));
    }
    for returned in &outcome.returned {
        if returned.result.is_some() == returned.error.is_some() {
            broken.push("an answer that is not either a result or an error".to_owned());
        }
        if returned.error.as_ref().is_some_and(|error| error.code == 0) {
            broken.push("an error without a code, which daemons refuse".to_owned());
        }
    }
    broken
}

/// Steps are safe and the daemon can name every vertex.
pub(super) fn of_graph(definition: &pb::Definition) -> Vec<String> {
    let mut broken = Vec::new();
    let mut digests = BTreeSet::new();
    for bytes in &definition.def {
        let digest = Digest::of(bytes).to_string();
        match pb::Op::decode(bytes.as_slice()) {
            Ok(op) => {
                if encode_as_go(&op) != *bytes {
                    broken.push(format!("an op that is encoded in another way by the daemon: {op:?}"));
                }
                broken.extend(of_op(&op));
                if matches!(op.op, Some(Op::Exec(_))) && !is_placed(definition, &digest) {
                    broken.push(format!("a step with no line of a file: {op:?}"));
                }
            }
            Err(error) => broken.push(format!("an op that is none: {error}")),
        }
        if !digests.insert(digest) {
            broken.push("a vertex that is there twice".to_owned());
        }
    }
    let described = definition.metadata.keys().filter(|digest| !digests.contains(*digest));
    broken.extend(described.map(|digest| format!("something is said about {digest}, which is not there")));
    broken
}

/// What the daemon makes of an op when it encodes it again: Go's library puts what is not in a `oneof` first.
fn encode_as_go(op: &pb::Op) -> Vec<u8> {
    let kind = pb::Op { op: op.op.clone(), ..pb::Op::default() };
    [pb::Op { op: None, ..op.clone() }, kind].iter().flat_map(prost::Message::encode_to_vec).collect()
}

fn of_op(op: &pb::Op) -> Vec<String> {
    let mut broken = Vec::new();
    match &op.op {
        Some(Op::Exec(exec)) => {
            let argv = exec.meta.as_ref().map(|meta| meta.args.as_slice()).unwrap_or_default();
            // The go command, or one of the scripts that never change; anything else would be another program.
            let words: Vec<&str> = argv.iter().map(String::as_str).collect();
            let tests = matches!(words[..], ["sh", "/gobuild/test.sh", ..]);
            let downloads = matches!(
                words[..],
                ["go", "mod" | "install", ..] | ["sh", "/gobuild/modules.sh" | "/gobuild/vulncheck.sh", ..]
            );
            let known = matches!(words[..], ["go", ..] | ["sh", "/gobuild/dependencies.sh", ..]);
            if !downloads && !tests && !known {
                broken.push(format!("a step runs something that is not the go command: {argv:?}"));
            }
            // Code of the repository's choice must not reach what others compile from.
            let caches = exec.mounts.iter().filter_map(|mount| mount.cache_opt.as_ref());
            for cache in caches.filter(|cache| cache.id.ends_with("/go-test") != tests) {
                broken.push(format!("a step has the cache mount {}: {argv:?}", cache.id));
            }
            // Tests have one if they are told to.
            if !downloads && !tests && exec.network() != pb::NetMode::None {
                broken.push(format!("a step that downloads nothing has a network: {argv:?}"));
            }
            if exec.security() != pb::SecurityMode::Sandbox {
                broken.push(format!("a step is privileged: {argv:?}"));
            }
            let root = exec.mounts.iter().find(|mount| mount.dest == "/");
            if root.is_none_or(|root| !root.readonly) {
                broken.push(format!("a step can write to its root: {argv:?}"));
            }
        }
        Some(Op::Source(source))
            if source.identifier.starts_with("docker-image://")
                && !source.identifier.contains("@sha256:") =>
        {
            broken.push(format!("an image that may change while it is built with: {}", source.identifier));
        }
        _ => {}
    }
    broken
}

/// Whether a vertex has lines in a file that travels with the graph; the daemon does not look twice.
fn is_placed(definition: &pb::Definition, digest: &str) -> bool {
    let Some(source) = &definition.source else { return false };
    let places = source.locations.get(digest).map(|places| places.locations.as_slice()).unwrap_or_default();
    let is_whole = |place: &pb::Location| {
        let file = usize::try_from(place.source_index).ok().and_then(|index| source.infos.get(index));
        let ranges = place.ranges.iter().all(|range| range.start.is_some() && range.end.is_some());
        file.is_some() && ranges && !place.ranges.is_empty()
    };
    !places.is_empty() && places.iter().all(is_whole)
}

/// Clients print an answer as it is, and need no image for it (`commands/build.go` of buildx).
pub(super) fn of_call(result: &wire::Result) -> Vec<String> {
    let mut broken = Vec::new();
    let keys: Vec<&str> = result.metadata.keys().map(String::as_str).collect();
    if keys != ["result.json", "result.txt", "version"] {
        broken.push(format!("an answer with other keys: {keys:?}"));
    }
    match &result.result {
        Some(wire::result::Result::Ref(reference)) if reference.id.is_empty() => {}
        other => broken.push(format!("an answer with an image: {other:?}")),
    }
    let text =
        result.metadata.get("result.txt").map(|text| String::from_utf8_lossy(text)).unwrap_or_default();
    if !text.ends_with('\n') || text.contains('\t') {
        broken.push(format!("a text that does not end in a line break, or has tabs: {text:?}"));
    }
    broken.extend(
        text.lines().filter(|line| line.ends_with(' ')).map(|line| format!("`{line}` ends in spaces")),
    );
    broken
}

/// The keys of the result fit each other (`dockerui/build.go`, `exporter/containerimage/exptypes`).
pub(super) fn of_result(result: &wire::Result) -> Vec<String> {
    let mut broken = Vec::new();
    let json = |key: &str| -> Value {
        let bytes = result.metadata.get(key).map(Vec::as_slice).unwrap_or_default();
        serde_json::from_slice(bytes).unwrap_or_default()
    };
    let platforms = json("refs.platforms");
    let entries = platforms["Platforms"].as_array().cloned().unwrap_or_default();
    let ids: BTreeSet<&str> = entries.iter().filter_map(|entry| entry["ID"].as_str()).collect();
    if ids.is_empty() || ids.len() != entries.len() {
        broken.push(format!("platforms without an id of their own: {platforms}"));
    }
    for id in &ids {
        match Platform::parse(id) {
            Ok(platform) if platform.to_string() == *id => {}
            _ => broken.push(format!("`{id}` is not how this platform is written")),
        }
    }
    let keys: BTreeSet<&str> = match &result.result {
        Some(wire::result::Result::Refs(references)) => references.refs.keys().map(String::as_str).collect(),
        _ => BTreeSet::new(),
    };
    if !keys.is_empty() && keys != ids {
        broken.push(format!("images for {keys:?} and platforms {ids:?}"));
    }
    for id in &ids {
        let suffix = if keys.is_empty() { String::new() } else { format!("/{id}") };
        let config = json(&format!("containerimage.config{suffix}"));
        let said = |field: &str| config[field].as_str().unwrap_or_default().to_owned();
        if !id.starts_with(&format!("{}/{}", said("os"), said("architecture"))) {
            broken.push(format!("the config of {id} is for {}/{}", said("os"), said("architecture")));
        }
        if said("created").as_str() > "2026-06" {
            broken.push(format!("the image of {id} says when it was built: {}", said("created")));
        }
    }
    broken
}
