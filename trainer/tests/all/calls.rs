//! Calls and reasoning, read back from what models write.

use crate::models::{fetched, qwen3, smollm2};
use serde_json::{Value, json};
use std::fs;
use wardian_format::Rng;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::chat::format::{Call, CallFormat, Delta, Fault, FormatError, Given, Opened, Parsed, Syntax};
use wardian_trainer::conversation::Conversation;
use wardian_trainer::template::{CHATML_TOOLS, ChatTemplate, RenderOptions, TemplateSource};

/// As Mistral's: a list behind a mark, with ids of nine letters, and no words beside calls.
const MISTRAL: &str = "{% for m in messages %}{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]{% elif m.tool_calls %}[TOOL_CALLS] [{% for c in m.tool_calls %}\
    {% if c.id | length != 9 %}{{ raise_exception('ids have nine letters') }}{% endif %}{% set one = c.function | tojson %}{{ one[:-1] + ', \"id\": \"' + c.id + '\"}' }}\
    {{ ', ' if not loop.last }}{% endfor %}]</s>{% else %}{{ m.content }}</s>{% endif %}{% endfor %}";
/// As OpenAI's wire has it: arguments are JSON text in JSON, one level down; the mark is a line.
const NESTED: &str = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}{{ ' ' if m.content }}CALL\n\
    {{ {'type': 'function', 'function': {'arguments': c.function.arguments | tojson, 'name': c.function.name}} | tojson }}\nEND{% endfor %}<|im_end|>\n{% endfor %}\
    {% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

fn template(text: &str) -> ChatTemplate {
    let mut source = TemplateSource::of(text);
    source.specials.insert("bos_token".to_owned(), "<s>".to_owned());
    source.specials.insert("eos_token".to_owned(), "</s>".to_owned());
    ChatTemplate::new(&source).expect("a template")
}

fn format_of(text: &str) -> CallFormat {
    CallFormat::find(&template(text)).expect("a format")
}

/// A family's own template.
fn family(name: &str) -> Option<ChatTemplate> {
    let folder = fetched("chat-templates")?;
    Some(template(&fs::read_to_string(folder.join(name).with_extension("jinja")).expect("a template")))
}

fn hermes() -> CallFormat {
    format_of(CHATML_TOOLS)
}

/// What of a call counts: name, arguments, whether it is well-formed.
fn brief(parsed: &Parsed) -> Vec<(&str, &str, Option<Fault>)> {
    parsed.calls.iter().map(|call| (call.name.as_str(), call.arguments.as_str(), call.fault)).collect()
}

#[test]
fn each_familys_way_is_found() {
    let keys = |format: &CallFormat| match &format.syntax {
        Syntax::Json(keys) => (keys.name.join("."), keys.arguments.join("."), keys.text, keys.list),
        Syntax::Tags(tags) => (tags.name_open.clone(), tags.key_open.clone(), false, false),
    };
    let expected = |name: &str, arguments: &str, text, list| (name.to_owned(), arguments.to_owned(), text, list);
    let mut found = vec![("chatml-tools", hermes()), ("mistral", format_of(MISTRAL)), ("nested", format_of(NESTED))];
    for name in ["qwen2_5", "qwen3", "llama3_1", "llama3_2", "qwen3_5_think", "qwen3_6", "nemotron_3_nano", "glm4moe"] {
        found.extend(family(name).map(|template| (name, CallFormat::find(&template).unwrap_or_else(|e| panic!("{name}: {e}")))));
    }
    for (name, format) in found {
        let (marks, syntax, several) = match name {
            "mistral" => (["[TOOL_CALLS]", ""], expected("name", "arguments", false, true), true),
            "nested" => (["CALL", "END"], expected("function.name", "function.arguments", true, false), true),
            "llama3_1" | "llama3_2" => (["", ""], expected("name", "parameters", false, false), false),
            "glm4moe" => (["<tool_call>", "</tool_call>"], expected("", "<arg_key>", false, false), true),
            "chatml-tools" | "qwen2_5" | "qwen3" => (["<tool_call>", "</tool_call>"], expected("name", "arguments", false, false), true),
            _ => (["<tool_call>", "</tool_call>"], expected("<function=", "<parameter=", false, false), true),
        };
        assert_eq!(([format.open.as_str(), &format.close], keys(&format), format.several), (marks, syntax, several), "{name}");
        let thinks = !matches!(name, "qwen2_5" | "llama3_1" | "llama3_2" | "mistral" | "nested");
        assert_eq!(format.reasoning.as_ref().map(|one| one.open.as_str()), thinks.then_some("<think>"), "{name}");
    }
}

#[test]
fn what_is_not_understood_is_said() {
    let head = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}";
    let foot = "{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    for (call, what) in [
        ("", "writes no calls"),
        ("{{ c.function | tojson }}", "nothing marks where a call begins among words"),
        ("<call>{{ c.function.name }}({{ c.function.arguments | tojson }})</call>", "neither JSON objects nor tags"),
        ("<call>{{ {'name': c.function.name} | tojson }}</call>", "the arguments are not in the JSON"),
        ("{{ '<call>' if loop.first }}{{ c.function | tojson }}</call>", "is not read back as it was meant"),
        (
            "<call>{\"name\": \"{{ c.function.name }}\", \"arguments\": \"{{ c.function.arguments | tojson }}\"}</call>",
            "neither JSON objects nor tags",
        ),
        ("{{ c.function.arguments.nothing.more }}", "refuses a conversation with a call"),
    ] {
        let error = CallFormat::find(&template(&format!("{head}{call}{foot}"))).expect_err(call).to_string();
        assert!(error.contains(what), "{call}: {error}");
    }
    for name in ["deepseekv3_training", "gptoss", "gemma4", "lfm2_v2", "muse_glimmer"] {
        if let Some(template) = family(name) {
            assert!(matches!(CallFormat::find(&template), Err(FormatError::Unknown(_))), "{name}");
        }
    }
}

