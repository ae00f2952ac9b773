//! Language models and embedding services from the command line: endpoints and keys.

use anyhow::{Result, bail, ensure};
use std::path::{Path, PathBuf};
use wardian_openai::{Budget, CacheUse, Cached, Client, Endpoint, Sampling, Secret, Structured};

/// Where the key is looked for.
pub(crate) const KEY_VARIABLE: &str = "OPENAI_API_KEY";

/// A model, and what asking it may cost. Keys come from the environment only.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// The model, as the endpoint calls it
    #[arg(long, value_name = "NAME", requires = "base_url")]
    model: Option<String>,
    /// What `/chat/completions` is appended to, such as `http://localhost:8000/v1`
    #[arg(long, value_name = "URL", requires = "model")]
    base_url: Option<String>,
    #[command(flatten)]
    endpoint: EndpointArgs,
    /// How answers in JSON are asked for
    #[arg(long, value_enum, default_value_t = StructuredArg::Schema)]
    structured: StructuredArg,
    /// Sampling temperature, where it is sent
    #[arg(long)]
    temperature: Option<f64>,
    /// Longest answer in tokens, where it is sent
    #[arg(long, value_name = "N")]
    answer_tokens_max: Option<u64>,
    /// Folder that keeps answers; a request that has one there is not sent
    #[arg(long, value_name = "FOLDER")]
    answers: Option<PathBuf>,
    /// Send nothing: take every answer from the folder
    #[arg(long)]
    answers_only: bool,
}

/// Bounds on asking an endpoint of any kind.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct EndpointArgs {
    /// Environment variable that holds the key; no key is sent where it is not set
    #[arg(long, value_name = "VARIABLE", default_value = KEY_VARIABLE)]
    key_from: String,
    /// Requests under way at once
    #[arg(long, value_name = "N", default_value_t = 8)]
    concurrency: usize,
    /// Requests that start in a minute
    #[arg(long, value_name = "N")]
    requests_per_minute: Option<u32>,
    /// Requests in all, repeated ones too
    #[arg(long, value_name = "N")]
    requests_max: Option<u64>,
    /// Tokens in all, read and written
    #[arg(long, value_name = "N")]
    tokens_max: Option<u64>,
    /// Seconds that one try may take
    #[arg(long, value_name = "S", default_value_t = 300)]
    timeout_s: u64,
    /// Tries after the first
    #[arg(long, value_name = "N", default_value_t = 5)]
    retries: u32,
}

/// As [`Structured`].
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
enum StructuredArg {
    /// With the schema
    #[default]
    Schema,
    /// As some JSON object
    Object,
    /// In words alone
    Words,
}

impl EndpointArgs {
    /// The endpoint of `model` at `base_url`, with the key of the environment.
    pub(crate) fn endpoint(&self, base_url: &str, model: &str) -> Result<Endpoint> {
        let key = match std::env::var(&self.key_from) {
            Ok(key) if !key.trim().is_empty() => Some(Secret::new(&key)),
            Ok(_) | Err(std::env::VarError::NotPresent) => None,
            Err(_) => bail!("the variable `{}` is no Unicode", self.key_from),
        };
        Ok(Endpoint {
            key,
            concurrency_max: self.concurrency,
            requests_per_minute_max: self.requests_per_minute,
            budget: Budget { requests_max: self.requests_max, tokens_max: self.tokens_max },
            timeout_ms: self.timeout_s.saturating_mul(1000),
            retries_max: self.retries,
            ..Endpoint::new(base_url, model)
        })
    }
}

impl ModelArgs {
    /// The model behind its cache of answers, which lies in `folder` where the user names none. Inside of a runtime only.
    pub(crate) fn open(&self, folder: &Path) -> Result<Cached<Client>> {
        let (Some(model), Some(base_url)) = (&self.model, &self.base_url) else {
            bail!("no model is named: --model and --base-url are required")
        };
        ensure!(!model.trim().is_empty(), "the model's name is empty");
        let structured = match self.structured {
            StructuredArg::Schema => Structured::Schema,
            StructuredArg::Object => Structured::Object,
            StructuredArg::Words => Structured::Words,
        };
        let sampling = Sampling { temperature: self.temperature, tokens_max: self.answer_tokens_max, ..Sampling::default() };
        let endpoint = Endpoint { structured, sampling, ..self.endpoint.endpoint(base_url, model)? };
        let use_ = if self.answers_only { CacheUse::Only } else { CacheUse::Fill };
        Ok(Cached::new(Client::new(endpoint)?, self.answers.as_deref().unwrap_or(folder), use_))
    }

    /// True where a model is named.
    pub(crate) fn is_given(&self) -> bool {
        self.model.is_some()
    }

    /// Requests under way at once.
    pub(crate) fn concurrency(&self) -> usize {
        self.endpoint.concurrency
    }
}
