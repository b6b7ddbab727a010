//! What rules look at: the build file, what it means for one platform, and what the build knows of the repository.
//!
//! Invariant: all of it is known before a step runs; nothing is read for a rule.

use super::Setting;
use crate::context::Listing;
use crate::diagnostic::Diagnostic;
use crate::golang::{Files, Layout, MainPackage, Program, Sources};
use crate::image::{ImageConfig, ImageRef};
use crate::spec::{Argv, Base, Check, Document, Healthcheck, Spec};

/// What is known of one build of one platform.
pub struct Facts<'a> {
    /// The build file as it is written.
    pub document: &'a Document,
    /// The target of it; none is what it says at its top.
    pub target: Option<&'a str>,
    /// What it means.
    pub spec: &'a Spec,
    /// What is said of rules.
    pub setting: &'a Setting,
    /// The build args that nothing reads.
    pub undeclared: &'a [Diagnostic],
    /// The modules.
    pub layout: &'a Layout,
    /// The main packages.
    pub mains: &'a [MainPackage],
    /// What they are made of.
    pub program: &'a Program,
    /// What their Go files say.
    pub sources: &'a Sources,
    /// The context.
    pub listing: &'a Listing,
    /// What was read of it.
    pub files: &'a Files,
    /// The patterns of the ignore file.
    pub ignored: &'a [String],
    /// The images in whose place the client has put something else.
    pub replaced: &'a dyn Fn(&ImageRef) -> bool,
    /// What the base says.
    pub base: Option<&'a ImageConfig>,
}

/// What an image has to run commands with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tools {
    /// No shell and no other program.
    None,
    /// A shell, and programs under the names of the usual ones; no curl.
    Busybox,
    /// Nobody knows.
    Unknown,
}

impl Facts<'_> {
    /// What the base has to run commands with.
    pub(super) fn tools(&self) -> Tools {
        let Base::Image(base) = &self.spec.image.base.value else { return Tools::None };
        if (self.replaced)(base) {
            return Tools::Unknown;
        }
        match base.repository().as_str() {
            "docker.io/library/alpine" | "docker.io/library/busybox" => Tools::Busybox,
            _ if base.is_distroless_without_shell() => Tools::None,
            _ => Tools::Unknown,
        }
    }

    /// Whether the base has no C library.
    pub(super) fn is_bare(&self) -> bool {
        match &self.spec.image.base.value {
            Base::Scratch => true,
            Base::Image(base) => {
                base.repository().starts_with("gcr.io/distroless/static") && !(self.replaced)(base)
            }
        }
    }

    /// The variables of the program.
    pub(super) fn environment(&self) -> impl Iterator<Item = (&str, &str)> {
        self.spec.image.env.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A variable of the program.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment().find(|(other, _)| *other == name).map(|(_, value)| value)
    }

    /// The health check, if there is one.
    pub(super) fn healthcheck(&self) -> Option<&Check> {
        match &self.spec.image.healthcheck {
            Some(Healthcheck::Check(check)) => Some(check),
            Some(Healthcheck::None) | None => None,
        }
    }

    /// The commands that the image says, with their paths in the build file.
    pub(super) fn commands(&self) -> impl Iterator<Item = (&'static [&'static str], &[String])> {
        let image = &self.spec.image;
        let check = self.healthcheck().and_then(|check| check.test.as_ref());
        let commands: [(&'static [&'static str], Option<&Argv>); 3] = [
            (&["image", "entrypoint"], image.entrypoint.as_ref()),
            (&["image", "cmd"], image.cmd.as_ref()),
            (&["image", "healthcheck", "test"], check),
        ];
        commands.into_iter().filter_map(|(path, argv)| Some((path, argv?.0.as_slice())))
    }
}

/// The tag, or nothing.
pub(super) fn tag(image: &ImageRef) -> &str {
    image.tag().unwrap_or_default()
}
