//! What the client asked for, read once from the environment that the daemon sets.
//!
//! The one table of option names is [`name`]. Invariant: what is not an option of a frontend is ignored, as newer
//! clients send more; what is one and makes no sense is an error before anything runs.

use super::url::secrets;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::plan::NoCache;
use buildkit_llb::{Network, Platform, ResolveMode};
use buildkit_proto::gateway::CacheOptionsEntry;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The names, as BuildKit's `frontend/dockerui` has them.
mod name {
    pub(super) const FILENAME: &str = "filename";
    pub(super) const TARGET: &str = "target";
    pub(super) const PLATFORM: &str = "platform";
    pub(super) const MULTI_PLATFORM: &str = "multi-platform";
    pub(super) const MULTI_PLATFORM_ARG: &str = "build-arg:BUILDKIT_MULTI_PLATFORM";
    pub(super) const NO_CACHE: &str = "no-cache";
    pub(super) const RESOLVE_MODE: &str = "image-resolve-mode";
    pub(super) const NETWORK: &str = "force-network-mode";
    pub(super) const ADD_HOSTS: &str = "add-hosts";
    pub(super) const CACHE_IMPORTS: &str = "cache-imports";
    /// Sent by Docker's own API in place of `cache-imports`.
    pub(super) const CACHE_FROM: &str = "cache-from";
    pub(super) const CONTEXT: &str = "context";
    /// The option that has the context, if it is not `context`.
    pub(super) const CONTEXT_KEY: &str = "contextkey";
    pub(super) const CONTEXT_SUBDIR: &str = "contextsubdir";
    /// The client's directory with the build file, whatever the context is.
    pub(super) const BUILD_FILE_KEY: &str = "dockerfilekey";
    pub(super) const KEEP_GIT_DIR: &str = "BUILDKIT_CONTEXT_KEEP_GIT_DIR";
    pub(super) const REQUEST_ID: &str = "requestid";
    pub(super) const COMMAND_LINE: &str = "cmdline";
    pub(super) const CAPABILITIES: &str = "frontend.caps";
    pub(super) const REVISION: &str = "vcs:revision";
    pub(super) const CACHE_NAMESPACE: &str = "BUILDKIT_CACHE_MOUNT_NS";
    pub(super) const EPOCH: &str = "SOURCE_DATE_EPOCH";

    pub(super) const BUILD_ARG_PREFIX: &str = "build-arg:";
    pub(super) const LABEL_PREFIX: &str = "label:";
    pub(super) const NAMED_CONTEXT_PREFIX: &str = "context:";
    pub(super) const SHARED_KEY_PREFIX: &str = "sharedkey:localdir:";
    pub(super) const INPUT_METADATA_PREFIX: &str = "input-metadata:";
    pub(super) const SESSION_PREFIX: &str = "local-sessionid:";
}

/// The environment variables of the gateway (`frontend/gateway/gateway.go`).
mod variable {
    pub(super) const OPTION_PREFIX: &str = "BUILDKIT_FRONTEND_OPT_";
    pub(super) const SESSION: &str = "BUILDKIT_SESSION_ID";
    pub(super) const WORKERS: &str = "BUILDKIT_WORKERS";
}

/// One request to this frontend.
#[derive(Clone, Debug)]
pub(super) struct Options {
    /// The client's session, which local files come from.
    pub(super) session: String,
    /// Sessions of single local directories, by name.
    pub(super) sessions: BTreeMap<String, String>,
    /// The platform that steps run on.
    pub(super) build_platform: Platform,
    /// The build file's name.
    pub(super) filename: String,
    /// The client's directory that the build file is in, whatever the context is.
    pub(super) build_file_directory: Option<String>,
    /// `--target`.
    pub(super) target: Option<String>,
    /// `--platform`; empty means the build platform.
    pub(super) platforms: Vec<Platform>,
    /// Whether the result is keyed by platform.
    pub(super) shape: Shape,
    /// `--no-cache`.
    pub(super) no_cache: NoCache,
    /// How images are looked up.
    pub(super) resolve_mode: ResolveMode,
    /// `--network`.
    pub(super) network: Network,
    /// `--add-host`, name and address.
    pub(super) extra_hosts: Vec<(String, String)>,
    /// `--cache-from`.
    pub(super) cache_imports: Vec<CacheOptionsEntry>,
    /// The URL of the context, if it is not a directory of the client.
    pub(super) context: Option<String>,
    /// The directory of such a context that counts.
    pub(super) context_subdir: Option<String>,
    /// Whether a repository comes with its `.git`.
    pub(super) git_directory: GitDirectory,
    /// `--build-context`, by name.
    pub(super) named_contexts: BTreeMap<String, String>,
    /// What tells directories of one name from each other, by named context.
    pub(super) shared_keys: BTreeMap<String, String>,
    /// What the client says of inputs, by name: JSON.
    pub(super) input_metadata: BTreeMap<String, String>,
    /// `--build-arg`.
    pub(super) build_args: BTreeMap<String, String>,
    /// `--label`.
    pub(super) labels: BTreeMap<String, String>,
    /// What the client demands of a frontend.
    pub(super) capabilities: Vec<String>,
    /// `--call`, as the client puts it.
    pub(super) request: Option<String>,
    /// The directive's value: our image and the words after it.
    pub(super) cmdline: String,
    /// The commit that the context was checked out at.
    pub(super) revision: Option<String>,
    /// `SOURCE_DATE_EPOCH`.
    pub(super) epoch: Option<Epoch>,
    /// A prefix for the names of cache mounts.
    pub(super) cache_namespace: String,
}

