//! The licences of everything that is linked, as a layer of the image, or as an index for an organisation's rule.
//!
//! Invariant: which modules those are is read from the programs themselves, where the linker wrote it, so that a module
//! that is required, or imported for another platform only, is not among them.

use super::context_source::Part;
use super::go_step::{Root, SOURCES, go_step, mount_modules};
use super::names::{Step, cross};
use super::script::{OUTPUT_VARIABLE, Script};
use super::sources::{below, literal};
use super::{Inputs, file_place};
use crate::context::ContextPath;
use crate::golang::{LayoutKind, Vendored};
use buildkit_llb::{Copy, File, Mount, Network, Output};
use std::collections::{BTreeMap, BTreeSet};

/// Where the programs are.
const BINARIES: &str = "/binaries";
/// Where the files are put together.
const RESULT: &str = "/out";
/// Where the index of them is.
const INDEX: &str = "/index";
/// What the hint of the context's own licences is.
pub(super) const HINT: &str = "gobuild-licenses";
/// Where they are in the image, for `docker history` and progress.
pub(super) const COPY: &str = "COPY licenses /licenses/";

/// What licence files are called, as clients match names. Those know no case-insensitive patterns.
const NAMES: [&str; 8] =
    ["*license*", "*licence*", "copying*", "copyright*", "copyleft*", "notice*", "patents*", "legal*"];
/// The same, closer, for `grep -Ei`: the names that licence scanners take and `go mod vendor` keeps, and the directory
/// that the REUSE specification has.
const PATTERNS: [&str; 3] = [
    "(^|/)([a-z0-9.]+[-_])?(un)?licen[sc]es?([-_. ][^/]*)?$",
    "(^|/)(copying|copyright|copyleft|notices?|patents|legal)([-_. ][^/]*)?$",
    "(^|/)licenses/[^/]+$",
];
/// What such names are given to in passing.
const CODE: [&str; 2] = [
    "\\.(go|s|c|cc|cpp|h|hpp|py|js|ts|css|sh|rb|rs|java|pl|json|ya?ml|toml|xml|tmpl|proto|mod|sum|svg|png)$",
    "(^|/)testdata/",
];

/// What the step that downloads modules has in addition, to keep the licences of those.
pub(super) fn kept() -> impl Iterator<Item = (&'static str, Vec<String>)> {
    let script = include_str!("keep-licenses.sh").lines().map(str::to_owned).collect();
    patterns().into_iter().chain([("keep-licenses.sh", script)])
}

