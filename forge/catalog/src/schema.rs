//! Schemas made self-contained: references inlined, cycles and excess cut, dialects (OpenAPI 2/3.0/3.1, Google) made one.

use crate::{ImportOptions, example, text};
use serde_json::{Map, Value, json};

/// Nesting of calls after which a document is refused, whatever its bounds; inline schemas nest no deeper than the JSON parser allows.
const CALLS_MAX: usize = 200;

/// A place in a document, as a chain of keys on the stack.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    parent: Option<&'a At<'a>>,
    key: &'a str,
}

impl<'a> At<'a> {
    /// The start of a chain: a whole JSON pointer, or empty for the document.
    pub(crate) fn root(pointer: &'a str) -> Self {
        Self { parent: None, key: pointer }
    }

    /// The place of member `key`.
    pub(crate) fn at(&'a self, key: &'a str) -> Self {
        Self { parent: Some(self), key }
    }

    /// The JSON pointer (RFC 6901).
    pub(crate) fn pointer(&self) -> String {
        match self.parent {
            None => self.key.to_owned(),
            Some(parent) => format!("{}/{}", parent.pointer(), self.key.replace('~', "~0").replace('/', "~1")),
        }
    }

    /// A fault at this place.
    pub(crate) fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault { pointer: self.pointer(), reason: reason.into() }
    }
}

/// Why an operation cannot be imported, and where.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) reason: String,
}

/// How a document spells its references.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum References {
    /// `#/components/schemas/Pet`.
    Pointer,
    /// `Pet`, a member of the document's `schemas`.
    Google,
}

/// Which way a value travels: read-only members leave requests, write-only members leave responses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Request,
    Response,
}

/// Normalises the schemas of one document.
pub(crate) struct Schemas<'a> {
    pub(crate) root: &'a Value,
    /// Where a reference may lead that finds nothing in `root`: the record around a function's schema.
    pub(crate) outer: Option<&'a Value>,
    pub(crate) references: References,
    pub(crate) options: &'a ImportOptions,
}

impl<'a> Schemas<'a> {
    /// `schema` as a self-contained schema that keeps the bounds: the greatest depth that fits is used.
    pub(crate) fn normalise(&self, schema: &'a Value, at: &At<'_>, direction: Direction) -> Result<Value, Fault> {
        let mut depth_max = self.options.depth_max;
        loop {
            let strict = depth_max > 1;
            let mut walk = Walk { schemas: self, direction, depth_max, strict, nodes: 0, calls: 0, stack: Vec::new() };
            match walk.schema(schema, at, 0) {
                Ok(map) => return Ok(Value::Object(map)),
                Err(Stop::Fault(fault)) => return Err(fault),
                Err(Stop::Full) => depth_max -= 1,
            }
        }
    }

    /// Follows `$ref` of `value` (a parameter, a response, a schema) to its target.
    pub(crate) fn follow(&self, value: &'a Value, at: &At<'_>) -> Result<(&'a Value, Option<String>), Fault> {
        let mut current = value;
        let mut name = None;
        for _ in 0..32 {
            let Some(reference) = current.get("$ref") else {
                return Ok((current, name));
            };
            let (target, _, target_name) = self.target(reference, at)?;
            current = target;
            name = Some(target_name);
        }
        Err(at.fault("references lead in a circle"))
    }

    /// Target, pointer and name of a reference.
    fn target(&self, reference: &Value, at: &At<'_>) -> Result<(&'a Value, String, String), Fault> {
        let Some(reference) = reference.as_str() else {
            return Err(at.at("$ref").fault("`$ref` is not a string"));
        };
        let pointer = match self.references {
            References::Google => format!("/schemas/{}", reference.replace('~', "~0").replace('/', "~1")),
            References::Pointer => match reference.strip_prefix('#') {
                Some(pointer) => percent_decoded(pointer),
                None => return Err(at.at("$ref").fault(format!("reference `{}` leaves the document", text::clean(reference, 120)))),
            },
        };
        let missing = || at.at("$ref").fault(format!("reference `{}` has no target", text::clean(reference, 120)));
        let target = self.root.pointer(&pointer).or_else(|| self.outer?.pointer(&pointer)).ok_or_else(missing)?;
        let name = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        // GitHub keeps a second copy of a schema where null is allowed; it is the same thing.
        let name = name.strip_prefix("nullable-").map(str::to_owned).unwrap_or(name);
        Ok((target, pointer, name))
    }

