//! The date that a template may write.

use minijinja::{Error, ErrorKind, Value};
use serde::{Deserialize, Serialize};

/// The variable that carries it.
pub(super) const VARIABLE: &str = "__wardian_date";

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// A day: what stands for today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// A day of the Gregorian calendar; none where there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + u8::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=days).contains(&day)).then_some(Self { year, month, day })
    }
}

impl TryFrom<String> for Date {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('-').collect();
        let date = match parts[..] {
            [year, month, day] if year.len() == 4 && month.len() == 2 && day.len() == 2 => {
                year.parse().ok().zip(month.parse().ok()).zip(day.parse().ok()).and_then(|((year, month), day)| Self::new(year, month, day))
            }
            _ => None,
        };
        date.ok_or_else(|| format!("`{text}` is no day of the form 2026-01-31"))
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
