//! The last stage, and what it takes from nowhere else.
//!
//! Invariant: it says what the config of the plan has beyond the base's.

use super::super::compile::BINARIES;
use super::super::image::{Essentials, HISTORY_COMMENT, Runner, copy_name};
use super::super::licenses;
use super::lines::{Lines, declare, from, pairs};
use super::text::{exec, literal, path, paths, shell};
use super::{OpenArg, Twice, files};
use crate::image::Healthcheck;
use crate::spec::{self, names_in};
use std::collections::BTreeMap;

/// Layers of the image that no instruction here makes, as its history has them.
pub(super) fn unknown_layers<'a>(plan: &Twice<'a>) -> impl Iterator<Item = &'a str> {
    let (inputs, built) = plan.now;
    let directory = inputs.spec.image.workdir.as_ref().map_or("", spec::Directory::as_str);
    let target = format!(" {}/", directory.trim_end_matches('/'));
    let essentials = Runner::planned(inputs).and_then(|runner| Essentials::of(inputs, &runner).name());
    let files = inputs.spec.image.files.0.iter().map(|entry| &entry.value);
    let files: Vec<String> =
        files.filter_map(|files| Some(copy_name(files, files.to.as_ref()?.as_str()))).collect();
    let is_known = move |text: &str| {
        let is_program = |word: &str| inputs.mains.iter().any(|main| main.binary == word);
        let copied = text.strip_prefix("COPY ").and_then(|rest| rest.strip_suffix(&target));
        essentials.as_deref() == Some(text)
            || text == licenses::COPY
            || text.starts_with("mkdir ")
            || text.starts_with("COPY healthcheck ")
            || files.iter().any(|name| name == text)
            || copied.is_some_and(|binaries| binaries.split(' ').all(is_program))
    };
    let ours = built.config.history.iter().filter(|layer| layer.comment.as_deref() == Some(HISTORY_COMMENT));
    ours.filter_map(|layer| layer.created_by.as_deref()).filter(move |text| !is_known(text))
}

/// The image.
pub(super) fn image(lines: &mut Lines, plan: &Twice<'_>, args: &[OpenArg]) {
    let (inputs, built) = plan.now;
    let spec = &inputs.spec.image;
    let now = &built.config.config;
    let open = &plan.open.1.config.config;
    let none = crate::image::ImageConfig::default();
    let base = &inputs.base.map_or(&none, |base| &base.config).config;
    lines.blank();
    for (key, value) in &spec.annotations {
        let annotation = shell(&format!("{}={value}", key.as_str()));
        lines.comment(&format!("Annotations are the client's to give: --annotation {annotation}"));
    }
    match inputs.base {
        Some(base) => lines.line(&format!("FROM {}", from(base))),
        None => lines.line("FROM scratch"),
    }
    files::copies(lines, plan);
    if spec.workdir.is_some() {
        lines.line(&format!("WORKDIR {}", path(&now.working_dir)));
    }
    let directory = spec.workdir.as_ref().map_or("", spec::Directory::as_str).trim_end_matches('/');
    let env: Vec<(&str, &str)> =
        open.env.iter().filter(|(name, value)| base.env.get(name) != Some(value)).collect();
    let own = |name: &String| !inputs.settings.labels.contains_key(name);
    let labels: Vec<(&str, &str)> = open
        .labels
        .iter()
        .filter(|(name, value)| own(name) && base.labels.get(*name) != Some(value))
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let used: Vec<&str> = env.iter().chain(&labels).flat_map(|(_, text)| names_in(text)).collect();
    declare(lines, args, &used);
    pairs(lines, "ENV", env.into_iter());
    pairs(lines, "LABEL", labels.into_iter());
    let ports: Vec<&str> = now.exposed_ports.difference(&base.exposed_ports).map(String::as_str).collect();
    if !ports.is_empty() {
        lines.line(&format!("EXPOSE {}", ports.join(" ")));
    }
    let volumes: Vec<String> = now.volumes.difference(&base.volumes).cloned().collect();
    if !volumes.is_empty() {
        lines.line(&format!("VOLUME {}", paths(&volumes)));
    }
    if let Some(signal) = now.stop_signal.as_ref().filter(|_| now.stop_signal != base.stop_signal) {
        lines.line(&format!("STOPSIGNAL {signal}"));
    }
    for main in inputs.mains {
        let program =
            [format!("{BINARIES}/{}", literal(&main.binary)), format!("{directory}/{}", main.binary)];
        lines.line(&format!("COPY --from=build --chmod=0555 {}", paths(&program)));
    }
    if now.user != base.user {
        lines.line(&format!("USER {}", now.user));
    }
    if let Some(check) = now.healthcheck.as_ref().filter(|_| now.healthcheck != base.healthcheck) {
        lines.line(&healthcheck(check));
    }
    let fixed = open.entrypoint.iter().chain(&open.cmd).any(|word| names_in(word).next().is_some());
    if fixed {
        lines.comment("These take no args: the values are those of now.");
    }
    lines.line(&format!("ENTRYPOINT {}", exec(&now.entrypoint)));
    if !now.cmd.is_empty() {
        lines.line(&format!("CMD {}", exec(&now.cmd)));
    }
}

fn healthcheck(check: &Healthcheck) -> String {
    if check.test.first().is_some_and(|word| word == "NONE") {
        return "HEALTHCHECK NONE".to_owned();
    }
    let durations = BTreeMap::from([
        ("interval", check.interval),
        ("timeout", check.timeout),
        ("start-period", check.start_period),
        ("start-interval", check.start_interval),
    ]);
    let durations = durations.into_iter().filter(|(_, nanoseconds)| *nanoseconds != 0);
    let options = durations.map(|(name, nanoseconds)| {
        let unit = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1000)]
            .into_iter()
            .find(|(_, size)| nanoseconds % size == 0);
        let (unit, size) = unit.unwrap_or(("ns", 1));
        format!("--{name}={}{unit}", nanoseconds / size)
    });
    let retries = (check.retries != 0).then(|| format!("--retries={}", check.retries));
    let test = exec(check.test.get(1..).unwrap_or_default());
    let words = ["HEALTHCHECK".to_owned()].into_iter().chain(options).chain(retries);
    words.chain(["CMD".to_owned(), test]).collect::<Vec<String>>().join(" ")
}
