//! What the client asked for that changes steps and images, in the plan's own words.

use crate::image::{ImageConfig, ImageRef};
use buildkit_llb::{ContentCache, Network, Platform, ProxyEnv, ResolveMode};
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
    /// Whether a cache is imported.
    pub cache_imports: bool,
    /// Whether the daemon can copy a part of a tree.
    pub copies_parts: bool,
    /// `SOURCE_DATE_EPOCH`, in seconds.
    pub epoch: Option<i64>,
}

impl Settings {
    /// The id of a cache mount.
    pub(super) fn cache_id(&self, name: &str) -> String {
        format!("{}/gobuild/{name}", self.cache_namespace)
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

/// An image that the daemon was asked about.
#[derive(Clone, Debug)]
pub struct ResolvedImage {
    /// Its name as people write it.
    pub name: String,
    /// The same in full, with the digest where the daemon knows one.
    pub pinned: ImageRef,
    /// Its config.
    pub config: ImageConfig,
    /// The platform that it is for.
    pub platform: Platform,
    /// How it was looked up, and will be again.
    pub resolve_mode: ResolveMode,
}

/// Whether names of steps say which platform they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// One platform is built; nobody needs to be told which.
    Plain,
    /// Several are built side by side.
    PerPlatform,
}
