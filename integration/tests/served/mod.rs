//! A folder behind HTTP, for daemons that fetch contexts from there.
//!
//! Files as they are, which is all that Git needs of a server ("dumb" HTTP). Invariant: it listens on the loopback
//! interface only, on a port of its own, and ends with the test.

use anyhow::Result;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Longest wait for a request.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A folder behind HTTP.
pub(crate) struct Served {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
}

impl Served {
    /// Serves a folder.
    pub(crate) fn new(folder: &Path) -> Result<Served> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let ends = Arc::new(AtomicBool::new(false));
        let (folder, ended) = (folder.to_owned(), Arc::clone(&ends));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(Ordering::Relaxed) {
                    break;
                }
                let folder = folder.clone();
                // A client that goes away is no failure of the server.
                thread::spawn(move || stream.map_or(Ok(()), |stream| answer(&folder, stream)));
            }
        });
        Ok(Served { address, ends })
    }

    /// The URL of a file.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        // Wakes it, so that it sees that it ends.
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(folder: &Path, mut stream: TcpStream) -> Result<()> {
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let found =
        file(folder, target.split('?').next().unwrap_or_default()).and_then(|file| fs::read(file).ok());
    let (status, body) = found.map_or(("404 Not Found", Vec::new()), |body| ("200 OK", body));
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len())?;
    if method != "HEAD" {
        stream.write_all(&body)?;
    }
    Ok(())
}

/// A file of the folder, and none above it.
fn file(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = Path::new(path.trim_start_matches('/'));
    let inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    inside.then(|| folder.join(path)).filter(|file| file.is_file())
}
