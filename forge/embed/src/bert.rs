//! A BERT encoder (Devlin et al. 2018) with a sentence vector on top, in `f32`.

use crate::error::EmbedError;
use crate::kernels::{Shape, gelu, layer_norm, multiply, softmax};
use safetensors::{Dtype, SafeTensors};
use serde::Deserialize;

const CONFIG: &str = "config.json";
const WEIGHTS: &str = "model.safetensors";
const POOLING: &str = "1_Pooling/config.json";

/// Limits of a model. MiniLM-L6 has 6 layers of 384; the largest BERT has 24 of 1,024.
const LAYERS_MAX: usize = 48;
const HIDDEN_MAX: usize = 4096;
const INTERMEDIATE_MAX: usize = 16_384;
const POSITIONS_MAX: usize = 8192;

/// How the vectors of a text's tokens become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The vector of the first token.
    First,
}

/// The part of `config.json` that decides what is computed. Other members are training's and are ignored.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Config {
    model_type: String,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
    pub(crate) hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    layer_norm_eps: f64,
    pub(crate) max_position_embeddings: usize,
    type_vocab_size: usize,
    pub(crate) vocab_size: usize,
}

/// The member of `1_Pooling/config.json` that are read; the other modes must be off.
#[derive(Deserialize)]
struct PoolingConfig {
    #[serde(default)]
    pooling_mode_mean_tokens: bool,
    #[serde(default)]
    pooling_mode_cls_token: bool,
    #[serde(default)]
    pooling_mode_max_tokens: bool,
    #[serde(default)]
    pooling_mode_mean_sqrt_len_tokens: bool,
}

/// The weights.
pub(crate) struct Bert {
    words: Vec<f32>,
    positions: Vec<f32>,
    /// The row of token type 0: a lone sentence has no other.
    kind: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    hidden: usize,
    heads: usize,
    epsilon: f32,
    pub(crate) pooling: Pooling,
}

struct Layer {
    /// Query, key and value in one product.
    attention: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    widen: Linear,
    narrow: Linear,
    norm: Norm,
}

/// `y = x · w + b`. In the file a row of `w` is an output; here it is an input, since rows of outputs are packed faster.
struct Linear {
    weight: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
}

struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// Buffers that one thread uses again for every batch.
#[derive(Default)]
pub(crate) struct Scratch {
    state: Vec<f32>,
    qkv: Vec<f32>,
    scores: Vec<f32>,
    context: Vec<f32>,
    wide: Vec<f32>,
    change: Vec<f32>,
}

fn absolute() -> String {
    "absolute".to_owned()
}

impl Config {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, EmbedError> {
        let config: Self = serde_json::from_slice(bytes).map_err(|e| EmbedError::model(CONFIG, e))?;
        let refuse = |name: &str, got: &str, want: &str| Err(EmbedError::model(CONFIG, format!("`{name}` is `{got}`, not {want}")));
        if config.model_type != "bert" {
            return refuse("model_type", &config.model_type, "`bert`");
        }
        if config.hidden_act != "gelu" {
            return refuse("hidden_act", &config.hidden_act, "`gelu`");
        }
        if config.position_embedding_type != "absolute" {
            return refuse("position_embedding_type", &config.position_embedding_type, "`absolute`");
        }
        for (name, value, most) in [
            ("hidden_size", config.hidden_size, HIDDEN_MAX),
            ("num_hidden_layers", config.num_hidden_layers, LAYERS_MAX),
            ("num_attention_heads", config.num_attention_heads, config.hidden_size),
            ("intermediate_size", config.intermediate_size, INTERMEDIATE_MAX),
            ("max_position_embeddings", config.max_position_embeddings, POSITIONS_MAX),
            ("type_vocab_size", config.type_vocab_size, 16),
            ("vocab_size", config.vocab_size, 1 << 20),
        ] {
            if value == 0 || value > most {
                return refuse(name, &value.to_string(), &format!("from 1 to {most}"));
            }
        }
        if !config.hidden_size.is_multiple_of(config.num_attention_heads) {
            return refuse("num_attention_heads", &config.num_attention_heads.to_string(), "a divisor of `hidden_size`");
        }
        if !(config.layer_norm_eps > 0.0 && config.layer_norm_eps < 1.0) {
            return refuse("layer_norm_eps", &config.layer_norm_eps.to_string(), "between 0 and 1");
        }
        Ok(config)
    }
}

