//! Whom an image runs as.
//!
//! Invariant: an account that a command has made is carried over by its number, or not at all and with a note.

use super::super::super::draft::{Draft, Value};
use super::super::builder::plain;
use super::super::stage::At;
use super::Image;

impl Image<'_> {
    pub(super) fn user(&self, draft: &mut Draft) {
        let key = ["image", "user"];
        let Some(At { line, value }) = &self.stage.user else {
            if runs_as_root(self.base) {
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
        let default = said == "nonroot" && self.base == "gcr.io/distroless/static:nonroot";
        if !default {
            draft.set(&key, Value::text(said));
        }
    }

    /// A user, and perhaps a group, by number where a command has made the account.
    pub(super) fn numbered(&self, value: &str) -> Option<String> {
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
}

/// Whether an image is known to run as root.
fn runs_as_root(base: &str) -> bool {
    const ROOT: [&str; 7] = ["alpine", "busybox", "debian", "fedora", "golang", "scratch", "ubuntu"];
    let name = base.split([':', '@']).next().unwrap_or(base);
    let name = name.trim_start_matches("docker.io/").trim_start_matches("library/");
    ROOT.contains(&name) || (base.contains("distroless/") && !base.contains("nonroot"))
}
