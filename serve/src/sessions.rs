//! Sessions: who plays in which episode. One table for all protocols, with one limit.

use crate::metrics::Metrics;
use crate::{Episode, EpisodeError, World};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Mutex as AsyncMutex, Semaphore};
use tokio::time::Instant;

/// Bytes of chance in an id.
const ID_BYTES: usize = 16;

/// By which door a session came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// The Model Context Protocol.
    Mcp,
    /// OpenEnv.
    OpenEnv,
    /// NeMo Gym.
    NemoGym,
    /// The Open Reward Standard.
    Ors,
}

impl Protocol {
    /// The word for it in metrics and logs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::OpenEnv => "openenv",
            Self::NemoGym => "nemo_gym",
            Self::Ors => "ors",
        }
    }
}

/// There is no room for another session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is at capacity: {active} of {max} sessions are active")]
pub struct Full {
    /// Sessions that are active.
    pub active: usize,
    /// Most that may be.
    pub max: usize,
}

/// Work on a session could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorkError {
    /// The host failed.
    #[error(transparent)]
    Episode(#[from] EpisodeError),
    /// A part of the server ended unexpectedly.
    #[error("the server failed within this session")]
    Panicked,
}

/// A session: a place in the table, and an episode once one has begun. Forgotten with its last `Arc`, and then its place is free.
pub struct Session {
    id: String,
    protocol: Protocol,
    world: Arc<World>,
    episode: Arc<AsyncMutex<Option<Episode>>>,
    /// When it was used last, in milliseconds since the table was made.
    used_ms: AtomicU64,
    /// Somebody's connection stands for it, so it does not become idle.
    attached: AtomicBool,
    sessions: Arc<Sessions>,
}

/// All sessions of a server.
pub struct Sessions {
    table: Mutex<BTreeMap<(Protocol, String), Arc<Session>>>,
    /// As many permits as calls may be in progress at once.
    workers: Semaphore,
    began: Instant,
    max: usize,
    idle: Duration,
    metrics: Arc<Metrics>,
    open: Mutex<usize>,
}

impl Sessions {
    /// A table of at most `max` sessions; those that nobody uses for `idle` are closed. At most `workers` calls are made at once.
    pub fn new(max: usize, idle: Duration, workers: usize, metrics: Arc<Metrics>) -> Arc<Self> {
        let workers = Semaphore::new(workers.max(1));
        Arc::new(Self { table: Mutex::default(), workers, began: Instant::now(), max, idle, metrics, open: Mutex::new(0) })
    }

    /// Makes a session that only its holder knows, such as that of a connection.
    ///
    /// # Errors
    /// When the table is full.
    pub fn own(self: &Arc<Self>, protocol: Protocol, world: &Arc<World>) -> Result<Arc<Session>, Full> {
        self.made(protocol, world, new_id())
    }

    fn made(self: &Arc<Self>, protocol: Protocol, world: &Arc<World>, id: String) -> Result<Arc<Session>, Full> {
        self.enter()?;
        self.metrics.session(protocol, 1);
        Ok(Arc::new(Session {
            id,
            protocol,
            world: Arc::clone(world),
            episode: Arc::default(),
            used_ms: AtomicU64::new(self.now_ms()),
            attached: AtomicBool::new(false),
            sessions: Arc::clone(self),
        }))
    }

    /// Makes a session that can be found by its id.
    ///
    /// # Errors
    /// When the table is full.
    pub fn open(self: &Arc<Self>, protocol: Protocol, world: &Arc<World>) -> Result<Arc<Session>, Full> {
        let session = self.own(protocol, world)?;
        self.table().insert((protocol, session.id.clone()), Arc::clone(&session));
        Ok(session)
    }

    /// As [`Sessions::open`], with an id that the client chose; none where there is such a session already.
    ///
    /// # Errors
    /// When the table is full.
    pub fn open_as(self: &Arc<Self>, protocol: Protocol, world: &Arc<World>, id: &str) -> Result<Option<Arc<Session>>, Full> {
        let session = self.made(protocol, world, id.to_owned())?;
        let key = (protocol, id.to_owned());
        let mut table = self.table();
        let is_new = !table.contains_key(&key);
        if is_new {
            table.insert(key, Arc::clone(&session));
        }
        // Before the session, which gives its place back where it is of no use.
        drop(table);
        Ok(is_new.then_some(session))
    }

