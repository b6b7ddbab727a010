//! The modules of a repository: how many there are, where, and what their go.mod, go.work and modules.txt say.
//!
//! Invariant: what they say is consistent and complete, so the go command has nothing to add and nothing to fetch.

use super::random::Random;
use super::repository::{Door, Repository, join};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What kind of tree the repository is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shape {
    /// One module.
    Module,
    /// A module that has others beside it by `replace`.
    Replaced,
    /// The same, with the module not at the root.
    Below,
    /// A go.work.
    Workspace,
    /// A module with a vendor directory.
    Vendored,
    /// A module that needs one that was downloaded, and others by `replace`.
    Downloaded,
    /// A go.work whose members need a module that was downloaded.
    WorkspaceDownloaded,
}

/// A module.
pub(crate) struct Module {
    /// Where it is; of a downloaded one, in the module cache.
    pub(crate) directory: String,
    /// Its path.
    pub(crate) path: &'static str,
    /// Where Go finds it.
    pub(crate) origin: Origin,
}

/// Where Go finds a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is what is built, or a member of the workspace.
    Main,
    /// By a `replace` with a directory.
    Replaced,
    /// In the vendor directory.
    Vendored,
    /// In the vendor directory, although there is a `replace` with a directory.
    VendoredCopy,
    /// In the module cache.
    Downloaded,
}

const SHAPES: [Shape; 7] = [
    Shape::Module,
    Shape::Replaced,
    Shape::Below,
    Shape::Workspace,
    Shape::Vendored,
    Shape::Downloaded,
    Shape::WorkspaceDownloaded,
];

/// The modules of a repository.
pub(crate) struct Modules {
    pub(crate) shape: Shape,
    pub(crate) all: Vec<Module>,
    go: &'static str,
}

impl Modules {
    /// Some modules.
    pub(crate) fn make_up(random: &mut Random) -> Modules {
        let shape = *random.pick(&SHAPES);
        let module = |directory: &str, path, origin| Module { directory: directory.to_owned(), path, origin };
        let main = |directory| module(directory, "example.com/acme/app", Origin::Main);
        let mut replaced = vec![
            module("libs/one", "example.com/acme/app/one", Origin::Replaced),
            module("third.party/Two", "example.org/Two", Origin::Replaced),
        ];
        let dropped = random.below(3);
        if dropped < replaced.len() {
            replaced.remove(dropped);
        }
        let dependency = |path| module(&format!("{path}@v1.0.0"), path, Origin::Downloaded);
        let mut all = match shape {
            Shape::Module | Shape::Replaced | Shape::Downloaded => vec![main("")],
            Shape::Below => vec![main("svc/api")],
            Shape::Workspace | Shape::WorkspaceDownloaded => {
                let mut members = vec![
                    module("one", "example.com/acme/one", Origin::Main),
                    module("deep/two", "example.com/acme/app/two", Origin::Main),
                ];
                if random.chance(50) {
                    members.push(main(""));
                }
                members
            }
            Shape::Vendored => {
                let mut all =
                    vec![main(""), module("vendor/example.net/dep", "example.net/dep", Origin::Vendored)];
                if random.chance(50) {
                    all.push(module("vendor/example.org/copied", "example.org/copied", Origin::VendoredCopy));
                }
                all
            }
        };
        match shape {
            Shape::Replaced | Shape::Below | Shape::Downloaded => all.extend(replaced),
            Shape::Workspace | Shape::WorkspaceDownloaded if random.chance(40) => {
                all.push(module("libs/three", "example.org/three", Origin::Replaced));
            }
            _ => {}
        }
        match shape {
            Shape::WorkspaceDownloaded => all.push(dependency("example.com/acme/dep")),
            Shape::Downloaded => {
                all.push(dependency(*random.pick(&["example.com/acme/dep", "example.net/dep"])));
            }
            _ => {}
        }
        Modules { shape, all, go: random.pick::<&str>(&["1.20", "1.21"]) }
    }

    /// Whether Go runs in workspace mode.
    pub(crate) fn is_workspace(&self) -> bool {
        matches!(self.shape, Shape::Workspace | Shape::WorkspaceDownloaded)
    }

    fn of(&self, origin: Origin) -> impl Iterator<Item = &Module> {
        self.all.iter().filter(move |module| module.origin == origin)
    }

    /// Whether a package of one module may import packages of another.
    pub(crate) fn sees(&self, importer: usize, target: usize) -> bool {
        use Origin::{Downloaded, Main, Replaced, Vendored, VendoredCopy};
        if importer == target {
            return true;
        }
        match (self.all[importer].origin, self.all[target].origin) {
            (Main, Main | Replaced | Vendored | VendoredCopy | Downloaded)
            | (Replaced, Main | Replaced)
            | (VendoredCopy, Vendored)
            | (Downloaded, Replaced) => true,
            (Downloaded, Main) => self.is_workspace(),
            _ => false,
        }
    }

    /// Whether every package of a module counts, since one that is not looked into may import it.
    pub(crate) fn is_whole(&self, module: usize) -> bool {
        self.of(Origin::Downloaded).next().is_some()
            && match self.all[module].origin {
                Origin::Replaced => true,
                Origin::Main => self.is_workspace(),
                _ => false,
            }
    }

    /// Whether it is in the module cache.
    pub(crate) fn is_downloaded(&self, module: usize) -> bool {
        self.all[module].origin == Origin::Downloaded
    }

    /// Whether files of this module are part of the repository and listed one by one.
    pub(crate) fn is_first_party(&self, module: usize) -> bool {
        matches!(self.all[module].origin, Origin::Main | Origin::Replaced)
    }

