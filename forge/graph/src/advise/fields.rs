//! Members of schemas: those that a question shows, and whether one that an answer names exists.

use serde_json::Value;
use wardian_format::names::words;

/// Levels of a result that are searched for fields to show.
const SHOWN_DEPTH_MAX: usize = 3;
/// Levels of a schema that a named member may lie below.
const DEPTH_MAX: usize = 24;

/// Last words of names that identify something.
const IDENTIFYING: [&str; 24] = [
    "arn",
    "arns",
    "code",
    "email",
    "guid",
    "handle",
    "id",
    "identifier",
    "ids",
    "key",
    "login",
    "name",
    "names",
    "number",
    "path",
    "ref",
    "sha",
    "slug",
    "token",
    "uid",
    "uri",
    "url",
    "username",
    "uuid",
];

/// What a value is, as far as passing it on goes. A list is what its elements are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Number,
    Text,
    Truth,
    Object,
    Unknown,
}

impl Kind {
    fn of(schema: &Value) -> Self {
        let kind = match &schema["type"] {
            Value::String(kind) => kind.as_str(),
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null").unwrap_or_default(),
            _ => "",
        };
        match kind {
            "integer" | "number" => Self::Number,
            "string" => Self::Text,
            "boolean" => Self::Truth,
            "array" => schema.get("items").map_or(Self::Unknown, Self::of),
            "object" => Self::Object,
            _ if schema.get("properties").is_some() => Self::Object,
            _ => Self::Unknown,
        }
    }

    /// In an answer to "what is it?".
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Truth => "true or false",
            Self::Object => "an object",
            Self::Unknown => "of no stated type",
        }
    }

    /// True where a value of this kind may be passed as `other`.
    pub(crate) fn fits(self, other: Self) -> bool {
        self == other || self == Self::Unknown || other == Self::Unknown
    }
}

/// Path and kind of the member of `schema` at `path`, such as `items.owner.id`; `None` where there is none. Lists are stepped into silently;
/// `[]`, `[0]`, `[*]` and a leading `$.` are understood, but the path that is returned has only names of the schema and dots.
pub(crate) fn find(schema: &Value, path: &str) -> Option<(String, Kind)> {
    let path = path.trim();
    let known = |path: String| below(schema, &path, 0).filter(|_| !path.is_empty()).map(|kind| (path, kind));
    known(path.to_owned()).or_else(|| known(plain(path)))
}

/// `$.items[0].id` as `items.id`.
fn plain(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut is_inside = false;
    let rooted = path.strip_prefix('$').filter(|rest| rest.starts_with(['.', '[']));
    for c in rooted.unwrap_or(path).chars() {
        match c {
            '[' => is_inside = true,
            ']' => is_inside = false,
            c if !is_inside => out.push(c),
            _ => {}
        }
    }
    out.trim_matches('.').to_owned()
}

fn below(schema: &Value, path: &str, depth: usize) -> Option<Kind> {
    if depth > DEPTH_MAX {
        return None;
    }
    if let Some(items) = schema.get("items")
        && let Some(found) = below(items, path, depth + 1)
    {
        return Some(found);
    }
    let properties = schema["properties"].as_object();
    // Names may have dots themselves, so each that fits is tried.
    for (name, member) in properties.into_iter().flatten() {
        let Some(rest) = path.strip_prefix(name.as_str()) else { continue };
        if rest.is_empty() {
            return Some(Kind::of(member));
        }
        if let Some(found) = rest.strip_prefix('.').and_then(|rest| below(member, rest, depth + 1)) {
            return Some(found);
        }
    }
    let variants = ["allOf", "anyOf", "oneOf"].iter().flat_map(|name| schema[*name].as_array().into_iter().flatten());
    variants.into_iter().find_map(|variant| below(variant, path, depth + 1))
}

