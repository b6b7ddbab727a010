//! What commands of an image's own stage do.
//!
//! Invariant: none of them runs here. What has a key is said with it, and what a base has to bring is in a note.

use super::super::super::draft::Draft;
use super::super::builder::plain;
use super::super::stage::Stage;
use super::Image;

/// Commands that have done what something else does here.
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

impl Image<'_> {
    /// Says what the commands of a stage of the image do.
    pub(super) fn commands(&self, draft: &mut Draft, stage: &Stage) {
        for run in &stage.runs {
            for command in &run.commands {
                self.ran(draft, run.line, plain(command));
            }
        }
    }

    fn ran(&self, draft: &mut Draft, line: usize, words: &[String]) {
        let Some(first) = words.first().filter(|first| !EXPECTED.contains(&first.as_str())) else { return };
        if let ("setcap", Some(set)) = (first.as_str(), words.get(1)) {
            for name in set.split(['=', '+']).next().unwrap_or_default().split(',') {
                draft.add(&["image", "capabilities"], &name.to_lowercase());
            }
            return;
        }
        if !matches!(first.as_str(), "apk" | "apt-get" | "apt" | "dnf" | "microdnf" | "yum") {
            let text = format!("`{}` does not run here: no command runs in the image", words.join(" "));
            return draft.note(Some(line), text);
        }
        let subject = |word: &&String| {
            !word.starts_with('-')
                && !["add", "install", "update", "upgrade", "clean", "all"].contains(&word.as_str())
        };
        let mut missing = Vec::new();
        for package in words[1..].iter().filter(subject).map(String::as_str) {
            match package {
                "tzdata" => self.wants(draft, "timezones"),
                "ca-certificates" => self.wants(draft, "ca-certificates"),
                "libcap" => {}
                other => missing.push(other),
            }
        }
        if !missing.is_empty() {
            let missing = missing.join(", ");
            let text =
                format!("nothing is installed in an image here: `image.base` has to be one with {missing}");
            draft.note(Some(line), text);
        }
    }
}
