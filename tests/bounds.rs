//! What a hostile build file can cost: 64 MiB and little time.
//!
//! Every file here is answered by an error that every daemon takes, and the process ends well.

mod daemon;

use buildkit_llb::SourceFile;
use daemon::{Daemon, Outcome};
use gobuild::spec::{Document, Door};
use prost::Message as _;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

const MOST_MEMORY: u64 = 64 << 20;
/// Wide, as other tests run beside; what is quadratic takes minutes.
const LONGEST: Duration = Duration::from_secs(10);
/// What daemons before BuildKit 0.14 take in one message.
const LARGEST_ANSWER: usize = 4 << 20;
/// What people read of a message.
const LONGEST_MESSAGE: usize = 16 << 10;

/// Builds a program with this build file.
fn build(yaml: &str) -> Outcome {
    let directory = TempDir::new().expect("a temporary directory");
    for (name, text) in
        [("go.mod", "module example.com/app\n"), ("main.go", "package main\n"), ("gobuild.yaml", yaml)]
    {
        fs::write(directory.path().join(name), text).expect("a file");
    }
    Daemon::new(directory.path()).option("filename", "gobuild.yaml").serve()
}

/// The message that the build file is refused with, at no great cost.
#[track_caller]
fn refusal(yaml: &str) -> String {
    let outcome = build(yaml);
    cheap(&outcome);
    let error = outcome.error();
    assert_eq!(error.code, tonic::Code::Unknown as i32, "{}", error.message);
    assert!(error.encoded_len() < LARGEST_ANSWER, "an answer of {} bytes", error.encoded_len());
    assert!(error.message.len() < LONGEST_MESSAGE, "a message of {} bytes", error.message.len());
    error.message.clone()
}

#[track_caller]
fn cheap(outcome: &Outcome) {
    let memory = outcome.peak_memory.expect("a process that answers");
    assert!(memory < MOST_MEMORY, "{} MiB", memory >> 20);
    assert!(outcome.elapsed < LONGEST, "{:?}", outcome.elapsed);
    assert!(outcome.status.success(), "{}: {}", outcome.status, outcome.stderr);
}

#[test]
fn aliases_of_aliases() {
    let items = |alias: &str| [alias; 10].join(", ");
    let levels =
        (1..10).map(|level| format!("x-{level}: &a{level} [{}]\n", items(&format!("*a{}", level - 1))));
    let bomb = format!("x-0: &a0 [{}]\n{}", items("x"), levels.collect::<String>());
    assert!(refusal(&bomb).starts_with("more than 20000 values"));
}

/// Few values, and each of them long.
#[test]
fn aliases_of_a_long_text() {
    let yaml = format!("x-0: &a {}\nx-1: [{}]\n", "x".repeat(100_000), "*a, ".repeat(10_000));
    cheap(&build(&yaml));
}

#[test]
fn deep_nesting() {
    for open in ["[", "{a: ", "- ", "? "] {
        let message = refusal(&format!("x-deep: \n  {}\n", open.repeat(100_000)));
        assert!(message.contains("deep") || message.contains("YAML"), "{message}");
    }
    let indented: Vec<String> = (0..1_000).map(|depth| format!("{}x-a:", " ".repeat(depth))).collect();
    assert!(refusal(&indented.join("\n")).contains("nested deeper"));
}

/// The reading by itself, at its best of a few times, as other tests run beside.
#[test]
fn bombs_are_refused_in_a_tenth_of_a_second() {
    let items = |alias: &str| [alias; 10].join(", ");
    let levels =
        (1..10).map(|level| format!("x-{level}: &a{level} [{}]\n", items(&format!("*a{}", level - 1))));
    let bomb = format!("x-0: &a0 [{}]\n{}", items("x"), levels.collect::<String>());
    let texts = format!("x-0: &a {}\nx-1: [{}]\n", "x".repeat(100_000), "*a, ".repeat(10_000));
    let deep = ["[", "{a: ", "- ", "? "].map(|open| format!("x-deep: \n  {}\n", open.repeat(100_000)));
    for yaml in deep.into_iter().chain([bomb, texts]) {
        let file = Arc::new(SourceFile {
            filename: "gobuild.yaml".to_owned(),
            language: "YAML".to_owned(),
            data: yaml.into_bytes(),
            definition: None,
        });
        let time = |_| {
            let start = Instant::now();
            assert!(Document::parse(&file, Door::Yaml, "image").is_err());
            start.elapsed()
        };
        // The first that is quick enough will do: a machine may have other things to do for a while.
        let quick = (0..50).map(time).any(|time| time < Duration::from_millis(100));
        assert!(quick, "{:?}", file.data.get(..40));
    }
}

