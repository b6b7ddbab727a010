//! A `.ko.yaml` in the words of our build file.
//!
//! Invariant: what ko does by itself is not said (static base, no C, one layer for the program).

use super::draft::{Draft, Value};
use super::go_build::{self, Cgo};
use super::goreleaser::{Fields, templates};
use super::names::Names;
use super::{GoFacts, binary, main_path, say_mains};

/// ko's own base, for which ours stands.
const BASES: [&str; 3] =
    ["cgr.dev/chainguard/static", "cgr.dev/chainguard/static:latest", "gcr.io/distroless/static:nonroot"];

/// Says what the file says.
pub(super) fn read(draft: &mut Draft, text: &str, facts: &GoFacts) {
    let Some(root) = Fields::read(draft, text) else { return };
    let builds = root.list("builds");
    let mains: Vec<String> = builds.iter().map(|build| main(build, facts)).collect();
    let of_module = |path: &str| {
        main_path(facts.module.as_deref().and_then(|module| path.strip_prefix(module)).unwrap_or(path))
    };
    let overrides = root.map("baseImageOverrides");
    let base = |main: Option<&String>| {
        let own = overrides.iter().find(|(path, _)| Some(&of_module(path)) == main);
        let base = own.map(|(_, image)| image.clone()).or(root.text("defaultBaseImage"))?;
        (!BASES.contains(&base.as_str())).then(|| Value::text(base))
    };
    let mut names = Names::default();
    let read = |draft: &mut Draft, build: Option<&Fields>, main: Option<&String>| {
        of_build(draft, build, &root);
        if let Some(base) = base(main) {
            draft.set(&["image", "base"], base);
        }
    };
    match (builds.as_slice(), mains.as_slice()) {
        // ko makes an image for each.
        ([_, _, ..], _) => {
            for (build, main) in builds.iter().zip(&mains) {
                let name = names.free(&build.text("id").unwrap_or_else(|| binary(main, facts)));
                let mut own = Draft::new("", None);
                read(&mut own, Some(build), Some(main));
                draft.set(&["targets", &name, "main"], Value::text(main));
                draft.adopt(&["targets", &name], own);
            }
        }
        (builds, mains) => {
            read(draft, builds.first(), mains.first().or(facts.main.as_ref()));
            say_mains(draft, mains, facts);
        }
    }
    let is_built =
        |main: &String| mains.contains(main) || (mains.is_empty() && facts.main.as_ref() == Some(main));
    for (path, image) in overrides.iter().filter(|(path, _)| !is_built(&of_module(path))) {
        draft.note(
            root.line("baseImageOverrides"),
            format!("the base of `{path}` was `{image}`; nothing else is said of that program"),
        );
    }
    let platforms = root.texts("defaultPlatforms");
    if !platforms.is_empty() {
        draft.note(
            root.line("defaultPlatforms"),
            format!("platforms are said where it is built: `--platform {}`", platforms.join(",")),
        );
    }
    draft.note(
        None,
        "the program is `/<name>` here and not `/ko-app/<name>`; files of `kodata` are not in the image: embed them (`//go:embed`)",
    );
}

/// The directory of a build's program.
fn main(build: &Fields, facts: &GoFacts) -> String {
    let directory = build.text("dir").unwrap_or_default();
    let main = build.text("main").unwrap_or_default();
    let own = facts.module.as_deref().and_then(|module| main.strip_prefix(module));
    let path = own.unwrap_or(&main).trim_start_matches("./").trim_start_matches('/');
    let path = path.rsplit_once('/').filter(|_| path.ends_with(".go")).map_or(path, |(above, _)| above);
    let path = if path.ends_with(".go") { "" } else { path };
    main_path(&format!("{}/{path}", directory.trim_end_matches('/')))
}

/// Says what a build says, or, where it is silent, what the file says for all.
fn of_build(draft: &mut Draft, build: Option<&Fields>, root: &Fields) {
    for (name, default) in [("flags", "defaultFlags"), ("ldflags", "defaultLdflags"), ("env", "defaultEnv")] {
        match build.filter(|build| !build.texts(name).is_empty()) {
            Some(build) => settings(draft, build, name, name),
            None => settings(draft, root, default, name),
        }
    }
    if let Some(build) = build
        && let Some(config) = build.text("linux_capabilities")
    {
        draft.note(
            build.line("linux_capabilities"),
            format!("capabilities of files (`{config}`) have no key here"),
        );
    }
}

/// Flags, linker flags or variables.
fn settings(draft: &mut Draft, fields: &Fields, name: &str, kind: &str) {
    let line = fields.line(name);
    let words: Vec<String> = fields.texts(name).iter().map(|text| templates(draft, line, text)).collect();
    match kind {
        "flags" => flags(draft, line, &words, Cgo::Off),
        "ldflags" if !words.is_empty() => linker_flags(draft, line, &words),
        "env" => env(draft, line, &words),
        _ => {}
    }
}

/// Flags of `go build` as a list, some with their value in the next item.
pub(super) fn flags(draft: &mut Draft, line: Option<usize>, words: &[String], cgo: Cgo) {
    let words: Vec<String> = words.iter().flat_map(|word| go_build::quoted(word)).collect();
    let build = go_build::GoBuild::read(&words);
    go_build::flags(draft, line, &build.flags, cgo);
}

/// Linker flags as a list of words, or of texts of several words.
pub(super) fn linker_flags(draft: &mut Draft, line: Option<usize>, words: &[String]) {
    go_build::flags(draft, line, &[("ldflags".to_owned(), Some(words.join(" ")))], Cgo::Off);
}

/// Variables of `go build`.
pub(super) fn env(draft: &mut Draft, line: Option<usize>, words: &[String]) {
    for word in words {
        let Some((name, value)) = word.split_once('=') else { continue };
        match (name, value) {
            ("CGO_ENABLED", "1") => draft.set(&["build", "cgo"], Value::text("dynamic")),
            ("CGO_ENABLED" | "GOOS" | "GOARCH" | "GO111MODULE", _) => {}
            ("GOFLAGS", flags) => self::flags(draft, line, &[flags.to_owned()], Cgo::Off),
            ("GOPRIVATE", hosts) => {
                let host = |host: &str| Value::Map(vec![("host".to_owned(), Value::text(host))]);
                let hosts = hosts.split(',').map(|name| host(name.trim_start_matches("*.")));
                draft.set(&["modules", "private"], Value::List(hosts.collect()));
            }
            ("GOPROXY", proxies) => {
                let proxies = proxies.split([',', '|']).map(str::to_owned).collect();
                draft.set(&["modules", "proxy"], Value::one_or_more(proxies));
            }
            ("GOSUMDB", database) => draft.set(&["modules", "sumdb"], Value::text(database)),
            ("GOEXPERIMENT", list) => draft.set(&["build", "experiment"], Value::texts(list.split(','))),
            ("GOFIPS140", fips) => draft.set(&["build", "fips"], Value::text(fips)),
            (level @ ("GOAMD64" | "GOARM" | "GOARM64" | "GO386" | "GOPPC64" | "GORISCV64"), value) => {
                draft.set(&["build", &level.to_ascii_lowercase()], Value::text(value));
            }
            (name, value) => draft.set(&["build", "env", name], Value::text(value)),
        }
    }
}
