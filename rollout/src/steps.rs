//! An episode in somebody's hands: the dialogue that [`crate::run`] plays, one turn at a time. Whoever holds it asks whose turn it is
//! and says what that one does, and can return to any place that was marked.
//!
//! There are no limits on turns and calls: a person decides when it is enough.

use crate::RolloutError;
use crate::episode::{STOP, agent_system_prompt, assistant, bounded, from_the_users_side, observation, offered};
use std::sync::Arc;
use wardian_env::{DIGEST_VERSION, Env, EpisodeContext, LoadedPack};
use wardian_format::pack::Role;
use wardian_format::trajectory::{Certificate, EndReason, TRAJECTORY_FORMAT, ToolCall, Usage};
use wardian_format::{CallRecord, Digests, Message, Outcome, Task, Trajectory, Verdict};
use wardian_model::{ChatReply, ChatRequest, ToolDefinition};

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The agent's: [`Steps::agent_request`] is what a model would be sent, [`Steps::agent_replies`] takes the answer.
    Agent,
    /// The user's, likewise.
    User,
    /// Nobody's: the user is done, or the agent fell silent.
    Over,
}

/// Who plays, for the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    /// Who plays the agent, such as `human`.
    pub agent: String,
    /// Who plays the user, such as `scripted`.
    pub user: String,
}

/// An episode in progress. `Clone` is a fork.
#[derive(Clone)]
pub struct Steps {
    task: Option<Arc<Task>>,
    /// After the calls that set the scene.
    beginning: Env,
    env: Env,
    tools: Arc<[ToolDefinition]>,
    user_tools: Arc<[ToolDefinition]>,
    /// What only the user sees: its own calls and their answers, each with the number of messages that came before.
    private: Vec<(usize, Message)>,
    trajectory: Trajectory,
    over: Option<EndReason>,
}

/// A place in an episode to which it can return. Costs little: the state is a fork, and of the dialogue only its length is kept.
#[derive(Clone)]
pub struct Mark {
    env: Env,
    messages: usize,
    private: usize,
    calls: usize,
    last: Digests,
    certifiable: bool,
    over: Option<EndReason>,
}

impl Steps {
    /// The beginning of `task`, whose first word is the user's.
    ///
    /// # Errors
    /// When the pack is not the task's, a call that sets the scene fails, or the host does.
    pub fn of_task(task: Arc<Task>, pack: &Arc<LoadedPack>, names: &Names) -> Result<Self, RolloutError> {
        if pack.digest() != task.pack_digest {
            let reason = format!("it was made for digest {}, and the pack at hand has {}", task.pack_digest, pack.digest());
            return Err(RolloutError::Task { task: task.id.clone(), pack: pack.manifest().name.clone(), reason });
        }
        let (mut env, setup) = crate::grade::set_scene(&task, pack)?;
        env.offer(&task.tools);
        let context = EpisodeContext { seed: task.seed, now: task.now.clone() };
        let certificate = certificate(pack, &context, env.digests()?, &setup);
        let system = agent_system_prompt(pack.manifest(), pack.policy(), &task);
        let trajectory = Trajectory {
            messages: vec![Message::System { content: system }],
            setup,
            tools: task.tools.clone(),
            ..blank(&task.id, names, certificate)
        };
        let tools = offered(pack.manifest(), Role::Agent, &task.tools);
        Ok(Self::new(Some(task), env, tools, trajectory))
    }

    /// A fresh state of `pack`, with nobody who wants anything: it is always the agent's turn.
    ///
    /// # Errors
    /// When the time is not acceptable.
    pub fn free(pack: &Arc<LoadedPack>, context: &EpisodeContext, names: &Names) -> Result<Self, RolloutError> {
        let mut env = pack.env(context)?;
        let certificate = certificate(pack, context, env.digests()?, &[]);
        let trajectory = blank(&format!("{}/free", pack.manifest().name), names, certificate);
        Ok(Self::new(None, env, offered(pack.manifest(), Role::Agent, &[]), trajectory))
    }

