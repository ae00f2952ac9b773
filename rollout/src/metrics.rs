//! Rates of each agent at a glance. [`crate::stats`] has the formulas, intervals and comparisons.

use crate::stats::rate::pass_hat;
use serde::Serialize;
use std::collections::BTreeMap;
use wardian_format::Trajectory;
use wardian_format::trajectory::EndReason;

/// Figures of one agent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgentMetrics {
    /// Its name.
    pub agent: String,
    /// Tasks with at least one scored episode.
    pub tasks: usize,
    /// Episodes played.
    pub episodes: usize,
    /// Episodes with a grade; those that the infrastructure ended have none.
    pub scored: usize,
    /// Episodes that passed.
    pub passed: usize,
    /// Episodes that reached the goal state.
    pub state: usize,
    /// Episodes whose successful calls are the plan's.
    pub calls: usize,
    /// pass^1, pass^2, … up to the fewest trials that any task has.
    pub pass_hat: Vec<f64>,
    /// Episodes by reason of ending.
    pub ends: BTreeMap<String, usize>,
}

/// Figures for each agent, in order of name.
pub fn metrics(trajectories: &[Trajectory]) -> Vec<AgentMetrics> {
    let mut tally = Tally::default();
    trajectories.iter().for_each(|trajectory| tally.add(trajectory));
    tally.metrics()
}

/// Counts of trajectories that need not be kept.
#[derive(Clone, Debug, Default)]
pub struct Tally(BTreeMap<String, Counts>);

#[derive(Clone, Debug, Default)]
struct Counts {
    episodes: usize,
    scored: usize,
    passed: usize,
    state: usize,
    calls: usize,
    ends: BTreeMap<String, usize>,
    /// Passed and scored, by task.
    tasks: BTreeMap<String, (usize, usize)>,
}

impl Tally {
    /// Counts `trajectory`.
    pub fn add(&mut self, trajectory: &Trajectory) {
        let counts = self.0.entry(trajectory.agent.clone()).or_default();
        counts.episodes += 1;
        *counts.ends.entry(end_word(&trajectory.end).to_owned()).or_default() += 1;
        if let Some(verdict) = &trajectory.verdict {
            counts.scored += 1;
            counts.passed += usize::from(verdict.passed);
            counts.state += usize::from(verdict.state);
            counts.calls += usize::from(verdict.calls);
            let (passed, trials) = counts.tasks.entry(trajectory.task.clone()).or_default();
            *passed += usize::from(verdict.passed);
            *trials += 1;
        }
    }

    /// Figures for each agent, in order of name.
    pub fn metrics(&self) -> Vec<AgentMetrics> {
        self.0.iter().map(|(agent, counts)| of_agent(agent, counts)).collect()
    }
}

/// One word for a reason of ending: `user_done`, `call_limit`, …
pub fn end_word(end: &EndReason) -> &'static str {
    match end {
        EndReason::UserDone => "user_done",
        EndReason::AgentStopped => "agent_stopped",
        EndReason::TurnLimit => "turn_limit",
        EndReason::CallLimit => "call_limit",
        EndReason::TokenLimit => "token_limit",
        EndReason::TimeLimit => "time_limit",
        EndReason::Infrastructure { .. } => "infrastructure",
    }
}

fn of_agent(agent: &str, counts: &Counts) -> AgentMetrics {
    let tasks: Vec<(usize, usize)> = counts.tasks.values().copied().collect();
    let trials = tasks.iter().map(|(_, n)| *n).min().unwrap_or(0);
    AgentMetrics {
        agent: agent.to_owned(),
        tasks: tasks.len(),
        episodes: counts.episodes,
        scored: counts.scored,
        passed: counts.passed,
        state: counts.state,
        calls: counts.calls,
        pass_hat: (1..=trials).filter_map(|k| pass_hat(&tasks, k)).collect(),
        ends: counts.ends.clone(),
    }
}
