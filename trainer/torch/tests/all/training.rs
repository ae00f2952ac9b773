//! A tiny model is trained for real.

use crate::small::decoder;
use tch::Kind;
use wardian_torch::{Metrics, PhaseData, TrainError, Training};
use wardian_trainer::checkpoint::{Config, Family, Rope, Scaling};
use wardian_trainer::fit::Sample;
use wardian_trainer::plan::Plan;

pub(crate) fn config() -> Config {
    Config {
        family: Family::Qwen3,
        vocabulary: 32,
        hidden: 32,
        intermediate: 64,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_dim: 8,
        norm_eps: 1e-6,
        rope: Rope { theta: 10_000.0, scaling: Scaling::None },
        tied: true,
        positions_max: 64,
        eos: vec![1],
    }
}

/// Two phases; the second has other data and a lower rate.
pub(crate) fn plan(more: &str) -> Plan {
    let text = format!(
        "model = \"m\"\nout = \"o\"\nlength = 24\nsequences = 4\nat-once = 2\nseed = 3\n{more}\n\
         [[phase]]\nname = \"general\"\nlearning-rate = 0.01\nepochs = 6.0\ndata = [{{path = \"a\"}}]\n\
         [[phase]]\nname = \"vertical\"\nlearning-rate = 0.008\nepochs = 5.5\ndecay = \"linear\"\ndata = [{{path = \"b\", weight = 2.0}}, {{path = \"a\", weight = 0.5}}]\n"
    );
    Plan::parse(&text).expect("a plan")
}

/// Samples that can be learned: a count and a step, then numbers that go on; the first three are not learned.
fn samples(step: u32) -> Vec<Sample> {
    let one = |start: u32| {
        let ids: Vec<u32> = (0..7 + start % 3).map(|i| if i == 0 { 2 + step } else { 8 + (start + i * step) % 24 }).collect();
        Sample { learned: (0..ids.len()).map(|i| i > 2).collect(), ids }
    };
    (0..24).map(one).collect()
}

pub(crate) fn data() -> Vec<PhaseData> {
    vec![PhaseData { sources: vec![samples(1)] }, PhaseData { sources: vec![samples(2), samples(1)] }]
}

pub(crate) fn run(training: &mut Training<'_>, steps: usize) -> Vec<Metrics> {
    (0..steps).map_while(|_| training.step().expect("a step")).collect()
}

fn ends(training: &Training<'_>) -> Vec<Vec<f64>> {
    training
        .decoder()
        .weights()
        .values()
        .map(|weight| Vec::try_from(weight.detach().to_kind(Kind::Double).reshape(-1)).expect("numbers"))
        .collect()
}

#[test]
fn the_loss_falls_and_both_phases_are_learned() {
    for kind in [Kind::Float, Kind::BFloat16] {
        let (plan, data) = (plan(""), data());
        let mut training = Training::new(&plan, &data, decoder(config(), kind)).expect("a training");
        let metrics = run(&mut training, usize::MAX);
        assert_eq!((metrics.len(), training.done()), (training.steps(), training.steps()));
        let first = metrics[0].loss;
        let general: Vec<f64> = metrics.iter().filter(|m| m.phase == "general").map(|m| m.loss).collect();
        let vertical: Vec<f64> = metrics.iter().filter(|m| m.phase == "vertical").map(|m| m.loss).collect();
        println!("{kind:?}: {first:.2} → {:.2}, then {:.2} → {:.2}", general[general.len() - 1], vertical[0], vertical[vertical.len() - 1]);
        assert!(general[general.len() - 1] < first / 2.0 && vertical[vertical.len() - 1] < vertical[0] / 2.0);
        assert!(metrics.iter().all(|m| m.tokens <= 4 * 24 && m.learned < m.tokens && m.rate > 0.0));
    }
}

