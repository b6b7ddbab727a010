//! The tree to the model, one function per concept of the language.
//!
//! Invariant: a key is named once, where it is read; what is accepted, suggested and reported follows from that.

use super::model::{Base, Build, Cache, ImageSpec, MainPath, Spec};
use super::reader::{Field, Keys, Reader, Spanned};
use super::variables::Variables;
use super::yaml::{Node, Value};
use crate::context::ContextPath;
use crate::diagnostic::{Diagnostic, Kind, Problem};
use crate::golang::GoVersion;
use crate::image::{Healthcheck, ImageRef, User, parse_duration, parse_ports};
use buildkit_llb::{LineRange, SourceFile};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `image.base: static`: CA certificates, time zones, accounts, /tmp; no shell.
const STATIC: &str = "gcr.io/distroless/static:nonroot";
/// `image.base: alpine`: the same and a shell.
const ALPINE: &str = "alpine:3";

/// The declared args of a build file with their defaults; problems are left to [`read`].
pub(super) fn declared_args(root: &Node) -> BTreeMap<String, Option<String>> {
    let Value::Mapping(pairs) = &root.value else { return BTreeMap::new() };
    let Some((_, Node { value: Value::Mapping(args), .. })) =
        pairs.iter().find(|(key, _)| key.name == "args")
    else {
        return BTreeMap::new();
    };
    args.iter().map(|(key, node)| (key.name.clone(), default_of(node))).collect()
}

/// The default of an arg, written as the arg's value or as `default` beside a `description`.
fn default_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(text, _) if !node.is_null() => Some(text.clone()),
        Value::Mapping(pairs) => {
            pairs.iter().find(|(key, _)| key.name == "default").and_then(|(_, node)| default_of(node))
        }
        _ => None,
    }
}

/// Reads the whole document.
pub(super) fn read(root: &Node, file: &Arc<SourceFile>, variables: &Variables) -> (Spec, Vec<Diagnostic>) {
    let mut reader = Reader { file, variables, found: Vec::new(), text: 0 };
    let mut keys = reader.keys(&Field { path: String::new(), node: root });
    if let Some(field) = keys.take("args") {
        args(&mut reader, &field);
    }
    let spec = Spec {
        file: Arc::clone(file),
        go: keys.take("go").and_then(|field| reader.parsed(&field, go_version)),
        builder: keys.take("builder").and_then(|field| reader.parsed(&field, ImageRef::parse)),
        main: keys.take("main").map(|field| main(&mut reader, &field)).unwrap_or_default(),
        build: keys.take("build").map(|field| build(&mut reader, &field)).unwrap_or_default(),
        cache: keys
            .take("cache")
            .and_then(|field| reader.parsed(&field, cache))
            .map(|cache| cache.value)
            .unwrap_or_default(),
        image: image(&mut reader, keys.take("image")),
    };
    if let (Some(go), Some(builder)) = (&spec.go, &spec.builder) {
        let problem = Problem::GoAndBuilder { go: go.value.to_string(), builder: builder.value.familiar() };
        reader.report(problem, builder.span);
    }
    keys.finish(&mut reader);
    // Keys are read in the order of this function; people read a file from its top.
    reader.found.sort_by_key(|found| found.place.as_ref().and_then(|place| place.ranges.first()).copied());
    (spec, reader.found)
}

fn args(reader: &mut Reader<'_>, field: &Field<'_>) {
    for (key, value) in reader.entries(field) {
        if !is_name(&key.name) {
            reader.report(Problem::ArgName { name: key.name.clone() }, key.span);
        }
        match &value.node.value {
            Value::Scalar(..) => {}
            Value::Mapping(_) => {
                let mut keys = reader.keys(&value);
                for field in [keys.take("default"), keys.take("description")].into_iter().flatten() {
                    // A default is itself, dollar signs and all: there is nothing yet that it could refer to.
                    if !matches!(field.node.value, Value::Scalar(..)) {
                        reader.wrong_type(&field, Kind::Text);
                    }
                }
                keys.finish(reader);
            }
            Value::Sequence(_) => reader.wrong_type(&value, Kind::Text),
        }
    }
}

fn go_version(text: &str) -> Result<GoVersion, &'static str> {
    let version = GoVersion::parse(text).ok_or("a Go version is written like `1.26` or `1.26.3`")?;
    // The flags of the compile step are of 1.18.
    if version.satisfies_release_tag(1, 18) { Ok(version) } else { Err("Go 1.18 or later is needed") }
}

fn main(reader: &mut Reader<'_>, field: &Field<'_>) -> Vec<Spanned<MainPath>> {
    let texts = reader.texts(field);
    texts
        .iter()
        .filter_map(|text| {
            reader.parse_text(&field.path, text, |written| {
                ContextPath::parse(written).map(|path| MainPath { written: written.to_owned(), path })
            })
        })
        .collect()
}

