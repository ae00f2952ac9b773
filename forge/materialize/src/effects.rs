//! Whether a tool reads or changes something, by its request alone. What is in a pack is counted by what it does there; this is for the
//! tools that are not.

use crate::rpc::class_of;
use crate::words::words;
use wardian_format::CatalogTool;

/// Last words of paths that are asked with a body, and change nothing.
const QUESTIONS: [&str; 16] = [
    "search",
    "query",
    "find",
    "lookup",
    "count",
    "aggregate",
    "filter",
    "scan",
    "select",
    "preview",
    "estimate",
    "validate",
    "check",
    "compare",
    "calculate",
    "free",
];

/// First words of procedures that ask, beside those that the rules know.
const ASKING: [&str; 10] = ["scan", "select", "count", "check", "validate", "info", "history", "test", "head", "lookup"];

/// Does the request of this tool only ask? `GET` and `HEAD` do; so does a procedure whose verb is one of asking, and a `POST` to `/search`.
pub(crate) fn asks(tool: &CatalogTool) -> bool {
    let path = tool.origin.path.as_deref().unwrap_or_default();
    if let Some(procedure) = procedure(tool, path) {
        return words(procedure)
            .iter()
            .filter(|word| *word != "batch" && *word != "transact")
            .find_map(|word| match class_of(word) {
                Some(class) => Some(class == "list" || class == "get"),
                None => ASKING.contains(&word.as_str()).then_some(true),
            })
            .unwrap_or(false);
    }
    match tool.origin.method.as_deref() {
        Some("GET" | "HEAD" | "OPTIONS") => true,
        Some("POST") => {
            let end = path.rsplit(['/', ':']).find(|part| !part.is_empty()).unwrap_or_default();
            words(end).first().is_some_and(|word| QUESTIONS.contains(&word.as_str()))
        }
        Some(_) => false,
        None => words(&tool.name).first().is_some_and(|word| matches!(class_of(word), Some("list" | "get"))),
    }
}

/// What a request without a telling path calls: `ListTables` of `/#Action=ListTables`, `history` of `/conversations.history`; for AWS the name.
fn procedure<'t>(tool: &'t CatalogTool, path: &'t str) -> Option<&'t str> {
    if let Some((_, action)) = path.split_once('#') {
        return Some(action.rsplit(['=', '.']).next().unwrap_or(action));
    }
    if tool.origin.source == "aws" && path.trim_matches('/').is_empty() {
        return Some(&tool.name);
    }
    let end = path.rsplit('/').next().unwrap_or_default();
    let (before, verb) = end.rsplit_once('.')?;
    // A version or a kind of file is no verb: `/v1.0`, `/report.json`.
    let is_verb = !before.is_empty() && !before.contains('{') && verb.len() > 2 && verb.chars().all(|c| c.is_ascii_alphabetic());
    (is_verb && !matches!(verb, "json" | "xml" | "csv" | "php" | "html" | "pdf" | "txt" | "yaml" | "svg" | "png")).then_some(verb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn requests_that_ask() {
        let tool = |source: &str, method: &str, path: &str, name: &str| {
            let origin = json!({"source": source, "provider": "x", "service": "y", "method": method, "path": path});
            let tool = json!({"id": name, "name": name, "parameters": {"type": "object"}, "origin": origin});
            asks(&serde_json::from_value(tool).expect("a tool"))
        };
        let asking = [
            ("openapi", "GET", "/users", "list_users"),
            ("openapi", "POST", "/issues/search", "search_issues"),
            ("openapi", "POST", "/v1/databases/{id}/query", "query_a_database"),
            ("google", "POST", "/calendar/v3/freeBusy", "query_freebusy"),
            ("openapi", "GET", "/api/conversations.history", "conversations_history"),
            ("openapi", "POST", "/#Action=DescribeVpcs", "describe_vpcs"),
            ("aws", "POST", "/", "batch_get_item"),
            ("aws", "POST", "/", "scan"),
        ];
        for (source, method, path, name) in asking {
            assert!(tool(source, method, path, name), "{method} {path} {name}");
        }
        let changing = [
            ("openapi", "POST", "/users", "create_user"),
            ("google", "POST", "/gmail/v1/users/{userId}/messages/{id}/trash", "list_message_trash"),
            ("openapi", "DELETE", "/users/{id}", "delete_user"),
            ("openapi", "POST", "/api/chat.delete", "chat_delete"),
            ("openapi", "POST", "/2010/Accounts/{Sid}/Queues.json", "create_queue"),
            ("aws", "POST", "/", "transact_write_items"),
            ("aws", "PUT", "/{Bucket}", "put_bucket_acl"),
        ];
        for (source, method, path, name) in changing {
            assert!(!tool(source, method, path, name), "{method} {path} {name}");
        }
    }
}
