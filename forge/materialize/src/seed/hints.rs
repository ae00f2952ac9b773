//! What a schema and its description say about values: allowed ones, examples, bounds.

use serde_json::Value;

/// Longest value that is taken from a description, in characters.
const VALUE_CHARS_MAX: usize = 40;

/// Most values that are taken from a description.
const VALUES_MAX: usize = 24;

/// How much text after a cue is looked at, in characters.
const REACH_CHARS_MAX: usize = 260;

/// Words after which a description lists all values.
const CHOICE_CUES: [&str; 20] = [
    "possible values",
    "valid values",
    "allowed values",
    "acceptable values",
    "accepted values",
    "supported values",
    "available values",
    "permitted values",
    "one of",
    "either",
    "values are",
    "values include",
    "values:",
    "options are",
    "options:",
    "can be",
    "may be",
    "must be",
    "will be",
    "the string",
];

/// Words after which a description gives an example.
const EXAMPLE_CUES: [&str; 9] = ["e.g.", "eg.", "for example", "for instance", "such as", "example:", "examples:", "i.e. ", "ex:"];

/// What a description tells about values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) choices: Vec<String>,
    pub(crate) examples: Vec<String>,
}

/// Reads a description.
pub(crate) fn told(description: &str) -> Told {
    let lower = description.to_ascii_lowercase();
    let after = |cue: &str| lower.match_indices(cue).map(|(at, _)| at + cue.len()).map(|at| reach(&description[at..])).collect::<Vec<_>>();
    let mut choices = CHOICE_CUES.iter().flat_map(|cue| after(cue)).map(|part| listed(part, false)).find(|found| found.len() > 1);
    if choices.is_none() {
        choices = Some(bulleted(description)).filter(|found| found.len() > 1);
    }
    let mut examples: Vec<String> =
        EXAMPLE_CUES.iter().flat_map(|cue| after(cue)).map(|part| listed(part, true)).find(|found| !found.is_empty()).unwrap_or_default();
    examples.truncate(VALUES_MAX);
    let mut choices = choices.unwrap_or_default();
    choices.truncate(VALUES_MAX);
    Told { choices, examples }
}

/// Text up to the end of the sentence or bracket.
fn reach(text: &str) -> &str {
    let mut depth = 0_i32;
    let mut before = ' ';
    for (count, (at, c)) in text.char_indices().enumerate() {
        let ends = match c {
            '(' | '[' => {
                depth += 1;
                false
            }
            ')' | ']' => {
                depth -= 1;
                depth < 0
            }
            ' ' => before == '.',
            '\n' => false,
            _ => false,
        };
        if ends || count == REACH_CHARS_MAX {
            return &text[..at];
        }
        before = c;
    }
    text
}

/// `* `ONE` – what it means` in lists.
fn bulleted(text: &str) -> Vec<String> {
    let parts = text.split(['`', '\n']).collect::<Vec<_>>();
    if text.matches("- `").count() + text.matches("* `").count() < 2 {
        return Vec::new();
    }
    unique(parts.windows(2).filter(|w| w[0].ends_with("- ") || w[0].ends_with("* ")).map(|w| w[1].to_owned()).filter(|v| is_value(v)))
}

/// The values that a text lists: quoted ones, else single words between commas.
fn listed(part: &str, example: bool) -> Vec<String> {
    let tidy =
        part.replace("<code>", "`").replace("</code>", "`").replace("&quot;", "\"").replace(['“', '”'], "\"").replace(['‘', '’'], "'");
    for quote in ['`', '"', '\''] {
        let pieces: Vec<&str> = tidy.split(quote).collect();
        let far = |i: usize| i > 1 && pieces[i - 1].chars().count() > 60;
        let cut = (1..pieces.len()).step_by(2).find(|&i| far(i)).unwrap_or(pieces.len());
        let found = unique(pieces[..cut].iter().skip(1).step_by(2).map(|v| (*v).to_owned()).filter(|v| is_value(v)));
        if pieces.len() > 2 && !found.is_empty() && pieces[0].chars().count() < 60 {
            return found;
        }
    }
    let text = tidy.trim_start_matches([':', ' ', '=', ',', '-', '–', '(', '[']);
    let text = text.strip_prefix("either ").unwrap_or(text);
    let words = text.replace(" or ", ",").replace(" and ", ",").replace(['|', '/'], ",").replace(';', ",");
    let pieces: Vec<&str> =
        words.split(',').map(|p| p.trim().trim_end_matches(['.', ')', ']', ':', '"'])).filter(|p| !p.is_empty()).collect();
    if example {
        // An example without quotes is one word, or it could be any part of the sentence.
        let first = pieces.first().copied().unwrap_or("");
        let telling = first.contains(|c: char| c.is_ascii_digit() || "-_./:@#".contains(c)) || first.chars().any(char::is_uppercase);
        let plain = |p: &&&str| is_word(p) && p.chars().all(char::is_alphanumeric);
        if pieces.len() > 1 && pieces.len() < 6 && pieces.iter().filter(plain).count() == pieces.len() && !pieces.contains(&"etc") {
            return pieces.into_iter().map(str::to_owned).collect();
        }
        return if is_word(first) && telling { vec![first.to_owned()] } else { Vec::new() };
    }
    let all_words = pieces.len() > 1 && pieces.iter().all(|p| is_word(p)) && !pieces.contains(&"etc");
    if all_words { unique(pieces.into_iter().map(str::to_owned)) } else { Vec::new() }
}

