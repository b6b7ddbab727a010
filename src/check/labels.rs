//! Rules about labels.

use super::{Facts, Found, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "LegacyLabel",
        severity: Severity::Advice,
        about: "Labels have the names of the OCI image specification.",
        find: legacy_label,
    },
    Rule {
        name: "ReservedLabel",
        severity: Severity::Advice,
        about: "Labels stay out of the names that Docker keeps for itself.",
        find: reserved_label,
    },
];

/// Names of label-schema.org, and what they are called now.
const SUCCESSORS: [(&str, &str); 9] = [
    ("build-date", "created"),
    ("description", "description"),
    ("name", "title"),
    ("url", "url"),
    ("usage", "documentation"),
    ("vcs-ref", "revision"),
    ("vcs-url", "source"),
    ("vendor", "vendor"),
    ("version", "version"),
];

fn legacy_label(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for name in facts.spec.image.labels.keys() {
        let successor = match name.strip_prefix("org.label-schema.") {
            _ if name.eq_ignore_ascii_case("maintainer") => Some("authors"),
            Some(old) => {
                let known = SUCCESSORS.iter().find(|(known, _)| *known == old);
                Some(known.map_or("<name>", |(_, new)| *new))
            }
            None => None,
        };
        if let Some(successor) = successor {
            let message =
                format!("label `{name}` is a name of old; write `org.opencontainers.image.{successor}`");
            found.at(&["image", "labels", name], &message);
        }
    }
}

fn reserved_label(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    // Extensions of Docker Desktop have to have these.
    let theirs =
        |name: &str| name.starts_with("com.docker.desktop.") || name.starts_with("com.docker.extension.");
    let reserved = |name: &str| {
        ["com.docker.", "io.docker.", "org.dockerproject."].iter().any(|start| name.starts_with(start))
    };
    for name in facts.spec.image.labels.keys().filter(|name| reserved(name) && !theirs(name)) {
        let message = format!(
            "label `{name}` has a name that Docker keeps for itself; start it with a domain of yours, like `com.example.`"
        );
        found.at(&["image", "labels", name], &message);
    }
}
