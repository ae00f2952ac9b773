//! Every format, and every kind of bad input.

use serde_json::{Value, json};
use wardian_catalog::{Document, Import, ImportOptions, embedded, import};
use wardian_format::CatalogTool;
use wardian_format::catalog::Place;

fn read(name: &str, content: &str) -> Import {
    import(&[Document::new(name, content.as_bytes().to_vec())], &ImportOptions::default())
}

fn read_json(content: &Value) -> Import {
    read("api.json", &content.to_string())
}

fn only(import: &Import) -> &CatalogTool {
    assert_eq!((import.tools.len(), &import.skipped), (1, &Vec::new()));
    &import.tools[0]
}

/// An OpenAPI 3 document with one GET operation and the given components.
fn api(returns: Value, schemas: Value) -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "Pets"},
        "servers": [{"url": "https://api.pets.example/v1"}],
        "paths": {"/pets/{id}": {"get": {
            "operationId": "pets/get",
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "responses": {"200": {"content": {"application/json": {"schema": returns}}}, "404": {"description": "no"}}
        }}},
        "components": {"schemas": schemas}
    })
}

#[test]
fn openapi_3_tool_has_all_parts() {
    let pet = json!({"type": "object", "required": ["id"], "properties": {
        "id": {"type": "string"}, "tag": {"type": "string", "nullable": true, "enum": ["a", "b"]}, "secret": {"type": "string", "writeOnly": true}}});
    let import = read_json(&api(json!({"$ref": "#/components/schemas/Pet"}), json!({"Pet": pet})));
    let tool = only(&import);
    assert_eq!((tool.id.as_str(), tool.name.as_str()), ("pets.example/pets/get_pet", "get_pet"));
    assert_eq!(tool.parameters, json!({"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}));
    let tag = json!({"type": ["string", "null"], "enum": ["a", "b", null]});
    let expected = json!({"title": "Pet", "type": "object", "properties": {"id": {"type": "string"}, "tag": tag}, "required": ["id"]});
    assert_eq!(tool.returns, Some(expected.into()));
    assert_eq!((tool.origin.method.as_deref(), tool.origin.path.as_deref()), (Some("GET"), Some("/v1/pets/{id}")));
    assert_eq!((tool.origin.returns_schema.as_deref(), tool.origin.returns_list, &tool.origin.errors), (Some("Pet"), false, &vec![404]));
}

#[test]
fn cycles_are_cut_with_their_title() {
    let schemas =
        json!({"Node": {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Node"}, "v": {"type": "integer"}}}});
    let import = read_json(&api(json!({"$ref": "#/components/schemas/Node"}), schemas));
    let returns = only(&import).returns.clone().expect("has a result");
    assert_eq!(returns["properties"]["next"], json!({"title": "Node"}));
}

#[test]
fn reference_to_itself_is_cut() {
    let schemas = json!({"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}});
    let import = read_json(&api(json!({"$ref": "#/components/schemas/A"}), schemas));
    assert_eq!(only(&import).returns, Some(json!({"title": "A"}).into()));
}

#[test]
fn missing_reference_skips_the_operation_and_names_the_place() {
    let import = read_json(&api(json!({"type": "array", "items": {"$ref": "#/components/schemas/Gone"}}), json!({})));
    assert!(import.tools.is_empty());
    assert_eq!(import.skipped[0].at, "api.json#/paths/~1pets~1{id}/get/responses/200/schema/items/$ref");
    assert_eq!(import.skipped[0].reason, "GET /pets/{id}: reference `#/components/schemas/Gone` has no target");
}

#[test]
fn one_bad_operation_does_not_stop_the_others() {
    let mut document = api(json!({"type": "string"}), json!({}));
    document["paths"]["/bad"] = json!({"get": 5, "post": {"parameters": [{"in": "query"}]}, "put": {"parameters": "x"}});
    document["paths"]["/worse"] = json!([]);
    let import = read_json(&document);
    assert_eq!(import.tools.len(), 1);
    let places: Vec<&str> = import.skipped.iter().map(|skipped| skipped.at.as_str()).collect();
    assert_eq!(
        places,
        [
            "api.json#/paths/~1bad/get",
            "api.json#/paths/~1bad/post/parameters/0",
            "api.json#/paths/~1bad/put/parameters",
            "api.json#/paths/~1worse"
        ]
    );
}

#[test]
fn wrong_types_in_schemas_are_named() {
    for (schema, pointer, reason) in [
        (json!({"type": 5}), "/type", "`type` is neither a string nor an array of strings"),
        (json!({"properties": []}), "/properties", "`properties` is not an object"),
        (json!({"required": "id"}), "/required", "`required` is not an array"),
        (json!({"allOf": {}}), "/allOf", "`allOf` is not an array"),
        (json!({"items": 3}), "/items", "a schema must be an object"),
        (json!({"$ref": 3}), "/$ref", "`$ref` is not a string"),
        (json!({"$ref": "other.yaml#/A"}), "/$ref", "reference `other.yaml#/A` leaves the document"),
    ] {
        let import = read_json(&api(schema, json!({})));
        assert!(import.skipped[0].at.ends_with(&format!("/schema{pointer}")), "{:?}", import.skipped);
        assert!(import.skipped[0].reason.ends_with(reason), "{:?}", import.skipped);
    }
}

#[test]
fn all_of_is_merged_and_unions_are_simple() {
    let base = json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}});
    let schema = json!({"allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "required": ["b"], "properties": {
        "b": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "c": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Base"}]},
        "d": {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"x": {"type": "string"}}}]}}}]});
    let import = read_json(&api(schema, json!({"Base": base})));
    let returns = only(&import).returns.clone().expect("has a result");
    assert_eq!(returns["required"], json!(["a", "b"]));
    assert_eq!(returns["properties"]["b"], json!({"type": ["string", "integer"]}));
    assert_eq!(returns["properties"]["c"]["type"], json!(["object", "null"]));
    assert_eq!(returns["properties"]["d"]["properties"], json!({"x": {"type": "string"}}));
}

