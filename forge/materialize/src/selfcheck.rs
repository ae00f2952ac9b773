//! Every tool is called in the sandbox before it is believed: grounded, twice, with reads running backwards, with wrong keys, and read back.

mod readback;
#[cfg(test)]
mod tests;

use crate::entity::World;
use crate::filters::Filter;
use crate::ground;
use crate::operation::{Class, Does};
use crate::report::{Example, Missed, ReadAfterWrite, SelfChecks};
use crate::seed::{Plan, Rows};
use crate::sources::Written;
use readback::Seen;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_env::{Env, EnvError, EpisodeContext, LoadedPack};
use wardian_format::errors;
use wardian_format::outcome::ToolErrorCode;
use wardian_format::pack::{Effect, Role, ToolSpec};
use wardian_format::{CallRecord, Digests, Outcome};

/// How much of a tool is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// Everything.
    Full,
    /// What calls show without reading all rows, of tools that passed everything in a smaller world: the digests that calls record stand for
    /// the rows, lists are called in their own order only, and what was written is read back by its key.
    Calls,
}

/// What is needed to check the tools of one pack.
pub(crate) struct Checker<'a> {
    pub(crate) world: &'a World,
    pub(crate) rows: &'a Rows,
    pub(crate) plan: &'a Plan,
    pub(crate) written: &'a [Written<'a>],
    pub(crate) pack: &'a Arc<LoadedPack>,
    depth: Depth,
    base: Env,
}

/// What a tool passed.
pub(crate) struct Passed {
    pub(crate) example: Example,
    wrong_key: bool,
    has_schema: bool,
    has_error_shape: bool,
    /// Pairs of this tool with its readers: (name of the reader, why it does not hold).
    pairs: Vec<(String, Option<String>)>,
    blind: usize,
}

