//! Layouts of small trees.

use super::super::problem::{Directive, GoFiles, Problem};
use super::super::statement::Fault;
use super::super::testing::{Context, place, places};
use super::{Layout, LayoutKind, Scope, Start, Vendored};
use crate::context::PathProblem;

const APP: &str = "module example.com/app\ngo 1.26\n";

fn module_files(layout: &Layout) -> Vec<&str> {
    layout.module_files.iter().map(crate::context::ContextPath::as_str).collect()
}

fn requires(layout: &Layout) -> Vec<&str> {
    layout.requires.iter().map(super::ModulePath::as_str).collect()
}

#[test]
fn where_a_build_starts() {
    let (module, door) = (Start::Module(place("svc")), Start::GoFile(place("svc/cmd/x/main.go")));
    for (files, start, root, scope) in [
        (&["go.mod"][..], Start::Search, ".", Scope::Module(place("."))),
        (&["go.mod", "tools/go.mod"], Start::Search, ".", Scope::Module(place("."))),
        (&["svc/go.mod"], Start::Search, "svc", Scope::Module(place("svc"))),
        (&["a/svc/go.mod"], Start::Search, "a/svc", Scope::Module(place("a/svc"))),
        (
            &["svc/go.mod", "vendor/x/go.mod", "testdata/go.mod", "_x/go.mod", ".x/go.mod"],
            Start::Search,
            "svc",
            Scope::Module(place("svc")),
        ),
        (&["go.mod", "svc/go.mod"], module.clone(), "svc", Scope::Module(place("svc"))),
        (&["go.mod", "svc/cmd/x/main.go"], door.clone(), ".", Scope::Door(place("svc/cmd/x/main.go"))),
        (
            &["go.mod", "svc/go.mod", "svc/cmd/x/main.go"],
            door.clone(),
            "svc",
            Scope::Door(place("svc/cmd/x/main.go")),
        ),
        (&["svc/cmd/x/main.go"], door, "svc/cmd/x", Scope::Door(place("svc/cmd/x/main.go"))),
    ] {
        let layout = Context::new(&[]).with_all(files, APP).started(start).layout().unwrap();
        assert_eq!((layout.root.as_str(), layout.scope), (root, scope), "{files:?}");
    }
}

#[test]
fn where_no_build_starts() {
    let no_module = |found| Problem::NoModule { found };
    let go_files = |files: &[&str]| GoFiles::Several(places(files));
    for (files, start, problem) in [
        (&[][..], Start::Search, no_module(GoFiles::None)),
        (&["README.md", "a/main.go"], Start::Search, no_module(GoFiles::None)),
        (&["hello.go", "hello_test.go"], Start::Search, no_module(GoFiles::One(place("hello.go")))),
        (&["a.go", "b.go"], Start::Search, no_module(go_files(&["a.go", "b.go"]))),
        (&["a/b/c/go.mod"], Start::Search, no_module(GoFiles::None)),
        (
            &["a/go.mod", "b/c/go.mod"],
            Start::Search,
            Problem::SeveralModules { files: places(&["a/go.mod", "b/c/go.mod"]) },
        ),
        (&["go.mod"], Start::Module(place("svc")), Problem::MissingDoor { file: place("svc/go.mod") }),
        (&["go.mod"], Start::GoFile(place("x.go")), Problem::MissingDoor { file: place("x.go") }),
    ] {
        let context = Context::new(&[]).with_all(files, APP).started(start);
        assert_eq!(context.layout(), Err(problem), "{files:?}");
    }
}

#[test]
fn the_packages_that_are_named_choose_among_modules() {
    let files = ["a/go.mod", "b/go.mod", "b/c/go.mod", "d/e/f/g/go.mod"];
    let context = || Context::new(&[]).with_all(&files, APP);
    for (mains, root) in [
        (&["a"][..], "a"),
        (&["a/cmd/x", "a/cmd/y"], "a"),
        (&["b/cmd/x"], "b"),
        (&["b/c/cmd/x"], "b/c"),
        // What is not there is for whoever looks for main packages.
        (&["a/nowhere"], "a"),
        // Deeper than a search goes.
        (&["d/e/f/g/cmd/x"], "d/e/f/g"),
    ] {
        let layout = context().layout_of(mains).unwrap();
        assert_eq!((layout.root.as_str(), layout.scope), (root, Scope::Module(place(root))), "{mains:?}");
    }
    let several = Problem::SeveralModules { files: places(&["a/go.mod", "b/c/go.mod", "b/go.mod"]) };
    for mains in [&["a", "b"][..], &["x"], &["."], &[]] {
        assert_eq!(context().layout_of(mains), Err(several.clone()), "{mains:?}");
    }
    let rooted = context().with_all(&["go.mod"], APP);
    assert_eq!(rooted.layout_of(&["a"]).unwrap().root, place("."), "a module at the root comes first");
}

