//! The build file: its text, its words and its meaning. Bytes in, [`Spec`] or diagnostics out.
//!
//! `door` says which kind of file it is, `yaml` makes a tree of it, `cmdline` lays the words of the first line over
//! the tree, `document` reads the tree into a [`Spec`]: a file for each mapping of the language (`build`, `image`, …), with
//! the help of `value`, which says how types are written, `reader` and `variables`.
//! Invariant: pure; the same bytes and variables give the same value or the same messages.

mod args;
mod build;
mod cache;
mod choice;
mod cmdline;
mod document;
mod door;
mod generate;
mod image;
mod known_hosts;
mod main_path;
mod modules;
mod private_host;
mod reader;
mod schema;
mod secret_id;
mod test;
mod value;
mod variables;
mod vulncheck;
mod yaml;

pub use args::{Arg, Args};
pub use build::{
    AssemblerFlags, Build, BuildMode, BuildVariable, Cgo, CompilerFlags, Cover, Experiment, Fips, LevelOf,
    LinkerFlags, PackageFlags, Profile, Race, StampValue, Strip, Symbol, Tag, Trimpath, Variable,
};
pub use cache::Cache;
pub use document::Spec;
pub use door::Door;
pub use generate::{
    CacheDirectory, Commands, ContextName, Generate, GenerateStep, InputPattern, Made, Moved, StepNetwork,
    StepPath, StepVariable,
};
pub use image::{
    AnnotationKey, Argv, Base, Check, Destination, Directories, Directory, DirectoryMode, Duration, FileMode,
    Files, Healthcheck, ImageFiles, ImageSpec, MadeDirectory, Ports, Probe, StopSignal,
};
pub use known_hosts::KnownHost;
pub use main_path::MainPath;
pub use modules::{ChecksumDatabase, Modules, Proxies, Proxy};
pub use private_host::{Access, Prefix, PrivateHost, PrivateHosts, UserName};
pub use reader::Spanned;
pub use schema::schema;
pub use secret_id::SecretId;
pub use test::{PackagePattern, Test};
pub use variables::Variables;
pub use vulncheck::{Database, ToolVersion, Vulncheck};
pub use yaml::LARGEST_FILE;

use crate::diagnostic::{Diagnostic, Diagnostics, Problem, Suggestion};
use buildkit_llb::{LineRange, SourceFile};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A build file that is known to be well formed, before its variables have values.
pub struct Document {
    file: Arc<SourceFile>,
    root: yaml::Node,
    args: Args,
}

impl Document {
    /// Parses the file behind `door`, with the words of option `cmdline` (image reference first) laid over it.
    pub fn parse(file: &Arc<SourceFile>, door: Door, cmdline: &str) -> Result<Document, Diagnostics> {
        let root = match door {
            Door::Yaml => yaml::parse(&file.data),
            Door::GoMod | Door::GoFile => Ok(None),
        };
        let root = root.and_then(|root| cmdline::overlay(root, cmdline)).map_err(|troubles| {
            let found =
                troubles.into_iter().map(|(problem, lines)| Diagnostic::at(problem, file, lines)).collect();
            Diagnostics::check(found).expect_err("troubles are never empty")
        })?;
        let args = Args::declared(&root);
        Ok(Document { file: Arc::clone(file), root, args })
    }

    /// What the client gave counts most, then a built-in value that is known, then the default of a declared arg.
    pub fn variables(
        &self,
        built_in: &BTreeMap<&str, String>,
        given: &BTreeMap<String, String>,
    ) -> Variables {
        let mut variables = Variables::default();
        for (name, value) in built_in {
            variables.set(name, Some(given.get(*name).unwrap_or(value).clone()));
        }
        for (name, arg) in &self.args.0 {
            let known = built_in.get(name.as_str()).filter(|value| !value.is_empty());
            variables.set(name, given.get(name).or(known).or(arg.default.as_ref()).cloned());
        }
        variables
    }

    /// What the file says with these values; every problem of the file at once.
    pub fn spec(&self, variables: &Variables) -> Result<Spec, Diagnostics> {
        let (spec, found) = document::read(&self.root, &self.file, variables);
        Diagnostics::check(found)?;
        Ok(spec)
    }

    /// A warning for each build arg in `given` that nothing reads.
    pub fn undeclared(&self, variables: &Variables, given: &BTreeMap<String, String>) -> Vec<Diagnostic> {
        given
            .keys()
            .filter(|name| !variables.knows(name) && !is_predefined(name))
            .map(|name| {
                let suggestion = Suggestion::of(name, self.args.0.keys().map(String::as_str));
                let problem = Problem::UndeclaredArg { name: name.clone(), suggestion };
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
