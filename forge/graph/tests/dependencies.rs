//! Which tool feeds which: small APIs made by hand, a case for each rule.

use serde_json::{Value, json};
use wardian_format::CatalogTool;
use wardian_format::catalog::Origin;
use wardian_graph::dependencies;

/// A tool of one API; `required` are texts, a name that ends in `#` is a number.
fn tool(name: &str, call: Option<(&str, &str)>, required: &[&str], returns: Value) -> CatalogTool {
    let plain = |name: &str| name.trim_end_matches('#').to_owned();
    let schema = |name: &&str| (plain(name), json!({"type": if name.ends_with('#') { "integer" } else { "string" }}));
    let properties: serde_json::Map<String, Value> = required.iter().map(schema).collect();
    let names: Vec<String> = required.iter().map(|name| plain(name)).collect();
    let origin = Origin {
        source: "test".to_owned(),
        provider: "example.com".to_owned(),
        service: "api".to_owned(),
        method: call.map(|(method, _)| method.to_owned()),
        path: call.map(|(_, path)| path.to_owned()),
        ..Origin::default()
    };
    CatalogTool {
        id: format!("example.com/api/{name}"),
        name: name.to_owned(),
        description: String::new(),
        parameters: json!({"type": "object", "properties": properties, "required": names}).into(),
        returns: Some(object(returns).into()),
        origin,
    }
}

/// A schema from an example: texts, numbers, lists and objects.
fn object(example: Value) -> Value {
    match example {
        Value::Object(members) => {
            let members: serde_json::Map<String, Value> = members.into_iter().map(|(name, member)| (name, object(member))).collect();
            json!({"type": "object", "properties": members})
        }
        Value::Array(mut items) => json!({"type": "array", "items": object(items.pop().unwrap_or(Value::Null))}),
        Value::Number(_) => json!({"type": "integer"}),
        Value::Bool(_) => json!({"type": "boolean"}),
        _ => json!({"type": "string"}),
    }
}

/// Every key of every edge as `from > to: why`.
fn edges(tools: &[CatalogTool]) -> Vec<String> {
    let short = |id: &str| id.rsplit('/').next().unwrap_or_default().to_owned();
    let (edges, _) = dependencies(tools);
    edges.iter().flat_map(|edge| edge.why.iter().map(|why| format!("{} > {}: {why}", short(&edge.from), short(&edge.to)))).collect()
}

#[test]
fn a_path_parameter_is_a_member_of_the_collection_before_it() {
    let tools = [
        tool("list_orders", Some(("GET", "/v1/orders")), &[], json!({"total": 1, "items": [{"id": "x", "customer": {"id": "y"}}]})),
        tool("create_order", Some(("POST", "/v1/orders")), &["sku"], json!({"id": "x", "sku": "y"})),
        tool("cancel_order", Some(("POST", "/v1/orders/{orderId}/cancel")), &["orderId"], json!({"id": "x"})),
        tool("delete_order", Some(("DELETE", "/v1/orders/{id}")), &["id"], json!({})),
    ];
    let expected = [
        "create_order > cancel_order: order|id: id → orderId",
        "create_order > delete_order: order|id: id → id",
        "list_orders > cancel_order: order|id: items.id → orderId",
        "list_orders > delete_order: order|id: items.id → id",
    ];
    assert_eq!(edges(&tools), expected);
}

#[test]
fn numbers_do_not_feed_texts() {
    let list = tool("list_orders", Some(("GET", "/orders")), &[], json!([{"id": 1}]));
    let text = tool("get_order", Some(("GET", "/orders/{id}")), &["id"], json!({"id": 1}));
    let number = tool("delete_order", Some(("DELETE", "/orders/{id}")), &["id#"], json!({}));
    assert_eq!(edges(&[list, text, number]), ["list_orders > delete_order: order|id: id → id"]);
}

#[test]
fn calls_without_paths_meet_by_entity_and_kind() {
    let tools = [
        tool("ListQueues", None, &[], json!({"QueueUrls": ["x"], "NextToken": "y"})),
        tool("SendMessage", None, &["QueueUrl", "MessageBody"], json!({"MessageId": "x"})),
        tool("ReceiveMessage", None, &["QueueUrl"], json!({"Messages": [{"MessageId": "x", "ReceiptHandle": "y"}]})),
        tool("DeleteMessage", None, &["QueueUrl", "ReceiptHandle"], json!({})),
        tool("ContinueMessages", None, &["NextToken"], json!({})),
    ];
    let expected = [
        "ListQueues > DeleteMessage: queue|url: QueueUrls → QueueUrl",
        "ListQueues > ReceiveMessage: queue|url: QueueUrls → QueueUrl",
        "ListQueues > SendMessage: queue|url: QueueUrls → QueueUrl",
        "ReceiveMessage > DeleteMessage: receipt|handle: Messages.ReceiptHandle → ReceiptHandle",
    ];
    assert_eq!(edges(&tools), expected);
}

