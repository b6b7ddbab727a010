//! Rules about modules.

use super::{Facts, Found, Rule, Severity};
use crate::golang::{LARGEST_SOURCE, LayoutKind, Vendored};
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "ChecksumsOff",
        severity: Severity::Risk,
        about: "Modules that everybody can download are compared with the checksums that everybody has.",
        find: checksums_off,
    },
    Rule {
        name: "VendorOutOfDate",
        severity: Severity::Mistake,
        about: "The vendor directory holds the versions that go.mod requires.",
        find: vendor_out_of_date,
    },
];

fn checksums_off(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let modules = &facts.spec.modules;
    let off = modules.sumdb.as_ref().is_some_and(|database| database.as_str() == "off");
    if off && modules.private.0.is_empty() && modules.proxy.0.is_empty() {
        let message = "`modules.sumdb: off` trusts whatever is downloaded and is not in go.sum yet; remove it, and name hosts \
                       of your own in `modules.private`";
        found.at(&["modules", "sumdb"], message);
    }
}

/// What Go says later (`checkVendorConsistency` of `cmd/go/internal/modload`): each required version is noted, and as one
/// that go.mod asks for.
fn vendor_out_of_date(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let (LayoutKind::Module { file, module }, Vendored::Yes) = (&facts.layout.kind, facts.layout.vendored)
    else {
        return;
    };
    let modules = facts.layout.root.join("vendor/modules.txt").ok().and_then(|file| facts.files.get(&file));
    let Some(text) = modules.filter(|text| text.len() < LARGEST_SOURCE) else { return };
    let text = String::from_utf8_lossy(text);
    let mut noted: BTreeMap<&str, &str> = BTreeMap::new();
    for line in text.lines() {
        // `# path version`, or `# path => elsewhere` where all versions are replaced.
        let mut words = line.strip_prefix("# ").unwrap_or_default().split_whitespace();
        if let (Some(path), Some(version)) = (words.next(), words.next()) {
            noted.entry(path).or_insert(version);
        }
    }
    for require in &module.require {
        let (path, version) = (require.module.as_str(), require.version.as_str());
        let has = match noted.get(path) {
            Some(noted) if *noted == version || *noted == "=>" => continue,
            Some(noted) => format!("has {noted}"),
            None => "does not have it".to_owned(),
        };
        let message = format!(
            "`{file}` requires `{path} {version}`, and the vendor directory {has}; run `go mod vendor`"
        );
        found.in_file(file, require.line, &message);
        // One is enough to know what to do.
        return;
    }
}