    /// Name of the schema that `schema` refers to, through `allOf` of one and nullable unions.
    pub(crate) fn name_of(&self, schema: &'a Value) -> Option<String> {
        if let Some(reference) = schema["$ref"].as_str() {
            return Some(reference.rsplit('/').next().unwrap_or_default().to_owned());
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            if let Some(parts) = schema[key].as_array() {
                return parts.iter().find_map(|part| self.name_of(part));
            }
        }
        None
    }
}

fn percent_decoded(pointer: &str) -> String {
    if !pointer.contains('%') {
        return pointer.to_owned();
    }
    let bytes = pointer.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = pointer.get(i + 1..i + 3).filter(|_| bytes[i] == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(hex.unwrap_or(bytes[i]));
        i += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Why a walk ended early.
enum Stop {
    /// The document is wrong.
    Fault(Fault),
    /// The schema has more nodes than allowed at this depth.
    Full,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

/// One pass over a schema with a given depth.
struct Walk<'s, 'a> {
    schemas: &'s Schemas<'a>,
    direction: Direction,
    depth_max: usize,
    /// Whether too many nodes end the pass (a shallower one follows) or drop members (the last pass).
    strict: bool,
    nodes: usize,
    calls: usize,
    /// Pointers of the references that are being inlined.
    stack: Vec<String>,
}

impl<'a> Walk<'_, 'a> {
    fn schema(&mut self, schema: &'a Value, at: &At<'_>, depth: usize) -> Result<Map<String, Value>, Stop> {
        self.nodes += 1;
        let nodes_max = self.schemas.options.schema_nodes_max;
        if self.nodes > nodes_max && self.strict {
            return Err(Stop::Full);
        }
        // In the last pass `properties` stops at the bound; unions and lists of unions stop here.
        if self.nodes > nodes_max.saturating_mul(2) {
            return Ok(Map::new());
        }
        if self.calls > CALLS_MAX {
            return Err(at.fault(format!("schema nests deeper than {CALLS_MAX} levels")).into());
        }
        self.calls += 1;
        let result = match schema {
            Value::Object(map) if map.contains_key("$ref") => self.reference(schema, map, at, depth),
            Value::Object(map) => self.object(map, at, depth),
            Value::Bool(_) => Ok(Map::new()),
            _ => Err(at.fault("a schema must be an object").into()),
        };
        self.calls -= 1;
        result
    }

    /// Inlines a reference; one that is being inlined already, or lies too deep, becomes its title.
    fn reference(&mut self, schema: &'a Value, map: &'a Map<String, Value>, at: &At<'_>, depth: usize) -> Result<Map<String, Value>, Stop> {
        let (target, pointer, name) = self.schemas.target(&map["$ref"], at)?;
        if self.stack.contains(&pointer) || (depth >= self.depth_max && is_structured(target)) {
            return Ok(cut(&name));
        }
        self.stack.push(pointer.clone());
        let result = self.schema(target, &At::root(&pointer), depth);
        self.stack.pop();
        let mut out = result?;
        if out.contains_key("properties") {
            out = titled(out, name);
        }
        if let Some(description) = self.description(schema) {
            out.insert("description".to_owned(), description);
        }
        Ok(out)
    }

    fn object(&mut self, map: &'a Map<String, Value>, at: &At<'_>, depth: usize) -> Result<Map<String, Value>, Stop> {
        if let Some(first) = alternative(map) {
            return self.schema(first, &at.at("items").at("0"), depth);
        }
        let mut out = Map::new();
        self.annotations(map, &mut out);
        self.kind(map, at, &mut out)?;
        scalars(map, &mut out);
        self.members(map, at, depth, &mut out)?;
        self.items(map, at, depth, &mut out)?;
        self.merge_all(map, at, depth, &mut out)?;
        self.merge_one(map, at, depth, &mut out)?;
        self.values(map, &mut out);
        if self.direction == Direction::Response {
            example::own(map, &mut out);
        }
        Ok(out)
    }

    fn description(&self, schema: &Value) -> Option<Value> {
        let chars_max = self.schemas.options.field_description_chars_max;
        let description = text::clean(schema["description"].as_str()?, chars_max);
        (!description.is_empty()).then(|| Value::from(description))
    }

    fn annotations(&self, map: &Map<String, Value>, out: &mut Map<String, Value>) {
        if let Some(title) = map.get("title").and_then(Value::as_str).filter(|_| map.contains_key("properties")) {
            out.insert("title".to_owned(), Value::from(text::clean(title, 80)));
        }
        if let Some(description) = map.get("description").and_then(Value::as_str) {
            let description = text::clean(description, self.schemas.options.field_description_chars_max);
            if !description.is_empty() {
                out.insert("description".to_owned(), Value::from(description));
            }
        }
    }

    /// `type`, with `nullable` folded in; inferred where absent.
    fn kind(&self, map: &Map<String, Value>, at: &At<'_>, out: &mut Map<String, Value>) -> Result<(), Stop> {
        let mut kinds: Vec<&str> = match map.get("type") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(kind)) => vec![kind],
            Some(Value::Array(kinds)) if kinds.iter().all(Value::is_string) => kinds.iter().filter_map(Value::as_str).collect(),
            Some(_) => return Err(at.at("type").fault("`type` is neither a string nor an array of strings").into()),
        };
        if kinds.is_empty() {
            kinds.extend(inferred(map));
        }
        let mut known: Vec<&str> = Vec::new();
        for kind in kinds {
            let kind = match kind {
                "string" | "integer" | "number" | "boolean" | "object" | "array" | "null" => kind,
                "file" => "string",
                "float" | "double" => "number",
                "int" | "long" => "integer",
                other => match foreign(other) {
                    Some(kind) => kind,
                    None => continue,
                },
            };
            if !known.contains(&kind) {
                known.push(kind);
            }
        }
        if flag(map, "nullable") || flag(map, "x-nullable") {
            nullable(&mut known);
        }
        set_kinds(out, &known);
        Ok(())
    }

    fn members(&mut self, map: &'a Map<String, Value>, at: &At<'_>, depth: usize, out: &mut Map<String, Value>) -> Result<(), Stop> {
        let properties = match map.get("properties") {
            None | Some(Value::Null) => None,
            Some(Value::Object(properties)) => Some(properties),
            Some(_) => return Err(at.at("properties").fault("`properties` is not an object").into()),
        };
        let place = at.at("properties");
        let mut kept = Map::new();
        if depth < self.depth_max {
            for (name, schema) in properties.into_iter().flatten() {
                if self.hidden(schema) {
                    continue;
                }
                if !self.strict && self.nodes >= self.schemas.options.schema_nodes_max {
                    break;
                }
                if is_misplaced(name, schema) {
                    continue;
                }
                kept.insert(name.clone(), Value::Object(self.schema(schema, &place.at(name), depth + 1)?));
            }
        }
        let mut names = required(map, at)?;
        names.extend(properties.and_then(|members| members.get("required")).and_then(Value::as_array).into_iter().flatten().cloned());
        let required = names.into_iter().filter(|name| kept.contains_key(name.as_str().unwrap_or_default())).collect::<Vec<_>>();
        if !kept.is_empty() {
            out.insert("properties".to_owned(), Value::Object(kept));
        }
        if !required.is_empty() {
            out.insert("required".to_owned(), Value::Array(required));
        }
        if let Some(extra @ Value::Object(_)) =
            map.get("additionalProperties").filter(|_| properties.is_none_or(Map::is_empty) && depth < self.depth_max)
        {
            out.insert("additionalProperties".to_owned(), Value::Object(self.schema(extra, &at.at("additionalProperties"), depth + 1)?));
        }
        Ok(())
    }

    /// Whether a member does not travel in this direction.
    fn hidden(&self, schema: &Value) -> bool {
        let Value::Object(map) = schema else { return false };
        match self.direction {
            Direction::Response => flag(map, "writeOnly"),
            Direction::Request => {
                let says = |text: &str| ["output only.", "read-only."].iter().any(|mark| text.to_lowercase().contains(mark));
                let described = self.schemas.references == References::Google && schema["description"].as_str().is_some_and(says);
                flag(map, "readOnly") || described
            }
        }
    }

    fn items(&mut self, map: &'a Map<String, Value>, at: &At<'_>, depth: usize, out: &mut Map<String, Value>) -> Result<(), Stop> {
        let items = match map.get("items") {
            None | Some(Value::Null) => return Ok(()),
            Some(Value::Array(tuple)) => tuple.first(),
            some => some,
        };
        if let Some(items) = items {
            out.insert("items".to_owned(), Value::Object(self.schema(items, &at.at("items"), depth)?));
        }
        Ok(())
    }

    /// Merges the parts of `allOf`: later members win, `required` is the union.
    fn merge_all(&mut self, map: &'a Map<String, Value>, at: &At<'_>, depth: usize, out: &mut Map<String, Value>) -> Result<(), Stop> {
        for (i, part) in parts(map, "allOf", at)?.iter().enumerate() {
            let part = self.schema(part, &at.at("allOf").at(&i.to_string()), depth)?;
            merge(out, part);
        }
        Ok(())
    }

    /// Simplifies `oneOf` and `anyOf`: a union of scalar types, or the first object; a request prefers scalars below its top.
    fn merge_one(&mut self, map: &'a Map<String, Value>, at: &At<'_>, depth: usize, out: &mut Map<String, Value>) -> Result<(), Stop> {
        for key in ["oneOf", "anyOf"] {
            let mut options = Vec::new();
            let mut null = false;
            for (i, part) in parts(map, key, at)?.iter().enumerate() {
                let option = self.schema(part, &at.at(key).at(&i.to_string()), depth)?;
                null |= kinds_of(&option).contains(&"null");
                if !kinds_of(&option).iter().all(|kind| *kind == "null") || option.contains_key("enum") || is_cut(&option) {
                    options.push(option);
                }
            }
            let scalars_first = self.direction == Direction::Request && depth > 0;
            if let Some(chosen) = choose(options, scalars_first) {
                merge(out, chosen);
            }
            if null {
                let kinds = kinds_of(out).into_iter().map(str::to_owned).collect::<Vec<_>>();
                let mut known: Vec<&str> = kinds.iter().map(String::as_str).collect();
                if !known.is_empty() {
                    nullable(&mut known);
                    set_kinds(out, &known);
                }
            }
        }
        Ok(())
    }

    /// `enum` and `const` of scalars, and a `default` that fits the type.
    fn values(&self, map: &Map<String, Value>, out: &mut Map<String, Value>) {
        let mut values: Vec<Value> = map.get("enum").and_then(Value::as_array).cloned().unwrap_or_default();
        values.extend(map.get("const").cloned());
        let kinds: Vec<String> = kinds_of(out).into_iter().map(str::to_owned).collect();
        let fits = |value: &Value| kinds.is_empty() || kinds.iter().any(|kind| is_kind(value, kind));
        values.retain(|value| !value.is_object() && !value.is_array() && fits(value));
        if kinds.iter().any(|kind| kind == "null") && !values.is_empty() && !values.contains(&Value::Null) {
            values.push(Value::Null);
        }
        if !values.is_empty() && values.len() <= self.schemas.options.enum_values_max {
            out.insert("enum".to_owned(), Value::Array(values.clone()));
        }
        let Some(default) = map.get("default") else { return };
        let default = match default {
            Value::String(text) if !kinds.iter().any(|kind| kind == "string") => serde_json::from_str(text).unwrap_or(Value::Null),
            other => other.clone(),
        };
        let scalar = !default.is_null() && !default.is_object() && !default.is_array();
        if scalar && fits(&default) && (values.is_empty() || values.contains(&default)) {
            out.insert("default".to_owned(), default);
        }
    }
}

