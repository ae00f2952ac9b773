//! What MCP's tools do: those of the pack, and the server's own.

use crate::tools::PREFIX;
use crate::{Begin, Episode, EpisodeError, Protocol, Refused, Server, Session, WorkError, World, parts};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::time::Instant;
use wardian_format::{CallRecord, names};

/// Longest id in an error, characters.
const ID_CHARS_MAX: usize = 80;

/// The server's own tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Own {
    Open,
    Close,
    Reset,
    Fork,
    Digest,
    Diff,
    Grade,
}

impl Own {
    /// All of them, in the order in which they are listed.
    pub(super) const ALL: [Self; 7] = [Self::Open, Self::Close, Self::Reset, Self::Fork, Self::Digest, Self::Diff, Self::Grade];

    pub(super) fn name(self) -> String {
        let word = match self {
            Self::Open => "open",
            Self::Close => "close",
            Self::Reset => "reset",
            Self::Fork => "fork",
            Self::Digest => "digest",
            Self::Diff => "diff",
            Self::Grade => "grade",
        };
        format!("{PREFIX}{word}")
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|own| own.name() == name)
    }
}

/// What a call came to, for the client: a document, or words about what is wrong.
pub(super) type Answer = Result<Value, String>;

/// A world that a handle or a session stands for.
pub(super) fn find(server: &Server, world: &World, handle: &str) -> Result<Arc<Session>, String> {
    let found = server.sessions().find(Protocol::Mcp, handle).filter(|session| session.world().name() == world.name());
    let shown = names::untrusted(handle, ID_CHARS_MAX);
    found.ok_or_else(|| {
        format!("there is no world `{shown}`: it was closed, or has not been used for long; `{}` opens another", Own::Open.name())
    })
}

/// Opens a world, whose handle is in the answer.
pub(super) async fn open(server: &Arc<Server>, world: &Arc<World>, arguments: &Map<String, Value>) -> Answer {
    let begin = begin(world, arguments, &["task", "seed"])?;
    let session = opened(server, world)?;
    match begun(server, &session, begin).await {
        Ok(mut told) => {
            told["world"] = session.id().into();
            Ok(told)
        }
        Err(words) => {
            server.sessions().close(Protocol::Mcp, session.id());
            Err(words)
        }
    }
}

fn opened(server: &Arc<Server>, world: &Arc<World>) -> Result<Arc<Session>, String> {
    server.sessions().open(Protocol::Mcp, world).map_err(|full| {
        server.metrics().refused(Refused::Sessions);
        full.to_string()
    })
}

/// One of the server's own tools, in a world.
pub(super) async fn own(server: &Arc<Server>, session: &Arc<Session>, own: Own, arguments: &Map<String, Value>) -> Answer {
    let none = |given: &Map<String, Value>| expect(given, &[]);
    match own {
        Own::Open => Err("a world is open already".to_owned()),
        Own::Close => {
            none(arguments)?;
            Ok(json!({"closed": server.sessions().close(Protocol::Mcp, session.id())}))
        }
        Own::Reset => reset(server, session, arguments).await,
        Own::Fork => {
            none(arguments)?;
            fork(server, session).await
        }
        Own::Digest => {
            none(arguments)?;
            in_episode(session, |episode| Ok(json!(episode.digests()?))).await
        }
        Own::Diff => {
            none(arguments)?;
            in_episode(session, |episode| Ok(json!(episode.diff()?))).await
        }
        Own::Grade => grade(server, session, arguments).await,
    }
}

fn expect(given: &Map<String, Value>, known: &[&str]) -> Result<(), String> {
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        Some(other) => Err(format!("arguments: `{}` is not expected", names::untrusted(other, ID_CHARS_MAX))),
        None => Ok(()),
    }
}

fn begin(world: &World, arguments: &Map<String, Value>, known: &[&str]) -> Result<Begin, String> {
    expect(arguments, known)?;
    let task = match arguments.get("task").filter(|id| !id.is_null()) {
        None => None,
        Some(id) => {
            let found = id.as_str().and_then(|id| world.task(id));
            Some(Arc::clone(found.ok_or_else(|| format!("there is no task {}", names::untrusted(&id.to_string(), ID_CHARS_MAX)))?))
        }
    };
    let seed = match arguments.get("seed").filter(|seed| !seed.is_null()) {
        None => 0,
        Some(seed) => seed.as_u64().ok_or("arguments.seed: expected a whole number from 0")?,
    };
    Ok(Begin { task, seed, label: None })
}

