//! Times as BuildKit writes them.
//!
//! Invariant: only UTC in RFC 3339 with a `Z` is read, which is all that BuildKit sends.

use std::time::Duration;

/// `2026-11-21T12:31:59.337796873Z` as the time since 1970.
pub fn parse(text: &str) -> Option<Duration> {
    let (date, clock) = text.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut clock = clock.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let nanoseconds = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    let seconds = ((days(year, month, day)? * 24 + hour) * 60 + minute) * 60 + second;
    Some(Duration::new(seconds, nanoseconds))
}

/// Days from 1970 to a date of the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // A year that begins in March has its leap day at the end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era_days = year * 365 + year / 4 - year / 100 + year / 400;
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    // 719 468 days lie between 1 March of year 0 and 1 January 1970.
    (era_days + day_of_year).checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        assert_eq!(parse("1970-01-01T00:00:00Z"), Some(Duration::ZERO));
        assert_eq!(parse("2000-02-29T12:00:01Z"), Some(Duration::from_secs(951_825_601)));
        assert_eq!(parse("2026-11-21T12:31:59.5Z"), Some(Duration::new(1_795_264_319, 500_000_000)));
        assert_eq!(parse("2026-11-21T12:31:59.337796873Z").unwrap().subsec_nanos(), 337_796_873);
    }

    #[test]
    fn other_text_is_no_time() {
        for text in ["", "2026-11-21", "2026-11-21T12:31:59+01:00", "2026-13-01T00:00:00Z", "x-y-zT1:2:3Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
