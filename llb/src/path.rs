//! Paths inside a file system of the graph.
//!
//! Always slashes and always absolute, put together as Go's `path` package does.

/// `path`, below `base` unless it is absolute, without `.`, `..`, empty parts and a slash at the end.
pub(crate) fn join(base: &str, path: &str) -> String {
    let mut parts = Vec::new();
    let base = if path.starts_with('/') { "" } else { base };
    for part in base.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// `path` from the root.
pub(crate) fn absolute(path: &str) -> String {
    join("/", path)
}

/// `path` from the root; a `/` or `/.` at the end says that a directory is meant and stays
/// (`client/llb/fileop.go`, `normalizePath`).
pub(crate) fn destination(path: &str) -> String {
    let mut clean = absolute(path);
    let slash = if clean.ends_with('/') { "" } else { "/" };
    if path.ends_with('/') {
        clean.push_str(slash);
    } else if path.ends_with("/.") {
        clean.push_str(slash);
        clean.push('.');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::{absolute, destination};

    #[test]
    fn paths_are_cleaned() {
        for (path, expected) in
            [("", "/"), ("/", "/"), ("a", "/a"), ("./a//b/../c/", "/a/c"), ("../../x", "/x"), (".", "/")]
        {
            assert_eq!(absolute(path), expected, "{path}");
        }
    }

    #[test]
    fn the_end_of_a_destination_stays() {
        for (path, expected) in [
            ("/", "/"),
            ("a", "/a"),
            ("a/", "/a/"),
            ("/a/.", "/a/."),
            ("/.", "/."),
            (".", "/"),
            ("/a/b/..", "/a"),
        ] {
            assert_eq!(destination(path), expected, "{path}");
        }
    }
}
