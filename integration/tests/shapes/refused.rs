//! Rows that cannot be built: each is told before any step runs, by the line that is about it.

use super::row::Row;
use super::{MODULE, SUMS, UUID, say, word};

pub(crate) fn rows() -> Vec<Row> {
    [ignored(), sums(), versions()].concat()
}

fn ignored() -> Vec<Row> {
    let generated = |shape: &str, ignore: &str| {
        Row::new(shape)
            .file("go.mod", MODULE)
            .file("main.go", say(&["example.com/app/gen/pb"], "pb.Word()"))
            .file("gen/pb/x.pb.go", word("pb", &[], "\"generated\""))
            .file("gen/pb/x.proto", "syntax = \"proto3\";\n")
            .file(".dockerignore", ignore)
    };
    let workspace = |shape: &str| {
        Row::new(shape)
            .file("go.work", "go 1.26\n\nuse (\n\t./api\n\t./lib\n)\n")
            .file("api/go.mod", "module example.com/api\n\ngo 1.26\n")
            .file("api/main.go", say(&["example.com/lib"], "lib.Word()"))
            .file("lib/go.mod", "module example.com/lib\n\ngo 1.26\n")
            .file("lib/lib.go", word("lib", &[], "\"lib\""))
            .file(".dockerignore", "go.work*\n")
    };
    vec![
        generated("generated code that is ignored", "*.md\ngen\n")
            .refused("`main.go` line 3 imports `example.com/app/gen/pb`, and the ignore file leaves `gen/pb` out, by `gen`"),
        generated("generated files that are ignored", "**/*.pb.go\n")
            .refused("leaves the Go files of `gen/pb` out, by `**/*.pb.go`"),
        generated("generated code that is taken in again", "gen\n!gen/pb\n").says("/app", "generated"),
        Row::new("an embedded directory that is ignored")
            .file("go.mod", MODULE)
            .file("main.go", "package main\n\nimport \"embed\"\n\n//go:embed web/dist\nvar files embed.FS\n\nfunc main() {}\n")
            .file("web/dist/index.html", "page")
            .file(".dockerignore", "**/dist\n")
            .refused("`main.go` line 5 embeds `web/dist`, and the ignore file leaves that out, by `**/dist`"),
        workspace("a go.work that is ignored").refused("the ignore file leaves it out, by `go.work*`"),
    ]
}

fn sums() -> Vec<Row> {
    let uuid = say(&["github.com/google/uuid"], "uuid.Nil.String()");
    let module =
        |shape: &str| Row::new(shape).file("go.mod", format!("{MODULE}{UUID}")).file("main.go", &*uuid);
    vec![
        module("no go.sum")
            .refused("`main.go` line 3 imports `github.com/google/uuid`, and there is no go.sum"),
        module("a go.sum that is ignored")
            .file("go.sum", SUMS)
            .file(".dockerignore", "go.sum\n")
            .refused("the ignore file leaves go.sum out, by `go.sum`"),
        module("no go.sum in a workspace")
            .file("go.work", "go 1.26\n\nuse .\n")
            .refused("there is no go.sum"),
    ]
}

fn versions() -> Vec<Row> {
    vec![
        Row::new("a builder that is too old")
            .yaml("builder: golang:1.26")
            .file("go.mod", "module example.com/app\n\ngo 1.27.1\n")
            .file("main.go", say(&[], "\"new\""))
            .refused("`go.mod` line 3 needs Go 1.27.1, but the builder `golang:1.26` has Go 1.26.8"),
    ]
}
