//! A tree that a frontend can read, such as a directory of the client after its transfer: which entries there are, and which contents.
//!
//! As fsutil has it: entries in the order of a walk, the parents of everything included, modes as Go has them, and
//! for a metadata transfer the list of everything in a file. Simplified: `followpaths` are exact, links among them are
//! not followed; a link that leads out of the directory leads nowhere; modes are 0755 and 0644, times 1970.

use super::pattern;
use buildkit_proto::fsutil::Stat;
use buildkit_proto::pb::SourceOp;
use prost::Message as _;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where a metadata transfer puts the list.
const METADATA_FILE: &str = ".fsutil-metadata";
const DIRECTORY: u32 = 1 << 31;
const SYMLINK: u32 = 1 << 27;

/// What a transfer left on the daemon.
pub(super) struct Local {
    root: PathBuf,
    entries: Vec<Stat>,
    /// A file that is not on disk.
    made: Option<(String, Vec<u8>)>,
}

/// What the attributes of a source say.
struct Filters {
    include: Vec<String>,
    follow: Vec<String>,
    exclude: Vec<String>,
    /// Of a metadata transfer, the contents that come nevertheless.
    contents: Option<Vec<String>>,
}

impl Local {
    /// Transfers what the source asks for.
    pub(super) fn transfer(root: &Path, source: &SourceOp, made_up: &[String]) -> Result<Local, String> {
        let filters = Filters::of(source)?;
        let mut all = Vec::new();
        walk(root, "", &mut all);
        let all = with_parents(&all, |path| filters.take(path));
        let Some(contents) = &filters.contents else {
            return Ok(Local { root: root.to_owned(), entries: all, made: None });
        };
        let made_up = made_up.iter().map(|path| Stat { path: path.clone(), mode: 0o644, ..Stat::default() });
        let mut listing = Vec::new();
        for entry in all.iter().cloned().chain(made_up) {
            let length = u32::try_from(entry.encoded_len()).expect("an entry is small");
            listing.extend(length.to_le_bytes());
            listing.extend(entry.encode_to_vec());
        }
        let entries = with_parents(&all, |path| pattern::excluded(contents, path));
        Ok(Local { root: root.to_owned(), entries, made: Some((METADATA_FILE.to_owned(), listing)) })
    }

    /// A directory as it is.
    pub(super) fn whole(root: PathBuf) -> Local {
        let mut entries = Vec::new();
        walk(&root, "", &mut entries);
        Local { root, entries, made: None }
    }

    /// One file.
    pub(super) fn file(name: String, data: Vec<u8>) -> Local {
        let size = i64::try_from(data.len()).unwrap_or(i64::MAX);
        let entries = vec![Stat { path: name.clone(), mode: 0o644, size, ..Stat::default() }];
        Local { root: PathBuf::from("/nowhere"), entries, made: Some((name, data)) }
    }

    /// A directory of this.
    pub(super) fn below(&self, directory: &str) -> Local {
        Local::whole(self.root.join(directory))
    }

    /// What patterns select.
    pub(super) fn part(self, include: &[String], exclude: &[String]) -> Local {
        let taken = |path: &str| {
            (include.is_empty() || pattern::included(include, path)) && !pattern::excluded(exclude, path)
        };
        Local { entries: with_parents(&self.entries, taken), ..self }
    }

