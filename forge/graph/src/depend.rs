//! Dependency edges: what one tool returns is what another needs.
//!
//! Inputs are required parameters that identify something. Two rules find what fills them, inside one API:
//!
//! 1. **Place.** A path parameter identifies a member of the collection that the path before it names: `GET` and `POST` on
//!    `/repos/{}/{}/issues` fill `{issue_number}` in `/repos/{}/{}/issues/{issue_number}/lock`, with the field of a listed or created
//!    thing that has the parameter's name, or its kind (`number`).
//! 2. **Key.** A key is what is identified and how: `issue|number`. A field's entity is in its own name (`order_id`), or it is the thing
//!    that the tool is about, or the object that holds the field. Tools about the thing come first; other mentions count only
//!    where there are none. Of several things with one name (issue comments, gist comments) the nearest in the path counts, or none.
//!
//! A producer does not return what it was told. Deleting tools produce nothing; the name of a long-running operation is no name of what
//! it works on. Keys that more than half of an API's tools need are context: only the tool that creates such a thing feeds them.

mod input;
mod matching;
mod operation;
mod output;
mod path;

use crate::lexicon::{self, Class, Kind};
use input::Input;
use matching::Api;
use operation::Operation;
use output::Field;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::graph::{Edge, EdgeKind};
use wardian_format::names::{singular, words};

/// Keys that an edge names.
const WHY_MAX: usize = 5;
/// A name of this length may be the start of a longer one.
const SPELLED_CHARS_MIN: usize = 50;

/// How many required identifying parameters other tools fill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Required parameters that identify something and are not chosen by the caller.
    pub inputs: usize,
    /// Of these, what most tools of the API need.
    pub context: usize,
    /// Of the others, those that at least one tool fills.
    pub filled: usize,
}

/// A tool with what it needs and what it gives.
pub(crate) struct Keys<'a> {
    tool: &'a CatalogTool,
    operation: Operation,
    inputs: Vec<Input>,
    fields: Vec<Field>,
    told: Vec<(Vec<String>, Kind)>,
    /// Names of all parameters.
    takes: Vec<String>,
}

/// What a tool does, and its nouns.
pub(crate) struct Deed {
    /// A verb that a person would use.
    pub(crate) verb: String,
    /// The collection's noun, the noun with what it belongs to, the noun of the name.
    pub(crate) nouns: Vec<Vec<String>>,
}

/// What a tool does, for titles.
fn deed(tool: &CatalogTool, operation: &Operation) -> Deed {
    let verb = operation.verb.clone().unwrap_or_else(|| operation.class.verb().to_owned());
    let name: Vec<String> = words(&tool.name).iter().map(|word| singular(word)).collect();
    let own = operation.noun.len();
    let telling = |noun: &Vec<String>| !lexicon::is_container(&noun[..noun.len().saturating_sub(own)]);
    let qualified = operation.qualified.as_ref().filter(|noun| telling(noun));
    // A name that spells the path says no more than the path: `get__volumes_name` is not about names.
    let alias = operation.alias.as_ref().filter(|_| !spells_path(tool));
    let found = std::iter::once(&operation.noun).chain(qualified).chain(alias).cloned();
    let labels = [tool.origin.service.as_str(), tool.origin.provider.rsplit('.').nth(1).unwrap_or_default()];
    let nouns = found.map(|noun| without_labels(apart(noun, &name), &labels)).collect();
    Deed { verb, nouns }
}

/// Whether a tool's name is its method and its path, or the start of them.
fn spells_path(tool: &CatalogTool) -> bool {
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
    let (method, path) = (tool.origin.method.as_deref().unwrap_or_default(), tool.origin.path.as_deref().unwrap_or_default());
    let (name, path) = (letters(&tool.name), letters(path));
    let rest = name.strip_prefix(&letters(method)).unwrap_or(&name);
    !path.is_empty() && (rest == path || (tool.name.len() >= SPELLED_CHARS_MIN && path.starts_with(rest)))
}

/// A noun whose words run together in the path, as the tool's name spells it: `logprofile` in `LogProfiles_Create`.
fn apart(noun: Vec<String>, name: &[String]) -> Vec<String> {
    let spelt = |word: &String| {
        let windows = (2..=3).flat_map(|size| name.windows(size));
        windows.into_iter().find(|window| window.concat() == *word).map(<[String]>::to_vec).unwrap_or_else(|| vec![word.clone()])
    };
    noun.iter().flat_map(spelt).collect()
}

/// A noun without the name of the API in front.
fn without_labels(mut noun: Vec<String>, labels: &[&str]) -> Vec<String> {
    while noun.len() > 1 && labels.iter().any(|label| *label == noun[0] || label.strip_suffix('s') == Some(noun[0].as_str())) {
        noun.remove(0);
    }
    noun
}