fn is_value(text: &str) -> bool {
    let length = text.chars().count();
    (1..=VALUE_CHARS_MAX).contains(&length)
        && text.trim() == text
        && !text.contains(['<', '>', '{', '}', '`', '"'])
        && text.chars().any(char::is_alphanumeric)
        && text.split(' ').count() <= 5
        && !matches!(text.to_ascii_lowercase().as_str(), "null" | "true" | "false" | "none" | "default" | "string" | "name" | "id")
}

fn is_word(text: &str) -> bool {
    is_value(text)
        && !text.contains(' ')
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "a" | "an" | "the" | "any" | "empty" | "set" | "used" | "it" | "this" | "not" | "is" | "etc"
        )
}

fn unique(values: impl Iterator<Item = String>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for value in values {
        if !out.contains(&value) {
            out.push(value);
        }
    }
    out
}

/// Longest text that is made because a schema asks for it; where it asks for more, the value misfits, which the checks find.
const LENGTH_MIN_MAX: usize = 4_000;

/// What values a schema allows, beside its type and choices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Bounds {
    /// Characters of a text.
    pub(crate) length_min: usize,
    /// Characters of a text.
    pub(crate) length_max: usize,
    /// Of a number.
    pub(crate) low: Option<f64>,
    /// Of a number.
    pub(crate) high: Option<f64>,
    /// A number is a multiple of it.
    pub(crate) step: Option<f64>,
}

impl Bounds {
    /// The bounds of `schema`, and of its description where the schema has none.
    pub(crate) fn of(schema: &Value, description: &str) -> Self {
        let count = |key: &str| schema[key].as_u64().and_then(|n| usize::try_from(n).ok());
        let low = schema["minimum"].as_f64();
        let high = schema["maximum"].as_f64();
        let above = schema["exclusiveMinimum"].as_f64();
        let below = schema["exclusiveMaximum"].as_f64();
        let mut out = Self {
            length_min: count("minLength").unwrap_or(0).min(LENGTH_MIN_MAX),
            length_max: count("maxLength").unwrap_or(usize::MAX),
            low: low.or(above.map(|a| a + 1.0)),
            high: high.or(below.map(|b| b - 1.0)),
            step: schema["multipleOf"].as_f64().filter(|s| *s > 0.0),
        };
        let told = range_in(description).filter(|_| out.low.is_none() || out.high.is_none());
        if let Some((low, high)) = told {
            out.low = out.low.or(Some(low));
            out.high = out.high.or(Some(high));
        }
        if matches!((out.low, out.high), (Some(low), Some(high)) if low > high) {
            (out.low, out.high) = (None, None);
        }
        out.length_max = out.length_max.max(out.length_min);
        out
    }
}

/// `between 1 and 100`, `from 0 to 1`, `range: 0-100`.
fn range_in(description: &str) -> Option<(f64, f64)> {
    let lower = description.to_ascii_lowercase().replace(['`', '\'', '"'], "");
    for (cue, middles) in
        [("between ", &[" and ", " to "][..]), ("from ", &[" to "][..]), ("range", &[" to ", "-", " - ", "–", " and "][..])]
    {
        for (at, _) in lower.match_indices(cue) {
            let rest = lower[at + cue.len()..].trim_start_matches([' ', ':', '(', '[', 'o', 'f', 'i', 's']);
            let Some((low, rest)) = number(rest) else { continue };
            let high = middles.iter().find_map(|m| rest.strip_prefix(m)).and_then(number);
            if let Some((high, _)) = high.filter(|(high, _)| *high > low) {
                return Some((low, high));
            }
        }
    }
    None
}

/// The number at the start of `text`, and what follows it.
fn number(text: &str) -> Option<(f64, &str)> {
    let sign = usize::from(text.starts_with('-'));
    let end = text[sign..].find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').map_or(text.len(), |e| e + sign);
    let digits = text[..end].trim_end_matches(['.', ',']);
    Some((digits.replace(',', "").parse().ok()?, &text[digits.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_in_descriptions() {
        let choices = |text: &str| told(text).choices.join("|");
        assert_eq!(choices("The status. Possible values: ACTIVE, DELETED, or PENDING. Ignored else."), "ACTIVE|DELETED|PENDING");
        assert_eq!(choices("Either `open` or `closed`."), "open|closed");
        assert_eq!(choices("Must be one of 'a', 'b' or 'c d'"), "a|b|c d");
        assert_eq!(choices("Can be used with a list of things, people and places."), "");
        assert_eq!(choices("- `one`: first\n- `two`: second"), "one|two");
        let examples = |text: &str| told(text).examples.join("|");
        assert_eq!(examples("The region, for example, `eu-west-1`."), "eu-west-1");
        assert_eq!(examples("Instance (e.g. n1-standard-4) of the node"), "n1-standard-4");
        assert_eq!(examples("Things such as houses in the town"), "");
        assert_eq!(examples("Über den Wolken, z. B. `ä"), "");
    }

    #[test]
    fn ranges_in_descriptions() {
        assert_eq!(range_in("A number between 1 and 1,000."), Some((1.0, 1000.0)));
        assert_eq!(range_in("Ranges from 0 to 1"), Some((0.0, 1.0)));
        assert_eq!(range_in("Valid range: 5-60 seconds"), Some((5.0, 60.0)));
        assert_eq!(range_in("from 9 to 5"), None);
        assert_eq!(range_in("between us"), None);
    }
}
