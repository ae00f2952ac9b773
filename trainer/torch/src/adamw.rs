//! AdamW with weights and moments in 32 bits, in libtorch's fused kernel. Source: PyTorch 2.11, `torch.optim.AdamW` (decoupled weight decay).

use super::Decoder;
use crate::native::{self, Group, Numbers};
use std::collections::BTreeMap;
use tch::{Kind, Tensor, no_grad};

/// Numbers whose gradients are kept in 32 bits at once, where they have 16.
const GROUP_NUMBERS_MAX: usize = 1 << 26;

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
            .trained()
            .map(|(_, weight)| weight.grad())
            .filter(Tensor::defined)
            .map(|gradient| gradient.to_kind(Kind::Float).square().sum(Kind::Float));
        let squares: Vec<Tensor> = squares.collect();
        if squares.is_empty() { 0.0 } else { Tensor::stack(&squares, 0).sum(Kind::Double).sqrt().double_value(&[]) }
    }

    /// One step with the learning rate `rate`; gradients are multiplied by `scale` first (clipping), and are of no use afterwards.
    pub fn step(&mut self, decoder: &Decoder, rate: f64, scale: f64) {
        self.steps += 1;
        no_grad(|| {
            // Norms and biases do not shrink.
            for (matrices, decay) in [(true, self.options.weight_decay), (false, 0.0)] {
                let mut part = Vec::new();
                let mut numbers = 0;
                for (name, weight) in decoder.trained().filter(|(_, weight)| (weight.dim() > 1) == matrices && weight.grad().defined()) {
                    numbers += weight.numel();
                    part.push((name, weight));
                    if numbers >= GROUP_NUMBERS_MAX {
                        self.part(&part, rate, scale, decay);
                        part.clear();
                        numbers = 0;
                    }
                }
                self.part(&part, rate, scale, decay);
            }
        });
    }

    /// The step of some weights.
    fn part(&mut self, part: &[(&str, &Tensor)], rate: f64, scale: f64, decay: f64) {
        let Some((_, any)) = part.first() else { return };
        let device = any.device();
        let mut group = Group { weights: Vec::new(), gradients: Vec::new(), first: Vec::new(), second: Vec::new() };
        let (mut kept, mut masters) = (Vec::new(), Vec::new());
        for (name, weight) in part {
            let gradient = weight.grad().to_kind(Kind::Float).contiguous();
            let moments = self.moments.entry((*name).to_owned()).or_insert_with(|| Moments {
                first: gradient.zeros_like(),
                second: gradient.zeros_like(),
                master: (weight.kind() != Kind::Float).then(|| weight.detach().to_kind(Kind::Float)),
            });
            group.weights.push(moments.master.as_ref().map_or_else(|| weight.detach(), Tensor::shallow_clone));
            if let Some(master) = &moments.master {
                kept.push(weight.detach());
                masters.push(master.shallow_clone());
            }
            group.gradients.push(gradient);
            group.first.push(moments.first.shallow_clone());
            group.second.push(moments.second.shallow_clone());
        }
        let AdamWOptions { beta1, beta2, eps, .. } = self.options;
        let (step, scale) = (native::number(f64::from(self.steps), device), native::number(1.0 / scale, device));
        native::fused_adamw(&group, &Numbers { step: &step, scale: &scale, rate, beta1, beta2, decay, eps });
        if !kept.is_empty() {
            native::copy(&kept, &masters);
        }
    }
}
