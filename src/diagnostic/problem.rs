//! Every message of gobuild about what the user wrote.
//!
//! Invariant: a message is lower case, names identifiers in backticks, and says what was found, what is accepted
//! and, where there is one next step, what to write.

use super::key::example;
use super::{NotStatic, RefusedModule, Shown, Suggestion, UnknownKey, UnknownTarget, WrongType};
use crate::golang::{self, UnsupportedTarget};
use crate::spec::Authority;
use std::fmt;

/// What can be wrong.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "each variant is documented by its message below")]
pub enum Problem {
    // The text of the build file.
    FileTooLarge { limit: usize },
    NotUtf8,
    Syntax { detail: String, help: &'static str },
    SeveralDocuments,
    SelfAlias,
    Tag { tag: String },
    TooDeep { limit: usize },
    TooManyNodes { limit: usize },
    TooMuchText { limit: usize },
    DuplicateKey { key: String, first: u32 },
    KeyIsCollection,

    // Its keys and values.
    UnknownKey(UnknownKey),
    KeyOfTheFile { key: String, target: String },
    InTargets { targets: Vec<String>, problem: Box<Problem> },
    MissingKey { key: String },
    WrongType(WrongType),
    BadValue { key: String, found: String, reason: String },
    ArgName { name: String },
    GoAndBuilder { go: String, builder: String },
    DirectiveWord { word: String },
    TwoWays { parent: String, one: &'static str, other: &'static str },
    OutOfPlace { key: String, beside: String },
    CredentialsInUrl { key: String, instead: &'static str },
    NoCertificates { key: String },
    PrivateKey { key: String },
    UnknownHost { key: String, server: String, scan: String },

    // What an organisation says.
    Locked { key: String, says: String, locked: String, by: Box<Authority> },
    RefusedKey { key: String, by: Box<Authority> },
    TargetsOfAll { key: String },
    LockedByClient { flag: String, locked: String, by: Box<Authority> },
    Rule { rule: &'static str, what: String, accepts: String, by: Box<Authority> },
    RuleLabel { label: String, by: Box<Authority> },
    RuleLicense(RefusedModule),
    RuleGo { builder: String, has: Option<String>, needs: String, by: Box<Authority> },
    RuleGoOfBuilder { builder: String, has: Option<String>, needs: String, by: Box<Authority> },

    // Its variables.
    UnclosedReference { text: String },
    UnknownVariable { name: String, suggestion: Suggestion },
    ArgWithoutValue { name: String },
    UndeclaredArg { name: String, suggestion: Suggestion },
    UnreadArg { name: String },
    SecretArg { name: String },

    // The Go part of the context.
    Go(golang::Problem),
    RaceWithoutC,
    VariableWithoutC { name: String },
    LevelAbovePlatform { key: &'static str, found: String, platform: String },
    KeyNeedsGo { key: String, builder: String, has: String, needs: String },
    NoProfile { file: String, suggestion: Suggestion },
    NotStatic(NotStatic),
    Stamp(golang::BadStamp),
    BuilderTooOld { builder: String, has: String, needs: String, file: String, line: usize },
    UnnumberedUser { key: String, user: String },
    AccountsTooLong { path: &'static str, base: String, limit: usize },
    NoSuchFiles { key: String, found: String, suggestion: Suggestion },
    FileIsLink { key: String, found: String },
    DaemonTooOld { key: String, reason: &'static str },
    BinaryIsDirectory { path: String },
    TestOutsideModules { written: String },
    NeedsModule { what: &'static str, file: String },

    // Findings where there are to be none.
    Violations { rules: Vec<&'static str> },

    // The command line and the daemon.
    Option { name: String, value: String, accepted: &'static str },
    Platform { written: String, reason: String },
    UnsupportedTarget { platform: String, reason: UnsupportedTarget },
    UnknownTarget(UnknownTarget),
    NoDebugger { platform: String, supported: Vec<&'static str> },
    ContextUrl { url: String, reason: String },
    NamedContext { name: String, value: String, reason: String },
    Input { name: String, reason: String },
    NoSuchContext { name: String },
    GenerateContext { name: String, value: String },
    BuildFileMissing { name: String },
    ImageUnavailable { image: String, platform: String, reason: String },
    ImageConfig { image: String, reason: String },
}

/// The type of a value, in the words that messages use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is documented by its words below")]
pub enum Kind {
    Nothing,
    Text,
    List,
    Mapping,
    TextOrList,
    Argv,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Nothing => "nothing",
            Kind::Text => "a text",
            Kind::List => "a list",
            Kind::Mapping => "a mapping of keys to values",
            Kind::TextOrList => "a text or a list of texts",
            Kind::Argv => "a list like `[/app/server, --flag]` (no shell reads it)",
        })
    }
}

impl Problem {
    /// What can stand for an image.
    pub const NAMED_CONTEXTS: &str = "write a directory, `docker-image://name`, `https://host/repository.git#ref:directory`, \
                                      the URL of an archive, or, in a bake file, `target:name`";
}

impl fmt::Display for Problem {
    #[expect(clippy::too_many_lines, reason = "an arm for each message")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::FileTooLarge { limit } => {
                write!(
                    f,
                    "the build file has more than {limit} bytes, which is too much to read; what it needs is a few lines: is it \
                     the right file?"
                )
            }
            Problem::NotUtf8 => write!(f, "the build file is not UTF-8 text; save it as UTF-8"),
            Problem::Syntax { detail, help } => write!(f, "not valid YAML: {detail}; {help}"),
            Problem::SeveralDocuments => {
                write!(f, "a build file is one YAML document; remove what follows `---`")
            }
            Problem::SelfAlias => {
                write!(f, "this alias stands for something that contains it; write out what is meant")
            }
            Problem::Tag { tag } => write!(f, "the YAML tag `{tag}` has no meaning here; remove it"),
            Problem::TooDeep { limit } => {
                write!(f, "nested deeper than {limit} levels, and no key is; check brackets and indentation")
            }
            Problem::TooManyNodes { limit } => {
                write!(
                    f,
                    "more than {limit} values, those behind aliases and those that targets inherit counted each time; write fewer"
                )
            }
            Problem::TooMuchText { limit } => {
                write!(
                    f,
                    "more than {limit} bytes of text, what aliases and variables stand for counted each time; write less"
                )
            }
            Problem::DuplicateKey { key, first } => {
                write!(f, "`{key}` is given twice, first on line {first}; keep one")
            }
            Problem::KeyIsCollection => {
                write!(f, "a key is a text, not a list or a mapping; write `key: value`")
            }

            Problem::UnknownKey(key) => key.fmt(f),
            Problem::MissingKey { key } => {
                write!(f, "`{key}` is missing")?;
                match example(key) {
                    Some(example) => write!(f, "; write one, like `{example}`"),
                    None => Ok(()),
                }
            }
            Problem::KeyOfTheFile { key, target } => write!(
                f,
                "`{key}` is of the whole file and cannot differ in the target `{}`; write it at the top",
                Shown(target)
            ),
            Problem::InTargets { targets, problem } => {
                let targets: Vec<String> =
                    targets.iter().map(|target| format!("`{}`", Shown(target))).collect();
                let word = if targets.len() == 1 { "target" } else { "targets" };
                write!(f, "in the {word} {}: {problem}", targets.join(", "))
            }
            Problem::WrongType(wrong) => wrong.fmt(f),
            Problem::BadValue { key, found, reason } => {
                write!(f, "`{key}: {}`: {reason}", Shown(found))
            }
            Problem::ArgName { name } => {
                write!(f, "`{}` cannot be the name of an arg: use letters, digits and `_`", Shown(name))
            }
            Problem::GoAndBuilder { go, builder } => {
                write!(f, "`go: {go}` and `builder: {builder}` both choose the toolchain; keep one")
            }
            Problem::DirectiveWord { word } => write!(
                f,
                "`{}` after the image reference is not a setting; write `key=value`, for example `main=./cmd/api`",
                Shown(word)
            ),

            Problem::TwoWays { parent, one, other } => {
                write!(f, "`{parent}` has `{one}` and `{other}`, which say the same in two ways; keep one")
            }
            Problem::OutOfPlace { key, beside } => {
                write!(f, "`{key}` has a meaning beside `{beside}` only; add one, or remove it")
            }
            Problem::CredentialsInUrl { key, instead } => {
                write!(f, "`{key}` has a user or a password in it, which everybody would see; {instead}")
            }
            Problem::PrivateKey { key } => {
                write!(
                    f,
                    "`{key}` has a private key in it, and everybody who has the file has that; remove it"
                )
            }
            Problem::NoCertificates { key } => write!(
                f,
                "`{key}` is no list of certificates in PEM form; write `{key}: |`, and below it `-----BEGIN CERTIFICATE-----` and \
                 so on, or the id of a secret"
            ),
            Problem::UnknownHost { key, server, scan } => write!(
                f,
                "`{key}` is missing: nobody has said which SSH keys `{server}` has; compare what `ssh-keyscan {scan}` prints with what its owner publishes, and write it there"
            ),

            Problem::Locked { key, says, locked, by } => write!(
                f,
                "`{key}: {}` cannot be said here, since {by} says `{}` for all; remove it{}",
                Shown(says),
                Shown(locked),
                by.advice()
            ),
            Problem::RefusedKey { key, by } => {
                write!(f, "`{key}` cannot be used: rule `refused-keys` of {by}; remove it{}", by.advice())
            }
            Problem::TargetsOfAll { key } => {
                write!(f, "`{key}` cannot be said for all: targets are what a repository has; remove it")
            }
            Problem::LockedByClient { flag, locked, by } => write!(
                f,
                "`{}` cannot be given, since {by} says `{}` for all; leave it out{}",
                Shown(flag),
                Shown(locked),
                by.advice()
            ),
            Problem::Rule { rule, what, accepts, by } => {
                let what = Shown(what);
                write!(f, "`{what}` is not accepted by rule `{rule}` of {by}, which accepts ")?;
                write!(f, "{accepts}{}", by.advice())
            }
            Problem::RuleLicense(module) => module.fmt(f),
            Problem::RuleLabel { label, by } => write!(
                f,
                "label `{label}` is missing: rule `labels` of {by}; write it in `image.labels`{}",
                by.advice()
            ),
            Problem::RuleGo { builder, has, needs, by } => {
                rule_go(f, builder, has.as_deref(), needs, by)?;
                write!(f, "write `go: \"{needs}\"`{}", by.advice())
            }
            Problem::RuleGoOfBuilder { builder, has, needs, by } => {
                rule_go(f, builder, has.as_deref(), needs, by)?;
                write!(f, "choose a builder that has it{}", by.advice())
            }

            Problem::UnclosedReference { text } => {
                write!(f, "`${{` without `}}` in `{}`: write `$${{` for the text itself", Shown(text))
            }
            Problem::UnknownVariable { name, suggestion } => {
                let also = if suggestion.0.is_some() { "" } else { ";" };
                write!(f, "`{name}` is not declared{suggestion}{also} ")?;
                write!(f, "declare it under `args:`, or write `$${{{name}}}` for the text itself")
            }
            Problem::ArgWithoutValue { name } => {
                write!(
                    f,
                    "`{name}` has no value: pass `--build-arg {name}=…`, or write `${{{name}:-default}}`"
                )
            }
            Problem::SecretArg { name } => write!(
                f,
                "arg `{name}` looks like a secret, and everybody who has the image can read the args of its build in the \
                 provenance; pass `--secret id={name}` and name it in `generate[].secrets` or `modules.private`"
            ),
            Problem::UndeclaredArg { name, suggestion } => {
                let also = if suggestion.0.is_some() { "" } else { ";" };
                write!(f, "build arg `{name}` is not declared{suggestion}{also} ")?;
                write!(f, "nothing reads it until it is declared under `args:`")
            }
            Problem::UnreadArg { name } => {
                write!(f, "nothing reads build arg `{name}`; write `${{{name}}}` where it belongs")
            }

            Problem::Go(problem) => super::golang::write(problem, f),
            Problem::RaceWithoutC => write!(
                f,
                "`build.race: true` needs C: write `build.cgo: dynamic` and a base that has the C library, or \
                 `build.cgo: static`"
            ),
            Problem::VariableWithoutC { name } => write!(
                f,
                "`build.env.{name}` says how C is compiled, and no C is: write `build.cgo: static` or \
                 `build.cgo: dynamic`, or remove it"
            ),
            Problem::LevelAbovePlatform { key, found, platform } => write!(
                f,
                "`{key}: {found}` is more than machines of the platform `{platform}` can do; build for a platform with \
                 that level, or remove the key"
            ),
            Problem::KeyNeedsGo { key, builder, has, needs } => write!(
                f,
                "`{key}` needs Go {needs}, but the builder `{builder}` has Go {has}; write `go: \"{needs}\"` or choose a \
                 newer builder"
            ),
            Problem::NoProfile { file, suggestion } => {
                write!(f, "`build.pgo: {}` is not in the context{suggestion}", Shown(file))?;
                if suggestion.0.is_none() {
                    write!(f, "; its path starts at the context, and .dockerignore may leave it out")?;
                }
                Ok(())
            }
            Problem::NotStatic(program) => program.fmt(f),
            Problem::Stamp(bad) => super::stamp::write(bad, f),
            Problem::BuilderTooOld { builder, has, needs, file, line } => write!(
                f,
                "`{file}` line {line} needs Go {needs}, but the builder `{builder}` has Go {has}; \
                 write `go: \"{needs}\"` or choose a newer builder"
            ),
            Problem::UnnumberedUser { key, user } => write!(
                f,
                "`{key}: {user}`: the image has no account of this name; write a number such as `1001`, or `nonroot`"
            ),
            Problem::AccountsTooLong { path, base, limit } => write!(
                f,
                "`{path}` of the base `{}` has more than {limit} bytes, which is too much to look for an account in; write users \
                 and owners as numbers",
                Shown(base)
            ),
            Problem::NoSuchFiles { key, found, suggestion } => {
                write!(f, "`{key}: {}` is nothing in the context{suggestion}", Shown(found))?;
                if suggestion.0.is_none() {
                    write!(f, "; it starts at the context, and .dockerignore may leave it out")?;
                }
                Ok(())
            }
            Problem::FileIsLink { key, found } => write!(
                f,
                "`{key}: {}` is a symbolic link, which is not followed; write what it leads to",
                Shown(found)
            ),
            Problem::DaemonTooOld { key, reason } => {
                write!(
                    f,
                    "`{key}`: this daemon is too old for it (before Docker 27.4, BuildKit 0.17): {reason}"
                )
            }

            Problem::BinaryIsDirectory { path } => write!(
                f,
                "the program would be `{path}`, which is a directory in the build file, the base or most images; write another `image.workdir`, like `/srv/app`"
            ),

            Problem::TestOutsideModules { written } => write!(
                f,
                "`test.packages: {}` is in no module that is built; packages are written from the context's root, \
                 like `./...` or `./internal/...`",
                Shown(written)
            ),
            Problem::NeedsModule { what, file } => write!(
                f,
                "`{file}` is a Go file without a module, and {what} need one: run `go mod init` beside it"
            ),

            // The words that Dockerfiles have for it (`frontend/dockerfile/linter`).
            Problem::Violations { rules } => {
                write!(f, "lint violation found for rules: {}", rules.join(", "))
            }

            Problem::Option { name, value, accepted } => {
                write!(f, "option `{name}` is `{}`; accepted: {accepted}", Shown(value))
            }
            Problem::Platform { written, reason } => {
                write!(f, "platform `{}`: {reason}; write one like `linux/arm64`", Shown(written))
            }
            Problem::UnsupportedTarget { platform, reason } => {
                write!(f, "platform `{}` cannot be built: ", Shown(platform))?;
                match reason {
                    UnsupportedTarget::Os { os } => {
                        write!(
                            f,
                            "`{os}` is not linux, and images are Linux images; write one like `linux/arm64`"
                        )
                    }
                    UnsupportedTarget::Architecture { architecture, supported } => write!(
                        f,
                        "Go has no Linux port called `{architecture}`; it has {}",
                        supported.join(", ")
                    ),
                    UnsupportedTarget::Variant { architecture, variant, supported }
                        if supported.is_empty() =>
                    {
                        write!(
                            f,
                            "`{architecture}` has no variants, but `{variant}` was asked for; leave it out"
                        )
                    }
                    UnsupportedTarget::Variant { architecture, variant, supported } => {
                        write!(
                            f,
                            "`{architecture}` has no variant `{variant}`; it has {}",
                            supported.join(", ")
                        )
                    }
                }
            }
            Problem::UnknownTarget(unknown) => unknown.fmt(f),
            Problem::NoDebugger { platform, supported } => write!(
                f,
                "there is no delve for the platform `{platform}`; the target `debug` can be built for {}",
                supported.join(", ")
            ),
            Problem::ContextUrl { url, reason } => write!(
                f,
                "the context `{url}` cannot be used: {reason}; write a directory, `https://host/repository.git#ref:directory`, \
                 or the URL of an archive"
            ),
            Problem::NamedContext { name, value, reason } => {
                write!(
                    f,
                    "the named context `{name}` is `{value}`, which cannot stand for an image: {reason}"
                )
            }
            Problem::Input { name, reason } => write!(f, "the input `{name}` cannot be used: {reason}"),
            Problem::NoSuchContext { name } => {
                write!(f, "there is no context `{name}`; give one with `--build-context {name}=<directory>`")
            }
            Problem::GenerateContext { name, value } => write!(
                f,
                "the named context `{name}` is `{}`; what takes files of it takes a directory or `docker-image://…`",
                Shown(value)
            ),
            Problem::BuildFileMissing { name } => write!(
                f,
                "the build file `{name}` does not exist; name one with `-f`, such as `-f gobuild.yaml`"
            ),
            Problem::ImageUnavailable { image, platform, reason } => {
                write!(
                    f,
                    "cannot use the image `{image}` for {platform}: {reason}; check its name and its platforms, and log in if \
                     it is not public"
                )
            }
            Problem::ImageConfig { image, reason } => write!(f, "cannot use the image `{image}`: {reason}"),
        }
    }
}

/// What both messages about the rule `go` start with.
fn rule_go(
    f: &mut fmt::Formatter<'_>,
    builder: &str,
    has: Option<&str>,
    needs: &str,
    by: &Authority,
) -> fmt::Result {
    match has {
        Some(has) => write!(f, "the builder `{builder}` has Go {has}, and ")?,
        None => write!(f, "nobody knows which Go the builder `{builder}` has, and ")?,
    }
    write!(f, "rule `go` of {by} accepts {needs} and later; ")
}
