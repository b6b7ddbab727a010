//! The daemon's side of the calls.
//!
//! Graphs are checked as the daemon checks them before it solves anything: what they ask for, and that every vertex
//! stands before what uses it. References of directories can be read; of all others, which are what a build would make,
//! the files that the test made up.

use super::fault::{Call, Fault, Kind};
use super::local::Local;
use super::tree::{self, Tree};
use super::{Daemon, image};
use buildkit_llb::Digest;
use buildkit_proto::gateway as wire;
use buildkit_proto::gateway::llb_bridge_server::LlbBridge;
use buildkit_proto::pb;
use prost::Message as _;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Instant;
use tokio::task::AbortHandle;
use tonic::{Request, Response, Status};

/// The daemon while one frontend runs.
#[derive(Clone)]
pub(super) struct Bridge {
    pub(super) daemon: Arc<Daemon>,
    pub(super) record: Arc<Mutex<Record>>,
    /// The pipes, to be closed.
    pub(super) pipes: AbortHandle,
    /// The frontend's process.
    pub(super) pid: u32,
}

/// What has happened so far.
#[derive(Default)]
pub(super) struct Record {
    pub(super) returned: Vec<wire::ReturnRequest>,
    pub(super) solved: BTreeMap<String, wire::SolveRequest>,
    pub(super) warnings: Vec<wire::WarnRequest>,
    pub(super) calls: Vec<(Call, String)>,
    pub(super) first: Option<Instant>,
    pub(super) bytes_read: usize,
    pub(super) closed: Option<Instant>,
    pub(super) peak_memory: Option<u64>,
    locals: BTreeMap<String, Arc<Local>>,
}

/// The one code that errors have in a daemon unless somebody chose another.
fn unknown(message: impl Into<String>) -> Status {
    Status::unknown(message)
}

impl Bridge {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().expect("no handler panics")
    }

    /// Notes a call and lets go wrong what is to go wrong.
    async fn note(&self, call: Call, about: &str) -> Result<(), Status> {
        {
            let mut record = self.record();
            record.first.get_or_insert_with(Instant::now);
            record.calls.push((call, about.to_owned()));
        }
        for fault in self.daemon.faults.iter().filter(|fault| fault.concerns(call, about)) {
            match &fault.kind {
                Kind::Answer(status) => return Err(status.clone()),
                Kind::Delay(time) => tokio::time::sleep(*time).await,
                Kind::Close => {
                    self.record().closed = Some(Instant::now());
                    self.pipes.abort();
                    std::future::pending::<()>().await;
                }
                Kind::WholeFile => {}
            }
        }
        Ok(())
    }

    /// A file of what a build would make.
    fn made(&self, reference: &str, path: &str) -> Option<Result<Vec<u8>, Status>> {
        let record = self.record();
        if record.locals.contains_key(reference)
            || !record.solved.contains_key(reference)
            || self.daemon.made.is_empty()
        {
            return None;
        }
        let file = self.daemon.made.get(path).cloned();
        Some(file.ok_or_else(|| unknown(format!("lstat {path}: no such file or directory"))))
    }

    fn local(&self, reference: &str) -> Result<Arc<Local>, Status> {
        let record = self.record();
        if let Some(local) = record.locals.get(reference) {
            return Ok(Arc::clone(local));
        }
        if record.solved.contains_key(reference) {
            return Err(unknown(format!("{reference} is of a build, and this daemon builds nothing")));
        }
        Err(unknown(format!("no such ref: {reference}")))
    }
}

#[tonic::async_trait]
impl LlbBridge for Bridge {
    async fn ping(&self, _: Request<wire::PingRequest>) -> Result<Response<wire::PongResponse>, Status> {
        self.note(Call::Ping, "").await?;
        let generation = self.daemon.generation;
        Ok(Response::new(wire::PongResponse {
            frontend_api_caps: generation.of_calls(),
            llb_caps: generation.of_graphs(),
            workers: Vec::new(),
        }))
    }

    async fn solve(
        &self,
        request: Request<wire::SolveRequest>,
    ) -> Result<Response<wire::SolveResponse>, Status> {
        let request = request.into_inner();
        let definition = request.definition.clone().ok_or_else(|| unknown("invalid empty definition"))?;
        let digest = check(&definition, &self.daemon).map_err(unknown)?;
        let description = definition.metadata.get(&digest).map(|metadata| &metadata.description);
        let name = description.and_then(|description| description.get("llb.customname"));
        self.note(Call::Solve, name.map_or("", String::as_str)).await?;
        if !(request.allow_result_return && request.allow_result_array_ref) {
            return Err(unknown("a result that this daemon has no form for"));
        }

        let local = Tree::new(&definition, &self.daemon).of(&digest).map_err(unknown)?;
        let mut record = self.record();
        let id = format!("reference {}", record.solved.len() + 1);
        record.locals.extend(local.map(|local| (id.clone(), Arc::new(local))));
        record.solved.insert(id.clone(), request);
        let result = Some(wire::result::Result::Ref(wire::Ref { id, def: None }));
        let result = Some(wire::Result { result, ..wire::Result::default() });
        Ok(Response::new(wire::SolveResponse { result, ..wire::SolveResponse::default() }))
    }

