//! The lines of a Dockerfile.
//!
//! Invariant: no text of a build file starts a line or an instruction of its own.

use super::super::ResolvedImage;
use super::super::settings::FileSystem;
use super::OpenArg;
use super::text::{fits, path, value};

/// The lines of a Dockerfile.
#[derive(Default)]
pub(super) struct Lines(pub(super) String);

impl Lines {
    pub(super) fn line(&mut self, text: &str) {
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    pub(super) fn blank(&mut self) {
        self.0.push('\n');
    }

    pub(super) fn comment(&mut self, text: &str) {
        // No text of the build file starts a line of its own.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        self.line(&format!("# {text}"));
    }

    /// A file of ours, written by a here-document.
    pub(super) fn file(&mut self, path: &str, text: &str) {
        self.line(&format!("COPY <<'EOF' {path}"));
        self.0.push_str(&text.replace('\t', "  "));
        self.line("EOF");
    }

    /// `RUN` with its options, and its commands, each only if the one before succeeded.
    pub(super) fn run(&mut self, options: &[String], commands: &[String]) {
        let commands = commands.iter().enumerate().map(|(index, command)| match index {
            0 => command.clone(),
            _ => format!("&& {command}"),
        });
        let parts: Vec<String> = options.iter().cloned().chain(commands).collect();
        self.line(&format!("RUN {}", parts.join(" \\\n    ")));
    }
}

/// An image as `FROM` names it.
pub(super) fn from(image: &ResolvedImage) -> String {
    match &image.files {
        FileSystem::Registry { pinned, .. } => pinned.familiar(),
        FileSystem::Tree(_) => image.name.clone(),
    }
}

/// `ARG` lines of what is referred to in this stage.
pub(super) fn declare(lines: &mut Lines, args: &[OpenArg], used: &[&str]) {
    for arg in args.iter().filter(|arg| used.contains(&arg.name.as_str())) {
        if let Some(description) = &arg.description {
            lines.comment(description);
        }
        match &arg.default {
            Some(default) if fits(default) => lines.line(&format!("ARG {}={}", arg.name, value(default))),
            _ => lines.line(&format!("ARG {}", arg.name)),
        }
    }
    let built_in = ["TARGETPLATFORM", "TARGETVARIANT", "BUILDPLATFORM", "TARGETOS", "TARGETARCH"];
    for name in built_in.into_iter().filter(|name| used.contains(name)) {
        lines.line(&format!("ARG {name}"));
    }
}

/// `ENV` or `LABEL` with a line for each entry.
pub(super) fn pairs<'a>(
    lines: &mut Lines,
    instruction: &str,
    entries: impl Iterator<Item = (&'a str, &'a str)>,
) {
    let mut said = Vec::new();
    for (name, text) in entries {
        if !fits(text) || !fits(name) || name.contains('=') {
            lines.comment(&format!("{instruction} cannot hold the value or the name of `{name}`."));
            continue;
        }
        said.push(format!("{}={}", path(name), value(text)));
    }
    if !said.is_empty() {
        lines.line(&format!("{instruction} {}", said.join(" \\\n    ")));
    }
}
