//! How the process behaves towards a daemon, whatever is built: what it asks for, and what it does when the daemon is
//! old, slow, out of order or gone.

mod daemon;

use buildkit_llb::{Definition, Digest, Platform};
use buildkit_proto::{pb, rpc};
use daemon::{Call, Daemon, Fault, Generation, Outcome, Workers};
use prost::Message as _;
use prost_types::Any;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tonic::{Code, Status};

/// The files of a case, built with `-f gobuild.yaml`.
fn build(case: &str) -> Daemon {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    Daemon::new(root.join(case).join("context")).option("filename", "gobuild.yaml")
}

/// A Go program with this build file.
fn project(yaml: &str) -> TempDir {
    let directory = TempDir::new().expect("a temporary directory");
    for (name, text) in
        [("go.mod", "module example.com/app\n"), ("main.go", "package main\n"), ("gobuild.yaml", yaml)]
    {
        fs::write(directory.path().join(name), text).expect("a file");
    }
    directory
}

fn build_in(directory: &TempDir) -> Daemon {
    Daemon::new(directory.path()).option("filename", "gobuild.yaml")
}

/// The platforms that the result is for.
fn platforms(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.result().metadata["refs.platforms"]).into_owned()
}

fn detail(name: &str, value: &[u8]) -> Any {
    Any { type_url: format!("github.com/moby/buildkit/{name}"), value: value.to_vec() }
}

fn failure(message: &str, details: Vec<Any>) -> Status {
    let status = rpc::Status { code: Code::Unknown as i32, message: message.to_owned(), details };
    Status::with_details(Code::Unknown, message, status.encode_to_vec().into())
}

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

fn explain(daemon: Daemon) -> String {
    let outcome = daemon.option("requestid", "frontend.gobuild.explain").serve();
    String::from_utf8_lossy(&outcome.result().metadata["result.txt"]).into_owned()
}

/// It is an answer about the build, and not the build.
#[test]
fn an_explanation_asks_for_what_a_build_asks_for_and_solves_no_image() {
    for generation in [Generation::Current, Generation::Old, Generation::Silent] {
        let mut daemon = build("minimal").option("requestid", "frontend.gobuild.explain");
        daemon.generation = generation;
        let explained = daemon.serve();
        let mut daemon = build("minimal");
        daemon.generation = generation;
        let built = daemon.serve();
        let facts = |outcome: &Outcome| -> Vec<String> {
            let solved = outcome.subjects(Call::Solve).into_iter();
            solved.filter(|name| name.starts_with("[internal] ")).map(str::to_owned).collect()
        };
        assert_eq!(facts(&explained), facts(&built));
        assert_eq!(explained.count(Call::Solve), facts(&built).len());
        assert!(explained.result().metadata.contains_key("result.txt"));
    }
}

#[test]
fn the_schema_that_editors_read_is_the_one_that_a_build_prints() {
    let outcome = build("minimal").option("requestid", "frontend.gobuild.schema").serve();
    let committed = fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/gobuild.schema.json"));
    assert_eq!(outcome.result().metadata["result.json"], committed.expect("a file of the repository"));
    assert!(outcome.solved.is_empty(), "nothing has to be asked for");
}

#[test]
fn the_list_of_calls_needs_no_build_file() {
    let directory = TempDir::new().expect("a temporary directory");
    let outcome = build_in(&directory).option("requestid", "frontend.subrequests.describe").serve();
    assert!(outcome.result().metadata.contains_key("result.json"));
    let calls: Vec<Call> = outcome.calls.iter().map(|(call, _)| *call).collect();
    assert_eq!(calls, [Call::Ping, Call::Return]);
}

