//! The patterns of transfers, as clients match them (`moby/patternmatcher`, `New` and `compile`).
//!
//! Closer to the letter than the fake daemon: `**` is whole directories unless it ends or begins a pattern, and space
//! around a pattern is not part of it. Invariant: a pattern with something that no plan needs is refused, not guessed.

/// Whether one of the patterns matches a file or a directory that it is in.
pub(crate) fn matches(patterns: &[Pattern], path: &str) -> bool {
    let ends = path.match_indices('/').map(|(index, _)| index).chain([path.len()]);
    ends.map(|end| &path[..end]).any(|path| patterns.iter().any(|pattern| pattern.matches(path)))
}

/// A pattern.
pub(crate) struct Pattern(Vec<Part>);

enum Part {
    /// This character.
    Character(char),
    /// `?`: any but a slash.
    One,
    /// `*`: any number of them.
    Some,
    /// `**/`: any number of directories.
    Directories,
    /// `**` at the end, or at the beginning with nothing but characters behind: anything at all.
    Anything,
}

impl Pattern {
    /// Reads a pattern.
    pub(crate) fn read(text: &str) -> Pattern {
        let text = text.trim();
        assert!(!text.starts_with('!'), "`{text}` takes something back");
        let mut parts = Vec::new();
        let mut rest = text.chars().peekable();
        while let Some(character) = rest.next() {
            parts.push(match character {
                '*' if rest.next_if_eq(&'*').is_some() => {
                    let slash = rest.next_if_eq(&'/').is_some();
                    let characters = !text[2..].contains(['*', '?', '[', ']', '\\']);
                    match rest.peek() {
                        None => Part::Anything,
                        Some(_) if parts.is_empty() && characters && !slash => Part::Anything,
                        Some(_) => Part::Directories,
                    }
                }
                '*' => Part::Some,
                '?' => Part::One,
                '[' | ']' => panic!("`{text}` has a class"),
                '\\' => Part::Character(rest.next().expect("something is escaped")),
                other => Part::Character(other),
            });
        }
        Pattern(parts)
    }

    fn matches(&self, path: &str) -> bool {
        fn all(parts: &[Part], path: &str) -> bool {
            let Some((first, rest)) = parts.split_first() else { return path.is_empty() };
            let next = path.chars().next();
            let ends = || path.char_indices().map(|(index, _)| index).chain([path.len()]);
            match first {
                Part::Character(character) => {
                    next == Some(*character) && all(rest, &path[character.len_utf8()..])
                }
                Part::One => {
                    next.is_some_and(|character| character != '/' && all(rest, &path[character.len_utf8()..]))
                }
                Part::Some => {
                    let element = path.find('/').unwrap_or(path.len());
                    ends().take_while(|end| *end <= element).any(|end| all(rest, &path[end..]))
                }
                Part::Directories => {
                    let mut starts = path.match_indices('/').map(|(index, _)| index + 1);
                    all(rest, path) || starts.any(|start| all(rest, &path[start..]))
                }
                Part::Anything => ends().any(|end| all(rest, &path[end..])),
            }
        }
        all(&self.0, path)
    }
}

#[test]
fn patterns_match_as_clients_match_them() {
    for (pattern, path, expected) in [
        ("*.go", "a.go", true),
        ("*.go", "a/a.go", false),
        ("*.go", "a.go/b", true),
        ("a", "a/b/c", true),
        ("a", "ab", false),
        ("a/**", "a/b/c", true),
        ("a/**", "a", false),
        ("**", "a/b", true),
        ("**/.git", ".git/config", true),
        ("**/.git", "a/.git", true),
        ("**/.git", "a.git", false),
        ("a/**/*.txt", "a/b.txt", true),
        ("a/**/*.txt", "a/b/c/d.txt", true),
        ("a/**.txt", "a/b.txt", false),
        ("**.txt", "a/b.txt", true),
        ("a\\[1\\]", "a[1]", true),
        ("größe?/x ", "größe1/x", true),
    ] {
        assert_eq!(matches(&[Pattern::read(pattern)], path), expected, "{pattern} {path}");
    }
}
