//! The keys at the top of the build file, and what holds between them.
//!
//! Invariant: a key is named once, where it is read; what is accepted, suggested and reported follows from that.

use super::build::{Build, is_name};
use super::cache::Cache;
use super::generate::Generate;
use super::image::ImageSpec;
use super::main_path::MainPath;
use super::reader::{Field, Reader, Spanned};
use super::variables::Variables;
use super::yaml::{Node, Value};
use crate::diagnostic::{Diagnostic, Kind, Problem};
use crate::golang::GoVersion;
use crate::image::ImageRef;
use buildkit_llb::SourceFile;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One build of one platform, as the build file and the words on its first line describe it.
///
/// What a later room cannot know to be right (does this package exist?) carries its place in the file.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The file that every place in here points into.
    pub file: Arc<SourceFile>,
    /// The Go toolchain, instead of the one that go.mod or go.work asks for.
    pub go: Option<Spanned<GoVersion>>,
    /// The image that the toolchain comes from, instead of `golang:<version>`.
    pub builder: Option<Spanned<ImageRef>>,
    /// Directories of the main packages to build; empty means the only one there is.
    pub main: Vec<Spanned<MainPath>>,
    /// How the program is compiled.
    pub build: Build,
    /// What makes files of the context before.
    pub generate: Generate,
    /// What outlives the build.
    pub cache: Cache,
    /// What the image says and holds.
    pub image: ImageSpec,
}

/// The declared args of a build file with their defaults; problems are left to [`read`].
pub(super) fn declared_args(root: &Node) -> BTreeMap<String, Option<String>> {
    let Value::Mapping(pairs) = &root.value else { return BTreeMap::new() };
    let Some((_, Node { value: Value::Mapping(args), .. })) =
        pairs.iter().find(|(key, _)| key.name == "args")
    else {
        return BTreeMap::new();
    };
    args.iter().map(|(key, node)| (key.name.clone(), default_of(node))).collect()
}

/// The default of an arg, written as the arg's value or as `default` beside a `description`.
fn default_of(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(text, _) if !node.is_null() => Some(text.clone()),
        Value::Mapping(pairs) => {
            pairs.iter().find(|(key, _)| key.name == "default").and_then(|(_, node)| default_of(node))
        }
        _ => None,
    }
}

/// Reads the whole document.
pub(super) fn read(root: &Node, file: &Arc<SourceFile>, variables: &Variables) -> (Spec, Vec<Diagnostic>) {
    let mut reader = Reader { file, variables, found: Vec::new(), text: 0 };
    let mut keys = reader.keys(&Field { path: String::new(), node: root });
    if let Some(field) = keys.take("args") {
        args(&mut reader, &field);
    }
    let spec = Spec {
        file: Arc::clone(file),
        go: keys.read(&mut reader, "go"),
        builder: keys.read(&mut reader, "builder"),
        main: keys.read(&mut reader, "main"),
        build: keys.read(&mut reader, "build"),
        generate: keys.read(&mut reader, "generate"),
        cache: keys.read(&mut reader, "cache"),
        image: keys.read(&mut reader, "image"),
    };
    if let (Some(go), Some(builder)) = (&spec.go, &spec.builder) {
        let problem = Problem::GoAndBuilder { go: go.value.to_string(), builder: builder.value.familiar() };
        reader.report(problem, builder.span);
    }
    keys.finish(&mut reader);
    // Keys are read in the order of this function; people read a file from its top.
    reader.found.sort_by_key(|found| found.place.as_ref().and_then(|place| place.ranges.first()).copied());
    (spec, reader.found)
}

fn args(reader: &mut Reader<'_>, field: &Field<'_>) {
    for (key, value) in reader.entries(field) {
        if !is_name(&key.name) {
            reader.report(Problem::ArgName { name: key.name.clone() }, key.span);
        }
        match &value.node.value {
            Value::Scalar(..) => {}
            Value::Mapping(_) => {
                let mut keys = reader.keys(&value);
                for field in [keys.take("default"), keys.take("description")].into_iter().flatten() {
                    // A default is itself, dollar signs and all: there is nothing yet that it could refer to.
                    if !matches!(field.node.value, Value::Scalar(..)) {
                        reader.wrong_type(&field, Kind::Text);
                    }
                }
                keys.finish(reader);
            }
            Value::Sequence(_) => reader.wrong_type(&value, Kind::Text),
        }
    }
}
