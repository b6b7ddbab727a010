//! Packages of a Debian suite, whatever suite the machine itself runs.
//!
//! The machine's own apt sources say where its archive is and which keys sign it; a copy with another suite, its own
//! state and its own cache lets `apt-get` do the rest. Invariant: the machine's apt never learns of the other suite.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::command::{read, run};
use crate::host;
use crate::lab::Lab;

/// Where Debian's own images and the lab's root file systems come from.
pub const BOOKWORM: &str = "bookworm";

/// One suite of the archive, ready for `apt-get`.
#[derive(Debug)]
pub struct Suite {
    folder: PathBuf,
}

/// How a file of apt sources is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    /// Stanzas of `Key: value`.
    Deb822,
    /// `deb [options] uri suite component…`.
    OneLine,
}

impl Suite {
    /// Derives the private configuration from the machine's and reads the suite's index.
    pub fn open(lab: &Lab, name: &str) -> Result<Self> {
        let folder = lab.apt(name);
        let suite = Self { folder };
        // The stamp is the last thing written; without it the folder is the rest of an interrupted attempt.
        let stamp = suite.folder.join("complete");
        if stamp.exists() {
            return Ok(suite);
        }
        let _ = fs::remove_dir_all(&suite.folder);
        for part in ["state/lists/partial", "cache/archives/partial", "preferences", "sources"] {
            fs::create_dir_all(suite.folder.join(part))?;
        }
        let (format, sources) = machine_sources(name)?;
        fs::write(suite.sources_path(format), sources)?;
        fs::write(suite.folder.join("apt.conf"), suite.configuration(name)?)?;
        suite.update()?;
        fs::write(stamp, "")?;
        Ok(suite)
    }

    /// Downloads packages and unpacks them below `prefix`, without running what they would run on installation.
    pub fn unpack(&self, packages: &[&str], prefix: &Path) -> Result<()> {
        let archives = self.folder.join("cache/archives");
        if self.download(packages, &archives).is_err() {
            // The archive drops a version when the next one comes, and the index is as old as the lab.
            self.update()?;
            self.download(packages, &archives)?;
        }
        let found = list(&archives)?;
        ensure!(found.len() == packages.len(), "apt-get downloaded {} of {packages:?}", found.len());
        for archive in found {
            run(Command::new("dpkg-deb").arg("--extract").arg(&archive).arg(prefix))?;
            fs::remove_file(archive)?;
        }
        Ok(())
    }

    fn download(&self, packages: &[&str], archives: &Path) -> Result<()> {
        for old in list(archives)? {
            fs::remove_file(old)?;
        }
        run(self.apt("apt-get").args(["download", "-qq"]).args(packages).current_dir(archives))
    }

    fn update(&self) -> Result<()> {
        run(self.apt("apt-get").args(["update", "-qq"]))
    }

    /// Version of a package in the suite.
    pub fn version(&self, package: &str) -> Result<String> {
        let answer = read(self.apt("apt-cache").args(["show", "--no-all-versions", package]))?;
        let version = answer.lines().find_map(|line| line.strip_prefix("Version: "));
        version.map(str::to_owned).with_context(|| format!("apt knows no version of {package}"))
    }

    /// The derived sources, for programs that want them as a file.
    pub fn sources(&self) -> Result<PathBuf> {
        [Format::Deb822, Format::OneLine]
            .map(|format| self.sources_path(format))
            .into_iter()
            .find(|path| path.exists())
            .context("the private apt configuration has lost its sources; remove target/lab/apt")
    }

    fn apt(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("APT_CONFIG", self.folder.join("apt.conf"));
        // Images of Debian turn off what makes the second call fast; only the command line outranks their settings.
        command.args([
            "-o",
            "Dir::Cache::pkgcache=packages.bin",
            "-o",
            "Dir::Cache::srcpkgcache=sources.bin",
        ]);
        command.args(["-o", "Acquire::GzipIndexes=false"]);
        command
    }

    fn sources_path(&self, format: Format) -> PathBuf {
        self.folder.join("sources").join(match format {
            Format::Deb822 => "debian.sources",
            Format::OneLine => "debian.list",
        })
    }

    fn configuration(&self, name: &str) -> Result<String> {
        let folder = self.folder.display();
        // Base images of two platforms hold programs of two; daemons are only of this machine's.
        let architectures = match name {
            BOOKWORM => r#""amd64"; "arm64";"#.to_owned(),
            _ => format!("\"{}\";", host::architecture()?),
        };
        // The sandbox user cannot enter a folder below /root, and apt says so each time unless told not to try.
        Ok(format!(
            r#"Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "{folder}/sources";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{folder}/preferences";
Dir::State "{folder}/state";
Dir::State::status "/dev/null";
Dir::Cache "{folder}/cache";
APT::Architectures {{ {architectures} }};
APT::Sandbox::User "root";
"#
        ))
    }
}

