//! The last stage: what the image holds and says.
//!
//! Invariant: nothing runs in an image here, so what a command of that stage did is in a note, but for accounts, which
//! are numbers.

use super::super::draft::{Draft, Value};
use super::super::{GoFacts, binary, shell};
use super::builder::{Programs, plain};
use super::stage::{Argv, At, Check, Copy, Stage, Stages, absolute, clean};

/// What is put on a base.
struct Image<'a> {
    stages: &'a Stages,
    stage: &'a Stage,
    /// Where the program was, and where it is here.
    program: Option<(String, String)>,
    shell: Shell,
}

/// Whether the base has a shell.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shell {
    Has,
    HasNot,
}

/// Says what the last stage says.
pub(super) fn read(draft: &mut Draft, stages: &Stages, built: &Programs, facts: &GoFacts) {
    let last = stages.all.len() - 1;
    let stage = &stages.all[last];
    let base = stages.image(last);
    let shell = if bare(base) { Shell::HasNot } else { Shell::Has };
    let copied: Vec<(String, String)> = built
        .0
        .iter()
        .filter_map(|program| {
            let name = binary(&program.main, facts);
            Some((place_of(stages, last, program.stage, &program.file)?, name))
        })
        .collect();
    let run = stage.entrypoint.as_ref().or(stage.cmd.as_ref()).and_then(|argv| first_word(&argv.value));
    let directory = stage.workdir.clone().unwrap_or_default();
    let directory = directory.trim_end_matches('/');
    let found =
        copied.iter().find(|(place, _)| run.as_deref().is_some_and(|run| names(run, directory, place)));
    let program =
        found.or(copied.first()).map(|(place, name)| (place.clone(), format!("{directory}/{name}")));
    if let Some((was, is)) = &program
        && was != is
    {
        let line = stage.entrypoint.as_ref().or(stage.cmd.as_ref()).map(|argv| argv.line);
        draft.note(line, format!("the program is `{is}` here; it was `{was}`"));
    }
    let image = Image { stages, stage, program, shell };
    image.base(draft, base);
    image.user(draft, base);
    if let Some(workdir) = &stage.workdir {
        draft.set(&["image", "workdir"], Value::text(workdir));
    }
    image.command(draft);
    for (name, value) in &stage.env {
        draft.set(&["image", "env", name], Value::text(value));
    }
    if !stage.ports.is_empty() {
        let ports = stage.ports.iter().map(|port| port.trim_end_matches("/tcp"));
        draft.set(&["image", "ports"], Value::texts(ports));
    }
    for (name, value) in &stage.labels {
        draft.set(&["image", "labels", name], Value::text(value));
    }
    if let Some(check) = &stage.healthcheck {
        image.healthcheck(draft, check);
    }
    image.rest(draft, built);
}

/// Whether an image is known to have no shell.
fn bare(base: &str) -> bool {
    let distroless = base.contains("distroless/") || base.contains("chainguard/static");
    base == "scratch" || (distroless && !base.contains("debug") && !base.contains("-dev"))
}

/// Whether an image is known to run as root.
fn runs_as_root(base: &str) -> bool {
    const ROOT: [&str; 7] = ["alpine", "busybox", "debian", "fedora", "golang", "scratch", "ubuntu"];
    let name = base.split([':', '@']).next().unwrap_or(base);
    let name = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    ROOT.contains(&name) || (base.contains("distroless/") && !base.contains("nonroot"))
}

