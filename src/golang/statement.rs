//! The statements that go.mod and go.work are made of: a keyword and its arguments, alone or in a `( … )` block.
//!
//! A lenient scanner, not Go's parser (go.dev/ref/mod#go-mod-file-lexical): whatever it is given becomes some list of
//! statements. Invariant: it reads each byte once, so a hostile file costs no more than its size.

use super::text::{unquote, without_mark};
use std::borrow::Cow;

/// One line that says something: `require example.com/lib v1.2.3 // indirect`, or a line of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// 1-based.
    pub line: usize,
    /// The first word; in a block, the word before the parenthesis.
    pub keyword: String,
    /// The other words, without quotes.
    pub arguments: Vec<String>,
    /// The text of the comment at the end of the line.
    pub comment: String,
    /// Whether each word is readable.
    pub words: Words,
}

/// Whether the words of a statement are readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// All are.
    Readable,
    /// A quoted string does not end, or has an escape that does not exist.
    BadString,
}

/// A statement that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// 1-based.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A go.mod without a `module` line.
    NoModulePath,
    /// A second line of a kind that may occur once.
    Repeated {
        /// `module`, `go` or `toolchain`.
        keyword: &'static str,
    },
    /// Too few or too many words for this keyword.
    Arguments {
        /// Such as `require`.
        keyword: &'static str,
    },
    /// A quoted string does not end, or has an escape that does not exist.
    BadString,
    /// Not a module path that Go accepts.
    BadModulePath(String),
    /// Not a Go version such as `1.26` or `1.26.3`.
    BadGoVersion(String),
    /// Not a toolchain name such as `go1.26.3` or `default`.
    BadToolchain(String),
    /// A replacement without a version must be a directory, one with a version a module.
    BadReplacement(String),
}

impl Statement {
    /// The arguments, if there are exactly `N` and all are readable.
    pub(super) fn exactly<const N: usize>(&self, keyword: &'static str) -> Result<&[String; N], Malformed> {
        self.readable()?.try_into().map_err(|_| self.malformed(Fault::Arguments { keyword }))
    }

    /// The arguments, if all are readable.
    pub(super) fn readable(&self) -> Result<&[String], Malformed> {
        match self.words {
            Words::Readable => Ok(&self.arguments),
            Words::BadString => Err(self.malformed(Fault::BadString)),
        }
    }

    /// This statement with what is wrong with it.
    pub(super) fn malformed(&self, fault: Fault) -> Malformed {
        Malformed { line: self.line, fault }
    }
}

/// The statements of a go.mod or go.work.
pub(super) fn statements(contents: &[u8]) -> Vec<Statement> {
    let text = String::from_utf8_lossy(without_mark(contents));
    let mut statements = Vec::new();
    let mut block: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        let mut words = LineWords::new(line);
        let mut all: Vec<Cow<'_, str>> = words.by_ref().collect();
        let bare = |word: Option<&Cow<'_, str>>, text: &str| word.is_some_and(|word| word == text);

        if block.is_some() && bare(all.first(), ")") {
            block = None;
            continue;
        }
        let keyword = match &block {
            Some(keyword) => keyword.clone(),
            None if all.is_empty() => continue,
            None => all.remove(0).into_owned(),
        };
        if block.is_none() && bare(all.first(), "(") {
            // `keyword ()` is an empty block; anything else after the parenthesis is an error that Go reports.
            block = (!bare(all.get(1), ")")).then_some(keyword);
            continue;
        }
        if !all.is_empty() || block.is_none() {
            statements.push(Statement {
                line: index + 1,
                keyword,
                arguments: all.into_iter().map(Cow::into_owned).collect(),
                comment: words.comment.trim().to_owned(),
                words: words.state,
            });
        }
    }
    statements
}

/// The words of one line, quotes removed.
struct LineWords<'a> {
    rest: &'a str,
    comment: &'a str,
    state: Words,
}

impl<'a> LineWords<'a> {
    fn new(line: &'a str) -> Self {
        LineWords { rest: line, comment: "", state: Words::Readable }
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (word, rest) = self.rest.split_at(length);
        self.rest = rest;
        word
    }
}

