//! Errors in the API's own shape: declared in a description, seen by an agent. The oracle is the schema as the description has it.

use serde_json::{Value, json};
use std::path::Path;
use wardian_catalog::{Document, ImportOptions, import};
use wardian_env::{Env, EpisodeContext, Runtime};
use wardian_format::graph::Domain;
use wardian_format::pack::Role;
use wardian_format::{CallRecord, CatalogTool, Outcome};
use wardian_materialize::{Materialized, Options, materialize};

fn world(tools: &[CatalogTool], runtime: &Runtime) -> (Materialized, Env) {
    let mut ids: Vec<String> = tools.iter().map(|tool| tool.id.clone()).collect();
    ids.sort();
    let domain = Domain { name: "test".to_owned(), title: "Test".to_owned(), description: String::new(), terms: Vec::new(), tools: ids };
    let world = materialize(&domain, tools, &Options::default(), runtime).expect("the host works");
    let pack = runtime.load(world.pack.clone().expect("a pack"), "test").expect("it loads");
    let env = pack.env(&EpisodeContext { seed: 1, now: Options::default().now }).expect("an episode");
    (world, env)
}

fn read(name: &str, document: &Value) -> Vec<CatalogTool> {
    import(&[Document::new(name, document.to_string().into_bytes())], &ImportOptions::default()).tools
}

/// Boxes that can be listed, made, seen and thrown away. Every operation declares `responses` beside its success.
fn boxes(responses: &Value) -> Vec<CatalogTool> {
    let thing = json!({"type": "object", "required": ["id", "label"], "properties": {
        "id": {"type": "integer"}, "label": {"type": "string"}, "status": {"type": "string", "enum": ["open", "archived"]}}});
    let id = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]);
    let content = |schema: &Value| json!({"description": "ok", "content": {"application/json": {"schema": schema}}});
    let with = |status: &str, answer: Value| {
        let mut all = responses.clone();
        all[status] = answer;
        all
    };
    let list = json!({"type": "array", "items": thing});
    let body = json!({"content": {"application/json": {"schema": {"type": "object", "required": ["label"], "properties": {"label": {"type": "string"}}}}}});
    let document = json!({
        "openapi": "3.0.0", "info": {"title": "Boxes", "version": "1"}, "servers": [{"url": "https://boxes.example.com"}],
        "paths": {
            "/boxes": {
                "get": {"operationId": "list_boxes", "responses": with("200", content(&list))},
                "post": {"operationId": "create_box", "requestBody": body, "responses": with("201", content(&thing))}},
            "/boxes/{id}": {
                "parameters": id,
                "get": {"operationId": "get_box", "responses": with("200", content(&thing))},
                "delete": {"operationId": "delete_box", "responses": with("204", json!({"description": "gone"}))}},
            "/boxes/{id}/archive": {
                "parameters": id,
                "post": {"operationId": "archive_box", "responses": with("200", content(&thing))}}}});
    let tools = read("boxes.json", &document);
    assert_eq!(tools.len(), 5, "every operation is imported, whatever its errors are");
    tools
}

fn answer(schema: &Value) -> Value {
    json!({"description": "no", "content": {"application/json": {"schema": schema}}})
}

fn call(env: &mut Env, tool: &str, arguments: Value) -> CallRecord {
    env.call(Role::Agent, tool, &arguments).expect("the host works")
}

/// What the agent is shown of a call that fails, its code, and the sentence.
fn failing(env: &mut Env, tool: &str, arguments: Value) -> (Value, &'static str, String) {
    let record = call(env, tool, arguments);
    match &record.outcome {
        Outcome::ToolError { code, message } => (record.observation(), code.word(), message.clone()),
        Outcome::InvalidArguments { message } => (record.observation(), "arguments", message.clone()),
        other => panic!("{tool}: {other:?}"),
    }
}

fn holds(schema: &Value, shown: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(schema).expect("a schema");
    validator.validate(shown).map_err(|error| format!("{shown}: {error}"))
}

#[test]
fn a_flat_body_has_sentence_and_status() {
    let error = json!({"title": "Basic Error", "type": "object", "additionalProperties": false, "properties": {
        "message": {"type": "string", "description": "what went wrong"}, "documentation_url": {"type": "string"},
        "url": {"type": "string"}, "status": {"type": "string"}}});
    let tools = boxes(&json!({"404": answer(&error), "409": answer(&error), "422": answer(&error)}));
    let (world, mut env) = world(&tools, &Runtime::new().expect("the engine starts"));
    assert_eq!(world.report.self_checks.error_shapes, 5);
    let (shown, code, sentence) = failing(&mut env, "get_box", json!({"id": 987_654}));
    assert_eq!((code, &shown), ("not_found", &json!({"message": sentence, "status": "404"})));
    assert!(sentence.contains("987654"), "{sentence}");
    holds(&error, &shown).expect("as declared");
    let id = call(&mut env, "create_box", json!({"label": "tea"})).observation()["id"].clone();
    assert!(call(&mut env, "archive_box", json!({"id": id})).outcome.is_ok());
    let (shown, code, sentence) = failing(&mut env, "archive_box", json!({"id": id}));
    assert_eq!((code, &shown), ("conflict", &json!({"message": sentence, "status": "409"})));
    let (shown, code, sentence) = failing(&mut env, "create_box", json!({"label": 7}));
    assert_eq!((code, shown), ("arguments", json!({"message": sentence, "status": "422"})));
}

