//! Low-rank adaptation: small matrices beside frozen ones. Source: Hu et al. 2021, arXiv 2106.09685; names and files as PEFT 0.18 has them.

use std::collections::BTreeMap;
use std::path::Path;
use tch::{Device, Kind, Tensor, no_grad};
use wardian_trainer::checkpoint::{CheckpointError, Config, Dtype, Shards, shapes, write};
use wardian_trainer::plan::Lora;

use crate::weights;

/// Two small matrices, `a` of `[rank, inputs]` and `b` of `[outputs, rank]`, for each weight that has them.
#[derive(Debug)]
pub struct Adapters {
    lora: Lora,
    /// `NAME.lora_A` and `NAME.lora_B` for the weight `NAME.weight`.
    matrices: BTreeMap<String, Tensor>,
}

const WEIGHTS: &str = "adapter_model.safetensors";
const CONFIG: &str = "adapter_config.json";

/// `a` or `b` of a weight.
fn name(weight: &str, part: &str) -> String {
    format!("{}.lora_{part}", weight.trim_end_matches(".weight"))
}

/// Name → shape of all matrices.
fn sizes(lora: &Lora, config: &Config) -> BTreeMap<String, Vec<usize>> {
    let is_target = |weight: &str| {
        weight
            .strip_suffix(".weight")
            .and_then(|path| path.rsplit('.').next())
            .is_some_and(|part| lora.targets.iter().any(|one| one == part))
    };
    let mut out = BTreeMap::new();
    for (weight, shape) in shapes(config).into_iter().filter(|(weight, shape)| shape.len() == 2 && is_target(weight)) {
        out.insert(name(&weight, "A"), vec![lora.rank, shape[1]]);
        out.insert(name(&weight, "B"), vec![shape[0], lora.rank]);
    }
    out
}

impl Adapters {
    /// New ones, which change nothing yet: `b` is zero, `a` uniform within ±1/√inputs.
    #[must_use]
    pub fn new(lora: &Lora, config: &Config, seed: u64, kind: Kind, device: Device) -> Self {
        tch::manual_seed(i64::from_le_bytes(seed.to_le_bytes()));
        let make = |(name, shape): (String, Vec<usize>)| {
            let size = [shape[0] as i64, shape[1] as i64];
            let bound = 1.0 / (size[1] as f64).sqrt();
            let numbers = Tensor::zeros(size, (Kind::Float, Device::Cpu));
            let numbers = if name.ends_with("_A") { numbers.uniform(-bound, bound) } else { numbers };
            (name, numbers.to_kind(kind).to_device(device).set_requires_grad(true))
        };
        Self { lora: lora.clone(), matrices: no_grad(|| sizes(lora, config).into_iter().map(make).collect()) }
    }

    /// All matrices by name.
    #[must_use]
    pub fn matrices(&self) -> &BTreeMap<String, Tensor> {
        &self.matrices
    }

    pub(crate) fn zero_grad(&mut self) {
        self.matrices.values_mut().for_each(Tensor::zero_grad);
    }

    fn scale(&self) -> f64 {
        self.lora.alpha / self.lora.rank as f64
    }

    /// What is added to the output of `weight` for the input `x`.
    pub(crate) fn apply(&self, weight: &str, x: &Tensor) -> Option<Tensor> {
        let a = self.matrices.get(&name(weight, "A"))?;
        let b = self.matrices.get(&name(weight, "B"))?;
        Some(x.linear(a, None::<&Tensor>).linear(b, None::<&Tensor>) * self.scale())
    }

    /// What is added to `weight` itself, in 32 bits.
    pub(crate) fn product(&self, weight: &str) -> Option<Tensor> {
        let matrix = |part: &str| self.matrices.get(&name(weight, part)).map(|matrix| matrix.detach().to_kind(Kind::Float));
        let (a, b) = (matrix("A")?, matrix("B")?);
        Some(no_grad(|| b.matmul(&a) * self.scale()))
    }

    /// Writes `adapter_model.safetensors` and `adapter_config.json`, as PEFT reads them. `base` is the model that they belong to.
    ///
    /// # Errors
    /// Where a file cannot be written.
    pub fn save(&self, folder: &Path, base: &Path) -> Result<(), CheckpointError> {
        std::fs::create_dir_all(folder).map_err(|e| CheckpointError::Write { path: folder.to_owned(), what: e.to_string() })?;
        let theirs: BTreeMap<String, &Tensor> =
            self.matrices.iter().map(|(name, matrix)| (format!("base_model.model.{name}.weight"), matrix)).collect();
        let sizes = theirs.iter().map(|(name, matrix)| (name.clone(), matrix.size().iter().map(|n| *n as usize).collect())).collect();
        let dtype = if self.matrices.values().any(|matrix| matrix.kind() == Kind::BFloat16) { Dtype::BF16 } else { Dtype::F32 };
        write(&folder.join(WEIGHTS), &sizes, dtype, |name| weights::bytes(theirs[name]))?;
        let config = serde_json::json!({
            "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base, "r": self.lora.rank,
            "lora_alpha": self.lora.alpha, "target_modules": self.lora.targets, "lora_dropout": 0.0, "bias": "none",
            "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "modules_to_save": null,
        });
        let path = folder.join(CONFIG);
        std::fs::write(&path, format!("{config:#}\n")).map_err(|e| CheckpointError::Write { path, what: e.to_string() })
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// Where a file is missing or damaged, or a matrix has another shape than the model and `lora` ask for.
    pub fn load(folder: &Path, lora: &Lora, config: &Config, device: Device) -> Result<Self, CheckpointError> {
        let shards = Shards::open_file(&folder.join(WEIGHTS))?;
        let mut matrices = BTreeMap::new();
        for (name, shape) in sizes(lora, config) {
            let theirs = format!("base_model.model.{name}.weight");
            let source = shards.read(&theirs)?;
            if source.shape != shape {
                let what = format!("its shape is {:?}, and the plan's {shape:?}", source.shape);
                return Err(CheckpointError::Weight { name: theirs, what });
            }
            matrices.insert(name, weights::tensor(&theirs, &source)?.to_device(device).set_requires_grad(true));
        }
        Ok(Self { lora: lora.clone(), matrices })
    }
}
