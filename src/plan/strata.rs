//! Strata: the program's own packages compiled in a few steps, each a layer on top of the one before.
//!
//! Where an own cache starts from layers, an edit then compiles what lies in its stratum and above, and what is below
//! comes from the cache. Invariant: a stratum holds what its packages import, or a stratum below does, so that its step
//! is keyed on the files of these packages alone.

use super::compile::Operands;
use super::dependencies::{compiled, result};
use super::go_step::{Root, SOURCES, mount_modules};
use super::names::{Step, cross};
use super::{Inputs, file_place};
use crate::context::ContextPath;
use crate::golang::{Package, Program};
use buildkit_llb::{Mount, Output};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// What two cores compile in about twenty seconds, in bytes of Go files: below, a stratum costs more than it saves.
const LEAST: u64 = 2 << 20;
/// More would cost more in steps and layers than they save.
const MOST: u64 = 8;
/// Compiles at once: what the smallest builders have.
const WORKERS: usize = 2;
/// What a package costs beside its bytes, in bytes.
const EACH: u64 = 16 << 10;

/// The GOCACHE of the last stratum, or `dependencies` where the program is too small to be cut.
pub(super) fn strata(
    inputs: &Inputs<'_>,
    root: &Root,
    modules: Option<&Output>,
    dependencies: Output,
) -> Output {
    let Program::Exact(parts) = inputs.program else { return dependencies };
    if !inputs.settings.copies_parts {
        return dependencies;
    }
    let mains: BTreeSet<&ContextPath> = inputs.mains.iter().map(|main| &main.directory).collect();
    let cuts = cut(&parts.packages, &mains);
    let mut below = BTreeSet::new();
    let mut top = dependencies;
    for (number, stratum) in cuts.iter().enumerate() {
        below.extend(stratum.iter().cloned());
        let sources = inputs.context.stratum(inputs, parts, &below, number + 1);
        let packages = stratum.iter().filter_map(|package| inputs.layout.import_path(package)).collect();
        let name = format!("go build {} packages, stratum {} of {}", stratum.len(), number + 1, cuts.len());
        let exec = mount_modules(compiled(inputs, root, Operands::Own, packages, Some(top)), inputs, modules)
            .mount(Mount::read_only(sources, SOURCES))
            .metadata(Step::Build.metadata(
                &cross(inputs.naming, &inputs.builder.platform, inputs.platform),
                &name,
                file_place(inputs.spec),
                inputs.settings,
            ));
        top = result(exec);
    }
    top
}

/// The packages cut into strata that take about as long each; none if all of it is quick.
///
/// The cuts are through a timetable of [`WORKERS`] compilers: bytes alone say little about the top of a program, where
/// few packages wait for each other.
fn cut(
    packages: &BTreeMap<ContextPath, Package>,
    mains: &BTreeSet<&ContextPath>,
) -> Vec<BTreeSet<ContextPath>> {
    let bytes: u64 = packages.values().map(|package| package.bytes).sum();
    let count = (bytes / LEAST).min(MOST);
    if count == 0 {
        return Vec::new();
    }
    let finished = timetable(packages, mains);
    let end = finished.values().max().copied().unwrap_or(0);
    let mut strata = vec![BTreeSet::new(); usize::try_from(count).unwrap_or(1)];
    for (package, finish) in finished {
        let number = ((finish * count).div_ceil(end.max(1))).saturating_sub(1);
        strata[usize::try_from(number).unwrap_or(0)].insert(package.clone());
    }
    strata.retain(|stratum| !stratum.is_empty());
    strata
}

