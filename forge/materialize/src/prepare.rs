//! What descriptions of real APIs say in a roundabout way, said plainly before they are read: credentials among the parameters, bodies and
//! results inside of an envelope, results that nobody describes.

use crate::called;
use crate::columns::is_call_option;
use crate::entity::api_of;
use crate::schema::{Kind, Side, is_required, kind_of, list_items, properties, resolve};
use crate::sketch::{Group, groups_of, is_page_word, path_of};
use crate::words::{flat, plural, singular, spaced};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::CatalogTool;
use wardian_format::catalog::{ParameterLocation, Place as At};

/// The envelopes of one tool: its parameters and its result as the rules see them lie inside of these.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The parameter that holds the body, and the members that the rules see as parameters.
    pub(crate) body: Option<Body>,
    /// The member of the result that holds the document.
    pub(crate) result: Option<String>,
}

/// A body inside of one parameter: `{"data": {"name": …}}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Body {
    pub(crate) param: String,
    pub(crate) required: bool,
    pub(crate) description: String,
    pub(crate) members: BTreeSet<String>,
}

impl Envelope {
    /// Arguments as the tool takes them, of those that the rules made.
    pub(crate) fn wrap(&self, arguments: Map<String, Value>) -> Map<String, Value> {
        let Some(body) = &self.body else { return arguments };
        let (inner, mut outer): (Map<String, Value>, Map<String, Value>) =
            arguments.into_iter().partition(|(name, _)| body.members.contains(name));
        if !inner.is_empty() || body.required {
            outer.insert(body.param.clone(), Value::Object(inner));
        }
        outer
    }

    /// Arguments as the rules see them.
    pub(crate) fn flat(&self, arguments: &Value) -> Value {
        let (Some(body), Some(all)) = (&self.body, arguments.as_object()) else { return arguments.clone() };
        let mut out = all.clone();
        if let Some(Value::Object(inner)) = out.shift_remove(&body.param) {
            out.extend(inner);
        }
        Value::Object(out)
    }

    /// The document in a result.
    pub(crate) fn inner<'a>(&self, result: &'a Value) -> &'a Value {
        self.result.as_ref().and_then(|name| result.get(name)).unwrap_or(result)
    }
}

/// Least number of tools of an API from which something is inferred.
const TOOLS_MIN: usize = 3;

/// Says plainly what `tools` say in a roundabout way. The envelopes are in step with the tools.
pub(crate) fn prepare(tools: &mut [CatalogTool]) -> Vec<Envelope> {
    let mut apis: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    tools.iter().enumerate().for_each(|(i, tool)| apis.entry(api_of(tool)).or_default().push(i));
    for which in apis.values() {
        drop_credentials(tools, which);
        describe_results(tools, which);
    }
    tools.iter_mut().map(open).collect()
}

/// Drops the key and token that nearly every call of an API takes: they say who calls, not what is done.
fn drop_credentials(tools: &mut [CatalogTool], which: &[usize]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for &i in which {
        let outside = |l: &&ParameterLocation| matches!(l.place, At::Query | At::Header | At::Body);
        for l in tools[i].origin.locations.iter().filter(outside).filter(|l| is_credential(&l.name)) {
            *counts.entry(l.name.clone()).or_default() += 1;
        }
    }
    for (name, n) in counts {
        // Many APIs have a thing with a `key`.
        let share = if flat(&name) == "key" { (4, 5) } else { (2, 3) };
        if n < TOOLS_MIN || n * share.1 < which.len() * share.0 {
            continue;
        }
        for &i in which {
            let tool = &mut tools[i];
            if tool.origin.locations.iter().any(|l| l.name == name && l.place != At::Path) {
                forget(tool, &name);
            }
        }
    }
}

fn is_credential(name: &str) -> bool {
    matches!(
        flat(name).as_str(),
        "key"
            | "token"
            | "querytoken"
            | "apikey"
            | "apitoken"
            | "accesstoken"
            | "authtoken"
            | "auth"
            | "sessiontoken"
            | "apisecret"
            | "clientsecret"
    )
}