    fn new(task: Option<Arc<Task>>, env: Env, tools: Vec<ToolDefinition>, trajectory: Trajectory) -> Self {
        let user_tools = offered(env.pack().manifest(), Role::User, &[]);
        let (tools, user_tools) = (tools.into(), user_tools.into());
        Self { task, beginning: env.clone(), env, tools, user_tools, private: Vec::new(), trajectory, over: None }
    }

    /// Whose turn it is.
    pub fn turn(&self) -> Turn {
        match self.trajectory.messages.last() {
            _ if self.over.is_some() => Turn::Over,
            _ if self.task.is_none() => Turn::Agent,
            Some(Message::Tool { .. } | Message::User { .. }) => Turn::Agent,
            _ => Turn::User,
        }
    }

    /// The task, if there is one.
    pub fn task(&self) -> Option<&Arc<Task>> {
        self.task.as_ref()
    }

    /// The state as it is.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// The state before the first call of the dialogue.
    pub fn beginning(&self) -> &Env {
        &self.beginning
    }

    /// The tools on offer to the agent, or to the user.
    pub fn tools(&self, role: Role) -> &[ToolDefinition] {
        if role == Role::User { &self.user_tools } else { &self.tools }
    }

    /// The dialogue so far, as the agent sees it.
    pub fn messages(&self) -> &[Message] {
        &self.trajectory.messages
    }

    /// The calls so far, those of the user among them.
    pub fn calls(&self) -> &[CallRecord] {
        &self.trajectory.calls
    }

    /// What a model that plays the agent is sent.
    pub fn agent_request(&self) -> ChatRequest {
        ChatRequest { messages: self.trajectory.messages.clone(), tools: Arc::clone(&self.tools), ..ChatRequest::default() }
    }

    /// What a model that plays the user is sent.
    pub fn user_request(&self) -> ChatRequest {
        let messages = match &self.task {
            Some(task) => from_the_users_side(task, &self.trajectory.messages, &self.private),
            None => Vec::new(),
        };
        ChatRequest { messages, tools: Arc::clone(&self.user_tools), ..ChatRequest::default() }
    }

    /// The agent's turn: its words, and its calls, which are made. Neither of them ends the dialogue. Gives the records of the calls.
    ///
    /// # Errors
    /// When the host fails.
    pub fn agent_replies(&mut self, mut reply: ChatReply) -> Result<Vec<CallRecord>, RolloutError> {
        let calls = std::mem::take(&mut reply.tool_calls);
        let message = assistant(reply, &calls);
        if matches!(&message, Message::Assistant { content: None, tool_calls, .. } if tool_calls.is_empty()) {
            self.over = Some(EndReason::AgentStopped);
            return Ok(Vec::new());
        }
        self.trajectory.messages.push(message);
        let mut made = Vec::with_capacity(calls.len());
        for call in calls {
            let record = self.env.call_text(Role::Agent, &call.name, &call.arguments)?;
            let content = observation(&record);
            self.trajectory.messages.push(Message::Tool { tool_call_id: call.id, name: call.name, content });
            self.record(&record);
            made.push(record);
        }
        Ok(made)
    }

    /// The user's turn: calls, after which it is still its turn, or words. Words with [`STOP`] at the end are its last.
    ///
    /// # Errors
    /// When the host fails.
    pub fn user_replies(&mut self, mut reply: ChatReply) -> Result<Vec<CallRecord>, RolloutError> {
        let calls = std::mem::take(&mut reply.tool_calls);
        if calls.is_empty() {
            let text = bounded(reply.content.unwrap_or_default());
            let is_last = text.contains(STOP);
            let content = text.replace(STOP, "").trim().to_owned();
            if is_last {
                self.over = Some(EndReason::UserDone);
            }
            if !content.is_empty() || !is_last {
                self.trajectory.messages.push(Message::User { content });
            }
            return Ok(Vec::new());
        }
        let at = self.trajectory.messages.len();
        self.private.push((at, assistant(reply, &calls)));
        let mut made = Vec::with_capacity(calls.len());
        for call in calls {
            let record = self.env.call_text(Role::User, &call.name, &call.arguments)?;
            let content = observation(&record);
            self.private.push((at, Message::Tool { tool_call_id: call.id, name: call.name, content }));
            // A call of a tool that is not the user's reaches nothing and is not on record, as in every other episode.
            if record.outcome != Outcome::UnknownTool {
                self.record(&record);
            }
            made.push(record);
        }
        Ok(made)
    }

