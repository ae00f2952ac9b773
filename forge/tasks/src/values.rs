//! Plausible values: in the style of a column where there is one, by the parameter's name and schema elsewhere.

use crate::dates;
use crate::needs::kind;
use crate::pools;
use crate::rows::to_json;
use serde_json::{Map, Value};
use wardian_format::{Rng, SqlValue, names};

/// What a value is for.
pub(crate) struct Wish<'a> {
    /// The last name of the parameter.
    pub(crate) name: &'a str,
    /// Its JSON Schema.
    pub(crate) schema: &'a Value,
    /// Distinct values of the column, and how many rows there are; empty where no column is known.
    pub(crate) samples: &'a [SqlValue],
    /// Rows of the table.
    pub(crate) rows: usize,
    /// The value that is there now and should change.
    pub(crate) current: Option<&'a SqlValue>,
    /// True where no row may have it yet.
    pub(crate) new: bool,
    /// The episode's time.
    pub(crate) now: &'a str,
}

/// A value for `wish`, or `None` where nothing plausible is known.
pub(crate) fn invent(wish: &Wish<'_>, rng: &mut Rng) -> Option<Value> {
    let options: Vec<Value> = match (wish.schema.get("const"), wish.schema.get("enum").and_then(Value::as_array)) {
        (Some(only), _) => return Some(only.clone()),
        (None, Some(options)) => options.iter().filter(|o| !o.is_null() && !is_current(wish, o)).cloned().collect(),
        (None, None) => Vec::new(),
    };
    if wish.schema.get("enum").is_some() {
        return rng.pick(&options).cloned();
    }
    match kind(wish.schema) {
        "boolean" => Some(Value::Bool(wish.current.map_or_else(|| rng.chance(50), |c| *c == SqlValue::Integer(0)))),
        "integer" => Some(Value::from(integer(wish, rng))),
        "number" => number(wish, rng),
        "array" => array(wish, rng),
        "object" => object(wish, rng),
        _ => text(wish, rng).map(Value::from),
    }
}

fn is_current(wish: &Wish<'_>, value: &Value) -> bool {
    wish.current.is_some_and(|c| crate::rows::shows(value, c))
}

fn integer(wish: &Wish<'_>, rng: &mut Rng) -> i64 {
    let bound = |name: &str| wish.schema.get(name).and_then(Value::as_f64).map(|f| f as i64);
    let low = bound("minimum").or_else(|| bound("exclusiveMinimum").map(|b| b + 1));
    let high = bound("maximum").or_else(|| bound("exclusiveMaximum").map(|b| b - 1));
    let seen: Vec<i64> = wish.samples.iter().filter_map(|v| if let SqlValue::Integer(i) = v { Some(*i) } else { None }).collect();
    let (mut from, mut to) = match (seen.iter().min(), seen.iter().max()) {
        (Some(&a), Some(&b)) if wish.new => (b + 1, b + 1 + (b - a).clamp(3, 900)),
        (Some(&a), Some(&b)) => (a, b.max(a.saturating_add(3))),
        _ => usual_range(wish.name),
    };
    from = from.max(low.unwrap_or(i64::MIN)).min(high.unwrap_or(i64::MAX));
    to = to.max(from).min(high.unwrap_or(i64::MAX));
    let step = bound("multipleOf").unwrap_or_else(|| round_step(&seen)).max(1);
    let mut value = rng.between(from.div_euclid(step), to.div_euclid(step)) * step;
    if wish.current == Some(&SqlValue::Integer(value)) {
        value = if value + step <= high.unwrap_or(i64::MAX) { value + step } else { value - step };
    }
    if value < low.unwrap_or(i64::MIN) { value + step } else { value }
}

/// The largest power of ten that divides every sample, so that prices stay round where they are.
fn round_step(seen: &[i64]) -> i64 {
    let divides = |step: &i64| !seen.is_empty() && seen.iter().all(|v| v % step == 0) && seen.iter().any(|v| *v != 0);
    [1000, 100, 10].into_iter().find(divides).unwrap_or(1)
}

