//! Small decoders whose weights are a formula, so that transformers can have the same ones.

use std::collections::BTreeMap;
use tch::{Kind, Tensor};
use wardian_torch::Decoder;
use wardian_trainer::checkpoint::{Config, shapes};

/// The weights of `tests/golden/parity.py`.
pub(crate) fn decoder(config: Config, kind: Kind) -> Decoder {
    tch::set_num_threads(1);
    let mut weights = BTreeMap::new();
    for (n, (name, shape)) in shapes(&config).into_iter().enumerate() {
        let count: usize = shape.iter().product();
        let one = |i: usize| {
            let x = (i as u64 * 2_654_435_761 + n as u64 * 40_503 + 12_345) % (1 << 32);
            ((x as f64 / f64::from(2_u32.pow(16)).powi(2) - 0.5) * 0.4 + if name.contains("norm") { 1.0 } else { 0.0 }) as f32
        };
        let numbers: Vec<f32> = (0..count).map(one).collect();
        let size: Vec<i64> = shape.iter().map(|n| *n as i64).collect();
        weights.insert(name, Tensor::from_slice(&numbers).view(size.as_slice()).to_kind(kind));
    }
    Decoder::new(config, weights).expect("the weights of its shape")
}