/// Whether the result is one image or a map of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One image.
    Single,
    /// One for each platform, keyed by it.
    PerPlatform,
}

/// What becomes of the `.git` of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GitDirectory {
    /// It stays.
    Kept,
    /// It is left out.
    Dropped,
}

/// The time that an image is dated with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Epoch {
    /// Seconds since 1970.
    Seconds(i64),
    /// That of the context's commit.
    Context,
}

impl Options {
    /// Reads the environment of this process.
    pub(super) fn from_environment() -> Result<Options, Diagnostics> {
        Options::read(
            std::env::vars_os().map(|(name, value)| {
                (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
            }),
        )
    }

    fn read(environment: impl Iterator<Item = (String, String)>) -> Result<Options, Diagnostics> {
        let mut given = BTreeMap::new();
        let (mut session, mut workers) = (String::new(), String::new());
        for (name, value) in environment {
            if name.starts_with(variable::OPTION_PREFIX) {
                let (key, value) = value.split_once('=').unwrap_or((&value, ""));
                given.insert(key.to_owned(), value.to_owned());
            } else if name == variable::SESSION {
                session = value;
            } else if name == variable::WORKERS {
                workers = value;
            }
        }
        let text = |name: &str| given.get(name).filter(|value| !value.is_empty()).cloned();
        let build_platform = default_platform(&workers);
        let platforms = platforms(&given)?;
        let mut build_args = prefixed(&given, name::BUILD_ARG_PREFIX);
        Ok(Options {
            session,
            sessions: prefixed(&given, name::SESSION_PREFIX),
            filename: text(name::FILENAME).unwrap_or_else(|| "Dockerfile".to_owned()),
            target: text(name::TARGET),
            shape: shape(&given, platforms.len())?,
            platforms,
            build_platform,
            no_cache: no_cache(&given),
            resolve_mode: resolve_mode(&given)?,
            network: network(&given)?,
            extra_hosts: extra_hosts(&given)?,
            cache_imports: cache_imports(&given)?,
            build_file_directory: text(name::BUILD_FILE_KEY),
            context: text(given.get(name::CONTEXT_KEY).map_or(name::CONTEXT, String::as_str)),
            context_subdir: text(name::CONTEXT_SUBDIR),
            git_directory: match build_args.get(name::KEEP_GIT_DIR).and_then(|text| boolean(text)) {
                Some(true) => GitDirectory::Kept,
                Some(false) | None => GitDirectory::Dropped,
            },
            shared_keys: prefixed(&given, name::SHARED_KEY_PREFIX),
            input_metadata: prefixed(&given, name::INPUT_METADATA_PREFIX),
            named_contexts: prefixed(&given, name::NAMED_CONTEXT_PREFIX),
            labels: prefixed(&given, name::LABEL_PREFIX),
            capabilities: text(name::CAPABILITIES)
                .map(|list| list.split(',').map(|cap| cap.trim_end_matches("+forward").to_owned()).collect())
                .unwrap_or_default(),
            request: text(name::REQUEST_ID),
            cmdline: text(name::COMMAND_LINE).unwrap_or_default(),
            revision: text(name::REVISION),
            epoch: epoch(&mut build_args)?,
            cache_namespace: build_args.get(name::CACHE_NAMESPACE).cloned().unwrap_or_default(),
            build_args,
        })
    }

    /// The platforms to build for; at least one.
    pub(super) fn target_platforms(&self) -> Vec<Platform> {
        if self.platforms.is_empty() { vec![self.build_platform.clone()] } else { self.platforms.clone() }
    }

    /// What of the request is for the daemon alone.
    pub(super) fn secrets(&self) -> Vec<String> {
        self.context.iter().chain(self.named_contexts.values()).flat_map(|url| secrets(url)).collect()
    }

    /// The session that holds a local directory; bake shares directories between builds.
    pub(super) fn session_of(&self, local: &str) -> &str {
        self.sessions.get(local).unwrap_or(&self.session)
    }
}

fn prefixed(given: &BTreeMap<String, String>, prefix: &str) -> BTreeMap<String, String> {
    given
        .iter()
        .filter_map(|(key, value)| Some((key.strip_prefix(prefix)?.to_owned(), value.clone())))
        .collect()
}

fn unacceptable(name: &str, value: &str, accepted: &'static str) -> Diagnostics {
    let problem = Problem::Option { name: name.to_owned(), value: value.to_owned(), accepted };
    Diagnostic::nowhere(problem).into()
}

/// The first platform of the first worker; daemons of 0.8 spell the keys with capitals.
fn default_platform(workers: &str) -> Platform {
    #[derive(Deserialize)]
    struct Worker {
        #[serde(alias = "Platforms", default)]
        platforms: Vec<WorkerPlatform>,
    }
    #[derive(Deserialize)]
    struct WorkerPlatform {
        os: String,
        architecture: String,
        #[serde(default)]
        variant: String,
    }
    let workers: Vec<Worker> = serde_json::from_str(workers).unwrap_or_default();
    match workers.first().and_then(|worker| worker.platforms.first()) {
        Some(platform) => Platform::new(&platform.os, &platform.architecture, &platform.variant),
        // The daemon runs this process, so its own architecture is one that it can run.
        None => Platform::new("linux", std::env::consts::ARCH, ""),
    }
}

fn platforms(given: &BTreeMap<String, String>) -> Result<Vec<Platform>, Diagnostics> {
    let Some(list) = given.get(name::PLATFORM).filter(|list| !list.is_empty()) else { return Ok(Vec::new()) };
    let mut platforms = Vec::new();
    for written in list.split(',') {
        let platform = Platform::parse(written).map_err(|error| {
            let problem = Problem::Platform { written: written.to_owned(), reason: error.to_string() };
            Diagnostics::from(Diagnostic::nowhere(problem))
        })?;
        if !platforms.contains(&platform) {
            platforms.push(platform);
        }
    }
    Ok(platforms)
}

fn shape(given: &BTreeMap<String, String>, platforms: usize) -> Result<Shape, Diagnostics> {
    let wanted = given.get(name::MULTI_PLATFORM).or_else(|| given.get(name::MULTI_PLATFORM_ARG));
    let Some(wanted) = wanted else {
        return Ok(if platforms > 1 { Shape::PerPlatform } else { Shape::Single });
    };
    match boolean(wanted) {
        Some(true) => Ok(Shape::PerPlatform),
        Some(false) if platforms > 1 => {
            Err(unacceptable(name::MULTI_PLATFORM, "false", "`true`, since several platforms are asked for"))
        }
        Some(false) => Ok(Shape::Single),
        None => Err(unacceptable(name::MULTI_PLATFORM, wanted, "`true` or `false`")),
    }
}

/// The words that Go takes for yes and no (`strconv.ParseBool`).
pub(super) fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn no_cache(given: &BTreeMap<String, String>) -> NoCache {
    match given.get(name::NO_CACHE).map(String::as_str) {
        None => NoCache::None,
        Some("") => NoCache::All,
        Some(steps) => NoCache::Steps(steps.split(',').map(str::to_lowercase).collect()),
    }
}

fn resolve_mode(given: &BTreeMap<String, String>) -> Result<ResolveMode, Diagnostics> {
    match given.get(name::RESOLVE_MODE).map_or("", String::as_str) {
        "" | "default" => Ok(ResolveMode::Default),
        "pull" => Ok(ResolveMode::Pull),
        "local" => Ok(ResolveMode::Local),
        other => Err(unacceptable(name::RESOLVE_MODE, other, "`default`, `pull` or `local`")),
    }
}

fn network(given: &BTreeMap<String, String>) -> Result<Network, Diagnostics> {
    match given.get(name::NETWORK).map_or("", String::as_str) {
        "" | "sandbox" => Ok(Network::Sandbox),
        "host" => Ok(Network::Host),
        "none" => Ok(Network::None),
        other => Err(unacceptable(name::NETWORK, other, "`host`, `none` or `sandbox`")),
    }
}

/// Comma-separated `name=address`, one for each address.
fn extra_hosts(given: &BTreeMap<String, String>) -> Result<Vec<(String, String)>, Diagnostics> {
    let Some(list) = given.get(name::ADD_HOSTS).filter(|list| !list.is_empty()) else {
        return Ok(Vec::new());
    };
    list.split(',')
        .map(|entry| match entry.split_once('=') {
            Some((host, address)) if address.parse::<std::net::IpAddr>().is_ok() => {
                Ok((host.to_lowercase(), address.to_owned()))
            }
            _ => Err(unacceptable(name::ADD_HOSTS, entry, "`host=address` with an IP address")),
        })
        .collect()
}

fn cache_imports(given: &BTreeMap<String, String>) -> Result<Vec<CacheOptionsEntry>, Diagnostics> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Entry {
        r#type: String,
        #[serde(default)]
        attrs: BTreeMap<String, String>,
    }
    if let Some(json) = given.get(name::CACHE_IMPORTS).filter(|json| !json.is_empty()) {
        let entries: Vec<Entry> = serde_json::from_str(json).map_err(|_| {
            unacceptable(name::CACHE_IMPORTS, json, "a JSON list of objects with `Type` and `Attrs`")
        })?;
        return Ok(entries
            .into_iter()
            .map(|entry| CacheOptionsEntry { r#type: entry.r#type, attrs: entry.attrs })
            .collect());
    }
    let references = given.get(name::CACHE_FROM).map_or("", String::as_str);
    Ok(references
        .split(',')
        .filter(|reference| !reference.is_empty())
        .map(|reference| CacheOptionsEntry {
            r#type: "registry".to_owned(),
            attrs: BTreeMap::from([("ref".to_owned(), reference.to_owned())]),
        })
        .collect())
}

fn epoch(build_args: &mut BTreeMap<String, String>) -> Result<Option<Epoch>, Diagnostics> {
    match build_args.get(name::EPOCH).map(String::as_str) {
        None | Some("") => Ok(None),
        Some("context") => {
            // What it stands for is not known yet.
            build_args.remove(name::EPOCH);
            Ok(Some(Epoch::Context))
        }
        Some(text) => match text.parse::<i64>() {
            Ok(seconds) if is_time(seconds) => Ok(Some(Epoch::Seconds(seconds))),
            _ => {
                Err(unacceptable(name::EPOCH, text, "seconds since 1970, as in `$(git log -1 --format=%ct)`"))
            }
        },
    }
}

/// Files keep nanoseconds in 64 bits, which end in the year 2262.
pub(super) fn is_time(seconds: i64) -> bool {
    (0..=i64::MAX / 1_000_000_000).contains(&seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[&str]) -> Result<Options, String> {
        let environment = options
            .iter()
            .enumerate()
            .map(|(number, option)| (format!("BUILDKIT_FRONTEND_OPT_{number}"), (*option).to_owned()));
        Options::read(environment).map_err(|error| error.to_string())
    }

    #[test]
    fn values_are_taken_as_they_are() {
        let options = read(&[
            "filename=gobuild.yaml",
            "build-arg:TEXT=a=b\nc `d`",
            "build-arg:EMPTY=",
            "label:org.example=1",
            "context:golang=docker-image://golang:1.26",
            "unknown-to-us=1",
        ])
        .unwrap();
        assert_eq!(options.filename, "gobuild.yaml");
        assert_eq!(options.build_args["TEXT"], "a=b\nc `d`");
        assert_eq!(options.build_args["EMPTY"], "");
        assert_eq!(options.labels["org.example"], "1");
        assert_eq!(options.named_contexts["golang"], "docker-image://golang:1.26");
    }

    #[test]
    fn platforms_shape_the_result() {
        for (options, platforms, shape) in [
            (vec![], 0, Shape::Single),
            (vec!["platform=linux/arm64"], 1, Shape::Single),
            (vec!["platform=linux/arm64,linux/aarch64"], 1, Shape::Single),
            (vec!["platform=linux/arm64,linux/amd64"], 2, Shape::PerPlatform),
            (vec!["platform=linux/arm64", "multi-platform=true"], 1, Shape::PerPlatform),
        ] {
            let read = read(&options).unwrap();
            assert_eq!((read.platforms.len(), read.shape), (platforms, shape), "{options:?}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_is_accepted() {
        for (option, expected) in [
            (
                "image-resolve-mode=never",
                "option `image-resolve-mode` is `never`; accepted: `default`, `pull` or `local`",
            ),
            (
                "force-network-mode=wifi",
                "option `force-network-mode` is `wifi`; accepted: `host`, `none` or `sandbox`",
            ),
            ("add-hosts=db", "option `add-hosts` is `db`; accepted: `host=address` with an IP address"),
            (
                "build-arg:SOURCE_DATE_EPOCH=today",
                "option `SOURCE_DATE_EPOCH` is `today`; accepted: seconds since 1970, as in `$(git log -1 --format=%ct)`",
            ),
        ] {
            assert_eq!(read(&[option]).unwrap_err(), expected);
        }
    }

    #[test]
    fn the_build_platform_comes_from_the_worker() {
        for (workers, expected) in [
            (r#"[{"platforms":[{"os":"linux","architecture":"arm64"}]}]"#, "linux/arm64"),
            (
                r#"[{"ID":"x","Platforms":[{"os":"linux","architecture":"arm","variant":"v7"}]}]"#,
                "linux/arm/v7",
            ),
        ] {
            assert_eq!(default_platform(workers).to_string(), expected);
        }
        assert_eq!(default_platform("garbage").os, "linux");
    }
}
