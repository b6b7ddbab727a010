//! What the files are called that licences are in.
//!
//! Invariant: the patterns that clients are asked with select what `is_own` takes, and no directories of licences.

use crate::context::{ContextPath, Entry, Listing};

/// The file of a repository's own licence, as clients match names. Those know no case-insensitive patterns.
pub const PATTERNS: [&str; 4] = [
    "[Ll][Ii][Cc][Ee][Nn][CcSs][Ee]",
    "[Ll][Ii][Cc][Ee][Nn][CcSs][Ee].*",
    "[Cc][Oo][Pp][Yy][Ii][Nn][Gg]",
    "[Cc][Oo][Pp][Yy][Ii][Nn][Gg].*",
];

/// Whether a file of this name is the text of a licence, and not what goes with one, as `NOTICE` and `PATENTS` do.
pub fn is_licence(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.contains("license") || name.contains("licence") || name.starts_with("copying")
}

/// The licence of the context, if it has one file of that, at its root. What a link leads to is not known everywhere.
pub fn lone(listing: &Listing) -> Option<ContextPath> {
    let found: Vec<ContextPath> = own(listing, &ContextPath::root()).collect();
    let [only] = <[ContextPath; 1]>::try_from(found).ok()?;
    matches!(listing.get(&only), Some(Entry::File { .. })).then_some(only)
}

/// Whether what is in this directory of the context is under the licence at the root, as far as files tell.
pub fn is_under_that_of_root(listing: &Listing, directory: &ContextPath) -> bool {
    let mut above = directory.ancestors().filter(|above| !above.is_root());
    above.all(|above| own(listing, &above).next().is_none())
}

fn own(listing: &Listing, directory: &ContextPath) -> impl Iterator<Item = ContextPath> {
    listing.files_in(directory).filter(|path| path.file_name().is_some_and(is_own)).cloned()
}

/// Whether it is the file that hosts of repositories look for: `LICENSE`, `LICENSE.md`, `COPYING`.
fn is_own(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default();
    ["license", "licence", "copying"].iter().any(|own| stem.eq_ignore_ascii_case(own))
}

#[cfg(test)]
mod tests {
    use super::{is_licence, is_under_that_of_root, lone};
    use crate::context::{ContextPath, Entry, Listing};

    fn listing(files: &[&str]) -> Listing {
        files.iter().map(|file| (ContextPath::parse(file).unwrap(), Entry::File { size: 1 })).collect()
    }

    #[test]
    fn the_licence_of_a_context() {
        for (files, expected) in [
            (&["LICENSE", "NOTICE", "LICENSES/MIT.txt", "a/LICENSE"] as &[&str], Some("LICENSE")),
            (&["license.md", "licenses.go"], Some("license.md")),
            (&["COPYING"], Some("COPYING")),
            (&["COPYING", "COPYING.LESSER"], None),
            (&["LICENSE-MIT", "LICENSE-APACHE"], None),
            (&["a/LICENSE"], None),
        ] {
            let found = lone(&listing(files));
            assert_eq!(found.as_ref().map(ContextPath::as_str), expected, "{files:?}");
        }
        let link: Listing = [(ContextPath::parse("LICENSE").unwrap(), Entry::Symlink)].into_iter().collect();
        assert_eq!(lone(&link), None);
    }

    #[test]
    fn a_directory_with_a_licence_of_its_own() {
        let listing = listing(&["LICENSE", "free/cmd/main.go", "paid/LICENCE.txt", "paid/cmd/main.go"]);
        for (directory, expected) in [(".", true), ("free/cmd", true), ("paid/cmd", false), ("paid", false)] {
            let directory = ContextPath::parse(directory).unwrap();
            assert_eq!(is_under_that_of_root(&listing, &directory), expected, "{directory}");
        }
    }

    #[test]
    fn what_goes_with_a_licence_is_none() {
        for (name, expected) in [
            ("LICENSE", true),
            ("MIT-LICENSE.txt", true),
            ("Copying.lesser", true),
            ("UNLICENSE", true),
            ("NOTICE", false),
            ("PATENTS", false),
            ("COPYRIGHT", false),
        ] {
            assert_eq!(is_licence(name), expected, "{name}");
        }
    }
}
