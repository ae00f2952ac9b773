//! A walk is played in the world that `wardian materialize` makes of its description.

use super::walk::{Failure, FailureCode, Listed, Step, Walk, difference, filled};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use wardian_env::{Env, EpisodeContext, Runtime};
use wardian_format::Outcome;
use wardian_format::errors;
use wardian_format::pack::Role;

/// Characters of a result that a failure shows.
const SHOWN_CHARS_MAX: usize = 3000;

/// The world in `pack`, at its own time.
pub(super) fn open(pack: Vec<u8>) -> Env {
    let pack = Runtime::new().expect("the engine starts").load(pack, "walk").expect("the pack loads");
    let now = pack.manifest().now.clone();
    pack.env(&EpisodeContext { seed: 1, now }).expect("an episode")
}

/// Plays all steps, or says which one went another way: its number and sentence, the call, and what was seen. Steps that are marked as not
/// possible yet must fail, and those that need a value of theirs are passed over.
pub(super) fn play(walk: &Walk, env: &mut Env) -> Result<(), String> {
    let (mut kept, mut missing) = (BTreeMap::new(), BTreeSet::<String>::new());
    for (i, step) in walk.steps.iter().enumerate() {
        let mut shown = format!("step {} of {}: {}\n  call {}", i + 1, walk.steps.len(), step.say, step.call);
        if let Some(name) = missing.iter().find(|name| step.uses(name)) {
            println!("{}: passed over for `{name}`: {shown}", walk.api);
            missing.extend(step.keep.keys().cloned());
            continue;
        }
        let went = one(step, env, &mut kept, &mut shown);
        match (&step.not_yet, went) {
            (Some(why), Err(seen)) => {
                println!("{}: not yet ({why}): {shown}\n  {seen}", walk.api);
                missing.extend(step.keep.keys().cloned());
            }
            (None, Err(seen)) if walk.not_yet.is_some() => {
                println!("{}: not yet ({}): {shown}\n  {seen}", walk.api, walk.not_yet.as_deref().unwrap_or_default());
                return Ok(());
            }
            (None, Ok(())) if walk.not_yet.is_some() => return Err(format!("{shown}\n  it works now: take `not_yet` away")),
            (Some(_), Ok(())) => return Err(format!("{shown}\n  it works now: take `not_yet` away")),
            (None, went) => went.map_err(|why| format!("{shown}\n  {why}"))?,
        }
    }
    Ok(())
}

fn one(step: &Step, env: &mut Env, kept: &mut BTreeMap<String, Value>, shown: &mut String) -> Result<(), String> {
    let arguments = filled(&Value::Object(step.with.clone()), kept)?;
    shown.push_str(&format!(" {arguments}"));
    let before = env.digests().expect("the host works");
    let record = env.call(Role::Agent, &step.call, &arguments).expect("the host works");
    let (body, outcome) = (record.observation(), record.outcome);
    shown.push_str(&format!("\n  seen {}", cut(&outcome)));
    match (&step.fails, outcome) {
        (Some(failure), outcome) => {
            refused(failure, &outcome, kept)?;
            as_declared(failure, env, &step.call, &body, &outcome, kept)?;
            let same = env.digests().expect("the host works") == before;
            if same { Ok(()) } else { Err("the call failed, and it changed the state".to_owned()) }
        }
        (None, Outcome::Ok { result }) => given(step, &result, kept),
        (None, _) => Err("the call should succeed".to_owned()),
    }
}

fn cut(outcome: &Outcome) -> String {
    let text = match outcome {
        Outcome::Ok { result } => result.to_string(),
        other => format!("{other:?}"),
    };
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

fn refused(failure: &Failure, outcome: &Outcome, kept: &BTreeMap<String, Value>) -> Result<(), String> {
    let message = match outcome {
        Outcome::ToolError { code, message } if failure.code.is(*code) => message,
        Outcome::InvalidArguments { message } if failure.code == FailureCode::Arguments => message,
        _ => return Err(format!("the call should fail with `{}`", failure.code.word())),
    };
    let says = match filled(&Value::String(failure.says.clone()), kept)? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    if message.contains(&says) { Ok(()) } else { Err(format!("the message should say `{says}`")) }
}

/// The body of a refusal: in the shape of the pack, with the sentence, and with what the walk says.
fn as_declared(
    failure: &Failure,
    env: &Env,
    tool: &str,
    body: &Value,
    outcome: &Outcome,
    kept: &BTreeMap<String, Value>,
) -> Result<(), String> {
    let (Outcome::ToolError { message, .. } | Outcome::InvalidArguments { message }) = outcome else { return Ok(()) };
    let shapes = &env.pack().manifest().errors;
    let sentence = match errors::place_of(shapes, tool) {
        Some(place) => shapes[place].sentence_in(body),
        None => body.pointer("/error/message").and_then(Value::as_str),
    };
    if sentence.is_none_or(|sentence| !message.starts_with(sentence.trim_end_matches('…'))) {
        return Err(format!("the body should hold the sentence: {body}"));
    }
    match &failure.shows {
        Some(wanted) => difference(&filled(wanted, kept)?, body, "").map_or(Ok(()), Err),
        None => Ok(()),
    }
}

fn given(step: &Step, result: &Value, kept: &mut BTreeMap<String, Value>) -> Result<(), String> {
    // First, so that what is expected may name them.
    for (name, at) in &step.keep {
        let value = result.pointer(at).ok_or_else(|| format!("there is nothing at `{at}` to keep as `{name}`"))?;
        kept.insert(name.clone(), value.clone());
    }
    if let Some(wanted) = &step.gives
        && let Some(why) = difference(&filled(wanted, kept)?, result, "")
    {
        return Err(why);
    }
    if let Some(listed) = &step.lists
        && !has(listed, result, kept)?
    {
        return Err(format!("the list at `{}` should have {}", listed.at, filled(&listed.item, kept)?));
    }
    if let Some(listed) = &step.lacks
        && has(listed, result, kept)?
    {
        return Err(format!("the list at `{}` should not have {}", listed.at, filled(&listed.item, kept)?));
    }
    Ok(())
}

fn has(listed: &Listed, result: &Value, kept: &BTreeMap<String, Value>) -> Result<bool, String> {
    let item = filled(&listed.item, kept)?;
    match result.pointer(&listed.at) {
        Some(Value::Array(list)) => Ok(list.iter().any(|seen| difference(&item, seen, "").is_none())),
        _ => Err(format!("there is no list at `{}`", listed.at)),
    }
}
