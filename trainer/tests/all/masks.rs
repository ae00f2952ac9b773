//! What must hold of every mask.

use crate::models::{qwen3, smollm2};
use serde_json::json;
use wardian_format::Rng;
use wardian_trainer::chat::{ChatTokenizer, Encoded};
use wardian_trainer::conversation::Conversation;
use wardian_trainer::template::RenderOptions;

/// Words that a mask may stumble over.
const HARD: [&str; 14] = [
    "<|im_end|>",
    "<|im_start|>assistant\n",
    "<|im_end|>\n<|im_start|>assistant\nx<|im_end|>\n",
    "<|endoftext|>",
    "<tool_call>",
    "</tool_response>",
    "<think>",
    "</think>",
    "\n\n",
    " ",
    "漢字🎈",
    "\u{e000}",
    "\u{f0001}",
    "assistant",
];

/// Words with `mark` in them: the agent's have an `A`, all others an `O`, which occur nowhere else in upper case.
fn words(draw: &mut Rng, mark: &str) -> String {
    (0..draw.below(5))
        .map(|i| if draw.below(2) == 0 { format!("{mark}{i}") } else { draw.pick(&HARD).expect("some").to_string() })
        .collect()
}

fn conversation(seed: u64) -> Conversation {
    let mut draw = Rng::of(seed, &["masks"]);
    let mut messages = Vec::new();
    if draw.below(2) == 0 {
        messages.push(json!({"role": "system", "content": words(&mut draw, "O")}));
    }
    for turn in 0..1 + draw.below(3) {
        messages.push(json!({"role": "user", "content": words(&mut draw, "O")}));
        for call in 0..draw.below(3) {
            let arguments = json!({"k": words(&mut draw, "A"), "n": draw.below(1000)});
            let id = format!("{turn}-{call}");
            let mut message = json!({"role": "assistant", "content": words(&mut draw, "A"), "tool_calls": [
                {"id": id, "type": "function", "function": {"name": "f", "arguments": arguments}}]});
            if draw.below(3) == 0 {
                message["reasoning_content"] = json!(words(&mut draw, "A"));
            }
            if draw.below(4) == 0 {
                message["learned"] = json!(false);
            }
            messages.push(message);
            messages.push(json!({"role": "tool", "tool_call_id": id, "name": "f", "content": words(&mut draw, "O")}));
        }
        messages.push(json!({"role": "assistant", "content": words(&mut draw, "A")}));
    }
    let tools =
        json!([{"type": "function", "function": {"name": "f", "description": words(&mut draw, "O"), "parameters": {"type": "object"}}}]);
    Conversation::from_row(&json!({"messages": messages, "tools": tools})).expect("a row")
}

fn text(chat: &ChatTokenizer, encoded: &Encoded, keep: impl Fn(usize) -> bool) -> String {
    let ids: Vec<u32> = encoded.ids.iter().enumerate().filter(|(i, _)| keep(*i)).map(|(_, id)| *id).collect();
    chat.tokenizer().decode(&ids, false).expect("decodes")
}

/// Whatever the messages say, the learned tokens are the agent's, the tokens say what the text says, and no message begins or ends a turn.
fn holds(chat: &ChatTokenizer, seeds: u64) {
    let end = chat.tokenizer().token_to_id("<|im_end|>").expect("a token");
    let (mut learned, mut split, mut refused) = (0, 0, 0);
    for seed in 0..seeds {
        let conversation = conversation(seed);
        let options = RenderOptions::default();
        let rendered = match chat.render(&conversation, &options) {
            Ok(rendered) => rendered,
            // Qwen3 cuts what precedes `</think>`; which words are whose cannot be told then.
            Err(error) => {
                assert!(error.to_string().contains("mentions a control token"), "seed {seed}: {error}");
                refused += 1;
                continue;
            }
        };
        let encoded = chat.encode_rendered(&rendered).expect("encodes");
        assert_eq!(text(chat, &encoded, |_| true), rendered.text, "seed {seed}");
        let picked = text(chat, &encoded, |i| encoded.learned[i]);
        let expected: String = rendered.turns.iter().filter(|turn| turn.learned).map(|turn| &rendered.text[turn.range.clone()]).collect();
        assert_eq!(picked, expected, "seed {seed}");
        let rest = text(chat, &encoded, |i| !encoded.learned[i]);
        assert!(!picked.contains('O'), "seed {seed}: {picked:?}");
        let masked =
            conversation.messages.iter().zip(&conversation.learned).any(|(message, learned)| message["role"] == "assistant" && !learned);
        assert!(masked || !rest.contains('A'), "seed {seed}: {rest:?}");
        // Results share the turn of a user, so there are at most as many turns as messages; and each of the agent's ends.
        let turns = encoded.ids.iter().filter(|id| **id == end).count();
        assert!(turns <= conversation.messages.len() + 1, "seed {seed}: {turns} turns");
        assert!(encoded.turn_ends.iter().all(|turn| encoded.ids[turn - 1] == end), "seed {seed}");
        assert_eq!(encoded.turn_ends.len(), conversation.agent_messages().count(), "seed {seed}");
        learned += encoded.learned_count();
        split += encoded.split;
    }
    println!("{learned} learned tokens; {split} split at a border; {refused} of {seeds} refused");
    assert!(learned > 1000 && refused * 10 < seeds);
}

#[test]
fn learned_tokens_are_the_agents_whatever_messages_say() {
    if let Some(chat) = qwen3() {
        holds(&chat, 300);
    }
}

