//! What is in the context, found out without transferring it.
//!
//! A daemon sends the listing of a client's directory; all others are walked, many directories at once. Invariant: what is
//! ignored is not listed.

use super::client::{Daemon, Reference};
use super::failure::Failure;
use crate::context::{ContextPath, Entry, Listing};
use crate::golang::COMPANIONS;
use crate::licence;
use crate::plan::{ClientDirectory, ContextSource, Part};
use buildkit_llb::Metadata;
use buildkit_proto::fsutil::Stat;
use prost::Message as _;
use std::collections::BTreeMap;
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
/// What leaves tests out.
const NO_TESTS: &str = "!**/*_test.go";
/// What daemons are asked for that cannot send a listing alone. Vendor directories whole: no pattern finds the links in
/// them, and what is behind these counts.
const LISTED: [&str; 6] = ["**/*.go", "**/go.mod", "**/go.sum", "**/go.work", "**/go.work.sum", "**/vendor"];
/// The one file below a vendor directory that is looked into.
const VENDOR_LIST: &str = "**/vendor/modules.txt";
const NAME: &str = "[internal] list build context";
/// Where a metadata transfer puts the listing (`fsutil`).
const METADATA_FILE: &str = ".fsutil-metadata";
/// A listing of a million files.
const LARGEST_LISTING: usize = 256 << 20;
/// Calls under way at once: enough to hide a round trip, far below the 250 streams that a daemon allows.
pub(super) const CALLS_AT_ONCE: usize = 16;

/// What a call that ran beside others gave.
pub(super) type Joined<T> = Result<Result<T, Failure>, tokio::task::JoinError>;

/// The result of such a call, if there was one.
pub(super) fn finished<T>(call: Option<Joined<T>>) -> Result<Option<T>, Failure> {
    match call {
        None => Ok(None),
        Some(Ok(result)) => result.map(Some),
        Some(Err(error)) => Err(Failure::Internal(error.to_string())),
    }
}

/// Which Go files are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// Those that programs are made of.
    Programs,
    /// Tests, too.
    Tests,
}

impl Reading {
    /// Each set of filters needs a hint of its own.
    fn hint(self) -> &'static str {
        match self {
            Reading::Programs => "gobuild-listing",
            Reading::Tests => "gobuild-listing-tests",
        }
    }
}

/// The listing by itself, with the contents of module files and of the licence beside it.
pub(super) async fn transfer(
    daemon: &Daemon,
    directory: &ClientDirectory,
    reading: Reading,
) -> Result<(Reference, Listing), Failure> {
    let read = READ.into_iter().filter(|pattern| reading == Reading::Programs || *pattern != NO_TESTS);
    let vertex = directory
        .local(reading.hint(), Vec::new())
        .metadata_transfer(read.chain([VENDOR_LIST]).chain(licence::PATTERNS))
        .metadata(Metadata::named(NAME))
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

/// For what cannot be listed: the Go files, vendor directories, module files and licences, found by reading directories.
pub(super) async fn walk(
    daemon: &Daemon,
    source: &ContextSource,
    reading: Reading,
) -> Result<(Reference, Listing), Failure> {
    let listed = LISTED.map(str::to_owned).into_iter();
    let listed = listed.chain(COMPANIONS.map(|extension| format!("**/*.{extension}")));
    let of_tests = (reading == Reading::Programs).then(|| "**/*_test.go".to_owned());
    let of_others = ["node_modules", "vendor"]
        .iter()
        .flat_map(|folder| licence::PATTERNS.map(|pattern| format!("**/{folder}/**/{pattern}")));
    let vertex = source.part(Part {
        name: NAME.to_owned(),
        hint: reading.hint().to_owned(),
        include: listed.chain(licence::PATTERNS.map(|pattern| format!("**/{pattern}"))).collect(),
        exclude: of_tests.into_iter().chain(of_others).collect(),
    });
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
            if path.file_name() == Some(".git") {
                continue;
            }
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
