//! What was spent, and whether more may be.

use crate::endpoint::Budget;
use std::sync::{Mutex, PoisonError};
use wardian_model::{ModelError, Usage};

/// What a client has spent, together with all of its clones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests sent, repeated ones too.
    pub requests: u64,
    /// Requests that were sent again.
    pub retries: u64,
    /// Tokens read.
    pub prompt_tokens: u64,
    /// Tokens written.
    pub completion_tokens: u64,
    /// How many of the tokens are estimates, because the endpoint did not count.
    pub estimated_tokens: u64,
}

/// What tokens cost, in any currency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prices {
    /// A million tokens read.
    pub prompt_per_million: f64,
    /// A million tokens written.
    pub completion_per_million: f64,
}

impl Spent {
    /// Tokens read and written.
    pub fn tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }

    /// What the tokens cost.
    pub fn cost(&self, prices: &Prices) -> f64 {
        (self.prompt_tokens as f64 * prices.prompt_per_million + self.completion_tokens as f64 * prices.completion_per_million) / 1e6
    }
}

/// The account of a client.
#[derive(Debug)]
pub(crate) struct Account {
    budget: Budget,
    spent: Mutex<Spent>,
}

impl Account {
    pub(crate) fn new(budget: Budget) -> Self {
        Self { budget, spent: Mutex::default() }
    }

    pub(crate) fn spent(&self) -> Spent {
        *self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a request that is about to be sent.
    ///
    /// # Errors
    /// Where the budget does not allow it.
    pub(crate) fn request(&self, is_retry: bool) -> Result<(), ModelError> {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let bounds = [("requests", spent.requests, self.budget.requests_max), ("tokens", spent.tokens(), self.budget.tokens_max)];
        for (unit, used, max) in bounds {
            if let Some(max) = max.filter(|max| used >= *max) {
                return Err(ModelError::BudgetUsedUp { unit, max });
            }
        }
        spent.requests += 1;
        spent.retries += u64::from(is_retry);
        Ok(())
    }

    /// Counts the tokens of an answer; without a count of the endpoint's, four bytes are a token.
    pub(crate) fn answer(&self, usage: Option<Usage>, bytes_sent: usize, bytes_received: usize) {
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = usage.unwrap_or_else(|| Usage {
            prompt_tokens: (bytes_sent as u64).div_ceil(4),
            completion_tokens: (bytes_received as u64).div_ceil(4),
        });
        spent.prompt_tokens = spent.prompt_tokens.saturating_add(counted.prompt_tokens);
        spent.completion_tokens = spent.completion_tokens.saturating_add(counted.completion_tokens);
        if usage.is_none() {
            spent.estimated_tokens = spent.estimated_tokens.saturating_add(counted.prompt_tokens.saturating_add(counted.completion_tokens));
        }
    }
}
