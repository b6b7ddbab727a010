//! `cache:`, what outlives the build to make the next one faster.
//!
//! Invariant: nothing here changes what is built.

use super::schema::words;
use super::value::FromText;
use serde_json::Value as Json;

/// What outlives the build to make the next one faster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// Layers where a cache is imported, else cache mounts.
    #[default]
    Auto,
    /// Cache mounts of the builder, for builders that stay.
    Mounts,
    /// Layers for toolchain and dependencies, for builders that start from an imported cache.
    Layers,
    /// Nothing but the results of steps.
    Off,
}

impl FromText for Cache {
    fn schema() -> Json {
        words(["auto", "layers", "mounts", "off"])
    }

    fn from_text(text: &str) -> Result<Cache, String> {
        match text {
            "auto" => Ok(Cache::Auto),
            "mounts" => Ok(Cache::Mounts),
            "layers" => Ok(Cache::Layers),
            "off" => Ok(Cache::Off),
            _ => Err("it is one of `auto`, `layers`, `mounts` and `off`".to_owned()),
        }
    }
}
