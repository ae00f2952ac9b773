//! AdamW with weights and moments in 32 bits, in libtorch's fused kernel. Source: PyTorch 2.11, `torch.optim.AdamW` (decoupled weight decay).

use super::Decoder;
use crate::native::{self, Group, Numbers};
use std::collections::BTreeMap;
use tch::{Kind, Tensor, no_grad};

/// Numbers whose gradients are kept in 32 bits at once, where they have 16.
const GROUP_NUMBERS_MAX: usize = 1 << 26;

/// The gradients of a step: those that weights hold, or sums of them in 32 bits, where a step adds up many and weights have 16.
#[derive(Debug, Default)]
pub struct Gradients {
    sums: BTreeMap<String, Tensor>,
}

impl Gradients {
    /// Takes over what the weights hold, in 32 bits, and leaves them without.
    pub fn add(&mut self, decoder: &mut Decoder) {
        no_grad(|| {
            for (name, weight) in decoder.trained() {
                let gradient = weight.grad();
                match self.sums.get_mut(name) {
                    _ if !gradient.defined() => {}
                    Some(sum) => drop(sum.g_add_(&gradient)),
                    None => drop(self.sums.insert(name.to_owned(), gradient.to_dtype(Kind::Float, false, true))),
                }
            }
        });
        decoder.zero_grad();
    }

    /// The norm of all together.
    #[must_use]
    pub fn norm(&self, decoder: &Decoder) -> f64 {
        let all = decoder.trained().filter_map(|(name, weight)| self.of(name, weight));
        let squares: Vec<Tensor> = all.map(|gradient| gradient.to_kind(Kind::Float).square().sum(Kind::Float)).collect();
        if squares.is_empty() { 0.0 } else { Tensor::stack(&squares, 0).sum(Kind::Double).sqrt().double_value(&[]) }
    }

    /// That of a weight, where there is one.
    fn of(&self, name: &str, weight: &Tensor) -> Option<Tensor> {
        match self.sums.get(name) {
            Some(sum) => Some(sum.shallow_clone()),
            None => Some(weight.grad()).filter(|gradient| self.sums.is_empty() && gradient.defined()),
        }
    }
}

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

    /// One step with the learning rate `rate`; gradients are multiplied by `scale` first (clipping), and are of no use afterwards.
    pub fn step(&mut self, decoder: &Decoder, gradients: &Gradients, rate: f64, scale: f64) {
        self.steps += 1;
        no_grad(|| {
            // Norms and biases do not shrink.
            for (matrices, decay) in [(true, self.options.weight_decay), (false, 0.0)] {
                let mut part = Vec::new();
                let mut numbers = 0;
                for (name, weight) in decoder.trained().filter(|(_, weight)| (weight.dim() > 1) == matrices) {
                    let Some(gradient) = gradients.of(name, weight) else { continue };
                    numbers += weight.numel();
                    part.push((name, weight, gradient));
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
    fn part(&mut self, part: &[(&str, &Tensor, Tensor)], rate: f64, scale: f64, decay: f64) {
        let Some((_, any, _)) = part.first() else { return };
        let device = any.device();
        let mut group = Group { weights: Vec::new(), gradients: Vec::new(), first: Vec::new(), second: Vec::new() };
        let (mut kept, mut masters) = (Vec::new(), Vec::new());
        for (name, weight, gradient) in part {
            let gradient = gradient.to_kind(Kind::Float).contiguous();
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