fn usual_range(name: &str) -> (i64, i64) {
    let name = name.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| name.contains(w));
    if has(&["price", "amount", "cents", "cost", "total"]) {
        (500, 20_000)
    } else if has(&["year"]) {
        (2020, 2030)
    } else if has(&["minutes", "seconds", "timeout", "duration"]) {
        (5, 120)
    } else if has(&["size", "bytes", "width", "height"]) {
        (10, 500)
    } else if has(&["priority", "rating", "stars", "level"]) {
        (1, 5)
    } else {
        (1, 12)
    }
}

fn number(wish: &Wish<'_>, rng: &mut Rng) -> Option<Value> {
    let seen: Vec<f64> = wish.samples.iter().filter_map(|v| if let SqlValue::Real(r) = v { Some(*r) } else { None }).collect();
    let bound = |name: &str| wish.schema.get(name).and_then(Value::as_f64);
    let low = bound("minimum").or_else(|| seen.iter().copied().reduce(f64::min)).unwrap_or(1.0);
    let high = bound("maximum").or_else(|| seen.iter().copied().reduce(f64::max)).unwrap_or(low + 99.0).max(low);
    let hundredths = rng.between((low * 100.0).ceil() as i64, (high * 100.0).floor() as i64);
    serde_json::Number::from_f64(hundredths as f64 / 100.0).map(Value::Number)
}

fn array(wish: &Wish<'_>, rng: &mut Rng) -> Option<Value> {
    let lists: Vec<Value> = wish.samples.iter().filter(|s| !is_same(wish, s)).filter_map(|s| to_json(s, wish.schema)).collect();
    if !lists.is_empty() && rng.chance(50) {
        return rng.pick(&lists).cloned();
    }
    let any = Value::Object(Map::new());
    let items = wish.schema.get("items").unwrap_or(&any);
    let least = wish.schema.get("minItems").and_then(Value::as_u64).map_or(1, |n| n.clamp(1, 4) as usize);
    let name = crate::phrases::singular(wish.name);
    let item = Wish { name: &name, schema: items, samples: &[], rows: 0, current: None, new: false, ..*wish };
    let mut out: Vec<Value> = Vec::new();
    for _ in 0..least + rng.below(2) {
        let value = invent(&item, rng)?;
        if !out.contains(&value) || out.len() < least {
            out.push(value);
        }
    }
    Some(Value::Array(out))
}

/// One of the column's own objects. An empty one says nothing, so that no user would ask for it.
fn object(wish: &Wish<'_>, rng: &mut Rng) -> Option<Value> {
    let says_something = |value: &Value| value.as_object().is_some_and(|map| !map.is_empty());
    let objects: Vec<Value> = wish.samples.iter().filter_map(|s| to_json(s, wish.schema)).filter(says_something).collect();
    rng.pick(&objects).cloned()
}

fn is_same(wish: &Wish<'_>, sample: &SqlValue) -> bool {
    wish.current == Some(sample)
}

fn text(wish: &Wish<'_>, rng: &mut Rng) -> Option<String> {
    let most = wish.schema.get("maxLength").and_then(Value::as_u64).map_or(usize::MAX, |n| n as usize);
    let least = wish.schema.get("minLength").and_then(Value::as_u64).map_or(1, |n| n as usize);
    let fits = |text: &String| {
        let length = text.chars().count();
        let current = matches!(wish.current, Some(SqlValue::Text(t)) if t == text);
        let taken = wish.new && wish.samples.iter().any(|s| matches!(s, SqlValue::Text(t) if t == text));
        (least..=most).contains(&length) && !current && !taken
    };
    (0..8).map(|_| draft(wish, rng)).find(fits)
}

fn draft(wish: &Wish<'_>, rng: &mut Rng) -> String {
    let texts: Vec<&str> = wish.samples.iter().filter_map(|v| if let SqlValue::Text(t) = v { Some(t.as_str()) } else { None }).collect();
    if let Some(format) = wish.schema.get("format").and_then(Value::as_str)
        && let Some(value) = by_format(format, wish.now, rng)
    {
        return value;
    }
    // Few distinct values on many rows are a set of choices.
    let categorical = texts.len() <= 12 && wish.rows >= 2 * texts.len().max(3);
    if categorical
        && !wish.new
        && let Some(choice) = rng.pick(&texts)
    {
        return (*choice).to_owned();
    }
    if let Some(value) = rng.pick(&texts).and_then(|like| in_style(like, wish.now, rng)) {
        return value;
    }
    by_name(wish.name, wish.now, rng)
}

