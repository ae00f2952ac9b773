//! An environment and its calls.

use crate::arguments::kind;
use crate::loaded::Tool;
use crate::{EnvError, LoadedPack};
use serde_json::Value;
use std::sync::Arc;
use wardian_format::outcome::{LimitKind, Outcome, ToolErrorCode};
use wardian_format::pack::{Effect, Role};
use wardian_format::{CallRecord, Diff, Digest, Digests, SqlValue, json, names};
use wardian_sandbox::{Reply, SandboxError};
use wardian_state::{Context, Rows, SqlError, State, Tx};

/// Longest message about arguments that are not JSON, characters.
const MESSAGE_CHARS_MAX: usize = 240;

/// One environment. `Clone` is a fork and a checkpoint; it is `Send`.
#[derive(Clone)]
pub struct Env {
    pack: Arc<LoadedPack>,
    state: State,
    /// Digests of the current state.
    digests: Digests,
    /// A call took the state and did not bring it back.
    broken: bool,
    /// Reads without an order run backwards.
    backwards: bool,
}

/// The arguments of a call that is not made, as they are recorded.
enum Given<'a> {
    Value(&'a Value),
    Text(&'a str),
}

impl Env {
    pub(crate) fn new(pack: Arc<LoadedPack>, state: State, digests: Digests) -> Self {
        Self { pack, state, digests, broken: false, backwards: false }
    }

    /// The pack.
    pub fn pack(&self) -> &Arc<LoadedPack> {
        &self.pack
    }

    /// A fork whose calls run reads that have no ORDER BY backwards. A tool whose result differs there depends on an
    /// order that nobody promises.
    pub fn backwards(&self) -> Self {
        Self { backwards: true, ..self.clone() }
    }

    /// Calls `tool` as `role`. The arguments are validated, defaults applied, the call made in a savepoint and
    /// its outcome, digests included, recorded. Everything but success leaves the state as it was, and so does
    /// a tool whose effect is to read.
    ///
    /// In the record, arguments that canonical JSON cannot carry or that are no object stand as a string with
    /// their text.
    ///
    /// # Errors
    /// When the host fails; what a guest or an agent does wrong is an outcome.
    pub fn call(&mut self, role: Role, tool: &str, arguments: &Value) -> Result<CallRecord, EnvError> {
        self.usable()?;
        let pack = Arc::clone(&self.pack);
        match pack.tool(tool).filter(|found| found.role == role) {
            Some(found) if arguments.is_object() => self.call_checked(&pack, found, tool, arguments),
            Some(_) => Ok(self.refuse(tool, Given::Value(arguments), not_an_object(arguments))),
            None => Ok(self.refuse(tool, Given::Value(arguments), Outcome::UnknownTool)),
        }
    }

    /// As [`Env::call`] with the arguments as text, which may not be JSON at all.
    ///
    /// # Errors
    /// When the host fails.
    pub fn call_text(&mut self, role: Role, tool: &str, arguments: &str) -> Result<CallRecord, EnvError> {
        self.usable()?;
        let known = self.pack.tool(tool).is_some_and(|found| found.role == role);
        if known && arguments.len() > self.pack.limits.arguments_bytes_max {
            return Ok(self.refuse(tool, Given::Text(arguments), Outcome::Limit { limit: LimitKind::ArgumentsBytes }));
        }
        match json::parse(arguments) {
            Ok(value) if value.is_object() => self.call(role, tool, &value),
            _ if !known => Ok(self.refuse(tool, Given::Text(arguments), Outcome::UnknownTool)),
            Ok(value) => Ok(self.refuse(tool, Given::Text(arguments), not_an_object(&value))),
            Err(error) => {
                let message = names::untrusted(&format!("the arguments are not acceptable JSON: {error}"), MESSAGE_CHARS_MAX);
                Ok(self.refuse(tool, Given::Text(arguments), Outcome::InvalidArguments { message }))
            }
        }
    }

    /// Digests of the state.
    ///
    /// # Errors
    /// When an earlier call failed in the host.
    pub fn digests(&mut self) -> Result<Digests, EnvError> {
        self.usable()?;
        Ok(self.digests)
    }

    /// What differs from `self` (before) to `other` (after).
    ///
    /// # Errors
    /// When the environments are not of one pack, or an earlier call failed in the host.
    pub fn diff(&mut self, other: &mut Self) -> Result<Diff, EnvError> {
        self.usable()?;
        other.usable()?;
        Ok(self.state.diff(&mut other.state)?)
    }

    /// A trusted read-only query, for graders and task generators.
    ///
    /// # Errors
    /// When the query does not run, or an earlier call failed in the host.
    pub fn read(&mut self, sql: &str, params: &[SqlValue]) -> Result<Rows, EnvError> {
        self.usable()?;
        Ok(self.state.read(sql, params)?)
    }

    /// The state, for embedders.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn usable(&self) -> Result<(), EnvError> {
        if self.broken { Err(EnvError::Broken) } else { Ok(()) }
    }

    fn call_checked(&mut self, pack: &LoadedPack, tool: &Tool, name: &str, arguments: &Value) -> Result<CallRecord, EnvError> {
        let (arguments, text) = match tool.arguments.check(arguments) {
            Ok(checked) => checked,
            Err(message) => return Ok(self.refuse(name, Given::Value(arguments), Outcome::InvalidArguments { message })),
        };
        let arguments_digest = Digest::of(text.as_bytes());
        let (outcome, result_digest) = if text.len() > pack.limits.arguments_bytes_max {
            (Outcome::Limit { limit: LimitKind::ArgumentsBytes }, None)
        } else {
            self.run(pack, tool, text)?
        };
        let result_digest = result_digest.unwrap_or_else(|| observation_digest(&outcome));
        Ok(CallRecord { tool: name.to_owned(), arguments, outcome, arguments_digest, result_digest, state: self.digests })
    }

    /// Runs the guest in a transaction and ends that. The digest is that of the result of an `Ok`.
    fn run(&mut self, pack: &LoadedPack, tool: &Tool, text: String) -> Result<(Outcome, Option<Digest>), EnvError> {
        // A transaction owns the state. Until it is back, this environment holds a placeholder and is broken.
        let placeholder = pack.base.state(Context { seed: 0, now_unix_s: 0 });
        let state = std::mem::replace(&mut self.state, placeholder);
        self.broken = true;
        let begin = if self.backwards { State::begin_reversed } else { State::begin };
        let tx = begin(state, &pack.limits, tool.statements.clone())?;
        let Reply { tx, outcome, digest } = pack.program.call(tool.export, tx, text, &pack.limits);
        let tx = tx.ok_or(SandboxError::StateLost)?;
        let outcome = self.end(tx, tool.effect, outcome);
        self.broken = false;
        let outcome = outcome?;
        if outcome.is_ok() && tool.effect == Effect::Write {
            self.digests = self.state.digests()?;
        }
        let digest = digest.filter(|_| outcome.is_ok());
        Ok((outcome, digest))
    }

    /// Keeps what a successful write did; undoes everything else.
    fn end(&mut self, tx: Tx, effect: Effect, outcome: Result<Outcome, SandboxError>) -> Result<Outcome, SandboxError> {
        let keep = effect == Effect::Write && outcome.as_ref().is_ok_and(Outcome::is_ok);
        if !keep {
            self.state = tx.rollback();
            return outcome;
        }
        let (state, kept) = tx.commit();
        self.state = state;
        match kept {
            Ok(()) => outcome,
            Err(error) => Ok(not_kept(error)),
        }
    }

    /// The record of a call that was not made.
    fn refuse(&self, tool: &str, given: Given<'_>, outcome: Outcome) -> CallRecord {
        let (arguments, arguments_digest) = given.recorded();
        let result_digest = observation_digest(&outcome);
        CallRecord { tool: tool.to_owned(), arguments, outcome, arguments_digest, result_digest, state: self.digests }
    }
}

