//! The names that a Go file declares at package level, as far as the linker's `-X` cares.
//!
//! Not a parser: it follows brackets and looks at what stands outside of all of them. Invariant: what it does not
//! understand it takes for what the linker accepts.

use super::text::without_mark;
use super::token::{Placed, Token, Tokens, lossy};

/// A name at package level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The name.
    pub name: String,
    /// 1-based.
    pub line: usize,
    /// As what.
    pub what: Declared,
}

/// What a name is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    /// A variable of type string that the linker can set.
    Text,
    /// A variable of another type.
    Other,
    /// A string that is computed when the program starts: after the linker has set it.
    Computed,
    /// A constant.
    Constant,
    /// A function or a type.
    NoVariable,
}

/// The names that a file declares.
pub fn declarations(source: &[u8]) -> Vec<Declaration> {
    let tokens: Vec<Placed<'_>> = Tokens::new(without_mark(source))
        .filter(|placed| !matches!(placed.token, Token::Comment(_)))
        .collect();
    let mut found = Vec::new();
    let (mut index, mut depth) = (0, 0_usize);
    while let Some(placed) = tokens.get(index) {
        index += 1;
        match &placed.token {
            Token::Byte(byte) => depth = nested(depth, *byte),
            Token::Word(b"var") if depth == 0 => index = specs(&tokens, index, variable, &mut found),
            Token::Word(b"const") if depth == 0 => {
                index = specs(&tokens, index, |_| Declared::Constant, &mut found);
            }
            Token::Word(b"func" | b"type") if depth == 0 => {
                if let Some(Placed { line, token: Token::Word(name) }) = tokens.get(index) {
                    let name = lossy(name).into_owned();
                    found.push(Declaration { name, line: *line, what: Declared::NoVariable });
                }
            }
            _ => {}
        }
    }
    found
}

fn nested(depth: usize, byte: u8) -> usize {
    match byte {
        b'(' | b'[' | b'{' => depth + 1,
        b')' | b']' | b'}' => depth.saturating_sub(1),
        _ => depth,
    }
}

