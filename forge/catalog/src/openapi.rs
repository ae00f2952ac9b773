//! OpenAPI 2.0 (Swagger), 3.0 and 3.1.

use crate::assemble::{self, Arguments, Shape};
use crate::schema::{At, Direction, Fault, References, Schemas};
use crate::{Document, Found, ImportOptions, Imported, example, failure, license, naming, text};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;
use wardian_format::catalog::{ErrorSchema, Origin, Place};
use wardian_format::names;
use wardian_format::{CatalogTool, Schema};

const METHODS: [&str; 6] = ["get", "post", "put", "patch", "delete", "head"];

/// An operation before its name is final.
struct Draft {
    tool: CatalogTool,
    /// `METHOD path`: unique in a document.
    key: String,
    at: String,
}

/// Reads one OpenAPI document.
pub(crate) fn read(document: &Document, root: &Value, options: &ImportOptions, found: &mut Found) {
    let version = root["openapi"].as_str().or_else(|| root["swagger"].as_str()).unwrap_or_default();
    if !["2.", "3.0", "3.1", "3.2"].iter().any(|known| version.starts_with(known)) {
        return found
            .skip(format!("{}#", document.name), format!("OpenAPI version `{}` is not one of 2.0, 3.0, 3.1", text::clean(version, 20)));
    }
    let Some(paths) = root["paths"].as_object() else {
        return found.skip(format!("{}#/paths", document.name), "`paths` is missing or not an object");
    };
    let api = Api::new(document, root, options);
    found.api = Some(crate::Api {
        provider: api.provider.clone(),
        service: api.service.clone(),
        version: text::clean(root["info"]["version"].as_str().unwrap_or_default(), 40),
        host: api.host.clone(),
    });
    let mut drafts = Vec::new();
    // Extensions may lie among the paths.
    for (path, item) in paths.iter().filter(|(path, _)| !path.starts_with("x-")) {
        api.path(path, item, &mut drafts, found);
    }
    finish(drafts, found);
}

/// Gives the final names, in the order of method and path.
fn finish(drafts: Vec<Draft>, found: &mut Found) {
    let mut names: Vec<String> = drafts.iter().map(|draft| draft.tool.name.clone()).collect();
    let keys: Vec<String> = drafts.iter().map(|draft| draft.key.clone()).collect();
    naming::unique(&mut names, &keys);
    for (mut draft, name) in drafts.into_iter().zip(names) {
        draft.tool.name = name;
        found.tools.push(Imported { tool: draft.tool, at: draft.at });
    }
}

struct Api<'a> {
    document: &'a Document,
    schemas: Schemas<'a>,
    provider: String,
    service: String,
    license: Option<String>,
    swagger: bool,
    host: Option<String>,
    base: String,
    /// What matters of the schemas of errors, by their address in the document: many operations share one.
    failures: RefCell<BTreeMap<usize, Option<Schema>>>,
}

impl<'a> Api<'a> {
    fn new(document: &'a Document, root: &'a Value, options: &'a ImportOptions) -> Self {
        let (host, base) = server(root);
        let info = &root["info"];
        // How the collection of APIs.guru names providers and services.
        let marked = |key: &str| info[key].as_str().map(|name| text::clean(name, 60)).filter(|name| !name.is_empty());
        let title = info["title"].as_str().unwrap_or_default();
        let stem = document.name.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default();
        let titled = naming::bounded(&names::snake(if title.is_empty() { stem } else { title }));
        let stated = license::stated(&info["license"]);
        let license = if info.get("x-providerName").is_some() { document.license_of_collected(stated) } else { document.license(stated) };
        Self {
            document,
            schemas: Schemas { root, outer: None, references: References::Pointer, options },
            provider: document
                .provider
                .clone()
                .or_else(|| marked("x-providerName"))
                .or_else(|| host.clone())
                .unwrap_or_else(|| "unknown".to_owned()),
            service: document.service.clone().or_else(|| marked("x-serviceName")).unwrap_or(titled),
            license,
            swagger: root.get("swagger").is_some(),
            host,
            base,
            failures: RefCell::default(),
        }
    }

    fn place(&self, pointer: &str) -> String {
        format!("{}#{pointer}", self.document.name)
    }

