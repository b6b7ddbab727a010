//! The build file: its text, its words and its meaning. Bytes in, [`Spec`] or diagnostics out.
//!
//! `door` says which kind of file it is, `yaml` makes a tree of it, `cmdline` one of the words of the first line; `overlay`
//! lays one tree over another, `targets` makes one for each image, `document` reads it into a [`Spec`]: a file for each mapping of the language (`build`, `image`, …), with
//! the help of `value`, which says how types are written, `reader` and `variables`.
//! Invariant: pure; the same bytes and variables give the same value or the same messages.

mod args;
mod build;
mod cache;
mod choice;
mod cmdline;
mod document;
mod door;
mod fix;
mod generate;
mod image;
mod known_hosts;
mod main_path;
mod modules;
mod organisation;
mod overlay;
mod places;
mod private_host;
mod reader;
mod schema;
mod secret_id;
mod secret_name;
mod targets;
mod test;
mod value;
mod variables;
mod vulncheck;
pub(crate) mod yaml;

pub use args::{Arg, Args};
pub use build::{
    AssemblerFlags, Build, BuildMode, BuildVariable, Cgo, CompilerFlags, Cover, Experiment, Fips, LevelOf,
    LinkerFlags, PackageFlags, Profile, Race, StampValue, Strip, Symbol, Tag, Trimpath, Variable, flag_name,
};
pub use cache::Cache;
pub use document::Spec;
pub use door::Door;
pub use generate::{
    CacheDirectory, Commands, ContextName, Generate, GenerateStep, InputPattern, Made, Moved, StepNetwork,
    StepPath, StepVariable,
};
pub use image::{
    AnnotationKey, Argv, Base, Capability, Check, Destination, Directories, Directory, DirectoryMode,
    Duration, FileMode, Files, Healthcheck, ImageFiles, ImageSpec, MadeDirectory, Ports, Probe, StopSignal,
};
pub use known_hosts::KnownHost;
pub use main_path::MainPath;
pub use modules::{Certificates, ChecksumDatabase, Modules, Proxies, Proxy};
pub use organisation::{Authority, Influence, ORGANISATION_FILE, Organisation, Pattern, Rules, Source};
pub use private_host::{Access, Prefix, PrivateHost, PrivateHosts, UserName};
pub use reader::Spanned;
pub use schema::{organisation_schema, schema};
pub use secret_id::SecretId;
pub use secret_name::is_secret_name;
pub use targets::{BUILT_IN_TARGETS, TargetName, Targets};
pub use test::{PackagePattern, Test};
pub use variables::{BUILT_IN, Variables, names_in, parts_of, reference};
pub use vulncheck::{Database, ToolVersion, Vulncheck};
pub use yaml::LARGEST_FILE;

use crate::diagnostic::{Diagnostic, Diagnostics, Problem, Suggestion};
use buildkit_llb::{LineRange, SourceFile};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A build file that is known to be well formed, before its variables have values.
pub struct Document {
    file: Arc<SourceFile>,
    images: targets::Images,
    args: Args,
    organisation: Option<Arc<Organisation>>,
}

/// How much of a build file is known where args have no values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// All of it.
    All,
    /// What is built, and not all that is said of it.
    Build,
    /// Not even that.
    Little,
}

/// The keys that decide what is built.
const DECIDING: [&[&str]; 5] = [&["main"], &["go"], &["builder"], &["build", "cgo"], &["image", "base"]];

impl Document {
    /// Parses the file behind `door`, with the words of option `cmdline` (image reference first) laid over it.
    pub fn parse(file: &Arc<SourceFile>, door: Door, cmdline: &str) -> Result<Document, Diagnostics> {
        Document::parse_under(None, file, door, cmdline)
    }

    /// The same, as a repository of an organisation.
    pub fn parse_under(
        organisation: Option<&Arc<Organisation>>,
        file: &Arc<SourceFile>,
        door: Door,
        cmdline: &str,
    ) -> Result<Document, Diagnostics> {
        let root = match door {
            Door::Yaml => yaml::parse(&file.data),
            Door::GoMod | Door::GoFile => Ok(None),
        };
        let trees = root.and_then(|root| Ok((root, cmdline::words(cmdline)?)));
        let (root, words) = trees.map_err(|troubles| {
            let found =
                troubles.into_iter().map(|(problem, lines)| Diagnostic::at(problem, file, lines)).collect();
            Diagnostics::check(found).expect_err("troubles are never empty")
        })?;
        let root = match root {
            None => words.clone(),
            // Of a file that is no mapping the reader says so.
            Some(root) if !matches!(root.value, yaml::Value::Mapping(_)) => root,
            Some(root) => overlay::merge(&root, &words),
        };
        let organisation = organisation.filter(|_| matches!(root.value, yaml::Value::Mapping(_)));
        let around = organisation.map(|organisation| organisation.around(&root));
        let tree = around.as_ref().unwrap_or(&root);
        let mut images = targets::Images::of(tree, &root, &words);
        if let Some(organisation) = organisation {
            images.judge(&root, |own| organisation.refused(own));
        }
        let organisation = organisation.cloned();
        Ok(Document { file: Arc::clone(file), args: Args::declared(tree), images, organisation })
    }

    /// The file.
    pub fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// The declared args.
    pub fn args(&self) -> &Args {
        &self.args
    }

    /// What an organisation has to do with a target, or with what is said at the top.
    pub fn influence(&self, target: Option<&str>) -> Option<Influence> {
        let organisation = Arc::clone(self.organisation.as_ref()?);
        let keys = organisation.sources(&self.images.own(target));
        Some(Influence { organisation, keys })
    }

