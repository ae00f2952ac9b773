//! `wardian play`

#[cfg(feature = "editor")]
mod editor;
mod input;
mod line;
mod session;
mod show;

use crate::commands::rollout::{EndpointArgs, PlayerArgs};
use crate::network;
use crate::packs::tasks::Place;
use crate::{Verdict, engine, packs, ui, ui::Ui};
use anyhow::{Result, bail};
use input::Input;
use line::Line;
use session::{Seat, Session};
use std::path::PathBuf;
use std::sync::Arc;
use wardian_env::{EpisodeContext, LoadedPack};
use wardian_format::Task;
use wardian_rollout::episode::Part;
use wardian_rollout::steps::Names;
use wardian_rollout::{Player, Steps};

/// What a person is called in records.
const HUMAN: &str = "human";

/// Seed of the other side's wording, as in a rollout.
const SEED: u64 = 0;

const HELP: &str = "\
WORDS                   say them to the other side; `/say WORDS` where they look like something else
TOOL name=value …       call a tool; also `/call TOOL {\"name\": value}`
/tools [NAME]           your tools, or one of them with its parameters
/policy                 the rules for the agent            /task   what you want (as the user)
/state [TABLE [ROWS]]   the tables, or rows of one         /diff   what changed since the beginning
/calls                  the calls so far                   /grade  the grade so far, on a fork
/undo                   one step back                      /save FILE   the trajectory, for `wardian verify`
/done [WORDS]           your last words (as the user)      /quit   the end; so is Ctrl-D";

/// Plays the agent or the user of a task, or only the tools of a pack.
///
/// As the agent you read what the simulated user says, and answer with words or with calls of tools. As the user you get the user's
/// brief, and an agent serves you. `/help` lists what can be typed. Where standard input is no terminal, its lines are taken as they
/// come.
///
/// Exit status 0 where the task is passed at the end or there is none, and 1 where it is not.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// Play this task of those that travel with the pack
    #[arg(long, value_name = "ID", conflicts_with = "tasks")]
    task: Option<String>,
    /// Play a task of this file
    #[arg(long, value_name = "FILE")]
    tasks: Option<PathBuf>,
    /// Which task of the file [default: the only one]
    #[arg(long, requires = "tasks")]
    id: Option<String>,
    /// Who you are
    #[arg(long = "as", value_enum, default_value_t = Seat::Agent)]
    seat: Seat,
    /// Who plays the agent where you are the user: `scripted:…`, an endpoint of --models, or `openai:MODEL`
    #[arg(long, value_name = "NAME", default_value = "scripted:plan")]
    agent: String,
    /// Who plays the user where you are the agent: `scripted`, an endpoint of --models, or `openai:MODEL`
    #[arg(long, value_name = "NAME", default_value = "scripted")]
    user: String,
    /// Seed of generated ids, without a task [default: 0]
    #[arg(long, conflicts_with_all = ["task", "tasks"])]
    seed: Option<u64>,
    /// Constant time, without a task [default: the pack's]
    #[arg(long, conflicts_with_all = ["task", "tasks"])]
    now: Option<String>,
    #[command(flatten)]
    endpoints: EndpointArgs,
}

impl Args {
    fn task(&self, pack: &Arc<LoadedPack>) -> Result<Option<Task>> {
        let place = match (&self.task, &self.tasks) {
            (Some(id), _) => Place::Pack(id.clone()),
            (None, Some(file)) => Place::File(file.clone(), self.id.clone()),
            (None, None) => return Ok(None),
        };
        place.find(pack).map(Some)
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let pack = packs::load(&args.pack, &engine::runtime(ui)?)?;
    let mut session = match args.task(&pack)? {
        Some(task) => with_task(args, Arc::new(task), &pack, ui)?,
        None if args.seat == Seat::User => bail!("there is a user only in a task: give `--task ID` or `--tasks FILE`"),
        None => {
            let context =
                EpisodeContext { seed: args.seed.unwrap_or(0), now: args.now.clone().unwrap_or_else(|| pack.manifest().now.clone()) };
            let names = Names { agent: HUMAN.to_owned(), user: "none".to_owned() };
            Session::new(ui, Seat::Agent, Steps::free(&pack, &context, &names)?, None)
        }
    };
    session.start()?;
    let mut input = Input::new(words(&session))?;
    loop {
        if ui::interrupted() {
            return Err(ui::Abandoned.into());
        }
        session.others()?;
        let Some(text) = input.next(&format!("{}> ", args.seat.word()))? else { break };
        let refused = match line::read(&text, &session.tools()) {
            Ok(Some(Line::Quit)) => break,
            Ok(Some(line)) => session.take(line)?,
            Ok(None) => None,
            Err(message) => Some(message),
        };
        if let Some(message) = refused {
            session.refuse(&message)?;
        }
    }
    let verdict = session.end()?;
    Ok(if verdict.is_none_or(|verdict| verdict.passed) { Verdict::Well } else { Verdict::Negative })
}

fn with_task<'a>(args: &Args, task: Arc<Task>, pack: &Arc<LoadedPack>, ui: &'a Ui) -> Result<Session<'a>> {
    let runtime = network::runtime()?;
    let other: Player = runtime.block_on(async {
        let players = PlayerArgs::of(&args.endpoints);
        match args.seat {
            Seat::Agent => players.user(&args.user, SEED),
            Seat::User => players.agent(&args.agent, SEED),
        }
    })?;
    let names = match args.seat {
        Seat::Agent => Names { agent: HUMAN.to_owned(), user: other.name().to_owned() },
        Seat::User => Names { agent: other.name().to_owned(), user: HUMAN.to_owned() },
    };
    let model = other.cast(&Part { task: &task, manifest: pack.manifest(), trial: 0, seed: SEED });
    Ok(Session::new(ui, args.seat, Steps::of_task(task, pack, &names)?, Some((model, runtime))))
}

/// What is completed where a terminal can: commands, tools and tables.
fn words(session: &Session<'_>) -> Vec<String> {
    let commands = line::COMMANDS.iter().map(|command| (*command).to_owned());
    let mut words: Vec<String> = commands.chain(session.tools().iter().map(|tool| tool.name.clone())).chain(session.tables()).collect();
    words.sort();
    words.dedup();
    words
}
