//! The plan of a training: a TOML of phases, each with its data, weights, epochs and learning rate.

use crate::checkpoint::{Config, Family, Rope, Scaling};
use crate::fit::OverLong;
use crate::schedule::Decay;
use crate::template::Date;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a training is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Plan {
    /// The model to begin with: a Hugging Face folder or a GGUF file. With `[shape]`, only its tokenizer is taken.
    pub model: PathBuf,
    /// The folder to write.
    pub out: PathBuf,
    /// Chat template instead of the model's own: a file, or `chatml-tools`.
    #[serde(default)]
    pub template: Option<String>,
    /// What a template writes as today's date.
    #[serde(default)]
    pub date: Option<Date>,
    /// Seed of the order of samples and of new weights.
    #[serde(default)]
    pub seed: u64,
    /// Tokens of a sequence.
    #[serde(default = "length")]
    pub length: usize,
    /// What becomes of longer conversations.
    #[serde(default)]
    pub over_long: OverLong,
    /// How numbers are kept.
    #[serde(default)]
    pub dtype: Dtype,
    /// Sequences of a step of the optimizer.
    #[serde(default = "sequences")]
    pub sequences: usize,
    /// Sequences that are computed at once; the others of a step follow, and gradients add up.
    #[serde(default = "one")]
    pub at_once: usize,
    /// Whether layers are computed again on the way back instead of kept.
    #[serde(default = "yes")]
    pub recompute: bool,
    /// The optimizer.
    #[serde(default)]
    pub optimizer: Optimizer,
    /// Small matrices beside the frozen ones.
    #[serde(default)]
    pub lora: Option<Lora>,
    /// A new model of this shape.
    #[serde(default)]
    pub shape: Option<Shape>,
    /// Conversations that are never trained on.
    #[serde(default)]
    pub held_out: Option<HeldOut>,
    /// Checkpoints on the way.
    #[serde(default)]
    pub checkpoint: Checkpoint,
    /// The phases, one after the other.
    #[serde(rename = "phase")]
    pub phases: Vec<Phase>,
}

/// Kinds of numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dtype {
    /// 32 bits.
    F32,
    /// 16 bits; the optimizer keeps 32.
    #[default]
    Bf16,
}

/// A phase: the general mix, then the vertical domains.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Phase {
    /// A word for it.
    pub name: String,
    /// What it reads.
    pub data: Vec<Source>,
    /// Which tokens are learned.
    #[serde(default)]
    pub learn: Learn,
    /// How often every sample of weight 1 is seen.
    #[serde(default = "one_epoch")]
    pub epochs: f64,
    /// Learning rate after the warm-up.
    pub learning_rate: f64,
    /// How it falls.
    #[serde(default)]
    pub decay: Decay,
    /// Share of it that is left at the end.
    #[serde(default)]
    pub floor: f64,
    /// Share of the steps in which it rises.
    #[serde(default = "warmup")]
    pub warmup: f64,
}

/// Which tokens of a conversation are learned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Learn {
    /// Those that the agent wrote.
    #[default]
    Agent,
    /// All, schemas and results of tools too: for a model from scratch, which cannot read yet.
    Everything,
}

/// A file or folder of conversations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// The file or folder.
    pub path: PathBuf,
    /// How often its samples are seen in an epoch: 2 is twice, 0.5 every other one.
    #[serde(default = "one_epoch")]
    pub weight: f64,
}

/// AdamW's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Optimizer {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// What is added to the root of the second moment.
    pub eps: f64,
    /// Share of the learning rate by which weights shrink.
    pub weight_decay: f64,
    /// Largest norm of all gradients together; longer ones are shortened to it.
    pub clip: f64,
}

impl Default for Optimizer {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.01, clip: 1.0 }
    }
}

/// Low-rank adaptation (Hu et al. 2021, arXiv 2106.09685).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lora {
    /// Rank of the matrices.
    pub rank: usize,
    /// The product of both counts by `alpha / rank`.
    pub alpha: f64,
    /// Parts of a layer that have them.
    #[serde(default = "targets")]
    pub targets: Vec<String>,
}

/// The shape of a new model, of the Qwen3 family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Shape {
    /// Numbers of a token's state.
    pub hidden: usize,
    /// Numbers inside the feed-forward block.
    pub intermediate: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values.
    pub kv_heads: usize,
    /// Numbers of a head.
    pub head_dim: usize,
}

impl Shape {
    /// The model's shape with this vocabulary, which is rounded up to a multiple of 64. `ends` end a text, `positions_max` is the longest sequence.
    #[must_use]
    pub fn config(&self, vocabulary: usize, positions_max: usize, ends: Vec<u32>) -> Config {
        let Self { hidden, intermediate, layers, heads, kv_heads, head_dim } = *self;
        Config {
            family: Family::Qwen3,
            vocabulary: vocabulary.next_multiple_of(64),
            hidden,
            intermediate,
            layers,
            heads,
            kv_heads,
            head_dim,
            norm_eps: 1e-6,
            rope: Rope { theta: 10_000.0, scaling: Scaling::None },
            tied: true,
            positions_max,
            eos: ends,
        }
    }
}

/// Conversations that are never trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HeldOut {
    /// Files or folders.
    pub data: Vec<PathBuf>,
    /// Steps between two looks at them.
    pub every: usize,
}

/// Checkpoints on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Checkpoint {
    /// Steps between two.
    pub every: usize,
    /// How many are kept.
    pub keep: usize,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self { every: 100, keep: 2 }
    }
}

fn length() -> usize {
    4096
}

