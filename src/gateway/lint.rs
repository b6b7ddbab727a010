//! `docker buildx build --check`: what there is to say to a build file, and the same as warnings of a build.
//!
//! The answer is BuildKit's (`frontend/subrequests/lint`), which clients print themselves. Invariant: a mistake in what the
//! user wrote is part of the answer, with its lines; only what no file is to blame for is an error of the call.

use super::build_file::BuildFile;
use super::call::Call;
use super::client::Daemon;
use super::failure::{Failure, range};
use super::result::{STATUS, answer};
use crate::check::{Finding, Setting};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use buildkit_llb::{LineRange, Location, SourceFile};
use buildkit_proto::gateway as wire;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;

/// What the request says of rules.
pub(super) fn setting(build_file: &BuildFile, arg: Option<&String>) -> Result<Setting, Failure> {
    Setting::read(&build_file.file.data, arg.map(String::as_str))
        .map_err(|(problem, line)| Diagnostic::at(problem, &build_file.file, line).into())
}

/// Shows findings as warnings of a build.
pub(super) async fn warn(daemon: &Daemon, build_file: &BuildFile, findings: &[Finding]) {
    for finding in findings {
        daemon.warn(&build_file.vertex, finding).await;
    }
}

/// Ends a build that is to have no findings.
pub(super) fn refuse(findings: &[Finding], setting: &Setting) -> Result<(), Failure> {
    let Some(first) = findings.first().filter(|_| setting.error) else { return Ok(()) };
    let mut rules: Vec<&'static str> = findings.iter().map(|finding| finding.rule.name).collect();
    rules.sort_unstable();
    rules.dedup();
    Err(Diagnostic { problem: Problem::Violations { rules }, place: Some(first.place.clone()) }.into())
}

/// The answer to [`Call::Lint`].
pub(super) fn findings(findings: &[Finding]) -> wire::Result {
    let mut sources = Sources::default();
    let warnings: Vec<Value> = findings
        .iter()
        .map(|finding| {
            json!({
                "ruleName": finding.rule.name,
                "description": finding.rule.about,
                "url": finding.rule.page(),
                "detail": finding.message,
                "location": sources.location(&finding.place.file, &finding.place.ranges),
            })
        })
        .collect();
    let mut text = match findings.len() {
        0 => "Check complete, no warnings found.\n".to_owned(),
        1 => "Check complete, 1 warning has been found!\n".to_owned(),
        many => format!("Check complete, {many} warnings have been found!\n"),
    };
    for finding in findings {
        let (rule, page) = (finding.rule.name, finding.rule.page());
        let _ = write!(text, "\nWARNING: {rule} - {page}\n{}{}\n", finding.message, shown(&finding.place));
    }
    let failed = !findings.is_empty();
    result(text, &json!({ "warnings": warnings, "sources": sources.json() }), failed)
}

/// The answer where the file cannot be read, if a file is to blame: clients show the lines of one.
pub(super) fn broken(problems: &Diagnostics) -> Option<wire::Result> {
    let first = problems.iter().find_map(|problem| problem.place.as_ref())?;
    let same = |place: &&Location| Arc::ptr_eq(&place.file, &first.file);
    let places = problems.iter().filter_map(|problem| problem.place.as_ref()).filter(same);
    let mut ranges: Vec<LineRange> = places.flat_map(|place| place.ranges.clone()).collect();
    ranges.sort();
    ranges.dedup();
    let mut sources = Sources::default();
    let error = json!({
        "message": problems.to_string(),
        "location": sources.location(&first.file, &ranges),
    });
    let json = json!({ "warnings": [], "sources": sources.json(), "buildError": error });
    Some(result(
        format!("Check complete, the build file cannot be built.\n\nERROR: {problems}\n"),
        &json,
        true,
    ))
}

fn result(text: String, json: &Value, failed: bool) -> wire::Result {
    let mut result = answer(Call::Lint.answer(text, format!("{json:#}")));
    let status = if failed { "1" } else { "0" };
    result.metadata.insert(STATUS.to_owned(), status.into());
    result
}

fn shown(place: &Location) -> String {
    let line = place.ranges.first().map_or(1, |range| range.start.line);
    format!(" ({}:{line})", place.file.filename)
}

/// The files of an answer, each once.
#[derive(Default)]
struct Sources(Vec<Arc<SourceFile>>);

impl Sources {
    fn location(&mut self, file: &Arc<SourceFile>, ranges: &[LineRange]) -> Value {
        let known = self.0.iter().position(|known| known == file);
        let index = known.unwrap_or_else(|| {
            self.0.push(Arc::clone(file));
            self.0.len() - 1
        });
        json!({ "sourceIndex": index, "ranges": ranges.iter().map(range).collect::<Vec<_>>() })
    }

    fn json(&self) -> Vec<Value> {
        let source = |file: &Arc<SourceFile>| {
            json!({
                "filename": file.filename,
                "language": file.language,
                "data": BASE64_STANDARD.encode(&file.data),
            })
        };
        self.0.iter().map(source).collect()
    }
}
