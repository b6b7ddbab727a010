//! The module step: downloads what the module files require, in a layer that only they and the builder key.
//!
//! Invariant: the same for every platform, so that several platforms share one download.

use super::go_step::{MODULES, SOURCES, go_step};
use super::names::Step;
use super::{Inputs, file_place};
use crate::golang::Vendored;
use buildkit_llb::{Mount, Output};

/// Downloads at once. Go takes the number of cores, but a download mostly waits.
const DOWNLOADS_AT_ONCE: &str = "16";

/// The module cache, or none if nothing has to be downloaded.
pub(super) fn modules(inputs: &Inputs<'_>, root: Output) -> Option<Output> {
    let layout = inputs.layout;
    if layout.requires.is_empty() || layout.vendored == Vendored::Yes {
        return None;
    }
    let argv = ["go", "mod", "download"].map(str::to_owned).to_vec();
    let name = argv.join(" ");
    let settings = inputs.settings;
    let mut exec = go_step(argv, inputs, root)
        .env("GOMAXPROCS", DOWNLOADS_AT_ONCE)
        // Not the image's.
        .env("GOFLAGS", "")
        .network(settings.network)
        .proxy_env(settings.proxy.clone());
    for (host, address) in &settings.extra_hosts {
        exec = exec.extra_host(host, address);
    }
    exec
        // Go adds missing lines to go.sum; they are thrown away, and the compile step says what was missing.
        .mount(Mount::discard(inputs.context.modules(layout), SOURCES))
        .mount(Mount::scratch(MODULES))
        .metadata(Step::Modules.metadata("", &name, file_place(inputs.spec), settings))
        .build()
        .output(MODULES)
}
