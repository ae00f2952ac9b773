//! Tokenizers of real models, fetched once into the cache by the scripts in `build/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::gguf::{Gguf, chat_tokenizer};

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// What `build/NAME` prints; none, with a word about it, where it fails.
pub(crate) fn fetched(name: &str) -> Option<PathBuf> {
    let output = Command::new(root().join("build").join(name)).output().expect("a script of the repository");
    if !output.status.success() {
        println!("SKIPPED: build/{name} fetches nothing: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(String::from_utf8(output.stdout).expect("a path").trim().into())
}

/// Qwen3's tokenizer and chat template.
pub(crate) fn qwen3() -> Option<ChatTokenizer> {
    fetched("tokenizer-qwen3").map(|folder| ChatTokenizer::open(&folder, None).expect("Qwen3's tokenizer"))
}

/// The GGUF file of SmolLM2.
pub(crate) fn smollm2_file() -> Option<Gguf> {
    fetched("smollm2").map(|path| Gguf::open(&path).expect("SmolLM2's file"))
}

/// SmolLM2's tokenizer, with its own chat template or another.
pub(crate) fn smollm2(template: Option<&str>) -> Option<ChatTokenizer> {
    smollm2_file().map(|file| chat_tokenizer(&file, template).expect("SmolLM2's tokenizer"))
}

/// Qwen3's tokenizer with another template.
pub(crate) fn qwen3_with(template: &str) -> Option<ChatTokenizer> {
    let chat = qwen3()?;
    let source = wardian_trainer::template::TemplateSource::of(template);
    Some(ChatTokenizer::new(chat.tokenizer().clone(), &source).expect("a template"))
}
