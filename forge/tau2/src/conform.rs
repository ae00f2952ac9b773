//! Making upstream's recorded calls in a port, and saying where the two disagree.

use crate::document::{Documents, documents_after};
use crate::trace::{Action, Case, EnvCall};
use crate::{Tau2Error, class, patch};
use serde::Serialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack};
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Outcome};

/// What became of a case.
#[derive(Clone, Debug, Serialize)]
pub struct CaseReport {
    /// Of the task, or of the sequence.
    pub id: String,
    /// Calls that were made and compared, the setting of the scene and assertions included.
    pub calls: usize,
    /// Where the port and upstream disagree; empty where all is well.
    pub disagreements: Vec<Disagreement>,
    /// Why the rest of the case is out of conformance, if it is.
    pub skipped: Option<Skipped>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// `action 3: cancel_pending_order`, `final hash`, …
    pub place: String,
    /// What upstream gave, cut to a bounded length.
    pub upstream: String,
    /// What the port gave, likewise.
    pub ours: String,
}

/// What upstream does that nobody can reproduce.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// Index of the call.
    pub action: usize,
    /// Its tool.
    pub tool: String,
    /// What it does that cannot be reproduced.
    pub reason: String,
}

/// Longest value in a disagreement, characters.
const SHOWN_CHARS_MAX: usize = 600;

/// Makes the calls of `case` in `pack` and compares observations, error flags, the difference from `initial` and upstream's hashes.
///
/// # Errors
/// When the host fails, or the pack is no port.
pub fn conform(pack: &Arc<LoadedPack>, initial: &Documents, case: &Case) -> Result<CaseReport, Tau2Error> {
    let context = EpisodeContext { seed: 0, now: pack.manifest().now.clone() };
    let mut run = Run { env: pack.env(&context)?, calls: 0, disagreements: Vec::new() };
    for (index, call) in case.init.iter().enumerate() {
        if spells_a_real_as_an_integer(pack, &call.func_name, &call.arguments) {
            let skipped = Skipped { action: index, tool: call.func_name.clone(), reason: SPELLING.to_owned() };
            return Ok(CaseReport { skipped: Some(skipped), ..run.report(case) });
        }
        run.set_scene(call)?;
    }
    if let Some(hash) = &case.init_hash {
        run.compare_hashes(initial, "hash after the setting", hash, case.init_user_hash.as_deref())?;
    }
    for (index, action) in case.actions.iter().enumerate() {
        if let Some(reason) = action.irreproducible(pack) {
            let skipped = Skipped { action: index, tool: action.name.clone(), reason: reason.to_owned() };
            return Ok(CaseReport { skipped: Some(skipped), ..run.report(case) });
        }
        run.act(index, action)?;
    }
    run.compare_end(initial, case)?;
    // Upstream's assertions change nothing, and synchronise afterwards; so they come last.
    for (index, (assertion, result)) in case.assertions.iter().enumerate() {
        let record = run.call(&assertion.func_name, &Value::Object(assertion.arguments.clone()))?;
        let expected = Value::from(*result);
        if record.outcome != (Outcome::Ok { result: expected.clone() }) {
            run.disagree(format!("assertion {index}: {}", assertion.func_name), expected.to_string(), shown(&record.outcome));
        }
    }
    Ok(run.report(case))
}

impl Action {
    fn irreproducible(&self, pack: &LoadedPack) -> Option<&'static str> {
        match () {
            () if self.mutated_on_error => Some("fails after mutating"),
            () if self.random_id => Some("makes a random id"),
            () if !self.error && spells_a_real_as_an_integer(pack, &self.name, &self.args) => Some(SPELLING),
            () => None,
        }
    }
}

/// Why a call is out of conformance that [`spells_a_real_as_an_integer`].
const SPELLING: &str = "shows how a number was spelled, 2 or 2.0";

/// Python keeps 2 and 2.0 apart where a float is declared, and shows them; in JSON they are one number.
fn spells_a_real_as_an_integer(pack: &LoadedPack, tool: &str, arguments: &Map<String, Value>) -> bool {
    let declared = pack.manifest().tool(tool).and_then(|tool| tool.parameters["properties"].as_object());
    let is_real = |name: &String| declared.is_some_and(|of| of.get(name).is_some_and(|schema| schema["type"] == "number"));
    arguments.iter().any(|(name, value)| value.is_i64() && is_real(name))
}

