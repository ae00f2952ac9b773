//! Episodes: the loop between user, agent and environment, and running many of them at once.
//!
//! Calls run on blocking threads, at most `workers` at a time, so that thousands of episodes can wait for their
//! models meanwhile. What an episode comes to depends on its task, its players and its trial only; results are
//! handed out in the order in which they finish and returned in the order of their ids.

mod dialogue;
mod run;
mod start;

use serde_json::Value;
use std::sync::Arc;
use tokio::sync::watch;
use wardian_env::PackRef;
use wardian_format::pack::{Manifest, Role};
use wardian_format::trajectory::{EndReason, Fork};
use wardian_format::{Task, Trajectory};
use wardian_model::{ChatModel, ToolDefinition};

pub use dialogue::{agent_system_prompt, user_system_prompt};
pub(crate) use dialogue::{assistant, bounded, from_the_users_side, observation};
pub use run::{run, run_each};
pub use start::{Start, StartError};

/// What a user says, at the end of its last message, to end the dialogue. It is cut from the trajectory.
pub const STOP: &str = "###STOP###";

/// One task to play, with its pack.
#[derive(Clone)]
pub struct Play {
    /// The task.
    pub task: Arc<Task>,
    /// The pack that it names.
    pub pack: PackRef,
    /// Where another episode of the task is taken up; none: at the beginning.
    pub from: Option<Arc<Start>>,
}

impl Play {
    /// `task` from its beginning.
    pub fn new(task: Arc<Task>, pack: PackRef) -> Self {
        Self { task, pack, from: None }
    }

    /// Where it is taken up, for the record.
    pub fn fork(&self) -> Option<Fork> {
        self.from.as_ref().map(|start| Fork { from: start.trajectory.id.clone(), messages: start.messages })
    }
}

/// What a player is cast for.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The task. A model must not look at its gold calls; a scripted agent may make a plan of them.
    pub task: &'a Task,
    /// The pack's manifest.
    pub manifest: &'a Manifest,
    /// Number of the trial.
    pub trial: u32,
    /// Seed of the run, for wording and mistakes.
    pub seed: u64,
}

/// Makes a model for each part it plays.
pub type Casting = Arc<dyn Fn(&Part<'_>) -> Arc<dyn ChatModel> + Send + Sync>;

/// Someone who can play the agent or the user of any task.
#[derive(Clone)]
pub struct Player {
    name: String,
    cast: Casting,
}

/// Limits on one episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Turns of the agent; without it 40, and 4 for each gold call.
    pub turns_max: Option<usize>,
    /// Calls; without it 30, and 2 for each gold call.
    pub calls_max: Option<usize>,
    /// Tokens that the agent's endpoint counts, read and written.
    pub tokens_max: u64,
    /// Time for an episode in milliseconds. `None` for scripts: with a clock, two runs may differ.
    pub wall_ms_max: Option<u64>,
}

/// How to run.
#[derive(Clone)]
pub struct RunOptions {
    /// Seed of wording and mistakes.
    pub seed: u64,
    /// Episodes for each task and agent.
    pub trials: u32,
    /// Episodes in progress at once.
    pub concurrency: usize,
    /// Calls in progress at once; about the number of cores.
    pub workers: usize,
    /// How often an episode that the infrastructure ended is played anew.
    pub retries_max: u32,
    /// Limits on each episode.
    pub limits: Limits,
    /// Ids of trajectories that exist already and are not played again.
    pub done: std::collections::BTreeSet<String>,
    /// Who judges the statements of tasks in words; without one they stay unjudged.
    pub judge: Option<Player>,
}

/// What happens during a run. Handed out in the order of time, which is not that of the results.
#[derive(Debug)]
pub enum Event<'a> {
    /// An episode began.
    Started {
        /// Id of its trajectory.
        id: &'a str,
    },
    /// The infrastructure ended an episode, which is played anew.
    Retried {
        /// Id of its trajectory.
        id: &'a str,
        /// What failed.
        end: &'a EndReason,
    },
    /// An episode ended.
    Finished {
        /// What was played, graded.
        trajectory: Box<Trajectory>,
    },
}

/// A flag that stops a run. Clones are the same flag.
#[derive(Clone, Debug)]
pub struct Stop(watch::Sender<Asked>);

/// What a run was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    GoOn,
    Drain,
    Now,
}

impl Stop {
    /// Asks the run to end at once: episodes in progress are dropped.
    pub fn now(&self) {
        self.0.send_replace(Asked::Now);
    }

    /// Asks the run to begin no further episode; those in progress are played to their ends.
    pub fn drain(&self) {
        self.0.send_if_modified(|asked| std::mem::replace(asked, (*asked).max(Asked::Drain)) == Asked::GoOn);
    }

    /// True once asked for either.
    pub fn is_asked(&self) -> bool {
        *self.0.borrow() != Asked::GoOn
    }

    /// Waits until asked to end at once.
    async fn asked_now(&self) {
        let mut changes = self.0.subscribe();
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = changes.wait_for(|asked| *asked == Asked::Now).await;
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(Asked::GoOn))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { turns_max: None, calls_max: None, tokens_max: u64::MAX, wall_ms_max: None }
    }
}

impl Limits {
    /// Most turns and most calls of an episode of `task`.
    pub fn of(&self, task: &Task) -> (usize, usize) {
        let gold = task.gold.len();
        (self.turns_max.unwrap_or(40 + 4 * gold), self.calls_max.unwrap_or(30 + 2 * gold))
    }
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            trials: 1,
            concurrency: 64,
            workers: 2,
            retries_max: 2,
            limits: Limits::default(),
            done: std::collections::BTreeSet::new(),
            judge: None,
        }
    }
}

impl Player {
    /// The same player under another name.
    #[must_use]
    pub fn named(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    /// A player that makes a model for each part.
    pub fn new(name: &str, cast: impl Fn(&Part<'_>) -> Arc<dyn ChatModel> + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), cast: Arc::new(cast) }
    }

    /// The same model in every part, such as an endpoint.
    pub fn model(model: Arc<dyn ChatModel>) -> Self {
        let name = model.name().to_owned();
        Self { name, cast: Arc::new(move |_| Arc::clone(&model)) }
    }

    /// For records.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The model that plays `part`.
    pub fn cast(&self, part: &Part<'_>) -> Arc<dyn ChatModel> {
        (self.cast)(part)
    }
}

/// The tools of `role`, as a chat API is told of them; where `names` are given, those alone.
pub fn offered(manifest: &Manifest, role: Role, names: &[String]) -> Vec<ToolDefinition> {
    let definition = |tool: &wardian_format::ToolSpec| ToolDefinition {
        name: tool.name.clone(),
        description: tool.description.clone(),
        parameters: parameters(&tool.parameters),
    };
    manifest.tools_of(role).filter(|tool| names.is_empty() || names.contains(&tool.name)).map(definition).collect()
}

/// Chat APIs want an object schema with `properties`, be they empty.
fn parameters(schema: &Value) -> Value {
    let mut schema = schema.clone();
    if let Some(map) = schema.as_object_mut() {
        map.entry("type").or_insert_with(|| Value::from("object"));
        map.entry("properties").or_insert_with(|| Value::Object(serde_json::Map::new()));
    }
    schema
}