/// The inputs of a tool that a question shows, as `name: kind`: those required, then optional ones that identify something.
pub(crate) fn inputs(parameters: &Value, fields_max: usize) -> Vec<String> {
    let required: Vec<&str> = parameters["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let members: Vec<(&String, &Value)> = parameters["properties"].as_object().into_iter().flatten().collect();
    let (needed, optional): (Vec<_>, Vec<_>) = members.into_iter().partition(|(name, _)| required.contains(&name.as_str()));
    let telling = optional.into_iter().filter(|(name, _)| identifies(name));
    needed.into_iter().chain(telling).take(fields_max).map(|(name, schema)| shown(name, schema)).collect()
}

/// The returned fields that identify something, those near the top first.
pub(crate) fn outputs(returns: &Value, fields_max: usize) -> Vec<String> {
    let mut found = Vec::new();
    collect(returns, &mut String::new(), 0, &mut found);
    found.sort_by_key(|(depth, _)| *depth);
    found.into_iter().take(fields_max).map(|(_, text)| text).collect()
}

fn collect(schema: &Value, path: &mut String, depth: usize, found: &mut Vec<(usize, String)>) {
    if let Some(items) = schema.get("items") {
        return collect(items, path, depth, found);
    }
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        let has_members = member.get("properties").is_some() || member.get("items").is_some_and(|items| items.get("properties").is_some());
        if has_members {
            if depth + 1 < SHOWN_DEPTH_MAX {
                collect(member, path, depth + 1, found);
            }
        } else if identifies(name) {
            found.push((depth, shown(path, member)));
        }
        path.truncate(length);
    }
}

fn identifies(name: &str) -> bool {
    words(name).last().is_some_and(|last| IDENTIFYING.contains(&last.as_str()))
}

fn shown(name: &str, schema: &Value) -> String {
    match Kind::of(schema) {
        Kind::Number => format!("{name}: number"),
        Kind::Text => format!("{name}: text"),
        Kind::Truth => format!("{name}: true or false"),
        Kind::Object => format!("{name}: object"),
        Kind::Unknown => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn members_are_found_wherever_they_lie() {
        let schema = json!({"type": "object", "properties": {
            "items": {"type": "array", "items": {"allOf": [{"properties": {"owner": {"properties": {"id": {"type": "integer"}}}}}]}},
            "a.b": {"properties": {"c": {"type": ["null", "string"]}}},
            "a": {"properties": {"flag": {"type": "boolean"}}},
            "names": {"type": "array", "items": {"type": "string"}},
            "any": {}, "$top": {"type": "integer"}, "filter[name]": {"type": "string"}
        }});
        for (path, kind) in [
            ("items.owner.id", Some(Kind::Number)),
            ("$.items[0].owner.id", Some(Kind::Number)),
            (" items[].owner", Some(Kind::Object)),
            ("a.b.c", Some(Kind::Text)),
            ("a.flag", Some(Kind::Truth)),
            ("names[*]", Some(Kind::Text)),
            ("any", Some(Kind::Unknown)),
            ("$top", Some(Kind::Number)),
            ("filter[name]", Some(Kind::Text)),
            ("owner.id", None),
            ("item", None),
            ("itemss", None),
            ("", None),
            ("$", None),
            ("any.id", None),
        ] {
            assert_eq!(find(&schema, path).map(|found| found.1), kind, "{path}");
        }
        let list = json!({"type": "array", "items": schema});
        assert_eq!(find(&list, "[ignore me].a.b.c"), Some(("a.b.c".to_owned(), Kind::Text)));
    }

    #[test]
    fn telling_fields_come_first() {
        let schema = json!({"properties": {
            "page": {"type": "integer"}, "deep": {"properties": {"userId": {"type": "integer"}}}, "id": {"type": "string"},
            "tags": {"type": "array", "items": {"properties": {"name": {}}}}
        }, "required": ["page"]});
        assert_eq!(outputs(&schema, 9), ["id: text", "deep.userId: number", "tags.name"]);
        assert_eq!(outputs(&schema, 1), ["id: text"]);
        assert_eq!(inputs(&schema, 9), ["page: number", "id: text"]);
    }
}
