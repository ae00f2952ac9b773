//! Times: RFC 3339 in UTC with whole seconds, `2026-01-31T12:00:00Z`, and nothing else.

/// The text is not such a time, or not a day of the calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time like 2026-01-31T12:00:00Z")]
pub struct TimeError(pub String);

/// Seconds since 1970-01-01T00:00:00Z. Years 0000 to 9999; no leap seconds, no fractions, no offsets.
pub fn parse_utc(text: &str) -> Result<i64, TimeError> {
    parts(text.as_bytes()).ok_or_else(|| TimeError(crate::names::untrusted(text, 40)))
}

/// The inverse of [`parse_utc`]; `None` outside the years 0000 to 9999.
pub fn format_utc(unix_s: i64) -> Option<String> {
    let (days, second) = (unix_s.div_euclid(86_400), unix_s.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let text = || format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
    (0..=9999).contains(&year).then(text)
}

fn parts(text: &[u8]) -> Option<i64> {
    let shape = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = |(&c, &s): (&u8, &u8)| if s == b'd' { c.is_ascii_digit() } else { c == s };
    if text.len() != shape.len() || !text.iter().zip(shape).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].iter().fold(0, |n, c| n * 10 + i64::from(c - b'0'));
    let (year, month, day) = (number(0, 4), number(5, 7), number(8, 10));
    let (hour, minute, second) = (number(11, 13), number(14, 16), number(17, 19));
    let days = days(year, month, day);
    let real = (1..=12).contains(&month) && civil(days) == (year, month, day) && hour < 24 && minute < 60 && second < 60;
    real.then_some(days * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible
/// low-level date algorithms", `days_from_civil`).
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days`] (`civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_times() {
        for (text, unix_s) in [("1970-01-01T00:00:00Z", 0), ("2024-02-29T23:59:59Z", 1_709_251_199), ("1969-12-31T23:59:59Z", -1)] {
            assert_eq!(parse_utc(text), Ok(unix_s));
            assert_eq!(format_utc(unix_s).as_deref(), Some(text));
        }
    }

    #[test]
    fn every_day_of_eight_centuries_round_trips() {
        let (first, last) = (days(1600, 1, 1), days(2400, 12, 31));
        for day in first..=last {
            let text = format_utc(day * 86_400).expect("year in range");
            assert_eq!(parse_utc(&text), Ok(day * 86_400), "{text}");
        }
    }

    #[test]
    fn refusals() {
        for text in ["2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01T00:00:60Z", "2024-1-1T00:00:00Z"] {
            assert!(parse_utc(text).is_err(), "{text}");
        }
        assert!(parse_utc("2024-01-01T00:00:00+00:00").is_err() && parse_utc("2024-01-01T00:00:00.5Z").is_err() && parse_utc("").is_err());
    }
}
