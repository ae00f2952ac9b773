//! `config.json`: the shape of a decoder.

use super::CheckpointError;
use crate::gguf::{Gguf, GgufError};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Families of decoders that are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Llama 2 and 3, SmolLM2: neither biases nor norms of queries and keys.
    Llama,
    /// Qwen2 and Qwen2.5: biases of queries, keys and values.
    Qwen2,
    /// Qwen3: norms of queries and keys.
    Qwen3,
}

/// How positions turn queries and keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rope {
    /// Base of the wavelengths.
    pub theta: f64,
    /// How they are stretched for texts longer than those of pre-training.
    pub scaling: Scaling,
}

/// Ways to stretch positions. Source: transformers 5.23, `modeling_rope_utils.py`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scaling {
    /// Not at all.
    None,
    /// All positions divided by a factor.
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Llama 3.1: long waves divided, short ones kept, those between blended.
    Llama3 {
        /// The factor of long waves.
        factor: f64,
        /// Waves longer than the context by this are long.
        low: f64,
        /// Waves shorter than the context by this are short.
        high: f64,
        /// Tokens of pre-training's context.
        context: f64,
    },
}

/// The shape of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The family.
    pub family: Family,
    /// Rows of the embedding.
    pub vocabulary: usize,
    /// Numbers of a token's state.
    pub hidden: usize,
    /// Numbers inside the feed-forward block.
    pub intermediate: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values, of which each serves `heads / kv_heads` of the queries'.
    pub kv_heads: usize,
    /// Numbers of a head.
    pub head_dim: usize,
    /// What norms add to the variance.
    pub norm_eps: f64,
    /// Positions.
    pub rope: Rope,
    /// Whether the output layer is the embedding.
    pub tied: bool,
    /// Positions that the model knows.
    pub positions_max: usize,
    /// Ids that end a text.
    pub eos: Vec<u32>,
}

/// Largest number of layers, heads, …: what is larger is a mistake.
const SIZE_MAX: u64 = 1 << 24;

impl Config {
    /// Reads `config.json` of a Hugging Face folder.
    ///
    /// # Errors
    /// Where it is missing, no JSON, or of a family or with a feature that is not known; the key is named.
    pub fn read(folder: &Path) -> Result<Self, CheckpointError> {
        let path = folder.join("config.json");
        let text = std::fs::read_to_string(&path).map_err(|source| CheckpointError::Read { path: path.clone(), source })?;
        let wrong = |what: String| CheckpointError::Config { path: path.clone(), what };
        let value: Value = serde_json::from_str(&text).map_err(|e| wrong(format!("no JSON: {e}")))?;
        Self::from_json(&value).map_err(wrong)
    }

