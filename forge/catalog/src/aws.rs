//! AWS service models (`service-2.json`).

use crate::assemble::{self, Arguments, Shape};
use crate::schema::{At, Fault, cut};
use crate::{Document, Found, ImportOptions, Imported, failure, naming, text};
use serde_json::{Map, Value, json};
use wardian_format::CatalogTool;
use wardian_format::catalog::{ErrorSchema, Origin, Place};
use wardian_format::errors::{Part, part};
use wardian_format::names;

/// Reads one service model.
pub(crate) fn read(document: &Document, root: &Value, options: &ImportOptions, found: &mut Found) {
    let (Some(operations), Some(shapes)) = (root["operations"].as_object(), root["shapes"].as_object()) else {
        return found.skip(format!("{}#", document.name), "`operations` and `shapes` must be objects");
    };
    let metadata = &root["metadata"];
    let stated = metadata["serviceId"].as_str().or_else(|| metadata["endpointPrefix"].as_str());
    let service =
        document.service.clone().or_else(|| folder(&document.name)).or_else(|| stated.map(|name| naming::bounded(&names::snake(name))));
    let Some(service) = service else {
        return found.skip(format!("{}#/metadata", document.name), "`metadata` has neither `serviceId` nor `endpointPrefix`");
    };
    let provider = document.provider.clone().unwrap_or_else(|| "amazonaws.com".to_owned());
    let version = text::clean(metadata["apiVersion"].as_str().unwrap_or_default(), 40);
    found.api = Some(crate::Api { provider: provider.clone(), service: service.clone(), version, host: None });
    let protocol = metadata["protocol"].as_str().unwrap_or_default();
    let api = Api { document, shapes, options, provider, service, protocol };
    let keys: Vec<String> = operations.keys().cloned().collect();
    let mut names: Vec<String> = keys.iter().map(|key| naming::bounded(&names::snake(key))).collect();
    naming::unique(&mut names, &keys);
    let place = At::root("/operations");
    for ((key, operation), name) in operations.iter().zip(names) {
        let at = place.at(key);
        match api.operation(name, operation, &at) {
            Ok(tool) => found.tools.push(Imported { tool, at: format!("{}#{}", document.name, at.pointer()) }),
            Err(fault) => found.skip(format!("{}#{}", document.name, fault.pointer), format!("operation `{key}`: {}", fault.reason)),
        }
    }
}

/// The service's folder in botocore's layout, `data/SERVICE/DATE/service-2.json`.
fn folder(name: &str) -> Option<String> {
    let mut parts = name.rsplit('/');
    let file = parts.next()?;
    let (date, service, data) = (parts.next()?, parts.next()?, parts.next()?);
    let dated = date.len() == 10 && date.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    (file.starts_with("service-") && dated && data == "data").then(|| text::clean(service, 60))
}

struct Api<'a> {
    document: &'a Document,
    shapes: &'a Map<String, Value>,
    options: &'a ImportOptions,
    provider: String,
    service: String,
    protocol: &'a str,
}

/// The members of an error's body, with the names of the exceptions that have it and their statuses.
type Body<'n> = (Map<String, Value>, Vec<&'n str>, Vec<String>);

impl<'a> Api<'a> {
    fn operation(&self, name: String, operation: &'a Value, at: &At<'_>) -> Result<CatalogTool, Fault> {
        let body_schema = operation["input"]["shape"].as_str().map(str::to_owned);
        let mut arguments = Arguments::default();
        if let Some(input) = &body_schema {
            self.input(input, &at.at("input"), &mut arguments)?;
        }
        let (parameters, locations) = arguments.finish();
        let (returns, shape) = match operation["output"]["shape"].as_str() {
            Some(output) => self.output(output, &name, &at.at("output"))?,
            None => (None, Shape::default()),
        };
        let origin = Origin {
            source: "aws".to_owned(),
            provider: self.provider.clone(),
            service: self.service.clone(),
            license: self.document.license(None),
            method: operation["http"]["method"].as_str().map(str::to_uppercase),
            path: operation["http"]["requestUri"].as_str().map(|uri| uri.split('?').next().unwrap_or(uri).replace("+}", "}")),
            locations,
            returns_schema: shape.name,
            returns_list: shape.list,
            body_schema,
            errors: self.errors(operation),
            error_schemas: self.error_schemas(operation, at),
            tags: Vec::new(),
            also: Vec::new(),
        };
        let description = text::clean(operation["documentation"].as_str().unwrap_or_default(), self.options.tool_description_chars_max);
        Ok(CatalogTool { id: String::new(), name, description, parameters: parameters.into(), returns: returns.map(Into::into), origin })
    }

