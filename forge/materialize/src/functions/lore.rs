//! What the functions of one API tell together: its things with their members, states and lists; and each function as a call on a path.

use super::names::{Act, Call, is_owner, key_noun, key_param, key_schema};
use super::{Held, Thing, Told, Write, phrases};
use crate::columns::is_call_option;
use crate::schema::{Kind, Side, description_of, is_required, kind_of, properties, resolve};
use crate::words::{flat, participle, plural, spaced, words};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::catalog::{ParameterLocation, Place as At};

/// Things by noun.
pub(super) type Things = BTreeMap<String, Thing>;

/// The things that the `calls` speak of.
pub(super) fn things(tools: &[CatalogTool], calls: &[Call]) -> Things {
    let mut out = Things::new();
    for call in calls.iter().filter(|call| !call.noun.is_empty()) {
        let key = call.key.clone().unwrap_or_else(|| format!("{}_id", call.noun.replace(' ', "_")));
        let thing = out.entry(call.noun.clone()).or_insert_with(|| Thing { noun: call.noun.clone(), ..Thing::default() });
        if thing.key.is_empty() || call.key.is_some() {
            thing.key_schema = key_schema(tools, calls.iter().map(|c| c.tool), &key);
            thing.key = key;
        }
    }
    for call in calls {
        belongings(&tools[call.tool], call, &mut out);
    }
    for call in calls {
        told_members(&tools[call.tool], call, &mut out);
        members(tools, call, &mut out);
        owned_lists(tools, calls, call, &mut out);
    }
    for call in calls {
        states(&tools[call.tool], call, calls, &mut out);
    }
    let led_to: Vec<String> = calls.iter().filter_map(|call| target(&tools[call.tool], call, calls)).collect();
    for thing in out.values_mut().filter(|thing| !thing.states.is_empty()) {
        if thing.states.iter().all(|state| led_to.contains(state)) && !thing.states.iter().any(|s| flat(s) == "active") {
            thing.states.insert(0, "active".to_owned());
        }
    }
    out
}

/// "Get the details of a user, including their orders": an order has a `user_id`, and a user shows its `order_ids`.
fn belongings(tool: &CatalogTool, call: &Call, things: &mut Things) {
    if call.act != Act::Get {
        return;
    }
    let lower = tool.description.to_lowercase();
    let Some((_, told)) = lower.split_once("including ") else { return };
    let told = words(told.split(['.', '\n']).next().unwrap_or(told));
    let Some(owner) = things.get(&call.noun).cloned() else { return };
    let nouns: Vec<String> = things.keys().filter(|n| **n != call.noun && told.iter().any(|w| *w == plural(n))).cloned().collect();
    for noun in nouns {
        let Some(thing) = things.get_mut(&noun) else { continue };
        thing.fields.entry(owner.key.clone()).or_insert_with(|| owner.key_schema.clone());
        thing.always.push(owner.key.clone());
        let member = format!("{}s", thing.key);
        if let Some(owner) = things.get_mut(&call.noun) {
            owner.belongings.insert(member, noun);
        }
    }
}

/// Members of documents from the parameters of one function.
fn members(tools: &[CatalogTool], call: &Call, things: &mut Things) {
    let tool = &tools[call.tool];
    if matches!(call.act, Act::Compute | Act::Speak) {
        return;
    }
    for (name, schema) in properties(&tool.parameters) {
        let noun = key_noun(name);
        let resolved = resolve(schema, Side::Input);
        if Some(name) == call.key.as_ref() || is_call_option(name) || is_page(name) {
            continue;
        }
        if let Some(noun) = noun.filter(|_| kind_of(&resolved) == Kind::Array && call.key.is_some()) {
            if !flat(name).starts_with("new") {
                list_of(name, &noun, &resolved, call, things);
            }
            if let Some(thing) = things.get_mut(&call.noun).filter(|_| call.act == Act::Do) {
                let member = format!("{}_{name}", call.verb);
                thing.records.push(member.clone());
                thing.fields.entry(member).or_insert_with(|| json!({"type": "array", "items": {"type": "string"}}));
            }
            continue;
        }
        let Some(member) = member_of(tool, call, name) else { continue };
        let Some(thing) = things.get_mut(&call.noun) else { continue };
        let mut schema = resolved;
        let told = phrases::choices(&description_of(&schema));
        if schema.get("enum").is_none() && !told.is_empty() && kind_of(&schema) == Kind::Text {
            schema["enum"] = json!(told);
        }
        if member != *name {
            thing.records.push(member.clone());
        }
        thing.fields.entry(member).or_insert(schema);
    }
}

