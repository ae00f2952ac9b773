//! The manifest of a pack: what is in the file, as its author states it. Readers believe nothing here that
//! they can derive from the component, the image or the sources.

use crate::digest::{Digest, Digests};
use crate::errors::ErrorShape;
use crate::limits::Profile;
use crate::order::OrderRule;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Version of the manifest and of the pack's sections.
pub const PACK_FORMAT: u32 = 1;

/// The import that a pack may have, and, outside the compatibility profile, the only one.
pub const STATE_IMPORT: &str = "wardian:env/state@0.1.0";

/// What a pack of the compatibility profile may import beside the state, each at any version 0.2.x. No sockets, no HTTP.
pub const WASI_IMPORTS: [&str; 20] = [
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
];

/// True where `import` is one of [`WASI_IMPORTS`] at a version 0.2.x.
pub fn is_wasi_import(import: &str) -> bool {
    let Some((interface, version)) = import.split_once('@') else { return false };
    let patch = version.strip_prefix("0.2.");
    let is_patch = |patch: &str| !patch.is_empty() && patch.len() <= 4 && patch.bytes().all(|b| b.is_ascii_digit());
    WASI_IMPORTS.contains(&interface) && patch.is_some_and(is_patch)
}

/// Names of the custom sections of a pack.
pub mod section {
    /// Canonical JSON of [`super::Manifest`].
    pub const MANIFEST: &str = "wardian:manifest";
    /// SQLite image, zstd.
    pub const IMAGE: &str = "wardian:image";
    /// The sources that the pack was built from, zstd over canonical JSON `{path: text}`.
    pub const SOURCES: &str = "wardian:sources";
    /// Policy for the agent, UTF-8 Markdown.
    pub const POLICY: &str = "wardian:policy";
    /// Tasks, zstd over JSON lines.
    pub const TASKS: &str = "wardian:tasks";
}

/// What a pack says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`PACK_FORMAT`].
    pub format: u32,
    /// Slug; the file is usually `name.wasm`.
    pub name: String,
    /// For people.
    pub title: String,
    /// What the world is.
    pub description: String,
    /// Constant time of episodes where a task does not set one: RFC 3339 in UTC, seconds.
    pub now: String,
    /// Which limits apply to its tools.
    pub profile: Profile,
    /// The tools, in the order of their exports.
    pub tools: Vec<ToolSpec>,
    /// How a result of one tool can feed an argument of another.
    #[serde(default)]
    pub links: Vec<Link>,
    /// What runs after a successful call, in the order of the sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<After>,
    /// The guests that are composed in, in order of name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guests: Vec<Guest>,
    /// How failing calls look to an agent, where the API declares it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorShape>,
    /// Rules of the policy on the order of calls.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub order: Vec<OrderRule>,
    /// What does not count in the graded digest: `table` or `table.column`, sorted.
    #[serde(default)]
    pub ungraded: Vec<String>,
    /// Digests of the initial state.
    pub initial: Digests,
    /// Who and what made it.
    pub provenance: Provenance,
}

/// One tool of a pack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolSpec {
    /// Name that agents use: `[A-Za-z0-9_-]{1,64}`.
    pub name: String,
    /// Name of the component's export, in kebab-case.
    pub export: String,
    /// What agents read.
    pub description: String,
    /// JSON Schema of the arguments: an object, no `$ref`.
    pub parameters: Value,
    /// JSON Schema of the result, where declared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Value>,
    /// Inferred from its statements.
    pub effect: Effect,
    /// Who may call it.
    pub role: Role,
    /// Which SQL it may run.
    pub statements: Statements,
    /// The guest that holds its code; none: the component of the compiled tools.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guest: Option<String>,
    /// What each parameter means in terms of the schema, where known.
    #[serde(default)]
    pub refs: Vec<ParamRef>,
    /// Where keys are found in its result.
    #[serde(default)]
    pub yields: Vec<Yield>,
    /// Id of the catalogue tool that it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalog_id: Option<String>,
}

