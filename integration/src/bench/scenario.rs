//! What happens between two builds, and to what builder the second one goes.
//!
//! Invariant: an edit's number gives its content, the same for every arm.

/// What happens before a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// Nothing is known; only the image with the toolchain is there.
    Cold,
    /// That image is fetched and unpacked.
    Builder,
    /// Nothing changed.
    NoChange,
    /// A file that no program is made of changed.
    Unused,
    /// A package that every other imports changed.
    Leaf,
    /// A package half-way up changed.
    Middle,
    /// The main package changed.
    Main,
    /// Only the commit's ID changed.
    Commit,
    /// A package is imported for the first time, of a module that is required already.
    Import,
    /// Another version of a module is required.
    Module,
    /// The main package changed; built for two platforms.
    Platforms,
}

/// What the builder knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nothing.
    Cold,
    /// All that it ever built.
    Warm,
    /// Nothing; but there is a cache in a registry, or the archive that CI restores.
    Fresh,
}

/// Import paths that no program uses, of a module that all require.
pub const IMPORTS: [&str; 5] = [
    "golang.org/x/text/currency",
    "golang.org/x/text/collate",
    "golang.org/x/text/encoding/charmap",
    "golang.org/x/text/date",
    "golang.org/x/text/unicode/runenames",
];

/// A module that all require, and nothing that they require does.
pub const MODULE: &str = "github.com/go-chi/chi/v5";
/// Its version in go.mod.
pub const VERSION: &str = "v5.3.0";
/// Others that go.sum knows.
pub const VERSIONS: [&str; 6] = ["v5.3.1", "v5.3.2", "v5.4.0", "v5.5.0", "v5.2.5", "v5.2.4"];

impl Scenario {
    /// Every scenario, in the order of the report.
    pub const ALL: [Self; 11] = [
        Self::Builder,
        Self::Cold,
        Self::NoChange,
        Self::Unused,
        Self::Main,
        Self::Middle,
        Self::Leaf,
        Self::Commit,
        Self::Import,
        Self::Module,
        Self::Platforms,
    ];

    /// The word on the command line and in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Builder => "builder-image",
            Self::Cold => "cold",
            Self::NoChange => "no-change",
            Self::Unused => "unused-file",
            Self::Leaf => "leaf",
            Self::Middle => "middle",
            Self::Main => "main",
            Self::Commit => "commit",
            Self::Import => "import",
            Self::Module => "module",
            Self::Platforms => "two-platforms",
        }
    }

    /// What it is, for the report.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Builder => "fetch and unpack the Go image",
            Self::Cold => "first build, without that",
            Self::NoChange => "no change",
            Self::Unused => "a file that is no part of the program edited",
            Self::Leaf => "one file: a package that all import",
            Self::Middle => "one file: a package half-way up",
            Self::Main => "one file: the main package",
            Self::Commit => "new commit ID only",
            Self::Import => "new import of a known module",
            Self::Module => "new version of a module",
            Self::Platforms => "one file, two platforms",
        }
    }

    /// How often it can be repeated and still be new.
    pub fn limit(self) -> usize {
        match self {
            Self::Import => IMPORTS.len(),
            Self::Module => VERSIONS.len(),
            _ => usize::MAX,
        }
    }

    /// The platforms to build for.
    pub fn platforms(self) -> &'static str {
        if self == Self::Platforms { "linux/amd64,linux/arm64" } else { "linux/amd64" }
    }

    /// Whether it is about a builder that knows something.
    pub fn is_edit(self) -> bool {
        !matches!(self, Self::Cold | Self::Builder)
    }
}

impl State {
    /// The word on the command line and in the results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Fresh => "fresh",
        }
    }
}
