//! Our description of the wire against one that follows `BuildKit`, field by field.
//!
//! The other is the set of .proto files in the package `bollard-buildkit-proto`, which says for each where it is from
//! (`provenance.lock.toml`). What is here must be there: same name, number, type, label and `oneof`. What is there
//! and not here is left out on purpose.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
};
use protox::prost::Message as _;

/// What came with `BuildKit` 0.31, which their snapshot does not reach. The golden graphs of `buildkit-llb` set each of
/// these and compare them with what Go writes.
const NEWER: [&str; 8] = [
    "pb.LinuxResources.cpuPeriod",
    "pb.LinuxResources.cpuQuota",
    "pb.LinuxResources.cpuShares",
    "pb.LinuxResources.cpusetCpus",
    "pb.LinuxResources.cpusetMems",
    "pb.LinuxResources.memory",
    "pb.LinuxResources.memorySwap",
    "pb.OpMetadata.linux_resources",
];

/// Everything that can be said about a field, an enum value or a method, by its full name.
type Facts = BTreeMap<String, String>;

#[test]
fn every_field_is_that_of_buildkit() {
    let bytes: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
    let ours = facts(&FileDescriptorSet::decode(bytes).unwrap());
    let theirs = facts(&compile(&resources()));

    let mut newer = BTreeSet::new();
    for (name, fact) in &ours {
        match theirs.get(name) {
            Some(known) => assert_eq!(fact, known, "{name}"),
            None => assert!(newer.insert(name.as_str())),
        }
    }
    assert_eq!(newer, BTreeSet::from(NEWER));

    let compared = ours.iter().filter(|(name, _)| !newer.contains(name.as_str()));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in compared.filter_map(|(_, fact)| fact.split(' ').next()) {
        *counts.entry(kind).or_default() += 1;
    }
    eprintln!("compared {counts:?}");
    // So that an empty comparison cannot pass.
    assert_eq!(counts, BTreeMap::from([("field", 303), ("method", 11), ("value", 20)]));
}

/// The .proto files inside the package, wherever cargo put it.
fn resources() -> PathBuf {
    // Only the packages of this platform are sure to be there without a network.
    let version = cargo(&["-vV"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let metadata = cargo(&["metadata", "--format-version=1", "--offline", "--filter-platform", host]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("JSON");
    let mut packages = metadata["packages"].as_array().expect("packages").iter();
    let package = packages.find(|package| package["name"] == "bollard-buildkit-proto").expect("the package");
    let manifest = Path::new(package["manifest_path"].as_str().expect("a path"));
    manifest.with_file_name("resources")
}

fn cargo(args: &[&str]) -> String {
    let directory = env!("CARGO_MANIFEST_DIR");
    let output = Command::new(env!("CARGO")).args(args).current_dir(directory).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// Their files need two changes to compile here: an import without use is dropped, and Google's own types are those
/// of the compiler.
fn compile(resources: &Path) -> FileDescriptorSet {
    let directory = tempfile::tempdir().expect("a directory");
    let mut pending = vec![resources.to_path_buf()];
    while let Some(path) = pending.pop() {
        let relative = path.strip_prefix(resources).expect("inside");
        if path.is_dir() {
            if relative != Path::new("google/protobuf") {
                std::fs::create_dir_all(directory.path().join(relative)).expect("a directory");
                pending
                    .extend(path.read_dir().expect("readable").map(|entry| entry.expect("an entry").path()));
            }
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let lines: Vec<&str> = text.lines().filter(|line| !line.contains("vtproto/ext.proto")).collect();
        std::fs::write(directory.path().join(relative), lines.join("\n")).expect("writable");
    }
    let gateway = "moby/buildkit/v1/frontend/gateway.proto";
    protox::compile([gateway], [directory.path()]).expect("their files compile")
}

fn facts(set: &FileDescriptorSet) -> Facts {
    let mut facts = Facts::new();
    for file in set.file.iter().filter(|file| file.package() != "google.protobuf") {
        file.message_type.iter().for_each(|message| add_message(&mut facts, file.package(), message));
        file.enum_type.iter().for_each(|values| add_enum(&mut facts, file.package(), values));
        add_services(&mut facts, file);
    }
    facts
}

fn add_message(facts: &mut Facts, scope: &str, message: &DescriptorProto) {
    let scope = format!("{scope}.{}", message.name());
    for field in &message.field {
        facts.insert(format!("{scope}.{}", field.name()), field_fact(message, field));
    }
    // Maps are messages nested in theirs.
    message.nested_type.iter().for_each(|nested| add_message(facts, &scope, nested));
    message.enum_type.iter().for_each(|values| add_enum(facts, &scope, values));
}

fn field_fact(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let oneof = field.oneof_index.and_then(|index| message.oneof_decl.get(usize::try_from(index).ok()?));
    let (label, kind): (Label, Type) = (field.label(), field.r#type());
    let oneof = oneof.map_or("", |oneof| oneof.name());
    format!(
        "field {} {label:?} {kind:?} {} {oneof} {}",
        field.number(),
        field.type_name(),
        field.proto3_optional()
    )
}

fn add_enum(facts: &mut Facts, scope: &str, values: &EnumDescriptorProto) {
    for value in &values.value {
        let name = format!("{scope}.{}.{}", values.name(), value.name());
        facts.insert(name, format!("value {}", value.number()));
    }
}

fn add_services(facts: &mut Facts, file: &FileDescriptorProto) {
    for service in &file.service {
        for method in &service.method {
            let name = format!("{}.{}.{}", file.package(), service.name(), method.name());
            let streams = (method.client_streaming(), method.server_streaming());
            let fact = format!("method {} {} {streams:?}", method.input_type(), method.output_type());
            facts.insert(name, fact);
        }
    }
}
