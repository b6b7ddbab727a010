//! The keys of `build:` that are one of a few words.
//!
//! Invariant: what is absent gives the smallest static program that is the same everywhere.

use super::super::choice::choice;
use super::super::schema::words;
use super::super::value::{FromText, text};
use serde_json::Value as Json;

/// Whether C code is compiled, and how the program is then linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cgo {
    /// There is none.
    #[default]
    Off,
    /// The C library is part of the program.
    Static,
    /// The C library is one of the base.
    Dynamic,
}

impl FromText for Cgo {
    fn schema() -> Json {
        words(["off", "static", "dynamic"])
    }

    fn from_text(text: &str) -> Result<Cgo, String> {
        match text {
            "off" => Ok(Cgo::Off),
            "static" => Ok(Cgo::Static),
            "dynamic" => Ok(Cgo::Dynamic),
            "true" => {
                Err("how is it to be linked? Write `static`, for a program with the C library in it that \
                           runs on any base, or `dynamic`, for a base that has the C library"
                    .to_owned())
            }
            _ => Err("it is `static`, `dynamic` or, as without the key, `off`".to_owned()),
        }
    }
}

choice! {
    /// Whether the program looks for data races while it runs.
    pub enum Race {
        /// It does not.
        #[default]
        Off = "false",
        /// It does.
        On = "true",
    }
}

choice! {
    /// Whether the program counts which of its lines run.
    pub enum Cover {
        /// It does not.
        #[default]
        Off = "false",
        /// It does.
        On = "true",
    }
}

choice! {
    /// Whether symbols and debug information are left out.
    pub enum Strip {
        /// They are, and a program is two thirds of the size.
        #[default]
        Yes = "true",
        /// A debugger wants them.
        No = "false",
    }
}

choice! {
    /// Whether paths are left out.
    pub enum Trimpath {
        /// They are, and the program is the same wherever it is built.
        #[default]
        Yes = "true",
        /// Those of the compile step are kept.
        No = "false",
    }
}

choice! {
    /// What kind of program.
    pub enum BuildMode {
        /// One that is loaded where it was linked for.
        #[default]
        Exe = "exe",
        /// One that can be loaded anywhere.
        Pie = "pie",
    }
}

text! {
    /// An experiment of the toolchain, or one that is switched off (`noregabi`). Which there are, each release says itself.
    pub struct Experiment = |text: &str| {
        let good = text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        if good {
            Ok(())
        } else {
            Err("an experiment has small letters and digits, like `jsonv2`; several are a list")
        }
    };
}

text! {
    /// A value of GOFIPS140 (internal/buildcfg, `gofips140`).
    pub struct Fips = |text: &str| {
        if matches!(text, "off" | "latest" | "inprocess" | "certified") || is_snapshot(text) {
            Ok(())
        } else {
            Err("it is `latest`, `inprocess`, `certified`, `off` or the version of a snapshot, like `v1.0.0`")
        }
    };
}

impl Fips {
    /// Whether the sources of the module may come from a snapshot, which Go unpacks into the module cache.
    pub fn unpacks(&self) -> bool {
        !matches!(self.as_str(), "off" | "latest")
    }
}

/// `v1.Y.Z`, with `-rcN` or the hash of a snapshot behind it.
fn is_snapshot(text: &str) -> bool {
    let (version, suffix) =
        text.split_once('-').map_or((text, None), |(version, rest)| (version, Some(rest)));
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = version.strip_prefix("v1.").and_then(|rest| rest.split_once('.'));
    let hash = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    numbers.is_some_and(|(minor, patch)| number(minor) && number(patch)) && suffix.is_none_or(hash)
}

#[cfg(test)]
mod tests {
    use super::{BuildMode, Cgo, Experiment, Fips};
    use crate::spec::value::FromText;

    #[test]
    fn cgo_says_how_it_is_linked() {
        assert_eq!(Cgo::from_text("static"), Ok(Cgo::Static));
        let reason = Cgo::from_text("true").unwrap_err();
        assert!(reason.contains("`static`") && reason.contains("`dynamic`"), "{reason}");
        assert!(Cgo::from_text("false").is_err());
    }

    #[test]
    fn what_is_accepted_is_listed() {
        assert_eq!(BuildMode::from_text("c-shared").unwrap_err(), "it is `exe` or `pie`");
    }

    #[test]
    fn fips_modules() {
        for (text, unpacks) in [
            ("off", Some(false)),
            ("latest", Some(false)),
            ("inprocess", Some(true)),
            ("certified", Some(true)),
            ("v1.0.0", Some(true)),
            ("v1.0.0-c2097c7c", Some(true)),
            ("v1.26.0-rc1", Some(true)),
            ("v2.0.0", None),
            ("v1.0", None),
            ("v1.0.0-", None),
            ("v1.0.0-../x", None),
            ("true", None),
            ("", None),
        ] {
            assert_eq!(Fips::from_text(text).ok().map(|fips| fips.unpacks()), unpacks, "{text}");
        }
    }

    #[test]
    fn experiments() {
        for (text, good) in
            [("jsonv2", true), ("noregabi", true), ("a,b", false), ("", false), ("A", false), ("2", false)]
        {
            assert_eq!(Experiment::from_text(text).is_ok(), good, "{text}");
        }
    }
}
