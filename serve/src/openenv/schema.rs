//! What `/schema` and `/openapi.json` say. `verifiers` reads the title of the action to know that tools can be listed; the validator holds what it
//! sees against the schemas.

use serde_json::{Value, json};

/// The kinds of errors of tools.
const ERRORS: [&str; 5] = ["execution_error", "invalid_args", "transport_error", "tool_not_found", "timeout"];

/// `/schema`.
pub(super) fn schemas() -> Value {
    json!({"action": action(), "observation": observation(), "reset_observation": reset_observation(), "state": state()})
}

fn metadata() -> Value {
    json!({"type": "object", "title": "Metadata", "additionalProperties": true})
}

fn reward() -> Value {
    json!({"anyOf": [{"type": "boolean"}, {"type": "integer"}, {"type": "number"}, {"type": "null"}], "default": null, "title": "Reward"})
}

fn action() -> Value {
    json!({
        "title": "CallToolAction",
        "description": "Calls a tool. The list of tools is asked for with {\"type\": \"list_tools\"}; `wardian_finish` ends the episode.",
        "type": "object", "additionalProperties": false,
        "properties": {
            "metadata": metadata(),
            "type": {"const": "call_tool", "default": "call_tool", "title": "Type", "type": "string"},
            "tool_name": {"title": "Tool Name", "type": "string"},
            "arguments": {"additionalProperties": true, "title": "Arguments", "type": "object"},
        },
        "required": ["tool_name"],
    })
}

fn observation() -> Value {
    json!({
        "title": "CallToolObservation", "type": "object", "additionalProperties": false,
        "$defs": {
            "ToolErrorType": {"enum": ERRORS, "title": "ToolErrorType", "type": "string"},
            "ToolError": {
                "title": "ToolError", "type": "object", "additionalProperties": false, "required": ["error_type", "message"],
                "properties": {"error_type": {"$ref": "#/$defs/ToolErrorType"}, "message": {"type": "string", "title": "Message"}},
            },
        },
        "properties": {
            "done": {"default": false, "type": "boolean", "title": "Done"},
            "reward": reward(),
            "metadata": metadata(),
            "tool_name": {"type": "string", "title": "Tool Name"},
            "result": {"default": null, "title": "Result"},
            "error": {"anyOf": [{"$ref": "#/$defs/ToolError"}, {"type": "null"}], "default": null},
        },
        "required": ["tool_name"],
    })
}

fn reset_observation() -> Value {
    json!({
        "title": "Observation", "type": "object", "additionalProperties": false,
        "properties": {
            "done": {"default": false, "type": "boolean", "title": "Done"},
            "reward": reward(),
            "metadata": metadata(),
            "system": {"type": "string", "title": "System", "description": "The rules for the agent."},
            "prompt": {"type": "string", "title": "Prompt", "description": "What is to be done, with all that the user knows."},
        },
    })
}

fn state() -> Value {
    json!({
        "title": "State", "type": "object", "additionalProperties": true,
        "properties": {
            "episode_id": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": null, "title": "Episode Id"},
            "step_count": {"default": 0, "minimum": 0, "type": "integer", "title": "Step Count"},
            "seed": {"type": "integer", "title": "Seed", "description": "Of the ids that tools generate."},
            "task": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Task"},
            "digest": {"type": "string", "title": "Digest", "description": "SHA-256 of the whole state."},
            "done": {"type": "boolean", "title": "Done"},
        },
    })
}

/// `/openapi.json`: the routes of OpenEnv's HTTP interface.
pub(super) fn openapi() -> Value {
    let body = |schema: Value| json!({"content": {"application/json": {"schema": schema}}});
    let answers =
        |schema: Value| json!({"200": {"description": "Successful Response", "content": {"application/json": {"schema": schema}}}});
    let object = || json!({"type": "object"});
    let get = |id: &str| json!({"get": {"operationId": id, "responses": answers(object())}});
    let post = |id: &str, schema: Value| json!({"post": {"operationId": id, "requestBody": body(schema), "responses": answers(object())}});
    let split = |more: Value| {
        let mut properties = json!({"split": {"type": "string"}});
        more.as_object().into_iter().flatten().for_each(|(name, schema)| properties[name] = schema.clone());
        json!({"type": "object", "properties": properties, "required": ["split"]})
    };
    let integer = || json!({"type": "integer"});
    json!({
        "openapi": "3.1.0",
        "info": {"title": "OpenEnv Environment HTTP API", "version": "1.0.0", "description": "Sessions are sockets at `/ws`; /reset and /step are stateless."},
        "paths": {
            "/health": get("endpoint_health_get"), "/metadata": get("endpoint_metadata_get"), "/schema": get("get_schemas_schema_get"),
            "/state": get("endpoint_state_get"), "/list_environments": get("list_environments_list_environments_get"),
            "/reset": post("reset_reset_post", json!({"type": "object", "additionalProperties": true, "properties": {
                "seed": {"type": "integer", "minimum": 0}, "episode_id": {"type": "string"}, "task": {"type": "string"},
                "split": {"type": "string"}, "index": integer(),
            }})),
            "/step": post("step_step_post", json!({"type": "object", "properties": {"action": action()}, "required": ["action"]})),
            "/mcp": post("mcp_endpoint_mcp_post", object()),
            "/{env_name}/splits": get("list_splits__env_name__splits_get"),
            "/{env_name}/tasks": post("list_tasks__env_name__tasks_post", split(json!({}))),
            "/{env_name}/num_tasks": post("num_tasks__env_name__num_tasks_post", split(json!({}))),
            "/{env_name}/task": post("get_task__env_name__task_post", split(json!({"index": integer()}))),
            "/{env_name}/task_range": post("get_task_range__env_name__task_range_post", split(json!({"start": integer(), "stop": integer()}))),
        },
    })
}
