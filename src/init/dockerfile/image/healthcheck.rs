//! How an image is asked for its health.
//!
//! Invariant: what curl or wget asked of the container itself is asked by gobuild's own program, which every image can have.

use super::super::super::draft::{Draft, Value};
use super::super::super::shell;
use super::super::stage::{Argv, At, Check};
use super::Image;
use super::command::first_word;

impl Image<'_> {
    pub(super) fn healthcheck(&self, draft: &mut Draft, check: &At<Check>) {
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
        let place = url.as_deref().and_then(own_port).filter(|_| asks);
        if let Some(place) = place {
            draft.set(&["image", "healthcheck", "http"], Value::text(place));
        } else if asks && self.is_bare() {
            draft.note(
                Some(check.line),
                format!(
                    "the base has no `{program}`: let the program ask itself, `image.healthcheck: {{test: [{}, health]}}`",
                    self.program.as_ref().map_or("/app", |(_, is)| is)
                ),
            );
            return;
        } else {
            if asks && program.ends_with("curl") {
                draft.note(Some(check.line), "`curl` has to be in the base: nothing is installed there");
            }
            let Some(words) = self.words(draft, &At { line: check.line, value: test }) else { return };
            let (words, _) = self.placed(words);
            draft.set(&["image", "healthcheck", "test"], Value::texts(words));
        }
        for (name, value) in options {
            draft.set(&["image", "healthcheck", name], Value::text(value));
        }
    }
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
