//! One episode.

use super::{Limits, Play, Player, STOP, offered};
use crate::episode::Part;
use std::sync::Arc;
use tokio::sync::Semaphore;
use wardian_env::{Env, LoadedPack};
use wardian_format::pack::{Manifest, Role};
use wardian_format::trajectory::{Certificate, EndReason, Site, TRAJECTORY_FORMAT, ToolCall, Usage};
use wardian_format::{CallRecord, Message, Outcome, Task, Trajectory, Verdict, json as canonical};
use wardian_model::{ChatModel, ChatReply, ChatRequest, ToolDefinition};

/// Bytes of one message that are kept; an endpoint can send anything.
const MESSAGE_BYTES_MAX: usize = 64 << 10;
/// Characters of the message of a failure that are kept.
const FAILURE_CHARS_MAX: usize = 1_000;
/// Calls of one turn that are kept.
const TURN_CALLS_MAX: usize = 32;
/// Times that a user may make calls before it says something.
const USER_CALLS_MAX: usize = 16;

/// Who plays what.
pub(super) struct Setting<'a> {
    pub(super) play: &'a Play,
    /// The play's pack, loaded; held until the episode ends.
    pub(super) pack: &'a Arc<LoadedPack>,
    pub(super) agent: &'a Player,
    pub(super) user: &'a Player,
    pub(super) trial: u32,
    pub(super) seed: u64,
    pub(super) limits: Limits,
    pub(super) judge: Option<&'a Player>,
    pub(super) workers: Arc<Semaphore>,
}

/// The agent's system message: the pack's policy, or a line in its stead, the rules of the task, and the time.
pub fn agent_system_prompt(manifest: &Manifest, policy: Option<&str>, task: &Task) -> String {
    let default = format!(
        "You are the support agent of {}. {}\n\nHelp the user with the tools you have. Ask for what you need and do not make anything up. \
         Make one step at a time, and tell the user what came of it.",
        manifest.title, manifest.description
    );
    let rules: String = task.rules.iter().map(|rule| format!("- {rule}\n")).collect();
    let rules = if rules.is_empty() { rules } else { format!("\n\nThese rules hold too, and before all others:\n{}", rules.trim_end()) };
    format!("{}{rules}\n\nThe time is {}.", policy.unwrap_or(&default).trim_end(), task.now)
}

/// The system message of a user that is played by a model.
pub fn user_system_prompt(task: &Task) -> String {
    let begin = if task.user.opening.is_empty() { String::new() } else { format!("Begin with: {}\n\n", task.user.opening) };
    format!(
        "You play a person who writes to a support agent. Stay in that part.\n\n{}\n\n{begin}Write one short message at a time. Give a detail only when the agent asks for it. \
         Never invent details. If you have tools, use them when the agent asks you to do or to look at something, and say what they show. \
         When everything you want is done, or cannot be done, end your message with {STOP}",
        task.user.goal
    )
}

/// Plays an episode to its end and grades it. Never fails: what went wrong outside the agent's power is the
/// trajectory's [`EndReason::Infrastructure`], and that one has no grade.
pub(super) async fn play(setting: &Setting<'_>) -> Trajectory {
    let task = &setting.play.task;
    let mut stage = Stage::new(setting);
    let end = match stage.open().await {
        Ok(()) => stage.perform().await,
        Err(reason) => reason,
    };
    stage.trajectory.end = end;
    if let (Some(env), false) = (stage.env.take(), matches!(stage.trajectory.end, EndReason::Infrastructure { .. })) {
        let (task, calls, messages) = (Arc::clone(task), stage.trajectory.calls.clone(), stage.trajectory.messages.clone());
        let graded = on_worker(&setting.workers, move || crate::grade::grade(&task, &env, &calls, &messages)).await;
        match graded {
            Ok(Ok(verdict)) => stage.trajectory.verdict = Some(stage.judged(verdict).await),
            Ok(Err(error)) => stage.trajectory.end = failed(Site::Environment, error.to_string()),
            Err(message) => stage.trajectory.end = failed(Site::Environment, message),
        }
    }
    stage.trajectory
}