#[test]
fn a_module() {
    let layout = Context::new(&[("go.mod", APP), ("go.sum", ""), ("main.go", ""), ("lib/go.sum", "")])
        .layout()
        .unwrap();
    assert!(matches!(layout.kind, LayoutKind::Module { .. }));
    assert_eq!(module_files(&layout), ["go.mod", "go.sum"]);
    assert_eq!(layout.modules[&place(".")].as_str(), "example.com/app");
    assert_eq!((layout.vendored, layout.requires.len()), (Vendored::No, 0));
}

#[test]
fn a_broken_file_is_a_problem_with_a_line() {
    let broken = [("go.mod", "module a\ngo latest\n")];
    let fault = Fault::BadGoVersion("latest".to_owned());
    let problem = Problem::Malformed { file: place("go.mod"), line: 2, fault };
    assert_eq!(Context::new(&broken).layout(), Err(problem));
    let fault = Fault::Arguments { keyword: "use" };
    let problem = Problem::Malformed { file: place("go.work"), line: 1, fault };
    assert_eq!(Context::new(&[("go.work", "use")]).layout(), Err(problem));
}

fn workspace() -> Context {
    Context::new(&[
        ("go.work", "go 1.26.1\nuse (\n\t./api\n\t./lib/\n)\nreplace example.com/forked => ./forked\n"),
        ("go.work.sum", ""),
        (
            "api/go.mod",
            "module example.com/api\ngo 1.25\ntoolchain go1.26.3\nrequire (\n\texample.com/lib v0.0.0\n\
                        \texample.com/forked v1.0.0\n\texample.com/far v1.0.0\n)\n",
        ),
        ("api/go.sum", ""),
        ("lib/go.mod", "module example.com/lib\nreplace example.com/forked => ../nowhere\n"),
        ("forked/go.mod", "module example.com/forked\nrequire example.com/farther v1.0.0\n"),
        ("forked/go.sum", ""),
        ("other/go.mod", "module example.com/other\n"),
    ])
}

#[test]
fn a_package_is_in_the_innermost_module() {
    let required = "require (\n\texample.com/a v1.0.0\n\texample.com/a/inner v1.0.0\n)\n";
    let file = format!("{APP}{required}");
    let layout = Context::new(&[("go.mod", file.as_str()), ("go.sum", "")]).layout().unwrap();
    for (package, module) in [
        ("example.com/a", Some("example.com/a")),
        ("example.com/a/inn", Some("example.com/a")),
        ("example.com/a/inner", Some("example.com/a/inner")),
        ("example.com/a/inner/deep", Some("example.com/a/inner")),
        ("example.com/ab", None),
        ("example.com/app/x", None),
    ] {
        assert_eq!(layout.required(package).map(super::ModulePath::as_str), module, "{package}");
    }
}

#[test]
fn a_workspace() {
    let layout = workspace().layout().unwrap();
    assert_eq!((layout.root.as_str(), &layout.scope), (".", &Scope::Everywhere));
    assert_eq!(
        module_files(&layout),
        ["api/go.mod", "api/go.sum", "forked/go.mod", "go.work", "go.work.sum", "lib/go.mod"]
    );
    assert_eq!(requires(&layout), ["example.com/far", "example.com/farther"]);
    let modules: Vec<_> = layout.modules.iter().map(|(d, m)| format!("{d} {m}")).collect();
    assert_eq!(modules, ["api example.com/api", "lib example.com/lib"]);
    let replaced: Vec<_> = layout.replaced.iter().map(|(m, d)| format!("{m} {d}")).collect();
    assert_eq!(replaced, ["example.com/forked forked"]);
    let toolchain = layout.toolchain.unwrap();
    assert_eq!(
        (toolchain.version.to_string(), toolchain.file, toolchain.line),
        ("1.26.3".to_owned(), place("api/go.mod"), 3)
    );
}

