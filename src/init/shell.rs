//! What a shell would make of a command line, as far as a reader of Dockerfiles needs it.
//!
//! Invariant: nothing runs. Words come out as the build file would write them: `$NAME` is `${NAME}`, and a dollar sign that
//! a quote protects is `$$` where it would otherwise start a reference. A command's output stays `$(…)`.

use super::draft::literal;

/// A simple command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// Its words, quotes removed.
    pub(super) words: Vec<String>,
}

/// What ends a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Word,
    Command,
}

/// Joins lines that the escape character continues, and drops comments between them.
pub(super) fn joined(text: &str, escape: char) -> String {
    let mut joined = String::new();
    let mut continues = false;
    for line in text.lines() {
        if continues && line.trim_start().starts_with('#') {
            continue;
        }
        let line = line.trim_end();
        match line.strip_suffix(escape) {
            Some(start) => {
                joined.push_str(start);
                joined.push(' ');
                continues = true;
            }
            None => {
                joined.push_str(line);
                joined.push('\n');
                continues = false;
            }
        }
    }
    joined
}

/// The simple commands of a text without continued lines, in order, whatever stands between them.
pub(super) fn commands(text: &str) -> Vec<Command> {
    let mut commands = vec![Command::default()];
    for (word, end) in (Lexer { rest: text }) {
        if let Some(word) = word {
            commands.last_mut().expect("there is one").words.push(word);
        }
        if end == End::Command {
            commands.push(Command::default());
        }
    }
    commands.retain(|command| !command.words.is_empty());
    commands
}

/// The words of a text that is one command, or a list of `NAME=value`.
pub(super) fn words(text: &str) -> Vec<String> {
    commands(text).into_iter().flat_map(|command| command.words).collect()
}

/// Whether a command line needs a shell: for operators, redirections, commands in commands and patterns.
pub(super) fn needs_shell(text: &str) -> bool {
    let mut quote = None;
    text.trim().chars().any(|character| match (quote, character) {
        (None, '\'' | '"') => {
            quote = Some(character);
            false
        }
        (Some(open), character) if open == character => {
            quote = None;
            false
        }
        (Some('\''), _) => false,
        (_, '`') => true,
        (Some(_), _) => false,
        (None, _) => "|&;<>()*?~\n".contains(character),
    }) || text.contains("$(")
}

struct Lexer<'a> {
    rest: &'a str,
}

impl Iterator for Lexer<'_> {
    type Item = (Option<String>, End);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        if self.rest.is_empty() {
            return None;
        }
        let mut word: Option<String> = None;
        while let Some(character) = self.rest.chars().next() {
            match character {
                ' ' | '\t' | '\r' => return Some((word, End::Word)),
                '\n' | ';' | '|' | '&' => {
                    self.rest = self.rest.trim_start_matches(['\n', ';', '|', '&']);
                    return Some((word, End::Command));
                }
                '#' if word.is_none() => {
                    self.rest = self.rest.find('\n').map_or("", |end| &self.rest[end..]);
                }
                _ => self.part(character, word.get_or_insert_default()),
            }
        }
        Some((word, End::Command))
    }
}

