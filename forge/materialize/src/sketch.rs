//! A first look at each tool, alone and among its neighbours: which chain of resources it addresses, and with what verb.
//!
//! REST tools are read from method and path; the others become the same kind of sketch in [`crate::rpc`].

use crate::called;
use crate::schema::{Kind, Side, kind_of, list_items, properties, resolve};
use crate::selection;
use crate::words::{self, flat, plural, singular};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;

/// What a tool does to the resource at the end of its chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    /// Shows the members of a collection.
    List,
    /// Shows one member, or a singleton.
    Get,
    /// Says whether something is so, without a document.
    Check,
    /// Makes a member.
    Create,
    /// Changes the given fields.
    Update,
    /// Sets all fields; makes the member where it is missing.
    Replace,
    /// Removes a member.
    Delete,
    /// Replaces a whole collection.
    SetAll,
    /// Removes from a collection: all, or the members in the body.
    RemoveAll,
    /// A custom verb.
    Act(String),
    /// Undoes the custom verb.
    Unact(String),
}

/// One step of a chain: `issues/comments` and the parameters that pick one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) literal: String,
    pub(crate) params: Vec<String>,
}

/// One tool, sketched.
#[derive(Clone, Debug)]
pub(crate) struct Sketch {
    /// Index among the domain's tools.
    pub(crate) tool: usize,
    pub(crate) verb: Verb,
    /// From the root to the addressed resource; a custom verb is not part of it.
    pub(crate) groups: Vec<Group>,
    /// For RPC tools, the part of the resource that the name singles out: `attributes`, `tags`, `url`.
    pub(crate) aspect: Option<String>,
    /// True where it was read from the tool's name, not from its path.
    pub(crate) named: bool,
}

impl Sketch {
    /// All literals joined: where in the API's tree the resource lives, whatever the keys.
    pub(crate) fn path(&self) -> String {
        path_of(&self.groups)
    }

    /// The parameters of the chain, in order.
    pub(crate) fn params(&self) -> Vec<String> {
        self.groups.iter().flat_map(|g| g.params.iter().cloned()).collect()
    }

    /// True where the last group picks one member.
    pub(crate) fn on_item(&self) -> bool {
        self.groups.last().is_some_and(|g| !g.params.is_empty())
    }
}

/// Literals of `groups`, joined.
pub(crate) fn path_of(groups: &[Group]) -> String {
    groups.iter().map(|g| g.literal.as_str()).collect::<Vec<_>>().join("/")
}

/// Segments of a path that name no resource.
const PREFIXES: [&str; 12] = ["api", "rest", "v", "me", "@me", "beta", "public", "services", "odata", "tasks-api", "latest-api", "graphql"];

/// Splits a path template into groups and a custom verb (`…:cancel`).
pub(crate) fn groups_of(path: &str) -> (Vec<Group>, Option<String>) {
    let (path, custom) = match path.rsplit_once(':') {
        Some((head, verb)) if !verb.contains('/') && !verb.contains('}') => (head, Some(verb.to_owned())),
        _ => (path, None),
    };
    let path = path.replace("users/@me/", "").replace("users/me/", "");
    let mut groups: Vec<Group> = Vec::new();
    let mut open = false;
    for segment in path.split('/').filter(|s| !s.is_empty()) {
        let segment = segment.strip_suffix(".json").unwrap_or(segment);
        // OData names functions with their namespace: `microsoft.graph.security.removeHold`.
        let segment = if segment.starts_with("microsoft.graph.") { segment.rsplit('.').next().unwrap_or(segment) } else { segment };
        if let Some((literal, param)) = odata_key(segment) {
            push_literal(&mut groups, literal, open);
            groups.last_mut().expect("a group was pushed").params.push(param.to_owned());
            open = false;
        } else if let Some(param) = segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
            let param = param.trim_start_matches('+').trim_end_matches('*').to_owned();
            match groups.last_mut() {
                Some(group) => group.params.push(param),
                None => groups.push(Group { literal: words::plural(&singular(&flat(&param))), params: vec![param] }),
            }
            open = false;
        } else {
            push_literal(&mut groups, segment, open);
            open = true;
        }
    }
    drop_field(&mut groups);
    strip_prefixes(&mut groups);
    (groups, custom)
}

/// `/boards/{id}/{field}` shows a board: which member of it is not a question of where it lives.
fn drop_field(groups: &mut [Group]) {
    let Some(last) = groups.last_mut().filter(|last| last.params.last().is_some_and(|p| p == selection::FIELD)) else { return };
    // Among fields, it is one of these.
    if !flat(&singular(&last.literal)).ends_with(selection::FIELD) {
        last.params.pop();
    }
}