#[test]
fn a_workspace_counts_for_its_members_only() {
    let member = workspace().started(Start::Module(place("api"))).layout().unwrap();
    assert_eq!((member.root.as_str(), member.scope), (".", Scope::Module(place("api"))));
    assert!(matches!(member.kind, LayoutKind::Workspace { .. }));
    let other = workspace().started(Start::Module(place("other"))).layout().unwrap();
    assert_eq!((other.root.as_str(), module_files(&other)), ("other", vec!["other/go.mod"]));
}

#[test]
fn what_is_wrong_with_a_workspace() {
    let outside = |path: &str, reason| Problem::OutsideContext {
        file: place("go.work"),
        line: 2,
        directive: Directive::Use,
        path: path.to_owned(),
        reason,
    };
    for (uses, problem) in [
        ("", Problem::EmptyWorkspace { file: place("go.work") }),
        ("use ../lib", outside("../lib", PathProblem::LeavesContext)),
        ("use /lib", outside("/lib", PathProblem::Absolute)),
        ("use ./gone", Problem::MissingMember { file: place("go.work"), line: 2, directory: place("gone") }),
        (
            "use ./a\nuse ./b",
            Problem::DuplicateModule {
                module: super::ModulePath::parse("example.com/app").unwrap(),
                files: [place("a/go.mod"), place("b/go.mod")],
            },
        ),
    ] {
        let work = format!("go 1.26\n{uses}\n");
        let context = Context::new(&[("go.work", work.as_str())]).with_all(&["a/go.mod", "b/go.mod"], APP);
        assert_eq!(context.layout(), Err(problem), "{uses}");
    }
}

/// A module that requires `a v1.0.0` and has these lines besides.
fn requiring(lines: &str) -> Context {
    let text = format!("{APP}require example.com/a v1.0.0\n{lines}\n");
    Context::new(&[
        ("svc/go.mod", text.as_str()),
        ("a/go.mod", "module example.com/a\nrequire (\nexample.com/b v1.0.0\nexample.com/app v1.0.0\n)\n"),
        ("b/go.mod", "module example.com/b\nrequire example.com/a v1.0.0\n"),
    ])
    .started(Start::Module(place("svc")))
}

#[test]
fn local_replacements_are_followed() {
    for (lines, external, files) in [
        ("", &["example.com/a"][..], &["svc/go.mod"][..]),
        ("replace example.com/a => example.com/fork v1.0.0", &["example.com/a"], &["svc/go.mod"]),
        ("replace example.com/a => ../a", &["example.com/b"], &["a/go.mod", "svc/go.mod"]),
        ("replace example.com/a v1.0.0 => ../a", &["example.com/b"], &["a/go.mod", "svc/go.mod"]),
        ("replace example.com/a v2.0.0 => ../a", &["example.com/a"], &["a/go.mod", "svc/go.mod"]),
        (
            "replace (\nexample.com/a => ../a\nexample.com/b => ../b\n)",
            &[],
            &["a/go.mod", "b/go.mod", "svc/go.mod"],
        ),
        // Used by nobody, as for Go.
        ("replace example.com/z => ../../z", &["example.com/a"], &["svc/go.mod"]),
        ("replace example.com/z => /home/me/z", &["example.com/a"], &["svc/go.mod"]),
        ("replace example.com/z => ../gone", &["example.com/a"], &["svc/go.mod"]),
    ] {
        let layout = requiring(lines).layout().unwrap();
        assert_eq!(
            (requires(&layout), module_files(&layout)),
            (external.to_vec(), files.to_vec()),
            "{lines}"
        );
    }
}