    fn path(&self, path: &str, item: &'a Value, drafts: &mut Vec<Draft>, found: &mut Found) {
        let paths = At::root("/paths");
        let here = paths.at(path);
        let (item, _) = match self.schemas.follow(item, &here) {
            Ok(target) => target,
            Err(fault) => return found.skip(self.place(&fault.pointer), fault.reason),
        };
        let Some(members) = item.as_object() else {
            return found.skip(self.place(&here.pointer()), "a path item must be an object");
        };
        for method in METHODS {
            let Some(operation) = members.get(method) else { continue };
            let at = here.at(method);
            match self.operation(path, method, item, operation, &at) {
                Ok(tool) => drafts.push(Draft { tool, key: format!("{path} {method}"), at: self.place(&at.pointer()) }),
                Err(fault) => found.skip(self.place(&fault.pointer), format!("{} {path}: {}", method.to_uppercase(), fault.reason)),
            }
        }
    }

    fn operation(&self, path: &str, method: &str, item: &'a Value, operation: &'a Value, at: &At<'_>) -> Result<CatalogTool, Fault> {
        if !operation.is_object() {
            return Err(at.fault("an operation must be an object"));
        }
        let method_upper = method.to_uppercase();
        let id = operation["operationId"].as_str().filter(|id| !id.trim().is_empty());
        let name = id.map_or_else(|| naming::from_path(&method_upper, path), naming::from_operation_id);
        let mut arguments = Arguments::default();
        self.parameters(&item["parameters"], &at.at("../parameters"), &mut arguments)?;
        self.parameters(&operation["parameters"], &at.at("parameters"), &mut arguments)?;
        let body_schema = self.body(item, operation, method, at, &mut arguments)?;
        let (parameters, locations) = arguments.finish();
        let result = self.result(operation, at, path, method, &name)?;
        let (returns, shape) = result.map_or((None, Shape::default()), |(schema, shape)| (Some(schema), shape));
        let origin = Origin {
            source: "openapi".to_owned(),
            provider: self.provider.clone(),
            service: self.service.clone(),
            license: self.license.clone(),
            method: Some(method_upper),
            path: Some(format!("{}{path}", self.base)),
            locations,
            returns_schema: shape.name,
            returns_list: shape.list,
            body_schema,
            errors: errors(operation),
            error_schemas: self.error_schemas(operation, at),
            tags: operation["tags"].as_array().into_iter().flatten().filter_map(Value::as_str).map(|tag| text::clean(tag, 60)).collect(),
            also: Vec::new(),
        };
        Ok(CatalogTool {
            id: String::new(),
            name,
            description: self.description(operation),
            parameters: parameters.into(),
            returns: returns.map(Into::into),
            origin,
        })
    }

    fn description(&self, operation: &Value) -> String {
        let chars_max = self.schemas.options.tool_description_chars_max;
        let part = |key: &str| operation[key].as_str().map(|text| text::clean(text, chars_max)).unwrap_or_default();
        let (summary, description) = (part("summary"), part("description"));
        if summary.is_empty() || description.to_lowercase().contains(summary.trim_end_matches('.').to_lowercase().as_str()) {
            return description;
        }
        let separator = if summary.ends_with(['.', '!', '?']) { " " } else { ". " };
        if description.is_empty() { summary } else { text::clean(&format!("{summary}{separator}{description}"), chars_max) }
    }

    /// Adds the parameters of a list; Swagger's `body` and `formData` parameters are left to [`Self::body`].
    fn parameters(&self, list: &'a Value, at: &At<'_>, arguments: &mut Arguments) -> Result<(), Fault> {
        let list = match list {
            Value::Null => return Ok(()),
            Value::Array(list) => list,
            _ => return Err(at.fault("`parameters` is not an array")),
        };
        for (i, parameter) in list.iter().enumerate() {
            let index = i.to_string();
            let here = at.at(&index);
            let (parameter, _) = self.schemas.follow(parameter, &here)?;
            let name = parameter["name"].as_str().ok_or_else(|| here.fault("a parameter must have a `name`"))?;
            let place = match parameter["in"].as_str() {
                Some("path") => Place::Path,
                Some("query") => Place::Query,
                Some("header") => Place::Header,
                Some("body" | "formData" | "cookie") => continue,
                _ => return Err(here.at("in").fault(format!("parameter `{}` has no known place", text::clean(name, 60)))),
            };
            let schema = self.parameter_schema(parameter, &here)?;
            arguments.add(name, place, parameter["required"] == true, schema);
        }
        Ok(())
    }

