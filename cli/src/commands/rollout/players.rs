//! Who plays: scripts, and models behind endpoints that a file or flags name.

use crate::files;
use crate::model::KEY_VARIABLE;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_format::Rng;
use wardian_model::ChatModel;
use wardian_openai::{Budget, Client, Endpoint, Prices, Sampling, Secret, Spent};
use wardian_rollout::{Part, Player, scripted};

/// How a name begins that means a model at `--base-url`.
const BY_FLAGS: &str = "openai:";
/// The user when nobody else is named.
const SCRIPTED_USER: &str = "scripted";
/// The agents when nobody is named.
const DEFAULT_AGENTS: [&str; 3] = ["scripted:plan", "scripted:recover", "scripted:fail"];

/// Who plays which part.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct PlayerArgs {
    /// Who plays the agent: `scripted:…`, an endpoint of --models, or `openai:MODEL`; may be repeated [default: scripted:plan,
    /// scripted:recover and scripted:fail]
    #[arg(long = "agent", value_name = "NAME")]
    pub(crate) agents: Vec<String>,
    /// Who plays the user, likewise [default: scripted]
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Who judges what only words can grade, likewise [default: nobody]
    #[arg(long, value_name = "NAME")]
    judge: Option<String>,
    #[command(flatten)]
    endpoints: EndpointArgs,
}

/// Where models are.
#[derive(Clone, Debug, Default, clap::Args)]
#[command(next_help_heading = "Models")]
pub(crate) struct EndpointArgs {
    /// A file of endpoints and roles (TOML); docs/models.md
    #[arg(long, value_name = "FILE")]
    models: Option<PathBuf>,
    /// Where the models called `openai:MODEL` are: what `/chat/completions` is appended to
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Environment variable that holds the key of --base-url
    #[arg(long, value_name = "VARIABLE", default_value = KEY_VARIABLE, requires = "base_url")]
    key_from: String,
    /// Sampling temperature of the models at --base-url, where it is sent
    #[arg(long, requires = "base_url")]
    temperature: Option<f64>,
    /// Longest answer of the models at --base-url in tokens, where it is sent
    #[arg(long, value_name = "N", requires = "base_url")]
    answer_tokens_max: Option<u64>,
    /// Requests under way at once at --base-url
    #[arg(long, value_name = "N", default_value_t = 32, requires = "base_url")]
    requests_at_once: usize,
}

/// `models.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Models {
    #[serde(default)]
    endpoints: BTreeMap<String, EndpointConfig>,
    #[serde(default)]
    roles: Roles,
}

/// Who plays what where no flag says otherwise.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    #[serde(default)]
    agents: Vec<String>,
    user: Option<String>,
    judge: Option<String>,
    /// Who words tasks: for `wardian tasks word`.
    writer: Option<String>,
}

/// One endpoint of the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointConfig {
    base_url: String,
    model: String,
    #[serde(default = "key_variable")]
    key_from: String,
    temperature: Option<f64>,
    top_p: Option<f64>,
    answer_tokens_max: Option<u64>,
    /// Sends a seed of its own with each trial.
    #[serde(default)]
    seeded: bool,
    #[serde(default)]
    extra: Map<String, Value>,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    send_reasoning: bool,
    #[serde(default)]
    key_without_tls: bool,
    #[serde(default = "requests_at_once")]
    requests_at_once: usize,
    requests_per_minute: Option<u32>,
    requests_max: Option<u64>,
    tokens_max: Option<u64>,
    timeout_s: Option<u64>,
    retries: Option<u32>,
    prompt_per_million: Option<f64>,
    completion_per_million: Option<f64>,
}

fn key_variable() -> String {
    KEY_VARIABLE.to_owned()
}

fn requests_at_once() -> usize {
    32
}

/// An endpoint that is asked, for the account.
pub(crate) struct Account {
    name: String,
    client: Client,
    prices: Option<Prices>,
}

/// A model that writes, and its account.
pub(crate) type Writer = (Arc<Account>, Arc<dyn ChatModel>);

/// What an endpoint was asked for, and what that costs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bill {
    /// Its name.
    pub(crate) endpoint: String,
    pub(crate) requests: u64,
    pub(crate) retries: u64,
    pub(crate) prompt_tokens: u64,
    pub(crate) completion_tokens: u64,
    /// Tokens that are estimates.
    pub(crate) estimated_tokens: u64,
    /// In the currency of the prices in the file; absent without prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cost: Option<f64>,
}