/// An episode in progress.
struct Stage<'a> {
    setting: &'a Setting<'a>,
    agent: Arc<dyn ChatModel>,
    user: Arc<dyn ChatModel>,
    tools: Arc<[ToolDefinition]>,
    user_tools: Arc<[ToolDefinition]>,
    /// What only the user sees: its own calls and their answers, each with the number of messages that came before.
    private: Vec<(usize, Message)>,
    env: Option<Env>,
    trajectory: Trajectory,
    /// Most turns and most calls of the agent.
    bounds: (usize, usize),
}

impl<'a> Stage<'a> {
    fn new(setting: &'a Setting<'a>) -> Self {
        let (task, pack) = (&setting.play.task, setting.pack);
        let part = Part { task, manifest: pack.manifest(), trial: setting.trial, seed: setting.seed };
        let system = agent_system_prompt(pack.manifest(), pack.policy(), task);
        let fork = setting.play.fork();
        let trajectory = Trajectory {
            format: TRAJECTORY_FORMAT,
            id: Trajectory::id_of(&task.id, fork.as_ref(), setting.agent.name(), setting.trial),
            task: task.id.clone(),
            agent: setting.agent.name().to_owned(),
            user: setting.user.name().to_owned(),
            trial: setting.trial,
            fork,
            tools: task.tools.clone(),
            messages: vec![Message::System { content: system }],
            setup: Vec::new(),
            calls: Vec::new(),
            end: EndReason::AgentStopped,
            usage: Usage::default(),
            certificate: Certificate {
                pack: pack.manifest().name.clone(),
                pack_digest: pack.digest(),
                limits: pack.limits().digest(),
                digest_version: wardian_env::DIGEST_VERSION,
                seed: task.seed,
                now: task.now.clone(),
                initial: task.initial,
                last: task.initial,
                certifiable: true,
            },
            verdict: None,
        };
        Self {
            setting,
            agent: setting.agent.cast(&part),
            user: setting.user.cast(&part),
            tools: offered(pack.manifest(), Role::Agent, &task.tools).into(),
            user_tools: offered(pack.manifest(), Role::User, &[]).into(),
            private: Vec::new(),
            env: None,
            trajectory,
            bounds: setting.limits.of(task),
        }
    }

    /// `verdict` with what the judge, if there is one, says of the statements of the task.
    async fn judged(&self, mut verdict: Verdict) -> Verdict {
        let task = &self.setting.play.task;
        if let Some(judge) = self.setting.judge.filter(|_| !task.judge.is_empty()) {
            let part = Part { task, manifest: self.setting.pack.manifest(), trial: self.setting.trial, seed: self.setting.seed };
            verdict.judged = crate::judge::judge(&*judge.cast(&part), &task.judge, &self.trajectory.messages).await;
        }
        verdict
    }

    /// Makes the environment.
    async fn open(&mut self) -> Result<(), EndReason> {
        let (pack, task) = (Arc::clone(self.setting.pack), &self.setting.play.task);
        if pack.digest() != task.pack_digest {
            let message = format!("the task was made for pack digest {}, the pack at hand is {}", task.pack_digest, pack.digest());
            return Err(failed(Site::Environment, message));
        }
        let (task, start) = (Arc::clone(task), self.setting.play.from.clone());
        let made = on_worker(&self.setting.workers, move || {
            let (mut env, setup) = crate::grade::set_scene(&task, &pack)?;
            env.offer(&task.tools);
            let digests = env.digests()?;
            let calls = start.map(|start| start.calls_again(&mut env)).transpose()?.unwrap_or_default();
            Ok::<_, crate::RolloutError>((env, setup, digests, calls))
        });
        let (env, setup, digests, calls) = made.await.map_err(infrastructure)?.map_err(|e| infrastructure(e.to_string()))?;
        self.env = Some(env);
        self.trajectory.certificate.certifiable = setup.iter().all(|record| record.outcome.is_certifiable());
        self.trajectory.setup = setup;
        self.trajectory.certificate.initial = digests;
        self.trajectory.certificate.last = digests;
        if let Some(start) = &self.setting.play.from {
            self.trajectory.messages = start.trajectory.messages[..start.messages].to_vec();
        }
        calls.into_iter().for_each(|record| self.record(record));
        Ok(())
    }

