//! Civil dates from days since 1970-01-01, without a clock. Algorithms of Howard Hinnant,
//! "chrono-compatible low-level date algorithms".

/// Days from 1970-01-01 to the date at the start of `text` (`2026-01-31…`); `None` where there is none.
pub(crate) fn days_of(text: &str) -> Option<i64> {
    let mut parts = text.get(..10)?.splitn(3, '-');
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (y, m, d) = (next()?, next()?, next()?);
    if !(1..=12).contains(&m) || !(1..=31).contains(&d) {
        return None;
    }
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let day_of_year = (153 * ((m + 9) % 12) + 2) / 5 + d - 1;
    Some(era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468)
}

/// The date of `days` since 1970-01-01, as `YYYY-MM-DD`.
pub(crate) fn date_of(days: i64) -> String {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let mp = (5 * day_of_year + 2) / 153;
    let (d, m) = (day_of_year - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let y = year_of_era + era * 400 + i64::from(m <= 2);
    format!("{y:04}-{m:02}-{d:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_round_trip() {
        for days in (-800_000..800_000).step_by(97) {
            let text = date_of(days);
            if text.len() == 10 && !text.starts_with('-') {
                assert_eq!(days_of(&text), Some(days), "{text}");
            }
        }
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(days_of("2000-02-29T00:00:00Z"), Some(11_016));
        assert_eq!(days_of("not a date"), None);
    }
}
