//! Requests and replies.

use crate::script::{KEY, Script, ask, course, good, http, says};
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_format::trajectory::ToolCall;
use wardian_model::{ChatModel, ChatReply, ChatRequest, Finish, ReplyForm, ToolDefinition, Usage};
use wardian_openai::{Sampling, Secret, Structured};

fn call(id: &str, name: &str, arguments: &str) -> ToolCall {
    ToolCall { id: id.to_owned(), name: name.to_owned(), arguments: arguments.to_owned() }
}

fn dialogue() -> ChatRequest {
    let parameters = json!({"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "string"}}});
    ChatRequest {
        messages: vec![
            Message::System { content: "Be kind.".to_owned() },
            Message::User { content: "Cancel A1.".to_owned() },
            Message::Assistant {
                content: None,
                reasoning: Some("hm".to_owned()),
                tool_calls: vec![call("c1", "cancel", "{\"id\":\"A1\"}")],
            },
            Message::Tool { tool_call_id: "c1".to_owned(), name: "cancel".to_owned(), content: "{\"ok\":true}".to_owned() },
        ],
        tools: [ToolDefinition { name: "cancel".to_owned(), description: "Cancels.".to_owned(), parameters }].into(),
        form: ReplyForm::Free,
    }
}

#[tokio::test]
async fn a_dialogue_is_told_as_the_endpoint_wants_it() {
    let script = Script::start(vec![says("Done.")]).await;
    let sampling = Sampling {
        temperature: Some(0.0),
        tokens_max: Some(64),
        seed: Some(3),
        extra: Map::from_iter([("reasoning_effort".to_owned(), json!("low"))]),
        ..Sampling::default()
    };
    let mut endpoint = script.endpoint();
    endpoint.sampling = sampling;
    endpoint.headers.push(("x-extra".to_owned(), Secret::new("other-secret")));
    let (client, _) = script.client(endpoint);
    let reply = client.chat(&dialogue()).await.expect("a reply");
    let usage = Some(Usage { prompt_tokens: 10, completion_tokens: 3 });
    assert_eq!(reply, ChatReply { content: Some("Done.".to_owned()), usage, finish: Some(Finish::Stop), ..ChatReply::default() });
    let seen = &script.seen()[0];
    assert!(seen.head.starts_with("POST /v1/chat/completions HTTP/1.1\r\n"), "{}", seen.head);
    assert!(seen.head.contains(&format!("authorization: Bearer {KEY}")) && seen.head.contains("x-extra: other-secret"), "{}", seen.head);
    let expected = json!({
        "model": "tiny",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "Cancel A1."},
            {"role": "assistant", "content": null, "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "cancel", "arguments": "{\"id\":\"A1\"}"}}]},
            {"role": "tool", "tool_call_id": "c1", "content": "{\"ok\":true}"}
        ],
        "tools": [{"type": "function", "function": {"name": "cancel", "description": "Cancels.", "parameters":
            {"type": "object", "properties": {"z": {"type": "string"}, "a": {"type": "string"}}}}}],
        "temperature": 0.0, "max_tokens": 64, "seed": 3, "reasoning_effort": "low"
    });
    // As text: the order of a schema's members is the model's to see.
    assert_eq!(seen.body.to_string(), expected.to_string());
}

