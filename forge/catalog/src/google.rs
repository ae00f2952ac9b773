//! Google discovery documents.

use crate::assemble::{self, Arguments, Shape};
use crate::schema::{At, Direction, Fault, References, Schemas};
use crate::{Document, Found, ImportOptions, Imported, naming, text};
use serde_json::{Map, Value};
use wardian_format::CatalogTool;
use wardian_format::catalog::{Origin, Place};

/// Members of a request that only the server writes.
const SERVER_FIELDS: [&str; 3] = ["kind", "etag", "selfLink"];

/// Reads one discovery document.
pub(crate) fn read(document: &Document, root: &Value, options: &ImportOptions, found: &mut Found) {
    let version = text::clean(root["version"].as_str().unwrap_or_default(), 40);
    let service = document.service.clone().or_else(|| root["name"].as_str().map(|name| with_part(&text::clean(name, 60), &version)));
    let Some(service) = service.filter(|service| !service.is_empty()) else {
        return found.skip(format!("{}#/name", document.name), "a discovery document must have a `name`");
    };
    let api = Api {
        document,
        schemas: Schemas { root, outer: None, references: References::Google, options },
        provider: document.provider.clone().unwrap_or_else(|| "googleapis.com".to_owned()),
        service,
        base: root["servicePath"].as_str().unwrap_or_default(),
    };
    found.api = Some(crate::Api {
        provider: api.provider.clone(),
        service: api.service.clone(),
        version,
        host: root["rootUrl"].as_str().and_then(naming::host),
    });
    let mut methods = Vec::new();
    let top = At::root("");
    api.collect(root, "", &top, 0, &mut methods, found);
    let mut names: Vec<String> = methods.iter().map(|(tool, _)| tool.name.clone()).collect();
    let keys: Vec<String> = methods.iter().map(|(_, at)| at.clone()).collect();
    naming::unique(&mut names, &keys);
    for ((mut tool, at), name) in methods.into_iter().zip(names) {
        tool.name = name;
        found.tools.push(Imported { tool, at });
    }
}

/// `admin` of version `directory_v1` is the API `admin_directory`: such versions name a part of a service.
fn with_part(name: &str, version: &str) -> String {
    match version.rsplit_once("_v") {
        Some((part, _)) if !part.is_empty() => format!("{name}_{part}"),
        _ => name.to_owned(),
    }
}

struct Api<'a> {
    document: &'a Document,
    schemas: Schemas<'a>,
    provider: String,
    service: String,
    base: &'a str,
}

impl<'a> Api<'a> {
    /// Walks resources; `resource` is the name of the innermost one.
    fn collect(&self, node: &'a Value, resource: &str, at: &At<'_>, depth: usize, out: &mut Vec<(CatalogTool, String)>, found: &mut Found) {
        let place = at.at("methods");
        for (name, method) in node["methods"].as_object().into_iter().flatten() {
            let here = place.at(name);
            match self.method(resource, name, method, &here) {
                Ok(tool) => out.push((tool, format!("{}#{}", self.document.name, here.pointer()))),
                Err(fault) => found.skip(format!("{}#{}", self.document.name, fault.pointer), format!("method `{name}`: {}", fault.reason)),
            }
        }
        let place = at.at("resources");
        for (name, inner) in node["resources"].as_object().into_iter().flatten().filter(|_| depth < 16) {
            self.collect(inner, name, &place.at(name), depth + 1, out, found);
        }
    }

    fn method(&self, resource: &str, name: &str, method: &'a Value, at: &At<'_>) -> Result<CatalogTool, Fault> {
        let verb = method["httpMethod"].as_str().ok_or_else(|| at.at("httpMethod").fault("`httpMethod` is missing"))?;
        let path = path_of(method).ok_or_else(|| at.at("path").fault("`path` is missing"))?;
        let tool_name = if resource.is_empty() { naming::from_operation_id(name) } else { naming::from_resource(resource, name, &path) };
        let mut arguments = Arguments::default();
        self.parameters(method, at, &mut arguments)?;
        let body_schema = self.body(method, verb, at, &mut arguments)?;
        let (parameters, locations) = arguments.finish();
        let (returns, shape) = self.result(method, &tool_name, at)?;
        let description = text::clean(method["description"].as_str().unwrap_or_default(), self.schemas.options.tool_description_chars_max);
        let origin = Origin {
            source: "google".to_owned(),
            provider: self.provider.clone(),
            service: self.service.clone(),
            license: self.document.license(None),
            method: Some(verb.to_uppercase()),
            path: Some(format!("/{}{path}", self.base)),
            locations,
            returns_schema: shape.name,
            returns_list: shape.list,
            body_schema,
            errors: Vec::new(),
            // Discovery documents declare no errors.
            error_schemas: Vec::new(),
            tags: if resource.is_empty() { Vec::new() } else { vec![resource.to_owned()] },
            also: Vec::new(),
        };
        Ok(CatalogTool {
            id: String::new(),
            name: tool_name,
            description,
            parameters: parameters.into(),
            returns: returns.map(Into::into),
            origin,
        })
    }

