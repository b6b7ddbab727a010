//! Parts of the context as sources of the graph.
//!
//! Invariant: a step sees only what it is keyed on.

use super::context_source::{ContextSource, Part};
use super::{Inputs, generate};
use crate::context::ContextPath;
use crate::golang::{Layout, MainPackage, Parts, Program, static_prefix};
use buildkit_llb::{ContentCache, Copy, File, Metadata, Mkdir, Mkfile, Output};
use std::collections::BTreeSet;

/// The transfer of what is compiled, for people.
const LOAD: &str = "[internal] load build context";

/// The vertex with the module files, for people.
pub(super) const MODULE_FILES: &str = "[internal] write module files";

/// The module files and nothing else, as a directory that a step mounts: written into the graph where they are known, which
/// needs no transfer. Then they are known by that alone, as what scripts read is.
pub(super) fn module_files(inputs: &Inputs<'_>) -> (Output, ContentCache) {
    let Some(files) = inputs.module_files.filter(|files| !files.is_empty()) else {
        let source = inputs.context.part(Part {
            name: "[internal] load module files".to_owned(),
            hint: format!("gobuild-modules:{}", inputs.layout.root),
            include: inputs.layout.module_files.iter().map(literal).collect(),
            exclude: Vec::new(),
        });
        return (source, ContentCache::Default);
    };
    let mut folders = BTreeSet::new();
    let mut written = File::scratch();
    for (path, contents) in files {
        if let Some(folder) =
            path.parent().filter(|folder| !folder.is_root() && folders.insert(folder.clone()))
        {
            let mkdir = Mkdir::new(format!("/{folder}")).mode(0o755).make_parents().timestamp(0);
            written = written.mkdir(mkdir);
        }
        let mkfile = Mkfile::new(format!("/{path}"), contents.as_slice()).mode(0o644).timestamp(0);
        written = written.mkfile(mkfile);
    }
    (written.metadata(Metadata::named(MODULE_FILES)).build(), inputs.settings.own_key)
}

/// What packages from elsewhere are compiled with: the module files, and the vendor directory if there is one.
pub(super) fn of_dependencies(inputs: &Inputs<'_>, parts: &Parts) -> (Output, ContentCache) {
    let Some(vendor) = &parts.vendor else { return module_files(inputs) };
    let source = inputs.context.part(Part {
        name: "[internal] load vendor directory".to_owned(),
        hint: format!("gobuild-vendor:{}", inputs.layout.root),
        include: inputs.layout.module_files.iter().chain([vendor]).map(literal).collect(),
        exclude: Vec::new(),
    });
    (source, ContentCache::Default)
}

impl ContextSource {
    /// The files of some of a program's packages, and the module files.
    pub(super) fn stratum(
        &self,
        inputs: &Inputs<'_>,
        parts: &Parts,
        packages: &BTreeSet<ContextPath>,
        number: usize,
    ) -> Output {
        let all = generate::onto(inputs, self.program(inputs.layout, inputs.mains, inputs.program));
        let patterns = patterns(inputs.layout, &parts.of(packages));
        let copy = Copy::new(all, "/", "/").contents_only().include_patterns(patterns);
        let name = format!("[internal] copy stratum {number}");
        File::scratch().copy(copy).metadata(Metadata::named(name)).build()
    }

    /// What a program is made of and nothing else, or everything where that is not known.
    pub(super) fn program(&self, layout: &Layout, mains: &[MainPackage], program: &Program) -> Output {
        let Program::Exact(parts) = program else { return self.whole() };
        let mains: Vec<&str> = mains.iter().map(|main| main.directory.as_str()).collect();
        self.part(Part {
            name: LOAD.to_owned(),
            hint: format!("gobuild-sources:{}", mains.join(",")),
            include: patterns(layout, parts),
            exclude: parts.without_embeds().map(|package| below(package, "*_test.go")).collect(),
        })
    }

    /// All of the context.
    pub(super) fn whole(&self) -> Output {
        let (name, hint) = (LOAD.to_owned(), "gobuild-sources".to_owned());
        self.part(Part { name, hint, include: BTreeSet::new(), exclude: Vec::new() })
    }
}

/// The patterns that match the parts of a program; a pattern that matches a directory matches what is in it, too.
fn patterns(layout: &Layout, parts: &Parts) -> BTreeSet<String> {
    let packages = parts.packages.iter().flat_map(|(directory, package)| {
        package.extensions.iter().map(move |extension| below(directory, &format!("*.{extension}")))
    });
    let embeds = parts.embeds.iter().map(|(directory, pattern)| below(directory, &embed_pattern(pattern)));
    let modules = layout.module_files.iter().map(literal);
    packages.chain(embeds).chain(modules).chain(parts.vendor.iter().map(literal)).collect()
}

/// A pattern of Go's `path.Match` for the client, which reads some characters differently and fails on what Go only
/// complains of: then the directory that the pattern is about, whole.
fn embed_pattern(pattern: &str) -> String {
    // Clients drop spaces at the ends.
    if pattern.trim() != pattern {
        return "**".to_owned();
    }
    if pattern.contains(['[', '\\', '^']) || pattern.starts_with(['!', '#']) {
        match static_prefix(pattern) {
            "." => "**".to_owned(),
            prefix => ContextPath::parse(prefix).map_or_else(|_| "**".to_owned(), |prefix| literal(&prefix)),
        }
    } else {
        // Two stars are one for Go, and directories for clients.
        let mut pattern = pattern.to_owned();
        while pattern.contains("**") {
            pattern = pattern.replace("**", "*");
        }
        pattern
    }
}

/// A pattern in a directory.
pub(super) fn below(directory: &ContextPath, pattern: &str) -> String {
    if directory.is_root() { pattern.to_owned() } else { format!("{}/{pattern}", literal(directory)) }
}

/// A pattern that matches this path and no other.
pub(super) fn literal(path: &ContextPath) -> String {
    let mut pattern = String::new();
    for character in path.as_str().chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '!' | '#' | '^') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}
