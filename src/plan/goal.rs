//! What is made of a repository: an image, or what tests or a search for vulnerabilities say.
//!
//! Invariant: only an image has a base and is for a platform of the client's; all else runs on the build platform, once.

use super::toolchain;
use crate::golang::Layout;
use crate::image::ImageRef;
use crate::spec::Spec;

/// What is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// The image with the programs.
    Image,
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
    /// The image to build with.
    pub fn builder(self, spec: &Spec, layout: &Layout) -> ImageRef {
        let builder = toolchain::builder(spec, layout);
        let races = matches!(self, Goal::Test(_)) && spec.test.race && spec.builder.is_none();
        // The race detector takes a C compiler, which only the larger of the official images has.
        let larger = builder.familiar().strip_suffix("-alpine").and_then(|name| ImageRef::parse(name).ok());
        larger.filter(|_| races).unwrap_or(builder)
    }
}
