//! Contexts that are not directories of the client: what is asked of the daemon, and what nobody gets to see.

mod daemon;

use buildkit_proto::pb;
use daemon::{Call, Daemon, Generation, Outcome};
use prost::Message as _;
use std::fs;
use tempfile::TempDir;

const URL: &str = "https://me:hunter2@example.org/app.git#main";
const IDENTIFIER: &str = "git://example.org/app.git#main";

/// A repository with a program.
fn repository(files: &[(&str, &str)]) -> TempDir {
    let directory = TempDir::new().expect("a temporary directory");
    let program = [
        ("go.mod", "module example.com/app\n"),
        ("main.go", "package main\n\nvar commit string\n"),
        ("gobuild.yaml", "build:\n  stamp:\n    main.commit: ${COMMIT:-unknown}\n"),
    ];
    for (name, text) in program.iter().chain(files) {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    directory
}

fn build(repository: &TempDir) -> Daemon {
    let mut daemon = Daemon::new("/nowhere").option("filename", "gobuild.yaml").option("context", URL);
    daemon.sources.insert(IDENTIFIER.to_owned(), repository.path().to_owned());
    daemon
}

/// The stamp of the program: what its step puts there, or what the linker writes.
fn stamp(outcome: &Outcome) -> String {
    let (_, graph) = outcome.graphs()[0];
    let ops = graph.def.iter().filter_map(|op| pb::Op::decode(op.as_slice()).ok());
    let argv = ops.filter_map(|op| match op.op {
        Some(pb::op::Op::Exec(exec)) => exec.meta.map(|meta| meta.args.join(" ")),
        _ => None,
    });
    let argv: Vec<String> = argv.collect();
    let late =
        argv.iter().find(|argv| argv.starts_with("/stamp ")).and_then(|argv| argv.split(' ').next_back());
    let linked = || argv.iter().find_map(|argv| argv.split_once("main.commit=")).expect("a stamp").1;
    late.or_else(|| linked().split(' ').next()).expect("a value").to_owned()
}

#[test]
fn a_repository_is_walked_without_the_client() {
    let repository = repository(&[("docs/README.md", "words"), ("internal/x/x.go", "package x\n")]);
    let outcome = build(&repository).serve();
    assert!(outcome.solved.len() >= 3);
    let asked: Vec<&str> = outcome.subjects(Call::ReadDir);
    assert_eq!(asked, [".", "internal", "internal/x"]);
    assert_eq!(outcome.count(Call::Inputs), 0);
    assert!(outcome.subjects(Call::ResolveSourceMeta).contains(&IDENTIFIER));
    assert_eq!(stamp(&outcome), "c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00");
}

/// Which costs a checkout, so only where somebody asks for it.
#[test]
fn a_daemon_that_does_not_say_the_commit_has_it_in_a_file() {
    let head = "0123456789012345678901234567890123456789\n";
    for (yaml, checkouts) in
        [("build:\n  stamp:\n    main.commit: ${COMMIT:-unknown}\n", 1), ("main: .\n", 0)]
    {
        let repository = repository(&[(".git/HEAD", head), ("gobuild.yaml", yaml)]);
        let mut daemon = build(&repository);
        daemon.generation = Generation::Old;
        let outcome = daemon.serve();
        assert_eq!(
            outcome.subjects(Call::ReadFile).iter().filter(|path| **path == ".git/HEAD").count(),
            checkouts
        );
        assert!(!outcome.subjects(Call::ReadDir).contains(&".git"), "{:?}", outcome.calls);
        if checkouts > 0 {
            assert_eq!(stamp(&outcome), head.trim());
        }
    }
    // Something else than a commit is not taken for one.
    let repository = repository(&[(".git/HEAD", "ref: refs/heads/main\n")]);
    let mut daemon = build(&repository);
    daemon.generation = Generation::Old;
    assert_eq!(stamp(&daemon.serve()), "unknown");
}

#[test]
fn credentials_are_for_the_daemon_alone() {
    let repository = repository(&[]);
    let shown = |outcome: &Outcome| -> String {
        let names = outcome.solved.values().flat_map(|solved| {
            let metadata = solved.definition.iter().flat_map(|definition| definition.metadata.values());
            metadata.flat_map(|metadata| metadata.description.values().cloned()).collect::<Vec<_>>()
        });
        let answers = outcome.returned.iter().map(|returned| format!("{returned:?}"));
        names.chain(answers).chain(outcome.calls.iter().map(|call| format!("{call:?}"))).collect()
    };
    let built = build(&repository).serve();
    assert!(shown(&built).contains("load git source https://xxxxx@example.org"));
    let outcomes = [
        built,
        build(&repository).option("requestid", "frontend.gobuild.explain").serve(),
        build(&repository).option("filename", "missing.yaml").serve(),
        build(&repository).option("context", "https://me:hunter2@example.org/app.git?what=hunter2").serve(),
        build(&repository).option("context", "https://example.org/app.tar?signature=hunter2").serve(),
        build(&repository).option("context:golang:1.26-alpine", "ftp://me:hunter2@example.org").serve(),
    ];
    for outcome in outcomes {
        assert!(!shown(&outcome).contains("hunter2"), "{}", shown(&outcome));
        assert!(!outcome.stderr.contains("hunter2"));
    }
}

#[test]
fn a_file_behind_a_url_can_be_too_large() {
    let directory = repository(&[("large", &"# words\n".repeat(1 << 20))]);
    let url = "https://example.org/large";
    let mut daemon = Daemon::new("/nowhere").option("filename", "gobuild.yaml").option("context", url);
    daemon.sources.insert(url.to_owned(), directory.path().join("large"));
    let outcome = daemon.serve();
    assert!(outcome.error().message.contains("too much to read"), "{}", outcome.error().message);
    assert!(outcome.bytes_read < 4 << 20, "{} bytes", outcome.bytes_read);
}

/// The file is loaded by the operation of the builtin frontend, so that it is fetched once.
#[test]
fn options_are_part_of_the_source_as_elsewhere() {
    let repository = repository(&[]);
    let build = build(&repository)
        .option("build-arg:BUILDKIT_CONTEXT_KEEP_GIT_DIR", "true")
        .option("build-arg:SOURCE_DATE_EPOCH", "1");
    let outcome = build.serve();
    let loaded =
        outcome.solved.values().next().and_then(|solved| solved.definition.clone()).expect("a graph");
    let source = buildkit_llb::Git::new("https://me:hunter2@example.org/app.git")
        .reference("main")
        .keep_git_dir()
        .mtime_commit()
        .build();
    assert_eq!(loaded.def, buildkit_llb::Definition::of(&source).to_proto().def);
}
