//! What several tests read and write: folders of text files, trajectories.

use std::path::Path;
use wardian_format::pack::Role;
use wardian_format::trajectory::{Certificate, EndReason, Message, TRAJECTORY_FORMAT, ToolCall, Trajectory, Usage};
use wardian_format::{CallRecord, json};

/// The text files of a folder and those below it, by path within it.
///
/// # Panics
/// When something in it cannot be read, or is not text.
#[expect(clippy::disallowed_methods, reason = "tests read the sources of the packs that they compile")]
pub fn text_files(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            files.extend(text_files(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
        } else {
            files.push((name, std::fs::read_to_string(&path).expect("text")));
        }
    }
    files
}

/// The trajectory of an episode in which `calls`, with their arguments as text, came to `records`. The dialogue shows those of the agent.
///
/// # Panics
/// When a record has no canonical observation.
pub fn trajectory(certificate: Certificate, calls: &[(Role, &str, &str)], records: Vec<CallRecord>) -> Trajectory {
    let mut messages = vec![Message::User { content: "please".to_owned() }];
    for (index, ((role, tool, arguments), record)) in calls.iter().zip(&records).enumerate() {
        if *role == Role::Agent {
            let id = format!("call-{index}");
            let call = ToolCall { id: id.clone(), name: (*tool).to_owned(), arguments: (*arguments).to_owned() };
            let content = json::canonical(&record.observation()).expect("canonical");
            messages.push(Message::Assistant { content: None, reasoning: None, tool_calls: vec![call] });
            messages.push(Message::Tool { tool_call_id: id, name: (*tool).to_owned(), content });
        }
    }
    Trajectory {
        format: TRAJECTORY_FORMAT,
        id: "t/a/0".to_owned(),
        task: "t".to_owned(),
        agent: "scripted".to_owned(),
        user: "scripted".to_owned(),
        trial: 0,
        fork: None,
        tools: Vec::new(),
        messages,
        setup: Vec::new(),
        calls: records,
        end: EndReason::UserDone,
        usage: Usage::default(),
        certificate,
        verdict: None,
    }
}
