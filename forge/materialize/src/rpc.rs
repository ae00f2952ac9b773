//! Sketches of tools without a telling path: verb and noun from the name, keys from the required parameters.
//!
//! `CreateQueue(QueueName)`, `DeleteQueue(QueueUrl)` and `ListQueueTags(QueueUrl)` become the same sketches that REST tools give:
//! a collection `queues`, its item picked by `QueueUrl`, and an aspect `tag` of it.

use crate::schema::{Kind, Side, is_required, kind_of, properties, resolve};
use crate::sketch::{Group, Sketch, Verb};
use crate::words::{flat, plural, singular, words};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;

/// Words that begin what a name says after its object: `ListSubscriptionsByTopic`.
const JOINTS: [&str; 7] = ["by", "for", "with", "from", "to", "in", "on"];

/// Endings of parameters that are keys.
const KEY_ENDINGS: [&str; 10] = ["id", "arn", "url", "name", "handle", "key", "number", "slug", "identifier", "code"];

const VERBS: [(&str, &str); 37] = [
    ("list", "list"),
    ("search", "list"),
    ("find", "list"),
    ("receive", "list"),
    ("query", "list"),
    ("get", "get"),
    ("describe", "get"),
    ("retrieve", "get"),
    ("read", "get"),
    ("fetch", "get"),
    ("show", "get"),
    ("lookup", "get"),
    ("view", "get"),
    ("head", "get"),
    ("create", "create"),
    ("insert", "create"),
    ("register", "create"),
    ("send", "create"),
    ("publish", "create"),
    ("subscribe", "create"),
    ("post", "create"),
    ("add", "create"),
    ("new", "create"),
    ("schedule", "create"),
    ("put", "put"),
    ("set", "update"),
    ("update", "update"),
    ("modify", "update"),
    ("edit", "update"),
    ("change", "update"),
    ("patch", "update"),
    ("delete", "delete"),
    ("remove", "delete"),
    ("deregister", "delete"),
    ("unsubscribe", "delete"),
    ("associate", "put"),
    ("disassociate", "delete"),
];

const ACTIONS: [&str; 38] = [
    "tag",
    "untag",
    "approve",
    "reject",
    "accept",
    "cancel",
    "start",
    "stop",
    "enable",
    "disable",
    "restore",
    "purge",
    "confirm",
    "rotate",
    "archive",
    "unarchive",
    "close",
    "open",
    "reopen",
    "complete",
    "activate",
    "deactivate",
    "lock",
    "unlock",
    "pause",
    "resume",
    "suspend",
    "publish",
    "unpublish",
    "revoke",
    "block",
    "unblock",
    "mark",
    "assign",
    "unassign",
    "attach",
    "detach",
    "terminate",
];

/// What starting makes.
const JOBS: [&str; 12] =
    ["job", "run", "execution", "task", "session", "export", "import", "query", "build", "operation", "analysis", "conversation"];

#[derive(Debug)]
struct Parsed {
    index: usize,
    /// The word of the name.
    word: String,
    /// Its class in [`VERBS`], or empty for a custom verb.
    class: &'static str,
    noun: String,
    plural: bool,
    tail: bool,
    /// The noun after the joint: `hit` of `ListAssignmentsForHIT`.
    tail_noun: String,
    /// `CancelRotateSecret` undoes `RotateSecret`.
    undoes: bool,
}

/// Keys of a noun, from the tools that address one of its kind.
#[derive(Clone, Debug, Default)]
struct Keys {
    own: String,
    parents: Vec<String>,
}

/// The class of a verb; empty for one of [`ACTIONS`].
pub(crate) fn class_of(word: &str) -> Option<&'static str> {
    VERBS.iter().find(|(v, _)| *v == word).map(|(_, c)| *c).or_else(|| ACTIONS.contains(&word).then_some(""))
}

/// Sketches of the tools that are read by `names`, of one service, in order. Tools whose names say nothing are missing.
pub(crate) fn sketches(tools: &[CatalogTool], names: &BTreeMap<usize, String>) -> Vec<Sketch> {
    let parsed: Vec<Parsed> = names.iter().filter_map(|(&i, name)| parse(name, i)).collect();
    let cores = core_nouns(&parsed);
    let keys = keys_of(tools, &parsed, &cores);
    let chains: BTreeMap<String, Vec<(String, String)>> =
        keys.iter().map(|(noun, k)| (noun.clone(), chain_of(tools, &parsed, noun, k, &keys))).collect();
    parsed.iter().filter_map(|p| sketch(&tools[p.index], p, &cores, &keys, &chains)).collect()
}

