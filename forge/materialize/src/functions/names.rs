//! What a function's name says: a verb, the thing that it is done to, and the words around it.

use super::phrases;
use crate::rpc::class_of;
use crate::schema::{Kind, Side, description_of, is_required, kind_of, properties, resolve};
use crate::words::{flat, plural, singular, words};
use serde_json::{Value, json};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use wardian_format::CatalogTool;

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Shows the row with this key.
    Get,
    /// Shows the one row that something else than its key picks.
    Find,
    List,
    Create,
    /// Sets what the parameters give.
    Update,
    Delete,
    /// A verb of its own.
    Do,
    Compute,
    Speak,
}

/// One function, read.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) tool: usize,
    pub(super) act: Act,
    pub(super) verb: String,
    pub(super) noun: String,
    /// Words before the noun that say which ones: `pending`.
    pub(super) before: Vec<String>,
    /// Words after the noun that say which part: `address`.
    pub(super) after: Vec<String>,
    /// The parameter that is the noun's key.
    pub(super) key: Option<String>,
    /// True where it leads to a state called '… requested', after its verb.
    pub(super) asks: bool,
}

/// Words that begin what a name says after its object.
const JOINTS: [&str; 9] = ["by", "for", "with", "from", "to", "in", "on", "of", "at"];
/// Words before a noun that choose nothing.
const QUANTIFIERS: [&str; 10] = ["all", "a", "an", "the", "my", "new", "any", "specific", "list", "available"];
/// Words after a noun that mean the whole of it.
const WHOLE: [&str; 10] = ["detail", "info", "information", "record", "data", "type", "profile", "list", "status", "summary"];
/// Verbs of making, beside those that all rules know.
const MAKES: [&str; 5] = ["book", "make", "place", "open", "submit"];

/// The functions `which` whose names can be read.
pub(super) fn calls(tools: &[CatalogTool], which: &[usize]) -> Vec<Call> {
    let mut nouns: BTreeMap<String, ()> = BTreeMap::new();
    for &i in which {
        nouns.extend(properties(&tools[i].parameters).filter_map(|(name, _)| Some((key_noun(name)?, ()))));
    }
    for &i in which {
        let all = words(&tools[i].name);
        if all.first().and_then(|word| class_of(word)).is_some_and(|class| matches!(class, "create" | "delete")) {
            nouns.insert(singular(&object(&all).join(" ")), ());
        }
    }
    which.iter().filter_map(|&i| call(&tools[i], i, &nouns)).collect()
}

/// The noun of a key: `payment_method_id` and `payment_method_ids` are of a payment method.
pub(super) fn key_noun(param: &str) -> Option<String> {
    let all = words(param);
    let (last, head) = all.split_last()?;
    let head: Vec<&str> = head.iter().map(String::as_str).filter(|word| *word != "new").collect();
    (matches!(last.as_str(), "id" | "ids" | "number") && !head.is_empty() && head != ["phone"]).then(|| head.join(" "))
}

/// The words of the object: those before a joint.
fn object(all: &[String]) -> Vec<String> {
    let rest = all.iter().skip(1).take_while(|w| !JOINTS.contains(&w.as_str()));
    rest.skip_while(|w| QUANTIFIERS.contains(&w.as_str())).cloned().collect()
}

fn call(tool: &CatalogTool, index: usize, nouns: &BTreeMap<String, ()>) -> Option<Call> {
    let all = words(&tool.name);
    let verb = all.first()?.clone();
    let plain = |act: Act| Call {
        tool: index,
        act,
        verb: verb.clone(),
        noun: String::new(),
        before: Vec::new(),
        after: Vec::new(),
        key: None,
        asks: phrases::target_state(&tool.description).is_some_and(|(_, state)| state == format!("{verb} requested")),
    };
    if computes(tool, &all) {
        return Some(plain(Act::Compute));
    }
    if speaks(&all) {
        return Some(plain(Act::Speak));
    }
    let object = object(&all);
    let one: Vec<String> = object.iter().map(|w| singular(w)).collect();
    let stated = phrases::target_state(&tool.description).and_then(|_| by_parameters(tool, &verb, nouns));
    let found = in_object(tool, &one, nouns).filter(|(noun, ..)| stated.is_none() || key_param(tool, noun).is_some());
    let (noun, before, after) = match found {
        Some((noun, at, len)) => {
            let after = one[at + len..].iter().filter(|w| !WHOLE.contains(&w.as_str())).cloned().collect();
            (noun, object[..at].to_vec(), after)
        }
        None => match by_parameters(tool, &verb, nouns) {
            Some(noun) => (noun, Vec::new(), one.clone()),
            None => new_noun(&verb, &one)?,
        },
    };
    let key = key_param(tool, &noun);
    let last_is_plural = object.last().is_some_and(|w| plural(&singular(w)) == *w && singular(w) != *w);
    let act = act_of(&verb, key.is_some(), last_is_plural, tool, &after)?;
    Some(Call { noun, before, after, key, ..plain(act) })
}

