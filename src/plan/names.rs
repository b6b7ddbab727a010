//! The names of steps, which are what people see of a build.
//!
//! Invariant: a name says what runs and for which platform, and holds no value of an arg, a stamp or a variable.

use super::settings::{Naming, NoCache, Settings};
use crate::image::ImageRef;
use buildkit_llb::{Location, Metadata, Platform};
use std::collections::BTreeSet;

/// A step of the build file's language; `--no-cache-filter` takes these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// Makes a layer of the toolchain.
    Toolchain,
    /// Downloads modules.
    Modules,
    /// Makes files of the context.
    Generate,
    /// Compiles what the program imports.
    Dependencies,
    /// Compiles the program.
    Build,
    /// Puts values into the program that are not known earlier.
    Stamp,
    /// Collects the licences of what is linked.
    Licenses,
    /// Makes a debugger.
    Debugger,
    /// Puts the image together.
    Image,
    /// Runs tests.
    Test,
    /// Looks for vulnerabilities.
    Vulncheck,
}

impl Step {
    /// About in the order in which they run.
    const ALL: [Step; 11] = [
        Step::Toolchain,
        Step::Modules,
        Step::Generate,
        Step::Dependencies,
        Step::Build,
        Step::Stamp,
        Step::Licenses,
        Step::Debugger,
        Step::Image,
        Step::Test,
        Step::Vulncheck,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Step::Toolchain => "toolchain",
            Step::Modules => "modules",
            Step::Generate => "generate",
            Step::Dependencies => "dependencies",
            Step::Build => "build",
            Step::Stamp => "stamp",
            Step::Licenses => "licenses",
            Step::Debugger => "debugger",
            Step::Image => "image",
            Step::Test => "test",
            Step::Vulncheck => "vulncheck",
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

    /// The other way round: the platforms, the step and the text of a name. None of what is only part of a step.
    pub(super) fn parse(name: &str) -> Option<(&str, Step, &str)> {
        let (label, text) = name.strip_prefix('[')?.split_once("] ")?;
        let (platform, word) = label.rsplit_once(' ').unwrap_or(("", label));
        let step = Step::ALL.into_iter().find(|step| step.name() == word)?;
        Some((platform, step, text))
    }
}

/// Which of the packages from elsewhere a step is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Those that a program imports.
    Imported,
    /// Those of its trunk.
    Trunk,
    /// Those that are not in its trunk.
    Rest,
}

impl Extent {
    /// What a name says of them after their number.
    const fn words(self) -> &'static str {
        match self {
            Extent::Imported => " imported packages",
            Extent::Trunk => " packages, one of each module",
            Extent::Rest => " more imported packages",
        }
    }

    /// Packages from elsewhere: one by its name, several by their number.
    pub(super) fn describe(self, packages: &BTreeSet<String>) -> String {
        match packages.first() {
            Some(only) if packages.len() == 1 => only.clone(),
            _ => format!("{}{}", packages.len(), self.words()),
        }
    }

    /// The other way round: whether the text of a name says this.
    pub(super) fn is_in(self, text: &str) -> bool {
        text.ends_with(self.words())
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

#[cfg(test)]
mod tests {
    use super::{NoCache, Step, cross};
    use crate::plan::{Naming, Settings};
    use buildkit_llb::{Definition, File, Location, Mkfile, Platform, SourceFile};
    use std::sync::Arc;

    #[test]
    fn a_name_says_what_it_was_made_from() {
        let (build, target) = (Platform::new("linux", "amd64", ""), Platform::new("linux", "arm64", ""));
        let settings = Settings { no_cache: NoCache::None, ..Settings::default() };
        let file = SourceFile {
            filename: String::new(),
            language: String::new(),
            data: Vec::new(),
            definition: None,
        };
        let place = Location { file: Arc::new(file), ranges: Vec::new() };
        for naming in [Naming::Plain, Naming::PerPlatform] {
            let platform = cross(naming, &build, &target);
            for step in Step::ALL {
                let metadata = step.metadata(&platform, "go build [x] y", place.clone(), &settings);
                let output = File::scratch().mkfile(Mkfile::new("/a", Vec::new())).metadata(metadata).build();
                let definition = Definition::of(&output);
                let name = definition.views().next().and_then(|view| view.name()).unwrap();
                assert_eq!(Step::parse(name), Some((platform.as_str(), step, "go build [x] y")));
            }
        }
        assert_eq!(Step::parse("[internal] load build context"), None);
    }
}
