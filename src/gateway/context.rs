//! The context of one build: what is in it, and what was read of it so far.
//!
//! Invariant: the tree is known before anything of it is transferred for the build, and each set of filters has a
//! hint of its own, since the daemon keeps one copy of a directory for each (`source/local` of BuildKit).

use super::build_file::{BuildFile, transferred_whole};
use super::client::{Capability, Daemon, Reference};
use super::failure::Failure;
use super::ignore;
use super::listing::{CALLS_AT_ONCE, Joined, Reading, finished, transfer, walk};
use super::options::Options;
use super::origin::Origin;
use crate::context::{ContextPath, Listing};
use crate::golang::{Files, LARGEST_SOURCE};
use crate::plan::{ClientDirectory, ContextSource, ContextTree, Copies};
use crate::spec::LARGEST_FILE;
use buildkit_llb::{Local, Metadata, Output};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// The context of one build.
pub(super) struct Context {
    /// How steps mount it.
    pub(super) source: ContextSource,
    /// What is in it.
    pub(super) listing: Listing,
    /// The contents of Go files and module files.
    index: Reference,
    /// What was read so far.
    files: Files,
}

impl Context {
    /// Lists the context.
    pub(super) async fn open(
        daemon: &Daemon,
        options: &Options,
        origin: &Origin,
        build_file: &BuildFile,
        reading: Reading,
    ) -> Result<Context, Failure> {
        let session = options.session_of("context").to_owned();
        let exclude = match (&build_file.ignore, &origin.context) {
            (Some(file), _) => ignore::patterns(file),
            (None, Some(tree)) => read_ignore_file(daemon, tree).await?,
            (None, None) => {
                let hint = "context-.dockerignore";
                load_ignore_file(daemon, "context", &session, hint, "[internal] load .dockerignore").await?
            }
        };
        let source = match &origin.context {
            None => ContextSource::Client(ClientDirectory { session, exclude }),
            Some(tree) => ContextSource::Tree(ContextTree {
                output: tree.clone(),
                exclude,
                copies: if daemon.has(Capability::CopyPatterns) { Copies::Parts } else { Copies::Whole },
            }),
        };
        let (index, listing) = match &source {
            ContextSource::Client(directory) if daemon.has(Capability::MetadataTransfer) => {
                transfer(daemon, directory, reading).await?
            }
            source => walk(daemon, source, reading).await?,
        };
        Ok(Context { source, listing, index, files: Files::new() })
    }

    /// What was read so far.
    pub(super) fn files(&self) -> &Files {
        &self.files
    }

    /// Reads files side by side. One that cannot be read counts as empty.
    pub(super) async fn read(
        &mut self,
        daemon: &Daemon,
        paths: BTreeSet<ContextPath>,
    ) -> Result<(), Failure> {
        let mut calls = JoinSet::new();
        for path in paths {
            let reference = self.index.clone();
            if calls.len() == CALLS_AT_ONCE {
                self.keep(calls.join_next().await)?;
            }
            let daemon = daemon.clone();
            calls.spawn(async move {
                let contents = daemon.read_file(&reference, path.as_str(), LARGEST_SOURCE).await?;
                Ok((path, contents.unwrap_or_default()))
            });
        }
        while !calls.is_empty() {
            self.keep(calls.join_next().await)?;
        }
        Ok(())
    }

    /// Reads a file beside whatever else is asked for; one that is not there or cannot be read is empty.
    pub(super) fn reading(
        &self,
        daemon: &Daemon,
        path: Option<ContextPath>,
    ) -> impl Future<Output = Result<Vec<u8>, Failure>> + use<> {
        let mut call = JoinSet::new();
        if let Some(path) = path {
            let (daemon, reference) = (daemon.clone(), self.index.clone());
            call.spawn(async move {
                let contents = daemon.read_file(&reference, path.as_str(), LARGEST_SOURCE).await;
                Ok(contents.ok().flatten().unwrap_or_default())
            });
        }
        async move { Ok(finished(call.join_next().await)?.unwrap_or_default()) }
    }

    fn keep(&mut self, call: Option<Joined<(ContextPath, Vec<u8>)>>) -> Result<(), Failure> {
        if let Some((path, contents)) = finished(call)? {
            self.files.insert(path, contents);
        }
        Ok(())
    }
}

/// The patterns of the ignore file of a directory of the client.
pub(super) async fn load_ignore_file(
    daemon: &Daemon,
    directory: &str,
    session: &str,
    hint: &str,
    name: &str,
) -> Result<Vec<String>, Failure> {
    let vertex = Local::new(directory)
        .session(session)
        .follow_paths([ignore::FILE])
        .shared_key_hint(hint)
        .metadata(Metadata::named(name));
    read_ignore_file(daemon, &transferred_whole(daemon, vertex).build()).await
}

/// The patterns of the ignore file at the root of a tree.
async fn read_ignore_file(daemon: &Daemon, tree: &Output) -> Result<Vec<String>, Failure> {
    let reference = daemon.solve("loading .dockerignore", tree, &[]).await?;
    let file = daemon.read_file(&reference, ignore::FILE, LARGEST_FILE).await?;
    Ok(file.map(|file| ignore::patterns(&file)).unwrap_or_default())
}
