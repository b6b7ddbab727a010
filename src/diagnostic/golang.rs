//! The words for what is wrong with the Go part of a context, and the lines to show for it.
//!
//! Invariant: where a key of the build file would mend it, the message has that key, ready to be written.

use super::{Diagnostic, Problem as Message, Shown, Suggestion};
use crate::context::{ContextPath, PathProblem};
use crate::golang::{Directive, Excluded, Exclusion, Fault, Files, GoFiles, Lacking, Problem};
use crate::spec::Spec;
use buildkit_llb::{LineRange, Location, SourceFile};
use std::fmt::{self, Formatter};
use std::sync::Arc;

/// The most names that a message lists.
const MOST_NAMES: usize = 12;

impl Diagnostic {
    /// A problem with the Go part of the context: on the line of the Go file, go.mod or go.work that it is about, or
    /// on the key of the build file, or on the build file's first line.
    pub fn of_go(
        problem: Problem,
        files: &Files,
        build_file: &Arc<SourceFile>,
        spec: Option<&Spec>,
    ) -> Diagnostic {
        let place = match line_of(&problem) {
            Some((file, line)) => excerpt(file, line, files, build_file),
            None => Location { file: Arc::clone(build_file), ranges: vec![key_of(&problem, spec)] },
        };
        Diagnostic { problem: Message::Go(problem), place: Some(place) }
    }
}

/// The file and line that a problem is about, where it is not the build file.
fn line_of(problem: &Problem) -> Option<(&ContextPath, usize)> {
    match problem {
        Problem::Malformed { file, line, .. }
        | Problem::OutsideContext { file, line, .. }
        | Problem::MissingMember { file, line, .. }
        | Problem::MissingReplacement { file, line, .. }
        | Problem::Missing { file, line, .. }
        | Problem::IgnoredEmbed { file, line, .. }
        | Problem::IgnoredWorkspace { file, line, .. }
        | Problem::NeedsC { file, line, .. }
        | Problem::ExternalImport { file, line, .. } => Some((file, *line)),
        Problem::EmptyWorkspace { file } => Some((file, 1)),
        Problem::DuplicateModule { files: [_, second], .. } => Some((second, 1)),
        _ => None,
    }
}

/// A line of a file of the context.
pub fn excerpt(path: &ContextPath, line: usize, files: &Files, build_file: &Arc<SourceFile>) -> Location {
    let data = files.get(path).cloned().unwrap_or_default();
    let file = if data == build_file.data {
        Arc::clone(build_file)
    } else {
        let language = if path.as_str().ends_with(".go") { "Go" } else { "Go Module" };
        Arc::new(SourceFile {
            filename: path.to_string(),
            language: language.to_owned(),
            data,
            definition: None,
        })
    };
    Location { file, ranges: vec![LineRange::line(u32::try_from(line).unwrap_or(u32::MAX))] }
}

/// The entry of `main:` that a problem is about.
fn key_of(problem: &Problem, spec: Option<&Spec>) -> LineRange {
    let first = LineRange::line(1);
    let Some(spec) = spec else { return first };
    let written = match problem {
        Problem::MissingDirectory { written, .. }
        | Problem::NoGoFiles { written, .. }
        | Problem::NotMain { written, .. }
        | Problem::AllExcluded { written, .. }
        | Problem::OutsideModules { written, .. }
        | Problem::GoFileAsPackage { written, .. } => written,
        Problem::SameBinary { .. } => return spec.main.last().map_or(first, |main| main.span),
        _ => return first,
    };
    spec.main.iter().find(|main| main.value.written == *written).map_or(first, |main| main.span)
}