fn parse(name: &str, index: usize) -> Option<Parsed> {
    let mut all = words(name);
    // `ListObjectsV2` lists objects.
    while all.len() > 2 && all.last().is_some_and(|w| w == "v" || w.trim_start_matches('v').bytes().all(|b| b.is_ascii_digit())) {
        all.pop();
    }
    let at = all.iter().position(|w| class_of(w).is_some())?;
    let cancels = all[at] == "cancel" && all.get(at + 1).is_some_and(|w| w == "rotate" || class_of(w).is_some()) && all.len() > at + 2;
    let at = if cancels { at + 1 } else { at };
    let class = if cancels { "" } else { class_of(&all[at]).unwrap_or("") };
    let rest = &all[at + 1..];
    let end = rest.iter().skip(1).position(|w| JOINTS.contains(&w.as_str())).map_or(rest.len(), |i| i + 1);
    let mut object = rest[..end].join(" ");
    if object.is_empty() {
        object = match all[at].as_str() {
            "subscribe" | "unsubscribe" => "subscription".to_owned(),
            "publish" => "message".to_owned(),
            _ => return None,
        };
    }
    let mut noun = singular(&object);
    // `ListTagsForResource` shows what `TagResource` adds to.
    if noun == "tag" && rest[end..].iter().skip(1).map(String::as_str).eq(["resource"]) {
        noun = "resource tag".to_owned();
        object = "resource tags".to_owned();
    }
    // `StartExportJob` makes a job; `StartInstance` does not make an instance.
    let is_job = noun.rsplit(' ').next().is_some_and(|word| JOBS.contains(&word));
    let class = if all[at] == "start" && is_job { "create" } else { class };
    Some(Parsed {
        index,
        word: all[at].clone(),
        undoes: cancels,
        tail_noun: singular(&rest[(end + 1).min(rest.len())..].join(" ")),
        class,
        plural: noun != object,
        noun,
        tail: end < rest.len(),
    })
}

/// Nouns that can be made, removed, or both listed and shown.
fn core_nouns(parsed: &[Parsed]) -> BTreeSet<String> {
    let has = |noun: &str, class: &str, plural: Option<bool>| {
        parsed.iter().any(|p| p.noun == noun && p.class == class && plural.is_none_or(|want| p.plural == want))
    };
    let made = |noun: &str| has(noun, "create", None) || has(noun, "delete", None);
    let shown = |noun: &str| has(noun, "get", Some(false)) && (has(noun, "list", None) || has(noun, "get", Some(true)));
    let listed = |noun: &str| has(noun, "list", Some(true));
    let all: BTreeSet<&String> = parsed.iter().map(|p| &p.noun).collect();
    // `SendBonus` makes what `ListBonusPayments` lists.
    let short = |noun: &str| {
        let longer = all.iter().any(|m| m.starts_with(&format!("{noun} ")) && listed(m));
        longer && !has(noun, "delete", None) && !has(noun, "get", None) && !has(noun, "list", None)
    };
    let tagged = |noun: &str| noun == "resource" && parsed.iter().any(|p| p.noun == noun && matches!(p.word.as_str(), "tag" | "untag"));
    let strong: BTreeSet<String> = all.iter().filter(|n| (made(n) || shown(n) || tagged(n)) && !short(n)).map(|n| (*n).clone()).collect();
    let is_aspect = |noun: &str| strong.iter().any(|c| noun.starts_with(&format!("{c} ")));
    // What is only read is a thing too: `GetAccountSettings`.
    let read = |noun: &str| has(noun, "get", None);
    let weak = all.iter().filter(|n| (listed(n) || read(n)) && !is_aspect(n)).map(|n| (*n).clone());
    weak.collect::<BTreeSet<_>>().union(&strong).cloned().collect()
}

/// The core noun of `noun`, and the part of it that is meant.
fn core_of(noun: &str, cores: &BTreeSet<String>) -> Option<(String, Option<String>)> {
    if cores.contains(noun) {
        let longer: Vec<&String> = cores.iter().filter(|c| c.starts_with(&format!("{noun} "))).collect();
        let _ = longer;
        return Some((noun.to_owned(), None));
    }
    let head = cores.iter().filter(|c| noun.starts_with(&format!("{c} "))).max_by_key(|c| c.len());
    head.map(|c| (c.clone(), Some(noun[c.len() + 1..].to_owned())))
}

