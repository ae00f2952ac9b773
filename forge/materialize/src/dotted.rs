//! Sketches of calls that are written as dotted names: `POST /api/conversations.setTopic`, `GET /api/usergroups.users.list`.
//!
//! The parts before the last are a place, the last one is what is done there. Which parameters pick one thing of a place is learned from the calls
//! that are about one: nearly all of `conversations.*` take a `channel`, and `chat.update` and `chat.delete` take `channel` and `ts`.

use crate::called::path_of;
use crate::rpc::class_of;
use crate::schema::{Kind, Side, kind_of, properties, resolve};
use crate::sketch::{Group, Sketch, Verb, returns_list};
use crate::words::{family, flat, plural, singular, words};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;

/// Least number of dotted calls from which a key can be learned.
const CALLS_MIN: usize = 3;
/// Most parameters that pick one thing together.
const KEYS_MAX: usize = 2;

/// One call, taken apart.
struct Call {
    tool: usize,
    place: Vec<String>,
    /// The words of the last part.
    said: Vec<String>,
    last: String,
}

/// What is done, by the first word of the last part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    List,
    Get,
    Create,
    Update,
    Delete,
    Act,
}

/// Sketches of the dotted calls among `which`, where an API writes most of its calls so.
pub(crate) fn sketches(tools: &[CatalogTool], which: &[usize]) -> Vec<Sketch> {
    let calls: Vec<Call> = which.iter().filter_map(|&i| call(&tools[i], i)).collect();
    if calls.len() < CALLS_MIN || calls.len() * 2 < which.len() {
        return Vec::new();
    }
    let keys = keys_of(tools, &calls);
    let places: Vec<String> = calls.iter().map(|c| c.place.join("/")).collect();
    let nouns = nouns_of(tools, &calls);
    calls.iter().map(|c| sketch(&tools[c.tool], c, &keys, &nouns, &places)).collect()
}

fn call(tool: &CatalogTool, index: usize) -> Option<Call> {
    let last = path_of(tool)?.rsplit('/').next()?;
    let parts: Vec<&str> = last.split('.').collect();
    let (verb, place) = parts.split_last()?;
    let is_word = |part: &&str| part.len() > 1 && part.chars().all(|c| c.is_ascii_alphabetic());
    let is_file = matches!(*verb, "json" | "xml" | "csv" | "php" | "html" | "pdf" | "txt" | "yaml" | "svg" | "png");
    let dotted = !place.is_empty() && !is_file && parts.iter().all(is_word);
    dotted.then(|| Call {
        tool: index,
        place: place.iter().map(|p| (*p).to_owned()).collect(),
        said: words(verb),
        last: (*verb).to_owned(),
    })
}

/// The parts of a dotted call before its verb.
pub(crate) fn place_of(tool: &CatalogTool) -> Option<Vec<String>> {
    call(tool, 0).map(|c| c.place)
}

fn deed(tool: &CatalogTool, call: &Call) -> Deed {
    let first = call.said[0].as_str();
    match (first, class_of(first)) {
        ("list" | "search" | "history", _) => Deed::List,
        ("info", _) | (_, Some("get")) => Deed::Get,
        ("upload" | "me" | "register", _) | (_, Some("create")) => Deed::Create,
        ("delete" | "remove", _) => Deed::Delete,
        ("set" | "update" | "edit", _) if call.said.len() == 1 => Deed::Update,
        (_, None) if returns_list(tool) && plural(&singular(&call.last)) == call.last => Deed::List,
        _ => Deed::Act,
    }
}

/// The parameters that pick one thing of each place.
fn keys_of(tools: &[CatalogTool], calls: &[Call]) -> BTreeMap<String, Vec<String>> {
    let mut about: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, c) in calls.iter().enumerate() {
        let about_one = c.said.len() == 1 && !matches!(deed(&tools[c.tool], c), Deed::Create) && c.last != "list" && c.place.len() < 4;
        let at = about.entry(c.place.join("/")).or_default();
        if about_one {
            at.push(i);
        }
    }
    let key = |(place, which): (&String, &Vec<usize>)| {
        let noun = flat(&singular(place.rsplit('/').next().unwrap_or("")));
        let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
        let all: Vec<usize> =
            if which.is_empty() { (0..calls.len()).filter(|&i| calls[i].place.join("/") == *place).collect() } else { which.clone() };
        for &i in &all {
            for (name, _) in properties(&tools[calls[i].tool].parameters).filter(|(n, s)| picks(n, s)) {
                *counts.entry(name).or_default() += 1;
            }
        }
        let named = [format!("{noun}id"), noun.clone()].iter().find_map(|w| counts.keys().find(|n| flat(n) == *w).map(|n| (**n).clone()));
        let common: Vec<String> = counts
            .iter()
            .filter(|(name, n)| **n * 5 >= all.len() * 3 && !which.is_empty() && !is_content(name))
            .map(|(name, _)| (*name).clone())
            .collect();
        let keys = match named {
            Some(name) if counts.get(&name).is_some_and(|n| *n * 3 >= all.len()) => vec![name],
            _ if !common.is_empty() && common.len() <= KEYS_MAX => common,
            _ => return None,
        };
        Some((place.clone(), keys))
    };
    about.iter().filter_map(key).collect()
}

