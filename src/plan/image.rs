//! The image step: the base, what a base of nothing lacks, and the binaries, each a layer of its own; and the config.
//!
//! Invariant: the binaries' layers come last and are the only ones that a change of the program changes. Copies are plain
//! ones: with a merge, an unchanged build on a fresh machine would pull the builder.

use super::go_step::image_source;
use super::layer::Layer;
use super::mode::Mode;
use super::names::{Step, cross};
use super::{Built, Inputs, licenses};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::image::{self, Accounts, History, ImageConfig, User};
use crate::spec::{self, Directory, Healthcheck};
use buildkit_llb::{Copy, File, Location, Mkdir, Output};
use std::time::{Duration, UNIX_EPOCH};

/// Where distributions keep the CA certificates that Go looks for first (`crypto/x509/root_linux.go`).
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// Up to so many binaries have a layer each, which exporters compress side by side.
const MOST_LAYERS: usize = 8;
/// What an image on scratch starts with.
pub(super) const ESSENTIALS: &str = "accounts and CA certificates";
/// What made a layer, for `docker history`.
pub(super) const HISTORY_COMMENT: &str = "gobuild";

/// The image of one platform; `other` is that of another.
pub(super) fn image(
    inputs: &Inputs<'_>,
    builder: &Output,
    binaries: &Output,
    licenses: Option<Output>,
    other: Option<&Output>,
) -> Result<Built, Diagnostics> {
    let spec = &inputs.spec.image;
    let platform = cross(inputs.naming, inputs.platform, inputs.platform);
    let place = Location { file: inputs.spec.file.clone(), ranges: vec![spec.base.span] };
    let mut config = inputs.base.map_or_else(|| empty_config(inputs), |base| base.config.clone());
    let user = user(inputs, &config);
    let mut history = Vec::new();

    let base = match inputs.base {
        Some(base) => image_source(base, Step::Image, &platform, place),
        None => {
            let accounts = Accounts::for_user(&user).map_err(|_| unnumbered(inputs, &user))?;
            let name = ESSENTIALS;
            let metadata = Step::Image.metadata(&platform, name, place, inputs.settings);
            history.push(name.to_owned());
            essentials(inputs, &accounts, &user, builder).on(None).metadata(metadata).build()
        }
    };

    let directory = spec.workdir.as_ref().map_or("", Directory::as_str).trim_end_matches('/');
    let names: Vec<&str> = inputs.mains.iter().map(|main| main.binary.as_str()).collect();
    let owner = whose(directory, &names, inputs, &config)?;
    let mut output = base;
    if let Some(licenses) = licenses {
        output = licenses::onto(inputs, output, licenses, timestamp(inputs));
        history.push(licenses::COPY.to_owned());
    }
    for names in names.chunks(if names.len() > MOST_LAYERS { names.len() } else { 1 }) {
        let name = format!("COPY {} {directory}/", names.join(" "));
        let metadata =
            Step::Image.metadata(&platform, &name, super::file_place(inputs.spec), inputs.settings);
        let file = match owner {
            Owner::Ours => lay_out(binaries, names, directory, timestamp(inputs)).on(Some(output)),
            Owner::Base => put_into(output, binaries, names, directory, timestamp(inputs)),
        };
        // Steps that platforms share would be lost in the cache that is imported: BuildKit follows what leads to a final
        // result one result after the other, and the second time it leaves out what it has seen (`addItemToStorage` in
        // `cache/remotecache/v1`). With the results in a row there is one that leads to everything.
        let file = match other {
            Some(other) if inputs.mode == Mode::Layers => file.after(other.clone()),
            _ => file,
        };
        output = file.metadata(metadata).build();
        history.push(name);
    }

    describe(inputs, &mut config, &user, directory, &names, history);
    // Of a tree nobody knows which layers it will have.
    let known = inputs.base.filter(|base| base.tree().is_none());
    Ok(Built { output, config, base_config: known.map(|base| base.config.clone()), unproven: None })
}

/// The programs and nothing else, in a file system of their own.
pub(super) fn binaries(inputs: &Inputs<'_>, binaries: &Output) -> Built {
    let names: Vec<&str> = inputs.mains.iter().map(|main| main.binary.as_str()).collect();
    let name = format!("COPY {} /", names.join(" "));
    let platform = cross(inputs.naming, inputs.platform, inputs.platform);
    let metadata = Step::Image.metadata(&platform, &name, super::file_place(inputs.spec), inputs.settings);
    let output = lay_out(binaries, &names, "", timestamp(inputs)).on(None).metadata(metadata).build();
    let of = inputs.platform;
    let mut config = ImageConfig::empty(&of.os, &of.architecture, of.variant.as_deref());
    add_history(inputs, &mut config, [name]);
    // How they are loaded is up to the system that they are taken to.
    Built { output, config, base_config: None, unproven: None }
}

/// Whose a directory of the image is.
enum Owner {
    /// Ours alone: its mode and time are ours to say.
    Ours,
    /// The base may have it, in a form that must not change.
    Base,
}

/// Directories at the root whose mode, owner or kind is not the same everywhere, or that hold such directories.
const PARTICULAR: [&str; 13] =
    ["bin", "dev", "home", "lib", "lib32", "lib64", "proc", "root", "run", "sbin", "sys", "tmp", "var"];
