//! What the config and the manifest of the image say.
//!
//! Invariant: nothing that a base says is lost where the build file is silent, but what was meant for its own program or for
//! builds on it; and nothing in here depends on the time of the build.

use super::runner::Runner;
use super::{CERTIFICATES, HEALTHCHECK, HISTORY_COMMENT};
use crate::golang::LayoutKind;
use crate::image::{self, History, ImageConfig};
use crate::plan::{FileSystem, Inputs};
use crate::spec::{self, Healthcheck, Probe};
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

/// Keys of the OCI image specification (`annotations.md`).
mod key {
    pub(super) const BASE_NAME: &str = "org.opencontainers.image.base.name";
    pub(super) const BASE_DIGEST: &str = "org.opencontainers.image.base.digest";
    pub(super) const LICENSES: &str = "org.opencontainers.image.licenses";
    pub(super) const REVISION: &str = "org.opencontainers.image.revision";
    pub(super) const SOURCE: &str = "org.opencontainers.image.source";
    pub(super) const VERSION: &str = "org.opencontainers.image.version";
}

/// Hosts whose repositories are the first two elements of a path on them.
const HOSTS: [&str; 3] = ["github.com", "bitbucket.org", "codeberg.org"];

/// The config of an image that starts from nothing.
pub(super) fn empty(inputs: &Inputs<'_>) -> ImageConfig {
    let platform = inputs.platform;
    let mut config = ImageConfig::empty(&platform.os, &platform.architecture, platform.variant.as_deref());
    config.config.env.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    if inputs.spec.image.ca_certificates.unwrap_or(true) {
        // Where the certificates are is found by Go; some libraries ask the variable.
        config.config.env.set("SSL_CERT_FILE", CERTIFICATES);
    }
    config
}

/// Dates an image, and says what its layers are.
pub(in crate::plan) fn add_history(
    inputs: &Inputs<'_>,
    config: &mut ImageConfig,
    layers: impl IntoIterator<Item = String>,
) {
    let seconds = u64::try_from(inputs.settings.epoch.unwrap_or(0)).unwrap_or(0);
    let created = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
    config.created = Some(created.clone());
    config.history.extend(layers.into_iter().map(|text| History {
        created: Some(created.clone()),
        created_by: Some(text),
        comment: Some(HISTORY_COMMENT.to_owned()),
        ..History::default()
    }));
}

/// What the config says beyond the base's.
pub(super) fn describe(
    inputs: &Inputs<'_>,
    config: &mut ImageConfig,
    runner: &Runner,
    directory: &str,
    binaries: &[&str],
    history: Vec<String>,
) {
    let spec = &inputs.spec.image;
    add_history(inputs, config, history);
    let run = &mut config.config;
    // They were meant for the image that is built on the base, and a Dockerfile would have run them by now.
    run.rest.remove("OnBuild");
    run.user.clone_from(&runner.config);
    if let (None, Some(home)) = (inputs.base, &runner.home) {
        // Most runtimes find it in the account, and some do not look.
        run.env.set("HOME", home);
    }
    if let Some(workdir) = &spec.workdir {
        workdir.as_str().clone_into(&mut run.working_dir);
    }
    match &spec.entrypoint {
        Some(entrypoint) => run.entrypoint.clone_from(&entrypoint.0),
        None => {
            run.entrypoint = binaries.first().map(|name| format!("{directory}/{name}")).into_iter().collect();
        }
    }
    // The base's arguments were for the base's command.
    run.cmd = spec.cmd.clone().map(|cmd| cmd.0).unwrap_or_default();
    for (name, value) in &spec.env {
        run.env.set(name.as_str(), value);
    }
    run.exposed_ports.extend(spec.ports.0.iter().cloned());
    run.volumes.extend(spec.volumes.iter().map(|volume| volume.as_str().to_owned()));
    if let Some(signal) = &spec.stop_signal {
        run.stop_signal = Some(signal.as_str().to_owned());
    }
    run.labels.extend(origin(inputs));
    run.labels.extend(spec.labels.clone());
    run.labels.extend(inputs.settings.labels.clone());
    if let Some(healthcheck) = &spec.healthcheck {
        run.healthcheck = Some(check(healthcheck));
    }
}

/// The annotations of the image's manifest; the user's own count most.
pub(super) fn annotations(inputs: &Inputs<'_>) -> BTreeMap<String, String> {
    let mut annotations = origin(inputs);
    if let Some(base) = inputs.base
        && let FileSystem::Registry { pinned, .. } = &base.files
    {
        let (name, digest) = pinned.without_digest();
        annotations.insert(key::BASE_NAME.to_owned(), name.to_string());
        annotations.extend(digest.map(|digest| (key::BASE_DIGEST.to_owned(), digest)));
    }
    let said = inputs.spec.image.annotations.iter();
    annotations.extend(said.map(|(key, value)| (key.as_str().to_owned(), value.clone())));
    annotations
}

/// Where the program comes from, as far as it is the same from wherever it is built: the repository that the module names and
/// the licence that it has, commit and version if the build file asks for them. A label that says something else says it of the
/// annotation, too.
fn origin(inputs: &Inputs<'_>) -> BTreeMap<String, String> {
    let settings = inputs.settings;
    let known = [
        (key::LICENSES, inputs.license.map(str::to_owned)),
        (key::SOURCE, repository(inputs)),
        (key::REVISION, settings.revision.clone()),
        (key::VERSION, settings.version.clone()),
    ];
    let labels = [&settings.labels, &inputs.spec.image.labels];
    let said = |key| labels.iter().find_map(|labels| labels.get(key)).cloned();
    let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.map(|(key, value)| (key.to_owned(), said(key).unwrap_or(value))).collect()
}

/// The repository of the program's module, where its path says so.
fn repository(inputs: &Inputs<'_>) -> Option<String> {
    if matches!(inputs.layout.kind, LayoutKind::NoModule { .. }) {
        return None;
    }
    let main = inputs.mains.first()?;
    let modules = inputs.layout.modules.iter().filter(|(directory, _)| main.directory.is_within(directory));
    let (_, module) = modules.max_by_key(|(directory, _)| directory.as_str().len())?;
    let elements: Vec<&str> = module.as_str().split('/').take(3).collect();
    let [host, ..] = elements.as_slice() else { return None };
    (elements.len() == 3 && HOSTS.contains(host)).then(|| format!("https://{}", elements.join("/")))
}

/// A health check in the words of the config.
fn check(healthcheck: &Healthcheck) -> image::Healthcheck {
    let Healthcheck::Check(check) = healthcheck else {
        return image::Healthcheck { test: vec!["NONE".to_owned()], ..image::Healthcheck::default() };
    };
    let nanoseconds = |duration: Option<spec::Duration>| duration.map_or(0, |duration| duration.0);
    let argv = match &check.http {
        Some(Probe { port, path }) => vec![HEALTHCHECK.to_owned(), port.to_string(), path.clone()],
        None => check.test.iter().flat_map(|test| &test.0).cloned().collect(),
    };
    image::Healthcheck {
        test: std::iter::once("CMD".to_owned()).chain(argv).collect(),
        interval: nanoseconds(check.interval),
        timeout: nanoseconds(check.timeout),
        start_period: nanoseconds(check.start_period),
        start_interval: nanoseconds(check.start_interval),
        retries: check.retries.map_or(0, i64::from),
        ..image::Healthcheck::default()
    }
}
