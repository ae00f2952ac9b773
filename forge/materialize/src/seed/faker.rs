//! The crates `fake` and `rand_regex` on the project's own stream of numbers, so that their values follow from the seed.

use fake::Fake;
use fake::rand::distr::Distribution;
use fake::rand::rand_core::TryRng;
use std::convert::Infallible;
use wardian_format::Rng;

/// Most repetitions of one part of a pattern that sets no bound itself.
const REPEATS_MAX: u32 = 12;

/// Longest pattern that is read, in bytes; the same as of a pack's schemas.
const PATTERN_BYTES_MAX: usize = wardian_format::limits::FIXED.schema_pattern_bytes_max;

/// Longest text that a pattern may give, in bytes.
const TEXT_BYTES_MAX: usize = 2_000;

/// Tries at a text of a pattern that also has a bounded length.
const TRIES_MAX: usize = 40;

/// The generator of the crate `rand` over a stream of ours.
struct Stream<'a>(&'a mut Rng);

impl TryRng for Stream<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let bytes = self.0.next_u64().to_le_bytes();
        Ok(u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let bytes = self.0.next_u64().to_le_bytes();
            chunk.copy_from_slice(&bytes[..chunk.len()]);
        }
        Ok(())
    }
}

/// What the crate `fake` makes well and this project has no words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faked {
    Company,
    JobTitle,
    Industry,
    Isbn,
    Bic,
    Isin,
    UserAgent,
    StreetName,
    Building,
    Unit,
}

/// One such value, in English.
pub(crate) fn faked(what: Faked, rng: &mut Rng) -> String {
    use fake::faker::{address, barcode, company, finance, internet, job};
    let mut stream = Stream(rng);
    let out = &mut stream;
    match what {
        Faked::Company => company::en::CompanyName().fake_with_rng(out),
        Faked::JobTitle => job::en::Title().fake_with_rng(out),
        Faked::Industry => company::en::Industry().fake_with_rng(out),
        Faked::Isbn => barcode::en::Isbn13().fake_with_rng(out),
        Faked::Bic => finance::en::Bic().fake_with_rng(out),
        Faked::Isin => finance::en::Isin().fake_with_rng(out),
        Faked::UserAgent => internet::en::UserAgent().fake_with_rng(out),
        Faked::StreetName => address::en::StreetName().fake_with_rng(out),
        Faked::Building => address::en::BuildingNumber().fake_with_rng(out),
        // The library has addresses in `Suit. 49`.
        Faked::Unit => address::en::SecondaryAddress().fake_with_rng::<String, _>(out).replace("Suit.", "Suite"),
    }
}

/// First and last names of people.
pub(crate) fn names() -> (&'static [&'static str], &'static [&'static str]) {
    use fake::locales::{Data, EN};
    (EN::NAME_FIRST_NAME, EN::NAME_LAST_NAME)
}

/// A regular expression that gives texts which match it.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    generator: rand_regex::Regex,
    pattern: regex::Regex,
}

impl Pattern {
    /// Reads `pattern`; `None` where it is no regular expression of the usual kind, too long, or looks around.
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        if pattern.len() > PATTERN_BYTES_MAX {
            return None;
        }
        let anchored = pattern.strip_prefix('^').unwrap_or(pattern);
        let anchored = anchored.strip_suffix('$').filter(|p| !p.ends_with('\\')).unwrap_or(anchored);
        // Without Unicode's classes `\d` is ten digits and `.` is ASCII: what the authors of these patterns mean.
        let plain = regex_syntax::ParserBuilder::new().unicode(false).utf8(true).build().parse(anchored);
        let hir = plain.ok().or_else(|| regex_syntax::parse(anchored).ok())?;
        let generator = rand_regex::Regex::with_hir(hir, REPEATS_MAX).ok()?;
        let pattern = regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().ok()?;
        (generator.capacity() <= TEXT_BYTES_MAX).then_some(Self { generator, pattern })
    }

    /// A text that matches and has from `low` to `high` characters; `None` where none was found in a few tries.
    pub(crate) fn text(&self, low: usize, high: usize, rng: &mut Rng) -> Option<String> {
        let mut stream = Stream(rng);
        (0..TRIES_MAX).find_map(|_| {
            let text: Result<String, _> = self.generator.sample(&mut stream);
            let text = text.ok()?;
            let length = text.chars().count();
            ((low..=high).contains(&length) && self.matches(&text) && !text.chars().any(char::is_control)).then_some(text)
        })
    }

    /// True where `text` matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.pattern.is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_their_pattern_and_follow_from_the_seed() {
        for pattern in
            ["^[a-z]{3}-\\d{4}$", "\\d+", "^(EUR|USD)$", "^i-[0-9a-f]{8,17}$", "[A-Z]{2}\\d{2}", "^$", "^.{1,40}$", "^\\w+@x\\.example$"]
        {
            let made = Pattern::new(pattern).expect("it is a regular expression");
            let independent = regex::Regex::new(pattern).expect("it is a regular expression");
            for seed in 0..50 {
                let text = made.text(0, 200, &mut Rng::of(seed, &[pattern])).expect("it has texts");
                assert!(independent.is_match(&text), "`{text}` is not of `{pattern}`");
                assert_eq!(made.text(0, 200, &mut Rng::of(seed, &[pattern])), Some(text));
            }
        }
    }

    #[test]
    fn what_is_no_plain_pattern_is_refused() {
        for pattern in ["(", "(?=a)b", "a{1000000}", "\\1"] {
            assert!(Pattern::new(pattern).is_none(), "{pattern}");
        }
        assert!(Pattern::new(&"a".repeat(PATTERN_BYTES_MAX + 1)).is_none());
        let six = Pattern::new("^a{6}$").expect("it is a regular expression");
        assert_eq!(six.text(0, 5, &mut Rng::of(1, &[])), None);
    }
}
