//! Why a request failed, and how the daemon is told.
//!
//! The one place where a diagnostic becomes the wire's error format. Invariant: whatever the daemon attached to an
//! error of its own (the failed step, its excerpt) is passed on untouched.

use super::call::Call;
use super::url::without_secrets;
use crate::diagnostic::Diagnostics;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buildkit_llb::{LineRange, Location};
use buildkit_proto::rpc;
use prost::Message as _;
use prost_types::Any;
use serde_json::json;
use std::sync::Arc;
use tonic::Code;

/// Why there is no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something the user wrote; each problem with its lines.
    User(Diagnostics),
    /// A call to the daemon failed, while doing this.
    Daemon(&'static str, tonic::Status),
    /// A request we do not know (`--call`).
    Request(String),
    /// A capability of frontends that we do not have (`frontend.caps`).
    Capability(String),
    /// A bug of ours or an answer that makes no sense.
    Internal(String),
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Failure {
        Failure::User(diagnostics)
    }
}

impl From<crate::diagnostic::Diagnostic> for Failure {
    fn from(diagnostic: crate::diagnostic::Diagnostic) -> Failure {
        Failure::User(diagnostic.into())
    }
}

impl Failure {
    /// The same without what is for the daemon alone: it may say where it failed to fetch something from.
    pub(super) fn without(self, secrets: &[String]) -> Failure {
        match self {
            Failure::Daemon(doing, status) if !secrets.is_empty() => {
                let message = without_secrets(status.message().to_owned(), secrets);
                let details = status.details().to_vec().into();
                Failure::Daemon(doing, tonic::Status::with_details(status.code(), message, details))
            }
            other => other,
        }
    }

    /// The error as `Return` takes it. Clients show the code's name before the message unless it is `Unknown`, and
    /// map `Internal` to an exit code of its own (`util/grpcerrors` of BuildKit, `cmd/buildx`).
    pub(super) fn to_status(&self) -> rpc::Status {
        match self {
            Failure::User(diagnostics) => rpc::Status {
                code: Code::Unknown as i32,
                message: diagnostics.to_string(),
                details: excerpts(diagnostics),
            },
            Failure::Daemon(doing, status) => relay(doing, status),
            Failure::Request(name) => rpc::Status {
                code: Code::Unimplemented as i32,
                // Old clients look for the first three words (`build/build.go` of buildx).
                message: format!("unsupported request {name}; `--call` takes {}", listed(&Call::names())),
                details: vec![detail("errdefs.Subrequest+json", &json!({ "name": name }))],
            },
            Failure::Capability(name) => rpc::Status {
                code: Code::Unimplemented as i32,
                message: format!("unsupported frontend capability {name}"),
                details: vec![detail("errdefs.FrontendCap+json", &json!({ "name": name }))],
            },
            Failure::Internal(message) => rpc::Status {
                code: Code::Internal as i32,
                message: format!(
                    "{message}; this is a bug in gobuild {}, please report it with the build file",
                    env!("CARGO_PKG_VERSION")
                ),
                details: Vec::new(),
            },
        }
    }
}

/// Names for people.
fn listed(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}

/// The daemon's own error with what we were doing in front of it.
fn relay(doing: &str, status: &tonic::Status) -> rpc::Status {
    let details = rpc::Status::decode(status.details()).map(|status| status.details).unwrap_or_default();
    let mut message = format!("{doing}: {}", status.message());
    // A broken connection says why only in its causes.
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        message.push_str(": ");
        message.push_str(&error.to_string());
        cause = error.source();
    }
    let code = if status.code() == Code::Ok { Code::Unknown } else { status.code() };
    rpc::Status { code: code as i32, message, details }
}

/// Each travels with its whole file, and daemons before 0.14 take 4 MiB.
const LARGEST_EXCERPTS: usize = 2 << 20;
/// As many as a message lists problems.
const MOST_EXCERPTS: usize = 20;

/// The excerpts of some problems, each once; what is beyond the limits is in the message only.
fn excerpts(diagnostics: &Diagnostics) -> Vec<Any> {
    let mut places: Vec<&Location> = Vec::new();
    let mut details = Vec::new();
    let mut size = 0;
    for place in diagnostics.iter().filter_map(|found| found.place.as_ref()) {
        // Clients show lines; two problems on one line are one excerpt.
        let same = |known: &&Location| Arc::ptr_eq(&known.file, &place.file) && lines(known) == lines(place);
        if places.iter().any(same) {
            continue;
        }
        size += place.file.data.len().div_ceil(3) * 4;
        if !details.is_empty() && (size > LARGEST_EXCERPTS || details.len() == MOST_EXCERPTS) {
            break;
        }
        places.push(place);
        details.push(source_detail(place));
    }
    details
}

fn lines(place: &Location) -> Vec<(u32, u32)> {
    place.ranges.iter().map(|range| (range.start.line, range.end.line)).collect()
}

/// An excerpt, which the client prints (`solver/errdefs/source.go`).
fn source_detail(place: &Location) -> Any {
    detail(
        "errdefs.Source+json",
        &json!({
            "info": {
                "filename": place.file.filename,
                "language": place.file.language,
                "data": BASE64_STANDARD.encode(&place.file.data),
            },
            "ranges": place.ranges.iter().map(range).collect::<Vec<_>>(),
        }),
    )
}

/// Lines as Go's JSON has them.
pub(super) fn range(range: &LineRange) -> serde_json::Value {
    json!({
        "start": { "line": range.start.line, "character": range.start.character },
        "end": { "line": range.end.line, "character": range.end.character },
    })
}

/// A typed detail: the URL has no host part and the value is JSON (containerd's typeurl).
fn detail(name: &str, value: &serde_json::Value) -> Any {
    Any { type_url: format!("github.com/moby/buildkit/{name}"), value: value.to_string().into_bytes() }
}