/// Where a file of a stage is in the last one.
fn place_of(stages: &Stages, last: usize, stage: usize, file: &str) -> Option<String> {
    let chain = stages.chain(last);
    if chain.contains(&stage) {
        return Some(file.to_owned());
    }
    let copies = chain.iter().flat_map(|index| &stages.all[*index].copies);
    for copy in copies {
        // The program may have gone through another stage on its way.
        let Some(from) = copy.from.as_deref().and_then(|from| stages.named(from)) else { continue };
        let here = if stages.chain(from).contains(&stage) {
            Some(file.to_owned())
        } else if from < last {
            place_of(stages, from, stage, file)
        } else {
            None
        };
        let Some(here) = here else { continue };
        for source in &copy.sources {
            let source = clean(&absolute("/", source));
            let name = here.rsplit('/').next().unwrap_or_default();
            if source == here
                || (source.contains('*') && here.starts_with(source.split('*').next().unwrap_or_default()))
            {
                let whole = if copy.target.ends_with('/') || copy.target == "/" {
                    format!("{}/{name}", clean(&copy.target).trim_end_matches('/'))
                } else {
                    copy.target.clone()
                };
                return Some(whole);
            }
            if let Some(rest) = here.strip_prefix(&format!("{}/", source.trim_end_matches('/'))) {
                return Some(format!("{}/{rest}", clean(&copy.target).trim_end_matches('/')));
            }
        }
    }
    None
}

/// Port and path of a URL of the container itself.
fn own_port(url: &str) -> Option<String> {
    let rest = url.strip_prefix("http://")?;
    let rest = ["localhost", "127.0.0.1", "0.0.0.0"].iter().find_map(|host| rest.strip_prefix(host))?;
    match rest.strip_prefix(':') {
        Some(_) => Some(rest.to_owned()),
        None => Some(format!(":80{rest}")),
    }
}

/// The program of a command.
fn first_word(argv: &Argv) -> Option<String> {
    match argv {
        Argv::Exec(words) => words.first().cloned(),
        Argv::Shell(line) => {
            shell::words(line).into_iter().find(|word| word != "exec" && !word.contains('='))
        }
    }
}

/// Whether a word of a command is the program in this place: by its path, or by its name where the path is searched.
fn names(word: &str, directory: &str, place: &str) -> bool {
    if word.contains('/') {
        clean(&absolute(directory, word)) == place
    } else {
        place.rsplit('/').next() == Some(word)
    }
}