impl<'a> Checker<'a> {
    /// A checker on a fresh environment of `pack`.
    pub(crate) fn new(
        world: &'a World,
        rows: &'a Rows,
        plan: &'a Plan,
        now: &str,
        written: &'a [Written<'a>],
        pack: &'a Arc<LoadedPack>,
    ) -> Result<Self, EnvError> {
        let base = pack.env(&EpisodeContext { seed: plan.seed, now: now.to_owned() })?;
        Ok(Self { world, rows, plan, written, pack, depth: Depth::Full, base })
    }

    /// The same, checking so much.
    pub(crate) fn with(self, depth: Depth) -> Self {
        Self { depth, ..self }
    }

    /// Checks the tool at `index`. The inner `Err` says why it must be left out.
    pub(crate) fn check(&self, index: usize) -> Result<Result<Passed, String>, EnvError> {
        let w = &self.written[index];
        let Some(spec) = self.pack.manifest().tool(&w.name) else { return Ok(Err("the pack does not have it".to_owned())) };
        let (arguments, record, mut after) = match self.grounded(w, spec)? {
            Ok(found) => found,
            Err(reason) => return Ok(Err(reason)),
        };
        let Outcome::Ok { result } = &record.outcome else { return Ok(Err("no grounded call succeeded".to_owned())) };
        let mut again = self.base.clone();
        if again.call(Role::Agent, &w.name, &arguments)? != record {
            return Ok(Err("the same call gave something else the second time".to_owned()));
        }
        if self.content(&after)? != record.state {
            return Ok(Err("the same call gave something else than its digest says".to_owned()));
        }
        if let Err(reason) = self.reversed(w, &arguments)? {
            return Ok(Err(reason));
        }
        if let Some(schema) = &spec.returns
            && let Err(reason) = fits(schema, result)
        {
            return Ok(Err(format!("its result does not fit the declared schema: {reason}")));
        }
        let wrong_key = match self.wrong_keys(w, &arguments)? {
            Ok(any) => any,
            Err(reason) => return Ok(Err(reason)),
        };
        let seen = match self.read_back(w, &arguments, &mut after)? {
            Ok(seen) => seen,
            Err(reason) => return Ok(Err(reason)),
        };
        let get = |p: &&readback::Pair| self.written[p.reader].operation.class == Class::Get;
        let held = || seen.pairs.iter().filter(|p| p.held.is_ok());
        let example = Example {
            tool: w.name.clone(),
            class: w.operation.class,
            effect: spec.effect,
            arguments,
            result: result.clone(),
            read_back: held().find(get).or_else(|| held().next()).map(|p| self.written[p.reader].name.clone()),
        };
        let pairs = seen.pairs.into_iter().map(|p| (self.written[p.reader].name.clone(), p.held.err())).collect();
        let has_error_shape = errors::place_of(&self.pack.manifest().errors, &w.name).is_some();
        Ok(Ok(Passed { example, wrong_key, has_schema: spec.returns.is_some(), has_error_shape, pairs, blind: seen.blind }))
    }

    /// The first call that succeeds with the effect that the tool should have.
    fn grounded(&self, w: &Written<'_>, spec: &ToolSpec) -> Result<Result<(Value, CallRecord, Env), String>, EnvError> {
        let before = self.base.clone().digests()?;
        let mut why = "no seeded row gives arguments for it".to_owned();
        for arguments in ground::candidates(self.world, w.operation, self.rows, self.plan) {
            let mut arguments = arguments;
            let mut env = self.base.clone();
            let mut record = env.call(Role::Agent, &w.name, &arguments)?;
            if let Outcome::InvalidArguments { message } = &record.outcome
                && let Some(fewer) = without_what_misfits(&arguments, message)
            {
                arguments = fewer;
                env = self.base.clone();
                record = env.call(Role::Agent, &w.name, &arguments)?;
            }
            match &record.outcome {
                Outcome::Ok { result } => {
                    let changed = record.state != before;
                    match (spec.effect, changed) {
                        (Effect::Read, true) => return Ok(Err("it is a read, and it changed the state".to_owned())),
                        (Effect::Write, false) => why = "its calls succeed and change nothing".to_owned(),
                        (Effect::Read, false) if is_empty_list(result) && why.starts_with("no seeded") => {
                            why = "its list is empty for every row".to_owned();
                        }
                        (Effect::Read, false) if is_empty_list(result) => {}
                        _ => return Ok(Ok((arguments, record, env))),
                    }
                }
                other => why = format!("a grounded call failed: {}", said(other)),
            }
        }
        Ok(Err(why))
    }

    /// True where the tool takes a key at all.
    fn wrong_keys(&self, w: &Written<'_>, good: &Value) -> Result<Result<bool, String>, EnvError> {
        let mut any = false;
        let before = self.base.clone().digests()?;
        for (param, arguments) in ground::wrong_keys(w.operation, good) {
            let mut env = self.base.clone();
            let record = env.call(Role::Agent, &w.name, &arguments)?;
            let clean = match &record.outcome {
                Outcome::ToolError { code, .. } => matches!(code, ToolErrorCode::NotFound | ToolErrorCode::Invalid),
                Outcome::Ok { result } => {
                    // A filter, such as the owner of repositories, may find nothing.
                    matches!(w.operation.class, Class::List) && is_empty_list(result)
                }
                _ => false,
            };
            if !clean {
                return Ok(Err(format!("with a wrong `{param}` it says: {}", said(&record.outcome))));
            }
            if self.content(&env)? != before {
                return Ok(Err(format!("with a wrong `{param}` it changed the state")));
            }
            any = true;
        }
        Ok(Ok(any))
    }

    /// Calls that differ in what they ask of a list's order: each way to sort it, both directions.
    fn orders(&self, w: &Written<'_>, arguments: &Value) -> Vec<Value> {
        let with = |name: &str, value: &str| {
            let mut arguments = arguments.clone();
            arguments[name] = Value::from(value);
            arguments
        };
        let mut out = vec![arguments.clone()];
        for p in &w.operation.params {
            match &p.does {
                Does::Filter(Filter::Sort(pairs)) => out.extend(pairs.iter().map(|(value, _)| with(&p.name, value))),
                Does::Filter(Filter::Direction) => out.extend(["asc", "desc"].iter().map(|value| with(&p.name, value))),
                _ => {}
            }
        }
        out
    }

    /// Reads without an order run backwards, and nothing changes.
    fn reversed(&self, w: &Written<'_>, arguments: &Value) -> Result<Result<(), String>, EnvError> {
        let orders = if self.depth == Depth::Full { self.orders(w, arguments) } else { vec![arguments.clone()] };
        for arguments in orders {
            let forwards = self.base.clone().call(Role::Agent, &w.name, &arguments)?;
            let backwards = self.base.backwards().call(Role::Agent, &w.name, &arguments)?;
            if forwards != backwards {
                return Ok(Err("its result depends on an order of rows that nothing promises".to_owned()));
            }
        }
        Ok(Ok(()))
    }

    /// The digests of what is there: by reading every row, where all is checked.
    fn content(&self, env: &Env) -> Result<Digests, EnvError> {
        match self.depth {
            Depth::Full => Ok(env.state()?.clone().full_scan_digests()?),
            Depth::Calls => env.clone().digests(),
        }
    }

    /// What the tool wrote must be seen by the readers of the same thing.
    fn read_back(&self, w: &Written<'_>, arguments: &Value, after: &mut Env) -> Result<Result<Seen, String>, EnvError> {
        let class = w.operation.class;
        let own = matches!(class, Class::Create | Class::Update | Class::Upsert | Class::Delete | Class::Action | Class::Move);
        let other = matches!(class, Class::Clear | Class::Add | Class::Remove | Class::Set);
        if !own && !other {
            return Ok(Ok(Seen::default()));
        }
        let Some(seen) = readback::seen(self, w, arguments, after)? else {
            return Ok(if own { Err("its own table did not change".to_owned()) } else { Ok(Seen::default()) });
        };
        let wrong = seen.pairs.iter().find(|p| p.held.is_err() && self.written[p.reader].operation.class == Class::Get);
        Ok(match wrong.and_then(|p| p.held.clone().err()) {
            Some(reason) => Err(reason),
            None => Ok(seen),
        })
    }
}

