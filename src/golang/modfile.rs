//! go.mod, as far as a build is planned from it (go.dev/ref/mod#go-mod-file).
//!
//! Invariant: lines that plans depend on are right or a [`Malformed`] with their number; all others are let pass,
//! known or not, because Go itself reads the file again and knows better.

use super::module::{ModulePath, ModuleVersion};
use super::statement::{Fault, Malformed, Statement, statements};
use super::version::GoVersion;

/// A go.mod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModFile {
    /// The path of this module.
    pub module: ModulePath,
    /// The line of the `module` statement, 1-based.
    pub module_line: usize,
    /// The `go` line.
    pub go: Option<GoLine>,
    /// The `toolchain` line.
    pub toolchain: Option<ToolchainLine>,
    /// The `require` lines.
    pub require: Vec<Require>,
    /// The `replace` lines.
    pub replace: Vec<Replace>,
    /// The packages of `tool` lines.
    pub tool: Vec<Tool>,
    /// The directories of `ignore` lines (Go 1.25).
    pub ignore: Vec<Ignore>,
}

/// The `go` line: the language, and the least toolchain that may compile it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoLine {
    /// The version.
    pub version: GoVersion,
    /// 1-based.
    pub line: usize,
}

/// The `toolchain` line: the toolchain that its authors use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolchainLine {
    /// None for `default`, which asks for nothing.
    pub version: Option<GoVersion>,
    /// 1-based.
    pub line: usize,
}

/// A `require` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Require {
    /// The required module.
    pub module: ModulePath,
    /// At least this version.
    pub version: ModuleVersion,
    /// Whether this module imports it itself.
    pub dependency: Dependency,
    /// 1-based.
    pub line: usize,
}

/// Who needs a required module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dependency {
    /// A package of this module imports it.
    Direct,
    /// Only a dependency does: `// indirect`.
    Indirect,
}

/// A `replace` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replace {
    /// The module that is replaced.
    pub module: ModulePath,
    /// Only this version of it; none for all.
    pub version: Option<ModuleVersion>,
    /// What is taken instead.
    pub by: Replacement,
    /// 1-based.
    pub line: usize,
}

/// What a module is replaced by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// A directory, as it is written.
    Directory(String),
    /// Another module.
    Module(String, ModuleVersion),
}

impl Replacement {
    /// The other module, if it is one.
    pub fn module(&self) -> Option<(String, ModuleVersion)> {
        match self {
            Replacement::Directory(_) => None,
            Replacement::Module(path, version) => Some((path.clone(), version.clone())),
        }
    }
}

/// A `tool` line (Go 1.24).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The import path of its package.
    pub package: String,
    /// 1-based.
    pub line: usize,
}

/// An `ignore` line (Go 1.25).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    /// `./x`: that directory of the module. `x`: every directory of that name.
    pub directory: String,
    /// 1-based.
    pub line: usize,
}

impl ModFile {
    /// Reads a go.mod; the first line that matters and is wrong is the error.
    pub fn parse(contents: &[u8]) -> Result<ModFile, Malformed> {
        let mut module: Option<(ModulePath, usize)> = None;
        let (mut go, mut toolchain) = (None, None);
        let (mut require, mut replace, mut tool, mut ignore) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for statement in statements(contents) {
            let line = statement.line;
            match statement.keyword.as_str() {
                "module" => once(&mut module, (module_path(&statement)?, line), "module", &statement)?,
                "go" => once(&mut go, GoLine::read(&statement)?, "go", &statement)?,
                "toolchain" => {
                    once(&mut toolchain, ToolchainLine::read(&statement)?, "toolchain", &statement)?;
                }
                "require" => require.push(Require::read(&statement)?),
                "replace" => replace.push(Replace::read(&statement)?),
                "tool" => {
                    let [package] = statement.exactly("tool")?;
                    tool.push(Tool { package: package.clone(), line });
                }
                "ignore" => {
                    let [directory] = statement.exactly("ignore")?;
                    ignore.push(Ignore { directory: directory.clone(), line });
                }
                // exclude, retract, godebug, and whatever comes with the next Go.
                _ => {}
            }
        }
        let (module, module_line) = module.ok_or(Malformed { line: 1, fault: Fault::NoModulePath })?;
        Ok(ModFile { module, module_line, go, toolchain, require, replace, tool, ignore })
    }
}

