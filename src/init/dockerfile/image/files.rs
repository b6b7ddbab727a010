//! What is copied into an image beside the program.
//!
//! Invariant: files of the context, of another image and of a step of `generate` have an entry each; everything else is in a note.

use super::super::super::draft::{Draft, Value};
use super::super::assets::to_context;
use super::super::stage::{Copy, absolute, clean};
use super::Image;

impl Image<'_> {
    /// Says what a stage of the image copies.
    pub(super) fn files(&self, draft: &mut Draft, stage: usize) {
        for (number, copy) in self.stages.all[stage].copies.iter().enumerate() {
            let mut left = Vec::new();
            for (index, source) in copy.sources.iter().enumerate() {
                if !self.places.bring(stage, number, index) && !self.has_key(draft, copy, source) {
                    left.push(source.as_str());
                }
            }
            if !left.is_empty() {
                self.copy(draft, stage, copy, &left);
            }
        }
    }

    /// Whether what a copy brings from elsewhere has a key of its own, which is then said.
    fn has_key(&self, draft: &mut Draft, copy: &Copy, source: &str) -> bool {
        let path = clean(&absolute("/", source));
        if copy.from.is_none() && !path.contains("zoneinfo") {
            return false;
        }
        if path.contains("zoneinfo") {
            self.wants(draft, "timezones");
        } else if path.starts_with("/etc/ssl/") || path.starts_with("/etc/pki/") {
            self.wants(draft, "ca-certificates");
        } else if !["/etc/passwd", "/etc/group"].contains(&path.as_str()) {
            return false;
        }
        true
    }

    /// Says that something is in the image, unless it is anyhow.
    pub(super) fn wants(&self, draft: &mut Draft, key: &str) {
        let brings = self.base == "scratch" || self.base.contains("distroless/");
        // Alpine has certificates and no time zones.
        let alpine = self.base.split([':', '@']).next() == Some("alpine") && key == "ca-certificates";
        if !brings && !alpine {
            draft.set(&["image", key], Value::text("true"));
        }
    }

    fn copy(&self, draft: &mut Draft, stage: usize, copy: &Copy, sources: &[&str]) {
        let line = Some(copy.line);
        let from = copy.from.as_ref().map(|from| format!("--from={from} ")).unwrap_or_default();
        let text = format!("`COPY {from}{} {}`", sources.join(" "), copy.target);
        let written = !sources.iter().any(|source| source.contains("<<") || source.contains("://"));
        let paths = || sources.iter().map(|source| within(source)).collect();
        let (from, image): (Vec<String>, Option<&str>) = match (copy.from.as_deref(), copy.stage) {
            (None, _) if written => (paths(), None),
            (Some(image), None) => (paths(), Some(image)),
            (_, Some(made)) if self.built.steps.contains(&made) => {
                // Its step has put it into this place of the context.
                (to_context(&self.stages.all[stage], &copy.target).into_iter().collect(), None)
            }
            (_, Some(passed)) if self.does_nothing(passed) => (paths(), Some(self.stages.image(passed))),
            _ => (Vec::new(), None),
        };
        if from.is_empty() {
            draft.note(
                line,
                format!("{text} has no key here: embed the files (`//go:embed`), or put them into the base"),
            );
            return;
        }
        let mut entry =
            vec![("from".to_owned(), Value::one_or_more(from)), ("to".to_owned(), Value::text(&copy.target))];
        entry.extend(image.map(|image| ("image".to_owned(), Value::text(image))));
        if let Some(owner) = &copy.owner {
            match self.numbered(owner).filter(|owner| !owner.contains("${")) {
                Some(owner) => entry.push(("owner".to_owned(), Value::text(owner))),
                None => draft
                    .note(line, format!("{text}: the files are root's here; they were those of `{owner}`")),
            }
        }
        if let Some(mode) = &copy.mode {
            if mode.bytes().all(|byte| byte.is_ascii_digit()) {
                entry.push(("mode".to_owned(), Value::text(mode)));
            } else {
                draft.note(line, format!("{text}: `mode` takes digits, and `--chmod` was `{mode}`"));
            }
        }
        draft.push(&["image", "files"], Value::Map(entry));
    }

    /// Whether a stage is no more than the image that it starts from.
    fn does_nothing(&self, stage: usize) -> bool {
        let chain = self.stages.chain(stage);
        chain.iter().all(|index| {
            let stage = &self.stages.all[*index];
            stage.runs.is_empty() && stage.copies.is_empty()
        })
    }
}

/// A path of a context or of an image, from its root.
fn within(source: &str) -> String {
    let path = clean(source);
    let path = path.trim_start_matches('/');
    if path.is_empty() { ".".to_owned() } else { path.to_owned() }
}