/// True for parameters that could be a key: words and numbers, not pages and options.
fn picks(name: &str, schema: &serde_json::Value) -> bool {
    let kind = kind_of(&resolve(schema, Side::Input));
    let f = flat(name);
    let option = ["include", "exclude", "show", "is", "as", "crop", "ts_", "date", "icon"]
        .iter()
        .any(|word| words(name).first().is_some_and(|w| w == word));
    let page = matches!(
        f.as_str(),
        "count" | "page" | "limit" | "cursor" | "token" | "latest" | "oldest" | "full" | "types" | "sort" | "sortdir" | "query"
    );
    matches!(kind, Kind::Text | Kind::Integer | Kind::Real) && !option && !page
}

/// Names of what a thing says, not of which it is.
fn is_content(name: &str) -> bool {
    matches!(
        flat(name).as_str(),
        "text" | "title" | "description" | "view" | "hash" | "users" | "value" | "name" | "presence" | "triggerid" | "url"
    )
}

/// What is at a place that is not called after it: `chat.postMessage` and `chat.meMessage` make `messages`.
fn nouns_of(tools: &[CatalogTool], calls: &[Call]) -> BTreeMap<String, String> {
    let mut made: BTreeMap<(String, String), usize> = BTreeMap::new();
    for c in calls.iter().filter(|c| c.said.len() == 2 && deed(&tools[c.tool], c) == Deed::Create) {
        *made.entry((c.place.join("/"), plural(&singular(&c.said[1])))).or_default() += 1;
    }
    made.into_iter().filter(|(_, n)| *n > 1).map(|((place, noun), _)| (place, noun)).collect()
}

fn sketch(
    tool: &CatalogTool,
    call: &Call,
    keys: &BTreeMap<String, Vec<String>>,
    nouns: &BTreeMap<String, String>,
    places: &[String],
) -> Sketch {
    let has = |name: &String| properties(&tool.parameters).any(|(n, _)| n == name);
    let by_id = |place: &str| {
        let wanted = format!("{}id", flat(&singular(place.rsplit('/').next().unwrap_or(""))));
        properties(&tool.parameters).find(|(n, _)| flat(n) == wanted).map(|(n, _)| vec![n.clone()])
    };
    let key_at = |place: &str| keys.get(place).filter(|names| names.iter().all(has)).cloned().or_else(|| by_id(place)).unwrap_or_default();
    let mut place = call.place.clone();
    let what = call.said[1..].join(" ");
    let deed = deed(tool, call);
    // `chat.deleteScheduledMessage` is about `chat.scheduledMessages`.
    let scheduled = (call.said[0] == "schedule").then(|| "scheduled".to_owned());
    let inner: Vec<String> = scheduled.into_iter().chain(call.said[1..].iter().cloned()).collect();
    let inner: String = inner.iter().enumerate().map(|(i, w)| if i == 0 { w.clone() } else { crate::words::capital(w) }).collect();
    let deeper = (!what.is_empty()).then(|| format!("{}/{}", place.join("/"), plural(&singular(&inner)))).filter(|p| places.contains(p));
    if deeper.is_some() {
        place.push(plural(&singular(&inner)));
    }
    let mut groups: Vec<Group> = Vec::new();
    for depth in 1..=place.len() {
        let here = place[..depth].join("/");
        let is_last = depth == place.len();
        let own = if is_last && matches!(deed, Deed::List | Deed::Create) && !is_part(call, deed) { Vec::new() } else { key_at(&here) };
        let own: Vec<String> = own.into_iter().filter(|name| !groups.iter().any(|g: &Group| g.params.contains(name))).collect();
        let literal = nouns.get(&here).map_or(place[depth - 1].as_str(), String::as_str);
        push(&mut groups, literal, own);
    }
    let on_item = groups.last().is_some_and(|g| !g.params.is_empty());
    let verb = match deed {
        Deed::List if is_part(call, deed) => {
            push(&mut groups, &part_of(tool, call), Vec::new());
            Verb::List
        }
        Deed::List => Verb::List,
        Deed::Get if !what.is_empty() && deeper.is_none() && on_item => {
            push(&mut groups, &what.replace(' ', "_"), Vec::new());
            Verb::Get
        }
        Deed::Get => Verb::Get,
        Deed::Create => Verb::Create,
        Deed::Update => Verb::Update,
        Deed::Delete if what.is_empty() || deeper.is_some() => Verb::Delete,
        _ => Verb::Act(call.said.join("")),
    };
    Sketch { tool: call.tool, verb, groups, aspect: None, named: true }
}

