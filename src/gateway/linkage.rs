//! Programs that may need a dynamic loader, and whether their base has it.
//!
//! Invariant: asked only of builds that cannot be known to be static, and before anything is exported. The steps that are
//! waited for here are those that the export would wait for.

use super::client::{Daemon, Reference};
use super::failure::Failure;
use crate::diagnostic::{Diagnostic, NotStatic, Problem};
use crate::golang::{HEAD, interpreter, musl_loader};
use crate::plan::{Inputs, Unproven};
use crate::spec::{BuildMode, Cgo};
use buildkit_llb::{Location, Output};
use buildkit_proto::gateway::CacheOptionsEntry;

/// More of a list of packages than this is not read.
const LONGEST_LIST: usize = 1 << 20;
/// What is done when a step fails here.
const DOING: &str = "building the program";

/// What a program that its base cannot start is told with.
#[derive(Clone)]
pub(super) struct Question {
    unproven: Unproven,
    base: String,
    architecture: &'static str,
    cgo: Cgo,
    pie: bool,
    place: Location,
    cache_imports: Vec<CacheOptionsEntry>,
}

impl Question {
    /// The question that a build leaves open, if it does.
    pub(super) fn of(
        inputs: &Inputs<'_>,
        unproven: Option<Unproven>,
        cache_imports: &[CacheOptionsEntry],
    ) -> Option<Question> {
        let (spec, build) = (inputs.spec, &inputs.spec.build);
        let line = if build.has_c() { build.cgo.span } else { spec.image.base.span };
        Some(Question {
            unproven: unproven?,
            base: inputs.base.map_or_else(|| "scratch".to_owned(), |base| base.name.clone()),
            architecture: inputs.target.architecture(),
            cgo: build.cgo.value,
            pie: build.buildmode == BuildMode::Pie,
            place: Location { file: spec.file.clone(), ranges: vec![line] },
            cache_imports: cache_imports.to_vec(),
        })
    }

    /// An error if a program asks for what its base does not have.
    pub(super) async fn answer(self, daemon: Daemon) -> Result<(), Failure> {
        let binaries = self.solve(&daemon, &self.unproven.binaries).await?;
        for binary in &self.unproven.names {
            let head = daemon.read_start(&binaries, binary, HEAD).await;
            let head = head.map_err(|status| Failure::Daemon(DOING, status))?;
            let Some(loader) = interpreter(&head) else { continue };
            let base = match &self.unproven.base {
                Some(base) => Some(self.solve(&daemon, base).await?),
                None => None,
            };
            if has(&daemon, base.as_ref(), &loader).await? {
                continue;
            }
            let musl = musl_loader(self.architecture);
            let other = loader != musl && has(&daemon, base.as_ref(), &musl).await?;
            let problem = Problem::NotStatic(NotStatic {
                binary: binary.clone(),
                interpreter: loader,
                base: self.base.clone(),
                other: other.then_some(musl),
                packages: self.packages(&daemon).await?,
                cgo: self.cgo,
                pie: self.pie,
            });
            return Err(Diagnostic { problem, place: Some(self.place) }.into());
        }
        Ok(())
    }

    async fn solve(&self, daemon: &Daemon, output: &Output) -> Result<Reference, Failure> {
        daemon.solve(DOING, output, &self.cache_imports).await
    }

    /// The packages that use C.
    async fn packages(&self, daemon: &Daemon) -> Result<Vec<String>, Failure> {
        let Some(list) = &self.unproven.uses_c else { return Ok(Vec::new()) };
        let list = self.solve(daemon, list).await?;
        let list = daemon.read_file(&list, "packages", LONGEST_LIST).await?.unwrap_or_default();
        Ok(String::from_utf8_lossy(&list).lines().map(str::to_owned).collect())
    }
}

/// Whether a base has a file; `scratch` has none.
async fn has(daemon: &Daemon, base: Option<&Reference>, path: &str) -> Result<bool, Failure> {
    match base {
        None => Ok(false),
        Some(base) => daemon.has_file(base, path).await,
    }
}
