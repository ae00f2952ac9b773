//! Weights between disk and libtorch.

use super::Decoder;
use std::collections::BTreeMap;
use std::path::Path;
use tch::{Device, Kind, Tensor};
use wardian_trainer::checkpoint::{CheckpointError, Config, Dtype, Shards, SourceTensor, from_gguf, shapes, write};
use wardian_trainer::gguf::Gguf;

/// Reads a decoder from a Hugging Face folder or a GGUF file, as `kind`, or as it is kept (GGUF: 32 bits).
///
/// # Errors
/// Where a file or a weight is missing, damaged, or of another shape than the model's.
pub fn load(model: &Path, kind: Option<Kind>, device: Device) -> Result<Decoder, CheckpointError> {
    let mut weights = BTreeMap::new();
    let place = |tensor: Tensor| tensor.to_kind(kind.unwrap_or(tensor.kind())).to_device(device);
    if model.extension().is_some_and(|extension| extension == "gguf") {
        let file = Gguf::open(model)?;
        let config = Config::from_gguf(&file)?;
        for (name, shape) in shapes(&config) {
            let numbers = from_gguf(&file, &config, &name, &shape)?;
            let size: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
            weights.insert(name, place(Tensor::from_slice(&numbers).view(size.as_slice())));
        }
        return Decoder::new(config, weights);
    }
    let config = Config::read(model)?;
    let shards = Shards::open(model)?;
    for name in shapes(&config).into_keys() {
        let tensor = tensor(&name, &shards.read(&name)?)?;
        weights.insert(name, place(tensor));
    }
    Decoder::new(config, weights)
}

/// A decoder with new weights: matrices normal with a deviation of 0.02 (transformers' `initializer_range`), norms one, biases zero. The same seed gives
/// the same weights on every device.
///
/// # Errors
/// None for a shape that was checked.
pub fn new(config: Config, seed: u64, kind: Kind, device: Device) -> Result<Decoder, CheckpointError> {
    tch::manual_seed(i64::from_le_bytes(seed.to_le_bytes()));
    let mut weights = BTreeMap::new();
    for (name, shape) in shapes(&config) {
        let size: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
        let mut numbers = Tensor::zeros(size.as_slice(), (Kind::Float, Device::Cpu));
        let numbers = match (size.len(), name.contains("norm")) {
            (1, true) => numbers.ones_like(),
            (1, false) => numbers,
            _ => numbers.normal_(0.0, 0.02),
        };
        weights.insert(name, numbers.to_kind(kind).to_device(device));
    }
    Decoder::new(config, weights)
}

/// Writes `config.json` and `model.safetensors` into `folder`, as transformers and vLLM read them.
///
/// # Errors
/// Where a file cannot be written.
pub fn save(decoder: &Decoder, folder: &Path) -> Result<(), CheckpointError> {
    let (dtype, name) = match decoder.kind() {
        Kind::BFloat16 => (Dtype::BF16, "bfloat16"),
        _ => (Dtype::F32, "float32"),
    };
    let failed = |path: &Path, e: std::io::Error| CheckpointError::Write { path: path.to_owned(), what: e.to_string() };
    std::fs::create_dir_all(folder).map_err(|e| failed(folder, e))?;
    let path = folder.join("config.json");
    let config = format!("{:#}\n", decoder.config().to_json(name));
    std::fs::write(&path, config).map_err(|e| failed(&path, e))?;
    write(&folder.join("model.safetensors"), &shapes(decoder.config()), dtype, |name| bytes(&decoder.weights()[name]))
}

/// The numbers of a tensor, little-endian, row by row.
pub(super) fn bytes(tensor: &Tensor) -> Vec<u8> {
    let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
    let mut out = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
    tensor.copy_data_u8(&mut out, tensor.numel());
    out
}

pub(super) fn tensor(name: &str, source: &SourceTensor) -> Result<Tensor, CheckpointError> {
    let kind = match source.dtype {
        Dtype::F32 => Kind::Float,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::F16 => Kind::Half,
        other => {
            return Err(CheckpointError::Weight {
                name: name.to_owned(),
                what: format!("its numbers are {other:?}; F32, F16 and BF16 are known"),
            });
        }
    };
    let size: Vec<i64> = source.shape.iter().map(|n| *n as i64).collect();
    Ok(Tensor::from_data_size(&source.bytes, &size, kind))
}
