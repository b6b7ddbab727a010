//! The build file, and the ignore file beside it.
//!
//! Invariant: loaded by the same operation as by the frontend that read the `syntax` line, so that nothing is
//! transferred again (`frontend/dockerui`).

use super::client::{Capability, Daemon};
use super::failure::Failure;
use super::options::Options;
use super::origin::{BuildFileTree, Origin};
use crate::context::ContextPath;
use crate::diagnostic::{Diagnostic, Problem};
use crate::spec::{Door, LARGEST_FILE};
use buildkit_llb::{Definition, Differ, LineRange, Local, Metadata, Output, SourceFile};
use std::sync::Arc;

/// The build file, and what loaded it.
pub(super) struct BuildFile {
    /// The file as the client named it.
    pub(super) file: Arc<SourceFile>,
    /// What kind of file it is.
    pub(super) door: Door,
    /// Where in the context it is, if that is known.
    pub(super) place: Option<ContextPath>,
    /// The vertex that loaded it, which warnings are shown under.
    pub(super) vertex: Output,
    /// `<build file>.dockerignore`, if there is one.
    pub(super) ignore: Option<Vec<u8>>,
}

impl BuildFile {
    /// Loads it.
    pub(super) async fn load(
        daemon: &Daemon,
        options: &Options,
        origin: &Origin,
    ) -> Result<BuildFile, Failure> {
        let filename = &origin.filename;
        let ignore_name = format!("{filename}.dockerignore");
        let (vertex, place) = match &origin.build_file {
            BuildFileTree::Client(directory) => {
                (from_client(daemon, options, directory, filename, &ignore_name), None)
            }
            BuildFileTree::Tree(tree) => (tree.clone(), None),
            BuildFileTree::Context(tree) => (tree.clone(), ContextPath::parse(filename).ok()),
        };
        let reference = daemon.solve("loading the build file", &vertex, &[]).await?;
        let mut data = daemon.read_file(&reference, filename, LARGEST_FILE).await?;
        if let (None, Some(other)) = (&data, lower_case(filename)) {
            data = daemon.read_file(&reference, &other, LARGEST_FILE).await?;
        }
        let Some(mut data) = data else {
            return Err(Diagnostic::nowhere(Problem::BuildFileMissing { name: filename.clone() }).into());
        };
        let too_large = data.len() > LARGEST_FILE;
        if too_large {
            // Errors carry the whole file, and nobody looks at more of this one.
            data.truncate(data.iter().position(|byte| *byte == b'\n').unwrap_or(0).min(1024));
        }
        let ignore = daemon.read_file(&reference, &ignore_name, LARGEST_FILE).await?;
        let door = Door::of(filename);
        let file = Arc::new(SourceFile {
            filename: filename.clone(),
            language: door.language().to_owned(),
            data,
            definition: Some(Definition::of(&vertex)),
        });
        if too_large {
            let problem = Problem::FileTooLarge { limit: LARGEST_FILE };
            return Err(Diagnostic::at(problem, &file, LineRange::line(1)).into());
        }
        Ok(BuildFile { file, door, place, vertex, ignore })
    }
}

fn from_client(
    daemon: &Daemon,
    options: &Options,
    directory: &str,
    filename: &str,
    ignore_name: &str,
) -> Output {
    let mut paths = vec![filename.to_owned(), ignore_name.to_owned()];
    paths.extend(lower_case(filename));
    let vertex = Local::new(directory)
        .session(options.session_of(directory))
        .follow_paths(paths)
        .shared_key_hint(directory)
        .metadata(Metadata::named(format!("[internal] load build definition from {filename}")));
    transferred_whole(daemon, vertex).build()
}

/// The other spelling of a Dockerfile that clients and daemons accept.
fn lower_case(filename: &str) -> Option<String> {
    let directory = filename.strip_suffix("Dockerfile")?;
    (directory.is_empty() || directory.ends_with('/')).then(|| format!("{directory}dockerfile"))
}

/// Without looking at times and sizes first: small files are often written by machines, within a second.
pub(super) fn transferred_whole(daemon: &Daemon, local: Local) -> Local {
    if daemon.has(Capability::Differ) { local.differ(Differ::None) } else { local }
}