/// The member of the thing's documents that a parameter gives. What an act of its own is given is kept under the name of the act.
fn member_of(tool: &CatalogTool, call: &Call, name: &str) -> Option<String> {
    if is_owner(tool, name) {
        return Some(name.to_owned());
    }
    match call.act {
        Act::Do => Some(format!("{}_{name}", call.verb)),
        Act::Update if !sets(tool, call, name) => Some(format!("{}_{}_{name}", call.verb, call.after.join("_"))),
        _ => Some(name.to_owned()),
    }
}

/// True where an update sets what the parameter gives: keys only where the function's name speaks of them.
fn sets(tool: &CatalogTool, call: &Call, name: &str) -> bool {
    let Some(noun) = key_noun(name) else { return true };
    if call.after.is_empty() {
        return true;
    }
    let named = |noun: &str| call.after.iter().any(|word| noun.split(' ').any(|part| part == word));
    let others = properties(&tool.parameters).any(|(n, _)| Some(n) != call.key.as_ref() && key_noun(n).is_none());
    let lists = properties(&tool.parameters).any(|(n, _)| n != name && key_noun(n).is_some_and(|n| named(&n)));
    named(&noun) && !(lists && others)
}

/// `item_ids` of an order: it holds items.
fn list_of(name: &str, noun: &str, schema: &Value, call: &Call, things: &mut Things) {
    let told = description_of(schema);
    let examples = phrases::examples(&told);
    let peers: Vec<String> = things.keys().filter(|n| *n != noun).cloned().collect();
    // "of the same product type": an item has a product.
    let shared = peers.iter().find(|n| told.to_lowercase().contains(&format!("the same {n}"))).cloned();
    if let Some(thing) = things.get_mut(&call.noun) {
        thing.lists.entry(name.to_owned()).or_insert_with(|| Held { noun: noun.to_owned(), examples });
    }
    share(noun, shared, things);
}

/// Each thing called `noun` is of one thing called `shared`, which shows them.
fn share(noun: &str, shared: Option<String>, things: &mut Things) {
    let Some(owner) = shared.and_then(|n| things.get(&n)).cloned() else { return };
    let Some(thing) = things.get_mut(noun).filter(|thing| !thing.always.contains(&owner.key)) else { return };
    thing.always.push(owner.key.clone());
    thing.fields.entry(owner.key).or_insert(owner.key_schema);
    let member = format!("{}s", thing.key);
    if let Some(owner) = things.get_mut(&owner.noun) {
        owner.belongings.insert(member, noun.to_owned());
    }
}

/// Members that a description names: "List the name and price of all products".
const TOLD_MEMBERS: [&str; 12] =
    ["name", "title", "price", "description", "email", "phone", "address", "quantity", "balance", "category", "location", "due date"];

/// Members of what a reading function shows, from its first sentence.
fn told_members(tool: &CatalogTool, call: &Call, things: &mut Things) {
    let first = tool.description.split(['.', '\n']).next().unwrap_or("").to_lowercase();
    let (Some((told, _)), Act::Get | Act::List | Act::Find) = (first.split_once(" of "), &call.act) else { return };
    let Some(thing) = things.get_mut(&call.noun) else { return };
    for part in told.split(" and ").flat_map(|part| part.split(',')) {
        let part = part.trim().rsplit(" the ").next().unwrap_or(part);
        let known = TOLD_MEMBERS
            .iter()
            .find(|m| part == **m || part.strip_suffix(**m).is_some_and(|head| matches!(head, "list " | "get " | "the ")));
        if let Some(member) = known {
            let kind = if matches!(*member, "price" | "balance") {
                "number"
            } else if *member == "quantity" {
                "integer"
            } else {
                "string"
            };
            thing.fields.entry(member.replace(' ', "_")).or_insert_with(|| json!({"type": kind}));
        }
    }
}

