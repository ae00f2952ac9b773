//! The tokenizer and the chat template of a GGUF file.

use super::{Gguf, GgufError, Meta};
use crate::chat::{ChatError, ChatTokenizer};
use crate::template::TemplateSource;
use serde_json::{Map, Value, json};
use tokenizers::Tokenizer;

/// ggml's kinds of tokens: control tokens are special, those that users defined are matched whole but are no more than text.
const CONTROL: i128 = 3;
const USER_DEFINED: i128 = 4;
const TOKENS: &str = "tokenizer.ggml.tokens";
const PRE: &str = "tokenizer.ggml.pre";

/// How Qwen2 and Llama 3 cut text before merging. Source: their `tokenizer.json`.
pub(crate) const QWEN2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The tokenizer with `template`, or with the file's own chat template. Special tokens of templates (`eos_token`, …) are the file's.
///
/// # Errors
/// As [`tokenizer`]; and where there is no template.
pub fn chat_tokenizer(file: &Gguf, template: Option<&str>) -> Result<ChatTokenizer, ChatError> {
    let failed = |e: GgufError| ChatError::Tokenizer(e.to_string());
    let own = file.text("tokenizer.chat_template").map_err(failed)?;
    let text = template
        .or(own)
        .ok_or_else(|| ChatError::Tokenizer(format!("`{}` has no chat template, and none is given", file.path().display())))?;
    let mut source = TemplateSource::of(text);
    let tokens = texts(file, TOKENS).map_err(failed)?;
    for (name, key) in [("bos_token", "bos"), ("eos_token", "eos"), ("unk_token", "unknown"), ("pad_token", "padding")] {
        let id = file.int(&format!("tokenizer.ggml.{key}_token_id")).map_err(failed)?;
        if let Some(token) = id.and_then(|id| tokens.get(id)) {
            source.specials.insert(name.to_owned(), (*token).to_owned());
        }
    }
    ChatTokenizer::new(tokenizer(file).map_err(failed)?, &source)
}

/// The tokenizer: byte-level BPE, cut as GPT-2, SmolLM, Qwen2 or Llama 3 cut text.
///
/// # Errors
/// Where the file has another kind of tokenizer, which is named.
pub fn tokenizer(file: &Gguf) -> Result<Tokenizer, GgufError> {
    let model = file.text("tokenizer.ggml.model")?.unwrap_or_default();
    if model != "gpt2" {
        return Err(file.wrong("tokenizer.ggml.model", format!("is `{}`; byte-level BPE (`gpt2`) is known", model.escape_debug())));
    }
    let (cut, normalizer, ignore_merges) = cut(file)?;
    let tokens = texts(file, TOKENS)?;
    let kinds = match file.meta("tokenizer.ggml.token_type") {
        Some(Meta::List(kinds)) if kinds.len() == tokens.len() => kinds.as_slice(),
        _ => return Err(file.wrong("tokenizer.ggml.token_type", "has no kind for each token")),
    };
    let mut vocabulary = Map::new();
    let mut added = Vec::new();
    for (id, (token, kind)) in tokens.iter().zip(kinds).enumerate() {
        let kind = if let Meta::Int(kind) = kind { *kind } else { 0 };
        if kind == CONTROL || kind == USER_DEFINED {
            added.push(json!({"id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": kind == CONTROL}));
        }
        vocabulary.insert((*token).to_owned(), json!(id));
    }
    let mut merges = Vec::new();
    for merge in texts(file, "tokenizer.ggml.merges")? {
        let (left, right) = merge.split_once(' ').ok_or_else(|| file.wrong("tokenizer.ggml.merges", "has a line that is no pair"))?;
        merges.push(json!([left, right]));
    }
    let bytes = json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    let document = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer, "pre_tokenizer": cut,
        "post_processor": null, "decoder": bytes,
        "model": {"type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
                  "fuse_unk": false, "byte_fallback": false, "ignore_merges": ignore_merges, "vocab": vocabulary, "merges": merges},
    });
    document.to_string().parse().map_err(|e| file.wrong(TOKENS, format!("makes no tokenizer: {e}")))
}

/// The pre-tokenizer, the normalizer, and whether whole words in the vocabulary are taken as they are.
fn cut(file: &Gguf) -> Result<(Value, Value, bool), GgufError> {
    let bytes = |regex: bool| json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": regex});
    let then = |first: Value, regex: bool| json!({"type": "Sequence", "pretokenizers": [first, bytes(regex)]});
    let split = |pattern: &str| json!({"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": false});
    Ok(match file.text(PRE)?.unwrap_or("default") {
        "gpt-2" => (bytes(true), Value::Null, false),
        "smollm" => (then(json!({"type": "Digits", "individual_digits": true}), true), Value::Null, false),
        "qwen2" => (then(split(QWEN2), false), json!({"type": "NFC"}), false),
        "llama-bpe" => (then(split(LLAMA3), false), Value::Null, true),
        other => return Err(file.wrong(PRE, format!("is `{}`; gpt-2, smollm, qwen2 and llama-bpe are known", other.escape_debug()))),
    })
}

fn texts<'a>(file: &'a Gguf, key: &str) -> Result<Vec<&'a str>, GgufError> {
    let Some(Meta::List(items)) = file.meta(key) else { return Err(file.wrong(key, "is no list")) };
    let text = |item: &'a Meta| if let Meta::Text(text) = item { Ok(text.as_str()) } else { Err(file.wrong(key, "is no list of texts")) };
    items.iter().map(text).collect()
}