/// When each package but the programs would be compiled, in bytes. Packages that import each other, as whatever build
/// constraints they may, are not in it, nor is what imports them.
fn timetable<'a>(
    packages: &'a BTreeMap<ContextPath, Package>,
    mains: &BTreeSet<&ContextPath>,
) -> BTreeMap<&'a ContextPath, u64> {
    let mut waiting: BTreeMap<&ContextPath, usize> = BTreeMap::new();
    let mut importers: BTreeMap<&ContextPath, Vec<&ContextPath>> = BTreeMap::new();
    for (directory, package) in packages.iter().filter(|(directory, _)| !mains.contains(directory)) {
        waiting.insert(directory, package.imports.len());
        for import in &package.imports {
            importers.entry(import).or_default().push(directory);
        }
    }
    let mut ready: BTreeSet<&ContextPath> =
        waiting.iter().filter(|(_, imports)| **imports == 0).map(|(directory, _)| *directory).collect();
    let mut working: BinaryHeap<Reverse<(u64, &ContextPath)>> = BinaryHeap::new();
    let (mut now, mut finished) = (0, BTreeMap::new());
    loop {
        while working.len() < WORKERS
            && let Some(next) = ready.pop_first()
        {
            working.push(Reverse((now + cost(&packages[next]), next)));
        }
        let Some(Reverse((finish, done))) = working.pop() else { return finished };
        now = finish;
        finished.insert(done, finish);
        for importer in importers.get(done).into_iter().flatten() {
            let left = waiting.entry(importer).or_default();
            *left -= 1;
            if *left == 0 {
                ready.insert(importer);
            }
        }
    }
}

/// What a package costs, so rounded that an edit of a few lines moves no cut: what lies beside one would be compiled again.
fn cost(package: &Package) -> u64 {
    (package.bytes / EACH + 1) * EACH
}

#[cfg(test)]
mod tests {
    use super::{LEAST, cut};
    use crate::context::ContextPath;
    use crate::golang::Package;
    use std::collections::{BTreeMap, BTreeSet};

    fn place(text: &str) -> ContextPath {
        ContextPath::parse(text).unwrap()
    }

    /// Packages of one size, with what they import.
    fn packages(bytes: u64, written: &[(&str, &[&str])]) -> BTreeMap<ContextPath, Package> {
        let package = |imports: &[&str]| Package {
            imports: imports.iter().map(|import| place(import)).collect(),
            bytes,
            ..Package::default()
        };
        written.iter().map(|(directory, imports)| (place(directory), package(imports))).collect()
    }

    fn strata(packages: &BTreeMap<ContextPath, Package>) -> Vec<Vec<String>> {
        let main = place("main");
        let strata = cut(packages, &BTreeSet::from([&main]));
        strata.iter().map(|stratum| stratum.iter().map(ToString::to_string).collect()).collect()
    }

    #[test]
    fn a_small_program_is_not_cut() {
        let packages = packages(LEAST / 4, &[("main", &["a", "b"]), ("a", &["b"]), ("b", &[])]);
        assert!(strata(&packages).is_empty());
    }

    #[test]
    fn what_is_imported_is_below() {
        let packages = packages(
            LEAST / 2,
            &[("main", &["e"]), ("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["c"]), ("e", &["d"])],
        );
        assert_eq!(strata(&packages), [vec!["a"], vec!["b", "c"], vec!["d", "e"]]);
    }

    #[test]
    fn an_edit_moves_no_cut() {
        let mut packages = packages(
            LEAST / 2 + 100,
            &[("main", &["e"]), ("a", &[]), ("b", &["a"]), ("c", &["b"]), ("d", &["c"]), ("e", &["d"])],
        );
        let before = strata(&packages);
        for (directory, more) in [("main", 300_000), ("c", 500)] {
            packages.get_mut(&place(directory)).unwrap().bytes += more;
            assert_eq!(strata(&packages), before, "{directory}");
        }
    }

    #[test]
    fn a_chain_takes_longer_than_its_bytes() {
        // Four packages side by side take as long as two in a row.
        let packages = packages(
            LEAST / 3 + 1,
            &[
                ("a", &[]),
                ("b", &[]),
                ("c", &[]),
                ("d", &[]),
                ("e", &["a", "b", "c", "d"]),
                ("f", &["e"]),
                ("main", &["f"]),
            ],
        );
        assert_eq!(strata(&packages), [vec!["a", "b", "c", "d"], vec!["e", "f"]]);
    }

    #[test]
    fn packages_that_import_each_other_are_left_to_the_compile_step() {
        let packages = packages(LEAST, &[("main", &["a"]), ("a", &["b"]), ("b", &["a", "c"]), ("c", &[])]);
        assert_eq!(strata(&packages), [["c"]]);
    }
}