    /// From the JSON of transformers 4 and 5.
    ///
    /// # Errors
    /// In words, with the key.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let family = match value["model_type"].as_str() {
            Some("llama") => Family::Llama,
            Some("qwen2") => Family::Qwen2,
            Some("qwen3") => Family::Qwen3,
            other => {
                return Err(format!("`model_type` is `{}`; llama, qwen2 and qwen3 are known", other.unwrap_or("missing").escape_debug()));
            }
        };
        let size = |key: &str| whole(value, key)?.ok_or_else(|| format!("`{key}` is missing"));
        let heads = size("num_attention_heads")?;
        let hidden = size("hidden_size")?;
        for (key, expected) in [("hidden_act", "silu"), ("attention_bias", "false"), ("mlp_bias", "false"), ("use_sliding_window", "false")]
        {
            let found = value[key].as_str().map_or_else(|| value[key].to_string(), str::to_owned);
            if !value[key].is_null() && found != expected {
                return Err(format!("`{key}` is {found}; only {expected} is known"));
            }
        }
        let out = Self {
            family,
            vocabulary: size("vocab_size")?,
            hidden,
            intermediate: size("intermediate_size")?,
            layers: size("num_hidden_layers")?,
            heads,
            kv_heads: whole(value, "num_key_value_heads")?.unwrap_or(heads),
            head_dim: whole(value, "head_dim")?.unwrap_or(hidden / heads.max(1)),
            norm_eps: value["rms_norm_eps"].as_f64().unwrap_or(1e-6),
            rope: rope(value)?,
            tied: value["tie_word_embeddings"].as_bool().unwrap_or(false),
            positions_max: whole(value, "max_position_embeddings")?.unwrap_or(2048),
            eos: eos(&value["eos_token_id"]),
        };
        out.check()?;
        Ok(out)
    }

    fn check(&self) -> Result<(), String> {
        let Self { heads, kv_heads, head_dim, .. } = *self;
        if kv_heads == 0 || heads % kv_heads != 0 {
            return Err(format!("{heads} heads of queries cannot share {kv_heads} of keys"));
        }
        if head_dim == 0 || head_dim % 2 != 0 {
            return Err(format!("heads of {head_dim} numbers, which positions turn in pairs"));
        }
        if !(self.norm_eps > 0.0 && self.rope.theta > 1.0) {
            return Err("`rms_norm_eps` and `rope_theta` must be positive, and the latter above 1".to_owned());
        }
        Ok(())
    }

    /// From the metadata of a GGUF file.
    ///
    /// # Errors
    /// Where one is missing, or the architecture is not known.
    pub fn from_gguf(file: &Gguf) -> Result<Self, GgufError> {
        let architecture = file.text("general.architecture")?.unwrap_or_default();
        let family = match architecture {
            "llama" => Family::Llama,
            "qwen2" => Family::Qwen2,
            "qwen3" => Family::Qwen3,
            other => {
                return Err(file.wrong("general.architecture", format!("is `{}`; llama, qwen2 and qwen3 are known", other.escape_debug())));
            }
        };
        let key = |name: &str| format!("{architecture}.{name}");
        let size = |name: &str| file.int(&key(name))?.ok_or_else(|| file.wrong(&key(name), "is missing"));
        let float = |name: &str| file.float(&key(name));
        if let Some(kind) = file.text(&key("rope.scaling.type"))?.filter(|kind| *kind != "none") {
            return Err(file.wrong(&key("rope.scaling.type"), format!("is `{}`, which is not known here", kind.escape_debug())));
        }
        let (hidden, heads) = (size("embedding_length")?, size("attention.head_count")?);
        let (_, embedding) = file
            .tensors()
            .find(|(name, _)| *name == "token_embd.weight")
            .ok_or_else(|| file.wrong("token_embd.weight", "is no tensor of it"))?;
        let out = Self {
            family,
            vocabulary: embedding.shape.first().copied().unwrap_or_default(),
            hidden,
            intermediate: size("feed_forward_length")?,
            layers: size("block_count")?,
            heads,
            kv_heads: file.int(&key("attention.head_count_kv"))?.unwrap_or(heads),
            head_dim: file.int(&key("attention.key_length"))?.unwrap_or(hidden / heads.max(1)),
            norm_eps: float("attention.layer_norm_rms_epsilon")?.unwrap_or(1e-6),
            rope: Rope { theta: float("rope.freq_base")?.unwrap_or(10_000.0), scaling: Scaling::None },
            tied: !file.tensors().any(|(name, _)| name == "output.weight"),
            positions_max: size("context_length")?,
            eos: file.int("tokenizer.ggml.eos_token_id")?.and_then(|id| u32::try_from(id).ok()).into_iter().collect(),
        };
        out.check().map_err(|what| file.wrong("general.architecture", format!("has a shape that is none: {what}")))?;
        Ok(out)
    }

    /// As `config.json` of transformers 5, for weights kept as `dtype` (`float32`, `bfloat16`).
    #[must_use]
    pub fn to_json(&self, dtype: &str) -> Value {
        let (model_type, class) = match self.family {
            Family::Llama => ("llama", "LlamaForCausalLM"),
            Family::Qwen2 => ("qwen2", "Qwen2ForCausalLM"),
            Family::Qwen3 => ("qwen3", "Qwen3ForCausalLM"),
        };
        let mut rope = Map::new();
        rope.insert("rope_theta".to_owned(), json!(self.rope.theta));
        let more = match self.rope.scaling {
            Scaling::None => json!({"rope_type": "default"}),
            Scaling::Linear { factor } => json!({"rope_type": "linear", "factor": factor}),
            Scaling::Llama3 { factor, low, high, context } => json!({
                "rope_type": "llama3", "factor": factor, "low_freq_factor": low, "high_freq_factor": high,
                "original_max_position_embeddings": context as u64,
            }),
        };
        rope.extend(more.as_object().cloned().unwrap_or_default());
        let mut out = json!({
            "architectures": [class], "model_type": model_type, "dtype": dtype, "torch_dtype": dtype,
            "vocab_size": self.vocabulary, "hidden_size": self.hidden, "intermediate_size": self.intermediate,
            "num_hidden_layers": self.layers, "num_attention_heads": self.heads, "num_key_value_heads": self.kv_heads,
            "head_dim": self.head_dim, "hidden_act": "silu", "rms_norm_eps": self.norm_eps,
            "rope_theta": self.rope.theta, "rope_parameters": rope, "max_position_embeddings": self.positions_max,
            "tie_word_embeddings": self.tied, "attention_dropout": 0.0, "use_cache": true,
        });
        if !self.eos.is_empty() {
            out["eos_token_id"] = if let [one] = self.eos[..] { json!(one) } else { json!(self.eos) };
        }
        out
    }
}

