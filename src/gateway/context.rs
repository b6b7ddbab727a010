//! The client's directories: the build file, the ignore file, the listing and the contents of the context.
//!
//! Invariant: the tree is known before anything of it is transferred for the build, and each set of filters has a
//! hint of its own, since the daemon keeps one copy of a directory for each (`source/local` of BuildKit).

use super::client::{Capability, Daemon, Reference};
use super::failure::Failure;
use super::ignore;
use super::options::Options;
use crate::context::{ContextPath, Entry, Listing};
use crate::diagnostic::{Diagnostic, Problem};
use crate::golang::{COMPANIONS, Files, LARGEST_SOURCE};
use crate::plan::ContextSource;
use crate::spec::{Door, LARGEST_FILE};
use buildkit_llb::{Definition, Differ, LineRange, Local, Metadata, Output, SourceFile};
use buildkit_proto::fsutil::Stat;
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Contents that come with the listing, since they decide what the build is made of. `**/` matches the root, too.
const READ: [&str; 12] = [
    "**/*.go",
    "**/*.h",
    "**/*.inc",
    "**/*.s",
    "**/*.S",
    "**/*.sx",
    NO_TESTS,
    "!**/vendor/*/**",
    "**/go.mod",
    "**/go.sum",
    "**/go.work",
    "**/go.work.sum",
];
const NO_TESTS: &str = "!**/*_test.go";
/// What daemons are asked for that cannot send a listing alone.
const LISTED: [&str; 6] = ["**/*.go", "**/go.mod", "**/go.sum", "**/go.work", "**/go.work.sum", VENDOR_LIST];
/// The one file below a vendor directory that is looked into.
const VENDOR_LIST: &str = "**/vendor/modules.txt";
/// Where a metadata transfer puts the listing (`fsutil`).
const METADATA_FILE: &str = ".fsutil-metadata";
/// A listing of a million files.
const LARGEST_LISTING: usize = 256 << 20;
/// Calls under way at once: enough to hide a round trip, far below the 250 streams that a daemon allows.
const CALLS_AT_ONCE: usize = 16;

/// The build file, and what loaded it.
pub(super) struct BuildFile {
    /// The file as the client named it.
    pub(super) file: Arc<SourceFile>,
    /// The vertex that loaded it, which warnings are shown under.
    pub(super) vertex: Output,
    /// `<build file>.dockerignore`, if there is one.
    ignore: Option<Vec<u8>>,
}

/// Loads the build file, by the same operation as the frontend that read the `syntax` line, so that nothing is
/// transferred again (`frontend/dockerui`).
pub(super) async fn load_build_file(daemon: &Daemon, options: &Options) -> Result<BuildFile, Failure> {
    let filename = &options.filename;
    let ignore_name = format!("{filename}.dockerignore");
    let mut paths = vec![filename.clone(), ignore_name.clone()];
    paths.extend(lower_case(filename));
    let vertex = Local::new("dockerfile")
        .session(options.session_of("dockerfile"))
        .follow_paths(paths)
        .shared_key_hint("dockerfile")
        .metadata(Metadata::named(format!("[internal] load build definition from {filename}")));
    let vertex = transferred_whole(daemon, vertex).build();
    let reference = daemon.solve("loading the build file", &vertex, &[]).await?;
    let mut data = daemon.read_file(&reference, filename, LARGEST_FILE).await?;
    if let (None, Some(other)) = (&data, lower_case(filename)) {
        data = daemon.read_file(&reference, &other, LARGEST_FILE).await?;
    }
    let Some(mut data) = data else {
        return Err(Diagnostic::nowhere(Problem::BuildFileMissing { name: filename.clone() }).into());
    };
    let too_large = data.len() > LARGEST_FILE;
    if too_large {
        // Errors carry the whole file, and nobody looks at more of this one.
        data.truncate(data.iter().position(|byte| *byte == b'\n').unwrap_or(0).min(1024));
    }
    let ignore = daemon.read_file(&reference, &ignore_name, LARGEST_FILE).await?;
    let file = Arc::new(SourceFile {
        filename: filename.clone(),
        language: Door::of(filename).language().to_owned(),
        data,
        definition: Some(Definition::of(&vertex)),
    });
    if too_large {
        let problem = Problem::FileTooLarge { limit: LARGEST_FILE };
        return Err(Diagnostic::at(problem, &file, LineRange::line(1)).into());
    }
    Ok(BuildFile { file, vertex, ignore })
}

