//! Answers about a build of which everything is known: what a target takes, what would be done, and the way out.
//!
//! Invariant: nothing is built; the answers are read from the plans that would be.

use super::call::{Answer, Call};
use super::dockerfile::dockerfile;
use super::failure::Failure;
use super::outline::{Needs, outline};
use super::request::Request;
use super::wanted::Wanted;
use crate::plan::{Built, Explanation, Inputs};

/// The answer to a call.
pub(super) fn answer(
    request: &Request,
    call: Call,
    first: &Wanted,
    planned: &[(Inputs<'_>, Built)],
) -> Result<Answer, Failure> {
    if let (Call::Dockerfile, [(inputs, built), ..]) = (call, planned) {
        return dockerfile(request, inputs, built);
    }
    let explanation = Explanation::of(planned);
    if call == Call::Outline {
        return Ok(outline(request, first, &Needs::of(&explanation)));
    }
    // Of which target, where the file or the command line has some.
    let place = request.document.targets().find(|(name, _)| Some(*name) == request.wanted.image.as_deref());
    let explanation = match (&request.options.target, place) {
        (Some(name), _) => explanation.of_target(name),
        (None, Some((name, line))) => explanation.of_default_target(name, &first.spec, line),
        (None, None) => explanation,
    };
    Ok(Call::Explain.answer(explanation.to_text(), explanation.to_json()))
}
