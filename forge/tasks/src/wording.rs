//! A task's words from a language model: what is asked of it, and whether its answer keeps what the task needs.
//!
//! The model words the first message and the requests. What the user knows stays as the templates wrote it, so that no value can be lost
//! from the brief.

use serde::Deserialize;
use serde_json::{Value, json};
use wardian_format::speech::say;
use wardian_format::{Message, Task, names};
use wardian_model::{ChatRequest, ReplyForm};

/// Longest message of a user, characters.
const WORDS_CHARS_MAX: usize = 1_200;
/// Digits in a row from which on a number counts as the name of something.
const DIGITS_MIN: usize = 3;

const SYSTEM: &str = "You word what a person writes to a support agent. You are given the first message and the list of requests as a \
                      machine wrote them. Write them again as this person would: natural, in one voice, without lists or labels. Keep every value in \
                      “quotes”, every name, number, date, address and identifier exactly as it stands and in the same message. Keep which thing is meant \
                      (the second one, the one whose title is …). Add no value, name or number that is not there, and do not tell what the person \
                      does not say. Answer with JSON: {\"opening\": text, \"requests\": [text, …]} with as many requests as there were.";

/// An answer in the form that is asked for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    opening: String,
    requests: Vec<String>,
}

/// What a model is asked for. `complaints` are those of [`worded`] about its last answer.
pub fn wording_request(task: &Task, complaints: &[String]) -> ChatRequest {
    let persona = task.user.goal.lines().next().unwrap_or_default();
    let given = json!({"opening": task.user.opening, "requests": task.user.requests});
    let again = if complaints.is_empty() { String::new() } else { format!("\n\nYour last answer was refused: {}.", complaints.join("; ")) };
    let text = json!({"type": "string"});
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["opening", "requests"],
        "properties": {"opening": text, "requests": {"type": "array", "items": text}},
    });
    ChatRequest {
        messages: vec![Message::System { content: SYSTEM.to_owned() }, Message::User { content: format!("{persona}\n\n{given}{again}") }],
        form: ReplyForm::Schema { name: "wording".to_owned(), schema },
        ..ChatRequest::default()
    }
}

/// `task` with the words of `answer`.
///
/// # Errors
/// What is wrong with the answer, one clause each: a value that is lost, one that is new, one that the user must not give away.
pub fn worded(task: &Task, answer: &str) -> Result<Task, Vec<String>> {
    let object = answer.find('{').zip(answer.rfind('}')).and_then(|(from, to)| answer.get(from..=to)).unwrap_or(answer);
    let answer: Answer = serde_json::from_str(object).map_err(|error| vec![format!("it is not the JSON asked for: {error}")])?;
    if answer.requests.len() != task.user.requests.len() {
        return Err(vec![format!("it has {} requests, not {}", answer.requests.len(), task.user.requests.len())]);
    }
    let mut complaints = compared(task, "the first message", &task.user.opening, &answer.opening);
    for (index, (before, after)) in task.user.requests.iter().zip(&answer.requests).enumerate() {
        complaints.extend(compared(task, &format!("request {}", index + 1), before, after));
    }
    let mut out = task.clone();
    for (index, (before, after)) in task.user.requests.iter().zip(&answer.requests).enumerate() {
        let numbered = |text: &str| format!("\n{}. {text}", index + 1);
        out.user.goal = out.user.goal.replace(&numbered(before), &numbered(after.trim()));
    }
    out.user.opening = answer.opening.trim().to_owned();
    out.user.requests = answer.requests.iter().map(|request| request.trim().to_owned()).collect();
    // Nothing lost and nothing new: only then is it worth hearing them as the user's words will be heard.
    if complaints.is_empty() {
        let before = crate::check::words_problems(task);
        complaints.extend(crate::check::words_problems(&out).into_iter().filter(|problem| !before.contains(problem)));
    }
    if complaints.is_empty() { Ok(out) } else { Err(complaints) }
}

/// What `after` lost of `before`, and what it has that the user should not say.
fn compared(task: &Task, place: &str, before: &str, after: &str) -> Vec<String> {
    let mut out = Vec::new();
    let shown = |text: &str| names::untrusted(text, 80);
    if after.trim().is_empty() || after.chars().count() > WORDS_CHARS_MAX {
        out.push(format!("{place} is empty or longer than {WORDS_CHARS_MAX} characters"));
    }
    for value in names_in(before).into_iter().chain(quoted(before)).filter(|value| !holds(after, value)) {
        out.push(format!("{place} lost `{}`", shown(&value)));
    }
    for known in &task.user.known {
        let said = said(&known.value);
        let lost = if before.contains(&said) { !after.contains(&said) } else { holds(before, &said) && !holds(after, &said) };
        if lost {
            out.push(format!("{place} lost `{}`", shown(&said)));
        } else if !holds(before, &said) && said.chars().count() >= 4 && holds(after, &said) {
            out.push(format!("{place} gives `{}` away, which the user tells only when asked", shown(&said)));
        }
    }
    for ordinal in ["first", "second", "third", "fourth", "fifth"].iter().filter(|word| has_word(before, word) && !has_word(after, word)) {
        out.push(format!("{place} lost `{ordinal}`"));
    }
    for value in names_in(after).into_iter().chain(quoted(after)).filter(|value| !holds(before, value)) {
        out.push(format!("{place} has `{}`, which was not there", shown(&value)));
    }
    let found_out = task.facts.iter().map(|fact| fact.value.clone()).chain(chained(task));
    for value in found_out.filter(|value| value.chars().count() >= 3 && holds(after, value) && !holds(before, value)) {
        out.push(format!("{place} says `{}`, which the agent should find out", shown(&value)));
    }
    out.sort();
    out.dedup();
    out
}

/// Arguments that come from earlier results.
fn chained(task: &Task) -> Vec<String> {
    let forbidden = task.forbidden.iter().map(|forbidden| (&forbidden.arguments, &forbidden.from_results));
    let calls = task.gold.iter().map(|gold| (&gold.arguments, &gold.from_results)).chain(forbidden);
    calls
        .flat_map(|(arguments, from)| from.iter().filter_map(|from| wardian_format::task::argument(arguments, &from.param)).map(said))
        .collect()
}

/// A value as a person would write it, without quotes.
fn said(value: &Value) -> String {
    say(value).trim_matches(['“', '”']).to_owned()
}

/// True where `text` has `value`, whatever the case of the letters.
fn holds(text: &str, value: &str) -> bool {
    text.to_lowercase().contains(&value.to_lowercase())
}

fn has_word(text: &str, word: &str) -> bool {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|other| other == word)
}

/// Words that name something: with digits in a row, or with `@`, `_` or `#`.
fn names_in(text: &str) -> Vec<String> {
    let is_name = |word: &&str| {
        let digits = word.as_bytes().windows(DIGITS_MIN).any(|run| run.iter().all(u8::is_ascii_digit));
        digits || word.contains(['@', '_', '#'])
    };
    let words = text.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != '#' && c != '@'));
    words.filter(|word| !word.is_empty()).filter(is_name).map(str::to_owned).collect()
}

/// Texts in typographic quotes.
fn quoted(text: &str) -> Vec<String> {
    text.split('“').skip(1).filter_map(|rest| rest.split_once('”').map(|(inside, _)| inside.to_owned())).collect()
}
