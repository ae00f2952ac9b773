//! From a pack file to the first call, as a process that has just started does it: with the compile child, and with the cache.

use crate::call::context;
use crate::clock::{Plan, once_s};
use crate::figure::Figure;
use crate::world::{fifty_tools, pack};
use anyhow::{Context, Result, ensure};
use serde_json::json;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::{Instant, SystemTime};
use wardian_compile::{CacheOptions, Cached, Child, Folder};
use wardian_env::{Engine, Runtime};
use wardian_format::pack::Role;

const NAME: &str = "compile";
const CACHE_BYTES_MAX: u64 = 1 << 30;

/// Times of some runs, milliseconds.
#[derive(Default)]
struct Times {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir()?;
    let file = home.path().join("fifty.wasm");
    let bytes = pack(&fifty_tools())?;
    std::fs::write(&file, &bytes)?;
    let (mut uncached, mut cached) = (Times::default(), Times::default());
    let runs = if plan.quick { 1 } else { 4 * plan.runs };
    let children = children_cpu_ms()?;
    for i in 0..runs {
        let cache = home.path().join(format!("cache-{i}"));
        uncached.add(|| first_call(&file, &cache))?;
    }
    let children = (children_cpu_ms()? - children) / runs as f64;
    let own = uncached.cpu.clone();
    uncached.cpu.iter_mut().for_each(|ms| *ms += children);
    for _ in 0..runs {
        cached.add(|| first_call(&file, &home.path().join("cache-0")))?;
    }
    let (mut engine, mut opened) = (Times::default(), Times::default());
    for _ in 0..runs {
        engine.add(|| Engine::new().map(|engine| drop(black_box(engine))).map_err(Into::into))?;
        opened.add(|| wardian_pack::open(&bytes, "fifty").map(|opened| drop(black_box(opened))).map_err(Into::into))?;
    }
    let figure = |what: &str, samples: &[f64]| Figure::alone(NAME, format!("50 tools, file → first call: {what}"), "ms", samples);
    Ok(vec![
        figure("uncached, CPU of both processes", &uncached.cpu),
        figure("uncached, CPU of the caller alone", &own),
        figure("uncached, wall", &uncached.wall),
        figure("cached, CPU", &cached.cpu),
        figure("cached, wall", &cached.wall),
        figure("of which start of the engine, CPU", &engine.cpu),
        figure("of which checks of pack and image, CPU", &opened.cpu),
    ])
}

impl Times {
    fn add(&mut self, run: impl FnOnce() -> Result<()>) -> Result<()> {
        let start = Instant::now();
        let ((), cpu_s) = once_s(run)?;
        self.wall.push(start.elapsed().as_secs_f64() * 1e3);
        self.cpu.push(cpu_s * 1e3);
        Ok(())
    }
}

/// Starts everything, reads `file`, calls one tool, and ends everything. `cache` may be there or not.
fn first_call(file: &Path, cache: &Path) -> Result<()> {
    let folder = Folder::open(CacheOptions { path: cache.to_owned(), bytes_max: CACHE_BYTES_MAX, now: SystemTime::now })?;
    let child = Child::new(std::env::current_exe()?, ["--compile-child"]);
    let runtime = Runtime::with_compiler(Arc::new(Cached::new(child, folder)))?;
    let pack = runtime.load(std::fs::read(file)?, "fifty")?;
    let called = pack.env(&context())?.call(Role::Agent, "get_order_7", &json!({"order_id": "#1"}))?;
    ensure!(called.outcome.is_ok(), "the first call gave {:?}", called.outcome);
    Ok(())
}

/// CPU time of the children that have ended, in steps of 10 ms, which is why it is read once for many.
fn children_cpu_ms() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").context("times of children are read from /proc, which Linux has")?;
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: Vec<f64> = fields.skip(13).take(2).map(str::parse).collect::<Result<_, _>>()?;
    Ok(ticks.iter().sum::<f64>() * 10.0)
}
