//! What the client asked for that changes steps and images, in the plan's own words.

use crate::image::{ImageConfig, ImageRef};
use buildkit_llb::{ContentCache, Network, Output, Platform, ProxyEnv, ResolveMode};
use std::collections::{BTreeMap, BTreeSet};

/// The same for every platform of a request.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// `--network`, for the steps that need one.
    pub network: Network,
    /// `--add-host`, for the same steps.
    pub extra_hosts: Vec<(String, String)>,
    /// Proxies, for the same steps; not part of their keys.
    pub proxy: ProxyEnv,
    /// `--no-cache`.
    pub no_cache: NoCache,
    /// A prefix for the names of cache mounts.
    pub cache_namespace: String,
    /// `--label`.
    pub labels: BTreeMap<String, String>,
    /// What to ask for mounts that have a key of their own: not to hash them, where the daemon can be asked.
    pub own_key: ContentCache,
    /// What the builder and all that is built are for.
    pub machines: Machines,
    /// Whether a cache is imported.
    pub cache_imports: bool,
    /// Whether the daemon can copy a part of a tree.
    pub copies_parts: bool,
    /// Whether the daemon knows modes in words, which tell directories from files.
    pub mode_words: bool,
    /// The commit, where the build file asks for it.
    pub revision: Option<String>,
    /// The version, where the build file asks for it and somebody knows it.
    pub version: Option<String>,
    /// `SOURCE_DATE_EPOCH`, in seconds.
    pub epoch: Option<i64>,
}

impl Settings {
    /// The id of a cache mount.
    pub(super) fn cache_id(&self, name: &str) -> String {
        format!("{}/gobuild/{name}", self.cache_namespace)
    }
}

/// The architectures of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Machines {
    /// No others than amd64 and arm64. Builds for one of the two, or for both, share what is not compiled.
    Usual,
    /// Others, too.
    #[default]
    Any,
}

impl Machines {
    /// Those of these platforms.
    pub fn of<'a>(platforms: impl IntoIterator<Item = &'a Platform>) -> Machines {
        let is_usual = |platform: &Platform| matches!(platform.architecture.as_str(), "amd64" | "arm64");
        if platforms.into_iter().all(is_usual) { Machines::Usual } else { Machines::Any }
    }
}

/// Which steps must run even if their result is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NoCache {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// These, by name.
    Steps(BTreeSet<String>),
}

/// An image that steps start from.
#[derive(Clone, Debug)]
pub struct ResolvedImage {
    /// Its name as people write it; of what is no image, what the client says that it is.
    pub name: String,
    /// What its file system comes from.
    pub files: FileSystem,
    /// Its config.
    pub config: ImageConfig,
    /// The platform that it is for.
    pub platform: Platform,
}

/// What the file system of an image comes from.
#[derive(Clone, Debug)]
pub enum FileSystem {
    /// A registry, or the daemon's own store.
    Registry {
        /// The image's name in full, with the digest where the daemon knows one.
        pinned: ImageRef,
        /// How it was looked up, and will be again.
        resolve_mode: ResolveMode,
    },
    /// The graph: the client has put something else in the image's place.
    Tree(Output),
}

impl ResolvedImage {
    /// The image's name in full; none of what is no image.
    pub fn pinned(&self) -> Option<&ImageRef> {
        match &self.files {
            FileSystem::Registry { pinned, .. } => Some(pinned),
            FileSystem::Tree(_) => None,
        }
    }

    /// What stands in the image's place, if anything.
    pub fn tree(&self) -> Option<&Output> {
        match &self.files {
            FileSystem::Registry { .. } => None,
            FileSystem::Tree(output) => Some(output),
        }
    }
}

/// Whether names of steps say which platform they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// One platform is built; nobody needs to be told which.
    Plain,
    /// Several are built side by side.
    PerPlatform,
}

#[cfg(test)]
mod tests {
    use super::{Machines, Platform};

    #[test]
    fn one_other_machine_is_enough() {
        let of = |names: &[&str]| {
            let platforms: Vec<Platform> = names.iter().map(|name| Platform::parse(name).unwrap()).collect();
            Machines::of(&platforms)
        };
        assert_eq!(of(&["linux/amd64"]), Machines::Usual);
        assert_eq!(of(&["linux/arm64/v8", "linux/amd64/v3"]), Machines::Usual);
        assert_eq!(of(&["linux/amd64", "linux/arm/v7"]), Machines::Any);
        assert_eq!(of(&["linux/riscv64"]), Machines::Any);
    }
}
