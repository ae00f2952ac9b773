//! The scripted user: states the opening, reveals what is asked for, confirms, goes on to the next request, and
//! says when it is done.

use super::gold::please;
use crate::episode::STOP;
use serde_json::Value;
use std::collections::BTreeSet;
use wardian_format::speech::{self, say};
use wardian_format::task::{Known, UserBrief};
use wardian_format::trajectory::ToolCall;
use wardian_format::{Message, Rng};
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};

/// A user that follows its brief by rules.
pub struct ScriptedUser {
    brief: UserBrief,
    /// The calls that it can make when the agent asks for them: tool and arguments.
    calls: Vec<(String, String)>,
    seed: u64,
    key: String,
}

/// What a user without an opening of its own says first.
const HELLO: &str = "Hello, I need your help.";

const CONFIRM: &[&str] = &["Yes, please.", "Yes, go ahead.", "That's right, please do.", "Sure, please go on.", "Yes."];
const UNKNOWN: &[&str] = &[
    "I don't know, sorry. Please do what you think is best.",
    "No idea, I'm afraid. Can you go on without it?",
    "I can't tell you that. Please use your own judgement.",
];
const THANKS: &[&str] = &[
    "That's all, thank you!",
    "Great, that was everything. Thanks!",
    "Perfect, nothing else for today.",
    "No, that's it. Thanks for your help.",
];
const GIVE_UP: &[&str] = &["All right, then I'll leave it at that.", "OK, thanks anyway.", "A pity, but thank you."];

impl ScriptedUser {
    /// A user for `brief`, with `calls` of its own; `seed` and `key` (the task and trial) vary the wording.
    pub fn new(brief: UserBrief, calls: Vec<(String, String)>, seed: u64, key: &str) -> Self {
        Self { brief, calls, seed, key: key.to_owned() }
    }

    /// The call that the agent asked for, if that is the next one and was not made since.
    fn asked_call(&self, messages: &[Message]) -> Option<ToolCall> {
        let Some(Message::User { content }) = messages.last() else { return None };
        let made = messages.iter().filter(|message| matches!(message, Message::Tool { .. })).count();
        let (tool, arguments) = self.calls.get(made).filter(|(tool, _)| *content == please(tool))?;
        Some(ToolCall { id: format!("user_call_{}", made + 1), name: tool.clone(), arguments: arguments.clone() })
    }

    /// What the user says next, given what it has said and the agent's last words.
    fn answer(&self, mine: &[&str], agent: Option<&str>) -> String {
        let Some(agent) = agent else {
            return if self.brief.opening.is_empty() { HELLO.to_owned() } else { self.brief.opening.clone() };
        };
        let mut rng = Rng::of(self.seed, &["user", &self.key, &mine.len().to_string()]);
        let one_of = |list: &[&str], rng: &mut Rng| (*rng.pick(list).expect("lists are not empty")).to_owned();
        let questions = questions(agent);
        let more = questions.iter().any(|q| ["anything else", "something else", "else i can", "else you"].iter().any(|w| q.contains(w)));
        if questions.is_empty() && gives_up(agent) {
            return format!("{} {STOP}", one_of(GIVE_UP, &mut rng));
        }
        if more || questions.is_empty() {
            return self.next_request(mine).unwrap_or_else(|| format!("{} {STOP}", one_of(THANKS, &mut rng)));
        }
        let asked = self.asked(&questions);
        if !asked.is_empty() {
            return tell(&asked, &mut rng);
        }
        let confirms = ["go ahead", "shall i", "should i", "confirm", "is that right", "is that correct", "proceed", "ok with you"];
        if questions.iter().any(|q| confirms.iter().any(|w| q.contains(w))) {
            return one_of(CONFIRM, &mut rng);
        }
        let untold: Vec<&Known> = self.brief.known.iter().filter(|k| !mine.iter().any(|said| said.contains(&say(&k.value)))).collect();
        if untold.is_empty() { one_of(UNKNOWN, &mut rng) } else { tell(&untold, &mut rng) }
    }

    /// What the questions are about: labels word for word, or else labels all of whose words occur.
    fn asked(&self, questions: &[String]) -> Vec<&Known> {
        let by = |names: fn(&str, &str) -> bool| -> Vec<&Known> {
            self.brief.known.iter().filter(|k| questions.iter().any(|q| names(q, &k.label))).collect()
        };
        let word_for_word = by(names_exactly);
        if word_for_word.is_empty() { by(mentions) } else { word_for_word }
    }

    fn next_request(&self, mine: &[&str]) -> Option<String> {
        self.brief.requests.iter().find(|request| !mine.iter().any(|said| said.contains(request.as_str()))).cloned()
    }
}

