//! Trajectories: the dialogue, the calls, and a certificate that lets anyone re-execute them.

use crate::digest::{Digest, Digests};
use crate::outcome::Outcome;
use crate::verdict::Verdict;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the trajectory record.
pub const TRAJECTORY_FORMAT: u32 = 3;

/// A message of the dialogue, in the shape of OpenAI's chat API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case", deny_unknown_fields)]
pub enum Message {
    /// Policy and instructions for the agent.
    System {
        /// Text.
        content: String,
    },
    /// The simulated user.
    User {
        /// Text.
        content: String,
    },
    /// The agent: text, calls, or both.
    Assistant {
        /// Text, if any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
        /// Reasoning that the endpoint returned apart from the text.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reasoning: Option<String>,
        /// Calls, in order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall>,
    },
    /// The answer to one call.
    Tool {
        /// Id of the call.
        tool_call_id: String,
        /// Name of the tool.
        name: String,
        /// The observation: canonical JSON.
        content: String,
    },
}

/// A call as the agent wrote it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolCall {
    /// Unique in the dialogue.
    pub id: String,
    /// Name of the tool.
    pub name: String,
    /// The arguments as text; it may not be JSON at all.
    pub arguments: String,
}

/// One executed call, in order of execution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallRecord {
    /// The tool.
    pub tool: String,
    /// The arguments with defaults applied; as given where they did not fit the schema.
    pub arguments: Value,
    /// What it came to.
    pub outcome: Outcome,
    /// What the agent is shown of a failure, where the tool declares it; without it: [`Outcome::observation`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// Digest of the canonical arguments.
    pub arguments_digest: Digest,
    /// Digest of the canonical observation.
    pub result_digest: Digest,
    /// Digests of the state after the call.
    pub state: Digests,
}

impl CallRecord {
    /// What the agent is shown: the result, the error in the API's own shape, or else `{"error": {"code": …, "message": …}}`.
    pub fn observation(&self) -> Value {
        self.body.clone().unwrap_or_else(|| self.outcome.observation())
    }
}

/// Why an episode ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EndReason {
    /// The user was done and said so.
    UserDone,
    /// The agent gave up or handed over.
    AgentStopped,
    /// The limit on turns.
    TurnLimit,
    /// The limit on calls.
    CallLimit,
    /// The limit on tokens.
    TokenLimit,
    /// The limit on time.
    TimeLimit,
    /// The infrastructure failed; never scored as the agent's.
    Infrastructure {
        /// Which part of it.
        site: Site,
        /// What happened.
        message: String,
    },
}

/// Parts of the infrastructure of an episode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The model that plays the agent, or the way to it.
    Agent,
    /// The model that plays the user, or the way to it.
    User,
    /// The environment, and whatever else is ours.
    Environment,
}

impl Site {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::User => "user",
            Self::Environment => "environment",
        }
    }
}

/// Tokens that the models of an episode read and wrote, where their endpoints count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// Requests to the agent's model.
    pub agent_requests: u64,
    /// Tokens that it read.
    pub agent_prompt_tokens: u64,
    /// Tokens that it wrote.
    pub agent_completion_tokens: u64,
    /// Requests to the user's model.
    pub user_requests: u64,
    /// Tokens that it read.
    pub user_prompt_tokens: u64,
    /// Tokens that it wrote.
    pub user_completion_tokens: u64,
}

impl Usage {
    /// Tokens of the agent, read and written.
    pub fn agent_tokens(&self) -> u64 {
        self.agent_prompt_tokens.saturating_add(self.agent_completion_tokens)
    }

    /// True where no endpoint counted anything.
    pub fn is_empty(&self) -> bool {
        let tokens = [self.agent_prompt_tokens, self.agent_completion_tokens, self.user_prompt_tokens, self.user_completion_tokens];
        tokens.iter().all(|tokens| *tokens == 0)
    }
}

/// Where an episode was taken up that another had begun.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fork {
    /// Id of the trajectory that it goes on from.
    pub from: String,
    /// How many messages of it were kept.
    pub messages: usize,
}

/// What a re-execution needs and must reproduce, beside the calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Name of the pack.
    pub pack: String,
    /// Digest of the pack's file.
    pub pack_digest: Digest,
    /// Version of the digest scheme.
    pub digest_version: u32,
    /// Seed of generated ids.
    pub seed: u64,
    /// Constant time of the episode.
    pub now: String,
    /// Digest of the limits in force that a replay must have too: [`crate::Limits::digest`].
    pub limits: Digest,
    /// Digests before the first call.
    pub initial: Digests,
    /// Digests after the last call.
    pub last: Digests,
    /// False where a call was stopped by something that another machine may not reproduce.
    pub certifiable: bool,
}

/// One episode as it was played.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trajectory {
    /// [`TRAJECTORY_FORMAT`].
    pub format: u32,
    /// Unique: `task-id/agent/trial`; for forks `trajectory-id@messages/agent/trial`. See [`Trajectory::id_of`].
    pub id: String,
    /// The task.
    pub task: String,
    /// Who played the agent, such as `scripted:plan`.
    pub agent: String,
    /// Who played the user, such as `scripted`.
    pub user: String,
    /// Number of the trial, from 0.
    pub trial: u32,
    /// Where it was forked from another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<Fork>,
    /// Names of the tools that the agent was offered, in order; empty: all that the pack has for agents. Others do not exist for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// The dialogue, as the agent sees it.
    pub messages: Vec<Message>,
    /// The calls that set the scene, before the first digests of the certificate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub setup: Vec<CallRecord>,
    /// The calls of agent and user. A tool has one role, which tells whose a call was.
    pub calls: Vec<CallRecord>,
    /// Why it ended.
    pub end: EndReason,
    /// What its models spent.
    #[serde(default, skip_serializing_if = "Usage::is_empty")]
    pub usage: Usage,
    /// For re-execution.
    pub certificate: Certificate,
    /// The grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

impl Trajectory {
    /// The id of an episode of `task` with `agent`, number `trial`.
    pub fn id_of(task: &str, fork: Option<&Fork>, agent: &str, trial: u32) -> String {
        match fork {
            None => format!("{task}/{agent}/{trial}"),
            Some(Fork { from, messages }) => format!("{from}@{messages}/{agent}/{trial}"),
        }
    }
}
