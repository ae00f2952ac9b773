//! How scripted people write values in sentences, and how scripted agents read them back.
//!
//! A detail is given as `the LABEL is VALUE` (or `the LABEL: VALUE`, `the LABEL should be VALUE`). The value is
//! written so that its JSON type survives: numbers bare, booleans as `yes` and `no`, words bare, other text in
//! typographic quotes, lists as `just a` or `a, b and c`, objects as JSON.

use serde_json::Value;

const CONNECTORS: [&str; 4] = [" is ", " are ", ": ", " should be "];
const EMPTY_LIST: &str = "nothing at all";
const ONE: &str = "just ";
const SETTING: &str = " setting";

/// `value` as a person writes it.
pub fn say(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => say_text(text),
        Value::Array(items) => say_list(items),
        Value::Null | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// The clause that tells a detail: `the LABEL is VALUE`, with `are` where the label is a plural. Of a boolean: `the private setting of the
/// repository is yes`.
pub fn tell(label: &str, value: &Value) -> String {
    let label = if value.is_boolean() { as_setting(label) } else { label.to_owned() };
    format!("the {label} {} {}", verb(&label), say(value))
}

/// What a boolean of that label is called.
fn as_setting(label: &str) -> String {
    match label.split_once(" of ") {
        Some((head, whole)) => format!("{head}{SETTING} of {whole}"),
        None => format!("{label}{SETTING}"),
    }
}

/// `is` or `are`, by the noun of `label`: `tags of the issue` are, `status of the order` is.
pub fn verb(label: &str) -> &'static str {
    let noun = label.split(" of ").next().and_then(|head| head.rsplit(' ').next()).unwrap_or_default();
    let singular = ["ss", "us", "is", "news", "series"].iter().any(|ending| noun.ends_with(ending));
    if noun.len() > 2 && noun.ends_with('s') && !singular { "are" } else { "is" }
}

/// The value that `text` gives for `label`, where it gives one; the last one where it gives several.
pub fn hear(text: &str, label: &str) -> Option<Value> {
    let mut found = None;
    let setting = as_setting(label);
    for (at, _) in text.char_indices() {
        let Some(rest) = strip_ignoring_case(&text[at..], "the ") else { continue };
        // In “the subject of the message is …” nothing is said of the message.
        let starts_clause = !text[..at].ends_with(char::is_alphanumeric) && !text[..at].ends_with(" of ");
        let value_after = |label: &str| {
            let rest = strip_ignoring_case(rest, label)?;
            CONNECTORS.iter().find_map(|c| rest.strip_prefix(c)).and_then(read)
        };
        if let Some(value) = [label, &setting].into_iter().find_map(value_after).filter(|_| starts_clause) {
            found = Some(value);
        }
    }
    found
}

fn say_text(text: &str) -> String {
    if text.contains(['“', '”']) || text.chars().any(char::is_control) {
        return Value::from(text).to_string();
    }
    let bare = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '@' | '.' | '/' | '#' | '+' | ':');
    let word = text.chars().all(bare) && !text.ends_with(|c: char| !c.is_alphanumeric());
    let reserved = matches!(text, "" | "yes" | "no" | "null" | "true" | "false" | "nothing" | "just");
    let number = text.parse::<f64>().is_ok();
    if word && !reserved && !number { text.to_owned() } else { format!("“{text}”") }
}

