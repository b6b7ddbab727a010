//! What is made of a repository: an image, its programs alone, or something for the people who work on it.
//!
//! Invariant: what has no program of a platform in it runs on the build platform, once.

use super::{debug, toolchain};
use crate::golang::Layout;
use crate::image::ImageRef;
use crate::spec::Spec;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The image with the programs.
    Image,
    /// The programs and nothing else.
    Binary,
    /// The image with the programs as a debugger wants them, and a debugger.
    Debug,
    /// The image to build with, with modules and sources.
    Builder,
    /// What tests say.
    Test(Findings),
    /// What govulncheck says.
    Vulncheck(Findings),
}

/// What becomes of a test that fails, or of a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Findings {
    /// The step fails, and nothing can be exported.
    Fail,
    /// They are in the reports only.
    Report,
}

impl Goal {
    /// Whether it is made once, on and for the build platform, whatever platforms are asked for.
    pub fn runs_once(self) -> bool {
        matches!(self, Goal::Builder | Goal::Test(_) | Goal::Vulncheck(_))
    }

    /// Whether it is made of all packages of the modules and not of programs.
    pub fn is_of_all_packages(self) -> bool {
        matches!(self, Goal::Builder | Goal::Test(_))
    }

    /// Whether it is put on the base of the build file.
    pub fn has_base(self) -> bool {
        matches!(self, Goal::Image | Goal::Debug)
    }

    /// Whether it is what people take away: then it waits for tests, where the build file says so.
    pub fn waits_for_tests(self) -> bool {
        matches!(self, Goal::Image | Goal::Binary)
    }

    /// The build file as this goal has it.
    pub fn spec(self, spec: Spec) -> Spec {
        if self == Goal::Debug { debug::spec(spec) } else { spec }
    }

    /// The image to build with.
    pub fn builder(self, spec: &Spec, layout: &Layout) -> ImageRef {
        let builder = toolchain::builder(spec, layout);
        let wanted = match self {
            // The race detector takes a C compiler, which only the larger of the official images has.
            Goal::Test(_) => spec.test.race,
            // People take git and a shell with a history, too.
            Goal::Builder => true,
            _ => false,
        };
        let larger = builder.familiar().strip_suffix("-alpine").and_then(|name| ImageRef::parse(name).ok());
        larger.filter(|_| wanted && spec.builder.is_none()).unwrap_or(builder)
    }
}
