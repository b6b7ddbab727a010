//! `--target`: what is wanted of the build file, by name.
//!
//! The one table of names is [`Target::NAMED`]; those that a build file gives its own images come beside it. Invariant: a
//! name that nobody has is an error that lists those that there are.

use super::failure::Failure;
use crate::diagnostic::{Diagnostic, Problem, Suggestion};
use crate::plan::{Findings, Goal};

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// The image.
    Default,
    /// Reports instead of an image: they are for no platform of the client's.
    Reports(Goal),
}

impl Target {
    const NAMED: [(&str, Goal); 4] = [
        ("test", Goal::Test(Findings::Fail)),
        ("test-report", Goal::Test(Findings::Report)),
        ("vulncheck", Goal::Vulncheck(Findings::Fail)),
        ("vulncheck-report", Goal::Vulncheck(Findings::Report)),
    ];

    /// The target of this name; no name is the default.
    pub(super) fn of(name: Option<&str>) -> Result<Target, Failure> {
        let Some(name) = name else { return Ok(Target::Default) };
        if let Some((_, goal)) = Target::NAMED.into_iter().find(|(known, _)| *known == name) {
            return Ok(Target::Reports(goal));
        }
        let targets = Target::NAMED.map(|(known, _)| known).to_vec();
        let suggestion = Suggestion::of(name, targets.iter().copied());
        let problem = Problem::UnknownTarget { target: name.to_owned(), suggestion, targets };
        Err(Diagnostic::nowhere(problem).into())
    }

    /// What is made for each platform of the client's, or once.
    pub(super) fn goal(self) -> Goal {
        match self {
            Target::Default => Goal::Image,
            Target::Reports(goal) => goal,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Findings, Goal, Target};

    #[test]
    fn a_target_is_known_by_its_name() {
        assert_eq!(Target::of(None).unwrap(), Target::Default);
        assert_eq!(Target::of(Some("test")).unwrap(), Target::Reports(Goal::Test(Findings::Fail)));
        assert!(Target::of(Some("Test")).is_err());
    }
}
