//! Rows about what is made of Go alone.

use super::profile;
use super::row::Row;

pub(crate) fn rows() -> Vec<Row> {
    [chosen(), compiled(), optimised(), toolchain(), linked()].concat()
}

const HELLO: &str = "package main\n\nfunc main() { println(\"hello\") }\n";
/// What a program is that says `word`.
const WORD: &str = "package main\n\nfunc main() { println(word) }\n";

fn word(constraint: &str, word: &str) -> String {
    format!("//go:build {constraint}\n\npackage main\n\nconst word = \"{word}\"\n")
}

/// Which files.
fn chosen() -> Vec<Row> {
    let tags = |name| {
        Row::new(name)
            .main(WORD)
            .file("fast.go", word("fast && small", "fast"))
            .file("slow.go", word("!(fast && small)", "slow"))
    };
    let level = |name| {
        Row::new(name)
            .main(WORD)
            .file("level.go", word("amd64.v2 && !amd64.v3", "level 2"))
            .file("other.go", word("!amd64.v2 || amd64.v3", "another level"))
    };
    let say = |text: &str| format!("package main\n\nfunc main() {{ println(\"{text}\") }}\n");
    vec![
        tags("no tags").says("slow"),
        tags("tags").yaml("build: {tags: [fast, small]}").says("fast"),
        level("goamd64 unless told").says("another level"),
        level("goamd64").yaml("build: {goamd64: v2}").says("level 2"),
        Row::new("several programs")
            .file("cmd/first/main.go", say("one"))
            .file("cmd/second/main.go", say("two"))
            .yaml("main: [./cmd/first, ./cmd/second]\nimage: {base: scratch}")
            .says("one")
            .of("/first", "one")
            .of("/second", "two"),
    ]
}

/// What the compiler, the assembler and the linker make of them.
fn compiled() -> Vec<Row> {
    let stamped = "package main\n\nvar version, name, empty = \"none\", \"none\", \"none\"\n\nfunc main() { println(version, name, \"<\" + empty + \">\") }\n";
    let assembled = |name| {
        Row::new(name)
            .main("package main\n\nfunc answer() int64\n\nfunc main() { println(answer()) }\n")
            .file("answer_amd64.s", "#include \"textflag.h\"\n\nTEXT ·answer(SB), NOSPLIT, $0-8\n\tMOVQ $ANSWER, AX\n\tMOVQ AX, ret+0(FP)\n\tRET\n")
    };
    let path = "package main\n\nimport \"runtime\"\n\nfunc main() {\n\t_, file, _, _ := runtime.Caller(0)\n\tprintln(file)\n}\n";
    vec![
        Row::new("stamp")
            .main(stamped)
            .yaml("build:\n  stamp: {main.version: v1.2.3, main.name: \"it's $$HOME and `x`\", main.empty: \"\"}")
            .says("v1.2.3 it's $HOME and `x` <>"),
        Row::new("stamp of other letters")
            .main(stamped)
            .yaml("build:\n  stamp: {main.version: v1.2.3-größer-als-zwölf, main.name: twelve-bytes}")
            .says("v1.2.3-größer-als-zwölf twelve-bytes <none>"),
        Row::new("ldflags").main(stamped).yaml("build: {ldflags: -X main.version=v2}").says("v2 none <none>"),
        Row::new("gcflags unless told").main(&inlined()).says("inlined"),
        Row::new("gcflags of all").main(&inlined()).yaml("build: {gcflags: all=-N -l}").says("called"),
        Row::new("gcflags of others").main(&inlined()).yaml("build: {gcflags: net/...=-N -l}").says("inlined"),
        assembled("asmflags").yaml("build: {asmflags: -D ANSWER=42}").says("42"),
        assembled("asmflags unless told").fails("ANSWER"),
        Row::new("strip unless told").main(HELLO).says("hello").debug(false),
        Row::new("strip: false").main(HELLO).yaml("build: {strip: false}").says("hello").debug(true),
        Row::new("trimpath unless told").main(path).says("example.com/app/main.go"),
        Row::new("trimpath: false").main(path).yaml("build: {trimpath: false}").says("/src/main.go"),
    ]
}

