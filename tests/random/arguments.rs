//! Arguments for any tool: such as fit its schema, such as nearly do, and such as are meant to break something.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use wardian_env::Env;
use wardian_format::SqlValue;
use wardian_format::pack::{Manifest, ToolSpec};
use wardian_format::rng::Rng;

/// Values of the columns that parameters refer to, as they are in some state.
#[derive(Default)]
pub(crate) struct Keys(BTreeMap<(String, String), Vec<Value>>);

/// What a call is given.
pub(crate) enum Given {
    /// A document.
    Document(Value),
    /// A text that may not be JSON.
    Text(String),
}

const WORDS: [&str; 8] = ["open", "a", "Ada", "2026-02-01", "2026-02-01T09:00:00Z", "ada@example.org", "seven words", "x-1"];

const HOSTILE_WORDS: [&str; 8] =
    ["", "'; DROP TABLE t0; --", "\u{0}", "\"}", "{id}", "%_%", "9223372036854775808", "é\u{301}\u{1f9fe}\u{202e}"];

impl Keys {
    /// Reads the columns that tools of `manifest` refer to.
    pub(crate) fn read(manifest: &Manifest, env: &mut Env) -> Self {
        let mut keys = BTreeMap::new();
        for (table, column) in manifest.tools.iter().flat_map(|tool| &tool.refs).map(|r| (r.table.clone(), r.column.clone())) {
            let sql = format!("SELECT DISTINCT \"{column}\" FROM \"{table}\" WHERE \"{column}\" IS NOT NULL ORDER BY 1 LIMIT 40");
            let rows = env.read(&sql, &[]).expect("the columns that parameters refer to can be read");
            let values = rows.values.into_iter().filter_map(|mut row| plain(row.pop()?)).collect();
            keys.insert((table, column), values);
        }
        Self(keys)
    }
}

fn plain(value: SqlValue) -> Option<Value> {
    match value {
        SqlValue::Integer(n) => Some(json!(n)),
        SqlValue::Real(r) => Some(json!(r)),
        SqlValue::Text(text) => Some(json!(text)),
        SqlValue::Null | SqlValue::Blob(_) => None,
    }
}

/// Arguments for `tool`: half of them fit, the others nearly do, or hardly are arguments at all.
pub(crate) fn any(tool: &ToolSpec, keys: &Keys, rng: &mut Rng) -> Given {
    let fitting = fitting(tool, keys, rng);
    match rng.below(100) {
        0..60 => Given::Document(fitting),
        60..85 => Given::Document(mutated(fitting, rng)),
        85..98 => Given::Document(hostile(fitting, rng)),
        _ => Given::Text(text(&fitting, rng)),
    }
}

/// Arguments that fit the schema of `tool`, but for patterns and formats, which are met by chance.
pub(crate) fn fitting(tool: &ToolSpec, keys: &Keys, rng: &mut Rng) -> Value {
    value(&tool.parameters, "", &Source { tool, keys }, 0, rng)
}

struct Source<'a> {
    tool: &'a ToolSpec,
    keys: &'a Keys,
}

impl Source<'_> {
    /// A value of the column that the parameter at `path` refers to.
    fn key(&self, path: &str, rng: &mut Rng) -> Option<Value> {
        let found = self.tool.refs.iter().find(|r| r.param == path)?;
        rng.pick(self.keys.0.get(&(found.table.clone(), found.column.clone()))?).cloned()
    }
}

fn value(schema: &Value, path: &str, source: &Source<'_>, depth: usize, rng: &mut Rng) -> Value {
    if let Some(choices) = schema["enum"].as_array() {
        return rng.pick(choices).cloned().unwrap_or_default();
    }
    if let Some(first) = ["anyOf", "oneOf", "allOf"].iter().find_map(|word| schema[*word].get(0)) {
        return value(first, path, source, depth + 1, rng);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => rng.pick(kinds).and_then(Value::as_str),
        kind => kind.as_str(),
    };
    match kind {
        Some("array") => list(schema, path, source, depth, rng),
        Some("object") => object(schema, path, source, depth, rng),
        kind => match source.key(path, rng).filter(|_| kind != Some("null") && rng.chance(85)) {
            Some(key) => key,
            None => scalar(kind, schema, rng),
        },
    }
}