    /// The files that are about modules. `packages` are the import paths of each module.
    pub(crate) fn write(
        &self,
        repository: &mut Repository,
        packages: &[BTreeSet<String>],
        random: &mut Random,
    ) {
        for module in &self.all {
            match module.origin {
                Origin::Main | Origin::Replaced => {
                    repository.file(join(&module.directory, "go.mod"), self.go_mod(module));
                }
                Origin::Vendored => {}
                Origin::VendoredCopy => {
                    // Nothing of it is needed: Go takes the copies.
                    repository
                        .junk("libs/copied/go.mod", format!("module {}\n\ngo {}\n", module.path, self.go));
                    repository.junk("libs/copied/stale.go", "package copied\n");
                }
                Origin::Downloaded => self.cache(module, repository),
            }
        }
        if self.is_workspace() {
            repository.file("go.work", self.go_work());
        }
        if self.shape == Shape::Vendored {
            repository.file("vendor/modules.txt", self.modules_txt(packages));
        }
        match self.shape {
            Shape::Below => {
                repository.door = Door::GoMod(self.all[0].directory.clone());
                if random.chance(40) {
                    // It uses another module, so it does not count.
                    let other = &self.all[1].directory;
                    repository.junk("go.work", format!("go {}\n\nuse ./{other}\n", self.go));
                }
            }
            Shape::Module | Shape::Replaced if random.chance(30) => {
                repository.door = Door::GoMod(String::new());
            }
            _ => {}
        }
    }

    /// What a module requires: every module that its packages may import, needed or not.
    fn go_mod(&self, module: &Module) -> String {
        let mut text = format!("module {}\n\ngo {}\n\nrequire (\n", module.path, self.go);
        for other in &self.all {
            let wanted = match other.origin {
                Origin::Main => module.origin != Origin::Main,
                Origin::Replaced | Origin::VendoredCopy => true,
                Origin::Vendored | Origin::Downloaded => module.origin == Origin::Main,
            };
            if wanted && other.path != module.path {
                let _ = writeln!(text, "\t{} {} // indirect", other.path, version(other));
            }
        }
        text.push_str(")\n");
        if module.origin == Origin::Main && !self.is_workspace() {
            for (path, directory) in self.replacements(&module.directory) {
                let _ = writeln!(text, "\nreplace {path} => {directory}");
            }
        }
        text
    }

    /// What is replaced by which directory, as seen from this one.
    fn replacements(&self, from: &str) -> Vec<(&'static str, String)> {
        let up = match from {
            "" => "./".to_owned(),
            from => "../".repeat(from.split('/').count()),
        };
        let replaced =
            self.of(Origin::Replaced).map(|other| (other.path, format!("{up}{}", other.directory)));
        let copied = self.of(Origin::VendoredCopy).map(|other| (other.path, format!("{up}libs/copied")));
        replaced.chain(copied).collect()
    }

    fn go_work(&self) -> String {
        let mut text = format!("go {}\n\nuse (\n", self.go);
        for member in self.of(Origin::Main) {
            let _ = writeln!(text, "\t./{}", member.directory);
        }
        text.push_str(")\n");
        for (path, directory) in self.replacements("") {
            let _ = writeln!(text, "\nreplace {path} => {directory}");
        }
        text
    }

    fn modules_txt(&self, packages: &[BTreeSet<String>]) -> String {
        let mut text = String::new();
        for (module, packages) in self.all.iter().zip(packages) {
            let replaced = match module.origin {
                Origin::Vendored => "",
                Origin::VendoredCopy => " => ./libs/copied",
                _ => continue,
            };
            let _ = writeln!(text, "# {} {}{replaced}", module.path, version(module));
            let _ = writeln!(text, "## explicit; go {}", self.go);
            for package in packages {
                let _ = writeln!(text, "{package}");
            }
        }
        for module in self.of(Origin::VendoredCopy) {
            let _ = writeln!(text, "# {} => ./libs/copied", module.path);
        }
        text
    }

    /// A module as `go mod download` leaves it, and the lines of go.sum that let Go use it.
    fn cache(&self, module: &Module, repository: &mut Repository) {
        let mut go_mod = format!("module {}\n\ngo {}\n\nrequire (\n", module.path, self.go);
        for other in &self.all {
            let wanted = match other.origin {
                Origin::Replaced => true,
                Origin::Main => self.is_workspace(),
                _ => false,
            };
            if wanted {
                let _ = writeln!(go_mod, "\t{} v0.0.0", other.path);
            }
        }
        go_mod.push_str(")\n");
        let of_go_mod = format!("{}  go.mod\n", hexadecimal(&Sha256::digest(&go_mod)));
        let of_go_mod = format!("h1:{}", STANDARD.encode(Sha256::digest(of_go_mod)));
        // Go compares the two places that say it, and does not compute it.
        let of_files = format!("h1:{}", STANDARD.encode(Sha256::digest(module.path)));
        let known = format!("cache/download/{}/@v/v1.0.0", module.path);
        let info = "{\"Version\":\"v1.0.0\"}".to_owned();
        for (name, text) in [("info", info), ("mod", go_mod.clone()), ("ziphash", of_files.clone())] {
            repository.downloaded.insert(format!("{known}.{name}"), text);
        }
        repository.downloaded.insert(format!("{}/go.mod", module.directory), go_mod);
        let sum = format!("{0} v1.0.0 {of_files}\n{0} v1.0.0/go.mod {of_go_mod}\n", module.path);
        if self.is_workspace() {
            repository.file("go.work.sum", sum);
        } else {
            repository.file("go.sum", sum);
        }
    }
}

fn version(module: &Module) -> &'static str {
    match module.origin {
        Origin::Vendored | Origin::Downloaded => "v1.0.0",
        Origin::Main | Origin::Replaced | Origin::VendoredCopy => "v0.0.0",
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}
