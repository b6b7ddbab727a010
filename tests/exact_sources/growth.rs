//! From a seed to a repository.
//!
//! Invariant: what a program is made of is computed here from the imports that were made up, not read from files.

use super::module::{Modules, Origin, Shape};
use super::package::{Kind, Package};
use super::random::Random;
use super::repository::{Age, Answer, Door, Doubt, Repository, join};
use super::setting::{ALWAYS, CONDITIONS, IGNORED};
use super::text::Import;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Where libraries are in their modules.
const LIBRARIES: [&str; 21] = [
    "",
    "api",
    "store",
    "Caps",
    "with.dot",
    "c++",
    "til~de",
    "under_score",
    "dash-ed/v2",
    "deep/er/and/er",
    "deep",
    "internal/core",
    "pkg/internal/x",
    "pkg",
    "odd.go",
    "testdata/fixture",
    "_hidden/x",
    ".dot/x",
    "cmd/internal/shared",
    "x86_amd64",
    "go",
];
/// Where programs are in theirs.
const PROGRAMS: [&str; 5] = ["", "cmd/serve", "cmd/Work.er", "cmd", "tools/gen"];

/// The repository of a seed.
pub(crate) fn grow(seed: u64) -> Repository {
    let random = &mut Random::of(seed);
    let modules = Modules::make_up(random);
    let mut packages = libraries(&modules, random);
    let built = programs(&modules, &mut packages, random);
    let mut repository = Repository::default();
    embed_a_package(&modules, &mut packages, random);
    let doubt =
        if random.chance(15) { plant(&modules, &mut packages, &mut repository, random) } else { None };
    let imports: Vec<Import> = packages.iter().map(Package::import).collect();
    for package in &mut packages {
        if modules.is_first_party(package.module) && random.chance(50) {
            let others: Vec<Import> = imports
                .iter()
                .filter(|import| import.path != package.path)
                .map(|import| Import::blank(&import.path))
                .collect();
            package.test(&others, random);
        }
    }

    let needed = closure(&modules, &packages, &built);
    if let Some((_, doubt)) = doubt.filter(|(number, _)| needed.contains(number)) {
        repository.answer = Answer::Everything(doubt);
    }
    repository.reached = needed.iter().flat_map(|number| packages[*number].reaches.iter().cloned()).collect();
    for package in &packages {
        write(package, &modules, needed.contains(&package.number), &mut repository);
    }
    let mut paths = vec![BTreeSet::new(); modules.all.len()];
    for package in &packages {
        paths[package.module].insert(package.path.clone());
    }
    modules.write(&mut repository, &paths, random);
    litter(&modules, &packages, &mut repository, random);

    repository.daemon = if random.chance(25) { Age::Old } else { Age::Current };
    repository.mains = built.iter().map(|number| packages[*number].directory.clone()).collect();
    if repository.door == Door::Yaml {
        let mut yaml = "# syntax=gobuild/frontend:1\nmain:\n".to_owned();
        for main in &repository.mains {
            let _ = writeln!(yaml, "  - ./{main}");
        }
        repository.junk("gobuild.yaml", yaml);
    }
    let junk = std::mem::take(&mut repository.junk);
    // A pattern for Go files matches a directory that is called like one, and then what is in it.
    let is_exact = |path: &String| !path.contains("odd.go/") && !repository.is_reached(path);
    repository.junk = junk.into_iter().filter(is_exact).collect();
    repository
}

fn libraries(modules: &Modules, random: &mut Random) -> Vec<Package> {
    let mut packages: Vec<Package> = Vec::new();
    let mut places: Vec<Vec<&str>> = modules.all.iter().map(|_| LIBRARIES.to_vec()).collect();
    for number in 0..4 + random.below(4) + 2 * modules.all.len() {
        let module = random.below(modules.all.len());
        let inside = random.take(&mut places[module]).expect("fewer packages than places");
        let kind = if random.chance(15) { Kind::Only(*random.pick(&CONDITIONS)) } else { Kind::Library };
        let mut package = of_module(modules, module, number, inside, kind);
        package.fill(&packages, modules, random);
        packages.push(package);
    }
    packages
}

