//! The loop: steps, checkpoints, and going on from one with the same losses.

use super::adamw::{AdamW, AdamWOptions, Gradients};
use super::attention::Documents;
use super::decoder::{Decoder, Step};
use super::fault::{TorchFault, guarded};
use super::state;
use std::path::{Path, PathBuf};
use tch::{Device, Tensor};
use wardian_trainer::checkpoint::CheckpointError;
use wardian_trainer::fit::Sample;
use wardian_trainer::order::{At, Weighted, sequences};
use wardian_trainer::pack::Sequence;
use wardian_trainer::plan::{Dtype, Phase, Plan};
use wardian_trainer::schedule::Schedule;

/// Why a training ended early.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// A checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The checkpoint at hand is of another training.
    #[error("`{path}` is of another training: {what}; give another `out`, or remove it")]
    Other {
        /// The checkpoint.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// The loss is no number.
    #[error("the loss of step {step} is {loss}: lower `learning-rate` or `optimizer.clip`, or look at the data of phase `{phase}`")]
    NoNumber {
        /// The step, from 1.
        step: usize,
        /// NaN or an infinity.
        loss: f64,
        /// The phase.
        phase: String,
    },
    /// libtorch.
    #[error("step {step}: {fault}")]
    Torch {
        /// The step, from 1.
        step: usize,
        /// What it says.
        fault: TorchFault,
    },
    /// A token that the model has no row for.
    #[error(
        "phase `{phase}` has the token {token}, and the model's vocabulary has {vocabulary}: tokenizer and model do not belong together"
    )]
    Vocabulary {
        /// The phase.
        phase: String,
        /// The token's id.
        token: u32,
        /// Rows of the embedding.
        vocabulary: usize,
    },
    /// There is nothing to do.
    #[error("phase `{0}` has no sequence to train on")]
    Empty(String),
}

/// The samples of a phase, a list a source of the plan.
#[derive(Clone, Debug)]
pub struct PhaseData {
    /// Samples of each source.
    pub sources: Vec<Vec<Sample>>,
}

/// What a step came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics {
    /// From 1, over all phases.
    pub step: usize,
    /// The phase.
    pub phase: String,
    /// Mean loss of a learned token, in nats.
    pub loss: f64,
    /// Learning rate.
    pub rate: f64,
    /// Norm of the gradients before clipping.
    pub gradient_norm: f64,
    /// Tokens of the step.
    pub tokens: usize,
    /// Of them, learned.
    pub learned: usize,
    /// Operations that the step asked of the device: without those for computing again what was not kept.
    pub flops: f64,
}

/// A training, ready for its next step.
#[derive(Debug)]
pub struct Training<'a> {
    plan: &'a Plan,
    phases: Vec<Ready<'a>>,
    decoder: Decoder,
    optimizer: AdamW,
    /// Steps done.
    done: usize,
}

/// A phase with its order.
#[derive(Debug)]
struct Ready<'a> {
    phase: &'a Phase,
    data: &'a PhaseData,
    order: Vec<Vec<At>>,
    schedule: Schedule,
}

impl<'a> Training<'a> {
    /// Before the first step. `data` has an entry a phase.
    ///
    /// # Errors
    /// Where a phase has nothing to train on.
    pub fn new(plan: &'a Plan, data: &'a [PhaseData], decoder: Decoder) -> Result<Self, TrainError> {
        let mut phases = Vec::new();
        for (phase, data) in plan.phases.iter().zip(data) {
            let vocabulary = decoder.config().vocabulary;
            let tokens = data.sources.iter().flatten().flat_map(|sample| sample.ids.iter().copied());
            if let Some(token) = tokens.max().filter(|token| *token as usize >= vocabulary) {
                return Err(TrainError::Vocabulary { phase: phase.name.clone(), token, vocabulary });
            }
            let weighted = data.sources.iter().zip(&phase.data).map(|(samples, source)| Weighted {
                lengths: samples.iter().map(|sample| sample.ids.len()).collect(),
                weight: source.weight,
            });
            let order = sequences(&weighted.collect::<Vec<_>>(), plan.length, phase.epochs, plan.seed, &phase.name);
            if order.is_empty() {
                return Err(TrainError::Empty(phase.name.clone()));
            }
            let steps = order.len().div_ceil(plan.sequences);
            let warmup = (steps as f64 * phase.warmup).round() as usize;
            let schedule = Schedule { peak: phase.learning_rate, floor: phase.floor, warmup, steps, decay: phase.decay };
            phases.push(Ready { phase, data, order, schedule });
        }
        let wardian_trainer::plan::Optimizer { beta1, beta2, eps, weight_decay, .. } = plan.optimizer;
        let optimizer = AdamW::new(AdamWOptions { beta1, beta2, eps, weight_decay });
        Ok(Self { plan, phases, decoder, optimizer, done: 0 })
    }