fn keys_of(tools: &[CatalogTool], parsed: &[Parsed], cores: &BTreeSet<String>) -> BTreeMap<String, Keys> {
    let mut out = BTreeMap::new();
    for noun in cores {
        let best = parsed
            .iter()
            .filter(|p| (!p.tail || p.word == "disassociate") && core_of(&p.noun, cores).is_some_and(|(core, _)| core == *noun))
            .filter(|p| p.class != "list" && p.class != "create" && !p.plural)
            .min_by_key(|p| (p.noun != *noun, ["delete", "get", "update", "put", ""].iter().position(|c| *c == p.class)));
        let found = best.and_then(|p| own_key(&tools[p.index], noun, cores));
        let keys = found.or_else(|| key_of_result(tools, parsed, noun));
        let shown = parsed.iter().any(|p| p.noun == *noun && matches!(p.class, "list" | "get"));
        if let Some(keys) = keys.or_else(|| shown.then(Keys::default)) {
            out.insert(noun.clone(), keys);
        }
    }
    out
}

fn own_key(tool: &CatalogTool, noun: &str, cores: &BTreeSet<String>) -> Option<Keys> {
    let keys: Vec<&String> = properties(&tool.parameters)
        .filter(|(n, s)| {
            is_required(&tool.parameters, n)
                && is_key_like(n)
                && matches!(kind_of(&resolve(s, Side::Input)), Kind::Text | Kind::Integer | Kind::Any)
        })
        .map(|(n, _)| n)
        .collect();
    let noun_flat = flat(noun);
    let of_noun = |n: &&&String| {
        let stem = flat(&stem_of(n));
        !stem.is_empty()
            && (noun_flat.starts_with(&stem) || noun_flat.ends_with(&stem) || stem.starts_with(&noun_flat))
            && !(cores.contains(&stem_of(n)) && stem != noun_flat)
    };
    let own = keys.iter().find(|n| flat(&stem_of(n)) == noun_flat).or_else(|| keys.iter().find(of_noun)).or(keys.last())?;
    let parents = keys.iter().filter(|n| n != &own).map(|n| (*n).clone()).collect();
    Some(Keys { own: (*own).clone(), parents })
}

/// Where no tool takes the key, the result of creation or listing may show one: `SendMessage` gives a `MessageId`.
fn key_of_result(tools: &[CatalogTool], parsed: &[Parsed], noun: &str) -> Option<Keys> {
    let wanted = format!("{}id", flat(noun));
    let makers = parsed.iter().filter(|p| p.noun == noun && p.class == "create");
    makers.filter_map(|p| tools[p.index].returns.as_ref()).find_map(|returns| {
        let returns = resolve(returns, Side::Output);
        let found = properties(&returns).find(|(n, _)| flat(n) == wanted).map(|(n, _)| n.clone());
        found.map(|own| Keys { own, parents: Vec::new() })
    })
}

fn is_key_like(param: &str) -> bool {
    words(param).last().is_some_and(|w| KEY_ENDINGS.contains(&w.as_str())) || words(param).len() == 1
}

/// The noun in a key parameter: `IdentityStoreId` → `identity store`.
fn stem_of(param: &str) -> String {
    let mut all = words(param);
    if all.len() > 1 && all.last().is_some_and(|w| KEY_ENDINGS.contains(&w.as_str())) {
        all.pop();
    }
    all.join(" ")
}

/// The whole chain of a noun, root first: (noun, key parameter). Parents come from the keys of the item and from those
/// required parameters of its creator or lister that are keys of other nouns.
fn chain_of(tools: &[CatalogTool], parsed: &[Parsed], noun: &str, own: &Keys, keys: &BTreeMap<String, Keys>) -> Vec<(String, String)> {
    let mut parents: Vec<(String, String)> = Vec::new();
    let push = |param: &String, parents: &mut Vec<(String, String)>| {
        let owner = keys.iter().find(|(n, k)| *n != noun && flat(&k.own) == flat(param)).map(|(n, _)| n.clone());
        let owner_noun = owner.clone().unwrap_or_else(|| stem_of(param));
        if !parents.iter().any(|(_, p)| flat(p) == flat(param)) && flat(param) != flat(&own.own) {
            parents.push((owner_noun, param.clone()));
        }
        owner.is_some()
    };
    for param in &own.parents {
        push(param, &mut parents);
    }
    // What nobody makes belongs to what its lists ask for: `ListOperations(ServiceArn)`.
    let made = parsed.iter().any(|p| p.noun == noun && p.class == "create");
    let makers = parsed.iter().filter(|p| p.noun == noun && (p.class == "create" || !made && p.class == "list" && own.parents.is_empty()));
    for p in makers {
        let schema = &tools[p.index].parameters;
        let required = properties(schema).filter(|(n, _)| is_required(schema, n)).map(|(n, _)| n);
        let optional = properties(schema).filter(|(n, _)| !is_required(schema, n)).map(|(n, _)| n);
        let vague = |n: &str| matches!(flat(n).as_str(), "id" | "name" | "title" | "type" | "key");
        let known = |n: &&String| !vague(n) && keys.iter().any(|(other, k)| other != noun && !k.own.is_empty() && flat(&k.own) == flat(n));
        let mut scoped: Vec<&String> = required.filter(known).collect();
        if scoped.is_empty() && p.class == "create" {
            scoped.extend(optional.filter(known).take(1));
        }
        // Two foreign keys mean that the thing joins two others; the first is the parent.
        for param in scoped.into_iter().take(2) {
            push(param, &mut parents);
        }
    }
    // A parent that has parents of its own must come after them.
    parents.sort_by_key(|(n, _)| keys.get(n).map_or(0, |k| 1 + k.parents.len()));
    let mut chain: Vec<(String, String)> = Vec::new();
    for (n, p) in parents {
        let fits = keys.get(&n).is_none_or(|k| k.parents.iter().all(|q| chain.iter().any(|(_, c)| flat(c) == flat(q))));
        if fits && chain.len() <= keys.get(&n).map_or(0, |k| k.parents.len()) {
            chain.push((n, p));
        }
    }
    chain.push((noun.to_owned(), own.own.clone()));
    chain
}

