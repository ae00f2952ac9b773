//! The decoder.

use super::attention::{Documents, Turn};
use super::lora::Adapters;
use super::loss::{self, Guess};
use crate::native;
use std::collections::BTreeMap;
use tch::{Device, Kind, Tensor, no_grad};
use wardian_trainer::checkpoint::{CheckpointError, Config, Family};

/// A decoder of the Llama, Qwen2 and Qwen3 families.
#[derive(Debug)]
pub struct Decoder {
    config: Config,
    weights: BTreeMap<String, Tensor>,
    frequencies: Tensor,
    adapters: Option<Adapters>,
}

/// How a step of training is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Whether layers are computed again on the way back, instead of kept.
    pub recompute: bool,
    /// Rows of logits at once: each has as many numbers as the vocabulary.
    pub rows_max: usize,
}

impl Default for Step {
    fn default() -> Self {
        Self { recompute: true, rows_max: 1024 }
    }
}

const EMBEDDING: &str = "model.embed_tokens.weight";
const HEAD: &str = "lm_head.weight";

impl Decoder {
    /// Of these weights, which must be those of [`wardian_trainer::checkpoint::shapes`].
    ///
    /// # Errors
    /// Where one is missing or has another shape.
    pub fn new(config: Config, mut weights: BTreeMap<String, Tensor>) -> Result<Self, CheckpointError> {
        for (name, shape) in wardian_trainer::checkpoint::shapes(&config) {
            let wrong = |what: String| CheckpointError::Weight { name: name.clone(), what };
            let shape: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
            let weight = weights.get(&name).ok_or_else(|| wrong("is missing".to_owned()))?;
            if weight.size() != shape {
                return Err(wrong(format!("its shape is {:?}, and the model's {shape:?}", weight.size())));
            }
        }
        let device = weights[EMBEDDING].device();
        for weight in weights.values_mut() {
            *weight = weight.detach().set_requires_grad(true);
        }
        let frequencies: Vec<f32> = config.rope.frequencies(config.head_dim).into_iter().map(|f| f as f32).collect();
        Ok(Self { frequencies: Tensor::from_slice(&frequencies).to_device(device), config, weights, adapters: None })
    }

    /// Its shape.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Its weights by name.
    #[must_use]
    pub fn weights(&self) -> &BTreeMap<String, Tensor> {
        &self.weights
    }

    /// Its small matrices, where only those are trained.
    #[must_use]
    pub fn adapters(&self) -> Option<&Adapters> {
        self.adapters.as_ref()
    }

    /// Freezes all weights; from now on `adapters` are trained.
    #[must_use]
    pub fn with_adapters(mut self, adapters: Adapters) -> Self {
        for weight in self.weights.values_mut() {
            *weight = weight.detach();
        }
        self.adapters = Some(adapters);
        self
    }

    /// The weights with what the adapters add to them, as a decoder without adapters.
    #[must_use]
    pub fn merged(&self) -> Self {
        let merge = |(name, weight): (&String, &Tensor)| {
            let change = self.adapters.as_ref().and_then(|adapters| adapters.product(name));
            // The sum is rounded once.
            let sum = change.map(|change| no_grad(|| (weight.to_kind(Kind::Float) + change.to_kind(Kind::Float)).to_kind(weight.kind())));
            (name.clone(), sum.unwrap_or_else(|| weight.detach()))
        };
        let weights = self.weights.iter().map(merge).collect();
        Self { config: self.config.clone(), weights, frequencies: self.frequencies.shallow_clone(), adapters: None }
    }

    /// What is trained, by name: all weights, or the adapters.
    pub fn trained(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let weights = self.weights.iter().filter(|_| self.adapters.is_none());
        let adapters = self.adapters.iter().flat_map(|adapters| adapters.matrices());
        weights.chain(adapters).map(|(name, tensor)| (name.as_str(), tensor))
    }

    /// Where its weights are.
    #[must_use]
    pub fn device(&self) -> Device {
        self.weights[EMBEDDING].device()
    }

