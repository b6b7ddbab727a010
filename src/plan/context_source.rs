//! Where the context is: with the client, or in the graph.
//!
//! Both give the same parts of it. Invariant: a part has what its patterns select and nothing that is ignored; version
//! control data is never in one.

use buildkit_llb::{Copy, File, Local, Metadata, Output};
use std::collections::BTreeSet;

/// Where the context is.
#[derive(Clone, Debug)]
pub enum ContextSource {
    /// In a directory of the client, which sends what it is asked for.
    Client(ClientDirectory),
    /// In the graph: a repository, an archive, the result of another build.
    Tree(ContextTree),
}

/// A directory of the client.
#[derive(Clone, Debug)]
pub struct ClientDirectory {
    /// The session that sends it.
    pub session: String,
    /// The patterns of the ignore file.
    pub exclude: Vec<String>,
}

/// A tree of the graph.
#[derive(Clone, Debug)]
pub struct ContextTree {
    /// What gives it.
    pub output: Output,
    /// The patterns of the ignore file.
    pub exclude: Vec<String>,
    /// What daemons copy of it.
    pub copies: Copies,
}

/// What a daemon can copy of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Copies {
    /// What patterns select.
    Parts,
    /// All of it (BuildKit 0.8).
    Whole,
}

/// A part of the context.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name that progress shows.
    pub name: String,
    /// What daemons keep the last transfer under. Each set of filters needs its own, or transfers undo each other.
    pub hint: String,
    /// The patterns that select it; none is everything.
    pub include: BTreeSet<String>,
    /// The patterns of what is left out, beside what is ignored.
    pub exclude: Vec<String>,
}

/// Git's data changes with every commit and fetch, and would make every one of them a new build.
const NEVER_NEEDED: [&str; 2] = [".git", "**/.git"];

impl ContextSource {
    /// A part of the context.
    pub fn part(&self, part: Part) -> Output {
        let Part { name, hint, include, exclude } = part;
        match self {
            ContextSource::Client(directory) => directory
                .local(&hint, exclude)
                .include_patterns(include)
                .metadata(Metadata::named(name))
                .build(),
            ContextSource::Tree(ContextTree { output, copies: Copies::Whole, .. }) => output.clone(),
            ContextSource::Tree(tree) => {
                let copy = Copy::new(tree.output.clone(), "/", "/")
                    .contents_only()
                    .include_patterns(include)
                    .exclude_patterns(without(&tree.exclude, exclude));
                File::scratch().copy(copy).metadata(Metadata::named(name)).build()
            }
        }
    }

    /// The patterns of the ignore file.
    pub fn ignored(&self) -> &[String] {
        match self {
            ContextSource::Client(ClientDirectory { exclude, .. })
            | ContextSource::Tree(ContextTree { exclude, .. }) => exclude,
        }
    }

    /// What gives the context, if the graph does.
    pub fn tree(&self) -> Option<&Output> {
        match self {
            ContextSource::Client(_) => None,
            ContextSource::Tree(tree) => Some(&tree.output),
        }
    }
}

impl ClientDirectory {
    /// The directory without what is ignored and without these patterns.
    pub fn local(&self, hint: &str, exclude: Vec<String>) -> Local {
        Local::new("context")
            .session(&self.session)
            .shared_key_hint(hint)
            .exclude_patterns(without(&self.exclude, exclude))
    }
}

/// The last pattern that matches decides, so what is never needed cannot be asked for again.
fn without(ignored: &[String], more: Vec<String>) -> impl Iterator<Item = String> {
    ignored.iter().cloned().chain(NEVER_NEEDED.map(str::to_owned)).chain(more)
}
