//! Rows about what is made of C as well. `golang:1.26` has glibc, `gobuild/golang-cross:1.26` also musl, and compilers for
//! arm64.

use super::row::Row;

pub(crate) fn rows() -> Vec<Row> {
    [programs(), static_programs(), dynamic_programs(), without_a_compiler(), racing()].concat()
}

/// Says which C library it has.
const LIBRARY: &str = "package main

/*
#include <stdlib.h>
#ifndef ANSWER
#define ANSWER 42
#endif
#ifdef __GLIBC__
#define LIBRARY \"glibc\"
#else
#define LIBRARY \"musl\"
#endif
*/
import \"C\"

func main() { println(C.LIBRARY, C.abs(-C.ANSWER)) }
";

const CROSS: &str = "builder: gobuild/golang-cross:1.26";
const STATIC: &str = "build: {cgo: static}";
const DYNAMIC: &str = "build: {cgo: dynamic}";

fn library(name: &'static str) -> Row {
    Row::new(name).main(LIBRARY)
}

/// Whether C is compiled.
fn programs() -> Vec<Row> {
    let choice = |name| {
        Row::new(name)
            .main("package main\n\nfunc main() { println(word()) }\n")
            .file("c.go", "package main\n\n// static int x(void) { return 1; }\nimport \"C\"\n\nfunc word() string {\n\tif C.x() == 1 {\n\t\treturn \"C\"\n\t}\n\treturn \"?\"\n}\n")
            .file("pure.go", "//go:build !cgo\n\npackage main\n\nfunc word() string { return \"no C\" }\n")
    };
    let main = "package main\n\nimport \"example.com/app/db\"\n\nfunc main() { println(db.Open()) }\n";
    let db = "package db\n\n// static int open_it(void) { return 7; }\nimport \"C\"\n\nfunc Open() int { return int(C.open_it()) }\n";
    let with_db = |name| Row::new(name).main(main).file("db/db.go", db);
    vec![
        choice("cgo unless told").says("no C"),
        choice("cgo: static, of two implementations").yaml(STATIC).says("C"),
        with_db("cgo off, a package of C alone").refused("without C the package `./db` has no Go file"),
        with_db("cgo: static, a package of C alone").yaml(STATIC).without_loader().says("7"),
        with_db("cgo: dynamic on scratch, a package of C alone")
            .yaml(DYNAMIC)
            .yaml("image: {base: scratch}")
            .fails("these packages use C: `example.com/app/db`;"),
    ]
}

fn static_programs() -> Vec<Row> {
    let source = "package main\n\nimport (\n\t\"net\"\n\t\"os/user\"\n)\n\n// static int x(void) { return 1; }\nimport \"C\"\n\n\
                    func main() {\n\tfound, err := net.LookupHost(\"localhost\")\n\tif err != nil {\n\t\tpanic(err)\n\t}\n\
                    \t_, err = user.Current()\n\tprintln(C.x(), found[0] != \"\", err == nil)\n}\n";
    vec![
        library("cgo: static, glibc").yaml(STATIC).without_loader().debug(false).says("glibc 42"),
        library("cgo: static, musl by CC")
            .yaml(CROSS)
            .yaml("build: {cgo: static, env: {CC: musl-gcc}}")
            .without_loader()
            .says("musl 42"),
        library("cgo: static, musl unless told").yaml(CROSS).yaml(STATIC).without_loader().says("musl 42"),
        library("cgo: static, glibc by CC")
            .yaml(CROSS)
            .yaml("build: {cgo: static, env: {CC: gcc}}")
            .without_loader()
            .says("glibc 42"),
        library("cgo: static, CGO_CFLAGS")
            .yaml("build: {cgo: static, env: {CGO_CFLAGS: -O2 -DANSWER=7}}")
            .without_loader()
            .says("glibc 7"),
        library("cgo: static, for arm64").yaml(CROSS).yaml(STATIC).without_loader().on_arm(),
        library("cgo: static, pie")
            .yaml("build: {cgo: static, buildmode: pie}")
            .without_loader()
            .anywhere()
            .says("glibc 42"),
        library("cgo: static, pie, of two compilers")
            .yaml(CROSS)
            .yaml("build: {cgo: static, buildmode: pie}")
            .without_loader()
            .anywhere()
            .says("glibc 42"),
        library("cgo: static, pie, musl by CC")
            .yaml(CROSS)
            .yaml("build: {cgo: static, buildmode: pie, env: {CC: musl-gcc}}")
            .yaml("image: {base: scratch}")
            .fails("its C compiler links no `pie` statically: write `build.buildmode: exe`"),
        library("cgo: static, not stripped")
            .yaml("build: {cgo: static, strip: false}")
            .without_loader()
            .debug(true)
            .says("glibc 42"),
        Row::new("cgo: static, names and users")
            .main(source)
            .yaml(STATIC)
            .without_loader()
            .says("1 true true"),
        // The packages of a server are a layer below the program, and some of them use C where they may.
        Row::new("cgo: static, in layers")
            .main(&source.replace("\"net\"", "\"net\"\n\t_ \"net/http\""))
            .yaml("cache: layers")
            .yaml(STATIC)
            .without_loader()
            .says("1 true true"),
    ]
}

fn dynamic_programs() -> Vec<Row> {
    vec![
        library("cgo: dynamic").yaml(DYNAMIC).with_loader().says("glibc 42"),
        library("cgo: dynamic on scratch")
            .yaml(DYNAMIC)
            .yaml("image: {base: scratch}")
            .fails("asks for `/lib64/ld-linux-x86-64.so.2`, which is not there; these packages use C: `example.com/app`"),
        library("cgo: dynamic on the default base")
            .yaml(DYNAMIC)
            .fails("`app` would not start on `gcr.io/distroless/static:nonroot`"),
    ]
}

fn without_a_compiler() -> Vec<Row> {
    vec![
        library("cgo: static, no compiler")
            .yaml("builder: golang:1.26-alpine")
            .yaml(STATIC)
            .fails("the builder image has no C compiler for linux/amd64; it was looked for as: musl-gcc gcc cc clang"),
        library("cgo: static, no compiler for arm64")
            .yaml(STATIC)
            .yaml("image: {base: scratch}")
            .fails_on_arm("no C compiler for linux/arm64; it was looked for as: aarch64-linux-musl-gcc aarch64-linux-gnu-gcc"),
        library("cgo: static, CC that is not there")
            .yaml("build: {cgo: static, env: {CC: musl-gcc}}")
            .fails("the builder image has no `musl-gcc`, which `build.env` names as CC"),
    ]
}

/// The race detector, which is C.
fn racing() -> Vec<Row> {
    let race = "package main\n\nfunc main() {\n\tnumber, done := 0, make(chan bool)\n\tgo func() { number++; done <- true }()\n\tnumber++\n\t<-done\n\tprintln(number)\n}\n";
    let row = |name| Row::new(name).main(race);
    vec![
        row("race, cgo: dynamic")
            .yaml("build: {race: true, cgo: dynamic}")
            .with_loader()
            .ends(66, "WARNING: DATA RACE"),
        row("race, cgo: static")
            .yaml("build: {race: true, cgo: static}")
            .without_loader()
            .ends(66, "WARNING: DATA RACE"),
        row("race, cgo: static, musl")
            .yaml(CROSS)
            .yaml("build: {race: true, cgo: static}")
            .without_loader()
            .ends(66, "WARNING: DATA RACE"),
        row("race without cgo").yaml("build: {race: true}").refused("`build.race: true` needs C"),
    ]
}