    async fn read_file(
        &self,
        request: Request<wire::ReadFileRequest>,
    ) -> Result<Response<wire::ReadFileResponse>, Status> {
        let request = request.into_inner();
        self.note(Call::ReadFile, &request.file_path).await?;
        let mut data = match self.made(&request.r#ref, &request.file_path) {
            Some(made) => made?,
            None => self.local(&request.r#ref)?.read(&request.file_path).map_err(unknown)?,
        };
        let whole = |fault: &Fault| {
            matches!(fault.kind, Kind::WholeFile) && fault.concerns(Call::ReadFile, &request.file_path)
        };
        if let Some(range) = &request.range {
            let size = |number: i64| usize::try_from(number).unwrap_or(0).min(data.len());
            let (from, length) = (size(range.offset), size(range.length));
            let end =
                if self.daemon.faults.iter().any(whole) { data.len() } else { data.len().min(from + length) };
            data = data[from..end].to_vec();
        }
        self.record().bytes_read += data.len();
        Ok(Response::new(wire::ReadFileResponse { data }))
    }

    async fn read_dir(
        &self,
        request: Request<wire::ReadDirRequest>,
    ) -> Result<Response<wire::ReadDirResponse>, Status> {
        let request = request.into_inner();
        self.note(Call::ReadDir, &request.dir_path).await?;
        let entries = self.local(&request.r#ref)?.list(&request.dir_path).map_err(unknown)?;
        Ok(Response::new(wire::ReadDirResponse { entries }))
    }

    async fn resolve_source_meta(
        &self,
        request: Request<wire::ResolveSourceMetaRequest>,
    ) -> Result<Response<wire::ResolveSourceMetaResponse>, Status> {
        let request = request.into_inner();
        let source = request.source.unwrap_or_default();
        let Some(name) = source.identifier.strip_prefix("docker-image://") else {
            self.note(Call::ResolveSourceMeta, &source.identifier).await?;
            let objects = request.git.is_some_and(|git| git.return_object);
            return Ok(Response::new(tree::metadata(source, objects)));
        };
        self.note(Call::ResolveSourceMeta, name).await?;
        let found = image::look_up(name, &request.platform.unwrap_or_default()).map_err(Status::not_found)?;
        let image = wire::ResolveSourceImageResponse { digest: found.digest, config: found.config };
        Ok(Response::new(wire::ResolveSourceMetaResponse {
            source: Some(source),
            image: Some(image),
            ..wire::ResolveSourceMetaResponse::default()
        }))
    }

    async fn resolve_image_config(
        &self,
        request: Request<wire::ResolveImageConfigRequest>,
    ) -> Result<Response<wire::ResolveImageConfigResponse>, Status> {
        let request = request.into_inner();
        self.note(Call::ResolveImageConfig, &request.r#ref).await?;
        let platform = request.platform.unwrap_or_default();
        let found = image::look_up(&request.r#ref, &platform).map_err(Status::not_found)?;
        // Daemons before 0.12 do not say what the name became.
        let answer = wire::ResolveImageConfigResponse {
            digest: found.digest,
            config: found.config,
            r#ref: String::new(),
        };
        Ok(Response::new(answer))
    }

    async fn warn(
        &self,
        request: Request<wire::WarnRequest>,
    ) -> Result<Response<wire::WarnResponse>, Status> {
        self.note(Call::Warn, "").await?;
        self.record().warnings.push(request.into_inner());
        Ok(Response::new(wire::WarnResponse {}))
    }

    async fn r#return(
        &self,
        request: Request<wire::ReturnRequest>,
    ) -> Result<Response<wire::ReturnResponse>, Status> {
        self.record().peak_memory = peak_memory(self.pid);
        self.note(Call::Return, "").await?;
        self.record().returned.push(request.into_inner());
        Ok(Response::new(wire::ReturnResponse {}))
    }

    async fn stat_file(
        &self,
        _: Request<wire::StatFileRequest>,
    ) -> Result<Response<wire::StatFileResponse>, Status> {
        Err(Status::unimplemented("StatFile is not used"))
    }

    async fn evaluate(
        &self,
        _: Request<wire::EvaluateRequest>,
    ) -> Result<Response<wire::EvaluateResponse>, Status> {
        Err(Status::unimplemented("Evaluate is not used"))
    }

    async fn inputs(
        &self,
        _: Request<wire::InputsRequest>,
    ) -> Result<Response<wire::InputsResponse>, Status> {
        self.note(Call::Inputs, "").await?;
        Ok(Response::new(wire::InputsResponse { definitions: self.daemon.inputs.clone() }))
    }
}

/// The vertex that a graph ends in, if the daemon would take the graph.
fn check(definition: &pb::Definition, daemon: &Daemon) -> Result<String, String> {
    let mut caps = definition.metadata.values().flat_map(|metadata| metadata.caps.keys());
    if let Some(refusal) = caps.find_map(|cap| daemon.generation.refuses(cap)) {
        return Err(refusal);
    }
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut last = None;
    for bytes in &definition.def {
        let op = pb::Op::decode(bytes.as_slice())
            .map_err(|error| format!("failed to parse llb proto op: {error}"))?;
        if let Some(input) = op.inputs.iter().find(|input| !known.contains(&input.digest)) {
            return Err(format!("invalid missing input digest {}", input.digest));
        }
        known.insert(Digest::of(bytes).to_string());
        last = op.inputs.into_iter().next();
    }
    last.map(|result| result.digest).ok_or_else(|| "invalid LLB with no inputs on last vertex".to_owned())
}

/// `VmHWM` of a process that still runs.
fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}