impl GoLine {
    pub(super) fn read(statement: &Statement) -> Result<GoLine, Malformed> {
        let [text] = statement.exactly("go")?;
        // Unlike elsewhere a bare `1` is no version here.
        let version = GoVersion::parse(text).filter(|_| text.contains('.'));
        let version = version.ok_or_else(|| statement.malformed(Fault::BadGoVersion(text.clone())))?;
        Ok(GoLine { version, line: statement.line })
    }
}

impl ToolchainLine {
    pub(super) fn read(statement: &Statement) -> Result<ToolchainLine, Malformed> {
        let [name] = statement.exactly("toolchain")?;
        let version = GoVersion::from_toolchain(name);
        if version.is_none() && name != "default" {
            return Err(statement.malformed(Fault::BadToolchain(name.clone())));
        }
        Ok(ToolchainLine { version, line: statement.line })
    }
}

impl Require {
    fn read(statement: &Statement) -> Result<Require, Malformed> {
        let [module, version] = statement.exactly("require")?;
        let mut comment = statement.comment.split_whitespace();
        let indirect = match (comment.next(), comment.next()) {
            (Some(first), None) => first == "indirect",
            (Some(first), Some(_)) => first == "indirect;",
            _ => false,
        };
        Ok(Require {
            module: parse_path(module, statement)?,
            version: ModuleVersion::new(version),
            dependency: if indirect { Dependency::Indirect } else { Dependency::Direct },
            line: statement.line,
        })
    }
}

impl Replace {
    pub(super) fn read(statement: &Statement) -> Result<Replace, Malformed> {
        let words: Vec<&str> = statement.readable()?.iter().map(String::as_str).collect();
        let (left, right) = match words.iter().position(|word| *word == "=>") {
            Some(arrow) => (&words[..arrow], &words[arrow + 1..]),
            None => (&words[..], &[][..]),
        };
        let (module, version) = match left {
            [module] => (*module, None),
            [module, version] => (*module, Some(ModuleVersion::new(version))),
            _ => return Err(statement.malformed(Fault::Arguments { keyword: "replace" })),
        };
        let by = match right {
            [path] if is_directory(path) => Replacement::Directory((*path).to_owned()),
            [path, version] if !is_directory(path) => {
                Replacement::Module((*path).to_owned(), ModuleVersion::new(version))
            }
            [path] | [path, _] => return Err(statement.malformed(Fault::BadReplacement((*path).to_owned()))),
            _ => return Err(statement.malformed(Fault::Arguments { keyword: "replace" })),
        };
        Ok(Replace { module: parse_path(module, statement)?, version, by, line: statement.line })
    }

    /// Whether this applies to a requirement. What version is chosen in the end only Go knows; the required one
    /// stands in for it.
    pub fn applies_to(&self, require: &Require) -> bool {
        self.module == require.module
            && self.version.as_ref().is_none_or(|version| *version == require.version)
    }
}

/// Sets what may be set once.
pub(super) fn once<T>(
    place: &mut Option<T>,
    value: T,
    keyword: &'static str,
    statement: &Statement,
) -> Result<(), Malformed> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(statement.malformed(Fault::Repeated { keyword })),
    }
}

fn module_path(statement: &Statement) -> Result<ModulePath, Malformed> {
    let [path] = statement.exactly("module")?;
    parse_path(path, statement)
}

fn parse_path(path: &str, statement: &Statement) -> Result<ModulePath, Malformed> {
    ModulePath::parse(path).ok_or_else(|| statement.malformed(Fault::BadModulePath(path.to_owned())))
}