fn push_literal(groups: &mut Vec<Group>, literal: &str, open: bool) {
    match groups.last_mut().filter(|_| open) {
        Some(group) => group.literal = format!("{}/{literal}", group.literal),
        None => groups.push(Group { literal: literal.to_owned(), params: Vec::new() }),
    }
}

/// `indexes('{indexName}')` picks one of the `indexes`.
fn odata_key(segment: &str) -> Option<(&str, &str)> {
    let (literal, key) = segment.strip_suffix(')')?.split_once('(')?;
    let param = key.trim_matches('\'').strip_prefix('{')?.strip_suffix('}')?;
    (!literal.is_empty() && !param.contains('{')).then_some((literal, param))
}

/// Adds the key that a change of one member names elsewhere than in its path.
fn pick_member(groups: &mut [Group], tool: &CatalogTool, is_custom: bool) {
    let changes = matches!(tool.origin.method.as_deref(), Some("PUT" | "PATCH" | "DELETE"));
    let on_collection = groups.last().is_some_and(|g| g.params.is_empty() && plural(&singular(&g.literal)) == g.literal);
    if changes && on_collection && !is_custom && !returns_list(tool) {
        let param = picked_by(tool, groups).filter(|name| groups.iter().all(|g| !g.params.contains(name)));
        groups.last_mut().expect("there is a group").params.extend(param);
    }
}

/// `/campaigns/{id}/actions/send` is `/campaigns/{id}:send`.
fn spelled_action(groups: &mut Vec<Group>) -> Option<String> {
    let last = groups.last().filter(|g| g.params.is_empty())?;
    let word = last.literal.strip_prefix("actions/").or_else(|| last.literal.strip_prefix("action/"))?.to_owned();
    (groups.len() > 1 && !word.contains('/')).then(|| {
        groups.pop();
        word
    })
}

/// Words at the end of a path that say what is done to what stands before them.
fn spelled_verb(word: &str, on_item: bool, method: &str) -> Option<Verb> {
    match (word, on_item) {
        ("create" | "add" | "new" | "insert", false) if method != "GET" => Some(Verb::Create),
        ("list" | "all", false) => Some(Verb::List),
        ("delete" | "remove", true) if method != "GET" => Some(Verb::Delete),
        ("update" | "edit", true) if method != "GET" => Some(Verb::Update),
        _ => None,
    }
}

/// The parameter by which a call on a collection picks one member: `PUT /products` with `id` in its body.
fn picked_by(tool: &CatalogTool, groups: &[Group]) -> Option<String> {
    let noun = flat(&singular(&words::spaced(groups.last()?.literal.rsplit('/').next()?)));
    let is_key = |name: &str| {
        let f = flat(name);
        f == "id" || f == "uuid" || f.strip_prefix(&noun).is_some_and(|rest| matches!(rest, "id" | "uuid" | "key" | "guid"))
    };
    let scalar = |schema: &serde_json::Value| matches!(kind_of(&resolve(schema, Side::Input)), Kind::Text | Kind::Integer);
    properties(&tool.parameters).find(|(name, schema)| is_key(name) && scalar(schema)).map(|(name, _)| name.clone())
}

/// Keys of a path under the names that the tool's parameters have: the import writes `{calendar-id}` as `calendar_id`.
fn call_by_parameters(groups: &mut [Group], tool: &CatalogTool) {
    let known = |name: &String| properties(&tool.parameters).any(|(n, _)| n == name);
    for param in groups.iter_mut().flat_map(|group| &mut group.params).filter(|param| !known(param)) {
        if let Some((name, _)) = properties(&tool.parameters).find(|(n, _)| flat(n) == flat(param)) {
            param.clone_from(name);
        }
    }
}

/// Drops versions and the like in front of the first resource, so that `v1/courses` is `courses`.
fn strip_prefixes(groups: &mut [Group]) {
    let Some(first) = groups.first_mut() else { return };
    let parts: Vec<&str> = first.literal.split('/').collect();
    let is_prefix = |s: &&&str| {
        let versioned = s.starts_with('v') && s[1..].starts_with(|c: char| c.is_ascii_digit());
        let dated = s.starts_with(|c: char| c.is_ascii_digit());
        versioned || dated || PREFIXES.contains(*s)
    };
    let last_prefix = parts[..parts.len() - 1].iter().rposition(|s| is_prefix(&s));
    if let Some(i) = last_prefix {
        first.literal = parts[i + 1..].join("/");
    }
}

/// What the tools at one place of the tree can do.
#[derive(Default)]
struct Place {
    item: bool,
    list: bool,
    one: bool,
}

