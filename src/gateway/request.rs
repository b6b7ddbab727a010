//! What is asked for, and the build file that it is asked of.
//!
//! Invariant: the context has not been looked at yet; what is wrong with the file by itself is told before it is.

use super::build_file::BuildFile;
use super::call::{Answer, Call};
use super::client::Daemon;
use super::failure::Failure;
use super::lint;
use super::options::Options;
use super::organisation;
use super::origin::{Commit, Facts, Origin};
use super::outline::targets;
use super::target::Target;
use super::wanted::{Wanted, built_in_values, read_specs};
use crate::check::Setting;
use crate::plan::Goal;
use crate::spec::{Document, Known, Variables};
use buildkit_llb::Platform;

/// The build arg that clients configure the checks of any build file with.
const CHECK_ARG: &str = "BUILDKIT_DOCKERFILE_CHECK";

/// A request whose build file could be read.
pub(super) struct Request {
    pub(super) daemon: Daemon,
    pub(super) options: Options,
    /// What is asked for in place of an image.
    pub(super) call: Option<Call>,
    pub(super) build_file: BuildFile,
    pub(super) document: Document,
    pub(super) wanted: Target,
    pub(super) facts: Facts,
    /// What is said of rules.
    pub(super) setting: Setting,
}

impl Request {
    /// Reads the build file, and asks what it wants to know of the context.
    pub(super) async fn read(
        daemon: Daemon,
        options: Options,
        call: Option<Call>,
        origin: &Origin,
        build_file: BuildFile,
    ) -> Result<Request, Failure> {
        let organisation = organisation::load()?;
        let (file, door) = (&build_file.file, build_file.door);
        let document = Document::parse_under(organisation.as_ref(), file, door, &options.cmdline)?;
        document.accept(&options.build_args, &options.labels)?;
        let wanted = Target::of(options.target.as_deref(), &document)?;
        // It may cost a question.
        let commit = if document.uses("COMMIT") { Commit::Wanted } else { Commit::NotWanted };
        let facts = origin.facts(&daemon, &options, commit).await?;
        let setting = match call {
            Some(Call::Targets) => Setting::default(),
            _ => lint::setting(&build_file, options.build_args.get(CHECK_ARG))?,
        };
        Ok(Request { daemon, options, call, build_file, document, wanted, facts, setting })
    }

    /// What the file says of each image that is asked for.
    pub(super) fn specs(&self) -> Result<Vec<Wanted>, Failure> {
        let read =
            |target: &Target| read_specs(&self.document, &self.options, &self.facts, target, self.call);
        let mut specs = read(&self.wanted)?;
        if self.call == Some(Call::Lint) {
            if self.options.target.is_none() {
                // Who asks about a file asks about all of it.
                let others = self.document.targets().map(|(name, _)| name);
                for name in others.filter(|name| self.wanted.image.as_deref() != Some(name)) {
                    specs.extend(read(&Target { image: Some(name.to_owned()), goal: Goal::Image })?);
                }
            }
            // Of what nobody knows there is nothing to say.
            specs.retain(|wanted| wanted.known != Known::Little);
        }
        Ok(specs)
    }

    /// What `${NAME}` stands for on a platform.
    pub(super) fn variables(&self, platform: &Platform) -> Variables {
        let values = built_in_values(&self.options, &self.facts, platform);
        self.document.variables(&values, &self.options.build_args)
    }

    /// The answer to [`Call::Targets`], for the platform that comes first.
    pub(super) fn targets(&self) -> Result<Answer, Failure> {
        let platforms = self.options.target_platforms();
        let platform = platforms.first().unwrap_or(&self.options.build_platform);
        Ok(targets(&self.document, &self.document.specs(&self.variables(platform))?, platform))
    }
}
