//! `image:`, what the image says and holds.
//!
//! Invariant: absent means as the base has it, or the safe default that the plan chooses; the model does not say which.

use super::build::Variable;
use super::healthcheck::Healthcheck;
use super::reader::{Field, Reader, Spanned};
use super::value::{FromField, FromText, mapping, text};
use crate::diagnostic::{Kind, Problem};
use crate::image::{ImageRef, User, parse_ports};
use std::collections::{BTreeMap, BTreeSet};

mapping! {
    /// What the image says and holds.
    #[derive(Clone, Debug, Default)]
    pub struct ImageSpec {
        /// What the binary is put on: `static`, `scratch`, `alpine` or an image.
        base: Spanned<Base> = "base",
        /// Who runs the program; absent means the base's own user if it is not root, else `nonroot`.
        user: Option<Spanned<User>> = "user",
        /// Where the program starts, and where the binary is.
        workdir: Option<Directory> = "workdir",
        /// The command; absent means the binary.
        entrypoint: Option<Argv> = "entrypoint",
        /// Arguments that `docker run` replaces.
        cmd: Option<Argv> = "cmd",
        /// Environment of the program.
        env: BTreeMap<Variable, String> = "env",
        /// Ports that `docker run -P` publishes: `8080`, `8080/udp`, `8000-8010`.
        ports: Ports = "ports",
        /// Labels.
        labels: BTreeMap<String, String> = "labels",
        /// The health check; absent means the base's own, `none` means none.
        healthcheck: Option<Healthcheck> = "healthcheck",
        /// Whether the licences of everything that is linked are in `/licenses`.
        licenses: bool = "licenses",
    }
}

/// What the binary is put on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Base {
    /// Nothing but accounts and CA certificates.
    Scratch,
    /// An image; `static` and `alpine` are short for two of them.
    Image(ImageRef),
}

/// `image.base: static`: CA certificates, time zones, accounts, /tmp; no shell.
const STATIC: &str = "gcr.io/distroless/static:nonroot";
/// `image.base: alpine`: the same and a shell.
const ALPINE: &str = "alpine:3";

impl Default for Base {
    fn default() -> Base {
        Base::Image(ImageRef::parse(STATIC).expect("a constant that the tests build with"))
    }
}

impl FromText for Base {
    fn from_text(text: &str) -> Result<Base, String> {
        match text {
            "scratch" => Ok(Base::Scratch),
            "static" => Ok(Base::default()),
            "alpine" => ImageRef::from_text(ALPINE).map(Base::Image),
            other => ImageRef::from_text(other).map(Base::Image),
        }
    }
}

impl FromText for ImageRef {
    fn from_text(text: &str) -> Result<ImageRef, String> {
        ImageRef::parse(text).map_err(|problem| problem.to_string())
    }
}

impl FromText for User {
    fn from_text(text: &str) -> Result<User, String> {
        User::parse(text).map_err(|problem| problem.to_string())
    }
}

text! {
    /// A directory of the image.
    pub struct Directory = |text: &str| {
        let clean = text.split('/').skip(1).all(|element| !matches!(element, "" | "." | ".."));
        let plain = !text.contains(|c: char| c.is_control());
        if text == "/" || (text.starts_with('/') && clean && plain) {
            Ok(())
        } else {
            Err("a directory in the image is absolute and clean, like `/app`")
        }
    };
}

/// A program and its arguments. Written as a list and nothing else, since no shell ever sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argv(pub Vec<String>);

impl FromField for Argv {
    const KIND: Kind = Kind::Argv;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Argv> {
        reader.argv(field).map(Argv)
    }
}

/// Each as `port/protocol`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ports(pub BTreeSet<String>);

impl FromField for Ports {
    const KIND: Kind = Kind::TextOrList;

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Ports> {
        // Each may be a range of all there are.
        const MOST_RANGES: usize = 100;
        let texts = reader.texts(field);
        if let Some(text) = texts.get(MOST_RANGES) {
            let reason = format!("at most {MOST_RANGES} ports and ranges are accepted");
            let problem = Problem::BadValue { key: field.path.clone(), found: text.value.clone(), reason };
            reader.report(problem, text.span);
        }
        let ports = texts
            .iter()
            .take(MOST_RANGES)
            .filter_map(|text| reader.parse_text(&field.path, text, parse_ports))
            .flat_map(|ports| ports.value)
            .collect();
        Some(Ports(ports))
    }
}
