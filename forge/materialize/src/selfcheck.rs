//! Every tool is called in the sandbox before it is believed: grounded, with wrong keys, twice, and read back.

use crate::entity::World;
use crate::ground;
use crate::operation::{Class, Does, Operation};
use crate::report::{Example, SelfChecks};
use crate::seed::{Plan, Rows};
use crate::sources::Written;
use serde_json::{Map, Value};
use std::sync::Arc;
use wardian_env::{Env, EnvError, EpisodeContext, LoadedPack};
use wardian_format::outcome::ToolErrorCode;
use wardian_format::pack::{Effect, Role, ToolSpec};
use wardian_format::state::{Change, RowChange};
use wardian_format::{CallRecord, Outcome, SqlValue};

/// What is needed to check the tools of one pack.
pub(crate) struct Checker<'a> {
    pub(crate) world: &'a World,
    pub(crate) rows: &'a Rows,
    pub(crate) plan: &'a Plan,
    pub(crate) written: &'a [Written<'a>],
    pub(crate) pack: &'a Arc<LoadedPack>,
    base: Env,
}

/// What a tool passed.
pub(crate) struct Passed {
    pub(crate) example: Example,
    wrong_key: bool,
    reader: Reader,
    has_schema: bool,
}

enum Reader {
    NotNeeded,
    Missing,
    Found(String),
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
        Ok(Self { world, rows, plan, written, pack, base })
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
        if let Some(schema) = &spec.returns
            && let Err(reason) = fits(schema, result)
        {
            return Ok(Err(format!("its result does not fit the declared schema: {reason}")));
        }
        let wrong_key = match self.wrong_keys(w, &arguments)? {
            Ok(any) => any,
            Err(reason) => return Ok(Err(reason)),
        };
        let reader = match self.read_back(w, &arguments, &mut after)? {
            Ok(reader) => reader,
            Err(reason) => return Ok(Err(reason)),
        };
        let example = Example {
            tool: w.name.clone(),
            class: w.operation.class,
            effect: spec.effect,
            arguments,
            result: result.clone(),
            read_back: if let Reader::Found(name) = &reader { Some(name.clone()) } else { None },
        };
        Ok(Ok(Passed { example, wrong_key, reader, has_schema: spec.returns.is_some() }))
    }

    /// The first call that succeeds with the effect that the tool should have.
    fn grounded(&self, w: &Written<'_>, spec: &ToolSpec) -> Result<Result<(Value, CallRecord, Env), String>, EnvError> {
        let before = self.base.clone().digests()?;
        let mut why = "no seeded row gives arguments for it".to_owned();
        for arguments in ground::candidates(self.world, w.operation, self.rows, self.plan) {
            let mut env = self.base.clone();
            let record = env.call(Role::Agent, &w.name, &arguments)?;
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
        for (param, arguments) in ground::wrong_keys(w.operation, good) {
            let mut env = self.base.clone();
            let before = env.digests()?;
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
            if env.digests()? != before {
                return Ok(Err(format!("with a wrong `{param}` it changed the state")));
            }
            any = true;
        }
        Ok(Ok(any))
    }

    /// What the tool wrote must be seen by a reader of the same entity.
    fn read_back(&self, w: &Written<'_>, arguments: &Value, after: &mut Env) -> Result<Result<Reader, String>, EnvError> {
        let o = w.operation;
        if !matches!(o.class, Class::Create | Class::Update | Class::Upsert | Class::Delete | Class::Action | Class::Move) {
            return Ok(Ok(Reader::NotNeeded));
        }
        let entity = &self.world.entities[o.entity];
        let diff = self.base.clone().diff(after)?;
        let gone = o.class == Class::Delete;
        let fits = |r: &&RowChange| r.table == entity.table && (gone || r.change != Change::Deleted);
        let Some(change) = diff.rows.iter().find(fits) else { return Ok(Err("its own table did not change".to_owned())) };
        let getter = self.written.iter().find(|r| {
            let keys: Vec<usize> =
                r.operation.params.iter().filter_map(|p| if let Does::Key(c) = p.does { Some(c) } else { None }).collect();
            r.operation.class == Class::Get
                && r.operation.entity == o.entity
                && !r.operation.newest
                && entity.key.iter().all(|k| keys.contains(k))
                && keys.len() == r.operation.params.len()
        });
        let Some(getter) = getter else { return self.read_in_list(o, arguments, after) };
        let mut query = Map::new();
        for p in &getter.operation.params {
            let Does::Key(c) = p.does else { continue };
            let Some(at) = entity.key.iter().position(|k| *k == c) else { continue };
            query.insert(p.name.clone(), json_of(&change.key[at], &p.kind));
        }
        let record = after.call(Role::Agent, &getter.name, &Value::Object(query))?;
        match (&record.outcome, o.class) {
            (Outcome::ToolError { code: ToolErrorCode::NotFound, .. }, Class::Delete) => Ok(Ok(Reader::Found(getter.name.clone()))),
            (Outcome::Ok { .. }, Class::Delete) => Ok(Err(format!("what it deleted is still shown by `{}`", getter.name))),
            (Outcome::Ok { result }, _) => Ok(self
                .sees(o, arguments, result)
                .map(|()| Reader::Found(getter.name.clone()))
                .map_err(|f| format!("`{}` does not show the new `{f}`", getter.name))),
            (other, _) => Ok(Err(format!("`{}` does not find what it wrote: {}", getter.name, said(other)))),
        }
    }

    /// Every plain field that was sent must be in the document.
    fn sees(&self, o: &Operation, arguments: &Value, result: &Value) -> Result<(), String> {
        let entity = &self.world.entities[o.entity];
        for p in &o.params {
            let Does::Field(c) = p.does else { continue };
            let column = &entity.columns[c];
            let plain = column.shown && column.shape == crate::columns::Shape::Plain && column.stored() && column.reference.is_none();
            let (Some(sent), Some(shown), true) = (arguments.get(&p.name), result.get(&column.field), plain) else { continue };
            let same = sent == shown || sent.as_f64().is_some() && sent.as_f64() == shown.as_f64();
            if !same {
                return Err(column.field.clone());
            }
        }
        Ok(())
    }

    fn read_in_list(&self, o: &Operation, arguments: &Value, after: &mut Env) -> Result<Result<Reader, String>, EnvError> {
        let lister = self
            .written
            .iter()
            .find(|r| r.operation.class == Class::List && r.operation.entity == o.entity && r.operation.fixed.is_empty());
        let Some(lister) = lister else { return Ok(Ok(Reader::Missing)) };
        let mut query = Map::new();
        for p in lister.operation.params.iter().filter(|p| p.required) {
            let same = o.params.iter().find(|q| match (&q.does, &p.does) {
                (Does::Key(a) | Does::Scope(a), Does::Key(b) | Does::Scope(b)) => a == b,
                _ => false,
            });
            let Some(value) = same.and_then(|q| arguments.get(&q.name)) else { return Ok(Ok(Reader::Missing)) };
            query.insert(p.name.clone(), value.clone());
        }
        let before = self.base.clone().call(Role::Agent, &lister.name, &Value::Object(query.clone()))?;
        let now = after.call(Role::Agent, &lister.name, &Value::Object(query))?;
        match (&before.outcome, &now.outcome) {
            (Outcome::Ok { result: old }, Outcome::Ok { result: new }) if old != new => Ok(Ok(Reader::Found(lister.name.clone()))),
            // A change of what the list does not show, or on another page.
            (Outcome::Ok { .. }, Outcome::Ok { .. }) => Ok(Ok(Reader::Missing)),
            (_, other) => Ok(Err(format!("`{}` fails after it: {}", lister.name, said(other)))),
        }
    }
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
    match passed.reader {
        Reader::NotNeeded => {}
        Reader::Missing => totals.no_reader += 1,
        Reader::Found(_) => totals.read_back += 1,
    }
}

fn fits(schema: &Value, result: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema).map_err(|e| format!("the schema is wrong: {e}"))?;
    validator.validate(result).map_err(|e| format!("{e} at `{}`", e.instance_path()))
}

fn is_empty_list(result: &Value) -> bool {
    match result {
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => {
            let mut lists = map.values().filter_map(Value::as_array).peekable();
            lists.peek().is_some() && lists.all(Vec::is_empty) && map.len() <= 6
        }
        _ => false,
    }
}

fn json_of(value: &SqlValue, kind: &str) -> Value {
    match value {
        SqlValue::Integer(i) if kind == "text" => Value::from(i.to_string()),
        SqlValue::Integer(i) => Value::from(*i),
        SqlValue::Real(r) => Value::from(*r),
        SqlValue::Text(t) => Value::from(t.as_str()),
        SqlValue::Null | SqlValue::Blob(_) => Value::Null,
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