fn list(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The machine's entry for its Debian archive, pointed at another suite.
fn machine_sources(suite: &str) -> Result<(Format, String)> {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let codename =
        release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME=")).unwrap_or("stable");
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(folder.filter_map(|entry| Some(entry.ok()?.path())));
    }
    files.sort();
    for file in files {
        let format = match file.extension().and_then(|extension| extension.to_str()) {
            Some("sources") => Format::Deb822,
            Some("list") => Format::OneLine,
            _ => continue,
        };
        let text = fs::read_to_string(&file).unwrap_or_default();
        if let Some(derived) = derive(format, &text, codename, suite) {
            return Ok((format, derived));
        }
    }
    bail!(
        "no entry in /etc/apt for the Debian archive (`{codename} main`); the lab takes its mirror from there"
    )
}

fn derive(format: Format, text: &str, codename: &str, suite: &str) -> Option<String> {
    let here = |word: &str| word == codename || word == "stable";
    match format {
        Format::Deb822 => text.split("\n\n").find_map(|stanza| derive_stanza(stanza, here, suite)),
        Format::OneLine => text.lines().find_map(|line| derive_line(line, here, suite)),
    }
}

fn derive_stanza(stanza: &str, here: impl Fn(&str) -> bool, suite: &str) -> Option<String> {
    let field = |name: &str| {
        stanza.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.split_whitespace().collect::<Vec<_>>())
        })
    };
    let debian = field("Types")?.contains(&"deb")
        && field("Suites")?.into_iter().any(here)
        && field("Components")?.contains(&"main")
        && field("Enabled").is_none_or(|value| value != ["no"]);
    if !debian {
        return None;
    }
    let mut derived = String::new();
    let mut dropped = false;
    for line in stanza.lines().filter(|line| !line.starts_with('#')) {
        // An indented line continues the field before it: a key may stand in the file itself.
        if !line.starts_with([' ', '\t']) {
            let key = line.split(':').next().unwrap_or_default().to_ascii_lowercase();
            dropped = ["types", "suites", "components", "architectures"].contains(&key.as_str());
        }
        if !dropped {
            derived.push_str(line);
            derived.push('\n');
        }
    }
    Some(format!("Types: deb\nSuites: {suite}\nComponents: main\n{derived}"))
}

fn derive_line(line: &str, here: impl Fn(&str) -> bool, suite: &str) -> Option<String> {
    let rest = line.trim().strip_prefix("deb ")?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let words: Vec<&str> = rest.split_whitespace().collect();
    let [uri, old, components @ ..] = words.as_slice() else { return None };
    if !here(old) || !components.contains(&"main") {
        return None;
    }
    let options: Vec<&str> =
        options.split_whitespace().filter(|option| !option.starts_with("arch=")).collect();
    let options = if options.is_empty() { String::new() } else { format!("[{}] ", options.join(" ")) };
    Some(format!("deb {options}{uri} {suite} main\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stanza_keeps_mirror_and_key() {
        let text = "Types: deb\nURIs: https://x.test/tools\nSuites: bookworm-tools\nComponents: main\n\n\
            Types: deb\n# a comment\nURIs: http://mirror.test/debian\nSuites: bookworm bookworm-updates\n\
            Components: main contrib\nArchitectures: amd64\nSigned-By:\n -----BEGIN\n abc\n\n\
            Types: deb\nURIs: http://mirror.test/security\nSuites: bookworm-security\nComponents: main\n";
        let derived = derive(Format::Deb822, text, "bookworm", "sid").unwrap();
        assert_eq!(
            derived,
            "Types: deb\nSuites: sid\nComponents: main\nURIs: http://mirror.test/debian\nSigned-By:\n -----BEGIN\n abc\n"
        );
    }

    #[test]
    fn line_keeps_mirror_and_options() {
        let text = "# deb http://old.test bookworm main\ndeb http://x.test cloud-bookworm main\n\
            deb [arch=amd64 signed-by=/k.gpg] http://mirror.test/debian bookworm main contrib\n";
        let derived = derive(Format::OneLine, text, "bookworm", "trixie").unwrap();
        assert_eq!(derived, "deb [signed-by=/k.gpg] http://mirror.test/debian trixie main\n");
        assert_eq!(
            derive(Format::OneLine, "deb http://m.test/debian stable main\n", "bookworm", "sid").unwrap(),
            "deb http://m.test/debian sid main\n"
        );
    }

    #[test]
    fn other_archives_are_no_archive() {
        let text = "Types: deb\nURIs: https://x.test/tools\nSuites: bookworm\nComponents: stable\n";
        assert_eq!(derive(Format::Deb822, text, "bookworm", "sid"), None);
        assert_eq!(derive(Format::OneLine, "deb-src http://m.test bookworm main", "bookworm", "sid"), None);
    }
}
