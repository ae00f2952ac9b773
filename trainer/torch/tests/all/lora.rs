//! Low-rank matrices.

use crate::small::decoder;
use crate::training::{config, data, plan, run};
use tch::{Device, Kind, Tensor};
use wardian_torch::{Adapters, Documents, Step, Training};
use wardian_trainer::plan::Lora;

fn lora() -> Lora {
    Lora { rank: 4, alpha: 6.0, targets: vec!["q_proj".to_owned(), "down_proj".to_owned()] }
}

fn input() -> (Tensor, Tensor, Documents) {
    let ids: Vec<i64> = (0..40).map(|i| (i * 7 + i / 5) % 32).collect();
    let labels: Vec<i64> = ids[1..].iter().copied().chain([-100]).collect();
    (Tensor::from_slice(&ids), Tensor::from_slice(&labels), Documents::new(vec![0, 25, 40], Device::Cpu))
}

fn worst(a: &Tensor, b: &Tensor) -> f64 {
    (a - b).abs().max().double_value(&[])
}

/// The product's gradients follow from those of the full matrices by the chain rule: of `W + s·B·A`, B has s·G·Aᵀ and A has s·Bᵀ·G.
#[test]
fn gradients_are_those_of_the_merged_weights() {
    let (ids, labels, documents) = input();
    let adapters = Adapters::new(&lora(), &config(), 5, Kind::Float, Device::Cpu);
    tch::no_grad(|| {
        for (name, matrix) in adapters.matrices().iter().filter(|(name, _)| name.ends_with("_B")) {
            // B is zero at first, which would hide A's gradients.
            let noise =
                Tensor::from_slice(&(0..matrix.numel()).map(|i| ((i * 37 + name.len()) % 11) as f32 * 0.01 - 0.05).collect::<Vec<_>>());
            matrix.detach().copy_(&noise.view(matrix.size().as_slice()));
        }
    });
    let mut model = decoder(config(), Kind::Float).with_adapters(adapters);
    let mut whole = model.merged();
    let logits = |model: &wardian_torch::Decoder| tch::no_grad(|| model.logits(&ids, &documents));
    assert!(worst(&logits(&model), &logits(&whole)) < 1e-5);
    for weight in whole.weights().values() {
        let _ = weight.set_requires_grad(true);
    }
    for recompute in [true, false] {
        let step = Step { recompute, ..Step::default() };
        model.zero_grad();
        whole.zero_grad();
        let losses = [model.backward(&ids, &labels, &documents, step, 10.0), whole.backward(&ids, &labels, &documents, step, 10.0)];
        assert!((losses[0] - losses[1]).abs() < 1e-5, "{losses:?}");
        assert!(model.weights().values().all(|weight| !weight.requires_grad()));
        let matrices = model.adapters().expect("adapters").matrices();
        assert_eq!(matrices.len(), 2 * 2 * config().layers);
        for (name, b) in matrices.iter().filter(|(name, _)| name.ends_with("_B")) {
            let a = &matrices[&name.replace("_B", "_A")];
            let full = whole.weights()[&name.replace("lora_B", "weight")].grad();
            let scale = 6.0 / 4.0;
            assert!(worst(&b.grad(), &(full.matmul(&a.detach().tr()) * scale)) < 1e-5, "{name}");
            assert!(worst(&a.grad(), &(b.detach().tr().matmul(&full) * scale)) < 1e-5, "{name}");
        }
    }
}

/// Trained, stopped, taken up: the same losses; the frozen weights are as they were, and the files are PEFT's.
#[test]
fn adapters_are_trained_and_taken_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let (at, plan, data) = (folder.path().join("step"), plan("[lora]\nrank = 4\nalpha = 8.0\n"), data());
    let new = || {
        let lora = plan.lora.as_ref().expect("a plan with adapters");
        decoder(config(), Kind::Float).with_adapters(Adapters::new(lora, &config(), 1, Kind::Float, Device::Cpu))
    };
    let mut whole = Training::new(&plan, &data, new()).expect("a training");
    let expected = run(&mut whole, usize::MAX);
    assert!(expected[expected.len() / 2].loss < expected[0].loss * 0.9, "{} to {}", expected[0].loss, expected[expected.len() / 2].loss);
    let mut before = Training::new(&plan, &data, new()).expect("a training");
    let mut metrics = run(&mut before, 7);
    before.save(&at).expect("a checkpoint");
    let mut after = Training::new(&plan, &data, new()).expect("a training");
    after.resume(&at).expect("the checkpoint");
    metrics.extend(run(&mut after, usize::MAX));
    assert_eq!(metrics, expected);
    let frozen = decoder(config(), Kind::Float);
    assert!(after.decoder().weights().iter().all(|(name, weight)| worst(weight, &frozen.weights()[name]) == 0.0));
    assert!(!at.join("model.safetensors").exists());
    let text = std::fs::read_to_string(at.join("adapter_config.json")).expect("a file");
    let config: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!((&config["peft_type"], &config["r"], &config["lora_alpha"]), (&"LORA".into(), &4.into(), &8.0.into()));
}