fn say_list(items: &[Value]) -> String {
    let said: Vec<String> = items.iter().map(say).collect();
    match said.as_slice() {
        [] => EMPTY_LIST.to_owned(),
        [one] => format!("{ONE}{one}"),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The value that `text` starts with.
fn read(text: &str) -> Option<Value> {
    if text.starts_with(EMPTY_LIST) {
        return Some(Value::Array(Vec::new()));
    }
    if let Some(rest) = text.strip_prefix(ONE) {
        return read_one(rest).map(|(value, _)| Value::Array(vec![value]));
    }
    let (first, mut rest) = read_one(text)?;
    let mut items = vec![first];
    while let Some((item, after)) = next_item(rest) {
        let last = rest.starts_with(" and ");
        items.push(item);
        rest = after;
        if last {
            return Some(Value::Array(items));
        }
    }
    // A comma that no `and` closes belongs to the sentence, not to a list.
    items.truncate(1);
    items.pop()
}

fn next_item(rest: &str) -> Option<(Value, &str)> {
    let rest = rest.strip_prefix(", ").or_else(|| rest.strip_prefix(" and "))?;
    // `…, and the title is …` goes on with another detail.
    let next_detail = ["the ", "and ", "that ", "so "].iter().any(|word| rest.starts_with(word));
    if next_detail { None } else { read_one(rest) }
}

fn read_one(text: &str) -> Option<(Value, &str)> {
    if let Some(rest) = text.strip_prefix('“') {
        let end = rest.find('”')?;
        return Some((Value::from(&rest[..end]), &rest[end + '”'.len_utf8()..]));
    }
    if text.starts_with(['"', '{', '[']) {
        let mut stream = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let value = stream.next()?.ok()?;
        let end = stream.byte_offset();
        return Some((value, &text[end..]));
    }
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '!' | '?' | ')')).unwrap_or(text.len());
    let word = text[..end].trim_end_matches(['.', ':']);
    let value = match word {
        "" => return None,
        "yes" => Value::Bool(true),
        "no" => Value::Bool(false),
        "null" => Value::Null,
        _ => serde_json::from_str::<serde_json::Number>(word).map_or_else(|_| Value::from(word), Value::Number),
    };
    Some((value, &text[word.len()..]))
}

fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let head = text.get(..prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then(|| &text[prefix.len()..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_boolean_is_a_setting() {
        assert_eq!(tell("private of the repository", &json!(true)), "the private setting of the repository is yes");
        assert_eq!(tell("notifications", &json!(false)), "the notifications setting is no");
        for label in ["private of the repository", "notifications"] {
            assert_eq!(hear(&format!("Please: {}.", tell(label, &json!(true))), label), Some(json!(true)));
        }
    }

    #[test]
    fn what_is_said_is_heard() {
        let values = [
            json!("Fix the login page"),
            json!("octo-org"),
            json!("a@b.org"),
            json!("42"),
            json!(42),
            json!(-1.5),
            json!(1e21),
            json!(true),
            json!(false),
            json!("yes"),
            json!(""),
            json!("ends with a dot."),
            json!("two\nlines"),
            json!("“quoted”"),
            json!("a, b and c"),
            json!(["one"]),
            json!(["one", "two words"]),
            json!([1, 2, 3]),
            json!([]),
            json!({"a": [1, {"b": "c"}]}),
            json!([{"a": 1}, {"a": 2}]),
            json!("#W2378156"),
            json!("2026-01-31T12:00:00Z"),
            json!("Zoë"),
        ];
        for value in values {
            let said = say(&value);
            for text in [
                format!("Hi. The title of the issue is {said}. Thanks!"),
                format!("the title of the issue: {said}, and the due date is 2026-01-01."),
                format!("Well, the title of the issue should be {said}; the rest is up to you"),
                format!("The title of the issue is {said} and the owner of the repo is octo."),
                format!("The title of the issue is {said}"),
                format!("Well, {}.", tell("title of the issue", &value)),
            ] {
                assert_eq!(hear(&text, "title of the issue"), Some(value.clone()), "{text}");
            }
        }
    }

    #[test]
    fn labels_match_whole() {
        let text = "The new title of the issue is abc, and the title of the issue is xyz.";
        assert_eq!(hear(text, "title of the issue"), Some(json!("xyz")));
        assert_eq!(hear(text, "new title of the issue"), Some(json!("abc")));
        assert_eq!(hear(text, "title"), None);
        assert_eq!(hear("the éa is 1", "é"), None);
        assert_eq!(hear("The message is “a b”. And the subject of the message is c.", "message"), Some(json!("a b")));
        assert_eq!(hear("The tags of the issue are a, b and c.", "tags of the issue"), Some(json!(["a", "b", "c"])));
        assert_eq!(
            [verb("tags of the issue"), verb("status of the orders"), verb("address"), verb("loan ids")],
            ["are", "is", "is", "are"]
        );
    }
}