/// Dependency edges from the keys of all tools, one for each pair, sorted by API; and how much of what is needed they fill.
pub(crate) fn edges(read: Vec<Keys<'_>>) -> (Vec<Edge>, Coverage) {
    let mut apis: BTreeMap<(&str, &str), Vec<Keys<'_>>> = BTreeMap::new();
    for keys in read {
        let tool = keys.tool;
        // Parts of one namespace are often described apart: `/providers/Microsoft.Web/…` is one API.
        let name = match keys.operation.path.as_ref().and_then(path::Path::namespace) {
            Some(_) => (tool.origin.provider.as_str(), namespace(tool)),
            None => (tool.origin.provider.as_str(), tool.origin.service.as_str()),
        };
        apis.entry(name).or_default().push(keys);
    }
    let apis: Vec<Vec<Keys<'_>>> = apis.into_values().collect();
    let found: Vec<(Vec<Edge>, Coverage)> = apis.par_iter().map(|api| edges_of_api(api)).collect();
    let mut sum = Coverage::default();
    for (_, coverage) in &found {
        sum.inputs += coverage.inputs;
        sum.context += coverage.context;
        sum.filled += coverage.filled;
    }
    (found.into_iter().flat_map(|(edges, _)| edges).collect(), sum)
}

fn namespace(tool: &CatalogTool) -> &str {
    let path = tool.origin.path.as_deref().unwrap_or_default();
    let mut segments = path.split('/').skip_while(|segment| !segment.eq_ignore_ascii_case("providers"));
    segments.nth(1).unwrap_or_default()
}

/// What a tool takes and gives, and what it does; `open` is a clone of it, with which the trees of its schemas go.
pub(crate) fn keys_of<'a>(tool: &'a CatalogTool, open: &CatalogTool) -> (Keys<'a>, Deed) {
    let operation = operation::operation(open);
    let deed = deed(open, &operation);
    let (inputs, told) = input::inputs(open, &operation);
    let fields = if operation.class == Class::Delete { Vec::new() } else { output::fields(open, &operation) };
    let takes = open.parameters["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
    (Keys { tool, operation, inputs, fields, told, takes }, deed)
}

fn edges_of_api(tools: &[Keys<'_>]) -> (Vec<Edge>, Coverage) {
    let keys: Vec<&Keys<'_>> = tools.iter().collect();
    let api = Api::new(&keys);
    let mut coverage = Coverage::default();
    let mut edges: BTreeMap<(usize, usize), (u32, Vec<String>)> = BTreeMap::new();
    for (consumer, tool) in keys.iter().enumerate() {
        for input in &tool.inputs {
            let context = api.is_context(input);
            let found = api.producers(consumer, input, context);
            coverage.inputs += 1;
            coverage.context += usize::from(context);
            coverage.filled += usize::from(!context && !found.is_empty());
            for (rank, feed) in found.into_iter().enumerate() {
                let weight = 1_000_000 / (rank as u32 + 1);
                let edge = edges.entry((feed.producer, consumer)).or_insert((weight, Vec::new()));
                edge.0 = edge.0.max(weight);
                edge.1.push(format!("{}: {} → {}", feed.key, feed.field.path, input.parameter));
            }
        }
    }
    let edge = |((from, to), (weight, mut why)): ((usize, usize), (u32, Vec<String>))| {
        why.truncate(WHY_MAX);
        Edge { from: tools[from].tool.id.clone(), to: tools[to].tool.id.clone(), kind: EdgeKind::Dependency, weight, why }
    };
    (edges.into_iter().map(edge).collect(), coverage)
}

/// Words of a name, singular, without numbers; `gameid` is two.
fn stems(name: &str) -> Vec<String> {
    let mut parts = words(name);
    parts.retain(|word| !word.chars().all(|c| c.is_ascii_digit()));
    for word in &mut parts {
        if word.ends_with('s') {
            *word = singular(word);
        }
    }
    if let Some(noun) = parts.last().and_then(|last| last.strip_suffix("id").filter(|_| !lexicon::is_whole(last))).map(str::to_owned) {
        parts.pop();
        parts.extend([noun, "id".to_owned()]);
    }
    parts
}

/// One letter for the type of a scalar, so that numbers do not feed texts.
fn letter(schema: &Value) -> char {
    let kind = match &schema["type"] {
        Value::String(kind) => kind.as_str(),
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
        _ => "",
    };
    match kind {
        "integer" | "number" => 'n',
        "string" => 's',
        "array" => letter(&schema["items"]),
        "" => '?',
        _ => 'o',
    }
}