#[test]
fn clashing_and_odd_parameter_names_are_told_apart() {
    let body = json!({"type": "object", "required": ["name"], "properties": {
        "id": {"type": "string"}, "name": {"type": "string"}, "kind": {"type": "string"}}});
    let document = json!({"openapi": "3.1.0", "info": {"title": "x"}, "paths": {"/a/{name}/{id}": {"patch": {
        "parameters": [
            {"name": "name", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "id", "in": "path", "required": true, "schema": {"type": "string"}},
            {"name": "kind", "in": "query", "schema": {"type": "string"}},
            {"name": "filter[x]", "in": "query", "schema": {"type": "string"}},
            {"name": "Accept", "in": "header", "required": true, "schema": {"type": "string"}},
            {"name": "X-Tenant", "in": "header", "required": true, "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": body}}}, "responses": {}}}}});
    let import = read_json(&document);
    let tool = only(&import);
    let places: Vec<(&str, Place)> = tool.origin.locations.iter().map(|location| (location.name.as_str(), location.place)).collect();
    assert_eq!(
        places,
        [
            ("name", Place::Path),
            ("id", Place::Path),
            ("kind", Place::Query),
            ("filter_x", Place::Query),
            ("x_tenant", Place::Header),
            ("new_name", Place::Body),
            ("body_kind", Place::Body)
        ]
    );
}

#[test]
fn swagger_2_in_yaml() {
    let text = "swagger: '2.0'\ninfo: {title: Shop}\nhost: shop.example\nbasePath: /api\npaths:\n  /orders:\n    post:\n      summary: Place an order\n      parameters:\n        - {name: order, in: body, required: true, schema: {$ref: '#/definitions/Order'}}\n      responses:\n        200: {description: ok, schema: {$ref: '#/definitions/Order'}}\ndefinitions:\n  Order:\n    type: object\n    required: [item]\n    properties:\n      item: {type: string}\n      count: {type: integer, minimum: 1, default: 1}\n";
    let import = read("shop.yaml", text);
    let tool = only(&import);
    assert_eq!(tool.id, "shop.example/shop/create_order");
    assert_eq!(tool.parameters["required"], json!(["item"]));
    assert_eq!(tool.parameters["properties"]["count"], json!({"type": "integer", "minimum": 1, "default": 1}));
    assert_eq!((tool.origin.body_schema.as_deref(), tool.origin.path.as_deref()), (Some("Order"), Some("/api/orders")));
}

#[test]
fn lists_are_seen_through_envelopes() {
    let thing = json!({"type": "object", "properties": {"id": {"type": "string"}}});
    let list = json!({"type": "object", "properties": {"next": {"type": "string"}, "items": {"type": "array", "items": {"$ref": "#/components/schemas/Thing"}}}});
    let mut document = api(list, json!({"Thing": thing}));
    let item = document["paths"].as_object_mut().expect("paths").remove("/pets/{id}").expect("path");
    document["paths"]["/things"] = item;
    let import = read_json(&document);
    let origin = &only(&import).origin;
    assert_eq!((origin.returns_schema.as_deref(), origin.returns_list), (Some("Thing"), true));
}

