//! What the frontend knows about Go: module files, platforms, sources, and which packages are programs.
//!
//! Pure functions over bytes. A function that needs the contents of more files says which ([`Step::Needs`]) and is
//! called again with them; nothing in here reads, waits or prints. The one invariant: it never knows better than Go.
//! What it cannot understand it lets pass, and what it refuses, Go would have refused later and less clearly.
//!
//! In reading order:
//!
//! - [`version`]: Go versions and how they compare
//! - [`module`]: module paths and module versions
//! - [`text`]: quoted strings, as Go writes them
//! - [`statement`]: the statements that go.mod and go.work are made of
//! - [`modfile`] and [`workfile`]: the two files
//! - [`level`]: what processors can do, in Go's words
//! - [`target`]: a container platform in Go's words
//! - [`token`]: Go source as tokens, as far as finding imports needs it
//! - [`source`]: what one Go file says about itself
//! - `assembly`: what assembly includes
//! - `generated`: what is known of a program some files of which are made later
//! - [`constraint`]: `//go:build` expressions
//! - [`mod@conditions`]: whether a file is part of a build
//! - [`step`]: the question and answer between these functions and whoever reads files
//! - [`mod@layout`]: which modules a context is made of
//! - [`mains`]: which packages are programs
//! - [`program`](mod@program): which files a program is made of
//! - [`mod@missing`]: what a program needs and the context has not
//! - [`c`]: which packages are made of C
//! - [`declaration`] and [`stamps`]: what a file declares, and whether the linker can set it
//! - [`executable`]: what the head of a program says
//! - [`mod@tested`]: which packages are tested, and what their tests are made of
//! - [`problem`]: everything that can be wrong

mod assembly;
pub mod c;
pub mod conditions;
pub mod constraint;
pub mod declaration;
pub mod executable;
mod generated;
pub mod layout;
pub mod level;
pub mod mains;
pub mod missing;
pub mod modfile;
pub mod module;
pub mod problem;
pub mod program;
pub mod source;
pub mod stamps;
pub mod statement;
pub mod step;
pub mod target;
pub mod tested;
pub mod text;
pub mod token;
pub mod version;
pub mod workfile;

#[cfg(test)]
mod testing;

pub use c::{OnlyC, first_c, only_c};
pub use conditions::{Builder, Cgo, Conditions, Exclusion};
pub use constraint::{Constraint, Truth};
pub use declaration::Declared;
pub use executable::{HEAD, interpreter, musl_loader};
pub use layout::{Layout, LayoutKind, Requirement, Scope, Start, Vendored, layout};
pub use level::{Level, SETTINGS, Setting};
pub use mains::{MainPackage, conditions, find_mains};
pub use missing::{missing, missing_module_files, missing_workspace};
pub use modfile::{Dependency, GoLine, Ignore, ModFile, Replace, Replacement, Require, Tool, ToolchainLine};
pub use module::{ModulePath, ModuleVersion};
pub use problem::{Directive, Excluded, GoFiles, Lacking, Problem};
pub use program::{
    ASSEMBLY, COMPANIONS, Doubt, LARGEST_SOURCE, Package, Parts, Program, Sources, program, static_prefix,
};
pub use source::{Embed, Head, Import, Source};
pub use stamps::{BadStamp, StampFault, Stamped, bad_stamps};
pub use statement::{Fault, Malformed};
pub use step::{Files, Step};
pub use target::{GoTarget, Port, SUPPORTED, UnsupportedTarget};
pub use tested::{Depth, Tested, tested};
pub use version::GoVersion;
pub use workfile::{Use, WorkFile};