/// The other spelling of a Dockerfile that clients and daemons accept.
fn lower_case(filename: &str) -> Option<String> {
    let directory = filename.strip_suffix("Dockerfile")?;
    (directory.is_empty() || directory.ends_with('/')).then(|| format!("{directory}dockerfile"))
}

/// Without looking at times and sizes first: small files are often written by machines, within a second.
fn transferred_whole(daemon: &Daemon, local: Local) -> Local {
    if daemon.has(Capability::Differ) { local.differ(Differ::None) } else { local }
}

/// Which Go files are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Those that programs are made of.
    Programs,
    /// Tests, too.
    Tests,
}

/// The context of one build.
pub(super) struct Context {
    /// How steps mount it.
    pub(super) source: ContextSource,
    /// What is in it.
    pub(super) listing: Listing,
    /// The contents of Go files and module files.
    index: Reference,
    /// What was read so far.
    files: Files,
}

impl Context {
    /// Lists the context.
    pub(super) async fn open(
        daemon: &Daemon,
        options: &Options,
        build_file: &BuildFile,
        reading: Reading,
    ) -> Result<Context, Failure> {
        let session = options.session_of("context").to_owned();
        let exclude = match &build_file.ignore {
            Some(file) => ignore::patterns(file),
            None => load_ignore_file(daemon, &session).await?,
        };
        let source = ContextSource { session, exclude };
        let (index, listing) = if daemon.has(Capability::MetadataTransfer) {
            transfer(daemon, &source, reading).await?
        } else {
            walk(daemon, &source, reading).await?
        };
        Ok(Context { source, listing, index, files: Files::new() })
    }

    /// What was read so far.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// Reads files side by side. One that cannot be read counts as empty.
    pub(super) async fn read(
        &mut self,
        daemon: &Daemon,
        paths: BTreeSet<ContextPath>,
    ) -> Result<(), Failure> {
        let mut calls = JoinSet::new();
        for path in paths {
            let reference = self.index.clone();
            if calls.len() == CALLS_AT_ONCE {
                self.keep(calls.join_next().await)?;
            }
            let daemon = daemon.clone();
            calls.spawn(async move {
                let contents = daemon.read_file(&reference, path.as_str(), LARGEST_SOURCE).await?;
                Ok((path, contents.unwrap_or_default()))
            });
        }
        while !calls.is_empty() {
            self.keep(calls.join_next().await)?;
        }
        Ok(())
    }

    fn keep(&mut self, call: Option<Joined<(ContextPath, Vec<u8>)>>) -> Result<(), Failure> {
        if let Some((path, contents)) = finished(call)? {
            self.files.insert(path, contents);
        }
        Ok(())
    }
}

type Joined<T> = Result<Result<T, Failure>, tokio::task::JoinError>;

fn finished<T>(call: Option<Joined<T>>) -> Result<Option<T>, Failure> {
    match call {
        None => Ok(None),
        Some(Ok(result)) => result.map(Some),
        Some(Err(error)) => Err(Failure::Internal(error.to_string())),
    }
}

async fn load_ignore_file(daemon: &Daemon, session: &str) -> Result<Vec<String>, Failure> {
    let name = ".dockerignore";
    let vertex = Local::new("context")
        .session(session)
        .follow_paths([name])
        .shared_key_hint(format!("context-{name}"))
        .metadata(Metadata::named(format!("[internal] load {name}")));
    let vertex = transferred_whole(daemon, vertex).build();
    let reference = daemon.solve("loading .dockerignore", &vertex, &[]).await?;
    let file = daemon.read_file(&reference, name, LARGEST_FILE).await?;
    Ok(file.map(|file| ignore::patterns(&file)).unwrap_or_default())
}

