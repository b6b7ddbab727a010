//! Repositories that somebody has thought of: each is one thing that a program may be made of.
//!
//! What is ignored here is known to be left out; the attribute says why. Invariant: everything that is sent is enough,
//! be it exact or everything.

use super::property::check_files;
use super::repository::{Age, Answer};

const MODULE: (&str, &str) = ("go.mod", "module example.com/acme/app\n\ngo 1.21\n");
/// A program that is nothing without package `x`.
const MAIN: (&str, &str) =
    ("main.go", "package main\n\nimport _ \"example.com/acme/app/x\"\n\nfunc main() {}\n");
/// What is declared in Go and written in assembly.
const DECLARED: (&str, &str) = ("x/x.go", "package x\n\nfunc F() int64\n");
const NEEDS_DEPENDENCY: (&str, &str) =
    ("go.mod", "module example.com/acme/app\n\ngo 1.21\n\nrequire example.com/acme/dep v1.0.0\n");
const IMPORTS_DEPENDENCY: (&str, &str) =
    ("main.go", "package main\n\nimport _ \"example.com/acme/dep\"\n\nfunc main() {}\n");
const VENDORED: (&str, &str) =
    ("vendor/modules.txt", "# example.com/acme/dep v1.0.0\n## explicit; go 1.21\nexample.com/acme/dep\n");
const DEFINITION: &str = "#define X 1\n";

#[track_caller]
fn enough(files: &[(&str, &str)]) {
    enough_for(Age::Current, files);
}

#[track_caller]
fn enough_for(daemon: Age, files: &[(&str, &str)]) {
    if let Err(complaint) = check_files(files, Answer::Enough, &[], daemon) {
        panic!("{complaint}");
    }
}

/// The same, and not everything is sent: none of what is `needless`.
#[track_caller]
fn exact(files: &[(&str, &str)], needless: &[&str]) {
    if let Err(complaint) = check_files(files, Answer::Exact, needless, Age::Current) {
        panic!("{complaint}");
    }
}

/// A program with these lines for package `x`, and these files.
#[track_caller]
fn embeds(lines: &str, files: &[(&str, &str)]) {
    let package = format!("package x\n\nimport \"embed\"\n\n{lines}\nvar files embed.FS\n");
    enough(&[&[MODULE, MAIN, ("x/x.go", package.as_str())], files].concat());
}

/// A program with assembly that has this line, and these files.
#[track_caller]
fn includes(line: &str, files: &[(&str, &str)]) {
    let assembly = format!(
        "#include \"textflag.h\"\n{line}\n\nTEXT ·F(SB), NOSPLIT, $0-8\n\tMOVQ $X, AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n"
    );
    enough(&[&[MODULE, MAIN, DECLARED, ("x/x_amd64.s", assembly.as_str())], files].concat());
}

#[test]
fn a_lone_file_and_what_it_embeds() {
    let program =
        "package main\n\nimport _ \"embed\"\n\n//go:embed text/a.txt\nvar text string\n\nfunc main() {}\n";
    enough(&[("main.go", program), ("text/a.txt", "a\n"), ("notes/b.txt", "b\n")]);
}

#[test]
fn files_without_a_last_line_break() {
    enough(&[
        MODULE,
        ("main.go", "package main\nfunc main(){}"),
        ("y.go", "package main\nimport _ \"example.com/acme/app/x\""),
        ("z.go", "package main;import _ `example.com/acme/app/y`"),
        ("x/x.go", "package x"),
        ("y/y.go", "package y"),
    ]);
}

#[test]
fn all_that_is_in_a_package() {
    embeds(
        "//go:embed *",
        &[("x/README.md", "a\n"), ("x/x_test.go", "package x\n"), ("x/.dot/x_test.go", "package x\n")],
    );
}

#[test]
fn patterns_that_clients_read_differently() {
    embeds("//go:embed a/[^b]*/c.txt", &[("x/a/c/c.txt", "a\n"), ("x/a/b/c.txt", "a\n")]);
    embeds("//go:embed a/**/c.txt", &[("x/a/c/c.txt", "a\n"), ("x/a/b/b/c.txt", "a\n")]);
}

#[test]
fn an_embedded_directory_with_a_module_in_it() {
    embeds("//go:embed a", &[("x/a/a.txt", "a\n"), ("x/a/m/go.mod", "module m\n"), ("x/a/m/b.txt", "b\n")]);
}

#[test]
fn a_replacement_in_what_looks_like_a_vendor_directory() {
    enough(&[
        ("go.mod", &format!("{}\nreplace example.com/acme/dep => ./vendor/dep\n", NEEDS_DEPENDENCY.1)),
        IMPORTS_DEPENDENCY,
        ("vendor/dep/go.mod", "module example.com/acme/dep\n"),
        ("vendor/dep/dep.go", "package dep\n\nimport _ \"example.com/acme/dep/sub\"\n"),
        ("vendor/dep/sub/sub.go", "package sub\n"),
    ]);
}

#[test]
fn a_member_that_a_vendored_package_of_its_owner_imports() {
    workspace_vendor("example.com/acme/dep");
}

#[test]
#[ignore = "left out: nobody but the owner is expected to import a member"]
fn a_member_that_a_vendored_package_of_somebody_else_imports() {
    workspace_vendor("example.net/dep");
}

