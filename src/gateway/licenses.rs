//! The licences of what is linked, read for an organisation that has a rule for them.
//!
//! Invariant: asked only where there is such a rule, and before anything is exported. One file has all of it, so that a program
//! of many modules takes no more calls than one of few.

use super::client::Daemon;
use super::failure::Failure;
use crate::diagnostic::Diagnostics;
use crate::golang::Files;
use crate::plan::{Built, Inputs, Judge};
use buildkit_llb::Output;
use buildkit_proto::gateway::CacheOptionsEntry;

/// The file of `licenses.sh`.
const INDEX: &str = "index";
/// More than this is not read: the texts of a thousand modules are a fifth of it.
const LONGEST: usize = 64 << 20;

/// A build whose licences are judged.
pub(super) struct Question {
    judge: Judge,
    linked: Output,
    cache_imports: Vec<CacheOptionsEntry>,
}

impl Question {
    /// The question that a build leaves open, if it does.
    pub(super) fn of(
        inputs: &Inputs<'_>,
        built: &Built,
        files: &Files,
        cache_imports: &[CacheOptionsEntry],
    ) -> Option<Question> {
        let (linked, judge) = (built.linked.clone()?, Judge::of(inputs, files)?);
        Some(Question { judge, linked, cache_imports: cache_imports.to_vec() })
    }

    /// An error if something is linked whose licence is not accepted.
    pub(super) async fn answer(self, daemon: Daemon) -> Result<(), Failure> {
        let linked = daemon.evaluate("building the program", &self.linked, &self.cache_imports).await?;
        let index = daemon.read_file(&linked, INDEX, LONGEST).await?;
        match index.and_then(|index| self.judge.judge(&index)) {
            Some(found) => Ok(Diagnostics::check(found)?),
            None => Err(Failure::Internal("the index of licences is cut short".to_owned())),
        }
    }
}