/// What stands where a schema was cut.
pub(crate) fn cut(name: &str) -> Map<String, Value> {
    let mut out = Map::new();
    out.insert("title".to_owned(), Value::from(name));
    out
}

fn is_cut(schema: &Map<String, Value>) -> bool {
    schema.len() == 1 && schema.contains_key("title")
}

fn is_structured(schema: &Value) -> bool {
    ["properties", "allOf", "oneOf", "anyOf"].iter().any(|key| schema.get(key).is_some())
}

fn titled(schema: Map<String, Value>, name: String) -> Map<String, Value> {
    let mut out = cut(&name);
    out.extend(schema.into_iter().filter(|(key, _)| key != "title"));
    out
}

/// Types that function lists borrow from Python, Java and JavaScript. `any` and unknown words say nothing.
fn foreign(kind: &str) -> Option<&'static str> {
    Some(match kind.to_lowercase().as_str() {
        "dict" | "map" | "hashmap" | "hashtable" | "object" => "object",
        "tuple" | "list" | "set" | "arraylist" | "queue" | "stack" | "array" => "array",
        "str" | "char" | "string" | "text" => "string",
        "bool" | "boolean" => "boolean",
        "short" | "byte" | "bigint" | "integer" => "integer",
        "double" | "decimal" | "number" | "float" => "number",
        _ => return None,
    })
}

