//! How fast the example pack makes tasks and plays episodes: `cargo run --release -p wardian-rollout --example rate`.
//! Prints one JSON object a figure; with `--show N`, the first N tasks and their dialogues instead.

#![expect(clippy::disallowed_methods, reason = "an example is an executable: it may read clock and files")]

use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_env::Runtime;
use wardian_format::{Message, Trajectory};
use wardian_rollout::scripted::{Manner, player, user};
use wardian_rollout::{FilterOptions, Play, RunOptions, Stop, filter, run};
use wardian_tasks::{TaskOptions, generate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let shown = arguments.iter().position(|a| a == "--show").and_then(|i| arguments.get(i + 1)?.parse::<usize>().ok());
    let root = arguments.first().filter(|a| !a.starts_with("--")).map_or("packs/library", String::as_str);
    let mut sources = Sources::new();
    wardian_testkit::text_files(Path::new(root)).into_iter().for_each(|(path, text)| sources.insert(path, text));
    let compiled = compile_pack(&sources, Validation::Trusted)?;
    let pack = Runtime::new()?.load_own(wardian_pack::write(&compiled.parts)?, root)?;
    let count = shown.unwrap_or(500);
    let start = Instant::now();
    let generated = generate(&pack, &TaskOptions { seed: 1, count, ..TaskOptions::default() })?;
    let tasks_s = start.elapsed().as_secs_f64();
    let plays: Vec<Play> = generated.tasks.into_iter().map(|t| Play::new(Arc::new(t), Arc::clone(&pack).into())).collect();
    let agents = [player(Manner::Plan), player(Manner::Recover), player(Manner::Fail)];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let start = Instant::now();
    let trajectories = runtime.block_on(run(&plays, &agents, &user(), &RunOptions::default(), &Stop::default()))?;
    let episodes_s = start.elapsed().as_secs_f64();
    if shown.is_some() {
        plays.iter().for_each(|play| show(play, &trajectories));
        return Ok(());
    }
    let calls: usize = trajectories.iter().map(|t| t.calls.len()).sum();
    println!(
        "{}",
        json!({"figure": "tasks a minute, one core, wall", "value": plays.len() as f64 / tasks_s * 60.0, "tasks": plays.len(), "attempts": generated.attempts, "rejected": generated.rejected.counts})
    );
    println!(
        "{}",
        json!({"figure": "episodes a second, wall", "value": trajectories.len() as f64 / episodes_s, "episodes": trajectories.len(), "calls": calls})
    );
    println!("{}", json!({"figure": "filter", "value": filter(&trajectories, &FilterOptions::default()).funnel}));
    println!("{}", json!({"figure": "metrics", "value": wardian_rollout::metrics(&trajectories)}));
    Ok(())
}

fn show(play: &Play, trajectories: &[Trajectory]) {
    println!("=== {}\n{}\n", play.task.id, play.task.user.goal);
    for trajectory in trajectories.iter().filter(|t| t.task == play.task.id && t.agent != "scripted:fail") {
        println!("--- {}", trajectory.agent);
        for message in &trajectory.messages {
            match message {
                Message::System { .. } => {}
                Message::User { content } => println!("USER   {content}"),
                Message::Assistant { content, tool_calls, .. } => {
                    content.iter().for_each(|text| println!("AGENT  {text}"));
                    tool_calls.iter().for_each(|call| println!("CALL   {} {}", call.name, call.arguments));
                }
                Message::Tool { content, .. } => println!("RESULT {}", wardian_format::names::untrusted(content, 160)),
            }
        }
    }
    println!();
}
