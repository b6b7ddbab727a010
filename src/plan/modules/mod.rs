//! The module step: downloads what the program is made of, as a tree that only module files and builder key.
//!
//! It downloads into a cache mount, so that of a changed go.mod only the difference is fetched, and leaves the files of
//! the packages in use: a module cache that Go accepts, a fraction in size. `download` says what is needed, `pruned` is the
//! step that gets it, `access` what the client gives to be let in. Invariant: the same for every platform, so that
//! several platforms share one download.

pub(super) mod access;
mod download;
mod pruned;

pub use access::flags;
pub use download::Download;

use super::go_step::{MODULES, Root, SOURCES, go_step, go_variables, image_source, online};
use super::names::Step;
use super::script::Script;
use super::sources::module_files;
use super::{Inputs, file_place, toolchain};
use crate::spec::{Modules, Proxy};
use buildkit_llb::{Exec, Mount, Output};

/// Downloads at once. Go takes the number of cores, but a download mostly waits.
const DOWNLOADS_AT_ONCE: &str = "16";
/// Tells scripts to compare what they have with its checksums.
const VERIFY_VARIABLE: &str = "GOBUILD_VERIFY";

/// The module cache, or none if nothing has to be downloaded.
pub(super) fn modules(inputs: &Inputs<'_>, root: &Root) -> Option<Output> {
    let modules = &inputs.spec.modules;
    let other = inputs.downloader.map(|image| {
        let place = toolchain::builder_place(inputs.spec);
        Root::whole(image_source(image, Step::Modules, "", place))
    });
    let (root, builder) = (other.as_ref().unwrap_or(root), inputs.downloader.unwrap_or(inputs.builder));
    let inputs = &Inputs { builder, ..*inputs };
    let (exec, name) = match inputs.download {
        Download::Nothing => return None,
        Download::Packages { packages, builds, extent, tree } => {
            pruned::pruned(inputs, root, packages, *extent, builds, tree)
        }
        Download::Everything => {
            let script = Script::Download;
            let exec = go_step(script.argv([]), inputs, root);
            (script.of(inputs, exec, access::files(modules)), "go mod download".to_owned())
        }
    };
    let settings = inputs.settings;
    let exec = go_variables(exec, inputs.spec);
    let exec = asking(exec, modules)
        .env("GOMAXPROCS", DOWNLOADS_AT_ONCE)
        // Not the image's.
        .env("GOFLAGS", "");
    let exec = online(exec, inputs);
    let (sources, key) = module_files(inputs);
    access::given(exec, builder, modules)
        // Go may add missing lines to go.sum; they are thrown away, and the compile step says what was missing.
        .mount(Mount::discard(sources, SOURCES).content_cache(key))
        .mount(Mount::scratch(MODULES))
        .metadata(Step::Modules.metadata("", &name, file_place(inputs.spec), settings))
        .build()
        .output(MODULES)
}

/// A step that asks for modules where the build file says.
pub(super) fn asking(exec: Exec, modules: &Modules) -> Exec {
    let variables = variables(modules).into_iter();
    variables.fold(exec, |exec, (_, name, value)| exec.env(name, value))
}

/// Keys of `modules` that say where Go looks and what it believes: each with the variable that it is, and its value.
pub(super) fn variables(modules: &Modules) -> Vec<(&'static str, &'static str, String)> {
    let proxies: Vec<&str> = modules.proxy.0.iter().map(Proxy::as_str).collect();
    let prefixes: Vec<&str> = modules.private.0.iter().map(|host| host.prefix.as_str()).collect();
    let mut variables = Vec::new();
    if !prefixes.is_empty() {
        variables.push(("modules.private", "GOPRIVATE", prefixes.join(",")));
    }
    if !proxies.is_empty() {
        variables.push(("modules.proxy", "GOPROXY", proxies.join(",")));
    }
    if let Some(database) = &modules.sumdb {
        variables.push(("modules.sumdb", "GOSUMDB", database.as_str().to_owned()));
    }
    if modules.verify {
        variables.push(("modules.verify", VERIFY_VARIABLE, "1".to_owned()));
    }
    variables
}
