//! Names and shapes of a decoder's weights.

use super::{CheckpointError, Config, Family};
use crate::gguf::Gguf;
use std::collections::BTreeMap;

/// Parts of a layer: Hugging Face's name, ggml's name.
const LAYER: [(&str, &str); 14] = [
    ("input_layernorm.weight", "attn_norm.weight"),
    ("self_attn.q_proj.weight", "attn_q.weight"),
    ("self_attn.k_proj.weight", "attn_k.weight"),
    ("self_attn.v_proj.weight", "attn_v.weight"),
    ("self_attn.o_proj.weight", "attn_output.weight"),
    ("self_attn.q_proj.bias", "attn_q.bias"),
    ("self_attn.k_proj.bias", "attn_k.bias"),
    ("self_attn.v_proj.bias", "attn_v.bias"),
    ("self_attn.q_norm.weight", "attn_q_norm.weight"),
    ("self_attn.k_norm.weight", "attn_k_norm.weight"),
    ("post_attention_layernorm.weight", "ffn_norm.weight"),
    ("mlp.gate_proj.weight", "ffn_gate.weight"),
    ("mlp.up_proj.weight", "ffn_up.weight"),
    ("mlp.down_proj.weight", "ffn_down.weight"),
];

/// Every weight of a decoder by Hugging Face's name, with its shape.
#[must_use]
pub fn shapes(config: &Config) -> BTreeMap<String, Vec<usize>> {
    let Config { hidden, intermediate, head_dim, .. } = *config;
    let (queries, keys) = (config.heads * head_dim, config.kv_heads * head_dim);
    let part = |name: &str| -> Option<Vec<usize>> {
        let biases = config.family == Family::Qwen2;
        let norms = config.family == Family::Qwen3;
        Some(match name {
            "self_attn.q_proj.weight" => vec![queries, hidden],
            "self_attn.k_proj.weight" | "self_attn.v_proj.weight" => vec![keys, hidden],
            "self_attn.o_proj.weight" => vec![hidden, queries],
            "self_attn.q_proj.bias" => biases.then(|| vec![queries])?,
            "self_attn.k_proj.bias" | "self_attn.v_proj.bias" => biases.then(|| vec![keys])?,
            "self_attn.q_norm.weight" | "self_attn.k_norm.weight" => norms.then(|| vec![head_dim])?,
            "mlp.gate_proj.weight" | "mlp.up_proj.weight" => vec![intermediate, hidden],
            "mlp.down_proj.weight" => vec![hidden, intermediate],
            _ => vec![hidden],
        })
    };
    let mut out = BTreeMap::new();
    for layer in 0..config.layers {
        out.extend(LAYER.iter().filter_map(|(name, _)| Some((format!("model.layers.{layer}.{name}"), part(name)?))));
    }
    out.insert("model.embed_tokens.weight".to_owned(), vec![config.vocabulary, hidden]);
    out.insert("model.norm.weight".to_owned(), vec![hidden]);
    if !config.tied {
        out.insert("lm_head.weight".to_owned(), vec![config.vocabulary, hidden]);
    }
    out
}

/// The weight `name` of a GGUF file, row by row. ggml turns neighbouring numbers of Llama's queries and keys, Hugging Face those half a head apart; the
/// rows are put back.
///
/// # Errors
/// Where it is missing or has another shape.
pub fn from_gguf(file: &Gguf, config: &Config, name: &str, shape: &[usize]) -> Result<Vec<f32>, CheckpointError> {
    let wrong = |what: String| CheckpointError::Weight { name: name.to_owned(), what };
    let theirs = ggml(name).ok_or_else(|| wrong("ggml has no name for it".to_owned()))?;
    let found = file.tensors().find(|(one, _)| *one == theirs).map(|(_, info)| info.shape.clone());
    let found = found.ok_or_else(|| wrong(format!("`{}` has no `{theirs}`", file.path().display())))?;
    if found != shape {
        return Err(wrong(format!("its shape is {found:?}, and the model's {shape:?}")));
    }
    let weights = file.weights(&theirs)?;
    let turned = config.family == Family::Llama && (name.ends_with("q_proj.weight") || name.ends_with("k_proj.weight"));
    Ok(if turned { put_back(&weights, config.head_dim, shape[1]) } else { weights })
}

/// ggml's name of a weight.
fn ggml(name: &str) -> Option<String> {
    match name {
        "model.embed_tokens.weight" => Some("token_embd.weight".to_owned()),
        "model.norm.weight" => Some("output_norm.weight".to_owned()),
        "lm_head.weight" => Some("output.weight".to_owned()),
        other => {
            let (layer, part) = other.strip_prefix("model.layers.")?.split_once('.')?;
            let (_, theirs) = LAYER.iter().find(|(ours, _)| *ours == part)?;
            Some(format!("blk.{layer}.{theirs}"))
        }
    }
}

/// Rows 0, 1, 2, 3 … of each head were 0, half, 1, half + 1, ….
fn put_back(weights: &[f32], head_dim: usize, columns: usize) -> Vec<f32> {
    let mut out = vec![0.0; weights.len()];
    for (row, values) in weights.chunks_exact(columns).enumerate() {
        let (head, within) = (row / head_dim, row % head_dim);
        let place = head * head_dim + within % 2 * (head_dim / 2) + within / 2;
        out[place * columns..(place + 1) * columns].copy_from_slice(values);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_heads_are_put_back() {
        // Two heads of four rows, one column: ggml's order of 0..8.
        let ggml = [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0];
        assert_eq!(put_back(&ggml, 4, 1), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    }
}
