//! Rules about args.

use super::{Facts, Found, Rule, Severity};
use buildkit_llb::LineRange;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "UnusedArg",
        severity: Severity::Advice,
        about: "An arg that is declared is used.",
        find: unused_arg,
    },
    Rule {
        name: "UndeclaredArg",
        severity: Severity::Mistake,
        about: "A build arg that is passed is declared.",
        find: undeclared_arg,
    },
];

fn unused_arg(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let used = facts.document.references();
    // Those two are labels, too, where they are declared.
    let is_used = |name: &str| used.contains(name) || matches!(name, "COMMIT" | "VERSION");
    for name in facts.spec.args.0.keys().filter(|name| !is_used(name)) {
        let message =
            format!("nothing refers to arg `{name}`; write `${{{name}}}` where it belongs, or remove it");
        found.at(&["args", name], &message);
    }
}

fn undeclared_arg(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let line = facts.document.place(None, &["args"]).map_or(1, |lines| lines.start.line);
    for diagnostic in facts.undeclared {
        found.on(LineRange::line(line), &diagnostic.problem.to_string());
    }
}