    fn shape(&self, name: &str, at: &At<'_>) -> Result<&'a Value, Fault> {
        self.shapes.get(name).ok_or_else(|| at.at("shape").fault(format!("shape `{}` is not defined", text::clean(name, 80))))
    }

    fn input(&self, name: &str, at: &At<'_>, arguments: &mut Arguments) -> Result<(), Fault> {
        let shape = self.shape(name, at)?;
        let required: Vec<&str> = shape["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let whole = self.fitting(&json!({"shape": name}), at)?;
        let schemas = whole.get("properties").and_then(Value::as_object);
        for (member, reference) in shape["members"].as_object().into_iter().flatten() {
            let location = match reference["location"].as_str() {
                Some("uri") => Place::Path,
                Some("querystring") => Place::Query,
                Some("header" | "headers") => Place::Header,
                _ => Place::Body,
            };
            // Tokens against repeated requests are filled in by clients, never chosen by a caller.
            if reference["idempotencyToken"] == true || reference["deprecated"] == true {
                continue;
            }
            if let Some(Value::Object(schema)) = schemas.and_then(|schemas| schemas.get(member)) {
                arguments.add(member, location, required.contains(&member.as_str()), schema.clone());
            }
        }
        Ok(())
    }

    fn output(&self, name: &str, operation: &str, at: &At<'_>) -> Result<(Option<Value>, Shape), Fault> {
        let reference = json!({"shape": name});
        let schema = Value::Object(self.fitting(&reference, at)?);
        let Some(members) = schema["properties"].as_object().filter(|members| !members.is_empty()) else {
            return Ok((None, Shape::default()));
        };
        let list_like = ["list_", "describe_", "search_", "receive_", "batch_get_", "get_"].iter().any(|verb| operation.starts_with(verb));
        let objects: Vec<&Value> = members.values().filter(|member| member["properties"].is_object()).collect();
        let mut shape = assemble::shape(&schema, Some(name.to_owned()), list_like && members.len() <= 4, operation);
        if let ([one], false) = (objects.as_slice(), shape.list)
            && members.len() <= 2
        {
            // `{HIT: HIT}` is an envelope of one thing.
            shape.name = one["title"].as_str().map(str::to_owned).or(shape.name);
        }
        Ok((Some(schema), shape))
    }

    /// A reference as a schema at the greatest depth that keeps the bound on nodes.
    fn fitting(&self, reference: &Value, at: &At<'_>) -> Result<Map<String, Value>, Fault> {
        let mut depth_max = self.options.depth_max;
        loop {
            let mut walk = Walk { api: self, depth_max, nodes: 0, full: false, stack: Vec::new() };
            let schema = walk.reference(reference, at, 0)?;
            if !walk.full || depth_max <= 1 {
                return Ok(schema);
            }
            depth_max -= 1;
        }
    }

    /// The bodies of the declared errors, as the service's protocol frames them: the members of an exception with its name as
    /// `__type`, or, where the wire speaks XML, what a client makes of that: `{"Error": {"Code": …, "Message": …}}`.
    fn error_schemas(&self, operation: &Value, at: &At<'_>) -> Vec<ErrorSchema> {
        let xml = matches!(self.protocol, "query" | "ec2" | "rest-xml");
        let mut bodies: Vec<Body<'_>> = Vec::new();
        for name in declared(operation) {
            let Some(shape) = self.shapes.get(name) else { continue };
            let status = status(shape).to_string();
            if !failure::is_telling(&status) {
                continue;
            }
            let Some(body) = (if xml { Some(Map::new()) } else { self.exception(name, at) }) else { continue };
            match bodies.iter_mut().find(|(known, _, _)| *known == body) {
                Some((_, names, statuses)) => {
                    names.push(name);
                    if !statuses.contains(&status) {
                        statuses.push(status);
                    }
                }
                None => bodies.push((body, vec![name], vec![status])),
            }
        }
        bodies.truncate(failure::SCHEMAS_MAX);
        let framed = |(body, names, statuses): Body<'_>| {
            let codes: Vec<&str> = names.iter().map(|name| self.shapes[*name]["error"]["code"].as_str().unwrap_or(name)).collect();
            let schema = if xml { in_xml(&codes) } else { in_json(body, &names) };
            ErrorSchema { statuses, schema: schema.into() }
        };
        bodies.into_iter().map(framed).collect()
    }

    /// What of an exception's members matters: where the sentence stands, and what must be there.
    fn exception(&self, name: &str, at: &At<'_>) -> Option<Map<String, Value>> {
        let Value::Object(mut whole) = Value::Object(self.fitting(&json!({"shape": name}), at).ok()?) else { return None };
        let members = whole.get_mut("properties").and_then(Value::as_object_mut);
        let members = members.map(std::mem::take).unwrap_or_default();
        let required: Vec<Value> = whole.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
        let sentence =
            members.keys().filter_map(|name| Some((part(name)?, name.clone()))).filter(|(part, _)| matches!(part, Part::Sentence(_))).min();
        // Where the model names no member for it, the protocol sends `message`.
        let sentence = sentence.map_or_else(|| "message".to_owned(), |(_, name)| name);
        let mut kept: Map<String, Value> =
            members.into_iter().filter(|(name, _)| *name == sentence || required.contains(&Value::from(name.as_str()))).collect();
        kept.entry(sentence).or_insert_with(|| json!({"type": "string"}));
        let schema = failure::pruned(&json!({"type": "object", "properties": kept, "required": required}))?;
        let mut schema = schema.to_value();
        Some(std::mem::take(schema.as_object_mut()?))
    }

    fn errors(&self, operation: &Value) -> Vec<u16> {
        let mut out: Vec<u16> = declared(operation).filter_map(|name| self.shapes.get(name)).map(status).collect();
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Names of the exceptions of an operation.
fn declared(operation: &Value) -> impl Iterator<Item = &str> {
    operation["errors"].as_array().into_iter().flatten().filter_map(|error| error["shape"].as_str())
}

fn status(shape: &Value) -> u16 {
    let stated = shape["error"]["httpStatusCode"].as_u64().and_then(|status| u16::try_from(status).ok());
    stated.unwrap_or(if shape["fault"] == true { 500 } else { 400 })
}

/// An exception in JSON: its members, and `__type`, its name. Any operation may also fail in the ways that AWS calls common.
fn in_json(mut body: Map<String, Value>, names: &[&str]) -> Value {
    let mut all = names.to_vec();
    all.extend(["ValidationException", "AccessDeniedException"].iter().filter(|name| !names.contains(name)));
    let mut members = Map::new();
    members.insert("__type".to_owned(), json!({"type": "string", "enum": all}));
    if let Some(Value::Object(own)) = body.remove("properties") {
        members.extend(own);
    }
    let mut required = vec![Value::from("__type")];
    if let Some(Value::Array(own)) = body.remove("required") {
        required.extend(own);
    }
    json!({"type": "object", "properties": members, "required": required})
}

/// As [`in_json`], for services that speak XML.
fn in_xml(codes: &[&str]) -> Value {
    let mut all = codes.to_vec();
    all.extend(["ValidationError", "AccessDenied"].iter().filter(|name| !codes.contains(name)));
    let members = json!({"Code": {"type": "string", "enum": all}, "Message": {"type": "string"}});
    json!({"type": "object", "properties": {"Error": {"type": "object", "properties": members, "required": ["Code", "Message"]}}, "required": ["Error"]})
}

struct Walk<'w, 'a> {
    api: &'w Api<'a>,
    depth_max: usize,
    nodes: usize,
    /// Set when a shape was cut because there were too many.
    full: bool,
    stack: Vec<&'a str>,
}

impl<'a> Walk<'_, 'a> {
    /// The schema of `{shape, documentation}`.
    fn reference(&mut self, reference: &Value, at: &At<'_>, depth: usize) -> Result<Map<String, Value>, Fault> {
        let name = reference["shape"].as_str().ok_or_else(|| at.fault("a member must name its `shape`"))?;
        let (name, shape) = match self.api.shapes.get_key_value(name) {
            Some((name, shape)) => (name.as_str(), shape),
            None => return Err(at.at("shape").fault(format!("shape `{}` is not defined", text::clean(name, 80)))),
        };
        let deep = depth >= self.depth_max && shape["type"] == "structure";
        self.full |= self.nodes >= self.api.options.schema_nodes_max;
        self.nodes += 1;
        if self.full || deep || self.stack.contains(&name) {
            return Ok(cut(name));
        }
        self.stack.push(name);
        let result = self.shape(name, shape, depth);
        self.stack.pop();
        let mut out = result?;
        let documentation = reference["documentation"].as_str().or_else(|| shape["documentation"].as_str());
        let description = documentation.map(|text| text::clean(text, self.api.options.field_description_chars_max));
        if let Some(description) = description.filter(|description| !description.is_empty()) {
            out.insert("description".to_owned(), Value::from(description));
        }
        Ok(out)
    }

    fn shape(&mut self, name: &str, shape: &'a Value, depth: usize) -> Result<Map<String, Value>, Fault> {
        let root = At::root("/shapes");
        let at = root.at(name);
        let mut out = Map::new();
        let kind = shape["type"].as_str().ok_or_else(|| at.at("type").fault("`type` is missing or not a string"))?;
        let mut typed = |kind: &str, format: Option<&str>| {
            out.insert("type".to_owned(), Value::from(kind));
            if let Some(format) = format {
                out.insert("format".to_owned(), Value::from(format));
            }
        };
        match kind {
            "structure" => return self.structure(name, shape, &at, depth),
            "list" => {
                typed("array", None);
                out.insert("items".to_owned(), Value::Object(self.reference(&shape["member"], &at.at("member"), depth)?));
            }
            "map" => {
                typed("object", None);
                let value = self.reference(&shape["value"], &at.at("value"), depth + 1)?;
                out.insert("additionalProperties".to_owned(), Value::Object(value));
            }
            "string" | "character" => typed("string", None),
            "timestamp" => typed("string", Some("date-time")),
            "blob" => typed("string", Some("byte")),
            "integer" | "short" | "byte" => typed("integer", Some("int32")),
            "long" | "bigInteger" => typed("integer", Some("int64")),
            "float" | "double" | "bigDecimal" => typed("number", None),
            "boolean" => typed("boolean", None),
            _ => {}
        }
        self.bounds(kind, shape, &mut out);
        Ok(out)
    }

    fn bounds(&self, kind: &str, shape: &Value, out: &mut Map<String, Value>) {
        let (least, most) = match kind {
            "string" => ("minLength", "maxLength"),
            "integer" | "long" | "float" | "double" => ("minimum", "maximum"),
            "list" => ("minItems", "maxItems"),
            _ => return,
        };
        for (key, value) in [(least, &shape["min"]), (most, &shape["max"])] {
            if value.is_u64() || (value.is_number() && kind != "string" && kind != "list") {
                out.insert(key.to_owned(), value.clone());
            }
        }
        let values: Vec<Value> = shape["enum"].as_array().into_iter().flatten().filter(|value| value.is_string()).cloned().collect();
        if !values.is_empty() && values.len() <= self.api.options.enum_values_max {
            out.insert("enum".to_owned(), Value::Array(values));
        }
    }

    fn structure(&mut self, name: &str, shape: &'a Value, at: &At<'_>, depth: usize) -> Result<Map<String, Value>, Fault> {
        let mut properties = Map::new();
        let place = at.at("members");
        for (member, reference) in shape["members"].as_object().into_iter().flatten() {
            if self.full {
                break;
            }
            if reference["location"] == "statusCode" {
                continue;
            }
            properties.insert(member.clone(), Value::Object(self.reference(reference, &place.at(member), depth + 1)?));
        }
        let mut out = cut(name);
        out.insert("type".to_owned(), Value::from("object"));
        let known = |name: &&Value| name.as_str().is_some_and(|name| properties.contains_key(name));
        let required: Vec<Value> = shape["required"].as_array().into_iter().flatten().filter(known).cloned().collect();
        if !properties.is_empty() {
            out.insert("properties".to_owned(), Value::Object(properties));
        }
        if !required.is_empty() {
            out.insert("required".to_owned(), Value::Array(required));
        }
        Ok(out)
    }
}
