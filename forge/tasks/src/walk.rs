//! Walks: which tool comes next, its execution, and going back where a step came to nothing.

use crate::domain::{Domain, existing, same_key};
use crate::facts;
use crate::ground::{Grounded, Hints, ground};
use crate::paths;
use crate::step::{Available, Miss, Purpose, Step, Stop};
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_env::{Env, EnvError, EpisodeContext};
use wardian_format::pack::{Effect, ParamRef, Role, ToolSpec};
use wardian_format::{CallRecord, Digests, Rng, SqlValue};

/// Values that one result adds to what a walk can use.
const AVAILABLE_MAX: usize = 100;
/// Distinct values of a column that are looked at.
const SAMPLES_MAX: usize = 64;
/// Nested look-ups.
const DEPTH: usize = 2;
/// Tries of a next step, for each call that is wanted.
const TRIES: usize = 5;

/// A walk in progress.
pub(crate) struct Walk<'a> {
    pub(crate) domain: &'a Domain<'a>,
    pub(crate) env: Env,
    pub(crate) rng: Rng,
    pub(crate) steps: Vec<Step>,
    pub(crate) available: Vec<Available>,
    state: Digests,
    calls_max: usize,
    branching_percent: u8,
    columns: BTreeMap<(String, String), (Vec<SqlValue>, usize)>,
}

/// What a walk should come to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Aim {
    pub(crate) calls: usize,
    pub(crate) calls_min: usize,
    pub(crate) calls_max: usize,
    /// Writes; with 0, the walk only reads.
    pub(crate) writes: usize,
    pub(crate) writes_min: usize,
    /// How often a step goes on from something other than the step before it.
    pub(crate) branching_percent: u8,
}

/// A place in a walk to go back to.
pub(crate) struct Mark {
    env: Env,
    state: Digests,
    steps: usize,
    available: usize,
}

/// Walks until `aim` is met. Steps that came to nothing are handed to `missed`.
pub(crate) fn walk<'a>(
    domain: &'a Domain<'a>,
    context: &EpisodeContext,
    rng: Rng,
    aim: Aim,
    missed: &mut dyn FnMut(Miss),
) -> Result<Walk<'a>, Stop> {
    let mut walk = Walk::new(domain, context, rng, aim.calls_max)?;
    walk.branching_percent = aim.branching_percent;
    for _ in 0..aim.calls * TRIES {
        if walk.steps.len() >= aim.calls && walk.writes() >= aim.writes || walk.is_full() {
            break;
        }
        let Some(tool) = walk.next_tool(aim) else { break };
        let mark = walk.mark();
        match walk.step(tool) {
            Ok(()) => {}
            Err(Stop::Miss(miss)) => {
                walk.back_to(mark);
                missed(miss);
            }
            Err(stop) => return Err(stop),
        }
    }
    let (calls, writes) = (walk.steps.len(), walk.writes());
    if calls < aim.calls_min || writes < aim.writes_min || (aim.writes > 0 && writes == 0) {
        return Err(Stop::miss("too_short", format!("{calls} calls with {writes} writes; wanted {} and {}", aim.calls, aim.writes)));
    }
    Ok(walk)
}

impl<'a> Walk<'a> {
    /// A walk that has not made a step.
    pub(crate) fn new(domain: &'a Domain<'a>, context: &EpisodeContext, rng: Rng, calls_max: usize) -> Result<Self, EnvError> {
        let mut env = domain.pack.env(context)?;
        let state = env.digests()?;
        let (steps, available, columns) = (Vec::new(), Vec::new(), BTreeMap::new());
        Ok(Self { domain, env, rng, steps, available, state, calls_max, branching_percent: 50, columns })
    }

    /// Calls that change the graded state.
    pub(crate) fn writes(&self) -> usize {
        self.steps.iter().filter(|step| step.purpose == Purpose::Change).count()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.steps.len() >= self.calls_max
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { env: self.env.clone(), state: self.state, steps: self.steps.len(), available: self.available.len() }
    }

    pub(crate) fn back_to(&mut self, mark: Mark) {
        self.env = mark.env;
        self.state = mark.state;
        self.steps.truncate(mark.steps);
        self.available.truncate(mark.available);
        self.columns.clear();
    }

