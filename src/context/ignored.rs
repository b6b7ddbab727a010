//! Which pattern of an ignore file leaves a place out, so that a message can name it.
//!
//! For messages only: what is sent is decided by the client, which matches for itself (`moby/patternmatcher`).
//! Invariant: a pattern that is not plain, with a class or a syntax error in it, matches nothing, and its message is
//! then not given.

use super::ContextPath;
use std::collections::BTreeSet;

/// A pattern that is longer is not looked at; no name is.
const LONGEST: usize = 512;

/// The patterns of an ignore file, in their order.
#[derive(Clone, Debug, Default)]
pub struct Ignored<'a> {
    patterns: Vec<Pattern<'a>>,
}

#[derive(Clone, Debug)]
struct Pattern<'a> {
    text: &'a str,
    parts: Vec<Part>,
    /// Whether it takes in again what an earlier one leaves out.
    back: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Character(char),
    /// `?`: any but a slash.
    One,
    /// `*`: any number of them.
    Some,
    /// `**/`: any number of directories.
    Directories,
    /// `**` at the end: anything at all.
    Anything,
}

impl<'a> Ignored<'a> {
    /// Reads cleaned patterns.
    pub fn new(patterns: &'a [String]) -> Ignored<'a> {
        let plain = patterns.iter().filter(|text| text.len() <= LONGEST).filter_map(|text| {
            let body = text.strip_prefix('!');
            let parts = parts(body.unwrap_or(text))?;
            Some(Pattern { text, parts, back: body.is_some() })
        });
        Ignored { patterns: plain.collect() }
    }

    /// The pattern that leaves this place out, by itself or with a directory that it is in.
    pub fn by(&self, path: &ContextPath) -> Option<&'a str> {
        let last = self.patterns.iter().rev().find(|pattern| pattern.matches_within(path.as_str()))?;
        (!last.back).then_some(last.text)
    }

    /// The same where no later pattern takes anything in again, which may be something in this place.
    pub fn wholly_by(&self, path: &ContextPath) -> Option<&'a str> {
        let last = self.patterns.iter().rposition(|pattern| pattern.matches_within(path.as_str()))?;
        let again = self.patterns[last..].iter().any(|pattern| pattern.back);
        (!again).then_some(self.patterns[last].text)
    }

    /// The pattern that leaves Go files of this directory out. What these are called is not known, so names are made up
    /// that patterns with wildcards match.
    pub fn go_files_by(&self, directory: &ContextPath) -> Option<&'a str> {
        let ends = self.patterns.iter().filter(|pattern| !pattern.back).filter_map(|pattern| {
            let last = pattern.text.rsplit('/').next()?;
            Some(last.replace(['*', '?'], "x"))
        });
        let names = ["x.go".to_owned()].into_iter().chain(ends);
        let go = names.filter(|name| name.ends_with(".go") && !name.ends_with("_test.go"));
        go.filter_map(|name| directory.join(&name).ok()).find_map(|file| self.by(&file))
    }
}

/// What a pattern is made of; nothing if it is not plain.
fn parts(text: &str) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        parts.push(match character {
            '*' if rest.next_if_eq(&'*').is_some() => {
                rest.next_if_eq(&'/');
                if rest.peek().is_none() { Part::Anything } else { Part::Directories }
            }
            '*' => Part::Some,
            '?' => Part::One,
            '[' | ']' => return None,
            '\\' => Part::Character(rest.next()?),
            other => Part::Character(other),
        });
    }
    Some(parts)
}