fn sequences() -> usize {
    16
}

fn one() -> usize {
    1
}

fn yes() -> bool {
    true
}

fn one_epoch() -> f64 {
    1.0
}

fn warmup() -> f64 {
    0.03
}

/// Parts of a layer that are matrices.
const MATRICES: [&str; 7] = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

fn targets() -> Vec<String> {
    MATRICES.map(str::to_owned).to_vec()
}

impl Plan {
    /// Reads and checks a plan. Paths are taken as they are.
    ///
    /// # Errors
    /// In words, with the line or the key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let plan: Self = toml::from_str(text).map_err(|e| e.to_string())?;
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<(), String> {
        let positive = |key: &str, value: f64| {
            if value > 0.0 && value.is_finite() { Ok(()) } else { Err(format!("`{key}` is {value}, and must be above 0")) }
        };
        let share = |key: &str, value: f64| {
            if (0.0..=1.0).contains(&value) { Ok(()) } else { Err(format!("`{key}` is {value}, and must be from 0 to 1")) }
        };
        for (key, value) in [
            ("length", self.length),
            ("sequences", self.sequences),
            ("at-once", self.at_once),
            ("checkpoint.every", self.checkpoint.every),
            ("checkpoint.keep", self.checkpoint.keep),
        ] {
            positive(key, value as f64)?;
        }
        if self.phases.is_empty() {
            return Err("there is no `[[phase]]`".to_owned());
        }
        for phase in &self.phases {
            let key = |name: &str| format!("{name}` of phase `{}", phase.name);
            positive(&key("epochs"), phase.epochs)?;
            positive(&key("learning-rate"), phase.learning_rate)?;
            share(&key("floor"), phase.floor)?;
            share(&key("warmup"), phase.warmup)?;
            if phase.data.is_empty() {
                return Err(format!("phase `{}` has no data", phase.name));
            }
            for source in &phase.data {
                positive(&key("weight"), source.weight)?;
            }
        }
        let Optimizer { beta1, beta2, eps, weight_decay, clip } = self.optimizer;
        share("optimizer.beta1", beta1)?;
        share("optimizer.beta2", beta2)?;
        share("optimizer.weight-decay", weight_decay)?;
        positive("optimizer.eps", eps)?;
        positive("optimizer.clip", clip)?;
        if let Some(lora) = &self.lora {
            positive("lora.rank", lora.rank as f64)?;
            positive("lora.alpha", lora.alpha)?;
            if let Some(other) = lora.targets.iter().find(|target| !MATRICES.contains(&target.as_str())) {
                return Err(format!("`lora.targets` has `{}`; there are {}", other.escape_debug(), MATRICES.join(", ")));
            }
        }
        if let Some(shape) = &self.shape {
            if self.lora.is_some() {
                return Err("`[lora]` adapts a model, and `[shape]` makes a new one: take one of them out".to_owned());
            }
            let Shape { hidden, intermediate, layers, heads, kv_heads, head_dim } = *shape;
            let sizes = [hidden, intermediate, layers, heads, kv_heads, head_dim];
            let names = ["hidden", "intermediate", "layers", "heads", "kv-heads", "head-dim"];
            for (name, size) in names.iter().zip(sizes) {
                positive(&format!("shape.{name}"), size as f64)?;
            }
            if heads % kv_heads != 0 || head_dim % 2 != 0 {
                return Err("`shape.heads` must be a multiple of `shape.kv-heads`, and `shape.head-dim` even".to_owned());
            }
        }
        if let Some(held_out) = &self.held_out {
            positive("held-out.every", held_out.every as f64)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "model = \"m\"\nout = \"o\"\n[[phase]]\nname = \"general\"\nlearning-rate = 1e-4\ndata = [{path = \"a.jsonl\"}, {path = \"b\", weight = 2.0}]\n";

    #[test]
    fn a_short_plan_has_sensible_numbers() {
        let plan = Plan::parse(SMALL).expect("a plan");
        assert_eq!((plan.length, plan.sequences, plan.dtype, plan.recompute), (4096, 16, Dtype::Bf16, true));
        assert_eq!((plan.phases[0].epochs, plan.phases[0].data[1].weight), (1.0, 2.0));
        let again = Plan::parse(&toml::to_string(&plan).expect("TOML")).expect("a plan");
        assert_eq!(plan, again);
    }

    #[test]
    fn bad_plans_are_named() {
        let cases = [
            (SMALL.replace("model = \"m\"\n", ""), "missing field `model`"),
            (SMALL.replace("[[phase]]", "lenght = 7\n[[phase]]"), "unknown field `lenght`"),
            (SMALL.replace("1e-4", "0.0"), "`learning-rate` of phase `general` is 0, and must be above 0"),
            (SMALL.replace("[{path = \"a.jsonl\"}, {path = \"b\", weight = 2.0}]", "[]"), "phase `general` has no data"),
            (SMALL.replace("weight = 2.0", "weight = -1.0"), "`weight` of phase `general` is -1"),
            (format!("{SMALL}[lora]\nrank = 8\nalpha = 16.0\ntargets = [\"lm_head\"]\n"), "`lora.targets` has `lm_head`"),
            (format!("{SMALL}[optimizer]\nbeta1 = 2.0\n"), "`optimizer.beta1` is 2"),
            (SMALL.replace("out", "date = \"yesterday\"\nout"), "`yesterday` is no day"),
        ];
        for (text, what) in cases {
            let error = Plan::parse(&text).expect_err("a bad plan");
            assert!(error.contains(what), "{error}");
        }
    }
}