    fn parameter_schema(&self, parameter: &'a Value, at: &At<'_>) -> Result<Map<String, Value>, Fault> {
        let media = parameter["content"].as_object().and_then(|content| content.values().next()).map(|media| &media["schema"]);
        let schema = match (parameter.get("schema"), media) {
            (Some(schema), _) => self.schemas.normalise(schema, &at.at("schema"), Direction::Request)?,
            (None, Some(schema)) => self.schemas.normalise(schema, &at.at("content"), Direction::Request)?,
            // Swagger 2 writes the type into the parameter itself.
            (None, None) => self.schemas.normalise(parameter, at, Direction::Request)?,
        };
        let Value::Object(schema) = schema else { return Ok(Map::new()) };
        let mut out = Map::new();
        let description = parameter["description"].as_str().map(|d| text::clean(d, self.schemas.options.field_description_chars_max));
        if let Some(description) = description.filter(|description| !description.is_empty()) {
            out.insert("description".to_owned(), Value::from(description));
        }
        for (key, value) in schema {
            out.entry(key).or_insert(value);
        }
        Ok(out)
    }

    /// Adds the members of the request body and returns the name of its schema.
    fn body(
        &self,
        item: &'a Value,
        operation: &'a Value,
        method: &str,
        at: &At<'_>,
        arguments: &mut Arguments,
    ) -> Result<Option<String>, Fault> {
        let update = matches!(method, "put" | "patch");
        let name = self.body_of(item, operation, update, at, arguments)?;
        if method == "patch" && !arguments.has_body() {
            self.free_patch(item, operation, at, arguments)?;
        }
        Ok(name)
    }

    /// A PATCH whose body is an object without declared members takes the document's members: the parameter `body`.
    fn free_patch(&self, item: &'a Value, operation: &'a Value, at: &At<'_>, arguments: &mut Arguments) -> Result<(), Fault> {
        let mut declared = operation.get("requestBody").is_some();
        for parameter in [operation, item].iter().flat_map(|source| source["parameters"].as_array().into_iter().flatten()) {
            let (parameter, _) = self.schemas.follow(parameter, &at.at("parameters"))?;
            declared |= parameter["in"] == "body";
        }
        if declared {
            let schema = json!({"type": "object", "description": "JSON merge patch: members of the document to change; null removes one"});
            arguments.add("body", Place::Body, true, schema.as_object().cloned().unwrap_or_default());
        }
        Ok(())
    }

    fn body_of(
        &self,
        item: &'a Value,
        operation: &'a Value,
        update: bool,
        at: &At<'_>,
        arguments: &mut Arguments,
    ) -> Result<Option<String>, Fault> {
        if self.swagger {
            for source in [operation, item] {
                for parameter in source["parameters"].as_array().into_iter().flatten() {
                    let (parameter, _) = self.schemas.follow(parameter, &at.at("parameters"))?;
                    match parameter["in"].as_str() {
                        Some("body") => {
                            return self.body_schema(&parameter["schema"], at, parameter["required"] == true, update, arguments);
                        }
                        Some("formData") => {
                            let name = parameter["name"].as_str().unwrap_or("field");
                            arguments.add(name, Place::Body, parameter["required"] == true, self.parameter_schema(parameter, at)?);
                        }
                        _ => {}
                    }
                }
            }
            return Ok(None);
        }
        let here = at.at("requestBody");
        let Some(body) = operation.get("requestBody") else { return Ok(None) };
        let (body, _) = self.schemas.follow(body, &here)?;
        match media(&body["content"]) {
            Some(schema) => self.body_schema(schema, &here, body["required"] == true, update, arguments),
            None => Ok(None),
        }
    }

    fn body_schema(
        &self,
        schema: &'a Value,
        at: &At<'_>,
        required: bool,
        update: bool,
        arguments: &mut Arguments,
    ) -> Result<Option<String>, Fault> {
        if let Value::Object(body) = self.schemas.normalise(schema, at, Direction::Request)? {
            // Many descriptions forget to say that a body with required members is itself required.
            let required = required || body.contains_key("required");
            arguments.add_body(body, required, update);
        }
        Ok(self.schemas.name_of(schema))
    }