impl Pooling {
    /// Reads `1_Pooling/config.json`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, EmbedError> {
        let config: PoolingConfig = serde_json::from_slice(bytes).map_err(|e| EmbedError::model(POOLING, e))?;
        let others = config.pooling_mode_max_tokens || config.pooling_mode_mean_sqrt_len_tokens;
        match (config.pooling_mode_mean_tokens, config.pooling_mode_cls_token, others) {
            (true, false, false) => Ok(Self::Mean),
            (false, true, false) => Ok(Self::First),
            _ => Err(EmbedError::model(POOLING, "exactly one of mean and first token must be on, and nothing else")),
        }
    }
}

impl Bert {
    /// Takes the weights out of a safetensors file. Names may start with `bert.`, as in checkpoints with a head.
    pub(crate) fn parse(config: &Config, pooling: Pooling, weights: &[u8]) -> Result<Self, EmbedError> {
        let file = SafeTensors::deserialize(weights).map_err(|e| EmbedError::model(WEIGHTS, e))?;
        let prefix = if file.tensor("embeddings.word_embeddings.weight").is_ok() { "" } else { "bert." };
        let reader = Reader { file, prefix };
        let hidden = config.hidden_size;
        let kinds = reader.tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, hidden])?;
        Ok(Self {
            words: reader.tensor("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            positions: reader.tensor("embeddings.position_embeddings.weight", &[config.max_position_embeddings, hidden])?,
            kind: kinds[..hidden].to_vec(),
            norm: reader.norm("embeddings.LayerNorm", hidden)?,
            layers: (0..config.num_hidden_layers).map(|i| reader.layer(i, config)).collect::<Result<_, _>>()?,
            hidden,
            heads: config.num_attention_heads,
            epsilon: config.layer_norm_eps as f32,
            pooling,
        })
    }

    /// The vectors of token lists, one after another, each of length 1. Texts do not see each other. No list may be empty or longer
    /// than the positions; every token must be below the vocabulary's size.
    pub(crate) fn run(&self, texts: &[&[u32]], scratch: &mut Scratch) -> Vec<f32> {
        self.look_up(texts, &mut scratch.state);
        let ends: Vec<(usize, usize)> = texts
            .iter()
            .scan(0, |start, text| {
                let first = *start;
                *start += text.len();
                Some((first, text.len()))
            })
            .collect();
        for layer in &self.layers {
            self.attend(layer, &ends, scratch);
            let Scratch { state, wide, change, .. } = scratch;
            layer.widen.apply(state, wide);
            gelu(wide);
            layer.narrow.apply(wide, change);
            add(state, change);
            layer.norm.apply(state, self.epsilon);
        }
        let mut out = vec![0.0; texts.len() * self.hidden];
        for (&(start, tokens), vector) in ends.iter().zip(out.chunks_exact_mut(self.hidden)) {
            self.pool(&scratch.state[start * self.hidden..(start + tokens) * self.hidden], vector);
        }
        out
    }

    fn look_up(&self, texts: &[&[u32]], state: &mut Vec<f32>) {
        state.clear();
        for text in texts {
            for (position, &token) in text.iter().enumerate() {
                let word = &self.words[token as usize * self.hidden..][..self.hidden];
                let place = &self.positions[position * self.hidden..][..self.hidden];
                state.extend(word.iter().zip(place).zip(&self.kind).map(|((word, place), kind)| word + kind + place));
            }
        }
        self.norm.apply(state, self.epsilon);
    }

    /// Self-attention of each text within itself, added to the state and normalised.
    fn attend(&self, layer: &Layer, ends: &[(usize, usize)], scratch: &mut Scratch) {
        let Scratch { state, qkv, scores, context, change, .. } = scratch;
        let (hidden, width) = (self.hidden, self.hidden / self.heads);
        let scale = 1.0 / (width as f32).sqrt();
        layer.attention.apply(state, qkv);
        context.clear();
        context.resize(state.len(), 0.0);
        for &(start, tokens) in ends {
            scores.clear();
            scores.resize(tokens * tokens, 0.0);
            let square = Shape::rows(0, tokens, tokens, tokens);
            for head in 0..self.heads {
                let part = |which: usize| Shape::rows(start * 3 * hidden + which * hidden + head * width, tokens, width, 3 * hidden);
                multiply(scale, (qkv, part(0)), (qkv, part(1).transposed()), 0.0, (scores, square));
                softmax(scores, tokens);
                let out = Shape::rows(start * hidden + head * width, tokens, width, hidden);
                multiply(1.0, (scores, square), (qkv, part(2)), 0.0, (context, out));
            }
        }
        layer.attention_out.apply(context, change);
        add(state, change);
        layer.attention_norm.apply(state, self.epsilon);
    }

    fn pool(&self, tokens: &[f32], out: &mut [f32]) {
        let count = match self.pooling {
            Pooling::Mean => tokens.len() / self.hidden,
            Pooling::First => 1,
        };
        for token in tokens.chunks_exact(self.hidden).take(count) {
            add(out, token);
        }
        let length = crate::kernels::sum(out, |x| x * x).sqrt();
        for x in out.iter_mut() {
            *x /= length;
        }
    }
}