    /// An error where a client gives what is locked, or where nobody knows what targets there are.
    pub fn accept(
        &self,
        args: &BTreeMap<String, String>,
        labels: &BTreeMap<String, String>,
    ) -> Result<(), Diagnostics> {
        let organisation = self.organisation.iter();
        let refused = organisation.flat_map(|organisation| organisation.refused_of_client(args, labels));
        let refused = refused.map(|problem| Diagnostic::at(problem, &self.file, LineRange::line(1)));
        let targets = self
            .images
            .troubles_without_targets()
            .map(|(problem, lines)| Diagnostic::at(problem.clone(), &self.file, *lines));
        Diagnostics::check(refused.chain(targets).collect())
    }

    /// The names of its targets and where they are, in the order of the file.
    pub fn targets(&self) -> impl Iterator<Item = (&str, LineRange)> {
        self.images.targets.iter().map(|target| (target.name.as_str(), target.place))
    }

    /// The target that is built where nobody asks for one; none is what the file says at its top.
    pub fn default_target(&self) -> Option<&str> {
        let first = self.images.targets.first().map(|target| target.name.as_str());
        first.filter(|_| !self.images.top_is_image())
    }

    /// What the client gave counts most, then a built-in value that is known, then the default of a declared arg.
    pub fn variables(
        &self,
        built_in: &BTreeMap<&str, Option<String>>,
        given: &BTreeMap<String, String>,
    ) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in built_in {
            variables.set(name, given.get(*name).or(value.as_ref()).cloned());
        }
        for (name, arg) in &self.args.0 {
            let known =
                built_in.get(name.as_str()).and_then(Option::as_ref).filter(|value| !value.is_empty());
            variables.set(name, given.get(name).or(known).or(arg.default.as_ref()).cloned());
        }
        variables
    }

    /// What the file says of a target, or at its top, with these values; every problem of the file at once.
    pub fn spec(&self, target: Option<&str>, variables: &Variables) -> Result<Spec, Diagnostics> {
        let (specs, found) = self.images.read(|name| name == target, &self.file, variables);
        Diagnostics::check(found)?;
        Ok(self.of_target(target, specs))
    }

    /// The same as far as it is known: what refers to an arg without a value counts as not written.
    pub fn known(&self, target: Option<&str>, variables: &Variables) -> Result<(Spec, Known), Diagnostics> {
        if let Ok(spec) = self.spec(target, variables) {
            return Ok((spec, Known::All));
        }
        let spec = self.of_target(target, self.specs(variables)?);
        let is_open = |path: &&[&str]| {
            let texts = self.texts(target, path);
            texts
                .iter()
                .any(|text| matches!(variables.expand(text.value), Err(Problem::ArgWithoutValue { .. })))
        };
        Ok((spec, if DECIDING.iter().any(is_open) { Known::Little } else { Known::Build }))
    }

    fn of_target(&self, target: Option<&str>, specs: Vec<Spec>) -> Spec {
        let names = std::iter::once(None).chain(self.targets().map(|(name, _)| Some(name)));
        let spec = names.zip(specs).find(|(name, _)| *name == target).map(|(_, spec)| spec);
        spec.expect("who asks for a target has its name from here")
    }

    /// What the file says at its top and of each target, in their order, for whoever asks and builds nothing.
    pub fn specs(&self, variables: &Variables) -> Result<Vec<Spec>, Diagnostics> {
        let (specs, found) = self.images.read(|_| false, &self.file, variables);
        Diagnostics::check(found)?;
        Ok(specs)
    }

    /// The same with references wherever the language of the file takes a text of any kind: for whoever writes it in
    /// another language that has build args. Beside it the variables, which say what was left.
    pub fn open(
        &self,
        target: Option<&str>,
        variables: &Variables,
        built_in: &[&str],
    ) -> Result<(Spec, Variables), Diagnostics> {
        let mut open = variables.clone();
        for name in self.args.0.keys().map(String::as_str).chain(built_in.iter().copied()) {
            let mut tried = open.clone();
            tried.leave(name);
            if self.images.read(|name| name == target, &self.file, &tried).1.is_empty() {
                open = tried;
            }
        }
        Ok((self.spec(target, &open)?, open))
    }

    /// Whether something is made of the value of a name: it is declared or referred to.
    pub fn uses(&self, name: &str) -> bool {
        self.args.0.contains_key(name) || self.references().contains(name)
    }

    /// A warning for each build arg in `given` that nothing reads.
    pub fn unread(&self, given: &BTreeMap<String, String>) -> Vec<Diagnostic> {
        let used: BTreeSet<&str> = self.args.0.keys().map(String::as_str).chain(self.references()).collect();
        given
            .keys()
            .filter(|name| !used.contains(name.as_str()) && !is_predefined(name))
            .map(|name| {
                let problem = if BUILT_IN.iter().any(|(known, _)| known == name) {
                    Problem::UnreadArg { name: name.clone() }
                } else if is_secret_name(name) {
                    Problem::SecretArg { name: name.clone() }
                } else {
                    let suggestion = Suggestion::of(name, used.iter().copied());
                    Problem::UndeclaredArg { name: name.clone(), suggestion }
                };
                Diagnostic::at(problem, &self.file, LineRange::line(1))
            })
            .collect()
    }
}

/// Build args that clients and daemons give a meaning of their own (Dockerfile reference, "predefined ARGs").
fn is_predefined(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    name.starts_with("BUILDKIT_")
        || name == "SOURCE_DATE_EPOCH"
        || matches!(upper.as_str(), "HTTP_PROXY" | "HTTPS_PROXY" | "FTP_PROXY" | "NO_PROXY" | "ALL_PROXY")
}