#[test]
fn a_file_that_is_too_long() {
    for mebibytes in [2, 20] {
        let message = refusal(&format!("# {}\n", "x".repeat(mebibytes << 20)));
        assert!(message.contains("1048576"), "{message}");
    }
}

/// Each problem has an excerpt and each excerpt the whole file; the sum has a limit all the same.
#[test]
fn unknown_keys_without_end() {
    let keys: Vec<String> = (0..9_000).map(|number| format!("key{number}: 1")).collect();
    assert!(refusal(&keys.join("\n")).contains("problems"));
}

/// A place is looked for where each of them might belong.
#[test]
fn misplaced_keys_without_end() {
    assert!(refusal(&format!("generate:\n{}", "  - {base: x}\n".repeat(4_000))).contains("problems"));
}

/// Each finding is told with the whole file.
#[test]
fn findings_without_end() {
    let args: Vec<String> = (0..9_000).map(|number| format!("  A{number}: x\n")).collect();
    let outcome = build(&format!("args:\n{}", args.concat()));
    cheap(&outcome);
    assert!(outcome.warnings.len() < 100, "{} warnings", outcome.warnings.len());
}

#[test]
fn repeated_keys_without_end() {
    assert!(refusal(&"image:\n".repeat(9_000)).contains("problems"));
}

#[test]
fn a_few_problems_in_a_long_file() {
    let yaml = format!("a: 1\nb: 1\nc: 1\nd: 1\n# {}\n", "x".repeat(1_000_000));
    assert!(refusal(&yaml).contains("problems"));
}

#[test]
fn long_words() {
    refusal(&format!("{}: 1\n", "k".repeat(500_000)));
    refusal(&format!("main: {}\n", "m/".repeat(250_000)));
    refusal(&format!("image:\n  base: {}\n", "b".repeat(500_000)));
    refusal(&format!("image:\n  user: {}\n", "9".repeat(500_000)));
    refusal(&format!("image:\n  env:\n    A: {}\n", "${".repeat(250_000)));
}

/// One arg in a value many times over.
#[test]
fn expansion() {
    let value = "x".repeat(10_000);
    let yaml = format!("args:\n  A: {value}\nimage:\n  labels:\n    a: {}\n", "${A}".repeat(50_000));
    cheap(&build(&yaml));
}

#[test]
fn lists_of_thousands() {
    let list = |item: fn(usize) -> String| (0..9_000).map(item).collect::<Vec<_>>().join(", ");
    cheap(&build(&format!("build:\n  tags: [{}]\n", list(|number| format!("t{number}")))));
    cheap(&build(&format!("main: [{}]\n", list(|number| format!("./cmd/{number}")))));
    cheap(&build(&format!("image:\n  cmd: [{}]\n", list(|number| number.to_string()))));
}

#[test]
fn every_port() {
    cheap(&build("image:\n  ports: [1-65535]\n"));
}

