//! What clients are told: tools with their schemas, prompts, resources.

use super::worlds::Own;
use crate::World;
use rmcp::model::{JsonObject, Prompt, PromptArgument, Resource, Tool, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;
use wardian_model::ToolDefinition;

/// The argument that names the world, in the stateless era …
const HANDLE: &str = "world";
/// … and where a tool of the pack has one of that name already.
const OTHER_HANDLE: &str = "wardian_world";

/// The tools of a world as one era sees them.
pub(super) struct Tools {
    pub(super) list: Vec<Tool>,
    /// The argument that names the world; none in the session era.
    pub(super) handle: Option<&'static str>,
    /// For each tool of the pack: its result is no object, and is told as `{"result": …}`.
    wrapped: Vec<(String, bool)>,
}

impl Tools {
    /// The tools of `world`: with a handle for the stateless era, and with the server's own beyond those that are needed where `extra`.
    pub(super) fn new(world: &World, stateless: bool, extra: bool) -> Self {
        let about = world.about();
        let has_world = |tool: &ToolDefinition| tool.parameters["properties"].get(HANDLE).is_some();
        let handle = stateless.then(|| if about.tools.iter().any(has_world) { OTHER_HANDLE } else { HANDLE });
        let mut list = Vec::new();
        let mut wrapped = Vec::new();
        for ((tool, returns), reads) in about.tools.iter().zip(about.results.iter()).zip(about.reads.iter()) {
            let is_object = returns.as_ref().is_none_or(|schema| schema["type"] == "object");
            wrapped.push((tool.name.clone(), !is_object));
            list.push(of_pack(tool, returns.as_ref(), is_object, *reads, handle));
        }
        let needed = |own: &Own| match own {
            Own::Open | Own::Close => stateless,
            _ => extra,
        };
        list.extend(Own::ALL.into_iter().filter(needed).map(|tool| own(tool, handle)));
        Self { list, handle, wrapped }
    }

    /// True for a tool that is listed.
    pub(super) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|tool| tool.name == name)
    }

    /// `result` of `tool` as structured content, which is an object.
    pub(super) fn structured(&self, tool: &str, result: Value) -> Value {
        let is_wrapped = self.wrapped.iter().any(|(name, wrapped)| *wrapped && name == tool);
        if is_wrapped || !result.is_object() { json!({"result": result}) } else { result }
    }
}

fn object(value: Value) -> Arc<JsonObject> {
    match value {
        Value::Object(members) => Arc::new(members),
        other => Arc::new(JsonObject::from_iter([("type".to_owned(), other)])),
    }
}

/// The schema of parameters with the handle before them.
fn parameters(mut schema: Value, handle: Option<&str>) -> Value {
    let Some(handle) = handle else { return schema };
    let mut properties = json!({handle: {"type": "string", "description": format!("The world, as `{}` named it.", Own::Open.name())}});
    let given = schema["properties"].as_object().cloned().unwrap_or_default();
    given.into_iter().for_each(|(name, property)| properties[name] = property);
    schema["properties"] = properties;
    let mut required = vec![Value::from(handle)];
    required.extend(schema["required"].as_array().into_iter().flatten().cloned());
    schema["required"] = required.into();
    schema
}

fn of_pack(tool: &ToolDefinition, returns: Option<&Value>, is_object: bool, reads: bool, handle: Option<&str>) -> Tool {
    let schema = object(parameters(tool.parameters.clone(), handle));
    let description = if tool.description.is_empty() { tool.name.clone() } else { tool.description.clone() };
    let hints = ToolAnnotations::new().read_only(reads).destructive(!reads).idempotent(reads).open_world(false);
    let out = Tool::new(tool.name.clone(), description, schema).with_annotations(hints);
    match returns {
        None => out,
        Some(schema) if is_object => out.with_raw_output_schema(object(schema.clone())),
        Some(schema) => {
            out.with_raw_output_schema(object(json!({"type": "object", "properties": {"result": schema}, "required": ["result"]})))
        }
    }
}

