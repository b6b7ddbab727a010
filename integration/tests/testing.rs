//! Tests in the build: as a target, as reports, and as what an image waits for.

mod repository;

use anyhow::{Context, Result, ensure};
use integration::{Build, BuildLog, Daemon, Lab};
use repository::Repository;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

/// A test of what people expect of `go test`: a module that only tests import, files beside the test, found by the
/// place of the source, a folder to write to, and a server on the loopback interface.
const TEST: &str = r#"package main

import (
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatTestsDo(t *testing.T) {
	_, file, _, _ := runtime.Caller(0)
	want, err := os.ReadFile(filepath.Join(filepath.Dir(file), "testdata", "health"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("written", want, 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(newHandler())
	defer server.Close()
	res, err := server.Client().Get(server.URL + "/health")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, _ := io.ReadAll(res.Body)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("GET /health: %s", diff)
	}
}

func TestSkipped(t *testing.T) { t.Skip("not now") }
"#;

/// `github.com/google/go-cmp v0.7.0` in go.sum.
const SUMS: &str = "github.com/google/go-cmp v0.7.0 h1:wk8382ETsv4JYUZwIsn6YpYiWiBsYLSJiTsyBybVuN8=\n\
                    github.com/google/go-cmp v0.7.0/go.mod h1:pXiqmnSA92OHEEa9HXL2W4E7lf9JzCmGVUdgjX3N/iU=";

/// A repository with such a test, which no daemon has seen before.
fn tested(gobuild: &str) -> Result<Repository> {
    let repository = Repository::of("two-platforms")?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_nanos();
    repository.append("go.mod", "require github.com/google/go-cmp v0.7.0")?;
    repository.append("go.sum", SUMS)?;
    repository.append("cmd/server/health_test.go", TEST)?;
    // Neither tests nor programs are those of a run before.
    for file in ["cmd/server/health_test.go", "cmd/server/main.go"] {
        repository.append(file, &format!("// {now}"))?;
    }
    repository.append("cmd/server/testdata/health", "ok")?;
    let head = "# syntax=gobuild/frontend:1\nmain: ./cmd/server\n";
    repository.edit("gobuild.yaml", |_| format!("{head}{gobuild}"))?;
    Ok(repository)
}

/// Makes the test fail.
fn break_it(repository: &Repository) -> Result<()> {
    repository.append("cmd/server/testdata/health", "not at all")
}

fn build(repository: &Repository) -> Build {
    Build::new(&repository.folder).file("gobuild.yaml")
}

/// Files that a build writes out, gone with the test.
struct Reports(PathBuf);

impl Reports {
    fn new() -> Result<Reports> {
        Ok(Reports(Lab::open()?.scratch("reports")))
    }

    fn of(&self, build: Build) -> Build {
        build.flag("--output").flag(&self.0)
    }

    fn read(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.0.join(name)).with_context(|| format!("there is no {name}"))
    }
}

impl Drop for Reports {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn output_of<'a>(log: &'a BuildLog, step: &str) -> Result<&'a str> {
    Ok(&log.vertex(step).with_context(|| format!("no step is called {step}\n{log}"))?.output)
}

/// The numbers of failures and of cases in a report for CI systems.
fn counted(junit: &str) -> (usize, usize) {
    (junit.matches("<failure").count(), junit.matches("<testcase").count())
}

#[test]
fn tests_that_pass_leave_reports() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = tested("test: {cover: true}\n")?;
    let reports = Reports::new()?;
    let test = build(&repository).target("test");
    let log = daemon.build(&reports.of(test.clone()))?;
    ensure!(log.succeeded(), "{log}");
    ensure!(log.steps().iter().all(|step| !step.name.starts_with("[build]")), "something was built\n{log}");

    let said = output_of(&log, "[test] go test ./...")?;
    ensure!(said.contains("ok    example.com/two-platforms/server/cmd/server (3 tests"), "{said}");
    ensure!(said.contains("2 tests passed, in 1 package; 1 skipped; 2 packages without tests"), "{said}");
    ensure!(!said.contains("{\"") && !said.contains("=== RUN"), "noise: {said}");

    let events = reports.read("test.json")?;
    let events: Vec<Value> = events.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    ensure!(events.iter().any(|event| event["Test"] == "TestWhatTestsDo" && event["Action"] == "pass"));
    let junit = reports.read("junit.xml")?;
    ensure!(counted(&junit) == (0, 3) && junit.contains("<skipped"), "{junit}");
    ensure!(reports.read("coverage.out")?.starts_with("mode: set\n"));
    ensure!(reports.read("coverage.html")?.contains("cmd/server/main.go"));

    let again = daemon.build_again(&reports.of(test))?;
    ensure!(again.succeeded() && again.all_cached(), "{again}");
    // Run again, and by Go, too, which remembers what passed.
    let forced = build(&repository).target("test").flag("--no-cache-filter").flag("test");
    let forced = daemon.build(&reports.of(forced))?;
    let said = output_of(&forced, "[test] go test ./...")?;
    ensure!(said.contains("2 tests passed") && !said.contains("as before"), "{forced}");
    Ok(())
}

