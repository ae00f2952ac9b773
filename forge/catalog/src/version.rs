//! Versions of APIs, compared.

use std::cmp::Ordering;

/// How far a version has come; stable sorts last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Alpha,
    Beta,
    Candidate,
    Stable,
}

/// A version that compares as people expect: `v1beta1` < `v1` < `v1.2.3` < `v1.10` < `2023-01-01-preview` < `2023-01-01`, and
/// `beta` < nothing stated < `v1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Version {
    /// `[1, 2, 3]`, or year, month and day.
    numbers: Vec<u64>,
    stage: Stage,
    /// The number after the stage, as in `beta2`.
    try_number: u64,
}

impl Version {
    /// Reads any text; what is no number and no known word is passed over.
    pub(crate) fn parse(text: &str) -> Self {
        let mut out = Self { numbers: Vec::new(), stage: Stage::Stable, try_number: 0 };
        // Build metadata of semantic versions says nothing about the order.
        let lower = text.split('+').next().unwrap_or_default().to_lowercase();
        for token in tokens(&lower) {
            match token.parse::<u64>() {
                Ok(number) if out.stage == Stage::Stable => out.numbers.push(number),
                Ok(number) => out.try_number = number,
                Err(_) => out.stage = out.stage.min(stage(token)),
            }
        }
        while out.numbers.last() == Some(&0) {
            out.numbers.pop();
        }
        out
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.numbers, self.stage, self.try_number).cmp(&(&other.numbers, other.stage, other.try_number))
    }
}

/// Runs of digits and runs of letters.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let kind = |c: char| if c.is_ascii_digit() { 0 } else { i32::from(c.is_alphabetic()) * 2 - 1 };
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = kind(rest.chars().next()?);
        let end = rest.find(|c| kind(c) != first).unwrap_or(rest.len());
        let (token, tail) = rest.split_at(end);
        rest = tail;
        Some(token)
    })
}

fn stage(word: &str) -> Stage {
    match word {
        "alpha" | "dev" | "snapshot" | "experimental" | "draft" => Stage::Alpha,
        "beta" | "preview" | "pre" | "p" => Stage::Beta,
        "rc" => Stage::Candidate,
        _ => Stage::Stable,
    }
}

/// A service's name without the version at its end, and that version: `ghes-3.8` is `ghes` in `3.8`, `graph-beta` is `graph` in `beta`.
pub(crate) fn split_service(service: &str) -> (&str, &str) {
    let mut stem = service;
    loop {
        if let Some(head) = without_date(stem) {
            stem = head;
            continue;
        }
        match stem.rfind(['-', '_', ' ']) {
            Some(at) if at > 0 && is_version(&stem[at + 1..]) => stem = &stem[..at],
            _ => break,
        }
    }
    (stem, service[stem.len()..].trim_start_matches(['-', '_', ' ', '.']))
}

/// `stem` without a date such as `-2022-11-28` at its end.
fn without_date(stem: &str) -> Option<&str> {
    let at = stem.len().checked_sub(11).filter(|&at| at > 0 && stem.is_char_boundary(at))?;
    let (head, tail) = stem.split_at(at);
    let fits = tail.bytes().zip("-0000-00-00".bytes()).enumerate().all(|(i, (byte, pattern))| match (i, pattern) {
        (0, _) => matches!(byte, b'-' | b'_' | b'.'),
        (_, b'0') => byte.is_ascii_digit(),
        _ => byte == b'-' || byte == b'_',
    });
    fits.then_some(head)
}

fn is_version(token: &str) -> bool {
    if matches!(token, "alpha" | "beta" | "preview") {
        return true;
    }
    let digits = token.strip_prefix('v').unwrap_or(token);
    let dotted = digits.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    // A bare number may be part of a name (`adsense-2`); with a `v` or a point it is a version.
    let staged = digits.starts_with(|c: char| c.is_ascii_digit()) && Version::parse(digits).stage != Stage::Stable;
    (token.starts_with('v') || digits.contains('.')) && (dotted || staged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_the_expected_one() {
        let sorted = [
            "beta",
            "",
            "v1alpha1",
            "v1beta1",
            "v1beta2",
            "1.0.0-rc1",
            "v1",
            "v1.0.1",
            "v1.2.3",
            "1.10",
            "v2alpha",
            "v2",
            "2019-11-01",
            "2023-01-01-preview",
            "2023-01-01",
            "20230102",
        ];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(Version::parse(a).cmp(&Version::parse(b)), i.cmp(&j), "`{a}` and `{b}`");
            }
        }
        assert_eq!(Version::parse("v1").cmp(&Version::parse("1.0.0+build7")), Ordering::Equal);
    }

    #[test]
    fn services_lose_their_version() {
        for (service, stem, version) in [
            ("ghes-3.8", "ghes", "3.8"),
            ("graph-beta", "graph", "beta"),
            ("graph", "graph", ""),
            ("orders-v2", "orders", "v2"),
            ("api.github.com.2022-11-28", "api.github.com", "2022-11-28"),
            ("ghes-3.8.2022-11-28", "ghes", "3.8.2022-11-28"),
            ("apigatewayv2", "apigatewayv2", ""),
            ("adsense-2", "adsense-2", ""),
            ("orders-v1beta1", "orders", "v1beta1"),
            ("2022-11-28", "2022-11-28", ""),
            ("v1beta1", "v1beta1", ""),
        ] {
            assert_eq!(split_service(service), (stem, version), "{service}");
        }
    }
}
