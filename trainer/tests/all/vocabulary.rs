//! Tokenizers trained from data.

use crate::golden::differs;
use crate::models::root;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use wardian_format::Rng;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::conversation::Conversation;
use wardian_trainer::template::RenderOptions;
use wardian_trainer::vocabulary::{SIZE_MIN, SPECIALS, TAGS, Vocabulary};

const SIZE: usize = 400;

/// Conversations with tools, as JSON lines: words recur, and merges of the same count are many.
fn data(folder: &Path, seed: u64) -> PathBuf {
    let mut draw = Rng::of(seed, &["vocabulary"]);
    let words =
        ["member", "membership", "remember", "loan", "loans", "book", "überfällig", "zurück", "12", "007", "M-1001", "\n", "  ", "été"];
    let text = |draw: &mut Rng| (0..1 + draw.below(12)).map(|_| *draw.pick(&words).expect("some")).collect::<Vec<_>>().join(" ");
    let mut lines = String::new();
    for _ in 0..40 {
        let call = json!({"type": "function", "function": {"name": "get_member", "arguments": {"member_id": text(&mut draw)}}});
        let row = json!({"messages": [
            {"role": "user", "content": text(&mut draw)},
            {"role": "assistant", "content": "", "reasoning_content": text(&mut draw), "tool_calls": [call]},
            {"role": "tool", "content": text(&mut draw)},
            {"role": "assistant", "content": text(&mut draw)},
        ], "tools": [{"type": "function", "function": {"name": "get_member", "parameters": {"type": "object"}}}]});
        lines.push_str(&format!("{row}\n"));
    }
    let path = folder.join(format!("{seed}.jsonl"));
    fs::write(&path, lines).expect("writes");
    path
}

fn trained(folder: &Path) -> Vocabulary {
    Vocabulary::train(&[data(folder, 0)], SIZE, || {}).expect("trains")
}

/// Writes its files, and opens them.
fn written(vocabulary: &Vocabulary, folder: &Path) -> ChatTokenizer {
    for (name, text) in vocabulary.files().expect("files") {
        fs::write(folder.join(name), text).expect("writes");
    }
    ChatTokenizer::open(folder, None).expect("a tokenizer")
}

/// Every character, then random ones.
fn texts() -> Vec<String> {
    let all: Vec<char> = ('\0'..=char::MAX).collect();
    let mut out: Vec<String> = all.chunks(5000).map(|chunk| chunk.iter().collect()).collect();
    let mut draw = Rng::of(0, &["texts"]);
    let pieces = [
        "\r\n",
        "\t",
        " ",
        "  ",
        "\u{1}",
        "12345",
        "don't",
        "I'LL",
        "{\"a\": [1]}",
        "é",
        "e\u{301}",
        "\u{200d}",
        "🏳️‍🌈",
        "<tool_cal",
        "|im_end|>",
        "ſ",
        "İ",
    ];
    for _ in 0..500 {
        out.push((0..draw.below(30)).map(|_| (*draw.pick(&pieces).expect("some")).to_owned()).collect());
    }
    out
}

#[test]
fn text_comes_back_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let vocabulary = trained(folder.path());
    assert_eq!(vocabulary.counts.size, SIZE);
    let chat = written(&vocabulary, folder.path());
    for text in texts() {
        let encoding = chat.tokenizer().encode(text.as_str(), false).expect("encodes");
        assert_eq!(chat.tokenizer().decode(encoding.get_ids(), false).expect("decodes"), text);
    }
    // Bytes by themselves are tokens, as models may write them.
    let alone = (0..256).filter(|i| chat.tokenizer().id_to_token(9 + i).is_some_and(|token| token.chars().count() == 1)).count();
    assert_eq!(alone, 256);
}

#[test]
fn what_is_no_merge_is_one_token_and_what_recurs_is_short() {
    let folder = tempfile::tempdir().expect("a folder");
    let vocabulary = trained(folder.path());
    let chat = written(&vocabulary, folder.path());
    for (id, token) in SPECIALS.iter().chain(&TAGS).enumerate() {
        assert_eq!(chat.tokenizer().token_to_id(token), u32::try_from(id).ok(), "{token}");
    }
    let count = |text: &str| chat.tokenizer().encode(text, false).expect("encodes").len();
    assert_eq!((count(" membership"), count("\"arguments\":"), count("0071")), (1, 3, 4));
    assert!(vocabulary.counts.bytes_a_token > 3.0, "{:?}", vocabulary.counts);
    // Conversations are masked and calls are read with it as with any other.
    let row = json!({"messages": [{"role": "user", "content": "<|im_end|>"}, {"role": "assistant", "content": "ok"}]});
    let encoded = chat.encode(&Conversation::from_row(&row).expect("a row"), &RenderOptions::default()).expect("encodes");
    assert_eq!(encoded.ids.iter().filter(|id| **id == 2).count(), 2);
    assert_eq!(encoded.learned_count(), count("ok") + 1);
    assert!(chat.calls().expect("calls").several);
}

