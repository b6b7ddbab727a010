//! What programs are found to be made of.
//!
//! Invariant: a context in here is a list of files, as `testing` has them.

use super::super::layout::Start;
use super::super::testing::{Context, place};
use super::{Doubt, Program};
use crate::context::ContextPath;

/// The parts as text: packages with their extensions, then embeds.
fn parts(context: &Context) -> String {
    match context.program(&[]) {
        Program::Everything(doubt) => format!("everything: {doubt:?}"),
        Program::Exact(parts) => {
            let packages = parts.packages.iter().map(|(directory, package)| {
                let extensions: Vec<&str> = package.extensions.iter().map(String::as_str).collect();
                format!("{directory} {}", extensions.join(","))
            });
            let embeds =
                parts.embeds.iter().map(|(directory, pattern)| format!("{directory} embeds {pattern}"));
            let imports = parts.imports.iter().map(|path| format!("imports {path}"));
            packages.chain(embeds).chain(imports).collect::<Vec<_>>().join("\n")
        }
    }
}

#[test]
fn imports_are_followed_whatever_their_constraint() {
    let context = Context::new(&[
        ("go.mod", "module example.com/app\n\ngo 1.26\n"),
        ("main.go", "package main\n\nimport \"example.com/app/a\"\n\nfunc main() {}\n"),
        ("main_test.go", "package main\n\nimport \"example.com/app/only/tests\"\n"),
        ("README.md", "nothing to do with it"),
        ("a/a.go", "package a\n\nimport _ \"fmt\"\n"),
        ("a/a_windows.go", "package a\n\nimport _ \"example.com/app/windows\"\n"),
        ("a/a_amd64.s", "#include \"textflag.h\"\n"),
        ("windows/w.go", "package windows\n"),
        ("only/tests/t.go", "package tests\n"),
        ("unused/u.go", "package unused\n"),
    ]);
    assert_eq!(parts(&context), ". go\na go,s\nwindows go\nimports fmt");
}

#[test]
fn embeds_are_kept_as_patterns() {
    let context = Context::new(&[
        ("go.mod", "module example.com/app\n\ngo 1.26\n"),
        (
            "main.go",
            "package main\n\nimport \"embed\"\n\n//go:embed all:web templates/*.html\nvar files embed.FS\n\nfunc main() {}\n",
        ),
    ]);
    assert_eq!(parts(&context), ". go\n. embeds templates/*.html\n. embeds web\nimports embed");
}

#[test]
fn local_modules_are_first_party() {
    let context = Context::new(&[
        (
            "go.mod",
            "module app\n\ngo 1.26\n\nrequire example.com/lib v0.0.0\n\nreplace example.com/lib => ./third/lib\n",
        ),
        ("main.go", "package main\n\nimport \"example.com/lib/deep\"\n\nfunc main() {}\n"),
        ("third/lib/go.mod", "module example.com/lib\n"),
        ("third/lib/deep/d.go", "package deep\n\nimport \"app/shared\"\n"),
        ("shared/s.go", "package shared\n"),
    ]);
    assert_eq!(parts(&context), ". go\nshared go\nthird/lib/deep go");
}

#[test]
fn a_module_inside_a_module_is_not_part_of_it() {
    let context = Context::new(&[
        ("go.mod", "module example.com/app\n\ngo 1.26\n\nrequire example.com/app/api v1.0.0\n"),
        ("main.go", "package main\n\nimport _ \"example.com/app/api/types\"\n\nfunc main() {}\n"),
        ("api/go.mod", "module example.com/app/api\n"),
        ("api/types/t.go", "package types\n"),
    ]);
    assert_eq!(parts(&context), ". go\nimports example.com/app/api/types");
}

#[test]
fn a_local_module_is_whole_where_a_downloaded_one_may_import_it() {
    let context = Context::new(&[
        (
            "go.mod",
            "module example.com/app\n\ngo 1.26\n\nrequire (\n\texample.com/app/sdk v0.0.0\n\texample.com/plugin v1.0.0\n)\n\n\
             replace example.com/app/sdk => ./sdk\n",
        ),
        ("main.go", "package main\n\nimport _ \"example.com/plugin\"\n\nfunc main() {}\n"),
        ("sdk/go.mod", "module example.com/app/sdk\n"),
        ("sdk/helper/h.go", "package helper\n"),
        ("sdk/docs/README.md", "nothing to compile"),
    ]);
    assert_eq!(parts(&context), ". go\nsdk/helper go\nimports example.com/plugin");
}

#[test]
fn a_local_module_counts_that_only_a_downloaded_one_requires() {
    let context = Context::new(&[
        (
            "go.mod",
            "module example.com/app\n\ngo 1.16\n\nrequire example.com/dep v1.0.0\n\nreplace example.com/z => ./z\n",
        ),
        ("main.go", "package main\n\nimport _ \"example.com/dep\"\n\nfunc main() {}\n"),
        ("z/go.mod", "module example.com/z\n"),
        ("z/z.go", "package z\n"),
    ]);
    assert_eq!(parts(&context), ". go\nz go\nimports example.com/dep");
}

