//! What changes in a step where C is compiled.
//!
//! Invariant: which C compiler there is, the builder image says when the step runs; a step without one says what to
//! install.

use super::super::Inputs;
use super::super::script::{Script, scripts};
use super::list_flags;
use buildkit_llb::{Exec, Mount};

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

/// The script, and the list that it leaves of these packages and what they import.
pub(super) fn listing(exec: Exec, inputs: &Inputs<'_>, packages: Vec<String>) -> Exec {
    scripts(&[Script::C], exec, [("programs", packages)])
        .env(LIST_VARIABLE, LIST)
        .env(FLAGS_VARIABLE, list_flags(inputs.spec).join(" "))
        .mount(Mount::scratch(LIST))
}
