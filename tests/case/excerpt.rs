//! Lines of a file as clients show them below an error (`solver/errdefs/source.go` of BuildKit).
//!
//! Two lines around a single one, one around several; nothing at all if the lines are not in the file.

use std::fmt::Write as _;

const RULE: &str = "--------------------";

/// The excerpt for these lines, first and last of each range.
pub(super) fn excerpt(filename: &str, data: &[u8], ranges: &[(usize, usize)]) -> String {
    let text = String::from_utf8_lossy(data);
    let lines: Vec<&str> = text.split('\n').collect();
    let ranges: Vec<(usize, usize)> =
        ranges.iter().map(|(first, last)| (*first, (*last).max(*first))).collect();
    let first = ranges.iter().map(|(first, _)| *first).min().unwrap_or(0);
    let last = ranges.iter().map(|(_, last)| *last).max().unwrap_or(0);
    if first < 1 || first > lines.len() {
        return format!("{filename}: no line {first} in it, so nothing is shown\n");
    }
    let around = if first == last { 2 } else { 1 };
    let shown = first.saturating_sub(around).max(1)..=(last + around).min(lines.len());

    let mut excerpt = format!("{filename}:{first}\n{RULE}\n");
    for number in shown {
        let marked = ranges.iter().any(|(first, last)| (*first..=*last).contains(&number));
        let mark = if marked { ">>>" } else { "   " };
        let line = format!(" {number:3} | {mark} {}", shorten(lines[number - 1]));
        writeln!(excerpt, "{}", line.trim_end()).expect("a string takes everything");
    }
    excerpt + RULE + "\n"
}

/// Clients show the whole line; a case is to be read.
fn shorten(line: &str) -> String {
    match line.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}
