//! The text of a Go file: the same imports and embeds in any of the ways in which Go lets people write them.
//!
//! Invariant: a file compiles wherever its condition holds; what looks like an import and is none is in it, too.

use super::random::Random;
use super::setting::Condition;
use std::fmt::Write as _;

/// A Go file.
pub(crate) struct GoFile {
    /// What is in the way of its being compiled.
    pub(crate) condition: Condition,
    /// The name in the package clause.
    pub(crate) package: String,
    /// What it imports.
    pub(crate) imports: Vec<Import>,
    /// What it embeds, as it is written after `//go:embed`.
    pub(crate) embeds: Vec<Embed>,
    /// What else is in it.
    pub(crate) body: String,
}

/// An import.
pub(crate) struct Import {
    /// The import path.
    pub(crate) path: String,
    /// The name of the package and of a constant in it; none if there may be no file with it.
    pub(crate) used: Option<(String, String)>,
}

/// A line of patterns and the type of the variable that it is for.
#[derive(Clone)]
pub(crate) struct Embed {
    /// The patterns.
    pub(crate) patterns: String,
    /// `embed.FS` or `string`.
    pub(crate) variable: &'static str,
}

impl Import {
    /// An import for its side effects.
    pub(crate) fn blank(path: impl Into<String>) -> Import {
        Import { path: path.into(), used: None }
    }
}

impl GoFile {
    /// Its text. The number keeps names of one package apart.
    pub(crate) fn text(&self, number: usize, random: &mut Random) -> String {
        let mut uses = String::new();
        let mut specs: Vec<String> = Vec::new();
        for (index, import) in self.imports.iter().enumerate() {
            let path = quoted(&import.path, random);
            let (name, use_of) = match (&import.used, random.below(4)) {
                (Some((package, constant)), 0) => (String::new(), format!("{package}.{constant}")),
                (Some((_, constant)), 1) => (format!("alias{index} "), format!("alias{index}.{constant}")),
                (Some((_, constant)), 2) => (". ".to_owned(), constant.clone()),
                _ => ("_ ".to_owned(), "0".to_owned()),
            };
            specs.push(format!("{name}{path}"));
            let _ = writeln!(uses, "var _ = {use_of}");
        }
        if self.embeds.iter().any(|embed| embed.variable == "embed.FS") {
            specs.push("\"embed\"".to_owned());
        } else if !self.embeds.is_empty() {
            specs.push("_ \"embed\"".to_owned());
        }
        for (index, Embed { patterns, variable }) in self.embeds.iter().enumerate() {
            let _ = if random.chance(30) {
                writeln!(uses, "var (\n\t//go:embed {patterns}\n\tembedded{number}x{index} {variable}\n)")
            } else {
                writeln!(uses, "//go:embed {patterns}\nvar embedded{number}x{index} {variable}")
            };
        }

        let lines = self.condition.lines;
        let mut text = if lines.is_empty() { String::new() } else { format!("{lines}\n\n") };
        if random.chance(20) {
            text.push_str("/*\nimport \"example.com/no/such/comment\"\n*/\n");
        }
        let _ = writeln!(text, "package {} // import is a keyword", self.package);
        text.push_str(&imports(&specs, random));
        text.push_str(&uses);
        text.push_str(&self.body);
        if random.chance(20) {
            let _ = writeln!(text, "\nconst text{number} = `\nimport \"example.com/no/such/text\"\n`");
        }
        // Editors of another system.
        if random.chance(10) {
            text = text.replace('\n', "\r\n");
        }
        if random.chance(5) { format!("\u{feff}{text}") } else { text }
    }
}

/// An import path in one of the three kinds of quotes.
fn quoted(path: &str, random: &mut Random) -> String {
    match random.below(6) {
        0 => format!("`{path}`"),
        1 => format!("\"\\x{:02x}{}\"", path.as_bytes()[0], &path[1..]),
        _ => format!("\"{path}\""),
    }
}

/// The import declarations.
fn imports(specs: &[String], random: &mut Random) -> String {
    if specs.is_empty() {
        return "import ()\n".repeat(random.below(2));
    }
    match random.below(5) {
        0 => each("import ", specs, "\n"),
        1 => format!("import ({})\n", specs.join("; ")),
        2 => each("import /* one */ ", specs, ";") + "\n",
        3 => {
            format!("import (\n\t// \"example.com/no\"\n\t{} // last\n)\n", specs.join(" // a comment\n\n\t"))
        }
        _ => {
            let (first, rest) = specs.split_first().expect("not empty");
            let rest = each("\t", rest, "\n");
            format!("\nimport {first}\n\nimport (\n{rest})\n")
        }
    }
}

fn each(before: &str, specs: &[String], after: &str) -> String {
    let lines: Vec<String> = specs.iter().map(|spec| format!("{before}{spec}{after}")).collect();
    lines.concat()
}
