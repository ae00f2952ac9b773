//! AdamW with weights and moments in 32 bits. Source: PyTorch 2.11, `torch.optim.AdamW` (decoupled weight decay).

use super::Decoder;
use std::collections::BTreeMap;
use tch::{Kind, Tensor, no_grad};

/// Numbers of the method.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamWOptions {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// What is added to the root of the second moment.
    pub eps: f64,
    /// Share of the learning rate by which weights shrink. Norms and biases do not.
    pub weight_decay: f64,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 }
    }
}

/// The optimizer's state.
#[derive(Debug)]
pub struct AdamW {
    options: AdamWOptions,
    steps: i32,
    moments: BTreeMap<String, Moments>,
}

/// What is kept of a weight.
#[derive(Debug)]
pub(super) struct Moments {
    pub(super) first: Tensor,
    pub(super) second: Tensor,
    /// The weight in 32 bits, where it is kept in fewer.
    pub(super) master: Option<Tensor>,
}

impl AdamW {
    /// Before the first step.
    #[must_use]
    pub fn new(options: AdamWOptions) -> Self {
        Self { options, steps: 0, moments: BTreeMap::new() }
    }

    /// Steps done, and what is kept of each weight.
    pub(super) fn parts(&self) -> (i32, &BTreeMap<String, Moments>) {
        (self.steps, &self.moments)
    }

    /// An optimizer of the same numbers after `steps` steps.
    pub(super) fn with(&self, steps: i32, moments: BTreeMap<String, Moments>) -> Self {
        Self { options: self.options, steps, moments }
    }

    /// The norm of all gradients together.
    #[must_use]
    pub fn gradient_norm(decoder: &Decoder) -> f64 {
        let squares = decoder
            .weights()
            .values()
            .map(Tensor::grad)
            .filter(Tensor::defined)
            .map(|gradient| gradient.to_kind(Kind::Float).square().sum(Kind::Float));
        let squares: Vec<Tensor> = squares.collect();
        if squares.is_empty() { 0.0 } else { Tensor::stack(&squares, 0).sum(Kind::Double).sqrt().double_value(&[]) }
    }

    /// One step with the learning rate `rate`; gradients are multiplied by `scale` first (clipping).
    pub fn step(&mut self, decoder: &Decoder, rate: f64, scale: f64) {
        self.steps += 1;
        let AdamWOptions { beta1, beta2, eps, weight_decay } = self.options;
        let (bias1, bias2) = (1.0 - beta1.powi(self.steps), 1.0 - beta2.powi(self.steps));
        no_grad(|| {
            for (name, weight) in decoder.weights() {
                let gradient = weight.grad();
                if !gradient.defined() {
                    continue;
                }
                let gradient = gradient.to_kind(Kind::Float) * scale;
                let moments = self.moments.entry(name.clone()).or_insert_with(|| Moments {
                    first: gradient.zeros_like(),
                    second: gradient.zeros_like(),
                    master: (weight.kind() != Kind::Float).then(|| weight.detach().to_kind(Kind::Float)),
                });
                let _ = moments.first.lerp_(&gradient, 1.0 - beta1);
                let _ = moments.second.g_mul_scalar_(beta2);
                let _ = moments.second.g_add_(&(gradient.square() * (1.0 - beta2)));
                let root = moments.second.sqrt() / bias2.sqrt() + eps;
                let change = (&moments.first / root) * (-rate / bias1);
                let shrink = if weight.dim() > 1 { 1.0 - rate * weight_decay } else { 1.0 };
                let mut kept = moments.master.as_ref().map_or_else(|| weight.detach(), Tensor::shallow_clone);
                let _ = kept.g_mul_scalar_(shrink);
                let _ = kept.g_add_(&change);
                if moments.master.is_some() {
                    weight.detach().copy_(&kept);
                }
            }
        });
    }
}
