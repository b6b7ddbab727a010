//! Rows about one module: its go.mod, what it requires, where its programs are.

use super::row::Row;
use super::{MODULE, NIL, SUMS, UUID, say, word};

/// A module that requires something from elsewhere.
const PRUNED: &str = "exact, pruned modules";
const NOT_IMPORTED: &str = "exact, nothing to download (notImported)";
const VENDORED: &str = "exact, nothing to download (vendored)";

pub(crate) fn rows() -> Vec<Row> {
    [of_files(), of_lines(), of_downloads(), of_mains()].concat()
}

/// A module that downloads something.
fn downloads(shape: &str, lines: &str) -> Row {
    Row::new(shape).file("go.mod", format!("{MODULE}{lines}")).file("go.sum", SUMS).planned(PRUNED)
}

/// A module with no dependencies.
fn alone(shape: &str, lines: &str) -> Row {
    Row::new(shape).file("go.mod", format!("{MODULE}{lines}"))
}

/// A program that says a word of its own.
fn hello(row: Row) -> Row {
    row.file("main.go", say(&[], "\"hello\"")).says("/app", "hello")
}

fn of_files() -> Vec<Row> {
    let uuid = say(&["github.com/google/uuid"], "uuid.Nil.String()");
    let vendored = Row::new("vendor")
        .file("go.mod", format!("{MODULE}\nrequire example.com/dep v1.0.0\n"))
        .file("main.go", say(&["example.com/dep"], "dep.Word()"))
        .file("vendor/modules.txt", "# example.com/dep v1.0.0\n## explicit; go 1.21\nexample.com/dep\n")
        .file("vendor/example.com/dep/dep.go", word("dep", &[], "\"vendored\""));
    vec![
        downloads("a single module", UUID).file("main.go", &*uuid).says("/app", NIL).in_layers(),
        hello(alone("no dependencies, an empty go.sum", "")).file("go.sum", ""),
        hello(alone("no requirements, no go.sum", "")).in_layers(),
        Row::new("no go.mod, one file")
            .door("main.go")
            .file("main.go", say(&[], "\"alone\""))
            .says("/main", "alone"),
        downloads("go.mod as the build file", UUID).door("go.mod").file("main.go", &*uuid).says("/app", NIL),
        Row::new("go.mod with CRLF")
            .file("go.mod", format!("{MODULE}{UUID}").replace('\n', "\r\n"))
            .file("go.sum", SUMS.replace('\n', "\r\n"))
            .file("main.go", uuid.replace('\n', "\r\n"))
            .planned(PRUNED)
            .says("/app", NIL),
        vendored.planned(VENDORED).says("/app", "vendored").in_layers(),
    ]
}

fn of_lines() -> Vec<Row> {
    let default = "func() string { info, _ := debug.ReadBuildInfo(); for _, s := range info.Settings { \
                   if s.Key == \"DefaultGODEBUG\" { return s.Value } }; return \"none\" }()";
    let godebug = say(&["runtime/debug"], default);
    let tool = "\nrequire github.com/BurntSushi/toml v1.5.0\n\ntool github.com/BurntSushi/toml/cmd/tomlv\n";
    vec![
        hello(downloads("tool lines", tool)).planned(NOT_IMPORTED),
        alone("godebug lines of go.mod", "\ngodebug panicnil=1\n")
            .file("main.go", &*godebug)
            .says("/app", "panicnil=1"),
        alone("go:debug lines", "")
            .file("main.go", format!("//go:debug panicnil=1\n{godebug}"))
            .says("/app", "panicnil=1"),
        hello(
            Row::new("toolchain ahead of go")
                .file("go.mod", "module example.com/app\n\ngo 1.24\n\ntoolchain go1.26.5\n"),
        ),
        hello(Row::new("go 1.21 without a patch").file("go.mod", "module example.com/app\n\ngo 1.21\n")),
        hello(
            Row::new("a go line before modules were lazy")
                .file("go.mod", format!("module example.com/app\n\ngo 1.16\n{UUID}")),
        )
        .file("go.sum", SUMS)
        .planned(PRUNED),
        downloads(
            "exclude and retract lines",
            &format!("{UUID}\nexclude github.com/google/uuid v1.5.0\n\nretract [v1.0.0, v1.1.0] // oops\n"),
        )
        .file("main.go", say(&["github.com/google/uuid"], "uuid.Nil.String()"))
        .says("/app", NIL),
    ]
}

