//! From a pack to tasks: attempts, each with its own seed, until there are enough or no more are likely.

use crate::TaskError;
use crate::check;
use crate::domain::Domain;
use crate::keep;
use crate::step::{Miss, Stop};
use crate::walk::{Aim, Walk, walk};
use crate::words;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wardian_env::{EnvError, EpisodeContext, LoadedPack};
use wardian_format::pack::Effect;
use wardian_format::task::{Difficulty, Split, TASK_FORMAT};
use wardian_format::{Digest, Rng, Task, json};

/// Examples kept of each reason.
const EXAMPLES_MAX: usize = 3;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskOptions {
    /// The same seed and pack give the same tasks.
    pub seed: u64,
    /// Tasks wanted.
    pub count: usize,
    /// Fewest gold calls.
    pub calls_min: usize,
    /// Most gold calls.
    pub calls_max: usize,
    /// Fewest writes. With 0, some tasks only read and are graded by what the agent tells.
    pub writes_min: usize,
    /// Attempts for each task that is wanted; the generator stops when they are used up.
    pub attempts: usize,
    /// Which split the tasks belong to.
    pub split: SplitRule,
}

/// How tasks are divided into splits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitRule {
    /// Whole packs are held out: those whose name hashes into the first `test_percent` of 100.
    ByPack {
        /// Percentage of packs in the test split.
        test_percent: u8,
    },
    /// All tasks in one split.
    All(Split),
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The tasks, in order of their ids.
    pub tasks: Vec<Task>,
    /// What was tried in vain.
    pub rejected: Rejections,
    /// Attempts made.
    pub attempts: usize,
}

/// Counts and examples by reason. Reasons of whole tasks: `too_short`, `replay_differs`, `does_nothing`,
/// `redundant_write`, `round_trip`, `fact_given_away`, `unsound_words`, `duplicate`. Reasons of single steps, after which the walk went on another
/// way: `call_failed`, `no_rows`, `no_value`, `no_effect`, `no_facts`, `too_long`, `repeated`. `no_tools` where a pack offers none.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rejections {
    /// How often, by reason.
    pub counts: BTreeMap<String, usize>,
    /// The first few of each, in words.
    pub examples: BTreeMap<String, Vec<String>>,
}

impl Default for TaskOptions {
    fn default() -> Self {
        Self { seed: 0, count: 20, calls_min: 2, calls_max: 8, writes_min: 0, attempts: 12, split: SplitRule::ByPack { test_percent: 10 } }
    }
}

impl SplitRule {
    /// The split of the tasks of pack `name`.
    pub fn split(self, name: &str) -> Split {
        match self {
            Self::All(split) => split,
            Self::ByPack { test_percent } => {
                let hash = u64::from_le_bytes(Digest::of(name.as_bytes()).0[..8].try_into().expect("eight bytes"));
                if hash % 100 < u64::from(test_percent) { Split::Test } else { Split::Train }
            }
        }
    }
}

impl Rejections {
    /// Adds the counts and, up to the limit, the examples of `other`.
    pub fn merge(&mut self, other: Self) {
        for (code, count) in other.counts {
            *self.counts.entry(code).or_default() += count;
        }
        for (code, examples) in other.examples {
            let mine = self.examples.entry(code).or_default();
            mine.extend(examples);
            mine.truncate(EXAMPLES_MAX);
        }
    }

    fn add(&mut self, miss: Miss) {
        *self.counts.entry(miss.code.to_owned()).or_default() += 1;
        let examples = self.examples.entry(miss.code.to_owned()).or_default();
        if examples.len() < EXAMPLES_MAX {
            examples.push(wardian_format::names::untrusted(&miss.detail, 300));
        }
    }
}

/// Generates tasks for `pack`. Deterministic: the same pack and options give the same tasks. An error means that
/// the environment failed, not that a tool refused.
pub fn generate(pack: &Arc<LoadedPack>, options: &TaskOptions) -> Result<Generated, TaskError> {
    let domain = Domain::new(pack);
    let mut out = Generated { tasks: Vec::new(), rejected: Rejections::default(), attempts: 0 };
    if domain.tools.is_empty() {
        out.rejected.add(Miss { code: "no_tools", detail: "the pack has no tools for agents".to_owned() });
        return Ok(out);
    }
    let failed = |source| TaskError::Env { pack: pack.manifest().name.clone(), source };
    let mut seen = BTreeSet::new();
    while out.tasks.len() < options.count && out.attempts < options.count.saturating_mul(options.attempts) {
        let number = out.attempts;
        out.attempts += 1;
        match attempt(&domain, options, number, &mut out.rejected) {
            Ok(task) if seen.insert(likeness(&task)) => out.tasks.push(task),
            Ok(task) => out.rejected.add(Miss {
                code: "duplicate",
                detail: format!("the calls of attempt {number} are those of an earlier task ({})", task.gold.len()),
            }),
            Err(Stop::Miss(miss)) => out.rejected.add(miss),
            Err(Stop::Env(source)) => return Err(failed(source)),
        }
    }
    for (index, task) in out.tasks.iter_mut().enumerate() {
        task.id = format!("{}/{:04}", task.pack, index + 1);
    }
    Ok(out)
}