fn flag(map: &Map<String, Value>, key: &str) -> bool {
    map.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The first of several `items` where nothing says that there is a list: how OpenAPI 2, which has no `anyOf`, is made to tell of alternatives.
fn alternative(map: &Map<String, Value>) -> Option<&Value> {
    let items = map.get("items").and_then(Value::as_array).filter(|items| items.len() > 1)?;
    let says_more = ["type", "properties", "allOf", "oneOf", "anyOf"].iter().any(|key| map.contains_key(*key));
    items.first().filter(|first| first.is_object() && !says_more)
}

fn inferred(map: &Map<String, Value>) -> Option<&'static str> {
    if map.contains_key("properties") || map.get("additionalProperties").is_some_and(Value::is_object) {
        Some("object")
    } else if map.contains_key("items") {
        Some("array")
    } else {
        None
    }
}

fn nullable(kinds: &mut Vec<&str>) {
    if !kinds.is_empty() && !kinds.contains(&"null") {
        kinds.push("null");
    }
}

fn set_kinds(out: &mut Map<String, Value>, kinds: &[&str]) {
    match kinds {
        [] => {}
        [kind] => {
            out.insert("type".to_owned(), Value::from(*kind));
        }
        many => {
            out.insert("type".to_owned(), json!(many));
        }
    }
}

