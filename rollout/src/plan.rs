//! The plan of a task as an agent may hold it: which calls, and where each argument comes from. The values that
//! the user knows are not in it; an agent must hear them.

use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::errors::{self, ErrorShape};
use wardian_format::pack::{Effect, Manifest, RefKind};
use wardian_format::task::{FromResult, Known, argument_mut};
use wardian_format::{Task, speech};

/// What to do, step by step.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The calls, in order.
    pub steps: Vec<PlanStep>,
    /// The user's sentences; a step belongs to one of them.
    pub requests: Vec<String>,
    /// What is asked for and must not come about.
    pub refusal: Option<Refusal>,
}

/// The end of a plan whose task is a refusal.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// The call, as a step after the last; it belongs to the last request.
    pub step: PlanStep,
    /// Why not, in words.
    pub because: String,
    /// True where the tool itself refuses.
    pub refused_by_tool: bool,
}

/// One call of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanStep {
    /// The tool.
    pub tool: String,
    /// The arguments, with null where a value must be found.
    pub template: Value,
    /// Where the values come from, by place in the arguments.
    pub slots: BTreeMap<String, Slot>,
    /// Which of the user's sentences asks for it.
    pub request: usize,
    /// True for tools that write.
    pub writes: bool,
    /// What to tell the user of the result: (in words, JSON pointer).
    pub facts: Vec<(String, String)>,
    /// Arguments that must name something that exists.
    pub references: Vec<String>,
    /// What it returned when the task was made, where that looks like an error of the tool.
    pub looks_failed: Option<Value>,
}

/// Where an argument comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Slot {
    /// The user knows it under this label.
    Asked(String),
    /// Result of an earlier step, at this JSON pointer.
    Result {
        /// Index of the step.
        step: usize,
        /// JSON pointer into its result.
        pointer: String,
    },
}

/// Why arguments cannot be built yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The user has not told these.
    Labels(Vec<String>),
    /// An earlier result does not have what the plan expects.
    Result(String),
}

impl Plan {
    /// The plan of `task`. Whatever has no origin (defaults of the schema, mostly) stays as it is in the gold call.
    pub fn new(task: &Task, manifest: &Manifest) -> Self {
        let steps = (0..task.gold.len()).map(|index| step(task, manifest, index)).collect();
        let refusal = task.forbidden.as_ref().map(|forbidden| Refusal {
            step: step_of(task, manifest, task.gold.len(), (&forbidden.tool, &forbidden.arguments, &forbidden.from_results)),
            because: forbidden.because.clone(),
            refused_by_tool: forbidden.refused_by_tool,
        });
        Self { steps, requests: task.user.requests.clone(), refusal }
    }

    /// Step `index`; the one after the last is what must not come about.
    pub fn step(&self, index: usize) -> Option<&PlanStep> {
        self.steps.get(index).or_else(|| self.refusal.as_ref().filter(|_| index == self.steps.len()).map(|refusal| &refusal.step))
    }

    /// The arguments of step `index`, from what the user said and from earlier results.
    pub fn arguments<'a>(&self, index: usize, heard: &[&str], result: impl Fn(usize) -> Option<&'a Value>) -> Result<Value, Missing> {
        let Some(step) = self.step(index) else { return Err(Missing::Result(format!("there is no step {index}"))) };
        let mut arguments = step.template.clone();
        let mut unheard = Vec::new();
        for (path, slot) in &step.slots {
            let value = match slot {
                Slot::Asked(label) => match heard.iter().rev().find_map(|text| speech::hear(text, label)) {
                    Some(value) => value,
                    None => {
                        unheard.push(label.clone());
                        continue;
                    }
                },
                Slot::Result { step, pointer } => {
                    let found = result(*step).and_then(|result| result.pointer(pointer));
                    found.cloned().ok_or_else(|| Missing::Result(format!("result {step} has nothing at `{pointer}`")))?
                }
            };
            if let Some(place) = argument_mut(&mut arguments, path) {
                *place = value;
            }
        }
        if unheard.is_empty() { Ok(arguments) } else { Err(Missing::Labels(unheard)) }
    }
}

fn step(task: &Task, manifest: &Manifest, index: usize) -> PlanStep {
    let gold = &task.gold[index];
    let step = step_of(task, manifest, index, (&gold.tool, &gold.arguments, &gold.from_results));
    let looks_failed = !gold.failed && error_in(&manifest.errors, &gold.tool, &gold.result).is_some();
    PlanStep { request: gold.request.unwrap_or(0), looks_failed: looks_failed.then(|| gold.result.clone()), ..step }
}

/// The sentence of the error that `result` looks like, in the form of `tool` or in that of [`wardian_format::Outcome::observation`].
pub(crate) fn error_in<'v>(shapes: &[ErrorShape], tool: &str, result: &'v Value) -> Option<&'v str> {
    let shape = errors::place_of(shapes, tool).map(|place| &shapes[place]);
    let plain = || result.pointer("/error/message").and_then(Value::as_str).filter(|_| result.pointer("/error/code").is_some());
    shape.and_then(|shape| shape.sentence_in(result)).or_else(plain)
}

fn step_of(task: &Task, manifest: &Manifest, index: usize, (name, arguments, from_results): (&str, &Value, &[FromResult])) -> PlanStep {
    let tool = manifest.tool(name);
    let mut slots = BTreeMap::new();
    for known in &task.user.known {
        slots.extend(uses(known, index).map(|path| (path.to_owned(), Slot::Asked(known.label.clone()))));
    }
    // An earlier result goes before what the user could say of it.
    slots.extend(from_results.iter().map(|from| (from.param.clone(), Slot::Result { step: from.call, pointer: from.pointer.clone() })));
    let mut template = arguments.clone();
    for path in slots.keys() {
        if let Some(place) = argument_mut(&mut template, path) {
            *place = Value::Null;
        }
    }
    let facts = task.facts.iter().filter(|f| f.call == Some(index)).map(|f| (f.label.clone(), f.pointer.clone())).collect();
    let existing = tool.into_iter().flat_map(|t| &t.refs).filter(|r| r.kind == RefKind::Existing);
    PlanStep {
        tool: name.to_owned(),
        template,
        slots,
        request: task.user.requests.len().saturating_sub(1),
        writes: tool.is_some_and(|t| t.effect == Effect::Write),
        facts,
        references: existing.map(|r| r.param.clone()).collect(),
        looks_failed: None,
    }
}

/// Places in the arguments of call `index` that `known` determines.
fn uses(known: &Known, index: usize) -> impl Iterator<Item = &str> {
    known.uses.iter().filter_map(move |usage| {
        let (call, path) = usage.split_once('.')?;
        (call.parse() == Ok(index)).then_some(path)
    })
}