    /// Path parameters first, in the document's order, then the others by name.
    fn parameters(&self, method: &'a Value, at: &At<'_>, arguments: &mut Arguments) -> Result<(), Fault> {
        let place = at.at("parameters");
        let empty = Map::new();
        let all = method["parameters"].as_object().unwrap_or(&empty);
        let order: Vec<&str> = method["parameterOrder"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let ordered = order.iter().filter_map(|name| all.get_key_value(*name));
        let rest = all.iter().filter(|(name, _)| !order.contains(&name.as_str()));
        for (name, parameter) in ordered.chain(rest) {
            let here = place.at(name);
            let deprecated = parameter["description"].as_str().is_some_and(|text| text.starts_with("Deprecated"));
            if deprecated && parameter["required"] != true {
                continue;
            }
            let Value::Object(mut schema) = self.schemas.normalise(parameter, &here, Direction::Request)? else { continue };
            if parameter["repeated"] == true {
                schema = repeated(schema);
            }
            let in_path = parameter["location"] == "path";
            let described = parameter["description"].as_str().is_some_and(|text| text.starts_with("Required."));
            let place = if in_path { Place::Path } else { Place::Query };
            arguments.add(name, place, parameter["required"] == true || described, schema);
        }
        Ok(())
    }

    /// Adds the members of the request; those that `annotations.required` lists for this method are required.
    fn body(&self, method: &'a Value, verb: &str, at: &At<'_>, arguments: &mut Arguments) -> Result<Option<String>, Fault> {
        let Some(request) = method.get("request").filter(|request| request.get("$ref").is_some()) else { return Ok(None) };
        let here = at.at("request");
        let (target, name) = self.schemas.follow(request, &here)?;
        if let Value::Object(mut schema) = self.schemas.normalise(request, &here, Direction::Request)? {
            if let Some(Value::Object(members)) = schema.get_mut("properties") {
                members.retain(|name, _| !SERVER_FIELDS.contains(&name.as_str()));
            }
            let required = self.required(target, method["id"].as_str().unwrap_or_default());
            if !required.is_empty() {
                schema.insert("required".to_owned(), Value::Array(required));
            }
            arguments.add_body(schema, true, matches!(verb, "PUT" | "PATCH"));
        }
        Ok(name)
    }

    fn required(&self, target: &Value, method: &str) -> Vec<Value> {
        let members = target["properties"].as_object().into_iter().flatten();
        let lists = |member: &Value| member["annotations"]["required"].as_array().is_some_and(|ids| ids.iter().any(|id| id == method));
        let says = |member: &Value| member["description"].as_str().is_some_and(|text| text.starts_with("Required."));
        let creates = method.ends_with(".create") || method.ends_with(".insert");
        members.filter(|(_, member)| lists(member) || (creates && says(member))).map(|(name, _)| Value::from(name.as_str())).collect()
    }

    fn result(&self, method: &'a Value, name: &str, at: &At<'_>) -> Result<(Option<Value>, Shape), Fault> {
        let Some(response) = method.get("response").filter(|response| response.get("$ref").is_some()) else {
            return Ok((None, Shape::default()));
        };
        let result = self.schemas.normalise(response, &at.at("response"), Direction::Response)?;
        let list_like = ["list_", "search_", "query_", "batch_get_"].iter().any(|verb| name.starts_with(verb));
        let shape = assemble::shape(&result, self.schemas.name_of(response), list_like, name);
        // An empty message stands for "no content".
        if result["properties"].as_object().is_none() && shape.name.as_deref() == Some("Empty") {
            return Ok((None, Shape::default()));
        }
        Ok((Some(result), shape))
    }
}

/// The flat path where its placeholders are parameters, else the path with plain placeholders (`{+name}` becomes `{name}`).
fn path_of(method: &Value) -> Option<String> {
    let path = method["path"].as_str().or_else(|| method["flatPath"].as_str())?;
    let flat = method["flatPath"].as_str().unwrap_or(path);
    let known = flat.split('{').skip(1).all(|rest| rest.split('}').next().is_some_and(|name| method["parameters"].get(name).is_some()));
    Some(if known { flat.to_owned() } else { path.replace("{+", "{") })
}

/// A repeated parameter is a list of what its schema says.
fn repeated(mut item: Map<String, Value>) -> Map<String, Value> {
    let mut out = Map::new();
    if let Some(description) = item.remove("description") {
        out.insert("description".to_owned(), description);
    }
    item.remove("default");
    out.insert("type".to_owned(), Value::from("array"));
    out.insert("items".to_owned(), Value::Object(item));
    out
}