/// Keys of things that no function is about, which "can be looked up from the user": a user has a list of them.
fn owned_lists(tools: &[CatalogTool], calls: &[Call], call: &Call, things: &mut Things) {
    let tool = &tools[call.tool];
    for (name, schema) in properties(&tool.parameters) {
        let resolved = resolve(schema, Side::Input);
        let told = description_of(&resolved).to_lowercase();
        if flat(name).starts_with("new") && kind_of(&resolved) == Kind::Array {
            let item = key_noun(name).unwrap_or_default();
            let shared = things.keys().find(|n| **n != item && (told.contains(&format!("the same {n}")) || same(tool, n))).cloned();
            share(&item, shared, things);
        }
        let Some(noun) = key_noun(name).filter(|noun| kind_of(&resolved) == Kind::Text && !things.contains_key(noun)) else { continue };
        let all: String =
            calls.iter().map(|c| description_of(&tools[c.tool].parameters["properties"][name]).to_lowercase() + " ").collect();
        let all = words(&all.replace("'s ", " "));
        let is_told = |n: &&String| **n != call.noun && all.iter().any(|w| w == *n || *w == plural(n));
        let owner = things.keys().filter(is_told).find(|owner| reaches(call, owner, tool, things)).cloned();
        let Some(owner) = owner else { continue };
        let examples = phrases::examples(&description_of(&resolved));
        let member = format!("{name}s");
        if let Some(thing) = things.get_mut(&owner) {
            thing.lists.entry(member).or_insert(Held { noun, examples });
        }
    }
}

fn same(tool: &CatalogTool, noun: &str) -> bool {
    tool.description.to_lowercase().contains(&format!("the same {noun}"))
}

/// True where a row of the call's thing, or its arguments, name a row of `owner`.
fn reaches(call: &Call, owner: &str, tool: &CatalogTool, things: &Things) -> bool {
    let Some(key) = things.get(owner).map(|o| &o.key) else { return false };
    call.key.is_some() && things.get(&call.noun).is_some_and(|t| t.fields.contains_key(key)) || key_param(tool, owner).is_some()
}

fn is_page(name: &str) -> bool {
    matches!(flat(name).as_str(), "limit" | "offset" | "page" | "perpage" | "pagesize" | "cursor" | "sort" | "sortby" | "order" | "orderby")
}

/// States that functions need and lead to.
fn states(tool: &CatalogTool, call: &Call, calls: &[Call], things: &mut Things) {
    if !matches!(call.act, Act::Do | Act::Update | Act::Delete) {
        return;
    }
    let target = target(tool, call, calls);
    let flag = flag(tool, call, target.as_deref());
    let told = phrases::needed_states(&tool.description);
    let also = also_states(tool, call);
    let once = once(tool, call, target.as_deref());
    let Some(thing) = things.get_mut(&call.noun) else { return };
    for state in call.before.iter().chain(&told).chain(&also).chain(&target) {
        if !thing.states.contains(state) {
            thing.states.push(state.clone());
        }
    }
    for flag in flag.map(|(name, _)| name).into_iter().chain(once) {
        if !thing.flags.contains(&flag) {
            thing.flags.push(flag);
        }
    }
}

/// "If the order is already processed or delivered, it cannot be cancelled": two states more.
fn also_states(tool: &CatalogTool, call: &Call) -> Vec<String> {
    let lower = tool.description.to_lowercase();
    let phrase = format!("{} is already ", call.noun);
    let Some((_, rest)) = lower.split_once(&phrase) else { return Vec::new() };
    let rest = rest.split([',', '.']).next().unwrap_or(rest);
    rest.split(" or ").map(str::trim).filter(|w| !w.is_empty() && !w.contains(' ')).map(str::to_owned).collect()
}

/// The state that a function leads to: as its description says, or the participle of a verb that acts on a state.
fn target(tool: &CatalogTool, call: &Call, calls: &[Call]) -> Option<String> {
    if let Some((_, state)) = phrases::target_state(&tool.description) {
        return Some(state);
    }
    if call.act != Act::Do || matches!(call.verb.as_str(), "enable" | "disable") {
        return None;
    }
    // Where what one act leads to is called 'return requested', others are called so too.
    let parts = !call.after.is_empty() && !call.before.is_empty();
    let requested =
        calls.iter().any(|other| other.noun == call.noun && other.tool != call.tool && other.act == Act::Do && parts && other.asks);
    if requested {
        return Some(format!("{} requested", call.verb));
    }
    let done = participle(&call.verb);
    (!call.before.is_empty() || crate::actions::names_state(&call.verb)).then(|| done.replace('_', " "))
}