/// A value that looks like `sample`: a date, a time, or a code of letters and digits.
fn in_style(sample: &str, now: &str, rng: &mut Rng) -> Option<String> {
    if dates::days_of(sample).is_some() {
        let day = some_day(now, rng);
        return Some(if sample.len() == 10 { day } else { format!("{day}T{:02}:{:02}:00Z", rng.between(8, 18), 15 * rng.below(4)) });
    }
    let digits = sample.chars().filter(char::is_ascii_digit).count();
    let code = !sample.contains([' ', '@']) && digits >= 2 && sample.len() <= 24 && !sample.contains("://");
    let digit = |rng: &mut Rng| char::from_digit(rng.below(10) as u32, 10).expect("below ten");
    code.then(|| sample.chars().map(|c| if c.is_ascii_digit() { digit(rng) } else { c }).collect())
}

fn by_format(format: &str, now: &str, rng: &mut Rng) -> Option<String> {
    Some(match format {
        "date" => some_day(now, rng),
        "date-time" | "google-datetime" => format!("{}T{:02}:{:02}:00Z", some_day(now, rng), rng.between(8, 18), 15 * rng.below(4)),
        "time" => format!("{:02}:{:02}:00Z", rng.between(8, 18), 15 * rng.below(4)),
        "email" => email(rng),
        "uri" | "url" => format!("https://{}.example.org/{}", word(pools::ADJECTIVES, rng), word(pools::NOUNS, rng)),
        "uuid" => format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            rng.below(1 << 32),
            rng.below(1 << 16),
            rng.below(4096),
            rng.below(4096),
            rng.below(1 << 48)
        ),
        "ipv4" => format!("192.0.2.{}", rng.between(1, 254)),
        "hostname" => format!("{}.example.org", word(pools::NOUNS, rng)),
        _ => return None,
    })
}

fn by_name(name: &str, now: &str, rng: &mut Rng) -> String {
    let words = names::words(name);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    if has(&["email", "mail"]) {
        by_format("email", now, rng).expect("a known format")
    } else if has(&["url", "uri", "link", "homepage", "website", "href"]) {
        by_format("uri", now, rng).expect("a known format")
    } else if has(&["title", "subject", "summary", "headline"]) {
        word(pools::TITLES, rng)
    } else if has(&["body", "description", "comment", "message", "text", "content", "note", "notes", "details", "bio"]) {
        sentences(rng)
    } else if has(&["reason"]) {
        word(pools::REASONS, rng)
    } else if has(&["date", "day", "until", "due", "deadline"]) {
        some_day(now, rng)
    } else if has(&["zone", "timezone"]) {
        word(pools::TIME_ZONES, rng)
    } else if has(&["time", "timestamp"]) || words.last().is_some_and(|w| w == "at" || w == "on") {
        by_format("date-time", now, rng).expect("a known format")
    } else {
        by_other_name(&has, rng)
    }
}

fn by_other_name(has: &dyn Fn(&[&str]) -> bool, rng: &mut Rng) -> String {
    let full = |rng: &mut Rng| format!("{} {}", word(pools::FIRST_NAMES, rng), word(pools::LAST_NAMES, rng));
    if has(&["first", "given", "firstname"]) {
        word(pools::FIRST_NAMES, rng)
    } else if has(&["last", "family", "surname", "lastname"]) {
        word(pools::LAST_NAMES, rng)
    } else if has(&["author", "person", "contact", "assignee", "full"]) {
        full(rng)
    } else if has(&["login", "username", "user", "owner"]) {
        format!("{}-{}", word(pools::FIRST_NAMES, rng).to_lowercase(), word(pools::NOUNS, rng))
    } else if has(&["phone", "telephone", "mobile"]) {
        format!("+1-555-{:04}", rng.below(10_000))
    } else if has(&["street", "address"]) {
        format!("{} {}", rng.between(1, 120), word(pools::STREETS, rng))
    } else if has(&["city", "town", "location", "place"]) {
        word(pools::CITIES, rng)
    } else if has(&["zip", "postal", "postcode"]) {
        format!("{:05}", rng.between(10_000, 99_999))
    } else if has(&["country"]) {
        word(pools::COUNTRIES, rng)
    } else if has(&["color", "colour"]) {
        word(pools::COLORS, rng)
    } else if has(&["tag", "label", "topic", "keyword", "category"]) {
        word(pools::TAGS, rng)
    } else if has(&["code", "number", "serial"]) {
        format!("{}{:04}", char::from(b'A' + rng.below(26) as u8), rng.below(10_000))
    } else {
        format!("{}-{}", word(pools::ADJECTIVES, rng), word(pools::NOUNS, rng))
    }
}

