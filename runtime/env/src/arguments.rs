//! Arguments against the JSON Schema of a tool: checked, completed with defaults, made canonical.

use jsonschema::{Draft, PatternOptions, ValidationError, Validator, error::TypeKind, error::ValidationErrorKind};
use serde_json::{Map, Value};
use wardian_format::{json, names};

/// How many things that do not fit are named.
const COMPLAINTS_MAX: usize = 3;

/// Longest text on one of them, characters.
const COMPLAINT_CHARS_MAX: usize = 240;

/// Bytes that one compiled pattern may take, and its cache.
const PATTERN_BYTES_MAX: usize = wardian_format::limits::FIXED.compiled_pattern_bytes_max;

/// Most pairs of a sub-schema and a value of the arguments, which bounds the time that a check takes: nothing else
/// watches it. Each pair is looked at once at most.
const WORK_MAX: u64 = wardian_format::limits::FIXED.schema_work_max;

/// Bytes of a text that count as one more value, since a pattern reads them all.
const BYTES_PER_VALUE: usize = 64;

/// A compiled schema and the defaults in it.
pub(crate) struct Checker {
    validator: Validator,
    /// How many sub-schemas there are, at most.
    schemas: u64,
    defaults: Option<Defaults>,
}

/// The defaults of a schema, as far as there are any.
#[derive(Default)]
struct Defaults {
    /// Members of an object: name, default, and defaults inside.
    members: Vec<(String, Option<Value>, Option<Defaults>)>,
    /// Defaults inside the items of an array.
    items: Option<Box<Defaults>>,
}

impl Checker {
    /// Compiles `schema`, which has passed the pack's checks. Every default must fit its own schema.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        let validator = compile(schema)?;
        let defaults = Defaults::of(schema, "")?;
        Ok(Self { validator, schemas: schemas(schema), defaults })
    }

    /// `arguments` with defaults, and their canonical text; or what does not fit, for the agent to read.
    pub(crate) fn check(&self, arguments: &Value) -> Result<(Value, String), String> {
        if self.schemas.saturating_mul(values(arguments)) > WORK_MAX {
            return Err("arguments: too many values for the schema of this tool".to_owned());
        }
        if !self.validator.is_valid(arguments) {
            return Err(self.complaints(arguments));
        }
        let mut complete = arguments.clone();
        if let Some(defaults) = &self.defaults {
            defaults.apply(&mut complete);
        }
        let text = json::canonical(&complete).map_err(|error| error.to_string())?;
        Ok((complete, text))
    }

    /// The same text for the same arguments, whatever the order of their members.
    fn complaints(&self, arguments: &Value) -> String {
        let sorted = json::canonical(arguments).ok().and_then(|text| json::parse(&text).ok());
        let arguments = sorted.as_ref().unwrap_or(arguments);
        let mut complaints: Vec<String> = self.validator.iter_errors(arguments).map(|error| complaint(&error)).collect();
        complaints.sort();
        complaints.dedup();
        let more = complaints.len().saturating_sub(COMPLAINTS_MAX);
        complaints.truncate(COMPLAINTS_MAX);
        let text = complaints.join("; ");
        if more > 0 { format!("{text}; and {more} more") } else { text }
    }
}

/// Objects in `schema`; every sub-schema is one.
fn schemas(schema: &Value) -> u64 {
    match schema {
        Value::Array(items) => items.iter().map(schemas).sum(),
        Value::Object(map) => 1 + map.values().map(schemas).sum::<u64>(),
        _ => 0,
    }
}

/// Values in `value`, names of members included, with long texts counted several times.
fn values(value: &Value) -> u64 {
    let text = |text: &String| 1 + (text.len() / BYTES_PER_VALUE) as u64;
    match value {
        Value::Array(items) => 1 + items.iter().map(values).sum::<u64>(),
        Value::Object(map) => 1 + map.iter().map(|(name, value)| text(name) + values(value)).sum::<u64>(),
        Value::String(string) => text(string),
        _ => 1,
    }
}

fn compile(schema: &Value) -> Result<Validator, String> {
    let patterns = PatternOptions::regex().size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX);
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(false).with_pattern_options(patterns);
    options.build(schema).map_err(|error| names::untrusted(&error.to_string(), COMPLAINT_CHARS_MAX))
}

/// Place and expectation, without the value itself.
fn complaint(error: &ValidationError<'_>) -> String {
    let pointer = error.instance_path().as_str();
    let at = if pointer.is_empty() { "arguments".to_owned() } else { format!("`{pointer}`") };
    let found = kind(error.instance());
    let text = match error.kind() {
        ValidationErrorKind::Required { property } => format!("{at}: the member {property} is missing"),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let mut unexpected: Vec<String> = unexpected.iter().map(|name| format!("`{name}`")).collect();
            unexpected.sort();
            format!("{at}: unknown member {}", unexpected.join(", "))
        }
        ValidationErrorKind::Type { kind: TypeKind::Single(expected) } => format!("{at}: expected {expected}, found {found}"),
        ValidationErrorKind::Enum { options } => format!("{at}: expected one of {options}"),
        ValidationErrorKind::Constant { expected_value } => format!("{at}: expected {expected_value}"),
        ValidationErrorKind::Pattern { pattern } => format!("{at}: expected a string that matches `{pattern}`"),
        _ => format!("{at}: {}", error.masked()),
    };
    names::untrusted(&text, COMPLAINT_CHARS_MAX)
}

