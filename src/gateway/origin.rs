//! Where the files of a request come from: directories of the client, a repository, an archive, another build.
//!
//! Invariant: the same question is answered in the same way for Dockerfiles (`dockerui/context.go`), so the files are
//! there already when this frontend is started.

use super::archive::{self, Fetched};
use super::client::{Capability, CommitObjects, Daemon};
use super::failure::Failure;
use super::git_reference::{Checkout, GitReference, is_commit};
use super::options::{Epoch, GitDirectory, Options, is_time};
use super::url::Redacted;
use crate::diagnostic::{Diagnostic, Problem, Shown};
use crate::spec::Door;
use buildkit_llb::{Copy, Definition, File, Metadata, Mkdir, Output};
use buildkit_proto::pb;
use std::collections::BTreeMap;

/// Where the files of a request come from.
pub(super) struct Origin {
    /// The context; none is a directory of the client.
    pub(super) context: Option<Output>,
    /// What the build file is in.
    pub(super) build_file: BuildFileTree,
    /// The build file's name there.
    pub(super) filename: String,
    /// What the client has put into the request, by name.
    pub(super) inputs: BTreeMap<String, pb::Definition>,
    /// What the daemon can be asked about the context.
    source: Option<Output>,
    /// The same, if it is a repository.
    repository: Option<GitReference>,
    /// The commit, where the client has said it.
    commit: Option<String>,
}

/// What the build file is in.
pub(super) enum BuildFileTree {
    /// This directory of the client.
    Client(String),
    /// This tree.
    Tree(Output),
    /// The context.
    Context(Output),
}

/// What is known of the context beside its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    /// Its commit.
    pub(super) commit: Option<String>,
    /// Its tag, where the client has asked for a tag of a repository.
    pub(super) version: Option<String>,
    /// The time that the image is dated with, in seconds.
    pub(super) epoch: Option<i64>,
}

/// A commit or the name of a branch.
const LONGEST_HEAD: usize = 4096;
/// The client's names for the two.
const CONTEXT: &str = "context";
const BUILD_FILE: &str = "dockerfile";

impl Origin {
    /// Finds out.
    pub(super) async fn find(daemon: &Daemon, options: &Options) -> Result<Origin, Failure> {
        let asks = options.named_contexts.values().any(|value| value.starts_with("input:"));
        let inputs = if options.context.is_none() || asks { daemon.inputs().await? } else { BTreeMap::new() };
        let client = options.build_file_directory.clone().unwrap_or_else(|| BUILD_FILE.to_owned());
        let mut origin = Origin {
            context: None,
            build_file: BuildFileTree::Client(client),
            filename: options.filename.clone(),
            inputs,
            source: None,
            repository: None,
            commit: options.revision.clone(),
        };
        match &options.context {
            Some(url) => origin.open(url, daemon, options).await?,
            None => origin.take_inputs(options)?,
        }
        if let (Some(context), Some(subdir)) = (&origin.context, &options.context_subdir) {
            let context = only(context, subdir);
            // The build file is not looked for there.
            if let BuildFileTree::Context(whole) = origin.build_file {
                origin.build_file = BuildFileTree::Tree(whole);
            }
            origin.context = Some(context);
        }
        Ok(origin)
    }

    async fn open(&mut self, url: &str, daemon: &Daemon, options: &Options) -> Result<(), Failure> {
        let refused = |reason: String| {
            let problem = Problem::ContextUrl { url: Redacted(url).to_string(), reason };
            Failure::from(Diagnostic::nowhere(problem))
        };
        let (source, context) = if let Some(reference) = GitReference::parse(url) {
            let reference = reference.map_err(refused)?;
            // That of the client's own directory, if it has one.
            self.commit = reference.commit().map(str::to_owned);
            let source = git(&reference, daemon, options);
            self.repository = Some(reference);
            (source.clone(), source)
        } else if is_http(url) {
            self.commit = None;
            let name = "[internal] load remote build context".to_owned();
            let fetched = Fetched::from(daemon, url, name).await?;
            match fetched.kind {
                archive::Kind::Archive => {
                    (fetched.source.clone(), fetched.unpacked("[internal] unpack build context"))
                }
                archive::Kind::Plain => {
                    (fetched.source.clone(), self.lone_file(url, fetched.source, options))
                }
            }
        } else {
            return Err(refused("it is neither a repository nor an HTTP URL".to_owned()));
        };
        self.source = Some(source);
        if options.build_file_directory.is_none() {
            self.build_file = BuildFileTree::Context(context.clone());
        }
        self.context = Some(context);
        Ok(())
    }

    /// A file by itself is the build file. A Go file is a program, so it keeps its name.
    fn lone_file(&mut self, url: &str, source: Output, options: &Options) -> Output {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        if options.build_file_directory.is_some() {
            return source;
        }
        if Door::of(name) != Door::GoFile {
            archive::FILE.clone_into(&mut self.filename);
            return source;
        }
        name.clone_into(&mut self.filename);
        let copy = Copy::new(source, format!("/{}", archive::FILE), format!("/{name}"));
        File::scratch()
            .copy(copy)
            .metadata(Metadata::named(format!("[internal] name the file {name}")))
            .build()
    }

    fn take_inputs(&mut self, options: &Options) -> Result<(), Failure> {
        if let Some(graph) = self.inputs.get(CONTEXT) {
            self.context = Some(input(CONTEXT, graph)?);
            self.source = self.context.clone();
            // That of the client's own directory.
            self.commit = None;
        }
        if let (Some(graph), None) = (self.inputs.get(BUILD_FILE), &options.build_file_directory) {
            let tree = input(BUILD_FILE, graph)?;
            let same = self.context.as_ref() == Some(&tree);
            self.build_file = if same { BuildFileTree::Context(tree) } else { BuildFileTree::Tree(tree) };
        }
        Ok(())
    }