fn build(reader: &mut Reader<'_>, field: &Field<'_>) -> Build {
    let mut keys = reader.keys(field);
    let build = Build {
        tags: keys.take("tags").map(|field| tags(reader, &field)).unwrap_or_default(),
        ldflags: keys.take("ldflags").map(|field| ldflags(reader, &field)).unwrap_or_default(),
        stamp: keys.take("stamp").map(|field| stamp(reader, &field)).unwrap_or_default(),
        env: keys.take("env").map(|field| build_env(reader, &field)).unwrap_or_default(),
    };
    keys.finish(reader);
    build
}

/// Tags are joined with commas on the command line, so one with a comma is two.
fn tags(reader: &mut Reader<'_>, field: &Field<'_>) -> BTreeSet<String> {
    let texts = reader.texts(field);
    let tag = |text: &str| {
        let good = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
        if good { Ok(text.to_owned()) } else { Err("a build tag has letters, digits, `_` and `.`") }
    };
    texts.iter().filter_map(|text| reader.parse_text(&field.path, text, tag)).map(|tag| tag.value).collect()
}

/// Linker flags, one each, or one text with spaces between them.
fn ldflags(reader: &mut Reader<'_>, field: &Field<'_>) -> Vec<String> {
    let texts = reader.texts(field);
    let flag = |text: &str| {
        // Flags that run another program or write elsewhere; the result would no longer be what the file says.
        let refused = ["-extld", "-extldflags", "-o", "-tmpdir", "-linkmode", "-buildid"];
        let name = text.trim_start_matches('-').split('=').next().unwrap_or_default();
        if refused.iter().any(|refused| &refused[1..] == name) {
            Err(format!("`-{name}` is not accepted: it changes what the linker runs or where it writes"))
        } else if text.contains(['\'', '"', '\n', '\0']) {
            Err("a linker flag cannot hold quotes or line breaks; use `build.stamp` for values".to_owned())
        } else {
            Ok(text.to_owned())
        }
    };
    let mut flags = Vec::new();
    for text in &texts {
        for word in text.value.split_whitespace() {
            let word = Spanned { value: word.to_owned(), span: text.span };
            flags.extend(reader.parse_text(&field.path, &word, flag).map(|flag| flag.value));
        }
    }
    flags
}

fn stamp(reader: &mut Reader<'_>, field: &Field<'_>) -> BTreeMap<String, String> {
    let mut stamps = BTreeMap::new();
    for (key, value) in reader.entries(field) {
        let symbol = Spanned { value: key.name.clone(), span: key.span };
        let symbol = reader.parse_text(&field.path, &symbol, |symbol| {
            let good =
                symbol.rsplit_once('.').is_some_and(|(package, name)| !package.is_empty() && is_name(name));
            let plain = !symbol.contains(|c: char| c.is_whitespace() || c.is_control() || "'\"=".contains(c));
            if good && plain { Ok(()) } else { Err("a symbol is written like `main.version`") }
        });
        // Go's linker flags are split at spaces, with quotes and without escapes (`cmd/internal/quoted`).
        let value = reader.parsed(&value, |value| {
            let both = value.contains('\'') && value.contains('"');
            if both || value.contains(['\0', '\n', '\r']) {
                Err("a stamped value is one line and has no two kinds of quotes")
            } else {
                Ok(value.to_owned())
            }
        });
        if let (Some(_), Some(value)) = (symbol, value) {
            stamps.insert(key.name.clone(), value.value);
        }
    }
    stamps
}

/// Names that the steps set themselves, each for a promise that the image makes.
const RESERVED_ENV: [&str; 10] = [
    "CGO_ENABLED",
    "GOARCH",
    "GOCACHE",
    "GOENV",
    "GOFLAGS",
    "GOMODCACHE",
    "GOOS",
    "GOPROXY",
    "GOTOOLCHAIN",
    "PATH",
];

fn build_env(reader: &mut Reader<'_>, field: &Field<'_>) -> BTreeMap<String, String> {
    let env = environment(reader, field);
    for (key, _) in reader.entries(field) {
        if RESERVED_ENV.contains(&key.name.as_str()) {
            let problem = Problem::ReservedEnv { name: key.name.clone(), key: field.path.clone() };
            reader.report(problem, key.span);
        }
    }
    env
}

fn environment(reader: &mut Reader<'_>, field: &Field<'_>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (key, value) in reader.entries(field) {
        if key.name.is_empty() || key.name.contains(['=', '\0']) {
            let reason = "a variable's name has no `=`".to_owned();
            let problem = Problem::BadValue { key: field.path.clone(), found: key.name.clone(), reason };
            reader.report(problem, key.span);
        } else if let Some(text) = reader.parsed(&value, without_nul) {
            variables.insert(key.name.clone(), text.value);
        }
    }
    variables
}

fn cache(text: &str) -> Result<Cache, &'static str> {
    match text {
        "auto" => Ok(Cache::Auto),
        "mounts" => Ok(Cache::Mounts),
        "layers" => Ok(Cache::Layers),
        "off" => Ok(Cache::Off),
        _ => Err("it is one of `auto`, `layers`, `mounts` and `off`"),
    }
}

