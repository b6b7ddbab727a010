//! What one Go file says about itself: its package, imports, build constraint and embedded files.
//!
//! Not a parser: it reads the head of a file as `go list` does and looks at the rest only for two things that cannot
//! be missed. Invariant: syntax errors never make it fail, it returns what it understood up to there.

use super::constraint::Constraint;
use super::text::{unquote, without_mark};
use super::token::{Placed, Token, Tokens, lossy};

/// What a Go file says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The name in the package clause.
    pub package: Option<String>,
    /// The line of the package clause, 1-based; 1 without one.
    pub package_line: usize,
    /// The imports, in order.
    pub imports: Vec<Import>,
    /// Whether the imports are all there are.
    pub head: Head,
    /// The build constraint.
    pub constraint: Option<Constraint>,
    /// The patterns of `//go:embed`; none unless the file imports "embed", as for Go.
    pub embeds: Vec<Embed>,
    /// The line of `func main`, 1-based.
    pub main_function: Option<usize>,
}

/// An import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The import path, without quotes.
    pub path: String,
    /// 1-based.
    pub line: usize,
}

/// A pattern of a `//go:embed` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embed {
    /// The pattern, without quotes, with `all:` if it has that.
    pub pattern: String,
    /// 1-based.
    pub line: usize,
}

/// Whether the end of the imports was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Something else follows the imports.
    Closed,
    /// The bytes end before. If they are not the whole file there may be more imports, and the last word may be cut.
    Open,
}

impl Source {
    /// Reads a Go file, or the beginning of one.
    pub fn scan(contents: &[u8]) -> Source {
        let contents = without_mark(contents);
        let mut scan = Scan::new(Constraint::of_source(contents));
        let mut tokens = Tokens::new(contents);
        while let Some(placed) = tokens.next() {
            let before = scan.source.head;
            scan.read(&placed);
            if tokens.at_end() {
                // The last word may be half a word: `impo` closes nothing.
                scan.source.head = before;
            }
        }
        let mut source = scan.source;
        if source.imports.iter().all(|import| import.path != "embed") && source.head == Head::Closed {
            source.embeds.clear();
        }
        source
    }

    /// Whether it says that it belongs to a program.
    pub fn is_main(&self) -> bool {
        self.package.as_deref() == Some("main")
    }

    /// Whether it imports "C".
    pub fn uses_cgo(&self) -> bool {
        self.imports.iter().any(|import| import.path == "C")
    }
}

/// What the next token is expected to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// `package`.
    Package,
    /// The name of the package.
    PackageName,
    /// `import`, or anything else, which ends the head.
    Import,
    /// `(`, a name or an import path.
    ImportSpec,
    /// The import path after its name.
    ImportPath,
    /// In `import ( … )`.
    Group,
    /// The rest of the file, of which only `func main` matters: which part of that was just seen.
    Body(Seen),
}

/// How much of `func main (` was just seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    Func,
    FuncMain(usize),
}

struct Scan {
    expected: Expected,
    source: Source,
}

impl Scan {
    fn new(constraint: Option<Constraint>) -> Scan {
        let source = Source {
            package: None,
            package_line: 1,
            imports: Vec::new(),
            head: Head::Open,
            constraint,
            embeds: Vec::new(),
            main_function: None,
        };
        Scan { expected: Expected::Package, source }
    }

    fn read(&mut self, placed: &Placed<'_>) {
        let Placed { line, token } = placed;
        if let Token::Comment(text) = token {
            self.source.embeds.extend(embeds(text, *line));
            return;
        }
        self.expected = match (self.expected, token) {
            (Expected::Package, Token::Word(b"package")) => {
                self.source.package_line = *line;
                Expected::PackageName
            }
            (Expected::PackageName, Token::Word(name)) => {
                self.source.package = Some(lossy(name).into_owned());
                Expected::Import
            }
            (Expected::Import, Token::Byte(b';')) | (Expected::Group, Token::Byte(b')')) => Expected::Import,
            (Expected::Import, Token::Word(b"import")) => Expected::ImportSpec,
            (Expected::ImportSpec, Token::Byte(b'('))
            | (Expected::Group, Token::Byte(b'.' | b';') | Token::Word(_)) => Expected::Group,
            (Expected::ImportSpec, Token::Byte(b'.') | Token::Word(_)) => Expected::ImportPath,
            (Expected::ImportSpec | Expected::ImportPath, Token::Text(literal)) => {
                self.import(literal, *line);
                Expected::Import
            }
            (Expected::Group, Token::Text(literal)) => {
                self.import(literal, *line);
                Expected::Group
            }
            (Expected::Body(seen), _) => self.body(seen, token, *line),
            _ => {
                self.source.head = Head::Closed;
                self.body(Seen::Nothing, token, *line)
            }
        };
    }

