//! A small random model, made here, and what it computes by the definition, in double precision.

use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};
use serde_json::json;
use std::collections::BTreeMap;
use wardian_embed::ModelFiles;

pub(crate) const WORDS: [&str; 12] =
    ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "list", "create", "mail", "user", "##s", "invoice", ".", "delete"];
const HIDDEN: usize = 24;
const HEADS: usize = 3;
const WIDE: usize = 40;
const LAYERS: usize = 2;
pub(crate) const POSITIONS: usize = 10;
const EPSILON: f64 = 1e-12;

/// Tensors by name: shape and numbers.
pub(crate) struct Tiny {
    pub(crate) tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Tiny {
    pub(crate) fn new(seed: u64) -> Self {
        let mut state = seed;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1 << 24) as f32 - 0.5) * 1.5
        };
        let mut tensors = BTreeMap::new();
        let mut add = |name: String, shape: &[usize]| {
            let numbers = (0..shape.iter().product()).map(|_| next()).collect();
            tensors.insert(name, (shape.to_vec(), numbers));
        };
        add("embeddings.word_embeddings.weight".into(), &[WORDS.len(), HIDDEN]);
        add("embeddings.position_embeddings.weight".into(), &[POSITIONS, HIDDEN]);
        add("embeddings.token_type_embeddings.weight".into(), &[2, HIDDEN]);
        let mut pair = |name: &str, outputs: usize, inputs: Option<usize>| {
            let shape: Vec<usize> = [outputs].into_iter().chain(inputs).collect();
            add(format!("{name}.weight"), &shape);
            add(format!("{name}.bias"), &[outputs]);
        };
        pair("embeddings.LayerNorm", HIDDEN, None);
        for i in 0..LAYERS {
            let at = |part: &str| format!("encoder.layer.{i}.{part}");
            for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
                pair(&at(part), HIDDEN, Some(HIDDEN));
            }
            pair(&at("attention.output.LayerNorm"), HIDDEN, None);
            pair(&at("intermediate.dense"), WIDE, Some(HIDDEN));
            pair(&at("output.dense"), HIDDEN, Some(WIDE));
            pair(&at("output.LayerNorm"), HIDDEN, None);
        }
        Self { tensors }
    }

    /// The files; names of tensors start with `prefix`.
    pub(crate) fn files(&self, prefix: &str) -> ModelFiles {
        let bytes: Vec<(String, &Vec<usize>, Vec<u8>)> = self
            .tensors
            .iter()
            .map(|(name, (shape, numbers))| (format!("{prefix}{name}"), shape, numbers.iter().flat_map(|x| x.to_le_bytes()).collect()))
            .collect();
        let views = bytes.iter().map(|(name, shape, bytes)| (name, TensorView::new(Dtype::F32, shape.to_vec(), bytes).expect("a tensor")));
        ModelFiles { weights: serialize(views, None).expect("weights"), tokenizer: tokenizer(), config: config(), pooling: None }
    }

    fn get(&self, name: &str) -> Vec<f64> {
        self.tensors[name].1.iter().map(|&x| f64::from(x)).collect()
    }

    /// `y[o] = Σ w[o, i] x[i] + b[o]`.
    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (weight, bias) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        let row = |o: usize| weight[o * x.len()..(o + 1) * x.len()].iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
        bias.iter().enumerate().map(|(o, b)| row(o) + b).collect()
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (scale, shift) = (self.get(&format!("{name}.weight")), self.get(&format!("{name}.bias")));
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        x.iter().zip(scale.iter().zip(&shift)).map(|(x, (g, b))| (x - mean) / (variance + EPSILON).sqrt() * g + b).collect()
    }

    /// States of all tokens after the last layer.
    fn states(&self, tokens: &[usize]) -> Vec<Vec<f64>> {
        let (words, places, kinds) = (
            self.get("embeddings.word_embeddings.weight"),
            self.get("embeddings.position_embeddings.weight"),
            self.get("embeddings.token_type_embeddings.weight"),
        );
        let start = |(place, &token): (usize, &usize)| {
            let x: Vec<f64> = (0..HIDDEN).map(|k| words[token * HIDDEN + k] + places[place * HIDDEN + k] + kinds[k]).collect();
            self.norm("embeddings.LayerNorm", &x)
        };
        let mut states: Vec<Vec<f64>> = tokens.iter().enumerate().map(start).collect();
        for i in 0..LAYERS {
            let at = |part: &str| format!("encoder.layer.{i}.{part}");
            let project = |part: &str| states.iter().map(|x| self.linear(&at(part), x)).collect::<Vec<_>>();
            let (q, k, v) = (project("attention.self.query"), project("attention.self.key"), project("attention.self.value"));
            let context = attention(&q, &k, &v);
            for (state, context) in states.iter_mut().zip(context) {
                let x = plus(state, &self.linear(&at("attention.output.dense"), &context));
                let x = self.norm(&at("attention.output.LayerNorm"), &x);
                let wide: Vec<f64> = self.linear(&at("intermediate.dense"), &x).into_iter().map(gelu).collect();
                *state = self.norm(&at("output.LayerNorm"), &plus(&x, &self.linear(&at("output.dense"), &wide)));
            }
        }
        states
    }

    /// The vector of a text, of length 1: of the first token, or of the mean of all.
    pub(crate) fn vector(&self, tokens: &[usize], first: bool) -> Vec<f64> {
        let states = self.states(tokens);
        let sum = if first { states[0].clone() } else { states.iter().skip(1).fold(states[0].clone(), |sum, x| plus(&sum, x)) };
        let length = sum.iter().map(|x| x * x).sum::<f64>().sqrt();
        sum.iter().map(|x| x / length).collect()
    }
}

