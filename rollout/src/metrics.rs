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
    let mut by_agent: BTreeMap<&str, Vec<&Trajectory>> = BTreeMap::new();
    for trajectory in trajectories {
        by_agent.entry(&trajectory.agent).or_default().push(trajectory);
    }
    by_agent.into_iter().map(|(agent, played)| of_agent(agent, &played)).collect()
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

fn of_agent(agent: &str, played: &[&Trajectory]) -> AgentMetrics {
    let mut ends = BTreeMap::new();
    let mut tasks: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for trajectory in played {
        *ends.entry(end_word(&trajectory.end).to_owned()).or_default() += 1;
        if let Some(verdict) = &trajectory.verdict {
            let (passed, trials) = tasks.entry(&trajectory.task).or_default();
            *passed += usize::from(verdict.passed);
            *trials += 1;
        }
    }
    let counts: Vec<(usize, usize)> = tasks.values().copied().collect();
    let trials = counts.iter().map(|(_, n)| *n).min().unwrap_or(0);
    let verdicts = || played.iter().filter_map(|t| t.verdict.as_ref());
    AgentMetrics {
        agent: agent.to_owned(),
        tasks: counts.len(),
        episodes: played.len(),
        scored: verdicts().count(),
        passed: verdicts().filter(|v| v.passed).count(),
        state: verdicts().filter(|v| v.state).count(),
        calls: verdicts().filter(|v| v.calls).count(),
        pass_hat: (1..=trials).filter_map(|k| pass_hat(&counts, k)).collect(),
        ends,
    }
}