/// The types that a normalised schema allows; empty means any.
pub(crate) fn kinds_of(schema: &Map<String, Value>) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn is_kind(value: &Value, kind: &str) -> bool {
    match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        _ => false,
    }
}

/// Bounds and format; Google writes its numbers as strings.
fn scalars(map: &Map<String, Value>, out: &mut Map<String, Value>) {
    if let Some(format) = map.get("format").and_then(Value::as_str) {
        out.insert("format".to_owned(), Value::from(text::clean(format, 40)));
    }
    let kinds = kinds_of(out);
    let keys: &[&str] = if kinds.iter().any(|kind| matches!(*kind, "integer" | "number")) {
        &["minimum", "maximum", "multipleOf"]
    } else if kinds.contains(&"string") {
        &["minLength", "maxLength"]
    } else if kinds.contains(&"array") {
        &["minItems", "maxItems"]
    } else {
        &[]
    };
    for key in keys {
        let number = match map.get(*key) {
            Some(Value::Number(number)) => Some(Value::Number(number.clone())),
            Some(Value::String(text)) => serde_json::from_str::<Value>(text).ok().filter(Value::is_number),
            _ => None,
        };
        // Nothing is a multiple of 0.
        let number = number.filter(|number| *key != "multipleOf" || number.as_f64().is_some_and(|step| step > 0.0));
        let counts = key.ends_with("Length") || key.ends_with("Items");
        if let Some(number) = number.filter(|number| !counts || number.is_u64()) {
            out.insert((*key).to_owned(), number);
        }
    }
}

