//! What each form says, and what is learned of it.

use crate::sample::{MARKED, MASKED, parallel, plain, rows, tools};
use serde_json::{Value, json};
use wardian_export::{ATIF_VERSION, Exporter, Form, Options, Reasoning, Row, mark};
use wardian_format::Message;

fn one(form: Form, options: Options, trajectory: &wardian_format::Trajectory) -> Row {
    rows(form, options, std::slice::from_ref(trajectory)).remove(0)
}

fn roles(row: &Value, list: &str, key: &str) -> Vec<String> {
    let all = row[list].as_array().expect("a list");
    all.iter().map(|turn| turn[key].as_str().expect("a role").to_owned()).collect()
}

#[test]
fn only_what_the_agent_wrote_is_learned() {
    for trajectory in [plain("t/1"), parallel("t/2")] {
        let loss = mark(&trajectory, &MARKED).expect("a marking");
        let written: Vec<bool> = trajectory.messages.iter().map(|m| matches!(m, Message::Assistant { .. })).collect();
        assert_eq!(loss.learned, written);
        for span in &loss.spans {
            let Message::Assistant { content, reasoning, tool_calls } = &trajectory.messages[span.message] else { panic!("{span:?}") };
            let call = |part: &str| part.split('/').nth(1).and_then(|at| at.parse::<usize>().ok()).map(|at| &tool_calls[at]);
            let text = match span.part.as_str() {
                "content" => content.as_deref(),
                "reasoning" => reasoning.as_deref(),
                part if part.ends_with("/name") => call(part).map(|call| call.name.as_str()),
                part => call(part).map(|call| call.arguments.as_str()),
            };
            assert_eq!((span.start, span.end), (0, text.expect("a text").chars().count()), "{span:?}");
        }
    }
    let spans = mark(&parallel("t"), &MARKED).expect("a marking").spans;
    let parts: Vec<(usize, &str)> = spans.iter().map(|span| (span.message, span.part.as_str())).collect();
    let first = ["reasoning", "tool_calls/0/name", "tool_calls/0/arguments", "tool_calls/1/name", "tool_calls/1/arguments"];
    assert_eq!(parts[..5], first.map(|part| (2, part)), "{parts:?}");
    // Without reasoning there is nothing of it to learn.
    let silent = mark(&parallel("t"), &Options { reasoning: Reasoning::Drop, ..MARKED }).expect("a marking");
    assert!(silent.spans.iter().all(|span| span.part != "reasoning") && silent.spans.len() + 2 == spans.len());
}

#[test]
fn a_turn_whose_call_failed_is_left_out_where_that_is_asked_for() {
    let trajectory = plain("t/1");
    let loss = mark(&trajectory, &MASKED).expect("a marking");
    assert_eq!(loss.learned, [false, false, false, false, true, false, true, false], "the first call was refused");
    assert!(loss.spans.iter().all(|span| span.message != 2));
    let row = one(Form::OpenAi, MASKED, &trajectory);
    let weights: Vec<&Value> = row.value["messages"].as_array().expect("a list").iter().filter_map(|m| m.get("weight")).collect();
    assert_eq!((weights, row.masked, row.learned), (vec![&json!(0), &json!(1), &json!(1)], 1, 2));
    let row = one(Form::Trl, MASKED, &trajectory).value;
    assert_eq!((&row["messages"][2]["learned"], row["messages"][4].get("learned")), (&json!(false), None));
    assert_eq!(row["metadata"]["loss"]["learned"][2], false);
    let row = one(Form::Verl, MASKED, &trajectory).value;
    assert_eq!((&row["messages"][2]["learned"], &row["messages"][4]["learned"]), (&json!(false), &json!(true)));
    let row = one(Form::Atif, MASKED, &trajectory).value;
    assert_eq!((&row["steps"][2]["extra"]["learned"], &row["steps"][3]["extra"]["learned"]), (&json!(false), &json!(true)));
}

/// These bytes are part of the digest of the demo's run: member by member, in this order.
#[test]
fn trl_has_messages_tools_and_metadata() {
    let trajectory = plain("t/1");
    let row = one(Form::Trl, Options::default(), &trajectory).value;
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&row), ["messages", "tools", "metadata"]);
    let call = r#"{"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{"name":"get","arguments":{"id":9007199254740993}}}]}"#;
    assert_eq!(row["messages"][2].to_string(), call);
    assert_eq!(
        row["messages"][3].to_string(),
        r#"{"role":"tool","tool_call_id":"call_1","name":"get","content":"{\"error\":{\"code\":\"not_found\",\"message\":\"no item 9007199254740993\"}}"}"#
    );
    assert_eq!(row["messages"][4]["tool_calls"][0]["function"]["arguments"]["deep"]["b"], json!([1, {"c": null}]));
    assert_eq!(row["tools"][1], tools()[1].to_openai());
    let metadata =
        ["trajectory", "task", "agent", "user", "trial", "pack", "pack_digest", "seed", "now", "initial_state", "final_state", "calls"];
    assert_eq!(keys(&row["metadata"]), metadata, "no marking where none is asked for");
    let marked = one(Form::Trl, MARKED, &parallel("t/2")).value;
    assert_eq!(marked["messages"][2]["reasoning_content"], "Two calls will do.");
    assert_eq!(marked["metadata"]["loss"]["spans"][0], json!({"message": 2, "part": "reasoning", "start": 0, "end": 18}));
}