    fn import(&mut self, literal: &[u8], line: usize) {
        let path = std::str::from_utf8(literal).ok().and_then(unquote);
        if let Some(path) = path.filter(|path| is_import_path(path)) {
            self.source.imports.push(Import { path, line });
        }
    }

    fn body(&mut self, seen: Seen, token: &Token<'_>, line: usize) -> Expected {
        Expected::Body(match (seen, token) {
            (_, Token::Word(b"func")) => Seen::Func,
            (Seen::Func, Token::Word(b"main")) => Seen::FuncMain(line),
            (Seen::FuncMain(line), Token::Byte(b'(')) => {
                self.source.main_function.get_or_insert(line);
                Seen::Nothing
            }
            _ => Seen::Nothing,
        })
    }
}

/// Whether Go takes this for an import path (go/build, `isValidImport`); without it the file has a syntax error.
fn is_import_path(path: &str) -> bool {
    let refused =
        |c: char| c.is_control() || c.is_whitespace() || "!\"#$%&'()*,:;<=>?[\\]^{|}`\u{fffd}".contains(c);
    !path.is_empty() && !path.contains(refused)
}

/// The patterns of a comment, if it is a `//go:embed` line that Go can read: words, or quoted strings.
fn embeds(comment: &[u8], line: usize) -> Vec<Embed> {
    let Some(arguments) = comment.strip_prefix(b"//go:embed") else { return Vec::new() };
    let text = lossy(arguments);
    let mut rest = text.as_ref();
    let mut embeds = Vec::new();
    while !rest.is_empty() {
        // Arguments are set apart by space, from the directive and from each other.
        if !rest.starts_with(char::is_whitespace) {
            return Vec::new();
        }
        rest = rest.trim_start();
        let (pattern, length) = match rest.chars().next() {
            None => break,
            Some(quote @ ('"' | '`')) => {
                let Some(length) = quoted_length(rest, quote) else { return Vec::new() };
                let Some(pattern) = unquote(&rest[..length]) else { return Vec::new() };
                (pattern, length)
            }
            Some(_) => {
                let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
                (rest[..length].to_owned(), length)
            }
        };
        embeds.push(Embed { pattern, line });
        rest = &rest[length..];
    }
    embeds
}

