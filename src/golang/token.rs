//! Go source as tokens (go.dev/ref/spec, "Lexical elements"), as far as finding imports and directives needs them.
//!
//! It knows comments, strings, names and single bytes, and nothing of numbers or operators. Invariant: it never fails;
//! what is not closed ends with the line or the file, as the Go scanner ends it.

use std::borrow::Cow;

/// A piece of Go source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'a> {
    /// A name or a keyword.
    Word(&'a [u8]),
    /// A string literal with its quotes.
    Text(&'a [u8]),
    /// A `//` comment, without the line break.
    Comment(&'a [u8]),
    /// Any other byte. Rune literals and block comments are not reported: nobody asks for them.
    Byte(u8),
}

/// A token and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed<'a> {
    /// 1-based.
    pub line: usize,
    /// The token.
    pub token: Token<'a>,
}

/// The tokens of a Go file.
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    rest: &'a [u8],
    line: usize,
}

impl<'a> Tokens<'a> {
    /// Starts at the beginning of `source`, which has no byte order mark.
    pub fn new(source: &'a [u8]) -> Tokens<'a> {
        Tokens { rest: source, line: 1 }
    }

    /// Whether nothing follows, not even space.
    pub fn at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Takes `length` bytes and counts their lines.
    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        self.line += taken.split(|byte| *byte == b'\n').count() - 1;
        taken
    }

    /// The length of the literal that the rest starts with, up to and with its closing quote, or up to the end of its
    /// line if it has none.
    fn literal(&self, quote: u8) -> usize {
        let mut index = 1;
        while let Some(byte) = self.rest.get(index) {
            match *byte {
                b'\n' => return index,
                b'\\' if self.rest.get(index + 1).is_some_and(|next| *next != b'\n') => index += 1,
                byte if byte == quote => return index + 1,
                _ => {}
            }
            index += 1;
        }
        index
    }

    /// The length up to and with `end`, which does not overlap the first `start` bytes; all of the rest without it.
    fn until(&self, start: usize, end: &[u8]) -> usize {
        let after = self.rest.get(start..).unwrap_or_default();
        let found = after.windows(end.len()).position(|window| window == end);
        found.map_or(self.rest.len(), |index| start + index + end.len())
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Placed<'a>;

    fn next(&mut self) -> Option<Placed<'a>> {
        loop {
            let first = *self.rest.first()?;
            let line = self.line;
            let token = match first {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c => {
                    self.take(1);
                    continue;
                }
                b'/' if self.rest.starts_with(b"/*") => {
                    self.take(self.until(2, b"*/"));
                    continue;
                }
                b'\'' => {
                    self.take(self.literal(b'\''));
                    continue;
                }
                b'/' if self.rest.starts_with(b"//") => {
                    let length = self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len());
                    Token::Comment(self.take(length).trim_ascii_end())
                }
                b'"' => Token::Text(self.take(self.literal(b'"'))),
                b'`' => Token::Text(self.take(self.until(1, b"`"))),
                byte if is_word(byte) => {
                    let length = self.rest.iter().position(|byte| !is_word(*byte)).unwrap_or(self.rest.len());
                    Token::Word(self.take(length))
                }
                byte => {
                    self.take(1);
                    Token::Byte(byte)
                }
            };
            return Some(Placed { line, token });
        }
    }
}

/// Whether a byte can be part of a name; all of UTF-8 beyond ASCII passes, as in Go's own import reader.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Bytes as text, for showing.
pub(super) fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `line:kind:text`, kinds being the first letters of the variants.
    fn shown(source: &str) -> Vec<String> {
        let show = |placed: Placed<'_>| match placed.token {
            Token::Word(text) => format!("{}:w:{}", placed.line, lossy(text)),
            Token::Text(text) => format!("{}:t:{}", placed.line, lossy(text)),
            Token::Comment(text) => format!("{}:c:{}", placed.line, lossy(text)),
            Token::Byte(byte) => format!("{}:b:{}", placed.line, char::from(byte)),
        };
        Tokens::new(source.as_bytes()).map(show).collect()
    }

    #[test]
    fn tokens() {
        for (source, expected) in [
            ("package main\n", &["1:w:package", "1:w:main"][..]),
            ("a // b\r\nc", &["1:w:a", "1:c:// b", "2:w:c"]),
            ("a /* // \"\n */ b", &["1:w:a", "2:w:b"]),
            ("/**/a/*/b*/c", &["1:w:a", "1:w:c"]),
            ("\"a\\\"//b\" c", &["1:t:\"a\\\"//b\"", "1:w:c"]),
            ("`a\n\"b\\` c", &["1:t:`a\n\"b\\`", "2:w:c"]),
            ("'\"' a '\\'' b '\\\\' c", &["1:w:a", "1:w:b", "1:w:c"]),
            ("x := a/b", &["1:w:x", "1:b::", "1:b:=", "1:w:a", "1:b:/", "1:w:b"]),
            ("größe(1)", &["1:w:größe", "1:b:(", "1:w:1", "1:b:)"]),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn what_is_not_closed_ends_with_its_line_or_the_file() {
        for (source, expected) in [
            ("\"a\nb", &["1:t:\"a", "2:w:b"][..]),
            ("\"a\\\nb", &["1:t:\"a\\", "2:w:b"]),
            ("'a\nb", &["2:w:b"]),
            ("`a\nb", &["1:t:`a\nb"]),
            ("a /* b\nc", &["1:w:a"]),
            ("/*/", &[]),
            ("\"", &["1:t:\""]),
            ("\"\\", &["1:t:\"\\"]),
            ("'", &[]),
            ("/", &["1:b:/"]),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }
}