#[test]
fn what_models_write_is_read() {
    let parsed = hermes().parse("<think>\nHm.\n</think>\nI look.\n<tool_call>\n{\"name\": \"find\", \"arguments\": {\"q\": \"</tool_call> é\"}}\n</tool_call>\n<tool_call>{\"arguments\":{},\"id\":7,\"name\":\"go\"}</tool_call>\n\nDone.");
    assert_eq!(parsed.reasoning.as_deref(), Some("Hm."));
    assert_eq!(parsed.content, "I look.\n\nDone.");
    assert_eq!(brief(&parsed), [("find", "{\"q\": \"</tool_call> é\"}", None), ("go", "{}", None)]);
    let text = "x <tool_call> {\"name\": \"a\\u0062\", \"arguments\": {\"é\": 1}}";
    let parsed = hermes().parse(text);
    let [Call { name, range, name_range, arguments_range, .. }] = &parsed.calls[..] else { panic!("{parsed:?}") };
    assert_eq!((name.as_str(), &text[range.clone()]), ("ab", &text[2..]));
    assert_eq!((&text[name_range.clone()], &text[arguments_range.clone()]), ("a\\u0062", "{\"é\": 1}"));
}

/// Who passes on name and arguments alone passes on that the call is none: the arguments are no object.
#[test]
fn malformed_calls_are_calls() {
    let call = "<tool_call>\n{\"name\": \"f\", \"arguments\": {}}\n</tool_call>";
    for (written, name, fault) in [
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1}\n</tool_call>", "f", Fault::Syntax),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"b}\n</tool_call>", "f", Fault::Syntax),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {'a': 1}}\n</tool_call>", "f", Fault::Syntax),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": 1e999}}\n</tool_call>", "f", Fault::Syntax),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"\n\"}}\n</tool_call>", "f", Fault::Syntax),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {}}}\n</tool_call>", "f", Fault::Trailing),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\": \"</tool_call>\"}}}\n</tool_call>", "f", Fault::Trailing),
        ("<tool_call>\n{\"name\": \"f\", \"parameters\": {}}\n</tool_call>", "f", Fault::Arguments),
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": \"{}\"}\n</tool_call>", "f", Fault::Arguments),
        ("<tool_call>\n{\"name\": null, \"arguments\": {}}\n</tool_call>", "", Fault::Name),
        ("<tool_call>\nf(a=1)\n</tool_call>", "", Fault::Syntax),
        ("<tool_call></tool_call>", "", Fault::Syntax),
        ("<tool_call>[]</tool_call>", "", Fault::Name),
    ] {
        let parsed = hermes().parse(&format!("a\n{written}\n{call} b"));
        assert_eq!(brief(&parsed), [(name, written, Some(fault)), ("f", "{}", None)], "{written}");
        assert_eq!(parsed.content, "a b", "{written}");
        assert!(!serde_json::from_str::<Value>(&parsed.calls[0].arguments).is_ok_and(|value| value.is_object()));
    }
    // Without a closing mark, a call ends at the next one, or with the text.
    let cut = "<tool_call>\n{\"name\": \"f\", \"arguments\": {\"a\":";
    assert_eq!(brief(&hermes().parse(cut)), [("f", cut, Some(Fault::Cut))]);
    assert_eq!(brief(&hermes().parse(&format!("{cut}\n{call}"))), [("f", cut, Some(Fault::Syntax)), ("f", "{}", None)]);
    assert_eq!(brief(&hermes().parse("<tool_call>")), [("", "<tool_call>", Some(Fault::Cut))]);
}