    /// Steps in all.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.phases.iter().map(|ready| ready.schedule.steps).sum()
    }

    /// Steps done.
    #[must_use]
    pub fn done(&self) -> usize {
        self.done
    }

    /// The model as it is now.
    #[must_use]
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// One step; none where all are done.
    ///
    /// # Errors
    /// Where the loss is no number: the weights are as before the step then. Where memory is short or libtorch fails, the training is of no further use.
    pub fn step(&mut self) -> Result<Option<Metrics>, TrainError> {
        let step = self.done + 1;
        guarded(|| self.try_step()).unwrap_or_else(|fault| Err(TrainError::Torch { step, fault }))
    }

    fn try_step(&mut self) -> Result<Option<Metrics>, TrainError> {
        let Some((ready, within)) = place(&self.phases, self.done) else { return Ok(None) };
        let first = within * self.plan.sequences;
        let chosen = &ready.order[first..(first + self.plan.sequences).min(ready.order.len())];
        let made: Vec<Sequence> =
            chosen.iter().map(|places| Sequence::of(places.iter().map(|(source, at)| &ready.data.sources[*source][*at]))).collect();
        let learned: usize = made.iter().map(Sequence::learned_count).sum();
        let how = Step { recompute: self.plan.recompute, ..Step::default() };
        let device = self.decoder.device();
        self.decoder.zero_grad();
        let (mut loss, mut gradients) = (0.0, Gradients::default());
        let in_pieces = made.len() > self.plan.at_once && self.plan.dtype != Dtype::F32;
        for part in made.chunks(self.plan.at_once) {
            let (ids, labels, documents) = tensors(part, device);
            loss += self.decoder.backward(&ids, &labels, &documents, how, learned.max(1) as f64);
            if in_pieces {
                gradients.add(&mut self.decoder);
            }
        }
        let gradient_norm = gradients.norm(&self.decoder);
        if !loss.is_finite() || !gradient_norm.is_finite() {
            return Err(TrainError::NoNumber { step: self.done + 1, loss, phase: ready.phase.name.clone() });
        }
        let rate = ready.schedule.rate(within);
        let scale = (self.plan.optimizer.clip / (gradient_norm + 1e-6)).min(1.0);
        self.optimizer.step(&self.decoder, &gradients, rate, scale);
        self.done += 1;
        let tokens = made.iter().map(|sequence| sequence.ids.len()).sum();
        let flops = made.iter().map(|sequence| flops(&self.decoder, sequence)).sum();
        Ok(Some(Metrics { step: self.done, phase: ready.phase.name.clone(), loss, rate, gradient_norm, tokens, learned, flops }))
    }

    /// Writes all that the next step depends on into `folder`, which appears whole or not at all.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<(), TrainError> {
        Ok(state::save(folder, self.plan, self.done, &self.decoder, &self.optimizer)?)
    }

    /// Goes on from what [`Self::save`] wrote.
    ///
    /// # Errors
    /// Where it is damaged, or of another plan.
    pub fn resume(&mut self, folder: &Path) -> Result<(), TrainError> {
        let (done, decoder, optimizer) = state::load(folder, self.plan, &self.optimizer, &self.decoder)?;
        (self.done, self.decoder, self.optimizer) = (done, decoder, optimizer);
        Ok(())
    }
}

/// The phase of step `done`, from 0, and the step within it.
fn place<'r, 'a>(phases: &'r [Ready<'a>], done: usize) -> Option<(&'r Ready<'a>, usize)> {
    let mut before = 0;
    for ready in phases {
        if done < before + ready.schedule.steps {
            return Some((ready, done - before));
        }
        before += ready.schedule.steps;
    }
    None
}

/// Operations of a step over `sequence`: two for each number of a matrix and token on the way there, four on the way back (two where the matrix is frozen);
/// logits for learned tokens alone; attention to half of the square of each document. As counted by Chowdhery et al. 2022 (PaLM, arXiv 2204.02311,
/// appendix B), but for these halves.
fn flops(decoder: &Decoder, sequence: &Sequence) -> f64 {
    let config = decoder.config();
    let shapes = wardian_trainer::checkpoint::shapes(config);
    let matrices = shapes.iter().filter(|(name, shape)| shape.len() == 2 && name.starts_with("model.layers."));
    let layers: usize = matrices.map(|(_, shape)| shape[0] * shape[1]).sum();
    let passes = if decoder.adapters().is_some() { 4.0 } else { 6.0 };
    let squares: f64 = sequence.bounds.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).powi(2)).sum();
    let attention = 6.0 * squares * (config.layers * config.heads * config.head_dim) as f64;
    passes * (layers * sequence.ids.len() + config.vocabulary * config.hidden * sequence.learned_count()) as f64 + attention
}

/// Several sequences as one row of tokens.
fn tensors(sequences: &[Sequence], device: Device) -> (Tensor, Tensor, Documents) {
    let ids: Vec<i64> = sequences.iter().flat_map(|sequence| sequence.ids.iter().map(|id| i64::from(*id))).collect();
    let labels: Vec<i64> = sequences.iter().flat_map(|sequence| sequence.labels.iter().copied()).collect();
    (Tensor::from_slice(&ids).to_device(device), Tensor::from_slice(&labels).to_device(device), Documents::of(sequences, device))
}
