//! Texts, tokens and masks that transformers made (`tests/golden/make`).

use crate::models::{qwen3, qwen3_with, root, smollm2};
use serde_json::Value;
use std::fs;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::conversation::Conversation;
use wardian_trainer::template::RenderOptions;

const BLOCKS: &str = "generation.jinja";

#[test]
fn qwen3_is_rendered_tokenized_and_masked_as_transformers_does_it() {
    check("qwen3", qwen3());
}

#[test]
fn smollm2_is_rendered_tokenized_and_masked_as_transformers_does_it() {
    check("smollm2", smollm2(None));
}

#[test]
fn generation_blocks_mark_what_transformers_says_they_mark() {
    let template = fs::read_to_string(root().join("trainer/tests/golden").join(BLOCKS)).expect("the template");
    check("qwen3-generation", qwen3_with(&template));
    check("smollm2-generation", smollm2(Some(&template)));
}

/// Compares every case of `tests/golden/NAME.json`.
fn check(name: &str, chat: Option<ChatTokenizer>) {
    let Some(chat) = chat else { return };
    let path = root().join("trainer/tests/golden").join(format!("{name}.json"));
    let document: Value = serde_json::from_str(&fs::read_to_string(path).expect("a golden file")).expect("JSON");
    let cases = document["cases"].as_array().expect("cases");
    assert!(cases.len() > 15);
    let wrong: Vec<String> = cases.iter().filter_map(|case| differs(&chat, case).map(|what| format!("{}: {what}", case["name"]))).collect();
    assert!(wrong.is_empty(), "{name}: {} of {} cases differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// What differs in a case; none where nothing does.
pub(crate) fn differs(chat: &ChatTokenizer, case: &Value) -> Option<String> {
    let list = |key: &str| case[key].as_array().expect("a list").clone();
    let mut variables = case["options"].as_object().expect("options").clone();
    let add_generation_prompt = variables.remove("add_generation_prompt").is_some_and(|value| value == true);
    let conversation = Conversation {
        learned: list("messages").iter().map(|message| message["role"] == "assistant").collect(),
        messages: list("messages"),
        tools: list("tools"),
        variables,
    };
    let options = RenderOptions { add_generation_prompt, ..RenderOptions::default() };
    let plain = chat.template().render(
        &conversation.messages,
        &conversation.tools,
        &RenderOptions { variables: conversation.variables.clone(), ..options.clone() },
    );
    let Some(text) = case["text"].as_str() else {
        return plain.is_ok().then(|| format!("Python refuses it: {}", case["error"]));
    };
    match &plain {
        Ok(plain) if plain.text == text => {}
        Ok(plain) => return Some(first_difference(text, &plain.text)),
        Err(error) => return Some(error.to_string()),
    }
    let encoded = match chat.encode(&conversation, &options) {
        Ok(encoded) => encoded,
        Err(error) => return Some(error.to_string()),
    };
    let ids = case["ids"].as_array()?;
    // A token across the border of a turn is split; tests/all/masks.rs looks at those.
    if encoded.split > 0 {
        return None;
    }
    let ours: Vec<u64> = encoded.ids.iter().map(|id| u64::from(*id)).collect();
    let theirs: Vec<u64> = ids.iter().filter_map(Value::as_u64).collect();
    if ours != theirs {
        let at = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        return Some(format!("token {at} of {}: {:?}, and ours {:?}", theirs.len(), theirs.get(at), ours.get(at)));
    }
    let learned: Vec<usize> = encoded.learned.iter().enumerate().filter(|(_, learned)| **learned).map(|(i, _)| i).collect();
    let runs = case["learned"].as_array()?;
    let bound = |run: &Value, i: usize| usize::try_from(run[i].as_u64().expect("a number")).expect("small");
    let expected: Vec<usize> = runs.iter().flat_map(|run| bound(run, 0)..bound(run, 1)).collect();
    (learned != expected).then(|| format!("learned {learned:?}\nexpected {expected:?}"))
}

fn first_difference(theirs: &str, ours: &str) -> String {
    let at = theirs.bytes().zip(ours.bytes()).take_while(|(a, b)| a == b).count();
    let show = |text: &str| String::from_utf8_lossy(&text.as_bytes()[at.saturating_sub(20)..(at + 60).min(text.len())]).into_owned();
    format!("byte {at}\n  theirs {:?}\n  ours   {:?}", show(theirs), show(ours))
}