/// Reads what follows `var` or `const`, and returns where that ends.
fn specs(
    tokens: &[Placed<'_>],
    start: usize,
    what: impl Fn(&[Token<'_>]) -> Declared,
    found: &mut Vec<Declaration>,
) -> usize {
    let grouped = matches!(tokens.get(start), Some(Placed { token: Token::Byte(b'('), .. }));
    let mut index = if grouped { start + 1 } else { start };
    loop {
        let end = end_of_spec(tokens, index);
        spec(&tokens[index..end], &what, found);
        index = end;
        match tokens.get(index).map(|placed| &placed.token) {
            Some(Token::Byte(b';')) if grouped => index += 1,
            Some(Token::Byte(b')')) if grouped => return index + 1,
            Some(_) if grouped && end < tokens.len() => {
                // A closing bracket of another kind is a syntax error; whatever it is, go on behind it.
                if matches!(tokens[end].token, Token::Byte(b']' | b'}')) {
                    index += 1;
                }
            }
            _ => return index,
        }
    }
}

/// Where a specification ends: at a semicolon, at the bracket that closes its group, or where a line starts and nothing is
/// open (go.dev/ref/spec#Semicolons).
fn end_of_spec(tokens: &[Placed<'_>], start: usize) -> usize {
    let mut depth = 0_usize;
    for (offset, placed) in tokens[start..].iter().enumerate() {
        let index = start + offset;
        if depth == 0 && offset > 0 && placed.line > tokens[index - 1].line && ends_line(tokens, index - 1) {
            return index;
        }
        match placed.token {
            Token::Byte(b';' | b')' | b']' | b'}') if depth == 0 => return index,
            Token::Byte(byte) => depth = nested(depth, byte),
            _ => {}
        }
    }
    tokens.len()
}

/// Whether a specification ends behind this token, which is the last of its line.
fn ends_line(tokens: &[Placed<'_>], index: usize) -> bool {
    let open = matches!(tokens[index].token, Token::Byte(byte) if !matches!(byte, b')' | b']' | b'}'));
    // A rune is not among the tokens: an operator may be the last of its line for want of one.
    let next = tokens.get(index + 1..).unwrap_or_default();
    let starts = match next {
        [
            Placed { token: Token::Word(b"var" | b"const" | b"func" | b"type"), .. },
            Placed { token: Token::Word(_), .. },
            ..,
        ] => true,
        [
            Placed { token: Token::Word(_), line },
            Placed { token: Token::Word(_) | Token::Byte(b'='), line: same },
            ..,
        ] => line == same,
        _ => false,
    };
    !open || starts
}

fn spec(tokens: &[Placed<'_>], what: &impl Fn(&[Token<'_>]) -> Declared, found: &mut Vec<Declaration>) {
    let mut names: Vec<(&[u8], usize)> = Vec::new();
    let mut rest = tokens;
    while let [Placed { line, token: Token::Word(name) }, after @ ..] = rest {
        names.push((name, *line));
        rest = after;
        match rest {
            [Placed { token: Token::Byte(b','), .. }, after @ ..] => rest = after,
            _ => break,
        }
    }
    let rest: Vec<Token<'_>> = rest.iter().map(|placed| placed.token.clone()).collect();
    let (kind, assigned) = values(&rest);
    let with = |value: Option<&&[Token<'_>]>| {
        let mut tokens = kind.to_vec();
        if let Some(value) = value {
            tokens.push(Token::Byte(b'='));
            tokens.extend(value.iter().cloned());
        }
        what(&tokens)
    };
    // A value for each name, or one call for all of them, which may be as long as there are names.
    let each = assigned.len() == names.len();
    let shared = with(assigned.first());
    for (position, (name, line)) in names.iter().enumerate() {
        let what = if each { with(assigned.get(position)) } else { shared };
        found.push(Declaration { name: lossy(name).into_owned(), line: *line, what });
    }
}

/// The type, and the values that stand behind `=`.
fn values<'t, 's>(tokens: &'t [Token<'s>]) -> (&'t [Token<'s>], Vec<&'t [Token<'s>]>) {
    let mut depth = 0_usize;
    let Some(equals) = tokens.iter().position(|token| {
        if let Token::Byte(byte) = token {
            if depth == 0 && *byte == b'=' {
                return true;
            }
            depth = nested(depth, *byte);
        }
        false
    }) else {
        return (tokens, Vec::new());
    };
    let (mut parts, mut start, mut depth) = (Vec::new(), equals + 1, 0_usize);
    for (index, token) in tokens.iter().enumerate().skip(equals + 1) {
        match token {
            Token::Byte(b',') if depth == 0 => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            Token::Byte(byte) => depth = nested(depth, *byte),
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    (&tokens[..equals], parts)
}

/// What a variable of this type and value is.
fn variable(tokens: &[Token<'_>]) -> Declared {
    let equals = tokens.iter().position(|token| *token == Token::Byte(b'='));
    let (kind, value) = match equals {
        Some(index) => (&tokens[..index], Some(&tokens[index + 1..])),
        None => (tokens, None),
    };
    match (kind, value) {
        ([Token::Word(b"string")], None) => Declared::Text,
        ([Token::Word(b"string")], Some(value)) => match text(value) {
            Value::Other | Value::Text => Declared::Text,
            Value::Computed => Declared::Computed,
        },
        ([], Some(value)) => match text(value) {
            Value::Text => Declared::Text,
            Value::Computed => Declared::Computed,
            Value::Other => Declared::Other,
        },
        _ => Declared::Other,
    }
}

enum Value {
    /// A constant string, or a name that may stand for one.
    Text,
    /// What a function gives, or a part of something.
    Computed,
    /// Something else for sure.
    Other,
}

fn text(value: &[Token<'_>]) -> Value {
    let calls = value.windows(2).any(|pair| match pair {
        [Token::Word(name), Token::Byte(b'(')] => *name != b"string" && *name != b"func",
        [Token::Byte(b')' | b']'), Token::Byte(b'(' | b'[')] => true,
        [Token::Word(name), Token::Byte(b'[')] => *name != b"map",
        _ => false,
    });
    if calls || value.first() == Some(&Token::Word(b"func")) && value.last() == Some(&Token::Byte(b')')) {
        return Value::Computed;
    }
    let other = match value.first() {
        // Nothing is a rune, which is no token.
        None | Some(Token::Word(b"true" | b"false" | b"nil" | b"func" | b"struct" | b"map" | b"chan")) => {
            true
        }
        Some(Token::Word(word)) => word.first().is_some_and(u8::is_ascii_digit),
        Some(Token::Byte(byte)) => *byte != b'(',
        Some(Token::Text(_) | Token::Comment(_)) => false,
    };
    let composite = value.contains(&Token::Byte(b'{'));
    if other || composite { Value::Other } else { Value::Text }
}

#[cfg(test)]
mod tests {
    use super::{Declared, declarations};

    fn shown(source: &str) -> Vec<String> {
        let letter = |what: Declared| match what {
            Declared::Text => "text",
            Declared::Other => "other",
            Declared::Computed => "computed",
            Declared::Constant => "constant",
            Declared::NoVariable => "none",
        };
        let found = declarations(format!("package p\n{source}").as_bytes()).into_iter();
        found.map(|found| format!("{} {} {}", found.line, found.name, letter(found.what))).collect()
    }

    #[test]
    fn variables_that_the_linker_sets() {
        for (source, expected) in [
            ("var version string", &["2 version text"][..]),
            ("var version = \"dev\"", &["2 version text"]),
            ("var version string = `dev`", &["2 version text"]),
            ("var version = \"a\" +\n\t\"b\"\nvar next int", &["2 version text", "4 next other"]),
            ("var version =\n\t\"dev\"", &["2 version text"]),
            ("var version = defaultVersion", &["2 version text"]),
            ("var version = string(\"dev\")", &["2 version text"]),
            ("var a, b string", &["2 a text", "2 b text"]),
            ("var a, b = \"x\", 1", &["2 a text", "2 b other"]),
            (
                "var (\n\ta = \"x\" // why\n\tb string; c = 1\n)\nvar d string",
                &["3 a text", "4 b text", "4 c other", "6 d text"],
            ),
            ("var ()\nvar a string", &["3 a text"]),
            ("var größe string", &["2 größe text"]),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn variables_that_it_does_not_set() {
        for (source, expected) in [
            ("const version = \"dev\"", &["2 version constant"][..]),
            (
                "const (\n\ta = iota\n\tb\n\tc\n)\nvar d string",
                &["3 a constant", "4 b constant", "5 c constant", "7 d text"],
            ),
            ("var version = os.Getenv(\"V\")", &["2 version computed"]),
            ("var version string = get()", &["2 version computed"]),
            ("var version = get()[0]", &["2 version computed"]),
            ("var version = list[0]", &["2 version computed"]),
            ("var a, b = split()", &["2 a computed", "2 b computed"]),
            ("var version = func() string { return \"x\" }()", &["2 version computed"]),
            ("var version *string", &["2 version other"]),
            ("var version []string", &["2 version other"]),
            ("var version = []string{\"a\"}", &["2 version other"]),
            ("var version Text", &["2 version other"]),
            ("var version pkg.Text = \"a\"", &["2 version other"]),
            ("var version = 'x'\nvar next string", &["2 version other", "3 next text"]),
            ("var (\n\ta = 'x'\n\tb string\n)", &["3 a other", "4 b text"]),
            ("var version = 1.5", &["2 version other"]),
            ("var version = &Version{Name: \"a\"}", &["2 version other"]),
            ("func version() string { return \"\" }", &["2 version none"]),
            ("type version string", &["2 version none"]),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn only_the_package_level_counts() {
        for (source, expected) in [
            ("func f() {\n\tvar version string\n}\nvar out string", &["2 f none", "5 out text"][..]),
            ("func (t T) m() { var x string }", &[]),
            ("type t struct {\n\tversion string\n}", &["2 t none"]),
            ("var f = func() {\n\tvar inner string\n}\nvar out string", &["2 f other", "5 out text"]),
            ("// var no string\n/* var no string */\nvar s = `var no string`", &["4 s text"]),
            ("var m = map[string]string{\n\t\"a\": \"b\",\n}\nvar out string", &["2 m other", "5 out text"]),
            ("var broken = (\"a\"\nvar out string", &["2 broken text"]),
            ("var", &[]),
            ("var (", &[]),
            ("var ( ] a string )", &["2 a text"]),
        ] {
            assert_eq!(shown(source), expected, "{source}");
        }
    }

    #[test]
    fn hostile_files_are_read_once() {
        for unit in ["var (", "var x =", "{", "}", "(", ")", ",", "var a, ", "x\n", "]", "= ="] {
            declarations(format!("package p\n{}", unit.repeat(50_000)).as_bytes());
            declarations(format!("package p\nvar (\n{}", unit.repeat(50_000)).as_bytes());
        }
    }

    #[test]
    fn many_names_of_one_long_call() {
        let names = "a, ".repeat(50_000) + "version";
        let text = format!("package main\n\nvar {names} = f({})\n", "x, ".repeat(50_000));
        assert_eq!(declarations(text.as_bytes()).len(), 50_001);
    }
}
