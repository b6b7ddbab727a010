//! One build, from the request to the result. The whole story of gobuild is [`build`].
//!
//! Invariant: nothing is decided here; this file asks the daemon for what the pure rooms need and hands it on.

use super::asked;
use super::build_file::BuildFile;
use super::call::{Call, describe, schema};
use super::client::Daemon;
use super::failure::Failure;
use super::gate::solve;
use super::init;
use super::lint;
use super::options::{Options, Shape};
use super::origin::Origin;
use super::outline::{Needs, outline};
use super::plans::{Common, plans};
use super::repository::Repository;
use super::request::Request;
use super::result::{answer, result};
use super::review;
use crate::check;
use crate::spec::Known;
use buildkit_proto::gateway as wire;

/// Answers one request.
pub(super) async fn build(daemon: Daemon, options: Options) -> Result<wire::Result, Failure> {
    refuse_what_is_not_supported(&options)?;
    let call = options.request.as_deref().map(Call::of).transpose()?;
    match call {
        Some(Call::Describe) => Ok(answer(describe())),
        Some(Call::Schema) => Ok(answer(schema())),
        Some(Call::Lint) => match make(daemon, options, call).await {
            Err(Failure::User(problems)) => lint::broken(&problems).ok_or(Failure::User(problems)),
            outcome => outcome,
        },
        _ => make(daemon, options, call).await,
    }
}

/// Makes what is asked for, or says how it would.
async fn make(daemon: Daemon, options: Options, call: Option<Call>) -> Result<wire::Result, Failure> {
    let origin = Origin::find(&daemon, &options).await?;
    let build_file = BuildFile::load(&daemon, &options, &origin).await?;
    if call == Some(Call::Init) {
        return Ok(answer(init::written(&daemon, &options, &origin, &build_file).await?));
    }
    let request = Request::read(daemon, options, call, &origin, build_file).await?;
    if call == Some(Call::Targets) {
        return Ok(answer(request.targets()?));
    }
    let wanted = request.specs()?;
    match (call, wanted.first()) {
        (_, None) => return Ok(lint::findings(&[])),
        (Some(Call::Outline), Some(first)) if first.known == Known::Little => {
            return Ok(answer(outline(&request, first, &Needs::of_spec(&first.spec))));
        }
        _ => {}
    }

    let repository = Repository::open(&request, origin, &wanted).await?;
    let materials = repository.materials(&request, &wanted).await?;
    let findings = review::findings(&request, &repository, &wanted, &materials);
    if call.is_none() {
        lint::warn(&request.daemon, &request.build_file, &findings).await;
        lint::refuse(&findings, &request.setting)?;
    }

    let common = Common::of(&request, &repository, &wanted);
    let planned = plans(&request, &repository, &wanted, &materials, &common)?;
    match (call, wanted.first()) {
        (Some(Call::Lint), _) => Ok(lint::findings(&check::each_once(findings))),
        (Some(call), Some(first)) => Ok(answer(asked::answer(&request, call, first, &planned)?)),
        _ => {
            let images = solve(
                &request.daemon,
                planned,
                &request.options,
                &request.wanted,
                repository.context.files(),
            )
            .await?;
            let once = request.wanted.goal.runs_once();
            let shape = if once { Shape::Single } else { request.options.shape };
            Ok(result(&images, shape, request.options.epoch, &request.facts))
        }
    }
}

/// Says no to what would otherwise be ignored in silence.
fn refuse_what_is_not_supported(options: &Options) -> Result<(), Failure> {
    // Those of the image's label (`Dockerfile.frontend`); daemons compare them, those that forward do not.
    const CAPABILITIES: [&str; 4] = [
        "moby.buildkit.frontend.contexts",
        "moby.buildkit.frontend.gitquerystring",
        "moby.buildkit.frontend.inputs",
        "moby.buildkit.frontend.subrequests",
    ];
    match options.capabilities.iter().find(|cap| !CAPABILITIES.contains(&cap.as_str())) {
        Some(cap) => Err(Failure::Capability(cap.clone())),
        None => Ok(()),
    }
}