#[expect(clippy::too_many_lines, reason = "an arm for each message")]
pub(super) fn write(problem: &Problem, f: &mut Formatter<'_>) -> fmt::Result {
    match problem {
        Problem::Malformed { file, line, fault } => {
            write!(f, "`{file}` line {line}: ")?;
            write_fault(fault, f)
        }
        Problem::NoModule { found } => {
            write!(f, "no go.mod in the context, up to two directories deep; ")?;
            match found {
                GoFiles::None => write!(f, "run `go mod init`, or check the context and .dockerignore"),
                GoFiles::One(file) => write!(
                    f,
                    "run `go mod init`, or build the file by itself: write `// syntax=gobuild/frontend:1` as the \
                     first line of `{file}` and build with `-f {file}`"
                ),
                GoFiles::Several(_) => write!(f, "run `go mod init` beside the Go files"),
            }
        }
        Problem::SeveralModules { files } => write!(
            f,
            "no go.work and more than one go.mod: {}; name a package of one of them with `main`, build one with \
             `-f <module>/go.mod`, or add a go.work that uses them",
            names(files)
        ),
        Problem::MissingDoor { file } => write!(
            f,
            "the build file `{file}` is not in the context; build the directory that holds it, or check .dockerignore"
        ),
        Problem::SeveralDoors { files } => write!(
            f,
            "{} hold the same, so it is not known which one is meant; name the package with `main=` on the first line",
            names(files)
        ),
        Problem::LinkedModuleFile { file } => {
            write!(
                f,
                "`{file}` is a symbolic link, and links to module files are not followed; put the file there"
            )
        }
        Problem::OutsideContext { file, line, directive, path, reason } => {
            let directive = directive_name(*directive);
            write!(f, "`{file}` line {line}: `{directive}` of `{}`: {reason}", Shown(path))?;
            if *reason == PathProblem::LeavesContext {
                write!(f, "; build from a directory further up")?;
            }
            Ok(())
        }
        Problem::MissingMember { file, line, directory } => write!(
            f,
            "`{file}` line {line} uses `{directory}`, which has no go.mod in the context; check .dockerignore"
        ),
        Problem::MissingReplacement { file, line, module, directory } => write!(
            f,
            "`{file}` line {line} replaces `{module}` by `{directory}`, which has no go.mod in the context; check \
             .dockerignore"
        ),
        Problem::EmptyWorkspace { file } => {
            write!(f, "`{file}` uses no module; add `use ./<module>`, or remove it")
        }
        Problem::DuplicateModule { module, files: [first, second] } => {
            write!(
                f,
                "`{first}` and `{second}` both say `module {module}`; rename one, or use only one in go.work"
            )
        }
        Problem::NoMain { modules, excluded } => {
            write!(f, "no main package in {}", modules_in_words(modules))?;
            if !excluded.is_empty() {
                write!(f, "; build constraints exclude that of {}", names(excluded))?;
            }
            write!(f, "; a program has `package main`")
        }
        Problem::SeveralMains { mains } => {
            write!(f, "several main packages, and none is named: write one of")?;
            for main in mains.iter().take(MOST_NAMES) {
                write!(f, "\n  main: {}", as_package(main))?;
            }
            more(mains.len(), f)
        }
        Problem::MissingDirectory { written, mains, .. } => {
            let names: Vec<String> = mains.iter().map(as_package).collect();
            let suggestion = Suggestion::of(written, names.iter().map(String::as_str));
            write!(f, "`main: {}` is not in the context{suggestion}", Shown(written))?;
            if suggestion.0.is_none() {
                choices(mains, f)?;
            }
            Ok(())
        }
        Problem::NoGoFiles { written, mains, .. } => {
            write!(f, "`main: {}` has no Go files", Shown(written))?;
            choices(mains, f)
        }
        Problem::NotMain { written, package, file, line, mains, .. } => {
            write!(
                f,
                "`main: {}` is not a program: `{file}` line {line} says `package {package}`",
                Shown(written)
            )?;
            choices(mains, f)
        }
        Problem::AllExcluded { written, files, .. } => {
            write!(f, "`main: {}` has no Go file for this platform and these tags:", Shown(written))?;
            for Excluded { file, reason } in files.iter().take(MOST_NAMES) {
                write!(f, "\n  {file}: ")?;
                write_exclusion(reason, f)?;
            }
            more(files.len(), f)
        }
        Problem::OutsideModules { written, owner, modules, .. } => {
            write!(f, "`main: {}` is not in {}", Shown(written), modules_in_words(modules))?;
            match owner {
                Some(owner) => {
                    write!(f, "; it belongs to `{owner}`: build with `-f {owner}`, or add it to a go.work")
                }
                None => Ok(()),
            }
        }
        Problem::GoFileAsPackage { written, directory, .. } => write!(
            f,
            "`main: {}` is a file; a package is a directory: write `main: {}`",
            Shown(written),
            as_package(directory)
        ),
        Problem::SameBinary { binary, directories: [first, second] } => write!(
            f,
            "`{first}` and `{second}` would both be called `{binary}` in the image; rename a directory, or build two images"
        ),
        Problem::Missing { file, line, import, lacking } => {
            write!(f, "`{file}` line {line} imports `{}`, and ", Shown(import))?;
            write_lacking(lacking, f)
        }
        Problem::IgnoredEmbed { file, line, place, pattern } => write!(
            f,
            "`{file}` line {line} embeds `{place}`, and the ignore file leaves that out, by `{}`; take it in with `!{place}`",
            Shown(pattern)
        ),
        Problem::IgnoredModuleFile { file, pattern, files } => {
            if files.is_empty() {
                write!(f, "no go.mod in the context; ")?;
            }
            if files.is_empty() {
                return write!(
                    f,
                    "the ignore file leaves `{file}` out, by `{}`; take it in with `!{file}`",
                    Shown(pattern)
                );
            }
            write!(
                f,
                "there are several modules, {}: name a package of one with `main`; if there is a `{file}`, the ignore file \
                 leaves it out, by `{}`: take it in with `!{file}`",
                names(files),
                Shown(pattern)
            )
        }
        Problem::IgnoredWorkspace { file, line, module, version, work, pattern } => write!(
            f,
            "`{file}` line {line} requires `{module} {version}`, a version for modules in the same workspace, and the \
             ignore file leaves `{work}` out, by `{}`; take it in with `!{work}`",
            Shown(pattern)
        ),
        Problem::NeedsC { file, line, directory } => write!(
            f,
            "`{file}` line {line} imports \"C\", and without C the package `{}` has no Go file: write `build.cgo: static` \
             (or `dynamic`, for a base with a C library), or add a file for builds without it (`//go:build !cgo`)",
            as_package(directory)
        ),
        Problem::ExternalImport { file, line, import } => write!(
            f,
            "`{file}` line {line} imports `{}`, and without a go.mod only the standard library is there: run `go mod \
             init` and `go mod tidy`",
            Shown(import)
        ),
    }
}

