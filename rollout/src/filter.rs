//! The three stages of the filter (arXiv 2509.13311, section 3.2): the dialogue is valid, the final state is the
//! goal, the calls are the plan's. Trajectories whose intermediate calls failed and recovered are kept.

use crate::metrics::end_word;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::trajectory::EndReason;
use wardian_format::verdict::{Decision, Stage};
use wardian_format::{CallRecord, Message, Outcome, Trajectory, json};

/// What counts as repetition, and how strict the last stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FilterOptions {
    /// Words of an n-gram.
    pub gram_words: usize,
    /// How often one n-gram may occur in the agent's messages of one turn.
    pub gram_max: usize,
    /// How often one call (tool and arguments) may be made.
    pub identical_calls_max: usize,
    /// How often the agent may say the same thing, word for word.
    pub identical_texts_max: usize,
    /// Drop trajectories with failed calls even where they recovered.
    pub strict: bool,
    /// Drop trajectories whose calls are the plan's in another order, though executing both has shown it to be as good.
    pub exact_order: bool,
    /// The stage of the final state is on.
    pub state: bool,
    /// The stage of the calls is on.
    pub calls: bool,
}

/// Decisions, and how many there are of each kind.
#[derive(Clone, Debug, Default)]
pub struct Filtered {
    /// One for each trajectory, in the order given.
    pub decisions: Vec<Decision>,
    /// What is left after each stage, and what was dropped there.
    pub funnel: Funnel,
}

/// Counts of a filter run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Funnel {
    /// Trajectories looked at.
    pub total: usize,
    /// Left after the stage `validity`.
    pub valid: usize,
    /// Left after the stage `state`.
    pub right_state: usize,
    /// Left after the stage `calls`: kept.
    pub kept: usize,
    /// By code: `clean`, `recovered`, `repetition`, …
    pub codes: BTreeMap<String, usize>,
    /// By agent and code.
    pub by_agent: BTreeMap<String, BTreeMap<String, usize>>,
}

/// Why a trajectory is dropped: stage, code, reason.
type Drop = (Stage, &'static str, String);

impl Default for FilterOptions {
    fn default() -> Self {
        Self {
            gram_words: 8,
            gram_max: 3,
            identical_calls_max: 3,
            identical_texts_max: 3,
            strict: false,
            exact_order: false,
            state: true,
            calls: true,
        }
    }
}

/// Decides on each trajectory. Pure: the same input gives the same decisions.
pub fn filter(trajectories: &[Trajectory], options: &FilterOptions) -> Filtered {
    let mut out = Filtered::default();
    for trajectory in trajectories {
        let decision = decide(trajectory, options);
        let funnel = &mut out.funnel;
        funnel.total += 1;
        funnel.valid += usize::from(decision.stage != Some(Stage::Validity));
        funnel.right_state += usize::from(!matches!(decision.stage, Some(Stage::Validity | Stage::State)));
        funnel.kept += usize::from(decision.kept);
        *funnel.codes.entry(decision.code.clone()).or_default() += 1;
        *funnel.by_agent.entry(trajectory.agent.clone()).or_default().entry(decision.code.clone()).or_default() += 1;
        out.decisions.push(decision);
    }
    out
}

/// Decides on one trajectory.
pub fn decide(trajectory: &Trajectory, options: &FilterOptions) -> Decision {
    let by_state = || wrong_state(trajectory).filter(|(_, code, _)| options.state || *code == "ungraded");
    let by_calls = || wrong_calls(trajectory, options).filter(|_| options.calls);
    let drop = invalid(trajectory, options).or_else(by_state).or_else(by_calls);
    let reordered = trajectory.verdict.as_ref().is_some_and(|verdict| verdict.reordered.is_some());
    let failed = trajectory.calls.iter().filter(|call| !call.outcome.is_ok()).count();
    let (kept, stage, code, reason) = match drop {
        Some((stage, code, reason)) => (false, Some(stage), code, reason),
        None if failed > 0 && all_put_right(trajectory) => (true, None, "recovered", format!("{failed} calls failed and were put right")),
        None if failed > 0 => (true, None, "refused", format!("{failed} calls failed, and the agent left it at that, as it should")),
        None if reordered => {
            (true, None, "reordered", "the calls are the plan's in another order, which was shown to be as good".to_owned())
        }
        None => (true, None, "clean", "every call succeeded and is the plan's".to_owned()),
    };
    Decision { trajectory: trajectory.id.clone(), kept, stage, code: code.to_owned(), reason }
}

/// True where after each call that failed one of the same tool succeeded; for a tool that does not exist, any.
fn all_put_right(trajectory: &Trajectory) -> bool {
    let calls = &trajectory.calls;
    let put_right = |(index, call): (usize, &CallRecord)| {
        let any = call.outcome == Outcome::UnknownTool;
        call.outcome.is_ok() || calls[index + 1..].iter().any(|later| later.outcome.is_ok() && (any || later.tool == call.tool))
    };
    calls.iter().enumerate().all(put_right)
}

fn invalid(trajectory: &Trajectory, options: &FilterOptions) -> Option<Drop> {
    let drop = |code, reason| Some((Stage::Validity, code, reason));
    if let EndReason::Infrastructure { message, .. } = &trajectory.end {
        return drop("infrastructure", format!("the infrastructure failed: {message}"));
    }
    if let Some(reason) = malformed_dialogue(&trajectory.messages) {
        return drop("malformed_dialogue", reason);
    }
    if let Some(reason) = repetition(trajectory, options) {
        return drop("repetition", reason);
    }
    if let Some(reason) = malformed_call(trajectory) {
        return drop("malformed_call", reason);
    }
    if !trajectory.certificate.certifiable {
        return drop("uncertifiable", "a call was stopped by something that another machine may not reproduce".to_owned());
    }
    if trajectory.end != EndReason::UserDone {
        return drop("not_ended_by_user", format!("the episode ended with `{}`", end_word(&trajectory.end)));
    }
    None
}

fn wrong_state(trajectory: &Trajectory) -> Option<Drop> {
    let Some(verdict) = &trajectory.verdict else { return Some((Stage::State, "ungraded", "the trajectory has no grade".to_owned())) };
    let reason = || verdict.reasons.first().cloned().unwrap_or_default();
    let code = match verdict {
        verdict if verdict.passed => return None,
        verdict if verdict.assertions == Some(false) => "assertion_fails",
        verdict if verdict.actions == Some(false) => "actions_missing",
        verdict if verdict.state && verdict.order == Some(false) => "order_broken",
        verdict if verdict.state => "facts_missing",
        _ => "state_differs",
    };
    Some((Stage::State, code, reason()))
}

fn wrong_calls(trajectory: &Trajectory, options: &FilterOptions) -> Option<Drop> {
    let verdict = trajectory.verdict.as_ref()?;
    if !verdict.calls {
        return Some((Stage::Calls, "calls_differ", verdict.reasons.last().cloned().unwrap_or_default()));
    }
    if verdict.reordered.is_some() && options.exact_order {
        return Some((Stage::Calls, "reordered", "the calls are the plan's in another order".to_owned()));
    }
    let failed = trajectory.calls.iter().position(|call| !call.outcome.is_ok()).filter(|_| options.strict)?;
    Some((Stage::Calls, "failed_calls", format!("call {failed} failed: {}", trajectory.calls[failed].outcome.word())))
}

/// Roles must alternate, every call must be answered by a tool message in its turn, and no id may come twice.
fn malformed_dialogue(messages: &[Message]) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut last = "start";
    for (index, message) in messages.iter().enumerate() {
        let role = role(message);
        let fits = match message {
            Message::System { .. } => index == 0,
            Message::User { .. } => matches!(last, "start" | "system" | "assistant"),
            Message::Assistant { .. } => matches!(last, "user" | "tool"),
            Message::Tool { .. } => matches!(last, "assistant" | "tool"),
        };
        if !fits || (role != "tool" && !open.is_empty()) {
            return Some(format!("message {index} ({role}) does not follow {last}"));
        }
        match message {
            Message::Assistant { content, tool_calls, .. } => {
                if content.is_none() && tool_calls.is_empty() {
                    return Some(format!("message {index} is empty"));
                }
                for call in tool_calls {
                    if !ids.insert(&call.id) {
                        return Some(format!("call id `{}` comes twice", call.id));
                    }
                    open.push(&call.id);
                }
            }
            Message::Tool { tool_call_id, .. } => match open.iter().position(|id| id == tool_call_id) {
                Some(at) => drop(open.remove(at)),
                None => return Some(format!("message {index} answers no call")),
            },
            Message::System { .. } | Message::User { .. } => {}
        }
        last = role;
    }
    open.first().map(|id| format!("call `{id}` has no answer"))
}

