//! `build.ldflags`, `build.gcflags` and `build.asmflags`: what is handed to the tools that the go command runs.
//!
//! Invariant: one text is one value of the go command's flag of that name, and no word of it is one of `refused`.

use super::super::value::{FromText, text};
use super::refused::{Tool, flag_name, flags};

text! {
    /// Linker flags with spaces between them.
    pub struct LinkerFlags = |text: &str| flags(text, Tool::Linker);
}

impl LinkerFlags {
    /// One by one.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.as_str().split_whitespace()
    }
}

/// Flags for some packages: `-N -l`, `all=-N -l`, `example.com/app/...=-m`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PackageFlags {
    /// The packages that they are for; without one, those of the programs (`go help build`).
    pub pattern: Option<String>,
    /// The flags, with spaces between them.
    pub flags: String,
}

/// Flags of the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompilerFlags(pub PackageFlags);

/// Flags of the assembler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssemblerFlags(pub PackageFlags);

impl AssemblerFlags {
    /// Whether the assembler is told where to look for included files.
    pub fn include(&self) -> bool {
        self.0.flags.split_whitespace().any(|word| flag_name(word) == Some("I"))
    }
}

impl FromText for CompilerFlags {
    fn from_text(text: &str) -> Result<CompilerFlags, String> {
        PackageFlags::parse(text, Tool::Compiler).map(CompilerFlags)
    }
}

impl FromText for AssemblerFlags {
    fn from_text(text: &str) -> Result<AssemblerFlags, String> {
        PackageFlags::parse(text, Tool::Assembler).map(AssemblerFlags)
    }
}

impl PackageFlags {
    fn parse(text: &str, tool: Tool) -> Result<PackageFlags, String> {
        let text = text.trim();
        let (pattern, rest) = if text.starts_with('-') {
            (None, text)
        } else {
            let form = "write flags, `-N -l`, or packages and flags, `all=-N -l`";
            let (pattern, rest) = text.split_once('=').ok_or(form)?;
            let pattern = pattern.trim();
            let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"'\"@".contains(c);
            if pattern.is_empty() || !pattern.chars().all(plain) {
                return Err(form.to_owned());
            }
            (Some(pattern.to_owned()), rest)
        };
        flags(rest, tool)?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        Ok(PackageFlags { pattern, flags: words.join(" ") })
    }
}

#[cfg(test)]
mod tests {
    use super::{PackageFlags, Tool};

    #[test]
    fn flags_of_packages() {
        for (text, pattern, flags) in [
            ("-N -l", None, "-N -l"),
            (" -d=a=b ", None, "-d=a=b"),
            ("all=-N  -l", Some("all"), "-N -l"),
            ("./...=-m", Some("./..."), "-m"),
            ("net/http=", Some("net/http"), ""),
        ] {
            let found = PackageFlags::parse(text, Tool::Compiler).unwrap();
            assert_eq!((found.pattern.as_deref(), found.flags.as_str()), (pattern, flags), "{text}");
        }
        for text in ["", "all", "=-N", "'all=-N'", "a b=-N", "all=-o x", "all=@x"] {
            assert!(PackageFlags::parse(text, Tool::Compiler).is_err(), "{text}");
        }
    }
}
