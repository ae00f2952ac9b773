//! The files of a checkpoint that have to do with text: tokenizer, chat template, tokens that end a turn.

use super::{CheckpointError, Config};
use crate::chat::ChatTokenizer;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Files of a Hugging Face folder that say how text becomes tokens.
const FILES: [&str; 8] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "additional_chat_templates/tool_use.jinja",
];
const TEMPLATE: &str = "chat_template.jinja";

/// Writes tokenizer, chat template and `generation_config.json` of `chat` into `folder`, as transformers and vLLM read them. `model` is where they
/// come from: files of a Hugging Face folder are copied, those of a GGUF file are made. `template` says that the chat template is not the model's own.
///
/// # Errors
/// Where a file cannot be read or written.
pub fn write_text(model: &Path, chat: &ChatTokenizer, config: &Config, template: bool, folder: &Path) -> Result<(), CheckpointError> {
    fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
    if model.is_dir() {
        for name in FILES {
            let (from, to) = (model.join(name), folder.join(name));
            if !from.exists() || (template && name.ends_with(".jinja")) {
                continue;
            }
            to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::copy(&from, &to)).map_err(|e| failed(&to, &e))?;
        }
    } else {
        let path = folder.join("tokenizer.json");
        chat.tokenizer().save(&path, true).map_err(|e| CheckpointError::Write { path, what: e.to_string() })?;
        let mut tokens = json!({"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false});
        for (name, text) in &chat.source().specials {
            tokens[name] = json!(text);
        }
        put(&folder.join("tokenizer_config.json"), &format!("{tokens:#}\n"))?;
    }
    if template || !model.is_dir() {
        put(&folder.join(TEMPLATE), &chat.source().default)?;
    }
    let generation = generation(chat, config);
    put(&folder.join("generation_config.json"), &format!("{generation:#}\n"))
}

/// Generation ends with what ends a turn of the agent, and with what the model's own configuration names.
fn generation(chat: &ChatTokenizer, config: &Config) -> Value {
    let mut ends = ends(chat, config);
    ends.dedup();
    let mut out = json!({"do_sample": false});
    if !ends.is_empty() {
        out["eos_token_id"] = json!(ends);
    }
    let pad = chat.source().specials.get("pad_token").and_then(|token| chat.tokenizer().token_to_id(token));
    if let Some(pad) = pad {
        out["pad_token_id"] = json!(pad);
    }
    out
}

/// Ids of the tokens at which generation ends: those that end a turn of the agent first.
#[must_use]
pub fn ends(chat: &ChatTokenizer, config: &Config) -> Vec<u32> {
    let mut out = chat.turn().map(|turn| turn.ends.clone()).unwrap_or_default();
    let eos = chat.source().specials.get("eos_token").and_then(|token| chat.tokenizer().token_to_id(token));
    for id in eos.iter().chain(&config.eos) {
        if !out.contains(id) {
            out.push(*id);
        }
    }
    out
}

fn put(path: &Path, text: &str) -> Result<(), CheckpointError> {
    fs::write(path, text).map_err(|e| failed(path, &e))
}

fn failed(path: &Path, e: &std::io::Error) -> CheckpointError {
    CheckpointError::Write { path: path.to_owned(), what: e.to_string() }
}
