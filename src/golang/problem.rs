//! Everything that can be wrong with the Go part of a context, as data.
//!
//! Each variant carries what a message needs and no text: the words, the help and the place in the user's own file
//! are added elsewhere. Lists are sorted and complete; whoever prints them may shorten them.

use super::conditions::Exclusion;
use super::module::{ModulePath, ModuleVersion};
use super::statement::Fault;
use crate::context::{ContextPath, PathProblem};

/// What keeps a context from being built.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// A line of a go.mod or go.work that everything depends on does not say what it must.
    Malformed {
        /// The go.mod or go.work.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// What is wrong with the line.
        fault: Fault,
    },
    /// There is neither a go.work nor a go.mod where one is looked for (two directories deep).
    NoModule {
        /// What the root of the context holds instead.
        found: GoFiles,
    },
    /// There is no go.work, and more than one go.mod to choose from.
    SeveralModules {
        /// The go.mod files.
        files: Vec<ContextPath>,
    },
    /// The file that the build was pointed at is not in the context (another context, or an ignore file).
    MissingDoor {
        /// The go.mod or Go file.
        file: ContextPath,
    },
    /// Several files of the context hold what the build file holds, and clients send it without its directory.
    SeveralDoors {
        /// The files.
        files: Vec<ContextPath>,
    },
    /// A go.mod or go.work is a symbolic link, which is not followed.
    LinkedModuleFile {
        /// The go.mod or go.work.
        file: ContextPath,
    },
    /// A `use` or a local `replace` leads to a place that is not in the context.
    OutsideContext {
        /// The go.mod or go.work.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// Which kind of line it is.
        directive: Directive,
        /// The path as it is written there.
        path: String,
        /// Why it is not a place in the context.
        reason: PathProblem,
    },
    /// A `use`d directory has no go.mod.
    MissingMember {
        /// The go.work.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// The directory without a go.mod.
        directory: ContextPath,
    },
    /// A required module is replaced by a directory that has no go.mod.
    MissingReplacement {
        /// The go.mod or go.work.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// The module that is replaced.
        module: ModulePath,
        /// The directory without a go.mod.
        directory: ContextPath,
    },
    /// A go.work that `use`s nothing.
    EmptyWorkspace {
        /// The go.work.
        file: ContextPath,
    },
    /// Two members of a workspace have the same module path.
    DuplicateModule {
        /// The path that both have.
        module: ModulePath,
        /// The two go.mod files.
        files: [ContextPath; 2],
    },
    /// Nothing is named, and there is no main package.
    NoMain {
        /// The main modules that were searched.
        modules: Vec<ContextPath>,
        /// Directories whose main package is excluded by build constraints.
        excluded: Vec<ContextPath>,
    },
    /// Nothing is named, there are several main packages, and none of them is the obvious one.
    SeveralMains {
        /// Their directories.
        mains: Vec<ContextPath>,
    },
    /// A named package is not in the context.
    MissingDirectory {
        /// As the user wrote it.
        written: String,
        /// Where that is.
        directory: ContextPath,
        /// Existing main packages, those most like it first.
        mains: Vec<ContextPath>,
    },
    /// A named package has no Go files (tests do not count).
    NoGoFiles {
        /// As the user wrote it.
        written: String,
        /// Where that is.
        directory: ContextPath,
        /// Existing main packages, those most like it first.
        mains: Vec<ContextPath>,
    },
    /// A named package, or the file that the build was pointed at, is a library.
    NotMain {
        /// As the user wrote it.
        written: String,
        /// The name in its package clause.
        package: String,
        /// The file with that clause, directly in the directory of the package.
        file: ContextPath,
        /// The line of that clause, 1-based.
        line: usize,
        /// Existing main packages, those most like it first.
        mains: Vec<ContextPath>,
    },
    /// Every Go file of a named package is excluded by build constraints.
    AllExcluded {
        /// As the user wrote it.
        written: String,
        /// Where that is.
        directory: ContextPath,
        /// The files, each with what excludes it.
        files: Vec<Excluded>,
    },
    /// A named package is in no main module of this layout.
    OutsideModules {
        /// As the user wrote it.
        written: String,
        /// Where that is.
        directory: ContextPath,
        /// The go.mod that it does belong to.
        owner: Option<ContextPath>,
        /// The directories of the main modules.
        modules: Vec<ContextPath>,
    },
    /// A Go file is named where a package, which is a directory, is wanted.
    GoFileAsPackage {
        /// As the user wrote it.
        written: String,
        /// The file.
        file: ContextPath,
        /// The directory to name instead.
        directory: ContextPath,
    },
    /// Two of the named packages would give programs of the same name, and the second would overwrite the first.
    SameBinary {
        /// The name that both have.
        binary: String,
        /// The two packages.
        directories: [ContextPath; 2],
    },
    /// An import of something that the context has not.
    Missing {
        /// The importing file.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// The import path.
        import: String,
        /// What is missing.
        lacking: Lacking,
    },
    /// Something is embedded that the ignore file leaves out.
    IgnoredEmbed {
        /// The embedding file.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// What is embedded, or where it would be.
        place: ContextPath,
        /// The pattern that leaves it out.
        pattern: String,
    },
    /// A go.mod or go.work at the root is left out by the ignore file, and without it there is nothing to build, or too
    /// much to choose from.
    IgnoredModuleFile {
        /// The file.
        file: ContextPath,
        /// The pattern that leaves it out.
        pattern: String,
        /// The go.mod files that there are.
        files: Vec<ContextPath>,
    },
    /// A module is required in a version that only a workspace can provide, and the ignore file leaves go.work out.
    IgnoredWorkspace {
        /// The go.mod.
        file: ContextPath,
        /// The line of the requirement, 1-based.
        line: usize,
        /// The required module.
        module: ModulePath,
        /// Its version.
        version: ModuleVersion,
        /// The go.work.
        work: ContextPath,
        /// The pattern that leaves it out.
        pattern: String,
    },
    /// A package of the program is made of C alone, and no C is compiled.
    NeedsC {
        /// A file that imports "C".
        file: ContextPath,
        /// The line of that import, 1-based.
        line: usize,
        /// The directory of the package.
        directory: ContextPath,
    },
    /// Without a go.mod only the standard library can be imported.
    ExternalImport {
        /// The importing file.
        file: ContextPath,
        /// 1-based.
        line: usize,
        /// The import path.
        import: String,
    },
}

/// What an import needs and the context has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// The directory of the package: the ignore file leaves it out.
    Package {
        /// The directory.
        directory: ContextPath,
        /// The pattern that leaves it out.
        pattern: String,
    },
    /// The Go files of the package: the ignore file leaves them out.
    GoFiles {
        /// The directory.
        directory: ContextPath,
        /// The pattern that leaves them out.
        pattern: String,
    },
    /// The hashes of what is downloaded.
    Sums {
        /// The pattern that leaves go.sum out.
        pattern: Option<String>,
    },
}

/// A kind of line that names a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Directive {
    /// `use` of a go.work.
    Use,
    /// `replace` of a go.mod or go.work.
    Replace,
}

/// The Go files at the root of a context without a module; a lone one can be built by naming it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GoFiles {
    /// None.
    None,
    /// Exactly one, tests not counted.
    One(ContextPath),
    /// More than one.
    Several(Vec<ContextPath>),
}

/// A Go file that is not part of the build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// The file.
    pub file: ContextPath,
    /// What excludes it.
    pub reason: Exclusion,
}
