//! The self-checks of a tool that a model wrote. The rules know no meaning of it, so the calls that come with it take its place.

use serde_json::Value;
use wardian_env::{Env, EnvError};
use wardian_format::pack::{Effect, Role, ToolSpec};
use wardian_format::{CallRecord, CatalogTool, Outcome, ToolErrorCode, names};
use wardian_materialize::{Class, Example, SelfChecks};

/// Characters of what an outcome says.
const SAID_CHARS_MAX: usize = 300;

/// The calls that come with a tool.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Calls {
    /// What the tool does.
    pub(crate) class: Class,
    /// Arguments with which it succeeds.
    pub(crate) good: Value,
    /// Arguments with which it is refused.
    pub(crate) wrong: Vec<(Value, ToolErrorCode)>,
    /// A reading tool and its arguments, whose result differs after the good call.
    pub(crate) seen_by: Option<(String, Value)>,
}

/// Checks the tool of `spec` on forks of `base`. The inner `Err` says what is wrong, for the model to read.
pub(crate) fn check(
    spec: &ToolSpec,
    calls: &Calls,
    origin: &CatalogTool,
    base: &Env,
) -> Result<Result<(Example, SelfChecks), String>, EnvError> {
    if let Err(wrong) = declared(spec, calls, origin) {
        return Ok(Err(wrong));
    }
    let mut after = base.clone();
    let before = after.digests()?;
    let record = after.call(Role::Agent, &spec.name, &calls.good)?;
    let Outcome::Ok { result } = &record.outcome else {
        return Ok(Err(format!("the good call fails: {}", said(&record.outcome))));
    };
    let changed = record.state != before;
    let wrong = match spec.effect {
        Effect::Read if changed => Some("it is a read, and it changed the state"),
        Effect::Write if !changed => Some("the good call succeeds and changes nothing"),
        Effect::Read if is_empty(result) => Some("the good call returns nothing"),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return Ok(Err(wrong.to_owned()));
    }
    if base.clone().call(Role::Agent, &spec.name, &calls.good)? != record {
        return Ok(Err("the same call gave something else the second time".to_owned()));
    }
    if backwards_differs(base, spec, calls, &record)? {
        return Ok(Err("its result depends on an order that nothing says; end each ORDER BY with a key".to_owned()));
    }
    if let Some(Err(reason)) = spec.returns.as_ref().map(|schema| fits(schema, result)) {
        return Ok(Err(format!("the result does not fit `@returns`: {reason}; it is {}", shown(result))));
    }
    if let Err(wrong) = refused(spec, calls, base)? {
        return Ok(Err(wrong));
    }
    let read_back = match seen(calls, base, &after)? {
        Ok(reader) => reader,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let checks = count(spec, calls, read_back.is_some());
    let (tool, class, result) = (spec.name.clone(), calls.class, result.clone());
    Ok(Ok((Example { tool, class, effect: spec.effect, arguments: calls.good.clone(), result, read_back }, checks)))
}

/// What can be said without a call: the tool is the operation that it claims to be.
fn declared(spec: &ToolSpec, calls: &Calls, origin: &CatalogTool) -> Result<(), String> {
    let names =
        |schema: &Value| -> Vec<String> { schema["properties"].as_object().into_iter().flatten().map(|(n, _)| n.clone()).collect() };
    let (has, may) = (names(&spec.parameters), names(&origin.parameters));
    if let Some(more) = has.iter().find(|name| !may.contains(name)) {
        return Err(format!("the operation has no parameter `{more}`"));
    }
    let required = origin.parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(lost) = required.into_iter().find(|name| !has.iter().any(|has| has == name)) {
        return Err(format!("the operation requires the parameter `{lost}`, and the tool does not take it"));
    }
    let expected = if reads(calls.class) { Effect::Read } else { Effect::Write };
    if spec.effect != expected {
        return Err(format!("its class says that it {}, and its statements do not", if reads(calls.class) { "reads" } else { "writes" }));
    }
    let kind = |schema: &Value| schema["type"].as_str().map(str::to_owned);
    let wanted = origin.returns.as_ref().and_then(|schema| kind(schema)).filter(|kind| kind == "object" || kind == "array");
    if let Some(wanted) = wanted.filter(|wanted| spec.returns.as_ref().and_then(kind).as_ref() != Some(wanted)) {
        return Err(format!("the operation returns an {wanted}; say so with `@returns`"));
    }
    let demands = spec.parameters["required"].as_array().is_some_and(|required| !required.is_empty());
    if demands && calls.wrong.is_empty() {
        return Err("it has a required parameter, and there is no wrong call".to_owned());
    }
    Ok(())
}

/// True for classes that read.
pub(crate) fn reads(class: Class) -> bool {
    matches!(class, Class::List | Class::Get | Class::GetPart | Class::Check | Class::ListRelated | Class::Pure)
}

fn backwards_differs(base: &Env, spec: &ToolSpec, calls: &Calls, record: &CallRecord) -> Result<bool, EnvError> {
    let other = base.backwards().call(Role::Agent, &spec.name, &calls.good)?;
    Ok(other.outcome != record.outcome || other.state != record.state)
}

/// Each wrong call gives the tool error that it should, and leaves the state alone.
fn refused(spec: &ToolSpec, calls: &Calls, base: &Env) -> Result<Result<(), String>, EnvError> {
    for (number, (arguments, expected)) in calls.wrong.iter().enumerate() {
        let mut env = base.clone();
        let before = env.digests()?;
        let record = env.call(Role::Agent, &spec.name, arguments)?;
        match &record.outcome {
            Outcome::ToolError { code, .. } if code == expected => {}
            other => return Ok(Err(format!("wrong call {number} should be refused with `{}`: {}", expected.word(), said(other)))),
        }
        if env.digests()? != before {
            return Ok(Err(format!("wrong call {number} changed the state")));
        }
    }
    Ok(Ok(()))
}

/// The reading tool whose result differs after the good call, where one is named.
fn seen(calls: &Calls, base: &Env, after: &Env) -> Result<Result<Option<String>, String>, EnvError> {
    let Some((reader, arguments)) = &calls.seen_by else { return Ok(Ok(None)) };
    let known = base.pack().manifest().tool(reader);
    if known.is_none_or(|spec| spec.effect != Effect::Read) {
        return Ok(Err(format!("`{}` in `seen_by` is no tool that reads", names::untrusted(reader, 64))));
    }
    let was = base.clone().call(Role::Agent, reader, arguments)?;
    let is = after.clone().call(Role::Agent, reader, arguments)?;
    // What was made is not there before, what was deleted not after: one of both calls must succeed.
    if was.outcome == is.outcome {
        return Ok(Err(format!("`{reader}` in `seen_by` says the same before and after the good call: {}", said(&is.outcome))));
    }
    if let Some(other) = [&was.outcome, &is.outcome].into_iter().find(|o| !matches!(o, Outcome::Ok { .. } | Outcome::ToolError { .. })) {
        return Ok(Err(format!("`{reader}` in `seen_by` fails: {}", said(other))));
    }
    Ok(Ok(Some(reader.clone())))
}

fn count(spec: &ToolSpec, calls: &Calls, is_read_back: bool) -> SelfChecks {
    let writes = spec.effect == Effect::Write;
    SelfChecks {
        grounded: 1,
        reads: usize::from(!writes),
        writes: usize::from(writes),
        wrong_key: usize::from(!calls.wrong.is_empty()),
        fits_schema: usize::from(spec.returns.is_some()),
        read_back: usize::from(is_read_back),
        no_reader: usize::from(writes && !is_read_back),
        ..SelfChecks::default()
    }
}

fn fits(schema: &Value, result: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema).map_err(|error| format!("the schema is wrong: {error}"))?;
    validator.validate(result).map_err(|error| names::untrusted(&format!("{error} at `{}`", error.instance_path()), SAID_CHARS_MAX))
}

fn is_empty(result: &Value) -> bool {
    match result {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => {
            map.is_empty() || map.values().any(Value::is_array) && map.values().all(|v| v.as_array().is_some_and(Vec::is_empty))
        }
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    names::untrusted(&value.to_string(), SAID_CHARS_MAX)
}

/// An outcome, in words.
pub(crate) fn said(outcome: &Outcome) -> String {
    let text = match outcome {
        Outcome::Ok { result } => format!("it succeeds and returns {}", shown(result)),
        Outcome::ToolError { code, message } => format!("{} ({message})", code.word()),
        Outcome::InvalidArguments { message } => format!("the arguments do not fit its parameters ({message})"),
        Outcome::UnknownTool => "there is no such tool".to_owned(),
        Outcome::Trap { message } | Outcome::Malformed { message } => format!("{} ({message})", outcome.word()),
        Outcome::Limit { limit } => format!("limit {limit:?}"),
        Outcome::Denied { what } => format!("denied ({what})"),
    };
    names::untrusted(&text, 2 * SAID_CHARS_MAX)
}
