//! go.work: the modules that are built together (go.dev/ref/mod#go-work-file).
//!
//! Invariant: as for go.mod, lines that plans depend on are right or a [`Malformed`]; all others are let pass.

use super::modfile::{GoLine, Replace, ToolchainLine, once};
use super::statement::{Malformed, statements};

/// A go.work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkFile {
    /// The `go` line.
    pub go: Option<GoLine>,
    /// The `toolchain` line.
    pub toolchain: Option<ToolchainLine>,
    /// The `use` lines.
    pub uses: Vec<Use>,
    /// The `replace` lines; they win over those of the members.
    pub replace: Vec<Replace>,
}

/// A `use` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The directory of the module, as it is written.
    pub directory: String,
    /// 1-based.
    pub line: usize,
}

impl WorkFile {
    /// Reads a go.work; the first line that matters and is wrong is the error.
    pub fn parse(contents: &[u8]) -> Result<WorkFile, Malformed> {
        let mut file = WorkFile::default();
        for statement in statements(contents) {
            match statement.keyword.as_str() {
                "go" => once(&mut file.go, GoLine::read(&statement)?, "go", &statement)?,
                "toolchain" => {
                    once(&mut file.toolchain, ToolchainLine::read(&statement)?, "toolchain", &statement)?;
                }
                "use" => {
                    let [directory] = statement.exactly("use")?;
                    file.uses.push(Use { directory: directory.clone(), line: statement.line });
                }
                "replace" => file.replace.push(Replace::read(&statement)?),
                _ => {}
            }
        }
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::golang::statement::Fault;

    #[test]
    fn a_whole_file() {
        let text = "\
go 1.26.0
toolchain go1.26.3
use ./api
use (
	.
	\"./with space\" // quoted
)
godebug default=go1.21
replace example.com/lib => ./lib
";
        let file = WorkFile::parse(text.as_bytes()).unwrap();
        let uses: Vec<_> = file.uses.iter().map(|u| (u.directory.as_str(), u.line)).collect();
        assert_eq!(uses, [("./api", 3), (".", 5), ("./with space", 6)]);
        assert_eq!(file.go.unwrap().version.to_string(), "1.26.0");
        assert_eq!(file.toolchain.unwrap().line, 2);
        assert_eq!(file.replace[0].line, 9);
    }

    #[test]
    fn faults_have_their_line() {
        for (text, line, fault) in [
            ("use", 1, Fault::Arguments { keyword: "use" }),
            ("go 1.26\nuse a b", 2, Fault::Arguments { keyword: "use" }),
            ("go 1.26\ngo 1.26", 2, Fault::Repeated { keyword: "go" }),
            ("use (\n\"a\n)", 2, Fault::BadString),
        ] {
            assert_eq!(WorkFile::parse(text.as_bytes()), Err(Malformed { line, fault }), "{text:?}");
        }
        assert_eq!(WorkFile::parse(b"\xff\x00junk"), Ok(WorkFile::default()));
    }
}