/// Whether a replacement is a directory: it starts with `.`, `..` or a root, of Unix or of Windows, since a go.mod
/// travels (golang.org/x/mod/modfile, `IsDirectoryPath`).
fn is_directory(path: &str) -> bool {
    let first = path.split(['/', '\\']).next().unwrap_or_default();
    let bytes = path.as_bytes();
    let drive = bytes.len() >= 2 && bytes[0].is_ascii_alphabetic() && bytes[1] == b':';
    drive || matches!(first, "" | "." | "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> ModFile {
        ModFile::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_whole_file() {
        let file = parse(
            "\
// syntax=gobuild/frontend:1
module (
	\"example.com/app/v2\" // quoted, in a block
)

go 1.26 // why
toolchain go1.26.3-corp

require example.com/direct v1.2.3
require (
	example.com/indirect v0.1.0 // indirect
	example.com/reasoned v0.2.0 // indirect; because
	example.com/direct2 v0.3.0 // indirectly
)
replace (
	example.com/direct => ../direct
	example.com/indirect v0.1.0 => example.com/fork v0.1.1
)
tool example.com/tool/cmd/gen
ignore ./node_modules
exclude example.com/x v1.0.0
retract [v1.0.0, v1.1.0] // oops
godebug default=go1.21
from-the-future yes
",
        );
        assert_eq!((file.module.as_str(), file.module_line), ("example.com/app/v2", 3));
        assert_eq!(file.go.map(|go| (go.version.to_string(), go.line)), Some(("1.26".to_owned(), 6)));
        let toolchain = file.toolchain.unwrap();
        assert_eq!((toolchain.version.unwrap().to_string(), toolchain.line), ("1.26.3".to_owned(), 7));
        let requires: Vec<_> = file
            .require
            .iter()
            .map(|r| (r.module.as_str(), r.version.as_str(), r.dependency, r.line))
            .collect();
        assert_eq!(
            requires,
            [
                ("example.com/direct", "v1.2.3", Dependency::Direct, 9),
                ("example.com/indirect", "v0.1.0", Dependency::Indirect, 11),
                ("example.com/reasoned", "v0.2.0", Dependency::Indirect, 12),
                ("example.com/direct2", "v0.3.0", Dependency::Direct, 13),
            ]
        );
        assert_eq!(file.replace[0].by, Replacement::Directory("../direct".to_owned()));
        assert_eq!(file.replace[1].version, Some(ModuleVersion::new("v0.1.0")));
        assert_eq!(
            file.replace[1].by,
            Replacement::Module("example.com/fork".to_owned(), ModuleVersion::new("v0.1.1"))
        );
        assert_eq!(file.tool, [Tool { package: "example.com/tool/cmd/gen".to_owned(), line: 19 }]);
        assert_eq!(file.ignore, [Ignore { directory: "./node_modules".to_owned(), line: 20 }]);
    }

    #[test]
    fn the_smallest_files() {
        assert_eq!(parse("module a").module.as_str(), "a");
        assert_eq!(parse("\u{feff}module a\r\n").go, None);
        assert_eq!(
            parse("module a\ntoolchain default").toolchain,
            Some(ToolchainLine { version: None, line: 2 })
        );
    }

    #[test]
    fn faults_have_their_line() {
        let bad_path = |path: &str| Fault::BadModulePath(path.to_owned());
        for (text, line, fault) in [
            ("", 1, Fault::NoModulePath),
            ("// only a comment", 1, Fault::NoModulePath),
            ("\u{0}\u{1}binary", 1, Fault::NoModulePath),
            ("\n\nmodule", 3, Fault::Arguments { keyword: "module" }),
            ("module a b", 1, Fault::Arguments { keyword: "module" }),
            ("module a\nmodule b", 2, Fault::Repeated { keyword: "module" }),
            ("module a\ngo 1.21\ngo 1.22", 3, Fault::Repeated { keyword: "go" }),
            ("module \"a", 1, Fault::BadString),
            ("module 'a'", 1, bad_path("'a'")),
            ("module a/../b", 1, bad_path("a/../b")),
            ("module a\ngo latest", 2, Fault::BadGoVersion("latest".to_owned())),
            ("module a\ngo 1", 2, Fault::BadGoVersion("1".to_owned())),
            ("module a\ntoolchain 1.26", 2, Fault::BadToolchain("1.26".to_owned())),
            ("module a\nrequire b", 2, Fault::Arguments { keyword: "require" }),
            ("module a\nrequire (\nb v1\nb\n)", 4, Fault::Arguments { keyword: "require" }),
            ("module a\nreplace b ../b", 2, Fault::Arguments { keyword: "replace" }),
            ("module a\nreplace b =>", 2, Fault::Arguments { keyword: "replace" }),
            ("module a\nreplace b => c", 2, Fault::BadReplacement("c".to_owned())),
            ("module a\nreplace b => ../c v1", 2, Fault::BadReplacement("../c".to_owned())),
        ] {
            assert_eq!(ModFile::parse(text.as_bytes()), Err(Malformed { line, fault }), "{text:?}");
        }
    }

    #[test]
    fn what_counts_as_a_directory() {
        for path in [".", "./x", "..", "../x", "/x", ".\\x", "\\x", "C:\\x", "c:x"] {
            assert!(is_directory(path), "{path}");
        }
        for path in ["x", "example.com/x", ".x", "...", "..x/y"] {
            assert!(!is_directory(path), "{path}");
        }
    }
}