/// All players of a command, and the endpoints behind them.
pub(crate) struct Cast {
    pub(crate) agents: Vec<Player>,
    pub(crate) user: Player,
    pub(crate) judge: Option<Player>,
    pub(crate) accounts: Vec<Arc<Account>>,
    /// What besides their names decides what the players do: for the stamp of a run.
    pub(crate) parameters: Value,
}

impl PlayerArgs {
    /// Scripted agents of these names.
    pub(crate) fn scripted(names: &[&str]) -> Self {
        Self { agents: names.iter().map(|name| (*name).to_owned()).collect(), ..Self::default() }
    }

    /// Nobody but who is at these endpoints.
    pub(crate) fn of(endpoints: &EndpointArgs) -> Self {
        Self { endpoints: endpoints.clone(), ..Self::default() }
    }

    /// Finds all players. To be called inside of a runtime. `seed` is that of the run.
    pub(crate) fn cast(&self, seed: u64) -> Result<Cast> {
        let models = self.endpoints.models.as_deref().map(read).transpose()?.unwrap_or_default();
        let mut troupe = Troupe { args: self, models: &models, seed, known: BTreeMap::new(), parameters: Map::new() };
        let named = if self.agents.is_empty() { models.roles.agents.clone() } else { self.agents.clone() };
        let named = if named.is_empty() { DEFAULT_AGENTS.map(str::to_owned).to_vec() } else { named };
        let agents: Vec<Player> = named.iter().map(|name| troupe.agent(name)).collect::<Result<_>>()?;
        let twice = agents.iter().enumerate().find(|(index, agent)| agents[..*index].iter().any(|other| other.name() == agent.name()));
        if let Some((_, agent)) = twice {
            bail!("the agent `{}` is named twice", agent.name());
        }
        let user = self.user.as_ref().or(models.roles.user.as_ref()).map_or(SCRIPTED_USER, String::as_str);
        let user = troupe.user(user)?;
        let judge = self.judge.as_ref().or(models.roles.judge.as_ref()).map(|name| troupe.model(name, "a judge")).transpose()?;
        let parameters = Value::Object(troupe.parameters);
        Ok(Cast { agents, user, judge, accounts: troupe.known.into_values().collect(), parameters })
    }

    /// The one who plays the agent, scripted or a model. To be called inside of a runtime.
    pub(crate) fn agent(&self, name: &str, seed: u64) -> Result<Player> {
        self.troupe(seed, |troupe| troupe.agent(name))
    }

    /// The one who plays the user, likewise.
    pub(crate) fn user(&self, name: &str, seed: u64) -> Result<Player> {
        self.troupe(seed, |troupe| troupe.user(name))
    }

    fn troupe<T>(&self, seed: u64, find: impl FnOnce(&mut Troupe<'_>) -> Result<T>) -> Result<T> {
        let models = self.endpoints.models.as_deref().map(read).transpose()?.unwrap_or_default();
        find(&mut Troupe { args: self, models: &models, seed, known: BTreeMap::new(), parameters: Map::new() })
    }

    /// The model that words tasks, where one is named by `name` or by the file.
    pub(crate) fn writer(&self, name: Option<&str>) -> Result<Option<Writer>> {
        self.troupe(0, |troupe| {
            let Some(name) = name.or(troupe.models.roles.writer.as_deref()) else { return Ok(None) };
            let (account, _) = troupe.account(name, "a writer")?;
            let model: Arc<dyn ChatModel> = Arc::new(account.client.clone());
            Ok(Some((account, model)))
        })
    }
}

/// Finds players by name.
struct Troupe<'a> {
    args: &'a PlayerArgs,
    models: &'a Models,
    seed: u64,
    known: BTreeMap<String, Arc<Account>>,
    parameters: Map<String, Value>,
}