/// The lists that scripts find licence files by.
fn patterns() -> [(&'static str, Vec<String>); 2] {
    let lines = |patterns: &[&str]| patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    [("licenses.patterns", lines(&PATTERNS)), ("code.patterns", lines(&CODE))]
}

/// Whether somebody wants to see them: people who have the image, or an organisation.
pub(super) fn are_wanted(inputs: &Inputs<'_>) -> bool {
    inputs.spec.image.licenses || are_judged(inputs)
}

/// Whether an organisation has a rule for them.
fn are_judged(inputs: &Inputs<'_>) -> bool {
    inputs.influence.is_some_and(|influence| influence.organisation.rules.licenses.is_some())
}

/// What is known of the licences of what is linked.
#[derive(Default)]
pub(super) struct Licenses {
    /// A directory with their files, for the image.
    pub(super) files: Option<Output>,
    /// A directory with the index of them, for the organisation.
    pub(super) index: Option<Output>,
}

/// The licences of what is linked into these programs, as far as they are wanted.
pub(super) fn licenses(
    inputs: &Inputs<'_>,
    root: &Root,
    modules: Option<&Output>,
    binaries: &Output,
) -> Licenses {
    if !are_wanted(inputs) {
        return Licenses::default();
    }
    let directories = directories(inputs);
    let vendor = vendor(inputs);
    let lines = directories.iter().map(|(module, directory)| format!("{module}\t{directory}")).collect();
    let script = Script::Licenses;
    let exec = go_step(script.argv([]), inputs, root);
    let mut exec = script.of(inputs, exec, patterns().into_iter().chain([("directories", lines)]));
    if let Some(vendor) = &vendor {
        exec = exec.env("GOBUILD_VENDOR", format!("{SOURCES}/{vendor}"));
    }
    if are_judged(inputs) {
        exec = exec.env("GOBUILD_INDEX", INDEX).mount(Mount::scratch(INDEX));
    }
    let platforms = cross(inputs.naming, &inputs.builder.platform, inputs.platform);
    let name = "collect the licences of linked modules";
    let collected = mount_modules(exec, inputs, modules)
        .cwd("/")
        .env("GOFLAGS", "")
        .env("GOBUILD_BINARIES", BINARIES)
        .env("GOBUILD_SOURCES", SOURCES)
        .env(OUTPUT_VARIABLE, RESULT)
        .network(Network::None)
        .mount(Mount::read_only(binaries.clone(), BINARIES))
        .mount(Mount::read_only(own(inputs, directories.values().cloned(), vendor.as_ref()), SOURCES))
        .mount(Mount::scratch(RESULT))
        .metadata(Step::Licenses.metadata(&platforms, name, file_place(inputs.spec), inputs.settings))
        .build();
    let files = inputs.spec.image.licenses.then(|| collected.output(RESULT)).flatten();
    Licenses { files, index: collected.output(INDEX) }
}

/// The licences on a base.
pub(super) fn onto(inputs: &Inputs<'_>, base: Option<Output>, licenses: Output, time: i64) -> Output {
    let platform = cross(inputs.naming, inputs.platform, inputs.platform);
    let copy = Copy::new(licenses, "/", "/").contents_only().owner(0, 0).timestamp(time);
    let metadata = Step::Image.metadata(&platform, COPY, file_place(inputs.spec), inputs.settings);
    base.map_or_else(File::scratch, File::on).copy(copy).metadata(metadata).build()
}

/// The modules that are in the context, and where.
fn directories(inputs: &Inputs<'_>) -> BTreeMap<String, ContextPath> {
    let layout = inputs.layout;
    let main = layout.modules.iter().map(|(directory, module)| (module, directory));
    let all = main.chain(&layout.replaced);
    all.map(|(module, directory)| (module.as_str().to_owned(), directory.clone())).collect()
}

fn vendor(inputs: &Inputs<'_>) -> Option<ContextPath> {
    let vendored = inputs.layout.vendored == Vendored::Yes;
    vendored.then(|| inputs.layout.root.join("vendor").ok()).flatten()
}

/// The licence files of the context: those of its modules, of the directories above them, and of vendored modules.
fn own(
    inputs: &Inputs<'_>,
    directories: impl Iterator<Item = ContextPath>,
    vendor: Option<&ContextPath>,
) -> Output {
    let alone = matches!(inputs.layout.kind, LayoutKind::NoModule { .. }).then(ContextPath::root);
    let above: BTreeSet<ContextPath> =
        directories.chain(alone).flat_map(|directory| directory.ancestors().collect::<Vec<_>>()).collect();
    let mut patterns: BTreeSet<String> =
        above.iter().flat_map(|directory| NAMES.map(|name| below(directory, &any_case(name)))).collect();
    if let Some(vendor) = vendor {
        patterns.extend(NAMES.map(|name| below(vendor, &format!("**/{}", any_case(name)))));
        patterns.insert(format!("{}/modules.txt", literal(vendor)));
    }
    inputs.context.part(Part {
        name: "[internal] load licences".to_owned(),
        hint: HINT.to_owned(),
        include: patterns,
        exclude: Vec::new(),
    })
}

/// A pattern that matches whatever the case of letters.
fn any_case(pattern: &str) -> String {
    let character = |character: char| {
        if character.is_ascii_lowercase() {
            format!("[{}{character}]", character.to_ascii_uppercase())
        } else {
            character.to_string()
        }
    };
    pattern.chars().map(character).collect()
}

#[cfg(test)]
mod tests {
    use super::any_case;

    #[test]
    fn a_pattern_matches_whatever_the_case() {
        assert_eq!(any_case("*.md"), "*.[Mm][Dd]");
    }
}
