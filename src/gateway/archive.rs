//! Files behind a URL: an archive of a context, or a build file by itself.
//!
//! Invariant: what is an archive is decided by its first bytes, as BuildKit's own frontend does (`dockerui/context.go`).

use super::client::Daemon;
use super::failure::Failure;
use buildkit_llb::{Copy, File, Http, Metadata, Output};

/// The name that every such file gets.
pub(super) const FILE: &str = "context";
/// Enough to know an archive.
const START: usize = 1024;

/// What is behind a URL.
pub(super) struct Fetched {
    /// A file system with the file in it.
    pub(super) source: Output,
    pub(super) kind: Kind,
}

/// Whether a file holds others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Archive,
    Plain,
}

impl Fetched {
    /// Fetches a file. The URL may be one of the client's session, which is how an archive on standard input travels.
    pub(super) async fn from(daemon: &Daemon, url: &str, name: String) -> Result<Fetched, Failure> {
        let source = Http::new(url).filename(FILE).metadata(Metadata::named(name)).build();
        let reference = daemon.solve("fetching the context", &source, &[]).await?;
        let start = daemon.read_file(&reference, FILE, START).await?.unwrap_or_default();
        let kind = if is_archive(&start) { Kind::Archive } else { Kind::Plain };
        Ok(Fetched { source, kind })
    }

    /// What is in the archive.
    pub(super) fn unpacked(self, name: &str) -> Output {
        let copy = Copy::new(self.source, format!("/{FILE}"), "/").unpack();
        File::scratch().copy(copy).metadata(Metadata::named(name)).build()
    }
}

/// bzip2, gzip, xz, or an entry of a tar.
fn is_archive(start: &[u8]) -> bool {
    const COMPRESSED: [&[u8]; 3] = [b"BZh", &[0x1f, 0x8b, 0x08], &[0xfd, b'7', b'z', b'X', b'Z', 0]];
    COMPRESSED.iter().any(|magic| start.starts_with(magic)) || start.first_chunk().is_some_and(is_tar_entry)
}

/// Whether a block holds its own checksum: the sum of its bytes, those of the checksum counted as spaces.
fn is_tar_entry(block: &[u8; 512]) -> bool {
    let field = &block[148..156];
    let sum: u64 = block.iter().chain(&[b' '; 8]).map(|byte| u64::from(*byte)).sum();
    let sum = sum - field.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    let written = String::from_utf8_lossy(field);
    u64::from_str_radix(written.trim_matches(['\0', ' ']), 8) == Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::is_archive;

    fn entry(name: &str) -> Vec<u8> {
        let mut block = vec![0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[148..156].fill(b' ');
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block
    }

    #[test]
    fn archives_are_known_by_their_first_bytes() {
        assert!(is_archive(&entry("go.mod")));
        assert!(is_archive(&[0x1f, 0x8b, 0x08, 0]));
        let mut broken = entry("go.mod");
        broken[0] = b'h';
        assert!(!is_archive(&broken));
        for plain in
            [b"# syntax=gobuild/frontend:1\n".to_vec(), Vec::new(), vec![0; 1024], entry("x")[..511].to_vec()]
        {
            assert!(!is_archive(&plain));
        }
    }
}