/// `enable_roaming` sets a flag `roaming_enabled`.
fn flag(_tool: &CatalogTool, call: &Call, target: Option<&str>) -> Option<(String, bool)> {
    let on = match call.verb.as_str() {
        "enable" => true,
        "disable" => false,
        _ => return None,
    };
    let what = call.after.join("_");
    (target.is_none()).then(|| (if what.is_empty() { "enabled".to_owned() } else { format!("{what}_enabled") }, on))
}

/// The flag that says that what can be done once was done; where it leads to another state, that state says it.
fn once(tool: &CatalogTool, call: &Call, target: Option<&str>) -> Option<String> {
    let leaves = target.is_some() && !call.before.is_empty();
    let part = if call.after.is_empty() { String::new() } else { format!("{}_", plural(&call.after.join("_"))) };
    (phrases::only_once(&tool.description) && !leaves).then(|| format!("{part}{}", participle(&call.verb).replace(' ', "_")))
}

/// The document of a thing.
fn document(thing: &Thing) -> Value {
    let mut members = Map::new();
    members.insert(thing.key.clone(), thing.key_schema.clone());
    let mut required = vec![thing.key.clone()];
    required.extend(thing.always.iter().cloned());
    for (name, schema) in &thing.fields {
        members.insert(name.clone(), schema.clone());
    }
    for (name, held) in &thing.lists {
        members.insert(
            name.clone(),
            json!({"type": "array", "items": {"type": "string"}, "description": format!("Keys of {}.", plural(&held.noun))}),
        );
        required.push(name.clone());
    }
    for (name, noun) in &thing.belongings {
        members.insert(
            name.clone(),
            json!({"type": "array", "items": {"type": "string"}, "description": format!("Keys of its {}.", plural(noun))}),
        );
    }
    if !thing.states.is_empty() {
        members.insert("status".to_owned(), json!({"type": "string", "enum": thing.states}));
        required.push("status".to_owned());
    }
    for name in &thing.flags {
        members.insert(name.clone(), json!({"type": "boolean"}));
        required.push(name.clone());
    }
    required.sort();
    required.dedup();
    json!({"type": "object", "title": thing.noun, "properties": members, "required": required})
}

/// Members of `thing` as schemas, for columns that no reading function shows.
pub(super) fn schemas(thing: &Thing) -> Value {
    document(thing)
}

/// Writes the function of `call` as a call on a path.
pub(super) fn write_again(tools: &mut [CatalogTool], call: &Call, calls: &[Call], things: &Things) -> Told {
    let tool = &tools[call.tool];
    match call.act {
        Act::Speak => return Told::Speech,
        Act::Compute => return properties(&tool.parameters).next().map_or(Told::Path, |(name, _)| Told::Arithmetic(name.clone())),
        _ => {}
    }
    let Some(thing) = things.get(&call.noun) else { return Told::Path };
    if let Some(reason) = unclear(tool, call, thing) {
        return Told::Unclear(reason);
    }
    let told = match call.act {
        Act::Do | Act::Update => Told::Write(Box::new(change(tool, call, calls, things))),
        _ => Told::Path,
    };
    let choices: Vec<(String, Value)> = properties(&tool.parameters)
        .filter(|(_, s)| s.get("enum").is_none() && kind_of(&resolve(s, Side::Input)) == Kind::Text)
        .map(|(n, s)| (n.clone(), phrases::choices(&description_of(s))))
        .filter(|(_, choices)| !choices.is_empty())
        .map(|(n, choices)| (n, json!(choices)))
        .collect();
    let tool = &mut tools[call.tool];
    let mut parameters = tool.parameters.to_value();
    for (name, choices) in choices {
        parameters["properties"][&name]["enum"] = choices;
    }
    tool.parameters = parameters.into();
    place(tool, call, thing);
    told
}

/// Why a function cannot be given semantics.
fn unclear(tool: &CatalogTool, call: &Call, thing: &Thing) -> Option<String> {
    let many = plural(&call.noun);
    let reads = matches!(call.act, Act::Get | Act::Find | Act::List);
    if let Some(word) = call.before.first().filter(|_| reads) {
        return Some(format!("no field of {many} says which are `{}`", spaced(word)));
    }
    let asked = |name: &String| properties(&tool.parameters).any(|(n, _)| n == name);
    let known = thing.fields.keys().any(|n| call.act != Act::Find || !asked(n));
    let more = !thing.lists.is_empty() || !thing.belongings.is_empty() || !thing.states.is_empty() || !thing.flags.is_empty();
    (reads && !known && !more && call.after != ["id"]).then(|| format!("nothing is known of {many} but their keys"))
}