impl Troupe<'_> {
    fn agent(&mut self, name: &str) -> Result<Player> {
        match scripted::agent(name) {
            // A name of the file that a script has too means the file's.
            Some(player) if !self.models.endpoints.contains_key(name) => Ok(player),
            _ => self.model(name, "an agent"),
        }
    }

    fn user(&mut self, name: &str) -> Result<Player> {
        if name == SCRIPTED_USER { Ok(scripted::user()) } else { self.model(name, "a user") }
    }

    /// A model behind an endpoint, as a player of that name.
    fn model(&mut self, name: &str, part: &str) -> Result<Player> {
        let (account, seeded) = self.account(name, part)?;
        let (client, seed, sampling) = (account.client.clone(), self.seed, account.client.sampling().clone());
        let cast = move |part: &Part<'_>| -> Arc<dyn ChatModel> {
            if !seeded {
                return Arc::new(client.clone());
            }
            let mut rng = Rng::of(seed, &["model", &part.task.id, &part.trial.to_string()]);
            let sampling = Sampling { seed: Some(rng.below(1 << 31) as i64), ..sampling.clone() };
            Arc::new(client.with_sampling(sampling).expect("only the seed is another"))
        };
        Ok(Player::new(name, cast))
    }

    fn account(&mut self, name: &str, part: &str) -> Result<(Arc<Account>, bool)> {
        let config = self.config(name, part)?;
        if let Some(known) = self.known.get(name) {
            return Ok((Arc::clone(known), config.seeded));
        }
        let endpoint = config.endpoint().with_context(|| format!("endpoint `{name}`"))?;
        let client = Client::new(endpoint).with_context(|| format!("endpoint `{name}`"))?;
        let prices = (config.prompt_per_million.is_some() || config.completion_per_million.is_some()).then(|| Prices {
            prompt_per_million: config.prompt_per_million.unwrap_or_default(),
            completion_per_million: config.completion_per_million.unwrap_or_default(),
        });
        let about = json!({"model": config.model, "parameters": client.parameters(), "seeded": config.seeded});
        self.parameters.insert(name.to_owned(), about);
        let account = Arc::new(Account { name: name.to_owned(), client, prices });
        self.known.insert(name.to_owned(), Arc::clone(&account));
        Ok((account, config.seeded))
    }

    fn config(&self, name: &str, part: &str) -> Result<EndpointConfig> {
        if let Some(config) = self.models.endpoints.get(name) {
            return Ok(config.clone());
        }
        if let Some(model) = name.strip_prefix(BY_FLAGS) {
            let Some(base_url) = &self.args.endpoints.base_url else {
                bail!("`{name}` is a model at an endpoint: name the endpoint with --base-url")
            };
            ensure!(!model.trim().is_empty(), "`{name}` names no model");
            return Ok(self.args.endpoints.by_flags(base_url, model));
        }
        let endpoints = self.models.endpoints.keys().cloned();
        let scripted: Vec<String> = if part == "an agent" { scripted::names().collect() } else { Vec::new() };
        let known: Vec<String> = scripted.into_iter().chain(endpoints).chain(["openai:MODEL (with --base-url)".to_owned()]).collect();
        bail!("nobody called `{name}` can be {part}; there are {}", known.join(", "))
    }
}

impl EndpointArgs {
    fn by_flags(&self, base_url: &str, model: &str) -> EndpointConfig {
        EndpointConfig {
            base_url: base_url.to_owned(),
            model: model.to_owned(),
            key_from: self.key_from.clone(),
            temperature: self.temperature,
            top_p: None,
            answer_tokens_max: self.answer_tokens_max,
            seeded: false,
            extra: Map::new(),
            stream: false,
            send_reasoning: false,
            key_without_tls: false,
            requests_at_once: self.requests_at_once,
            requests_per_minute: None,
            requests_max: None,
            tokens_max: None,
            timeout_s: None,
            retries: None,
            prompt_per_million: None,
            completion_per_million: None,
        }
    }
}

