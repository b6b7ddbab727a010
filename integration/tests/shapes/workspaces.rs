//! Rows about several modules: nested, side by side, in a workspace, replaced by each other.

use super::row::Row;
use super::{MODULE, NIL, SUMS, UUID, say, word};
use std::fmt::Write as _;

const IN_CONTEXT: &str = "exact, nothing to download (inContext)";

pub(crate) fn rows() -> Vec<Row> {
    [nested(), side_by_side(), workspaces(), replaced()].concat()
}

/// A go.mod of a module `example.com/<name>` with these lines.
fn module(name: &str, lines: &str) -> String {
    format!("module example.com/{name}\n\ngo 1.26\n{lines}")
}

/// A main package that says the word of a library.
fn says_of(library: &str) -> String {
    say(&[&format!("example.com/{library}")], &format!("{library}.Word()"))
}

fn nested() -> Vec<Row> {
    let files = |shape: &str| {
        Row::new(shape)
            .file("go.mod", MODULE)
            .file("main.go", say(&[], "\"outer\""))
            .file("tools/go.mod", module("tools", UUID))
            .file("tools/go.sum", SUMS)
            .file("tools/main.go", say(&["github.com/google/uuid"], "uuid.Nil.String()"))
    };
    vec![
        files("a module with another in it").says("/app", "outer"),
        files("a nested module").door("tools/go.mod").planned("exact, pruned modules").says("/tools", NIL),
    ]
}

fn side_by_side() -> Vec<Row> {
    let files = |shape: &str| {
        Row::new(shape)
            .file("a/go.mod", module("a", UUID))
            .file("a/go.sum", SUMS)
            .file("a/cmd/x/main.go", say(&["github.com/google/uuid"], "uuid.Nil.String()"))
            .file("b/go.mod", module("b", ""))
            .file("b/main.go", say(&[], "\"b\""))
    };
    vec![
        files("modules side by side, main decides")
            .yaml("main: ./a/cmd/x")
            .planned("exact, pruned modules")
            .says("/x", NIL)
            .in_layers(),
        files("modules side by side, -f decides")
            .door("a/go.mod")
            .planned("exact, pruned modules")
            .says("/x", NIL),
    ]
}

fn workspaces() -> Vec<Row> {
    let three = |shape: &str| {
        Row::new(shape)
            .file("go.work", "go 1.26\n\nuse (\n\t./api\n\t./lib\n\t./util\n)\n")
            .file("api/go.mod", module("api", ""))
            .file("api/main.go", says_of("lib"))
            .file("lib/go.mod", module("lib", ""))
            .file("lib/lib.go", word("lib", &["example.com/util"], "util.Word()"))
            .file("util/go.mod", module("util", ""))
            .file("util/util.go", word("util", &[], "\"workspace\""))
    };
    let default = "func() string { info, _ := debug.ReadBuildInfo(); for _, s := range info.Settings { \
                   if s.Key == \"DefaultGODEBUG\" { return s.Value } }; return \"none\" }()";
    let list = "## workspace\n# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n";
    vec![
        three("a workspace").says("/api", "workspace").in_layers(),
        three("a workspace with a member that requires")
            .file("util/go.mod", module("util", UUID))
            .file("util/go.sum", SUMS)
            .file("util/util.go", word("util", &["github.com/google/uuid"], "uuid.Nil.String()"))
            .planned("exact, pruned modules")
            .says("/api", NIL)
            .in_layers(),
        three("a workspace with a member that is not needed")
            .file("go.work", "go 1.26\n\nuse (\n\t./api\n\t./lib\n\t./other\n\t./util\n)\n")
            .file("other/go.mod", module("other", UUID))
            .file("other/go.sum", SUMS)
            .file("other/o.go", word("other", &["github.com/google/uuid"], "uuid.Nil.String()"))
            .planned("exact, nothing to download (notImported)")
            .says("/api", "workspace"),
        three("a workspace through one of its members").door("api/go.mod").says("/api", "workspace"),
        three("a workspace with a replace")
            .file("go.work", "go 1.26\n\nuse (\n\t./api\n\t./lib\n)\n\nreplace example.com/util => ./util\n")
            .file("lib/go.mod", module("lib", "\nrequire example.com/util v0.0.0\n"))
            .planned(IN_CONTEXT)
            .says("/api", "workspace"),
        Row::new("godebug lines of go.work")
            .file("go.work", "go 1.26\n\ngodebug panicnil=1\n\nuse .\n")
            .file("go.mod", MODULE)
            .file("main.go", say(&["runtime/debug"], default))
            .says("/app", "panicnil=1"),
        three("a workspace with vendor")
            .file("api/go.mod", module("api", "\nrequire example.com/dep v1.0.0\n"))
            .file("api/main.go", say(&["example.com/dep", "example.com/lib"], "dep.Word() + lib.Word()"))
            .file("vendor/modules.txt", list)
            .file("vendor/example.com/dep/dep.go", word("dep", &[], "\"vendored \""))
            .planned("exact, nothing to download (vendored)")
            .says("/api", "vendored workspace"),
    ]
}

