//! Bare functions: tools of which only a name, parameters and a description are known, as agents and MCP servers list them.
//!
//! Their names (`cancel_pending_order`, `find_user_id_by_email`), keys (`order_id`, `item_ids`) and sentences ("either 'a' or 'b'", "status
//! must be Active") tell things, states and guards. Each tool is written again as a call on a path, so that the other rules read it like any
//! other API; what a path cannot say is kept beside it, as [`Told`].

mod arithmetic;
mod lore;
mod names;
mod phrases;
mod plan;
mod seeds;

pub(crate) use arithmetic::{EXPRESSION_CHARS_MAX, evaluate};
pub(crate) use plan::{Functions, Grounds, operation, refer, shape};
pub(crate) use seeds::{argument, fill};

use crate::called;
use crate::entity::api_of;
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;

/// What the descriptions of an API's functions tell of one thing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Thing {
    pub(crate) noun: String,
    /// Its key, as documents show it.
    pub(crate) key: String,
    pub(crate) key_schema: Value,
    /// Members of its documents beside the key, the status and the lists.
    pub(crate) fields: IndexMap<String, Value>,
    /// Values of its status, the usual first.
    pub(crate) states: Vec<String>,
    /// Lists of keys that it holds.
    pub(crate) lists: IndexMap<String, Held>,
    /// Members that list the keys of what belongs to it: member and noun.
    pub(crate) belongings: IndexMap<String, String>,
    /// Flags that documents show.
    pub(crate) flags: Vec<String>,
    /// Members that every document has.
    pub(crate) always: Vec<String>,
    /// Members that say what an act was given: empty before it.
    pub(crate) records: Vec<String>,
}

/// What a list of keys holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) noun: String,
    /// Examples of a key.
    pub(crate) examples: Vec<String>,
}

/// What is told of one tool beside its path.
#[derive(Clone, Debug)]
pub(crate) enum Told {
    /// It changes one row.
    Write(Box<Write>),
    /// It computes the value of an arithmetic expression, its parameter of this name.
    Arithmetic(String),
    /// It speaks to somebody outside of the data, which keep nothing of it.
    Speech,
    /// Its path says all.
    Path,
    /// Why it must be left out.
    Unclear(String),
}

/// A change of one row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Write {
    /// Parameter and the member of documents that it picks the row by.
    pub(crate) picks: Vec<(String, String)>,
    pub(crate) needs: Vec<String>,
    pub(crate) target: Option<String>,
    /// A flag that is set or cleared.
    pub(crate) flag: Option<(String, bool)>,
    /// A flag that says that it was done, where it can be done only once.
    pub(crate) once: Option<String>,
    /// Parameter and the member that it sets.
    pub(crate) fields: Vec<(String, String)>,
    /// Parameter and the member that keeps what an act was given, a list.
    pub(crate) records: Vec<(String, String)>,
    /// Parameters that name members of a list that the row holds, with the list.
    pub(crate) of_list: Option<(String, String)>,
    /// The parameter that names what replaces these, and the member in which both agree.
    pub(crate) by: Option<(String, Option<String>)>,
    /// True where the replacement is kept in the list.
    pub(crate) replaces: bool,
    /// A parameter that must be in a list of the row's owner: parameter, noun of the owner, list.
    pub(crate) of_owner: Vec<(String, String, String)>,
    /// What is set must be another than before.
    pub(crate) other: bool,
}

/// What [`read`] found, of all APIs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Read {
    /// In step with the tools.
    pub(crate) told: Vec<Option<Told>>,
    /// API and thing.
    pub(crate) things: Vec<(String, Thing)>,
}

/// Writes bare functions among `tools` as calls on paths. Other tools stay as they are.
pub(crate) fn read(tools: &mut [CatalogTool]) -> Read {
    let mut out = Read { told: vec![None; tools.len()], things: Vec::new() };
    let mut apis: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, tool) in tools.iter().enumerate().filter(|(_, tool)| is_bare(tool)) {
        apis.entry(api_of(tool)).or_default().push(i);
    }
    for (api, which) in apis {
        let calls = names::calls(tools, &which);
        let things = lore::things(tools, &calls);
        for call in &calls {
            out.told[call.tool] = Some(lore::write_again(tools, call, &calls, &things));
        }
        out.things.extend(things.into_values().map(|thing| (api.clone(), thing)));
    }
    out
}

fn is_bare(tool: &CatalogTool) -> bool {
    matches!(tool.origin.source.as_str(), "function" | "mcp") && called::path_of(tool).is_none() && tool.origin.method.is_none()
}
