//! GGUF files, whole and damaged.

use crate::models::{root, smollm2_file};
use serde_json::Value;
use std::fs;
use std::path::Path;
use wardian_trainer::gguf::{Gguf, Kind, Meta};

fn golden() -> Value {
    let path = root().join("trainer/tests/golden/quants.json");
    serde_json::from_str(&fs::read_to_string(path).expect("a golden file")).expect("JSON")
}

fn floats(value: &Value) -> Vec<f32> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number") as f32).collect()
}

/// A text of GGUF: length and bytes.
fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

/// A file with a few metadata and one tensor of `kind`.
fn file(kind: u32, numbers: u64, data: &[u8]) -> Vec<u8> {
    let mut out = b"GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0".to_vec();
    out.extend([text("general.name"), 8_u32.to_le_bytes().to_vec(), text("small")].concat());
    out.extend([text("a.list"), 9_u32.to_le_bytes().to_vec(), 5_u32.to_le_bytes().to_vec(), 2_u64.to_le_bytes().to_vec()].concat());
    out.extend([(-1_i32).to_le_bytes(), 7_i32.to_le_bytes()].concat());
    out.extend([text("a.number"), 6_u32.to_le_bytes().to_vec(), 1.5_f32.to_le_bytes().to_vec()].concat());
    out.extend([text("w"), 1_u32.to_le_bytes().to_vec(), numbers.to_le_bytes().to_vec(), kind.to_le_bytes().to_vec(), vec![0; 8]].concat());
    out.resize(out.len().next_multiple_of(32), 0);
    out.extend(data);
    out
}

fn open(folder: &Path, bytes: &[u8]) -> Result<Gguf, String> {
    let path = folder.join("a.gguf");
    fs::write(&path, bytes).expect("can write");
    Gguf::open(&path).map_err(|e| e.to_string())
}

#[test]
fn numbers_in_blocks_are_what_ggml_reads_in_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let golden = golden();
    let numbers = |name: &str| match name {
        "F16" => 1,
        "BF16" => 30,
        "Q4_0" => 2,
        "Q4_1" => 3,
        "Q5_0" => 6,
        "Q5_1" => 7,
        "Q8_0" => 8,
        "Q4_K" => 12,
        "Q5_K" => 13,
        "Q6_K" => 14,
        other => panic!("{other}"),
    };
    let kinds = golden["kinds"].as_object().expect("kinds");
    assert_eq!(kinds.len(), 10);
    for (name, case) in kinds {
        let hex = case["bytes"].as_str().expect("text");
        let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hex")).collect();
        let expected = floats(&case["floats"]);
        let gguf = open(folder.path(), &file(numbers(name), expected.len() as u64, &bytes)).expect("a file");
        let ours = gguf.weights("w").expect("weights");
        assert_eq!(ours.len(), expected.len(), "{name}");
        for (i, (a, b)) in ours.iter().zip(&expected).enumerate() {
            assert!((a - b).abs() <= b.abs() * 1e-6 + 1e-12, "{name} {i}: {a} and {b}");
        }
    }
}

#[test]
fn a_real_file_is_read() {
    let Some(gguf) = smollm2_file() else { return };
    assert_eq!(gguf.text("general.architecture").expect("text"), Some("llama"));
    assert_eq!(gguf.int("llama.block_count").expect("a number"), Some(30));
    assert_eq!(gguf.tensors().count(), 272);
    for (name, case) in golden()["tensors"].as_object().expect("tensors") {
        let (_, info) = gguf.tensors().find(|(one, _)| one == name).expect("a tensor");
        let shape: Vec<u64> = info.shape.iter().map(|n| *n as u64).collect();
        assert_eq!(serde_json::json!(shape), case["shape"], "{name}");
        let step = usize::try_from(case["step"].as_u64().expect("a number")).expect("small");
        let ours: Vec<f32> = gguf.weights(name).expect("weights").into_iter().step_by(step).take(50).collect();
        assert_eq!(ours, floats(&case["floats"]), "{name}");
    }
}

#[test]
fn a_small_file_is_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let gguf = open(folder.path(), &file(0, 2, &[0, 0, 128, 63, 0, 0, 0, 192])).expect("a file");
    assert_eq!(gguf.weights("w").expect("weights"), [1.0, -2.0]);
    assert_eq!(gguf.meta("a.list"), Some(&Meta::List(vec![Meta::Int(-1), Meta::Int(7)])));
    assert_eq!((gguf.float("a.number").expect("a number"), gguf.text("general.name").expect("text")), (Some(1.5), Some("small")));
    assert_eq!(gguf.tensors().next().map(|(_, info)| (info.kind, info.shape.clone())), Some((Kind::F32, vec![2])));
    assert!(gguf.int("general.name").is_err() && gguf.weights("v").is_err());
}

#[test]
fn damaged_files_are_refused_and_harm_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = file(0, 2, &[0; 8]);
    for end in 0..whole.len() {
        open(folder.path(), &whole[..end]).expect_err("a cut file");
    }
    // Any byte may be anything: an error or a file, never a panic and never more memory than the file.
    for at in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            if let Ok(gguf) = open(folder.path(), &bytes) {
                let names: Vec<String> = gguf.tensors().map(|(name, _)| name.to_owned()).collect();
                for name in names {
                    gguf.weights(&name).expect("what was checked can be read");
                }
            }
        }
    }
    for (bytes, what) in [
        (b"GGML".to_vec(), "this is no GGUF"),
        (b"GGUF\x09\0\0\0".to_vec(), "version 9 of GGUF"),
        (file(99, 2, &[0; 8]), "numbers of the kind 99"),
        (file(3, 2, &[0; 8]), "rows of 2 numbers, in blocks of 32"),
        (file(0, 3, &[0; 8]), "ends behind the file's"),
        (file(0, u64::MAX, &[0; 8]), "too large"),
    ] {
        let error = open(folder.path(), &bytes).expect_err("a bad file");
        assert!(error.contains(what), "{error}");
    }
}