#[test]
fn a_list_of_errors_has_one() {
    let item = json!({"type": "object", "required": ["title", "status", "id"], "properties": {
        "id": {"type": "string"}, "title": {"type": "string"}, "detail": {"type": "string"}, "status": {"type": "string", "pattern": "^4"},
        "source": {"type": "object", "properties": {"pointer": {"type": "string"}}}}});
    let error =
        json!({"type": "object", "required": ["errors"], "properties": {"errors": {"type": "array", "minItems": 1, "items": item}}});
    let (_, mut env) = world(&boxes(&json!({"default": answer(&error)})), &Runtime::new().expect("the engine starts"));
    let (shown, _, sentence) = failing(&mut env, "delete_box", json!({"id": 987_654}));
    assert_eq!(shown, json!({"errors": [{"id": "", "title": "Not Found", "detail": sentence, "status": "404"}]}));
    holds(&error, &shown).expect("as declared");
}

#[test]
fn an_envelope_with_a_code_respects_its_words() {
    let inner = json!({"type": "object", "required": ["code", "message", "time", "retry"], "properties": {
        "code": {"type": "string", "enum": ["INVALID_ARGUMENT", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED"]},
        "message": {"type": "string", "maxLength": 60}, "time": {"type": "string", "format": "date-time"}, "retry": {"type": "boolean"}}});
    let error = json!({"type": "object", "required": ["error"], "properties": {"error": inner}});
    let (_, mut env) = world(&boxes(&json!({"4XX": answer(&error)})), &Runtime::new().expect("the engine starts"));
    for (tool, arguments, code) in
        [("get_box", json!({"id": 987_654}), "NOT_FOUND"), ("create_box", json!({"label": []}), "INVALID_ARGUMENT")]
    {
        let (shown, _, sentence) = failing(&mut env, tool, arguments);
        assert_eq!(shown["error"]["code"], code);
        assert_eq!(shown["error"]["time"], Options::default().now);
        let said = shown["error"]["message"].as_str().expect("a text");
        assert!(sentence.starts_with(said.trim_end_matches('…')), "{said} of {sentence}");
        holds(&error, &shown).expect("as declared");
    }
}

#[test]
fn what_cannot_hold_a_sentence_is_no_shape_and_takes_no_tool_away() {
    let numbers = json!({"type": "object", "properties": {"code": {"type": "integer"}}});
    for responses in [
        json!({"404": answer(&numbers)}),
        json!({"404": {"description": "no"}}),
        json!({"404": answer(&json!({"$ref": "#/components/schemas/Gone"}))}),
        json!({"404": answer(&json!({"type": 5}))}),
        json!({"404": 7}),
    ] {
        let (world, mut env) = world(&boxes(&responses), &Runtime::new().expect("the engine starts"));
        assert_eq!((world.report.tools_out, world.report.self_checks.error_shapes), (5, 0), "{responses}");
        assert!(world.sources.expect("sources").get("errors.json").is_none());
        let (shown, _, sentence) = failing(&mut env, "get_box", json!({"id": 987_654}));
        assert_eq!(shown, json!({"error": {"code": "not_found", "message": sentence}}));
    }
}

#[test]
fn exceptions_of_aws_have_their_names() {
    let exception = |status: u16| json!({"type": "structure", "members": {"message": {"shape": "Text"}}, "error": {"httpStatusCode": status}, "exception": true});
    let errors = json!([{"shape": "LimitExceeded"}, {"shape": "QueueInUseException"}, {"shape": "QueueNotFoundException"}]);
    let operation = |name: &str| json!({"name": name, "http": {"method": "POST", "requestUri": "/"}, "errors": errors});
    let with = |name: &str, input: &str, output: Option<&str>| {
        let mut out = operation(name);
        out["input"] = json!({"shape": input});
        out["output"] = output.map_or(Value::Null, |shape| json!({"shape": shape}));
        out
    };
    let keyed = json!({"type": "structure", "required": ["QueueName"], "members": {"QueueName": {"shape": "Text"}}});
    let document = |protocol: &str| {
        json!({
            "version": "2.0",
            "metadata": {"serviceId": "Queues", "endpointPrefix": "queues", "protocol": protocol, "apiVersion": "2020-01-01"},
            "operations": {
                "CreateQueue": with("CreateQueue", "CreateRequest", Some("One")), "DescribeQueue": with("DescribeQueue", "Key", Some("One")),
                "DeleteQueue": with("DeleteQueue", "Key", None), "ListQueues": with("ListQueues", "Nothing", Some("Many"))},
            "shapes": {
                "Text": {"type": "string"}, "Nothing": {"type": "structure", "members": {}}, "Key": keyed,
                "CreateRequest": {"type": "structure", "required": ["QueueName"], "members": {"QueueName": {"shape": "Text"}, "Note": {"shape": "Text"}}},
                "Queue": {"type": "structure", "members": {"QueueName": {"shape": "Text"}, "Note": {"shape": "Text"}}},
                "One": {"type": "structure", "members": {"Queue": {"shape": "Queue"}}},
                "Queues": {"type": "list", "member": {"shape": "Queue"}},
                "Many": {"type": "structure", "members": {"Queues": {"shape": "Queues"}}},
                "LimitExceeded": exception(400), "QueueInUseException": exception(400), "QueueNotFoundException": exception(404)}})
    };
    let missing = |protocol: &str| {
        let (_, mut env) = world(&read("service-2.json", &document(protocol)), &Runtime::new().expect("the engine starts"));
        failing(&mut env, "describe_queue", json!({"QueueName": "nowhere"}))
    };
    let (shown, _, sentence) = missing("json");
    assert_eq!(shown, json!({"__type": "QueueNotFoundException", "message": sentence}));
    let (shown, _, sentence) = missing("query");
    assert_eq!(shown, json!({"Error": {"Code": "QueueNotFoundException", "Message": sentence}}));
}

#[expect(clippy::disallowed_methods, reason = "a test opens files")]
fn embedded() -> Vec<CatalogTool> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/apis");
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").map(|f| f.expect("it can be read").path()).collect();
    paths.sort();
    let document = |path: &std::path::PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name").to_owned();
        Document::new(name, std::fs::read(path).expect("it can be read"))
    };
    import(&paths.iter().map(document).collect::<Vec<_>>(), &ImportOptions::default()).tools
}