/// A program that is large enough is compiled in parts, each of which sees a part of the files.
#[test]
fn strata_are_explained_each_with_its_files() {
    let directory = project("cache: layers\n");
    let filling = format!("// {}\n", "x".repeat(3 << 20));
    for (name, import) in [("low", ""), ("high", "import _ \"example.com/app/low\"\n")] {
        fs::create_dir(directory.path().join(name)).expect("a directory");
        let text = format!("package {name}\n\n{import}\n{filling}");
        fs::write(directory.path().join(name).join("code.go"), text).expect("a file");
    }
    let main = "package main\n\nimport (\n\t_ \"example.com/app/high\"\n\t_ \"fmt\"\n)\n\nfunc main() {}\n";
    fs::write(directory.path().join("main.go"), main).expect("a file");
    let text = explain(build_in(&directory));
    let steps: Vec<&str> = text.split("\n\n").filter(|step| step.starts_with("[build]")).collect();
    let [low, high, all] = steps.as_slice() else { panic!("{text}") };
    assert!(
        low.contains("stratum 1 of 2") && low.contains("a file of its package or go.mod changes"),
        "{text}"
    );
    assert!(high.contains("stratum 2 of 2") && high.contains("a file of its 2 packages or go.mod"), "{text}");
    assert!(all.contains("a file of its 3 packages or go.mod changes"), "{text}");
}

