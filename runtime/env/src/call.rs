//! An environment and its calls.

use crate::arguments::kind;
use crate::loaded::{Place, Tool};
use crate::{EnvError, LoadedPack};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use wardian_format::outcome::{LimitKind, Outcome, ToolErrorCode};
use wardian_format::pack::{Effect, Role};
use wardian_format::{CallRecord, Diff, Digest, Digests, SqlValue, json, names};
use wardian_sandbox::{Reply, SandboxError};
use wardian_state::{Rows, SqlError, State, Tx};

/// Longest message about arguments that are not JSON, characters.
const MESSAGE_CHARS_MAX: usize = 240;

/// One environment. `Clone` is a fork and a checkpoint; it is `Send`.
#[derive(Clone)]
pub struct Env {
    pack: Arc<LoadedPack>,
    /// Absent once a call took it and did not bring it back.
    state: Option<State>,
    /// Digests of the current state.
    digests: Digests,
    /// Reads without an order run backwards.
    backwards: bool,
    /// The tools that an agent is offered; none: all that the pack has for agents.
    offered: Option<Arc<BTreeSet<String>>>,
}

/// The arguments of a call that is not made, as they are recorded.
enum Given<'a> {
    Value(&'a Value),
    Text(&'a str),
}

impl Env {
    pub(crate) fn new(pack: Arc<LoadedPack>, state: State, digests: Digests) -> Self {
        Self { pack, state: Some(state), digests, backwards: false, offered: None }
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

    /// Offers an agent these tools alone: others do not exist for it. None at all offers whatever the pack has. Forks keep it.
    pub fn offer(&mut self, tools: &[String]) {
        self.offered = if tools.is_empty() { None } else { Some(Arc::new(tools.iter().cloned().collect())) };
    }

    fn is_offered(&self, role: Role, tool: &str) -> bool {
        role != Role::Agent || self.offered.as_ref().is_none_or(|offered| offered.contains(tool))
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
        self.state()?;
        if !self.is_offered(role, tool) {
            return Ok(self.refuse(role, tool, Given::Value(arguments), Outcome::UnknownTool));
        }
        // The parts are borrowed one by one: a clone of the pack for each call would be counted by all threads at one place.
        let Self { pack, state, digests, backwards, .. } = self;
        match pack.tool_for(role, tool) {
            Some(found) if arguments.is_object() => {
                let running = Running { pack, tool: found, state, digests, backwards: *backwards };
                running.call(tool, arguments)
            }
            Some(_) => Ok(self.refuse(role, tool, Given::Value(arguments), not_an_object(arguments))),
            None => Ok(self.refuse(role, tool, Given::Value(arguments), Outcome::UnknownTool)),
        }
    }

    /// As [`Env::call`], in the one role that the tool has: for whoever plays every part, such as graders. A tool that is not there is
    /// looked for as the agent's.
    ///
    /// # Errors
    /// When the host fails.
    pub fn call_in_its_role(&mut self, tool: &str, arguments: &Value) -> Result<CallRecord, EnvError> {
        let role = self.pack.manifest().tool(tool).map_or(Role::Agent, |tool| tool.role);
        self.call(role, tool, arguments)
    }

    /// As [`Env::call`] with the arguments as text, which may not be JSON at all.
    ///
    /// # Errors
    /// When the host fails.
    pub fn call_text(&mut self, role: Role, tool: &str, arguments: &str) -> Result<CallRecord, EnvError> {
        self.state()?;
        let known = self.is_offered(role, tool) && self.pack.tool_for(role, tool).is_some();
        if known && arguments.len() > self.pack.limits.arguments_bytes_max {
            return Ok(self.refuse(role, tool, Given::Text(arguments), Outcome::Limit { limit: LimitKind::ArgumentsBytes }));
        }
        match json::parse(arguments) {
            Ok(value) if value.is_object() => self.call(role, tool, &value),
            _ if !known => Ok(self.refuse(role, tool, Given::Text(arguments), Outcome::UnknownTool)),
            Ok(value) => Ok(self.refuse(role, tool, Given::Text(arguments), not_an_object(&value))),
            Err(error) => {
                let message = names::untrusted(&format!("the arguments are not acceptable JSON: {error}"), MESSAGE_CHARS_MAX);
                Ok(self.refuse(role, tool, Given::Text(arguments), Outcome::InvalidArguments { message }))
            }
        }
    }

    /// Digests of the state.
    ///
    /// # Errors
    /// When an earlier call failed in the host.
    pub fn digests(&mut self) -> Result<Digests, EnvError> {
        self.state()?;
        Ok(self.digests)
    }

    /// What differs from `self` (before) to `other` (after).
    ///
    /// # Errors
    /// When the environments are not of one pack, or an earlier call failed in the host.
    pub fn diff(&mut self, other: &mut Self) -> Result<Diff, EnvError> {
        let (before, after) = (self.state.as_mut().ok_or(EnvError::Broken)?, other.state.as_mut().ok_or(EnvError::Broken)?);
        Ok(before.diff(after)?)
    }

    /// A trusted read-only query, for graders and task generators.
    ///
    /// # Errors
    /// When the query does not run, or an earlier call failed in the host.
    pub fn read(&mut self, sql: &str, params: &[SqlValue]) -> Result<Rows, EnvError> {
        Ok(self.state.as_mut().ok_or(EnvError::Broken)?.read(sql, params)?)
    }

    /// The state, for embedders.
    ///
    /// # Errors
    /// When an earlier call failed in the host.
    pub fn state(&self) -> Result<&State, EnvError> {
        self.state.as_ref().ok_or(EnvError::Broken)
    }

    /// The record of a call that was not made.
    fn refuse(&self, role: Role, tool: &str, given: Given<'_>, outcome: Outcome) -> CallRecord {
        let found = if outcome == Outcome::UnknownTool { None } else { self.pack.tool_for(role, tool) };
        let body = self.pack.body(found, &outcome);
        refused(self.digests, tool, given, outcome, body)
    }
}

/// A call that is made.
struct Running<'a> {
    pack: &'a LoadedPack,
    tool: &'a Tool,
    state: &'a mut Option<State>,
    digests: &'a mut Digests,
    backwards: bool,
}

impl Running<'_> {
    fn call(mut self, name: &str, arguments: &Value) -> Result<CallRecord, EnvError> {
        let (arguments, text) = match self.tool.arguments.check(arguments) {
            Ok(checked) => checked,
            Err(message) => {
                let outcome = Outcome::InvalidArguments { message };
                let body = self.pack.body(Some(self.tool), &outcome);
                return Ok(refused(*self.digests, name, Given::Value(arguments), outcome, body));
            }
        };
        let arguments_digest = Digest::of(text.as_bytes());
        let (outcome, result_digest) = if text.len() > self.pack.limits.arguments_bytes_max {
            (Outcome::Limit { limit: LimitKind::ArgumentsBytes }, None)
        } else {
            self.run(name, &arguments, text)?
        };
        let body = self.pack.body(Some(self.tool), &outcome);
        let result_digest = result_digest.unwrap_or_else(|| observation_digest(&outcome, body.as_ref()));
        Ok(CallRecord { tool: name.to_owned(), arguments, outcome, body, arguments_digest, result_digest, state: *self.digests })
    }

    /// Runs the guest in a transaction and ends that. The digest is that of the result of an `Ok`.
    fn run(&mut self, name: &str, arguments: &Value, text: String) -> Result<(Outcome, Option<Digest>), EnvError> {
        // A transaction owns the state. Until it is back, the environment has none and is broken.
        let state = self.state.take().ok_or(EnvError::Broken)?;
        let begin = if self.backwards { State::begin_reversed } else { State::begin };
        let tx = begin(state, &self.pack.limits, self.tool.statements.clone())?;
        let Reply { tx, outcome, digest } = if self.tool.after.is_empty() {
            self.pack.programs[self.tool.code.program].call(self.tool.code.export, tx, text, &self.pack.limits)
        } else {
            // What follows a read may write, and then the transaction is kept.
            self.execute(self.tool.code, self.tool.effect, tx, text)
        };
        let tx = tx.ok_or(SandboxError::StateLost)?;
        let (tx, effect, outcome) = self.follow(name, arguments, tx, outcome)?;
        let (mut state, outcome) = end(tx, effect, outcome);
        let written = effect == Effect::Write && outcome.as_ref().is_ok_and(Outcome::is_ok);
        let digests = if written { state.digests() } else { Ok(*self.digests) };
        *self.state = Some(state);
        let outcome = outcome?;
        *self.digests = digests?;
        let digest = digest.filter(|_| outcome.is_ok());
        Ok((outcome, digest))
    }
}