#[test]
fn what_go_lets_nobody_import_does_not_count() {
    let found = |go: &str, dependency: &str| {
        let one = format!("module example.com/acme/one\n\ngo {go}\n\nrequire {dependency} v1.0.0\n");
        let context = Context::new(&[
            ("go.work", "go 1.26\n\nuse (\n\t./one\n\t./two\n)\n"),
            ("one/go.mod", &one),
            ("one/main.go", &format!("package main\n\nimport _ \"{dependency}\"\n\nfunc main() {{}}\n")),
            ("two/go.mod", "module example.com/acme/two\n\ngo 1.26\n"),
            ("two/serve/serve.go", "package main\n\nimport _ \"example.com/acme/two/internal/x\"\n"),
            ("two/serve/other.go", "package main\n"),
            ("two/internal/x/x.go", "package x\n"),
            ("two/vendor/example.org/x/x.go", "package x\n"),
            ("two/with space/s.go", "package s\n"),
            // Whoever writes these out may import them.
            ("two/vendor/v.go", "package vendor\n"),
            ("two/api/api.go", "package api\n"),
            ("two/api/gen.go", "//go:build ignore\n\npackage main\n"),
            ("two/testdata/t.go", "package t\n"),
            ("two/_x/x.go", "package x\n"),
            ("two/.x/x.go", "package x\n"),
            ("two/broken/b.go", "pack\n"),
        ]);
        parts(&context.started(Start::Module(place("one"))))
    };
    let (before, after) = (
        "one go\ntwo/.x go\ntwo/_x go\ntwo/api go\ntwo/broken go\n",
        "two/testdata go\ntwo/vendor go\nimports example.com/acme/",
    );
    assert_eq!(found("1.26", "example.com/acme/dep"), format!("{before}{after}dep"));
    let internal = "two/internal/x go\n";
    // A module of the same tree, one that this tree is in, and a go.mod that does not name all modules.
    for (go, dependency) in [("1.26", "two/dep"), ("1.26", "two/internal/y/z"), ("1.16", "dep")] {
        let expected = format!("{before}{internal}{after}{dependency}");
        assert_eq!(found(go, &format!("example.com/acme/{dependency}")), expected);
    }
}

#[test]
fn a_copy_in_the_vendor_directory_may_import_its_owners_modules() {
    let context = Context::new(&[
        ("go.work", "go 1.26\n\nuse (\n\t./one\n\t./two\n)\n\nreplace example.com/acme/lib => ./lib\n"),
        ("one/go.mod", "module example.com/acme/one\n\ngo 1.26\n\nrequire example.com/acme/lib v0.0.0\n"),
        ("one/main.go", "package main\n\nimport _ \"example.com/acme/lib\"\n\nfunc main() {}\n"),
        ("two/go.mod", "module example.com/acme/two\n\ngo 1.26\n"),
        ("two/api/api.go", "package api\n"),
        ("lib/go.mod", "module example.com/acme/lib\n"),
        ("vendor/modules.txt", "## workspace\n"),
    ]);
    assert_eq!(parts(&context), "one go\ntwo/api go\nimports example.com/acme/lib");
}

#[test]
fn tests_count_where_they_may_be_embedded() {
    let context = Context::new(&[
        ("go.mod", "module example.com/app\n\ngo 1.26\n"),
        (
            "main.go",
            "package main\n\nimport (\n\t_ \"embed\"\n\t_ \"example.com/app/a\"\n\t_ \"example.com/app/web/b\"\n)\n\n\
             //go:embed web/*.html\nvar page string\n\nfunc main() {}\n",
        ),
        ("a/a.go", "package a\n"),
        ("web/b/b.go", "package b\n"),
    ]);
    let Program::Exact(parts) = context.program(&[]) else { panic!("exact") };
    let without: Vec<&str> = parts.without_embeds().map(ContextPath::as_str).collect();
    assert_eq!(without, ["a"]);
}

#[test]
fn what_go_does_not_look_at_does_not_count() {
    let context = Context::new(&[
        ("go.mod", "module example.com/app\n\ngo 1.26\n"),
        ("main.go", "package main\n\nfunc main() {}\n"),
        ("_old.go", "package main\n\nimport _ \"example.com/app/gone\"\n"),
        ("x.s", "#include \"textflag.h\" // and/or not\n"),
    ]);
    assert_eq!(parts(&context), ". go,s");
}

#[test]
fn doubt_means_everything() {
    let context = Context::new(&[
        ("go.mod", "module example.com/app\n\ngo 1.26\n"),
        ("main.go", "package main\n\nfunc main() {}\n"),
        ("x.s", "  # include \"../shared/macros.h\"\n"),
    ]);
    let file = ContextPath::parse("x.s").unwrap();
    assert_eq!(context.program(&[]), Program::Everything(Doubt::Include(file)));
}