impl Pattern<'_> {
    /// Whether it matches a place or a directory that this is in.
    fn matches_within(&self, path: &str) -> bool {
        // All ways to match at once, as patterns are anybody's: `reached` are the parts that may come next.
        let mut reached = BTreeSet::from([0]);
        self.skip(&mut reached, true);
        for character in path.chars() {
            if character == '/' && reached.contains(&self.parts.len()) {
                return true;
            }
            let mut next = BTreeSet::new();
            for position in reached {
                match self.parts.get(position) {
                    Some(Part::Character(expected)) if *expected == character => {
                        next.insert(position + 1);
                    }
                    Some(Part::One) if character != '/' => {
                        next.insert(position + 1);
                    }
                    Some(Part::Some) if character != '/' => {
                        next.insert(position);
                    }
                    Some(Part::Anything | Part::Directories) => {
                        next.insert(position);
                    }
                    _ => {}
                }
            }
            self.skip(&mut next, character == '/');
            reached = next;
        }
        reached.contains(&self.parts.len())
    }

    /// Adds what follows parts that may match nothing more: directories end with a slash only.
    fn skip(&self, reached: &mut BTreeSet<usize>, after_slash: bool) {
        for position in 0..self.parts.len() {
            let ends = match self.parts[position] {
                Part::Some | Part::Anything => true,
                Part::Directories => after_slash,
                Part::Character(_) | Part::One => false,
            };
            if ends && reached.contains(&position) {
                reached.insert(position + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(patterns: &[&str], path: &str) -> Option<String> {
        let patterns: Vec<String> = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
        Ignored::new(&patterns).by(&ContextPath::parse(path).unwrap()).map(str::to_owned)
    }

    fn go_files_by(pattern: &str, directory: &str) -> bool {
        let patterns = [pattern.to_owned()];
        Ignored::new(&patterns).go_files_by(&ContextPath::parse(directory).unwrap()).is_some()
    }

    #[test]
    fn patterns_match_as_clients_match_them() {
        for (pattern, path, expected) in [
            ("gen", "gen", true),
            ("gen", "gen/pb/x.go", true),
            ("gen", "a/gen", false),
            ("gen", "generated", false),
            ("**/gen", "gen", true),
            ("**/gen", "a/b/gen/pb", true),
            ("**/gen", "a/bgen", false),
            ("gen/**", "gen/pb", true),
            ("a/**/gen", "a/gen", true),
            ("a/**/gen", "a/b/c/gen", true),
            ("*", "gen/pb", true),
            ("*.go", "a/x.go", false),
            ("**/*.pb.go", "a/b/x.pb.go", true),
            ("?en", "gen", true),
            ("[g]en", "gen", false),
            ("ge\\n", "gen", true),
            ("größe*", "größe1/x", true),
        ] {
            assert_eq!(by(&[pattern], path).is_some(), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn the_last_pattern_counts() {
        let patterns = ["*", "!cmd", "cmd/gen"];
        assert_eq!(by(&patterns, "internal/x").as_deref(), Some("*"));
        assert_eq!(by(&patterns, "cmd/x"), None);
        assert_eq!(by(&patterns, "cmd/gen/x").as_deref(), Some("cmd/gen"));

        let patterns = ["dist", "web", "!web/keep"].map(str::to_owned);
        let wholly = |path| Ignored::new(&patterns).wholly_by(&ContextPath::parse(path).unwrap());
        assert_eq!((wholly("web"), wholly("dist")), (None, None), "something of it may be there");
        assert_eq!(
            Ignored::new(&patterns[..2]).wholly_by(&ContextPath::parse("web/x").unwrap()),
            Some("web")
        );
    }

    #[test]
    fn go_files_are_left_out_by_what_could_be_their_name() {
        for (pattern, directory, expected) in [
            ("**/*.go", "gen", true),
            ("**/*.pb.go", "gen", true),
            ("gen/*.go", "gen", true),
            ("gen/*.go", "other", false),
            ("gen", "gen", true),
            ("**/*_test.go", "gen", false),
            ("**/*.md", "gen", false),
            ("**/zz_generated*.go", "a/b", true),
        ] {
            assert_eq!(go_files_by(pattern, directory), expected, "{pattern} {directory}");
        }
    }

    #[test]
    fn hostile_patterns_cost_little() {
        let patterns = ["**/*".repeat(100), "*a".repeat(200), "**".repeat(200)];
        let path = ContextPath::parse(&"a/b".repeat(1000)).unwrap();
        Ignored::new(&patterns).by(&path);
    }
}
