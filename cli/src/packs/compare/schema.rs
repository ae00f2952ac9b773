//! What differs between the schemas of two packs.

use super::{Change, within};
use anyhow::Result;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_format::SqlValue;
use wardian_pack::Opened;
use wardian_state::{Column, Context, ForeignKey, Table};

/// Every object of a schema but its tables: kind and name.
const OBJECTS: &str = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name";

/// Tables, columns and keys, then views, indexes and triggers by their texts.
pub(super) fn changes(a: &Opened, b: &Opened) -> Result<Vec<Change>> {
    let (before, after) = (tables(a), tables(b));
    let mut changes = Vec::new();
    let mut same = Vec::new();
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let (x, y) = (before.get(name).cloned().unwrap_or_default(), after.get(name).cloned().unwrap_or_default());
        let found = within(&format!("table `{name}`"), &x, &y);
        if found.is_empty() {
            same.push(format!("table `{name}`"));
        }
        changes.extend(found);
    }
    let (before, after) = (objects(a)?, objects(b)?);
    let kinds = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    // The text of a table counts where nothing else of it differs: it may hold a check.
    for name in kinds.filter(|name| !name.starts_with("table ") || same.contains(name)) {
        changes.extend(within(name, &json!(before.get(name)), &json!(after.get(name))));
    }
    Ok(changes)
}

fn tables(opened: &Opened) -> BTreeMap<String, Value> {
    opened.base.schema().tables.iter().map(|table| (table.name.clone(), described(table))).collect()
}

/// Columns by name, so that a new one is one difference.
fn described(table: &Table) -> Value {
    let column = |(place, column): (usize, &Column)| {
        let described = json!({
            "type": column.type_name, "not_null": column.not_null, "default": column.default, "generated": column.generated,
            "place": place + 1,
        });
        (column.name.clone(), described)
    };
    let foreign = |key: &ForeignKey| format!("({}) → {}({})", key.columns.join(", "), key.table, key.references.join(", "));
    json!({
        "key": table.primary_key.join(", "),
        "columns": table.columns.iter().enumerate().map(column).collect::<serde_json::Map<_, _>>(),
        "foreign_keys": table.foreign_keys.iter().map(foreign).collect::<Vec<_>>(),
    })
}

/// `view `x`` → its text, with spaces made equal.
fn objects(opened: &Opened) -> Result<BTreeMap<String, String>> {
    let rows = opened.base.state(Context { seed: 0, now_unix_s: 0 }).read(OBJECTS, &[])?;
    let text = |value: &SqlValue| if let SqlValue::Text(text) = value { text.clone() } else { String::new() };
    let object = |row: &Vec<SqlValue>| {
        let sql = text(&row[2]).split_whitespace().collect::<Vec<_>>().join(" ");
        (format!("{} `{}`", text(&row[0]), text(&row[1])), sql)
    };
    Ok(rows.values.iter().map(object).collect())
}
