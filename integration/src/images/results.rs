//! What was found, in `docs/images.json`.
//!
//! Invariant: all of it is of one run, on one machine, on one day.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::difference::Difference;
use super::measured::Measured;

/// All of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The day.
    pub date: String,
    /// The machine.
    pub machine: String,
    /// The examples.
    pub rows: Vec<Row>,
    /// Promises that are tried one by one.
    pub promises: Vec<Promise>,
    /// The same programs by ko.
    pub ko: Vec<ByKo>,
}

/// An example.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// This frontend's image.
    pub ours: Measured,
    /// Bytes that the image may have, unpacked.
    pub largest: u64,
    /// How many questions the program was asked, or lines of it were read; all were right.
    pub answers: usize,
    /// What `--check` has found.
    pub findings: usize,
    /// Seconds of a build in which nothing has changed; none if it did something.
    pub unchanged: Option<f64>,
    /// The steps that ran after an edit of a Go file.
    pub edited: Vec<String>,
    /// Whether modules were downloaded again then; none if there are none.
    pub downloaded: Option<bool>,
    /// Compressed bytes without certificates, time zones, `/tmp` and accounts; only where the image is larger than a Dockerfile's.
    pub bare: Option<u64>,
    /// What the Dockerfiles give.
    pub originals: Vec<Original>,
}

/// An image of a Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Original {
    /// Name of the Dockerfile.
    pub name: String,
    /// What it gives.
    pub image: Measured,
    /// What is in one image and not in the other.
    pub differences: Vec<Difference>,
}

/// A promise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Promise {
    /// The example.
    pub example: String,
    /// What is promised.
    pub text: String,
    /// How it was tried.
    pub tried: String,
    /// What came out.
    pub found: String,
    /// Whether that is what was promised.
    pub kept: bool,
}

/// A program by both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ByKo {
    /// The program.
    pub name: String,
    /// This frontend's image.
    pub ours: Measured,
    /// ko's.
    pub ko: Measured,
}

impl Results {
    /// What the last run has found.
    pub fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| format!("there is no {}", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is of another version", file.display()))
    }

    /// Keeps it.
    pub fn write(&self, file: &Path) -> Result<()> {
        Ok(fs::write(file, serde_json::to_string_pretty(self)? + "\n")?)
    }
}
