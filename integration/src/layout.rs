//! Images as folders in the OCI layout, with the `manifest.json` that `docker load` of every age wants beside it.
//!
//! Invariant: a layout's folder packed with `tar` loads into every daemon of the matrix, and `crane push` takes the
//! folder as it is; both see the same config, hence the same image ID.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::command::read;
use crate::host;

/// One platform of an image.
#[derive(Debug)]
pub struct Variant {
    /// Architecture, as OCI names it.
    pub architecture: &'static str,
    /// The `config` part of the image config: what a container of the image is started with.
    pub config: Value,
    /// Uncompressed layers, the lowest first.
    pub layers: Vec<PathBuf>,
}

/// An image on disk.
#[derive(Debug)]
pub struct Layout {
    folder: PathBuf,
    name: String,
    /// What a daemon shows as the image's ID: the config's digest, or that of the topmost manifest.
    identities: Vec<String>,
}

/// Day on which every image of the lab was "created", so that the same inputs have the same ID.
const CREATED: &str = "2026-01-01T00:00:00Z";

const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

impl Layout {
    /// Writes an image into an empty folder. Layers are hard links: several images share them.
    pub fn write(folder: &Path, name: &str, variants: &[Variant]) -> Result<()> {
        fs::create_dir_all(folder.join("blobs/sha256"))?;
        let here = host::architecture()?;
        let mut descriptors = Vec::new();
        let mut loadable = Value::Null;
        for variant in variants {
            let mut layers = Vec::new();
            for layer in &variant.layers {
                layers.push(add_layer(folder, layer)?);
            }
            let digests: Vec<&Value> = layers.iter().map(|layer| &layer["digest"]).collect();
            let config = add(
                folder,
                CONFIG,
                &json!({
                    "architecture": variant.architecture,
                    "os": "linux",
                    "created": CREATED,
                    "config": variant.config,
                    "rootfs": {"type": "layers", "diff_ids": digests},
                    "history": layers.iter().map(|_| json!({"created": CREATED, "created_by": "gobuild lab"})).collect::<Vec<_>>(),
                }),
            )?;
            if variant.architecture == here || variants.len() == 1 {
                loadable = json!([{
                    "Config": path_of(&config),
                    "RepoTags": [name],
                    "Layers": layers.iter().map(path_of).collect::<Vec<_>>(),
                }]);
            }
            let manifest =
                json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers});
            let mut descriptor = add(folder, MANIFEST, &manifest)?;
            descriptor["platform"] = json!({"os": "linux", "architecture": variant.architecture});
            descriptors.push(descriptor);
        }
        let mut top = match descriptors.as_slice() {
            [only] => only.clone(),
            _ => {
                let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": descriptors});
                add(folder, INDEX, &index)?
            }
        };
        // containerd names an image by the first annotation.
        top["annotations"] = json!({"io.containerd.image.name": full_name(name)});
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [top]});
        fs::write(folder.join("index.json"), index.to_string())?;
        fs::write(folder.join("manifest.json"), loadable.to_string())?;
        fs::write(folder.join("oci-layout"), json!({"imageLayoutVersion": "1.0.0"}).to_string())?;
        Ok(())
    }

    /// Reads what [`Layout::write`] wrote.
    pub fn open(folder: &Path) -> Result<Self> {
        let parse = |file: &str| -> Result<Value> {
            Ok(serde_json::from_str(&fs::read_to_string(folder.join(file))?)?)
        };
        let damaged = || format!("{} is no image; remove it and try again", folder.display());
        let (index, loadable) = (parse("index.json")?, parse("manifest.json")?);
        let top = index["manifests"][0]["digest"].as_str().with_context(damaged)?;
        let config = loadable[0]["Config"].as_str().with_context(damaged)?;
        Ok(Self {
            folder: folder.to_owned(),
            name: loadable[0]["RepoTags"][0].as_str().with_context(damaged)?.to_owned(),
            identities: vec![top.to_owned(), config.replace("blobs/sha256/", "sha256:")],
        })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The name that the image has right after loading.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Digest of the topmost manifest: what a registry answers.
    pub fn digest(&self) -> &str {
        &self.identities[0]
    }

    /// Whether a daemon's image ID is this image.
    pub fn is(&self, id: &str) -> bool {
        self.identities.iter().any(|identity| identity == id)
    }

    /// The program that writes the image as an archive to standard output.
    pub fn archive(&self) -> Command {
        let mut tar = Command::new("tar");
        tar.arg("-C").arg(&self.folder).args(["-cf", "-", "."]);
        tar
    }
}

/// `golang:1.26` -> `docker.io/library/golang:1.26`.
pub fn full_name(name: &str) -> String {
    match name.split_once('/') {
        None => format!("docker.io/library/{name}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
    }
}

fn add(folder: &Path, media_type: &str, content: &Value) -> Result<Value> {
    let scratch = folder.join("blobs/new");
    fs::write(&scratch, content.to_string())?;
    let descriptor = describe(media_type, &scratch)?;
    fs::rename(&scratch, folder.join(path_of(&descriptor)))?;
    Ok(descriptor)
}

fn add_layer(folder: &Path, layer: &Path) -> Result<Value> {
    let descriptor = describe(LAYER, layer)?;
    let blob = folder.join(path_of(&descriptor));
    if !blob.exists() {
        fs::hard_link(layer, blob)?;
    }
    Ok(descriptor)
}

fn describe(media_type: &str, file: &Path) -> Result<Value> {
    // The system's program is several times faster than a library compiled without optimisation.
    let sum = read(Command::new("sha256sum").arg("--").arg(file))?;
    let sum = sum.split(' ').next().unwrap_or_default();
    Ok(json!({
        "mediaType": media_type,
        "digest": format!("sha256:{sum}"),
        "size": fs::metadata(file)?.len(),
    }))
}

fn path_of(descriptor: &Value) -> String {
    descriptor["digest"].as_str().unwrap_or_default().replace("sha256:", "blobs/sha256/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;

    #[test]
    fn names_get_their_registry() {
        assert_eq!(full_name("golang:1.26"), "docker.io/library/golang:1.26");
        assert_eq!(full_name("gobuild/frontend:1"), "docker.io/gobuild/frontend:1");
        assert_eq!(full_name("gcr.io/distroless/static:nonroot"), "gcr.io/distroless/static:nonroot");
        assert_eq!(full_name("localhost:5000/x"), "localhost:5000/x");
    }

    #[test]
    fn written_layout_reads_back() {
        let folder = env::temp_dir().join(format!("gobuild-layout-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let layer = folder.join("layer.tar");
        fs::write(&layer, "not really a tar").unwrap();
        let variant = |architecture| Variant {
            architecture,
            config: json!({"User": "65532"}),
            layers: vec![layer.clone()],
        };
        let image = folder.join("image");
        Layout::write(&image, "static:nonroot", &[variant("amd64"), variant("arm64")]).unwrap();
        let layout = Layout::open(&image).unwrap();
        assert_eq!(layout.name(), "static:nonroot");
        let digest = layout.digest().to_owned();
        assert!(layout.is(&digest) && !layout.is("sha256:0"));
        let index = fs::read_to_string(image.join(digest.replace("sha256:", "blobs/sha256/"))).unwrap();
        let index: Value = serde_json::from_str(&index).unwrap();
        assert_eq!(index["manifests"][1]["platform"]["architecture"], "arm64");
        fs::remove_dir_all(&folder).unwrap();
    }
}