impl Given<'_> {
    fn recorded(&self) -> (Value, Digest) {
        if let Self::Value(value @ Value::Object(_)) = self
            && let Ok(digest) = json::digest(value)
        {
            return ((*value).clone(), digest);
        }
        let text = match self {
            Self::Value(value) => value.to_string(),
            Self::Text(text) => (*text).to_owned(),
        };
        let value = Value::String(text);
        let digest = json::digest(&value).expect("a string is canonical JSON");
        (value, digest)
    }
}

fn not_an_object(arguments: &Value) -> Outcome {
    Outcome::InvalidArguments { message: format!("arguments: expected an object, found {}", kind(arguments)) }
}

/// What the agent is shown of a failure is text, so it has a canonical form.
fn observation_digest(outcome: &Outcome) -> Digest {
    json::digest(&outcome.observation()).expect("an observation is a result that was digested, or an error, which is text")
}

/// The outcome of a call whose changes the schema does not accept at the end.
fn not_kept(error: SqlError) -> Outcome {
    match error {
        SqlError::Constraint(message) => {
            Outcome::ToolError { code: ToolErrorCode::Conflict, message: names::untrusted(&message, MESSAGE_CHARS_MAX) }
        }
        SqlError::Limit(limit) => Outcome::Limit { limit },
        SqlError::Denied(what) => Outcome::Denied { what: names::untrusted(&what, MESSAGE_CHARS_MAX) },
        SqlError::Other(message) => Outcome::Trap { message: names::untrusted(&message, MESSAGE_CHARS_MAX) },
    }
}
