//! Rows about the files of packages: embedded, assembled, for other platforms, behind links.

use super::row::Row;
use super::{MODULE, NIL, SUMS, UUID, say, word};

pub(crate) fn rows() -> Vec<Row> {
    [of_packages(), of_platforms(), of_links()].concat()
}

fn module(shape: &str) -> Row {
    Row::new(shape).file("go.mod", MODULE)
}

fn of_packages() -> Vec<Row> {
    let embeds = "package main\n\nimport \"embed\"\n\n//go:embed hello.txt\nvar hello string\n\n//go:embed pages\nvar pages embed.FS\n\n\
                  //go:embed all:hidden *.css\nvar all embed.FS\n\n\
                  func read(files embed.FS, name string) string {\n\ttext, err := files.ReadFile(name)\n\tif err != nil {\n\t\treturn \"no \" + name\n\t}\n\treturn string(text)\n}\n\n\
                  func main() {\n\tprintln(hello, read(pages, \"pages/a/index.html\"), read(pages, \"pages/.no\"), read(all, \"hidden/.yes\"), read(all, \"x.css\"))\n}\n";
    let assembly = "#include \"textflag.h\"\n#include \"const.h\"\n\nTEXT ·Answer(SB), NOSPLIT, $0-8\n\tMOVQ $ANSWER, AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n";
    vec![
        module("embedded files")
            .file("main.go", embeds)
            .file("hello.txt", "hello")
            .file("pages/a/index.html", "page")
            .file("pages/.no", "no")
            .file("hidden/.yes", "yes")
            .file("x.css", "css")
            .says("/app", "hello page no pages/.no yes css")
            .in_layers(),
        module("assembly with headers")
            .file("main.go", say(&["example.com/app/x"], "x.Answer()"))
            .file("x/x.go", "package x\n\nfunc Answer() int64 { return answer() }\n")
            .file(
                "x/x_amd64.go",
                "package x\n\nfunc answer() int64 { return Assembled() }\n\nfunc Assembled() int64\n",
            )
            .file("x/x_other.go", "//go:build !amd64\n\npackage x\n\nfunc answer() int64 { return 42 }\n")
            .file("x/x_amd64.s", assembly.replace("·Answer", "·Assembled"))
            .file("x/const.h", "#define ANSWER 42\n")
            .says("/app", "42"),
        module("internal packages")
            .file("cmd/app/main.go", say(&["example.com/app/internal/deep/er"], "er.Word()"))
            .file(
                "internal/deep/er/er.go",
                word("er", &["example.com/app/internal/deep/internal/est"], "est.Word()"),
            )
            .file("internal/deep/internal/est/est.go", word("est", &[], "\"internal\""))
            .says("/app", "internal"),
    ]
}

fn of_platforms() -> Vec<Row> {
    let package = |shape: &str| {
        module(shape)
            .file("main.go", say(&["example.com/app/x"], "x.Word()"))
            .file("x/x_windows.go", word("x", &["example.com/app/nowhere"], "nowhere.Word()"))
            .file("x/x_linux_amd64.go", word("x", &[], "\"amd64\""))
            .file("x/x_linux_arm64.go", word("x", &[], "\"arm64\""))
    };
    let cgo = "//go:build cgo\n\npackage x\n\n// int answer() { return 1; }\nimport \"C\"\n\nfunc Word() string { return string(rune(C.answer())) }\n";
    vec![
        module("build tags")
            .yaml("build:\n  tags: [special]")
            .file("main.go", say(&["example.com/app/x"], "x.Word()"))
            .file("x/plain.go", format!("//go:build !special\n\n{}", word("x", &[], "\"plain\"")))
            .file(
                "x/special.go",
                format!("//go:build special\n\n{}", word("x", &["example.com/app/y"], "y.Word()")),
            )
            .file("y/y.go", word("y", &[], "\"special\""))
            .says("/app", "special"),
        package("files for other platforms")
            .planned("whole context (unlisted), nothing to download")
            .says("/app", "64"),
        package("files for other platforms, cross-compiled")
            .yaml("image:\n  base: scratch")
            .file("nowhere/n.go", word("nowhere", &[], "\"\""))
            .on_arm("/app"),
        module("cgo behind a constraint")
            .file("main.go", say(&["example.com/app/x"], "x.Word()"))
            .file("x/with.go", cgo)
            .file("x/without.go", format!("//go:build !cgo\n\n{}", word("x", &[], "\"without cgo\"")))
            .says("/app", "without cgo"),
    ]
}

fn of_links() -> Vec<Row> {
    vec![
        module("a file that is a link")
            .file("main.go", say(&["example.com/app/x"], "x.Word()"))
            .file("shared/x.go", word("x", &[], "\"linked\""))
            .link("x/x.go", "../shared/x.go")
            .planned("whole context (symlink), nothing to download")
            .says("/app", "linked"),
        module("a package that is a link, and modules")
            .file("go.mod", format!("{MODULE}{UUID}"))
            .file("go.sum", SUMS)
            .file("main.go", say(&["example.com/app/x"], "x.Word()"))
            .file("shared/x.go", word("x", &["github.com/google/uuid"], "uuid.Nil.String()"))
            .link("x", "shared")
            .planned("whole context (symlink), whole modules")
            .says("/app", NIL)
            .in_layers(),
    ]
}
