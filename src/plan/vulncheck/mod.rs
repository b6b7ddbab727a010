//! The search for known vulnerabilities in what the programs call: govulncheck of a pinned version, and a database.
//!
//! Invariant: only the database is asked over the network, and it is told the names of modules. What it knows tomorrow
//! is not in any key, so a search in one that is served always runs.

use super::context_source::Part;
use super::go_step::{SOURCES, go_step, mount_modules, offline, online};
use super::modules::{self, access};
use super::names::Step;
use super::script::{OUTPUT_VARIABLE, Script};
use super::sources::literal;
use super::{Built, Findings, Inputs, compile, file_place, generate, test, tool, toolchain};
use crate::diagnostic::Diagnostics;
use crate::spec::{Database, Modules};
use buildkit_llb::Mount;
use std::collections::BTreeSet;

/// Where the program is, for the script.
const TOOL: &str = "/govulncheck";
/// Where reports are made.
const REPORTS: &str = "/reports";
/// Where a database of the context is.
const DATABASE: &str = "/vulndb";
/// The one that the Go project serves.
const PUBLIC: &str = "https://vuln.go.dev";
/// What the environment of a builder may name another one by.
const DATABASE_VARIABLE: &str = "GOVULNDB";
/// The newest release whose `go` line is met, by the Go release that it needs.
const VERSIONS: [((u64, u64), &str); 2] = [((1, 26), "v1.8.0"), ((1, 25), "v1.5.0")];
/// For all before.
const OLDEST: &str = "v1.1.4";

/// The reports of a search.
pub(super) fn vulncheck(inputs: &Inputs<'_>, findings: Findings) -> Result<Built, Diagnostics> {
    test::require_module(inputs.layout, "searches for vulnerabilities")?;
    let root = toolchain::root(inputs);
    let modules = modules::modules(inputs, &root);
    let tool = tool::install(inputs, &root, Step::Vulncheck, &package(inputs), TOOL);

    let packages: Vec<String> =
        inputs.mains.iter().flat_map(|main| compile::operands(inputs, main)).collect();
    let name = format!("govulncheck {}", packages.join(" "));
    let (url, directory) = match &inputs.spec.vulncheck.database {
        Some(Database::Directory(directory)) => (format!("file://{DATABASE}"), Some(directory)),
        Some(Database::Url(url)) => (url.clone(), None),
        None => {
            let named = inputs.builder.config.config.env.get(DATABASE_VARIABLE);
            (named.unwrap_or(PUBLIC).to_owned(), None)
        }
    };
    let script = Script::Vulncheck;
    let verdict = match findings {
        Findings::Fail => "fail",
        Findings::Report => "report",
    };
    // A database that is served may be behind what a company has put before all servers.
    let trusted =
        if url.starts_with("https://") { inputs.spec.modules.of_certificates() } else { Modules::default() };
    let arguments =
        [verdict.to_owned(), url].into_iter().chain(compile::tags_flag(inputs.spec)).chain(packages);
    let exec = go_step(script.argv(arguments), inputs, &root);
    let exec = access::given(script.of(inputs, exec, access::files(&trusted)), inputs.builder, &trusted);
    let exec = mount_modules(offline(exec, inputs), inputs, modules.as_ref());
    let sources = generate::onto(inputs, inputs.context.program(inputs.layout, inputs.mains, inputs.program));
    let exec = exec
        .env("GOCACHE", compile::CACHE)
        .env(OUTPUT_VARIABLE, REPORTS)
        .mount(compile::cache(inputs, None))
        .mount(Mount::read_only(sources, SOURCES))
        .mount(Mount::read_only(tool, TOOL))
        .mount(Mount::scratch(REPORTS));
    let metadata = Step::Vulncheck.metadata("", &name, file_place(inputs.spec), inputs.settings);
    let exec = match directory {
        Some(directory) => {
            let tree = inputs.context.part(Part {
                name: "[internal] load vulnerability database".to_owned(),
                hint: format!("gobuild-vulndb:{directory}"),
                include: BTreeSet::from([literal(directory)]),
                exclude: Vec::new(),
            });
            let mount = Mount::read_only(generate::onto_made(inputs, tree, directory), DATABASE);
            let selected = if directory.is_root() { mount } else { mount.selector(format!("/{directory}")) };
            exec.mount(selected).metadata(metadata)
        }
        None => online(exec, inputs).metadata(metadata.ignore_cache()),
    };
    Ok(test::reports(inputs, exec, REPORTS))
}

/// The version of the build file, or the newest that the builder can compile.
fn package(inputs: &Inputs<'_>) -> String {
    let said = inputs.spec.vulncheck.version.as_ref().map(|version| version.as_str().to_owned());
    let version = said.unwrap_or_else(|| tool::newest(inputs, &VERSIONS, OLDEST).to_owned());
    format!("golang.org/x/vuln/cmd/govulncheck@{version}")
}