    /// The place where the episode is.
    pub fn mark(&self) -> Mark {
        Mark {
            env: self.env.clone(),
            messages: self.trajectory.messages.len(),
            private: self.private.len(),
            calls: self.trajectory.calls.len(),
            last: self.trajectory.certificate.last,
            certifiable: self.trajectory.certificate.certifiable,
            over: self.over.clone(),
        }
    }

    /// Goes back to a place that this episode came through since it was last taken back: everything after that is forgotten.
    pub fn return_to(&mut self, mark: Mark) {
        self.env = mark.env;
        self.trajectory.messages.truncate(mark.messages);
        self.private.truncate(mark.private);
        self.trajectory.calls.truncate(mark.calls);
        self.trajectory.certificate.last = mark.last;
        self.trajectory.certificate.certifiable = mark.certifiable;
        self.over = mark.over;
    }

    /// A call with an id that no other call of its side has.
    pub fn call(&self, role: Role, tool: &str, arguments: &str) -> ToolCall {
        let id = match role {
            Role::User => format!("user_call_{}", self.private.len() + 1),
            _ => format!("call_{}", self.trajectory.calls.len() + 1),
        };
        ToolCall { id, name: tool.to_owned(), arguments: arguments.to_owned() }
    }

    /// The grade of what was done so far, which happens on forks; none without a task.
    ///
    /// # Errors
    /// When the host fails.
    pub fn grade(&self) -> Result<Option<Verdict>, RolloutError> {
        let Some(task) = &self.task else { return Ok(None) };
        crate::grade::grade(task, &self.env, &self.trajectory.calls, &self.trajectory.messages).map(Some)
    }

    /// The episode as if it ended here, with its grade.
    ///
    /// # Errors
    /// When the host fails.
    pub fn trajectory(&self) -> Result<Trajectory, RolloutError> {
        let end = self.over.clone().unwrap_or(EndReason::AgentStopped);
        Ok(Trajectory { end, verdict: self.grade()?, ..self.trajectory.clone() })
    }

    fn record(&mut self, record: &CallRecord) {
        let certificate = &mut self.trajectory.certificate;
        certificate.last = record.state;
        certificate.certifiable &= record.outcome.is_certifiable();
        self.trajectory.calls.push(record.clone());
    }
}

fn certificate(pack: &LoadedPack, context: &EpisodeContext, initial: Digests, setup: &[CallRecord]) -> Certificate {
    Certificate {
        pack: pack.manifest().name.clone(),
        pack_digest: pack.digest(),
        limits: pack.limits().digest(),
        digest_version: DIGEST_VERSION,
        seed: context.seed,
        now: context.now.clone(),
        initial,
        last: initial,
        certifiable: setup.iter().all(|record| record.outcome.is_certifiable()),
    }
}

fn blank(task: &str, names: &Names, certificate: Certificate) -> Trajectory {
    Trajectory {
        format: TRAJECTORY_FORMAT,
        id: Trajectory::id_of(task, None, &names.agent, 0),
        task: task.to_owned(),
        agent: names.agent.clone(),
        user: names.user.clone(),
        trial: 0,
        fork: None,
        tools: Vec::new(),
        messages: Vec::new(),
        setup: Vec::new(),
        calls: Vec::new(),
        end: EndReason::AgentStopped,
        usage: Usage::default(),
        certificate,
        verdict: None,
    }
}
