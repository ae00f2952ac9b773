//! `/aggregate_metrics`: means over the rollouts of an evaluation, without those that are masked, and pass^k.

use axum::Json;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wardian_rollout::pass_hat;

/// A reward from which on a task counts as passed.
const PASSED: f64 = 1.0;

pub(super) async fn aggregate(Json(body): Json<Value>) -> Json<Value> {
    let rows: Vec<&Value> = body["verify_responses"].as_array().into_iter().flatten().collect();
    let mut tasks: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    let mut masked = 0_usize;
    for row in &rows {
        let task = tasks.entry(row["_ng_task_index"].as_u64().unwrap_or_default()).or_default();
        match row["reward"].as_f64().filter(|_| row["mask_sample"] != true) {
            Some(reward) => task.push(reward),
            None => masked += 1,
        }
    }
    let measured: Vec<&Vec<f64>> = tasks.values().filter(|rewards| !rewards.is_empty()).collect();
    let groups: Vec<Value> =
        tasks.iter().filter(|(_, rewards)| !rewards.is_empty()).map(|(index, rewards)| group(*index, rewards)).collect();
    let all: Vec<f64> = measured.iter().flat_map(|rewards| rewards.iter().copied()).collect();
    let mut agent = summary(&all);
    let repeats = measured.iter().map(|rewards| rewards.len()).min().unwrap_or_default();
    for k in 1..=repeats {
        agent.insert(format!("pass^{k}"), json!(pass_to_the(k, &measured)));
    }
    let coverage = [
        ("coverage/measured_rollouts", all.len()),
        ("coverage/masked_rollouts", masked),
        ("coverage/measured_tasks", measured.len()),
        ("coverage/fully_masked_tasks", tasks.len() - measured.len()),
    ];
    agent.extend(coverage.map(|(name, count)| (name.to_owned(), count.into())));
    let is_key = |name: &str| name.starts_with("mean/") || name.starts_with("pass^") || (masked > 0 && name.starts_with("coverage/"));
    let key: Map<String, Value> =
        agent.iter().filter(|(name, _)| is_key(name)).map(|(name, value)| (name.clone(), value.clone())).collect();
    Json(json!({
        "group_level_metrics": groups, "agent_metrics": agent, "key_metrics": key, "perf_summary": null, "repeat_level_metrics": [],
    }))
}

fn group(index: u64, rewards: &[f64]) -> Value {
    let mut out = summary(rewards);
    out.insert("_ng_task_index".to_owned(), index.into());
    out.insert("num_rollouts".to_owned(), rewards.len().into());
    Value::Object(out)
}

/// Mean, extremes, median and sample deviation; nothing of nothing.
fn summary(rewards: &[f64]) -> Map<String, Value> {
    if rewards.is_empty() {
        return Map::new();
    }
    let mut sorted = rewards.to_vec();
    sorted.sort_by(f64::total_cmp);
    let of = sorted.len();
    let mean = sorted.iter().sum::<f64>() / of as f64;
    let squares: f64 = sorted.iter().map(|reward| (reward - mean) * (reward - mean)).sum();
    let deviation = if of > 1 { (squares / (of - 1) as f64).sqrt() } else { 0.0 };
    let median = (sorted[(of - 1) / 2] + sorted[of / 2]) / 2.0;
    let named = [("mean", mean), ("max", sorted[of - 1]), ("min", sorted[0]), ("median", median), ("std", deviation)];
    named.into_iter().map(|(name, value)| (format!("{name}/reward"), json!(value))).collect()
}

/// The mean over tasks of the chance that `k` of their rollouts, drawn without putting back, all pass.
fn pass_to_the(k: usize, tasks: &[&Vec<f64>]) -> f64 {
    let counts = |rewards: &&Vec<f64>| (rewards.iter().filter(|reward| **reward >= PASSED).count(), rewards.len());
    let counts: Vec<(usize, usize)> = tasks.iter().map(counts).collect();
    pass_hat(&counts, k).expect("each task has as many rollouts")
}
