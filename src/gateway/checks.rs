//! What the build file says of a program, held against its sources, before any step runs.
//!
//! Invariant: every mistake of a platform is told at once; of what cannot be seen nothing is said.

use super::client::{Capability, Daemon};
use super::context::Context;
use super::failure::Failure;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem, Suggestion};
use crate::golang::{
    self, BadStamp, Builder, Cgo, Conditions, GoTarget, GoVersion, Layout, MainPackage, Program, Sources,
    StampFault, Stamped, Step, bad_stamps, only_c,
};
use crate::plan::{ResolvedImage, missing_files};
use crate::spec::{self, Spec};
use buildkit_llb::LineRange;

/// A build of one platform.
pub(super) struct Checked<'a> {
    pub(super) spec: &'a Spec,
    pub(super) target: &'a GoTarget,
    pub(super) layout: &'a Layout,
    pub(super) mains: &'a [MainPackage],
    pub(super) program: &'a Program,
    pub(super) sources: &'a Sources,
    pub(super) builder: &'a ResolvedImage,
}

/// Everything that is wrong with it.
pub(super) async fn check(
    daemon: &Daemon,
    context: &mut Context,
    build: &Checked<'_>,
) -> Result<(), Failure> {
    let Checked { spec, target, layout, mains, program, sources, builder } = build;
    let tags = spec.build.condition_tags();
    let version = builder.config.config.env.get("GOLANG_VERSION").and_then(GoVersion::parse);
    let conditions = Conditions {
        target,
        tags: &tags,
        builder: version.map_or(Builder::Unknown, Builder::Exactly),
        cgo: if spec.build.has_c() { Cgo::On } else { Cgo::Off },
    };
    let mut found = Vec::new();

    // What is not there may be made.
    let is_made = !spec.generate.0.is_empty();
    // A tree that was walked was not listed whole.
    let is_listed = context.source.tree().is_none() && daemon.has(Capability::MetadataTransfer);
    if let spec::Profile::File(file) = &spec.build.pgo.value
        && !context.listing.file(file)
        && is_listed
        && !is_made
    {
        let files = context.listing.entries().map(|(path, _)| path.as_str());
        let profiles = files.filter(|path| path.ends_with(".pgo") || path.ends_with(".pprof"));
        let suggestion = Suggestion::of(file.as_str(), profiles);
        let problem = Problem::NoProfile { file: file.to_string(), suggestion };
        found.push(Diagnostic::at(problem, &spec.file, spec.build.pgo.span));
    }

    if is_listed {
        found.extend(missing_files(spec, &context.listing));
    }

    let bad = loop {
        let listing = &context.listing;
        let build = Stamped { listing, layout, mains, program, conditions: &conditions };
        let symbols = spec.build.stamp.keys().map(spec::Symbol::as_str);
        match bad_stamps(&build, symbols, context.files()) {
            Step::Done(bad) => break bad,
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    };
    let made =
        |bad: &BadStamp| is_made && matches!(bad.fault, StampFault::NoPackage(_) | StampFault::NoVariable(_));
    for bad in bad.into_iter().filter(|bad| !made(bad)) {
        let value = spec.build.stamp.iter().find(|(symbol, _)| symbol.as_str() == bad.symbol);
        let place = value.map_or(LineRange::line(1), |(_, value)| value.span);
        found.push(Diagnostic::at(Problem::Stamp(bad), &spec.file, place));
    }

    if let (Program::Exact(parts), false) = (program, spec.build.has_c()) {
        for only in only_c(mains, parts, layout, &context.listing, sources, &conditions) {
            let problem =
                golang::Problem::NeedsC { file: only.file, line: only.line, directory: only.directory };
            found.push(Diagnostic::of_go(problem, context.files(), &spec.file, Some(spec)));
        }
    }
    Ok(Diagnostics::check(found)?)
}