/// The known noun in the words of the object: one that the tool has the key of, the earlier parameter first, else the longest. With its place
/// and length.
fn in_object(tool: &CatalogTool, one: &[String], nouns: &BTreeMap<String, ()>) -> Option<(String, usize, usize)> {
    let position = |noun: &str| {
        let key = key_param(tool, noun)?;
        properties(&tool.parameters).position(|(name, _)| *name == key)
    };
    let mut found: Vec<(Option<Reverse<usize>>, usize, usize, String)> = Vec::new();
    for noun in nouns.keys() {
        let parts: Vec<&str> = noun.split(' ').collect();
        let at = one.windows(parts.len()).position(|w| w.iter().map(String::as_str).eq(parts.iter().copied()));
        found.extend(at.map(|at| (position(noun).map(Reverse), parts.len(), at, noun.clone())));
    }
    found.sort();
    found.pop().map(|(_, len, at, noun)| (noun, at, len))
}

/// The thing that a call changes which its name does not say: the one whose state it sets, or whose key it takes.
fn by_parameters(tool: &CatalogTool, verb: &str, nouns: &BTreeMap<String, ()>) -> Option<String> {
    let keyed = |noun: &&String| key_param(tool, noun).is_some();
    if let Some((noun, _)) = phrases::target_state(&tool.description) {
        return nouns.keys().filter(keyed).find(|n| n.rsplit(' ').next() == Some(noun.as_str())).cloned();
    }
    let own: Vec<&String> = nouns.keys().filter(keyed).filter(|noun| key_param(tool, noun).is_some_and(|p| !is_owner(tool, &p))).collect();
    match own[..] {
        [only] if matches!(verb, "enable" | "disable") => Some(only.clone()),
        _ => None,
    }
}

/// A noun that no key names: what is made, listed or shown.
fn new_noun(verb: &str, one: &[String]) -> Option<(String, Vec<String>, Vec<String>)> {
    let noun = one.join(" ");
    (class_of(verb).is_some_and(|class| !class.is_empty()) && !noun.is_empty()).then(|| (noun, Vec::new(), Vec::new()))
}

fn act_of(verb: &str, keyed: bool, many: bool, tool: &CatalogTool, after: &[String]) -> Option<Act> {
    let asked = properties(&tool.parameters).any(|(name, _)| is_required(&tool.parameters, name));
    if phrases::target_state(&tool.description).is_some() && keyed {
        return Some(Act::Do);
    }
    Some(match class_of(verb) {
        Some("get" | "list") if keyed => Act::Get,
        Some("get" | "list") if after == ["id"] || asked && !many && verb != "search" && verb != "list" => Act::Find,
        Some("get" | "list") => Act::List,
        Some("create") if !keyed => Act::Create,
        Some("create") => return None,
        Some("update" | "put") if keyed => Act::Update,
        Some("delete") if keyed && after.is_empty() => Act::Delete,
        Some("") | None if keyed => Act::Do,
        None if MAKES.contains(&verb) => Act::Create,
        _ => return None,
    })
}

/// The parameter that is the key of `noun`, one value.
pub(super) fn key_param(tool: &CatalogTool, noun: &str) -> Option<String> {
    let scalar = |schema: &Value| matches!(kind_of(&resolve(schema, Side::Input)), Kind::Text | Kind::Integer | Kind::Any);
    let is_key = |name: &str| key_noun(name).is_some_and(|n| n == noun) && !flat(name).starts_with("new") && !flat(name).ends_with("ids");
    properties(&tool.parameters).find(|(name, schema)| is_key(name) && scalar(schema)).map(|(name, _)| name.clone())
}

/// True where the parameter is said to be of the owner of what the call is about.
pub(super) fn is_owner(tool: &CatalogTool, param: &str) -> bool {
    let told = description_of(&tool.parameters["properties"][param]).to_lowercase();
    ["who owns", "that owns", "owner of", "belongs to"].iter().any(|words| told.contains(words))
}

/// `calculate(expression)`, where the description speaks of arithmetic.
fn computes(tool: &CatalogTool, all: &[String]) -> bool {
    let verb = all.first().is_some_and(|w| matches!(w.as_str(), "calculate" | "calculator" | "compute" | "evaluate" | "calc"));
    let mut params = properties(&tool.parameters);
    let (Some((name, schema)), None) = (params.next(), params.next()) else { return false };
    let told = format!("{} {}", tool.description, description_of(schema)).to_lowercase();
    let arithmetic = ["arithmetic", "mathematical expression", "math expression"].iter().any(|words| told.contains(words));
    verb && arithmetic && flat(name).contains("expression") && kind_of(&resolve(schema, Side::Input)) == Kind::Text
}

/// `think`, `transfer_to_human_agents`: words for somebody who is no part of the data.
fn speaks(all: &[String]) -> bool {
    let first = all.first().map_or("", String::as_str);
    let to_people = all.iter().any(|w| matches!(singular(w).as_str(), "human" | "agent" | "representative" | "operator"));
    all.len() == 1 && first == "think" || matches!(first, "transfer" | "escalate" | "handoff" | "handover") && to_people
}

/// The schema of a key of this name.
pub(super) fn key_schema(tools: &[CatalogTool], which: impl Iterator<Item = usize>, key: &str) -> Value {
    let found = which.filter_map(|i| tools[i].parameters["properties"].get(key)).map(|s| resolve(s, Side::Input)).next();
    let mut schema = found.unwrap_or_else(|| json!({"type": "string"}));
    let example = phrases::examples(&description_of(&schema)).into_iter().next();
    if let Some(pattern) = example.as_deref().and_then(phrases::pattern) {
        schema["pattern"] = json!(pattern);
    }
    schema
}
