//! Flags and variables that are not accepted, each with its reason.
//!
//! Invariant: what runs another program, writes elsewhere or says twice what a key says is refused here and nowhere
//! else; what is only useless is left to Go.

/// What reads a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Compiler,
    Assembler,
    Linker,
}

/// Whose a flag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    /// Of all tools; of the go command, which people try to reach through them.
    All,
    One(Tool),
    /// Of compiler and assembler.
    Sources,
}

const RUNS: &str = "it runs another program than the toolchain's";
const WRITES: &str = "it writes where the build does not look, or instead of it";
const READS: &str = "the go command says itself what is compiled with what";
const SHARED: &str = "a program here is one file";

/// Flags, whose they are, and why not.
const FLAGS: [(&[&str], Of, &str); 20] = [
    (&["toolexec", "exec", "vettool"], Of::All, RUNS),
    (
        &["overlay", "modfile", "C"],
        Of::One(Tool::Linker),
        "it builds something else than what is in the context",
    ),
    (&["overlay", "modfile"], Of::Sources, "it builds something else than what is in the context"),
    (
        &["gccgoflags", "compiler", "pkgdir", "work", "mod", "modcacherw"],
        Of::All,
        "it is a flag of the go command",
    ),
    (&["o", "cpuprofile", "memprofile"], Of::All, WRITES),
    (&["linkshared", "dynlink", "shared", "installsuffix", "pluginpath"], Of::All, SHARED),
    (&["msan", "asan"], Of::All, "it needs a C compiler's runtime, which no base has"),
    (
        &["importcfg", "embedcfg", "coveragecfg", "symabis", "pack", "p", "buildid", "complete"],
        Of::Sources,
        READS,
    ),
    (
        &["asmhdr", "linkobj", "bench", "blockprofile", "mutexprofile", "traceprofile", "json"],
        Of::Sources,
        WRITES,
    ),
    (&["gensymabis"], Of::Sources, WRITES),
    (&["pgoprofile"], Of::Sources, "write `build.pgo`"),
    (&["trimpath"], Of::Sources, "write `build.trimpath`"),
    (&["race"], Of::All, "write `build.race`"),
    (&["lang", "std", "goversion"], Of::Sources, "go.mod says which language it is"),
    (&["buildmode"], Of::One(Tool::Linker), "write `build.buildmode`"),
    (&["extld", "extar", "libgcc"], Of::One(Tool::Linker), RUNS),
    (&["linkmode", "extldflags"], Of::One(Tool::Linker), "write `build.cgo`, which says how C is linked"),
    (&["tmpdir", "capturehostobjs", "benchmarkprofile", "fipso"], Of::One(Tool::Linker), WRITES),
    (&["importcfg"], Of::One(Tool::Linker), READS),
    (&["buildid"], Of::One(Tool::Linker), "without one the program is the same wherever it is built"),
];

/// Why words of a list of flags are not accepted.
pub(super) fn flags(text: &str, tool: Tool) -> Result<(), String> {
    text.split_whitespace().try_for_each(|word| flag(word, tool))
}

/// The name of a flag, with one hyphen or two; what has none is the value of the flag before it (package `flag`).
pub fn flag_name(word: &str) -> Option<&str> {
    let name = word.strip_prefix('-')?;
    name.strip_prefix('-').unwrap_or(name).split('=').next()
}

fn flag(word: &str, tool: Tool) -> Result<(), String> {
    if word.contains(['\'', '"', '\0']) {
        return Err(match tool {
            Tool::Linker => "a linker flag cannot hold quotes; use `build.stamp` for values".to_owned(),
            Tool::Compiler | Tool::Assembler => "a flag cannot hold quotes".to_owned(),
        });
    }
    if word.starts_with('@') {
        return Err(format!(
            "`{word}` is not accepted: it reads flags from a file, which nobody has looked at"
        ));
    }
    let Some(name) = flag_name(word) else { return Ok(()) };
    let of_tool = |of: Of| match of {
        Of::All => true,
        Of::One(one) => one == tool,
        Of::Sources => tool != Tool::Linker,
    };
    match FLAGS.iter().find(|(names, of, _)| of_tool(*of) && names.contains(&name)) {
        Some((_, _, reason)) => Err(format!("`-{name}` is not accepted: {reason}")),
        None => Ok(()),
    }
}

const BY_PROXY: &str = "it is about downloads, and the compile step has no network; write `modules.proxy`";
const BY_SUMDB: &str = "it is about downloads, and the compile step has no network; write `modules.sumdb`";
const BY_PRIVATE: &str =
    "it is about downloads, and the compile step has no network; write `modules.private`";
const BY_CA: &str =
    "it makes Go believe any server; write `modules.ca`, with the certificates of those that are right";