/// The JSON type of a value, in words.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Defaults {
    /// The defaults below `schema`; `None` where there are none.
    fn of(schema: &Value, pointer: &str) -> Result<Option<Self>, String> {
        let mut out = Self::default();
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (name, schema) in properties {
                let pointer = format!("{pointer}/{name}");
                let default = schema.get("default").cloned();
                if let Some(default) = &default {
                    fits(schema, default, &pointer)?;
                }
                let inner = Self::of(schema, &pointer)?;
                if default.is_some() || inner.is_some() {
                    out.members.push((name.clone(), default, inner));
                }
            }
        }
        if let Some(items) = schema.get("items") {
            out.items = Self::of(items, &format!("{pointer}/*"))?.map(Box::new);
        }
        Ok((!out.members.is_empty() || out.items.is_some()).then_some(out))
    }

    fn apply(&self, value: &mut Value) {
        match value {
            Value::Object(map) => self.members.iter().for_each(|member| apply_member(map, member)),
            Value::Array(items) => {
                if let Some(defaults) = &self.items {
                    items.iter_mut().for_each(|item| defaults.apply(item));
                }
            }
            _ => {}
        }
    }
}

fn apply_member(map: &mut Map<String, Value>, (name, default, inner): &(String, Option<Value>, Option<Defaults>)) {
    if let (None, Some(default)) = (map.get(name), default) {
        map.insert(name.clone(), default.clone());
    }
    if let (Some(value), Some(inner)) = (map.get_mut(name), inner) {
        inner.apply(value);
    }
}

/// A default is used without a further check, so it is checked once.
fn fits(schema: &Value, default: &Value, pointer: &str) -> Result<(), String> {
    let place = names::untrusted(pointer, 120);
    let validator = compile(schema).map_err(|reason| format!("`{place}`: {reason}"))?;
    if !validator.is_valid(default) {
        return Err(format!("the default of `{place}` does not fit its own schema"));
    }
    json::canonical(default).map(|_| ()).map_err(|error| format!("the default of `{place}`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn checker(schema: Value) -> Checker {
        Checker::new(&schema).expect("schema compiles")
    }

    #[test]
    fn defaults_are_applied_inside_objects_and_lists() {
        let checker = checker(json!({"type": "object", "properties": {
            "limit": {"type": "integer", "default": 10},
            "sort": {"type": "object", "default": {}, "properties": {"order": {"type": "string", "default": "asc"}}},
            "items": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "default": 1}}}},
        }}));
        let (_, text) = checker.check(&json!({"items": [{}, {"n": 2}]})).expect("fits");
        assert_eq!(text, r#"{"items":[{"n":1},{"n":2}],"limit":10,"sort":{"order":"asc"}}"#);
        let (again, text_again) = checker.check(&json::parse(&text).expect("JSON")).expect("fits");
        assert_eq!(json::canonical(&again).expect("canonical"), text);
        assert_eq!(text_again, text, "applying defaults twice changes nothing");
    }

    #[test]
    fn complaints_name_the_place_and_not_the_value() {
        let checker = checker(json!({"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
            "id": {"type": "string"},
            "state": {"type": "string", "enum": ["open", "closed"]},
            "tags": {"type": "array", "items": {"type": "integer"}},
        }}));
        let complaint = |value: Value| checker.check(&value).expect_err("does not fit");
        assert_eq!(complaint(json!({})), "arguments: the member \"id\" is missing");
        assert_eq!(complaint(json!({"id": 7})), "`/id`: expected string, found a number");
        assert_eq!(complaint(json!({"id": "a", "x": 1, "b": 2})), "arguments: unknown member `b`, `x`");
        assert_eq!(complaint(json!({"id": "a", "tags": [1, "secret"]})), "`/tags/1`: expected integer, found a string");
        assert_eq!(complaint(json!({"id": "a", "state": "gone"})), r#"`/state`: expected one of ["open","closed"]"#);
        let (a, b) = (json!({"tags": 1, "state": 2}), json!({"state": 2, "tags": 1}));
        assert_eq!(complaint(a), complaint(b), "order of members does not matter");
    }

    #[test]
    fn bad_schemas_are_refused() {
        assert!(Checker::new(&json!({"type": "objekt"})).is_err());
        assert!(Checker::new(&json!({"type": "object", "properties": {"n": {"type": "integer", "default": "x"}}})).is_err());
        assert!(Checker::new(&json!({"type": "object", "properties": {"n": {"type": "string", "pattern": "(?=a)b"}}})).is_err());
        assert!(Checker::new(&json!({"type": "object", "$ref": "https://example.com/schema.json"})).is_err());
    }

    #[test]
    fn large_arguments_are_not_checked_against_large_schemas() {
        let branches: Vec<Value> = (0..2_000).map(|n| json!({"const": n})).collect();
        let checker = checker(json!({"type": "object", "properties": {"x": {"items": {"anyOf": branches}}}}));
        assert!(checker.check(&json!({"x": [1, 2, 3]})).is_ok());
        let many: Vec<u32> = vec![1; 10_000];
        assert!(checker.check(&json!({"x": many})).expect_err("refused").contains("too many values"));
    }

    #[test]
    fn numbers_that_canonical_json_cannot_carry_do_not_fit() {
        let checker = checker(json!({"type": "object"}));
        assert!(checker.check(&json!({"n": 9_007_199_254_740_993_i64})).expect_err("refused").contains("9007199254740993"));
    }
}