impl Image<'_> {
    fn base(&self, draft: &mut Draft, base: &str) {
        let line = Some(self.stage.line);
        let short = match base {
            "gcr.io/distroless/static:nonroot" => return,
            "alpine" | "alpine:3" | "alpine:latest" => "alpine",
            base if base.split([':', '@']).next() == Some("golang") => {
                draft.note(
                    line,
                    format!("the image was `{base}`, toolchain and all; here it is distroless static, or what `image.base` says"),
                );
                return;
            }
            other => other,
        };
        draft.set(&["image", "base"], Value::text(short));
    }

    fn user(&self, draft: &mut Draft, base: &str) {
        let key = ["image", "user"];
        let Some(At { line, value }) = &self.stage.user else {
            if runs_as_root(base) {
                draft.set(&key, Value::text("root"));
                draft.note(
                    Some(self.stage.line),
                    "nobody has said who runs the program, so it was root; without `image.user` it is `nonroot`, 65532",
                );
            }
            return;
        };
        let Some(said) = self.numbered(value) else {
            draft.note(
                Some(*line),
                format!(
                    "`{value}` is an account that a command made; here it is `nonroot`, 65532, or the number that \
                     `image.user` says"
                ),
            );
            return;
        };
        let default = said == "nonroot" && base == "gcr.io/distroless/static:nonroot";
        if !default {
            draft.set(&key, Value::text(said));
        }
    }

    /// A user, and perhaps a group, by number where a command has made the account.
    fn numbered(&self, value: &str) -> Option<String> {
        let (user, group) = match value.split_once(':') {
            Some((user, group)) => (user, Some(group)),
            None => (value, None),
        };
        let known = |name: &str| {
            ["root", "nobody", "nonroot"].contains(&name)
                || name.bytes().all(|byte| byte.is_ascii_digit())
                || name.contains("${")
        };
        let number = |name: &str, programs: &[&str], flags: &[&str]| {
            if known(name) { Some(name.to_owned()) } else { self.account(name, programs, flags) }
        };
        let user = number(user, &["adduser", "useradd"], &["-u", "--uid"])?;
        let group = group.and_then(|group| number(group, &["addgroup", "groupadd"], &["-g", "--gid"]));
        Some(match group {
            Some(group) if group == user && !user.bytes().all(|byte| byte.is_ascii_digit()) => user,
            Some(group) => format!("{user}:{group}"),
            None => user,
        })
    }

    /// The number of an account that a command of any stage has made.
    fn account(&self, name: &str, programs: &[&str], flags: &[&str]) -> Option<String> {
        let runs = self.stages.all.iter().flat_map(|stage| &stage.runs);
        let mut commands = runs.flat_map(|run| &run.commands).map(plain);
        let words = commands.find(|words| {
            words.first().is_some_and(|first| programs.contains(&first.as_str()))
                && words.iter().any(|word| word == name)
        })?;
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let number = match word.split_once('=') {
                Some((flag, number)) if flags.contains(&flag) => Some(number.to_owned()),
                _ if flags.contains(&word.as_str()) => words.next().cloned(),
                // `-Du 1001`, as busybox takes it.
                _ if word.starts_with('-')
                    && !word.starts_with("--")
                    && flags[0].ends_with(word.chars().last()?) =>
                {
                    words.next().cloned()
                }
                _ => None,
            };
            if let Some(number) = number.filter(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
                return Some(number);
            }
        }
        None
    }

    /// The words of a command; none after a note.
    fn words(&self, draft: &mut Draft, argv: &At<Argv>) -> Option<Vec<String>> {
        match &argv.value {
            Argv::Exec(words) => Some(words.clone()),
            Argv::Shell(line) => {
                let line = line.strip_prefix("exec ").unwrap_or(line).trim();
                if !shell::needs_shell(line) && !line.contains('$') {
                    return Some(shell::words(line));
                }
                if self.shell == Shell::Has {
                    let line = super::super::draft::literal(line);
                    return Some(vec!["/bin/sh".to_owned(), "-c".to_owned(), line]);
                }
                draft.note(Some(argv.line), format!("`{line}` takes a shell, which the base does not have"));
                None
            }
        }
    }

    /// The words with the program where it is here, and whether it is the program that they run.
    fn placed(&self, mut words: Vec<String>) -> (Vec<String>, bool) {
        let directory = self.stage.workdir.as_deref().unwrap_or_default();
        let (Some((was, is)), Some(first)) = (&self.program, words.first_mut()) else {
            return (words, false);
        };
        let ours = names(first, directory, was);
        if ours {
            first.clone_from(is);
        }
        (words, ours)
    }

    fn command(&self, draft: &mut Draft) {
        let entrypoint = self.stage.entrypoint.as_ref();
        let cmd = self.stage.cmd.as_ref();
        if let Some(entrypoint) = entrypoint
            && let Some(words) = self.words(draft, entrypoint)
        {
            let (words, ours) = self.placed(words);
            if !ours && !words.is_empty() {
                draft.note(
                    Some(entrypoint.line),
                    format!("`{}` is not the program that is built; is it in the base?", words[0]),
                );
            }
            if words.len() > usize::from(ours) {
                draft.set(&["image", "entrypoint"], Value::texts(words));
            }
        }
        let Some(cmd) = cmd else { return };
        let Some(words) = self.words(draft, cmd).filter(|words| !words.is_empty()) else { return };
        if entrypoint.is_some() {
            draft.set(&["image", "cmd"], Value::texts(words));
            return;
        }
        let (words, ours) = self.placed(words);
        if ours {
            draft.note(
                Some(cmd.line),
                "the program was in `CMD`; here it is the entrypoint, so words behind the image's name in `docker run` are \
                 its arguments",
            );
            if words.len() > 1 {
                draft.set(&["image", "cmd"], Value::texts(words[1..].to_vec()));
            }
        } else {
            draft.set(&["image", "entrypoint"], Value::texts(words));
            draft.note(Some(cmd.line), "what runs is not the program that is built; is it in the base?");
        }
    }

    fn healthcheck(&self, draft: &mut Draft, check: &At<Check>) {
        let Check { test, options } = &check.value;
        let Some(test) = test else {
            draft.set(&["image", "healthcheck"], Value::text("none"));
            return;
        };
        let test = match test {
            // A check fails by any exit code but 0.
            Argv::Shell(line) => {
                let line = line.trim_end_matches(';').trim();
                let short =
                    ["|| exit 1", "||exit 1", "|| false"].iter().find_map(|end| line.strip_suffix(end));
                Argv::Shell(short.unwrap_or(line).trim().to_owned())
            }
            exec @ Argv::Exec(_) => exec.clone(),
        };
        let program = first_word(&test).unwrap_or_default();
        let asks = ["curl", "wget"].contains(&program.rsplit('/').next().unwrap_or_default());
        let url = match &test {
            Argv::Exec(words) => words.last().cloned(),
            Argv::Shell(line) => shell::words(line).into_iter().find(|word| word.starts_with("http://")),
        };
        let place = url.as_deref().and_then(own_port);
        if let (true, Some(place)) = (asks, place)
            && draft.offer(&["image", "healthcheck", "http"], Value::text(place))
        {
            for (name, value) in options {
                draft.set(&["image", "healthcheck", name], Value::text(value));
            }
            return;
        }
        if asks && self.shell == Shell::HasNot {
            draft.note(
                Some(check.line),
                format!(
                    "the base has no `{program}`: let the program ask itself, `image.healthcheck: {{test: [{}, health]}}`",
                    self.program.as_ref().map_or("/app", |(_, is)| is)
                ),
            );
            return;
        }
        if asks && program.ends_with("curl") {
            draft.note(Some(check.line), "`curl` has to be in the base: nothing is installed there");
        }
        let Some(words) = self.words(draft, &At { line: check.line, value: test }) else { return };
        let (words, _) = self.placed(words);
        draft.set(&["image", "healthcheck", "test"], Value::texts(words));
        for (name, value) in options {
            draft.set(&["image", "healthcheck", name], Value::text(value));
        }
    }

    /// What has no key.
    fn rest(&self, draft: &mut Draft, built: &Programs) {
        let last = self.stages.all.len() - 1;
        for index in self.stages.chain(last) {
            let stage = &self.stages.all[index];
            let compiles = built.0.iter().any(|program| self.stages.chain(program.stage).contains(&index));
            for copy in stage.copies.iter().filter(|_| !compiles) {
                self.copy(draft, copy, built);
            }
            for run in stage.runs.iter().filter(|_| !compiles) {
                for command in &run.commands {
                    run_in_image(draft, run.line, plain(command));
                }
            }
            for other in &stage.others {
                draft.note(Some(other.line), format!("`{}` has no key here", other.value));
            }
        }
        for volume in &self.stage.volumes {
            if !draft.offer(&["image", "volumes"], Value::texts([&volume.value])) {
                let text =
                    format!("`VOLUME {}` has no key here: say it where the container is run", volume.value);
                draft.note(Some(volume.line), text);
            }
        }
        if let Some(At { line, value }) = &self.stage.stop_signal
            && !draft.offer(&["image", "stop-signal"], Value::text(value))
        {
            let text = format!("`STOPSIGNAL {value}` has no key here: say it where the container is run");
            draft.note(Some(*line), text);
        }
    }

    fn copy(&self, draft: &mut Draft, copy: &Copy, built: &Programs) {
        let line = Some(copy.line);
        let from = copy.from.as_deref().and_then(|from| self.stages.named(from));
        let mut left = Vec::new();
        for source in &copy.sources {
            let path = clean(&absolute("/", source));
            let is_program = from.is_some_and(|from| {
                built.0.iter().any(|program| {
                    let place = if self.stages.chain(from).contains(&program.stage) {
                        Some(program.file.clone())
                    } else {
                        place_of(self.stages, from, program.stage, &program.file)
                    };
                    place.is_some_and(|file| {
                        file == path
                            || file.starts_with(&format!("{}/", path.trim_end_matches('/')))
                            || (path.contains('*')
                                && file.starts_with(path.split('*').next().unwrap_or_default()))
                    })
                })
            });
            let brought = copy.from.is_some()
                && (path.starts_with("/etc/ssl/")
                    || path.starts_with("/etc/pki/")
                    || ["/etc/passwd", "/etc/group"].contains(&path.as_str()));
            if !is_program && !brought {
                left.push(source.clone());
            }
        }
        if left.is_empty() {
            return;
        }
        let from = copy.from.as_ref().map(|from| format!("--from={from} ")).unwrap_or_default();
        let text = format!("`COPY {from}{} {}`", left.join(" "), copy.target);
        if left.iter().any(|source| source.contains("zoneinfo")) {
            if !draft.offer(&["image", "timezones"], Value::text("true")) {
                draft.note(
                    line,
                    format!("{text}: time zones are in the base `static`, or in the program with the tag `timetzdata`"),
                );
            }
            return;
        }
        // What other stages have made is not in the context.
        let offered = copy.from.is_none()
            && !left.iter().any(|source| source.contains("<<") || source.contains("://"))
            && {
                let sources = left.iter().map(|source| clean(source).trim_start_matches('/').to_owned());
                let mut entry = vec![
                    ("from".to_owned(), Value::one_or_more(sources.collect())),
                    ("to".to_owned(), Value::text(&copy.target)),
                ];
                let plain = |value: &&String| !value.contains("${");
                let owner = copy.owner.as_ref().filter(plain).and_then(|owner| self.numbered(owner));
                entry.extend(owner.map(|owner| ("owner".to_owned(), Value::text(owner))));
                entry.extend(
                    copy.mode.as_ref().filter(plain).map(|mode| ("mode".to_owned(), Value::text(mode))),
                );
                draft.offer(&["image", "files"], Value::List(vec![Value::Map(entry)]))
            };
        if !offered {
            draft.note(
                line,
                format!("{text} has no key here: embed the files (`//go:embed`), or put them into the base"),
            );
        }
    }
}