/// Says whether the function of a frame is part of its caller.
const HOW: &str = "
func how(frame []uintptr) string {
	if found, _ := runtime.CallersFrames(frame).Next(); found.Func != nil {
		return \"called\"
	}
	return \"inlined\"
}
";

/// A program with a function that is small enough to be inlined.
fn inlined() -> String {
    let small = "package main\n\nimport \"runtime\"\n\nfunc where(frame []uintptr) { runtime.Callers(1, frame) }\n\n\
                 func main() {\n\tframe := make([]uintptr, 1)\n\twhere(frame)\n\tprintln(how(frame))\n}\n";
    small.to_owned() + HOW
}

/// Profiles. With one, a function is inlined that is too large otherwise.
fn optimised() -> Vec<Row> {
    let large = "package main\n\nimport \"runtime\"\n\nfunc main() {\n\tprintln(where())\n}\n\n\
                 func where() string {\n\tframe := make([]uintptr, 1)\n\truntime.Callers(1, frame)\n\truntime.KeepAlive(frame)\n\treturn how(frame)\n}\n";
    let row = |name| Row::new(name).main(&(large.to_owned() + HOW));
    let profile = || profile::of_a_call(5, 6);
    vec![
        row("pgo without a profile").says("called"),
        row("pgo: a file")
            .file("profiles/cpu.pprof", profile())
            .yaml("build: {pgo: ./profiles/cpu.pprof}")
            .says("inlined"),
        row("pgo unless told").file("default.pgo", profile()).says("inlined"),
        row("pgo: off").file("default.pgo", profile()).yaml("build: {pgo: off}").says("called"),
        row("pgo: a file that is not there").yaml("build: {pgo: ./no.pprof}").refused("no.pprof"),
    ]
}

/// What the toolchain can do besides.
fn toolchain() -> Vec<Row> {
    let fips = "package main\n\nimport \"crypto/fips140\"\n\nfunc main() { println(fips140.Enabled(), fips140.Version()) }\n";
    let json = "package main\n\nimport \"encoding/json/v2\"\n\nfunc main() {\n\ttext, err := json.Marshal([]string(nil))\n\tprintln(string(text), err == nil)\n}\n";
    vec![
        Row::new("cover").main(HELLO).yaml("build: {cover: true}").says("GOCOVERDIR not set"),
        // Version 1 says `null`.
        Row::new("experiment").main(json).yaml("build: {experiment: jsonv2}").says("[] true"),
        Row::new("experiment that there is not")
            .main(HELLO)
            .yaml("build: {experiment: jsonv9}")
            .fails("jsonv9"),
        Row::new("fips unless told").main(fips).says("false latest"),
        Row::new("fips: latest").main(fips).yaml("build: {fips: latest}").says("true latest"),
        Row::new("fips: v1.0.0").main(fips).yaml("build: {fips: v1.0.0}").says("true v1.0.0"),
    ]
}

/// How programs are linked without C.
fn linked() -> Vec<Row> {
    let pie = |name| Row::new(name).main(HELLO).yaml("build: {buildmode: pie}");
    vec![
        Row::new("buildmode unless told").main(HELLO).without_loader().says("hello"),
        pie("buildmode: pie").with_loader().anywhere().says("hello"),
        pie("buildmode: pie on scratch")
            .yaml("image: {base: scratch}")
            .fails("`app` would not start on `scratch`: it is dynamically linked and asks for `/lib64/ld-linux-x86-64.so.2`"),
        pie("buildmode: pie on another C library")
            .yaml("image: {base: \"alpine:3\"}")
            .fails("write `build.buildmode: exe`, or `build.cgo: static` with it"),
    ]
}
