//! A repository's files as one arm sees them, and the edits that are made to them.
//!
//! Invariant: whatever was edited is as at the beginning after [`Tree::restore`], and files that no edit names are never
//! written again, so that their times stay.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::arm::{Arm, Client};
use super::generator::{self, REVISION};
use super::repository::Repository;
use super::scenario::{IMPORTS, MODULE, Scenario, VERSION, VERSIONS};
use crate::command::run;
use crate::lab::Lab;

/// The file that no program is made of.
const UNUSED: &str = "docs/guide.md";

/// A folder with the files.
#[derive(Debug)]
pub struct Tree {
    folder: PathBuf,
    repository: Repository,
    originals: BTreeMap<PathBuf, Option<String>>,
}

impl Tree {
    /// Writes the files for an arm, in place of what was there.
    pub fn write(lab: &Lab, folder: &Path, repository: Repository, arm: Arm) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder.parent().context("a tree is in a folder")?)?;
        let template = lab.workspace().join("integration/benches/repositories").join(repository.template());
        run(Command::new("cp").args(["--recursive", "--"]).arg(&template).arg(folder))?;
        let tree = Self { folder: folder.to_owned(), repository, originals: BTreeMap::new() };
        let module = format!("example.com/bench/{}", repository.template());
        if let Some(shape) = repository.shape() {
            for (path, text) in generator::packages(&module, shape) {
                tree.put(&path, &text)?;
            }
        }
        for name in repository.services() {
            let (path, text) = generator::service(&module, &name);
            tree.put(&path, &text)?;
        }
        for program in repository.programs() {
            let path = Path::new(&program.folder).join(arm.file());
            if arm.client() == Client::Buildx {
                tree.put(path, &arm.text(&program))?;
            } else {
                // It reads the one at the root.
                tree.put(arm.file(), &arm.text(&program))?;
            }
        }
        tree.put("README.md", "# A repository\n\nNothing reads this.\n")?;
        tree.put(UNUSED, "# How to use it\n\nIt starts and answers.\n")?;
        if arm.is_dockerfile() {
            tree.put(".dockerignore", "**/.git\n**/Dockerfile\n**/.dockerignore\nLICENSE\nREADME.md\n")?;
        }
        Ok(tree)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Edits what a scenario edits; each number is another edit, starting at the files as they were at first.
    pub fn edit(&mut self, scenario: Scenario, number: usize) -> Result<()> {
        self.restore()?;
        let spots = self.repository.spots();
        match scenario {
            Scenario::Cold | Scenario::Builder | Scenario::NoChange | Scenario::Commit => Ok(()),
            Scenario::Unused => self.replace(UNUSED, "answers", &format!("answers {number} times")),
            Scenario::Leaf => self.constant(spots.leaf, scenario, number),
            Scenario::Middle => self.constant(spots.middle, scenario, number),
            Scenario::Main | Scenario::Platforms => self.constant(Some(spots.main), scenario, number),
            Scenario::Import => {
                let path = Path::new(spots.main).with_file_name("import.go");
                let import = IMPORTS[number % IMPORTS.len()];
                self.originals.insert(path.clone(), None);
                self.put(path, &format!("package main\n\nimport _ \"{import}\"\n"))
            }
            Scenario::Module => {
                let version = VERSIONS[number % VERSIONS.len()];
                self.replace("go.mod", &format!("{MODULE} {VERSION}"), &format!("{MODULE} {version}"))
            }
        }
    }

    /// Undoes the last edit.
    pub fn restore(&mut self) -> Result<()> {
        for (path, text) in std::mem::take(&mut self.originals) {
            match text {
                Some(text) => self.put(path, &text)?,
                None => fs::remove_file(self.folder.join(path))?,
            }
        }
        Ok(())
    }

    fn constant(&mut self, file: Option<&str>, scenario: Scenario, number: usize) -> Result<()> {
        let file = file.context("this repository has no such package")?;
        self.replace(file, REVISION, &format!("const revision = \"{} {number}\"", scenario.name()))
    }

    fn replace(&mut self, file: &str, from: &str, to: &str) -> Result<()> {
        let text = fs::read_to_string(self.folder.join(file))
            .with_context(|| format!("the repository has no {file}"))?;
        ensure!(text.contains(from), "{file} has no `{from}` to edit");
        self.put(file, &text.replacen(from, to, 1))?;
        self.originals.insert(file.into(), Some(text));
        Ok(())
    }

    fn put(&self, path: impl AsRef<Path>, text: &str) -> Result<()> {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
    }
}
