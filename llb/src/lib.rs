//! A content-addressed builder of `BuildKit`'s low-level build graph.
//!
//! Three kinds of values: descriptions ([`Image`], [`Exec`], [`File`], ...), which are built into [`Output`]s, of which
//! one becomes a [`Definition`]. An output is encoded when it is built and knows what it comes from, so a definition
//! needs nothing else. The bytes are those of `BuildKit`'s own Go client; a daemon names a vertex by them.
//!
//! ```
//! use buildkit_llb::{Definition, Exec, Image, Local, Metadata, Mount, Network, Platform};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let platform = Platform::parse("linux/amd64")?;
//! let compiler = Image::new("registry.example/gcc:15").platform(&platform).build();
//! let sources = Local::new("context").include_patterns(["*.c"]).metadata(Metadata::named("load sources")).build();
//! let compile = Exec::new(["gcc", "-static", "-o", "/out/hello", "/src/hello.c"])
//!     .platform(&platform)
//!     .network(Network::None)
//!     .mount(Mount::root(compiler))
//!     .mount(Mount::read_only(sources, "/src"))
//!     .mount(Mount::scratch("/out"))
//!     .build();
//! let program = compile.output("/out").ok_or("no output")?;
//! let definition = Definition::of(&program);
//! assert!(definition.to_string().ends_with("mount /src ro from local1:0\n\nresult: exec1:0\n"));
//! # Ok(())
//! # }
//! ```
//!
//! In scope is what a frontend needs to describe a build; the README lists what is left out. Out of scope is what needs
//! a daemon or a registry: resolving tags, reading files, solving.

mod caps;
mod definition;
mod digest;
mod exec;
mod file;
mod location;
mod merge;
mod metadata;
mod mount;
mod path;
mod platform;
mod source;
mod splice;
mod text;
mod vertex;
mod view;

pub use self::definition::Definition;
pub use self::digest::Digest;
pub use self::exec::{Exec, ExecVertex, Network, ProxyEnv, SecretEnv};
pub use self::file::{Copied, Copy, File, Mkdir, Mkfile, Rm, Symlink};
pub use self::location::{LineRange, Location, Position, SourceFile};
pub use self::merge::Merge;
pub use self::metadata::{ExportCache, Metadata, ProgressGroup};
pub use self::mount::{ContentCache, Mount, Sharing};
pub use self::platform::{ParsePlatformError, Platform};
pub use self::source::{Differ, Git, Http, Image, Local, OciLayout, ResolveMode};
pub use self::splice::SpliceError;
pub use self::vertex::Output;
pub use self::view::{View, Work};
