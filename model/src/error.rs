//! Why a model gave no turn.

/// Why a model gave no turn. Never scored as the agent's fault. What an endpoint said is bounded and has no control characters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The script cannot go on, or something without a name of its own.
    #[error("{0}")]
    Failed(String),
    /// The endpoint understood the request and will not serve it; another try would end the same way.
    #[error("the endpoint refuses with status {status}: {said}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it said.
        said: String,
    },
    /// The endpoint wanted us to wait more often, or longer, than we may.
    #[error("the endpoint limits the rate of requests; gave up after {tries} tries{}", wait(*.wait_s))]
    RateLimited {
        /// Requests sent.
        tries: u32,
        /// Seconds that it last asked us to wait, rounded up.
        wait_s: Option<u64>,
    },
    /// The endpoint failed, or the connection did, each time.
    #[error("the endpoint failed {tries} times, the last time: {last}")]
    Unavailable {
        /// Requests sent.
        tries: u32,
        /// What went wrong the last time.
        last: String,
    },
    /// There was no whole answer in time, each time.
    #[error("no answer within {timeout_ms} ms, {tries} times")]
    TimedOut {
        /// Requests sent.
        tries: u32,
        /// Time that one request has.
        timeout_ms: u64,
    },
    /// The answer is larger than it may be.
    #[error("the answer has more than {bytes_max} bytes")]
    TooLarge {
        /// The bound.
        bytes_max: usize,
    },
    /// The answer is not what the interface promises.
    #[error("malformed answer: {reason}: {said}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
        /// The start of it.
        said: String,
    },
    /// The budget does not allow another request.
    #[error("the budget of {max} {unit} is used up")]
    BudgetUsedUp {
        /// `requests` or `tokens`.
        unit: &'static str,
        /// The budget.
        max: u64,
    },
    /// Only answers from the cache were allowed, and it has none to this request.
    #[error("no answer in the cache for request `{digest}`, and asking is not allowed")]
    NotCached {
        /// Digest of the request: the name of the file that is missing.
        digest: String,
    },
    /// The cache cannot be read or written.
    #[error("cannot use the cached answer `{path}`: {reason}")]
    Cache {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl ModelError {
    /// True where the same request may well be answered later: the failure was the endpoint's, not the request's.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::RateLimited { .. } | Self::Unavailable { .. } | Self::TimedOut { .. })
    }
}

fn wait(wait_s: Option<u64>) -> String {
    wait_s.map_or_else(String::new, |wait_s| format!("; it asked for a pause of {wait_s} s"))
}