fn whole(value: &Value, key: &str) -> Result<Option<usize>, String> {
    match &value[key] {
        Value::Null => Ok(None),
        n => match n.as_u64() {
            Some(n) if (1..=SIZE_MAX).contains(&n) => Ok(Some(usize::try_from(n).expect("small"))),
            _ => Err(format!("`{key}` is {n}; a whole number from 1 to {SIZE_MAX} belongs there")),
        },
    }
}

fn eos(value: &Value) -> Vec<u32> {
    let one = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    value.as_array().map_or_else(|| one(value).into_iter().collect(), |ids| ids.iter().filter_map(one).collect())
}

/// transformers 4 has `rope_theta` and `rope_scaling`, transformers 5 `rope_parameters` with both.
fn rope(value: &Value) -> Result<Rope, String> {
    let scaling = if value["rope_parameters"].is_object() { &value["rope_parameters"] } else { &value["rope_scaling"] };
    let theta = value["rope_theta"].as_f64().or_else(|| scaling["rope_theta"].as_f64()).unwrap_or(10_000.0);
    let kind = scaling["rope_type"].as_str().or_else(|| scaling["type"].as_str()).unwrap_or("default");
    let number = |key: &str| {
        scaling[key].as_f64().filter(|n| *n > 0.0).ok_or_else(|| format!("`{key}` of `{kind}` scaling of positions is missing"))
    };
    let scaling = match kind {
        "default" => Scaling::None,
        "linear" => Scaling::Linear { factor: number("factor")? },
        "llama3" => Scaling::Llama3 {
            factor: number("factor")?,
            low: number("low_freq_factor")?,
            high: number("high_freq_factor")?,
            context: number("original_max_position_embeddings")?,
        },
        other => return Err(format!("positions are scaled by `{}`; default, linear and llama3 are known", other.escape_debug())),
    };
    Ok(Rope { theta, scaling })
}

impl Rope {
    /// Turns a position by these angles, one for each pair of a head's numbers, in radians.
    #[must_use]
    pub fn frequencies(&self, head_dim: usize) -> Vec<f64> {
        let plain = (0..head_dim / 2).map(|i| self.theta.powf(-2.0 * i as f64 / head_dim as f64));
        plain.map(|frequency| self.scaled(frequency)).collect()
    }

    fn scaled(&self, frequency: f64) -> f64 {
        match self.scaling {
            Scaling::None => frequency,
            Scaling::Linear { factor } => frequency / factor,
            Scaling::Llama3 { factor, low, high, context } => {
                let wave = std::f64::consts::TAU / frequency;
                if wave < context / high {
                    frequency
                } else if wave > context / low {
                    frequency / factor
                } else {
                    let smooth = (context / wave - low) / (high - low);
                    (1.0 - smooth) * frequency / factor + smooth * frequency
                }
            }
        }
    }
}