impl Linear {
    /// From rows of outputs.
    fn new(rows: &[f32], bias: Vec<f32>, inputs: usize) -> Self {
        let weight = (0..inputs).flat_map(|i| rows.iter().skip(i).step_by(inputs).copied()).collect();
        Self { weight, bias, inputs }
    }

    fn apply(&self, x: &[f32], y: &mut Vec<f32>) {
        let (rows, outputs) = (x.len() / self.inputs, self.bias.len());
        y.clear();
        y.reserve(rows * outputs);
        for _ in 0..rows {
            y.extend_from_slice(&self.bias);
        }
        let weight = Shape::rows(0, self.inputs, outputs, outputs);
        let x_shape = Shape::rows(0, rows, self.inputs, self.inputs);
        multiply(1.0, (x, x_shape), (&self.weight, weight), 1.0, (y, Shape::rows(0, rows, outputs, outputs)));
    }
}

impl Norm {
    fn apply(&self, rows: &mut [f32], epsilon: f32) {
        layer_norm(rows, &self.scale, &self.shift, epsilon);
    }
}

fn add(to: &mut [f32], what: &[f32]) {
    for (x, y) in to.iter_mut().zip(what) {
        *x += y;
    }
}

/// Tensors of one file by name.
struct Reader<'a> {
    file: SafeTensors<'a>,
    prefix: &'static str,
}

impl Reader<'_> {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, EmbedError> {
        let name = format!("{}{name}", self.prefix);
        let tensor = self.file.tensor(&name).map_err(|e| EmbedError::model(WEIGHTS, format!("tensor `{name}`: {e}")))?;
        if tensor.dtype() != Dtype::F32 {
            return Err(EmbedError::model(WEIGHTS, format!("tensor `{name}` is of type {:?}, not F32", tensor.dtype())));
        }
        if tensor.shape() != shape {
            return Err(EmbedError::model(WEIGHTS, format!("tensor `{name}` has shape {:?}, not {shape:?}", tensor.shape())));
        }
        let (numbers, _) = tensor.data().as_chunks::<4>();
        Ok(numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
    }

    fn linear(&self, name: &str, outputs: usize, inputs: usize) -> Result<Linear, EmbedError> {
        let rows = self.tensor(&format!("{name}.weight"), &[outputs, inputs])?;
        Ok(Linear::new(&rows, self.tensor(&format!("{name}.bias"), &[outputs])?, inputs))
    }

    fn norm(&self, name: &str, width: usize) -> Result<Norm, EmbedError> {
        let scale = self.tensor(&format!("{name}.weight"), &[width])?;
        Ok(Norm { scale, shift: self.tensor(&format!("{name}.bias"), &[width])? })
    }

    fn layer(&self, index: usize, config: &Config) -> Result<Layer, EmbedError> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let at = |part: &str| format!("encoder.layer.{index}.{part}");
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for part in ["query", "key", "value"] {
            weight.extend(self.tensor(&at(&format!("attention.self.{part}.weight")), &[hidden, hidden])?);
            bias.extend(self.tensor(&at(&format!("attention.self.{part}.bias")), &[hidden])?);
        }
        Ok(Layer {
            attention: Linear::new(&weight, bias, hidden),
            attention_out: self.linear(&at("attention.output.dense"), hidden, hidden)?,
            attention_norm: self.norm(&at("attention.output.LayerNorm"), hidden)?,
            widen: self.linear(&at("intermediate.dense"), wide, hidden)?,
            narrow: self.linear(&at("output.dense"), hidden, wide)?,
            norm: self.norm(&at("output.LayerNorm"), hidden)?,
        })
    }
}
