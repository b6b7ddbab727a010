//! What holds for every graph, and what a graph reads like.

mod graphs;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use buildkit_llb::{
    Copy, Definition, Digest, Exec, File, Image, LineRange, Local, Location, Merge, Metadata, Mkdir, Mount,
    Network, Platform, SourceFile, SpliceError,
};
use buildkit_proto::pb;
use prost::Message as _;

#[test]
fn the_same_graph_is_the_same_bytes() {
    for (name, build) in graphs::ALL {
        let bytes = || Definition::of(&build()).to_proto().encode_to_vec();
        let all: BTreeSet<_> = (0..25).map(|_| bytes()).collect();
        assert_eq!(all.len(), 1, "{name}");
    }
}

/// `UPDATE_GOLDEN=1 cargo test -p buildkit-llb` writes the texts anew.
#[test]
fn a_graph_reads_like_its_golden_text() {
    for (name, build) in graphs::ALL {
        let text = Definition::of(&build()).to_string();
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name).with_extension("txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(text, std::fs::read_to_string(&path).unwrap(), "{name}");
    }
}

/// The example itself is compiled as the one of the crate's documentation.
#[test]
fn the_example_of_the_readme_prints_what_the_readme_says() {
    let block = |text: &'static str, start: &str| -> &'static str {
        let (_, rest) = text.split_once(start).unwrap();
        rest.split("```").next().unwrap()
    };
    let readme = include_str!("../README.md");
    let program = readme.lines().find(|line| line.contains("Exec::new")).unwrap();
    assert!(include_str!("../src/lib.rs").contains(program));

    let platform = Platform::parse("linux/amd64").unwrap();
    let compiler = Image::new("registry.example/gcc:15").platform(&platform).build();
    let sources =
        Local::new("context").include_patterns(["*.c"]).metadata(Metadata::named("load sources")).build();
    let compile = Exec::new(["gcc", "-static", "-o", "/out/hello", "/src/hello.c"])
        .platform(&platform)
        .network(Network::None)
        .mount(Mount::root(compiler))
        .mount(Mount::read_only(sources, "/src"))
        .mount(Mount::scratch("/out"))
        .build();
    let text = Definition::of(&compile.output("/out").unwrap()).to_string();
    assert_eq!(text, block(readme, "```text\n"));
}

#[test]
fn inputs_stand_before_what_uses_them_and_only_once() {
    for (name, build) in graphs::ALL {
        let definition = Definition::of(&build()).to_proto();
        let mut before = BTreeSet::new();
        for op in &definition.def {
            for input in pb::Op::decode(op.as_slice()).unwrap().inputs {
                assert!(before.contains(&input.digest), "{name}");
            }
            let digest = Digest::of(op).to_string();
            assert!(definition.metadata.contains_key(&digest), "{name}");
            assert!(before.insert(digest), "{name}");
        }
    }
}

#[test]
fn equal_ops_are_one_vertex() {
    let layer = || File::scratch().mkdir(Mkdir::new("/x")).build();
    let definition = Definition::of(&Merge::new([layer(), layer()]).build());
    assert_eq!(definition.vertices().count(), 2);
    assert_eq!(layer(), layer());
}

#[test]
fn nothing_said_about_an_op_changes_it() {
    let dir = |metadata| File::scratch().mkdir(Mkdir::new("/x")).metadata(metadata).build();
    assert_eq!(dir(Metadata::named("one").ignore_cache()), dir(Metadata::default()));
}

#[test]
fn the_empty_file_system_is_the_empty_definition() {
    let scratch = Definition::scratch();
    assert_eq!(scratch.to_proto(), pb::Definition::default());
    assert_eq!(scratch.to_string(), "result: scratch\n");
    assert_eq!(Definition::input(&scratch.to_proto()), Ok(None));
}

#[test]
fn only_a_writable_mount_is_an_output() {
    let base = || Image::new("registry.example/base:1").build();
    let exec = Exec::new(["true"])
        .mount(Mount::root(base()))
        .mount(Mount::read_only(base(), "/in"))
        .mount(Mount::discard(base(), "/tmp/in"))
        .mount(Mount::tmpfs("/tmp"))
        .mount(Mount::scratch("/out/b"))
        .mount(Mount::writable(base(), "/out/a"))
        .build();
    let outputs = ["/", "/in", "/tmp/in", "/tmp", "/nowhere"].map(|dest| exec.output(dest));
    assert_eq!(outputs, [const { None }; 5]);
    assert_eq!(exec.output("/out/a").unwrap().index(), 0);
    assert_eq!(exec.output("/out/b").unwrap().index(), 1);
}

