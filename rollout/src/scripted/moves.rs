//! What a scripted agent will call, right or wrong, decided before the dialogue begins.

use super::Manner;
use crate::plan::{Plan, PlanStep};
use serde_json::{Value, json};
use wardian_format::Rng;
use wardian_format::pack::{Effect, Manifest, Role};
use wardian_format::task::argument_mut;

/// Repetitions of a call by an agent that loops; more than any limit lets through.
const LOOP: usize = 1000;

/// One call to make.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The step of the plan that it belongs to.
    pub step: usize,
    /// How it is made.
    pub how: How,
}

/// Ways to make the call of a step.
#[derive(Clone, Debug, PartialEq)]
pub enum How {
    /// As planned.
    Right,
    /// Without a required argument.
    Without(String),
    /// With a value that the schema's enumeration does not have.
    OutsideEnum(String),
    /// With a reference to something that does not exist.
    WrongReference(String),
    /// Under a name that no tool has.
    WrongName,
    /// With another value than the user wants.
    WrongValue(String),
    /// Not this step, but a read tool that needs no arguments.
    Other(String),
}

/// The calls that an agent of `manner` makes.
pub(super) fn moves(manner: Manner, plan: &Plan, manifest: &Manifest, rng: &mut Rng) -> Vec<Move> {
    // What the tools refuse may be tried. What a rule forbids is left alone.
    let tries = plan.refusal.as_ref().is_some_and(|refusal| refusal.refused_by_tool || manner == Manner::Adversarial);
    let steps = plan.steps.len() + usize::from(tries);
    let right: Vec<Move> = (0..steps).map(|step| Move { step, how: How::Right }).collect();
    let last_write = plan.steps.iter().rposition(|step| step.writes);
    match manner {
        Manner::Plan => right,
        Manner::Recover => with_mistakes(&right, plan, manifest, rng),
        Manner::Lazy => Vec::new(),
        Manner::Adversarial => one_write_more(right, plan, manifest, rng),
        Manner::StopsEarly | Manner::Silent | Manner::Fail => right[..right.len() / 2].to_vec(),
        Manner::SkipsWrite => right.into_iter().filter(|m| Some(m.step) != last_write).collect(),
        Manner::WrongWrite => wrong_write(right, plan, manifest, rng),
        Manner::Loops => right.first().cloned().into_iter().cycle().take(LOOP).collect(),
        Manner::Detours => detour(right, plan, manifest),
    }
}

/// The arguments of `how`, made from the right ones.
pub(super) fn spoil(how: &How, mut arguments: Value) -> Value {
    match how {
        How::Right | How::WrongName => {}
        How::Other(_) => arguments = json!({}),
        How::Without(name) => {
            if let Some(map) = arguments.as_object_mut() {
                map.shift_remove(name);
            }
        }
        How::OutsideEnum(path) => {
            if let Some(place) = argument_mut(&mut arguments, path) {
                *place = json!("unspecified");
            }
        }
        How::WrongReference(path) => {
            if let Some(place) = argument_mut(&mut arguments, path) {
                *place = misspelt(place);
            }
        }
        How::WrongValue(path) => {
            if let Some(place) = argument_mut(&mut arguments, path) {
                *place = another(place);
            }
        }
    }
    arguments
}

/// One mistake before the first step, and now and then one before another.
fn with_mistakes(right: &[Move], plan: &Plan, manifest: &Manifest, rng: &mut Rng) -> Vec<Move> {
    let mut out = Vec::new();
    let certain = rng.below(right.len());
    for (index, planned) in right.iter().enumerate() {
        if index == certain || rng.chance(20) {
            let options = plan.step(planned.step).map(|step| mistakes(step, manifest)).unwrap_or_default();
            let how = rng.pick(&options).cloned().unwrap_or(How::WrongName);
            out.push(Move { step: planned.step, how });
        }
        out.push(planned.clone());
    }
    out
}

