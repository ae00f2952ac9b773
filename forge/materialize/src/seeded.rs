//! What the seed put into the columns of a domain, for people who judge whether it looks right.

use crate::columns::{Column, Shape};
use crate::schema::Kind;
use crate::seed::{Plan, Row};
use crate::sources::Draft;
use crate::{Options, Work, arranged, ground};
use serde_json::Value;
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;

/// One stored column with some of its values.
#[derive(Clone, Debug, PartialEq)]
pub struct SeededColumn {
    /// Table.
    pub table: String,
    /// What a row of it is: `issue comment`.
    pub noun: String,
    /// Column.
    pub column: String,
    /// Type: `text`, `integer`, `real`, `boolean`, or `document`.
    pub kind: &'static str,
    /// Format, as the description of the API gives it; may be empty.
    pub format: String,
    /// Allowed values; empty where any are.
    pub choices: Vec<String>,
    /// Description of the API; may be empty.
    pub description: String,
    /// True where it is part of the key, or refers to another row.
    pub key: bool,
    /// Schema of its values, as documents show them; null is not in it.
    pub schema: Value,
    /// True where it may be null.
    pub nullable: bool,
    /// Its values in the order of the rows. Documents are text that holds JSON or JSON itself, booleans are 0 and 1.
    pub values: Vec<Value>,
}

/// The stored columns of the tables that `domain` gets from its descriptions, before its tools are checked, at most `values_max` values each.
/// Nothing is compiled and no tool is called, so a few tables may be here that the pack of the domain leaves out.
pub fn seeded_columns(domain: &Domain, tools: &[CatalogTool], options: &Options, values_max: usize) -> Vec<SeededColumn> {
    let (all, own, world) = arranged(domain, tools);
    let plan = Plan { seed: options.seed, rows: options.rows, now_unix_s: ground::unix(&options.now) };
    let draft = Draft { world: &world, tools: &all, own, domain, plan: &plan, now: &options.now };
    let work = Work::new(&draft);
    let assembled = draft.assemble(&work.written(&draft), draft.plan);
    let mut out = Vec::new();
    for e in &world.entities {
        let Some(text) = assembled.sources.get(&format!("data/{}.jsonl", e.table)) else { continue };
        let rows: Vec<Row> = text.lines().take(values_max).filter_map(|line| serde_json::from_str(line).ok()).collect();
        for (i, c) in e.columns.iter().enumerate().filter(|(_, c)| c.stored()) {
            out.push(SeededColumn {
                table: e.table.clone(),
                noun: e.noun.clone(),
                column: c.name.clone(),
                kind: kind_name(c),
                format: c.format.clone(),
                choices: c.values.clone(),
                description: c.description.clone(),
                key: e.key.contains(&i) || c.reference.is_some(),
                schema: c.schema.clone(),
                nullable: c.nullable || c.reference.is_some(),
                values: rows.iter().map(|r| r[&c.name].clone()).collect(),
            });
        }
    }
    out
}