fn sketch(
    tool: &CatalogTool,
    p: &Parsed,
    cores: &BTreeSet<String>,
    keys: &BTreeMap<String, Keys>,
    chains: &BTreeMap<String, Vec<(String, String)>>,
) -> Option<Sketch> {
    let (noun, aspect) = match core_of(&p.noun, cores) {
        Some(found) => found,
        None => (noun_by_other_means(tool, p, cores, keys)?, None),
    };
    let chain = chains.get(&noun)?;
    let has = |param: &str| !param.is_empty() && properties(&tool.parameters).any(|(n, _)| flat(n) == flat(param));
    let own = &chain.last()?.1;
    let on_item = has(own) && p.class != "create" && !(p.class == "list" && aspect.is_none());
    let verb = match (p.class, on_item) {
        ("list", _) if aspect.is_some() => Verb::Get,
        ("list", _) => Verb::List,
        ("get", false) if p.plural && aspect.is_none() => Verb::List,
        ("get", _) => Verb::Get,
        ("create", _) => Verb::Create,
        ("put", true) if aspect.is_none() => Verb::Replace,
        ("put" | "update", _) => Verb::Update,
        ("delete", _) => Verb::Delete,
        _ if p.undoes => Verb::Unact(p.word.clone()),
        _ => Verb::Act(p.word.clone()),
    };
    let mut groups = Vec::new();
    let mut pending = String::new();
    for (i, (step, param)) in chain.iter().enumerate() {
        let is_own = i + 1 == chain.len();
        let literal = format!("{pending}{}", plural(step).replace(' ', "_"));
        let taken = if is_own { on_item } else { has(param) };
        if taken || is_own {
            let name = properties(&tool.parameters).map(|(n, _)| n).find(|n| flat(n) == flat(param)).filter(|_| taken);
            groups.push(Group { literal, params: name.into_iter().cloned().collect() });
            pending = String::new();
        } else {
            pending = format!("{literal}/");
        }
    }
    Some(Sketch { tool: p.index, verb, groups, aspect, named: true })
}

/// `SendBonus` makes a `bonus payment`; `TagResource(SecretId)` is about the secret.
fn noun_by_other_means(tool: &CatalogTool, p: &Parsed, cores: &BTreeSet<String>, keys: &BTreeMap<String, Keys>) -> Option<String> {
    let longer: Vec<&String> = cores.iter().filter(|c| c.starts_with(&format!("{} ", p.noun))).collect();
    if let [only] = longer[..] {
        return Some(only.clone());
    }
    if p.tail && cores.contains(&p.tail_noun) && p.class == "update" {
        return Some(p.tail_noun.clone());
    }
    let shown = tool.origin.returns_schema.as_deref().map(crate::words::family);
    if let Some(noun) = shown.filter(|n| p.class == "list" && cores.contains(n)) {
        return Some(noun);
    }
    if p.noun != "resource" {
        return None;
    }
    let owners: Vec<&String> =
        keys.iter().filter(|(_, k)| properties(&tool.parameters).any(|(n, _)| flat(n) == flat(&k.own))).map(|(n, _)| n).collect();
    if let [only] = owners[..] { Some(only.clone()) } else { None }
}
