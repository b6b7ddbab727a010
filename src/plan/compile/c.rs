//! What changes in a step where C is compiled.
//!
//! Invariant: which C compiler there is, the builder image says when the step runs; a step without one says what to
//! install.

use super::super::Inputs;
use super::super::script::{Script, scripts};
use super::super::settings::FileSystem;
use super::list_flags;
use crate::spec::BuildVariable;
use buildkit_llb::{Digest, Exec, Mount};

/// Where the list of packages that use C is left.
pub(super) const LIST: &str = "/uses-c";
/// The script's name for that.
const LIST_VARIABLE: &str = "GOBUILD_USES_C";
/// The flags of `go list`, for the script.
const FLAGS_VARIABLE: &str = "GOBUILD_LIST_FLAGS";

/// A command that finds a C compiler and then becomes this one.
pub(in crate::plan) fn with_c(argv: Vec<String>) -> Vec<String> {
    Script::C.argv(argv)
}

/// The name of a cache in which there is compiled C: of steps with the same compiler, libraries and flags only. Go does not
/// look at headers and libraries of the image, so what was compiled with others would be taken for the same.
pub(in crate::plan) fn cache_of<'a>(
    name: &str,
    inputs: &Inputs<'a>,
    more: impl IntoIterator<Item = (&'a BuildVariable, &'a String)>,
) -> String {
    let builder = match &inputs.builder.files {
        FileSystem::Registry { pinned, .. } => pinned.to_string(),
        FileSystem::Tree(tree) => tree.digest().to_string(),
    };
    let said = inputs.spec.build.env.iter().map(|(name, value)| (name, &value.value));
    let said = said.chain(more).filter(|(name, _)| name.is_for_c());
    let variables = said.map(|(name, value)| format!("{}={value}", name.as_str()));
    let all: Vec<String> = std::iter::once(builder).chain(variables).collect();
    format!("{name}-{}", &Digest::of(all.join("\0")).hex()[..16])
}

/// The script, and the list that it leaves of these packages and what they import.
pub(super) fn listing(exec: Exec, inputs: &Inputs<'_>, packages: Vec<String>) -> Exec {
    scripts(&[Script::C], inputs, exec, [("programs", packages)])
        .env(LIST_VARIABLE, LIST)
        .env(FLAGS_VARIABLE, list_flags(inputs.spec).join(" "))
        .mount(Mount::scratch(LIST))
}
