//! What a daemon is asked, and in which words, for daemons old and new.

use super::build;
use crate::daemon::{Call, Fault, Generation};
use buildkit_llb::{Definition, Digest};
use buildkit_proto::pb;
use prost::Message as _;

#[test]
fn a_daemon_of_today_is_asked_for_a_listing() {
    let outcome = build("minimal").serve();
    let solved = [
        "[image] COPY app /",
        "[internal] list build context",
        "[internal] load .dockerignore",
        "[internal] load build definition from gobuild.yaml",
    ];
    assert_eq!(outcome.subjects(Call::Solve), solved);
    let images = ["docker.io/library/golang:1.26-alpine", "gcr.io/distroless/static:nonroot"];
    assert_eq!(outcome.subjects(Call::ResolveSourceMeta), images);
    assert_eq!(outcome.count(Call::ReadDir) + outcome.count(Call::ResolveImageConfig), 0);
}

#[test]
fn an_old_daemon_is_asked_in_the_old_way() {
    for generation in [Generation::Old, Generation::Silent] {
        let mut daemon = build("minimal").option("build-arg:UNUSED", "1");
        daemon.generation = generation;
        let outcome = daemon.serve();
        assert!(outcome.subjects(Call::ReadDir).contains(&"."), "{:?}", outcome.calls);
        assert_eq!(outcome.count(Call::ResolveImageConfig), 2);
        assert_eq!(outcome.count(Call::ResolveSourceMeta) + outcome.count(Call::Warn), 0);
        outcome.result();
    }
}

#[test]
fn an_image_is_asked_for_once_on_each_platform() {
    let outcome = build("minimal").option("platform", "linux/amd64,linux/arm64").serve();
    let images = [
        "docker.io/library/golang:1.26-alpine",
        "gcr.io/distroless/static:nonroot",
        "gcr.io/distroless/static:nonroot",
    ];
    assert_eq!(outcome.subjects(Call::ResolveSourceMeta), images);
}

#[test]
fn after_a_mistake_in_the_build_file_nothing_is_asked_for() {
    let outcome = build("main-outside-the-context").serve();
    let calls: Vec<(Call, &str)> =
        outcome.calls.iter().map(|(call, about)| (*call, about.as_str())).collect();
    let expected = [
        (Call::Ping, ""),
        (Call::Inputs, ""),
        (Call::Solve, "[internal] load build definition from gobuild.yaml"),
        (Call::ReadFile, "gobuild.yaml"),
        (Call::ReadFile, "gobuild.yaml.dockerignore"),
        (Call::Return, ""),
    ];
    assert_eq!(calls, expected);
}

/// Clients drop warnings about vertices that they have not seen.
#[test]
fn a_warning_is_shown_below_the_build_file() {
    let outcome = build("minimal").option("build-arg:UNUSED", "1").serve();
    let [warning] = outcome.warnings.as_slice() else { panic!("{:?}", outcome.warnings) };
    let loaded = outcome.solved.values().any(|request| {
        let definition = request.definition.as_ref().expect("a definition");
        let output = Definition::input(definition).expect("a graph").expect("something");
        let ops = definition.def.iter().filter_map(|op| pb::Op::decode(op.as_slice()).ok());
        let file = ops.into_iter().any(|op| format!("{op:?}").contains("local://dockerfile"));
        file && output.digest().to_string() == warning.digest
    });
    assert!(loaded, "{} is no vertex that loaded the build file", warning.digest);
    assert!(warning.ranges.iter().all(|range| range.start.is_some() && range.end.is_some()));
}

/// The builtin frontend has just loaded the build file by this very op, so the daemon transfers nothing.
#[test]
fn the_build_file_is_loaded_as_the_builtin_frontend_loads_it() {
    let attributes = [
        ("local.differ", "none"),
        ("local.followpaths", r#"["gobuild.yaml","gobuild.yaml.dockerignore"]"#),
        ("local.session", "session"),
        ("local.sharedkeyhint", "dockerfile"),
    ];
    let source = pb::SourceOp {
        identifier: "local://dockerfile".to_owned(),
        attrs: attributes.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    };
    let head = pb::Op { constraints: Some(pb::WorkerConstraints::default()), ..pb::Op::default() };
    let kind = pb::Op { op: Some(pb::op::Op::Source(source)), ..pb::Op::default() };
    let digest = Digest::of([head.encode_to_vec(), kind.encode_to_vec()].concat());

    let outcome = build("minimal").serve();
    let loads = outcome.solved.values().filter(|request| {
        let ops = request.definition.iter().flat_map(|definition| &definition.def);
        ops.into_iter().any(|op| Digest::of(op) == digest)
    });
    assert_eq!(loads.count(), 1);
}

/// The largest message that daemons send is 16 MiB; few listings come near that.
#[test]
fn a_listing_of_twelve_mebibytes_is_read() {
    let name = "x".repeat(250);
    let long = [name.as_str(); 15].join("/");
    let mut daemon = build("minimal");
    daemon.made_up = (0..3200).map(|number| format!("pad/{number}/{long}")).collect();
    let in_parts = daemon.serve();
    in_parts.result();
    assert!(
        in_parts.subjects(Call::ReadFile).iter().filter(|path| **path == ".fsutil-metadata").count() >= 4
    );

    let mut daemon = build("minimal").fault(Fault::whole_files().about(".fsutil-metadata"));
    daemon.made_up = (0..3200).map(|number| format!("pad/{number}/{long}")).collect();
    daemon.serve().result();
}
