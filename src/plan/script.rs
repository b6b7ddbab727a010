//! The steps that take more than one command: a script that never changes, and the lists that it reads.
//!
//! Invariant: a script is a constant of this program; what comes from a repository is in files and arguments, which a
//! shell does not look into.

#[cfg(test)]
pub(super) mod trial;

use super::Inputs;
use buildkit_llb::{Exec, File, Metadata, Mkfile, Mount};

/// Where script and lists are mounted.
pub(super) const FOLDER: &str = "/gobuild";
/// What scripts know that as.
const LISTS_VARIABLE: &str = "GOBUILD_LISTS";
/// Where scripts write, for them.
pub(super) const OUTPUT_VARIABLE: &str = "GOBUILD_OUTPUT";

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Downloads modules and prunes them.
    Modules,
    /// Downloads modules, whole.
    Download,
    /// Compiles a program that is no part of the repository.
    Install,
    /// Compiles packages into a GOCACHE.
    Dependencies,
    /// Finds a C compiler.
    C,
    /// Runs the commands of a generate step.
    Generate,
    /// Collects licences.
    Licenses,
    /// Runs tests.
    Test,
    /// Looks for vulnerabilities.
    Vulncheck,
    /// Unpacks time zones.
    Zones,
}

impl Script {
    fn file(self) -> (&'static str, &'static str) {
        match self {
            Script::Modules => ("modules.sh", include_str!("modules/modules.sh")),
            Script::Download => ("download.sh", include_str!("modules/download.sh")),
            Script::Install => ("install.sh", include_str!("install.sh")),
            Script::Dependencies => ("dependencies.sh", include_str!("dependencies.sh")),
            Script::C => ("c.sh", include_str!("c.sh")),
            Script::Generate => ("generate.sh", include_str!("generate.sh")),
            Script::Licenses => ("licenses.sh", include_str!("licenses.sh")),
            Script::Test => ("test.sh", include_str!("test/test.sh")),
            Script::Vulncheck => ("vulncheck.sh", include_str!("vulncheck/vulncheck.sh")),
            Script::Zones => ("zones.sh", include_str!("image/zones.sh")),
        }
    }

    /// What it has in common with others, which it reads.
    fn common(self) -> Option<(&'static str, &'static str)> {
        match self {
            Script::Modules | Script::Download | Script::Install => {
                Some(("attempts.sh", include_str!("modules/attempts.sh")))
            }
            _ => None,
        }
    }

    /// The command that runs it.
    pub(super) fn argv(self, arguments: impl IntoIterator<Item = String>) -> Vec<String> {
        let script = format!("{FOLDER}/{}", self.file().0);
        ["sh".to_owned(), script].into_iter().chain(arguments).collect()
    }

    /// A step that has the script and the lists that it reads, by name.
    pub(super) fn of<'a>(
        self,
        inputs: &Inputs<'_>,
        exec: Exec,
        lists: impl IntoIterator<Item = (&'a str, Vec<String>)>,
    ) -> Exec {
        scripts(&[self], inputs, exec, lists)
    }
}

/// A step that has scripts and the lists that they read, by name.
///
/// What the graph says in full is known by that alone. A second key, of what came of it, would be work; and what has an input
/// with two keys is not found in the cache of another image that is built at the same time (`getIDFromDeps` in
/// `solver/cachemanager.go` of BuildKit).
pub(super) fn scripts<'a>(
    scripts: &[Script],
    inputs: &Inputs<'_>,
    exec: Exec,
    lists: impl IntoIterator<Item = (&'a str, Vec<String>)>,
) -> Exec {
    let mut files = File::scratch();
    for script in scripts {
        for (name, text) in std::iter::once(script.file()).chain(script.common()) {
            files = files.mkfile(file(name, text.as_bytes()));
        }
    }
    for (name, lines) in lists {
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        files = files.mkfile(file(name, text.as_bytes()));
    }
    let folder = files.metadata(Metadata::named("[internal] write lists")).build();
    let mount = Mount::read_only(folder, FOLDER).content_cache(inputs.settings.own_key);
    exec.env(LISTS_VARIABLE, FOLDER).mount(mount)
}

fn file(name: &str, contents: &[u8]) -> Mkfile {
    Mkfile::new(format!("/{name}"), contents).mode(0o444).timestamp(0)
}
