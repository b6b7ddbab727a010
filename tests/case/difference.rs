//! What is different between two texts, line by line.

use std::fmt::Write as _;

/// How many equal lines are shown around a difference.
const AROUND: usize = 3;

/// The lines of both, `-` before those only in the first and `+` before those only in the second; long stretches of
/// equal lines are left out.
pub(crate) fn difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&old, &new);
    let near = |index: usize| {
        let range = index.saturating_sub(AROUND)..(index + AROUND + 1).min(lines.len());
        lines[range].iter().any(|(mark, _)| *mark != ' ')
    };
    let mut text = String::new();
    let mut skipped = false;
    for (index, (mark, line)) in lines.iter().enumerate() {
        if near(index) {
            writeln!(text, "{mark}{line}").expect("a string takes everything");
        } else if !skipped {
            text.push_str("@@\n");
        }
        skipped = !near(index);
    }
    text
}

/// All lines with their marks, by the longest common subsequence.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<(char, &'a str)> {
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for left in (0..old.len()).rev() {
        for right in (0..new.len()).rev() {
            common[left][right] = if old[left] == new[right] {
                common[left + 1][right + 1] + 1
            } else {
                common[left + 1][right].max(common[left][right + 1])
            };
        }
    }
    let (mut left, mut right) = (0, 0);
    let mut lines = Vec::new();
    while left < old.len() || right < new.len() {
        if left < old.len() && right < new.len() && old[left] == new[right] {
            lines.push((' ', old[left]));
            left += 1;
            right += 1;
        } else if right == new.len()
            || (left < old.len() && common[left + 1][right] >= common[left][right + 1])
        {
            lines.push(('-', old[left]));
            left += 1;
        } else {
            lines.push(('+', new[right]));
            right += 1;
        }
    }
    lines
}

#[test]
fn differences_are_shown_with_what_is_around_them() {
    let (old, new) = ("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\nseven\n8\n9\n");
    assert_eq!(difference(old, new), "@@\n 4\n 5\n 6\n-7\n+seven\n 8\n 9\n");
    assert_eq!(difference("a\n", ""), "-a\n");
}