    /// What is known of the context; the daemon is asked only for what is wanted.
    pub(super) async fn facts(
        &self,
        daemon: &Daemon,
        options: &Options,
        commit: Commit,
    ) -> Result<Facts, Failure> {
        let version = self.repository.as_ref().and_then(GitReference::tag).map(str::to_owned);
        let mut facts = Facts { commit: self.commit.clone(), version, epoch: None };
        let time = match options.epoch {
            Some(Epoch::Seconds(seconds)) => {
                facts.epoch = Some(seconds);
                CommitObjects::NotWanted
            }
            Some(Epoch::Context) => CommitObjects::Wanted,
            None => CommitObjects::NotWanted,
        };
        let asks = time == CommitObjects::Wanted || (commit == Commit::Wanted && facts.commit.is_none());
        let source = self.source.as_ref().filter(|_| asks).and_then(operation);
        let answer = match source {
            Some(source) => daemon.source_metadata(source, time).await?.unwrap_or_default(),
            None => return Ok(facts),
        };
        if let Some(git) = answer.git {
            // That of an annotated tag is not the commit.
            let names = [git.commit_checksum, git.checksum].into_iter().find(|name| !name.is_empty());
            facts.commit = facts.commit.or(names);
            if time == CommitObjects::Wanted {
                facts.epoch = commit_time(&git.commit_object);
            }
        }
        if let (CommitObjects::Wanted, Some(modified)) =
            (time, answer.http.and_then(|http| http.last_modified))
        {
            facts.epoch = Some(modified.seconds).filter(|seconds| is_time(*seconds));
        }
        if let (Commit::Wanted, None, Some(repository)) = (commit, &facts.commit, &self.repository) {
            facts.commit = head(daemon, repository).await?;
        }
        Ok(facts)
    }
}

/// The commit of a checkout, for daemons that do not say it (before BuildKit 0.26): it is in its `.git`.
async fn head(daemon: &Daemon, repository: &GitReference) -> Result<Option<String>, Failure> {
    let checkout = Checkout { keep_git_directory: true, ..Checkout::default() };
    let reference =
        daemon.solve("looking up the commit of the context", &repository.whole(checkout), &[]).await?;
    let head = daemon.read_file(&reference, ".git/HEAD", LONGEST_HEAD).await?.unwrap_or_default();
    let head = String::from_utf8_lossy(&head).trim().to_owned();
    Ok(is_commit(&head).then_some(head))
}

/// Whether the commit is needed, which may cost a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    Wanted,
    NotWanted,
}

/// The checkout of a repository.
pub(super) fn git(reference: &GitReference, daemon: &Daemon, options: &Options) -> Output {
    let checkout = Checkout {
        keep_git_directory: options.git_directory == GitDirectory::Kept,
        times_of_commit: options.epoch.is_some() && daemon.has(Capability::GitTime),
    };
    if reference.subdir.is_empty() || daemon.has(Capability::GitSubdir) {
        reference.source(checkout)
    } else {
        only(&reference.whole(checkout), &reference.subdir)
    }
}

/// Whether a URL is one that the daemon fetches a file from.
pub(super) fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// What the client has put into the request under a name.
pub(super) fn input(name: &str, graph: &pb::Definition) -> Result<Output, Failure> {
    let output = Definition::input(graph).map_err(|error| {
        Failure::from(Diagnostic::nowhere(Problem::Input {
            name: name.to_owned(),
            reason: error.to_string(),
        }))
    })?;
    // Nothing is a tree, too.
    Ok(output.unwrap_or_else(|| File::scratch().mkdir(Mkdir::new("/").make_parents()).build()))
}

/// A directory of a tree.
fn only(tree: &Output, directory: &str) -> Output {
    let copy = Copy::new(tree.clone(), directory, "/").contents_only();
    let name = format!("[internal] take the directory {}", Shown(directory));
    File::scratch().copy(copy).metadata(Metadata::named(name)).build()
}

/// The operation of a source that the daemon knows more of.
fn operation(source: &Output) -> Option<pb::SourceOp> {
    let definition = Definition::of(source);
    let result = definition.vertices().last()?.1.op.clone()?;
    match result {
        pb::op::Op::Source(source)
            if ["git://", "http"].iter().any(|scheme| source.identifier.starts_with(scheme)) =>
        {
            Some(source)
        }
        _ => None,
    }
}

/// When a commit was made: `committer NAME <ADDRESS> SECONDS ZONE`.
fn commit_time(object: &[u8]) -> Option<i64> {
    let text = String::from_utf8_lossy(object);
    let header = text.split("\n\n").next()?;
    let committer = header.lines().find_map(|line| line.strip_prefix("committer "))?;
    let seconds = committer.rsplit(' ').nth(1)?.parse().ok()?;
    is_time(seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::commit_time;

    #[test]
    fn a_commit_says_when_it_was_made() {
        let commit =
            b"tree 0\nauthor A <a@b> 1 +0000\ncommitter B C <b@c> 1700000000 -0130\n\ncommitter x 5 +0000\n";
        assert_eq!(commit_time(commit), Some(1_700_000_000));
        for other in ["", "tree 0\n\ncommitter x 5 +0000", "committer", "committer a -1 +0000"] {
            assert_eq!(commit_time(other.as_bytes()), None, "{other}");
        }
    }
}