#[test]
fn an_error_of_the_daemon_is_passed_on_as_it_is() {
    let details = vec![
        detail("errdefs.Vertex+json", br#"{"digest":"sha256:00"}"#),
        detail("errdefs.Source+json", br#"{"info":{"filename":"gobuild.yaml"},"ranges":[]}"#),
        detail("errdefs.Solve+json", br#"{"inputIDs":["a"],"op":{"exec":{}}}"#),
        Any { type_url: "something/new".to_owned(), value: vec![0, 159, 146, 150] },
    ];
    let message = "process \"go build\" did not complete successfully: exit code: 1";
    for about in ["[internal] load build definition", "[internal] list build context", "[image] COPY"] {
        let fault = Fault::answer(Call::Solve, failure(message, details.clone())).about(about);
        let outcome = build("minimal").fault(fault).serve();
        let error = outcome.error();
        assert_eq!(error.details, details, "{about}");
        assert!(error.message.ends_with(message), "{}", error.message);
        assert_eq!(error.code, Code::Unknown as i32);
        assert!(outcome.status.success(), "the answer was given");
    }
}

#[test]
fn the_code_of_an_error_is_passed_on() {
    for (call, code) in [
        (Call::Ping, Code::PermissionDenied),
        (Call::ReadFile, Code::Cancelled),
        (Call::Solve, Code::ResourceExhausted),
    ] {
        let outcome = build("minimal").fault(Fault::answer(call, Status::new(code, "because"))).serve();
        assert_eq!(outcome.error().code, code as i32, "{call}");
        assert!(outcome.error().message.ends_with("because"), "{}", outcome.error().message);
    }
}

/// The excerpt of a large file and a stack trace come to more than HTTP/2 libraries take by default.
#[test]
fn an_error_with_large_details_survives() {
    for size in [64 << 10, 100 << 10, 1 << 20] {
        let details = vec![detail("errdefs.Source+json", &vec![b'x'; size])];
        let fault = Fault::answer(Call::Solve, failure("no", details.clone())).about("[image] COPY");
        let outcome = build("minimal").fault(fault).serve();
        assert!(outcome.error().details == details, "{size} bytes: {}", outcome.error().message);
    }
}

#[test]
fn a_warning_that_is_not_taken_is_no_failure() {
    let refuses = Fault::answer(Call::Warn, Status::unimplemented("no"));
    build("minimal").option("build-arg:UNUSED", "1").fault(refuses).serve().result();
}

/// Any other error of a file that may be missing is one.
#[test]
fn a_file_that_is_not_there_is_told_from_one_that_cannot_be_read() {
    let missing = Fault::answer(Call::ReadFile, Status::not_found("gone")).about(".dockerignore");
    build("minimal").fault(missing).serve().result();
    let broken = Fault::answer(Call::ReadFile, Status::unknown("input/output error")).about(".dockerignore");
    let outcome = build("minimal").fault(broken).serve();
    assert!(outcome.error().message.contains("input/output error"), "{}", outcome.error().message);
}

/// It is for a label, which is no reason to fail.
#[test]
fn a_licence_is_read_once_and_may_be_unreadable() {
    let label = "org.opencontainers.image.licenses";
    let two = build("license-of-the-repository").option("platform", "linux/amd64,linux/arm64").serve();
    assert_eq!(two.subjects(Call::ReadFile).iter().filter(|path| **path == "LICENSE").count(), 1);
    let config = |outcome: &Outcome, key: &str| {
        String::from_utf8_lossy(&outcome.result().metadata[key]).contains(label)
    };
    assert!(config(&two, "containerimage.config/linux/arm64"));
    let broken = Fault::answer(Call::ReadFile, Status::unknown("input/output error")).about("LICENSE");
    let outcome = build("license-of-the-repository").fault(broken).serve();
    assert!(!config(&outcome, "containerimage.config"));
}

/// Whichever registry is slower.
#[test]
fn of_several_missing_images_the_same_one_is_named() {
    let directory = project("builder: example/nothing:1\nimage:\n  base: example/nothing:2\n");
    let outcome = |slow: &str| {
        let delay = Fault::delay(Call::ResolveSourceMeta, Duration::from_millis(100)).about(slow);
        build_in(&directory).fault(delay).serve().error().clone()
    };
    assert_eq!(outcome("nothing:1").message, outcome("nothing:2").message);
}

#[test]
fn a_daemon_that_is_gone_ends_the_process() {
    for call in [Call::Ping, Call::Solve, Call::ReadFile, Call::ResolveSourceMeta, Call::Return] {
        let outcome = build("minimal").fault(Fault::close(call)).serve();
        assert!(!outcome.status.success(), "{call}");
        assert!(outcome.returned.is_empty(), "{call}");
        let outlived = outcome.outlived.expect("the pipes were closed");
        assert!(outlived < Duration::from_secs(5), "{call}: {outlived:?}");
    }
}

#[test]
fn an_answer_that_is_not_taken_is_a_failure() {
    let outcome = build("minimal").fault(Fault::answer(Call::Return, Status::unknown("already set"))).serve();
    assert!(!outcome.status.success());
    assert!(outcome.stderr.contains("already set"), "{}", outcome.stderr);
}

#[test]
fn a_slow_daemon_is_waited_for() {
    let mut daemon = build("minimal");
    for call in [Call::Ping, Call::Solve, Call::ResolveSourceMeta, Call::Return] {
        daemon = daemon.fault(Fault::delay(call, Duration::from_secs(1)));
    }
    let outcome = daemon.serve();
    outcome.result();
    assert!(outcome.status.success() && outcome.elapsed > Duration::from_secs(5));
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

#[test]
fn a_daemon_that_says_nothing_of_its_platform_is_like_this_process() {
    let own = Platform::new("linux", std::env::consts::ARCH, "").to_string();
    for workers in ["", "garbage", "[]", "{}", "[{}]", r#"[{"platforms":[]}]"#, r#"[{"platforms":null}]"#] {
        let mut daemon = build("minimal");
        daemon.workers = Workers::Text(workers.to_owned());
        assert!(platforms(&daemon.serve()).contains(&own), "{workers}");
    }
    let mut daemon = build("minimal");
    daemon.workers = Workers::Missing;
    assert!(platforms(&daemon.serve()).contains(&own));
}

#[test]
fn steps_run_on_the_first_platform_of_the_worker() {
    let mut daemon = build("minimal");
    daemon.workers = Workers::Text(r#"[{"platforms":[{"os":"linux","architecture":"arm64"}]}]"#.to_owned());
    let outcome = daemon.serve();
    assert!(platforms(&outcome).contains("linux/arm64"));
    let (_, graph) = outcome.graphs()[0];
    let output = Definition::input(graph).expect("a graph").expect("something");
    let text = Definition::of(&output).to_string();
    assert!(text.contains("platform linux/arm64") && !text.contains("amd64"), "{text}");
}

/// The kernel allows 128 KiB for one variable of the environment.
#[test]
fn a_long_option_arrives_whole() {
    let directory = project("args: {LONG: }\nimage:\n  env:\n    LONG: ${LONG}\n");
    let long = "=\n\"'`$(x)é".repeat(9_000);
    let outcome = build_in(&directory).option("build-arg:LONG", &long).serve();
    let config: serde_json::Value =
        serde_json::from_slice(&outcome.result().metadata["containerimage.config"]).expect("JSON");
    let environment = config["config"]["Env"].as_array().expect("a list");
    assert!(environment.iter().any(|entry| entry.as_str() == Some(&format!("LONG={long}"))));
}

#[test]
fn options_that_are_not_whole_are_none() {
    let daemon = build("minimal").option("", "").option("platform", "").option("build-arg:", "x");
    daemon.option("no-such-option", "").serve().result();
}

/// Daemons ignore the image's `USER`; a policy may not.
#[test]
fn neither_root_nor_a_place_to_write_is_needed() {
    let directory = TempDir::new().expect("a temporary directory");
    let mut daemon = build("two-platforms");
    // Not where it was compiled: that may be below a home that nobody else may enter.
    let program = directory.path().join("gobuild");
    fs::copy(&daemon.program, &program).expect("a copy");
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o555)).expect("ours");
    daemon.program = program;
    daemon.cwd = directory.path().to_owned();
    let runs_as_root = fs::metadata("/proc/self").expect("Linux").uid() == 0;
    daemon.uid = runs_as_root.then_some(65532);
    daemon.serve().result();
}

/// A person who tries the image out finds out what it is, and nothing is written where a daemon would listen.
#[test]
fn run_by_hand_it_says_what_it_is() {
    let directory = TempDir::new().expect("a temporary directory");
    let file = || fs::File::create(directory.path().join("output")).expect("a file");
    let forms: [(Stdio, Stdio); 4] = [
        (Stdio::null(), Stdio::piped()),
        (Stdio::null(), Stdio::null()),
        (Stdio::piped(), file().into()),
        (file().into(), Stdio::piped()),
    ];
    for (stdin, stdout) in forms {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gobuild"));
        let output = command.stdin(stdin).stdout(stdout).stderr(Stdio::piped()).spawn().expect("it starts");
        let output = output.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains("docker build"), "{stderr}");
        assert!(output.stdout.is_empty());
    }
    assert_eq!(fs::metadata(directory.path().join("output")).expect("a file").len(), 0);
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

#[test]
fn a_large_program_is_compiled_in_strata() {
    let directory = TempDir::new().expect("a temporary directory");
    let write = |path: &str, text: String| {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("go.mod", "module example.com/app\n\ngo 1.26\n".to_owned());
    write("gobuild.yaml", "cache: layers\n".to_owned());
    write("main.go", "package main\n\nimport _ \"example.com/app/top\"\n\nfunc main() {}\n".to_owned());
    let filling = "// filling\n".repeat(200_000);
    write("top/top.go", format!("package top\n\nimport _ \"example.com/app/base\"\n\n{filling}"));
    write("base/base.go", format!("package base\n\nimport _ \"fmt\"\n\n{filling}"));

    let outcome = Daemon::new(directory.path()).option("filename", "gobuild.yaml").serve();
    let [(_, definition)] = outcome.graphs()[..] else { panic!("one platform") };
    let graph = Definition::input(definition).expect("a graph").expect("a result");
    let graph = Definition::of(&graph).to_string();
    let step = |name: &str| {
        let step =
            graph.split("\n\n").find(|vertex| vertex.lines().next().is_some_and(|line| line.ends_with(name)));
        step.unwrap_or_else(|| panic!("no step is called `{name}`\n{graph}"))
    };
    let (base, top) = (step("stratum 1 of 2"), step("stratum 2 of 2"));
    // Each sees the files of its packages and those below, and starts from what is below.
    let files = |number: u32| step(&format!("copy stratum {number}")).to_owned();
    assert!(files(1).contains("base/*.go") && !files(1).contains("top/*.go"), "{}", files(1));
    assert!(files(2).contains("base/*.go") && files(2).contains("top/*.go"), "{}", files(2));
    let name = |step: &str| step.split(':').next().unwrap_or_default().to_owned();
    assert!(top.contains(&format!("mount /result rw from {}:0", name(base))), "{top}");
    assert!(step("go build .").contains(&format!("seeded from {}:0", name(top))), "{graph}");
}

/// A module with a test, whose image waits for it.
fn gated() -> TempDir {
    let directory = project("test: {gate: true}\n");
    fs::write(directory.path().join("main_test.go"), "package main\n").expect("a file");
    directory
}

#[test]
fn tests_run_beside_the_images_that_wait_for_them() {
    let directory = gated();
    let platforms = "linux/amd64,linux/arm64";
    let delay = Fault::delay(Call::Solve, Duration::from_secs(1));
    let daemon = build_in(&directory).option("platform", platforms).fault(delay.clone().about("[test] "));
    let outcome = daemon.fault(delay.about(" image] COPY")).serve();
    outcome.result();
    assert!(outcome.elapsed < Duration::from_millis(2900), "one after the other: {:?}", outcome.elapsed);
    // Once, on the build platform, and of the result nothing is left to be made.
    let solved = ["[linux/amd64 image] COPY app /", "[linux/arm64 image] COPY app /", "[test] go test ./..."];
    assert!(solved.iter().all(|name| outcome.subjects(Call::Solve).contains(name)), "{:?}", outcome.calls);
    assert_eq!(outcome.solved.values().filter(|request| request.evaluate).count(), 3);
    assert_eq!(outcome.gates().len(), 1);
}

/// The image is the same, byte for byte, and nothing of it is keyed on tests.
#[test]
fn an_image_does_not_know_that_it_waited() {
    let (with, without) = (gated(), gated());
    fs::write(without.path().join("gobuild.yaml"), "test: {gate: false}\n").expect("a file");
    let [with, without] = [with, without].map(|directory| {
        let outcome = build_in(&directory).serve();
        (outcome.graphs()[0].1.def.clone(), outcome.result().metadata.clone())
    });
    assert!(with == without, "{with:?}\n{without:?}");
}

#[test]
fn tests_that_fail_are_the_daemons_error() {
    let details = vec![
        detail("errdefs.Vertex+json", br#"{"digest":"sha256:00"}"#),
        detail("errdefs.Solve+json", br#"{"op":{"exec":{}}}"#),
    ];
    let message = "process \"sh /gobuild/test.sh -vet ./...\" did not complete successfully: exit code: 1";
    let directory = gated();
    for target in ["", "test"] {
        let fault = Fault::answer(Call::Solve, failure(message, details.clone())).about("[test] ");
        let outcome = build_in(&directory).option("target", target).fault(fault).serve();
        let error = outcome.error();
        assert_eq!((error.message.as_str(), &error.details), (&*format!("step [test]: {message}"), &details));
        assert_eq!(error.code, Code::Unknown as i32);
    }
}

/// What does not compile fails twice; the image says it, whichever is faster.
#[test]
fn an_image_that_cannot_be_built_is_told_of_before_its_tests() {
    let directory = gated();
    for slow in ["[test] ", "[image] COPY"] {
        let fails = |about: &str| Fault::answer(Call::Solve, failure("no", Vec::new())).about(about);
        let delay = Fault::delay(Call::Solve, Duration::from_millis(300)).about(slow);
        let daemon = build_in(&directory).fault(delay).fault(fails("[test] ")).fault(fails("[image] COPY"));
        assert_eq!(daemon.serve().error().message, "building the image: no", "{slow}");
    }
    let hangs = Fault::delay(Call::Solve, Duration::from_mins(1)).about("[test] ");
    let fails = Fault::answer(Call::Solve, failure("no", Vec::new())).about("[image] COPY");
    let outcome = build_in(&directory).fault(hangs).fault(fails).serve();
    assert!(outcome.elapsed < Duration::from_secs(20), "waited for tests: {:?}", outcome.elapsed);
}

/// The images that reports do not need are not asked for, and a repository of no program has tests, too.
#[test]
fn tests_need_no_program_and_no_base() {
    let directory = gated();
    fs::write(directory.path().join("main.go"), "package library\n").expect("a file");
    let outcome = build_in(&directory).option("target", "test").option("platform", "linux/arm64").serve();
    assert_eq!(outcome.subjects(Call::ResolveSourceMeta), ["docker.io/library/golang:1.26-alpine"]);
    assert!(platforms(&outcome).contains("linux/amd64"), "{}", platforms(&outcome));
}
