//! A call that does not succeed changes nothing. Random calls, fitting and hostile, of tools that people, rules and
//! chance wrote; the oracle reads every row after every call.

use crate::random::arguments::{self, Given, Keys};
use crate::random::{seeds, tools, with_seed};
use crate::support::root;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_compiler::{Sources, Validation, compile_pack};
use wardian_env::{Env, EpisodeContext, LoadedPack, Runtime};
use wardian_format::CallRecord;
use wardian_format::pack::{Effect, Role};
use wardian_format::rng::Rng;
use wardian_materialize::{Options, materialize};

/// Calls from one initial state.
const EPISODE_CALLS: usize = 50;

/// How often each kind of outcome came, and how many calls wrote.
#[derive(Default)]
struct Count(BTreeMap<&'static str, usize>);

impl Count {
    fn add(mut self, other: Self) -> Self {
        for (word, count) in other.0 {
            *self.0.entry(word).or_default() += count;
        }
        self
    }

    fn calls(&self) -> usize {
        self.0.iter().filter(|(word, _)| **word != "wrote").map(|(_, count)| count).sum()
    }

    /// What is wanted of a test that says something: calls of every kind that a caller can bring about.
    fn check(&self, what: &str, wanted: &[&str]) {
        println!("{what}: {} calls: {:?}", self.calls(), self.0);
        for word in wanted {
            assert!(self.0.contains_key(word), "{what}: no call ended in `{word}`: {:?}", self.0);
        }
    }
}

fn load(runtime: &Runtime, sources: &Sources) -> Arc<LoadedPack> {
    let compiled = compile_pack(sources, Validation::Checked).unwrap_or_else(|error| panic!("{error}\n{}", sources.texts["tools.sql"]));
    let bytes = wardian_pack::write(&compiled.parts).expect("the pack can be written");
    runtime.load_own(bytes, "test").expect("the pack is acceptable")
}

/// Plays `episodes` episodes of random calls of `pack`, each of them twice.
fn play(pack: &Arc<LoadedPack>, seed: u64, episodes: usize) -> Count {
    let mut rng = Rng::of(seed, &["calls", &pack.manifest().name]);
    let context = EpisodeContext { seed, now: pack.manifest().now.clone() };
    let mut count = Count::default();
    for _ in 0..episodes {
        let mut env = pack.env(&context).expect("an environment");
        let mut played = Vec::new();
        for _ in 0..EPISODE_CALLS {
            let (role, tool, given) = choose(&mut env, &mut rng);
            let record = checked(&mut env, role, &tool, &given, &mut count);
            played.push((role, tool, given, record));
        }
        let mut again = pack.env(&context).expect("an environment");
        for (role, tool, given, record) in &played {
            assert_eq!(call(&mut again, *role, tool, given), *record, "the replay of `{tool}` differs");
        }
    }
    count
}

fn choose(env: &mut Env, rng: &mut Rng) -> (Role, String, Given) {
    let pack = Arc::clone(env.pack());
    let manifest = pack.manifest();
    let tool = rng.pick(&manifest.tools).expect("a pack has tools");
    let keys = Keys::read(manifest, env);
    let given = arguments::any(tool, &keys, rng);
    let role = if rng.chance(2) { Role::Assert } else { tool.role };
    (role, tool.name.clone(), given)
}

fn call(env: &mut Env, role: Role, tool: &str, given: &Given) -> CallRecord {
    let record = match given {
        Given::Document(arguments) => env.call(role, tool, arguments),
        Given::Text(text) => env.call_text(role, tool, text),
    };
    record.expect("the host holds")
}

/// A call, with everything that must hold of it.
fn checked(env: &mut Env, role: Role, tool: &str, given: &Given, count: &mut Count) -> CallRecord {
    let before = env.digests().expect("digests");
    let record = call(env, role, tool, given);
    let after = env.digests().expect("digests");
    let said = || format!("`{tool}` {:.300} → {:?}", record.arguments.to_string(), record.outcome);
    assert_eq!(record.state, after, "the record says another state: {}", said());
    let manifest = env.pack().manifest();
    let reads = manifest.after.is_empty() && manifest.tool(tool).is_some_and(|tool| tool.effect == Effect::Read);
    if !record.outcome.is_ok() || reads {
        assert_eq!(after, before, "the digests changed: {}", said());
    }
    let scanned = env.state().expect("a state").clone().full_scan_digests().expect("a scan");
    assert_eq!(scanned, after, "the digests are not those of the rows: {}", said());
    *count.0.entry(record.outcome.word()).or_default() += 1;
    *count.0.entry("wrote").or_default() += usize::from(after != before);
    record
}

#[test]
fn random_tools() {
    let runtime = Runtime::new().expect("the engine starts");
    let runtime = &std::panic::AssertUnwindSafe(runtime);
    let one = |seed: u64| with_seed(seed, |seed| play(&load(runtime, &tools::sources(seed)), seed, 8));
    let count = seeds(44).into_par_iter().map(one).reduce(Count::default, Count::add);
    count.check("random tools", &["ok", "tool_error", "invalid_arguments", "unknown_tool", "limit", "wrote"]);
}

#[test]
fn the_library() {
    let runtime = Runtime::new().expect("the engine starts");
    let sources = Sources::from(wardian_testkit::text_files(&root().join("packs/library")).into_iter().collect::<BTreeMap<_, _>>());
    let pack = std::panic::AssertUnwindSafe(load(&runtime, &sources));
    let one = |seed: u64| with_seed(seed, |seed| play(&pack, seed, 4));
    let count = seeds(44).into_par_iter().map(one).reduce(Count::default, Count::add);
    count.check("library", &["ok", "tool_error", "invalid_arguments", "wrote"]);
}

/// Packs as the demo makes them: three services of the catalogue that ships with the project.
#[test]
fn materialized_tools() {
    let runtime = Runtime::new().expect("the engine starts");
    let tools = wardian_catalog::import(&wardian_catalog::embedded(), &wardian_catalog::ImportOptions::default()).tools;
    let mut services: Vec<&str> = tools.iter().map(|tool| tool.origin.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let packs: Vec<Arc<LoadedPack>> = services
        .iter()
        .filter_map(|service| {
            let ids = tools.iter().filter(|t| t.origin.service == *service).map(|t| t.id.clone()).collect();
            let name = (*service).to_owned();
            let domain =
                wardian_format::graph::Domain { title: name.clone(), name, description: String::new(), terms: Vec::new(), tools: ids };
            let made = materialize(&domain, &tools, &Options::default(), &runtime).expect("the host works");
            made.pack.map(|bytes| runtime.load_own(bytes, service).expect("the pack is acceptable"))
        })
        .take(3)
        .collect();
    assert_eq!(packs.len(), 3, "of {services:?}");
    let packs = std::panic::AssertUnwindSafe(packs);
    let one = |seed: u64| with_seed(seed, |seed| packs.iter().map(|pack| play(pack, seed, 1)).fold(Count::default(), Count::add));
    let count = seeds(44).into_par_iter().map(one).reduce(Count::default, Count::add);
    count.check("materialized", &["ok", "tool_error", "invalid_arguments", "wrote"]);
}
