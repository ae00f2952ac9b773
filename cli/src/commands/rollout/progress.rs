//! What a rollout shows while it goes on: how far it is, how well it goes, what it costs.

use super::players::{Account, Bill};
use crate::ui;
use crate::ui::{Bar, Ui};
use std::sync::Arc;
use wardian_format::Trajectory;

/// Figures of the run so far.
pub(super) struct Progress {
    bar: Bar,
    scored: usize,
    passed: usize,
    accounts: Vec<Arc<Account>>,
}

impl Progress {
    pub(super) fn new(episodes: usize, accounts: Vec<Arc<Account>>, ui: &Ui) -> Self {
        Self { bar: ui.bar("rollout", episodes), scored: 0, passed: 0, accounts }
    }

    /// Counts an episode and shows the figures.
    pub(super) fn finished(&mut self, trajectory: &Trajectory) {
        if let Some(verdict) = &trajectory.verdict {
            self.scored += 1;
            self.passed += usize::from(verdict.passed);
        }
        self.bar.step(&self.figures());
    }

    /// `passed 81.3 %, 1,204,511 tokens, 0.43`
    fn figures(&self) -> String {
        let share = 100.0 * self.passed as f64 / self.scored.max(1) as f64;
        let bills: Vec<Bill> = self.accounts.iter().map(|account| account.bill()).collect();
        let tokens: u64 = bills.iter().map(|bill| bill.prompt_tokens + bill.completion_tokens).sum();
        let tokens = if bills.is_empty() { String::new() } else { format!(", {} tokens", ui::count(tokens as usize)) };
        let costs: Vec<f64> = bills.iter().filter_map(|bill| bill.cost).collect();
        let cost = if costs.is_empty() { String::new() } else { format!(", cost {:.2}", costs.iter().sum::<f64>()) };
        format!("passed {share:.1} %{tokens}{cost}")
    }
}

/// `local: 120 requests (3 again), 51,204 tokens read, 8,122 written, cost 0.04`
pub(crate) fn spent(bill: &Bill) -> String {
    let count = |n: u64| ui::count(n as usize);
    let cost = bill.cost.map(|cost| format!(", cost {cost:.4}")).unwrap_or_default();
    let estimated =
        if bill.estimated_tokens > 0 { format!(" ({} of them estimated)", count(bill.estimated_tokens)) } else { String::new() };
    format!(
        "{}: {} requests ({} again), {} tokens read, {} written{estimated}{cost}",
        wardian_format::names::untrusted(&bill.endpoint, 40),
        count(bill.requests),
        count(bill.retries),
        count(bill.prompt_tokens),
        count(bill.completion_tokens),
    )
}
