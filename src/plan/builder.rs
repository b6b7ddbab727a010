//! The builder as an image for people: the toolchain, every module, and the sources, so that `go` works in it, offline, too.
//!
//! Invariant: nothing in it is compiled, and nothing but its commands differs from the builder's own config.

use super::go_step::{MODULES, Root, SOURCES, mounted, target_variables};
use super::names::Step;
use super::{Built, Inputs, compile, file_place, image, modules, test, toolchain};
use crate::golang::LayoutKind;
use buildkit_llb::{Copy, File, Mkdir, Output};
use std::collections::BTreeMap;

/// The builder with what a program is made of.
pub(super) fn builder(inputs: &Inputs<'_>) -> Built {
    let toolchain = Root::whole(toolchain::image(inputs));
    let time = image::timestamp(inputs);
    let mut history = Vec::new();
    let mut put = |base: Output, from: Output, folder: &str, what: &str| {
        let name = format!("COPY {what} {folder}/");
        let mkdir = Mkdir::new(folder).mode(0o755).make_parents().timestamp(time);
        let copy = Copy::new(from, "/", folder).contents_only().timestamp(time);
        let metadata = Step::Image.metadata("", &name, file_place(inputs.spec), inputs.settings);
        history.push(name);
        File::on(base).mkdir(mkdir).copy(copy).metadata(metadata).build()
    };
    let mut output = toolchain.tree.clone();
    // What changes less often is further down.
    if let Some(modules) = modules::modules(inputs, &toolchain) {
        output = put(output, modules, MODULES, "modules");
    }
    output = put(output, test::sources(inputs, "[internal] load modules"), SOURCES, "sources");

    let mut config = inputs.builder.config.clone();
    image::add_history(inputs, &mut config, history);
    let run = &mut config.config;
    run.rest.remove("OnBuild");
    run.working_dir = mounted(&inputs.layout.root);
    run.env.set("GOMODCACHE", MODULES);
    run.env.set("GOTOOLCHAIN", "local");
    if !matches!(inputs.layout.kind, LayoutKind::Workspace { .. }) {
        run.env.set("GOWORK", "off");
    }
    // Without a platform, since people may want others.
    for (name, value) in target_variables(inputs.spec, inputs.target) {
        if matches!(name, "CGO_ENABLED" | "GOEXPERIMENT" | "GOFIPS140") {
            run.env.set(name, &value);
        }
    }
    if let Some(tags) = compile::tags_flag(inputs.spec) {
        run.env.set("GOFLAGS", &tags);
    }
    if run.entrypoint.is_empty() && run.cmd.is_empty() {
        run.cmd = vec!["sh".to_owned()];
    }
    run.labels.extend(inputs.settings.labels.clone());
    let known = inputs.builder.tree().is_none();
    let base_config = known.then(|| inputs.builder.config.clone());
    Built { output, config, base_config, annotations: BTreeMap::new(), unproven: None, linked: None }
}