/// Gives `tool` method, path, places of its parameters and a result.
fn place(tool: &mut CatalogTool, call: &Call, thing: &Thing) {
    let home = format!("/{}", plural(&thing.noun).replace(' ', "_"));
    let key = call.key.as_ref();
    let item = key.map_or_else(|| home.clone(), |key| format!("{home}/{{{key}}}"));
    let needs_more = properties(&tool.parameters).any(|(n, _)| Some(n) != key && is_required(&tool.parameters, n));
    let (method, path) = match call.act {
        Act::Get if !needs_more => ("GET", item),
        Act::Get | Act::Find | Act::List => ("GET", home),
        Act::Create => ("POST", home),
        Act::Delete => ("DELETE", item),
        _ => ("POST", format!("{item}:{}", call.verb)),
    };
    let at = |name: &String| match method {
        _ if path.contains(&format!("{{{name}}}")) => At::Path,
        "POST" => At::Body,
        _ => At::Query,
    };
    tool.origin.locations = properties(&tool.parameters).map(|(n, _)| ParameterLocation { name: n.clone(), place: at(n) }).collect();
    tool.origin.method = Some(method.to_owned());
    tool.origin.path = Some(path);
    let document = document(thing);
    let only_key = call.act == Act::Find && call.after == ["id"];
    tool.origin.returns_schema = Some(thing.noun.clone()).filter(|_| !only_key);
    tool.origin.returns_list = call.act == Act::List;
    tool.returns = Some(match call.act {
        Act::List => json!({"type": "array", "items": document}).into(),
        _ if only_key => json!({"type": "object", "properties": {&thing.key: thing.key_schema}, "required": [&thing.key]}).into(),
        _ => document.into(),
    });
}

/// What a function changes, and under what guards.
fn change(tool: &CatalogTool, call: &Call, calls: &[Call], things: &Things) -> Write {
    let thing = &things[&call.noun];
    let mut out = Write::default();
    out.target = target(tool, call, calls);
    out.flag = flag(tool, call, out.target.as_deref());
    out.once = once(tool, call, out.target.as_deref());
    out.needs = call.before.iter().cloned().chain(phrases::needed_states(&tool.description)).collect();
    for (name, schema) in properties(&tool.parameters) {
        let kind = kind_of(&resolve(schema, Side::Input));
        let noun = key_noun(name);
        if Some(name) == call.key.as_ref() || is_owner(tool, name) && noun.is_some() {
            let member = if Some(name) == call.key.as_ref() { &thing.key } else { name };
            out.picks.push((name.clone(), member.clone()));
        } else if thing.lists.contains_key(name) && call.key.is_some() {
            out.of_list = Some((name.clone(), name.clone()));
            out.records.extend((call.act == Act::Do).then(|| (name.clone(), format!("{}_{name}", call.verb))));
        } else if let (Some(noun), Kind::Array, true) = (&noun, kind, flat(name).starts_with("new")) {
            let shared = things.iter().find(|(n, _)| *n != noun && is_told_same(tool, name, n)).map(|(_, t)| t.key.clone());
            out.by = Some((name.clone(), shared));
            out.replaces = call.act == Act::Update;
            out.records.extend((call.act == Act::Do).then(|| (name.clone(), format!("{}_{name}", call.verb))));
        } else {
            let member = member_of(tool, call, name).unwrap_or_else(|| name.clone());
            out.fields.push((name.clone(), member));
            let list = format!("{name}s");
            let owner = things.values().find(|t| t.noun != call.noun && t.lists.contains_key(&list) && thing.fields.contains_key(&t.key));
            out.of_owner.extend(owner.map(|o| (name.clone(), o.noun.clone(), list)));
        }
    }
    let references = out.fields.iter().all(|(name, _)| key_noun(name).is_some());
    out.other = call.act == Act::Update && out.fields.len() == 1 && references && out.of_list.is_none();
    out
}

fn is_told_same(tool: &CatalogTool, param: &str, noun: &str) -> bool {
    let told = description_of(&tool.parameters["properties"][param]).to_lowercase();
    told.contains(&format!("the same {noun}")) || same(tool, noun)
}
