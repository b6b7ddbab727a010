//! An image as a test looks at it: its config, and every file of its layers.
//!
//! Invariant: all of it is read from the archive that `docker save` writes, so it is what a user would pull.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::command::{read_bytes, run};
use crate::daemon::Daemon;
use crate::listing::{self, Entry};

/// An image, unpacked to a folder that is removed when this is dropped.
#[derive(Debug)]
pub struct Image {
    /// The ID that Docker shows.
    pub id: String,
    /// Its size as `docker image ls` shows it. The containerd image store counts differently from the classic one.
    pub size: u64,
    /// Its user, as the config has it.
    pub user: String,
    /// Digests of its uncompressed layers, the lowest first.
    pub layers: Vec<String>,
    /// The OCI image config.
    pub config: Value,
    files: Vec<PathBuf>,
    folder: PathBuf,
}

impl Daemon {
    /// Looks at an image of the daemon, or of its registry.
    pub fn image(&self, tag: &str) -> Result<Image> {
        let name = self.local(tag)?;
        let known = self.inspect("image", &name)?;
        let folder = self.lab().scratch("image");
        fs::create_dir_all(&folder)?;
        let archive = folder.join("archive.tar");
        run(self.docker(["save", &name, "--output"]).arg(&archive))?;
        run(Command::new("tar").arg("-C").arg(&folder).arg("-xf").arg(&archive))?;
        fs::remove_file(archive)?;
        let manifest = parse(&folder.join("manifest.json"))?;
        let path = |value: &Value| value.as_str().map(|file| folder.join(file));
        let config = path(&manifest[0]["Config"]).context("the archive names no config")?;
        let config = parse(&config)?;
        let strings = |value: &Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Ok(Image {
            id: known["Id"].as_str().unwrap_or_default().to_owned(),
            size: known["Size"].as_u64().unwrap_or_default(),
            user: config["config"]["User"].as_str().unwrap_or_default().to_owned(),
            layers: strings(&config["rootfs"]["diff_ids"]),
            files: manifest[0]["Layers"].as_array().into_iter().flatten().filter_map(path).collect(),
            config,
            folder,
        })
    }
}

impl Image {
    /// Everything in its layers, the lowest first; a file that a higher layer replaces is there twice.
    pub fn files(&self) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for (position, file) in self.files.iter().enumerate() {
            entries.extend(listing::list(file, position)?);
        }
        Ok(entries)
    }

    /// What a container sees, by path: of a file that several layers have, the highest one's.
    pub fn tree(&self) -> Result<BTreeMap<String, Entry>> {
        let mut tree: BTreeMap<String, Entry> = BTreeMap::new();
        for entry in self.files()? {
            match removed(&entry.path) {
                Some(gone) => tree.retain(|path, _| !is_within(path, &gone)),
                None => {
                    tree.insert(entry.path.clone(), entry);
                }
            }
        }
        Ok(tree)
    }

    /// Unpacks its layers into a folder, the lowest first, for programs that look at files. What a layer removes stays.
    pub fn unpack(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder)?;
        for layer in &self.files {
            let mut tar = Command::new("tar");
            tar.args(["--exclude=dev/*", "--exclude=./dev/*", "-C"]).arg(folder);
            run(tar.arg("-xf").arg(layer))?;
        }
        Ok(())
    }

    /// The program that a container of it starts, as an absolute path.
    pub fn program(&self) -> Option<String> {
        let config = &self.config["config"];
        let first = |key: &str| config[key][0].as_str();
        let program = first("Entrypoint").or_else(|| first("Cmd"))?;
        let workdir = config["WorkingDir"].as_str().unwrap_or_default().trim_end_matches('/');
        Some(match program.strip_prefix("./") {
            Some(relative) => format!("{workdir}/{relative}"),
            None => program.to_owned(),
        })
    }

    /// Content of the file at an absolute path, from the highest layer that has it.
    pub fn read(&self, path: &str) -> Result<Vec<u8>> {
        let entry = self.files()?.into_iter().rev().find(|entry| entry.path == path);
        let entry = entry.with_context(|| format!("the image has no {path}"))?;
        let layer = &self.files[entry.layer];
        let relative = path.trim_start_matches('/');
        // Whoever wrote the layer may have put something in front.
        let extract = |front: &str| {
            let mut tar = Command::new("tar");
            read_bytes(tar.args(["-P", "-xOf"]).arg(layer).arg(format!("{front}{relative}")))
        };
        extract("").or_else(|_| extract("./")).or_else(|_| extract("/"))
    }

    /// Sum of the sizes of its files, whatever the store adds.
    pub fn unpacked_size(&self) -> Result<u64> {
        Ok(self.files()?.iter().map(|entry| entry.size).sum())
    }
}

impl Drop for Image {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What an entry of a layer takes away, if that is what it is for: `/etc/.wh.passwd` -> `/etc/passwd`.
fn removed(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    Some(format!("{folder}/{}", name.strip_prefix(".wh.")?))
}

fn is_within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn parse(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("the archive has no {}", file.display()))?;
    Ok(serde_json::from_str(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_layer_removes() {
        assert_eq!(removed("/etc/.wh.passwd").as_deref(), Some("/etc/passwd"));
        assert_eq!(removed("/etc/passwd"), None);
        assert!(is_within("/etc/ssl/certs", "/etc/ssl") && is_within("/etc", "/etc"));
        assert!(!is_within("/etcetera", "/etc"));
    }
}
