//! Rules about whom the program runs as, and what it may listen on.

use super::{Facts, Found, Rule, Severity};
use crate::image::{Id, parse_ports};
use crate::spec::Capability;
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "RootUser",
        severity: Severity::Risk,
        about: "The program does not run as root.",
        find: root_user,
    },
    Rule {
        name: "UserByName",
        severity: Severity::Advice,
        about: "The user is a number, which Kubernetes can tell from root.",
        find: user_by_name,
    },
    Rule {
        name: "PrivilegedPort",
        severity: Severity::Mistake,
        about: "A program that is not root listens on ports from 1024.",
        find: privileged_port,
    },
    Rule {
        name: "DuplicatePort",
        severity: Severity::Advice,
        about: "A port is written once.",
        find: duplicate_port,
    },
];

/// Ports below are for root (`ip_unprivileged_port_start`).
const FIRST_FREE_PORT: u16 = 1024;

fn root_user(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if let Some(user) = facts.spec.image.user.as_ref().filter(|user| user.value.is_root()) {
        let message = "the program would run as root; remove `image.user`, or write `image.user: nonroot`";
        found.on(user.span, message);
    }
}

fn user_by_name(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    // With accounts, names are looked up and the config has the numbers.
    if facts.spec.image.accounts == Some(false)
        && let Some(user) = &facts.spec.image.user
        && let Id::Name(name) = user.value.user()
    {
        let message = format!(
            "`image.user: {name}` is a name, and Kubernetes starts no container with `runAsNonRoot` unless the user is a \
             number; write the number, or remove `accounts: false`"
        );
        found.on(user.span, &message);
    }
}

fn privileged_port(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let image = &facts.spec.image;
    let is_root = image.user.as_ref().is_some_and(|user| user.value.is_root());
    if is_root || image.capabilities.contains(&Capability::NET_BIND_SERVICE) {
        return;
    }
    for (port, lines) in ports(facts).filter(|(port, _)| number(port) < FIRST_FREE_PORT) {
        let message = format!(
            "`{port}` is for root where the runtime does not say otherwise, and the program is not root; listen on \
             `8080` or another port from {FIRST_FREE_PORT}, and map it outside, or write \
             `image.capabilities: [cap_net_bind_service]`"
        );
        found.on(lines, &message);
    }
}

fn duplicate_port(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for (port, lines) in ports(facts) {
        let count = times.entry(port.clone()).or_default();
        *count += 1;
        if *count == 2 {
            found.on(lines, &format!("`{port}` is in `image.ports` twice; keep one"));
        }
    }
}

/// Every port as it is written, those with variables in them apart.
fn ports<'a>(facts: &'a Facts<'_>) -> impl Iterator<Item = (String, buildkit_llb::LineRange)> + 'a {
    let texts = facts.document.texts(facts.target, &["image", "ports"]).into_iter();
    texts.flat_map(|text| {
        let ports = parse_ports(text.value).unwrap_or_default();
        ports.into_iter().map(move |port| (port, text.span))
    })
}

fn number(port: &str) -> u16 {
    port.split('/').next().and_then(|number| number.parse().ok()).unwrap_or(u16::MAX)
}
