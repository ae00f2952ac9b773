//! What is served: packs by name, and their tasks by split.

use crate::tools::PREFIX;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_env::{LoadedPack, PackRef};
use wardian_format::pack::{Effect, Role};
use wardian_format::task::Split;
use wardian_format::{Task, ToolSpec};
use wardian_model::ToolDefinition;

/// A pack cannot be served, or a task does not belong to what is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// Nothing is served.
    #[error("there is no pack to serve")]
    None,
    /// Two packs of one name.
    #[error("two packs are called `{0}`")]
    Twice(String),
    /// A name that protocols cannot tell from a route of their own.
    #[error("a pack called `{0}` cannot be served: its name is a route")]
    Route(String),
    /// A tool in the room that protocols need.
    #[error("pack `{pack}` cannot be served: the name of its tool `{tool}` {why}")]
    Tool {
        /// The pack.
        pack: String,
        /// The tool.
        tool: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A task of a pack that is not served.
    #[error("task `{task}` is of pack `{pack}`, which is not served")]
    OtherPack {
        /// The task.
        task: String,
        /// The pack.
        pack: String,
    },
    /// Two tasks of one id.
    #[error("two tasks are called `{0}`")]
    TaskTwice(String),
}

/// Packs and tasks, in the order in which they were given. The first pack is the one that is meant where none is named.
#[derive(Debug)]
pub struct Worlds {
    list: Vec<Arc<World>>,
    by_name: BTreeMap<String, usize>,
}

/// One pack and its tasks.
#[derive(Debug)]
pub struct World {
    pack: PackRef,
    about: About,
    tasks: Vec<Arc<Task>>,
    /// Places in `tasks`.
    splits: BTreeMap<String, Vec<usize>>,
    by_id: BTreeMap<String, usize>,
}

/// What is told of a pack without loading it.
#[derive(Clone, Debug)]
pub struct About {
    /// For people.
    pub title: String,
    /// What the world is.
    pub description: String,
    /// The rules for the agent.
    pub policy: Option<String>,
    /// The agent's tools, in the order of the manifest.
    pub tools: Arc<[ToolDefinition]>,
    /// Schemas of their results, where the pack has them, in the same order.
    pub results: Arc<[Option<Value>]>,
    /// Tools that only read, in the same order.
    pub reads: Arc<[bool]>,
}

impl About {
    /// What `pack` says of itself.
    pub fn of(pack: &LoadedPack) -> Self {
        let manifest = pack.manifest();
        let specs: Vec<&ToolSpec> = manifest.tools_of(Role::Agent).collect();
        Self {
            title: manifest.title.clone(),
            description: manifest.description.clone(),
            policy: pack.policy().map(str::to_owned),
            tools: wardian_rollout::episode::offered(manifest, Role::Agent, &[]).into(),
            results: specs.iter().map(|spec| spec.returns.clone()).collect(),
            reads: specs.iter().map(|spec| spec.effect == Effect::Read).collect(),
        }
    }
}

/// First segments of paths that are somebody's routes, so that no pack can have their names.
const ROUTES: &[&str] = &[
    "aggregate_metrics",
    "call",
    "close_session",
    "create",
    "create_session",
    "delete",
    "delete_session",
    "docs",
    "health",
    "healthz",
    "list_environments",
    "livez",
    "mcp",
    "messages",
    "metadata",
    "metrics",
    "ng-rollout",
    "openapi.json",
    "ping",
    "prompt",
    "readyz",
    "redoc",
    "reset",
    "reverify_mode",
    "schema",
    "seed_session",
    "splits",
    "state",
    "step",
    "task",
    "task_tools",
    "tasks",
    "verify",
    "ws",
];

