//! What a request wants made of its build file: an image for each platform, or reports.
//!
//! Invariant: the build file is read once for each, with that platform's values in it.

use super::call::Call;
use super::failure::Failure;
use super::options::Options;
use super::origin::Facts;
use super::target::Target;
use crate::diagnostic::{Diagnostic, Problem};
use crate::golang::GoTarget;
use crate::image::ImageRef;
use crate::plan::{Findings, Goal};
use crate::spec::{Base, Document, Influence, Known, Spec};
use buildkit_llb::{LineRange, Platform};
use std::collections::BTreeMap;

/// What is built for one platform: the build file with that platform's values in it.
pub(super) struct Wanted {
    /// The target of the file; none is what it says at its top.
    pub(super) image: Option<String>,
    pub(super) goal: Goal,
    pub(super) platform: Platform,
    pub(super) go: GoTarget,
    pub(super) spec: Spec,
    /// How much of that is known.
    pub(super) known: Known,
    /// What an organisation has to do with it.
    pub(super) influence: Option<Influence>,
}

impl Wanted {
    /// The image that it is built on; none is scratch, or what is no image itself.
    pub(super) fn base(&self) -> Option<&ImageRef> {
        match &self.spec.image.base.value {
            Base::Image(base) if self.goal.has_base() => Some(base),
            _ => None,
        }
    }
}

/// What is built: the image for each platform and, behind them, what they wait for; or reports, once. Of a file that is only
/// looked at, args need no values.
pub(super) fn read_specs(
    document: &Document,
    options: &Options,
    facts: &Facts,
    wanted: &Target,
    call: Option<Call>,
) -> Result<Vec<Wanted>, Failure> {
    let read = |goal, platform| {
        let target = Target { goal, ..wanted.clone() };
        read_spec(document, options, facts, &target, platform, call)
    };
    if wanted.goal.runs_once() {
        return Ok(vec![read(wanted.goal, options.build_platform.clone())?]);
    }
    let platforms = options.target_platforms().into_iter();
    let images = platforms.map(|platform| read(wanted.goal, platform));
    let mut specs = images.collect::<Result<Vec<Wanted>, Failure>>()?;
    if wanted.goal.waits_for_tests() && specs.iter().any(|target| target.spec.test.gate) {
        specs.push(read(Goal::Test(Findings::Fail), options.build_platform.clone())?);
    }
    Ok(specs)
}

/// The build file for one platform.
fn read_spec(
    document: &Document,
    options: &Options,
    facts: &Facts,
    target: &Target,
    platform: Platform,
    call: Option<Call>,
) -> Result<Wanted, Failure> {
    let variant = platform.variant.as_deref().unwrap_or_default();
    let go = GoTarget::new(&platform.os, &platform.architecture, variant).map_err(|reason| {
        let problem = Problem::UnsupportedTarget { platform: platform.to_string(), reason };
        Failure::from(Diagnostic::nowhere(problem))
    })?;
    let variables = document.variables(&built_in_values(options, facts, &platform), &options.build_args);
    let image = target.image.as_deref();
    let (spec, known) = match call {
        Some(Call::Lint | Call::Outline) => document.known(image, &variables)?,
        _ => (document.spec(image, &variables)?, Known::All),
    };
    let go = at_level(go, &spec, &platform)?;
    let (image, goal, spec) = (target.image.clone(), target.goal, target.goal.spec(spec));
    // What is not known cannot be against a rule.
    let influence = document.influence(image.as_deref()).filter(|_| known == Known::All);
    Ok(Wanted { image, goal, platform, go, spec, known, influence })
}

/// A target at the level that the build file says for its architecture.
fn at_level(go: GoTarget, spec: &Spec, platform: &Platform) -> Result<GoTarget, Failure> {
    go.at(spec.build.levels().map(|(_, level, _)| level)).map_err(|level| {
        let said = spec.build.levels().find(|(_, said, _)| *said == level);
        let (key, span) = said.map_or(("build", LineRange::line(1)), |(key, _, span)| (key, span));
        let platform = platform.to_string();
        let problem = Problem::LevelAbovePlatform { key, found: level.env().1, platform };
        Diagnostic::at(problem, &spec.file, span).into()
    })
}

/// The built-in values of `${NAME}`, under the names that Dockerfiles use. A version that nobody knows is none.
pub(super) fn built_in_values(
    options: &Options,
    facts: &Facts,
    platform: &Platform,
) -> BTreeMap<&'static str, Option<String>> {
    let text = |value: Option<String>| Some(value.unwrap_or_default());
    BTreeMap::from([
        ("BUILDPLATFORM", Some(options.build_platform.to_string())),
        ("COMMIT", text(facts.commit.clone())),
        ("SOURCE_DATE_EPOCH", text(facts.epoch.map(|epoch| epoch.to_string()))),
        ("TARGETARCH", Some(platform.architecture.clone())),
        ("TARGETOS", Some(platform.os.clone())),
        ("TARGETPLATFORM", Some(platform.to_string())),
        ("TARGETVARIANT", text(platform.variant.clone())),
        ("VERSION", facts.version.clone()),
    ])
}