fn word(pool: &[&str], rng: &mut Rng) -> String {
    rng.pick(pool).map(|w| (*w).to_owned()).unwrap_or_default()
}

fn sentences(rng: &mut Rng) -> String {
    let first = rng.below(pools::SENTENCES.len());
    if rng.chance(55) {
        return pools::SENTENCES[first].to_owned();
    }
    let second = (first + 1 + rng.below(pools::SENTENCES.len() - 1)) % pools::SENTENCES.len();
    format!("{} {}", pools::SENTENCES[first], pools::SENTENCES[second])
}

fn email(rng: &mut Rng) -> String {
    let (first, last) = (word(pools::FIRST_NAMES, rng), word(pools::LAST_NAMES, rng));
    format!("{}.{}@example.org", first.to_lowercase(), last.to_lowercase())
}

fn some_day(now: &str, rng: &mut Rng) -> String {
    dates::date_of(dates::days_of(now).unwrap_or(20_454) + rng.between(2, 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wish<'a>(name: &'a str, schema: &'a Value, samples: &'a [SqlValue], rows: usize) -> Wish<'a> {
        Wish { name, schema, samples, rows, current: None, new: false, now: "2026-03-01T09:00:00Z" }
    }

    #[test]
    fn values_fit_their_schema() {
        let schemas = [
            json!({"type": "integer", "minimum": 3, "maximum": 4}),
            json!({"type": "integer", "minimum": 10, "multipleOf": 5, "maximum": 40}),
            json!({"type": "string", "enum": ["a", "b"]}),
            json!({"type": ["string", "null"], "format": "date"}),
            json!({"type": "string", "maxLength": 12}),
            json!({"type": "array", "items": {"type": "string"}, "minItems": 2}),
            json!({"type": "boolean"}),
            json!({"type": "number", "minimum": 0.5, "maximum": 0.75}),
        ];
        let mut rng = Rng::of(1, &["test"]);
        for schema in &schemas {
            let validator = jsonschema::validator_for(schema).expect("a schema");
            for _ in 0..200 {
                let value = invent(&wish("title", schema, &[], 0), &mut rng);
                let Some(value) = value else { continue };
                assert!(validator.is_valid(&value), "{value} for {schema}");
            }
        }
    }

    #[test]
    fn values_follow_their_column() {
        let mut rng = Rng::of(2, &["test"]);
        let schema = json!({"type": "string"});
        let genres: Vec<SqlValue> = ["novel", "poetry"].map(|t| SqlValue::Text(t.to_owned())).into();
        let current = genres[0].clone();
        let changed = Wish { current: Some(&current), ..wish("genre", &schema, &genres, 40) };
        assert_eq!(invent(&changed, &mut rng), Some(json!("poetry")), "another of the choices");
        let codes = [SqlValue::Text("BK-0012".to_owned())];
        let code = invent(&Wish { new: true, ..wish("code", &schema, &codes, 1) }, &mut rng).expect("a code");
        assert!(code.as_str().is_some_and(|c| c.starts_with("BK-") && c.len() == 7 && c != "BK-0012"), "{code}");
        let days = [SqlValue::Text("2026-02-01".to_owned())];
        let day = invent(&wish("due", &schema, &days, 1), &mut rng).expect("a day");
        assert!(dates::days_of(day.as_str().expect("text")) > dates::days_of("2026-03-01"), "{day}");
    }
}