#[test]
fn aws_model() {
    let model = json!({
        "metadata": {"serviceId": "Tiny", "protocol": "json"},
        "operations": {
            "ListHITs": {"http": {"method": "POST", "requestUri": "/"}, "input": {"shape": "In"}, "output": {"shape": "Out"},
                "errors": [{"shape": "Missing"}], "documentation": "<p>Lists <b>HITs</b>.</p>"},
            "Broken": {"input": {"shape": "Nowhere"}}
        },
        "shapes": {
            "In": {"type": "structure", "required": ["Max"], "members": {"Max": {"shape": "Int"}, "Token": {"shape": "Str", "idempotencyToken": true}}},
            "Out": {"type": "structure", "members": {"HITs": {"shape": "HitList"}, "NextToken": {"shape": "Str"}}},
            "HitList": {"type": "list", "member": {"shape": "HIT"}},
            "HIT": {"type": "structure", "members": {"At": {"shape": "Time"}, "Parent": {"shape": "HIT"}, "Tags": {"shape": "Tags"}}},
            "Tags": {"type": "map", "key": {"shape": "Str"}, "value": {"shape": "Str"}},
            "Missing": {"type": "structure", "members": {}, "error": {"httpStatusCode": 404}},
            "Int": {"type": "integer", "min": 1, "max": 9}, "Str": {"type": "string"}, "Time": {"type": "timestamp"}
        }
    });
    let import = read_json(&model);
    assert_eq!(import.skipped[0].at, "api.json#/operations/Broken/input/shape");
    let tool = &import.tools[0];
    assert_eq!((tool.id.as_str(), tool.description.as_str()), ("amazonaws.com/tiny/list_hits", "Lists HITs."));
    assert_eq!(tool.parameters["properties"], json!({"Max": {"type": "integer", "format": "int32", "minimum": 1, "maximum": 9}}));
    let hit = &tool.returns.as_ref().expect("has a result")["properties"]["HITs"]["items"];
    assert_eq!(hit["properties"]["Parent"], json!({"title": "HIT"}));
    assert_eq!(hit["properties"]["Tags"], json!({"type": "object", "additionalProperties": {"type": "string"}}));
    assert_eq!((tool.origin.returns_schema.as_deref(), tool.origin.returns_list, &tool.origin.errors), (Some("HIT"), true, &vec![404]));
    let names = json!(["Missing", "ValidationException", "AccessDeniedException"]);
    let expected = json!({"type": "object", "properties": {"__type": {"type": "string", "enum": names}, "message": {"type": "string"}}, "required": ["__type"]});
    let [error] = tool.origin.error_schemas.as_slice() else { panic!("{:?}", tool.origin.error_schemas) };
    assert_eq!((&error.statuses, error.schema.to_value()), (&vec!["404".to_owned()], expected));
}