/// True where the tool's result is a list.
pub(crate) fn returns_list(tool: &CatalogTool) -> bool {
    let Some(returns) = &tool.returns else { return false };
    let returns = resolve(returns, Side::Output);
    if kind_of(&returns) == Kind::Array {
        return true;
    }
    let paged = properties(&returns)
        .any(|(n, _)| matches!(flat(n).as_str(), "nextpagetoken" | "nexttoken" | "nextlink" | "nextcursor" | "hasmore"));
    let Some((Some(name), items)) = list_items(&returns) else { return false };
    if !paged && tool.origin.source == "openapi" && kind_of(&items) != Kind::Object {
        return false;
    }
    paged
        || (tool.origin.returns_list && properties(&returns).count() <= 4)
        || matches!(name.as_str(), "items" | "data" | "results")
        || is_page(tool, &returns, &name)
}

/// True where an object is one page: beside the array `items` it says only which page this is, and what the path said already. Or the array
/// is called like the end of the path.
fn is_page(tool: &CatalogTool, returns: &serde_json::Value, items: &str) -> bool {
    let Some(path) = called::path_of(tool).filter(|path| !path.ends_with('}') && tool.origin.method.as_deref() == Some("GET")) else {
        return false;
    };
    let tail =
        flat(path.rsplit('/').find(|segment| !segment.is_empty()).map_or("", |segment| segment.strip_suffix(".json").unwrap_or(segment)));
    if flat(items) == tail && plural(&singular(&tail)) == tail {
        return true;
    }
    let in_path = |name: &str| path.contains(&format!("{{{name}}}"));
    let others = || properties(returns).filter(|(name, _)| *name != items);
    others().count() > 0 && others().all(|(name, _)| is_page_word(name) || in_path(name))
}

/// True for members that say where in a list a page stands.
pub(crate) fn is_page_word(name: &str) -> bool {
    let f = flat(name);
    let exact = [
        "page",
        "pages",
        "size",
        "limit",
        "offset",
        "count",
        "start",
        "end",
        "first",
        "last",
        "next",
        "prev",
        "previous",
        "links",
        "meta",
        "metadata",
        "self",
        "uri",
        "url",
        "href",
        "object",
        "kind",
        "cursor",
        "pagination",
        "paging",
        "status",
        "success",
        "ok",
        "islast",
        "maxresults",
        "pagelen",
        "perpage",
        "more",
        "responsemetadata",
        "apiversion",
        "resourcetype",
        "order",
        "filters",
        "query",
    ];
    let starts = ["page", "total", "next", "prev", "first", "last", "hasmore", "hasnext", "hasprev", "start", "record", "result"];
    exact.contains(&f.as_str()) || starts.iter().any(|word| f.starts_with(word))
}

/// Sketches of the tools that have a path, in order.
pub(crate) fn rest(tools: &[CatalogTool], which: &[usize]) -> Vec<Sketch> {
    // Where actions can be read, they are things: GitHub's are programs that run.
    let reads_actions = which.iter().any(|&i| {
        tools[i].origin.method.as_deref() == Some("GET") && tools[i].origin.path.as_deref().is_some_and(|path| path.contains("/action"))
    });
    let split: Vec<(usize, Vec<Group>, Option<String>)> = which
        .iter()
        .filter_map(|&i| {
            let (mut groups, custom) = groups_of(tools[i].origin.path.as_deref()?);
            let calls = tools[i].origin.method.as_deref() == Some("POST") && !reads_actions;
            let custom = custom.or_else(|| calls.then(|| spelled_action(&mut groups)).flatten());
            call_by_parameters(&mut groups, &tools[i]);
            pick_member(&mut groups, &tools[i], custom.is_some());
            Some((i, groups, custom))
        })
        .collect();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    for (i, groups, custom) in &split {
        let place = places.entry(path_of(groups)).or_default();
        let on_item = groups.last().is_some_and(|g| !g.params.is_empty());
        place.item |= on_item && custom.is_none();
        if tools[*i].origin.method.as_deref() == Some("GET") && !on_item {
            let list = returns_list(&tools[*i]);
            place.list |= list;
            place.one |= !list && tools[*i].returns.is_some();
        }
    }
    split.into_iter().map(|(i, groups, custom)| sketch_of(&tools[i], i, groups, custom, &places)).collect()
}