#[test]
fn a_template_that_trims_nothing_is_masked_as_well() {
    let template = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% for c in m.tool_calls or [] %}\n{{ c.function | tojson }}{% endfor %}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    if let Some(chat) = smollm2(Some(template)) {
        holds(&chat, 300);
    }
}

#[test]
fn what_looks_like_a_token_is_a_token_only_where_the_template_or_the_agent_writes_it() {
    let Some(chat) = qwen3() else { return };
    let row = json!({"messages": [
        {"role": "user", "content": "<tool_call> <|im_end|>"},
        {"role": "assistant", "content": "<tool_call> <|im_end|>", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]},
        {"role": "tool", "content": "</tool_response> <|im_start|>"},
        {"role": "assistant", "content": "ok"},
    ]});
    let conversation = Conversation::from_row(&row).expect("a row");
    let encoded = chat.encode(&conversation, &RenderOptions::default()).expect("encodes");
    let count = |token: &str| {
        let id = chat.tokenizer().token_to_id(token).expect("a token");
        encoded.ids.iter().filter(|one| **one == id).count()
    };
    // One of the call, one that the agent wrote; none of the user's.
    assert_eq!(count("<tool_call>"), 2);
    assert_eq!(count("</tool_call>"), 1);
    assert_eq!(count("</tool_response>"), 1);
    assert_eq!((count("<|im_start|>"), count("<|im_end|>")), (4, 4));
}

#[test]
fn a_template_that_hides_whose_turn_it_is_is_refused() {
    let Some(chat) = smollm2(None) else { return };
    for (template, what) in [
        (
            "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}",
            "no control token stands before it",
        ),
        (
            "{% for m in messages %}<|im_start|>{{ m.role }} {{ m.content }}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant {% endif %}",
            "no control token ends it",
        ),
        ("{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}", "the agent's turn changes what stands before it"),
        ("{% if messages", "is not understood"),
        ("{{ raise_exception('not today') }}", "refuses the conversation: not today"),
        ("{% for m in range(100000) %}{% for n in range(100000) %}{{ n }}{% endfor %}{% endfor %}", "the chat template failed"),
    ] {
        let source = wardian_trainer::template::TemplateSource::of(template);
        let error = ChatTokenizer::new(chat.tokenizer().clone(), &source).expect_err("a bad template").to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn turns_that_cannot_be_told_apart_are_refused() {
    let template = "{% for m in messages %}{% if not (m.role == 'assistant' and m.content == 'b' and loop.index0 > 3) %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    let Some(chat) = smollm2(Some(template)) else { return };
    let turn = |role: &str, content: &str| json!({"role": role, "content": content});
    let row =
        json!({"messages": [turn("user", "x"), turn("assistant", "a"), turn("user", "x"), turn("user", "y"), turn("assistant", "b")]});
    let error = chat.encode(&Conversation::from_row(&row).expect("a row"), &RenderOptions::default()).expect_err("a lost turn");
    assert!(error.to_string().starts_with("the agent has 2 messages, and the template writes 1 turns"), "{error}");
}

#[test]
fn a_turn_without_an_end_learns_nobody_elses_words() {
    let template = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}{% if m.tool_calls %}{{ m.tool_calls | tojson }}\n{% else %}<|im_end|>\n{% endif %}{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    let Some(chat) = smollm2(Some(template)) else { return };
    let conversation = |called: bool| {
        let mut messages = vec![json!({"role": "user", "content": "x"})];
        if called {
            messages.push(json!({"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "f", "arguments": {}}}]}));
            messages.push(json!({"role": "tool", "content": "O"}));
        }
        messages.push(json!({"role": "assistant", "content": "A"}));
        Conversation::from_row(&json!({"messages": messages})).expect("a row")
    };
    assert!(chat.encode(&conversation(false), &RenderOptions::default()).is_ok());
    let error = chat.encode(&conversation(true), &RenderOptions::default()).expect_err("the call's turn is open");
    assert_eq!(error.to_string(), "the agent's turn 0 has no end-of-turn token");
}

#[test]
fn tokens_within_both_sides_turns_are_no_ends() {
    // As in the harmony format: every turn has a token between its header and its words.
    let template = "{% for m in messages %}<|im_start|>{{ m.role }}<file_sep>{{ m.content }}<|im_end|>{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant{% endif %}";
    let Some(chat) = smollm2(Some(template)) else { return };
    let row = json!({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "A"}]});
    let encoded = chat.encode(&Conversation::from_row(&row).expect("a row"), &RenderOptions::default()).expect("encodes");
    assert_eq!(text(&chat, &encoded, |i| encoded.learned[i]), "<file_sep>A<|im_end|>");
}

#[test]
fn a_template_that_writes_the_day_needs_one() {
    let template = "<|im_start|>system\nToday is {{ strftime_now('%d %b %Y') }}.<|im_end|>\n{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
    let Some(chat) = smollm2(Some(template)) else { return };
    let row = json!({"messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "A"}]});
    let conversation = Conversation::from_row(&row).expect("a row");
    let error = chat.render(&conversation, &RenderOptions::default()).expect_err("no day is given");
    assert!(error.to_string().contains("date"), "{error}");
    let date = Some("2026-03-04".to_owned().try_into().expect("a day"));
    let rendered = chat.render(&conversation, &RenderOptions { date, ..RenderOptions::default() }).expect("renders");
    assert!(rendered.text.starts_with("<|im_start|>system\nToday is 04 Mar 2026.<|im_end|>\n"), "{}", rendered.text);
}
