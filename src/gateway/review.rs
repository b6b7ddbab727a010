//! What a reviewer would say to the build file of a request.
//!
//! Invariant: a build says what there is to say of one platform, a check all of it, and whoever asks something else is not told.

use super::call::Call;
use super::generators::Materials;
use super::named_context::is_named;
use super::repository::Repository;
use super::request::Request;
use super::wanted::Wanted;
use crate::check::{Facts, Finding, review};
use crate::plan::Goal;

/// What there is to say.
pub(super) fn findings(
    request: &Request,
    repository: &Repository,
    wanted: &[Wanted],
    materials: &[Materials<'_>],
) -> Vec<Finding> {
    let Request { options, document, setting, .. } = request;
    let reviewed = match request.call {
        Some(Call::Lint) => wanted.len(),
        None => 1,
        Some(_) => 0,
    };
    let undeclared = document.unread(&options.build_args);
    let context = &repository.context;
    // What a debugger wants no reviewer does.
    let each = repository.each(wanted).zip(materials).take(reviewed);
    let each = each.filter(|((target, _), _)| target.goal != Goal::Debug);
    let found = each.flat_map(|((target, part), materials)| {
        review(&Facts {
            document,
            target: target.image.as_deref(),
            spec: &target.spec,
            setting,
            undeclared: &undeclared,
            layout: &repository.layout,
            mains: &part.mains,
            program: &part.program,
            sources: &repository.sources,
            listing: &context.listing,
            files: context.files(),
            ignored: context.source.ignored(),
            replaced: &|image| is_named(options, image),
            base: materials.base.map(|base| &base.config),
        })
    });
    found.collect()
}
