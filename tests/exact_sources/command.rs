//! The go command, run as the compile step runs it, but here.
//!
//! Invariant: it fetches nothing and reads no settings of whoever runs the tests; their build cache is used, as
//! compiling the standard library takes longer than everything else.

use super::plan::Plan;
use super::setting::Setting;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `go list` names of a package that may have to be sent.
const FILES: &str = "GoFiles,CgoFiles,CFiles,HFiles,SFiles,SysoFiles,EmbedFiles,IgnoredGoFiles";

/// Packages by import path, each with its files: in the repository, by their path in it.
pub(crate) type Packages = BTreeMap<String, BTreeSet<String>>;

/// The go command in a tree.
pub(crate) struct Go<'a> {
    /// How it is run.
    pub(crate) plan: &'a Plan,
    /// Where the repository is.
    pub(crate) root: PathBuf,
    /// The module cache.
    pub(crate) modules: &'a Path,
}

impl Go<'_> {
    /// What the programs are made of, in this setting.
    pub(crate) fn list(&self, setting: &Setting) -> Result<Packages, String> {
        let fields = format!("-json=ImportPath,Dir,Standard,{FILES}");
        let output = self.run(&["list", "-deps", &fields], setting)?;
        let mut packages = Packages::new();
        for package in serde_json::Deserializer::from_str(&output).into_iter::<Value>() {
            let package = package.map_err(|error| error.to_string())?;
            if package["Standard"] == true {
                continue;
            }
            let directory = Path::new(package["Dir"].as_str().unwrap_or_default());
            let lists = FILES.split(',').filter_map(|list| package[list].as_array()).flatten();
            let files = lists.filter_map(Value::as_str).filter(|file| !is_unused_test(&package, file));
            let files = files.map(|file| directory.join(file)).map(|file| {
                let inside = file.strip_prefix(&self.root).unwrap_or(&file);
                inside.to_str().expect("a name of ours").to_owned()
            });
            packages.insert(package["ImportPath"].as_str().unwrap_or_default().to_owned(), files.collect());
        }
        Ok(packages)
    }

    /// Compiles and links the programs.
    pub(crate) fn build(&self, setting: &Setting) -> Result<(), String> {
        self.run(&["build", "-trimpath", "-buildvcs=false", "-o", "/dev/null"], setting).map(drop)
    }

    fn run(&self, words: &[&str], setting: &Setting) -> Result<String, String> {
        let mut command = Command::new("go");
        command.args(words).arg(format!("-tags={}", setting.tags)).args(&self.plan.packages);
        command.current_dir(self.root.join(&self.plan.directory));
        // What the step finds in its image stays as it is here.
        let of_image = |name: &str| matches!(name, "PATH" | "HOME" | "GOPATH" | "GOCACHE" | "GOMODCACHE");
        command.envs(
            self.plan.env.iter().filter(|(name, _)| !of_image(name)).map(|(name, value)| (name, value)),
        );
        command.env("GOMODCACHE", self.modules);
        command.env("GOOS", setting.os).env("GOARCH", setting.architecture).env("CGO_ENABLED", setting.cgo);
        let output = command.output().map_err(|error| format!("the go command does not start: {error}"))?;
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        } else {
            let errors = String::from_utf8_lossy(&output.stderr);
            Err(format!("go {} {}, {setting:?}:\n{errors}", words[0], self.plan.packages.join(" ")))
        }
    }
}

/// Tests are listed where their condition leaves them out; no build misses them.
fn is_unused_test(package: &Value, file: &str) -> bool {
    let embedded = package["EmbedFiles"].as_array().into_iter().flatten().any(|embedded| embedded == file);
    file.ends_with("_test.go") && !embedded
}