    /// The contents of a file.
    pub(super) fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        let missing = || format!("open /{path}: no such file or directory");
        if let Some((_, data)) = self.made.as_ref().filter(|(name, _)| name == path) {
            return Ok(data.clone());
        }
        let file = fs::canonicalize(self.root.join(path)).map_err(|_| missing())?;
        let root = fs::canonicalize(&self.root).map_err(|_| missing())?;
        let inside = file.strip_prefix(&root).ok().and_then(Path::to_str).ok_or_else(missing)?;
        if !self.entries.iter().any(|entry| entry.path == inside) {
            return Err(missing());
        }
        if file.is_dir() {
            return Err(format!("{path} is not a regular file"));
        }
        fs::read(&file).map_err(|_| missing())
    }

    /// The entries of one directory, by their names.
    pub(super) fn list(&self, path: &str) -> Result<Vec<Stat>, String> {
        let path = path.trim_matches('/').trim_start_matches("./");
        let directory = if path == "." { "" } else { path };
        let known = |entry: &Stat| entry.path == directory && entry.mode & DIRECTORY != 0;
        if !directory.is_empty() && !self.entries.iter().any(known) {
            return Err(format!("lstat /{directory}: no such file or directory"));
        }
        let name = |entry: &Stat| match entry.path.rsplit_once('/') {
            Some((parent, name)) => (parent == directory).then(|| name.to_owned()),
            None => directory.is_empty().then(|| entry.path.clone()),
        };
        let named =
            self.entries.iter().filter_map(|entry| Some(Stat { path: name(entry)?, ..entry.clone() }));
        Ok(named.collect())
    }
}

impl Filters {
    fn of(source: &SourceOp) -> Result<Filters, String> {
        let list = |name: &str| -> Result<Vec<String>, String> {
            let Some(text) = source.attrs.get(name) else { return Ok(Vec::new()) };
            let patterns: Vec<String> =
                serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?;
            match pattern::malformed(&patterns) {
                Some(_) => {
                    Err(format!("error from sender: invalid {name}: {patterns:?}: syntax error in pattern"))
                }
                None => Ok(patterns),
            }
        };
        let metadata = source.attrs.get("local.metadatatransfer").is_some_and(|value| value == "true");
        Ok(Filters {
            include: list("local.includepattern")?,
            follow: list("local.followpaths")?,
            exclude: list("local.excludepatterns")?,
            contents: if metadata { Some(list("local.metadatatransferexclude")?) } else { None },
        })
    }

    fn take(&self, path: &str) -> bool {
        let under = |above: &String| path == above || path.starts_with(&format!("{above}/"));
        let wanted = match (self.include.is_empty(), self.follow.is_empty()) {
            (true, true) => true,
            _ => pattern::included(&self.include, path) || self.follow.iter().any(under),
        };
        wanted && !pattern::excluded(&self.exclude, path)
    }
}

/// The entries that are taken, and the directories that lead to them.
fn with_parents(entries: &[Stat], take: impl Fn(&str) -> bool) -> Vec<Stat> {
    let taken: Vec<&str> =
        entries.iter().map(|entry| entry.path.as_str()).filter(|path| take(path)).collect();
    let parents = |path: &str| -> Vec<String> {
        path.match_indices('/').map(|(index, _)| path[..index].to_owned()).collect()
    };
    let parents: BTreeSet<String> = taken.iter().flat_map(|path| parents(path)).collect();
    let taken: BTreeSet<&str> = taken.into_iter().collect();
    let is_there = |entry: &&Stat| taken.contains(entry.path.as_str()) || parents.contains(&entry.path);
    entries.iter().filter(is_there).cloned().collect()
}

fn walk(root: &Path, below: &str, entries: &mut Vec<Stat>) {
    let Ok(found) = fs::read_dir(root.join(below)) else { return };
    let mut names: Vec<String> =
        found.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort();
    for name in names {
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        let on_disk = root.join(&path);
        let Ok(metadata) = fs::symlink_metadata(&on_disk) else { continue };
        let link = fs::read_link(&on_disk).map(|target| target.to_string_lossy().into_owned());
        let (mode, size) = match &link {
            Ok(_) => (SYMLINK | 0o777, 0),
            Err(_) if metadata.is_dir() => (DIRECTORY | 0o755, 0),
            Err(_) => (0o644, i64::try_from(metadata.len()).unwrap_or(i64::MAX)),
        };
        let linkname = link.unwrap_or_default();
        entries.push(Stat { path: path.clone(), mode, size, linkname, ..Stat::default() });
        if metadata.is_dir() {
            walk(root, &path, entries);
        }
    }
}
