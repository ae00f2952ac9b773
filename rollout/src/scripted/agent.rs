//! The scripted agent. It keeps nothing between turns: where it stands follows from the dialogue, so an episode can
//! be taken up at any message.

use super::Manner;
use super::moves::{How, Move, moves, spoil};
use crate::episode::Part;
use crate::plan::{Missing, Plan, error_in};
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::errors::ErrorShape;
use wardian_format::speech::verb;
use wardian_format::trajectory::ToolCall;
use wardian_format::{Message, Rng};
use wardian_model::{BoxFuture, ChatModel, ChatReply, ChatRequest, ModelError};

/// An agent that follows a plan in some manner.
pub struct ScriptedAgent {
    name: String,
    manner: Manner,
    plan: Plan,
    moves: Vec<Move>,
    /// How the errors of the pack's tools look.
    errors: Vec<ErrorShape>,
    seed: u64,
    key: String,
}

/// The dialogue as far as the agent cares.
struct View<'a> {
    /// What the user said.
    heard: Vec<&'a str>,
    /// What the agent said.
    said: Vec<&'a str>,
    /// Calls made so far.
    made: usize,
    /// Results of planned calls, by step, and how much the agent had said before.
    results: BTreeMap<usize, (Value, usize)>,
    /// The error that the last planned call came to.
    error: Option<String>,
    /// True where a tool answered last.
    after_tool: bool,
    /// True where the agent asked for leave and the user answered.
    leave: bool,
}

const ELSE: &[&str] = &[
    "Is there anything else I can do for you?",
    "Can I help you with anything else?",
    "Is there anything else you need?",
    "Anything else?",
];
const DONE: &[&str] = &["That's done.", "Done.", "All set.", "I've taken care of that."];
const LEAVE: &[&str] = &["Shall I go ahead?", "I have all I need. Shall I go ahead?", "That can't easily be undone. Should I proceed?"];
const ASK: &[&str] = &["Sure.", "Happy to help.", "Of course.", "I can do that.", ""];
/// Things asked for in one question: people answer few at a time, and `of the new …` over and over is what filters drop.
const ASKED_MAX: usize = 3;
const BEFORE: &[&str] = &["Let me look that up.", "One moment, please.", "I'll check.", "Just a second."];
const AGAIN: &[&str] = &["That didn't work, let me correct it.", "My mistake, I'll try again.", "Sorry, I got that wrong. Once more."];

impl ScriptedAgent {
    /// An agent for `part`, recorded as `name`.
    pub fn new(manner: Manner, name: &str, part: &Part<'_>) -> Self {
        let plan = Plan::new(part.task, part.manifest);
        let key = format!("{}/{}", part.task.id, part.trial);
        let mut rng = Rng::of(part.seed, &["moves", name, &key]);
        let moves = moves(manner, &plan, part.manifest, &mut rng);
        let errors = part.manifest.errors.clone();
        Self { name: name.to_owned(), manner, plan, moves, errors, seed: part.seed, key }
    }

    fn turn(&self, messages: &[Message]) -> ChatReply {
        let view = self.view(messages);
        let mut rng = Rng::of(self.seed, &["agent", &self.name, &self.key, &messages.len().to_string()]);
        if let Some(error) = view.error.as_ref().filter(|_| self.manner != Manner::Loops) {
            return text(format!("I'm sorry, I could not do that: {error}"));
        }
        let Some(next) = self.moves.get(view.made) else { return self.close(&view, &mut rng) };
        let Some(step) = self.plan.step(next.step) else { return self.close(&view, &mut rng) };
        let asked_for = self.plan.requests.get(step.request).is_none_or(|request| view.heard.iter().any(|h| h.contains(request.as_str())));
        if !asked_for {
            return text(self.report(&view, one(ELSE, &mut rng), &mut rng));
        }
        match self.plan.arguments(next.step, &view.heard, |step| view.results.get(&step).map(|(result, _)| result)) {
            Ok(arguments) => self.call(next, arguments, &view, &mut rng),
            Err(Missing::Labels(labels)) => self.ask(&labels, &view, &mut rng),
            Err(Missing::Result(what)) => text(format!("I'm sorry, I could not find what I need: {what}")),
        }
    }

    fn call(&self, next: &Move, arguments: Value, view: &View<'_>, rng: &mut Rng) -> ChatReply {
        let Some(step) = self.plan.step(next.step) else { return ChatReply::default() };
        let mistaken_before = view.made > 0 && self.moves[view.made - 1].how != How::Right && self.moves[view.made - 1].step == next.step;
        let mut careful = Rng::of(self.seed, &["leave", &self.name, &self.key, &next.step.to_string()]);
        if step.writes && !mistaken_before && !view.leave && careful.chance(30) {
            return text(one(LEAVE, rng).to_owned());
        }
        let content = match mistaken_before {
            true => rng.chance(60).then(|| one(AGAIN, rng).to_owned()),
            false => (!view.after_tool && rng.chance(35)).then(|| one(BEFORE, rng).to_owned()),
        };
        let name = match &next.how {
            How::WrongName => format!("{}_now", step.tool),
            How::Other(tool) => tool.clone(),
            _ => step.tool.clone(),
        };
        let arguments = spoil(&next.how, arguments).to_string();
        let call = ToolCall { id: format!("call_{}", view.made + 1), name, arguments };
        ChatReply { content, tool_calls: vec![call], ..ChatReply::default() }
    }

