//! Re-execution of a trajectory, call by call, until something differs.

use crate::{Env, EnvError, EpisodeContext, LoadedPack};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_format::pack::Role;
use wardian_format::trajectory::{Message, TRAJECTORY_FORMAT, ToolCall};
use wardian_format::{CallRecord, Digests, Outcome, Trajectory, json, names};
use wardian_state::DIGEST_VERSION;

/// Longest text on either side of a mismatch, characters.
const SIDE_CHARS_MAX: usize = 600;

/// The first difference that a replay found.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Mismatch {
    /// Index of the call, or `None` where it is not about one.
    pub call: Option<usize>,
    /// What differs: `format`, `pack name`, `digest version`, `limits`, `initial state`, `dialogue`, `arguments`, `outcome`,
    /// `body`, `result`, `state`, `final state`, `certifiable`; after `setup: ` where a call that sets the scene differs.
    pub what: String,
    /// What the trajectory says.
    pub expected: String,
    /// What the replay gave.
    pub actual: String,
}

/// A call of the agent as the dialogue shows it.
struct Shown<'a> {
    call: &'a ToolCall,
    observation: &'a str,
}

impl LoadedPack {
    /// Re-executes `trajectory`; `None` when everything agrees: the certificate, every call with its arguments,
    /// outcome and digests, and the dialogue, whose tool messages must show what the calls gave. Calls of tools
    /// for users and set-up are not part of the dialogue.
    ///
    /// # Errors
    /// When the trajectory belongs to another pack, or the host fails.
    pub fn replay(self: &Arc<Self>, trajectory: &Trajectory) -> Result<Option<Mismatch>, EnvError> {
        let certificate = &trajectory.certificate;
        if certificate.pack_digest != self.digest() {
            return Err(EnvError::OtherPack { expected: certificate.pack_digest.to_string(), actual: self.digest().to_string() });
        }
        let context = EpisodeContext { seed: certificate.seed, now: certificate.now.clone() };
        let mut env = self.env(&context)?;
        env.offer(&trajectory.tools);
        let mut found = None;
        for (index, recorded) in trajectory.setup.iter().enumerate() {
            found = found.or(self
                .call_again(index, recorded, None, &mut env)?
                .map(|found| Mismatch { what: format!("setup: {}", found.what), ..found }));
        }
        let initial = env.digests()?;
        found = found.or_else(|| self.head(trajectory, initial));
        if found.is_none() {
            found = self.calls(trajectory, &mut env)?;
        }
        if found.is_none() {
            found = tail(trajectory, env.digests()?);
        }
        Ok(found)
    }

    /// What can be compared before the first call.
    fn head(&self, trajectory: &Trajectory, initial: Digests) -> Option<Mismatch> {
        let certificate = &trajectory.certificate;
        differ(None, "format", trajectory.format, TRAJECTORY_FORMAT)
            .or_else(|| differ(None, "pack name", &*certificate.pack, &*self.manifest().name))
            .or_else(|| differ(None, "digest version", certificate.digest_version, DIGEST_VERSION))
            .or_else(|| differ(None, "limits", certificate.limits, self.limits().digest()))
            .or_else(|| differ(None, "initial state", shown_digests(certificate.initial), shown_digests(initial)))
    }