fn image(reader: &mut Reader<'_>, field: Option<Field<'_>>) -> ImageSpec {
    let nowhere = LineRange::line(1);
    let default_base = || Spanned { value: Base::default(), span: nowhere };
    let Some(field) = field else {
        return ImageSpec {
            base: default_base(),
            user: None,
            workdir: None,
            entrypoint: None,
            cmd: None,
            env: BTreeMap::new(),
            ports: BTreeSet::new(),
            labels: BTreeMap::new(),
            healthcheck: None,
        };
    };
    let mut keys = reader.keys(&field);
    let image = ImageSpec {
        base: keys.take("base").and_then(|field| reader.parsed(&field, base)).unwrap_or_else(default_base),
        user: keys.take("user").and_then(|field| reader.parsed(&field, User::parse)),
        workdir: keys.take("workdir").and_then(|field| reader.parsed(&field, workdir)).map(|path| path.value),
        entrypoint: keys.take("entrypoint").and_then(|field| reader.argv(&field)),
        cmd: keys.take("cmd").and_then(|field| reader.argv(&field)),
        env: keys.take("env").map(|field| environment(reader, &field)).unwrap_or_default(),
        ports: keys.take("ports").map(|field| ports(reader, &field)).unwrap_or_default(),
        labels: keys.take("labels").map(|field| labels(reader, &field)).unwrap_or_default(),
        healthcheck: keys.take("healthcheck").map(|field| healthcheck(reader, &field)),
    };
    keys.finish(reader);
    image
}

impl Default for Base {
    fn default() -> Base {
        Base::Image(ImageRef::parse(STATIC).expect("a constant that the tests build with"))
    }
}

fn base(text: &str) -> Result<Base, crate::image::ReferenceProblem> {
    match text {
        "scratch" => Ok(Base::Scratch),
        "static" => Ok(Base::default()),
        "alpine" => ImageRef::parse(ALPINE).map(Base::Image),
        other => ImageRef::parse(other).map(Base::Image),
    }
}

fn workdir(text: &str) -> Result<String, &'static str> {
    let clean = text.split('/').skip(1).all(|element| !matches!(element, "" | "." | ".."));
    let plain = !text.contains(|c: char| c.is_control());
    if text == "/" || (text.starts_with('/') && clean && plain) {
        Ok(text.to_owned())
    } else {
        Err("a directory in the image is absolute and clean, like `/app`")
    }
}

fn ports(reader: &mut Reader<'_>, field: &Field<'_>) -> BTreeSet<String> {
    // Each may be a range of all there are.
    const MOST_RANGES: usize = 100;
    let texts = reader.texts(field);
    if let Some(text) = texts.get(MOST_RANGES) {
        let reason = format!("at most {MOST_RANGES} ports and ranges are accepted");
        let problem = Problem::BadValue { key: field.path.clone(), found: text.value.clone(), reason };
        reader.report(problem, text.span);
    }
    texts
        .iter()
        .take(MOST_RANGES)
        .filter_map(|text| reader.parse_text(&field.path, text, parse_ports))
        .flat_map(|ports| ports.value)
        .collect()
}

fn labels(reader: &mut Reader<'_>, field: &Field<'_>) -> BTreeMap<String, String> {
    let entries = reader.entries(field);
    entries
        .into_iter()
        .filter_map(|(key, value)| Some((key.name.clone(), reader.parsed(&value, without_nul)?.value)))
        .collect()
}

fn healthcheck(reader: &mut Reader<'_>, field: &Field<'_>) -> Healthcheck {
    if let Value::Scalar(text, _) = &field.node.value
        && text == "none"
    {
        return Healthcheck { test: vec!["NONE".to_owned()], ..Healthcheck::default() };
    }
    let mut keys = reader.keys(field);
    let mut duration = |keys: &mut Keys<'_>, name| {
        keys.take(name)
            .and_then(|field| reader.parsed(&field, parse_duration))
            .map_or(0, |nanoseconds| nanoseconds.value)
    };
    let mut check = Healthcheck {
        interval: duration(&mut keys, "interval"),
        timeout: duration(&mut keys, "timeout"),
        start_period: duration(&mut keys, "start-period"),
        start_interval: duration(&mut keys, "start-interval"),
        ..Healthcheck::default()
    };
    check.retries = keys
        .take("retries")
        .and_then(|field| {
            reader.parsed(&field, |text| text.parse::<u16>().map_err(|_| "a whole number is needed"))
        })
        .map_or(0, |retries| i64::from(retries.value));
    match keys.take("test") {
        Some(test) => {
            let argv = reader.argv(&test).unwrap_or_default();
            if argv.is_empty() {
                reader.report(Problem::MissingKey { key: test.path.clone() }, test.node.span);
            }
            check.test = std::iter::once("CMD".to_owned()).chain(argv).collect();
        }
        None => reader.report(Problem::MissingKey { key: format!("{}.test", field.path) }, field.node.span),
    }
    keys.finish(reader);
    check
}

fn without_nul(text: &str) -> Result<String, &'static str> {
    if text.contains('\0') { Err("a value cannot hold a NUL") } else { Ok(text.to_owned()) }
}

/// A Go identifier, which is also what an environment variable is called.
fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