fn of_module(modules: &Modules, module: usize, number: usize, inside: &str, kind: Kind) -> Package {
    let of = &modules.all[module];
    Package::new(number, module, join(&of.directory, inside), join(of.path, inside), kind)
}

/// Adds programs to first-party modules and says which are built.
fn programs(modules: &Modules, packages: &mut Vec<Package>, random: &mut Random) -> Vec<usize> {
    let mut built = Vec::new();
    let mut binaries = BTreeSet::new();
    for module in 0..modules.all.len() {
        if !modules.is_first_party(module) {
            continue;
        }
        let is_main = modules.all[module].origin == Origin::Main;
        let mut places = PROGRAMS.to_vec();
        for _ in 0..usize::from(is_main) + random.below(3) {
            let Some(inside) = random.take(&mut places) else { break };
            let number = packages.len();
            let mut program = of_module(modules, module, number, inside, Kind::Program);
            if packages.iter().any(|other| other.directory == program.directory) {
                continue;
            }
            program.fill(packages, modules, random);
            let binary = program.path.rsplit('/').next().unwrap_or_default().to_owned();
            if is_main && (built.is_empty() || random.chance(40)) && binaries.insert(binary) {
                built.push(number);
            }
            packages.push(program);
        }
    }
    if built.is_empty() {
        // Every place was taken.
        let number = packages.len();
        let mut program = of_module(modules, 0, number, "last/resort", Kind::Program);
        program.fill(packages, modules, random);
        packages.push(program);
        built.push(number);
    }
    built
}

/// Lets a package embed the directory of another one, tests and all.
fn embed_a_package(modules: &Modules, packages: &mut [Package], random: &mut Random) {
    if !random.chance(40) {
        return;
    }
    let first_party = |package: &Package| modules.is_first_party(package.module);
    let pairs: Vec<(usize, usize, String)> = packages
        .iter()
        .filter(|outer| first_party(outer) && !matches!(outer.kind, Kind::Only(_)))
        .flat_map(|outer| {
            let inner = packages.iter().filter(|inner| inner.module == outer.module);
            inner.filter_map(|inner| {
                let inside = match outer.directory.as_str() {
                    "" => inner.directory.as_str(),
                    directory => inner.directory.strip_prefix(directory)?.strip_prefix('/')?,
                };
                (!inside.is_empty()).then(|| (outer.number, inner.number, inside.to_owned()))
            })
        })
        .collect();
    if pairs.is_empty() {
        return;
    }
    let (outer, inner, inside) = random.pick(&pairs).clone();
    let reach = packages[inner].directory.clone();
    let name = packages[outer].name.clone();
    let text = format!("package {name}\n\nimport \"embed\"\n\n//go:embed all:{inside}\nvar inner embed.FS\n");
    let package = &mut packages[outer];
    package.files.insert(join(&package.directory, "inner.go"), text);
    package.reaches.insert(reach);
    package.embeds = true;
}

/// Plants a reason for doubt in a package, and says in which.
fn plant(
    modules: &Modules,
    packages: &mut [Package],
    repository: &mut Repository,
    random: &mut Random,
) -> Option<(usize, Doubt)> {
    let places: Vec<usize> = packages
        .iter()
        .filter(|package| modules.is_first_party(package.module) && !package.embeds)
        .filter(|package| !matches!(package.kind, Kind::Only(_)))
        .filter(|package| package.files.keys().all(|file| !file.ends_with(".s") && !file.ends_with(".c")))
        .map(|package| package.number)
        .collect();
    let number = *places.get(random.below(places.len()))?;
    let package = &mut packages[number];
    let module = &modules.all[package.module];
    let up = |directory: &str| match directory {
        "" => String::new(),
        directory => "../".repeat(directory.split('/').count()),
    };
    let doubt = *random.pick(&[Doubt::LinkedFile, Doubt::LinkedPackage, Doubt::Include, Doubt::Missing]);
    match doubt {
        Doubt::LinkedFile => {
            repository.file("originals/linked.go", format!("package {}\n", package.name));
            repository.link(
                join(&package.directory, "linked.go"),
                format!("{}originals/linked.go", up(&package.directory)),
            );
        }
        Doubt::LinkedPackage => {
            repository.file("originals/linked/linked.go", "package linked\n");
            let link = join(&module.directory, "linked");
            repository.link(link, format!("{}originals/linked", up(&module.directory)));
            package.importing(&format!("{}/linked", module.path), ALWAYS, random);
        }
        Doubt::Include => package.assembly(Some("include/defs.h"), random),
        Doubt::Missing => {
            package.importing(&format!("{}/not/generated", module.path), IGNORED, random);
            if modules.shape == Shape::Vendored {
                // It could be in the vendor directory, which is sent whole.
                return None;
            }
        }
    }
    Some((number, doubt))
}