impl Lexer<'_> {
    fn skip(&mut self, bytes: usize) -> &str {
        let (part, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        part
    }

    /// Reads a part of a word that starts with this character.
    fn part(&mut self, first: char, word: &mut String) {
        match first {
            '\'' => {
                let end = self.rest[1..].find('\'').map_or(self.rest.len(), |end| end + 1);
                word.push_str(&literal(&self.rest[1..end]));
                self.rest = self.rest.get(end + 1..).unwrap_or_default();
            }
            '"' => self.quoted(word),
            '\\' => {
                self.skip(1);
                if let Some(escaped) = self.rest.chars().next() {
                    self.skip(escaped.len_utf8());
                    word.push_str(if escaped == '$' { "$$" } else { "" });
                    if escaped != '$' && escaped != '\n' {
                        word.push(escaped);
                    }
                }
            }
            '$' | '`' => self.dollar(word),
            other => {
                self.skip(other.len_utf8());
                word.push(other);
            }
        }
    }

    fn quoted(&mut self, word: &mut String) {
        self.skip(1);
        while let Some(character) = self.rest.chars().next() {
            match character {
                '"' => {
                    self.skip(1);
                    return;
                }
                '\\' => {
                    self.skip(1);
                    match self.rest.chars().next() {
                        Some(escaped @ ('"' | '\\' | '`')) => {
                            self.skip(1);
                            word.push(escaped);
                        }
                        Some('$') => {
                            self.skip(1);
                            word.push_str("$$");
                        }
                        _ => word.push('\\'),
                    }
                }
                '$' | '`' => self.dollar(word),
                other => {
                    self.skip(other.len_utf8());
                    word.push(other);
                }
            }
        }
    }

    /// A variable, or the output of a command.
    fn dollar(&mut self, word: &mut String) {
        if self.rest.starts_with('`') {
            let end = self.rest[1..].find('`').map_or(self.rest.len(), |end| end + 1);
            word.extend(["$(", &self.rest[1..end], ")"]);
            self.rest = self.rest.get(end + 1..).unwrap_or_default();
            return;
        }
        let after = &self.rest[1..];
        if after.starts_with('(') {
            let end = balanced(after, '(', ')');
            let part = self.skip(end + 1).to_owned();
            word.push_str(&part);
        } else if after.starts_with('{') {
            let end = balanced(after, '{', '}');
            let part = self.skip(end + 1).to_owned();
            word.push_str(&part);
        } else {
            let name: String = after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            self.skip(1 + name.len());
            if name.is_empty() {
                word.push('$');
            } else {
                word.extend(["${", &name, "}"]);
            }
        }
    }
}

/// Where what opens at the start ends.
fn balanced(text: &str, open: char, close: char) -> usize {
    let mut depth = 0usize;
    for (index, character) in text.char_indices() {
        if character == open {
            depth += 1;
        } else if character == close {
            depth -= 1;
            if depth == 0 {
                return index + close.len_utf8();
            }
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{commands, joined, needs_shell, words};

    fn all(text: &str) -> Vec<Vec<String>> {
        commands(text).into_iter().map(|command| command.words).collect()
    }

    #[test]
    fn commands_and_their_words() {
        assert_eq!(
            all(
                "CGO_ENABLED=0 go build -ldflags=\"-s -X 'main.v=$V' -X main.c=$(git rev-parse --short HEAD)\" \\o . && rm x; ls|wc"
            ),
            vec![
                vec![
                    "CGO_ENABLED=0",
                    "go",
                    "build",
                    "-ldflags=-s -X 'main.v=${V}' -X main.c=$(git rev-parse --short HEAD)",
                    "o",
                    "."
                ],
                vec!["rm", "x"],
                vec!["ls"],
                vec!["wc"],
            ]
        );
        assert_eq!(
            words("A=1 B='two words' C=\"$D\" E=${F:-g} H=\\$I"),
            ["A=1", "B=two words", "C=${D}", "E=${F:-g}", "H=$$I"]
        );
        assert_eq!(words("'${A}' \"a'b\" ''"), ["$${A}", "a'b", ""]);
        for broken in ["'", "\"", "$(", "${", "`", "\\", "$", "\"\\"] {
            words(broken);
        }
    }

    #[test]
    fn lines_go_on_behind_a_comment() {
        assert_eq!(joined("a \\\n  # no\n  b\nc", '\\'), "a    b\nc\n");
    }

    #[test]
    fn what_needs_a_shell() {
        for (text, expected) in [
            ("curl -f http://x/", false),
            ("a || exit 1", true),
            ("echo 'a|b'", false),
            ("a $(b)", true),
            ("a > b", true),
        ] {
            assert_eq!(needs_shell(text), expected, "{text}");
        }
    }
}