/// The `required` list; the booleans of old drafts and of Google's parameters mean nothing here.
fn required(map: &Map<String, Value>, at: &At<'_>) -> Result<Vec<Value>, Stop> {
    match map.get("required") {
        None | Some(Value::Null | Value::Bool(_)) => Ok(Vec::new()),
        Some(Value::Array(names)) => Ok(names.iter().filter(|name| name.is_string()).cloned().collect()),
        Some(_) => Err(at.at("required").fault("`required` is not an array").into()),
    }
}

/// Keywords that were written one level too deep, among the members: function lists of benchmarks do that.
fn is_misplaced(name: &str, schema: &Value) -> bool {
    matches!((name, schema), ("required", Value::Array(_)) | ("description" | "type", Value::String(_)))
}

fn parts<'a>(map: &'a Map<String, Value>, key: &str, at: &At<'_>) -> Result<&'a [Value], Stop> {
    match map.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(parts)) => Ok(parts),
        Some(_) => Err(at.at(key).fault(format!("`{key}` is not an array")).into()),
    }
}

/// Adds `part` to `out`: members and `required` are united, other keywords of `out` stay.
fn merge(out: &mut Map<String, Value>, part: Map<String, Value>) {
    for (key, value) in part {
        match (key.as_str(), out.get_mut(&key), value) {
            ("properties", Some(Value::Object(own)), Value::Object(more)) => own.extend(more),
            ("required", Some(Value::Array(own)), Value::Array(more)) => {
                for name in more {
                    if !own.contains(&name) {
                        own.push(name);
                    }
                }
            }
            (_, Some(_), _) => {}
            (_, None, value) => {
                out.insert(key, value);
            }
        }
    }
}

/// One option for several: the only one, the first object, or the union of the scalars.
fn choose(mut options: Vec<Map<String, Value>>, scalars_first: bool) -> Option<Map<String, Value>> {
    // An option without a type only constrains (`{"required": […]}`): nothing is lost without it.
    options.retain(|option| !kinds_of(option).is_empty() || option.contains_key("enum") || is_cut(option));
    if options.len() < 2 {
        return options.pop();
    }
    let structured =
        |option: &Map<String, Value>| option.contains_key("properties") || kinds_of(option).contains(&"object") || is_cut(option);
    let scalar = |option: &Map<String, Value>| !structured(option) && !kinds_of(option).contains(&"array");
    if !(scalars_first && options.iter().any(scalar))
        && let Some(first) = options.iter().position(structured)
    {
        return Some(options.swap_remove(first));
    }
    if !options.iter().any(scalar) {
        return options.into_iter().next();
    }
    options.retain(scalar);
    Some(union(options))
}

/// The union of scalar schemas: all types, and all values where every option lists its values.
fn union(options: Vec<Map<String, Value>>) -> Map<String, Value> {
    let mut kinds: Vec<&str> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    for option in &options {
        for kind in kinds_of(option) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        for value in option.get("enum").and_then(Value::as_array).into_iter().flatten() {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
    }
    let mut out = Map::new();
    if let Some(description) = options.iter().find_map(|option| option.get("description")) {
        out.insert("description".to_owned(), description.clone());
    }
    set_kinds(&mut out, &kinds);
    if options.iter().all(|option| option.contains_key("enum")) {
        out.insert("enum".to_owned(), Value::Array(values));
    }
    out
}