/// The others that most images have.
const ORDINARY: [&str; 7] = ["boot", "etc", "media", "mnt", "opt", "srv", "usr"];

/// Whose `directory` is. A binary at the root must not be in the place of a directory there.
fn whose(
    directory: &str,
    binaries: &[&str],
    inputs: &Inputs<'_>,
    base: &ImageConfig,
) -> Result<Owner, Diagnostics> {
    let Some(top) = directory.split('/').nth(1) else {
        let of_base = base.config.working_dir.split('/').nth(1);
        let taken = binaries
            .iter()
            .find(|name| PARTICULAR.contains(name) || ORDINARY.contains(name) || of_base == Some(**name));
        let Some(binary) = taken else { return Ok(Owner::Ours) };
        let problem = Problem::BinaryIsDirectory { binary: (*binary).to_owned() };
        return Err(Diagnostic { problem, place: Some(super::file_place(inputs.spec)) }.into());
    };
    // Where the base works and keeps data it has said how.
    let said = std::iter::once(&base.config.working_dir).chain(&base.config.volumes);
    let known = said.filter_map(|path| path.split('/').nth(1)).any(|known| known == top);
    Ok(if known || PARTICULAR.contains(&top) { Owner::Base } else { Owner::Ours })
}

/// The binaries in a directory of their own.
fn lay_out(binaries: &Output, names: &[&str], directory: &str, time: i64) -> Layer {
    names.iter().fold(Layer::new(time), |layer, name| {
        layer.copy(binaries, &format!("/{name}"), &format!("{directory}/{name}"), 0o555)
    })
}

/// The binaries in a directory that the base may have; it gets the time of the build.
fn put_into(base: Output, binaries: &Output, names: &[&str], directory: &str, time: i64) -> File {
    let mkdir = Mkdir::new(directory).mode(0o755).make_parents().timestamp(time);
    names.iter().fold(File::on(base).mkdir(mkdir), |file, name| {
        let copy = Copy::new(binaries.clone(), format!("/{name}"), format!("{directory}/{name}"));
        file.copy(copy.mode(0o555).owner(0, 0).timestamp(time))
    })
}

/// The accounts and certificates that distroless' static image has and scratch has not.
fn essentials(inputs: &Inputs<'_>, accounts: &Accounts, user: &User, builder: &Output) -> Layer {
    let layer = Layer::new(timestamp(inputs))
        .file("/etc/passwd", &accounts.passwd)
        .file("/etc/group", &accounts.group)
        .copy(builder, CERTIFICATES, CERTIFICATES, 0o644);
    // By convention the home of nobody does not exist.
    if accounts.home == "/nonexistent" {
        return layer;
    }
    layer.directory(&accounts.home, 0o700, user.uid_gid().unwrap_or((0, 0)))
}

/// Nanoseconds since 1970: `SOURCE_DATE_EPOCH`, or 1970 itself, since the present would change every image.
pub(super) fn timestamp(inputs: &Inputs<'_>) -> i64 {
    inputs.settings.epoch.unwrap_or(0).saturating_mul(1_000_000_000)
}

fn empty_config(inputs: &Inputs<'_>) -> ImageConfig {
    let platform = inputs.platform;
    let mut config = ImageConfig::empty(&platform.os, &platform.architecture, platform.variant.as_deref());
    config.config.env.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    // Where the certificates are is found by Go; some libraries ask the variable.
    config.config.env.set("SSL_CERT_FILE", CERTIFICATES);
    config
}

/// The user of the file, of the base if that is not root, or `nonroot`.
fn user(inputs: &Inputs<'_>, base: &ImageConfig) -> User {
    match &inputs.spec.image.user {
        Some(user) => user.value.clone(),
        None if !base.user_is_root() => User::parse(&base.config.user).unwrap_or_default(),
        None => User::nonroot(),
    }
}

fn unnumbered(inputs: &Inputs<'_>, user: &User) -> Diagnostic {
    let problem = Problem::UnnumberedUser { user: user.to_string() };
    match &inputs.spec.image.user {
        Some(user) => Diagnostic::at(problem, &inputs.spec.file, user.span),
        None => Diagnostic::nowhere(problem),
    }
}

/// Dates an image, and says what its layers are.
pub(super) fn add_history(
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
fn describe(
    inputs: &Inputs<'_>,
    config: &mut ImageConfig,
    user: &User,
    directory: &str,
    binaries: &[&str],
    history: Vec<String>,
) {
    let spec = &inputs.spec.image;
    add_history(inputs, config, history);
    let run = &mut config.config;
    // They were meant for the image that is built on the base, and a Dockerfile would have run them by now.
    run.rest.remove("OnBuild");
    run.user = user.config_string();
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
    run.labels.extend(spec.labels.clone());
    run.labels.extend(inputs.settings.labels.clone());
    if let Some(healthcheck) = &spec.healthcheck {
        run.healthcheck = Some(check(healthcheck));
    }
}

/// A health check in the words of the config.
fn check(healthcheck: &Healthcheck) -> image::Healthcheck {
    let Healthcheck::Check(check) = healthcheck else {
        return image::Healthcheck { test: vec!["NONE".to_owned()], ..image::Healthcheck::default() };
    };
    let nanoseconds = |duration: Option<spec::Duration>| duration.map_or(0, |duration| duration.0);
    let argv = check.test.iter().flat_map(|test| &test.0).cloned();
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
