//! Rules about secrets, which are known by the names of what holds them.
//!
//! Invariant: no message repeats a value.

use super::{Facts, Found, Rule, Severity};
use crate::spec::is_secret_name as is_secret;

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "SecretInCommand",
        severity: Severity::Risk,
        about: "No command has a secret among its words.",
        find: secret_in_command,
    },
    Rule {
        name: "SecretInEnv",
        severity: Severity::Risk,
        about: "No variable of the image or of a step holds a secret.",
        find: secret_in_env,
    },
    Rule {
        name: "SecretInLabel",
        severity: Severity::Risk,
        about: "No label holds a secret.",
        find: secret_in_label,
    },
    Rule {
        name: "SecretInStamp",
        severity: Severity::Risk,
        about: "No secret is stamped into the program.",
        find: secret_in_stamp,
    },
];

/// Whether a value can be one: not whether there is one, and not where it is.
fn is_value(text: &str) -> bool {
    !matches!(text, "" | "true" | "false") && !text.starts_with('/') && text.parse::<u64>().is_err()
}

fn secret_in_env(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let image = facts.environment().map(|(name, value)| (["image", "env"], name, value));
    let build = &facts.spec.build.env;
    let build = build.iter().map(|(name, value)| (["build", "env"], name.as_str(), value.value.as_str()));
    let test = &facts.spec.test.env;
    let test = test.iter().map(|(name, value)| (["test", "env"], name.as_str(), value.as_str()));
    for ([room, key], name, value) in image.chain(build).chain(test) {
        if is_secret(name) && is_value(value) {
            let instead = match room {
                "image" => "give it to the container when it starts: `docker run --env`, or a mounted file",
                _ => "a step that needs one is a `generate` step with `secrets`",
            };
            let message = format!(
                "`{room}.{key}.{name}` looks like a secret, and is written into the build for all to see; {instead}"
            );
            found.at(&[room, key, name], &message);
        }
    }
    for step in &facts.spec.generate.0 {
        for (name, _) in
            step.value.env.iter().filter(|(name, value)| is_secret(name.as_str()) && is_value(value))
        {
            let name = name.as_str();
            let message = format!(
                "`generate[].env.{name}` looks like a secret, and is written into the build for all to see; pass \
                 `--secret id={name}` and write `secrets: [{name}]`"
            );
            found.on(step.span, &message);
        }
    }
}

fn secret_in_label(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for (name, _) in facts.spec.image.labels.iter().filter(|(name, value)| is_secret(name) && is_value(value))
    {
        let message = format!(
            "label `{name}` looks like a secret, and everybody who has the image can read its labels; remove it"
        );
        found.at(&["image", "labels", name], &message);
    }
}

fn secret_in_stamp(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for (symbol, value) in &facts.spec.build.stamp {
        let name = symbol.as_str().rsplit('.').next().unwrap_or_default();
        if is_secret(name) && is_value(value.value.as_str()) {
            let message = format!(
                "`build.stamp.{}` looks like a secret, and everybody who has the program can read it there; let the \
                 program read it when it starts",
                symbol.as_str()
            );
            found.on(value.span, &message);
        }
    }
}

fn secret_in_command(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    for (path, argv) in facts.commands() {
        let following = argv.iter().skip(1).map(String::as_str).chain([""]);
        for (word, next) in argv.iter().zip(following) {
            let Some(option) = word.strip_prefix('-') else { continue };
            let (name, value) = option.split_once('=').unwrap_or((option, next));
            if is_secret(name) && is_value(value) && !value.starts_with('-') {
                let message = format!(
                    "`{}` gives a secret with `-{name}`, which everybody who has the image can read; let the program read \
                     it from a variable or a file",
                    path.join(".")
                );
                found.at(path, &message);
            }
        }
    }
}