#[test]
fn openai_has_text_for_arguments_and_ends_with_the_agent() {
    let row = one(Form::OpenAi, MARKED, &plain("t/1"));
    assert_eq!(roles(&row.value, "messages", "role"), ["system", "user", "assistant", "tool", "assistant", "tool", "assistant"]);
    assert_eq!((row.cut, &row.value["parallel_tool_calls"]), (1, &json!(false)));
    assert_eq!(row.value["messages"][2]["tool_calls"][0]["function"]["arguments"], "{\"id\":9007199254740993}");
    assert_eq!(row.value["messages"][2]["content"], Value::Null);
    // Where the row comes from lies beside.
    assert_eq!(row.value.as_object().map(|map| map.len()), Some(3));
    assert!(row.value["messages"][3].get("name").is_none());
    assert_eq!(row.beside.expect("a record")["loss"]["learned"][4], true);
    let silent = Options { reasoning: Reasoning::Drop, ..MARKED };
    assert_eq!(one(Form::OpenAi, silent, &parallel("t/2")).value["parallel_tool_calls"], true);
    let mut none = Exporter::new(Form::OpenAi, MARKED, "train");
    assert!(none.row(&plain("t"), &[]).expect("a row").value.get("tools").is_none());
}

#[test]
fn llamafactory_alternates() {
    let row = one(Form::LlamaFactory, MARKED, &plain("t/1"));
    assert_eq!(
        roles(&row.value, "conversations", "from"),
        ["human", "function_call", "observation", "function_call", "observation", "gpt"]
    );
    assert_eq!((row.cut, row.value["system"].as_str()), (1, Some("Be <kind>.\n\nThe time is now.")));
    assert_eq!(row.value["conversations"][1]["value"], r#"{"name":"get","arguments":{"id":9007199254740993}}"#);
    let with_text = row.value["conversations"][3]["value"].as_str().expect("a text");
    assert!(with_text.starts_with("Let me look.\n<tool_call>{\"name\":\"find\"") && with_text.ends_with("</tool_call>"), "{with_text}");
    assert_eq!(with_text.matches('<').count(), 2, "marks in arguments are escaped: {with_text}");
    let tools: Value = serde_json::from_str(row.value["tools"].as_str().expect("text")).expect("JSON");
    assert_eq!(tools[2], json!({"name": "bye", "description": "", "parameters": {"type": "object", "properties": {}}}));
    let metadata: Value = serde_json::from_str(row.value["metadata"].as_str().expect("text")).expect("JSON");
    assert_eq!(metadata["trajectory"], "t/1");
    let row = one(Form::LlamaFactory, MARKED, &parallel("t/2")).value;
    assert_eq!(roles(&row, "conversations", "from"), ["human", "function_call", "observation", "function_call", "observation", "gpt"]);
    let calls = "<think>\nTwo calls will do.\n</think>\n\n<tool_call>[{\"name\":\"find\",\"arguments\":{\"q\":\"one\"}},{\"name\":\"get\",\"arguments\":{\"id\":1}}]</tool_call>";
    assert_eq!(row["conversations"][1]["value"], calls);
    // In the order of the calls, not of the answers.
    assert_eq!(row["conversations"][2]["value"], "[]\n</tool_response>\n<tool_response>\n{\"id\":1}");
    let info = wardian_export::dataset_info([("a", "a.jsonl")]);
    assert_eq!((&info["a"]["file_name"], &info["a"]["columns"]["messages"]), (&json!("a.jsonl"), &json!("conversations")));
}

#[test]
fn atif_has_steps() {
    let row = one(Form::Atif, MARKED, &plain("t/1")).value;
    assert_eq!((&row["schema_version"], &row["trajectory_id"]), (&json!(ATIF_VERSION), &json!("t/1")));
    assert_eq!(roles(&row, "steps", "source"), ["system", "user", "agent", "agent", "agent", "user"]);
    let ids: Vec<u64> = row["steps"].as_array().expect("steps").iter().filter_map(|step| step["step_id"].as_u64()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5, 6]);
    assert_eq!(row["steps"][3]["observation"]["results"][0]["source_call_id"], "call_2");
    assert_eq!(row["agent"]["tool_definitions"][1], tools()[1].to_openai());
    let row = one(Form::Atif, MARKED, &parallel("t/2")).value;
    let step = &row["steps"][2];
    assert_eq!((step["reasoning_content"].as_str(), step["tool_calls"].as_array().map(Vec::len)), (Some("Two calls will do."), Some(2)));
    assert_eq!(step["observation"]["results"][1], json!({"source_call_id": "b", "content": "{\"id\":1}"}));
}

#[test]
fn verl_has_a_row_a_task_for_reinforcement() {
    let mut exporter = Exporter::new(Form::VerlRl, MARKED, "test");
    let row = exporter.row(&plain("one/a"), &tools()).expect("a row").value;
    let again = exporter.row(&plain("one/b"), &tools()).expect_err("the same task");
    assert_eq!(again.code(), "same_task");
    let second = exporter.row(&plain("two/a"), &tools()).expect("a row").value;
    assert_eq!((&row["extra_info"]["index"], &second["extra_info"]["index"]), (&json!(0), &json!(1)));
    assert_eq!(roles(&row, "prompt", "role"), ["system", "user"]);
    let truth: Value = serde_json::from_str(row["reward_model"]["ground_truth"].as_str().expect("text")).expect("JSON");
    assert_eq!(truth["graded_state"], plain("x").certificate.last.graded.to_string());
    assert_eq!((&row["data_source"], &row["extra_info"]["split"]), (&json!("wardian/shop"), &json!("test")));
    assert_eq!(row["extra_info"]["seed"], u64::MAX.to_string());
}