fn scalar(kind: Option<&str>, schema: &Value, rng: &mut Rng) -> Value {
    let bound = |words: [&str; 2], other: i64| words.iter().find_map(|w| schema[*w].as_f64()).map_or(other, |n| n as i64);
    match kind {
        Some("null") => Value::Null,
        Some("boolean") => Value::Bool(rng.chance(50)),
        Some("integer") => {
            let low = bound(["minimum", "exclusiveMinimum"], -3);
            json!(rng.between(low, bound(["maximum", "exclusiveMaximum"], low.max(0) + 20)))
        }
        Some("number") => {
            json!(rng.between(bound(["minimum", "exclusiveMinimum"], -3), bound(["maximum", "exclusiveMaximum"], 20)) as f64 + 0.5)
        }
        Some("string") => json!(rng.pick(&WORDS)),
        _ => json!({"a": [1, null, rng.below(9)]}),
    }
}

fn list(schema: &Value, path: &str, source: &Source<'_>, depth: usize, rng: &mut Rng) -> Value {
    let bound = |word: &str, other: usize| schema[word].as_u64().map_or(other, |n| usize::try_from(n.min(100)).expect("at most 100"));
    let least = bound("minItems", 0);
    let count = least + rng.below(bound("maxItems", least + 4).saturating_sub(least) + 1);
    (0..if depth > 6 { least } else { count }).map(|_| value(&schema["items"], path, source, depth + 1, rng)).collect()
}

fn object(schema: &Value, path: &str, source: &Source<'_>, depth: usize, rng: &mut Rng) -> Value {
    let mut out = Map::new();
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, member) in schema["properties"].as_object().into_iter().flatten() {
        if required.contains(&name.as_str()) || (depth < 6 && rng.chance(50)) {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            out.insert(name.clone(), value(member, &path, source, depth + 1, rng));
        }
    }
    Value::Object(out)
}

/// One thing of `arguments` is changed, left out or added.
fn mutated(mut arguments: Value, rng: &mut Rng) -> Value {
    let Some(members) = arguments.as_object_mut() else { return arguments };
    let names: Vec<String> = members.keys().cloned().collect();
    match (rng.pick(&names), rng.below(4)) {
        (Some(name), 0) => drop(members.remove(name)),
        (Some(name), 1 | 2) => {
            let other = [json!(null), json!("x"), json!(7), json!(-0.5), json!([]), json!({}), json!(true), json!([["x", 1]])];
            members.insert(name.clone(), rng.pick(&other).cloned().unwrap_or_default());
        }
        _ => drop(members.insert("unheard_of".to_owned(), json!(1))),
    }
    arguments
}

/// Texts, numbers and lists of `arguments` are replaced by such as break programs.
fn hostile(mut arguments: Value, rng: &mut Rng) -> Value {
    for value in arguments.as_object_mut().into_iter().flat_map(Map::values_mut) {
        match value {
            _ if rng.chance(40) => {}
            Value::String(text) if rng.chance(5) => *text = "é".repeat(rng.below(200_000)),
            Value::String(text) => *text = rng.pick(&HOSTILE_WORDS).map_or(String::new(), |word| (*word).to_owned()),
            Value::Number(_) => {
                let numbers =
                    [json!(9_007_199_254_740_991_i64), json!(-9_007_199_254_740_991_i64), json!(1e308), json!(0), json!(-1), json!(50)];
                *value = rng.pick(&numbers).cloned().unwrap_or_default();
            }
            Value::Array(items) if !items.is_empty() => {
                let item = items[0].clone();
                let most = if rng.chance(1) { 11_000 } else { 60 };
                items.resize(rng.below(most), item);
            }
            _ => {}
        }
    }
    arguments
}

/// A text that is not JSON, or not the JSON of arguments, or that says one thing twice.
fn text(arguments: &Value, rng: &mut Rng) -> String {
    let whole = arguments.to_string();
    match rng.below(7) {
        0 => whole[..whole.len() - 1].to_owned(),
        1 => format!("[{whole}]"),
        2 => format!("{whole} {whole}"),
        3 => format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000)),
        4 => whole.replacen('{', "{\"id\":1,\"id\":2,", 1),
        5 => whole.replacen('{', "{\"n\":1e999,", 1),
        _ => "x".repeat(300 << 10),
    }
}
