//! A `go build` as somebody has written it, and what our build file says instead.
//!
//! Invariant: a flag that changes the program has a key or is in a note; what gobuild does in any case is left out.

use super::draft::{Draft, Value};

/// The flags of `go build` that take a value (`go help build`).
const WITH_VALUE: [&str; 18] = [
    "o",
    "p",
    "C",
    "asmflags",
    "buildmode",
    "compiler",
    "covermode",
    "coverpkg",
    "gccgoflags",
    "gcflags",
    "installsuffix",
    "ldflags",
    "mod",
    "modfile",
    "overlay",
    "pgo",
    "pkgdir",
    "tags",
];
/// What changes nothing, or what gobuild does anyhow.
const EXPECTED: [&str; 14] = [
    "a",
    "v",
    "x",
    "n",
    "p",
    "work",
    "installsuffix",
    "mod",
    "modcacherw",
    "trimpath",
    "buildvcs",
    "compiler",
    "covermode",
    "i",
];

/// A call of `go build` or `go install`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct GoBuild {
    /// Where the program is put (`-o`).
    pub(super) output: Option<String>,
    /// Where Go goes first (`-C`).
    pub(super) directory: Option<String>,
    /// The other flags, without hyphens, and their values.
    pub(super) flags: Vec<(String, Option<String>)>,
    /// Packages or files.
    pub(super) packages: Vec<String>,
}

impl GoBuild {
    /// Reads the words behind `go build`.
    pub(super) fn read(words: &[String]) -> GoBuild {
        let mut build = GoBuild::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let Some(flag) = word.strip_prefix('-') else {
                build.packages.push(word.clone());
                continue;
            };
            let flag = flag.strip_prefix('-').unwrap_or(flag);
            let (name, value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None if WITH_VALUE.contains(&flag) => (flag, words.next().cloned()),
                None => (flag, None),
            };
            match name {
                "o" => build.output = value,
                "C" => build.directory = value,
                _ => build.flags.push((name.to_owned(), value)),
            }
        }
        build
    }
}

/// How C is compiled by what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cgo {
    /// `CGO_ENABLED=0`.
    Off,
    /// `CGO_ENABLED=1`.
    On,
    /// Nobody has said.
    Unsaid,
}

/// Says flags with keys.
pub(super) fn flags(draft: &mut Draft, line: Option<usize>, flags: &[(String, Option<String>)], cgo: Cgo) {
    let mut is_static = false;
    for (name, value) in flags {
        let value = value.as_deref().unwrap_or_default();
        match name.as_str() {
            "tags" => {
                for tag in value.split([',', ' ']).filter(|tag| !tag.is_empty()) {
                    // Without C they say nothing.
                    if cgo != Cgo::Off || !["netgo", "osusergo", "static_build"].contains(&tag) {
                        draft.add(&["build", "tags"], tag);
                    }
                }
            }
            "ldflags" => is_static |= linker_flags(draft, line, value),
            "gcflags" | "asmflags" => draft.add(&["build", name], value),
            "race" if value != "false" => draft.set(&["build", "race"], Value::text("true")),
            "cover" if value != "false" => draft.set(&["build", "cover"], Value::text("true")),
            "pgo" if value != "auto" => draft.set(&["build", "pgo"], Value::text(value)),
            "buildmode" if value == "pie" => draft.set(&["build", "buildmode"], Value::text("pie")),
            "buildmode" if matches!(value, "exe" | "default") => {}
            "race" | "cover" | "pgo" => {}
            expected if EXPECTED.contains(&expected) => {}
            other => draft.note(line, format!("`-{other}` of `go build` has no key here")),
        }
    }
    let races = draft.has(&["build", "race"]);
    match cgo {
        Cgo::On if is_static => draft.set(&["build", "cgo"], Value::text("static")),
        Cgo::On => draft.set(&["build", "cgo"], Value::text("dynamic")),
        Cgo::Unsaid if races => draft.set(&["build", "cgo"], Value::text("dynamic")),
        Cgo::Off | Cgo::Unsaid => {}
    }
}

/// Says the flags of the linker with keys; whether they ask for a static program.
fn linker_flags(draft: &mut Draft, line: Option<usize>, text: &str) -> bool {
    let mut words = quoted(text).into_iter();
    let (mut stripped, mut is_static) = (false, false);
    while let Some(word) = words.next() {
        let flag = word.trim_start_matches('-');
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (flag.to_owned(), None),
        };
        match name.as_str() {
            "s" | "w" => stripped = true,
            "buildid" => {}
            "X" => {
                let value = value.or_else(|| words.next()).unwrap_or_default();
                match value.split_once('=') {
                    Some((symbol, value)) => stamp(draft, line, symbol, value),
                    None => draft.note(line, format!("`-X {value}` stamps nothing")),
                }
            }
            "extldflags" => {
                let value = value.or_else(|| words.next()).unwrap_or_default();
                is_static |= value.split_whitespace().any(|flag| flag == "-static" || flag == "-static-pie");
                for other in value.split_whitespace().filter(|flag| !flag.starts_with("-static")) {
                    draft.note(line, format!("`{other}` is for the linker of C: say it with `#cgo LDFLAGS`"));
                }
            }
            // That of C without a key.
            "linkmode" => {
                value.or_else(|| words.next());
            }
            _ => {
                let mut whole = word.clone();
                // A value of its own has no hyphen.
                if value.is_none() && word.starts_with('-') && takes_value(&name) {
                    whole = format!("{word} {}", words.next().unwrap_or_default());
                }
                draft.add(&["build", "ldflags"], &whole);
            }
        }
    }
    if !stripped {
        draft.note(
            line,
            "symbols and debug information were kept; they are left out here, which makes a program a third smaller: \
             `build.strip: false` keeps them",
        );
    }
    is_static
}

