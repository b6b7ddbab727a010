//! A graph as text, for people and for tests.
//!
//! One block per vertex, inputs first, named by what it is and how many of these came before. There are no digests
//! of vertices in it, so a change shows where it is and not in everything that follows.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use buildkit_proto::pb;
use buildkit_proto::pb::op::Op;

use crate::metadata::CUSTOM_NAME;
use crate::{Definition, Digest, LineRange, Output, Platform};

mod action;
mod process;

/// The short name of every vertex.
struct Aliases<'a>(BTreeMap<&'a str, String>);

impl<'a> Aliases<'a> {
    fn of(definition: &'a Definition) -> Self {
        let mut count: BTreeMap<&str, usize> = BTreeMap::new();
        let mut aliases = BTreeMap::new();
        for (digest, op) in definition.vertices() {
            let kind = kind(op);
            let count = count.entry(kind).or_default();
            *count += 1;
            aliases.insert(digest.as_str(), format!("{kind}{count}"));
        }
        Self(aliases)
    }

    fn name(&self, digest: &str) -> &str {
        self.0.get(digest).map_or("?", String::as_str)
    }

    fn edge(&self, digest: &str, index: i64) -> String {
        format!("{}:{index}", self.name(digest))
    }

    /// The input with this index, which may be none.
    fn input(&self, op: &pb::Op, index: i64) -> String {
        let input = usize::try_from(index).ok().and_then(|index| op.inputs.get(index));
        input.map_or_else(|| "scratch".to_owned(), |input| self.edge(&input.digest, input.index))
    }
}

fn kind(op: &pb::Op) -> &'static str {
    match &op.op {
        Some(Op::Exec(_)) => "exec",
        Some(Op::File(_)) => "file",
        Some(Op::Merge(_)) => "merge",
        Some(Op::Diff(_)) => "diff",
        Some(Op::Source(source)) => match source.identifier.split_once("://").map(|(scheme, _)| scheme) {
            Some("docker-image") => "image",
            Some("oci-layout") => "layout",
            Some("local") => "local",
            Some("git") => "git",
            Some("http" | "https") => "http",
            _ => "source",
        },
        None => "op",
    }
}

impl Display for Definition {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let aliases = Aliases::of(self);
        for (digest, op) in self.vertices() {
            header(f, self, &aliases, digest)?;
            if let Some(platform) = &op.platform {
                writeln!(f, "  platform {}", Platform::from_proto(platform))?;
            }
            match &op.op {
                Some(Op::Source(source)) => {
                    writeln!(f, "  from {}", source.identifier)?;
                    source.attrs.iter().try_for_each(|(name, value)| writeln!(f, "  {name} = {value}"))?;
                }
                Some(Op::Exec(exec)) => process::write(f, &aliases, op, exec)?,
                Some(Op::File(file)) => action::write(f, &aliases, op, file)?,
                Some(Op::Merge(merge)) => {
                    for layer in &merge.inputs {
                        writeln!(f, "  layer {}", aliases.input(op, layer.input))?;
                    }
                }
                Some(Op::Diff(diff)) => {
                    let lower = diff.lower.map_or(-1, |lower| lower.input);
                    let upper = diff.upper.map_or(-1, |upper| upper.input);
                    writeln!(f, "  from {} to {}", aliases.input(op, lower), aliases.input(op, upper))?;
                }
                None => {
                    let edge = |input: &pb::Input| aliases.edge(&input.digest, input.index);
                    op.inputs.iter().try_for_each(|input| writeln!(f, "  input {}", edge(input)))?;
                }
            }
            footer(f, self, digest)?;
            writeln!(f)?;
        }
        let edge = |result: &Output| aliases.edge(result.digest().as_str(), result.index());
        writeln!(f, "result: {}", self.result().map_or_else(|| "scratch".to_owned(), edge))
    }
}

/// The alias and the name people see.
fn header(
    f: &mut Formatter<'_>,
    definition: &Definition,
    aliases: &Aliases<'_>,
    digest: &Digest,
) -> fmt::Result {
    let alias = aliases.name(digest.as_str());
    match definition.metadata(digest).and_then(|metadata| metadata.description.get(CUSTOM_NAME)) {
        Some(name) => writeln!(f, "{alias}: {name}"),
        None => writeln!(f, "{alias}:"),
    }
}

/// What is said about a vertex.
fn footer(f: &mut Formatter<'_>, definition: &Definition, digest: &Digest) -> fmt::Result {
    if let Some(metadata) = definition.metadata(digest) {
        if metadata.ignore_cache {
            writeln!(f, "  ignore cache")?;
        }
        if let Some(pb::ExportCache { value }) = metadata.export_cache {
            writeln!(f, "  {} in exported cache", if value { "always" } else { "never" })?;
        }
        if let Some(pb::ProgressGroup { id, name, weak }) = &metadata.progress_group {
            writeln!(f, "  shown in {}group {id}: {name}", if *weak { "weak " } else { "" })?;
        }
        for (key, value) in metadata.description.iter().filter(|(key, _)| *key != CUSTOM_NAME) {
            writeln!(f, "  description {key} = {value}")?;
        }
    }
    for location in definition.locations(digest) {
        let ranges: Vec<String> = location.ranges.iter().map(lines).collect();
        writeln!(f, "  at {}:{}", location.file.filename, ranges.join(","))?;
    }
    Ok(())
}

fn lines(range: &LineRange) -> String {
    let (first, last) = (range.start.line, range.end.line);
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// A word as it is if it is plain, quoted as in JSON if not.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,@+%^!*?[]{}~#$&;|<>()".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