    fn calls(&self, trajectory: &Trajectory, env: &mut Env) -> Result<Option<Mismatch>, EnvError> {
        let dialogue = match dialogue(&trajectory.messages) {
            Ok(dialogue) => dialogue,
            Err(mismatch) => return Ok(Some(mismatch)),
        };
        let mut dialogue = dialogue.into_iter();
        for (index, recorded) in trajectory.calls.iter().enumerate() {
            let shown = match self.role_of(recorded) {
                Role::Agent => match dialogue.next() {
                    Some(shown) => Some(shown),
                    None => return Ok(Some(mismatch(Some(index), "dialogue", "no further tool message", &recorded.tool))),
                },
                _ => None,
            };
            let found = self.call_again(index, recorded, shown, env)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let extra = dialogue.next();
        Ok(extra.map(|shown| mismatch(None, "dialogue", &format!("a tool message of `{}`", shown.call.name), "no further call")))
    }

    /// A tool has one role, so the role of a call that reached its tool is that. A call that reached none was the agent's.
    pub(crate) fn role_of(&self, recorded: &CallRecord) -> Role {
        match self.tools.get(&recorded.tool) {
            Some(tool) if recorded.outcome != Outcome::UnknownTool => tool.role,
            _ => Role::Agent,
        }
    }

    fn call_again(
        &self,
        index: usize,
        recorded: &CallRecord,
        shown: Option<Shown<'_>>,
        env: &mut Env,
    ) -> Result<Option<Mismatch>, EnvError> {
        let role = self.role_of(recorded);
        let actual = match (&shown, &recorded.arguments) {
            (Some(shown), _) if shown.call.name != recorded.tool => {
                return Ok(Some(mismatch(Some(index), "dialogue", &shown.call.name, &recorded.tool)));
            }
            // The dialogue has the arguments as the agent wrote them; the record must follow from those.
            (Some(shown), _) => env.call_text(role, &recorded.tool, &shown.call.arguments)?,
            (None, Value::String(text)) => env.call_text(role, &recorded.tool, text)?,
            (None, arguments) => env.call(role, &recorded.tool, arguments)?,
        };
        let observation = || json::canonical(&actual.observation()).unwrap_or_default();
        Ok(compare(index, recorded, &actual)
            .or_else(|| shown.and_then(|shown| differ(Some(index), "dialogue", shown.observation, &*observation()))))
    }
}

/// The first difference between two records of one call.
fn compare(index: usize, recorded: &CallRecord, actual: &CallRecord) -> Option<Mismatch> {
    let call = Some(index);
    let same = recorded.arguments == actual.arguments && recorded.outcome == actual.outcome && recorded.body == actual.body;
    let text = |value: &Value| json::canonical(value).unwrap_or_else(|_| value.to_string());
    let outcome = |outcome: &Outcome| serde_json::to_value(outcome).map(|value| text(&value)).unwrap_or_default();
    let body = |record: &CallRecord| record.body.as_ref().map(&text).unwrap_or_default();
    let deep = || {
        differ(call, "arguments", text(&recorded.arguments), text(&actual.arguments))
            .or_else(|| differ(call, "outcome", outcome(&recorded.outcome), outcome(&actual.outcome)))
            .or_else(|| differ(call, "body", body(recorded), body(actual)))
    };
    (if same { None } else { deep() })
        .or_else(|| differ(call, "arguments", recorded.arguments_digest, actual.arguments_digest))
        .or_else(|| differ(call, "result", recorded.result_digest, actual.result_digest))
        .or_else(|| (recorded.state != actual.state).then(|| states(call, "state", recorded.state, actual.state)))
}

/// What can be compared after the last call.
fn tail(trajectory: &Trajectory, last: Digests) -> Option<Mismatch> {
    let certificate = &trajectory.certificate;
    let certifiable = trajectory.setup.iter().chain(&trajectory.calls).all(|call| call.outcome.is_certifiable());
    let state = (certificate.last != last).then(|| states(None, "final state", certificate.last, last));
    state.or_else(|| differ(None, "certifiable", certificate.certifiable, certifiable))
}

/// The calls that the dialogue shows as answered, in order of the answers.
fn dialogue(messages: &[Message]) -> Result<Vec<Shown<'_>>, Mismatch> {
    let mut asked: BTreeMap<&str, &ToolCall> = BTreeMap::new();
    let mut shown = Vec::new();
    for message in messages {
        match message {
            Message::Assistant { tool_calls, .. } => {
                for call in tool_calls {
                    if asked.insert(&call.id, call).is_some() {
                        return Err(mismatch(None, "dialogue", "open calls have different ids", &format!("`{}` twice", call.id)));
                    }
                }
            }
            Message::Tool { tool_call_id, name, content } => {
                let call = asked.remove(tool_call_id.as_str()).filter(|call| call.name == *name);
                let at = Some(shown.len());
                let call = call.ok_or_else(|| {
                    mismatch(at, "dialogue", &format!("an answer to `{tool_call_id}` of `{name}`"), "no open call of that id and tool")
                })?;
                shown.push(Shown { call, observation: content });
            }
            Message::System { .. } | Message::User { .. } => {}
        }
    }
    Ok(shown)
}

fn differ<A: ToString + PartialEq<B>, B: ToString>(call: Option<usize>, what: &str, expected: A, actual: B) -> Option<Mismatch> {
    if expected == actual { None } else { Some(mismatch(call, what, &expected.to_string(), &actual.to_string())) }
}

fn mismatch(call: Option<usize>, what: &str, expected: &str, actual: &str) -> Mismatch {
    let side = |text: &str| names::untrusted(text, SIDE_CHARS_MAX);
    Mismatch { call, what: what.to_owned(), expected: side(expected), actual: side(actual) }
}

/// Both digests, since either may be the one that differs.
fn states(call: Option<usize>, what: &str, expected: Digests, actual: Digests) -> Mismatch {
    mismatch(call, what, &shown_digests(expected), &shown_digests(actual))
}

fn shown_digests(digests: Digests) -> String {
    format!("full {}, graded {}", digests.full, digests.graded)
}
