//! The policy: sentences that agree with guards of the tools.

use crate::AuthorOptions;
use crate::answer::{closed, line, list_of, text};
use crate::sql::annotation;
use crate::world::{POLICY, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::names;

/// Headings of what the model writes; the first stands in place of the rules' part of that name.
const SERVICE: &str = "## What the service refuses";
const CONDUCT: &str = "## How you work";

/// A sentence, as the model writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sentence {
    text: String,
    guards: Vec<usize>,
}

/// What an answer says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Policy {
    service: Vec<Sentence>,
    conduct: Vec<Sentence>,
}

/// A condition on which a tool refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Guard {
    /// The tool.
    pub(crate) tool: String,
    /// The line of the source.
    pub(crate) line: String,
}

/// The schema of an answer.
pub(crate) fn schema() -> Value {
    let sentence = || closed(json!({"text": text(), "guards": list_of(json!({"type": "integer"}))}));
    closed(json!({"service": list_of(sentence()), "conduct": list_of(sentence())}))
}

/// The guards of all tools, in the order of the sources.
pub(crate) fn guards(world: &World) -> Vec<Guard> {
    let mut out: Vec<Guard> = Vec::new();
    for path in world.sources.tool_paths() {
        let mut tool = String::new();
        for line in world.text(path).lines() {
            match annotation(line) {
                Some(("tool", rest)) => tool = rest.split_whitespace().next().unwrap_or_default().to_owned(),
                Some(("require" | "row" | "exec" | "return" | "reject", rest)) if rest.contains("else ") => {
                    out.push(Guard { tool: tool.clone(), line: rest.to_owned() });
                }
                _ => {}
            }
        }
    }
    out
}

/// The lines of a question: the tools with what they do, and the guards by their numbers.
pub(crate) fn lines(world: &World, guards: &[Guard], tools: &[(&str, &str)]) -> Vec<Value> {
    let tool = |(name, about): &(&str, &str)| json!({"tool": name, "about": crate::data::cut(about, 160)});
    let guard = |(number, guard): (usize, &Guard)| json!({"guard": number, "tool": guard.tool, "refuses_unless": crate::data::cut(&guard.line, 300)});
    let so_far = json!({"policy_so_far": crate::data::cut(world.text(POLICY), 3_000)});
    std::iter::once(so_far).chain(tools.iter().map(tool)).chain(guards.iter().enumerate().map(guard)).collect()
}

impl Policy {
    /// The world with this policy. The rules' words on what may be done, what cannot be undone and what must not be done stay.
    pub(crate) fn apply(&self, world: &World, guards: &[Guard], tools: &BTreeSet<&str>, options: &AuthorOptions) -> Result<World, String> {
        if self.service.is_empty() && self.conduct.is_empty() {
            return Err("it has no sentences".to_owned());
        }
        if self.service.len() + self.conduct.len() > options.sentences_max {
            return Err(format!("it has more than {} sentences", options.sentences_max));
        }
        let mut wrong = Vec::new();
        for (sentence, is_service) in self.service.iter().map(|s| (s, true)).chain(self.conduct.iter().map(|s| (s, false))) {
            if let Err(reason) = check(sentence, is_service, guards, tools, options) {
                wrong.push(format!("`{}`: {reason}", names::untrusted(&sentence.text, 80)));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong.join("\n"));
        }
        let mut world = world.clone();
        world.sources.insert(POLICY, self.text(world.text(POLICY)));
        Ok(world)
    }

    fn text(&self, old: &str) -> String {
        let part = |heading: &str, sentences: &[Sentence]| {
            let lines: String = sentences.iter().map(|s| format!("- {}\n", s.text.trim())).collect();
            if lines.is_empty() { String::new() } else { format!("{heading}\n\n{lines}\n") }
        };
        let mut kept = old.to_owned();
        if !self.service.is_empty() {
            kept = without(&kept, SERVICE);
        }
        let new = part(SERVICE, &self.service) + &part(CONDUCT, &self.conduct);
        let at = kept.find("## What you must not do").unwrap_or(kept.len());
        format!("{}{new}{}", &kept[..at], &kept[at..])
    }
}

/// `text` without the part under `heading`.
fn without(text: &str, heading: &str) -> String {
    let Some(start) = text.find(heading) else { return text.to_owned() };
    let end = text[start + heading.len()..].find("\n## ").map_or(text.len(), |at| start + heading.len() + at + 1);
    format!("{}{}", &text[..start], &text[end..])
}

/// A sentence on the service tells of guards that are there and has no number of its own; tools that are named exist.
fn check(sentence: &Sentence, is_service: bool, guards: &[Guard], tools: &BTreeSet<&str>, options: &AuthorOptions) -> Result<(), String> {
    let text = line(&sentence.text, options.sentence_chars_max)?;
    if text.starts_with(['#', '-', '*', '>', '|']) || text.contains("://") {
        return Err("it is no plain sentence".to_owned());
    }
    if let Some(tool) = text.split('`').skip(1).step_by(2).find(|word| !tools.contains(word)) {
        return Err(format!("there is no tool `{}`", names::untrusted(tool, 64)));
    }
    if !is_service {
        return if sentence.guards.is_empty() { Ok(()) } else { Err("a sentence on conduct tells of no guard".to_owned()) };
    }
    let told: Vec<&Guard> = sentence.guards.iter().filter_map(|number| guards.get(*number)).collect();
    if told.is_empty() || told.len() < sentence.guards.len() {
        return Err("it must name guards that are there".to_owned());
    }
    let numbers = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_ascii_digit()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let known: BTreeSet<String> = told.iter().flat_map(|guard| numbers(&guard.line)).collect();
    match numbers(text).difference(&known).next() {
        Some(number) => Err(format!("its guards say nothing of {number}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_stands_in_place_of_the_rules_part() {
        let old =
            "# X\n\n## What cannot be undone\n\n- A.\n\n## What the service refuses\n\n- Old.\n\n## What you must not do\n\n- Guess.\n";
        let one = |text: &str, guards: &[usize]| Sentence { text: text.to_owned(), guards: guards.to_vec() };
        let policy = Policy { service: vec![one("A closed order cannot be paid.", &[0])], conduct: vec![one("Ask first.", &[])] };
        let text = policy.text(old);
        assert_eq!(
            text,
            "# X\n\n## What cannot be undone\n\n- A.\n\n## What the service refuses\n\n- A closed order cannot be paid.\n\n## How you work\n\n- Ask first.\n\n## What you must not do\n\n- Guess.\n"
        );
    }

    #[test]
    fn sentences_agree_with_guards() {
        let guards = [Guard { tool: "pay".to_owned(), line: ":amount <= 500 else invalid \"too much\"".to_owned() }];
        let tools = BTreeSet::from(["pay"]);
        let says = |text: &str, of: &[usize], is_service| {
            check(&Sentence { text: text.to_owned(), guards: of.to_vec() }, is_service, &guards, &tools, &AuthorOptions::default())
        };
        assert_eq!(says("`pay` takes at most 500.", &[0], true), Ok(()));
        assert!(says("`pay` takes at most 600.", &[0], true).is_err(), "a number of its own");
        assert!(says("`pay` takes at most 500.", &[], true).is_err() && says("It refuses.", &[1], true).is_err(), "no such guard");
        assert!(says("Call `paid`.", &[], false).is_err() && says("Call `pay`.", &[], false).is_ok(), "no such tool");
        assert!(says("Ask.", &[0], false).is_err() && says("# Ask", &[], false).is_err() && says("a\nb", &[], false).is_err());
    }
}