/// A transaction with the effect and the outcome that a call has come to so far.
type Progress = (Tx, Effect, Result<Outcome, SandboxError>);

impl Running<'_> {
    /// Runs an export within an open transaction. What a read did there is undone, as far as it did anything.
    fn execute(&self, code: Place, effect: Effect, mut tx: Tx, text: String) -> Reply {
        let is_read = effect == Effect::Read;
        if is_read && let Err(error) = tx.savepoint() {
            return Reply { tx: Some(tx), outcome: Ok(not_kept(error)), digest: None };
        }
        let mut reply = self.pack.programs[code.program].call(code.export, tx, text, &self.pack.limits);
        if is_read
            && reply.outcome.as_ref().is_ok_and(Outcome::is_ok)
            && let Some(Err(error)) = reply.tx.as_mut().map(Tx::undo)
        {
            reply.outcome = Ok(not_kept(error));
        }
        reply
    }

    /// Runs what follows a successful call, in the same transaction. The first that does not succeed decides the outcome.
    fn follow(&self, name: &str, arguments: &Value, mut tx: Tx, outcome: Result<Outcome, SandboxError>) -> Result<Progress, EnvError> {
        let mut effect = self.tool.effect;
        let Ok(Outcome::Ok { result }) = &outcome else { return Ok((tx, effect, outcome)) };
        if self.tool.after.is_empty() {
            return Ok((tx, effect, outcome));
        }
        let document = match json::canonical(&serde_json::json!({"arguments": arguments, "result": result, "tool": name})) {
            Ok(document) => document,
            Err(error) => return Ok((tx, effect, Ok(Outcome::Malformed { message: error.to_string() }))),
        };
        for follower in &self.tool.after {
            tx.close_set(&follower.statements);
            let reply = self.execute(follower.code, follower.effect, tx, document.clone());
            tx = reply.tx.ok_or(SandboxError::StateLost)?;
            if !reply.outcome.as_ref().is_ok_and(Outcome::is_ok) {
                return Ok((tx, effect, reply.outcome));
            }
            if follower.effect == Effect::Write {
                effect = Effect::Write;
            }
        }
        Ok((tx, effect, outcome))
    }
}

/// Keeps what a successful write did; undoes everything else.
fn end(tx: Tx, effect: Effect, outcome: Result<Outcome, SandboxError>) -> (State, Result<Outcome, SandboxError>) {
    let keep = effect == Effect::Write && outcome.as_ref().is_ok_and(Outcome::is_ok);
    if !keep {
        return (tx.rollback(), outcome);
    }
    let (state, kept) = tx.commit();
    (state, kept.map_or_else(|error| Ok(not_kept(error)), |()| outcome))
}

/// The record of a call that was not made, on a state with `digests`.
fn refused(digests: Digests, tool: &str, given: Given<'_>, outcome: Outcome, body: Option<Value>) -> CallRecord {
    let (arguments, arguments_digest) = given.recorded();
    let result_digest = observation_digest(&outcome, body.as_ref());
    CallRecord { tool: tool.to_owned(), arguments, outcome, body, arguments_digest, result_digest, state: digests }
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
fn observation_digest(outcome: &Outcome, body: Option<&Value>) -> Digest {
    let digest = body.map_or_else(|| json::digest(&outcome.observation()), json::digest);
    digest.expect("an observation is a result that was digested, a text in a body of the manifest, which is canonical, or text")
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
