//! A tool compiled as a component of its own is the tool of the pack: every tool of the demo, the same calls both ways.

use crate::random::arguments::{self, Given, Keys};
use crate::support::expect;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use wardian_compiler::{Sources, Validation, compile_tool};
use wardian_env::{Env, EpisodeContext, LoadedPack, Runtime};
use wardian_format::pack::{Effect, Manifest, Role};
use wardian_format::rng::Rng;
use wardian_format::task::Task;
use wardian_pack::Parts;

/// Random calls of each tool, one after another.
const CALLS: usize = 12;

/// A pack of the demo, whole and in single tools.
struct Pack {
    runtime: Runtime,
    parts: Parts,
    whole: Arc<LoadedPack>,
    /// The component of each tool.
    alone: BTreeMap<String, Vec<u8>>,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Count {
    packs: usize,
    tools: usize,
    random: usize,
    wrote: usize,
    gold: usize,
}

impl Count {
    fn add(self, other: Self) -> Self {
        Self {
            packs: self.packs + other.packs,
            tools: self.tools + other.tools,
            random: self.random + other.random,
            wrote: self.wrote + other.wrote,
            gold: self.gold + other.gold,
        }
    }
}

impl Pack {
    fn read(run: &Path, name: &str, runtime: &Runtime) -> Self {
        let sources: BTreeMap<String, String> = wardian_testkit::text_files(&run.join("domains").join(name)).into_iter().collect();
        let sources = Sources::from(sources);
        let bytes = fs::read(run.join("packs").join(format!("{name}.wasm"))).expect("a pack");
        let parts = wardian_pack::open(&bytes, name).expect("an acceptable pack").parts;
        let compile = |tool: &str| compile_tool(&sources, tool, Validation::Trusted).expect("the tool compiles");
        let alone = parts.manifest.tools.iter().map(|tool| (tool.name.clone(), compile(&tool.name))).collect();
        let whole = runtime.load_own(bytes, name).expect("an acceptable pack");
        Self { runtime: runtime.clone(), parts, whole, alone }
    }

    /// The pack of `tool` alone, in the state of `env`.
    fn of(&self, tool: &str, env: &mut Env) -> Arc<LoadedPack> {
        let mut manifest = self.parts.manifest.clone();
        manifest.tools.retain(|known| known.name == tool);
        manifest.errors.retain(|shape| shape.tools.is_empty() || shape.tools.iter().any(|known| known == tool));
        manifest.errors.iter_mut().for_each(|shape| shape.tools.retain(|known| known == tool));
        manifest.links = Manifest::derive_links(&manifest.tools);
        manifest.initial = env.digests().expect("digests");
        let image = env.state().expect("a state").to_bytes();
        let parts = Parts { component: self.alone[tool].clone(), manifest, image, tasks: None, ..self.parts.clone() };
        let bytes = wardian_pack::write(&parts).expect("the pack can be written");
        self.runtime.load_own(bytes, tool).unwrap_or_else(|error| panic!("`{tool}` alone: {error}"))
    }

    fn context(&self, seed: u64) -> EpisodeContext {
        EpisodeContext { seed, now: self.whole.manifest().now.clone() }
    }

    /// Random calls of each tool, from the initial state on.
    fn random(&self) -> Count {
        let manifest = self.whole.manifest();
        let mut count = Count { packs: 1, tools: manifest.tools.len(), ..Count::default() };
        for (seed, tool) in (1..).zip(&manifest.tools) {
            let mut rng = Rng::of(seed, &["both ways", &manifest.name]);
            let mut whole = self.whole.env(&self.context(seed)).expect("an environment");
            let mut alone = self.of(&tool.name, &mut whole).env(&self.context(seed)).expect("an environment");
            let keys = Keys::read(manifest, &mut whole);
            for _ in 0..CALLS {
                let Given::Document(given) = arguments::any(tool, &keys, &mut rng) else { continue };
                let expected = whole.call(tool.role, &tool.name, &given).expect("the host holds");
                assert_eq!(alone.call(tool.role, &tool.name, &given).expect("the host holds"), expected, "{} alone", tool.name);
                count.random += 1;
                count.wrote += usize::from(expected.outcome.is_ok() && tool.effect == Effect::Write);
            }
        }
        count
    }

    /// The calls that achieve `task`, each also by the tool alone, in the state that the calls before left.
    fn gold(&self, task: &Task) -> Count {
        let context = EpisodeContext { seed: task.seed, now: task.now.clone() };
        let mut whole = self.whole.env(&context).expect("an environment");
        for call in &task.gold {
            let mut alone = self.of(&call.tool, &mut whole).env(&context).expect("an environment");
            let expected = whole.call(Role::Agent, &call.tool, &call.arguments).expect("the host holds");
            assert_eq!(expected.state.full, call.state, "{}: gold call of {}", task.id, call.tool);
            let actual = alone.call(Role::Agent, &call.tool, &call.arguments).expect("the host holds");
            assert_eq!(actual, expected, "{}: {} alone", task.id, call.tool);
        }
        Count { gold: task.gold.len(), ..Count::default() }
    }
}

fn names(folder: &Path, extension: &str) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = files.filter_map(|name| name.to_str()?.strip_suffix(extension).map(str::to_owned)).collect();
    names.sort();
    names
}

#[test]
fn every_tool_of_the_demo_is_the_same_program_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    expect(folder.path(), 0, &["demo", "--run", "run", "--quiet"]);
    let run = folder.path().join("run");
    let runtime = Runtime::new().expect("the engine starts");
    let one = |name: &String| {
        let pack = Pack::read(&run, name, &runtime);
        let tasks = fs::read_to_string(run.join("tasks").join(format!("{name}.jsonl"))).expect("tasks");
        let tasks = tasks.lines().map(|line| serde_json::from_str::<Task>(line).expect("a task"));
        tasks.map(|task| pack.gold(&task)).fold(pack.random(), Count::add)
    };
    let count = names(&run.join("packs"), ".wasm").par_iter().map(one).reduce(Count::default, Count::add);
    println!("both ways: {count:?}");
    assert!(count.packs >= 12 && count.tools >= 180 && count.gold >= 240, "{count:?}");
    assert!(count.wrote * 20 > count.random, "some of the random calls write: {count:?}");
}