/// What a model wrote badly must not make the server refuse the rest of the dialogue.
#[tokio::test]
async fn calls_that_are_wrong_go_back_in_a_form_that_servers_take() {
    let long = "x".repeat(100);
    let written = [
        ("cancel", "", "cancel", "{}"),
        ("cancel", "{\"id\": \"A", "cancel", r#"{"not_json":"{\"id\": \"A"}"#),
        ("cancel", "[1]", "cancel", r#"{"not_json":"[1]"}"#),
        ("cancel", "{ \"id\" : 1e2 }", "cancel", "{ \"id\" : 1e2 }"),
        ("", "{}", "unnamed", "{}"),
        ("näme of.it", "{}", "n_me_of_it", "{}"),
        (&long, "{}", &"x".repeat(64), "{}"),
    ];
    for (name, arguments, name_sent, arguments_sent) in written {
        let script = Script::start(vec![says("Done.")]).await;
        let mut request = dialogue();
        request.messages[2] = Message::Assistant { content: None, reasoning: None, tool_calls: vec![call("c1", name, arguments)] };
        script.client(script.endpoint()).0.chat(&request).await.expect("a reply");
        let sent = &script.seen()[0].body["messages"][2]["tool_calls"][0]["function"];
        assert_eq!(*sent, json!({"name": name_sent, "arguments": arguments_sent}), "{name} {arguments}");
    }
    // A tool of that name is on offer: the server takes it in the list, and so it does here.
    let script = Script::start(vec![says("Done.")]).await;
    let mut request = dialogue();
    request.tools = [ToolDefinition { name: "a.b".to_owned(), description: String::new(), parameters: json!({}) }].into();
    request.messages[2] = Message::Assistant { content: None, reasoning: None, tool_calls: vec![call("c1", "a.b", "{}")] };
    script.client(script.endpoint()).0.chat(&request).await.expect("a reply");
    assert_eq!(script.seen()[0].body["messages"][2]["tool_calls"][0]["function"]["name"], "a.b");
}

#[tokio::test]
async fn reasoning_goes_back_only_where_it_is_wanted() {
    let script = Script::start(vec![says("Done.")]).await;
    let mut endpoint = script.endpoint();
    endpoint.send_reasoning = true;
    script.client(endpoint).0.chat(&dialogue()).await.expect("a reply");
    assert_eq!(script.seen()[0].body["messages"][2]["reasoning_content"], "hm");
}

#[tokio::test]
async fn answers_in_json_are_asked_for_as_the_endpoint_can() {
    let script = Script::start(vec![says("{}")]).await;
    let schema = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    let form = ReplyForm::Schema { name: "answer".to_owned(), schema: schema.clone() };
    let strict = json!({"type": "json_schema", "json_schema": {"name": "answer", "strict": true, "schema": schema}});
    let object = json!({"type": "json_object"});
    for (structured, form, expected) in [
        (Structured::Schema, form.clone(), strict),
        (Structured::Object, form.clone(), object.clone()),
        (Structured::Words, form, Value::Null),
        (Structured::Schema, ReplyForm::Json, object),
        (Structured::Schema, ReplyForm::Free, Value::Null),
    ] {
        let mut endpoint = script.endpoint();
        endpoint.structured = structured;
        let request = ChatRequest { form, ..ask("hello") };
        script.client(endpoint).0.chat(&request).await.expect("a reply");
        assert_eq!(script.seen().last().expect("one").body["response_format"], expected, "{structured:?}");
    }
}

async fn read(message: Value) -> ChatReply {
    let (reply, ..) = course(vec![good(&json!({"choices": [{"message": message}]}))], |_| ()).await;
    reply.expect("a reply")
}

#[tokio::test]
async fn what_servers_say_differently_is_understood() {
    let text = |content: &str, reasoning: Option<&str>| ChatReply {
        content: Some(content.to_owned()),
        reasoning: reasoning.map(str::to_owned),
        ..ChatReply::default()
    };
    assert_eq!(read(json!({"content": "A", "reasoning_content": "B"})).await, text("A", Some("B")));
    assert_eq!(read(json!({"content": "A", "reasoning": "B"})).await, text("A", Some("B")));
    assert_eq!(read(json!({"content": "<think>\nB\n</think>\n\nA"})).await, text("A", Some("B")));
    assert_eq!(read(json!({"content": "A <think>B</think>"})).await, text("A <think>B</think>", None));
    assert_eq!(read(json!({"content": [{"type": "text", "text": "A"}, {"type": "text", "text": "B"}]})).await, text("AB", None));
    assert_eq!(read(json!({"content": null, "refusal": "No."})).await, text("No.", None));
    assert_eq!(read(json!({"content": ""})).await, ChatReply::default());
}

#[tokio::test]
async fn calls_stay_as_the_model_wrote_them() {
    let message = json!({"content": null, "tool_calls": [
        {"id": "x", "type": "function", "function": {"name": "a", "arguments": "{not json"}},
        {"id": "x", "type": "function", "function": {"name": "b", "arguments": {"k": 1}}},
        {"function": {"arguments": ""}},
        "garbage"
    ]});
    let reply = read(message).await;
    let expected = [call("x", "a", "{not json"), call("call_1_1", "b", "{\"k\":1}"), call("call_1_2", "", ""), call("call_1_3", "", "")];
    assert_eq!(reply.tool_calls, expected);
    // An id that an earlier turn has.
    let again = json!({"choices": [{"message": {"tool_calls": [{"id": "c1", "function": {"name": "cancel", "arguments": "{}"}}]}}]});
    let script = Script::start(vec![good(&again)]).await;
    let reply = script.client(script.endpoint()).0.chat(&dialogue()).await.expect("a reply");
    assert_eq!(reply.tool_calls[0].id, "call_4_0");
}

#[tokio::test]
async fn a_stream_says_the_same_as_a_whole_answer() {
    let chunks = [
        json!({"choices": [{"delta": {"role": "assistant", "content": "", "reasoning_content": "think"}}]}),
        json!({"choices": [{"delta": {"content": "Hel"}}]}),
        json!({"choices": [{"delta": {"content": "lo ✓", "reasoning_content": "ing"}}]}),
        json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "c7", "function": {"name": "look", "arguments": "{\"a\""}}]}}]}),
        json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ":1}"}}]}}]}),
        json!({"choices": [{"delta": {"tool_calls": [{"index": 1, "id": "c8", "function": {"name": "see", "arguments": "{}"}}]}}]}),
        json!({"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}),
        json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 9}}),
    ];
    let mut body = ": a comment\n\n".to_owned();
    for chunk in &chunks {
        body.push_str(&format!("event: chunk\r\ndata: {chunk}\r\n\r\n"));
    }
    body.push_str("data: [DONE]\n\n");
    let play = http("200 OK", &["content-type: text/event-stream; charset=utf-8"], &body);
    let (reply, seen, _) = course(vec![play], |endpoint| endpoint.stream = true).await;
    let expected = ChatReply {
        content: Some("Hello ✓".to_owned()),
        reasoning: Some("thinking".to_owned()),
        tool_calls: vec![call("c7", "look", "{\"a\":1}"), call("c8", "see", "{}")],
        usage: Some(Usage { prompt_tokens: 5, completion_tokens: 9 }),
        finish: Some(Finish::ToolCalls),
    };
    assert_eq!(reply, Ok(expected));
    assert_eq!((&seen[0].body["stream"], &seen[0].body["stream_options"]["include_usage"]), (&json!(true), &json!(true)));
    // A server that knows no streams.
    let (reply, ..) = course(vec![says("whole")], |endpoint| endpoint.stream = true).await;
    assert_eq!(reply.expect("a reply").content.as_deref(), Some("whole"));
}
