//! The call `gobuild.dockerfile`: the plan of a build file once more, with references where a Dockerfile can have them.
//!
//! Invariant: what is printed is made from a plan that would build.

use super::call::{Answer, Call};
use super::failure::Failure;
use super::options::Options;
use super::origin::Facts;
use super::target::Target;
use super::wanted::built_in_values;
use crate::plan::{self, Built, Inputs, OpenArg, Settings, Twice};
use crate::spec::{Document, reference};
use serde_json::json;

/// The values that frontends of Dockerfiles know, too, or that a client can give them.
const BUILT_IN: [(&str, &str); 6] = [
    ("COMMIT", "the commit: --build-arg COMMIT=$(git rev-parse HEAD)"),
    ("SOURCE_DATE_EPOCH", "seconds since 1970: --build-arg SOURCE_DATE_EPOCH=…"),
    ("TARGETARCH", ""),
    ("TARGETOS", ""),
    ("TARGETPLATFORM", ""),
    ("TARGETVARIANT", ""),
];

/// The answer to [`Call::Dockerfile`], for the first platform of a request; the file is the same for all.
pub(super) fn dockerfile(
    document: &Document,
    wanted: &Target,
    options: &Options,
    facts: &Facts,
    inputs: &Inputs<'_>,
    built: &Built,
) -> Result<Answer, Failure> {
    let built_in = built_in_values(options, facts, Some(inputs.platform));
    let variables = document.variables(&built_in, &options.build_args);
    let (spec, left) = document.open(wanted.image.as_deref(), &variables, &BUILT_IN.map(|(name, _)| name))?;
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
    for (name, description) in BUILT_IN.into_iter().filter(|(_, description)| !description.is_empty()) {
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