fn forget(tool: &mut CatalogTool, name: &str) {
    let mut schema = tool.parameters.to_value();
    if let Some(members) = schema["properties"].as_object_mut() {
        members.shift_remove(name);
    }
    if let Some(required) = schema["required"].as_array_mut() {
        required.retain(|r| r != name);
    }
    tool.parameters = schema.into();
    tool.origin.locations.retain(|l| l.name != name);
}

/// What is known of a thing whose results nobody describes: the fields that callers send.
#[derive(Default)]
struct Sent {
    fields: Map<String, Value>,
    key: Option<Value>,
}

/// Where an API describes no results, its documents are taken to have the fields that it is sent, and a key.
fn describe_results(tools: &mut [CatalogTool], which: &[usize]) {
    let reads = || which.iter().filter(|&&i| tools[i].origin.method.as_deref() == Some("GET") && called::path_of(&tools[i]).is_some());
    let described = reads().filter(|&&i| tools[i].returns.is_some()).count();
    if reads().count() < TOOLS_MIN || described * 10 > reads().count() {
        return;
    }
    let chains: Vec<(usize, Vec<Group>)> = which
        .iter()
        .filter_map(|&i| {
            let (groups, custom) = groups_of(called::path_of(&tools[i])?);
            (custom.is_none() && !groups.is_empty()).then_some((i, groups))
        })
        .collect();
    let sent = sent(tools, &chains);
    for (i, groups) in &chains {
        let tool = &mut tools[*i];
        if tool.returns.is_some() {
            continue;
        }
        if let Some((name, schema)) = result_of(tool, groups, &sent) {
            tool.returns = Some(schema.into());
            tool.origin.returns_schema = Some(name);
        }
    }
}

/// What is sent to each place, and under what key it is found.
fn sent(tools: &[CatalogTool], chains: &[(usize, Vec<Group>)]) -> BTreeMap<String, Sent> {
    let mut out: BTreeMap<String, Sent> = BTreeMap::new();
    for (i, groups) in chains {
        let tool = &tools[*i];
        let Some(last) = groups.last() else { continue };
        let method = tool.origin.method.as_deref().unwrap_or("");
        let at = out.entry(path_of(groups)).or_default();
        if let [param] = &last.params[..] {
            at.key.get_or_insert_with(|| tool.parameters["properties"].get(param).cloned().unwrap_or_else(|| json!({"type": "string"})));
        }
        let writes = matches!((method, last.params.is_empty()), ("POST", true) | ("PUT" | "PATCH", false));
        if !writes {
            continue;
        }
        let in_path = |name: &str| tool.origin.locations.iter().any(|l| l.name == name && l.place == At::Path);
        for (name, schema) in properties(&tool.parameters).filter(|(n, _)| !in_path(n) && !is_call_option(n) && flat(n) != "value") {
            at.fields.entry(name.clone()).or_insert_with(|| schema.clone());
        }
    }
    out.retain(|_, s| s.key.is_some() && !s.fields.is_empty());
    out
}

/// Name and schema of what a tool of such an API gives back.
fn result_of(tool: &CatalogTool, groups: &[Group], sent: &BTreeMap<String, Sent>) -> Option<(String, Value)> {
    let last = groups.last()?;
    let tail = last.literal.rsplit('/').next()?;
    let on_item = !last.params.is_empty();
    // `/lists/{idList}/cards` shows what lives at `/cards`.
    let door = || sent.iter().find(|(place, _)| place.rsplit('/').next() == Some(tail)).map(|(_, s)| s);
    // `/cards/{id}/board` shows one of them, `/boards/{id}/membersInvited` some.
    let first = crate::words::words(tail).into_iter().next().unwrap_or_default();
    let of_word =
        |word: &str| sent.iter().find(|(place, _)| flat(place.rsplit('/').next().unwrap_or("")) == plural(&singular(word))).map(|(_, s)| s);
    let is_read = tool.origin.method.as_deref() == Some("GET") && !on_item && groups.len() > 1;
    let by_word = || of_word(&first).filter(|_| is_read);
    let direct = sent.get(&path_of(groups)).or_else(|| door().filter(|_| !on_item));
    let thing = direct.or_else(by_word)?;
    let told = if direct.is_some() { tail } else { first.as_str() };
    let name = singular(&spaced(told));
    let mut members = Map::new();
    members.insert("id".to_owned(), thing.key.clone()?);
    members.extend(thing.fields.clone());
    let document = json!({"type": "object", "title": name, "properties": members});
    let schema = match (tool.origin.method.as_deref()?, on_item) {
        ("GET", true) | ("PUT" | "PATCH", true) | ("POST", false) => document,
        ("GET", false) if plural(&singular(told)) == told => json!({"type": "array", "items": document}),
        ("GET", false) if direct.is_none() => document,
        _ => return None,
    };
    Some((name, schema))
}