/// The length of the quoted string that `text` starts with.
fn quoted_length(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' if quote == '"' => escaped = true,
            _ if character == quote => return Some(index + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imports(source: &str) -> Vec<String> {
        let imports = Source::scan(source.as_bytes()).imports;
        imports.into_iter().map(|import| format!("{} {}", import.line, import.path)).collect()
    }

    fn patterns(source: &str) -> Vec<String> {
        let embeds = Source::scan(source.as_bytes()).embeds;
        embeds.into_iter().map(|embed| format!("{} {}", embed.line, embed.pattern)).collect()
    }

    #[test]
    fn a_whole_file() {
        let source = Source::scan(
            b"\xef\xbb\xbf// Command api serves.\n//go:build linux\n\npackage main // here\n\nimport \"fmt\"\n\n\
              func main() { fmt.Println(`package x`) }\n",
        );
        assert_eq!((source.package.as_deref(), source.package_line), (Some("main"), 4));
        assert_eq!(source.imports, [Import { path: "fmt".to_owned(), line: 6 }]);
        assert_eq!(source.constraint.as_ref().map(|c| (c.line, c.text.as_str())), Some((2, "linux")));
        assert_eq!((source.head, source.main_function), (Head::Closed, Some(8)));
        assert!(source.is_main() && !source.uses_cgo());
    }

    #[test]
    fn forms_of_import() {
        for (body, expected) in [
            ("import \"a\"", &["1 a"][..]),
            ("import `a`", &["1 a"]),
            ("import \"\\x61\"", &["1 a"]),
            ("import x \"a\"; import . \"b\"\nimport _ \"c\"", &["1 a", "1 b", "2 c"]),
            (
                "import (\n\t\"a\"\n\n\t// \"no\"\n\tx \"b\" // \"no\"\n\t. \"c\"; _ \"d\"\n)",
                &["2 a", "5 b", "6 c", "6 d"],
            ),
            ("import ()\nimport (\"a\")\nimport \"b\"", &["2 a", "3 b"]),
            ("/* import \"no\" */ import /* x */ \"a\"", &["1 a"]),
            ("import(\"a\";\"b\")", &["1 a", "1 b"]),
            ("import\"a\"", &["1 a"]),
            ("import größe \"a/é\"", &["1 a/é"]),
            ("import \"C\"", &["1 C"]),
            ("import \"a\"\nvar x = 1\nimport \"no\"", &["1 a"]),
            ("var x = `import \"no\"`", &[]),
            ("import \"a b\"\nimport \"\"\nimport \"c\\\\d\"\nimport \"e\"", &["4 e"]),
        ] {
            assert_eq!(imports(&format!("package p;{body}")), expected, "{body}");
        }
    }

    #[test]
    fn syntax_errors_keep_what_was_understood() {
        for (source, package, expected) in [
            ("", None, &[][..]),
            ("packag main", None, &[]),
            ("package", None, &[]),
            ("package \"main\"\nimport \"a\"", None, &[]),
            ("package main\nimport fmt\nfunc main() { f(\"no\") }", Some("main"), &[]),
            ("package main\nimport (\n\"a\"\nfunc main() { f(\"b\") }", Some("main"), &["3 a"]),
            ("package main\nimport (\"a\" + \"no\")", Some("main"), &["2 a"]),
            ("package main\nimport \"a\nimport \"b\"", Some("main"), &["3 b"]),
            ("\0\0\0package main", None, &[]),
        ] {
            assert_eq!(Source::scan(source.as_bytes()).package.as_deref(), package, "{source:?}");
            assert_eq!(imports(source), expected, "{source:?}");
        }
    }

    #[test]
    fn a_head_is_open_until_something_follows_the_imports() {
        let whole = "package main\nimport (\n\t\"a\"\n\t\"b\"\n)\nvar x = 1\n";
        for (end, _) in whole.char_indices() {
            let head = if end > whole.find("var").unwrap() + 3 { Head::Closed } else { Head::Open };
            assert_eq!(Source::scan(&whole.as_bytes()[..end]).head, head, "{:?}", &whole[..end]);
        }
    }

    #[test]
    fn embedded_files() {
        let import = "package p\nimport _ \"embed\"\n";
        for (body, expected) in [
            ("//go:embed a.txt\nvar x string", &["3 a.txt"][..]),
            ("//go:embed a b/*.html\tc\r\nvar x string", &["3 a", "3 b/*.html", "3 c"]),
            ("//go:embed \"a b\" `c d` all:e\nvar x string", &["3 a b", "3 c d", "3 all:e"]),
            ("var (\n\t//go:embed a\n\tx string\n)", &["4 a"]),
            ("var x = `\n//go:embed no\n`", &[]),
            ("var x = \"//go:embed no\"", &[]),
            ("/*\n//go:embed no\n*/", &[]),
            ("// go:embed no\n//go:embedded no\n//go:embed", &[]),
            ("//go:embed \"a\n//go:embed \"b\"c", &[]),
        ] {
            assert_eq!(patterns(&format!("{import}{body}")), expected, "{body}");
        }
        assert_eq!(patterns("package p\nimport \"fmt\"\n//go:embed a\nvar x string"), [""; 0]);
    }

    #[test]
    fn the_main_function() {
        for (body, line) in [
            ("func main() {}", Some(2)),
            ("func\nmain() {}", Some(3)),
            ("func (t T) main() {}", None),
            ("func mainly() {}", None),
            ("// func main() {}", None),
            ("var s = `func main()`", None),
            ("func init() {}\nfunc main ( ) {}\n", Some(3)),
        ] {
            assert_eq!(
                Source::scan(format!("package main\n{body}").as_bytes()).main_function,
                line,
                "{body}"
            );
        }
    }

    #[test]
    fn large_and_binary_files_are_read_once() {
        for unit in
            ["/*", "\"", "'", "`", "//", "(", "import ", "\\", "\0", "\u{fffd}", "//go:embed \"", "\n"]
        {
            Source::scan(format!("package p\n{}", unit.repeat(200_000)).as_bytes());
        }
        Source::scan(&vec![0xff; 1_000_000]);
    }
}