/// Mistakes that the environment is bound to refuse.
fn mistakes(step: &PlanStep, manifest: &Manifest) -> Vec<How> {
    let Some(tool) = manifest.tool(&step.tool) else { return Vec::new() };
    let used = |name: &str| step.template.get(name).is_some();
    let required = tool.parameters.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let required: Vec<&str> = required.filter(|name| used(name)).collect();
    let mut out: Vec<How> = required.iter().map(|name| How::Without((*name).to_owned())).collect();
    let properties = tool.parameters.get("properties").and_then(Value::as_object);
    let enums =
        properties.into_iter().flatten().filter(|(name, schema)| used(name) && schema.get("enum").is_some_and(|e| !has(e, "unspecified")));
    out.extend(enums.map(|(name, _)| How::OutsideEnum(name.clone())));
    // An optional reference may be a filter, for which nothing to find is no error.
    let scalar = |name: &str| {
        let kind = properties.and_then(|p| p.get(name)?.get("type")?.as_str());
        matches!(kind, Some("string" | "integer" | "number"))
    };
    let plain = |name: &&String| required.contains(&name.as_str()) && scalar(name);
    // And a list of nothing is no error of a read.
    out.extend(step.references.iter().filter(plain).filter(|_| step.writes).map(|name| How::WrongReference(name.clone())));
    out
}

fn has(options: &Value, text: &str) -> bool {
    options.as_array().is_some_and(|options| options.iter().any(|o| o == text))
}

/// The last write once more, with another value; where it has no room for one, left out. A plan without writes is not carried out at all.
fn one_write_more(mut right: Vec<Move>, plan: &Plan, manifest: &Manifest, rng: &mut Rng) -> Vec<Move> {
    if plan.refusal.is_some() {
        return right;
    }
    if !plan.steps.iter().any(|step| step.writes) {
        return Vec::new();
    }
    let wrong = wrong_write(right.clone(), plan, manifest, rng);
    match wrong.iter().find(|planned| matches!(planned.how, How::WrongValue(_))).cloned() {
        Some(more) => {
            right.push(more);
            right
        }
        None => wrong,
    }
}

/// A wrong value in the last write that has room for one; without such a write, the last write is left out.
fn wrong_write(mut right: Vec<Move>, plan: &Plan, manifest: &Manifest, rng: &mut Rng) -> Vec<Move> {
    for planned in right.iter_mut().rev().filter(|m| plan.steps.get(m.step).is_some_and(|step| step.writes)) {
        let step = &plan.steps[planned.step];
        let open = |path: &&String| {
            let schema = manifest.tool(&step.tool).and_then(|t| t.parameters.get("properties")?.get(path.as_str()).cloned());
            let free = schema.is_some_and(|s| ["enum", "pattern", "format", "const"].iter().all(|k| s.get(k).is_none()));
            free && !step.references.contains(path)
        };
        let options: Vec<&String> = step.slots.keys().filter(open).collect();
        if let Some(path) = rng.pick(&options) {
            planned.how = How::WrongValue((*path).clone());
            return right;
        }
    }
    let last = plan.steps.iter().rposition(|step| step.writes);
    right.retain(|m| Some(m.step) != last);
    right
}

/// The plan with one more read: a read of the plan once more, or a tool that needs no arguments.
fn detour(mut right: Vec<Move>, plan: &Plan, manifest: &Manifest) -> Vec<Move> {
    if let Some(read) = plan.steps.iter().position(|step| !step.writes) {
        right.insert(read + 1, Move { step: read, how: How::Right });
        return right;
    }
    let needs_nothing = |tool: &&wardian_format::ToolSpec| {
        tool.effect == Effect::Read && tool.parameters.get("required").and_then(Value::as_array).is_none_or(Vec::is_empty)
    };
    match manifest.tools_of(Role::Agent).find(needs_nothing) {
        Some(tool) if !plan.steps.is_empty() => right.insert(0, Move { step: 0, how: How::Other(tool.name.clone()) }),
        _ => right.truncate(right.len() / 2),
    }
    right
}

/// As a hurried person would copy it.
fn misspelt(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let last = text.chars().last().map_or('x', |c| if c == 'x' { 'y' } else { c });
            Value::from(format!("{text}{last}"))
        }
        Value::Number(n) => Value::from(n.as_i64().unwrap_or(0).saturating_add(500_000)),
        other => other.clone(),
    }
}

fn another(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(format!("{text} (draft)")),
        Value::Number(n) => n.as_i64().map_or_else(|| Value::from(n.as_f64().unwrap_or(0.0) + 1.5), |i| Value::from(i + 1)),
        Value::Bool(b) => Value::Bool(!b),
        Value::Array(items) => Value::Array(items.iter().map(another).collect()),
        Value::Null | Value::Object(_) => json!("draft"),
    }
}