impl<'a> Iterator for LineWords<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
        if let Some(comment) = self.rest.strip_prefix("//") {
            self.comment = comment;
            self.rest = "";
        }
        let first = self.rest.chars().next()?;
        if is_punctuation(first) {
            return Some(Cow::Borrowed(self.take(first.len_utf8())));
        }
        if matches!(first, '"' | '`') {
            let literal = self.take(literal_length(self.rest, first));
            let value = unquote(literal);
            if value.is_none() {
                self.state = Words::BadString;
            }
            return Some(value.map_or(Cow::Borrowed(literal), Cow::Owned));
        }
        Some(Cow::Borrowed(self.take(plain_length(self.rest))))
    }
}

/// The length of the quoted literal that `text` starts with, up to the end of the line if it is not closed.
fn literal_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' && quote == '"' {
            escaped = true;
        } else if character == quote {
            return index + 1;
        }
    }
    text.len()
}

/// The length of the plain word that `text` starts with; a comment ends a word even without a space before it.
fn plain_length(text: &str) -> usize {
    let ends = |(index, character): (usize, char)| {
        let end = matches!(character, ' ' | '\t' | '\r') || is_punctuation(character);
        (end || text[index..].starts_with("//")).then_some(index)
    };
    text.char_indices().find_map(ends).unwrap_or(text.len())
}

fn is_punctuation(character: char) -> bool {
    matches!(character, '(' | ')' | '[' | ']' | '{' | '}' | ',')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line per statement: `line keyword|argument|argument // comment`.
    fn shown(contents: &[u8]) -> Vec<String> {
        let show = |s: Statement| {
            let words = [vec![s.keyword], s.arguments].concat().join("|");
            let comment = if s.comment.is_empty() { String::new() } else { format!(" // {}", s.comment) };
            let state = if s.words == Words::Readable { "" } else { " !" };
            format!("{} {words}{comment}{state}", s.line)
        };
        statements(contents).into_iter().map(show).collect()
    }

    #[test]
    fn lines_blocks_comments_and_strings() {
        let file = "\
// syntax=gobuild/frontend:1
module example.com/app // the app

require (
	// a group
	example.com/a v1.0.0
	\"example.com/b\" `v2.0.0`// indirect

)
retract [v1.0.0, v1.1.0]
exclude()
tool (example.com/t)
ignore ./node_modules//x
";
        assert_eq!(
            shown(file.as_bytes()),
            [
                "2 module|example.com/app // the app",
                "6 require|example.com/a|v1.0.0",
                "7 require|example.com/b|v2.0.0 // indirect",
                "10 retract|[|v1.0.0|,|v1.1.0|]",
                "13 tool|ignore|./node_modules // x",
            ]
        );
    }

    #[test]
    fn line_endings_and_byte_order_mark() {
        let file = "\u{feff}module a\r\n\r\ngo 1.26\r\nrequire (\r\n\tb v1\r\n)\r\nuse ./x";
        assert_eq!(shown(file.as_bytes()), ["1 module|a", "3 go|1.26", "5 require|b|v1", "7 use|./x"]);
    }

    #[test]
    fn a_bad_string_is_kept_and_marked() {
        for (line, expected) in [
            ("module \"a", "1 module|\"a !"),
            ("module \"\\q\" // x", "1 module|\"\\q\" // x !"),
            ("module `a", "1 module|`a !"),
            ("module 'a'", "1 module|'a'"),
            ("module \"a\\", "1 module|\"a\\ !"),
        ] {
            assert_eq!(shown(line.as_bytes()), [expected], "{line}");
        }
    }

    #[test]
    fn nonsense_does_no_harm() {
        for bytes in
            [&b""[..], b"\0\0", b"(", b")", b"((((", b"\xff\xfem\0o\0d\0", b"//", b"a (\n", b"\"", b"\\"]
        {
            statements(bytes);
        }
        let many = "(\n".repeat(100_000);
        assert!(statements(many.as_bytes()).len() <= 100_000);
        let long = format!("module {}", "/".repeat(1_000_000));
        assert_eq!(statements(long.as_bytes()).len(), 1);
    }
}
