//! An episode of a served pack: its environment, and the calls that were made in it.

use crate::World;
use serde_json::Value;
use std::sync::Arc;
use wardian_env::{Env, EnvError, EpisodeContext, LoadedPack, PackError};
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Diff, Digests, Message, Task, Verdict};
use wardian_model::ToolDefinition;
use wardian_rollout::episode::{agent_system_prompt, offered};
use wardian_rollout::{Limits, RolloutError, grade};

/// Most calls of an episode without a task.
pub const FREE_CALLS_MAX: usize = 10_000;
/// Most bytes of calls and answers that an episode keeps, as they were given.
pub const KEPT_BYTES_MAX: usize = 4 << 20;

/// The host failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EpisodeError {
    /// The pack cannot be had.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The environment failed.
    #[error(transparent)]
    Env(#[from] EnvError),
    /// Grading failed.
    #[error(transparent)]
    Grade(#[from] RolloutError),
    /// The task was made for another version of the pack.
    #[error("task `{task}` was made for another version of pack `{pack}`")]
    OtherPack {
        /// The task.
        task: String,
        /// The pack.
        pack: String,
    },
}

/// How an episode begins.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// What is to be done; none: nothing in particular.
    pub task: Option<Arc<Task>>,
    /// Seed of generated ids where there is no task; a task has its own.
    pub seed: u64,
    /// What its player calls it; it means nothing here.
    pub label: Option<Box<str>>,
}

/// An episode in progress. `Clone` is a fork.
///
/// What is kept of a call is what was asked for. Results are computed again where they are needed, which is when the episode is graded: a call of
/// an agent is certain to give the same again, and what an idle session holds stays small.
#[derive(Clone)]
pub struct Episode {
    pack: Arc<LoadedPack>,
    task: Option<Arc<Task>>,
    seed: u64,
    env: Env,
    made: Vec<Made>,
    said: Vec<Box<str>>,
    kept_bytes: usize,
    over: bool,
    /// What its player calls it.
    label: Option<Box<str>>,
    /// Requests so far, where a protocol counts them.
    steps: u64,
}

#[derive(Clone)]
struct Made {
    tool: Box<str>,
    arguments: Box<str>,
}

/// What a call came to, and whether the episode can go on.
#[derive(Debug)]
pub struct Called {
    /// The record of the call.
    pub record: CallRecord,
    /// The episode is over: no further call is made.
    pub over: bool,
}

impl Episode {
    /// Begins an episode: loads the pack where it is not loaded, and sets the scene of the task.
    ///
    /// # Errors
    /// When the host fails, or the task is of another version of the pack.
    pub fn begin(world: &World, begin: Begin) -> Result<Self, EpisodeError> {
        let pack = world.pack().load()?;
        let Begin { task, seed, label } = begin;
        let env = opened(&pack, task.as_deref(), seed)?;
        Ok(Self { pack, task, seed, env, made: Vec::new(), said: Vec::new(), kept_bytes: 0, over: false, label, steps: 0 })
    }

    /// The task, if there is one.
    pub fn task(&self) -> Option<&Arc<Task>> {
        self.task.as_ref()
    }

    /// What its player calls it.
    pub fn label(&self) -> Option<&str> {
        self.label.as_deref()
    }

    /// Seed of generated ids.
    pub fn seed(&self) -> u64 {
        self.task.as_ref().map_or(self.seed, |task| task.seed)
    }

    /// Requests so far, as [`Episode::step`] counted them.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Counts a request.
    pub fn step(&mut self) {
        self.steps += 1;
    }

    /// Calls so far.
    pub fn calls(&self) -> usize {
        self.made.len()
    }

    /// True once it is over.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// What the agent is told first: the rules, and the wish with all that the user knows. The latter is empty without a task.
    pub fn prompt(&self) -> (String, String) {
        match &self.task {
            Some(task) => (agent_system_prompt(self.pack.manifest(), self.pack.policy(), task), task.user.goal.clone()),
            None => (self.pack.policy().unwrap_or(&self.pack.manifest().description).to_owned(), String::new()),
        }
    }

    /// The tools that the agent has here, without those of the server.
    pub fn tools(&self) -> Vec<ToolDefinition> {
        offered(self.pack.manifest(), Role::Agent, self.task.as_ref().map_or(&[], |task| &task.tools))
    }

    /// Makes a call of the agent. Must not be called once the episode is over.
    ///
    /// # Errors
    /// When the host fails.
    pub fn call(&mut self, tool: &str, arguments: &Value) -> Result<Called, EpisodeError> {
        assert!(!self.over, "a call in an episode that is over");
        let record = self.env.call(Role::Agent, tool, arguments)?;
        let made = Made { tool: tool.into(), arguments: arguments.to_string().into() };
        self.kept_bytes += made.tool.len() + made.arguments.len();
        self.made.push(made);
        self.over = self.made.len() >= self.calls_max() || self.kept_bytes > KEPT_BYTES_MAX;
        Ok(Called { record, over: self.over })
    }

    /// Notes what the agent told the user.
    pub fn say(&mut self, words: &str) {
        if self.kept_bytes + words.len() <= KEPT_BYTES_MAX {
            self.kept_bytes += words.len();
            self.said.push(words.into());
        }
    }

    /// Ends it.
    pub fn finish(&mut self) {
        self.over = true;
    }

    /// Digests of the state.
    ///
    /// # Errors
    /// When an earlier call failed in the host.
    pub fn digests(&mut self) -> Result<Digests, EpisodeError> {
        Ok(self.env.digests()?)
    }

    /// What differs from the beginning to now.
    ///
    /// # Errors
    /// When the host fails.
    pub fn diff(&mut self) -> Result<Diff, EpisodeError> {
        let mut beginning = opened(&self.pack, self.task.as_deref(), self.seed)?;
        Ok(beginning.diff(&mut self.env)?)
    }

    /// The grade as of now; none without a task. Everything happens on forks.
    ///
    /// # Errors
    /// When the host fails.
    pub fn grade(&self) -> Result<Option<Verdict>, EpisodeError> {
        let Some(task) = &self.task else { return Ok(None) };
        let mut env = opened(&self.pack, Some(task), self.seed)?;
        let mut calls = Vec::with_capacity(self.made.len());
        for made in &self.made {
            let arguments = serde_json::from_str(&made.arguments).expect("it was written from a value");
            calls.push(env.call(Role::Agent, &made.tool, &arguments)?);
        }
        let said = |words: &str| Message::Assistant { content: Some(words.to_owned()), reasoning: None, tool_calls: Vec::new() };
        let messages: Vec<Message> = self.said.iter().map(|words| said(words)).collect();
        Ok(Some(grade(task, &env, &calls, &messages)?))
    }

    fn calls_max(&self) -> usize {
        self.task.as_ref().map_or(FREE_CALLS_MAX, |task| Limits::default().of(task).1)
    }
}

fn opened(pack: &Arc<LoadedPack>, task: Option<&Task>, seed: u64) -> Result<Env, EpisodeError> {
    let Some(task) = task else { return Ok(pack.env(&EpisodeContext { seed, now: pack.manifest().now.clone() })?) };
    if task.pack_digest != pack.digest() {
        return Err(EpisodeError::OtherPack { task: task.id.clone(), pack: pack.manifest().name.clone() });
    }
    let (mut env, _) = pack.scene(&EpisodeContext { seed: task.seed, now: task.now.clone() }, &task.setup)?;
    env.offer(&task.tools);
    Ok(env)
}