fn own(own: Own, handle: Option<&str>) -> Tool {
    let task = json!({"type": "string", "description": "The task that is to be done, by its id; without it nothing in particular."});
    let seed = json!({"type": "integer", "minimum": 0, "description": "Seed of generated ids, where there is no task."});
    let (description, properties) = match own {
        Own::Open => {
            ("Opens a world of its own and names it. It is closed when it was not used for long.", json!({"task": task, "seed": seed}))
        }
        Own::Close => ("Closes the world.", json!({})),
        Own::Reset => (
            "Begins anew: the state is that of the beginning, of a task, or of a fork.",
            json!({"task": task, "seed": seed, "fork": {"type": "string", "description": "A fork to go back to."}}),
        ),
        Own::Fork => ("Keeps the state as it is now in another world, and names that.", json!({})),
        Own::Digest => ("The digests of the state: of all of it, and of what counts for grades.", json!({})),
        Own::Diff => ("What differs from the beginning, row by row.", json!({})),
        Own::Grade => (
            "What the episode is worth as it stands, with reasons. Grading changes nothing.",
            json!({"answer": {"type": "string", "description": "What the user was told."}}),
        ),
    };
    let schema = json!({"type": "object", "properties": properties, "additionalProperties": false});
    let schema = if own == Own::Open { schema } else { parameters(schema, handle) };
    let reads = matches!(own, Own::Fork | Own::Digest | Own::Diff | Own::Grade);
    let hints = ToolAnnotations::new().read_only(reads).destructive(!reads).idempotent(reads).open_world(false);
    Tool::new(own.name(), description, object(schema)).with_annotations(hints)
}

/// Where the policy of a world is read.
pub(super) fn policy_uri(world: &World) -> String {
    format!("wardian://{}/policy", world.name())
}

/// Where the ids of the tasks of a world are read.
pub(super) fn tasks_uri(world: &World) -> String {
    format!("wardian://{}/tasks", world.name())
}

/// What can be read.
pub(super) fn resources(world: &World) -> Vec<Resource> {
    let policy = || Resource::new(policy_uri(world), "policy").with_description("The rules for the agent.").with_mime_type("text/markdown");
    let tasks =
        || Resource::new(tasks_uri(world), "tasks").with_description("The ids of the tasks, by split.").with_mime_type("application/json");
    let policy = world.about().policy.is_some().then(policy);
    policy.into_iter().chain((!world.tasks().is_empty()).then(tasks)).collect()
}

/// The text behind an address, and its type.
pub(super) fn read(world: &World, uri: &str) -> Option<(String, &'static str)> {
    if uri == policy_uri(world) {
        return Some((world.about().policy.clone()?, "text/markdown"));
    }
    if uri != tasks_uri(world) || world.tasks().is_empty() {
        return None;
    }
    let ids = |split: &str| world.split(split).into_iter().flatten().map(|task| task.id.clone()).collect::<Vec<_>>();
    let splits: JsonObject = world.splits().map(|(name, _)| (name.to_owned(), json!(ids(name)))).collect();
    Some((Value::Object(splits).to_string(), "application/json"))
}

/// Prompts that can be had.
pub(super) fn prompts(world: &World) -> Vec<Prompt> {
    let id = PromptArgument::new("id").with_description("Id of the task").with_required(true);
    let policy = world.about().policy.is_some().then(|| Prompt::new("policy", Some("The rules for the agent."), None));
    let task = (!world.tasks().is_empty()).then(|| Prompt::new("task", Some("What a task asks for."), Some(vec![id])));
    policy.into_iter().chain(task).collect()
}

/// The words of a prompt.
pub(super) fn prompt(world: &World, name: &str, id: Option<&str>) -> Result<String, String> {
    match name {
        "policy" => world.about().policy.clone().ok_or_else(|| "there is no policy".to_owned()),
        "task" => {
            let id = id.ok_or("the argument `id` is missing")?;
            world.task(id).map(|task| task.user.goal.clone()).ok_or_else(|| "there is no task of that id".to_owned())
        }
        _ => Err("there is no prompt of that name".to_owned()),
    }
}
