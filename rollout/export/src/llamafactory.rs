//! The sharegpt form of LLaMA-Factory. Source: `SharegptDatasetConverter`, `FunctionFormatter` and the templates of the package
//! `llamafactory` 0.9.5. What it reads: human or observation and gpt or function_call by turns, an even number of them.

use crate::Refusal;
use crate::provenance::metadata;
use crate::talk::{Talk, object, role};
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;
use wardian_model::ToolDefinition;

/// What it puts between the results of parallel calls, which have to be one observation. It does the same with OpenAI's messages; the seam
/// is that of templates that wrap results in `<tool_response>`, as those of Qwen and Hermes do.
const SEAM: &str = "\n</tool_response>\n<tool_response>\n";

/// What stands around calls that follow text or reasoning in one turn.
const CALLS: (&str, &str) = ("<tool_call>", "</tool_call>");

/// `dataset_info.json` for files of this form: name of the dataset → name of the file in the same folder.
pub fn dataset_info<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Map<String, Value> {
    let columns = json!({"messages": "conversations", "system": "system", "tools": "tools"});
    let tags = json!({
        "role_tag": "from", "content_tag": "value", "user_tag": "human", "assistant_tag": "gpt",
        "observation_tag": "observation", "function_tag": "function_call", "system_tag": "system",
    });
    let entry = |file: &str| json!({"file_name": file, "formatting": "sharegpt", "columns": columns, "tags": tags});
    files.into_iter().map(|(name, file)| (name.to_owned(), entry(file))).collect()
}

/// The row, and how many messages after the agent's last turn are cut, which it could only drop with the rest.
pub(crate) fn row(talk: &Talk<'_>) -> Result<(Value, usize), Refusal> {
    if let Some(message) = talk.masked() {
        return Err(Refusal::MaskedTurn { message });
    }
    talk.check_answers()?;
    let cut = talk.tail();
    let end = talk.trajectory.messages.len() - cut;
    let mut system = "";
    let mut turns: Vec<Value> = Vec::new();
    for (index, message) in talk.messages().take(end) {
        let (from, value) = match message {
            Message::System { content } if index == 0 => {
                system = content;
                continue;
            }
            Message::System { .. } => return Err(Refusal::Alternation { message: index, role: "system" }),
            Message::User { content } => ("human", content.clone()),
            Message::Assistant { .. } => agent(talk, index, message)?,
            // The first answer of a turn stands for all of them.
            Message::Tool { .. } => match &talk.trajectory.messages[index - 1] {
                Message::Tool { .. } => continue,
                Message::Assistant { tool_calls, .. } => ("observation", talk.answers(index - 1, tool_calls)?.join(SEAM)),
                other => return Err(Refusal::Alternation { message: index, role: role(other) }),
            },
        };
        let by_user = matches!(from, "human" | "observation");
        if by_user != turns.len().is_multiple_of(2) {
            return Err(Refusal::Alternation { message: index, role: role(message) });
        }
        turns.push(json!({"from": from, "value": value}));
    }
    let tools: Vec<Value> = talk.tools.iter().map(tool).collect();
    let tools = if tools.is_empty() { String::new() } else { Value::Array(tools).to_string() };
    // As text, since the columns of a struct are those of the first rows.
    Ok((json!({"conversations": turns, "system": system, "tools": tools, "metadata": metadata(talk).to_string()}), cut))
}

fn tool(tool: &ToolDefinition) -> Value {
    json!({"name": tool.name, "description": tool.description, "parameters": tool.parameters})
}

/// A turn of the agent: who speaks, and what.
fn agent(talk: &Talk<'_>, index: usize, message: &Message) -> Result<(&'static str, String), Refusal> {
    let Message::Assistant { content, reasoning, tool_calls } = message else { return Err(Refusal::EmptyTurn { message: index }) };
    let thought = talk.reasoning(reasoning).map(|text| format!("<think>\n{text}\n</think>\n\n")).unwrap_or_default();
    let text = content.as_deref().unwrap_or_default();
    if tool_calls.is_empty() {
        return if text.is_empty() && thought.is_empty() {
            Err(Refusal::EmptyTurn { message: index })
        } else {
            Ok(("gpt", thought + text))
        };
    }
    let calls = calls(tool_calls)?;
    let before = thought + text;
    if before.is_empty() {
        return Ok(("function_call", calls));
    }
    if let Some(word) = [CALLS.0, CALLS.1].into_iter().find(|word| before.contains(word)) {
        return Err(Refusal::ReservedWord { message: index, word });
    }
    let gap = if text.is_empty() { "" } else { "\n" };
    Ok(("function_call", format!("{before}{gap}{}{calls}{}", CALLS.0, CALLS.1)))
}

/// One call as an object, several as a list. `<` is escaped, so that no text in an argument is taken for a mark.
fn calls(calls: &[ToolCall]) -> Result<String, Refusal> {
    let mut all = calls.iter().map(|c| Ok(json!({"name": c.name, "arguments": object(c)?}))).collect::<Result<Vec<Value>, Refusal>>()?;
    let value = if all.len() == 1 { all.remove(0) } else { Value::Array(all) };
    Ok(value.to_string().replace('<', "\\u003c"))
}