/// Each set of filters needs a hint of its own.
fn listing_hint(reading: Reading) -> &'static str {
    match reading {
        Reading::Programs => "gobuild-listing",
        Reading::Tests => "gobuild-listing-tests",
    }
}

/// The listing by itself, with the contents of module files beside it.
async fn transfer(
    daemon: &Daemon,
    source: &ContextSource,
    reading: Reading,
) -> Result<(Reference, Listing), Failure> {
    let read = READ.into_iter().filter(|pattern| reading == Reading::Programs || *pattern != NO_TESTS);
    let vertex = source
        .local(listing_hint(reading))
        .metadata_transfer(read.chain([VENDOR_LIST]))
        .metadata(Metadata::named("[internal] list build context"))
        .build();
    let reference = daemon.solve("listing the context", &vertex, &[]).await?;
    let file = daemon.read_file(&reference, METADATA_FILE, LARGEST_LISTING).await?.unwrap_or_default();
    match decode_listing(&file) {
        Some(listing) => Ok((reference, listing)),
        None => Err(Failure::Internal("the daemon's listing of the context is cut short".to_owned())),
    }
}

/// Records of a little-endian length and a `Stat`.
fn decode_listing(mut file: &[u8]) -> Option<Listing> {
    let mut entries = BTreeMap::new();
    while let Some((length, rest)) = file.split_first_chunk::<4>() {
        let (record, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
        let stat = Stat::decode(record).ok()?;
        entries.extend(ContextPath::parse(&stat.path).ok().map(|path| (path, entry(&stat))));
        file = rest;
    }
    file.is_empty().then(|| entries.into_iter().collect())
}

/// For daemons that cannot send a listing: the Go files and module files, found by reading directories.
async fn walk(
    daemon: &Daemon,
    source: &ContextSource,
    reading: Reading,
) -> Result<(Reference, Listing), Failure> {
    let without = match reading {
        Reading::Programs => vec!["**/*_test.go".to_owned()],
        Reading::Tests => Vec::new(),
    };
    let vertex = source
        .local_without(listing_hint(reading), without)
        .include_patterns(
            LISTED
                .map(str::to_owned)
                .into_iter()
                .chain(COMPANIONS.map(|extension| format!("**/*.{extension}"))),
        )
        .metadata(Metadata::named("[internal] list build context"))
        .build();
    let reference = daemon.solve("listing the context", &vertex, &[]).await?;
    let mut entries = BTreeMap::new();
    let mut waiting = vec![ContextPath::root()];
    let mut calls = JoinSet::new();
    loop {
        while calls.len() < CALLS_AT_ONCE
            && let Some(directory) = waiting.pop()
        {
            let (daemon, reference) = (daemon.clone(), reference.clone());
            calls.spawn(async move {
                let found = daemon.read_dir(&reference, directory.as_str()).await?;
                Ok((directory, found))
            });
        }
        let Some((directory, found)) = finished(calls.join_next().await)? else { break };
        for stat in found {
            let Some(path) = name_of(&stat).and_then(|name| directory.join(name).ok()) else { continue };
            let entry = entry(&stat);
            if entry == Entry::Directory {
                waiting.push(path.clone());
            }
            entries.insert(path, entry);
        }
    }
    Ok((reference, entries.into_iter().collect()))
}

fn name_of(stat: &Stat) -> Option<&str> {
    stat.path.rsplit('/').next().filter(|name| !name.is_empty())
}

/// The mode is a Go `os.FileMode`.
fn entry(stat: &Stat) -> Entry {
    const DIRECTORY: u32 = 1 << 31;
    const SYMLINK: u32 = 1 << 27;
    if stat.mode & DIRECTORY != 0 {
        Entry::Directory
    } else if stat.mode & SYMLINK != 0 {
        Entry::Symlink
    } else {
        Entry::File { size: u64::try_from(stat.size).unwrap_or(0) }
    }
}
