//! Tools one by one: JSON lines, arrays of functions, MCP `tools/list`.

use crate::schema::{At, Direction, Fault, References, Schemas};
use crate::{Document, Found, ImportOptions, Imported, naming, text};
use serde_json::{Map, Value, json};
use wardian_format::CatalogTool;
use wardian_format::catalog::Origin;
use wardian_format::jsonl::LINE_BYTES_MAX;
use wardian_format::names::{self, TOOL_NAME_MAX};

/// Members that hold functions: of a whole document, and of a test entry of BFCL or ACEBench.
const LISTS: [&str; 3] = ["tools", "functions", "function"];

/// Reads JSON lines; each line is a [`CatalogTool`], a record of the looser pool format, a function, or a test entry with functions.
pub(crate) fn read_lines(document: &Document, content: &[u8], options: &ImportOptions, found: &mut Found) {
    let reader = Reader { document, options };
    for (i, line) in content.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.trim_ascii().is_empty()) {
        let at = format!("{}:{}", document.name, document.lines_before + i + 1);
        if line.len() > LINE_BYTES_MAX {
            found.skip(at, format!("line has {} bytes; the limit is {LINE_BYTES_MAX}", line.len()));
            continue;
        }
        // Our own records, which are most of what is read in lines, need no tree.
        if let Some(tool) = serde_json::from_slice::<CatalogTool>(line).ok().and_then(|tool| checked(tool).ok()) {
            found.tools.push(Imported { tool, at });
            continue;
        }
        match serde_json::from_slice::<Value>(line) {
            Ok(value) => reader.entry(value, at, "", "jsonl", found),
            Err(error) => found.skip(at, format!("broken JSON: {}", text::clean(&error.to_string(), 200))),
        }
    }
}

/// Reads an array of functions or tools, bare or in a member of the document.
pub(crate) fn read_list(document: &Document, value: Value, options: &ImportOptions, found: &mut Found) {
    let reader = Reader { document, options };
    let (prefix, list) = match value {
        Value::Array(list) => (String::new(), list),
        Value::Object(mut members) => {
            let result = members.get_mut("result").map(|result| result["tools"].take());
            let named =
                LISTS.iter().find_map(|key| Some((format!("/{key}"), members.get_mut(*key).filter(|list| list.is_array())?.take())));
            match named.or_else(|| Some(("/result/tools".to_owned(), result?))) {
                Some((prefix, Value::Array(list))) => (prefix, list),
                _ => return found.skip(document.name.clone(), "no array of tools"),
            }
        }
        _ => return found.skip(document.name.clone(), "no array of tools"),
    };
    for (i, item) in list.into_iter().enumerate() {
        reader.entry(item, document.name.clone(), &format!("{prefix}/{i}"), "function", found);
    }
}

/// Reads the entries of one document.
struct Reader<'a> {
    document: &'a Document,
    options: &'a ImportOptions,
}

impl Reader<'_> {
    /// One entry: a tool, or a test entry whose functions are tools. It lies at `pointer` of `file`.
    fn entry(&self, mut value: Value, file: String, pointer: &str, source: &str, found: &mut Found) {
        let place = |pointer: &str| if pointer.is_empty() { file.clone() } else { format!("{file}#{pointer}") };
        let list = LISTS.iter().find_map(|key| Some((*key, value.get_mut(*key).filter(|list| list.is_array())?.take())));
        let Some((key, Value::Array(list))) = list else {
            return self.tool(value, place(pointer), source, found);
        };
        for (i, item) in list.into_iter().enumerate() {
            self.tool(item, place(&format!("{pointer}/{key}/{i}")), "function", found);
        }
    }

    fn tool(&self, value: Value, at: String, source: &str, found: &mut Found) {
        match self.record(value, source) {
            Ok(tool) => found.tools.push(Imported { tool, at }),
            Err(fault) => found.skip(at, with_pointer(fault)),
        }
    }

    /// One tool from one record.
    fn record(&self, value: Value, source: &str) -> Result<CatalogTool, Fault> {
        let top = At::root("");
        if value.get("origin").is_some() {
            return catalog_record(value);
        }
        let value = if value["function"].is_object() { &value["function"] } else { &value };
        let mcp = value.get("inputSchema").is_some();
        let name = value["name"].as_str().filter(|name| !name.trim().is_empty()).ok_or_else(|| top.fault("a tool must have a `name`"))?;
        let parameters = self.parameters(value)?;
        let returns =
            match member(value, &["returns", "outputSchema", "output_schema", "response"]).filter(|(_, schema)| schema.is_object()) {
                Some((key, schema)) => Some(self.schemas(value, schema).normalise(schema, &top.at(key), Direction::Response)?),
                None => None,
            };
        let description = text::clean(value["description"].as_str().unwrap_or_default(), self.options.tool_description_chars_max);
        let origin = origin(self.document, value, if mcp { "mcp" } else { source });
        let id = value["id"].as_str().map(str::to_owned).unwrap_or_default();
        Ok(CatalogTool { id, name: tool_name(name), description, parameters: parameters.into(), returns: returns.map(Into::into), origin })
    }

    /// A schema's references start at the schema itself (`#/$defs/X`), and failing that at the record.
    fn schemas<'v>(&'v self, record: &'v Value, schema: &'v Value) -> Schemas<'v> {
        Schemas { root: schema, outer: Some(record), references: References::Pointer, options: self.options }
    }

    /// The argument schema; absent means no arguments.
    fn parameters(&self, value: &Value) -> Result<Value, Fault> {
        let top = At::root("");
        let (key, schema) =
            member(value, &["parameters", "inputSchema", "input_schema", "arguments"]).unwrap_or(("parameters", &Value::Null));
        let here = top.at(key);
        let mut out = match schema {
            Value::Null => Map::new(),
            Value::Object(_) => match self.schemas(value, schema).normalise(schema, &here, Direction::Request)? {
                Value::Object(map) => map,
                _ => Map::new(),
            },
            _ => return Err(here.fault(format!("`{key}` is not an object"))),
        };
        if out.get("type").is_some_and(|kind| kind != "object") {
            return Err(here.fault(format!("`{key}` does not describe an object")));
        }
        out.insert("type".to_owned(), Value::from("object"));
        let properties = out.entry("properties").or_insert_with(|| json!({}));
        let renamed = properties.as_object_mut().map(rename).unwrap_or_default();
        for name in out.get_mut("required").and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some((_, to)) = renamed.iter().find(|(from, _)| *name == from.as_str()) {
                *name = Value::from(to.as_str());
            }
        }
        Ok(Value::Object(out))
    }
}

