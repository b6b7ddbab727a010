//! Whose a directory of the image is: ours, so that its mode and time are ours to say, or somebody else's.
//!
//! Invariant: a directory that the base may have in a form of its own, or as a link, keeps its mode and owner.

use crate::image::ImageConfig;
use crate::plan::Inputs;
use crate::spec::Directory;
use std::collections::BTreeSet;

/// Names at the root that most images have as directories.
const TOP: [&str; 20] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "media", "mnt", "opt", "proc", "root",
    "run", "sbin", "srv", "sys", "tmp", "usr", "var",
];

/// What there is before anything is put on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ground {
    /// Nothing: all directories are made here.
    Scratch,
    /// Somebody's image.
    Base,
}

/// The directories that are not ours alone.
pub(super) struct Places {
    ground: Ground,
    /// What the base has said something of, and what the build file has.
    said: BTreeSet<String>,
    /// The first names of what the base has said something of.
    top: BTreeSet<String>,
}

impl Places {
    /// Those of an image on a base with this config.
    pub(super) fn of(inputs: &Inputs<'_>, base: &ImageConfig, home: Option<&str>) -> Places {
        let of_base =
            std::iter::once(&base.config.working_dir).chain(&base.config.volumes).map(String::as_str);
        let top = of_base.clone().filter_map(|path| path.split('/').nth(1)).map(str::to_owned).collect();
        let spec = &inputs.spec.image;
        let made = spec.directories.0.iter().filter_map(|made| made.path.as_ref());
        let ours = made.chain(&spec.volumes).map(Directory::as_str).chain(home);
        let said = of_base
            .flat_map(|path| ancestors(path).filter(move |above| *above == path || !ordinary(above)))
            .chain(ours)
            .map(str::to_owned)
            .collect();
        let ground = if inputs.base.is_none() { Ground::Scratch } else { Ground::Base };
        Places { ground, said, top }
    }

    /// The last of the directories above a path that is not ours alone; `""` is the root, where nothing changes.
    pub(super) fn above<'a>(&self, path: &'a str) -> &'a str {
        let parent = path.rfind('/').map_or("", |end| &path[..end]);
        let found = ancestors(parent).filter(|above| self.said.contains(*above) || self.is_particular(above));
        found.last().unwrap_or("")
    }

    /// The same of a place to copy to, which is a directory if it ends in `/` or somebody has said so.
    pub(super) fn of_destination<'a>(&self, to: &'a str) -> &'a str {
        if self.said.contains(to) { to } else { self.above(to) }
    }

    /// Whether a path is one of a directory that somebody has said, or that most images have.
    pub(super) fn is_taken(&self, path: &str) -> bool {
        let below = format!("{path}/");
        let at_root = path.strip_prefix('/').filter(|name| !name.contains('/'));
        at_root.is_some_and(|name| self.is_directory(name))
            || self.said.iter().any(|said| said == path || said.starts_with(&below))
    }

    /// Whether a name at the root is a directory in the base or in most images.
    fn is_directory(&self, name: &str) -> bool {
        TOP.contains(&name) || self.top.contains(name)
    }

    /// Whether a base may have a directory with another mode or owner, or a link there.
    fn is_particular(&self, path: &str) -> bool {
        let first = path.split('/').nth(1).unwrap_or_default();
        let may_be_there = match self.ground {
            Ground::Scratch => first == "tmp",
            Ground::Base => self.is_directory(first),
        };
        may_be_there && !ordinary(path)
    }
}

/// Whether a directory has the same mode and owner in every image.
fn ordinary(path: &str) -> bool {
    matches!(
        path,
        "/etc" | "/home" | "/opt" | "/srv" | "/usr" | "/usr/share" | "/var" | "/var/lib" | "/var/cache"
    )
}

/// The directories that lead to a path, and the path itself.
fn ancestors(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .skip(1)
        .map(|(end, _)| &path[..end])
        .chain(Some(path).filter(|path| path.len() > 1))
}

#[cfg(test)]
mod tests {
    use super::{Ground, Places, ancestors};
    use std::collections::BTreeSet;

    fn places(ground: Ground) -> Places {
        Places {
            ground,
            said: BTreeSet::from(["/home/nonroot", "/data"].map(str::to_owned)),
            top: BTreeSet::from(["home".to_owned()]),
        }
    }

    #[test]
    fn what_is_kept_as_it_is() {
        let on_base = places(Ground::Base);
        for (path, above) in [
            ("/app", ""),
            ("/app/server", ""),
            ("/etc/app.conf", ""),
            ("/etc/ssl/certs/corp.pem", "/etc/ssl/certs"),
            ("/srv/index.html", ""),
            ("/srv/www/index.html", "/srv/www"),
            ("/var/lib/app/x", "/var/lib/app"),
            ("/home/nonroot/app", "/home/nonroot"),
            ("/home/nonroot/bin/app", "/home/nonroot/bin"),
            ("/home/app/x", "/home/app"),
            ("/data/x", "/data"),
            ("/data/a/x", "/data"),
            ("/data", ""),
            ("/tmp/a/b", "/tmp/a"),
            ("/usr/local/bin/app", "/usr/local/bin"),
            ("/usr/share/app/x", "/usr/share/app"),
            ("/binary/x", ""),
        ] {
            assert_eq!(on_base.above(path), above, "{path}");
        }
        assert_eq!(ancestors("/a/b").collect::<Vec<&str>>(), ["/a", "/a/b"]);
        assert_eq!(ancestors("").count() + ancestors("/").count(), 0);
    }

    #[test]
    fn no_file_can_be_where_a_directory_is() {
        let places = places(Ground::Base);
        for path in ["/usr", "/data", "/home", "/home/nonroot"] {
            assert!(places.is_taken(path), "{path}");
        }
        for path in ["/database", "/app", "/data/app", "/app/data", "/usr/app"] {
            assert!(!places.is_taken(path), "{path}");
        }
    }

    #[test]
    fn on_nothing_is_what_is_made_here() {
        let on_scratch = places(Ground::Scratch);
        for (path, above) in [
            ("/etc/ssl/certs/corp.pem", ""),
            ("/usr/local/bin/app", ""),
            ("/home/nonroot/app", "/home/nonroot"),
            ("/home/app/x", ""),
            ("/tmp/a/b", "/tmp/a"),
            ("/data/x", "/data"),
        ] {
            assert_eq!(on_scratch.above(path), above, "{path}");
        }
    }
}
