//! Build constraints: `//go:build linux && !cgo`, and the older `// +build` (`go help buildconstraint`).
//!
//! Evaluation has three values, because the frontend cannot know every tag that the go command will set. Invariant: a
//! constraint is [`Truth::False`] only when Go is sure to leave the file out; anything unreadable is `True`.

use super::text::without_mark;
use super::token::lossy;

/// Go's own limit on the size of an expression.
const LARGEST: usize = 1000;

/// Whether something holds. `and` is the least of two, `or` the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// It does not.
    False,
    /// It depends on what the frontend does not know.
    Unknown,
    /// It does.
    True,
}

/// The build constraint of a Go file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// 1-based.
    pub line: usize,
    /// The expression as it is written.
    pub text: String,
    /// In postfix order, so that neither evaluating nor dropping a hostile expression recurses. Empty: unreadable.
    operations: Vec<Operation>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Operation {
    Tag(String),
    Not,
    And,
    Or,
}

impl Truth {
    /// Whether it holds or may hold.
    pub fn possible(self) -> bool {
        self != Truth::False
    }

    /// The opposite.
    #[must_use]
    pub fn negated(self) -> Truth {
        match self {
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
            Truth::True => Truth::False,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Truth {
        if value { Truth::True } else { Truth::False }
    }
}

impl Constraint {
    /// The constraint in the comments above the package clause, if there is one.
    ///
    /// A `//go:build` line counts wherever it is in these comments, and `// +build` lines only without one and only
    /// if a blank line follows. Two `//go:build` lines are an error of which Go will tell.
    pub fn of_source(source: &[u8]) -> Option<Constraint> {
        let mut header = Header::default();
        for (index, line) in without_mark(source).split(|byte| *byte == b'\n').enumerate() {
            if header.read(index + 1, line.trim_ascii()) == Reading::Over {
                break;
            }
        }
        header.constraint()
    }

    /// Whether it holds, given what each tag is.
    pub fn evaluate(&self, tag: impl Fn(&str) -> Truth) -> Truth {
        let mut stack = Vec::new();
        for operation in &self.operations {
            let right = match operation {
                Operation::Tag(name) => Some(tag(name)),
                _ => stack.pop(),
            };
            let result = match operation {
                Operation::Tag(_) => right,
                Operation::Not => right.map(Truth::negated),
                Operation::And => right.min(stack.pop()),
                Operation::Or => right.max(stack.pop()),
            };
            stack.extend(result);
        }
        stack.pop().unwrap_or(Truth::True)
    }

    /// Whether the file is kept out of every build by the customary tag `ignore`, as scripts beside a package are.
    pub fn is_ignore(&self) -> bool {
        !self.evaluate(|tag| if tag == "ignore" { Truth::False } else { Truth::Unknown }).possible()
    }
}

/// What the lines above the package clause have said so far.
#[derive(Default)]
struct Header {
    go_build: Vec<(usize, String)>,
    plus_build: Vec<(usize, String)>,
    /// `+build` lines that no blank line has followed yet.
    pending: Vec<(usize, String)>,
    place: Place,
}

/// Where in the header a line is.
#[derive(Default, PartialEq)]
enum Place {
    /// Only blank lines and `//` comments so far.
    #[default]
    Top,
    /// After a `/* */` comment.
    BelowBlock,
    /// In a `/* */` comment.
    InBlock,
}

/// Whether there is more of the header.
#[derive(PartialEq)]
enum Reading {
    On,
    Over,
}

impl Header {
    fn read(&mut self, number: usize, line: &[u8]) -> Reading {
        if line.is_empty() && self.place == Place::Top {
            self.plus_build.append(&mut self.pending);
            return Reading::On;
        }
        if line.starts_with(b"//") && self.place != Place::InBlock {
            let text = lossy(line);
            if let Some(expression) = after_word(&text, "//go:build") {
                self.go_build.push((number, expression.to_owned()));
            } else if let Some(expression) = after_word(text[2..].trim_start(), "+build")
                && self.place == Place::Top
            {
                self.pending.push((number, expression.to_owned()));
            }
            return Reading::On;
        }
        self.skip_blocks(line)
    }

    /// Goes over the block comments of a line; the header ends where something else follows.
    fn skip_blocks(&mut self, line: &[u8]) -> Reading {
        let mut rest = line;
        loop {
            if self.place == Place::InBlock {
                let Some(end) = rest.windows(2).position(|pair| pair == b"*/") else { return Reading::On };
                rest = rest[end + 2..].trim_ascii_start();
            }
            self.place = Place::BelowBlock;
            if rest.is_empty() || rest.starts_with(b"//") {
                return Reading::On;
            }
            match rest.strip_prefix(b"/*") {
                Some(inside) => rest = inside,
                None => return Reading::Over,
            }
            self.place = Place::InBlock;
        }
    }

    fn constraint(self) -> Option<Constraint> {
        if let Some((line, text)) = self.go_build.first() {
            let operations = if self.go_build.len() == 1 { parse(text) } else { None };
            return Some(Constraint {
                line: *line,
                text: text.clone(),
                operations: operations.unwrap_or_default(),
            });
        }
        let line = self.plus_build.first()?.0;
        let mut operations = Vec::new();
        for (index, (_, text)) in self.plus_build.iter().enumerate() {
            operations.extend(parse_plus_build(text));
            operations.extend((index > 0).then_some(Operation::And));
        }
        let texts: Vec<&str> = self.plus_build.iter().map(|(_, text)| text.as_str()).collect();
        Some(Constraint { line, text: texts.join(" && "), operations })
    }
}

/// What follows `word`, if the text starts with it as a word of its own.
fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(char::is_whitespace)).then(|| rest.trim())
}

