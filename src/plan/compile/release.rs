//! What only later releases of Go can do.
//!
//! Older ones refuse some of it in words of their own, and of a variable that they do not know they say nothing.
//! Invariant: checked where the builder says its version, before any step runs.

use super::super::Inputs;
use super::super::toolchain::VERSION_VARIABLE;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::golang::GoVersion;
use crate::spec::{Cover, Profile};
use buildkit_llb::LineRange;

/// An error for each key that the builder is too old for.
pub(in crate::plan) fn check(inputs: &Inputs<'_>) -> Result<(), Diagnostics> {
    let Some(has) = inputs.builder.config.config.env.get(VERSION_VARIABLE).and_then(GoVersion::parse) else {
        return Ok(());
    };
    let needed = needed(inputs).into_iter().filter(|(_, needs, _)| has < *needs);
    let found = needed.map(|(key, needs, span)| {
        let problem = Problem::KeyNeedsGo {
            key: key.to_owned(),
            builder: inputs.builder.name.clone(),
            has: has.to_string(),
            needs: needs.to_string(),
        };
        Diagnostic::at(problem, &inputs.spec.file, span)
    });
    Diagnostics::check(found.collect())
}

/// Keys, the releases that they need, and where they are.
fn needed(inputs: &Inputs<'_>) -> Vec<(&'static str, GoVersion, LineRange)> {
    let build = &inputs.spec.build;
    let release = |minor: u64| GoVersion::of_language(1, minor);
    let mut needed = Vec::new();
    if let Some(level) = inputs.target.setting() {
        let said = build.levels().find(|(_, said, _)| *said == level);
        let (key, span) = said.map_or(("--platform", LineRange::line(1)), |(key, _, span)| (key, span));
        needed.push((key, level.since(), span));
    }
    if let Some(fips) = &build.fips {
        needed.push(("build.fips", release(24), fips.span));
    }
    if build.cover.value == Cover::On {
        needed.push(("build.cover", release(20), build.cover.span));
    }
    if build.pgo.value != Profile::Auto {
        needed.push(("build.pgo", release(20), build.pgo.span));
    }
    needed
}
