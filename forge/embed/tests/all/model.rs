//! The encoder against the definition, on a model made here; and models that are not what they should be.

use crate::tiny::{POSITIONS, Tiny, config, tokens};
use wardian_embed::{EmbedError, Embedder, LocalModel, ModelFiles};

/// Texts, and their tokens.
fn cases() -> Vec<(String, Vec<usize>)> {
    let case = |text: &str, words: &[&str]| (text.to_owned(), tokens(words));
    vec![
        case("list users", &["list", "user", "##s"]),
        case("", &[]),
        case("Create INVOICE.", &["create", "invoice", "."]),
        case("delete mail", &["delete", "mail"]),
        case("qwerty mail", &["[UNK]", "mail"]),
        case("mail mail mail mail mail mail mail mail mail mail mail mail", &["mail"; 12]),
        case("list users", &["list", "user", "##s"]),
    ]
}

fn cosine(a: &[f32], b: &[f64]) -> f64 {
    let dot = |x: &mut dyn Iterator<Item = (f64, f64)>| x.map(|(a, b)| a * b).sum::<f64>();
    let both = dot(&mut a.iter().map(|&x| f64::from(x)).zip(b.iter().copied()));
    both / (dot(&mut a.iter().map(|&x| (f64::from(x), f64::from(x)))) * dot(&mut b.iter().map(|&x| (x, x)))).sqrt()
}

#[test]
fn vectors_are_those_of_the_definition() {
    for seed in 1..=12 {
        let tiny = Tiny::new(seed);
        let prefix = if seed % 2 == 0 { "bert." } else { "" };
        for first in [false, true] {
            let pooling = format!(r#"{{"pooling_mode_mean_tokens": {}, "pooling_mode_cls_token": {first}}}"#, !first);
            let pooling = (seed % 3 != 0 || first).then(|| pooling.into_bytes());
            let model = LocalModel::new("tiny", &ModelFiles { pooling, ..tiny.files(prefix) }).expect("a model");
            let texts: Vec<String> = cases().into_iter().map(|(text, _)| text).collect();
            let vectors = model.embed(&texts).expect("vectors");
            for ((text, tokens), vector) in cases().iter().zip(&vectors) {
                let want = tiny.vector(tokens, first);
                let worst = vector.iter().zip(&want).map(|(&a, b)| (f64::from(a) - b).abs()).fold(0.0, f64::max);
                assert!(cosine(vector, &want) > 0.999_999 && worst < 1e-5, "seed {seed}, first {first}, `{text}`: {worst}");
            }
        }
    }
}

#[test]
fn a_vector_does_not_depend_on_its_company_or_on_threads() {
    let model = LocalModel::new("tiny", &Tiny::new(7).files("")).expect("a model");
    let texts: Vec<String> = (0..300).map(|i| cases()[i % 7].0.clone() + &" mail".repeat(i % 5)).collect();
    let together = model.embed(&texts).expect("vectors");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert!(pool.install(|| model.embed(&texts)).expect("vectors") == together, "one thread gives other bits");
    for (text, want) in texts.iter().zip(&together).take(40) {
        assert!(model.embed(std::slice::from_ref(text)).expect("a vector")[0] == *want, "`{text}` alone gives other bits");
    }
}

#[test]
fn the_identity_tells_models_apart() {
    let name = |tiny: u64, label: &str| LocalModel::new(label, &Tiny::new(tiny).files("")).expect("a model").model().to_owned();
    assert_eq!(name(1, "a"), name(1, "a"));
    assert_ne!(name(1, "a"), name(2, "a"));
    assert_ne!(name(1, "a"), name(1, "b"));
    assert!(name(1, "a").ends_with(&format!("/{POSITIONS}")), "{}", name(1, "a"));
}

/// What [`LocalModel::new`] says of files that `spoil` changed.
fn refusal(spoil: impl FnOnce(&mut Tiny, &mut ModelFiles)) -> String {
    let mut tiny = Tiny::new(1);
    let mut files = tiny.files("");
    spoil(&mut tiny, &mut files);
    LocalModel::new("tiny", &files).err().expect("refused").to_string()
}

fn with_config(name: &str, value: &str) -> String {
    let mut config: serde_json::Value = serde_json::from_slice(&config()).expect("JSON");
    config[name] = serde_json::from_str(value).expect("JSON");
    refusal(|_, files| files.config = config.to_string().into_bytes())
}

#[test]
fn bad_files_are_refused_with_the_file_and_the_place() {
    assert_eq!(with_config("model_type", r#""mpnet""#), "`config.json` of the sentence model: `model_type` is `mpnet`, not `bert`");
    assert_eq!(
        with_config("num_attention_heads", "5"),
        "`config.json` of the sentence model: `num_attention_heads` is `5`, not a divisor of `hidden_size`"
    );
    assert_eq!(with_config("num_hidden_layers", "0"), "`config.json` of the sentence model: `num_hidden_layers` is `0`, not from 1 to 48");
    assert_eq!(
        with_config("intermediate_size", "41"),
        "`model.safetensors` of the sentence model: tensor `encoder.layer.0.intermediate.dense.weight` has shape [40, 24], not [41, 24]"
    );
    assert!(with_config("num_hidden_layers", "3").contains("tensor `encoder.layer.2."), "{}", with_config("num_hidden_layers", "3"));
    assert!(with_config("hidden_size", "null").starts_with("`config.json` of the sentence model: invalid type: null"));
    let cut = refusal(|_, files| files.weights.truncate(1000));
    assert!(cut.starts_with("`model.safetensors` of the sentence model: "), "{cut}");
    let pooling = refusal(|_, files| files.pooling = Some(br#"{"pooling_mode_max_tokens": true}"#.to_vec()));
    assert!(pooling.starts_with("`1_Pooling/config.json` of the sentence model: exactly one"), "{pooling}");
    let tokenizer = refusal(|_, files| files.tokenizer = b"{".to_vec());
    assert!(tokenizer.starts_with("`tokenizer.json` of the sentence model: EOF"), "{tokenizer}");
}

#[test]
fn a_token_beyond_the_vocabulary_is_an_error_that_names_the_text() {
    let mut tiny = Tiny::new(1);
    let (shape, numbers) = tiny.tensors.get_mut("embeddings.word_embeddings.weight").expect("words");
    shape[0] -= 1;
    numbers.truncate(11 * shape[1]);
    let mut files = tiny.files("");
    files.config = String::from_utf8(files.config).expect("text").replace(r#""vocab_size":12"#, r#""vocab_size":11"#).into_bytes();
    let model = LocalModel::new("tiny", &files).expect("a model");
    let error = model.embed(&["list".to_owned(), "delete".to_owned()]).expect_err("refused");
    assert!(matches!(error, EmbedError::Text { index: 1, .. }), "{error}");
    assert_eq!(error.to_string(), "text 1 cannot be split into tokens: token 11 is beyond the model's vocabulary of 11");
}

#[test]
fn a_folder_without_a_model_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = ModelFiles::read(folder.path()).expect_err("refused");
    assert_eq!(error.to_string(), format!("cannot read `{}`", folder.path().join("model.safetensors").display()));
}