/// `arguments` spoiled in each of several ways: nothing at all, and every one with a value that nothing has.
fn spoiled(arguments: &Value) -> Vec<Value> {
    let mut out = vec![json!({}), json!({"nobody_takes_this": 1})];
    for (name, value) in arguments.as_object().into_iter().flatten() {
        let other = match value {
            Value::String(_) => json!("no-such-thing-0000"),
            Value::Number(_) => json!(987_654_321),
            _ => json!("neither"),
        };
        let mut arguments = arguments.clone();
        arguments[name] = other;
        out.push(arguments);
    }
    out
}

/// Every failing call of every tool of the embedded catalogue: in a declared shape, and with the sentence.
#[test]
fn failing_calls_of_the_embedded_catalogue_are_as_declared() {
    let tools = embedded();
    let graph = wardian_graph::build(&tools, &wardian_graph::GraphOptions { size_max: 40, ..wardian_graph::GraphOptions::default() });
    let runtime = Runtime::new().expect("the engine starts");
    let (mut seen, mut with_shape, mut plain) = (0, 0, 0);
    for domain in &graph.domains {
        let world = materialize(domain, &tools, &Options::default(), &runtime).expect("the host works");
        let Some(bytes) = world.pack else { continue };
        let pack = runtime.load(bytes, &domain.name).expect("it loads");
        let base = pack.env(&EpisodeContext { seed: 1, now: Options::default().now }).expect("an episode");
        for example in &world.report.examples {
            let spec = pack.manifest().tool(&example.tool).expect("the tool");
            let tool = tools.iter().find(|tool| Some(&tool.id) == spec.catalog_id.as_ref()).expect("its description");
            let declared: Vec<Value> = tool.origin.error_schemas.iter().map(|error| error.schema.to_value()).collect();
            with_shape += usize::from(!declared.is_empty());
            for arguments in spoiled(&example.arguments) {
                let record = call(&mut base.clone(), &example.tool, arguments.clone());
                let (Outcome::ToolError { message, .. } | Outcome::InvalidArguments { message }) = &record.outcome else { continue };
                let shown = record.observation();
                if declared.is_empty() {
                    assert!(record.body.is_none() && shown["error"]["message"] == message.as_str());
                    plain += 1;
                    continue;
                }
                assert!(
                    declared.iter().any(|schema| holds(schema, &shown).is_ok()),
                    "{} {arguments}: {shown} of {declared:?}",
                    example.tool
                );
                let head: String = message.chars().take(30).collect();
                assert!(
                    shown.to_string().contains(json!(head).to_string().trim_matches('"')),
                    "{}: {shown} without {message}",
                    example.tool
                );
                seen += 1;
            }
        }
    }
    println!("{seen} failing calls of {with_shape} tools with a shape, {plain} of others");
    assert!(seen > 100 && plain > 100, "{seen} shaped and {plain} plain errors");
}
