//! The words for a stamp that the linker would ignore.
//!
//! Invariant: where it is known what was meant, the message has it, ready to be written.

use super::{Shown, Suggestion, closest};
use crate::golang::{BadStamp, Declared, StampFault};
use std::fmt::{self, Formatter};

/// The most symbols that a message lists.
const MOST_NAMES: usize = 6;

pub(super) fn write(bad: &BadStamp, f: &mut Formatter<'_>) -> fmt::Result {
    let BadStamp { symbol, fault } = bad;
    let (package, name) = symbol.rsplit_once('.').unwrap_or(("", symbol));
    write!(f, "`build.stamp.{}`: ", Shown(symbol))?;
    match fault {
        StampFault::ProgramByPath => {
            write!(f, "the package of a program is called `main` in its symbols: write `main.{name}`")
        }
        StampFault::ShortPath(symbols) => {
            write!(f, "no package has the import path `{package}`")?;
            choices(symbols, f)
        }
        StampFault::NotInProgram => {
            write!(
                f,
                "the program does not import `{package}`, so there is nothing to stamp; import it, or remove the stamp"
            )
        }
        StampFault::NoPackage(symbols) => {
            write!(f, "no package in the context has the import path `{package}`")?;
            near(symbol, symbols, f)
        }
        StampFault::NoVariable(symbols) => {
            write!(f, "`{package}` has no variable `{name}`")?;
            if symbols.is_empty() {
                return write!(f, "; declare it outside of functions: `var {name} string`");
            }
            // Often only a capital is wrong.
            let other = symbols.iter().find(|other| other.eq_ignore_ascii_case(symbol));
            let meant =
                other.map(String::as_str).or_else(|| closest(symbol, symbols.iter().map(String::as_str)));
            match meant {
                Some(meant) => write!(f, "{}", Suggestion(Some(meant.to_owned()))),
                None => choices(symbols, f),
            }
        }
        StampFault::Unfit { file, line, as_what } => {
            write!(f, "`{file}` line {line} declares `{name}` as ")?;
            f.write_str(match as_what {
                Declared::Constant => "a constant",
                Declared::NoVariable => "a function or a type",
                Declared::Computed => "a variable that is computed when the program starts",
                Declared::Other | Declared::Text => "a variable of another type",
            })?;
            write!(
                f,
                ", and the linker sets only variables of type string, without a value or with one in quotes: write `var {name} string`"
            )
        }
    }
}

fn near(symbol: &str, symbols: &[String], f: &mut Formatter<'_>) -> fmt::Result {
    match closest(symbol, symbols.iter().map(String::as_str)) {
        Some(meant) => write!(f, "{}", Suggestion(Some(meant.to_owned()))),
        None => Ok(()),
    }
}

fn choices(symbols: &[String], f: &mut Formatter<'_>) -> fmt::Result {
    let names: Vec<String> = symbols.iter().take(MOST_NAMES).map(|symbol| format!("`{symbol}`")).collect();
    match names.as_slice() {
        [] => Ok(()),
        [only] => write!(f, "; write {only}"),
        several => {
            write!(f, "; write one of {}", several.join(", "))?;
            if symbols.len() > MOST_NAMES {
                write!(f, " and {} more", symbols.len() - MOST_NAMES)
            } else {
                Ok(())
            }
        }
    }
}