/// A workspace with a vendored package that imports one of its members.
#[track_caller]
fn workspace_vendor(dependency: &str) {
    let import = format!("package main\n\nimport _ \"{dependency}\"\n\nfunc main() {{}}\n");
    let member = format!("module example.com/acme/app\n\ngo 1.22\n\nrequire {dependency} v1.0.0\n");
    let list = format!("## workspace\n# {dependency} v1.0.0\n## explicit; go 1.21\n{dependency}\n");
    let needless = ["two/main.go", "two/internal/store/store.go", "two/README.md"];
    exact(
        &[
            ("go.work", "go 1.22\n\nuse (\n\t.\n\t./two\n)\n"),
            ("go.mod", &member),
            ("main.go", &import),
            ("two/go.mod", "module example.com/acme/two\n\ngo 1.22\n"),
            ("two/api/api.go", "package api\n"),
            // Go lets nobody outside import these.
            (
                "two/main.go",
                "package main\n\nimport _ \"example.com/acme/two/internal/store\"\n\nfunc main() {}\n",
            ),
            ("two/internal/store/store.go", "package store\n"),
            ("two/README.md", "nothing to compile\n"),
            ("vendor/modules.txt", &list),
            (
                &format!("vendor/{dependency}/dep.go"),
                "package dep\n\nimport _ \"example.com/acme/two/api\"\n",
            ),
        ],
        &needless,
    );
}

#[test]
fn a_replacement_with_a_vendor_directory_of_its_own() {
    let require = "require (\n\texample.com/lib v1.0.0\n\texample.net/dep v1.0.0\n)\n";
    exact(
        &[
            ("go.mod", &format!("{}\n{require}\nreplace example.com/lib => ./lib\n", MODULE.1)),
            ("main.go", "package main\n\nimport _ \"example.com/lib\"\n\nfunc main() {}\n"),
            ("lib/go.mod", "module example.com/lib\n\ngo 1.21\n\nrequire example.org/x v1.0.0\n"),
            ("lib/lib.go", "package lib\n"),
            ("lib/api/api.go", "package api\n"),
            ("lib/vendor/modules.txt", "# example.org/x v1.0.0\n## explicit; go 1.21\nexample.org/x\n"),
            ("lib/vendor/example.org/x/x.go", "package x\n"),
        ],
        &["lib/vendor/example.org/x/x.go", "lib/vendor/modules.txt"],
    );
}

#[test]
#[ignore = "left out: dependencies are not expected to import the module itself"]
fn a_package_that_only_a_vendored_package_imports() {
    enough(&[
        NEEDS_DEPENDENCY,
        IMPORTS_DEPENDENCY,
        ("api/api.go", "package api\n"),
        VENDORED,
        ("vendor/example.com/acme/dep/dep.go", "package dep\n\nimport _ \"example.com/acme/app/api\"\n"),
    ]);
}

#[test]
fn links_in_a_vendor_directory() {
    let files = [NEEDS_DEPENDENCY, IMPORTS_DEPENDENCY, VENDORED, ("third/dep.go", "package dep\n")];
    for daemon in [Age::Current, Age::Old] {
        enough_for(daemon, &[&files[..], &[("vendor/example.com/acme/dep", "-> ../../../third")]].concat());
        let link = ("vendor/example.com/acme/dep/dep.go", "-> ../../../../third/dep.go");
        enough_for(daemon, &[&files[..], &[link]].concat());
    }
}

#[test]
#[ignore = "refused: a link is taken for an empty file"]
fn module_files_that_are_links() {
    enough(&[
        ("go.mod", "-> modules/app.mod"),
        ("modules/app.mod", MODULE.1),
        MAIN,
        ("x/x.go", "package x\n"),
    ]);
}

#[test]
fn headers_that_include_files_of_other_directories() {
    includes("#include \"a.h\"", &[("x/a.h", "#include \"../y/b.h\"\n"), ("y/b.h", DEFINITION)]);
    includes("#include \"a.h\"", &[("x/a.h", "#include \"b.def\"\n"), ("x/b.def", DEFINITION)]);
}

#[test]
fn includes_that_are_written_in_other_ways() {
    includes("/* y */ #include \"../y/b.h\"", &[("y/b.h", DEFINITION)]);
    includes("#include /* y */ \"../y/b.h\"", &[("y/b.h", DEFINITION)]);
    includes("#include \"y\\x2fb.h\"", &[("x/y/b.h", DEFINITION)]);
}

#[test]
fn headers_that_go_does_not_look_at() {
    includes("#include \"_b.h\"", &[("x/_b.h", DEFINITION)]);
    includes("#include \".b.h\"", &[("x/.b.h", DEFINITION)]);
}

#[test]
fn two_stars_that_go_takes_for_one() {
    embeds("//go:embed a/**.html", &[("x/a/b.html", "b\n")]);
}

#[test]
fn names_that_end_with_a_space() {
    embeds("//go:embed \"a \"", &[("x/a ", "a\n")]);
}

#[test]
fn directories_that_are_called_like_tests() {
    let program = MAIN.1.replace("app/x", "app/x_test.go/y");
    enough(&[MODULE, ("main.go", &program), ("x_test.go/y/y.go", "package y\n")]);
    embeds("//go:embed a_test.go/b/c.txt", &[("x/a_test.go/b/c.txt", "c\n")]);
}