#[test]
fn bodies_of_errors_are_kept_once_and_only_as_far_as_they_matter() {
    let error = json!({"type": "object", "description": "An error.", "required": ["message"], "properties": {
        "message": {"type": "string", "description": "words"}, "trace": {"type": "string"}, "next": {"$ref": "#/components/schemas/Error"}}});
    let mut document = api(json!({"type": "string"}), json!({"Error": error}));
    let content = json!({"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}});
    document["components"]["responses"] = json!({"Bad": {"description": "bad", "content": content}});
    let responses = &mut document["paths"]["/pets/{id}"]["get"]["responses"];
    responses["404"] = json!({"description": "no", "content": content});
    responses["409"] = json!({"$ref": "#/components/responses/Bad"});
    responses["500"] = json!({"$ref": "#/components/responses/Bad"});
    responses["422"] = json!({"$ref": "#/components/responses/Gone"});
    responses["403"] = json!({"description": "no", "content": {"application/json": {"schema": {"type": []}}}});
    let import = read_json(&document);
    let origin = &only(&import).origin;
    let expected = json!({"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}});
    let [error] = origin.error_schemas.as_slice() else { panic!("{:?}", origin.error_schemas) };
    assert_eq!((error.statuses.join(" "), error.schema.to_value()), ("404 409".to_owned(), expected));
    let swagger = json!({"swagger": "2.0", "info": {"title": "x"}, "host": "x.example", "paths": {"/a": {"get": {
        "responses": {"200": {"description": "ok"}, "default": {"description": "no", "schema": {"type": "object", "properties": {"Error": {"type": "string"}}}}}}}}});
    let import = read_json(&swagger);
    let [error] = only(&import).origin.error_schemas.as_slice() else { panic!("one") };
    assert_eq!(
        (error.statuses.join(" ").as_str(), error.schema.text()),
        ("default", r#"{"type":"object","properties":{"Error":{"type":"string"}}}"#)
    );
}

#[test]
fn google_discovery() {
    let document = json!({
        "discoveryVersion": "v1", "name": "notes", "servicePath": "v1/",
        "resources": {"notes": {"methods": {
            "insert": {"id": "notes.notes.insert", "httpMethod": "POST", "path": "users/{+user}/notes", "flatPath": "users/{usersId}/notes",
                "parameters": {"user": {"type": "string", "location": "path", "required": true}, "labels": {"type": "string", "location": "query", "repeated": true}},
                "request": {"$ref": "Note"}, "response": {"$ref": "Note"}},
            "bad": {"httpMethod": "GET"}}}},
        "schemas": {"Note": {"id": "Note", "type": "object", "properties": {
            "id": {"type": "string", "description": "Output only. Id."}, "etag": {"type": "string"}, "pinned": {"type": "boolean", "default": "false"},
            "text": {"type": "string", "annotations": {"required": ["notes.notes.insert"]}}}}}
    });
    let import = read_json(&document);
    assert_eq!(import.skipped[0].at, "api.json#/resources/notes/methods/bad/path");
    let tool = &import.tools[0];
    assert_eq!((tool.id.as_str(), tool.origin.path.as_deref()), ("googleapis.com/notes/insert_note", Some("/v1/users/{user}/notes")));
    assert_eq!(tool.parameters["required"], json!(["user", "text"]));
    let names: Vec<&String> = tool.parameters["properties"].as_object().expect("an object").keys().collect();
    assert_eq!(names, ["user", "labels", "pinned", "text"]);
    assert_eq!(tool.parameters["properties"]["labels"], json!({"type": "array", "items": {"type": "string"}}));
    assert_eq!(tool.parameters["properties"]["pinned"]["default"], json!(false));
}

#[test]
fn lines_functions_and_mcp() {
    let lines = "{\"id\":\"a.com/s/GetX\",\"name\":\"GetX\",\"parameters\":{\"type\":\"object\",\"properties\":{\"q\":{\"type\":\"string\"}}},\"source\":\"apis\",\"provider\":\"a.com\",\"domain\":\"a.com/s\",\"verb\":\"get\"}\n\n{\"name\":\n{\"name\":\"b\"}\n[]\n";
    let import = read("pool.jsonl", lines);
    assert_eq!(import.tools.iter().map(|tool| tool.id.as_str()).collect::<Vec<_>>(), ["a.com/s/GetX", "local/pool/b"]);
    assert_eq!((import.tools[0].origin.service.as_str(), import.tools[0].origin.method.as_deref()), ("s", Some("GET")));
    assert_eq!(import.skipped.iter().map(|skipped| skipped.at.as_str()).collect::<Vec<_>>(), ["pool.jsonl:3", "pool.jsonl:5"]);

    let functions =
        json!([{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}, {"name": "g"}, 7]);
    let import = read("tools.json", &functions.to_string());
    assert_eq!(import.tools.iter().map(|tool| tool.name.as_str()).collect::<Vec<_>>(), ["f", "g"]);
    assert_eq!(import.skipped[0].at, "tools.json#/2");

    let answer = json!({"jsonrpc": "2.0", "result": {"tools": [{"name": "add note", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object"}}]}});
    let import = read("mcp.json", &answer.to_string());
    assert_eq!((only(&import).name.as_str(), only(&import).origin.source.as_str()), ("add_note", "mcp"));
}

#[test]
fn what_is_written_is_read_back_unchanged() {
    let import = import(&embedded()[..2], &ImportOptions::default());
    let text: String = import.tools.iter().map(wardian_format::jsonl::line).collect();
    assert_eq!(read("catalog.jsonl", &text).tools, import.tools);
}

#[test]
fn broken_documents_are_named_with_their_line() {
    for (name, text, at) in [
        ("a.json", "{\n\"openapi\": \"3.0.0\",\n\"paths\": {", "a.json:3"),
        ("b.json", "", "b.json"),
        ("c.json", "{\"a\": 1}", "c.json"),
        ("d.json", "{\"openapi\": \"9\", \"paths\": {}}", "d.json#"),
        ("e.json", "{\"openapi\": \"3.0.0\"}", "e.json#/paths"),
        ("f.yaml", "a: [1\nb: 2\n", "f.yaml:2"),
        ("g.json", "{\"metadata\": {}, \"operations\": 1, \"shapes\": {}}", "g.json#"),
    ] {
        let import = read(name, text);
        assert!(import.tools.is_empty());
        assert_eq!(import.skipped.iter().map(|skipped| skipped.at.as_str()).collect::<Vec<_>>(), [at], "{:?}", import.skipped);
    }
    let import = import(&[Document::new("h.json", vec![b'{', 0xff])], &ImportOptions::default());
    assert_eq!(import.skipped[0].reason, "not UTF-8 text: byte 1 is wrong");
}

#[test]
fn every_truncation_and_every_missing_piece_is_survived() {
    let github = embedded().into_iter().find(|document| document.name.ends_with("sns.json")).expect("embedded");
    let value: Value = serde_json::from_slice(&github.bytes).expect("JSON");
    for cut in (0..github.bytes.len()).step_by(1009) {
        let import = import(&[Document { bytes: github.bytes[..cut].to_vec().into(), ..github.clone() }], &ImportOptions::default());
        assert!(import.tools.is_empty() && !import.skipped.is_empty(), "cut at {cut}");
    }
    for shape in value["shapes"].as_object().expect("shapes").keys() {
        for replacement in [Value::Null, json!(1), json!({}), json!({"type": "structure", "members": 4})] {
            let mut broken = value.clone();
            broken["shapes"][shape] = replacement;
            let import = read_json(&broken);
            assert!(import.tools.len() + import.skipped.len() >= 13, "{shape}");
        }
    }
}

#[test]
fn duplicate_ids_are_settled_by_path_and_across_documents_reported() {
    let operation = json!({"operationId": "same", "responses": {}});
    let document = json!({"openapi": "3.0.0", "info": {"title": "t"}, "paths": {"/b": {"get": operation}, "/a": {"get": operation}}});
    let import = read_json(&document);
    let named: Vec<(&str, &str)> =
        import.tools.iter().map(|tool| (tool.name.as_str(), tool.origin.path.as_deref().unwrap_or_default())).collect();
    assert_eq!(named, [("same", "/a"), ("same_2", "/b")]);

    let line = "{\"id\":\"x/y/z\",\"name\":\"z\"}\n";
    let other = "{\"id\":\"x/y/z\",\"name\":\"z\",\"description\":\"Something else.\"}\n";
    let three = [("2.jsonl", line), ("3.jsonl", other), ("1.jsonl", line)].map(|(name, text)| Document::new(name, text.as_bytes()));
    let import = wardian_catalog::import(&three, &ImportOptions::default());
    assert_eq!((import.tools.len(), import.merged), (1, 1));
    assert_eq!(import.tools[0].origin.also, ["2.jsonl:1"]);
    assert_eq!(
        (import.skipped[0].at.as_str(), import.skipped[0].reason.as_str()),
        ("3.jsonl:1", "tool id `x/y/z` is already taken by 1.jsonl:1")
    );
}

#[test]
fn hostile_schemas_stay_bounded() {
    // Each of 30 schemas refers to the next one ten times: 10^30 nodes if inlined.
    let mut schemas = serde_json::Map::new();
    for i in 0..30 {
        let members: serde_json::Map<String, Value> =
            (0..10).map(|k| (format!("m{k}"), json!({"$ref": format!("#/components/schemas/S{}", i + 1)}))).collect();
        schemas.insert(format!("S{i}"), json!({"type": "object", "properties": members}));
    }
    schemas.insert("S30".to_owned(), json!({"type": "string"}));
    let import = read_json(&api(json!({"$ref": "#/components/schemas/S0"}), Value::Object(schemas)));
    let nodes = only(&import).returns.as_ref().expect("has a result").to_string().len();
    assert!(nodes < 20_000, "{nodes}");

    // The same through allOf and through lists, which add no depth.
    let mut schemas = serde_json::Map::new();
    for i in 0..40 {
        let next = json!({"$ref": format!("#/components/schemas/S{}", i + 1)});
        schemas.insert(format!("S{i}"), json!({"allOf": [next, next], "items": next}));
    }
    schemas.insert("S40".to_owned(), json!({"type": "object", "properties": {"x": {"type": "string"}}}));
    let import = read_json(&api(json!({"$ref": "#/components/schemas/S0"}), Value::Object(schemas)));
    assert_eq!(import.tools.len() + import.skipped.len(), 1);

    // A structure of 500 members of that same kind, twelve deep: AWS.
    let mut shapes = serde_json::Map::new();
    for i in 0..12 {
        let members: serde_json::Map<String, Value> =
            (0..500).map(|k| (format!("m{k}"), json!({"shape": format!("S{}", i + 1)}))).collect();
        shapes.insert(format!("S{i}"), json!({"type": "structure", "members": members}));
    }
    shapes.insert("S12".to_owned(), json!({"type": "string"}));
    let operations = json!({"Go": {"input": {"shape": "S0"}, "output": {"shape": "S0"}}});
    let import = read_json(&json!({"metadata": {"serviceId": "x"}, "operations": operations, "shapes": shapes}));
    assert!(only(&import).returns.as_ref().expect("has a result").to_string().len() < 60_000);

    assert!(only(&import).parameters.to_string().len() < 60_000);

    let wide: serde_json::Map<String, Value> = (0..5000).map(|k| (format!("m{k}"), json!({"type": "string"}))).collect();
    let import = read_json(&api(json!({"type": "object", "properties": wide}), json!({})));
    let kept = only(&import).returns.as_ref().expect("has a result")["properties"].as_object().expect("an object").len();
    assert!((100..=250).contains(&kept), "{kept}");
}

#[test]
fn deep_nesting_is_an_error_of_the_document_not_of_the_program() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(read("deep.json", &deep).skipped[0].reason.contains("recursion limit"));
    let yaml = format!("a: {}{}", "[".repeat(20_000), "]".repeat(20_000));
    assert!(!read("deep.yaml", &yaml).skipped.is_empty());
    let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: [*g,*g,*g,*g,*g,*g,*g,*g,*g]\n";
    assert!(!read("bomb.yaml", bomb).skipped.is_empty());
}

#[test]
fn five_thousand_operations() {
    let paths: serde_json::Map<String, Value> =
        (0..5000).map(|i| (format!("/r{i}/{{id}}"), json!({"get": {"operationId": "dup", "responses": {}}}))).collect();
    let import = read_json(&json!({"openapi": "3.0.0", "info": {"title": "t"}, "paths": paths}));
    assert_eq!((import.tools.len(), import.skipped.len()), (5000, 0));
    assert!(import.tools.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn embedded_catalogue() {
    let import = import(&embedded(), &ImportOptions::default());
    assert_eq!(import.skipped, []);
    let count = |service: &str| import.tools.iter().filter(|tool| tool.origin.service == service).count();
    let services = ["rest", "calendar", "classroom", "drive", "tasks", "identitystore", "mturk", "secretsmanager", "sns", "sqs"];
    assert_eq!(services.map(count), [133, 23, 39, 28, 12, 16, 27, 14, 13, 14]);
    for tool in &import.tools {
        assert!(tool.name.len() <= 64 && tool.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{}", tool.id);
        assert!(!tool.parameters.to_string().contains("$ref"), "{}", tool.id);
        assert!(tool.origin.license.is_some(), "{}", tool.id);
        let names = tool.parameters["properties"].as_object().expect("an object").keys();
        assert!(names.eq(tool.origin.locations.iter().map(|location| &location.name)), "{}", tool.id);
    }
    let mut reversed = embedded();
    reversed.reverse();
    assert_eq!(wardian_catalog::import(&reversed, &ImportOptions::default()), import);
}

#[test]
fn a_document_without_operations_says_so() {
    let openapi = json!({"openapi": "3.0.0", "info": {"title": "Empty", "version": "1"}, "paths": {"/pets": {"parameters": []}}});
    let google = json!({"kind": "discovery#restDescription", "name": "none", "version": "v1", "resources": {}});
    let import = crate::import_all(&[("empty.json", openapi.to_string()), ("google.json", google.to_string())]);
    let said: Vec<(&str, &str)> = import.skipped.iter().map(|line| (line.at.as_str(), line.reason.as_str())).collect();
    assert_eq!(said, [("empty.json", "it states no operation"), ("google.json", "it states no operation")]);
}