fn replaced() -> Vec<Row> {
    let requires = |name: &str, path: &str| {
        format!("\nrequire example.com/{name} v0.0.0\n\nreplace example.com/{name} => {path}\n")
    };
    let chain = "\nrequire example.com/a v0.0.0\n\nrequire (\n\texample.com/b v0.0.0 // indirect\n\texample.com/c v0.0.0 // indirect\n)\n\n\
                 replace (\n\texample.com/a => ./a\n\texample.com/b => ./b\n\texample.com/c => ./c\n)\n";
    vec![
        Row::new("replace by a directory below")
            .file("go.mod", module("app", &requires("lib", "./lib")))
            .file("main.go", says_of("lib"))
            .file("lib/go.mod", module("lib", ""))
            .file("lib/lib.go", word("lib", &[], "\"below\""))
            .planned(IN_CONTEXT)
            .says("/app", "below"),
        Row::new("replace by a directory beside")
            .door("svc/go.mod")
            .file("svc/go.mod", module("svc", &requires("lib", "../lib")))
            .file("svc/main.go", says_of("lib"))
            .file("lib/go.mod", module("lib", ""))
            .file("lib/lib.go", word("lib", &[], "\"beside\""))
            .planned(IN_CONTEXT)
            .says("/svc", "beside"),
        Row::new("a chain of replaces")
            .file("go.mod", module("app", chain))
            .file("main.go", says_of("a"))
            .file("a/go.mod", module("a", "\nrequire example.com/b v0.0.0\n"))
            .file("a/a.go", word("a", &["example.com/b"], "b.Word()"))
            .file("b/go.mod", module("b", "\nrequire example.com/c v0.0.0\n"))
            .file("b/b.go", word("b", &["example.com/c"], "c.Word()"))
            .file("c/go.mod", module("c", ""))
            .file("c/c.go", word("c", &[], "\"chain\""))
            .planned(IN_CONTEXT)
            .says("/app", "chain"),
        Row::new("a replace that requires")
            .file(
                "go.mod",
                module(
                    "app",
                    &format!(
                        "{}\nrequire github.com/google/uuid v1.6.0 // indirect\n",
                        requires("lib", "./lib")
                    ),
                ),
            )
            .file("go.sum", SUMS)
            .file("main.go", says_of("lib"))
            .file("lib/go.mod", module("lib", UUID))
            .file("lib/lib.go", word("lib", &["github.com/google/uuid"], "uuid.Nil.String()"))
            .planned("exact, pruned modules")
            .says("/app", NIL),
        dozens(40),
    ]
}

/// A program of so many modules, each of which imports the next.
fn dozens(count: usize) -> Row {
    let (mut lines, mut row) = (String::new(), Row::new("dozens of replaces"));
    for number in 0..count {
        let _ = write!(
            lines,
            "\nrequire example.com/m{number} v0.0.0\n\nreplace example.com/m{number} => ./libs/m{number}\n"
        );
        let next = number + 1;
        let (requires, imports, said) = if next < count {
            (
                format!("\nrequire example.com/m{next} v0.0.0\n"),
                vec![format!("example.com/m{next}")],
                format!("m{next}.Word() + \".\""),
            )
        } else {
            (String::new(), Vec::new(), "\"end\"".to_owned())
        };
        let name = format!("m{number}");
        let imports: Vec<&str> = imports.iter().map(String::as_str).collect();
        row = row
            .file(&format!("libs/{name}/go.mod"), module(&name, &requires))
            .file(&format!("libs/{name}/x.go"), word(&name, &imports, &said));
    }
    row.file("go.mod", module("app", &lines))
        .file("main.go", says_of("m0"))
        .planned(IN_CONTEXT)
        .says("/app", "end.......")
}