fn attempt(domain: &Domain<'_>, options: &TaskOptions, number: usize, rejected: &mut Rejections) -> Result<Task, Stop> {
    let manifest = domain.pack.manifest();
    let mut rng = Rng::of(options.seed, &["task", &manifest.name, &number.to_string()]);
    let aim = aim(domain, options, &mut rng);
    let context = EpisodeContext { seed: rng.below(1 << 32) as u64, now: manifest.now.clone() };
    let walked = walk(domain, &context, rng.clone(), aim, &mut |miss| rejected.add(miss))?;
    let task = write_down(&walked, &context, options, &mut rng)?;
    // What an audit would object to is not kept in the first place.
    if let Some(detail) = check::unsound_words(&task, domain.pack) {
        return Err(Stop::Miss(Miss { code: "unsound_words", detail }));
    }
    match keep::objection(&task, domain.pack)? {
        Some(miss) => Err(Stop::Miss(miss)),
        None => Ok(task),
    }
}

fn aim(domain: &Domain<'_>, options: &TaskOptions, rng: &mut Rng) -> Aim {
    let (low, high) = (options.calls_min.max(1), options.calls_max.max(options.calls_min).max(1));
    let calls = rng.between(low as i64, high as i64) as usize;
    let can_write = domain.tools.iter().any(|tool| tool.effect == Effect::Write);
    let read_only = options.writes_min == 0 && (!can_write || rng.chance(15));
    let most = options.writes_min.max(calls.div_ceil(2));
    let writes = if read_only { 0 } else { rng.between(options.writes_min.max(1) as i64, most as i64) as usize };
    Aim { calls, calls_min: low, calls_max: high, writes, writes_min: options.writes_min }
}

fn write_down(walk: &Walk<'_>, context: &EpisodeContext, options: &TaskOptions, rng: &mut Rng) -> Result<Task, EnvError> {
    let manifest = walk.domain.pack.manifest();
    let (user, request_of) = words::brief(walk, rng);
    let gold = words::gold(walk, &request_of);
    let initial = walk.domain.pack.env(context)?.digests()?;
    let difficulty = Difficulty {
        calls: gold.len(),
        writes: gold.iter().filter(|call| call.writes).count(),
        chained: gold.iter().map(|call| call.from_results.len()).sum(),
        tools: walk.domain.tools.len(),
    };
    Ok(Task {
        format: TASK_FORMAT,
        id: String::new(),
        pack: manifest.name.clone(),
        pack_digest: walk.domain.pack.digest(),
        seed: context.seed,
        now: context.now.clone(),
        user,
        setup: Vec::new(),
        initial,
        goal: walk.steps.last().map_or(initial, |step| step.record.state),
        facts: words::facts(walk),
        assertions: Vec::new(),
        judge: Vec::new(),
        basis: Vec::new(),
        gold,
        difficulty,
        split: options.split.split(&manifest.name),
    })
}

/// Two tasks are alike when they make the same calls with the same arguments.
fn likeness(task: &Task) -> Digest {
    let calls: Vec<serde_json::Value> = task.gold.iter().map(|c| serde_json::json!([c.tool, c.arguments])).collect();
    let value = serde_json::Value::Array(calls);
    json::digest(&value).unwrap_or_else(|_| Digest::of(value.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_hold_out_whole_packs() {
        let rule = SplitRule::ByPack { test_percent: 20 };
        let held_out = (0..1000).filter(|i| rule.split(&format!("pack-{i}")) == Split::Test).count();
        assert!((150..250).contains(&held_out), "{held_out}");
        assert_eq!(rule.split("library"), rule.split("library"));
        assert_eq!(SplitRule::All(Split::Test).split("library"), Split::Test);
    }
}
