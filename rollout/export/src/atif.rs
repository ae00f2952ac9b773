//! The Agent Trajectory Interchange Format, version 1.7. Source: the models of the package `harbor` 0.25 (`harbor/models/trajectories`).

use crate::Refusal;
use crate::provenance::metadata;
use crate::talk::{Talk, object};
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;

/// The version that documents name.
pub const ATIF_VERSION: &str = "ATIF-v1.7";

pub(crate) fn row(talk: &Talk<'_>) -> Result<Value, Refusal> {
    talk.check_answers()?;
    let mut steps: Vec<Value> = Vec::new();
    for (index, message) in talk.messages() {
        let mut step = Map::new();
        step.insert("step_id".to_owned(), json!(steps.len() + 1));
        match message {
            Message::System { content } => say(&mut step, "system", content),
            Message::User { content } => say(&mut step, "user", content),
            Message::Assistant { content, reasoning, tool_calls } => {
                say(&mut step, "agent", content.as_deref().unwrap_or_default());
                if let Some(reasoning) = talk.reasoning(reasoning) {
                    step.insert("reasoning_content".to_owned(), json!(reasoning));
                }
                if !tool_calls.is_empty() {
                    act(talk, index, tool_calls, &mut step)?;
                }
                if talk.options.mark_loss {
                    step.insert("extra".to_owned(), json!({"learned": talk.loss.learned[index]}));
                }
            }
            // Answers are part of the step that called.
            Message::Tool { .. } => continue,
        }
        steps.push(Value::Object(step));
    }
    let trajectory = talk.trajectory;
    let mut agent = json!({"name": "wardian", "version": env!("CARGO_PKG_VERSION"), "model_name": trajectory.agent});
    if !talk.tools.is_empty() {
        agent["tool_definitions"] = Value::Array(talk.tools());
    }
    Ok(json!({
        "schema_version": ATIF_VERSION,
        "session_id": trajectory.id,
        "trajectory_id": trajectory.id,
        "agent": agent,
        "final_metrics": {"total_steps": steps.len()},
        "steps": steps,
        "extra": metadata(talk),
    }))
}

fn say(step: &mut Map<String, Value>, source: &str, message: &str) {
    step.insert("source".to_owned(), json!(source));
    step.insert("message".to_owned(), json!(message));
}

/// The calls of a step, and what came of them.
fn act(talk: &Talk<'_>, index: usize, calls: &[ToolCall], step: &mut Map<String, Value>) -> Result<(), Refusal> {
    let call = |c: &ToolCall| Ok(json!({"tool_call_id": c.id, "function_name": c.name, "arguments": object(c)?}));
    step.insert("tool_calls".to_owned(), calls.iter().map(call).collect::<Result<_, Refusal>>()?);
    let answers = talk.answers(index, calls)?;
    let result = |(c, content): (&ToolCall, &str)| json!({"source_call_id": c.id, "content": content});
    let results: Vec<Value> = calls.iter().zip(answers).map(result).collect();
    step.insert("observation".to_owned(), json!({"results": results}));
    Ok(())
}
