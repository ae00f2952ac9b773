//! From a pack to tasks: attempts, each with its own seed, until there are enough or no more are likely.

use crate::domain::Domain;
use crate::likeness::Seen;
use crate::offer::offer;
use crate::refuse::{Refusal, refuse};
use crate::step::{Miss, Stop};
use crate::walk::{Aim, Walk, walk};
use crate::{TaskError, TaskOptions, chance, check, keep, words};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use wardian_env::{EnvError, EpisodeContext, LoadedPack};
use wardian_format::pack::Effect;
use wardian_format::task::{Difficulty, Forbidden, GoldCall, Level, TASK_FORMAT, TaskKind};
use wardian_format::{Digest, Rng, Task, json};

/// Examples kept of each reason.
const EXAMPLES_MAX: usize = 3;

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

/// Counts and examples by reason. Reasons of whole tasks: `too_short`, `other_level`, `replay_differs`, `does_nothing`, `redundant_write`,
/// `round_trip`, `fact_given_away`, `not_refused`, `breaks_order`, `reached_by_chance`, `unsound_words`, `duplicate`, `near_duplicate`,
/// `no_refusal`. Reasons of single steps, after which the walk went on another way: `call_failed`, `no_rows`, `no_value`, `no_effect`,
/// `no_facts`, `too_long`, `repeated`, `breaks_order`. `no_tools` where a pack offers none.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Rejections {
    /// How often, by reason.
    pub counts: BTreeMap<String, usize>,
    /// The first few of each, in words.
    pub examples: BTreeMap<String, Vec<String>>,
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
    let (mut calls, mut seen) = (BTreeSet::new(), Seen::default());
    while out.tasks.len() < options.count && out.attempts < options.count.saturating_mul(options.attempts) {
        let number = out.attempts;
        out.attempts += 1;
        let task = match attempt(&domain, options, number, &mut out.rejected) {
            Ok(task) => task,
            Err(Stop::Miss(miss)) => {
                out.rejected.add(miss);
                continue;
            }
            Err(Stop::Env(source)) => return Err(failed(source)),
        };
        if !calls.insert(same_calls(&task)) {
            let detail = format!("the calls of attempt {number} are those of an earlier task ({})", task.gold.len());
            out.rejected.add(Miss { code: "duplicate", detail });
        } else if let Err(alike) = seen.keep(&task, out.tasks.len(), options.likeness_percent) {
            let detail = format!("attempt {number} shares {} percent with task {:04}", alike.percent, alike.number + 1);
            out.rejected.add(Miss { code: "near_duplicate", detail });
        } else {
            out.tasks.push(task);
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
    let context = EpisodeContext { seed: rng.below(1 << 32) as u64, now: manifest.now.clone() };
    let can_write = domain.tools.iter().any(|tool| tool.effect == Effect::Write);
    let wants_refusal =
        can_write && rng.chance(usize::from(options.refusal_percent)) && options.level.is_none_or(|level| level <= Level::Medium);
    let task = if wants_refusal {
        let refusal = refuse(domain, &context, rng.clone(), &mut |miss| rejected.add(miss))?;
        write_down_refusal(&refusal, &context, options, &mut rng)?
    } else {
        let aim = aim(can_write, options, &mut rng);
        let walked = walk(domain, &context, rng.clone(), aim, &mut |miss| rejected.add(miss))?;
        write_down(&walked, &context, options, &mut rng)?
    };
    if let Some(level) = options.level.filter(|level| *level != task.difficulty.level()) {
        let detail = format!("{} points make it {}, not {}", task.difficulty.points(), task.difficulty.level().word(), level.word());
        return Err(Stop::Miss(Miss { code: "other_level", detail }));
    }
    // What an audit would object to is not kept in the first place.
    if let Some(detail) = check::unsound_words(&task, domain.pack) {
        return Err(Stop::Miss(Miss { code: "unsound_words", detail }));
    }
    if let Some(miss) = keep::objection(&task, domain.pack)? {
        return Err(Stop::Miss(miss));
    }
    if let Some(calls) = chance::reached(domain, &task, options.random_walks)? {
        return Err(Stop::miss("reached_by_chance", format!("{calls} random legal calls reach the goal")));
    }
    Ok(task)
}

fn aim(can_write: bool, options: &TaskOptions, rng: &mut Rng) -> Aim {
    let (low, high) = (options.calls_min.max(1), options.calls_max.max(options.calls_min).max(1));
    let calls = rng.between(low as i64, high as i64) as usize;
    let read_only =
        options.writes_max == Some(0) || (options.writes_min == 0 && (!can_write || rng.chance(usize::from(options.read_percent))));
    let most = options.writes_min.max(options.writes_max.unwrap_or_else(|| calls.div_ceil(2)));
    let writes = if read_only { 0 } else { rng.between(options.writes_min.max(1) as i64, most as i64) as usize };
    let writes_max = options.writes_max.unwrap_or(usize::MAX);
    Aim {
        calls,
        calls_min: low,
        calls_max: high,
        writes: writes.min(writes_max),
        writes_min: options.writes_min,
        branching_percent: options.branching_percent,
    }
}

/// A task without anything that makes it one of a kind.
fn blank(walk: &Walk<'_>, context: &EpisodeContext, options: &TaskOptions, rng: &mut Rng) -> Result<Task, EnvError> {
    let pack = walk.domain.pack;
    let (user, request_of) = words::brief(walk, rng);
    let gold = words::gold(walk, &request_of);
    let initial = pack.env(context)?.digests()?;
    let firsts = pack.manifest().order.iter().flat_map(|rule| &rule.first).map(String::as_str);
    let needed: BTreeSet<&str> = walk.steps.iter().map(|step| step.tool.as_str()).chain(firsts).collect();
    let tools = offer(walk.domain, &needed, options.distractors, rng);
    let difficulty = difficulty(&gold, if tools.is_empty() { walk.domain.tools.len() } else { tools.len() });
    Ok(Task {
        format: TASK_FORMAT,
        id: String::new(),
        pack: pack.manifest().name.clone(),
        pack_digest: pack.digest(),
        seed: context.seed,
        now: context.now.clone(),
        kind: TaskKind::Refusal,
        tools,
        rules: Vec::new(),
        order: Vec::new(),
        user,
        setup: Vec::new(),
        forbidden: None,
        initial,
        goal: initial,
        facts: Vec::new(),
        assertions: Vec::new(),
        judge: Vec::new(),
        basis: Vec::new(),
        gold,
        difficulty,
        split: options.split.split(&pack.manifest().name),
    })
}

fn write_down(walk: &Walk<'_>, context: &EpisodeContext, options: &TaskOptions, rng: &mut Rng) -> Result<Task, EnvError> {
    let blank = blank(walk, context, options, rng)?;
    let goal = walk.steps.last().map_or(blank.initial, |step| step.record.state);
    let kind = if goal.graded == blank.initial.graded { TaskKind::Read } else { TaskKind::Change };
    Ok(Task { kind, goal, facts: words::facts(walk), ..blank })
}

fn write_down_refusal(refusal: &Refusal<'_>, context: &EpisodeContext, options: &TaskOptions, rng: &mut Rng) -> Result<Task, EnvError> {
    let blank = blank(&refusal.walk, context, options, rng)?;
    let last = refusal.walk.steps.last().expect("a refusal has a step");
    let forbidden = Forbidden {
        tool: last.tool.clone(),
        arguments: last.record.arguments.clone(),
        from_results: words::from_results(last),
        because: refusal.because.clone(),
        refused_by_tool: refusal.rule.is_none(),
    };
    // Look-ups may have written what does not count.
    let goal = refusal.walk.steps.iter().rev().nth(1).map_or(blank.initial, |step| step.record.state);
    Ok(Task { rules: refusal.rule.iter().cloned().collect(), forbidden: Some(forbidden), goal, ..blank })
}

fn difficulty(gold: &[GoldCall], tools: usize) -> Difficulty {
    let used: BTreeSet<&str> = gold.iter().map(|call| call.tool.as_str()).collect();
    let goes_on_from = |call: usize| gold.iter().filter(|later| later.from_results.iter().any(|from| from.call == call)).count();
    Difficulty {
        calls: gold.len(),
        writes: gold.iter().filter(|call| call.writes).count(),
        chained: gold.iter().map(|call| call.from_results.len()).sum(),
        branching: (0..gold.len()).map(goes_on_from).max().unwrap_or(0),
        tools,
        distractors: tools.saturating_sub(used.len()),
    }
}

/// Two tasks are the same when they make the same calls with the same arguments, and refuse the same.
fn same_calls(task: &Task) -> Digest {
    let mut calls: Vec<serde_json::Value> = task.gold.iter().map(|c| serde_json::json!([c.tool, c.arguments])).collect();
    calls.extend(task.forbidden.as_ref().map(|forbidden| serde_json::json!(["not", forbidden.tool, forbidden.arguments])));
    let value = serde_json::Value::Array(calls);
    json::digest(&value).unwrap_or_else(|_| Digest::of(value.to_string().as_bytes()))
}
