//! What two images have of different files, added up by place.
//!
//! Invariant: the sums of a comparison are those of all files that differ; what is too little for a line of its own is in
//! the last one.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::listing::Entry;

/// Lines that a comparison has, besides that of the rest.
const LINES: usize = 7;

/// What the program is called, wherever it is.
const PROGRAM: &str = "the program";

/// A place where files differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// A file, a directory with how many of its files differ, or the program.
    pub what: String,
    /// Bytes of these files here; none if there are none.
    pub ours: Option<u64>,
    /// Bytes of these files there.
    pub theirs: Option<u64>,
}

impl Difference {
    /// How many bytes one has more than the other.
    fn bytes(&self) -> u64 {
        self.ours.unwrap_or_default().abs_diff(self.theirs.unwrap_or_default())
    }
}

/// Sizes of an image's files and links by path; the program has the same name everywhere.
pub fn sizes(tree: &BTreeMap<String, Entry>, program: &str) -> BTreeMap<String, u64> {
    let files = tree.values().filter(|entry| !entry.mode.starts_with('d'));
    let name = |path: &str| if path == program { PROGRAM.to_owned() } else { path.to_owned() };
    files.map(|entry| (name(&entry.path), entry.size)).collect()
}

/// What differs, the most bytes first.
pub fn between(ours: &BTreeMap<String, u64>, theirs: &BTreeMap<String, u64>) -> Vec<Difference> {
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut places: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for path in paths.into_iter().filter(|path| ours.get(*path) != theirs.get(*path)) {
        places.entry(place(path)).or_default().push(path);
    }
    let sum = |side: &BTreeMap<String, u64>, paths: &[&String]| {
        let sizes: Vec<u64> = paths.iter().filter_map(|path| side.get(*path).copied()).collect();
        (!sizes.is_empty()).then(|| sizes.iter().sum())
    };
    let mut all: Vec<Difference> = places
        .into_iter()
        .map(|(place, paths)| Difference {
            what: match paths.as_slice() {
                [only] => (*only).clone(),
                _ => format!("{place}: {} files", paths.len()),
            },
            ours: sum(ours, &paths),
            theirs: sum(theirs, &paths),
        })
        .collect();
    all.sort_by_key(|difference| std::cmp::Reverse(difference.bytes()));
    if all.len() > LINES + 1 {
        let rest = all.split_off(LINES);
        let total = |side: fn(&Difference) -> Option<u64>| {
            let sizes: Vec<u64> = rest.iter().filter_map(side).collect();
            (!sizes.is_empty()).then(|| sizes.iter().sum())
        };
        all.push(Difference {
            what: format!("{} more places", rest.len()),
            ours: total(|difference| difference.ours),
            theirs: total(|difference| difference.theirs),
        });
    }
    all
}

/// Where a file counts: `/usr/share/zoneinfo/Europe/Berlin` -> `/usr/share/zoneinfo`.
fn place(path: &str) -> String {
    let elements: Vec<&str> = path.split('/').collect();
    let folder = elements.len().saturating_sub(1).min(4);
    if folder < 3 { path.to_owned() } else { elements[..folder].join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(files: &[(&str, u64)]) -> BTreeMap<String, u64> {
        files.iter().map(|(path, size)| ((*path).to_owned(), *size)).collect()
    }

    #[test]
    fn files_of_a_directory_are_added_up() {
        let ours = side(&[
            ("the program", 10),
            ("/etc/passwd", 100),
            ("/usr/share/zoneinfo/Europe/Berlin", 20),
            ("/usr/share/zoneinfo/UTC", 5),
        ]);
        let theirs = side(&[("the program", 16), ("/etc/passwd", 100), ("/usr/bin/tool", 7)]);
        let line = |what: &str, ours, theirs| Difference { what: what.to_owned(), ours, theirs };
        let expected = [
            line("/usr/share/zoneinfo: 2 files", Some(25), None),
            line("/usr/bin/tool", None, Some(7)),
            line("the program", Some(10), Some(16)),
        ];
        assert_eq!(between(&ours, &theirs), expected);
        assert_eq!(between(&ours, &ours), []);
    }

    #[test]
    fn little_things_share_a_line() {
        let names: Vec<String> = (0..12).map(|number| format!("/file-{number:02}")).collect();
        let ours: BTreeMap<String, u64> = names.into_iter().zip(1..).collect();
        let lines = between(&ours, &BTreeMap::new());
        assert_eq!(lines.len(), LINES + 1);
        assert_eq!(
            lines.last().map(|line| (line.what.as_str(), line.ours)),
            Some(("5 more places", Some(15)))
        );
        let sum: u64 = lines.iter().filter_map(|line| line.ours).sum();
        assert_eq!(sum, ours.values().sum::<u64>());
    }
}