impl Worlds {
    /// `packs` in this order, each with what is told of it, and the tasks of all of them.
    ///
    /// # Errors
    /// When there is nothing to serve, or names clash.
    pub fn new(packs: Vec<(PackRef, About)>, tasks: Vec<Task>) -> Result<Self, WorldError> {
        let mut by_name = BTreeMap::new();
        let mut list = Vec::with_capacity(packs.len());
        for (pack, about) in packs {
            let name = pack.name().to_owned();
            check(&name, &about)?;
            if by_name.insert(name.clone(), list.len()).is_some() {
                return Err(WorldError::Twice(name));
            }
            list.push(World { pack, about, tasks: Vec::new(), splits: BTreeMap::new(), by_id: BTreeMap::new() });
        }
        for task in tasks {
            match by_name.get(&task.pack) {
                Some(place) => list[*place].add(task)?,
                None => return Err(WorldError::OtherPack { task: task.id, pack: task.pack }),
            }
        }
        if list.is_empty() {
            return Err(WorldError::None);
        }
        Ok(Self { list: list.into_iter().map(Arc::new).collect(), by_name })
    }

    /// The pack that is meant where none is named.
    pub fn first(&self) -> &Arc<World> {
        &self.list[0]
    }

    /// All packs.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<World>> {
        self.list.iter()
    }

    /// The pack of that name, whatever the case of its letters.
    pub fn find(&self, name: &str) -> Option<&Arc<World>> {
        let place = self.by_name.get(name).or_else(|| self.by_name.get(&name.to_lowercase()))?;
        Some(&self.list[*place])
    }

    /// The task of that id, and its pack.
    pub fn task(&self, id: &str) -> Option<(&Arc<World>, &Arc<Task>)> {
        self.list.iter().find_map(|world| Some((world, world.task(id)?)))
    }
}

fn check(pack: &str, about: &About) -> Result<(), WorldError> {
    if ROUTES.contains(&pack) {
        return Err(WorldError::Route(pack.to_owned()));
    }
    let refused = |tool: &str, why| Err(WorldError::Tool { pack: pack.to_owned(), tool: tool.to_owned(), why });
    match about.tools.iter().find_map(|tool| Some((tool, clash(&tool.name)?))) {
        Some((tool, why)) => refused(&tool.name, why),
        None => Ok(()),
    }
}

/// What is wrong with the name of a tool, if something is.
fn clash(tool: &str) -> Option<&'static str> {
    if tool.starts_with(PREFIX) {
        return Some("begins with `wardian_`, which tools of the server do");
    }
    ROUTES.contains(&tool).then_some("is a route of the NeMo Gym protocol, where each tool is a path")
}

impl World {
    /// Name of the pack.
    pub fn name(&self) -> &str {
        self.pack.name()
    }

    /// The pack.
    pub fn pack(&self) -> &PackRef {
        &self.pack
    }

    /// What is told of it.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// All tasks, in their order.
    pub fn tasks(&self) -> &[Arc<Task>] {
        &self.tasks
    }

    /// Names of the splits that have tasks, and how many they have.
    pub fn splits(&self) -> impl Iterator<Item = (&str, usize)> {
        self.splits.iter().map(|(name, places)| (name.as_str(), places.len()))
    }

    /// The tasks of a split, in their order. None where there is no such split.
    pub fn split(&self, name: &str) -> Option<Vec<&Arc<Task>>> {
        Some(self.splits.get(name)?.iter().map(|place| &self.tasks[*place]).collect())
    }

    /// The task of that id, with or without the pack's name before it.
    pub fn task(&self, id: &str) -> Option<&Arc<Task>> {
        let place = self.by_id.get(id).or_else(|| self.by_id.get(&format!("{}/{id}", self.name())))?;
        Some(&self.tasks[*place])
    }

    fn add(&mut self, task: Task) -> Result<(), WorldError> {
        let place = self.tasks.len();
        if self.by_id.insert(task.id.clone(), place).is_some() {
            return Err(WorldError::TaskTwice(task.id));
        }
        let split = match task.split {
            Split::Train => "train",
            Split::Test => "test",
        };
        self.splits.entry(split.to_owned()).or_default().push(place);
        self.tasks.push(Arc::new(task));
        Ok(())
    }
}
