//! The keys at the top of the build file, and what holds between them.
//!
//! Invariant: a key is named once, where it is read; what is accepted, suggested and reported follows from that.

use super::args::Args;
use super::build::Build;
use super::cache::Cache;
use super::generate::Generate;
use super::image::ImageSpec;
use super::main_path::MainPath;
use super::modules::Modules;
use super::reader::{Field, Reader, Spanned};
use super::targets::Targets;
use super::test::Test;
use super::value::{FromField, mapping};
use super::variables::Variables;
use super::vulncheck::Vulncheck;
use super::yaml::Node;
use crate::diagnostic::{Diagnostic, Problem};
use crate::golang::GoVersion;
use crate::image::ImageRef;
use buildkit_llb::SourceFile;
use std::sync::Arc;

mapping! {
    /// One build of one platform, as the build file and the words on its first line describe it.
    ///
    /// What a later room cannot know to be right (does this package exist?) carries its place in the file.
    #[derive(Clone, Debug)]
    pub struct Spec {
        /// What the image is, in a line, for people who ask what there is to build.
        description: Option<String> = "description",
        /// Build args: names, defaults, and what they are for. `${NAME}` stands for the value.
        args: Args = "args",
        /// The Go toolchain; default: what go.work or go.mod asks for.
        go: Option<Spanned<GoVersion>> = "go",
        /// The image that the toolchain comes from; default: `golang:<version>`.
        builder: Option<Spanned<ImageRef>> = "builder",
        /// The main package to build, as a directory like `./cmd/api`, or several; default: the only one there is.
        main: Vec<Spanned<MainPath>> = "main",
        /// How the program is compiled.
        build: Build = "build",
        /// What makes files of the context before the program is compiled.
        generate: Generate = "generate",
        /// Where modules come from.
        modules: Modules = "modules",
        /// What outlives the build to make the next one faster; default: what fits the builder.
        cache: Cache = "cache",
        /// How the repository's tests are run, with `--target test` or before an image is made.
        test: Test = "test",
        /// What `--target vulncheck` compares the program with.
        vulncheck: Vulncheck = "vulncheck",
        /// What the image says and holds.
        image: ImageSpec = "image",
        /// Several images from one file, by name for `--target`. Each has all keys but `args` and `targets`, and inherits
        /// those at the top: mappings are merged key by key, lists and single values replace what is inherited, and a key
        /// without a value takes it away. Without `--target`, the top is built if it says `main`, else the first target.
        targets: Targets = "targets",
        ;
        /// The file that every place in here points into.
        file: Arc<SourceFile> = |reader: &Reader<'_>| Arc::clone(reader.file),
    }
}

/// Reads a document, or what is at `path` and has the same keys. `text` is how much was read of the file before.
pub(super) fn read(
    path: &str,
    root: &Node,
    file: &Arc<SourceFile>,
    variables: &Variables,
    text: &mut usize,
) -> (Spec, Vec<Diagnostic>) {
    let mut reader = Reader { file, variables, found: Vec::new(), text: *text };
    let spec = Spec::from_field(&mut reader, &Field { path: path.to_owned(), node: root });
    let spec = spec.expect("a mapping is read whatever it holds");
    spec.build.check(&mut reader);
    if let (Some(go), Some(builder)) = (&spec.go, &spec.builder) {
        let problem = Problem::GoAndBuilder { go: go.value.to_string(), builder: builder.value.familiar() };
        reader.report(problem, builder.span);
    }
    *text = reader.text;
    (spec, reader.found)
}
