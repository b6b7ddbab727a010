//! Parts of the context as sources of the graph.
//!
//! Invariant: a step sees only what it is keyed on; version control data is never part of it.

use crate::context::ContextPath;
use buildkit_llb::{Local, Metadata, Output};
use std::collections::BTreeSet;

/// The client's context, and what its ignore file leaves out.
#[derive(Clone, Debug)]
pub struct ContextSource {
    /// The session that sends it.
    pub session: String,
    /// The patterns of the ignore file.
    pub exclude: Vec<String>,
}

/// Git's data changes with every commit and fetch, and would make every one of them a new build.
const NEVER_NEEDED: [&str; 2] = [".git", "**/.git"];

impl ContextSource {
    /// The context under a hint. Each set of filters needs its own, or transfers undo each other.
    pub fn local(&self, hint: &str) -> Local {
        self.local_without(hint, [])
    }

    /// The context without these patterns.
    pub fn local_without<const N: usize>(&self, hint: &str, exclude: [&str; N]) -> Local {
        let patterns = self.exclude.iter().map(String::as_str).chain(NEVER_NEEDED).chain(exclude);
        Local::new("context").session(&self.session).shared_key_hint(hint).exclude_patterns(patterns)
    }

    /// All of the context.
    pub fn everything(&self) -> Output {
        self.local("gobuild-sources").metadata(Metadata::named("[internal] load build context")).build()
    }

    /// Exactly these files.
    pub(super) fn files(&self, paths: &BTreeSet<ContextPath>) -> Output {
        self.local("gobuild-modules")
            .include_patterns(paths.iter().map(pattern))
            .metadata(Metadata::named("[internal] load module files"))
            .build()
    }
}

/// A pattern that matches this path and no other.
fn pattern(path: &ContextPath) -> String {
    let mut pattern = String::new();
    for character in path.as_str().chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '!' | '#') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