/// A command of the last stage.
fn run_in_image(draft: &mut Draft, line: usize, words: &[String]) {
    const EXPECTED: [&str; 10] = [
        "addgroup",
        "adduser",
        "cd",
        "chmod",
        "chown",
        "groupadd",
        "rm",
        "set",
        "update-ca-certificates",
        "useradd",
    ];
    let Some(first) = words.first() else { return };
    if EXPECTED.contains(&first.as_str()) {
        return;
    }
    if let ("setcap", Some(set)) = (first.as_str(), words.get(1)) {
        let names = set.split(['=', '+']).next().unwrap_or_default().split(',').map(str::to_lowercase);
        if draft.offer(&["image", "capabilities"], Value::texts(names)) {
            return;
        }
    }
    let installs = matches!(first.as_str(), "apk" | "apt-get" | "apt" | "dnf" | "microdnf" | "yum");
    let subject = |word: &&String| {
        !word.starts_with('-')
            && !["add", "install", "update", "upgrade", "clean", "all"].contains(&word.as_str())
    };
    let packages: Vec<&str> = words[1..].iter().filter(subject).map(String::as_str).collect();
    if installs {
        let brought = |package: &&str| ["ca-certificates", "libcap", "tzdata"].contains(package);
        let missing: Vec<&str> = packages.iter().copied().filter(|package| !brought(package)).collect();
        let zones = packages.contains(&"tzdata");
        if !missing.is_empty() {
            draft.note(
                Some(line),
                format!(
                    "nothing is installed in an image here: `image.base` has to be one with {}",
                    missing.join(", ")
                ),
            );
        }
        if zones {
            draft.note(
                Some(line),
                "time zones (`tzdata`) are in the base `static`, or in the program with the tag `timetzdata`",
            );
        }
    } else {
        draft.note(
            Some(line),
            format!("`{}` does not run here: no command runs in the image", words.join(" ")),
        );
    }
}