/// Flags of the linker whose value is a word of its own.
fn takes_value(name: &str) -> bool {
    ["B", "E", "H", "I", "L", "R", "T", "r", "k"].contains(&name)
}

/// A value that the linker puts into a variable.
fn stamp(draft: &mut Draft, line: Option<usize>, symbol: &str, value: &str) {
    let key = ["build", "stamp", symbol];
    if !value.contains("$(") {
        draft.set(&key, Value::text(value));
    } else if value.contains("rev-parse") || value.contains("git log") {
        draft.set(&key, Value::text("${COMMIT}"));
    } else if value.contains("git describe") || value.contains("git tag") {
        draft.set(&key, Value::text("${VERSION}"));
        draft.set(&["args", "VERSION"], Value::text("dev"));
        draft.note(
            line,
            "`git` does not run here: the version is the tag of a repository that is built by its URL, or \
             `--build-arg VERSION=$(git describe --tags)`",
        );
    } else if value.contains("date") {
        draft.note(
            line,
            format!(
                "`{symbol}` was the time of the build, with which no two programs are the same; \
                 `build.stamp` could give it `${{SOURCE_DATE_EPOCH}}`, the seconds of `--build-arg SOURCE_DATE_EPOCH=…`"
            ),
        );
    } else {
        draft.note(line, format!("`{symbol}` was what `{value}` prints: give it as a build arg"));
    }
}

/// Words with quotes and without escapes, as the go command splits its lists of flags (`cmd/internal/quoted`).
pub(super) fn quoted(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (word, after) = if matches!(first, '\'' | '"') {
            rest[1..].split_once(first).unwrap_or((&rest[1..], ""))
        } else {
            // The output of a command may have spaces.
            let mut depth = 0usize;
            let end = rest.char_indices().find(|(_, c)| {
                match c {
                    '(' | '{' => depth += 1,
                    ')' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0 && c.is_whitespace()
            });
            rest.split_at(end.map_or(rest.len(), |(end, _)| end))
        };
        words.push(word.to_owned());
        rest = after.trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{Cgo, Draft, GoBuild, flags, quoted};
    use crate::init::shell;

    fn draft(command: &str, cgo: Cgo) -> String {
        let mut draft = Draft::new("x", None);
        let words = shell::words(command);
        let build = GoBuild::read(&words[2..]);
        flags(&mut draft, None, &build.flags, cgo);
        draft.to_yaml().split_once("\n\n").map(|(_, text)| text.to_owned()).unwrap_or_default()
    }

    #[test]
    fn operands_and_flags() {
        let words = shell::words("go build -v -o /out/app -ldflags='-s -w' -tags a,b --race ./cmd/app");
        let build = GoBuild::read(&words[2..]);
        assert_eq!(build.output.as_deref(), Some("/out/app"));
        assert_eq!(build.packages, ["./cmd/app"]);
        assert_eq!(build.flags.len(), 4);
    }

    #[test]
    fn flags_have_keys() {
        for (command, cgo, expected) in [
            ("go build -a -installsuffix cgo -trimpath -mod=vendor .", Cgo::Off, ""),
            (
                "go build -ldflags \"-s -w -X main.v=$V -X 'main.d=a b' -extldflags \\\"-static\\\" -compressdwarf=false\" -tags netgo,x",
                Cgo::Off,
                "build:\n  stamp:\n    main.v: ${V}\n    main.d: a b\n  ldflags: [-compressdwarf=false]\n  tags: [x]\n",
            ),
            (
                "go build -ldflags '-s -linkmode external -extldflags -static' -tags=netgo",
                Cgo::On,
                "build:\n  tags: [netgo]\n  cgo: static\n",
            ),
            (
                "go build -ldflags=\"-s -X main.c=$(git rev-parse HEAD)\"",
                Cgo::Off,
                "build:\n  stamp:\n    main.c: ${COMMIT}\n",
            ),
            (
                "go build -buildmode=pie -race -pgo=cpu.pprof",
                Cgo::On,
                "build:\n  buildmode: pie\n  race: true\n  pgo: cpu.pprof\n  cgo: dynamic\n",
            ),
        ] {
            assert_eq!(draft(command, cgo), expected, "{command}");
        }
    }

    #[test]
    fn lists_of_flags_are_split_as_go_does() {
        assert_eq!(quoted(" -s  -X 'a=b c' \"d\" -X=$(e f) '"), ["-s", "-X", "a=b c", "d", "-X=$(e f)", ""]);
    }
}