/// An operator that waits for its right side, or an open parenthesis.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Waiting {
    Open,
    Or,
    And,
    Not,
}

/// Reads an expression with a stack of operators (Dijkstra's shunting-yard), by Go's grammar: `!` binds strongest and
/// cannot be doubled, then `&&`, then `||`.
fn parse(text: &str) -> Option<Vec<Operation>> {
    let mut output = Vec::new();
    let mut waiting: Vec<Waiting> = Vec::new();
    let mut operand_next = true;
    let mut rest = text.trim();
    for _ in 0..LARGEST {
        let (word, after) = cut_word(rest)?;
        match (word, operand_next) {
            ("(", true) => waiting.push(Waiting::Open),
            ("!", true) if waiting.last() != Some(&Waiting::Not) => waiting.push(Waiting::Not),
            ("&&", false) => {
                settle(&mut waiting, &mut output, Waiting::And);
                waiting.push(Waiting::And);
                operand_next = true;
            }
            ("||", false) => {
                settle(&mut waiting, &mut output, Waiting::Or);
                waiting.push(Waiting::Or);
                operand_next = true;
            }
            (")", false) => {
                settle(&mut waiting, &mut output, Waiting::Or);
                waiting.pop().filter(|open| *open == Waiting::Open)?;
            }
            ("", false) => {
                settle(&mut waiting, &mut output, Waiting::Or);
                return waiting.is_empty().then_some(output);
            }
            (tag, true) if is_tag(tag) => {
                output.push(Operation::Tag(tag.to_owned()));
                operand_next = false;
            }
            _ => return None,
        }
        rest = after;
    }
    None
}

/// Moves the operators that bind at least as strongly as `limit` to the output.
fn settle(waiting: &mut Vec<Waiting>, output: &mut Vec<Operation>, limit: Waiting) {
    while let Some(operation) = waiting.pop_if(|operation| *operation >= limit) {
        output.push(match operation {
            Waiting::And => Operation::And,
            Waiting::Not => Operation::Not,
            // An open parenthesis is below every limit.
            Waiting::Or | Waiting::Open => Operation::Or,
        });
    }
}

/// The next word of an expression, empty at its end; none for a character that cannot be in one.
fn cut_word(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches([' ', '\t']);
    if text.is_empty() {
        return Some(("", ""));
    }
    for operator in ["(", ")", "!", "&&", "||"] {
        if text.starts_with(operator) {
            return Some(text.split_at(operator.len()));
        }
    }
    let length = text.find(|character| !is_tag_character(character)).unwrap_or(text.len());
    (length > 0).then(|| text.split_at(length))
}

fn is_tag(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_tag_character)
}

fn is_tag_character(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '.')
}

/// Reads the old form: words are alternatives, commas within a word join, and what is no tag is never satisfied.
fn parse_plus_build(text: &str) -> Vec<Operation> {
    let mut output = Vec::new();
    for (index, alternative) in text.split_whitespace().enumerate() {
        for (index, literal) in alternative.split(',').enumerate() {
            let name = literal.strip_prefix('!').unwrap_or(literal);
            let known = is_tag(name);
            output.push(Operation::Tag(if known { name } else { "ignore" }.to_owned()));
            let negated = known || !matches!(name.chars().next(), None | Some('!'));
            output.extend((negated && literal.len() > name.len()).then_some(Operation::Not));
            output.extend((index > 0).then_some(Operation::And));
        }
        output.extend((index > 0).then_some(Operation::Or));
    }
    if output.is_empty() {
        output.push(Operation::Tag("ignore".to_owned()));
    }
    output
}

