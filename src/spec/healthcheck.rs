//! `image.healthcheck:`, how the container is asked whether it is well.
//!
//! Invariant: a check is an argv; no shell reads it.

use super::image::Argv;
use super::reader::{Field, Reader};
use super::schema::text;
use super::value::{FromField, FromText, mapping};
use super::yaml::Value;
use crate::diagnostic::{Kind, Problem};
use crate::image::parse_duration;
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
        let mut check = Check::schema();
        check["required"] = json!(["test"]);
        check["properties"]["test"]["anyOf"] = json!([{"type": "array", "items": text(), "minItems": 1}]);
        json!({"anyOf": [{"enum": ["none"]}, check]})
    }

    fn from_field(reader: &mut Reader<'_>, field: &Field<'_>) -> Option<Healthcheck> {
        if matches!(&field.node.value, Value::Scalar(text, _) if text == "none") {
            return Some(Healthcheck::None);
        }
        let check = Check::from_field(reader, field)?;
        if check.test.as_ref().is_none_or(|test| test.0.is_empty()) && Self::KIND.fits(field.node) {
            reader.report(Problem::MissingKey { key: format!("{}.test", field.path) }, field.node.span);
        }
        Some(Healthcheck::Check(check))
    }
}
