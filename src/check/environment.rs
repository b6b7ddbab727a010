//! Rules about the environment of the program.

use super::{Facts, Found, Rule, Severity};
use crate::spec::Base;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "PathOverwritten",
        severity: Severity::Mistake,
        about: "The directories in which the base finds its programs stay in `PATH`.",
        find: path_overwritten,
    },
    Rule {
        name: "BuildVariableInImage",
        severity: Severity::Mistake,
        about: "Variables of the go command are not those of the program.",
        find: build_variable_in_image,
    },
    Rule {
        name: "GarbageCollectorOff",
        severity: Severity::Mistake,
        about: "A program without garbage collection has a memory limit.",
        find: garbage_collector_off,
    },
    Rule {
        name: "InsecureGodebug",
        severity: Severity::Risk,
        about: "`GODEBUG` does not bring back what Go has given up as insecure.",
        find: insecure_godebug,
    },
    Rule {
        name: "TimezonesMissing",
        severity: Severity::Mistake,
        about: "Where `TZ` is set, there are time zones.",
        find: timezones_missing,
    },
];

/// What only the go command reads.
const OF_BUILDS: [&str; 22] = [
    "CGO_CFLAGS",
    "CGO_ENABLED",
    "CGO_LDFLAGS",
    "GO111MODULE",
    "GOAMD64",
    "GOARCH",
    "GOARM",
    "GOARM64",
    "GOCACHE",
    "GOEXPERIMENT",
    "GOFLAGS",
    "GOINSECURE",
    "GOMODCACHE",
    "GONOPROXY",
    "GONOSUMDB",
    "GOOS",
    "GOPATH",
    "GOPRIVATE",
    "GOPROXY",
    "GOSUMDB",
    "GOTOOLCHAIN",
    "GOWORK",
];

/// Settings of <https://go.dev/doc/godebug> that bring back weak cryptography.
const INSECURE: [&str; 7] = [
    "rsa1024min=0",
    "tls10server=1",
    "tls3des=1",
    "tlsrsakex=1",
    "tlssha1=1",
    "tlsunsafeekm=1",
    "x509negativeserial=1",
];

fn path_overwritten(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let (Some(path), Some(base)) = (facts.variable("PATH"), facts.base) else { return };
    let of_base = base.config.env.get("PATH").unwrap_or_default();
    let missing: Vec<&str> =
        of_base.split(':').filter(|place| path.split(':').all(|kept| kept != *place)).collect();
    if !of_base.is_empty() && !missing.is_empty() {
        let message = format!(
            "`image.env.PATH` takes the place of that of the base and lacks `{}`; add it, or give the entrypoint its full path \
             and remove the variable",
            missing.join(":")
        );
        found.at(&["image", "env", "PATH"], &message);
    }
}

fn build_variable_in_image(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    // Who starts from Go may want to run it.
    let has_go =
        matches!(&facts.spec.image.base.value, Base::Image(base) if base.repository().ends_with("/golang"));
    for (name, _) in facts.environment().filter(|(name, _)| OF_BUILDS.contains(name) && !has_go) {
        let message = format!(
            "`image.env.{name}` is for the go command, which is not in the image; remove it, and say what is compiled how \
             under `build`"
        );
        found.at(&["image", "env", name], &message);
    }
}

fn garbage_collector_off(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.variable("GOGC") == Some("off") && facts.variable("GOMEMLIMIT").is_none() {
        let message = "`image.env.GOGC: off` lets memory grow until the program is killed; set `GOMEMLIMIT`, too, like `512MiB`";
        found.at(&["image", "env", "GOGC"], message);
    }
}

fn insecure_godebug(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let settings = facts.variable("GODEBUG").unwrap_or_default();
    for setting in settings.split(',').map(str::trim).filter(|setting| INSECURE.contains(setting)) {
        let message = format!(
            "`image.env.GODEBUG` has `{setting}`, which brings back what Go has given up as insecure; remove it as soon as the \
             other side can do without"
        );
        found.at(&["image", "env", "GODEBUG"], &message);
    }
}

fn timezones_missing(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let zone = facts.variable("TZ").unwrap_or("UTC");
    let bare = facts.spec.image.base.value == Base::Scratch && facts.spec.image.timezones == Some(false);
    let linked =
        facts.sources.values().flat_map(|source| &source.imports).any(|import| import.path == "time/tzdata")
            || facts.spec.build.tags.iter().any(|tag| tag.as_str() == "timetzdata");
    if bare && !linked && !matches!(zone, "" | "UTC") {
        let message = format!(
            "`image.env.TZ: {zone}`: the image has no time zones, so the program runs in UTC; remove \
             `image.timezones: false`, or write `build.tags: [timetzdata]`"
        );
        found.at(&["image", "env", "TZ"], &message);
    }
}
