//! What a tool is embedded by.

use serde_json::json;
use wardian_embed::text;
use wardian_format::CatalogTool;

fn tool(name: &str, description: &str, parameters: &[&str]) -> CatalogTool {
    let properties: serde_json::Map<String, serde_json::Value> =
        parameters.iter().map(|p| ((*p).to_owned(), json!({"description": "hidden"}))).collect();
    let record = json!({
        "id": "secretvendor/secretservice/x", "name": name, "description": description,
        "parameters": {"type": "object", "properties": properties},
        "origin": {"source": "secretsource", "provider": "secretvendor", "service": "secretservice", "path": "/secretpath", "tags": ["secrettag"]},
    });
    serde_json::from_value(record).expect("a tool")
}

#[test]
fn name_description_and_parameters_in_words() {
    let tool = tool("listIssuesForRepo", "Lists  the\n issues", &["repoOwner", "page_size"]);
    assert_eq!(text(&tool), "list issues for repo. Lists the issues. repo owner, page size");
    assert!(!text(&tool).contains("secret") && !text(&tool).contains("hidden"));
}

#[test]
fn parts_that_are_missing_leave_no_trace() {
    assert_eq!(text(&tool("ping", "", &[])), "ping.");
    assert_eq!(text(&tool("ping", "Are you there?", &[])), "ping. Are you there?");
    let mut bare = tool("ping", "", &[]);
    bare.parameters = json!({"type": "object"}).into();
    assert_eq!(text(&bare), "ping.");
}

#[test]
fn long_parts_are_cut_between_words() {
    let long = text(&tool("x", &"word ".repeat(1000), &[]));
    assert!(long.ends_with(" word."), "{long}");
    assert_eq!(long.chars().count(), "x. ".len() + 319 + 1);
    let unbroken = text(&tool("x", &"字".repeat(1000), &[]));
    assert_eq!(unbroken.chars().count(), 3 + 320 + 1);
    let names: Vec<String> = (0..40).map(|i| format!("p{i}")).collect();
    let many = text(&tool("x", "", &names.iter().map(String::as_str).collect::<Vec<_>>()));
    assert!(many.ends_with("p14, p15"), "{many}");
}
