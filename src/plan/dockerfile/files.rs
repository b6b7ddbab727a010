//! What the image holds beside the program: what most programs take for granted, directories, files, what asks for its health.
//!
//! A stage makes what takes a shell, since a base may have none. Invariant: that stage sees nothing of the repository, so that no
//! change of it runs the stage again.

use super::super::generate::StepFiles;
use super::super::image::{
    CERTIFICATES, Essentials, HEALTHCHECK, HEALTHCHECK_SOURCE, Made, Runner, ZONES_SOURCE, chmod, made,
    parts, target,
};
use super::super::{Inputs, Mode};
use super::Twice;
use super::lines::{Lines, from};
use super::stages::{BUILD_CACHE, target_variables};
use super::text::{paths, shell};
use crate::spec::{Healthcheck, ImageFiles};

/// Where a stage lays out what is at home in the image.
const ROOT: &str = "/image";
/// Where it makes directories whose parents may be the base's.
const DIRECTORIES: &str = "/directories";
/// Where the sources of our own programs are.
const TOOLS: &str = "/tools";

/// What there is to be laid out.
struct Laid<'a> {
    essentials: Essentials,
    directories: Vec<Made<'a>>,
    probe: bool,
}

impl<'a> Laid<'a> {
    fn of(inputs: &Inputs<'a>) -> Option<Laid<'a>> {
        let runner = Runner::planned(inputs)?;
        let of_base = inputs.base.map(|base| base.config.config.volumes.clone()).unwrap_or_default();
        let probe =
            matches!(&inputs.spec.image.healthcheck, Some(Healthcheck::Check(check)) if check.http.is_some());
        Some(Laid {
            essentials: Essentials::of(inputs, &runner),
            directories: made(inputs, &runner, &of_base).ok()?,
            probe,
        })
    }

    /// Whether there is anything under [`ROOT`].
    fn has_root(&self) -> bool {
        self.essentials.name().is_some() || self.essentials.home.is_some() || self.probe
    }
}

/// The stage that lays it out.
pub(super) fn stage(lines: &mut Lines, plan: &Twice<'_>) {
    let inputs = plan.now.0;
    let Some(laid) = Laid::of(inputs) else { return };
    if !laid.has_root() && laid.directories.is_empty() {
        return;
    }
    lines.blank();
    lines.line("FROM go AS files");
    let mut options = vec!["--network=none".to_owned()];
    if inputs.mode != Mode::Off {
        options.push(format!("--mount=type=cache,target={BUILD_CACHE}"));
    }
    let alone = "CGO_ENABLED=0 GOFLAGS= GOWORK=off";
    if laid.probe {
        let (args, words) = target_variables(inputs);
        lines.line(&args);
        lines.file(&format!("{TOOLS}/healthcheck.go"), HEALTHCHECK_SOURCE);
        let flags = "-trimpath -gcflags=all=-dwarf=false '-ldflags=-s -w -buildid='";
        let (words, program) = (words.join(" "), format!("{ROOT}{HEALTHCHECK}"));
        let compile = format!("{words} {alone} go build {flags} -o {program} {TOOLS}/healthcheck.go");
        lines.run(&options, &[compile, format!("chmod 0555 {program}")]);
    }
    if laid.essentials.timezones {
        lines.file(&format!("{TOOLS}/zones.go"), ZONES_SOURCE);
        let archive = "\"$(go env GOROOT)/lib/time/zoneinfo.zip\"";
        let unpack = format!("{alone} go run {TOOLS}/zones.go {archive} {ROOT}/usr/share/zoneinfo");
        lines.run(&options, &[unpack]);
    }
    let commands = commands(&laid);
    if !commands.is_empty() {
        lines.run(&[], &commands);
    }
}

/// What takes a shell and nothing else.
fn commands(laid: &Laid<'_>) -> Vec<String> {
    let words = |text: &str| text.lines().map(shell).collect::<Vec<String>>().join(" ");
    let Essentials { accounts, home, certificates, tmp, .. } = &laid.essentials;
    let mut commands = Vec::new();
    if *certificates {
        commands.push(format!("mkdir -p {ROOT}/etc/ssl/certs"));
        commands.push(format!("cp {CERTIFICATES} {ROOT}/etc/ssl/certs/"));
    } else if accounts.is_some() {
        commands.push(format!("mkdir -p {ROOT}/etc"));
    }
    if let Some(accounts) = accounts {
        commands.push(format!("printf '%s\\n' {} >{ROOT}/etc/passwd", words(&accounts.passwd)));
        commands.push(format!("printf '%s\\n' {} >{ROOT}/etc/group", words(&accounts.group)));
    }
    if let Some((home, owner)) = home {
        commands.push(directory(&format!("{ROOT}{home}"), 0o700, *owner));
    }
    if *tmp {
        commands.push(format!("mkdir -p {ROOT}/tmp && chmod 1777 {ROOT}/tmp"));
    }
    for (number, Made { path, mode, owner }) in laid.directories.iter().enumerate() {
        let name = path.rsplit('/').next().unwrap_or_default();
        commands.push(directory(&format!("{DIRECTORIES}/{number}/{name}"), *mode, *owner));
    }
    commands
}

fn directory(path: &str, mode: u32, (uid, gid): (u32, u32)) -> String {
    let path = shell(path);
    format!("mkdir -p {path} && chown {uid}:{gid} {path} && chmod {mode:04o} {path}")
}

/// The copies into the image.
pub(super) fn copies(lines: &mut Lines, plan: &Twice<'_>) {
    let inputs = plan.now.0;
    let Some(laid) = Laid::of(inputs) else { return };
    if laid.has_root() {
        lines.line(&format!("COPY --from=files {ROOT}/ /"));
    }
    for (number, Made { path, .. }) in laid.directories.iter().enumerate() {
        let above = path.rsplit_once('/').map_or("", |(above, _)| above);
        let (from, to) = (format!("{DIRECTORIES}/{number}/"), format!("{above}/"));
        lines.line(&format!("COPY --from=files {}", paths(&[from, to])));
    }
    let Some(runner) = Runner::planned(inputs) else { return };
    let entries = inputs.spec.image.files.0.iter().zip(inputs.files).enumerate();
    for (number, (entry, source)) in entries {
        let (files, key) = (&entry.value, format!("image.files[{number}]"));
        let Some(to) = &files.to else { continue };
        let mut words = vec!["COPY".to_owned()];
        let (from, root) = place(inputs, files, &source.files);
        let owner = files.owner.as_ref().and_then(|owner| runner.owner(inputs, &key, owner).ok());
        // Those of the context are root's anyhow.
        let owner = owner.or(from.is_some().then_some((0, 0)));
        words.extend(from.map(|from| format!("--from={from}")));
        words.extend(owner.map(|(uid, gid)| format!("--chown={uid}:{gid}")));
        words.extend(chmod(inputs, files, source).map(|mode| format!("--chmod={mode}")));
        let mut all = Vec::new();
        for from in files.from.iter().map(|from| from.value.as_str()) {
            match selected(from) {
                Some(path) => all.push(format!("{root}{path}")),
                None => lines.comment(&format!("No instruction selects `{from}` (`{key}.from`).")),
            }
        }
        if all.is_empty() {
            continue;
        }
        all.push(target(files, to.as_str()));
        words.push(paths(&all));
        lines.line(&words.join(" "));
    }
}

/// What files are copied from, and what their paths start with there.
fn place(inputs: &Inputs<'_>, files: &ImageFiles, source: &StepFiles) -> (Option<String>, &'static str) {
    match (&files.context, source) {
        (Some(context), _) => (Some(context.value.as_str().to_owned()), "/"),
        (None, StepFiles::Image(image)) => (Some(from(image)), "/"),
        (None, _) if !inputs.spec.generate.0.is_empty() => (Some("sources".to_owned()), "/"),
        (None, _) => (None, ""),
    }
}

/// The path or the pattern by which `COPY` selects the same; none where it knows no such pattern.
fn selected(pattern: &str) -> Option<String> {
    let pattern = pattern.trim_end_matches('/');
    let (directory, rest) = parts(pattern);
    match rest.as_str() {
        "" => Some(pattern.to_owned()),
        // Of a directory `COPY` takes what is in it, too.
        "*" | "**" => Some(match directory.trim_start_matches('/') {
            "" => ".".to_owned(),
            directory => directory.to_owned(),
        }),
        rest if rest.contains('/') || rest.contains("**") => None,
        _ => Some(pattern.to_owned()),
    }
}
