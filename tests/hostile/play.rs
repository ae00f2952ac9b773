//! Plays one case and checks what must hold after every one of them.

use crate::hostile::assemble;
use crate::hostile::case::{Call, Case, Expect, On};
use crate::hostile::meter::{guarded, peak_mib};
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack, Runtime};
use wardian_format::outcome::{Outcome, ToolErrorCode};
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Digests};

/// A runtime, and what a good environment gives.
#[derive(Clone)]
pub(crate) struct Lab {
    runtime: Runtime,
    good: Arc<LoadedPack>,
    /// Digests before and after the good call.
    expected: (Digests, Digests),
}

impl Lab {
    /// The runtime that packs are loaded with, and the good pack: the sample's tools alone.
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().expect("the engine starts");
        let case: Case = toml::from_str("title = 'A good pack'\nclass = 'manifests'").expect("a case");
        let good = runtime.load(assemble::pack(&case), "good.wasm").expect("a good pack loads");
        let mut env = episode(&good);
        let before = env.digests().expect("digests");
        let after = good_call(&mut env).expect("a good call");
        Self { runtime, good, expected: (before, after) }
    }

    /// Plays `case`; says what does not hold.
    pub(crate) fn play(&self, case: Case) -> Result<(), String> {
        let (lab, cpu_s_max, memory_mib_max) = (self.clone(), case.cpu_s_max, case.memory_mib_max);
        let run = move || {
            let bytes = assemble::pack(&case);
            peak_mib(|| lab.load_and_call(&case, bytes))
        };
        let (result, grown_mib) = guarded(cpu_s_max, run)?;
        result?;
        println!("{grown_mib:5} MiB of {memory_mib_max}");
        if grown_mib > memory_mib_max {
            return Err(format!("memory grew by {grown_mib} MiB; the case allows {memory_mib_max}"));
        }
        let mut env = episode(&self.good);
        let after = good_call(&mut env).map_err(|error| format!("afterwards, in a good pack: {error}"))?;
        if after == self.expected.1 { Ok(()) } else { Err("afterwards, a good pack gives other digests".to_owned()) }
    }

    fn load_and_call(&self, case: &Case, bytes: Vec<u8>) -> Result<(), String> {
        let pack = match (self.runtime.load(bytes, "case.wasm"), &case.refused) {
            (Err(error), Some(part)) if error.to_string().contains(part) => return Ok(()),
            (Err(error), Some(part)) => return Err(format!("expected a refusal with `{part}`, found: {error}")),
            (Err(error), None) => return Err(format!("refused: {error}")),
            (Ok(_), Some(part)) => return Err(format!("expected a refusal with `{part}`, but it was loaded")),
            (Ok(pack), None) => pack,
        };
        if case.calls.is_empty() {
            return Err("the case says neither `refused` nor any call".to_owned());
        }
        let first = self.calls(case, &pack)?;
        if case.replay && self.calls(case, &pack)? != first {
            return Err("a second run of the case gives other records".to_owned());
        }
        Ok(())
    }

    /// Makes the calls and checks the state after them.
    fn calls(&self, case: &Case, pack: &Arc<LoadedPack>) -> Result<Vec<CallRecord>, String> {
        let mut env = episode(pack);
        let start = env.digests().map_err(|error| error.to_string())?;
        let mut records = Vec::new();
        for (index, call) in case.calls.iter().enumerate() {
            match call.on {
                On::Same => {}
                On::Fork => env = env.clone(),
                On::NewEpisode => env = episode(pack),
            }
            for time in 1..=call.times {
                let record = env.call_text(Role::Agent, &call.tool, &call.arguments.make());
                let record = record.map_err(|error| format!("call {index}, time {time}: the host failed: {error}"))?;
                check(call, &record.outcome).map_err(|error| format!("call {index}, time {time}: {error}"))?;
                records.push(record);
            }
        }
        self.state_after(case, &mut env, start)?;
        Ok(records)
    }

    fn state_after(&self, case: &Case, env: &mut Env, start: Digests) -> Result<(), String> {
        let now = env.digests().map_err(|error| error.to_string())?;
        let scanned = env.state().expect("a state").clone().full_scan_digests().map_err(|error| error.to_string())?;
        if now != scanned {
            return Err(format!("the digest is {}, a scan of all rows gives {}", now.full, scanned.full));
        }
        if !case.changes && now != start {
            return Err("the state has changed".to_owned());
        }
        if case.component.is_some() {
            return Ok(());
        }
        let after = good_call(env).map_err(|error| format!("afterwards, on the same environment: {error}"))?;
        if !case.changes && case.image.is_none() && (start, after) != self.expected {
            return Err("afterwards, a good call on the same environment gives another digest".to_owned());
        }
        Ok(())
    }
}

/// 2026-01-31T12:00:00Z, as the sample's manifest says.
fn episode(pack: &Arc<LoadedPack>) -> Env {
    pack.env(&EpisodeContext { seed: 7, now: pack.manifest().now.clone() }).expect("an environment")
}

/// Reads an issue and closes it; gives the digests that follow.
fn good_call(env: &mut Env) -> Result<Digests, String> {
    let mut call = |tool: &str, expected: serde_json::Value| {
        let record = env.call_text(Role::Agent, tool, r#"{"id":2}"#).map_err(|error| error.to_string())?;
        if record.outcome == (Outcome::Ok { result: expected }) { Ok(record.state) } else { Err(format!("{tool}: {:?}", record.outcome)) }
    };
    call("get_issue", serde_json::json!({"id": 2, "title": "issue 2", "state": "open"}))?;
    call("close_issue", true.into())
}

/// The outcome is the one that the case expects.
fn check(call: &Call, outcome: &Outcome) -> Result<(), String> {
    let shown = || wardian_format::names::untrusted(&format!("{outcome:?}"), 400);
    if holds(&call.expect, outcome) { Ok(()) } else { Err(format!("expected {:?}, found {}", call.expect, shown())) }
}

fn holds(expect: &Expect, outcome: &Outcome) -> bool {
    match (expect, outcome) {
        (Expect::Any(all), _) => all.iter().any(|expect| holds(expect, outcome)),
        (Expect::Ok(expected), Outcome::Ok { result }) => {
            let expected: serde_json::Value = serde_json::from_str(expected).unwrap_or_else(|error| panic!("`{expected}`: {error}"));
            *result == expected
        }
        (Expect::Limit(names), Outcome::Limit { limit }) => {
            serde_json::to_value(limit).is_ok_and(|name| names.iter().any(|expected| name == expected.as_str()))
        }
        (Expect::Denied(part), Outcome::Denied { what }) => what.contains(part),
        (Expect::Trap(part), Outcome::Trap { message })
        | (Expect::Invalid(part), Outcome::InvalidArguments { message })
        | (Expect::Malformed(part), Outcome::Malformed { message }) => message.contains(part),
        (Expect::ToolError(part), Outcome::ToolError { code, message }) => is_tool_error(part, *code, message),
        (Expect::UnknownTool(expected), Outcome::UnknownTool) => *expected,
        _ => false,
    }
}

/// `part` may start with the code: `conflict: UNIQUE`.
fn is_tool_error(part: &str, code: ToolErrorCode, message: &str) -> bool {
    let with_code = format!("{}: {message}", code.word());
    with_code.contains(part)
}