fn member<'v>(value: &'v Value, keys: &[&'static str]) -> Option<(&'static str, &'v Value)> {
    keys.iter().find_map(|key| Some((*key, value.get(*key)?)))
}

/// Gives arguments that chat APIs refuse by their name another one; returns old and new names.
fn rename(properties: &mut Map<String, Value>) -> Vec<(String, String)> {
    let fits = |name: &str| {
        !name.is_empty() && name.len() <= TOOL_NAME_MAX && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'))
    };
    if properties.keys().all(|name| fits(name)) {
        return Vec::new();
    }
    let old = std::mem::take(properties);
    let plain: Vec<String> = old.keys().filter(|name| fits(name)).cloned().collect();
    let mut out = Vec::new();
    for (name, schema) in old {
        if fits(&name) {
            properties.insert(name, schema);
            continue;
        }
        let base = naming::bounded(&names::snake(&name));
        let base = if name.is_ascii() { base } else { "argument".to_owned() };
        let taken = |candidate: &String| plain.contains(candidate) || properties.contains_key(candidate);
        let mut candidate = base.clone();
        let mut n = 2;
        while taken(&candidate) {
            candidate = format!("{}_{n}", &base[..base.len().min(TOOL_NAME_MAX - 8)]);
            n += 1;
        }
        properties.insert(candidate.clone(), schema);
        out.push((name, candidate));
    }
    out
}

fn with_pointer(fault: Fault) -> String {
    if fault.pointer.is_empty() { fault.reason } else { format!("{}: {}", fault.pointer, fault.reason) }
}

/// A record of our own format, which is taken as it is where it keeps its promises.
fn catalog_record(value: Value) -> Result<CatalogTool, Fault> {
    let top = At::root("");
    let tool: CatalogTool = serde_json::from_value(value).map_err(|error| top.fault(format!("not a catalogue record: {error}")))?;
    checked(tool)
}

/// `tool`, if it keeps the promises of its format.
fn checked(tool: CatalogTool) -> Result<CatalogTool, Fault> {
    let top = At::root("");
    if tool.id.is_empty() || tool.name != tool_name(&tool.name) {
        return Err(
            top.fault(format!("name `{}` does not match [A-Za-z0-9_-]{{1,64}}, or there is no id", names::untrusted(&tool.name, 80)))
        );
    }
    let parameters = tool.parameters.to_value();
    if parameters["type"] != "object" || !parameters["properties"].is_object() {
        return Err(top.at("parameters").fault("`parameters` does not describe an object"));
    }
    Ok(tool)
}

/// One line of a catalogue: our own record, or one of the looser formats, which then gets an id.
pub(crate) fn line(document: &Document, options: &ImportOptions, line: &[u8]) -> Result<CatalogTool, String> {
    let strict = serde_json::from_slice::<CatalogTool>(line);
    let error = match strict {
        Ok(tool) => return Ok(tool),
        Err(error) => error,
    };
    let value: Value = serde_json::from_slice(line).map_err(|error| text::clean(&error.to_string(), 200))?;
    if value.get("origin").is_some() || value["name"].as_str().is_none() {
        return Err(text::clean(&error.to_string(), 200));
    }
    let mut tool = Reader { document, options }.record(value, "jsonl").map_err(with_pointer)?;
    if tool.id.is_empty() {
        tool.id = format!("{}/{}/{}", tool.origin.provider, tool.origin.service, tool.name);
    }
    Ok(tool)
}

/// Keeps a name that chat APIs accept; respells others.
fn tool_name(name: &str) -> String {
    let plain = name.len() <= TOOL_NAME_MAX && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    match plain {
        true => name.to_owned(),
        false if !name.chars().any(|c| c.is_ascii_alphanumeric()) => "tool".to_owned(),
        false => naming::bounded(&names::snake(name)),
    }
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
        license: document.license(text("license")),
        method: text("verb").map(|verb| verb.to_uppercase()),
        path: text("path"),
        tags: text("category").into_iter().collect(),
        ..Origin::default()
    }
}
