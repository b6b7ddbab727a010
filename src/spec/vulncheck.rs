//! `vulncheck:`, what the program is compared with by `--target vulncheck`.
//!
//! Invariant: a database is somewhere on the network or in the context, never in a step's own file system.

use super::modules::has_credentials;
use super::reader::{Field, Reader};
use super::value::{FromField, mapping, text};
use crate::context::ContextPath;
use crate::diagnostic::{Kind, Problem};

mapping! {
    /// What the program is compared with.
    #[derive(Clone, Debug, Default)]
    pub struct Vulncheck {
        /// The database of known vulnerabilities; Go's own, unless told.
        database: Option<Database> = "database",
        /// The version of govulncheck; one that fits the builder, unless told.
        version: Option<ToolVersion> = "version",
    }
}

/// A database in the form of <https://go.dev/security/vuln/database>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// Where it is served.
    Url(String),
    /// Where in the context it is.
    Directory(ContextPath),
}

impl FromField for Database {
    const KIND: Kind = Kind::Text;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Database> {
        let text = reader.text(field)?;
        if has_credentials(&text.value) {
            let instead = "write a directory of the context with a copy of the database, like `./vulndb`";
            reader.report(Problem::CredentialsInUrl { key: field.path.clone(), instead }, text.span);
            return None;
        }
        reader.parse_text(&field.path, &text, Database::parse).map(|database| database.value)
    }
}

impl Database {
    fn parse(text: &str) -> Result<Database, String> {
        match text.split_once("://") {
            Some(("https" | "http", host)) if !host.is_empty() && !host.contains([' ', '\0']) => {
                Ok(Database::Url(text.to_owned()))
            }
            Some(("file", _)) => Err("no step sees that file; write a directory of the context, like \
                                      `./vulndb`"
                .to_owned()),
            Some(_) => Err("a database is an `https://` URL or a directory of the context".to_owned()),
            None => ContextPath::parse(text).map(Database::Directory).map_err(|problem| problem.to_string()),
        }
    }
}

text! {
    /// A released version of a module.
    pub struct ToolVersion = |text: &str| {
        let numbers = text.strip_prefix('v').unwrap_or_default().split('.');
        let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let good = numbers.clone().count() == 3 && numbers.clone().all(number);
        if good { Ok(()) } else { Err("a version is written like `v1.8.0`") }
    };
}