    /// Plays until something ends the dialogue.
    async fn perform(&mut self) -> EndReason {
        let Some(budget_ms) = self.setting.limits.wall_ms_max else { return self.dialogue().await };
        let budget = std::time::Duration::from_millis(budget_ms);
        tokio::time::timeout(budget, self.dialogue()).await.unwrap_or(EndReason::TimeLimit)
    }

    async fn dialogue(&mut self) -> EndReason {
        for _ in 0..self.bounds.0 {
            // After tool messages, and after what a fork kept of the user, the agent goes on; otherwise it is the user's turn.
            if !matches!(self.trajectory.messages.last(), Some(Message::Tool { .. } | Message::User { .. })) {
                match self.user_turn().await {
                    Ok(true) => return EndReason::UserDone,
                    Ok(false) => {}
                    Err(reason) => return reason,
                }
            }
            if let Err(reason) = self.agent_turn().await {
                return reason;
            }
        }
        EndReason::TurnLimit
    }

    /// True where the user is done.
    async fn user_turn(&mut self) -> Result<bool, EndReason> {
        let text = self.user_speaks().await?;
        let done = text.contains(STOP);
        let content = text.replace(STOP, "").trim().to_owned();
        if !content.is_empty() || !done {
            self.trajectory.messages.push(Message::User { content });
        }
        Ok(done)
    }

    /// What the user says, after the calls it makes before that.
    async fn user_speaks(&mut self) -> Result<String, EndReason> {
        for _ in 0..USER_CALLS_MAX {
            let messages = from_the_users_side(&self.setting.play.task, &self.trajectory.messages, &self.private);
            let request = ChatRequest { messages, tools: Arc::clone(&self.user_tools), ..ChatRequest::default() };
            let mut reply = self.user.chat(&request).await.map_err(|e| failed(Site::User, e.to_string()))?;
            let usage = &mut self.trajectory.usage;
            count((&mut usage.user_requests, &mut usage.user_prompt_tokens, &mut usage.user_completion_tokens), &reply);
            reply.tool_calls.truncate(TURN_CALLS_MAX);
            let calls = std::mem::take(&mut reply.tool_calls);
            if calls.is_empty() {
                return Ok(bounded(reply.content.unwrap_or_default()));
            }
            let at = self.trajectory.messages.len();
            self.private.push((at, assistant(reply, &calls)));
            for call in calls {
                let answer = self.user_call(&call).await?;
                self.private.push((at, Message::Tool { tool_call_id: call.id, name: call.name, content: answer }));
            }
            if self.trajectory.calls.len() >= self.bounds.1 {
                return Err(EndReason::CallLimit);
            }
        }
        Err(EndReason::TurnLimit)
    }

    /// Makes a call of the user. One of a tool that is not the user's reaches nothing and is not on record.
    async fn user_call(&mut self, call: &ToolCall) -> Result<String, EndReason> {
        let record = self.make(Role::User, call).await?;
        let answer = observation(&record);
        if record.outcome != Outcome::UnknownTool {
            self.record(record);
        }
        Ok(answer)
    }

    async fn agent_turn(&mut self) -> Result<(), EndReason> {
        let request = ChatRequest { messages: self.trajectory.messages.clone(), tools: Arc::clone(&self.tools), ..ChatRequest::default() };
        let mut reply = self.agent.chat(&request).await.map_err(|e| failed(Site::Agent, e.to_string()))?;
        let usage = &mut self.trajectory.usage;
        count((&mut usage.agent_requests, &mut usage.agent_prompt_tokens, &mut usage.agent_completion_tokens), &reply);
        reply.tool_calls.truncate(TURN_CALLS_MAX);
        let calls = std::mem::take(&mut reply.tool_calls);
        self.trajectory.messages.push(assistant(reply, &calls));
        let silent =
            matches!(self.trajectory.messages.last(), Some(Message::Assistant { content: None, tool_calls, .. }) if tool_calls.is_empty());
        if silent {
            self.trajectory.messages.pop();
            return Err(EndReason::AgentStopped);
        }
        for call in calls {
            self.call(call).await?;
        }
        if self.trajectory.calls.len() >= self.bounds.1 {
            return Err(EndReason::CallLimit);
        }
        if self.trajectory.usage.agent_tokens() > self.setting.limits.tokens_max { Err(EndReason::TokenLimit) } else { Ok(()) }
    }

