//! What this crate writes is what `BuildKit`'s own client writes, byte for byte.
//!
//! The files in `golden/` are written by `golden/generate`, a Go program over `client/llb`. The daemon encodes every
//! op again and names it by the digest of that, so an op that differs in a byte loses its source lines.

mod graphs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use buildkit_llb::{Definition, Digest};
use buildkit_proto::pb;
use prost::Message as _;

/// What this crate demands of a daemon and Go's client does not. Each is a feature that an older daemon would ignore
/// without a word. (The client means to demand the first two, but collects them before it has looked at the
/// actions: `client/llb/fileop.go`, `Marshal`.)
const DEMANDED_HERE: [&str; 6] = [
    "file.copy.includeexcludepatterns",
    "file.symlink.create",
    "file.rm.wildcard",
    "exec.meta.cgroup.parent",
    "exec.mount.bind.readwrite-nooutput",
    "source.git.subdir",
];

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn theirs(name: &str) -> pb::Definition {
    let bytes = std::fs::read(golden().join(name).with_extension("pb")).expect("a golden file");
    pb::Definition::decode(bytes.as_slice()).expect("a definition")
}

fn ops(definition: &pb::Definition) -> BTreeMap<String, &Vec<u8>> {
    definition.def.iter().map(|op| (Digest::of(op).to_string(), op)).collect()
}

#[test]
fn every_op_is_byte_for_byte_that_of_go() {
    let mut count = 0;
    for (name, build) in graphs::ALL {
        let (ours, theirs) = (Definition::of(&build()).to_proto(), theirs(name));
        let decode = |op: &Vec<u8>| pb::Op::decode(op.as_slice()).unwrap();
        for (digest, op) in ops(&theirs) {
            let decoded = decode(op);
            assert_eq!(decoded.encoded_len(), op.len(), "{name}: a field of {decoded:?} is not described");
            let same = ops(&ours).contains_key(&digest);
            let all: Vec<pb::Op> = ours.def.iter().map(decode).collect();
            assert!(same, "{name}: Go has\n{decoded:#?}\nhere is only\n{all:#?}");
            count += 1;
        }
        assert_eq!(ours.def.len(), theirs.def.len(), "{name}");
        assert_eq!(ours.def.last(), theirs.def.last(), "{name}");
    }
    assert_eq!(count, 75, "ops in {} graphs", graphs::ALL.len());
}

#[test]
fn everything_said_about_an_op_is_what_go_says() {
    for (name, build) in graphs::ALL {
        let (mut ours, theirs) = (Definition::of(&build()).to_proto(), theirs(name));
        for (digest, metadata) in &mut ours.metadata {
            let known = &theirs.metadata[digest].caps;
            metadata.caps.retain(|cap, _| {
                let here = DEMANDED_HERE.contains(&cap.as_str());
                assert!(!(here && known.contains_key(cap)), "Go demands {cap} by now");
                !here
            });
            assert_eq!(*metadata, theirs.metadata[digest], "{name}: {digest}");
        }
        assert_eq!(ours.metadata.len(), theirs.metadata.len(), "{name}");
    }
}

#[test]
fn every_place_in_a_file_is_that_of_go() {
    for (name, build) in graphs::ALL {
        let ours = Definition::of(&build()).to_proto().source.unwrap();
        let mut theirs = theirs(name).source.unwrap();
        // Go's client also lists the ops that come from nowhere.
        theirs.locations.retain(|_, places| !places.locations.is_empty());
        // The graph that loaded a file is compared by its ops; Go also lists its ops that come from nowhere.
        assert_eq!(by_name(&ours), by_name(&theirs), "{name}");
        let definitions = |source: &pb::Source| {
            let ops = source.infos.iter().map(|info| info.definition.as_ref().map(|graph| graph.def.clone()));
            ops.collect::<BTreeSet<_>>()
        };
        assert_eq!(definitions(&ours), definitions(&theirs), "{name}");
    }
}

/// A file without the graph that loaded it, and lines.
type Place = (pb::SourceInfo, Vec<pb::Range>);

/// Places with the file itself instead of its index, as the files may be in another order.
fn by_name(source: &pb::Source) -> BTreeMap<&str, Vec<Place>> {
    let place = |place: &pb::Location| {
        let info = source.infos[usize::try_from(place.source_index).expect("an index")].clone();
        (pb::SourceInfo { definition: None, ..info }, place.ranges.clone())
    };
    let places = source.locations.iter();
    places.map(|(digest, places)| (digest.as_str(), places.locations.iter().map(place).collect())).collect()
}

/// Byte-identical, the daemon has just loaded this vertex for the frontend that called us, and reuses it.
#[test]
fn the_build_file_is_loaded_as_the_builtin_frontend_loads_it() {
    let ours = Definition::of(&graphs::named("build_file")).to_proto();
    assert_eq!(ours.def, theirs("build_file").def);
}

#[test]
fn no_golden_file_is_without_a_graph() {
    for extension in ["pb", "txt"] {
        let named = graphs::ALL.iter().map(|(name, _)| format!("{name}.{extension}"));
        let files =
            std::fs::read_dir(golden()).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
        let files = files.filter(|name| name.ends_with(&format!(".{extension}")));
        assert_eq!(named.collect::<BTreeSet<_>>(), files.collect());
    }
}
