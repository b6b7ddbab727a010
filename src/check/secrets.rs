//! Rules about secrets, which are known by the names of what holds them.
//!
//! Invariant: no message repeats a value.

use super::{Facts, Found, Rule, Severity};
use crate::diagnostic::Problem;

pub(super) const RULES: &[Rule] = &[
    Rule { name: "SecretInArg", severity: Severity::Risk, about: "No arg is a secret.", find: secret_in_arg },
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

/// Words that make a name that of a secret.
const WORDS: [&str; 11] = [
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "privatekey",
    "pword",
    "secret",
    "secretkey",
    "token",
];
/// Words that do with `key` behind them.
const KEYS: [&str; 7] = ["access", "api", "encryption", "private", "secret", "signing", "ssh"];
/// Last words of names of something about a secret.
const ABOUT: [&str; 17] = [
    "count",
    "dir",
    "directory",
    "enabled",
    "endpoint",
    "expiry",
    "file",
    "header",
    "id",
    "issuer",
    "length",
    "name",
    "path",
    "required",
    "ttl",
    "type",
    "url",
];

/// Whether something of this name is as a rule a secret.
pub(super) fn is_secret(name: &str) -> bool {
    let words = words(name);
    let about = words.last().is_some_and(|last| ABOUT.contains(&last.as_str()));
    let public = words.iter().any(|word| word == "public");
    let key = |pair: &[String]| pair[1] == "key" && KEYS.contains(&pair[0].as_str());
    let named = words.iter().any(|word| WORDS.contains(&word.as_str()));
    !about && !public && (named || words.windows(2).any(key))
}

/// `DB_PASSWORD`, `dbPassword` and `db-password` are the same words.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in name.chars() {
        let starts = letter.is_uppercase() && before.is_lowercase();
        if (starts || !letter.is_alphanumeric()) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let (Some(word), true) = (words.last_mut(), letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// Whether a value can be one: not whether there is one, and not where it is.
fn is_value(text: &str) -> bool {
    !matches!(text, "" | "true" | "false") && !text.starts_with('/') && text.parse::<u64>().is_err()
}

fn secret_in_arg(facts: &Facts<'_>, found: &mut Found<'_, '_>) {
    let passed = facts.undeclared.iter().filter_map(|diagnostic| match &diagnostic.problem {
        Problem::UndeclaredArg { name, .. } => Some(name),
        _ => None,
    });
    for name in facts.spec.args.0.keys().chain(passed).filter(|name| is_secret(name)) {
        let message = format!(
            "arg `{name}` looks like a secret, and everybody who has the image can read the args of its build in the \
             provenance; pass `--secret id={name}` and name it in `generate[].secrets` or `modules.private`"
        );
        found.at(&["args", name], &message);
    }
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

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_secrets() {
        for name in
            ["DB_PASSWORD", "GITHUB_TOKEN", "apiKey", "AWS_SECRET_ACCESS_KEY", "-db-passwd", "SSH_KEY"]
        {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "DB_PASSWORD_FILE",
            "PARTITION_KEY",
            "PUBLIC_API_KEY",
            "TOKENIZER",
            "MAX_TOKENS",
            "KEY",
            "AUTH_URL",
            "SECRET_NAME",
            "VERSION",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
