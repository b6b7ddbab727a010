//! Values that `build.stamp` puts into variables: a few by the linker, most once it is done.
//!
//! A commit is another one every day. So the linker writes a stand-in of the same length, and a later step the value in its
//! place: a new commit links nothing. Invariant: what comes of it is, byte for byte, what the linker would have written.

use crate::spec::{Spec, Symbol, Trimpath, names_in};
use buildkit_llb::Digest;

/// Bytes of the shortest value that has a stand-in: of fewer, a program may have the same by chance.
const LEAST: usize = 12;

/// A value that is put into programs that are linked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::plan) struct LateStamp {
    /// What the linker writes.
    pub(in crate::plan) stand_in: String,
    /// What it becomes.
    pub(in crate::plan) value: String,
}

/// The values that wait until programs are linked.
pub(in crate::plan) fn late_stamps(spec: &Spec) -> Vec<LateStamp> {
    let late = |(symbol, value)| {
        Some(LateStamp { stand_in: stand_in(spec, symbol, value)?, value: value.to_owned() })
    };
    stamps(spec).filter_map(late).collect()
}

/// The flags of the linker, each with a space before it.
pub(super) fn flags(spec: &Spec) -> String {
    let word = |(symbol, value)| match stand_in(spec, symbol, value) {
        Some(stand_in) => flag(symbol, &stand_in),
        None => flag(symbol, value),
    };
    stamps(spec).map(word).collect()
}

/// A command with the values that it has stand-ins for.
pub(in crate::plan) fn with_values(spec: &Spec, argv: &[String]) -> Vec<String> {
    let put = |word: String, (symbol, value)| match stand_in(spec, symbol, value) {
        Some(stand_in) => word.replace(&flag(symbol, &stand_in), &flag(symbol, value)),
        None => word,
    };
    argv.iter().map(|word| stamps(spec).fold(word.clone(), put)).collect()
}

fn stamps(spec: &Spec) -> impl Iterator<Item = (&Symbol, &str)> {
    spec.build.stamp.iter().map(|(symbol, value)| (symbol, value.value.as_str()))
}

/// What the linker writes instead of a value; none where it writes that.
fn stand_in(spec: &Spec, symbol: &Symbol, value: &str) -> Option<String> {
    let build = &spec.build;
    // A program that keeps its paths knows its flags, too, and what another linker has made may have a sum of it.
    let waits = build.trimpath == Trimpath::Yes && !build.has_c();
    let is_known = names_in(value).next().is_none();
    if !waits || !is_known || value.len() < LEAST {
        return None;
    }
    Some(filler(symbol.as_str(), value.len()))
}

/// So many bytes that no program has by chance, and no other variable.
fn filler(symbol: &str, length: usize) -> String {
    Digest::of(format!("{symbol} {length}")).hex().chars().cycle().take(length).collect()
}

/// ` -X` and one word of Go's flag lists, which know quotes but no escapes (`cmd/internal/quoted`).
fn flag(symbol: &Symbol, value: &str) -> String {
    let word = format!("{}={value}", symbol.as_str());
    let quote = if word.contains('\'') { '"' } else { '\'' };
    // What is not known yet may have spaces.
    let open = names_in(&word).next().is_some();
    if open || word.contains(|c: char| c.is_whitespace() || c == '\'' || c == '"') {
        format!(" -X {quote}{word}{quote}")
    } else {
        format!(" -X {word}")
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST, filler};
    use std::collections::BTreeSet;

    #[test]
    fn a_stand_in_is_as_long_as_its_value_and_nobody_elses() {
        let lengths = [LEAST, 40, 64, 65, 1000];
        let all: BTreeSet<String> = ["main.commit", "main.version"]
            .iter()
            .flat_map(|symbol| lengths.map(|length| filler(symbol, length)))
            .inspect(|stand_in| assert!(lengths.contains(&stand_in.len()), "{stand_in}"))
            .map(|stand_in| stand_in[..LEAST].to_owned())
            .collect();
        assert_eq!(all.len(), 2 * lengths.len());
    }
}
