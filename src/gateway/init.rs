//! The call `gobuild.init`: what a repository was built by, and what Go makes of it, for the room that writes a build file.
//!
//! Invariant: whatever is missing or wrong in the repository is no failure; it is said in the file that comes out.

use super::build_file::{BuildFile, transferred_whole};
use super::call::{Answer, Call};
use super::client::Daemon;
use super::context::Context;
use super::failure::Failure;
use super::listing::Reading;
use super::options::Options;
use super::origin::Origin;
use super::programs::find_layout;
use crate::diagnostic::Diagnostic;
use crate::golang::{self, GoTarget, Layout, Problem, Step};
use crate::init::{GoFacts, Kind, Original, init};
use crate::plan::default_release;
use crate::spec::LARGEST_FILE;
use buildkit_llb::{Local, Metadata};
use std::collections::BTreeSet;

/// The image that a build file names if nobody has said another.
const FRONTEND: &str = "gobuild/frontend:1";

/// The answer to [`Call::Init`].
pub(super) async fn written(
    daemon: &Daemon,
    options: &Options,
    origin: &Origin,
    build_file: &BuildFile,
) -> Result<Answer, Failure> {
    let original = original(daemon, options, origin, build_file).await?;
    let facts = facts(daemon, options, origin, build_file).await?;
    let syntax = options.cmdline.split_whitespace().next().unwrap_or(FRONTEND);
    let draft = init(syntax, original.as_ref(), &facts);
    Ok(Call::Init.answer(draft.to_yaml(), draft.to_json()))
}

/// What the repository was built by: the file that the client has named, or one at the root of the context.
async fn original(
    daemon: &Daemon,
    options: &Options,
    origin: &Origin,
    build_file: &BuildFile,
) -> Result<Option<Original>, Failure> {
    let file = &build_file.file;
    let text = String::from_utf8_lossy(&file.data).into_owned();
    if let Some(kind) = Kind::of(&file.filename, &text) {
        return Ok(Some(Original { name: file.filename.clone(), kind, text }));
    }
    let tree = match &origin.context {
        Some(tree) => tree.clone(),
        None => {
            // Ignore files name these, as no image needs them.
            let vertex = Local::new("context")
                .session(options.session_of("context"))
                .follow_paths(Kind::FILES.map(|(name, _)| name))
                .shared_key_hint("gobuild-init")
                .metadata(Metadata::named("[internal] load what the repository was built by"));
            transferred_whole(daemon, vertex).build()
        }
    };
    let reference = daemon.solve("looking for a Dockerfile", &tree, &[]).await?;
    for (name, kind) in Kind::FILES {
        let Some(data) = daemon.read_file(&reference, name, LARGEST_FILE).await? else { continue };
        let text = String::from_utf8_lossy(&data).into_owned();
        if Kind::of(name, &text) == Some(kind) {
            return Ok(Some(Original { name: name.to_owned(), kind, text }));
        }
    }
    Ok(None)
}

/// What Go makes of the repository, on the platform of the daemon.
async fn facts(
    daemon: &Daemon,
    options: &Options,
    origin: &Origin,
    build_file: &BuildFile,
) -> Result<GoFacts, Failure> {
    let mut context = Context::open(daemon, options, origin, build_file, Reading::Programs).await?;
    let layout = match find_layout(daemon, &mut context, build_file, &[]).await {
        Ok(layout) => layout,
        Err(Failure::User(diagnostics)) => {
            return Ok(GoFacts { trouble: Some(diagnostics.to_string()), ..GoFacts::default() });
        }
        Err(other) => return Err(other),
    };
    let mut facts = GoFacts {
        module: layout.import_path(&layout.root),
        release: default_release(&layout),
        ..GoFacts::default()
    };
    match mains(daemon, options, &mut context, &layout).await? {
        Ok(main) => facts.main = main,
        Err(Problem::SeveralMains { mains }) => {
            facts.mains = mains.iter().map(|main| written_as(main.as_str())).collect();
        }
        Err(problem) => {
            let problem = Diagnostic::of_go(problem, context.files(), &build_file.file, None);
            facts.trouble = Some(problem.to_string());
        }
    }
    Ok(facts)
}

/// The program that is built if nobody names one.
async fn mains(
    daemon: &Daemon,
    options: &Options,
    context: &mut Context,
    layout: &Layout,
) -> Result<Result<Option<String>, Problem>, Failure> {
    let platform = &options.build_platform;
    let Ok(target) = GoTarget::new(&platform.os, &platform.architecture, "") else { return Ok(Ok(None)) };
    let tags = BTreeSet::new();
    loop {
        match golang::find_mains(&context.listing, layout, &target, &tags, &[], context.files()) {
            Step::Done(found) => {
                let first = |mains: Vec<golang::MainPackage>| mains.into_iter().next();
                return Ok(found.map(|mains| first(mains).map(|main| written_as(main.directory.as_str()))));
            }
            Step::Needs(paths) => context.read(daemon, paths).await?,
        }
    }
}

/// A directory of the context as `main` writes it.
fn written_as(directory: &str) -> String {
    if matches!(directory, "" | ".") { ".".to_owned() } else { format!("./{directory}") }
}
