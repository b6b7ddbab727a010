//! A place where tests run a script beside a go command that they write themselves.
//!
//! Invariant: whatever a script works with is in the folder of its test, since a machine may run several.

use super::Script;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// A folder with a go command, the lists of a script and what it leaves in `output`.
pub(in crate::plan) struct Trial {
    folder: TempDir,
}

impl Trial {
    /// One with this go command.
    pub(in crate::plan) fn of(go: &str) -> Trial {
        let trial = Trial { folder: tempfile::tempdir().unwrap() };
        trial.write("bin/go", go);
        fs::set_permissions(trial.place("bin/go"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(trial.place("output")).unwrap();
        trial
    }

    /// A path in it.
    pub(in crate::plan) fn place(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file.
    pub(in crate::plan) fn write(&self, path: &str, text: &str) {
        let path = self.place(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a script to its good end, with `variable` for the folder `cache`.
    pub(in crate::plan) fn run(&self, script: Script, arguments: &[&str], variable: &str) {
        assert!(self.ends_well(script, arguments, variable));
    }

    /// Runs a script to its end, with `variable` for the folder `cache`.
    pub(in crate::plan) fn ends_well(&self, script: Script, arguments: &[&str], variable: &str) -> bool {
        let ours = |text: &str| text.replace("/tmp/", &format!("{}/", self.folder.path().display()));
        if let Some((name, text)) = script.common() {
            self.write(&format!("lists/{name}"), &ours(text));
        }
        let path = format!("{}:{}", self.place("bin").display(), std::env::var("PATH").unwrap());
        let status = Command::new("sh")
            .args(["-c", &ours(script.file().1), "sh"])
            .args(arguments)
            .env("PATH", path)
            .env(variable, self.place("cache"))
            .env("GOBUILD_OUTPUT", self.place("output"))
            .env("GOBUILD_LISTS", self.place("lists"))
            .env("GOBUILD_TREE", "known")
            .status();
        status.unwrap().success()
    }
}