    /// The kind of its numbers.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.weights[EMBEDDING].kind()
    }

    /// Forgets all gradients.
    pub fn zero_grad(&mut self) {
        self.weights.values_mut().for_each(Tensor::zero_grad);
        if let Some(adapters) = &mut self.adapters {
            adapters.zero_grad();
        }
    }

    /// Logits of all tokens, `[tokens, vocabulary]`. `ids` is `[tokens]`.
    pub fn logits(&self, ids: &Tensor, documents: &Documents) -> Tensor {
        self.logits_of(&self.states(ids, documents))
    }

    /// The mean loss of the tokens whose label is not ignored. `ids` and `labels` are `[tokens]`.
    #[must_use]
    pub fn loss(&self, ids: &Tensor, labels: &Tensor, documents: &Documents, step: Step) -> f64 {
        no_grad(|| {
            let (rows, labels) = loss::supervised(&self.normed(&self.states(ids, documents)), labels);
            let count = labels.size()[0];
            loss::sum(&rows, self.head(), &labels, step.rows_max) / count.max(1) as f64
        })
    }

    /// Loss of each token whose label is not ignored, in nats, and whether it is the likeliest one there; in their order.
    #[must_use]
    pub fn guesses(&self, ids: &Tensor, labels: &Tensor, documents: &Documents, step: Step) -> Vec<Guess> {
        no_grad(|| {
            let (rows, labels) = loss::supervised(&self.normed(&self.states(ids, documents)), labels);
            loss::guesses(&rows, self.head(), &labels, step.rows_max)
        })
    }

    /// Adds the gradients of the losses' sum divided by `denominator`, and gives that quotient.
    pub fn backward(&mut self, ids: &Tensor, labels: &Tensor, documents: &Documents, step: Step, denominator: f64) -> f64 {
        let turn = Turn::new(documents.positions(), &self.frequencies, self.kind());
        let mut inputs = Vec::new();
        let last = if step.recompute {
            no_grad(|| {
                let mut x = self.embed(ids);
                for layer in 0..self.config.layers {
                    inputs.push(x.shallow_clone());
                    x = self.layer(layer, &x, &turn, documents);
                }
                x.set_requires_grad(true)
            })
        } else {
            self.states(ids, documents)
        };
        let (rows, labels) = loss::supervised(&self.normed(&last), labels);
        if labels.size()[0] == 0 {
            return 0.0;
        }
        let (sum, gradient) = loss::backward(&rows, self.head(), &labels, step.rows_max, denominator);
        native::backward(&rows, &gradient);
        if step.recompute {
            let mut gradient = last.grad();
            for layer in (0..self.config.layers).rev() {
                let input = inputs.pop().expect("one input a layer").set_requires_grad(true);
                native::backward(&self.layer(layer, &input, &turn, documents), &gradient);
                gradient = input.grad();
            }
            if self.adapters.is_none() {
                native::backward(&self.embed(ids), &gradient);
            }
        }
        sum
    }

    /// What the last layer gives, before the last norm.
    fn states(&self, ids: &Tensor, documents: &Documents) -> Tensor {
        let turn = Turn::new(documents.positions(), &self.frequencies, self.kind());
        (0..self.config.layers).fold(self.embed(ids), |x, layer| self.layer(layer, &x, &turn, documents))
    }

    pub(crate) fn embed(&self, ids: &Tensor) -> Tensor {
        Tensor::embedding(&self.weights[EMBEDDING], ids, -1, false, false)
    }

    pub(crate) fn frequencies(&self) -> &Tensor {
        &self.frequencies
    }

    /// Logits of what the last layer gave.
    pub(crate) fn logits_of(&self, states: &Tensor) -> Tensor {
        self.normed(states).linear(self.head(), None::<&Tensor>)
    }

    fn head(&self) -> &Tensor {
        &self.weights[if self.config.tied { EMBEDDING } else { HEAD }]
    }

    fn normed(&self, x: &Tensor) -> Tensor {
        self.norm(x, "model.norm.weight")
    }

    fn norm(&self, x: &Tensor, name: &str) -> Tensor {
        let width = x.size().last().copied().unwrap_or_default();
        x.rms_norm([width], Some(&self.weights[name]), Some(self.config.norm_eps))
    }

    fn linear(&self, x: &Tensor, name: &str) -> Tensor {
        let weight = format!("{name}.weight");
        let y = x.linear(&self.weights[&weight], self.weights.get(&format!("{name}.bias")));
        match self.adapters.as_ref().and_then(|adapters| adapters.apply(&weight, x)) {
            Some(change) => y + change,
            None => y,
        }
    }

    fn layer(&self, layer: usize, x: &Tensor, turn: &Turn, documents: &Documents) -> Tensor {
        self.layer_by(layer, x, turn, |q, k, v| documents.attend(q, k, v))
    }

    /// A layer whose attention is `attend` of queries, keys and values.
    pub(crate) fn layer_by(
        &self,
        layer: usize,
        x: &Tensor,
        turn: &Turn,
        attend: impl FnOnce(&Tensor, &Tensor, &Tensor) -> Tensor,
    ) -> Tensor {
        let Config { family, heads, kv_heads, head_dim, .. } = self.config;
        let name = |part: &str| format!("model.layers.{layer}.{part}");
        let linear = |x: &Tensor, part: &str| self.linear(x, &name(part));
        let split = |x: Tensor, heads: usize| x.view([-1, heads as i64, head_dim as i64]);
        let h = self.norm(x, &name("input_layernorm.weight"));
        let mut q = split(linear(&h, "self_attn.q_proj"), heads);
        let mut k = split(linear(&h, "self_attn.k_proj"), kv_heads);
        let v = split(linear(&h, "self_attn.v_proj"), kv_heads);
        if family == Family::Qwen3 {
            q = self.norm(&q, &name("self_attn.q_norm.weight"));
            k = self.norm(&k, &name("self_attn.k_norm.weight"));
        }
        let attended = attend(&turn.of(&q), &turn.of(&k), &v);
        let x = x + linear(&attended, "self_attn.o_proj");
        let h = self.norm(&x, &name("post_attention_layernorm.weight"));
        let gated = linear(&h, "mlp.gate_proj").silu() * linear(&h, "mlp.up_proj");
        x + linear(&gated, "mlp.down_proj")
    }
}