fn kind_name(c: &Column) -> &'static str {
    match (&c.shape, c.kind) {
        (Shape::Json | Shape::NamedList(_), _) | (_, Kind::Object | Kind::Array) => "document",
        (_, Kind::Integer) => "integer",
        (_, Kind::Real) => "real",
        (_, Kind::Boolean) => "boolean",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;
    use wardian_format::{Rng, time};

    #[expect(clippy::disallowed_methods, reason = "a test opens files")]
    fn embedded() -> Vec<CatalogTool> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/apis");
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).expect("the folder is there").map(|f| f.expect("it can be read").path()).collect();
        paths.sort();
        let document = |p: &std::path::PathBuf| {
            let name = p.file_name().and_then(|n| n.to_str()).expect("a plain name").to_owned();
            wardian_catalog::Document::new(name, std::fs::read(p).expect("it can be read"))
        };
        wardian_catalog::import(&paths.iter().map(document).collect::<Vec<_>>(), &wardian_catalog::ImportOptions::default()).tools
    }

    fn domain(name: &str, tools: &[CatalogTool]) -> Domain {
        let ids = tools.iter().map(|t| t.id.clone()).collect();
        Domain { name: name.to_owned(), title: name.to_owned(), description: String::new(), terms: Vec::new(), tools: ids }
    }

    /// The columns of each service of the embedded catalogue, seeded.
    fn services(options: &Options, values_max: usize) -> Vec<(String, Vec<SeededColumn>)> {
        let tools = embedded();
        let names: BTreeSet<String> = tools.iter().map(|t| t.origin.service.clone()).collect();
        let columns = |name: String| {
            let mine: Vec<CatalogTool> = tools.iter().filter(|t| t.origin.service == name).cloned().collect();
            let made = seeded_columns(&domain(&name, &mine), &mine, options, values_max);
            (name, made)
        };
        names.into_iter().map(columns).collect()
    }

    /// Why `value` does not fit what the column declares.
    fn misfit(c: &SeededColumn, value: &Value) -> Option<String> {
        if value.is_null() {
            return (!c.nullable).then(|| "null".to_owned());
        }
        let fits = match c.kind {
            "boolean" => value == &json!(0) || value == &json!(1),
            "integer" => value.is_i64(),
            "real" => value.is_number(),
            "text" => value.is_string(),
            _ => !value.is_null(),
        };
        if !fits {
            return Some(format!("no {}", c.kind));
        }
        if c.kind == "text" && !c.choices.is_empty() && !c.key && !c.choices.iter().any(|v| value == v) {
            return Some("none of its choices".to_owned());
        }
        let text = value.as_str().unwrap_or("");
        match c.format.as_str() {
            "date-time" if c.kind == "text" && time::parse_utc(text).is_err() => return Some("no moment".to_owned()),
            "date" if c.kind == "text" && time::parse_utc(&format!("{text}T00:00:00Z")).is_err() => return Some("no date".to_owned()),
            _ => {}
        }
        let named = c.schema["properties"].as_object().is_some_and(|p| p.len() == 1)
            || c.schema["items"]["properties"].as_object().is_some_and(|p| p.len() == 1);
        if c.kind == "document" && !named {
            let validator = jsonschema::validator_for(&c.schema).expect("a schema");
            return validator.validate(value).err().map(|e| e.to_string());
        }
        None
    }

    #[test]
    fn every_value_of_the_embedded_catalogue_fits_its_column() {
        let mut seen = 0;
        for seed in 1..4 {
            for (service, columns) in services(&Options { seed, ..Options::default() }, usize::MAX) {
                for c in &columns {
                    seen += c.values.len();
                    let wrong = c.values.iter().find_map(|v| Some((v, misfit(c, v)?)));
                    assert_eq!(wrong, None, "{service}: {}.{} with seed {seed}", c.table, c.column);
                }
            }
        }
        assert!(seen > 20_000, "only {seen} values");
    }

    #[test]
    fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
        let with = |seed| services(&Options { seed, rows: 60, ..Options::default() }, usize::MAX);
        assert_eq!(with(5), with(5));
        assert_ne!(with(5), with(6));
    }

    #[test]
    fn rows_are_created_before_they_change_and_all_before_now() {
        let options = Options::default();
        for (service, columns) in services(&options, usize::MAX) {
            let mut tables: BTreeMap<&str, Vec<&SeededColumn>> = BTreeMap::new();
            columns.iter().for_each(|c| tables.entry(c.table.as_str()).or_default().push(c));
            for (table, columns) in tables {
                let find = |names: &[&str]| columns.iter().find(|c| names.contains(&c.column.as_str()) && c.format == "date-time");
                let (Some(created), Some(updated)) =
                    (find(&["created_at", "created", "creation_time"]), find(&["updated_at", "updated", "update_time"]))
                else {
                    continue;
                };
                for (c, u) in created.values.iter().zip(&updated.values) {
                    let (Some(c), Some(u)) = (c.as_str(), u.as_str()) else { continue };
                    assert!(c <= u && u <= options.now.as_str(), "{service}: {table}: created {c}, updated {u}");
                }
            }
        }
    }

    /// A random schema of one member, in the words of JSON Schema.
    fn random_member(rng: &mut Rng) -> Value {
        let bounds = |rng: &mut Rng, reach: i64| {
            let low = rng.between(-reach, reach);
            (low, low + rng.between(0, reach))
        };
        match rng.below(7) {
            0 => {
                let low = rng.below(12);
                json!({"type": "string", "minLength": low, "maxLength": low + rng.below(30)})
            }
            1 => {
                let pattern = ["^[a-z]{3}-\\d{4}$", "^(EUR|USD)$", "^\\+[1-9]\\d{6,14}$", "^[A-F0-9]{8}$"][rng.below(4)];
                json!({"type": "string", "pattern": pattern})
            }
            2 => json!({"type": "string", "enum": ["red", "green", "blue"]}),
            3 => {
                let format = ["date-time", "date", "email", "uuid", "ipv4", "uri"][rng.below(6)];
                json!({"type": "string", "format": format})
            }
            4 => {
                let (low, high) = bounds(rng, 500);
                json!({"type": "integer", "minimum": low, "maximum": high})
            }
            5 => {
                let (low, high) = bounds(rng, 50);
                json!({"type": "number", "minimum": low, "maximum": high})
            }
            _ => {
                let step = rng.between(2, 9);
                json!({"type": "integer", "minimum": 0, "maximum": 40 * step, "multipleOf": step})
            }
        }
    }

    #[test]
    fn values_fit_random_schemas() {
        let words = [
            "amount",
            "color",
            "region",
            "owner",
            "frobs",
            "height",
            "status_note",
            "percent",
            "city",
            "token",
            "retries",
            "homepage",
            "zone",
        ];
        for seed in 0..40 {
            let mut rng = Rng::of(seed, &["random schemas"]);
            let members: serde_json::Map<String, Value> = words.iter().map(|w| ((*w).to_owned(), random_member(&mut rng))).collect();
            let mut all = members.clone();
            all.insert("id".to_owned(), json!({"type": "string"}));
            let thing = json!({"type": "object", "properties": all, "required": words});
            let origin = |method: &str, path: &str| json!({"source": "openapi", "provider": "things.example", "service": "things", "method": method, "path": path});
            let tools: Vec<CatalogTool> = [
                json!({"id": "things.example/things/get_thing", "name": "get_thing", "description": "Get a thing", "returns": thing,
                    "parameters": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}, "origin": origin("GET", "/things/{id}")}),
                json!({"id": "things.example/things/list_things", "name": "list_things", "description": "List things",
                    "parameters": {"type": "object", "properties": {}}, "returns": {"type": "array", "items": thing}, "origin": origin("GET", "/things")}),
            ]
            .into_iter()
            .map(|t| serde_json::from_value(t).expect("a tool"))
            .collect();
            let columns = seeded_columns(&domain("things", &tools), &tools, &Options { seed, ..Options::default() }, usize::MAX);
            let mut seen = 0;
            for c in columns.iter().filter(|c| members.contains_key(&c.column)) {
                let mut schema = members[&c.column].clone();
                // What the import writes into descriptions is checked with the formats of JSON Schema.
                schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
                let validator = jsonschema::options().should_validate_formats(true).build(&schema).expect("a schema");
                for value in c.values.iter().filter(|v| !v.is_null()) {
                    seen += 1;
                    assert!(validator.is_valid(value), "seed {seed}: {value} is not of {schema}");
                }
            }
            assert!(seen > 100, "seed {seed}: only {seen} values");
        }
    }

    #[test]
    fn keys_are_unique_and_references_hold_in_large_tables() {
        let tools = embedded();
        let mine: Vec<CatalogTool> = tools.iter().filter(|t| t.origin.service == "tasks").cloned().collect();
        let columns = seeded_columns(&domain("tasks", &mine), &mine, &Options { rows: 20_000, ..Options::default() }, usize::MAX);
        let mut keys: BTreeMap<&str, Vec<&SeededColumn>> = BTreeMap::new();
        columns.iter().filter(|c| c.key).for_each(|c| keys.entry(c.table.as_str()).or_default().push(c));
        let mut most = 0;
        for (table, columns) in &keys {
            let rows = columns[0].values.len();
            let distinct: BTreeSet<String> =
                (0..rows).map(|i| columns.iter().map(|c| c.values[i].to_string()).collect::<Vec<_>>().join("|")).collect();
            assert_eq!(distinct.len(), rows, "{table}");
            most = most.max(rows);
        }
        assert!(most > 15_000, "the largest table has {most} rows");
    }
}