/// The arguments without the members that were refused: what an API shows is not always what it takes. `None` where none of them is there.
fn without_what_misfits(arguments: &Value, message: &str) -> Option<Value> {
    let mut out = arguments.clone();
    let mut any = false;
    for path in message.split('`').skip(1).step_by(2).filter_map(|path| path.strip_prefix('/')) {
        let mut names = path.split('/');
        let (Some(first), second) = (names.next(), names.next()) else { continue };
        let outer = out.as_object_mut()?;
        let inner = second.filter(|name| outer.get(first).is_some_and(|v| v.is_object() && v.get(*name).is_some()));
        any |= match (inner, outer.get_mut(first)) {
            (Some(name), Some(Value::Object(members))) if members.len() > 1 => members.shift_remove(name).is_some(),
            _ => outer.shift_remove(first).is_some(),
        };
    }
    any.then_some(out)
}

/// Adds what one tool passed to the totals.
pub(crate) fn count(totals: &mut SelfChecks, passed: &Passed) {
    totals.grounded += 1;
    match passed.example.effect {
        Effect::Read => totals.reads += 1,
        Effect::Write => totals.writes += 1,
    }
    totals.wrong_key += usize::from(passed.wrong_key);
    totals.fits_schema += usize::from(passed.has_schema);
    totals.error_shapes += usize::from(passed.has_error_shape);
    totals.replayed += 1;
    totals.reversed += 1;
    if matches!(passed.example.class, Class::Create | Class::Update | Class::Upsert | Class::Delete | Class::Action | Class::Move) {
        totals.read_back += usize::from(passed.example.read_back.is_some());
        totals.no_reader += usize::from(passed.example.read_back.is_none());
    }
}

/// Which readers show what the tools wrote, as measured in a smaller world with every reader.
pub(crate) fn readers_of(small: &[Passed], large: &mut [Passed]) {
    let by_name: BTreeMap<&str, &Passed> = small.iter().map(|p| (p.example.tool.as_str(), p)).collect();
    for p in large {
        let Some(measured) = by_name.get(p.example.tool.as_str()) else { continue };
        (p.pairs, p.blind) = (measured.pairs.clone(), measured.blind);
        p.example.read_back = p.example.read_back.take().or_else(|| measured.example.read_back.clone());
    }
}

/// Adds the pairs of one tool.
pub(crate) fn count_pairs(totals: &mut ReadAfterWrite, passed: &Passed) {
    totals.blind += passed.blind;
    for (reader, reason) in &passed.pairs {
        let missed =
            reason.as_ref().map(|reason| Missed { writer: passed.example.tool.clone(), reader: reader.clone(), reason: reason.clone() });
        totals.count(passed.example.class, missed);
    }
}

/// Whether a result is as the tool declares it.
fn fits(schema: &Value, result: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema).map_err(|e| format!("the schema is wrong: {e}"))?;
    validator.validate(result).map_err(|e| format!("{e} at `{}`", e.instance_path()))
}

fn is_empty_list(result: &Value) -> bool {
    match result {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => {
            let mut lists = map.values().filter_map(Value::as_array).peekable();
            lists.peek().is_some() && lists.all(Vec::is_empty) && map.len() <= 12
        }
        _ => false,
    }
}

fn said(outcome: &Outcome) -> String {
    let text = match outcome {
        Outcome::ToolError { code, message } => format!("{} ({message})", code.word()),
        Outcome::InvalidArguments { message } => format!("invalid arguments ({message})"),
        Outcome::Trap { message } | Outcome::Malformed { message } => format!("{} ({message})", outcome.word()),
        Outcome::Limit { limit } => format!("limit {limit:?}"),
        Outcome::Denied { what } => format!("denied ({what})"),
        Outcome::Ok { .. } => "it succeeds".to_owned(),
        Outcome::UnknownTool => "unknown tool".to_owned(),
    };
    wardian_format::names::untrusted(&text, 300)
}
