//! One and two threads; a thousand packs in one process. Wall time here, since CPU time does not show waiting.

use crate::call::context;
use crate::clock::{Plan, once_s, status_kib};
use crate::figure::Figure;
use crate::world::{Documents, pack};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;
use wardian_compiler::Sources;
use wardian_env::{Env, PackRef, Packs, Runtime};
use wardian_format::pack::Role;

const SCALE: &str = "scale";
const PACKS: &str = "packs";
/// Bytes that packs kept ready may hold in this benchmark: far less than all of them need.
const PACKS_BYTES_MAX: usize = 24 << 20;

/// Episodes of ten writes on one thread and on two.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let documents = Documents::find()?;
    let pack = Runtime::new()?.load_own(pack(&documents.sources()?)?, "shop")?;
    let start = pack.env(&context())?;
    let orders = documents.orders()?;
    let arguments: Arc<[Value]> = orders.iter().take(10).map(|id| json!({"order_id": id, "status": "changed"})).collect();
    let episodes = plan.times(20_000);
    let mut rates = [Vec::new(), Vec::new()];
    // Turn by turn, so that what else runs on the machine hits both alike.
    for _ in 0..plan.runs.max(3) {
        for (threads, rates) in (1..).zip(&mut rates) {
            rates.push(f64::from(episodes) / wall_s(&start, &arguments, threads, episodes)?);
        }
    }
    let best = |rates: &[f64]| rates.iter().copied().fold(0.0, f64::max);
    let [one, two] = [best(&rates[0]), best(&rates[1])];
    let figure =
        |what: &str, unit, value| Figure::alone(SCALE, format!("{}: episodes of 10 writes, {what}", documents.label), unit, &[value]);
    Ok(vec![
        figure("1 thread, best wall time", "1/s", one),
        figure("2 threads, best wall time", "1/s", two),
        figure("2 threads against 1", "×", two / one),
    ])
}

/// Wall time in seconds of `episodes` episodes, divided among `threads` threads.
fn wall_s(start: &Env, arguments: &Arc<[Value]>, threads: u32, episodes: u32) -> Result<f64> {
    let ready = Arc::new(Barrier::new(threads as usize + 1));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let (start, arguments, ready) = (start.clone(), Arc::clone(arguments), Arc::clone(&ready));
            thread::spawn(move || -> Result<()> {
                // A thread's first episode opens its connection.
                episode(&start, &arguments)?;
                ready.wait();
                (0..episodes / threads).try_for_each(|_| episode(&start, &arguments))
            })
        })
        .collect();
    ready.wait();
    let clock = Instant::now();
    for worker in workers {
        worker.join().ok().context("a thread panicked")??;
    }
    Ok(clock.elapsed().as_secs_f64())
}

fn episode(start: &Env, arguments: &[Value]) -> Result<()> {
    let mut env = start.clone();
    for arguments in arguments {
        ensure!(env.call(Role::Agent, "set_status", arguments)?.outcome.is_ok(), "`set_status` fails");
    }
    env.digests()?;
    Ok(())
}

/// A thousand packs, two rounds of one episode each, within a budget that holds a part of them.
pub(crate) fn packs(plan: Plan) -> Result<Vec<Figure>> {
    let count = if plan.quick { 20 } else { 1_000 };
    let folder = tempfile::tempdir()?;
    let shelf = Packs::new(&Runtime::new()?, PACKS_BYTES_MAX);
    let mut known: Vec<PackRef> = Vec::with_capacity(count);
    for n in 0..count {
        let path = folder.path().join(format!("{n}.wasm"));
        std::fs::write(&path, pack(&small_pack(n))?)?;
        known.push(shelf.add(&path.display().to_string(), Box::new(move || std::fs::read(&path)))?);
    }
    let round = || known.iter().try_for_each(one_episode);
    let before = status_kib("VmRSS")?;
    let ((), first_s) = once_s(round)?;
    let after_first = status_kib("VmRSS")?;
    let ((), second_s) = once_s(round)?;
    let after_second = status_kib("VmRSS")?;
    let used = shelf.in_use();
    let figure = |what: &str, unit, value: f64| Figure::alone(PACKS, format!("{count} packs, 2 episodes each: {what}"), unit, &[value]);
    Ok(vec![
        figure("budget of packs kept ready", "MiB", (PACKS_BYTES_MAX >> 20) as f64),
        figure("held by packs at the end, as counted", "MiB", used.bytes as f64 / f64::from(1 << 20)),
        figure("packs ready at the end", "", used.ready as f64),
        figure("resident memory grown in the first round", "MiB", (after_first - before).max(0.0) / 1024.0),
        figure("resident memory grown in the second round", "MiB", (after_second - after_first).max(0.0) / 1024.0),
        figure("a load and an episode, first round", "ms", first_s * 1e3 / count as f64),
        figure("a load and an episode, second round", "ms", second_s * 1e3 / count as f64),
    ])
}

fn one_episode(pack: &PackRef) -> Result<()> {
    let pack = pack.load()?;
    let mut env = pack.env(&context())?;
    let changed = env.call(Role::Agent, "set_name", &json!({"id": 1, "name": "changed"}))?;
    ensure!(changed.outcome.is_ok(), "`set_name` fails: {:?}", changed.outcome);
    let read = env.call(Role::Agent, "get_thing", &json!({"id": 1}))?;
    ensure!(read.outcome.is_ok(), "`get_thing` fails: {:?}", read.outcome);
    Ok(())
}

/// A pack of two tools and some rows, different for each `n` in image and code.
fn small_pack(n: usize) -> Sources {
    let mut sources = Sources::new();
    let rows: String = (0..200).map(|id| format!("{}\n", json!({"id": id, "name": format!("thing {id} of pack {n}")}))).collect();
    sources.insert("data/things.jsonl", rows);
    sources.insert("schema.sql", "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;\n".to_owned());
    let head =
        format!("name = \"things-{n}\"\ntitle = \"Things {n}\"\nnow = \"2026-01-31T12:00:00Z\"\nlicense = \"MIT\"\nauthor = \"rules\"\n");
    sources.insert("pack.toml", head);
    let tools = format!(
        "-- @tool get_thing\n-- @doc Show a thing.\n-- @param id integer ref(things.id)\n-- @return else \"pack {n} has no thing {{id}}\"\n\
         SELECT id, name FROM things WHERE id = :id;\n\n\
         -- @tool set_name\n-- @doc Name a thing.\n-- @param id integer ref(things.id)\n-- @param name text\n\
         -- @exec some else \"pack {n} has no thing {{id}}\"\nUPDATE things SET name = :name WHERE id = :id;\n"
    );
    sources.insert("tools.sql", tools);
    sources
}
