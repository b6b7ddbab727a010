//! The Go program of the test step: its own tests, run by Go.

use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

#[test]
fn the_program_that_tells_of_tests_passes_its_own() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plan/test");
    let directory = TempDir::new().expect("a temporary directory");
    // The oldest release that is built with.
    fs::write(directory.path().join("go.mod"), "module report\n\ngo 1.18\n").expect("a file");
    for name in ["report.go", "report_test.go"] {
        fs::copy(sources.join(name), directory.path().join(name)).expect("a copy");
    }
    let mut go = Command::new("go");
    go.args(["test", "-vet=all", "."]).current_dir(directory.path());
    go.env("GOWORK", "off").env("GOFLAGS", "").env("GOTOOLCHAIN", "local");
    let output = go.output().expect("the tests need the go command");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