    /// The session of that id, which is thereby in use.
    pub fn find(&self, protocol: Protocol, id: &str) -> Option<Arc<Session>> {
        let session = self.table().get(&(protocol, id.to_owned())).cloned()?;
        session.touch();
        Some(session)
    }

    /// Forgets the session of that id; false where there was none. What is in progress there comes to its end.
    pub fn close(&self, protocol: Protocol, id: &str) -> bool {
        let gone = self.table().remove(&(protocol, id.to_owned()));
        gone.is_some()
    }

    /// Does `work` that belongs to no session, on a thread that may take its time.
    ///
    /// # Errors
    /// Those of `work`, and where it panics.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, EpisodeError> + Send + 'static) -> Result<T, WorkError> {
        let _permit = self.workers.acquire().await.expect("it is never closed");
        Ok(tokio::task::spawn_blocking(work).await.map_err(|_| WorkError::Panicked)??)
    }

    /// Sessions that are active, and most that may be.
    pub fn active(&self) -> (usize, usize) {
        (*self.entered(), self.max)
    }

    /// Forgets sessions that nobody has used for long; how many.
    pub fn sweep(&self) -> usize {
        let oldest = self.now_ms().saturating_sub(self.idle.as_millis() as u64);
        let is_idle = |session: &Session| {
            session.used_ms.load(Ordering::Relaxed) < oldest
                && !session.attached.load(Ordering::Relaxed)
                && session.episode.try_lock().is_ok()
        };
        let mut table = self.table();
        let gone: Vec<_> = table.iter().filter(|(_, session)| is_idle(session)).map(|(key, _)| key.clone()).collect();
        let sessions: Vec<_> = gone.iter().filter_map(|key| table.remove(key)).collect();
        drop(table);
        // Dropped without the lock: each gives its place back.
        sessions.len()
    }

    /// Pause between two looks for idle sessions.
    pub fn sweep_pause(&self) -> Duration {
        (self.idle / 4).clamp(Duration::from_millis(100), Duration::from_secs(30))
    }

    fn enter(&self) -> Result<(), Full> {
        let mut open = self.entered();
        if *open >= self.max {
            return Err(Full { active: *open, max: self.max });
        }
        *open += 1;
        Ok(())
    }

    fn entered(&self) -> MutexGuard<'_, usize> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn table(&self) -> MutexGuard<'_, BTreeMap<(Protocol, String), Arc<Session>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }
}

impl Session {
    /// Its id, which is a secret of those who may use it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What is played.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// Notes that it is in use.
    pub fn touch(&self) {
        self.used_ms.store(self.sessions.now_ms(), Ordering::Relaxed);
    }

    /// Takes it for a connection; false where another has it.
    pub fn attach(&self) -> bool {
        !self.attached.swap(true, Ordering::AcqRel)
    }

    /// Gives it back.
    pub fn detach(&self) {
        self.touch();
        self.attached.store(false, Ordering::Release);
    }

    /// Does `work` on the episode, where there may be none yet, on a thread that may take its time. Work on one session is done one after another.
    ///
    /// # Errors
    /// Those of `work`, and where it panics: then the episode is lost.
    pub async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&World, &mut Option<Episode>) -> Result<T, EpisodeError> + Send + 'static,
    ) -> Result<T, WorkError> {
        let mut episode = Arc::clone(&self.episode).lock_owned().await;
        let world = Arc::clone(&self.world);
        let done = self.sessions.work(move || {
            // Out of its place meanwhile, so that a panic leaves nothing half done.
            let mut taken = episode.take();
            let done = work(&world, &mut taken);
            *episode = taken;
            done
        });
        let done = done.await;
        self.touch();
        done
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        *self.sessions.entered() -= 1;
        self.sessions.metrics.session(self.protocol, -1);
    }
}

/// 128 bits of chance in hexadecimal digits: nobody guesses it, and nothing is derived from it.
pub fn new_id() -> String {
    let mut bytes = [0; ID_BYTES];
    getrandom::fill(&mut bytes).expect("the system has random numbers");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
