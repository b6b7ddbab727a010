//! `image.healthcheck:`, how the container is asked whether it is well.
//!
//! Invariant: a check is an argv, or a question that a program of gobuild's own asks; no shell reads it.

use super::argv::Argv;
use super::directories::has_key;
use crate::diagnostic::{Kind, Problem};
use crate::image::parse_duration;
use crate::spec::reader::{Field, Reader};
use crate::spec::schema::{requiring, text};
use crate::spec::value::{FromField, FromText, mapping};
use crate::spec::yaml::Value;
use serde_json::{Value as Json, json};

/// How the container is asked whether it is well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Healthcheck {
    /// Not at all, whatever the base says.
    None,
    /// By a program in it.
    Check(Check),
}

mapping! {
    /// A program that says by its exit code whether the container is well.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct Check {
        /// The program and its arguments.
        test: Option<Argv> = "test",
        /// What to ask the program for instead: `:8080/health`, whose answer must be 2xx or 3xx. Who asks is a program of
        /// gobuild's own, so that this takes neither a shell nor curl.
        http: Option<Probe> = "http",
        /// The time between two checks.
        interval: Option<Duration> = "interval",
        /// The time after which a check has failed.
        timeout: Option<Duration> = "timeout",
        /// The time in which failures do not count.
        start_period: Option<Duration> = "start-period",
        /// The time between two checks during the start period.
        start_interval: Option<Duration> = "start-interval",
        /// How many failures in a row make the container unhealthy.
        retries: Option<u16> = "retries",
    }
}

/// Something that is asked for over HTTP, at the container itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The port.
    pub port: u16,
    /// The path, with its query.
    pub path: String,
}

impl FromText for Probe {
    fn from_text(text: &str) -> Result<Probe, String> {
        const ACCEPTED: &str = "it is the container's own port and a path, like `:8080/health`";
        let rest = text.strip_prefix(':').ok_or(ACCEPTED)?;
        let (port, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
        match port.parse() {
            Ok(port) if port > 0 && plain => {
                Ok(Probe { port, path: if path.is_empty() { "/" } else { path }.to_owned() })
            }
            _ => Err(ACCEPTED.to_owned()),
        }
    }
}

/// A duration as Go writes it, in nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duration(pub i64);

impl FromText for Duration {
    fn from_text(text: &str) -> Result<Duration, String> {
        parse_duration(text).map(Duration).map_err(|problem| problem.to_string())
    }
}

impl FromText for u16 {
    fn from_text(text: &str) -> Result<u16, String> {
        text.parse().map_err(|_| "a whole number is needed".to_owned())
    }
}

impl FromField for Healthcheck {
    const KIND: Kind = Kind::Mapping;

    fn schema() -> Json {
        let mut test = requiring(Check::schema(), &["test"]);
        test["properties"]["test"]["anyOf"] = json!([{"type": "array", "items": text(), "minItems": 1}]);
        let http = requiring(Check::schema(), &["http"]);
        json!({"anyOf": [{"enum": ["none"]}, test, http]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Healthcheck> {
        if matches!(&field.node.value, Value::Scalar(text, _) if text == "none") {
            return Some(Healthcheck::None);
        }
        let check = Check::from_field(reader, field)?;
        let key = |name: &str| format!("{}.{name}", field.path);
        if check.http.is_some() && check.test.is_some() {
            let problem = Problem::TwoWays { parent: field.path.clone(), one: "http", other: "test" };
            reader.report(problem, field.node.span);
        }
        let asks = has_key(field, "http") || check.test.as_ref().is_some_and(|test| !test.0.is_empty());
        if !asks && Self::KIND.fits(field.node) {
            reader.report(Problem::MissingKey { key: key("test") }, field.node.span);
        }
        Some(Healthcheck::Check(check))
    }
}

#[cfg(test)]
mod tests {
    use super::{FromText, Probe};

    #[test]
    fn what_is_asked_for() {
        let probe = |port, path: &str| Ok(Probe { port, path: path.to_owned() });
        assert_eq!(Probe::from_text(":8080/health"), probe(8080, "/health"));
        assert_eq!(Probe::from_text(":80"), probe(80, "/"));
        assert_eq!(Probe::from_text(":9000/a?b=c"), probe(9000, "/a?b=c"));
        for text in [
            "",
            ":",
            "/",
            "/health",
            "8080",
            ":0/",
            ":70000/",
            ":80/a b",
            "http://localhost/",
            ":80/\r\nX: y",
        ] {
            assert!(Probe::from_text(text).is_err(), "{text}");
        }
    }
}