/// What the programs are made of: whatever is imported by any file, and what others may import. Go lets them import no
/// program, and nothing internal, as none of them is in the same tree.
fn closure(modules: &Modules, packages: &[Package], built: &[usize]) -> BTreeSet<usize> {
    let may_be_imported = |package: &&Package| {
        modules.is_whole(package.module)
            && package.kind != Kind::Program
            && package.path.split('/').all(|element| element != "internal")
    };
    let whole = packages.iter().filter(may_be_imported);
    let mut waiting: Vec<usize> = built.iter().copied().chain(whole.map(|package| package.number)).collect();
    let mut found = BTreeSet::new();
    while let Some(number) = waiting.pop() {
        if found.insert(number) {
            waiting.extend(&packages[number].imports);
        }
    }
    found
}

fn write(package: &Package, modules: &Modules, needed: bool, repository: &mut Repository) {
    if modules.is_downloaded(package.module) {
        repository.downloaded.extend(package.files.clone());
        return;
    }
    let first_party = modules.is_first_party(package.module);
    for (path, text) in &package.files {
        repository.file(path, text);
        if first_party && !needed {
            repository.junk.insert(path.clone());
        }
    }
    for (path, text) in &package.beside {
        repository.file(path, text);
        if first_party {
            repository.junk.insert(path.clone());
        }
    }
    for (path, text) in &package.tests {
        repository.file(path, text);
        // Tests stay where something is embedded from: there, below, and in the directory above.
        let above = |reached: &String| match reached.rsplit_once('/') {
            Some((above, _)) => above == package.directory,
            None => package.directory.is_empty(),
        };
        if !package.embeds
            && !repository.is_reached(&package.directory)
            && !repository.reached.iter().any(above)
        {
            repository.junk.insert(path.clone());
        }
    }
    if needed {
        repository.unnamed.extend(package.unnamed.iter().cloned());
    }
}

/// What lies about in repositories.
fn litter(modules: &Modules, packages: &[Package], repository: &mut Repository, random: &mut Random) {
    for name in ["README.md", "LICENSE", "Makefile", ".github/workflows/ci.yml", "node_modules/a/index.js"] {
        repository.junk(name, "nothing to compile\n");
    }
    for package in packages.iter().filter(|package| modules.is_first_party(package.module)) {
        let in_package = |name: &str| join(&package.directory, name);
        if random.chance(30) && !package.directory.is_empty() {
            repository.junk(in_package("README.md"), "nothing to compile\n");
        }
        if random.chance(20) {
            repository.junk(in_package("testdata/case.txt"), "nothing to compile\n");
            repository.file(in_package("testdata/case/case.go"), "package testdata\n");
            if !modules.is_whole(package.module) {
                repository.junk.insert(in_package("testdata/case/case.go"));
            }
        }
        if random.chance(10) {
            repository
                .junk(in_package("nested/go.mod"), format!("module example.com/nested{}\n", package.number));
            repository.junk(in_package("nested/main.go"), "package main\n\nfunc main() {}\n");
        }
    }
    if random.chance(30) {
        repository.link("docs/readme", "../README.md");
    }
}
