//! Durations of health checks, in the notation of Go's `time.ParseDuration` that Docker uses.
//!
//! Invariant: a parsed duration is one that the daemon accepts: zero, or at least a millisecond.

use std::fmt;

const MILLISECOND: i64 = 1_000_000;
const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", MILLISECOND),
    ("s", 1_000 * MILLISECOND),
    ("m", 60_000 * MILLISECOND),
    ("h", 3_600_000 * MILLISECOND),
];

/// Why a text is not the duration of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DurationProblem {
    /// Not numbers with units.
    Malformed(String),
    /// A number without a unit.
    NoUnit(String),
    /// Below zero, or so short that the daemon refuses it.
    TooShort(String),
    /// More nanoseconds than 63 bits count: 292 years.
    TooLong(String),
}

impl fmt::Display for DurationProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(text) => write!(
                f,
                "`{}` is not a duration: write numbers with a unit each, \
                 such as `30s`, `1m30s`, `1.5h` or `500ms`",
                text.escape_debug()
            ),
            Self::NoUnit(text) => {
                write!(f, "`{text}` has no unit: write `{text}s` for seconds, or use `ms`, `m`, `h`")
            }
            Self::TooShort(text) => write!(f, "`{text}` is too short: a duration is `0` or at least `1ms`"),
            Self::TooLong(text) => write!(f, "`{text}` is too long for a duration"),
        }
    }
}

impl std::error::Error for DurationProblem {}

/// Reads a duration such as `1m30s` and returns nanoseconds.
pub fn parse_duration(text: &str) -> Result<i64, DurationProblem> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned == "0" {
        return Ok(0);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return Err(DurationProblem::NoUnit(text.to_owned()));
    }
    if unsigned.is_empty() {
        return Err(DurationProblem::Malformed(text.to_owned()));
    }

    let mut total: i64 = 0;
    let mut rest = unsigned;
    while !rest.is_empty() {
        let (number, after) = split_where(rest, |c| !(c.is_ascii_digit() || c == '.'));
        let (unit, after) = split_where(after, |c| c.is_ascii_digit() || c == '.');
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let unit = UNITS.into_iter().find(|(name, _)| *name == unit);
        let Some((_, unit)) = unit.filter(|_| number.len() > 1 || !whole.is_empty()) else {
            return Err(DurationProblem::Malformed(text.to_owned()));
        };
        if fraction.contains('.') {
            return Err(DurationProblem::Malformed(text.to_owned()));
        }
        total = scaled(whole, fraction, unit)
            .and_then(|part| total.checked_add(part))
            .ok_or_else(|| DurationProblem::TooLong(text.to_owned()))?;
        rest = after;
    }
    if total != 0 && (text.starts_with('-') || total < MILLISECOND) {
        return Err(DurationProblem::TooShort(text.to_owned()));
    }
    Ok(total)
}

/// `whole.fraction` times `unit`, both of digits alone; none if it does not fit.
fn scaled(whole: &str, fraction: &str, unit: i64) -> Option<i64> {
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut sum = whole.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        // What lies below a nanosecond is cut off, however many digits there are.
        sum = sum.checked_add(i64::from(digit.saturating_sub(b'0')) * place / 10)?;
        place /= 10;
    }
    Some(sum)
}

fn split_where(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepted() {
        let cases = [
            ("0", 0),
            ("0s", 0),
            ("-0", 0),
            ("30s", 30_000_000_000),
            ("+5s", 5_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5h", 5_400_000_000_000),
            ("1h15m30.918s", 4_530_918_000_000),
            ("500ms", 500_000_000),
            ("1ms", 1_000_000),
            ("1000us", 1_000_000),
            ("1000\u{b5}s", 1_000_000),
            ("1000\u{3bc}s", 1_000_000),
            ("1000000ns", 1_000_000),
            (".5s", 500_000_000),
            ("5.s", 5_000_000_000),
            ("1.0000000009s", 1_000_000_000),
            ("9223372036854775807ns", i64::MAX),
        ];
        for (text, nanoseconds) in cases {
            assert_eq!(parse_duration(text), Ok(nanoseconds), "{text}");
        }
    }

    #[test]
    fn refused() {
        type Problem = fn(String) -> DurationProblem;
        let cases: [(&str, Problem); 20] = [
            ("", DurationProblem::Malformed),
            ("-", DurationProblem::Malformed),
            ("s", DurationProblem::Malformed),
            (".s", DurationProblem::Malformed),
            ("1.2.3s", DurationProblem::Malformed),
            ("1d", DurationProblem::Malformed),
            ("1 s", DurationProblem::Malformed),
            (" 1s", DurationProblem::Malformed),
            ("1S", DurationProblem::Malformed),
            ("1s1", DurationProblem::Malformed),
            ("--1s", DurationProblem::Malformed),
            ("thirty", DurationProblem::Malformed),
            ("1.5", DurationProblem::Malformed),
            ("\u{663}s", DurationProblem::Malformed),
            ("30", DurationProblem::NoUnit),
            ("-1s", DurationProblem::TooShort),
            ("999us", DurationProblem::TooShort),
            ("1ns", DurationProblem::TooShort),
            ("9223372036854775808ns", DurationProblem::TooLong),
            ("2562047h1000m", DurationProblem::TooLong),
        ];
        for (text, problem) in cases {
            assert_eq!(parse_duration(text), Err(problem(text.to_owned())), "{text}");
        }
        let digits = "9".repeat(100_000);
        assert!(parse_duration(&format!("{digits}h")).is_err());
        assert_eq!(parse_duration(&format!("1.{digits}s")).map(|n| n / 1_000_000_000), Ok(1));
    }

    #[test]
    fn messages_say_what_is_accepted() {
        let message = |text| parse_duration(text).err().map(|problem| problem.to_string());
        assert_eq!(
            message("30"),
            Some("`30` has no unit: write `30s` for seconds, or use `ms`, `m`, `h`".to_owned())
        );
        assert_eq!(
            message("1ns"),
            Some("`1ns` is too short: a duration is `0` or at least `1ms`".to_owned())
        );
    }
}
