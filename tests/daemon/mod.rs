//! A BuildKit daemon that builds nothing: it runs the real frontend and answers its calls.
//!
//! The process, its pipes, its environment and the calls are as BuildKit has them; what stands behind the calls is a
//! directory of files (`local`), a table of images (`image`) and what a test wants to go wrong (`fault`).
//! Each call of [`Daemon::serve`] is one build.

#![allow(dead_code, reason = "each test binary uses a part of it")]

mod bridge;
mod capability;
mod fault;
mod image;
mod local;
mod pattern;
mod process;
mod tree;

pub(crate) use capability::Generation;
pub(crate) use fault::{Call, Fault};

use buildkit_proto::gateway as wire;
use buildkit_proto::{pb, rpc};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// One request, and the daemon that it is made to.
pub(crate) struct Daemon {
    /// What the client asks for, `BUILDKIT_FRONTEND_OPT_n`.
    pub(crate) options: Vec<(String, String)>,
    /// The directories that the client sends, by name.
    pub(crate) locals: BTreeMap<String, PathBuf>,
    /// What is behind the identifier of a repository (a directory) or a URL (a directory for an archive, or a file).
    pub(crate) sources: BTreeMap<String, PathBuf>,
    /// What else the client has put into the request, by name.
    pub(crate) inputs: BTreeMap<String, pb::Definition>,
    /// How old it is.
    pub(crate) generation: Generation,
    /// `BUILDKIT_WORKERS`, instead of that of the generation.
    pub(crate) workers: Workers,
    /// What goes wrong.
    pub(crate) faults: Vec<Fault>,
    /// Entries that its listings have beside those on disk.
    pub(crate) made_up: Vec<String>,
    /// Files of what is built: those that steps leave, and with a slash in front those of images.
    pub(crate) made: BTreeMap<String, Vec<u8>>,
    /// The frontend.
    pub(crate) program: PathBuf,
    /// `/etc/gobuild/org.yaml` of its image.
    pub(crate) organisation: Option<String>,
    /// Who the frontend runs as; `None` is whoever runs the tests.
    pub(crate) uid: Option<u32>,
    /// Where the frontend starts.
    pub(crate) cwd: PathBuf,
}

/// What `BUILDKIT_WORKERS` is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Workers {
    /// As a daemon of this generation says it, on linux/amd64.
    Plain,
    /// Not set.
    Missing,
    /// This.
    Text(String),
}

/// Everything that happened.
pub(crate) struct Outcome {
    /// Every `Return`; there should be one.
    pub(crate) returned: Vec<wire::ReturnRequest>,
    /// Every `Solve` that was accepted, by the reference it was given.
    pub(crate) solved: BTreeMap<String, wire::SolveRequest>,
    /// Every `Warn`.
    pub(crate) warnings: Vec<wire::WarnRequest>,
    /// Every call with what it was about, in the order of arrival.
    pub(crate) calls: Vec<(Call, String)>,
    /// How the process ended.
    pub(crate) status: ExitStatus,
    /// What it wrote there, which users never see.
    pub(crate) stderr: String,
    /// How many bytes of files it was answered.
    pub(crate) bytes_read: usize,
    /// From its start to its first call.
    pub(crate) first_call: Option<Duration>,
    /// How long it ran.
    pub(crate) elapsed: Duration,
    /// How long it ran after the daemon had closed the pipes.
    pub(crate) outlived: Option<Duration>,
    /// The most memory it had in use until `Return`, in bytes.
    pub(crate) peak_memory: Option<u64>,
}

impl Daemon {
    /// A daemon of today with a client that sends this directory as build directory and context.
    pub(crate) fn new(directory: impl Into<PathBuf>) -> Daemon {
        let directory = directory.into();
        let locals = ["context", "dockerfile"].map(|name| (name.to_owned(), directory.clone()));
        Daemon {
            options: Vec::new(),
            locals: BTreeMap::from(locals),
            sources: BTreeMap::new(),
            inputs: BTreeMap::new(),
            generation: Generation::Current,
            workers: Workers::Plain,
            faults: Vec::new(),
            made_up: Vec::new(),
            made: BTreeMap::new(),
            program: PathBuf::from(env!("CARGO_BIN_EXE_gobuild")),
            organisation: None,
            uid: None,
            cwd: PathBuf::from("/"),
        }
    }

    /// With one more option.
    pub(crate) fn option(mut self, name: &str, value: &str) -> Daemon {
        self.options.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With something that goes wrong.
    pub(crate) fn fault(mut self, fault: Fault) -> Daemon {
        self.faults.push(fault);
        self
    }

    /// Runs the frontend and serves it until it ends.
    pub(crate) fn serve(self) -> Outcome {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(process::serve(self))
    }
}

impl Outcome {
    /// The one result.
    pub(crate) fn result(&self) -> &wire::Result {
        match self.returned.as_slice() {
            [wire::ReturnRequest { result: Some(result), error: None }] => result,
            other => panic!("not one result: {other:?}\n{}", self.stderr),
        }
    }

    /// The one error.
    pub(crate) fn error(&self) -> &rpc::Status {
        match self.returned.as_slice() {
            [wire::ReturnRequest { result: None, error: Some(error) }] => error,
            other => panic!("not one error: {other:?}\n{}", self.stderr),
        }
    }

    /// The graphs of the result, by platform; of a result that is one image, by nothing.
    pub(crate) fn graphs(&self) -> Vec<(&str, &pb::Definition)> {
        let graph = |id: &str| {
            let request = self.solved.get(id).unwrap_or_else(|| panic!("`{id}` was never given out"));
            request.definition.as_ref().expect("only definitions are solved")
        };
        match &self.result().result {
            Some(wire::result::Result::Ref(reference)) => vec![("", graph(&reference.id))],
            Some(wire::result::Result::Refs(references)) => {
                references.refs.iter().map(|(key, reference)| (key.as_str(), graph(&reference.id))).collect()
            }
            other => panic!("a result that no daemon of today expects: {other:?}"),
        }
    }

    /// The graphs that were not only asked for but waited for, and are not in the result.
    pub(crate) fn gates(&self) -> Vec<&pb::Definition> {
        let of_result: BTreeSet<*const pb::Definition> = match self.returned.as_slice() {
            [wire::ReturnRequest { result: Some(_), .. }] => {
                self.graphs().into_iter().map(|(_, graph)| std::ptr::from_ref(graph)).collect()
            }
            _ => BTreeSet::new(),
        };
        let waited = self.solved.values().filter(|request| request.evaluate);
        let graphs = waited.filter_map(|request| request.definition.as_ref());
        graphs.filter(|graph| !of_result.contains(&std::ptr::from_ref(*graph))).collect()
    }

    /// How often a call was made.
    pub(crate) fn count(&self, call: Call) -> usize {
        self.calls.iter().filter(|(made, _)| *made == call).count()
    }

    /// What calls of one kind were about, sorted, as calls that run side by side have no order.
    pub(crate) fn subjects(&self, call: Call) -> Vec<&str> {
        let calls = self.calls.iter().filter(|(made, _)| *made == call);
        let mut subjects: Vec<&str> = calls.map(|(_, about)| about.as_str()).collect();
        subjects.sort_unstable();
        subjects
    }
}
