//! Re-execution of trajectories of ten calls.

use crate::call::context;
use crate::clock::Plan;
use crate::figure::Figure;
use crate::world::{library, pack};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::sync::Arc;
use wardian_env::{DIGEST_VERSION, LoadedPack, Runtime};
use wardian_format::pack::Role;
use wardian_format::trajectory::{Certificate, EndReason, Message, TRAJECTORY_FORMAT, ToolCall, Usage};
use wardian_format::{CallRecord, Trajectory, json as canonical};

const NAME: &str = "verify";

/// All figures: trajectories a second on one core.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let pack_file = pack(&library()?)?;
    let runtime = Runtime::new()?;
    let mut figures = Vec::new();
    for (how, pack) in
        [("instance kept", runtime.load_own(pack_file.clone(), "library")?), ("fresh instances", runtime.load(pack_file, "library")?)]
    {
        let trajectory = play(&pack)?;
        let line = serde_json::to_string(&trajectory)?;
        let replayed = plan.each_us(2_000, || {
            let trajectory: Trajectory = serde_json::from_str(&line)?;
            let mismatch = pack.replay(&trajectory)?;
            ensure!(mismatch.is_none(), "the replay differs: {mismatch:?}");
            Ok(())
        })?;
        let rate: Vec<f64> = replayed.iter().map(|us| 1e6 / us).collect();
        let figure = format!("library: read and replay {} calls, {how}", trajectory.calls.len());
        figures.push(Figure::alone(NAME, figure, "1/s", &rate));
    }
    Ok(figures)
}

/// What the agent does.
fn script() -> Vec<(&'static str, Value)> {
    vec![
        ("find_member", json!({"email": "bruno.castell@example.org"})),
        ("get_member", json!({"member_id": "M-1002"})),
        ("pay_fines", json!({"member_id": "M-1002", "amount_cents": 350})),
        ("search_books", json!({"query": "o", "available_only": true})),
        ("list_copies", json!({"isbn": "9780000000033"})),
        ("checkout_copy", json!({"member_id": "M-1001", "copy_id": "C-004"})),
        ("update_member", json!({"member_id": "M-1002", "note": "prefers mail"})),
        ("get_member", json!({"member_id": "M-1001"})),
        ("return_copy", json!({"copy_id": "C-004"})),
        ("get_member", json!({"member_id": "M-9999"})),
    ]
}

/// Plays the script; its last call fails as the tool says.
fn play(pack: &Arc<LoadedPack>) -> Result<Trajectory> {
    let context = context();
    let mut env = pack.env(&context)?;
    let initial = env.digests()?;
    let mut messages = vec![Message::System { content: "policy".to_owned() }, Message::User { content: "please".to_owned() }];
    let mut calls: Vec<CallRecord> = Vec::new();
    for (n, (tool, arguments)) in script().into_iter().enumerate() {
        let call = ToolCall { id: format!("call-{n}"), name: tool.to_owned(), arguments: arguments.to_string() };
        let record = env.call(Role::Agent, tool, &arguments)?;
        let content = canonical::canonical(&record.observation())?;
        messages.push(Message::Tool { tool_call_id: call.id.clone(), name: tool.to_owned(), content });
        let at = messages.len() - 1;
        messages.insert(at, Message::Assistant { content: None, reasoning: None, tool_calls: vec![call] });
        calls.push(record);
    }
    let failed: Vec<&str> = calls.iter().filter(|call| !call.outcome.is_ok()).map(|call| call.tool.as_str()).collect();
    ensure!(failed == ["get_member"], "calls that should succeed fail: {failed:?}");
    let last = calls.last().context("there are calls")?.state;
    let certificate = Certificate {
        pack: pack.manifest().name.clone(),
        pack_digest: pack.digest(),
        digest_version: DIGEST_VERSION,
        limits: pack.limits().digest(),
        seed: context.seed,
        now: context.now,
        initial,
        last,
        certifiable: true,
    };
    Ok(Trajectory {
        format: TRAJECTORY_FORMAT,
        id: "bench/script/0".to_owned(),
        task: "bench".to_owned(),
        agent: "script".to_owned(),
        user: "script".to_owned(),
        trial: 0,
        fork: None,
        tools: Vec::new(),
        messages,
        setup: Vec::new(),
        calls,
        end: EndReason::UserDone,
        usage: Usage::default(),
        certificate,
        verdict: None,
    })
}
