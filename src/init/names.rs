//! Names of targets, from what others call their images.
//!
//! Invariant: each is free, and a name that our reader takes.

use crate::spec::BUILT_IN_TARGETS;
use std::collections::BTreeSet;

/// The names that are taken.
#[derive(Default)]
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// A name as much like the one that is wanted as can be.
    pub(super) fn free(&mut self, wanted: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "_.".contains(c) { c } else { '-' };
        let name: String = wanted.to_ascii_lowercase().chars().map(plain).collect();
        let name = name.trim_start_matches(|c: char| !c.is_ascii_lowercase());
        let mut name = if name.is_empty() { "image".to_owned() } else { name.to_owned() };
        let is_end =
            |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('-'));
        if BUILT_IN_TARGETS.into_iter().any(is_end) {
            name.push_str("-image");
        }
        while !self.0.insert(name.clone()) {
            name.push_str("-2");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::Names;

    #[test]
    fn names_are_free() {
        let mut names = Names::default();
        for (wanted, name) in [
            ("api", "api"),
            ("API", "api-2"),
            ("my app", "my-app"),
            ("debug", "debug-image"),
            ("api-test", "api-test-image"),
            ("latest", "latest"),
            ("2nd", "nd"),
            ("Ü", "image"),
        ] {
            assert_eq!(names.free(wanted), name, "{wanted}");
        }
    }
}