/// True for lists that are named by what they show: `conversations.history`, `users.conversations`.
fn is_part(call: &Call, deed: Deed) -> bool {
    deed == Deed::List && !matches!(call.said[0].as_str(), "list" | "search")
}

/// The place of such a list: `history` shows `messages`.
fn part_of(tool: &CatalogTool, call: &Call) -> String {
    let shown = tool.origin.returns_schema.as_deref().map(family).and_then(|f| f.rsplit(' ').next().map(str::to_owned));
    match shown.filter(|_| call.last == "history") {
        Some(noun) => plural(&singular(&noun)),
        None => call.last.clone(),
    }
}

fn push(groups: &mut Vec<Group>, literal: &str, params: Vec<String>) {
    match groups.last_mut().filter(|g| g.params.is_empty()) {
        Some(group) => {
            group.literal = format!("{}/{literal}", group.literal);
            group.params = params;
        }
        None => groups.push(Group { literal: literal.to_owned(), params }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn tools(calls: &[(&str, &[&str])]) -> Vec<CatalogTool> {
        let tool = |(path, parameters): &(&str, &[&str])| {
            let properties: serde_json::Map<String, serde_json::Value> =
                parameters.iter().map(|name| ((*name).to_owned(), json!({"type": "string"}))).collect();
            let origin = json!({"source": "openapi", "provider": "x", "service": "y", "method": "POST", "path": path});
            let tool = json!({"id": path, "name": path, "parameters": {"type": "object", "properties": properties}, "origin": origin});
            serde_json::from_value(tool).expect("a tool")
        };
        calls.iter().map(tool).collect()
    }

    fn show(sketch: &Sketch) -> String {
        let parts: Vec<String> = sketch.groups.iter().map(|g| format!("{}({})", g.literal, g.params.join(","))).collect();
        format!("{:?} {}", sketch.verb, parts.join(" "))
    }

    #[test]
    fn keys_are_what_nearly_all_calls_of_a_place_take() {
        let all = tools(&[
            ("/api/conversations.create", &["name"]),
            ("/api/conversations.list", &["limit"]),
            ("/api/conversations.archive", &["channel"]),
            ("/api/conversations.info", &["channel", "include_locale"]),
            ("/api/conversations.setTopic", &["channel", "topic"]),
            ("/api/chat.postMessage", &["channel", "text"]),
            ("/api/chat.meMessage", &["channel", "text"]),
            ("/api/chat.update", &["channel", "ts", "text"]),
            ("/api/chat.delete", &["channel", "ts"]),
            ("/api/usergroups.users.list", &["usergroup"]),
            ("/api/usergroups.enable", &["usergroup"]),
        ]);
        let which: Vec<usize> = (0..all.len()).collect();
        let found: Vec<String> = sketches(&all, &which).iter().map(show).collect();
        let expected = [
            "Create conversations()",
            "List conversations()",
            "Act(\"archive\") conversations(channel)",
            "Get conversations(channel)",
            "Act(\"settopic\") conversations(channel)",
            "Create messages()",
            "Create messages()",
            "Update messages(channel,ts)",
            "Delete messages(channel,ts)",
            "List usergroups(usergroup) users()",
            "Act(\"enable\") usergroups(usergroup)",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn files_versions_and_keys_in_paths_are_no_dotted_calls() {
        let all = tools(&[("/v1/report.json", &[]), ("/v1.0/things", &[]), ("/files/{id}.zip", &["id"]), ("/a.b.c/x", &[])]);
        assert!(sketches(&all, &[0, 1, 2, 3]).is_empty());
    }
}