fn role(message: &Message) -> &'static str {
    match message {
        Message::System { .. } => "system",
        Message::User { .. } => "user",
        Message::Assistant { .. } => "assistant",
        Message::Tool { .. } => "tool",
    }
}

fn repetition(trajectory: &Trajectory, options: &FilterOptions) -> Option<String> {
    let mut calls: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for call in &trajectory.calls {
        let arguments = json::canonical(&call.arguments).unwrap_or_else(|_| call.arguments.to_string());
        let count = calls.entry((&call.tool, arguments)).or_default();
        *count += 1;
        if *count > options.identical_calls_max {
            return Some(format!("`{}` is called {count} times with the same arguments", call.tool));
        }
    }
    let mut texts: BTreeMap<&str, usize> = BTreeMap::new();
    for message in &trajectory.messages {
        let Message::Assistant { content: Some(text), .. } = message else { continue };
        let count = texts.entry(text).or_default();
        *count += 1;
        // Short courtesies may come again and again.
        if *count > options.identical_texts_max && text.split_whitespace().count() >= options.gram_words {
            return Some(format!("the agent says the same thing {count} times"));
        }
        if let Some((gram, count)) = repeated_gram(text, options) {
            return Some(format!("“{gram}” occurs {count} times in one message"));
        }
    }
    None
}

fn repeated_gram(text: &str, options: &FilterOptions) -> Option<(String, usize)> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut counts: BTreeMap<&[&str], usize> = BTreeMap::new();
    for gram in words.windows(options.gram_words.max(1)) {
        let count = counts.entry(gram).or_default();
        *count += 1;
        if *count > options.gram_max {
            return Some((gram.join(" "), *count));
        }
    }
    None
}

/// A call that is no call (no JSON, no such tool, not its schema) and after which the agent made no well-formed
/// call of that tool; for an unknown tool, of any.
fn malformed_call(trajectory: &Trajectory) -> Option<String> {
    let calls = &trajectory.calls;
    for (index, call) in calls.iter().enumerate() {
        // A well-formed call will do: a tool may refuse it with good reason.
        let well_formed = |later: &CallRecord| !matches!(later.outcome, Outcome::InvalidArguments { .. } | Outcome::UnknownTool);
        let recovered =
            |same_tool: bool| calls[index + 1..].iter().any(|later| well_formed(later) && (!same_tool || later.tool == call.tool));
        let lost = match &call.outcome {
            Outcome::InvalidArguments { .. } => !recovered(true),
            Outcome::UnknownTool => !recovered(false),
            _ => false,
        };
        if lost {
            return Some(format!("call {index} (`{}`) is malformed ({}) and was not put right", call.tool, call.outcome.word()));
        }
    }
    None
}
