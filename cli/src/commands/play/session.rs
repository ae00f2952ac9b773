//! A session: an episode, the person in it, and whoever plays the other side.

use super::line::Line;
use super::show::{Shown, Table, one_line};
use crate::{files, ui, ui::Ui};
use anyhow::{Result, bail};
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;
use wardian_env::LoadedPack;
use wardian_format::pack::Role;
use wardian_format::{Message, SqlValue, Verdict};
use wardian_model::{ChatModel, ChatReply, ChatRequest, ToolDefinition};
use wardian_rollout::episode::STOP;
use wardian_rollout::steps::Mark;
use wardian_rollout::{Steps, Turn};

/// Turns that the other side may take before the person is heard.
const TURNS_MAX: usize = 200;

/// Steps that can be undone.
const UNDO_MAX: usize = 1_000;

/// How often it is looked whether the user pressed Ctrl-C while a model answers.
const PATIENCE: Duration = Duration::from_millis(50);

/// Where the person sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Seat {
    /// With the tools, before the user
    Agent,
    /// With a wish, before the agent
    User,
}

impl Seat {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::User => "user",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Agent => Self::User,
            Self::User => Self::Agent,
        }
    }
}

/// A session in progress.
pub(super) struct Session<'a> {
    ui: &'a Ui,
    seat: Seat,
    steps: Steps,
    /// Where the episode was before each of the person's steps; the last so many.
    past: VecDeque<Mark>,
    /// Who plays the other side, and where its answers are waited for; nobody without a task.
    other: Option<(Arc<dyn ChatModel>, Runtime)>,
    /// Files that this session has written.
    saved: BTreeSet<PathBuf>,
    /// The person knows that the dialogue is over.
    is_told: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(ui: &'a Ui, seat: Seat, steps: Steps, other: Option<(Arc<dyn ChatModel>, Runtime)>) -> Self {
        Self { ui, seat, steps, past: VecDeque::new(), other, saved: BTreeSet::new(), is_told: false }
    }

    /// Says where the person is.
    pub(super) fn start(&self) -> Result<()> {
        let (pack, task) = (self.pack().manifest(), self.steps.task());
        let id = task.map(|task| task.id.as_str());
        self.show(&Shown::Start {
            pack: &pack.name,
            pack_digest: self.pack().digest(),
            seat: self.seat.word(),
            task: id,
            state: self.steps.beginning().clone().digests()?,
        })?;
        let title = one_line(&pack.title);
        self.ui.note(&match (id, self.seat) {
            (None, _) => format!("{title}: no task and no user, only the tools. `/tools` lists them, `/help` the rest."),
            (Some(id), Seat::Agent) => {
                format!(
                    "{title}, task `{}`: you are the agent. `/policy` shows the rules, `/tools` the tools, `/help` the rest.",
                    one_line(id)
                )
            }
            (Some(id), Seat::User) => format!("{title}, task `{}`: you are the user. `/help` shows what you can type.", one_line(id)),
        });
        match (task, self.seat) {
            (Some(task), Seat::User) => self.show(&Shown::Task { user: &task.user }),
            (Some(task), Seat::Agent) if self.is_scripted() && task.user.opening.is_empty() && task.user.requests.is_empty() => {
                self.ui.warn(
                    "the user of this task is written for a language model (`--user`); the scripted one greets you and knows nothing",
                );
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn is_scripted(&self) -> bool {
        self.other.as_ref().is_some_and(|(model, _)| model.name().starts_with("scripted"))
    }

    /// The tools that the person can call.
    pub(super) fn tools(&self) -> Vec<&ToolDefinition> {
        let (agents, users) = (self.steps.tools(Role::Agent), self.steps.tools(Role::User));
        match (self.steps.task(), self.seat) {
            (None, _) => agents.iter().chain(users).collect(),
            (Some(_), Seat::Agent) => agents.iter().collect(),
            (Some(_), Seat::User) => users.iter().collect(),
        }
    }

    /// Names of tables and views.
    pub(super) fn tables(&self) -> Vec<String> {
        let schema = self.pack().schema();
        schema.tables.iter().map(|table| table.name.clone()).chain(schema.views.iter().cloned()).collect()
    }

    /// Lets the other side take its turns until it is the person's, or it is over.
    pub(super) fn others(&mut self) -> Result<()> {
        if self.other.is_none() {
            return Ok(());
        }
        let (theirs, who) = (self.turn_of(self.seat.other()), self.seat.other().word());
        for turns in 0.. {
            if self.steps.turn() != theirs {
                break;
            }
            if turns == TURNS_MAX {
                self.ui.warn(&format!("the {who} took {TURNS_MAX} turns and goes on: `/undo` goes back"));
                break;
            }
            let request = if theirs == Turn::User { self.steps.user_request() } else { self.steps.agent_request() };
            let Some(reply) = self.ask(&request)? else { break };
            let words = reply.content.clone().unwrap_or_default().replace(STOP, "");
            if theirs == Turn::User {
                self.steps.user_replies(reply)?;
            } else {
                for call in self.steps.agent_replies(reply)? {
                    self.ui.note(&one_line(&format!("(the agent calls {}: {})", call.tool, call.outcome.word())));
                }
            }
            if !words.trim().is_empty() {
                self.show(&Shown::Said { who, text: words.trim() })?;
            }
        }
        if self.steps.turn() == Turn::Over && !self.is_told {
            self.is_told = true;
            self.show(&Shown::Over)?;
            self.ui.note(&format!("the {who} has no more to say. `/grade`, `/save FILE`, `/undo` or `/quit`."));
        }
        Ok(())
    }

    /// Follows a line. What cannot be followed is said in words.
    pub(super) fn take(&mut self, line: Line) -> Result<Option<String>> {
        match line {
            Line::Say(words) => return self.say(words),
            Line::Done(words) if self.seat == Seat::User => return self.say(format!("{words} {STOP}")),
            Line::Done(_) => return refuse("only the user can be done; an agent tells the user, or leaves with `/quit`"),
            Line::Call(tool, arguments) => return self.call(&tool, &arguments),
            Line::Tools(name) => return self.show_tools(name.as_deref()),
            Line::Policy => return self.show_policy(),
            Line::Task => return self.show_task(),
            Line::Calls => self.show(&Shown::Calls { calls: self.steps.calls() })?,
            Line::State(None) => self.show_tables()?,
            Line::State(Some((table, rows))) => return self.show_rows(&table, rows),
            Line::Diff => {
                let diff = self.steps.beginning().clone().diff(&mut self.steps.env().clone())?;
                self.show(&Shown::Diff { diff: &diff })?;
            }
            Line::Grade => match self.steps.grade()? {
                Some(verdict) => self.show(&Shown::Grade { verdict: &verdict })?,
                None => return refuse("there is nothing to grade without a task"),
            },
            Line::Undo => match self.past.pop_back() {
                Some(mark) => {
                    self.steps.return_to(mark);
                    self.is_told = false;
                    self.show(&Shown::Undone { left: self.past.len() })?;
                }
                None => return refuse("there is no step to go back"),
            },
            Line::Save(path) => return self.save(&path),
            Line::Help => self.ui.note(super::HELP),
            Line::Quit => {}
        }
        Ok(None)
    }

    /// The end: the grade, where there is a task.
    pub(super) fn end(&self) -> Result<Option<Verdict>> {
        let verdict = self.steps.grade()?;
        let state = self.steps.env().clone().digests()?;
        self.show(&Shown::End { calls: self.steps.calls().len(), state, verdict: verdict.as_ref() })?;
        Ok(verdict)
    }

    /// Says that a line could not be followed.
    pub(super) fn refuse(&self, message: &str) -> Result<()> {
        self.ui.warn(&one_line(message));
        self.show(&Shown::Refused { message })
    }

    fn say(&mut self, words: String) -> Result<Option<String>> {
        if self.steps.task().is_none() {
            return refuse("nobody listens: without a task there is no user. A call is `TOOL name=value` or `/call TOOL {…}`");
        }
        if let Some(message) = self.not_now() {
            return Ok(Some(message));
        }
        self.remember();
        let reply = ChatReply { content: Some(words), ..ChatReply::default() };
        match self.seat {
            Seat::Agent => self.steps.agent_replies(reply)?,
            Seat::User => self.steps.user_replies(reply)?,
        };
        Ok(None)
    }

    fn call(&mut self, tool: &str, arguments: &str) -> Result<Option<String>> {
        if let Some(message) = self.not_now() {
            return Ok(Some(message));
        }
        let is_users = |role: Role| role == Role::User;
        let role = match (self.steps.task(), self.seat) {
            (Some(_), Seat::User) => Role::User,
            (Some(_), Seat::Agent) => Role::Agent,
            // In free play whoever's tool it is.
            (None, _) if self.pack().manifest().tool(tool).is_some_and(|tool| is_users(tool.role)) => Role::User,
            (None, _) => Role::Agent,
        };
        let mut before = self.steps.env().clone();
        let call = self.steps.call(role, tool, arguments);
        self.remember();
        let reply = ChatReply { tool_calls: vec![call], ..ChatReply::default() };
        let made = if is_users(role) { self.steps.user_replies(reply)? } else { self.steps.agent_replies(reply)? };
        let diff = before.diff(&mut self.steps.env().clone())?;
        for call in &made {
            self.show(&Shown::Called { call, diff: &diff })?;
        }
        Ok(None)
    }

    fn remember(&mut self) {
        if self.past.len() == UNDO_MAX {
            self.past.pop_front();
        }
        self.past.push_back(self.steps.mark());
    }

    /// Why the person can neither speak nor call, where that is so.
    fn not_now(&self) -> Option<String> {
        match self.steps.turn() {
            Turn::Over => Some("the dialogue is over; `/undo` goes back a step".to_owned()),
            turn if self.steps.task().is_some() && turn != self.turn_of(self.seat) => {
                Some("it is not your turn; `/undo` goes back".to_owned())
            }
            _ => None,
        }
    }

    fn turn_of(&self, seat: Seat) -> Turn {
        if seat == Seat::User { Turn::User } else { Turn::Agent }
    }

    fn show_tools(&self, name: Option<&str>) -> Result<Option<String>> {
        let tools = self.tools();
        match name.map(|name| (name, tools.iter().find(|tool| tool.name == name))) {
            None => self.show(&Shown::Tools { tools: &tools })?,
            Some((_, Some(tool))) => self.show(&Shown::Tool { tool })?,
            Some((name, None)) => return Ok(Some(format!("you have no tool `{name}`; `/tools` lists yours"))),
        }
        Ok(None)
    }

    fn show_policy(&self) -> Result<Option<String>> {
        if self.seat == Seat::User {
            return refuse("the rules are the agent's");
        }
        let text = match self.steps.messages().first() {
            Some(Message::System { content }) => Some(content.as_str()),
            _ => self.pack().policy(),
        };
        let Some(text) = text else { return refuse("the pack has no policy") };
        self.show(&Shown::Policy { text })?;
        Ok(None)
    }

    fn show_task(&self) -> Result<Option<String>> {
        match (self.steps.task(), self.seat) {
            (None, _) => refuse("there is no task"),
            (Some(_), Seat::Agent) => refuse("what the user wants is for an agent to find out: ask"),
            (Some(task), Seat::User) => self.show(&Shown::Task { user: &task.user }).map(|()| None),
        }
    }

    fn show_tables(&self) -> Result<()> {
        let count = |table: &wardian_env::Table| Ok(Table { name: table.name.clone(), rows: self.count(&table.name)? });
        let tables = self.pack().schema().tables.iter().map(count).collect::<Result<_>>()?;
        self.show(&Shown::Tables { tables })
    }

    fn show_rows(&self, table: &str, rows_max: usize) -> Result<Option<String>> {
        if !self.tables().iter().any(|name| name == table) {
            return Ok(Some(format!("there is no table `{table}`; `/state` lists them")));
        }
        let limit = SqlValue::Integer(i64::try_from(rows_max).unwrap_or(i64::MAX));
        let rows = self.steps.env().clone().read(&format!("SELECT * FROM {} LIMIT ?", quoted(table)), &[limit])?;
        self.show(&Shown::Rows { table, total: self.count(table)?, columns: &rows.columns, rows: &rows.values })?;
        Ok(None)
    }

    fn count(&self, table: &str) -> Result<i64> {
        let rows = self.steps.env().clone().read(&format!("SELECT count(*) FROM {}", quoted(table)), &[])?;
        match rows.values.first().and_then(|row| row.first()) {
            Some(SqlValue::Integer(count)) => Ok(*count),
            _ => bail!("a count is an integer"),
        }
    }

    /// Writes the trajectory. A file that this session has not written is left alone.
    fn save(&mut self, path: &Path) -> Result<Option<String>> {
        if path.exists() && !self.saved.contains(path) {
            return Ok(Some(format!("`{}` is there already", path.display())));
        }
        let trajectory = self.steps.trajectory()?;
        if let Err(error) = files::write_jsonl(path, [&trajectory]) {
            return Ok(Some(format!("{error:#}")));
        }
        self.saved.insert(path.to_owned());
        self.show(&Shown::Saved { file: path, trajectory: &trajectory.id })?;
        Ok(None)
    }

    /// What the other side answers, unless the person presses Ctrl-C first. None, and the reason shown, where it fails: what was played so
    /// far can still be saved, and `/undo` asks again.
    fn ask(&self, request: &ChatRequest) -> Result<Option<ChatReply>> {
        let Some((model, runtime)) = &self.other else { return Ok(None) };
        let answer = runtime.block_on(async {
            let interrupted = async {
                while !ui::interrupted() {
                    tokio::time::sleep(PATIENCE).await;
                }
            };
            tokio::select! {
                biased;
                reply = model.chat(request) => Some(reply),
                () = interrupted => None,
            }
        });
        match answer {
            None => Err(ui::Abandoned.into()),
            Some(Ok(reply)) => Ok(Some(reply)),
            Some(Err(error)) => {
                self.refuse(&format!("`{}` does not answer: {error}", model.name()))?;
                Ok(None)
            }
        }
    }

    fn show(&self, shown: &Shown<'_>) -> Result<()> {
        self.ui.line(shown, || shown.text())
    }

    fn pack(&self) -> &Arc<LoadedPack> {
        self.steps.env().pack()
    }
}

fn refuse(message: &str) -> Result<Option<String>> {
    Ok(Some(message.to_owned()))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
