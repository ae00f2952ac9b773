//! Tools that the server adds to those of a pack. Their names begin with [`PREFIX`], which no tool of a served pack may.

use serde_json::{Value, json};
use wardian_model::ToolDefinition;

/// How the names of the server's own tools begin.
pub const PREFIX: &str = "wardian_";
/// Ends the episode, which is graded then.
pub const FINISH: &str = "wardian_finish";

/// The tool by which an agent that can only call tools says that it is done, and what it has to say.
pub fn finish() -> ToolDefinition {
    ToolDefinition {
        name: FINISH.to_owned(),
        description:
            "Ends the episode. Call it once everything is done, or cannot be done. What you have to tell the user goes into `answer`."
                .to_owned(),
        parameters: json!({
            "type": "object",
            "properties": {"answer": {"type": "string", "description": "What you tell the user: results, or why something was not done."}},
            "additionalProperties": false,
        }),
    }
}

/// The answer in the arguments of [`FINISH`].
///
/// # Errors
/// What is wrong with the arguments, in words.
pub fn answer(arguments: &Value) -> Result<Option<&str>, String> {
    let Some(members) = arguments.as_object() else { return Err("arguments: expected an object".to_owned()) };
    if let Some(other) = members.keys().find(|name| *name != "answer") {
        return Err(format!("arguments: `{}` is not expected", wardian_format::names::untrusted(other, 60)));
    }
    match members.get("answer") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err("arguments.answer: expected a string".to_owned()),
    }
}