/// Each inherits everything that is at the top.
#[test]
fn targets_without_end() {
    let lines = |count: usize, line: fn(usize) -> String| (0..count).map(line).collect::<Vec<_>>().join("\n");
    let targets = |count| lines(count, |number| format!("  t{number}:"));
    let labels = |count| lines(count, |number| format!("    l{number}: x"));
    let many = |tops, count| format!("image:\n  labels:\n{}\ntargets:\n{}", labels(tops), targets(count));
    assert!(refusal(&many(10, 9_000)).contains("values"));
    assert!(refusal(&many(5_000, 100)).contains("values"));
    cheap(&build(&many(90, 900)));
    let long = format!("x-text: {}\ntargets:\n{}", "x".repeat(500_000), targets(100));
    assert!(refusal(&long).contains("bytes of text"));
    // The same mistake in each.
    refusal(&format!("image: {{usr: 1}}\ntargets:\n{}", targets(900)));
    refusal(&format!("targets:\n{}", lines(900, |number| format!("  t{number}: {{mian: 1}}"))));
}

/// What `gobuild.init` makes of a Dockerfile, at no great cost.
#[track_caller]
fn init(dockerfile: &str) -> String {
    let directory = TempDir::new().expect("a temporary directory");
    for (name, text) in
        [("go.mod", "module example.com/app\n"), ("main.go", "package main\n"), ("Dockerfile", dockerfile)]
    {
        fs::write(directory.path().join(name), text).expect("a file");
    }
    let daemon = Daemon::new(directory.path()).option("filename", "Dockerfile");
    let outcome = daemon.option("requestid", "frontend.gobuild.init").serve();
    cheap(&outcome);
    String::from_utf8_lossy(&outcome.result().metadata["result.txt"]).into_owned()
}

const COMPILES: &str = "FROM golang AS s0\nWORKDIR /src\nCOPY . .\nRUN go build -o /app .\n";

/// A mebibyte of stages that copy from each other; and as many as are read, each with a hundred ways to the program.
#[test]
fn dockerfiles_of_stages_without_end() {
    let stage = |number: usize, copies: usize| {
        let copy = format!("COPY --from=s{} / /\n", number - 1);
        format!("FROM scratch AS s{number}\n{}", copy.repeat(copies))
    };
    let many: String = (1..).map(|number| stage(number, 2)).take(15_300).collect();
    assert!((1_000_000..1 << 20).contains(&many.len()), "{} bytes", many.len());
    assert!(init(&format!("{COMPILES}{many}")).contains("too much to be read"));
    let wide: String = (1..200).map(|number| stage(number, 10)).collect();
    assert!(init(&format!("{COMPILES}{wide}")).contains("image:"));
    let programs = "RUN go build -o /bin/a ./a\n".repeat(500);
    assert!(init(&format!("{COMPILES}{programs}{wide}")).contains("too many copies to follow"));
    let below = |number: usize| format!("FROM s{} AS s{number}\n", number - 1);
    let below: String = (1..200).map(below).collect();
    init(&format!("{COMPILES}{below}"));
}

#[test]
fn dockerfiles_of_variables_and_words_without_end() {
    let twice = |number: usize| format!("ENV A{number}=$A{0}$A{0}\n", number - 1);
    let doubled: String = (1..100).map(twice).collect();
    assert!(init(&format!("FROM golang\nENV A0=0123456789\n{doubled}")).contains("too much to be read"));
    let args: String = (1..100).map(|number| twice(number).replace("ENV", "ARG")).collect();
    assert!(init(&format!("ARG A0=0123456789\n{args}FROM golang\n")).contains("too much to be read"));
    init(&format!("FROM golang\nENV A={}\nLABEL b={}\n", "x".repeat(100_000), "$A".repeat(100_000)));
    init(&format!("FROM golang\nRUN {}\n", "go build -tags=a . && ".repeat(40_000)));
    init(&format!("FROM golang\nRUN go build -tags={} .\n", "a,".repeat(500_000)));
    init(&format!("FROM golang\nRUN {}\n", "$(".repeat(500_000)));
    let variable = |number: usize| format!("ENV A{number}=x\nRUN go vet\n");
    let variables: String = (0..2_000).map(variable).collect();
    init(&format!("FROM golang\n{variables}"));
    let label = |number: usize| format!("EXPOSE x{number}\nVOLUME y{number}\n");
    let labels: String = (0..3_000).map(label).collect();
    init(&format!("{COMPILES}FROM scratch\nCOPY --from=s0 /app /\n{labels}"));
}
