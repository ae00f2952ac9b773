//! What a value means, by the last words of its name: the table behind seeded texts and numbers.

use super::faker::Faked;
use super::meaning_numbers::NUMBERS;
use super::meaning_rules::TEXTS;
use rustc_hash::FxHashMap;
use std::sync::OnceLock;

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Text {
    Identifier,
    Uuid,
    Arn,
    /// A number with so many digits.
    Digits(usize),
    Hex(usize),
    Base64(usize),
    /// A secret: letters and digits.
    Token,
    Name,
    Title,
    Description,
    PersonName,
    FirstName,
    LastName,
    Login,
    Email,
    Phone,
    Company,
    Faked(Faked),
    Street,
    Address,
    City,
    State,
    StateCode,
    Country,
    CountryCode,
    Postal,
    Place,
    Latitude,
    Longitude,
    TimeZone,
    Locale,
    Currency,
    Region,
    Zone,
    Url,
    ImageUrl,
    Domain,
    Host,
    Ip,
    Ipv6,
    Cidr,
    Mac,
    Version,
    Branch,
    File,
    Path,
    Moment,
    Past,
    Future,
    Day,
    /// A day, decades ago.
    Birth,
    Clock,
    Year,
    /// ISO 8601.
    Duration,
    Cron,
    Color,
    Iban,
    Sku,
    Serial,
    Amount,
    /// A whole number written as text, from 0 or 1 to this.
    Count(i64),
    /// A document of a policy.
    Policy,
    Certificate,
    Slug,
    /// `#microsoft.graph.user`.
    OdataType,
    /// A resource of Azure by its whole path.
    ResourcePath,
    /// One of these.
    Of(&'static [&'static str]),
}

/// How a number is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    /// Evenly, both ends included.
    Range(i64, i64),
    /// Like prices and sizes: half are below this, a few far above.
    Around(i64),
    /// Like counts: mostly small, at most this.
    Few(i64),
    Of(&'static [i64]),
    Price,
    Cents,
    Percent,
    Fraction,
    Year,
    /// Seconds since 1970.
    Moment,
    Latitude,
    Longitude,
    Sequence,
    Identifier,
    Version,
    /// 3.0 to 5.0.
    Rating,
}

/// Names of one length that end in the same word, longest first.
type Index<T> = FxHashMap<&'static str, Vec<(Vec<&'static str>, bool, T)>>;

fn index<T: Copy>(rules: &[(&'static str, T)]) -> Index<T> {
    let mut out: Index<T> = FxHashMap::default();
    for (names, means) in rules {
        for name in names.split('|') {
            let whole = name.starts_with('^');
            let words: Vec<&'static str> = name.trim_start_matches('^').split(' ').collect();
            if let Some(last) = words.last().copied() {
                out.entry(last).or_default().push((words, whole, *means));
            }
        }
    }
    for list in out.values_mut() {
        list.sort_by_key(|(words, whole, _)| std::cmp::Reverse((words.len(), *whole)));
    }
    out
}

fn lookup<T: Copy>(index: &Index<T>, words: &[&str]) -> Option<T> {
    let found = index.get(words.last()?)?;
    found.iter().find(|(rule, whole, _)| if *whole { words == rule.as_slice() } else { words.ends_with(rule) }).map(|(_, _, means)| *means)
}

/// Looks for a rule by the words of a name; then by them without a number at the end, and with the last two joined.
fn search<T: Copy>(index: &Index<T>, words: &[&str]) -> Option<T> {
    let end = words.iter().rposition(|w| !w.chars().all(|c| c.is_ascii_digit())).map_or(0, |at| at + 1);
    let words = &words[..end];
    if let Some(found) = lookup(index, words) {
        return Some(found);
    }
    let joined = words.len().checked_sub(2).map(|at| words[at..].concat());
    if let Some(found) = joined.and_then(|j| lookup(index, &[words.get(..words.len() - 2)?, &[j.as_str()]].concat())) {
        return Some(found);
    }
    let bare = words.last()?.trim_end_matches(|c: char| c.is_ascii_digit());
    let singular = crate::words::singular(bare);
    let head = &words[..words.len() - 1];
    [bare, singular.as_str()].iter().filter(|w| *w != words.last().unwrap_or(&"")).find_map(|w| lookup(index, &[head, &[*w]].concat()))
}

/// What a text with a name of these words is.
pub(crate) fn of_text(words: &[&str]) -> Option<Text> {
    static INDEX: OnceLock<Index<Text>> = OnceLock::new();
    search(INDEX.get_or_init(|| index(TEXTS)), words)
}

/// How a number with a name of these words is drawn.
pub(crate) fn of_number(words: &[&str]) -> Option<Number> {
    static INDEX: OnceLock<Index<Number>> = OnceLock::new();
    search(INDEX.get_or_init(|| index(NUMBERS)), words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_rule_wins() {
        assert_eq!(of_text(&["ip", "address"]), Some(Text::Ip));
        assert_eq!(of_text(&["billing", "address"]), Some(Text::Address));
        assert_eq!(of_text(&["mail", "ip", "addresses"]), Some(Text::Ip));
        assert_eq!(of_text(&["time", "zone"]), Some(Text::TimeZone));
        assert_eq!(of_text(&["availability", "zone"]), Some(Text::Zone));
        assert_eq!(of_text(&["street", "1"]), Some(Text::Street));
        assert_eq!(of_text(&["frobnicate"]), None);
        assert_eq!(of_text(&[]), None);
        assert_eq!(of_number(&["comment", "count"]), Some(Number::Few(40)));
        assert_eq!(of_number(&["created", "at"]), Some(Number::Moment));
    }
}
