//! Places of the image: directories and files, their owners and modes.
//!
//! Invariant: a place is absolute and clean, so that two ways to write it are not two places.

use crate::image::User;
use crate::spec::schema;
use crate::spec::value::{FromText, text};
use serde_json::Value as Json;

text! {
    /// A directory of the image.
    pub struct Directory = |text: &str| {
        if is_clean(text) { Ok(()) } else { Err("a directory in the image is absolute and clean, like `/app`") }
    };
}

text! {
    /// Where files belong in the image: a name, or, with a `/` at its end, a directory to put them into.
    pub struct Destination = |text: &str| {
        let place = text.strip_suffix('/').unwrap_or(text);
        if text == "/" || (place != "/" && is_clean(place)) {
            Ok(())
        } else {
            Err("a place in the image is absolute and clean, like `/srv/www`, or `/srv/` for a directory to put it into")
        }
    };
}

/// Whether a path starts at the root and has nothing in it that leads elsewhere.
fn is_clean(text: &str) -> bool {
    let clean = text.split('/').skip(1).all(|element| !matches!(element, "" | "." | ".."));
    let plain = !text.contains(|c: char| c.is_control());
    text == "/" || (text.starts_with('/') && clean && plain)
}

impl FromText for User {
    fn from_text(text: &str) -> Result<User, String> {
        User::parse(text).map_err(|problem| problem.to_string())
    }
}

/// The permissions of a file, as `chmod` takes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileMode(pub u32);

/// The same of a directory, which may have a sticky bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryMode(pub u32);

impl FromText for FileMode {
    fn schema() -> Json {
        schema::text()
    }

    fn from_text(text: &str) -> Result<FileMode, String> {
        octal(text, 0o777).map(FileMode).ok_or_else(|| {
            "a mode of files is octal, like `0644` for files that everybody may read".to_owned()
        })
    }
}

impl FromText for DirectoryMode {
    fn schema() -> Json {
        schema::text()
    }

    fn from_text(text: &str) -> Result<DirectoryMode, String> {
        octal(text, 0o7777).map(DirectoryMode).ok_or_else(|| {
            "a mode of a directory is octal, like `0750`, or `1777` for one that everybody may write to"
                .to_owned()
        })
    }
}

/// Three digits or four, as written: YAML's own numbers would be read in two ways.
fn octal(text: &str, most: u32) -> Option<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let plain = (3..=5).contains(&digits.len()) && digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
    let mode = plain.then(|| u32::from_str_radix(digits, 8).ok())?;
    mode.filter(|mode| *mode <= most)
}

#[cfg(test)]
mod tests {
    use super::{Destination, FileMode, FromText, octal};

    #[test]
    fn modes_are_octal_as_written() {
        for (text, mode) in
            [("0644", 0o644), ("644", 0o644), ("0o640", 0o640), ("1777", 0o1777), ("01777", 0o1777)]
        {
            assert_eq!(octal(text, 0o7777), Some(mode), "{text}");
        }
        for text in ["", "7", "0888", "-644", "u=rw", "0x1ff", "77777", "rw-r--r--"] {
            assert_eq!(octal(text, 0o7777), None, "{text}");
        }
        assert!(FileMode::from_text("4755").is_err());
    }

    #[test]
    fn destinations_may_end_in_a_slash() {
        for text in ["/", "/srv", "/srv/", "/srv/www/index.html"] {
            assert!(Destination::from_text(text).is_ok(), "{text}");
        }
        for text in ["", "srv", "/srv//", "//", "/a/../b", "/a\nb"] {
            assert!(Destination::from_text(text).is_err(), "{text}");
        }
    }
}
