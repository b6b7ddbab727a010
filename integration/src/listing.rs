//! The files of a layer, read from `tar --list --verbose`.
//!
//! Invariant: a path begins with `/` and has neither `./` in front nor `/` at the end, whoever wrote the layer.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::command::read;

/// One file, folder or link of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Absolute path.
    pub path: String,
    /// Kind and permissions, as `ls -l` shows them: `-rwxr-xr-x`.
    pub mode: String,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size in bytes.
    pub size: u64,
    /// Time of the last change, in UTC: `1970-01-01 00:00:00`.
    pub modified: String,
    /// Target of a symbolic or hard link.
    pub target: Option<String>,
    /// Position of the layer in the image.
    pub layer: usize,
}

/// Lists a layer, compressed or not.
pub fn list(file: &Path, layer: usize) -> Result<Vec<Entry>> {
    let mut tar = Command::new("tar");
    tar.env("TZ", "UTC").env("LC_ALL", "C.UTF-8");
    tar.args(["--list", "--verbose", "--numeric-owner", "--full-time", "--quoting-style=literal", "--file"]);
    let text = read(tar.arg(file))?;
    text.lines().map(|line| parse(line, layer).with_context(|| format!("tar listed `{line}`"))).collect()
}

fn parse(line: &str, layer: usize) -> Option<Entry> {
    let mut rest = line;
    let mut word = || {
        let (word, tail) = rest.trim_start().split_once(' ')?;
        rest = tail;
        Some(word)
    };
    let (mode, owner, size, date, clock) = (word()?, word()?, word()?, word()?, word()?);
    let (uid, gid) = owner.split_once('/')?;
    let separator = match mode.chars().next()? {
        'l' => " -> ",
        'h' => " link to ",
        _ => "\n",
    };
    let (path, target) = match rest.split_once(separator) {
        Some((path, target)) => (path, Some(target.to_owned())),
        None => (rest, None),
    };
    let path = path.strip_prefix('.').filter(|path| path.starts_with('/')).unwrap_or(path);
    Some(Entry {
        path: format!("/{}", path.trim_matches('/')),
        mode: mode.to_owned(),
        uid: uid.parse().ok()?,
        gid: gid.parse().ok()?,
        // Device nodes have numbers here.
        size: size.parse().unwrap_or_default(),
        modified: format!("{date} {}", clock.split('.').next()?),
        target,
        layer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_folder_and_links() {
        let line = "-r-xr-xr-x 65532/65532  6843 1970-01-01 00:00:00 app/server";
        let entry = parse(line, 2).unwrap();
        assert_eq!(
            (entry.path.as_str(), entry.mode.as_str(), entry.size),
            ("/app/server", "-r-xr-xr-x", 6843)
        );
        assert_eq!((entry.uid, entry.gid, entry.layer), (65532, 65532, 2));
        assert_eq!(entry.modified, "1970-01-01 00:00:00");

        assert_eq!(parse("drwxrwxrwt 0/0 0 2026-01-01 00:00:00.5 ./tmp/", 0).unwrap().path, "/tmp");
        assert_eq!(parse("drwxr-xr-x 0/0 0 2026-01-01 00:00:00 ./", 0).unwrap().path, "/");

        let entry = parse("lrwxrwxrwx 0/0 0 1970-01-01 00:00:00 a b -> ../c d", 0).unwrap();
        assert_eq!((entry.path.as_str(), entry.target.as_deref()), ("/a b", Some("../c d")));
        let entry = parse("hrwxr-xr-x 0/0 0 1970-01-01 00:00:00 a link to b", 0).unwrap();
        assert_eq!((entry.path.as_str(), entry.target.as_deref()), ("/a", Some("b")));
        assert_eq!(parse("-rw-r--r-- 0/0 1 1970-01-01 00:00:00 ..wh", 0).unwrap().path, "/..wh");
    }

    #[test]
    fn other_text_is_no_entry() {
        assert_eq!(parse("tar: oops", 0), None);
    }
}