struct Run {
    env: Env,
    calls: usize,
    disagreements: Vec<Disagreement>,
}

impl Run {
    fn report(self, case: &Case) -> CaseReport {
        CaseReport { id: case.id.clone(), calls: self.calls, disagreements: self.disagreements, skipped: None }
    }

    fn disagree(&mut self, place: String, upstream: String, ours: String) {
        let cut = |text: String| text.chars().take(SHOWN_CHARS_MAX).collect();
        self.disagreements.push(Disagreement { place, upstream: cut(upstream), ours: cut(ours) });
    }

    /// Calls a tool of whatever role it has: upstream's harness may call everything.
    fn call(&mut self, tool: &str, arguments: &Value) -> Result<CallRecord, Tau2Error> {
        self.calls += 1;
        Ok(self.env.call_in_its_role(tool, arguments)?)
    }

    fn set_scene(&mut self, call: &EnvCall) -> Result<(), Tau2Error> {
        let record = self.call(&call.func_name, &Value::Object(call.arguments.clone()))?;
        if !record.outcome.is_ok() {
            self.disagree(format!("setting: {}", call.func_name), "no error".to_owned(), shown(&record.outcome));
        }
        Ok(())
    }

    fn act(&mut self, index: usize, action: &Action) -> Result<(), Tau2Error> {
        let role = if action.requestor == "user" { Role::User } else { Role::Agent };
        self.calls += 1;
        let record = self.env.call(role, &action.name, &Value::Object(action.args.clone()))?;
        if !observed(action, &record.outcome) {
            self.disagree(format!("action {index}: {}", action.name), action.obs.clone(), shown(&record.outcome));
        }
        Ok(())
    }

    fn compare_hashes(&mut self, initial: &Documents, place: &str, hash: &str, user_hash: Option<&str>) -> Result<(), Tau2Error> {
        let now = documents_after(&mut self.env, initial)?;
        self.compare_hashes_of(&now, place, hash, user_hash);
        Ok(())
    }

    fn compare_hashes_of(&mut self, now: &Documents, place: &str, hash: &str, user_hash: Option<&str>) {
        for (document, expected) in [("db", Some(hash)), ("user_db", user_hash)] {
            let actual = now.hash(document);
            if expected.is_some_and(|expected| actual.as_deref() != Some(expected)) {
                let (expected, actual) = (expected.unwrap_or_default().to_owned(), actual.unwrap_or_else(|| "no such document".to_owned()));
                self.disagree(format!("{place} of `{document}`"), expected, actual);
            }
        }
    }

    fn compare_end(&mut self, initial: &Documents, case: &Case) -> Result<(), Tau2Error> {
        let now = documents_after(&mut self.env, initial)?;
        for (document, expected) in [("db", &case.diff), ("user_db", &case.user_diff)] {
            for difference in patch::differing(expected, &initial.changes(&now, document)) {
                self.disagree(format!("difference of `{document}`"), difference, String::new());
            }
        }
        self.compare_hashes_of(&now, "final hash", &case.final_hash, case.final_user_hash.as_deref());
        Ok(())
    }
}

/// True where upstream's observation and ours are the same: the text, the JSON by value, or the complaint.
fn observed(action: &Action, ours: &Outcome) -> bool {
    match ours {
        Outcome::Ok { result } => {
            let same_text = result.as_str() == Some(&action.obs);
            !action.error && (same_text || serde_json::from_str::<Value>(&action.obs).is_ok_and(|obs| equal(&obs, result)))
        }
        failed => action.error && class::agrees(action.obs.strip_prefix("Error: ").unwrap_or(&action.obs), failed),
    }
}

/// JSON by value: 1 and 1.0 are one number.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| equal(a, b))),
        (a, b) => a == b,
    }
}

fn shown(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Ok { result } => result.as_str().map_or_else(|| result.to_string(), str::to_owned),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