#[test]
fn calls_without_marks_are_whole_messages() {
    let Some(template) = family("llama3_1") else { return };
    let format = CallFormat::find(&template).expect("a format");
    let call = "{\"name\": \"f\", \"parameters\": {\"a\": \"}\"}}";
    let parsed = format.parse(&format!("\n{call}\n{call} and more"));
    assert_eq!((brief(&parsed), parsed.content.as_str()), (vec![("f", "{\"a\": \"}\"}", None); 2], "and more"));
    for text in [
        "{\"answer\": 1}",
        " {\"name\": \"Ann\", \"age\": 5}",
        "[1]",
        "{x",
        "{\"a\": ",
        "I write {\"name\": \"f\", \"parameters\": {}}",
        "",
        " ",
    ] {
        let parsed = format.parse(text);
        assert_eq!((parsed.content.as_str(), parsed.calls.len()), (text, 0));
    }
    let broken = "{\"name\": \"f\", \"parameters\": {\"a\": 1}";
    assert_eq!(brief(&format.parse(broken)), [("f", broken, Some(Fault::Cut))]);
}

#[test]
fn lists_are_read_whole_or_not_at_all() {
    let format = format_of(MISTRAL);
    let text = "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {}}, {\"name\": \"g\", \"arguments\": {\"a\": [1]}, \"id\": \"x\"}] ok";
    let parsed = format.parse(text);
    assert_eq!((brief(&parsed), parsed.content.as_str()), (vec![("f", "{}", None), ("g", "{\"a\": [1]}", None)], "ok"));
    assert_eq!(
        [&text[parsed.calls[0].range.clone()], &text[parsed.calls[1].range.clone()]],
        ["[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {}}", "{\"name\": \"g\", \"arguments\": {\"a\": [1]}, \"id\": \"x\"}]"]
    );
    let text = "[TOOL_CALLS] [{\"name\": \"f\", \"arguments\": {}}, {\"name\": \"g\"}]";
    assert_eq!(brief(&format.parse(text)), [("f", text, Some(Fault::Arguments))]);
    let alone = format.parse("[TOOL_CALLS]{\"name\": \"f\", \"arguments\": {}}");
    assert_eq!(brief(&alone), [("f", "{}", None)]);
}

