//! Tools one by one: JSON lines, arrays of functions, MCP `tools/list`.

use crate::schema::{At, Direction, Fault, References, Schemas};
use crate::{Document, Found, ImportOptions, naming, text};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wardian_format::CatalogTool;
use wardian_format::catalog::Origin;
use wardian_format::jsonl::LINE_BYTES_MAX;
use wardian_format::names::{self, TOOL_NAME_MAX};

/// Reads JSON lines; each line is a [`CatalogTool`], a record of the looser pool format, or a function.
pub(crate) fn read_lines(document: &Document, content: &str, options: &ImportOptions, found: &mut Found) {
    for (i, line) in content.split('\n').enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at = format!("{}:{}", document.name, i + 1);
        if line.len() > LINE_BYTES_MAX {
            found.skip(at, format!("line has {} bytes; the limit is {LINE_BYTES_MAX}", line.len()));
            continue;
        }
        match serde_json::from_str::<Value>(line) {
            Ok(value) => match record(document, &value, options, "jsonl") {
                Ok(tool) => found.tools.push((tool, at)),
                Err(fault) => found.skip(at, with_pointer(fault)),
            },
            Err(error) => found.skip(at, format!("broken JSON: {}", text::clean(&error.to_string(), 200))),
        }
    }
    renumber(found);
}

/// Reads an array of functions or tools, bare or in `tools`, `functions` or `result.tools`.
pub(crate) fn read_list(document: &Document, value: &Value, options: &ImportOptions, found: &mut Found) {
    let choices =
        [("", value), ("/tools", &value["tools"]), ("/functions", &value["functions"]), ("/result/tools", &value["result"]["tools"])];
    let Some((prefix, list)) = choices.into_iter().find_map(|(prefix, value)| value.as_array().map(|list| (prefix, list))) else {
        return found.skip(document.name.clone(), "no array of tools");
    };
    for (i, item) in list.iter().enumerate() {
        let at = format!("{}#{prefix}/{i}", document.name);
        match record(document, item, options, "function") {
            Ok(tool) => found.tools.push((tool, at)),
            Err(fault) => found.skip(at, with_pointer(fault)),
        }
    }
    renumber(found);
}

fn with_pointer(fault: Fault) -> String {
    if fault.pointer.is_empty() { fault.reason } else { format!("{}: {}", fault.pointer, fault.reason) }
}

/// Makes names unique inside each API where records state no id: two may respell to the same name.
fn renumber(found: &mut Found) {
    let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (i, (tool, _)) in found.tools.iter().enumerate().filter(|(_, (tool, _))| tool.id.is_empty()) {
        groups.entry(format!("{}/{}", tool.origin.provider, tool.origin.service)).or_default().push(i);
    }
    for (prefix, members) in groups {
        let mut names: Vec<String> = members.iter().map(|&i| found.tools[i].0.name.clone()).collect();
        let keys: Vec<String> =
            members.iter().map(|&i| format!("{} {}", found.tools[i].0.description, found.tools[i].0.parameters)).collect();
        naming::unique(&mut names, &keys);
        for (&i, name) in members.iter().zip(names) {
            found.tools[i].0.id = format!("{prefix}/{name}");
            found.tools[i].0.name = name;
        }
    }
}

/// One tool from one record.
fn record(document: &Document, value: &Value, options: &ImportOptions, source: &str) -> Result<CatalogTool, Fault> {
    let top = At::root("");
    if value.get("origin").is_some() {
        return catalog_record(value);
    }
    let value = if value["function"].is_object() { &value["function"] } else { value };
    let mcp = value.get("inputSchema").is_some();
    let name = value["name"].as_str().filter(|name| !name.trim().is_empty()).ok_or_else(|| top.fault("a tool must have a `name`"))?;
    let schemas = Schemas { root: value, references: References::Pointer, options };
    let (parameters, returns) = if mcp { ("inputSchema", "outputSchema") } else { ("parameters", "returns") };
    let parameters = object_schema(&schemas, value, parameters)?;
    let returns = match value.get(returns).filter(|schema| schema.is_object()) {
        Some(schema) => Some(schemas.normalise(schema, &top.at(returns), Direction::Response)?),
        None => None,
    };
    let description = text::clean(value["description"].as_str().unwrap_or_default(), options.tool_description_chars_max);
    let origin = origin(document, value, if mcp { "mcp" } else { source });
    let id = value["id"].as_str().map(str::to_owned).unwrap_or_default();
    Ok(CatalogTool { id, name: tool_name(name), description, parameters, returns, origin })
}

/// A record of our own format, which is taken as it is where it keeps its promises.
fn catalog_record(value: &Value) -> Result<CatalogTool, Fault> {
    let top = At::root("");
    let tool: CatalogTool = serde_json::from_value(value.clone()).map_err(|error| top.fault(format!("not a catalogue record: {error}")))?;
    if tool.id.is_empty() || tool.name != tool_name(&tool.name) {
        return Err(
            top.fault(format!("name `{}` does not match [A-Za-z0-9_-]{{1,64}}, or there is no id", names::untrusted(&tool.name, 80)))
        );
    }
    if tool.parameters["type"] != "object" || !tool.parameters["properties"].is_object() {
        return Err(top.at("parameters").fault("`parameters` does not describe an object"));
    }
    Ok(tool)
}

/// The argument schema; absent means no arguments.
fn object_schema<'a>(schemas: &Schemas<'a>, value: &'a Value, key: &str) -> Result<Value, Fault> {
    let top = At::root("");
    let here = top.at(key);
    let mut out = match value.get(key) {
        None | Some(Value::Null) => Map::new(),
        Some(schema @ Value::Object(_)) => match schemas.normalise(schema, &here, Direction::Request)? {
            Value::Object(map) => map,
            _ => Map::new(),
        },
        Some(_) => return Err(here.fault(format!("`{key}` is not an object"))),
    };
    if out.get("type").is_some_and(|kind| kind != "object") {
        return Err(here.fault(format!("`{key}` does not describe an object")));
    }
    out.insert("type".to_owned(), Value::from("object"));
    out.entry("properties").or_insert_with(|| json!({}));
    Ok(Value::Object(out))
}

/// Keeps a name that chat APIs accept; respells others.
fn tool_name(name: &str) -> String {
    let plain = name.len() <= TOOL_NAME_MAX && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if plain { name.to_owned() } else { naming::bounded(&names::snake(name)) }
}

fn origin(document: &Document, value: &Value, source: &str) -> Origin {
    let text = |key: &str| value[key].as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    let stem = document.name.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
    let provider = text("provider").or_else(|| document.provider.clone()).unwrap_or_else(|| "local".to_owned());
    let domain = text("domain").map(|domain| domain.strip_prefix(&format!("{provider}/")).map(str::to_owned).unwrap_or(domain));
    Origin {
        source: text("source").unwrap_or_else(|| source.to_owned()),
        service: domain.or_else(|| document.service.clone()).unwrap_or_else(|| names::snake(stem)),
        provider,
        license: text("license").or_else(|| document.license.clone()),
        method: text("verb").map(|verb| verb.to_uppercase()),
        path: text("path"),
        tags: text("category").into_iter().collect(),
        ..Origin::default()
    }
}