#[cfg(test)]
mod tests {
    use super::Truth::{False, True, Unknown};
    use super::*;

    /// With `linux` and `amd64` set, `maybe` unknown, and nothing else.
    fn evaluate(source: &str) -> Option<Truth> {
        let tag = |name: &str| match name {
            "linux" | "amd64" => True,
            "maybe" => Unknown,
            _ => False,
        };
        Constraint::of_source(source.as_bytes()).map(|constraint| constraint.evaluate(tag))
    }

    #[test]
    fn expressions() {
        for (expression, value) in [
            ("linux", True),
            ("windows", False),
            ("!windows", True),
            ("linux && amd64", True),
            ("linux && arm64", False),
            ("windows || linux && arm64 || amd64", True),
            ("(windows || linux) && (arm64 || arm)", False),
            ("!(windows || linux)", False),
            ("!(windows||darwin)&&linux", True),
            ("!windows && !darwin", True),
            ("maybe", Unknown),
            ("!maybe", Unknown),
            ("maybe && linux", Unknown),
            ("maybe && windows", False),
            ("maybe || linux", True),
            ("((linux))", True),
            ("\tlinux\t&&\tamd64 ", True),
            ("größe", False),
        ] {
            assert_eq!(
                evaluate(&format!("//go:build {expression}\n\npackage a")),
                Some(value),
                "{expression}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_satisfied() {
        let deep = format!("{}windows{}", "(".repeat(100_000), ")".repeat(100_000));
        let long = "windows && ".repeat(2000) + "windows";
        for expression in [
            "",
            "(",
            ")",
            "windows &&",
            "&& windows",
            "windows windows",
            "!!windows",
            "! !windows",
            "(windows",
            "windows)",
            "windows & linux",
            "windows // why",
            "windows, linux",
            "()",
            "!",
            &deep,
            &long,
        ] {
            assert_eq!(
                evaluate(&format!("//go:build {expression}\n\npackage a")),
                Some(True),
                "{expression:.30}"
            );
        }
        assert_eq!(evaluate("//go:build windows\n//go:build windows\n\npackage a"), Some(True));
    }

    #[test]
    fn where_a_constraint_counts() {
        for (source, value) in [
            ("package a\n//go:build windows\n", None),
            ("//go:build windows\npackage a", Some(False)),
            ("\n\n// Copyright\n\n//go:build windows\n\n// Package a\npackage a", Some(False)),
            ("\u{feff}//go:build windows\r\n\r\npackage a\r\n", Some(False)),
            ("/* about */\n//go:build windows\npackage a", Some(False)),
            ("/*\n//go:build windows\n*/\npackage a", None),
            ("/* a */ /* b */ // c\n//go:build windows\npackage a", Some(False)),
            ("/* a */ package a\n//go:build windows", None),
            ("//go:builder windows\npackage a", None),
            ("// go:build windows\npackage a", None),
            ("//go:build windows", Some(False)),
            ("", None),
        ] {
            assert_eq!(evaluate(source), value, "{source:?}");
        }
    }

    #[test]
    fn the_old_form() {
        for (source, value) in [
            ("// +build windows\n\npackage a", Some(False)),
            ("//+build windows\n\npackage a", Some(False)),
            ("// +build windows linux\n\npackage a", Some(True)),
            ("// +build linux,arm64 windows\n\npackage a", Some(False)),
            ("// +build linux\n// +build !amd64\n\npackage a", Some(False)),
            ("// +build !windows,amd64\n\npackage a", Some(True)),
            ("// +build !!linux\n\npackage a", Some(False)),
            ("// +build !\n\npackage a", Some(False)),
            ("// +build !a-b\n\npackage a", Some(True)),
            ("// +build\n\npackage a", Some(False)),
            ("// +build windows\npackage a", None),
            ("/* x */\n// +build windows\n\npackage a", None),
            ("//go:build linux\n// +build windows\n\npackage a", Some(True)),
        ] {
            assert_eq!(evaluate(source), value, "{source:?}");
        }
    }

    #[test]
    fn files_that_are_never_built() {
        for (expression, ignored) in [
            ("ignore", true),
            ("ignore && linux", true),
            ("linux && (ignore && amd64)", true),
            ("ignore || linux", false),
            ("!ignore", false),
            ("tools", false),
        ] {
            let source = format!("//go:build {expression}\n\npackage a");
            let constraint = Constraint::of_source(source.as_bytes()).unwrap();
            assert_eq!(constraint.is_ignore(), ignored, "{expression}");
        }
    }
}