#[test]
fn tags_are_read_by_the_tools_schema() {
    let Some(template) = family("qwen3_5_think") else { return };
    let format = CallFormat::find(&template).expect("a format");
    let text = "Hm.\n</think>\n\nSo.\n\n<tool_call>\n<function=f>\n<parameter=a>\n5\n</parameter>\n<parameter=b>\nx\ny\n</parameter>\n</function>\n</tool_call>";
    let tools =
        [json!({"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}})];
    let typed = format.parse_given(text, &Given { tools: &tools, prompt: None });
    assert_eq!(brief(&typed), [("f", r#"{"a":"5","b":"x\ny"}"#, None)]);
    assert_eq!((typed.reasoning.as_deref(), typed.content.as_str()), (Some("Hm."), "So."));
    let guessed = format.parse(text);
    assert_eq!(brief(&guessed), [("f", r#"{"a":5,"b":"x\ny"}"#, None)]);
    assert!(text[guessed.calls[0].arguments_range.clone()].starts_with("<parameter=a>"));
    for (body, name, fault) in [
        ("<function=f>\n<parameter=a>\n5\n</function>", "f", Fault::Cut),
        ("<function=f>\n<parameter=a>\n5\n</parameter>", "f", Fault::Cut),
        ("<function=f>\n</function>\nx", "f", Fault::Trailing),
        ("<function=f>\nx</function>", "f", Fault::Syntax),
        ("<function=>\n</function>", "", Fault::Name),
        ("{\"name\": \"f\"}", "", Fault::Syntax),
    ] {
        let written = format!("<tool_call>\n{body}\n</tool_call>");
        let parsed = format.parse_given(&written, &Given { prompt: Some(""), tools: &[] });
        assert_eq!(brief(&parsed), [(name, written.as_str(), Some(fault))]);
    }
}

#[test]
fn reasoning_that_the_prompt_began_or_ended_is_known() {
    let Some(chat) = qwen3() else { return };
    let format = chat.calls().expect("a format");
    assert_eq!((format.opened(&format.prompt), format.opened("x<think>\n\n</think>\n\n")), (Opened::Nothing, Opened::Closed));
    let closed = Given { prompt: Some("<|im_start|>assistant\n<think>\n\n</think>\n\n"), tools: &[] };
    let parsed = format.parse_given("Yes.", &closed);
    assert_eq!((parsed.reasoning, parsed.content.as_str()), (None, "Yes."));
    let open = Given { prompt: Some("<|im_start|>assistant\n<think>"), tools: &[] };
    for text in ["\nHm.\n</think>\n\nYes.", "<think>\nHm.\n</think>\n\nYes.", "Hm.</think>Yes."] {
        let parsed = format.parse_given(text, &open);
        assert_eq!((parsed.reasoning.as_deref(), parsed.content.as_str(), parsed.unfinished), (Some("Hm."), "Yes.", false), "{text}");
    }
    let parsed = format.parse("<think>\nI could write <tool_call>");
    assert_eq!((parsed.reasoning.as_deref(), parsed.calls.len(), parsed.unfinished), (Some("I could write <tool_call>"), 0, true));
    let Some(opens) = family("qwen3_5_think") else { return };
    let format = CallFormat::find(&opens).expect("a format");
    assert_eq!(format.opened(&format.prompt), Opened::Open);
    assert_eq!(format.parse("Hm.\n</think>\n\nYes.").content, "Yes.");
}

/// Words without marks; blanks are at their ends too.
fn words(draw: &mut Rng) -> String {
    let pieces = ["\n\n", "\n", " ", "漢字🎈", "<", "</", "{", "}", "[", "\"", "a", "<tool", "thin>", "\u{f0001}", "x: 1, "];
    (0..draw.below(6)).map(|_| *draw.pick(&pieces).expect("some")).collect()
}

/// Arguments with everything in them that could be mistaken.
fn arguments(draw: &mut Rng, tags: bool) -> Value {
    let hard = ["</tool_call>", "<tool_call>", "\"}}", "\\", "\n", "é🎈", "<think>", "[TOOL_CALLS] [{", "<|im_end|>", "\u{1}", "'", "END"];
    let text = |draw: &mut Rng| -> String {
        let pieces = if tags { &hard[3..7] } else { &hard[..] };
        (0..draw.below(5))
            .map(|i| if draw.below(2) == 0 { format!("w{i}") } else { (*draw.pick(pieces).expect("some")).to_owned() })
            .collect()
    };
    let mut out = json!({});
    for key in 0..draw.below(4) {
        out[format!("k{key}")] = match draw.below(5) {
            0 => json!(draw.below(1000)),
            1 => json!({"o": [text(draw), null, {"p": -0.5}]}),
            2 if !tags => json!(null),
            _ => json!(format!("t{}", text(draw))),
        };
    }
    out
}

/// A message of the agent with calls or words.
fn message(draw: &mut Rng, tags: bool, several: bool) -> Value {
    let count = draw.below(if several { 4 } else { 2 });
    let call = |i: usize, draw: &mut Rng| json!({"id": format!("call0000{i}"), "type": "function", "function": {"name": format!("tool_{i}"), "arguments": arguments(draw, tags)}});
    let calls: Vec<Value> = (0..count).map(|i| call(i, draw)).collect();
    let mut out = json!({"role": "assistant", "content": words(draw)});
    if !calls.is_empty() {
        out["tool_calls"] = json!(calls);
    }
    if draw.below(3) == 0 {
        out["reasoning_content"] = json!(words(draw));
    }
    out
}

/// The calls that were read are those of the message.
fn assert_calls(parsed: &Parsed, message: &Value, what: &str) {
    let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
    let wanted: Vec<Value> = calls.iter().map(|call| call["function"].clone()).collect();
    let value = |call: &Call| json!({"name": call.name, "arguments": serde_json::from_str::<Value>(&call.arguments).expect("JSON")});
    let read: Vec<Value> = parsed.calls.iter().map(value).collect();
    assert_eq!(read, wanted, "{what}");
    assert!(parsed.calls.iter().all(|call| call.fault.is_none()), "{what}");
}

fn round_trips(chat: &ChatTokenizer, exact: bool) {
    let format = chat.calls().expect("a format");
    for seed in 0..400 {
        let mut draw = Rng::of(seed, &["calls"]);
        let mut messages = Vec::new();
        for turn in 0..1 + draw.below(3) {
            messages.push(json!({"role": if turn == 0 || draw.below(2) == 0 { "user" } else { "tool" }, "content": "x"}));
            messages.push(message(&mut draw, false, true));
        }
        let conversation = Conversation::from_row(&json!({"messages": messages})).expect("a row");
        let rendered = chat.render(&conversation, &RenderOptions::default()).expect("renders");
        for (turn, message) in rendered.turns.iter().zip(conversation.agent_messages().map(|i| &conversation.messages[i])) {
            let text = rendered.text[turn.range.clone()].strip_suffix("<|im_end|>").expect("an end");
            let given = Given { prompt: Some(&rendered.text[..turn.range.start]), tools: &[] };
            let parsed = format.parse_given(text, &given);
            let what = format!("seed {seed}: {text:?}");
            assert_calls(&parsed, message, &what);
            let [content, reasoning] = ["content", "reasoning_content"].map(|key| message[key].as_str().unwrap_or_default());
            if exact {
                assert_eq!((parsed.content.as_str(), parsed.reasoning.as_deref().unwrap_or_default()), (content, reasoning), "{what}");
            } else {
                assert_eq!(parsed.content.trim(), content.trim(), "{what}");
                // Templates leave out the reasoning of earlier turns.
                assert!(parsed.reasoning.is_none_or(|read| read.trim() == reasoning.trim()), "{what}");
            }
        }
    }
}

#[test]
fn qwen3s_turns_are_read_back() {
    if let Some(chat) = qwen3() {
        round_trips(&chat, false);
    }
}

#[test]
fn turns_of_chatml_tools_are_read_back_to_the_letter() {
    if let Some(chat) = smollm2(Some(CHATML_TOOLS)) {
        round_trips(&chat, true);
    }
}

#[test]
fn a_template_without_calls_opens_all_the_same() {
    if let Some(chat) = smollm2(None) {
        assert_eq!(chat.calls(), Err(&FormatError::NoCalls));
    }
}

/// Prompt and turn of one message, without what ends it.
fn turn(template: &ChatTemplate, message: &Value, end: &str) -> (String, String) {
    let date = Some("2026-03-04".to_owned().try_into().expect("a day"));
    let render = |messages: &[Value], prompt: bool| {
        let options = RenderOptions { add_generation_prompt: prompt, date, ..RenderOptions::default() };
        template
            .render(messages, &[json!({"type": "function", "function": {"name": "f", "parameters": {}}})], &options)
            .expect("renders")
            .text
    };
    let user = json!({"role": "user", "content": "x"});
    let prompt = render(std::slice::from_ref(&user), true);
    let whole = render(&[user, message.clone()], false);
    let common = prompt.bytes().zip(whole.bytes()).take_while(|(a, b)| a == b).count();
    let text = whole[common..].trim_end().strip_suffix(end).expect("an end");
    (prompt[..common].to_owned(), text.to_owned())
}

#[test]
fn turns_of_other_families_are_read_back() {
    let own = [("mistral", Some(template(MISTRAL)), "</s>"), ("nested", Some(template(NESTED)), "<|im_end|>")];
    let others = [
        ("qwen2_5", "<|im_end|>"),
        ("llama3_1", "<|eot_id|>"),
        ("llama3_2", "<|eot_id|>"),
        ("qwen3_5_think", "<|im_end|>"),
        ("qwen3_8", "<|im_end|>"),
        ("nemotron_3_super", "<|im_end|>"),
        ("glm4moe", ""),
    ];
    for (name, template, end) in own.into_iter().chain(others.map(|(name, end)| (name, family(name), end))) {
        let Some(template) = template else { continue };
        let format = CallFormat::find(&template).expect("a format");
        let tags = matches!(format.syntax, Syntax::Tags(_));
        for seed in 0..200 {
            let mut draw = Rng::of(seed, &["families", name]);
            let mut message = message(&mut draw, tags, format.several);
            if name == "mistral" && message.get("tool_calls").is_none() || name == "llama3_1" || name == "llama3_2" {
                message["content"] = json!("words");
            }
            let (prompt, text) = turn(&template, &message, end);
            let parsed = format.parse_given(&text, &Given { prompt: Some(&prompt), tools: &[] });
            let what = format!("{name}, seed {seed}: {text:?}");
            assert_calls(&parsed, &message, &what);
            let written = format.words || message.get("tool_calls").is_none();
            let content = if written { message["content"].as_str().expect("text").trim() } else { "" };
            assert_eq!(parsed.content.trim(), content, "{what}");
        }
    }
}

/// Everything that is read twice: whole, and in pieces.
fn assert_streams(format: &CallFormat, text: &str, given: &Given<'_>, draw: &mut Rng) {
    let parsed = format.parse_given(text, given);
    let mut stream = format.stream(given);
    let mut deltas = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let longest = if draw.below(2) == 0 { 3 } else { 40 };
        let at = rest.char_indices().map(|(at, _)| at).nth(1 + draw.below(longest)).unwrap_or(rest.len());
        deltas.extend(stream.push(&rest[..at]));
        rest = &rest[at..];
    }
    deltas.extend(stream.finish());
    let mut read = Parsed { unfinished: parsed.unfinished, ..Parsed::default() };
    for delta in deltas {
        match delta {
            Delta::Reasoning(text) => read.reasoning.get_or_insert_default().push_str(&text),
            Delta::Content(text) => read.content.push_str(&text),
            Delta::Call(call) => read.calls.push(call),
        }
    }
    assert_eq!(read, parsed, "{text:?}");
}

/// What must hold of every text.
fn assert_sound(format: &CallFormat, text: &str, parsed: &Parsed) {
    let mut at = 0;
    let mut rest = String::new();
    for call in &parsed.calls {
        assert!(at <= call.range.start && call.range.end <= text.len(), "{text:?}");
        let gap = &text[at..call.range.start];
        // Commas of lists belong to nobody.
        rest.push_str(if gap.trim() == "," { "" } else { gap });
        at = call.range.end;
        for inner in [&call.name_range, &call.arguments_range] {
            assert!(call.range.start <= inner.start && inner.end <= call.range.end && text.get(inner.clone()).is_some(), "{text:?}");
        }
        let object = serde_json::from_str::<Value>(&call.arguments).is_ok_and(|value| value.is_object());
        assert_eq!(object, call.fault.is_none(), "{text:?}: {call:?}");
        assert!(call.fault.is_none() || call.arguments == text[call.range.clone()], "{text:?}");
    }
    rest.push_str(&text[at..]);
    let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
    let reasoning = parsed.reasoning.as_deref().unwrap_or_default();
    let [open, close] = format.reasoning.as_ref().map_or(["", ""], |marks| [marks.open.as_str(), marks.close.as_str()]);
    let ways = [["", ""], [open, ""], ["", close], [open, close]];
    let covered = ways.iter().any(|[open, close]| bare(&rest) == bare(&format!("{open}{reasoning}{close}{}", parsed.content)));
    assert!(covered, "{text:?}: {parsed:?}");
}

/// `text` with some of it cut, doubled, moved or replaced by parts of marks.
fn mutated(text: &str, pieces: &[&str], draw: &mut Rng) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..draw.below(5) {
        let at = draw.below(chars.len() + 1);
        let end = (at + draw.below(12)).min(chars.len());
        match draw.below(4) {
            0 => drop(chars.drain(at..end)),
            1 => {
                let copy: Vec<char> = chars[at..end].to_vec();
                let to = draw.below(chars.len() + 1);
                drop(chars.splice(to..to, copy));
            }
            2 => chars.truncate(chars.len().max(1) - draw.below(8).min(chars.len().max(1) - 1)),
            _ => drop(chars.splice(at..at, draw.pick(pieces).expect("some").chars())),
        }
    }
    chars.into_iter().collect()
}

#[test]
fn broken_texts_are_read_without_loss_and_alike_in_pieces() {
    let mut formats = vec![
        ("chatml-tools", template(CHATML_TOOLS), "<|im_end|>"),
        ("mistral", template(MISTRAL), "</s>"),
        ("nested", template(NESTED), "<|im_end|>"),
    ];
    for (name, end) in [("qwen3", "<|im_end|>"), ("llama3_1", "<|eot_id|>"), ("qwen3_5_think", "<|im_end|>"), ("glm4moe", "")] {
        formats.extend(family(name).map(|template| (name, template, end)));
    }
    let pieces = [
        "<tool_call>",
        "</tool_call>",
        "<think>",
        "</think>",
        "{",
        "}",
        "\"",
        "[TOOL_CALLS]",
        "[",
        "]",
        ",",
        "\n",
        "é🎈",
        "\\",
        "<function=f>",
        "</parameter>",
        "CALL",
        "END",
        "{\"name\": \"f\", ",
    ];
    let (mut calls, mut faults) = (0, 0);
    for (name, template, end) in formats {
        let format = CallFormat::find(&template).expect("a format");
        for seed in 0..1500 {
            let mut draw = Rng::of(seed, &["broken", name]);
            let message = message(&mut draw, matches!(format.syntax, Syntax::Tags(_)), format.several);
            let text = mutated(&turn(&template, &message, end).1, &pieces, &mut draw);
            let given = Given { prompt: (draw.below(2) == 0).then_some(""), tools: &[] };
            let parsed = format.parse_given(&text, &given);
            assert_sound(&format, &text, &parsed);
            assert_streams(&format, &text, &given, &mut draw);
            calls += parsed.calls.len();
            faults += parsed.calls.iter().filter(|call| call.fault.is_some()).count();
        }
    }
    println!("{calls} calls, {faults} malformed");
    assert!(calls > 2000 && faults > 500 && faults * 10 < calls * 9);
}

/// A slow reader of well-formed calls: at each mark, serde_json says where the object ends. None where anything is odd.
fn slow(text: &str) -> Option<(String, Vec<(String, Value)>)> {
    let (mut content, mut calls, mut rest) = (String::new(), Vec::new(), text);
    while let Some(at) = rest.find("<tool_call>") {
        content.push_str(rest[..at].strip_suffix('\n').unwrap_or(&rest[..at]));
        rest = &rest[at + "<tool_call>".len()..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<Value>();
        let value = values.next()?.ok().filter(Value::is_object)?;
        calls.push((value["name"].as_str()?.to_owned(), value["arguments"].as_object().cloned()?.into()));
        rest = rest[values.byte_offset()..].trim_start().strip_prefix("</tool_call>")?;
        if rest.trim_start().starts_with("<tool_call>") || content.is_empty() || rest.trim().is_empty() {
            rest = rest.trim_start();
        }
    }
    content.push_str(rest);
    Some((content, calls))
}

#[test]
fn well_formed_calls_are_read_as_a_slow_reader_reads_them() {
    let (template, format) = (template(CHATML_TOOLS), hermes());
    let mut read = 0;
    for seed in 0..3000 {
        let mut draw = Rng::of(seed, &["slow"]);
        let mut one = message(&mut draw, false, true);
        one.as_object_mut().expect("an object").remove("reasoning_content");
        let text = mutated(&turn(&template, &one, "<|im_end|>").1, &["\n", "<tool_call>", "a", "</tool_call>", "}"], &mut draw);
        let Some((content, calls)) = slow(&text).filter(|_| !text.contains("<think>")) else { continue };
        let parsed = format.parse(&text);
        let ours: Vec<(String, Value)> =
            parsed.calls.iter().map(|call| (call.name.clone(), serde_json::from_str(&call.arguments).expect("JSON"))).collect();
        assert_eq!((parsed.content, ours), (content, calls), "seed {seed}: {text:?}");
        read += 1;
    }
    assert!(read > 1000, "{read}");
}

/// Texts that make careless readers look at everything again and again. There is no clock here: such a reader would take hours.
#[test]
fn huge_texts_take_no_longer_than_they_are_long() {
    let mut formats = vec![hermes(), format_of(MISTRAL), format_of(NESTED)];
    for name in ["llama3_1", "qwen3_5_think", "glm4moe"] {
        formats.extend(family(name).map(|template| CallFormat::find(&template).expect("a format")));
    }
    let pieces = [
        "<tool_call>",
        "<tool_call>{\"",
        "<tool_call>{\"a\":[",
        "<tool_call>{\"name\":\"f\",\"arguments\":{}}",
        "<",
        "\n",
        "{",
        "[TOOL_CALLS][{\"",
        "CALL{\"",
        "{\"name\":",
        "{\"name\":\"f\",\"parameters\":{}}",
        "<tool_call><function=f><parameter=",
        "</think",
        "\\\"",
    ];
    for format in &formats {
        for piece in pieces {
            let text = piece.repeat(100_000 / piece.len());
            let parsed = format.parse(&text);
            assert_sound(format, &text, &parsed);
            let mut stream = format.stream(&Given::default());
            for c in text.chars() {
                stream.push(c.encode_utf8(&mut [0; 4]));
            }
            let calls = stream.finish().len();
            assert!(calls <= text.len());
        }
    }
}