/// A tool of the role [`Role::After`] and the calls that it runs after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    /// Name of the tool that runs.
    pub tool: String,
    /// Roles of the tools that it follows.
    pub roles: Vec<Role>,
    /// Names of the tools that it follows; none: all of these roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
}

/// A component that somebody else's compiler made, composed into the pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guest {
    /// Its name in the sources: `guests/NAME.wasm`.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
}

/// Does a tool change the state?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Only queries.
    Read,
    /// At least one statement that writes.
    Write,
}

/// Who may call a tool (design, decision 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The agent.
    Agent,
    /// The simulated user.
    User,
    /// The harness, before an episode.
    Setup,
    /// The grader, on a fork.
    Assert,
    /// The host, after a successful call: see [`After`].
    After,
}

impl Role {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::User => "user",
            Self::Setup => "setup",
            Self::Assert => "assert",
            Self::After => "after",
        }
    }
}

/// Which statements a tool may run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Statements {
    /// Exactly these texts.
    Closed {
        /// The texts, in order of first use.
        sql: Vec<String>,
    },
    /// Anything that the allow-list lets through.
    Free,
}

/// What a parameter means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParamRef {
    /// Name of the parameter; `a.b` for a member of an object.
    pub param: String,
    /// Kind of relation.
    pub kind: RefKind,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

/// Relation of a parameter to a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefKind {
    /// A row with this value must exist: `ref(table.column)`.
    Existing,
    /// No row with this value may exist: `new(table.column)`.
    New,
    /// A plain value of that column's kind: `of(table.column)`.
    Value,
}

/// A place in a result that holds values of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Yield {
    /// Path in the result: `$.id`, `$.items[*].id`, `$[*].owner.login`.
    pub path: String,
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

/// A dependency between two tools of the pack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Producer.
    pub from: String,
    /// Path in its result, as in [`Yield`].
    pub path: String,
    /// Consumer.
    pub to: String,
    /// Its parameter.
    pub param: String,
    /// `table.column` that both speak of.
    pub key: String,
}

/// Who and what made a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Compiler and version: `wardian 0.1.0`. Only the same version is promised to give the same bytes.
    pub compiler: String,
    /// Version of SQLite that wrote the image.
    pub sqlite: String,
    /// Who wrote the sources: `rules`, `hand`, `model:NAME`.
    pub author: String,
    /// Licence of the sources, SPDX.
    pub license: String,
    /// Where the sources come from, one line each.
    #[serde(default)]
    pub sources: Vec<String>,
}

impl Manifest {
    /// The tool called `name`.
    pub fn tool(&self, name: &str) -> Option<&ToolSpec> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// The tools that `role` may call, in order.
    pub fn tools_of(&self, role: Role) -> impl Iterator<Item = &ToolSpec> {
        self.tools.iter().filter(move |tool| tool.role == role)
    }

    /// What runs after a successful call of `tool`, in order.
    pub fn after<'m>(&'m self, tool: &'m ToolSpec) -> impl Iterator<Item = &'m ToolSpec> {
        let follows = |after: &&After| after.roles.contains(&tool.role) && (after.tools.is_empty() || after.tools.contains(&tool.name));
        self.after.iter().filter(follows).filter_map(|after| self.tool(&after.tool))
    }

    /// The links that `refs` and `yields` imply: a yield of a column feeds every `existing` reference to it.
    /// A tool does not feed itself. Sorted.
    pub fn derive_links(tools: &[ToolSpec]) -> Vec<Link> {
        let mut links = Vec::new();
        for to in tools {
            for reference in to.refs.iter().filter(|r| r.kind == RefKind::Existing) {
                for from in tools.iter().filter(|from| from.name != to.name) {
                    let feeds = |y: &&Yield| y.table == reference.table && y.column == reference.column;
                    links.extend(from.yields.iter().filter(feeds).map(|y| Link {
                        from: from.name.clone(),
                        path: y.path.clone(),
                        to: to.name.clone(),
                        param: reference.param.clone(),
                        key: format!("{}.{}", y.table, y.column),
                    }));
                }
            }
        }
        links.sort();
        links.dedup();
        links
    }
}