/// Variables, and why not.
const VARIABLES: [(&[&str], &str); 20] = [
    (&["GOPROXY"], BY_PROXY),
    (&["GOSUMDB"], BY_SUMDB),
    (&["GIT_SSH_COMMAND", "GOAUTH", "GONOPROXY", "GONOSUMDB", "GOPRIVATE", "GOVCS", "NETRC"], BY_PRIVATE),
    (&["GIT_SSL_NO_VERIFY", "GOINSECURE"], BY_CA),
    (
        &["CGO_ENABLED"],
        "the build sets it: write `build.cgo: static` or `build.cgo: dynamic` where C is compiled",
    ),
    (&["GOARCH", "GOOS"], "the build sets it: `--platform` says what is built for"),
    (
        &["GOFLAGS"],
        "the build sets it: flags have keys of their own (`build.tags`, `build.ldflags`, `build.gcflags`, …)",
    ),
    (
        &["GOCACHE", "GOMODCACHE", "GOPATH", "GOROOT", "GOTMPDIR", "GOBIN", "HOME"],
        "the build sets it to where it mounts something",
    ),
    (
        &["GOENV", "GOTELEMETRY", "GOTOOLCHAIN", "GOWORK", "PATH"],
        "the build sets it to keep the binary static and reproducible",
    ),
    (&["GOEXPERIMENT"], "write `build.experiment`"),
    (&["GOFIPS140"], "write `build.fips`"),
    (&["GOAMD64"], "write `build.goamd64`"),
    (&["GOARM"], "write `build.goarm`"),
    (&["GOARM64"], "write `build.goarm64`"),
    (&["GO386"], "write `build.go386`"),
    (&["GOMIPS", "GOMIPS64"], "write `build.gomips` or `build.gomips64`"),
    (&["GOPPC64"], "write `build.goppc64`"),
    (&["GORISCV64"], "write `build.goriscv64`"),
    (
        &["GOCACHEPROG", "GOTOOLEXEC", "GO_EXTLINK_ENABLED", "GOTOOLDIR"],
        "it makes the go command run something else",
    ),
    (
        &["LD_AUDIT", "LD_LIBRARY_PATH", "LD_PRELOAD", "BASH_ENV", "ENV"],
        "it loads something into every program of the step",
    ),
];

/// Why a variable is not accepted.
pub(super) fn variable(name: &str) -> Option<&'static str> {
    // The steps' own.
    if name.starts_with("GOBUILD_") {
        return Some("the build sets it for its own scripts");
    }
    VARIABLES.iter().find(|(names, _)| names.contains(&name)).map(|(_, reason)| *reason)
}

#[cfg(test)]
mod tests {
    use super::{Tool, flags, variable};

    #[test]
    fn what_breaks_out_is_refused_with_a_reason() {
        use Tool::{Assembler, Compiler, Linker};
        for (text, tool, reason) in [
            ("-s -w -X main.a=1 -compressdwarf=false", Linker, None),
            ("-N -l -m=2 -d=ssa/check_bce/debug=1", Compiler, None),
            ("-D X=1 -I /src/include", Assembler, None),
            ("-toolexec=/tmp/x", Linker, Some("runs another program")),
            ("--toolexec=/tmp/x", Compiler, Some("runs another program")),
            ("-exec x", Linker, Some("runs another program")),
            ("-vettool=x", Compiler, Some("runs another program")),
            ("-extld /tmp/evil", Linker, Some("runs another program")),
            ("-overlay=/src/o.json", Compiler, Some("something else")),
            ("-modfile=x", Linker, Some("something else")),
            ("-C /tmp", Linker, Some("something else")),
            ("-C", Compiler, None),
            ("-gccgoflags=x", Linker, Some("go command")),
            ("-o /etc/passwd", Linker, Some("writes")),
            ("-o=/etc/passwd", Compiler, Some("writes")),
            ("-json=0,file:///tmp", Compiler, Some("writes")),
            ("-linkmode=external", Linker, Some("`build.cgo`")),
            ("-extldflags=-static", Linker, Some("`build.cgo`")),
            ("-race", Compiler, Some("`build.race`")),
            ("-pgoprofile=x", Compiler, Some("`build.pgo`")),
            ("@/src/flags", Compiler, Some("from a file")),
            ("-X 'main.a=b c'", Linker, Some("quotes")),
        ] {
            let found = flags(text, tool);
            match reason {
                None => assert_eq!(found, Ok(()), "{text}"),
                Some(reason) => {
                    assert!(found.clone().is_err_and(|said| said.contains(reason)), "{text}: {found:?}");
                }
            }
        }
    }

    #[test]
    fn variables_that_have_keys() {
        for (name, reason) in [
            ("GODEBUG", None),
            ("CC", None),
            ("GOFLAGS", Some("keys of their own")),
            ("CGO_ENABLED", Some("`build.cgo: static`")),
            ("GOEXPERIMENT", Some("`build.experiment`")),
            ("GOCACHEPROG", Some("something else")),
            ("LD_PRELOAD", Some("every program")),
            ("GOBUILD_LISTS", Some("scripts")),
        ] {
            let found = variable(name);
            assert_eq!(found.is_some(), reason.is_some(), "{name}");
            assert!(found.is_none_or(|said| said.contains(reason.unwrap_or_default())), "{name}: {found:?}");
        }
    }
}