#[test]
fn the_same_data_make_the_same_bytes_on_any_number_of_threads() {
    let folder = tempfile::tempdir().expect("a folder");
    // Where the size cuts merges of the same count, their order decides which are left.
    for (seed, size) in [(0, 300), (1, 333), (2, 366), (3, 5000)] {
        let data = data(folder.path(), seed);
        let train = || Vocabulary::train(std::slice::from_ref(&data), size, || {}).expect("trains").files().expect("files");
        let first = train();
        for threads in [1, 2, 3, 8] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            assert!(pool.install(train) == first, "{threads} threads, seed {seed}");
        }
    }
}

#[test]
fn what_cannot_be_a_vocabulary_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |paths: &[PathBuf], size| Vocabulary::train(paths, size, || {}).expect_err("refused").to_string();
    let data = data(folder.path(), 0);
    assert_eq!(SIZE_MIN, 265);
    let small = refused(std::slice::from_ref(&data), SIZE_MIN - 1);
    assert!(small.starts_with("a vocabulary of 264 tokens: at least 265 are needed"), "{small}");
    assert!(refused(std::slice::from_ref(&data), 2_000_000).contains("at most 1000000"));
    let empty = folder.path().join("empty.jsonl");
    fs::write(&empty, "").expect("writes");
    assert_eq!(refused(std::slice::from_ref(&empty), SIZE), "the data have no conversation to learn a vocabulary from");
    assert_eq!(refused(&[], SIZE), refused(&[empty], SIZE));
    assert!(refused(&[folder.path().join("none.jsonl")], SIZE).starts_with("cannot read"));
    let bytes = Vocabulary::train(std::slice::from_ref(&data), SIZE_MIN, || {}).expect("trains");
    assert_eq!((bytes.counts.size, bytes.counts.conversations), (SIZE_MIN, 40));
    let all = Vocabulary::train(&[data], 100_000, || {}).expect("trains");
    assert!(all.counts.size < 5000, "what occurs once is no token: {:?}", all.counts);
}

/// Only `./test --full`: transformers and torch are 600 MB.
#[test]
fn transformers_reads_the_folder_alike() {
    if std::env::var_os("NEXTEST_PROFILE").is_none_or(|profile| profile != "full") {
        println!("SKIPPED: only the full profile has transformers");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let vocabulary = trained(folder.path());
    let chat = written(&vocabulary, folder.path());
    // Two of them have control tokens in them.
    let mut texts = texts();
    texts.extend(["<|im_start|>a<|im_end|>\n".to_owned(), "<think> </think><tool_call>x".to_owned()]);
    let texts_path = folder.path().join("texts.json");
    fs::write(&texts_path, json!(texts).to_string()).expect("writes");
    let golden = root().join("trainer/tests/golden");
    let python = Command::new(golden.join("make")).arg("--python").output().expect("a script of the repository");
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
    let python = String::from_utf8(python.stdout).expect("a path");
    let output =
        Command::new(python.trim()).arg(golden.join("vocabulary.py")).arg(folder.path()).arg(&texts_path).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let theirs: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&theirs["size"], &theirs["eos"], &theirs["pad"]), (&json!(SIZE), &json!("<|im_end|>"), &json!("<|endoftext|>")));
    for (i, text) in texts.iter().enumerate() {
        let ours = chat.tokenizer().encode(text.as_str(), false).expect("encodes");
        assert_eq!(theirs["ids"][i], json!(ours.get_ids()), "{text:?}");
        assert_eq!(theirs["texts"][i], json!(text));
    }
    let cases = theirs["cases"].as_array().expect("cases");
    assert!(cases.len() > 15);
    let wrong: Vec<String> = cases.iter().filter_map(|case| differs(&chat, case).map(|what| format!("{}: {what}", case["name"]))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
