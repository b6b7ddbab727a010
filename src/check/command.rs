//! Rules about commands, none of which a shell reads.

use super::facts::Tools;
use super::{Facts, Found, Rule, Severity};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "ShellMissing",
        severity: Severity::Mistake,
        about: "A command that starts a shell has one.",
        find: shell_missing,
    },
    Rule {
        name: "ShellSyntax",
        severity: Severity::Mistake,
        about: "What only a shell understands is in no command without one.",
        find: shell_syntax,
    },
    Rule {
        name: "ShellEntrypoint",
        severity: Severity::Mistake,
        about: "The program itself gets the signal to stop.",
        find: shell_entrypoint,
    },
    Rule {
        name: "CommandIsArgument",
        severity: Severity::Mistake,
        about: "`image.cmd` holds arguments, and the program is the entrypoint.",
        find: command_is_argument,
    },
    Rule {
        name: "HealthcheckProgramMissing",
        severity: Severity::Mistake,
        about: "The health check runs a program that is in the image.",
        find: healthcheck_program_missing,
    },
    Rule {
        name: "HealthcheckTimeout",
        severity: Severity::Advice,
        about: "A health check has ended before the next one starts.",
        find: healthcheck_timeout,
    },
];

const SHELLS: [&str; 6] = ["ash", "bash", "busybox", "dash", "sh", "zsh"];
/// Programs of health checks that no base without programs has.
const PROBES: [&str; 8] =
    ["curl", "grpc_health_probe", "http", "nc", "netcat", "pg_isready", "pgrep", "wget"];
/// What stands between commands, or between a command and a file.
const OPERATORS: [&str; 9] = ["&", "&&", "2>&1", ";", "<", ">", ">>", "|", "||"];
/// Docker's own times, in nanoseconds.
const THIRTY_SECONDS: i64 = 30_000_000_000;

/// The last element of a path.
fn name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn is_shell(argv: &[String]) -> bool {
    argv.first().is_some_and(|program| SHELLS.contains(&name(program)))
}

fn shell_missing(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    if facts.tools() != Tools::None {
        return;
    }
    for (path, argv) in facts.commands().filter(|(_, argv)| is_shell(argv)) {
        let message = format!(
            "`{}` starts `{}`, and the base has no shell; write the program and its arguments, or `image.base: alpine`",
            path.join("."),
            argv[0]
        );
        found.at(path, &message);
    }
}

fn shell_syntax(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for (path, argv) in facts.commands() {
        if let Some(word) = of_shell(argv) {
            found.at(path, &unread(&path.join("."), word));
        }
    }
    for step in &facts.spec.generate.0 {
        if let Some(word) = step.value.run.argvs.iter().find_map(|argv| of_shell(argv)) {
            found.on(step.span, &unread("generate[].run", word));
        }
    }
}

fn unread(key: &str, word: &str) -> String {
    format!(
        "`{key}` has `{word}`, which the program gets as it is, since no shell reads it; remove it, or start a shell: \
         `[sh, -c, …]`"
    )
}

/// A word that only a shell gives a meaning; what comes after the program is its own affair where it replaces variables.
fn of_shell(argv: &[String]) -> Option<&str> {
    let (program, words) = argv.split_first()?;
    if is_shell(argv) || matches!(name(program), "env" | "envsubst" | "find") {
        return None;
    }
    let variable = |word: &str| {
        word.strip_prefix('$')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic() || "_({".contains(c)))
    };
    words.iter().map(String::as_str).find(|word| OPERATORS.contains(word) || variable(word))
}

fn shell_entrypoint(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Some(entrypoint) = &facts.spec.image.entrypoint else { return };
    let [_, option, script, ..] = entrypoint.0.as_slice() else { return };
    let command = option.starts_with('-') && option.ends_with('c');
    let replaced = script.split([' ', ';', '&', '\n']).any(|word| word == "exec");
    if is_shell(&entrypoint.0) && command && !replaced && facts.tools() != Tools::None {
        let message = "`image.entrypoint` is a shell, which does not pass `docker stop` on to the program; write the program \
                       and its arguments, or `exec` before it";
        found.at(&["image", "entrypoint"], message);
    }
}

fn command_is_argument(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let (None, Some(cmd), [main]) = (&facts.spec.image.entrypoint, &facts.spec.image.cmd, facts.mains) else {
        return;
    };
    if let Some(first) = cmd.0.first().filter(|first| first.contains('/') && name(first) == main.binary) {
        let message = format!(
            "`image.cmd` starts with `{first}`, which the program would get as its first argument: it is the entrypoint already; \
             keep the arguments only"
        );
        found.at(&["image", "cmd"], &message);
    }
}

fn healthcheck_program_missing(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let test = facts.healthcheck().and_then(|check| check.test.as_ref());
    let Some(program) = test.and_then(|test| test.0.first()) else { return };
    let missing = match facts.tools() {
        Tools::None => PROBES.contains(&name(program)),
        Tools::Busybox => matches!(name(program), "bash" | "curl" | "grpc_health_probe" | "pg_isready"),
        Tools::Unknown => false,
    };
    // What is copied may bring it.
    if missing
        && facts.spec.image.files.0.is_empty()
        && facts.mains.iter().all(|main| main.binary != name(program))
    {
        let message = format!(
            "`image.healthcheck` runs `{program}`, which the base does not have; write `http: :8080/health`, or let the \
             program ask itself, like `test: [/app/server, health]`"
        );
        found.at(&["image", "healthcheck"], &message);
    }
}

fn healthcheck_timeout(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let Some(check) = facts.healthcheck() else { return };
    let interval = check.interval.map_or(THIRTY_SECONDS, |interval| interval.0);
    let Some(timeout) = check.timeout.filter(|timeout| timeout.0 > interval) else { return };
    let seconds = |time: i64| time / 1_000_000_000;
    let message = format!(
        "`image.healthcheck.timeout` is {}s and longer than the {}s from one check to the next; write a shorter one",
        seconds(timeout.0),
        seconds(interval)
    );
    found.at(&["image", "healthcheck", "timeout"], &message);
}