    /// Makes a call, keeps it and what it yields.
    pub(crate) fn execute(&mut self, tool: &ToolSpec, grounded: Grounded, purpose: Purpose) -> Result<(), Stop> {
        if self.is_full() {
            return Err(Stop::miss("too_long", format!("no room for `{}`", tool.name)));
        }
        let record = self.env.call(Role::Agent, &tool.name, &grounded.arguments)?;
        self.not_again(&record)?;
        let Some(result) = crate::keep::result_of(&record) else {
            let said = record.observation();
            return Err(Stop::miss("call_failed", format!("`{}` with {}: {said}", tool.name, grounded.arguments)));
        };
        if (record.state.graded != self.state.graded) != (purpose == Purpose::Change) {
            let what = if purpose == Purpose::Change { "changed nothing" } else { "changed something" };
            return Err(Stop::miss("no_effect", format!("`{}` with {} {what}", tool.name, grounded.arguments)));
        }
        let call = self.steps.len();
        for y in &tool.yields {
            let places = paths::expand(&y.path, result).into_iter().filter(|(_, v)| !v.is_null()).take(AVAILABLE_MAX);
            self.available.extend(places.map(|(pointer, value)| Available {
                table: y.table.clone(),
                column: y.column.clone(),
                value: value.clone(),
                call,
                pointer,
            }));
        }
        if purpose == Purpose::Change {
            self.columns.clear();
        }
        self.state = record.state;
        self.steps.push(Step { tool: tool.name.clone(), record, leaves: grounded.leaves, purpose, facts: Vec::new() });
        Ok(())
    }

    /// Nobody asks for the same thing twice, unless something has changed since.
    fn not_again(&self, record: &CallRecord) -> Result<(), Stop> {
        let same = |step: &&Step| step.tool == record.tool && step.record.arguments_digest == record.arguments_digest;
        let mut earlier = self.steps.iter().filter(same);
        match (earlier.next(), earlier.next()) {
            (None, _) => Ok(()),
            (Some(once), None) if once.record.state != self.state => Ok(()),
            _ => Err(Stop::miss("repeated", format!("`{}` with {} was called before", record.tool, record.arguments))),
        }
    }

    /// To be called where something was written past the walk.
    pub(crate) fn forget_columns(&mut self) {
        self.columns.clear();
    }

    /// Distinct values of a column, and how many rows its table has.
    pub(crate) fn column(&mut self, table: &str, column: &str) -> Result<(Vec<SqlValue>, usize), EnvError> {
        let key = (table.to_owned(), column.to_owned());
        if let Some(known) = self.columns.get(&key) {
            return Ok(known.clone());
        }
        let exists = self.domain.table(table).is_some_and(|t| t.columns.iter().any(|c| c.name == column));
        if !exists {
            return Ok((Vec::new(), 0));
        }
        let (c, t) = (crate::rows::quoted(column), crate::rows::quoted(table));
        let values = self.env.read(&format!("SELECT DISTINCT {c} FROM {t} WHERE {c} IS NOT NULL ORDER BY {c} LIMIT {SAMPLES_MAX}"), &[])?;
        let rows = self.env.read(&format!("SELECT count(*) FROM {t}"), &[])?;
        let count = match rows.values.first().and_then(|row| row.first()) {
            Some(SqlValue::Integer(n)) => *n as usize,
            _ => 0,
        };
        let found = (values.values.into_iter().flatten().collect::<Vec<_>>(), count);
        self.columns.insert(key, found.clone());
        Ok(found)
    }

    fn step(&mut self, tool: &'a ToolSpec) -> Result<(), Stop> {
        let hints = Hints { forced: self.forced(tool), cells: BTreeMap::new(), depth: DEPTH };
        let grounded = ground(self, tool, &hints)?;
        self.keep_order(tool, &grounded)?;
        let purpose = if tool.effect == Effect::Write { Purpose::Change } else { Purpose::Ask };
        self.execute(tool, grounded, purpose)?;
        if purpose == Purpose::Ask {
            let found = facts::choose(self, tool);
            let step = self.steps.last_mut().expect("just pushed");
            if found.is_empty() {
                return Err(Stop::miss("no_facts", format!("the result of `{}` says nothing worth asking for", tool.name)));
            }
            step.facts = found;
        }
        Ok(())
    }