#[test]
fn the_name_of_a_running_operation_is_not_that_of_its_object() {
    let operation = json!({"name": "x", "done": true, "metadata": {}, "response": {}});
    let tools = [
        tool("create_cluster", Some(("POST", "/v1/projects/{projectsId}/clusters")), &["parent"], operation),
        tool("delete_cluster", Some(("DELETE", "/v1/projects/{projectsId}/clusters/{clustersId}")), &["name"], json!({})),
        tool("get_operation", Some(("GET", "/v1/projects/{projectsId}/operations/{operationsId}")), &["name"], json!({"name": "x"})),
    ];
    assert_eq!(edges(&tools), ["create_cluster > get_operation: operation|name: name → name"]);
}

#[test]
fn labels_pages_and_what_everything_has_do_not_glue() {
    let thing = || json!([{"id": "x", "webId": "y", "displayName": "z"}]);
    let mut tools: Vec<CatalogTool> = ["pumps", "tanks", "pipes", "valves"]
        .iter()
        .map(|name| tool(&format!("list_{name}"), Some(("GET", &format!("/{name}"))), &[], thing()))
        .collect();
    tools.push(tool("read_history", Some(("GET", "/histories/{webId}")), &["webId", "displayName", "page_token", "request_id"], json!({})));
    assert_eq!(edges(&tools), [""; 0]);
}

#[test]
fn of_two_things_with_one_name_the_nearer_counts_or_none() {
    let lists = [
        tool("list_post_comments", Some(("GET", "/posts/{post_id}/comments")), &["post_id"], json!([{"id": "x"}])),
        tool("list_file_comments", Some(("GET", "/files/{file_id}/comments")), &["file_id"], json!([{"id": "x"}])),
    ];
    let near = tool("flag_comment", Some(("POST", "/posts/flags/{comment_id}/flag")), &["comment_id"], json!({}));
    let found = edges(&[lists[0].clone(), lists[1].clone(), near]);
    assert_eq!(found, ["list_post_comments > flag_comment: comment|id: id → comment_id"]);
    let far = tool("ban_author", Some(("POST", "/authors/bans")), &["comment_id"], json!({}));
    assert_eq!(edges(&[lists[0].clone(), lists[1].clone(), far]), [""; 0]);
}

#[test]
fn what_most_tools_need_comes_from_the_tool_that_creates_it() {
    let mut tools = vec![
        tool("create_site", Some(("POST", "/sites")), &[], json!({"id": "x"})),
        tool("list_sites", Some(("GET", "/sites")), &[], json!([{"id": "x"}])),
    ];
    for name in ["lamps", "doors", "locks", "walls", "roofs", "rooms", "desks", "gates", "pools"] {
        tools.push(tool(&format!("list_{name}"), Some(("GET", &format!("/sites/{{site_id}}/{name}"))), &["site_id"], json!([{"size": 1}])));
    }
    let found = edges(&tools);
    assert_eq!(found.len(), 9);
    assert!(found.iter().all(|edge| edge.starts_with("create_site > ") && edge.ends_with(": site|id: id → site_id")), "{found:?}");
    let (_, coverage) = dependencies(&tools);
    assert_eq!((coverage.inputs, coverage.context, coverage.filled), (9, 9, 0));
}

#[test]
fn odd_paths_and_schemas_do_no_harm() {
    let paths = ["", "/", "{", "/{}", "/a/{b", "/a/{b}{c}/{d}.json", "/x('{id}')", "/{+name}:verb", "://?#", "/ä/{ö}/🙂"];
    let mut tools: Vec<CatalogTool> = paths
        .iter()
        .enumerate()
        .map(|(i, path)| tool(&format!("t{i}"), Some(("POST", path)), &["id", "name"], json!({"id": "x"})))
        .collect();
    tools[0].parameters = json!({"required": [1, null], "properties": {"id": 3, "": {"type": [null]}}}).into();
    tools[1].returns = Some(json!({"items": {"items": {"properties": {"id": true}}}, "properties": []}).into());
    tools[2].parameters = json!(null).into();
    dependencies(&tools);
}
