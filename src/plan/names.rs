//! The names of steps, which are what people see of a build.
//!
//! Invariant: a name says what runs and for which platform, and holds no value of an arg, a stamp or a variable.

use super::settings::{Naming, NoCache, Settings};
use crate::image::ImageRef;
use buildkit_llb::{Location, Metadata, Platform};

/// A step of the build file's language; `--no-cache-filter` takes these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Downloads modules.
    Modules,
    /// Compiles the program.
    Build,
    /// Puts the image together.
    Image,
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Step::Modules => "modules",
            Step::Build => "build",
            Step::Image => "image",
        }
    }

    /// What the client is told about an image that this step starts from. It is never worth fetching again.
    pub(super) fn base(self, platform: &str, image: &ImageRef, place: Location) -> Metadata {
        self.named(platform, &format!("FROM {image}"), place)
    }

    /// What the client is told about a vertex of this step.
    pub(super) fn metadata(
        self,
        platform: &str,
        text: &str,
        place: Location,
        settings: &Settings,
    ) -> Metadata {
        let metadata = self.named(platform, text, place);
        let again = match &settings.no_cache {
            NoCache::None => false,
            NoCache::All => true,
            NoCache::Steps(steps) => steps.contains(self.name()),
        };
        if again { metadata.ignore_cache() } else { metadata }
    }

    fn named(self, platform: &str, text: &str, place: Location) -> Metadata {
        let separator = if platform.is_empty() { "" } else { " " };
        Metadata::named(format!("[{platform}{separator}{}] {text}", self.name())).at(place)
    }
}

/// How names say that a step runs on one platform for another, as Dockerfile builds do.
pub(super) fn cross(naming: Naming, build: &Platform, target: &Platform) -> String {
    match naming {
        Naming::Plain => String::new(),
        Naming::PerPlatform if build == target => target.to_string(),
        Naming::PerPlatform => {
            let target = target.to_string();
            format!("{build}->{}", target.strip_prefix("linux/").unwrap_or(&target))
        }
    }
}
