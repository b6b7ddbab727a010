//! The image step: the base, what a base of nothing lacks, and the binaries, each a layer of its own; and the config.
//!
//! Invariant: the binaries' layer comes last and is the only one that a change of the program changes. Copies are plain
//! ones: with a merge, an unchanged build on a fresh machine would pull the builder.

use super::go_step::image_source;
use super::names::{Step, cross};
use super::settings::{Naming, ResolvedImage};
use super::{Built, Inputs};
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use crate::image::{Accounts, History, ImageConfig, User};
use buildkit_llb::{Copy, File, Location, Metadata, Mkdir, Mkfile, Output};
use std::time::{Duration, UNIX_EPOCH};

/// Where distributions keep the CA certificates that Go looks for first (`crypto/x509/root_linux.go`).
const CERTIFICATES: &str = "/etc/ssl/certs/ca-certificates.crt";
/// What made a layer, for `docker history`.
const HISTORY_COMMENT: &str = "gobuild";

/// The image of one platform.
pub(super) fn image(inputs: &Inputs<'_>, builder: Output, binaries: &Output) -> Result<Built, Diagnostics> {
    let spec = &inputs.spec.image;
    let platform = match inputs.naming {
        Naming::Plain => String::new(),
        Naming::PerPlatform => inputs.platform.to_string(),
    };
    let place = Location { file: inputs.spec.file.clone(), ranges: vec![spec.base.span] };
    let (mut config, base) = match inputs.base {
        Some(base) => (base.config.clone(), Base::Image(base)),
        None => (empty_config(inputs), Base::Nothing),
    };
    let user = user(inputs, &config);

    let (ground, mut history) = match base {
        Base::Image(base) => {
            let name = format!("FROM {}", base.pinned);
            let source = image_source(base, Step::Image.metadata(&platform, &name, place, inputs.settings));
            (File::on(source), Vec::new())
        }
        Base::Nothing => {
            let accounts = Accounts::for_user(&user).map_err(|_| unnumbered(inputs, &user))?;
            let text = "accounts and CA certificates";
            let metadata = Step::Image.metadata(&platform, text, place, inputs.settings);
            (File::on(essentials(inputs, &accounts, &user, builder, metadata)), vec![text.to_owned()])
        }
    };

    let directory = spec.workdir.clone().unwrap_or_default();
    let directory = directory.trim_end_matches('/');
    let names: Vec<&str> = inputs.mains.iter().map(|main| main.binary.as_str()).collect();
    let text = format!("COPY {} {directory}/", names.join(" "));
    let step = cross(inputs.naming, inputs.platform, inputs.platform);
    let place = super::file_place(inputs.spec);
    let output = inputs
        .mains
        .iter()
        .fold(ground, |file, main| {
            let (from, to) = (format!("/{}", main.binary), format!("{directory}/{}", main.binary));
            let copy = Copy::new(binaries.clone(), from, to);
            file.copy(copy.mode(0o555).owner(0, 0).create_dest_path().timestamp(timestamp(inputs)))
        })
        .metadata(Step::Image.metadata(&step, &text, place, inputs.settings))
        .build();
    history.push(text);

    describe(inputs, &mut config, &user, directory, &names, history);
    Ok(Built { output, config, base_config: inputs.base.map(|base| base.config.clone()) })
}

enum Base<'a> {
    Image(&'a ResolvedImage),
    Nothing,
}

/// What distroless' static image has and scratch has not, as far as a Go program looks for it.
fn essentials(
    inputs: &Inputs<'_>,
    accounts: &Accounts,
    user: &User,
    builder: Output,
    metadata: Metadata,
) -> Output {
    let time = timestamp(inputs);
    let (uid, gid) = user.uid_gid().unwrap_or((0, 0));
    let mut file = File::scratch()
        .mkdir(Mkdir::new("/etc/ssl/certs").mode(0o755).make_parents().timestamp(time))
        .mkfile(Mkfile::new("/etc/passwd", accounts.passwd.as_bytes()).mode(0o644).timestamp(time))
        .mkfile(Mkfile::new("/etc/group", accounts.group.as_bytes()).mode(0o644).timestamp(time))
        .copy(Copy::new(builder, CERTIFICATES, CERTIFICATES).mode(0o644).owner(0, 0).timestamp(time));
    // By convention the home of nobody does not exist.
    if accounts.home != "/nonexistent" {
        let home = Mkdir::new(&accounts.home).mode(0o700).make_parents().owner(uid, gid);
        file = file.mkdir(home.timestamp(time));
    }
    file.metadata(metadata).build()
}

/// Nanoseconds since 1970: `SOURCE_DATE_EPOCH`, or 1970 itself, since the present would change every image.
fn timestamp(inputs: &Inputs<'_>) -> i64 {
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
    let seconds = u64::try_from(inputs.settings.epoch.unwrap_or(0)).unwrap_or(0);
    let created = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds)).to_string();
    config.created = Some(created.clone());
    config.history.extend(history.into_iter().map(|text| History {
        created: Some(created.clone()),
        created_by: Some(text),
        comment: Some(HISTORY_COMMENT.to_owned()),
        ..History::default()
    }));

    let run = &mut config.config;
    run.user = user.config_string();
    if let Some(workdir) = &spec.workdir {
        run.working_dir.clone_from(workdir);
    }
    match &spec.entrypoint {
        Some(entrypoint) => run.entrypoint.clone_from(entrypoint),
        None => {
            run.entrypoint = binaries.first().map(|name| format!("{directory}/{name}")).into_iter().collect();
        }
    }
    // The base's arguments were for the base's command.
    run.cmd = spec.cmd.clone().unwrap_or_default();
    for (name, value) in &spec.env {
        run.env.set(name, value);
    }
    run.exposed_ports.extend(spec.ports.iter().cloned());
    run.labels.extend(spec.labels.clone());
    run.labels.extend(inputs.settings.labels.clone());
    if let Some(healthcheck) = &spec.healthcheck {
        run.healthcheck = Some(healthcheck.clone());
    }
}