/// Taken up at any step, a training has the same losses and ends with the same weights, bit by bit.
#[test]
fn a_training_that_is_taken_up_goes_on_as_if_nothing_had_been() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("step");
    for kind in [Kind::Float, Kind::BFloat16] {
        let (plan, data) = (plan(""), data());
        let new = || Training::new(&plan, &data, decoder(config(), kind)).expect("a training");
        let mut whole = new();
        let expected = run(&mut whole, usize::MAX);
        for stop in [1, expected.len() / 2, expected.len() - 1] {
            let mut before = new();
            let mut metrics = run(&mut before, stop);
            before.save(&at).expect("a checkpoint");
            let mut after = new();
            after.resume(&at).expect("the checkpoint");
            metrics.extend(run(&mut after, usize::MAX));
            assert_eq!(metrics, expected, "{kind:?}, stopped at {stop}");
            assert_eq!(ends(&after), ends(&whole), "{kind:?}, stopped at {stop}");
        }
    }
}

#[test]
fn how_a_step_is_cut_up_changes_nothing_but_roundings() {
    let data = data();
    let mut all = Vec::new();
    for more in ["recompute = true", "recompute = false"] {
        let plan = plan(more);
        let mut training = Training::new(&plan, &data, decoder(config(), Kind::Float)).expect("a training");
        all.push(run(&mut training, 8));
    }
    let worst = all[0].iter().zip(&all[1]).map(|(a, b)| (a.loss - b.loss).abs()).fold(0.0, f64::max);
    assert!(worst < 1e-4, "{worst}");
}

/// Hundreds of small gradients add up to what they are: in 16 bits, a sum soon takes no more of them in.
#[test]
fn gradients_of_a_step_add_up_in_32_bits() {
    let (same, count) = (samples(1).remove(0), 512);
    let data = vec![PhaseData { sources: vec![vec![same.clone(); count]] }];
    let norm = |sequences: usize| {
        let text = format!(
            "model = \"m\"\nout = \"o\"\nlength = {}\nsequences = {sequences}\n\
             [[phase]]\nname = \"general\"\nlearning-rate = 0.01\ndata = [{{path = \"a\"}}]\n",
            same.ids.len()
        );
        let plan = Plan::parse(&text).expect("a plan");
        let mut training = Training::new(&plan, &data, decoder(config(), Kind::BFloat16)).expect("a training");
        training.step().expect("a step").expect("a first step").gradient_norm
    };
    let (one, all) = (norm(1), norm(count));
    assert!((all / one - 1.0).abs() < 0.01, "{one}, and {all} of {count} such");
}

#[test]
fn bad_checkpoints_and_losses_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = folder.path().join("step");
    let (first, data) = (plan(""), data());
    let mut training = Training::new(&first, &data, decoder(config(), Kind::Float)).expect("a training");
    run(&mut training, 2);
    training.save(&at).expect("a checkpoint");
    let other = plan("over-long = \"refuse\"");
    let error = Training::new(&other, &data, decoder(config(), Kind::Float)).expect("a training").resume(&at).expect_err("another plan");
    assert!(error.to_string().contains("the plan has changed"), "{error}");
    let weights = at.join("model.safetensors");
    let whole = std::fs::read(&weights).expect("a file");
    std::fs::write(&weights, &whole[..whole.len() - 7]).expect("can write");
    let error = training.resume(&at).expect_err("a damaged file");
    assert!(error.to_string().contains("model.safetensors` is damaged") && error.to_string().contains("bytes"), "{error}");
    assert_eq!(training.done(), 2);
    let steep = Plan {
        phases: first.phases.iter().map(|phase| wardian_trainer::plan::Phase { learning_rate: 1e30, ..phase.clone() }).collect(),
        ..first.clone()
    };
    let mut training = Training::new(&steep, &data, decoder(config(), Kind::Float)).expect("a training");
    let error = (0..50).find_map(|_| training.step().err()).expect("no number in the end");
    assert!(matches!(&error, TrainError::NoNumber { .. }) && error.to_string().contains("lower `learning-rate`"), "{error}");
    let nothing = vec![PhaseData { sources: vec![Vec::new()] }, PhaseData { sources: vec![Vec::new(), Vec::new()] }];
    let error = Training::new(&first, &nothing, decoder(config(), Kind::Float)).expect_err("no data");
    assert!(error.to_string().contains("phase `general` has no sequence"), "{error}");
}
