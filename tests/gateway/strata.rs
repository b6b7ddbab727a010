//! Programs that are large enough to be compiled in parts, each of which sees a part of the files.

use super::{build_in, project};
use crate::daemon::Daemon;
use buildkit_llb::Definition;
use std::fs;
use tempfile::TempDir;

fn explain(daemon: Daemon) -> String {
    let outcome = daemon.option("requestid", "frontend.gobuild.explain").serve();
    String::from_utf8_lossy(&outcome.result().metadata["result.txt"]).into_owned()
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
