//! Where a row comes from, so that anyone can execute it again.

use crate::talk::Talk;
use serde_json::{Value, json};
use wardian_format::Digest;

/// Identity, certificate and digests of `talk`, and the marking of the loss where it is asked for.
pub(crate) fn metadata(talk: &Talk<'_>) -> Value {
    let trajectory = talk.trajectory;
    let certificate = &trajectory.certificate;
    let calls: Vec<Value> = trajectory
        .calls
        .iter()
        .map(|c| json!({"ok": c.outcome.is_ok(), "arguments": hex(&c.arguments_digest), "result": hex(&c.result_digest), "state": hex(&c.state.full)}))
        .collect();
    let mut out = json!({
        "trajectory": trajectory.id,
        "task": trajectory.task,
        "agent": trajectory.agent,
        "user": trajectory.user,
        "trial": trajectory.trial,
        "pack": certificate.pack,
        "pack_digest": hex(&certificate.pack_digest),
        "seed": certificate.seed,
        "now": certificate.now,
        "initial_state": hex(&certificate.initial.full),
        "final_state": hex(&certificate.last.full),
        "calls": calls,
    });
    if talk.options.mark_loss {
        out["loss"] = talk.loss.to_json();
    }
    out
}

fn hex(digest: &Digest) -> String {
    digest.to_string()
}
