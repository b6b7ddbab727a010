//! What a scanner finds in an image: the packages of its distribution, and what its Go programs say that they are made of.
//!
//! Invariant: a package is listed once, with its version, however many programs have it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::command::read;
use crate::tools;

/// Of a root file system.
pub fn list(root: &Path) -> Result<BTreeSet<String>> {
    let mut go = Command::new(tools::goroot()?.join("bin/go"));
    go.env("GOTOOLCHAIN", "local").args(["version", "-m"]).arg(root);
    let mut found = of_programs(&read(&mut go)?);
    let text = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    found.extend(of_stanzas("deb", &text("var/lib/dpkg/status"), "Package: ", "Version: "));
    // Where images have a file for each package.
    for entry in fs::read_dir(root.join("var/lib/dpkg/status.d")).into_iter().flatten() {
        let stanza = fs::read_to_string(entry?.path()).unwrap_or_default();
        found.extend(of_stanzas("deb", &stanza, "Package: ", "Version: "));
    }
    found.extend(of_stanzas("apk", &text("lib/apk/db/installed"), "P:", "V:"));
    Ok(found)
}

/// What `go version -m` says of programs: for each a line with the release of Go, and then indented ones.
fn of_programs(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match (line.starts_with('\t'), words.next(), words.next(), words.next()) {
            (true, Some("mod" | "dep"), Some(module), Some(version)) => {
                found.insert(format!("go {module} {version}"));
            }
            (false, Some(_), Some(release), _) if release.starts_with("go1.") => {
                found.insert(format!("go stdlib {release}"));
            }
            _ => {}
        }
    }
    found
}

/// What a database of paragraphs says.
fn of_stanzas(kind: &str, text: &str, name: &str, version: &str) -> BTreeSet<String> {
    let value = |stanza: &str, key: &str| {
        stanza.lines().find_map(|line| line.strip_prefix(key)).map(|value| value.trim().to_owned())
    };
    let stanzas = text.split("\n\n");
    stanzas
        .filter_map(|stanza| Some(format!("{kind} {} {}", value(stanza, name)?, value(stanza, version)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_name_their_modules() {
        let text = "/x/server: go1.26.8\n\tpath\texample.com/x/cmd/server\n\tmod\texample.com/x\t(devel)\t\n\
                    \tdep\tgithub.com/google/uuid\tv1.6.0\th1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=\n\
                    \tbuild\t-buildmode=exe\n/x/other: go1.26.8\n\tmod\texample.com/x\t(devel)\t\n";
        let expected = ["go example.com/x (devel)", "go github.com/google/uuid v1.6.0", "go stdlib go1.26.8"];
        assert_eq!(of_programs(text), expected.map(str::to_owned).into());
    }

    #[test]
    fn distributions_name_their_packages() {
        let dpkg = "Package: base-files\nStatus: install ok installed\nVersion: 12.4\n\nPackage: tzdata\nVersion: 2025b\n";
        let found = of_stanzas("deb", dpkg, "Package: ", "Version: ");
        assert_eq!(found, ["deb base-files 12.4", "deb tzdata 2025b"].map(str::to_owned).into());
        let apk = "C:Q1=\nP:musl\nV:1.2.5-r9\n\nC:Q1=\nP:busybox\nV:1.37.0-r18\n";
        let found = of_stanzas("apk", apk, "P:", "V:");
        assert_eq!(found, ["apk busybox 1.37.0-r18", "apk musl 1.2.5-r9"].map(str::to_owned).into());
    }
}