fn sketch_of(tool: &CatalogTool, index: usize, mut groups: Vec<Group>, custom: Option<String>, places: &BTreeMap<String, Place>) -> Sketch {
    let method = tool.origin.method.as_deref().unwrap_or("POST");
    let on_item = groups.last().is_some_and(|g| !g.params.is_empty());
    let none = Place::default();
    let place = places.get(&path_of(&groups)).unwrap_or(&none);
    let spelled = (!on_item && custom.is_none()).then(|| spelled(&groups, method)).flatten();
    if let Some((verb, groups)) = spelled.filter(|_| !place.item && !place.list || method == "POST") {
        return Sketch { tool: index, verb, groups, aspect: None, named: false };
    }
    let verb = if let Some(word) = custom {
        Verb::Act(words::words(&word).join(""))
    } else if on_item {
        match method {
            "GET" if tool.returns.is_none() => Verb::Check,
            "GET" => {
                if returns_list(tool) && groups.len() == 1 {
                    Verb::List
                } else {
                    Verb::Get
                }
            }
            "PUT" => Verb::Replace,
            "DELETE" => Verb::Delete,
            // `POST /repositories/{workspace}/{slug}` makes the one that it names.
            "POST" if words::words(&tool.name).first().is_some_and(|word| matches!(word.as_str(), "create" | "add" | "register")) => {
                Verb::Replace
            }
            _ => Verb::Update,
        }
    } else {
        match method {
            "GET" if returns_list(tool) => Verb::List,
            "GET" if tool.returns.is_none() => Verb::Check,
            "GET" => Verb::Get,
            "PATCH" => Verb::Update,
            "PUT" if place.list => Verb::SetAll,
            "PUT" if place.one => Verb::Replace,
            "DELETE" if place.list => Verb::RemoveAll,
            "DELETE" if place.one => Verb::Delete,
            "PUT" => Verb::Act(tail_word(&groups)),
            "DELETE" => Verb::Unact(tail_word(&groups)),
            _ if place.item || place.list || creates(tool, &groups) => Verb::Create,
            _ => Verb::Act(tail_word(&groups)),
        }
    };
    let tail_is_verb = !on_item
        && matches!(verb, Verb::Act(_) | Verb::Unact(_))
        && groups.last().is_some_and(|g| flat(&g.literal).ends_with(&tail_word(&groups)));
    if tail_is_verb && tool.origin.path.as_deref().is_some_and(|p| !p.contains(':')) {
        drop_tail(&mut groups);
    }
    let check_of_flag = verb == Verb::Check && !on_item && groups.len() > 1;
    Sketch { tool: index, verb: if check_of_flag { Verb::Check } else { verb }, groups, aspect: None, named: false }
}

/// The verb that the last word of a path spells, and the path without it.
fn spelled(groups: &[Group], method: &str) -> Option<(Verb, Vec<Group>)> {
    let mut bare = groups.to_vec();
    drop_tail(&mut bare);
    let verb = spelled_verb(&tail_word(groups), !bare.last()?.params.is_empty(), method)?;
    Some((verb, bare))
}

fn creates(tool: &CatalogTool, groups: &[Group]) -> bool {
    // Bare functions get such a path only where they make something.
    if matches!(tool.origin.source.as_str(), "function" | "mcp") {
        return true;
    }
    let verbs = ["create", "add", "insert", "new", "post", "submit", "send", "invite", "register"];
    let name = words::words(&tool.name);
    let literal = tail_word(groups);
    let about = tool.origin.returns_schema.as_deref().map(words::family).unwrap_or_default();
    let named = literal == plural(&singular(&literal)) || flat(&about) == singular(&literal);
    named && name.iter().any(|w| verbs.contains(&w.as_str()))
}

fn tail_word(groups: &[Group]) -> String {
    groups.last().and_then(|g| g.literal.rsplit('/').next()).map(flat).unwrap_or_default()
}

fn drop_tail(groups: &mut Vec<Group>) {
    let Some(last) = groups.last_mut() else { return };
    match last.literal.rsplit_once('/') {
        Some((head, _)) => last.literal = head.to_owned(),
        None => {
            groups.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(path: &str) -> String {
        let (groups, custom) = groups_of(path);
        let parts: Vec<String> = groups.iter().map(|g| format!("{}({})", g.literal, g.params.join(","))).collect();
        parts.join(" ") + &custom.map(|c| format!(" :{c}")).unwrap_or_default()
    }

    #[test]
    fn paths() {
        assert_eq!(show("/repos/{owner}/{repo}/issues/comments/{comment_id}"), "repos(owner,repo) issues/comments(comment_id)");
        assert_eq!(show("/tasks/v1/users/@me/lists/{tasklist}"), "lists(tasklist)");
        assert_eq!(show("/v1/courses/{courseId}/courseWork/{id}:return"), "courses(courseId) courseWork(id) :return");
        assert_eq!(show("/user/starred/{owner}/{repo}"), "user/starred(owner,repo)");
        assert_eq!(show("/{id}/photos"), "ids(id) photos()");
        assert_eq!(show("/indexes('{indexName}')/docs"), "indexes(indexName) docs()");
        assert_eq!(show("/users/{user-id}/microsoft.graph.security.block"), "users(user-id) block()");
    }
}
