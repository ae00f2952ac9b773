//! CPU time of one call of a one-statement tool through `Env::call`, digests included, against the same statement
//! on the state alone. `cargo run --release -p wardian-env --example call_cost`

use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack, Runtime};
use wardian_format::SqlValue;
use wardian_format::limits::{Limits, Profile};
use wardian_format::pack::{Role, Statements};
use wardian_pack::Parts;
use wardian_testkit::sample::{Sample, sample};

const CALLS: u32 = 50_000;
const ROUNDS: usize = 7;

fn main() {
    let Sample { component, manifest, image } = sample();
    let parts = Parts { component, manifest, image, policy: None, tasks: None, sources: BTreeMap::new() };
    let bytes = wardian_pack::write(&parts).expect("writes");
    let runtime = Runtime::new().expect("starts");
    let loading = micros(20, || drop(runtime.load_own(bytes.clone(), "x").expect("loads")));
    let first = micros(1, || drop(Runtime::new().expect("starts").load_own(bytes.clone(), "x").expect("loads")));
    let tools = parts.manifest.tools.len();
    println!("a pack of {tools} tools: start the engine and load {first:.0} µs CPU, load again {loading:.0} µs CPU");
    let kept = runtime.load_own(bytes.clone(), "x").expect("loads");
    let fresh = runtime.load(bytes, "x").expect("loads");
    report("one SELECT, instance kept", &kept, "get_issue");
    report("one UPDATE, instance kept", &kept, "close_issue");
    report("one SELECT, fresh instance", &fresh, "get_issue");
    report("refused by the schema", &kept, "list_issues");
    println!("the same SELECT on the state alone: {:.2} µs CPU", on_the_state(&kept));
}

fn env(pack: &Arc<LoadedPack>) -> Env {
    pack.env(&EpisodeContext { seed: 1, now: "2026-01-31T12:00:00Z".to_owned() }).expect("an environment")
}

fn report(what: &str, pack: &Arc<LoadedPack>, tool: &str) {
    let mut env = env(pack);
    let arguments = [json!({"id": 1}), json!({"id": 2}), json!({"id": 3})];
    let mut n = 0;
    let cost = micros(CALLS, || {
        n += 1;
        env.call(Role::Agent, tool, &arguments[n % 3]).expect("the host is fine");
    });
    println!("{what}: {cost:.2} µs CPU a call");
}

/// Begin, the statement of `get_issue`, roll back.
fn on_the_state(pack: &Arc<LoadedPack>) -> f64 {
    let spec = pack.manifest().tool("get_issue").expect("the tool is there");
    let Statements::Closed { sql } = &spec.statements else { return f64::NAN };
    let set: Arc<[String]> = sql.as_slice().into();
    let limits = Limits::of(Profile::Sql);
    let mut state = Some(env(pack).state().clone());
    micros(CALLS, || {
        let mut tx = state.take().expect("a state").begin(&limits, Some(Arc::clone(&set))).expect("begins");
        tx.query(&set[0], &[SqlValue::Text("{\"id\":2}".to_owned())]).expect("reads");
        state = Some(tx.rollback());
    })
}

/// Median over rounds of the CPU time of one run, in microseconds.
fn micros(runs: u32, mut run: impl FnMut()) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let before = cpu_ns();
            (0..runs).for_each(|_| run());
            (cpu_ns() - before) / 1e3 / f64::from(runs)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[ROUNDS / 2]
}

/// CPU time of this thread in nanoseconds, from the scheduler (Linux).
#[expect(clippy::disallowed_methods, reason = "a benchmark, not the deterministic core")]
fn cpu_ns() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux keeps this");
    text.split_whitespace().next().and_then(|ns| ns.parse().ok()).expect("a number comes first")
}