#[test]
fn a_replacement_may_be_for_a_dependency_alone() {
    let replaced = |go: &str, version: &str| {
        let app = format!(
            "module example.com/app\n{go}\nrequire example.com/a v1.0.0\n\
             replace (\nexample.com/z{version} => ./z\nexample.com/gone => ../gone\nexample.com/a => example.com/b v1.0.0\n)\n"
        );
        let layout = Context::new(&[
            ("go.mod", &app),
            ("z/go.mod", "module example.com/z\nrequire example.com/y v1.0.0\n"),
        ])
        .layout()
        .unwrap();
        let replaced: Vec<_> = layout.replaced.iter().map(|(m, d)| format!("{m} {d}")).collect();
        (replaced.join(", "), requires(&layout).join(", "))
    };
    // What only dependencies require is in the go.mod since Go 1.17.
    assert_eq!(replaced("go 1.17", ""), (String::new(), "example.com/a".to_owned()));
    for (go, version) in [("go 1.16", ""), ("go 1.16", " v1.0.0"), ("", "")] {
        let found = ("example.com/z z".to_owned(), "example.com/a, example.com/y".to_owned());
        assert_eq!(replaced(go, version), found, "{go}{version}");
    }
}

#[test]
fn a_replacement_that_is_used_must_be_there() {
    let outside = |path: &str, reason| Problem::OutsideContext {
        file: place("svc/go.mod"),
        line: 4,
        directive: Directive::Replace,
        path: path.to_owned(),
        reason,
    };
    let missing = Problem::MissingReplacement {
        file: place("svc/go.mod"),
        line: 4,
        module: super::ModulePath::parse("example.com/a").unwrap(),
        directory: place("gone"),
    };
    for (path, problem) in [
        ("../../a", outside("../../a", PathProblem::LeavesContext)),
        ("/home/me/a", outside("/home/me/a", PathProblem::Absolute)),
        ("..\\a", outside("..\\a", PathProblem::Backslash)),
        ("C:/a", outside("C:/a", PathProblem::Drive)),
        ("../gone", missing),
    ] {
        assert_eq!(requiring(&format!("replace example.com/a => {path}")).layout(), Err(problem), "{path}");
    }
}

#[test]
fn vendored_trees() {
    let (module, work) = ("# example.com/a v1.0.0\n## explicit\n", "## workspace\n# example.com/a v1.0.0\n");
    for (go, modules_txt, vendored) in [
        ("go 1.26", module, Vendored::Yes),
        ("go 1.14", "", Vendored::Yes),
        ("go 1.13", module, Vendored::No),
        ("", module, Vendored::No),
        ("go 1.26", work, Vendored::No),
    ] {
        let text = format!("module example.com/app\n{go}\nrequire example.com/a v1.0.0\n");
        let context = Context::new(&[("go.mod", text.as_str()), ("vendor/modules.txt", modules_txt)]);
        assert_eq!(context.layout().unwrap().vendored, vendored, "{go} {modules_txt}");
    }
    for (modules_txt, vendored) in
        [(module, Vendored::No), (work, Vendored::Yes), ("## x; workspace", Vendored::Yes)]
    {
        let context = Context::new(&[
            ("go.work", "go 1.26\nuse ."),
            ("go.mod", APP),
            ("vendor/modules.txt", modules_txt),
        ]);
        assert_eq!(context.layout().unwrap().vendored, vendored, "{modules_txt}");
    }
}

#[test]
fn a_vendored_tree_needs_no_replacements() {
    let text = format!("{APP}require example.com/a v1.0.0\nreplace example.com/a => ../../elsewhere\n");
    let context =
        Context::new(&[("go.mod", text.as_str()), ("vendor/modules.txt", "# example.com/a v1.0.0")]);
    let layout = context.layout().unwrap();
    assert_eq!(
        (layout.vendored, layout.replaced.len(), module_files(&layout)),
        (Vendored::Yes, 0, vec!["go.mod"])
    );
}

#[test]
fn the_toolchain_that_is_asked_for() {
    for (lines, expected) in [
        ("", None),
        ("go 1.26", Some(("1.26", 2))),
        ("go 1.26\ntoolchain go1.26.3", Some(("1.26.3", 3))),
        ("go 1.26.3\ntoolchain go1.26.3", Some(("1.26.3", 2))),
        ("go 1.27rc1\ntoolchain go1.26.3", Some(("1.27rc1", 2))),
        ("go 1.26\ntoolchain default", Some(("1.26", 2))),
    ] {
        let text = format!("module example.com/app\n{lines}\n");
        let toolchain = Context::new(&[("go.mod", text.as_str())]).layout().unwrap().toolchain;
        let found = toolchain.map(|requirement| (requirement.version.to_string(), requirement.line));
        assert_eq!(found, expected.map(|(version, line)| (version.to_owned(), line)), "{lines}");
    }
}
