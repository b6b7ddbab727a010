//! Which Go a Dockerfile compiles with.
//!
//! Invariant: the release that is taken without a key is not said.

use super::super::GoFacts;
use super::super::draft::{Draft, Value};
use super::stage::Stages;
use crate::golang::GoVersion;

/// Says which Go it is.
pub(super) fn read(draft: &mut Draft, stages: &Stages, index: usize, facts: &GoFacts) {
    let line = Some(stages.all[stages.chain(index)[0]].line);
    let image = stages.image(index);
    let name = image.split('@').next().unwrap_or(image);
    let official = ["golang", "library/golang", "docker.io/golang", "docker.io/library/golang"];
    let (repository, tag) = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (name, "latest"),
    };
    if !official.contains(&repository) || image.contains('@') {
        draft.set(&["builder"], Value::text(image));
        return;
    }
    let version = tag.split('-').next().unwrap_or(tag);
    // `golang:1` and `golang:alpine` are whatever is newest.
    if !version.contains("${") && GoVersion::parse(version).is_none_or(|_| !version.contains('.')) {
        return;
    }
    let known = stages.variables.without_references(version);
    let old = |found: &GoVersion, wanted: &GoVersion| found < wanted && found.language() != wanted.language();
    match (GoVersion::parse(&known), GoVersion::parse(&facts.release)) {
        (Some(found), Some(wanted)) if old(&found, &wanted) && facts.module.is_some() => {
            // go.mod may ask for more than that, and then nothing builds.
            draft.note(
                line,
                format!(
                    "`{image}` is older than Go {}, which is taken here; `go: \"{known}\"` keeps it",
                    facts.release
                ),
            );
        }
        _ if known == facts.release => {}
        _ => draft.set(&["go"], Value::text(version)),
    }
}