#[test]
fn what_changes_nothing_is_no_vertex() {
    let base = Image::new("registry.example/base:1").build();
    assert_eq!(File::on(base.clone()).build(), base);
    assert_eq!(Merge::new([base.clone()]).build(), base);
}

#[test]
fn a_received_graph_stays_as_it_is() {
    for (name, build) in graphs::ALL {
        let sent = Definition::of(&build()).to_proto();
        let received = Definition::input(&sent).unwrap().unwrap();
        assert_eq!(Definition::of(&received).to_proto(), sent, "{name}");
        assert_eq!(Definition::of(&received).to_string(), Definition::of(&build()).to_string(), "{name}");
    }
}

#[test]
fn a_received_graph_keeps_what_is_not_known_here() {
    // A vertex of a kind from the future, field 99.
    let op = [0x9a, 0x06, 0x01, 0x2a].to_vec();
    let digest = Digest::of(&op).to_string();
    let input = pb::Input { digest: digest.clone(), index: 3 };
    let last = pb::Op { inputs: vec![input], ..pb::Op::default() }.encode_to_vec();
    let received = pb::Definition { def: vec![op.clone(), last], ..pb::Definition::default() };
    let output = Definition::input(&received).unwrap().unwrap();
    assert_eq!((output.digest().as_str(), output.index()), (digest.as_str(), 3));

    let copied = File::scratch().copy(Copy::new(output, "/", "/")).build();
    let definition = Definition::of(&copied);
    assert_eq!(definition.to_proto().def[0], op);
    assert!(definition.to_string().starts_with("op1:\n\nfile1:\n  on scratch\n  copy op1:3 / -> /\n"));
}

#[test]
fn a_received_graph_with_a_hole_is_refused() {
    let mut received = Definition::of(&graphs::named("exec_binds")).to_proto();
    let op = received.def.remove(0);
    let digest = Digest::of(op).to_string();
    assert_eq!(Definition::input(&received), Err(SpliceError::UnknownInput(digest)));

    received.def = vec![vec![]];
    assert_eq!(Definition::input(&received), Err(SpliceError::NoResult));

    received.def = vec![vec![0xff]];
    assert!(matches!(Definition::input(&received), Err(SpliceError::Decode(_))));

    let mut received = Definition::of(&graphs::named("source_locations")).to_proto();
    received.source.as_mut().unwrap().infos.clear();
    assert!(matches!(Definition::input(&received), Err(SpliceError::UnknownFile(_))));
}

/// As long as a message of 16 MiB allows; recursion would overflow the stack of a test.
#[test]
fn a_long_chain_is_no_trouble() {
    let mut output = Image::new("registry.example/base:1").build();
    for index in 0..30_000 {
        output = File::on(output).mkdir(Mkdir::new(index.to_string())).build();
    }
    let definition = Definition::of(&output);
    assert_eq!(definition.vertices().count(), 30_001);
    let received = Definition::input(&definition.to_proto()).unwrap().unwrap();
    drop((output, definition));
    drop(received);
}

#[test]
fn a_place_is_listed_once_and_files_by_content() {
    let file = || {
        let (filename, language) = ("a.yaml".to_owned(), "YAML".to_owned());
        Arc::new(SourceFile { filename, language, data: b"a".to_vec(), definition: None })
    };
    let dir = |path: &str| {
        let place = || Location { file: file(), ranges: vec![LineRange::line(1)] };
        let metadata = Metadata::default().at(place()).at(place());
        File::scratch().mkdir(Mkdir::new(path)).metadata(metadata).build()
    };
    let source = Definition::of(&Merge::new([dir("a"), dir("b")]).build()).to_proto().source.unwrap();
    assert_eq!(source.infos.len(), 1);
    assert_eq!(source.locations.values().map(|places| places.locations.len()).collect::<Vec<_>>(), [1, 1]);
}
