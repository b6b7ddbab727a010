//! Repositories for tests that change them.

use anyhow::{Context, Result};
use integration::Lab;
use std::fs;
use std::path::{Path, PathBuf};

/// A copy of an example that a test may change, gone with the test.
pub(crate) struct Repository {
    /// Where it is.
    pub(crate) folder: PathBuf,
}

impl Repository {
    /// A copy of the example.
    pub(crate) fn of(example: &str) -> Result<Repository> {
        let lab = Lab::open()?;
        let folder = lab.scratch("repository");
        copy(&lab.workspace().join("examples").join(example), &folder)?;
        Ok(Repository { folder })
    }

    /// A copy of a folder that tests have for themselves.
    #[allow(dead_code, reason = "not every test has one")]
    pub(crate) fn of_test(folder: &str) -> Result<Repository> {
        let lab = Lab::open()?;
        let copied = lab.scratch("repository");
        copy(&lab.workspace().join("integration/tests").join(folder), &copied)?;
        Ok(Repository { folder: copied })
    }

    /// Changes a file, or makes it.
    pub(crate) fn edit(&self, path: &str, change: impl FnOnce(String) -> String) -> Result<()> {
        let path = self.folder.join(path);
        fs::create_dir_all(path.parent().context("a path in the repository")?)?;
        let text = fs::read_to_string(&path).unwrap_or_default();
        Ok(fs::write(path, change(text))?)
    }

    /// Adds a line to a file.
    pub(crate) fn append(&self, path: &str, line: &str) -> Result<()> {
        self.edit(path, |text| text + line + "\n")
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