fn attention(q: &[Vec<f64>], k: &[Vec<f64>], v: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = HIDDEN / HEADS;
    let one = |i: usize, column: usize| {
        let head = column / width * width..(column / width + 1) * width;
        let score = |j: usize| (head.clone().map(|c| q[i][c] * k[j][c]).sum::<f64>() / (width as f64).sqrt()).exp();
        let all: f64 = (0..k.len()).map(score).sum();
        (0..k.len()).map(|j| score(j) / all * v[j][column]).sum()
    };
    (0..q.len()).map(|i| (0..HIDDEN).map(|column| one(i, column)).collect()).collect()
}

fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

fn gelu(x: f64) -> f64 {
    0.5 * x * (1.0 + erf(x / 2f64.sqrt()))
}

/// The error function by its Taylor series, which converges everywhere; beyond 5 it is 1 to twelve digits.
fn erf(x: f64) -> f64 {
    if x.abs() > 5.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..200 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * std::f64::consts::FRAC_2_SQRT_PI
}

pub(crate) fn config() -> Vec<u8> {
    let config = json!({
        "model_type": "bert", "hidden_act": "gelu", "hidden_size": HIDDEN, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
        "intermediate_size": WIDE, "layer_norm_eps": EPSILON, "max_position_embeddings": POSITIONS, "type_vocab_size": 2,
        "vocab_size": WORDS.len(), "hidden_dropout_prob": 0.1,
    });
    config.to_string().into_bytes()
}

fn tokenizer() -> Vec<u8> {
    let vocabulary: BTreeMap<&str, usize> = WORDS.iter().enumerate().map(|(i, &word)| (word, i)).collect();
    let special = |name: &str| json!({"id": name, "ids": [vocabulary[name]], "tokens": [name]});
    let added = |name: &str| {
        json!({"id": vocabulary[name], "content": name, "special": true, "single_word": false, "lstrip": false, "rstrip": false,
               "normalized": false})
    };
    let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"].map(added);
    let token = |kind: &str, id: &str| json!({kind: {"id": id, "type_id": 0}});
    let tokenizer = json!({
        "version": "1.0", "truncation": null,
        "padding": {"strategy": {"Fixed": 8}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
        "added_tokens": specials,
        "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token("SpecialToken", "[CLS]"), token("Sequence", "A"), token("SpecialToken", "[SEP]")],
            "pair": [token("SpecialToken", "[CLS]"), token("Sequence", "A"), token("SpecialToken", "[SEP]"), token("Sequence", "B")],
            "special_tokens": {"[CLS]": special("[CLS]"), "[SEP]": special("[SEP]")},
        },
        "decoder": null,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                  "vocab": vocabulary},
    });
    tokenizer.to_string().into_bytes()
}

/// Tokens by hand: words of [`WORDS`] between the two marks, at most [`POSITIONS`].
pub(crate) fn tokens(words: &[&str]) -> Vec<usize> {
    let find = |word: &&str| WORDS.iter().position(|w| w == word).expect("a known word");
    let inner = words.iter().map(find).take(POSITIONS - 2);
    [2].into_iter().chain(inner).chain([3]).collect()
}