impl ChatModel for ScriptedUser {
    fn name(&self) -> &str {
        "scripted"
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        if let Some(call) = self.asked_call(&request.messages) {
            return Box::pin(std::future::ready(Ok(ChatReply { tool_calls: vec![call], ..ChatReply::default() })));
        }
        if let Some(Message::Tool { content, .. }) = request.messages.last() {
            let seen: Value = serde_json::from_str(content).unwrap_or_default();
            let content = format!("I did. I see: {}", say(&seen));
            return Box::pin(std::future::ready(Ok(ChatReply { content: Some(content), ..ChatReply::default() })));
        }
        // The user's model sees the dialogue from its own side: the agent is its `user`.
        let mine: Vec<&str> = request.messages.iter().filter_map(said_by_assistant).collect();
        let agent =
            request.messages.iter().rev().find_map(|m| if let Message::User { content } = m { Some(content.as_str()) } else { None });
        let content = self.answer(&mine, agent.filter(|_| !mine.is_empty()));
        Box::pin(std::future::ready(Ok(ChatReply { content: Some(content), ..ChatReply::default() })))
    }
}

fn said_by_assistant(message: &Message) -> Option<&str> {
    if let Message::Assistant { content: Some(content), .. } = message { Some(content) } else { None }
}

fn tell(known: &[&Known], rng: &mut Rng) -> String {
    let start = *rng.pick(&["", "", "Sure. ", "Of course. ", "Yes. "]).expect("not empty");
    let details: Vec<String> = known.iter().enumerate().map(|(i, k)| detail(i, k)).collect();
    format!("{start}{}", details.join(" "))
}

fn detail(index: usize, known: &Known) -> String {
    let clause = speech::tell(&known.label, &known.value);
    let rest = clause.strip_prefix("the ").unwrap_or(&clause);
    format!("{} {rest}.", if index == 0 { "The" } else { "And the" })
}

/// Sentences of `text` that end in a question mark, in lower case.
fn questions(text: &str) -> Vec<String> {
    text.split_inclusive(['?', '!', '\n'])
        .flat_map(|part| part.split_inclusive(". "))
        .filter(|part| part.trim_end().ends_with('?'))
        .map(str::to_lowercase)
        .collect()
}

fn gives_up(text: &str) -> bool {
    let text = text.to_lowercase().replace('’', "'");
    ["i can't", "i cannot", "i am unable", "i'm unable", "i could not", "i couldn't", "not able to", "transfer you"]
        .iter()
        .any(|w| text.contains(w))
}

/// True where `question` has `label` as it stands, and not as a part of another.
fn names_exactly(question: &str, label: &str) -> bool {
    let label = format!("the {}", label.to_lowercase());
    question.match_indices(&label).any(|(at, _)| {
        let rest = &question[at + label.len()..];
        !rest.starts_with(char::is_alphanumeric) && !rest.starts_with(" of ")
    })
}

/// True where `question` has every word of `label` that carries meaning.
fn mentions(question: &str, label: &str) -> bool {
    let words: BTreeSet<&str> = question.split(|c: char| !c.is_alphanumeric()).collect();
    let small = ["of", "the", "a", "an", "in", "to"];
    let label = label.to_lowercase();
    label.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty() && !small.contains(w)).all(|w| words.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user() -> ScriptedUser {
        let known = |label: &str, value| Known { label: label.into(), value, uses: vec!["0.x".into()], told: false };
        let brief = UserBrief {
            goal: String::new(),
            opening: "Hi. I need to place a hold.".into(),
            requests: vec!["I need to place a hold.".into(), "Then please pay the fine.".into()],
            known: vec![
                known("title of the book", json!("Dune")),
                known("new title of the book", json!("Dune II")),
                known("amount", json!(250)),
            ],
        };
        ScriptedUser::new(brief, Vec::new(), 1, "t/0")
    }

    #[test]
    fn reveals_what_is_asked_and_nothing_else() {
        let user = user();
        let said = ["Hi. I need to place a hold."];
        assert_eq!(user.answer(&[], None), said[0]);
        let answer = user.answer(&said, Some("Sure! What is the amount?"));
        assert!(answer.ends_with("The amount is 250."), "{answer}");
        let answer = user.answer(&said, Some("I see the title of the book. What is the amount?"));
        assert!(!answer.contains("Dune"), "{answer}");
        let answer = user.answer(&said, Some("What is the title of the book, and what is the amount?"));
        assert!(answer.contains("he title of the book is Dune.") && answer.contains("250") && !answer.contains("II"), "{answer}");
    }

    #[test]
    fn goes_on_and_stops() {
        let user = user();
        let first = ["Hi. I need to place a hold."];
        assert_eq!(user.answer(&first, Some("Done. Is there anything else?")), "Then please pay the fine.");
        let both = [first[0], "Then please pay the fine."];
        assert!(user.answer(&both, Some("All done.")).ends_with(STOP));
        assert!(user.answer(&first, Some("I'm sorry, I cannot do that.")).ends_with(STOP));
        assert!(CONFIRM.contains(&user.answer(&first, Some("Shall I go ahead?")).as_str()));
    }
}
