//! The date that a template may write.

use minijinja::{Error, ErrorKind, Value};
use serde::{Deserialize, Serialize};
use wardian_format::names::untrusted;
use wardian_format::time::parse_utc;

/// The variable that carries it.
pub(super) const VARIABLE: &str = "__wardian_date";

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// A day: what stands for today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u16,
    day: u16,
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("`{}` is no day of the form 2026-01-31", untrusted(&text, 40));
        parse_utc(&format!("{text}T00:00:00Z")).map_err(|_| wrong())?;
        let part = |range: std::ops::Range<usize>| text[range].parse().map_err(|_| wrong());
        Ok(Self { year: part(0..4)?, month: part(5..7)?, day: part(8..10)? })
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
    }
}

/// `strftime` of the day, at midnight: the parts that templates write.
pub(super) fn strftime(date: &Value, format: &str) -> Result<String, Error> {
    let date = Date::try_from(date.to_string()).map_err(|what| Error::new(ErrorKind::InvalidOperation, what))?;
    let month = MONTHS[usize::from(date.month) - 1];
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('Y') => out.push_str(&format!("{:04}", date.year)),
            Some('y') => out.push_str(&format!("{:02}", date.year % 100)),
            Some('m') => out.push_str(&format!("{:02}", date.month)),
            Some('d') => out.push_str(&format!("{:02}", date.day)),
            Some('-') if chars.as_str().starts_with('d') => {
                chars.next();
                out.push_str(&date.day.to_string());
            }
            Some('B') => out.push_str(month),
            Some('b') => out.push_str(&month[..3]),
            Some('H' | 'M' | 'S') => out.push_str("00"),
            Some('%') => out.push('%'),
            other => {
                let what = format!("strftime_now: `%{}` is not known", other.map(String::from).unwrap_or_default());
                return Err(Error::new(ErrorKind::InvalidOperation, what));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Result<Date, String> {
        Date::try_from(text.to_owned())
    }

    #[test]
    fn days_are_written_as_python_writes_them() {
        let value = Value::from(String::from(day("2026-02-03").expect("a day")));
        // Made with CPython 3.11: `datetime(2026, 2, 3).strftime(format)`.
        for (format, text) in [
            ("%d %b %Y", "03 Feb 2026"),
            ("%B %-d, %Y", "February 3, 2026"),
            ("%Y-%m-%d %H:%M:%S", "2026-02-03 00:00:00"),
            ("%d.%m.%y 100%%", "03.02.26 100%"),
        ] {
            assert_eq!(strftime(&value, format).expect("a text"), text);
        }
        assert!(strftime(&value, "%Q").is_err() && strftime(&value, "%").is_err());
    }

    #[test]
    fn only_days_of_the_calendar_are_days() {
        assert!(day("2024-02-29").is_ok());
        for text in ["2026-02-29", "2026-1-31", "2026-01-31T", "yesterday", "", "2026-01-3é"] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