impl EndpointConfig {
    fn endpoint(&self) -> Result<Endpoint> {
        let key = match std::env::var(&self.key_from) {
            Ok(key) if !key.trim().is_empty() => Some(Secret::new(&key)),
            Ok(_) | Err(std::env::VarError::NotPresent) => None,
            Err(_) => bail!("the variable `{}` is no Unicode", self.key_from),
        };
        let plain = Endpoint::new(&self.base_url, &self.model);
        Ok(Endpoint {
            key,
            key_without_tls: self.key_without_tls,
            sampling: Sampling {
                temperature: self.temperature,
                top_p: self.top_p,
                tokens_max: self.answer_tokens_max,
                seed: None,
                extra: self.extra.clone(),
            },
            stream: self.stream,
            send_reasoning: self.send_reasoning,
            timeout_ms: self.timeout_s.map_or(plain.timeout_ms, |seconds| seconds.saturating_mul(1000)),
            retries_max: self.retries.unwrap_or(plain.retries_max),
            concurrency_max: self.requests_at_once,
            requests_per_minute_max: self.requests_per_minute,
            budget: Budget { requests_max: self.requests_max, tokens_max: self.tokens_max },
            ..plain
        })
    }
}

impl Account {
    /// What was spent so far.
    pub(crate) fn bill(&self) -> Bill {
        let spent: Spent = self.client.spent();
        Bill {
            endpoint: self.name.clone(),
            requests: spent.requests,
            retries: spent.retries,
            prompt_tokens: spent.prompt_tokens,
            completion_tokens: spent.completion_tokens,
            estimated_tokens: spent.estimated_tokens,
            cost: self.prices.as_ref().map(|prices| spent.cost(prices)),
        }
    }
}

/// Reads a file of endpoints. Keys are refused in it: a file is easily passed on.
fn read(path: &Path) -> Result<Models> {
    let text = files::read_text(path)?;
    let models = toml::from_str::<Models>(&text).map_err(|error| {
        let place = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = place.map(|line| format!(":{line}")).unwrap_or_default();
        let hint = if error.message().contains("unknown field `key`") {
            "; keys come from the environment alone: name the variable with `key_from`"
        } else {
            ""
        };
        anyhow::anyhow!("{}{place}: {}{hint}", path.display(), error.message().trim_end())
    })?;
    if let Some(name) = models.endpoints.keys().find(|name| name.trim().is_empty() || name.starts_with("scripted")) {
        bail!("{}: an endpoint cannot be called `{name}`", path.display());
    }
    Ok(models)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("models.toml");
        std::fs::write(&path, text).expect("written");
        (folder, path)
    }

    #[test]
    fn keys_are_refused_in_files() {
        let (_folder, path) = file("[endpoints.a]\nbase_url = \"http://localhost:1/v1\"\nmodel = \"m\"\nkey = \"sk-1\"\n");
        let error = read(&path).expect_err("a key").to_string();
        assert!(error.contains("models.toml:4: ") && error.contains("`key_from`") && !error.contains("sk-1"), "{error}");
    }

    #[tokio::test]
    async fn roles_come_from_the_file_and_flags_win() {
        let (_folder, path) = file(
            "[endpoints.a]\nbase_url = \"http://localhost:1/v1\"\nmodel = \"m\"\nprompt_per_million = 1.5\n[roles]\nagents = [\"a\", \"scripted:plan\"]\nuser = \"a\"\n",
        );
        let cast =
            PlayerArgs { endpoints: EndpointArgs { models: Some(path.clone()), ..EndpointArgs::default() }, ..PlayerArgs::default() }
                .cast(0)
                .expect("a cast");
        assert_eq!(cast.agents.iter().map(Player::name).collect::<Vec<_>>(), ["a", "scripted:plan"]);
        assert_eq!((cast.user.name(), cast.accounts.len()), ("a", 1), "one account for both parts");
        assert_eq!(cast.accounts[0].bill().cost, Some(0.0));
        let args = PlayerArgs {
            endpoints: EndpointArgs { models: Some(path), ..EndpointArgs::default() },
            user: Some("scripted".to_owned()),
            ..PlayerArgs::scripted(&["lazy"])
        };
        let cast = args.cast(0).expect("a cast");
        assert_eq!((cast.agents[0].name(), cast.user.name(), cast.accounts.len()), ("scripted:lazy", "scripted", 0));
        let error = PlayerArgs::scripted(&["openai:m"]).cast(0).err().expect("no endpoint").to_string();
        assert!(error.contains("--base-url"), "{error}");
        let error = PlayerArgs::scripted(&["nobody"]).cast(0).err().expect("nobody").to_string();
        assert!(error.starts_with("nobody called `nobody` can be an agent; there are scripted:plan"), "{error}");
    }
}
