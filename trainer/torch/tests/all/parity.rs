//! What transformers computes (`tests/golden/parity.py`).

use crate::small::decoder;
use serde_json::Value;
use std::path::Path;
use tch::{Device, Kind, Tensor};
use wardian_torch::{AdamW, AdamWOptions, Decoder, Documents, Gradients, Step, load, save};
use wardian_trainer::checkpoint::Config;
use wardian_trainer::fit::Sample;
use wardian_trainer::pack::Sequence;

fn golden() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/parity.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("a golden file")).expect("JSON")
}

fn floats(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The documents of the golden file in one sequence.
struct Input {
    ids: Tensor,
    labels: Tensor,
    documents: Documents,
    count: f64,
}

fn input(golden: &Value) -> Input {
    let samples: Vec<Sample> = golden["documents"]
        .as_array()
        .expect("documents")
        .iter()
        .map(|ids| {
            let ids: Vec<u32> = floats(ids).iter().map(|id| *id as u32).collect();
            Sample { learned: (0..ids.len()).map(|i| i % 3 != 0).collect(), ids }
        })
        .collect();
    let sequence = Sequence::of(&samples);
    let ids: Vec<i64> = sequence.ids.iter().map(|id| i64::from(*id)).collect();
    Input {
        ids: Tensor::from_slice(&ids),
        labels: Tensor::from_slice(&sequence.labels),
        count: sequence.learned_count() as f64,
        documents: Documents::of(&[sequence], Device::Cpu),
    }
}

fn worst(ours: &[f64], theirs: &[f64]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    Vec::try_from(tensor.detach().to_kind(Kind::Double).reshape(-1)).expect("numbers")
}

fn close(what: &str, worst: f64, bound: f64) {
    println!("{what}: {worst:.1e}");
    assert!(worst <= bound, "{what} differs by {worst:e}, and {bound:e} is allowed");
}

/// All families, tied and untied, with positions scaled: documents packed, as transformers computes them one by one.
#[test]
fn logits_loss_gradients_and_steps_are_those_of_transformers() {
    let golden = golden();
    let input = input(&golden);
    for (name, case) in golden["cases"].as_object().expect("cases") {
        let config = Config::from_json(&case["config"]).expect("a config");
        assert_eq!(case["count"].as_f64(), Some(input.count));
        for step in [Step { recompute: false, rows_max: 1024 }, Step { recompute: true, rows_max: 7 }] {
            let mut model = decoder(config.clone(), Kind::Float);
            let logits = tch::no_grad(|| model.logits(&input.ids, &input.documents));
            close(&format!("{name}: logits"), worst(&numbers(&logits), &floats(&case["logits"])), 1e-4);
            let expected = case["loss"].as_f64().expect("a number");
            close(&format!("{name}: loss"), (model.loss(&input.ids, &input.labels, &input.documents, step) - expected).abs(), 1e-5);
            let loss = model.backward(&input.ids, &input.labels, &input.documents, step, input.count);
            close(&format!("{name}: loss on the way"), (loss - expected).abs(), 1e-5);
            gradients(name, &model, &case["gradients"]);
            steps(name, model, &input, step, &golden, case);
        }
    }
}

fn gradients(name: &str, model: &Decoder, golden: &Value) {
    let mut off: f64 = 0.0;
    let golden = golden.as_object().expect("gradients");
    assert_eq!(golden.keys().collect::<Vec<_>>(), model.weights().keys().collect::<Vec<_>>());
    for (weight, expected) in golden {
        let gradient = model.weights()[weight].grad();
        let norm = expected["norm"].as_f64().expect("a number");
        off = off.max((gradient.norm().double_value(&[]) - norm).abs() / norm.max(1e-3));
        off = off.max(worst(&numbers(&gradient.reshape(-1).slice(0, 0, 6, 1)), &floats(&expected["first"])) / norm.max(1e-3));
    }
    close(&format!("{name}: gradients, by their norms"), off, 1e-4);
}

/// Five steps of AdamW with clipped gradients and decay.
fn steps(name: &str, mut model: Decoder, input: &Input, step: Step, golden: &Value, case: &Value) {
    let number = |key: &str| golden[key].as_f64().expect("a number");
    let mut optimizer = AdamW::new(AdamWOptions { beta2: 0.95, weight_decay: number("decay"), ..AdamWOptions::default() });
    let (mut losses, mut norms) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        model.zero_grad();
        losses.push(model.backward(&input.ids, &input.labels, &input.documents, step, input.count));
        let gradients = Gradients::default();
        let norm = gradients.norm(&model);
        norms.push(norm);
        optimizer.step(&model, &gradients, number("rate"), (number("clip") / (norm + 1e-6)).min(1.0));
    }
    close(&format!("{name}: losses of five steps"), worst(&losses, &floats(&case["losses"])), 1e-4);
    close(&format!("{name}: norms of gradients"), worst(&norms, &floats(&case["norms"])), 1e-3);
    let ends = case["weights"].as_object().expect("weights");
    let off = ends.iter().map(|(weight, first)| worst(&numbers(&model.weights()[weight].reshape(-1).slice(0, 0, 6, 1)), &floats(first)));
    close(&format!("{name}: weights after five steps"), off.fold(0.0, f64::max), 1e-4);
}

#[test]
fn what_is_written_is_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    for case in golden()["cases"].as_object().expect("cases").values() {
        let config = Config::from_json(&case["config"]).expect("a config");
        for kind in [Kind::Float, Kind::BFloat16] {
            let model = decoder(config.clone(), kind);
            save(&model, folder.path()).expect("a folder of a model");
            let again = load(folder.path(), None, Device::Cpu).expect("the model");
            assert_eq!((again.config(), again.kind()), (model.config(), kind));
            for (name, weight) in model.weights() {
                assert_eq!(numbers(weight), numbers(&again.weights()[name]), "{name}");
            }
        }
    }
}

/// A model that people use, from its GGUF file.
#[test]
fn smollm2_from_gguf_is_what_transformers_makes_of_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = std::process::Command::new(root.join("../../build/smollm2")).output().expect("a script of the repository");
    if !output.status.success() {
        println!("SKIPPED: build/smollm2 fetches nothing: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    tch::set_num_threads(1);
    let path = String::from_utf8(output.stdout).expect("a path");
    let text = std::fs::read_to_string(root.join("../tests/golden/smollm2-logits.json")).expect("a golden file");
    let golden: Value = serde_json::from_str(&text).expect("JSON");
    let model = load(Path::new(path.trim()), None, Device::Cpu).expect("SmolLM2");
    let ids: Vec<i64> = floats(&golden["ids"]).iter().map(|id| *id as i64).collect();
    let documents = Documents::new(vec![0, ids.len() as i64], Device::Cpu);
    let logits = tch::no_grad(|| model.logits(&Tensor::from_slice(&ids), &documents));
    let best: Vec<f64> = numbers(&logits.argmax(-1, false));
    assert_eq!(best, floats(&golden["best"]));
    for (row, key) in [(0, "first"), (ids.len() as i64 - 1, "last")] {
        let some = logits.select(0, row).slice(0, None, None, 97);
        close(&format!("SmolLM2, {key} token"), worst(&numbers(&some), &floats(&golden[key])), 5e-4);
    }
}
