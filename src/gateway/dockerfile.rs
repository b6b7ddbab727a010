//! The call `gobuild.dockerfile`: the plan of a build file once more, with references where a Dockerfile can have them.
//!
//! Invariant: what is printed is made from a plan that would build.

use super::call::{Answer, Call};
use super::failure::Failure;
use super::request::Request;
use crate::plan::{self, Built, Inputs, OpenArg, Settings, Twice};
use crate::spec::reference;
use serde_json::json;

/// The values that frontends of Dockerfiles know, too.
const BUILT_IN: [&str; 4] = ["TARGETARCH", "TARGETOS", "TARGETPLATFORM", "TARGETVARIANT"];
/// Those that a client can give them, and what that is.
pub(super) const GIVEN: [(&str, &str); 3] = [
    ("COMMIT", "the commit: --build-arg COMMIT=$(git rev-parse HEAD)"),
    ("SOURCE_DATE_EPOCH", "seconds since 1970: --build-arg SOURCE_DATE_EPOCH=…"),
    ("VERSION", "the version: --build-arg VERSION=$(git describe --tags)"),
];

/// The answer to [`Call::Dockerfile`], for the first platform of a request; the file is the same for all.
pub(super) fn dockerfile(request: &Request, inputs: &Inputs<'_>, built: &Built) -> Result<Answer, Failure> {
    let document = &request.document;
    let variables = request.variables(inputs.platform);
    let names: Vec<&str> = BUILT_IN.into_iter().chain(GIVEN.map(|(name, _)| name)).collect();
    let (spec, left) = document.open(request.wanted.image.as_deref(), &variables, &names)?;
    let spec = inputs.goal.spec(spec);
    let settings = Settings {
        revision: inputs.settings.revision.as_ref().map(|_| reference("COMMIT")),
        version: inputs.settings.version.as_ref().map(|_| reference("VERSION")),
        ..inputs.settings.clone()
    };
    let open = Inputs { spec: &spec, settings: &settings, ..*inputs };
    let open_built = plan::plan(&open, None)?;
    let mut args: Vec<OpenArg> = document
        .args()
        .0
        .iter()
        .map(|(name, arg)| OpenArg {
            name: name.clone(),
            default: arg.default.clone(),
            description: arg.description.clone(),
            fixed: if left.leaves(name) { None } else { variables.expand(&format!("${{{name}}}")).ok() },
        })
        .collect();
    for (name, description) in GIVEN {
        if !args.iter().any(|arg| arg.name == name) {
            let description = Some(description.to_owned());
            args.push(OpenArg { name: name.to_owned(), default: None, description, fixed: None });
        }
    }
    let plan = Twice { now: (inputs, built), open: (&open, &open_built) };
    let text = plan::dockerfile(&plan, &args, &inputs.spec.file.filename);
    let json = format!("{:#}\n", json!({ "file": text }));
    Ok(Call::Dockerfile.answer(text, json))
}
