//! The repositories that are built, as data.
//!
//! What third-party code they use is in `benches/repositories`, with go.mod and go.sum, so that runs compare; the rest of
//! their own code is generated. Invariant: a repository's files follow from this page and those folders alone.

use super::generator::Shape;
use super::scenario::Scenario;

/// A repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Repository {
    /// One package, four modules.
    Small,
    /// A service with what services usually have: a database, metrics, RPC.
    Medium,
    /// A client of a cluster and of a cloud.
    Large,
    /// Nearly everything is the repository's own code.
    OwnCode,
    /// Five programs of one module in one image.
    FiveBinaries,
    /// Fifty services in one module.
    Monorepo,
}

/// A program of a repository.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name: that of the image, and of the binary that starts.
    pub name: String,
    /// Its packages, as `go build` takes them: each is a binary.
    pub packages: Vec<String>,
    /// Folder of its build file, in the tree.
    pub folder: String,
}

impl Program {
    /// What `go build -o` leaves in a folder: the binary, or all of the folder if there are several.
    pub fn output(&self) -> &str {
        if self.packages.len() == 1 { &self.name } else { "" }
    }
}

/// A file whose constant an edit changes.
#[derive(Clone, Copy, Debug)]
pub struct Spots {
    /// In a package that every other imports.
    pub leaf: Option<&'static str>,
    /// In a package half-way up.
    pub middle: Option<&'static str>,
    /// In the main package.
    pub main: &'static str,
}

/// Services of the monorepo.
const SERVICES: usize = 50;
/// Those that share an image.
const BINARIES: usize = 5;

impl Repository {
    /// Every repository, in the order of the report.
    pub const ALL: [Self; 6] =
        [Self::Small, Self::Medium, Self::Large, Self::OwnCode, Self::FiveBinaries, Self::Monorepo];

    /// The word on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::OwnCode => "own-code",
            Self::FiveBinaries => "five-binaries",
            Self::Monorepo => "monorepo",
        }
    }

    /// The folder with what is not generated.
    pub fn template(self) -> &'static str {
        if self == Self::FiveBinaries { Self::Monorepo.name() } else { self.name() }
    }

    /// What it is, for the report.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Small => "one package, a router and three more modules (9 third-party packages)",
            Self::Medium => {
                "two programs, one of them built; 20 own packages, 70 modules (316 third-party packages): web, RPC, database, metrics"
            }
            Self::Large => {
                "one program; 42 own packages, the clients of Kubernetes and AWS (739 third-party packages)"
            }
            Self::OwnCode => {
                "one program; 251 own packages of 40 functions in twelve layers, 8 third-party packages"
            }
            Self::FiveBinaries => "five programs of one module in one image; four shared packages",
            Self::Monorepo => {
                "fifty services in one module, an image each, all by one `docker buildx bake` on a builder with `max-parallelism = 4`, or one `ko build`; four shared packages"
            }
        }
    }

    /// The own packages that are generated, if any.
    pub fn shape(self) -> Option<Shape> {
        let shape = |packages, layers| Some(Shape { packages, layers, functions: 40 });
        match self {
            Self::Small => None,
            Self::Medium => shape(16, 4),
            Self::Large => shape(38, 5),
            Self::OwnCode => shape(248, 12),
            Self::FiveBinaries | Self::Monorepo => shape(3, 1),
        }
    }

    /// The programs that are built, each into an image.
    pub fn programs(self) -> Vec<Program> {
        let root = |name: &str, package: &str| {
            vec![Program { name: name.to_owned(), packages: vec![package.to_owned()], folder: String::new() }]
        };
        match self {
            Self::Small => root("server", "."),
            Self::Medium | Self::Large | Self::OwnCode => root("server", "./cmd/server"),
            Self::FiveBinaries => vec![Program {
                name: "service01".to_owned(),
                packages: self.services().map(|name| format!("./services/{name}")).collect(),
                folder: String::new(),
            }],
            Self::Monorepo => self
                .services()
                .map(|name| {
                    let folder = format!("services/{name}");
                    Program { packages: vec![format!("./{folder}")], folder, name }
                })
                .collect(),
        }
    }

    /// The names of its services, whose main packages are generated.
    pub fn services(self) -> impl Iterator<Item = String> {
        let count = match self {
            Self::FiveBinaries => BINARIES,
            Self::Monorepo => SERVICES,
            Self::Small | Self::Medium | Self::Large | Self::OwnCode => 0,
        };
        (1..=count).map(|number| format!("service{number:02}"))
    }

    /// Where edits go.
    pub fn spots(self) -> Spots {
        let own = |middle| Spots {
            leaf: Some("internal/base/base.go"),
            middle: Some(middle),
            main: "cmd/server/main.go",
        };
        match self {
            Self::Small => Spots { leaf: None, middle: None, main: "main.go" },
            Self::Medium => own("internal/p006/p006.go"),
            Self::Large => own("internal/p018/p018.go"),
            Self::OwnCode => own("internal/p110/p110.go"),
            Self::FiveBinaries => Spots {
                leaf: Some("internal/base/base.go"),
                middle: None,
                main: "services/service03/main.go",
            },
            Self::Monorepo => Spots {
                leaf: Some("internal/base/base.go"),
                middle: None,
                main: "services/service17/main.go",
            },
        }
    }

    /// Whether a scenario says anything here.
    pub fn has(self, scenario: Scenario) -> bool {
        match (self, scenario) {
            (_, Scenario::Leaf) => self.spots().leaf.is_some(),
            (_, Scenario::Middle) => self.spots().middle.is_some(),
            // Fifty builds take a while: what they add is what happens to the other forty-nine.
            (
                Self::Monorepo,
                Scenario::Commit | Scenario::Import | Scenario::Module | Scenario::Platforms,
            ) => false,
            _ => true,
        }
    }

    /// Whether even one cold build takes minutes.
    pub fn is_slow(self) -> bool {
        matches!(self, Self::Large | Self::OwnCode | Self::Monorepo)
    }
}