    /// Makes the call that a rule on the order of calls wants before `tool` is called with these arguments.
    pub(crate) fn keep_order(&mut self, tool: &ToolSpec, grounded: &Grounded) -> Result<(), Stop> {
        let pack = self.domain.pack;
        for rule in &pack.manifest().order {
            let broken = |walk: &Self| {
                let made: Vec<CallRecord> = walk.steps.iter().map(|step| step.record.clone()).collect();
                rule.is_broken_by(&tool.name, &grounded.arguments, &made)
            };
            if !broken(self) {
                continue;
            }
            let key =
                rule.same.as_ref().and_then(|same| Some((tool.refs.iter().find(|r| r.param == *same)?, grounded.arguments.get(same)?)));
            let mut firsts: Vec<&ToolSpec> = rule.first.iter().filter_map(|name| self.domain.tool(name)).collect();
            self.rng.shuffle(&mut firsts);
            let kept = firsts.into_iter().any(|first| {
                let mark = self.mark();
                let made = self.make_first(first, key);
                let kept = made.is_ok() && !broken(self);
                if !kept {
                    self.back_to(mark);
                }
                kept
            });
            if !kept {
                return Err(Stop::miss("breaks_order", format!("nothing found that may come before `{}`: {}", tool.name, rule.because)));
            }
        }
        Ok(())
    }

    /// Calls `first` about the row that has `key`.
    fn make_first(&mut self, first: &'a ToolSpec, key: Option<(&ParamRef, &Value)>) -> Result<(), Stop> {
        let mut hints = Hints { forced: None, cells: BTreeMap::new(), depth: 0 };
        if let Some((reference, value)) = key {
            let same = existing(first).find(|r| r.table == reference.table && r.column == reference.column);
            hints.forced = same.map(|r| (r.param.clone(), value.clone()));
            hints.cells = crate::rows::around(self, &reference.table, &reference.column, value)?;
        }
        let grounded = ground(self, first, &hints)?;
        self.execute(first, grounded, Purpose::LookUp)
    }

    /// A value that an earlier result showed and that `tool` can go on with.
    fn forced(&mut self, tool: &ToolSpec) -> Option<(String, Value)> {
        let fits = |a: &&Available| {
            existing(tool).find(|r| r.table == a.table && r.column == a.column).map(|r| (r.param.clone(), a.value.clone()))
        };
        let last = self.steps.len().saturating_sub(1);
        let nameable = self.available.iter().filter(|a| facts::can_be_named(self.steps[a.call].result(), &a.pointer));
        let (onward, back): (Vec<&Available>, Vec<&Available>) = nameable.partition(|a| a.call == last);
        let mut options: [Vec<(String, Value)>; 2] = [onward, back].map(|list| list.iter().filter_map(fits).collect());
        if self.rng.chance(usize::from(self.branching_percent)) {
            options.reverse();
        }
        let chosen = options.into_iter().find(|options| !options.is_empty())?;
        if self.rng.chance(80) { self.rng.pick(&chosen).cloned() } else { None }
    }

    fn next_tool(&mut self, aim: Aim) -> Option<&'a ToolSpec> {
        let asks = self.steps.iter().filter(|s| s.purpose == Purpose::Ask).count();
        let writes_left = aim.writes.saturating_sub(self.writes());
        let room = self.calls_max - self.steps.len();
        let weight = |tool: &&ToolSpec| {
            let used = self.steps.iter().filter(|s| s.tool == tool.name).count();
            let fed = self.steps.iter().filter_map(|s| self.domain.tool(&s.tool)).any(|from| Domain::feeds(from, tool));
            let fed_by_last = self.steps.last().and_then(|s| self.domain.tool(&s.tool)).is_some_and(|from| Domain::feeds(from, tool));
            let chains = fed_by_last && usize::from(self.branching_percent) < 50;
            let yields_to_others = tool.yields.iter().any(|y| self.domain.tools.iter().any(|t| existing(t).any(|r| same_key(y, r))));
            let by_effect = match tool.effect {
                Effect::Write if aim.writes == 0 || self.writes() >= aim.writes => 0,
                Effect::Write => 6,
                Effect::Read if aim.writes > 0 && (asks > (aim.calls - aim.writes.min(aim.calls)) / 2 || room <= writes_left) => 0,
                Effect::Read => 2 + usize::from(yields_to_others),
            };
            let by_link = if chains {
                8
            } else if fed {
                4
            } else {
                1
            };
            by_effect * by_link * 8 / (1 + 3 * used)
        };
        let weights: Vec<usize> = self.domain.tools.iter().map(weight).collect();
        let index = self.rng.weighted(&weights)?;
        Some(self.domain.tools[index])
    }
}