#[test]
fn tests_that_fail_are_told_of_and_can_be_reported() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let repository = tested("")?;
    break_it(&repository)?;
    let log = daemon.build(&build(&repository).target("test"))?;
    ensure!(log.code == 1, "{log}");
    let said = output_of(&log, "[test] go test ./...")?;
    ensure!(
        said.contains("--- FAIL: TestWhatTestsDo (") && said.contains("health_test.go:32: GET /health"),
        "{said}"
    );
    ensure!(
        said.contains(
            "failed: example.com/two-platforms/server/cmd/server TestWhatTestsDo at health_test.go:32"
        ),
        "{said}"
    );
    ensure!(said.contains("1 of 3 tests failed, in 1 of 1 package"), "{said}");
    ensure!(!said.contains("{\"") && !said.contains("exit status"), "noise: {said}");
    ensure!(log.text.contains("step [test]: ") && log.text.contains("exit code: 1"), "{}", log.text);

    let reports = Reports::new()?;
    let log = daemon.build(&reports.of(build(&repository).target("test-report")))?;
    ensure!(log.succeeded(), "{log}");
    let junit = reports.read("junit.xml")?;
    ensure!(counted(&junit) == (1, 3) && junit.contains("failed at health_test.go:32"), "{junit}");

    // Neither what vet finds nor what does not compile is lost.
    repository
        .append("cmd/server/health_test.go", "func TestVet(t *testing.T) { t.Logf(\"%d\", \"text\") }")?;
    let said = daemon.build(&build(&repository).target("test"))?;
    ensure!(output_of(&said, "[test] ")?.contains("failed: go vet"), "{said}");
    repository
        .append("cmd/server/health_test.go", "func TestCompile(t *testing.T) { undefinedFunction() }")?;
    let said = daemon.build(&build(&repository).target("test"))?;
    ensure!(output_of(&said, "[test] ")?.contains("undefined: undefinedFunction"), "{said}");
    Ok(())
}

#[test]
fn an_image_waits_for_its_tests() -> Result<()> {
    let daemon = Daemon::preferred()?;
    let gated = tested("test: {gate: true}\n")?;
    let tag = "testing/gate:1";
    let log = daemon.build(&build(&gated).tag(tag))?;
    ensure!(log.succeeded(), "{log}");
    let step = |name: &str| log.vertex(name).with_context(|| format!("no step is called {name}\n{log}"));
    let (tests, compile) = (step("[test] go test ./...")?, step("[build] go build ./cmd/server")?);
    ensure!(
        tests.started < compile.completed && compile.started < tests.completed,
        "not side by side\n{log}"
    );
    let image = daemon.image(tag)?.id.clone();
    let again = daemon.build_again(&build(&gated).tag(tag))?;
    ensure!(again.succeeded() && again.all_cached(), "{again}");
    ensure!(again.vertex("[test] go test ./...").is_some(), "tests were not even asked for\n{again}");

    // The same image without.
    gated.edit("gobuild.yaml", |text| text.replace("gate: true", "gate: false"))?;
    let log = daemon.build_again(&build(&gated).tag(tag))?;
    ensure!(log.all_cached() && log.vertex("[test] ").is_none(), "{log}");
    ensure!(daemon.image(tag)?.id == image, "an image that waited for tests is another one");

    // And none at all if they fail.
    gated.edit("gobuild.yaml", |text| text.replace("gate: false", "gate: true"))?;
    break_it(&gated)?;
    let log = daemon.build(&build(&gated).tag("testing/gate:broken"))?;
    ensure!(log.code == 1 && log.text.contains("step [test]: "), "{log}");
    ensure!(output_of(&log, "[test] ")?.contains("--- FAIL: TestWhatTestsDo"), "{log}");
    ensure!(daemon.image("testing/gate:broken").is_err(), "an image came of tests that fail");
    Ok(())
}