    /// Makes one call and shows the agent what came of it, be it an error of its own.
    async fn call(&mut self, call: ToolCall) -> Result<(), EndReason> {
        let record = self.make(Role::Agent, &call).await?;
        self.trajectory.messages.push(Message::Tool { tool_call_id: call.id, name: call.name, content: observation(&record) });
        self.record(record);
        Ok(())
    }

    async fn make(&mut self, role: Role, call: &ToolCall) -> Result<CallRecord, EndReason> {
        let mut env = self.env.take().ok_or_else(|| infrastructure("the environment is gone".to_owned()))?;
        let (name, arguments) = (call.name.clone(), call.arguments.clone());
        let work = move || {
            let record = env.call_text(role, &name, &arguments);
            (env, record)
        };
        let (env, record) = on_worker(&self.setting.workers, work).await.map_err(infrastructure)?;
        self.env = Some(env);
        record.map_err(|e| infrastructure(e.to_string()))
    }

    fn record(&mut self, record: CallRecord) {
        let certificate = &mut self.trajectory.certificate;
        certificate.last = record.state;
        certificate.certifiable &= record.outcome.is_certifiable();
        self.trajectory.calls.push(record);
    }
}

/// Runs `work` on a blocking thread when one of the workers is free.
pub(super) async fn on_worker<T: Send + 'static>(workers: &Semaphore, work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let _permit = workers.acquire().await.map_err(|e| e.to_string())?;
    tokio::task::spawn_blocking(work).await.map_err(|e| format!("a worker ended unexpectedly: {e}"))
}

/// Adds a request and its tokens.
fn count((requests, prompt, completion): (&mut u64, &mut u64, &mut u64), reply: &ChatReply) {
    *requests += 1;
    if let Some(usage) = reply.usage {
        *prompt = prompt.saturating_add(usage.prompt_tokens);
        *completion = completion.saturating_add(usage.completion_tokens);
    }
}

fn infrastructure(message: String) -> EndReason {
    failed(Site::Environment, message)
}

fn failed(site: Site, message: String) -> EndReason {
    EndReason::Infrastructure { site, message: wardian_format::names::untrusted(&message, FAILURE_CHARS_MAX) }
}

pub(crate) fn assistant(reply: ChatReply, calls: &[ToolCall]) -> Message {
    let content = reply.content.map(bounded).filter(|text| !text.trim().is_empty());
    Message::Assistant { content, reasoning: reply.reasoning.map(bounded), tool_calls: calls.to_vec() }
}

/// What the agent is shown: canonical JSON, as a replay gives it.
pub(crate) fn observation(record: &CallRecord) -> String {
    let value = record.observation();
    canonical::canonical(&value).unwrap_or_else(|_| value.to_string())
}

pub(crate) fn bounded(mut text: String) -> String {
    if text.len() > MESSAGE_BYTES_MAX {
        let cut = (0..=MESSAGE_BYTES_MAX).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        text.truncate(cut);
    }
    text
}

/// The dialogue as the user's model sees it: itself as the assistant, the agent's words as the user's, and its own calls.
pub(crate) fn from_the_users_side(task: &Task, messages: &[Message], private: &[(usize, Message)]) -> Vec<Message> {
    let mut out = vec![Message::System { content: user_system_prompt(task) }];
    let mut private = private.iter().peekable();
    for (index, message) in messages.iter().enumerate() {
        while let Some((_, own)) = private.next_if(|(at, _)| *at <= index) {
            out.push(own.clone());
        }
        match message {
            Message::User { content } => {
                out.push(Message::Assistant { content: Some(content.clone()), reasoning: None, tool_calls: Vec::new() });
            }
            Message::Assistant { content: Some(content), .. } => out.push(Message::User { content: content.clone() }),
            Message::Assistant { content: None, .. } | Message::System { .. } | Message::Tool { .. } => {}
        }
    }
    out.extend(private.map(|(_, own)| own.clone()));
    out
}