async fn reset(server: &Arc<Server>, session: &Arc<Session>, arguments: &Map<String, Value>) -> Answer {
    let Some(handle) = arguments.get("fork").filter(|handle| !handle.is_null()) else {
        let begin = begin(session.world(), arguments, &["task", "seed", "fork"])?;
        return begun(server, session, begin).await;
    };
    expect(arguments, &["fork"])?;
    let handle = handle.as_str().ok_or("arguments.fork: expected a string")?;
    let fork = find(server, session.world(), handle)?;
    if Arc::ptr_eq(&fork, session) {
        return Err("a world cannot go back to itself".to_owned());
    }
    let copy = in_episode_of(&fork).await?;
    let told = told(&copy);
    put(session, copy).await?;
    Ok(told)
}

/// Begins an episode; the answer tells of it.
async fn begun(server: &Server, session: &Arc<Session>, begin: Begin) -> Answer {
    let begun = session.work(move |world, place| {
        *place = None;
        Ok(told(place.insert(Episode::begin(world, begin)?)))
    });
    let told = begun.await.map_err(|error| failed(&error))?;
    server.metrics().episode(Protocol::Mcp);
    Ok(told)
}

fn told(episode: &Episode) -> Value {
    let (system, prompt) = episode.prompt();
    json!({"task": episode.task().map(|task| &task.id), "seed": episode.seed(), "system": system, "prompt": prompt})
}

async fn in_episode_of(session: &Arc<Session>) -> Result<Episode, String> {
    let copy = session.work(|world, place| Ok(current(world, place)?.clone()));
    copy.await.map_err(|error| failed(&error))
}

/// The episode of a place; where none was begun, one of no task.
fn current<'a>(world: &World, place: &'a mut Option<Episode>) -> Result<&'a mut Episode, EpisodeError> {
    if place.is_none() {
        *place = Some(Episode::begin(world, Begin::default())?);
    }
    Ok(place.as_mut().expect("it was put there"))
}

async fn in_episode(session: &Arc<Session>, work: impl FnOnce(&mut Episode) -> Result<Value, EpisodeError> + Send + 'static) -> Answer {
    session.work(move |world, place| work(current(world, place)?)).await.map_err(|error| failed(&error))
}

async fn put(session: &Arc<Session>, episode: Episode) -> Result<(), String> {
    let put = session.work(move |_, place| {
        *place = Some(episode);
        Ok(())
    });
    put.await.map_err(|error| failed(&error))
}

async fn fork(server: &Arc<Server>, session: &Arc<Session>) -> Answer {
    let copy = in_episode_of(session).await?;
    let fork = opened(server, session.world())?;
    put(&fork, copy).await?;
    Ok(json!({"world": fork.id()}))
}

async fn grade(server: &Server, session: &Arc<Session>, arguments: &Map<String, Value>) -> Answer {
    expect(arguments, &["answer"])?;
    let answer = match arguments.get("answer").filter(|answer| !answer.is_null()) {
        None => None,
        Some(Value::String(words)) => Some(words.clone()),
        Some(_) => return Err("arguments.answer: expected a string".to_owned()),
    };
    let (metrics, reward) = (Arc::clone(server.metrics()), server.options().reward);
    let graded = in_episode(session, move |episode| {
        // On a fork: grading changes nothing, and what was said for one grade is not said for the next.
        let mut fork = episode.clone();
        answer.iter().for_each(|words| fork.say(words));
        let Some(verdict) = fork.grade()? else { return Ok(Value::Null) };
        metrics.verdict(Protocol::Mcp, verdict.passed);
        let mut told = json!(verdict);
        told["reward"] = reward.of(&verdict).into();
        told["parts"] = json!(parts(&verdict));
        Ok(told)
    });
    match graded.await? {
        Value::Null => Err(format!("there is no task here to grade by: `{}` begins one", Own::Reset.name())),
        told => Ok(told),
    }
}

/// A call of a tool of the pack; none where the episode is over.
pub(super) async fn call(server: &Server, session: &Arc<Session>, tool: String, arguments: Value) -> Result<Option<CallRecord>, String> {
    let (metrics, began) = (Arc::clone(server.metrics()), Instant::now());
    let called = session.work(move |world, place| {
        let episode = current(world, place)?;
        if episode.is_over() {
            return Ok(None);
        }
        let called = episode.call(&tool, &arguments)?;
        metrics.call(Protocol::Mcp, &called.record.outcome, began.elapsed());
        Ok(Some(called.record))
    });
    called.await.map_err(|error| failed(&error))
}

/// What the host's failures look like. They are told in full to the log only.
fn failed(error: &WorkError) -> String {
    if let WorkError::Episode(EpisodeError::OtherPack { .. }) = error {
        return error.to_string();
    }
    tracing::error!(%error, "an episode failed");
    format!("the server failed within this world; `{}` begins another", Own::Reset.name())
}
