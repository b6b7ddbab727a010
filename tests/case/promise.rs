//! What holds for every build, whatever is in it.

use crate::daemon::Outcome;
use buildkit_llb::{Digest, Platform};
use buildkit_proto::gateway as wire;
use buildkit_proto::pb::{self, op::Op};
use prost::Message as _;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

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
    let roots = roots_of_generate(definition);
    for bytes in &definition.def {
        let digest = Digest::of(bytes).to_string();
        match pb::Op::decode(bytes.as_slice()) {
            Ok(op) => {
                if encode_as_go(&op) != *bytes {
                    broken.push(format!("an op that is encoded in another way by the daemon: {op:?}"));
                }
                broken.extend(of_op(&op));
                let taken = |input: &pb::Input| roots.contains(&(input.digest.clone(), input.index));
                if op.inputs.iter().any(taken) {
                    broken.push(format!("something takes the root of a generate step: {op:?}"));
                }
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
    broken.extend(of_settings(definition));
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
            if matches!(words[..], ["sh", "/gobuild/generate.sh", ..]) {
                return of_generate(exec);
            }
            // This one becomes the command behind it.
            let words = words.strip_prefix(&["sh", "/gobuild/c.sh"]).unwrap_or(&words).to_vec();
            let tests = matches!(words[..], ["sh", "/gobuild/test.sh", ..]);
            let downloads = matches!(
                words[..],
                ["sh", "/gobuild/install.sh" | "/gobuild/modules.sh" | "/gobuild/vulncheck.sh", ..]
                    | ["sh", "/gobuild/download.sh"]
            );
            let known = matches!(
                words[..],
                ["go" | "/stamp", ..]
                    | ["sh", "/gobuild/dependencies.sh" | "/gobuild/licenses.sh" | "/gobuild/zones.sh", ..]
            );
            if !downloads && !tests && !known {
                broken.push(format!("a step runs something that is not the go command: {argv:?}"));
            }
            // Code of the repository's choice must not reach what others compile from.
            let caches = exec.mounts.iter().filter_map(|mount| mount.cache_opt.as_ref());
            for cache in caches
                .filter(|cache| (cache.id.ends_with("/go-test") || cache.id.contains("/go-test-c-")) != tests)
            {
                broken.push(format!("a step has the cache mount {}: {argv:?}", cache.id));
            }
            // Tests have one if they are told to.
            if !downloads && !tests && exec.network() != pb::NetMode::None {
                broken.push(format!("a step that downloads nothing has a network: {argv:?}"));
            }
            let is_credential =
                |mount: &pb::Mount| matches!(mount.mount_type(), pb::MountType::Secret | pb::MountType::Ssh);
            if !downloads && (exec.mounts.iter().any(is_credential) || !exec.secretenv.is_empty()) {
                broken.push(format!("a step that downloads nothing is given secrets: {argv:?}"));
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

/// What decides what the compiler makes of a package is the same in all steps of a platform, or none would find what another
/// made.
fn of_settings(definition: &pb::Definition) -> Vec<String> {
    const FLAGS: [&str; 6] = ["-trimpath", "-tags=", "-race", "-buildmode=", "-pgo=", "-gcflags=all="];
    let mut known: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
    let mut downloads: Vec<Vec<String>> = Vec::new();
    let mut broken = Vec::new();
    for op in definition.def.iter().filter_map(|bytes| pb::Op::decode(bytes.as_slice()).ok()) {
        let Some(Op::Exec(exec)) = op.op else { continue };
        let meta = exec.meta.unwrap_or_default();
        let says = |word: &str| meta.args.iter().any(|said| said == word);
        if says("/gobuild/modules.sh") {
            downloads.push(meta.args.clone());
            continue;
        }
        if !says("-buildvcs=false") {
            continue;
        }
        let decides = |variable: &&String| {
            let name = variable.split('=').next().unwrap_or_default();
            let folders = ["GOCACHE", "GOENV", "GOMODCACHE", "GOFLAGS", "GOTMPDIR", "GOPATH"];
            name == "CGO_ENABLED"
                || (name.starts_with("GO")
                    && !name.starts_with("GOBUILD")
                    && !folders.contains(&name)
                    && name != "GOWORK")
        };
        let mut variables: Vec<String> = meta.env.iter().filter(decides).cloned().collect();
        variables.sort();
        let flags = meta.args.iter().filter(|word| FLAGS.iter().any(|flag| word.starts_with(flag)));
        let found = (variables, flags.cloned().collect::<Vec<_>>());
        let target = ["GOARCH=", "GOARM="].map(|name| {
            meta.env.iter().find(|variable| variable.starts_with(name)).cloned().unwrap_or_default()
        });
        let known = known.entry(target.concat()).or_insert_with(|| found.clone());
        if *known != found {
            broken.push(format!("steps that compile differently: {known:?} and {found:?}"));
        }
    }
    // The module step lists files, and what decides which is in its arguments.
    let listed =
        ["CGO_ENABLED", "GOARCH", "GOOS", "GOAMD64", "GOARM", "GOARM64", "GOEXPERIMENT", "GOFIPS140"];
    for (variables, flags) in known.values() {
        let tags =
            flags.iter().filter(|flag| flag.starts_with("-tags=")).map(|flag| format!("GOFLAGS={flag}"));
        let counts = |variable: &&String| listed.contains(&variable.split('=').next().unwrap_or_default());
        let wanted: Vec<String> = variables.iter().filter(counts).cloned().chain(tags).collect();
        for argv in &downloads {
            let builds = argv.iter().filter(|word| word.contains("GOARCH="));
            let has = |build: &String| wanted.iter().all(|want| build.split(' ').any(|word| word == want));
            if !builds.into_iter().any(has) {
                broken.push(format!("the module step lists another build than {wanted:?}: {argv:?}"));
            }
        }
    }
    broken
}

/// What generate steps make of their images, as digest and number of the output.
fn roots_of_generate(definition: &pb::Definition) -> BTreeSet<(String, i64)> {
    let root = |bytes: &Vec<u8>| {
        let op = pb::Op::decode(bytes.as_slice()).ok()?;
        let Some(Op::Exec(exec)) = &op.op else { return None };
        let script = exec.meta.as_ref()?.args.get(1)? == "/gobuild/generate.sh";
        let root = exec.mounts.iter().find(|mount| script && mount.dest == "/")?;
        Some((Digest::of(bytes).to_string(), root.output))
    };
    definition.def.iter().filter_map(root).collect()
}

/// A step that runs what the repository says leaves only its outputs, and shares no cache with those that do not.
fn of_generate(exec: &pb::ExecOp) -> Vec<String> {
    let mut broken = Vec::new();
    if exec.security() != pb::SecurityMode::Sandbox || exec.network() == pb::NetMode::Host {
        broken.push(format!("a generate step is privileged: {exec:?}"));
    }
    for mount in &exec.mounts {
        let own = |id: &str| id.contains("/gobuild/generate/") || id.ends_with("/gobuild/go-build-generate");
        if mount.cache_opt.as_ref().is_some_and(|cache| !own(&cache.id)) {
            broken.push(format!("a generate step can change what others compile with: {mount:?}"));
        }
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
    let keys = result.metadata.keys().map(String::as_str);
    // Only some calls have something to complain of.
    let keys: Vec<&str> = keys.filter(|key| *key != "result.statuscode").collect();
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