fn of_downloads() -> Vec<Row> {
    let version = "func() string { info, _ := debug.ReadBuildInfo(); return info.Deps[0].Replace.Path + \"@\" + \
                   info.Deps[0].Replace.Version + uuid.Nil.String()[:1] }()";
    let upper =
        "\nrequire (\n\tgithub.com/BurntSushi/toml v1.5.0\n\tgithub.com/Masterminds/semver/v3 v3.3.1\n)\n";
    let yaml = "\nrequire gopkg.in/yaml.v3 v3.0.1\n";
    let marshal = "func() string { b, err := yaml.Marshal(map[string]int{\"a\": 1}); if err != nil { panic(err) }; return string(b) }()";
    let windows = "//go:build windows\n\npackage main\n\nimport _ \"github.com/google/uuid\"\n";
    vec![
        downloads("replace by another version", &format!("{UUID}\nreplace github.com/google/uuid => github.com/google/uuid v1.5.0\n"))
            .file("main.go", say(&["github.com/google/uuid", "runtime/debug"], version))
            .says("/app", "github.com/google/uuid@v1.5.00"),
        downloads("replace by a fork", &format!("{UUID}\nreplace github.com/google/uuid => github.com/gofrs/uuid v4.4.0+incompatible\n"))
            .file("main.go", say(&["github.com/google/uuid", "runtime/debug"], version))
            .says("/app", "github.com/gofrs/uuid@v4.4.0+incompatible0"),
        downloads("upper case in module paths", upper)
            .file("main.go", "package main\n\nimport (\n\t\"github.com/BurntSushi/toml\"\n\tsemver \"github.com/Masterminds/semver/v3\"\n)\n\nfunc main() { println(semver.MustParse(\"1.2.3\").String(), toml.Key{\"upper\"}.String()) }\n")
            .says("/app", "1.2.3 upper")
            .in_layers(),
        downloads("a /v2 with assembly", "\nrequire github.com/cespare/xxhash/v2 v2.3.0\n")
            .file("main.go", say(&["github.com/cespare/xxhash/v2"], "xxhash.Sum64String(\"shape\") != 0"))
            .says("/app", "true")
            .in_layers(),
        downloads("gopkg.in", yaml).file("main.go", say(&["gopkg.in/yaml.v3"], marshal)).says("/app", "a: 1"),
        downloads("embeds of a dependency", "\nrequire golang.org/x/net v0.43.0\n")
            .file("main.go", say(&["golang.org/x/net/publicsuffix"], "func() string { s, _ := publicsuffix.PublicSuffix(\"a.co.uk\"); return s }()"))
            .says("/app", "co.uk"),
        downloads("a dependency of a dependency", "\nrequire (\n\tgolang.org/x/sync v0.16.0\n\tgolang.org/x/text v0.28.0\n)\n")
            .file("main.go", say(&["golang.org/x/sync/errgroup", "golang.org/x/text/language"], "new(errgroup.Group).Wait() == nil, language.German.String()"))
            .says("/app", "true de"),
        // A superset of imports is planned, whatever the platform.
        hello(downloads("a dependency of another platform", UUID)).file("other.go", windows),
        hello(downloads("a requirement that nothing imports", UUID)).planned(NOT_IMPORTED),
    ]
}

fn of_mains() -> Vec<Row> {
    let server = "package main\n\nimport (\n\t\"io\"\n\t\"net/http\"\n)\n\nfunc main() {\n\thttp.HandleFunc(\"/\", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, \"served\") })\n\tpanic(http.ListenAndServe(\":8080\", nil))\n}\n";
    let test = "package main\n\nimport \"testing\"\n\nfunc TestX(t *testing.T) {}\n";
    vec![
        alone("main in cmd", "").file("cmd/server/main.go", say(&[], "\"cmd\"")).says("/server", "cmd"),
        alone("main in internal", "")
            .file("internal/app/main/main.go", say(&[], "\"deep\""))
            .says("/main", "deep"),
        alone("main in services", "")
            .yaml("main: ./services/x")
            .file("services/x/main.go", say(&[], "\"x\""))
            .file("services/y/main.go", say(&[], "\"y\""))
            .says("/x", "x"),
        downloads("several programs in one image", UUID)
            .yaml("main: [./cmd/a, ./cmd/b]")
            .file("cmd/a/main.go", say(&["example.com/app/shared"], "shared.Word() + \"a\""))
            .file("cmd/b/main.go", say(&["example.com/app/shared"], "shared.Word() + \"b\""))
            .file("shared/s.go", word("shared", &["github.com/google/uuid"], "uuid.Nil.String()[:1]"))
            .says("/a", "0a")
            .says("/b", "0b")
            .in_layers(),
        Row::new("a module path with /v2")
            .file("go.mod", "module example.com/app/v2\n\ngo 1.26\n")
            .file("main.go", say(&["example.com/app/v2/lib"], "lib.Word()"))
            .file("lib/lib.go", word("lib", &[], "\"two\""))
            .says("/app", "two"),
        Row::new("a module path of one word")
            .file("go.mod", "module app\n\ngo 1.26\n")
            .file("main.go", say(&["app/lib"], "lib.Word()"))
            .file("lib/lib.go", word("lib", &[], "\"one\""))
            .says("/app", "one"),
        hello(alone("a test called main", ""))
            .file("lib/main_test.go", test)
            .file("lib/lib.go", word("lib", &[], "\"\"")),
        alone("a server", "")
            .yaml("image:\n  ports: [8080]")
            .file("main.go", server)
            .serves("served")
            .in_layers(),
    ]
}
