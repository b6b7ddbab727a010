//! The compile step of a graph: the files that it is sent, and the command that it runs.
//!
//! Invariant: nothing is known of the plan but what a daemon is told.

use super::pattern::{Pattern, matches};
use super::repository::{Door, Repository};
use crate::daemon::Daemon;
use buildkit_llb::Digest;
use buildkit_proto::pb::{ExecOp, Op, SourceOp, op};
use prost::Message as _;
use std::collections::BTreeMap;
use std::path::Path;

/// Where the step finds its sources.
const SOURCES: &str = "/src";

/// The compile step.
pub(crate) struct Plan {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    patterns: String,
    /// Where it runs, relative to the sources.
    pub(crate) directory: String,
    /// The variables that it sets.
    pub(crate) env: Vec<(String, String)>,
    /// The packages that it builds, relative to where it runs.
    pub(crate) packages: Vec<String>,
}

impl Plan {
    /// Asks the frontend for the plan of a repository that was written here.
    pub(crate) fn of(repository: &Repository, root: &Path) -> Result<Plan, String> {
        let mut daemon = Daemon::new(root);
        daemon.generation = repository.daemon.generation();
        match &repository.door {
            Door::Yaml => daemon = daemon.option("filename", "gobuild.yaml"),
            Door::GoFile => daemon = daemon.option("filename", "main.go"),
            Door::GoMod(directory) => {
                let mains: Vec<String> = repository.mains.iter().map(|main| format!("./{main}")).collect();
                let words = format!("gobuild/frontend:1 main=[{}]", mains.join(","));
                daemon = daemon.option("filename", "go.mod").option("cmdline", &words);
                daemon.locals.insert("dockerfile".to_owned(), root.join(directory));
            }
        }
        let outcome = daemon.serve();
        if let Some(error) = outcome.returned.iter().find_map(|returned| returned.error.as_ref()) {
            return Err(format!("the frontend refuses it: {}", error.message));
        }
        let graphs = outcome.graphs();
        let [(_, definition)] = graphs.as_slice() else { return Err("more than one platform".to_owned()) };
        let ops: BTreeMap<String, Op> = definition
            .def
            .iter()
            .map(|bytes| (Digest::of(bytes).to_string(), Op::decode(bytes.as_slice()).expect("an op")))
            .collect();
        let steps = ops.values().filter_map(|op| match &op.op {
            Some(op::Op::Exec(exec)) => Some((op, exec)),
            _ => None,
        });
        let mut builds = steps.filter(|(_, exec)| is_build(arguments(exec)));
        let (step, exec) = builds.next().ok_or("no step builds")?;
        let mount = exec.mounts.iter().find(|mount| mount.dest == SOURCES).ok_or("no sources")?;
        let input = usize::try_from(mount.input).map_err(|_| "sources from nowhere")?;
        match &ops[&step.inputs[input].digest].op {
            Some(op::Op::Source(source)) if source.identifier == "local://context" => {
                Ok(Plan::new(source, exec))
            }
            other => Err(format!("sources that are not the client's: {other:?}")),
        }
    }

    fn new(source: &SourceOp, exec: &ExecOp) -> Plan {
        let list = |name: &str| -> Vec<String> {
            source.attrs.get(name).map_or_else(Vec::new, |text| serde_json::from_str(text).expect("a list"))
        };
        let meta = exec.meta.clone().unwrap_or_default();
        let env = meta.env.iter().filter_map(|variable| variable.split_once('='));
        let words = arguments(exec);
        let output = words.iter().position(|word| word == "-o").expect("a place for the binary");
        let up = "../".repeat(meta.cwd.split('/').count() - SOURCES.split('/').count());
        let packages = words[output + 2..].iter().map(|package| match package.strip_prefix(SOURCES) {
            Some(package) => format!("./{up}{}", package.trim_start_matches('/')),
            None => package.clone(),
        });
        let (include, exclude) = (list("local.includepattern"), list("local.excludepatterns"));
        Plan {
            patterns: format!("include {include:?}\nexclude {exclude:?}"),
            include: include.iter().map(|pattern| Pattern::read(pattern)).collect(),
            exclude: exclude.iter().map(|pattern| Pattern::read(pattern)).collect(),
            directory: meta.cwd.trim_start_matches(SOURCES).trim_start_matches('/').to_owned(),
            env: env.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            packages: packages.collect(),
        }
    }

    /// Whether all of the context is sent.
    pub(crate) fn is_everything(&self) -> bool {
        self.include.is_empty()
    }

    /// Whether a file is sent.
    pub(crate) fn sends(&self, path: &str) -> bool {
        (self.is_everything() || matches(&self.include, path)) && !matches(&self.exclude, path)
    }

    /// The patterns.
    pub(crate) fn patterns(&self) -> &str {
        &self.patterns
    }
}

fn arguments(exec: &ExecOp) -> &[String] {
    exec.meta.as_ref().map(|meta| meta.args.as_slice()).unwrap_or_default()
}

/// Whether these are the words of the step that makes binaries.
fn is_build(words: &[String]) -> bool {
    words.get(1).is_some_and(|word| word == "build") && words.iter().any(|word| word == "-o")
}