    /// The bodies of the declared errors. One that cannot be read is as good as none: it takes no operation away.
    fn error_schemas(&self, operation: &'a Value, at: &At<'_>) -> Vec<ErrorSchema> {
        let place = at.at("responses");
        let Some(responses) = operation["responses"].as_object() else { return Vec::new() };
        // Where nothing else is a success, `default` is.
        let has_success = responses.keys().any(|status| status.starts_with('2'));
        let is_error = |status: &str| failure::is_error(status) && (has_success || status != "default");
        let answers = responses.iter().filter(|(status, _)| is_error(status));
        failure::collect(answers.filter_map(|(status, response)| {
            let here = place.at(status);
            let (response, _) = self.schemas.follow(response, &here).ok()?;
            let schema = if self.swagger { response.get("schema") } else { media(&response["content"]) };
            let (schema, _) = self.schemas.follow(schema?, &here).ok()?;
            let address = std::ptr::from_ref(schema).addr();
            let read = || failure::pruned(&self.schemas.normalise(schema, &here.at("schema"), Direction::Response).ok()?);
            let found = self.failures.borrow_mut().entry(address).or_insert_with(read).clone();
            Some((status.to_uppercase().replace("DEFAULT", "default"), found?))
        }))
    }

    /// The schema of the first successful answer that has one, with its shape.
    fn result(&self, operation: &'a Value, at: &At<'_>, path: &str, method: &str, name: &str) -> Result<Option<(Value, Shape)>, Fault> {
        let place = at.at("responses");
        let Some(responses) = operation["responses"].as_object() else { return Ok(None) };
        let mut statuses: Vec<&String> = responses.keys().filter(|status| status.starts_with('2')).collect();
        statuses.sort();
        if statuses.is_empty() {
            statuses.extend(responses.keys().filter(|status| *status == "default"));
        }
        for status in statuses {
            let here = place.at(status);
            let (response, _) = self.schemas.follow(&responses[status], &here)?;
            let schema = if self.swagger { response.get("schema") } else { media(&response["content"]) };
            let Some(schema) = schema else { continue };
            let mut result = self.schemas.normalise(schema, &here.at("schema"), Direction::Response)?;
            if let (Value::Object(schema), Some(given)) = (&mut result, self.example(response, &here)) {
                example::lay(schema, given);
            }
            let list_like =
                method == "get" && !path.trim_end_matches('/').ends_with('}') || name.starts_with("list_") || name.starts_with("search_");
            let shape = assemble::shape(&result, self.schemas.name_of(schema), list_like, name);
            return Ok(Some((result, shape)));
        }
        Ok(None)
    }

    /// The example of a JSON answer as a whole, if there is one.
    fn example(&self, response: &'a Value, at: &At<'_>) -> Option<&'a Value> {
        let content = if self.swagger { &response["examples"] } else { &response["content"] };
        let (_, found) = content.as_object()?.iter().find(|(kind, _)| kind.contains("json"))?;
        if self.swagger {
            return Some(found);
        }
        if let Some(example) = found.get("example") {
            return Some(example);
        }
        let (named, _) = self.schemas.follow(found["examples"].as_object()?.values().next()?, at).ok()?;
        named.get("value")
    }
}

/// Host and base path of the first server.
fn server(root: &Value) -> (Option<String>, String) {
    let (host, path) = match root["host"].as_str() {
        Some(host) => (host.to_owned(), root["basePath"].as_str().unwrap_or_default().to_owned()),
        None => {
            let url = root["servers"][0]["url"].as_str().unwrap_or_default();
            let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            (host.to_owned(), if path.is_empty() { String::new() } else { format!("/{path}") })
        }
    };
    (naming::host(&host), path.trim_end_matches('/').to_owned())
}

/// The schema of the JSON content, or of the first content that has one.
fn media(content: &Value) -> Option<&Value> {
    let content = content.as_object()?;
    let json = content.iter().find(|(kind, _)| kind.starts_with("application/json"));
    let json = json.or_else(|| content.iter().find(|(kind, _)| kind.contains("json")));
    json.or_else(|| content.iter().next()).and_then(|(_, media)| media.get("schema"))
}

fn errors(operation: &Value) -> Vec<u16> {
    let mut out: Vec<u16> = operation["responses"]
        .as_object()
        .into_iter()
        .flatten()
        .filter_map(|(status, _)| status.parse().ok())
        .filter(|status| (400..600).contains(status))
        .collect();
    out.sort_unstable();
    out.dedup();
    out
}