fn write_fault(fault: &Fault, f: &mut Formatter<'_>) -> fmt::Result {
    match fault {
        Fault::NoModulePath => write!(f, "there is no `module` line; run `go mod init`"),
        Fault::Repeated { keyword } => write!(f, "a second `{keyword}` line; keep one"),
        Fault::Arguments { keyword } => write!(f, "`{keyword}` has too few or too many words"),
        Fault::BadString => write!(f, "a quoted string does not end, or has an escape that Go does not know"),
        Fault::BadModulePath(text) => {
            write!(f, "`{}` is not a module path; write one like `example.com/app`", Shown(text))
        }
        Fault::BadGoVersion(text) => {
            write!(f, "`{}` is not a Go version; write one like `1.26`", Shown(text))
        }
        Fault::BadToolchain(text) => {
            write!(f, "`{}` is not a toolchain; write one like `go1.26.3`", Shown(text))
        }
        Fault::BadReplacement(text) => write!(
            f,
            "`{}` cannot replace a module: a directory starts with `./` or `../`, and a module has a version",
            Shown(text)
        ),
    }
}

fn write_lacking(lacking: &Lacking, f: &mut Formatter<'_>) -> fmt::Result {
    match lacking {
        Lacking::Package { directory, pattern } => write!(
            f,
            "the ignore file leaves `{directory}` out, by `{}`; code that is generated has to be there, too: take it \
             in with `!{directory}`",
            Shown(pattern)
        ),
        Lacking::GoFiles { directory, pattern } => write!(
            f,
            "the ignore file leaves the Go files of `{directory}` out, by `{}`; code that is generated has to be \
             there, too: take them in with `!{}`",
            Shown(pattern),
            directory.join("*.go").unwrap_or_default()
        ),
        Lacking::Sums { pattern: Some(pattern) } => write!(
            f,
            "the ignore file leaves go.sum out, by `{}`; without it Go trusts nothing that it downloads",
            Shown(pattern)
        ),
        Lacking::Sums { pattern: None } => write!(
            f,
            "there is no go.sum, without which Go trusts nothing that it downloads: run `go mod tidy`, and commit go.sum"
        ),
    }
}

fn write_exclusion(reason: &Exclusion, f: &mut Formatter<'_>) -> fmt::Result {
    match reason {
        Exclusion::Hidden => write!(f, "its name starts with `_` or `.`"),
        Exclusion::Test => write!(f, "it is a test"),
        Exclusion::FileName => write!(f, "its name is for another platform"),
        Exclusion::Constraint { line, text } => write!(f, "line {line} says `{}`", Shown(text)),
        Exclusion::NeedsCgo { line } => write!(f, "line {line} imports \"C\", and cgo is off"),
        Exclusion::Documentation => write!(f, "it is in `package documentation`"),
    }
}

fn directive_name(directive: Directive) -> &'static str {
    match directive {
        Directive::Use => "use",
        Directive::Replace => "replace",
    }
}

/// A directory as `main:` and the go command name it.
fn as_package(directory: &ContextPath) -> String {
    if directory.is_root() { ".".to_owned() } else { format!("./{directory}") }
}

fn names(paths: &[ContextPath]) -> String {
    let listed: Vec<String> = paths.iter().take(MOST_NAMES).map(|path| format!("`{path}`")).collect();
    let rest = paths.len() - listed.len();
    if rest == 0 { listed.join(", ") } else { format!("{} and {rest} more", listed.join(", ")) }
}

fn more(count: usize, f: &mut Formatter<'_>) -> fmt::Result {
    if count > MOST_NAMES { write!(f, "\n  and {} more", count - MOST_NAMES) } else { Ok(()) }
}

fn choices(mains: &[ContextPath], f: &mut Formatter<'_>) -> fmt::Result {
    let names: Vec<String> =
        mains.iter().take(MOST_NAMES).map(|main| format!("`{}`", as_package(main))).collect();
    if names.is_empty() { Ok(()) } else { write!(f, "; main packages here: {}", names.join(", ")) }
}

fn modules_in_words(modules: &[ContextPath]) -> String {
    match modules {
        [one] if one.is_root() => "the module".to_owned(),
        [one] => format!("the module in `{one}`"),
        several => format!("the modules in {}", names(several)),
    }
}
