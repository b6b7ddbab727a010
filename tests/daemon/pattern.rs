//! The patterns of ignore files and of transfers (`moby/patternmatcher`).
//!
//! Simplified: a class (`[a-z]`) has no escapes in it, and an unclosed one is the only syntax error.

/// Whether one of the patterns matches this path or a directory that it is in.
pub(super) fn included(patterns: &[String], path: &str) -> bool {
    patterns.iter().any(|pattern| matches_within(pattern, path))
}

/// Whether the last pattern that matches leaves this path out; `!` takes it in again.
pub(super) fn excluded(patterns: &[String], path: &str) -> bool {
    let last = patterns.iter().rev().find(|pattern| matches_within(pattern.trim_start_matches('!'), path));
    last.is_some_and(|pattern| !pattern.starts_with('!'))
}

/// The first pattern that is none.
pub(super) fn malformed(patterns: &[String]) -> Option<&str> {
    let open = |pattern: &&String| match pattern.replace("\\[", "").rsplit_once('[') {
        Some((_, class)) => !class.contains(']'),
        None => false,
    };
    patterns.iter().find(open).map(String::as_str)
}

fn matches_within(pattern: &str, path: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let ends = path.match_indices('/').map(|(index, _)| index).chain([path.len()]);
    ends.map(|end| path[..end].chars().collect::<Vec<_>>()).any(|path| matches(&pattern, &path))
}

fn matches(pattern: &[char], path: &[char]) -> bool {
    match pattern {
        [] => path.is_empty(),
        // Any number of directories, also none.
        ['*', '*', '/', rest @ ..] => {
            let starts = (0..path.len()).filter(|start| *start == 0 || path[start - 1] == '/');
            starts.chain([path.len()]).any(|start| matches(rest, &path[start..]))
        }
        ['*', '*', rest @ ..] => (0..=path.len()).any(|start| matches(rest, &path[start..])),
        ['*', rest @ ..] => {
            let end = path.iter().position(|c| *c == '/').unwrap_or(path.len());
            (0..=end).any(|start| matches(rest, &path[start..]))
        }
        ['?', rest @ ..] => path.split_first().is_some_and(|(c, path)| *c != '/' && matches(rest, path)),
        ['[', rest @ ..] => {
            let end = rest.iter().position(|c| *c == ']').unwrap_or(rest.len());
            let (class, after) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
            path.split_first().is_some_and(|(c, path)| in_class(class, *c) && matches(after, path))
        }
        ['\\', literal, rest @ ..] | [literal, rest @ ..] => {
            path.split_first().is_some_and(|(c, path)| c == literal && matches(rest, path))
        }
    }
}

fn in_class(class: &[char], c: char) -> bool {
    match class {
        ['^', class @ ..] => !in_class(class, c),
        [first, '-', last, rest @ ..] => (*first..=*last).contains(&c) || in_class(rest, c),
        [one, rest @ ..] => *one == c || in_class(rest, c),
        [] => false,
    }
}

#[test]
fn patterns_match_as_in_ignore_files() {
    for (pattern, path, expected) in [
        ("*.md", "README.md", true),
        ("*.md", "docs/README.md", false),
        ("**/*.md", "docs/README.md", true),
        ("**/go.mod", "go.mod", true),
        ("docs", "docs/README.md", true),
        ("docs", "docs2", false),
        ("**/vendor/*/**", "vendor/modules.txt", false),
        ("**/vendor/*/**", "a/vendor/example.com/x/x.go", true),
        ("a\\[1\\]", "a[1]", true),
        ("a[0-2]", "a1", true),
        ("a[^0-2]", "a1", false),
        ("?.go", "a.go", true),
    ] {
        assert_eq!(included(&[pattern.to_owned()], path), expected, "{pattern} {path}");
    }
    let patterns = ["*", "!cmd", "cmd/*.md"].map(str::to_owned);
    for (path, expected) in [("go.mod", true), ("cmd/main.go", false), ("cmd/x.md", true)] {
        assert_eq!(excluded(&patterns, path), expected, "{path}");
    }
}
