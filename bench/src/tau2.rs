//! Replay of gold actions in the ports of τ²-bench: fork, set the scene, make the calls, digest. The rival is upstream's own Python
//! on the same tasks, `bench/rivals/tau2_replay.py`, in the way that upstream does it and in the fastest that we found.

use crate::clock::Plan;
use crate::figure::Figure;
use crate::world::{root, shared_data};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;
use wardian_compiler::{Validation, compile_pack};
use wardian_env::{EpisodeContext, LoadedPack, Runtime};
use wardian_format::Task;
use wardian_format::task::TaskSource;

const NAME: &str = "tau2";

const DOMAINS: [&str; 3] = ["retail", "airline", "telecom"];

/// Ways in which the rival gets its environment, and what to call them.
const WAYS: [(&str, &str); 2] = [("fresh", "as upstream does it"), ("parsed", "document parsed before, no garbage collection")];

/// Passes over all tasks behind one sample.
const PASSES: u32 = 20;

/// All figures: time an episode, the mean over the tasks of a domain.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let recorded = shared_data("tau2");
    let rival = if plan.quick { None } else { rival(plan, recorded.as_deref())? };
    let mut figures = Vec::new();
    for domain in DOMAINS {
        let pack = port(domain)?;
        let tasks = tasks(domain, &pack, recorded.is_some())?;
        ensure!(!tasks.is_empty(), "no task of {domain}");
        let per_pass = plan.each_us(PASSES, || tasks.iter().try_for_each(|task| replay(&pack, task)))?;
        let ours: Vec<f64> = per_pass.iter().map(|us| us / tasks.len() as f64).collect();
        let calls: usize = tasks.iter().map(|task| task.gold.len()).sum();
        let what = format!("{domain}: gold replay, {} tasks, {calls} calls", tasks.len());
        match rival.as_ref().and_then(|rival| rival.get(domain)) {
            Some(measured) => {
                ensure!(measured["tasks"] == tasks.len(), "the rival has {} tasks of {domain}, we have {}", measured["tasks"], tasks.len());
                for (way, label) in WAYS {
                    let seconds = measured[way].as_array().with_context(|| format!("the rival has no `{way}` of {domain}"))?;
                    let theirs: Vec<f64> = seconds.iter().filter_map(Value::as_f64).map(|s| s * 1e6).collect();
                    figures.push(Figure::against(NAME, format!("{what}; rival {label}"), "µs", &ours, Some(&theirs)));
                }
                let threads = std::thread::available_parallelism()?.get();
                let ours = (0..plan.runs).map(|_| wall_us(&pack, &tasks, threads, plan.times(PASSES))).collect::<Result<Vec<f64>>>()?;
                let theirs: Vec<f64> =
                    measured["fresh_wall"].as_array().into_iter().flatten().filter_map(Value::as_f64).map(|s| s * 1e6).collect();
                // Upstream's runner has threads too, which Python's lock holds to one core.
                let what = format!("{what}; by the clock on {threads} cores, rival as upstream does it");
                figures.push(Figure::against(NAME, what, "µs", &ours, Some(&theirs)));
            }
            None => figures.push(Figure::alone(NAME, what, "µs", &ours)),
        }
    }
    Ok(figures)
}

fn port(domain: &str) -> Result<Arc<LoadedPack>> {
    let name = format!("tau2-{domain}");
    let sources = wardian_packs::sources(&name).context("it ships with Wardian")?;
    let compiled = compile_pack(&sources, Validation::Trusted)?;
    Ok(Runtime::new()?.load_own(wardian_pack::write(&compiled.parts)?, &name)?)
}

/// The tasks that the rival plays: those of the recorded calls, else upstream's base split.
fn tasks(domain: &str, pack: &Arc<LoadedPack>, recorded: bool) -> Result<Vec<Task>> {
    let split = if recorded { "train" } else { "base" };
    let text = pack.tasks().with_context(|| format!("no task travels with {domain}"))?;
    let sources: Vec<TaskSource> = wardian_format::jsonl::read(text.as_bytes(), domain)?;
    let wanted = sources.iter().filter(|source| source.splits.iter().any(|name| name == split));
    wanted.map(|source| Ok(wardian_tasks::bind(source, pack)?)).collect()
}

/// One episode, with its end compared.
fn replay(pack: &Arc<LoadedPack>, task: &Task) -> Result<()> {
    let (mut env, _) = pack.scene(&EpisodeContext { seed: task.seed, now: task.now.clone() }, &task.setup)?;
    for gold in &task.gold {
        env.call_in_its_role(&gold.tool, &gold.arguments)?;
    }
    ensure!(env.digests()? == task.goal, "task `{}` ends elsewhere", task.id);
    Ok(())
}

/// Time by the clock an episode, where `threads` threads play all tasks `passes` times each.
fn wall_us(pack: &Arc<LoadedPack>, tasks: &[Task], threads: usize, passes: u32) -> Result<f64> {
    let play = || (0..passes).try_for_each(|_| tasks.iter().try_for_each(|task| replay(pack, task)));
    let start = Instant::now();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(play)).collect();
        running.into_iter().try_for_each(|thread| thread.join().expect("a replay does not panic"))
    })?;
    let episodes = tasks.len() * threads * passes as usize;
    Ok(start.elapsed().as_secs_f64() * 1e6 / episodes as f64)
}

/// What the rival measured, by domain; `None` where upstream's Python cannot be had.
fn rival(plan: Plan, recorded: Option<&std::path::Path>) -> Result<Option<Value>> {
    let python = Command::new(root().join("tests/tau2/python.sh")).output()?;
    if !python.status.success() {
        eprintln!("bench: no rival for `{NAME}`: {}", String::from_utf8_lossy(&python.stderr).trim());
        return Ok(None);
    }
    let mut command = Command::new(String::from_utf8(python.stdout)?.trim());
    command.arg(root().join("bench/rivals/tau2_replay.py")).args(["--repeat", &plan.runs.min(3).to_string()]);
    command.args(recorded.into_iter().flat_map(|folder| ["--traces".into(), folder.as_os_str().to_owned()]));
    let output = command.output()?;
    if !output.status.success() {
        bail!("the rival failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    let measured: Value = serde_json::from_slice(&output.stdout).context("the rival printed no measurements")?;
    let known: BTreeSet<&str> = measured.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    ensure!(DOMAINS.iter().all(|domain| known.contains(domain)), "the rival lacks a domain: {known:?}");
    Ok(Some(measured))
}
