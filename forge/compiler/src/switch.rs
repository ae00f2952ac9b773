//! Switches: parts of the sources that only some builds have.
//!
//! `pack.toml` declares them (`[switches]`, `quirks = true`). A line `-- @if quirks` or `-- @if !quirks` begins a part and
//! `-- @endif` ends it; parts do not nest. The lines of a part whose switch says otherwise, and the two lines around it, are
//! empty to the compiler, so every other line keeps its number.

use crate::diagnostic::{Report, Span, nearest};
use crate::pack::CompileError;
use crate::source::{CONFIG_PATH, Sources};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Something wrong with a line, in bytes of its text.
struct Finding {
    path: String,
    place: Range<usize>,
    message: String,
    hint: Option<String>,
}

/// One line that is about switches.
enum Line<'a> {
    If { name: &'a str, wanted: bool },
    End,
}

/// `sources` as the switches of their `pack.toml` leave them, for whoever reads more of them than the compiler does.
///
/// # Errors
/// When a line about switches is wrong.
pub fn switched(sources: &Sources) -> Result<Sources, CompileError> {
    let plain = sources.plain();
    let mut report = Report::new(&plain);
    let out = apply(&plain, &mut report);
    if report.errors() > 0 { Err(CompileError::Sources(report.finish())) } else { Ok(out.into_owned()) }
}

/// As [`switched`]; what is wrong goes to `report`, and then the sources stay as they are.
pub(crate) fn apply<'a>(sources: &'a Sources, report: &mut Report<'_>) -> Cow<'a, Sources> {
    let Some(switches) = declared(sources) else { return Cow::Borrowed(sources) };
    let mut used = BTreeSet::new();
    let mut findings = Vec::new();
    let mut changed = Vec::new();
    for (path, text) in sources.texts.iter().filter(|(path, text)| path.ends_with(".sql") && text.contains("@if")) {
        match lines(path, text, &switches, &mut used) {
            Ok(text) => changed.push((path.clone(), text)),
            Err(finding) => findings.push(finding),
        }
    }
    for finding in &findings {
        let span = Span::new(report.file(&finding.path), finding.place.start, finding.place.end);
        report.error(span, finding.message.clone(), finding.hint.as_deref());
    }
    for name in switches.keys().filter(|name| findings.is_empty() && !used.contains(name.as_str())) {
        report.warning_of_file(CONFIG_PATH, format!("no `@if` asks for the switch `{name}`"), None);
    }
    if changed.is_empty() || !findings.is_empty() {
        return Cow::Borrowed(sources);
    }
    let mut sources = sources.clone();
    sources.texts.extend(changed);
    Cow::Owned(sources)
}

/// The switches of `pack.toml`. Whoever reads the rest of it says what is wrong with it: until then nothing is switched.
fn declared(sources: &Sources) -> Option<BTreeMap<String, bool>> {
    let table: toml::Table = toml::from_str(sources.get(CONFIG_PATH)?).ok()?;
    let Some(switches) = table.get("switches") else { return Some(BTreeMap::new()) };
    let switches = switches.as_table()?.iter();
    switches.map(|(name, on)| Some((name.clone(), on.as_bool()?))).collect()
}

fn lines<'a>(path: &str, text: &str, switches: &'a BTreeMap<String, bool>, used: &mut BTreeSet<&'a str>) -> Result<String, Finding> {
    let mut out = String::with_capacity(text.len());
    let mut open: Option<(Range<usize>, bool)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let place = at..at + line.trim_end().len();
        at += line.len();
        let wrong = |message: String, hint: Option<String>| Err(Finding { path: path.to_owned(), place: place.clone(), message, hint });
        let keep = match (about(line), &open) {
            (None, None) => true,
            (None, Some((_, keep))) => *keep,
            (Some(Line::End), Some(_)) => {
                open = None;
                false
            }
            (Some(Line::End), None) => return wrong("`@endif` without an `@if` above it".to_owned(), None),
            (Some(Line::If { .. }), Some(_)) => {
                return wrong("an `@if` inside of another".to_owned(), Some("end the one above first".to_owned()));
            }
            (Some(Line::If { name, wanted }), None) => {
                let Some((known, on)) = switches.get_key_value(name) else {
                    let near = nearest(name, switches.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                    let hint = near.unwrap_or_else(|| "declare it in pack.toml: `[switches]`, then `NAME = true`".to_owned());
                    return wrong(format!("there is no switch `{name}`"), Some(hint));
                };
                used.insert(known.as_str());
                open = Some((place.clone(), *on == wanted));
                false
            }
        };
        out.push_str(if keep { line } else { "\n" });
    }
    match open {
        Some((place, _)) => Err(Finding { path: path.to_owned(), place, message: "this `@if` has no `@endif`".to_owned(), hint: None }),
        None => Ok(out),
    }
}

/// What a line says of switches, if anything.
fn about(line: &str) -> Option<Line<'_>> {
    let rest = line.trim().strip_prefix("--")?.trim_start().strip_prefix('@')?;
    let (word, name) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    match word {
        "endif" => Some(Line::End),
        "if" => {
            let name = name.trim();
            Some(Line::If { name: name.trim_start_matches('!').trim_start(), wanted: !name.starts_with('!') })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_numbers() {
        let switches = BTreeMap::from([("quirks".to_owned(), false)]);
        let text = "a\n-- @if quirks\nb\n-- @endif\n  --@if !quirks\nc\n-- @endif\nd";
        let mut used = BTreeSet::new();
        assert_eq!(lines("x.sql", text, &switches, &mut used).ok().expect("is right"), "a\n\n\n\n\nc\n\nd");
        assert_eq!(used.len(), 1);
    }
}