/// Takes body and result out of their envelopes.
fn open(tool: &mut CatalogTool) -> Envelope {
    let result = open_result(tool);
    let body = open_body(tool, result.as_ref());
    Envelope { body, result }
}

/// Names of members that hold the thing, whatever it is.
fn holds(name: &str) -> bool {
    matches!(flat(name).as_str(), "data" | "result" | "response" | "payload" | "resource" | "entity" | "content")
}

fn open_result(tool: &mut CatalogTool) -> Option<String> {
    let returns = resolve(tool.returns.as_ref()?, Side::Output);
    if kind_of(&returns) != Kind::Object {
        return None;
    }
    let documents: Vec<(String, Value)> = properties(&returns)
        .map(|(n, s)| (n.clone(), resolve(s, Side::Output)))
        .filter(|(n, s)| kind_of(s) == Kind::Object && !(is_page_word(n) && properties(s).all(|(m, _)| is_page_word(m))))
        .collect();
    let (name, inner) = match &documents[..] {
        [only] => only.clone(),
        several => several.iter().find(|(name, _)| holds(name))?.clone(),
    };
    let said_apart =
        |n: &str| is_page_word(n) || matches!(flat(n).as_str(), "errors" | "error" | "message" | "messages" | "code" | "requestid");
    let alone = properties(&returns).all(|(n, _)| *n == name || said_apart(n));
    let is_page = || {
        let items = list_items(&inner).filter(|(_, items)| kind_of(items) == Kind::Object);
        items.is_some_and(|(items, _)| properties(&inner).all(|(n, _)| items.as_ref() == Some(n) || is_page_word(n)))
    };
    if !alone || kind_of(&inner) != Kind::Object || properties(&inner).count() < 2 || is_page() {
        return None;
    }
    tool.returns = Some(inner.into());
    Some(name)
}

fn open_body(tool: &mut CatalogTool, wrapped: Option<&String>) -> Option<Body> {
    let mut bodies = tool.origin.locations.iter().filter(|l| l.place == At::Body);
    let (only, None) = (bodies.next()?, bodies.next()) else { return None };
    let param = only.name.clone();
    let schema = resolve(tool.parameters["properties"].get(&param)?, Side::Input);
    let noun = tool.origin.path.as_deref().map(|path| groups_of(path).0).and_then(|groups| {
        let literal = groups.last()?.literal.rsplit('/').next()?.to_owned();
        Some(flat(&singular(&spaced(&literal))))
    });
    let fits = holds(&param) || param == "body" || wrapped == Some(&param) || noun.is_some_and(|noun| flat(&param) == noun);
    let inner: Vec<(String, Value)> = properties(&schema).map(|(n, s)| (n.clone(), s.clone())).collect();
    let clash = |name: &String| tool.parameters["properties"].get(name).is_some();
    if !fits || kind_of(&schema) != Kind::Object || inner.is_empty() || inner.iter().any(|(n, _)| clash(n)) {
        return None;
    }
    let required = is_required(&tool.parameters, &param);
    let description = crate::schema::description_of(&schema);
    let needed: Vec<String> = inner.iter().map(|(n, _)| n).filter(|n| required && is_required(&schema, n)).cloned().collect();
    forget(tool, &param);
    let members: BTreeSet<String> = inner.iter().map(|(n, _)| n.clone()).collect();
    let mut schema = tool.parameters.to_value();
    for (name, member) in inner {
        schema["properties"][&name] = member;
        tool.origin.locations.push(ParameterLocation { name, place: At::Body });
    }
    if !needed.is_empty() {
        match schema["required"].as_array_mut() {
            Some(list) => list.extend(needed.into_iter().map(Value::from)),
            None => schema["required"] = json!(needed),
        }
    }
    tool.parameters = schema.into();
    Some(Body { param, required, description, members })
}