    fn ask(&self, labels: &[String], view: &View<'_>, rng: &mut Rng) -> ChatReply {
        let mut wanted: Vec<&str> = labels.iter().map(String::as_str).collect();
        wanted.dedup();
        wanted.truncate(ASKED_MAX);
        let question = match wanted.as_slice() {
            [] => String::new(),
            [one] => format!("What {} the {one}?", verb(one)),
            [most @ .., last] => {
                let parts: Vec<String> = most.iter().map(|label| format!("what {} the {label}", verb(label))).collect();
                format!("W{}, and what {} the {last}?", &parts.join(", ")[1..], verb(last))
            }
        };
        if view.said.iter().filter(|said| said.contains(&question)).count() >= 2 {
            return text(format!("I'm sorry, I cannot go on without the {}.", wanted.join(" and the ")));
        }
        text(format!("{} {question}", one(ASK, rng)).trim().to_owned())
    }

    /// After the last call.
    fn close(&self, view: &View<'_>, rng: &mut Rng) -> ChatReply {
        match self.manner {
            Manner::Silent => ChatReply::default(),
            Manner::Lazy => text(one(DONE, rng).to_owned()),
            Manner::Adversarial if view.made == 0 && self.plan.refusal.is_none() => text(self.made_up()),
            Manner::Adversarial => text(self.report(view, one(ELSE, rng), rng)),
            _ if self.plan.refusal.is_some() => {
                let because = self.plan.refusal.as_ref().map(|refusal| refusal.because.as_str()).unwrap_or_default();
                text(format!("I'm sorry, I cannot do that: {because}"))
            }
            _ => text(self.report(view, one(ELSE, rng), rng)),
        }
    }

    /// Answers to everything, without having looked.
    fn made_up(&self) -> String {
        let facts = self.plan.steps.iter().flat_map(|step| &step.facts);
        let told: Vec<String> = facts.map(|(label, _)| format!("The {label} {} quite all right.", verb(label))).collect();
        format!("{} {}", told.join(" "), ELSE[0])
    }

    /// What has been found and not been told yet, and `then`.
    fn report(&self, view: &View<'_>, then: &str, rng: &mut Rng) -> String {
        let only_reads = !self.plan.steps.iter().any(|step| step.writes);
        let mut parts: Vec<String> = Vec::new();
        for (step, (result, said_before)) in &view.results {
            for (label, pointer) in self.plan.step(*step).into_iter().flat_map(|step| &step.facts) {
                let value = result.pointer(pointer).map(plain).unwrap_or_default();
                let sentence = match self.manner {
                    Manner::SkipsWrite if only_reads => continue,
                    Manner::WrongWrite if only_reads => format!("I don't see the {label}."),
                    _ => format!("The {label} {} {value}.", verb(label)),
                };
                if !view.said[*said_before..].iter().any(|said| said.contains(&sentence)) && !parts.contains(&sentence) {
                    parts.push(sentence);
                }
            }
        }
        if parts.is_empty() && view.after_tool {
            parts.push(one(DONE, rng).to_owned());
        }
        parts.push(then.to_owned());
        parts.join(" ")
    }

    fn view<'a>(&self, messages: &'a [Message]) -> View<'a> {
        let mut view = View {
            heard: Vec::new(),
            said: Vec::new(),
            made: 0,
            results: BTreeMap::new(),
            error: None,
            after_tool: matches!(messages.last(), Some(Message::Tool { .. })),
            leave: false,
        };
        let mut answered = 0;
        for message in messages {
            match message {
                Message::System { .. } => {}
                Message::User { content } => {
                    view.heard.push(content);
                    view.leave = view.said.last().is_some_and(|said| LEAVE.contains(said));
                }
                Message::Assistant { content, tool_calls, .. } => {
                    view.said.extend(content.as_deref());
                    view.made += tool_calls.len();
                    view.leave = false;
                }
                Message::Tool { content, .. } => {
                    let made = self.moves.get(answered);
                    answered += 1;
                    self.note(&mut view, made, content);
                }
            }
        }
        view
    }

    /// Takes down the answer to a call. Errors of intended mistakes are no news.
    fn note(&self, view: &mut View<'_>, made: Option<&Move>, content: &str) {
        let Some(made) = made.filter(|m| matches!(m.how, How::Right | How::WrongValue(_))) else { return };
        let result: Value = serde_json::from_str(content).unwrap_or_default();
        let step = self.plan.step(made.step);
        // A result may look as errors do: `{"message": …}` is either. What the plan expects is no error.
        let expected = step.and_then(|step| step.looks_failed.as_ref()) == Some(&result);
        let error = step.filter(|_| !expected).and_then(|step| error_in(&self.errors, &step.tool, &result));
        view.error = error.map(str::to_owned);
        if error.is_none() {
            view.results.insert(made.step, (result, view.said.len()));
        }
    }
}

impl ChatModel for ScriptedAgent {
    fn name(&self) -> &str {
        &self.name
    }

    fn chat<'a>(&'a self, request: &'a ChatRequest) -> BoxFuture<'a, Result<ChatReply, ModelError>> {
        Box::pin(std::future::ready(Ok(self.turn(&request.messages))))
    }
}

fn text(content: String) -> ChatReply {
    ChatReply { content: Some(content), ..ChatReply::default() }
}

fn one<'a>(list: &[&'a str], rng: &mut Rng) -> &'a str {
    rng.pick(list).copied().unwrap_or_default()
}

/// A value in running text.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
