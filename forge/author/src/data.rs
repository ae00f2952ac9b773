//! What a question shows: lines of JSON in a block that they cannot close, bounded in size.

use crate::Prompts;
use crate::world::World;
use serde_json::{Map, Value, json};
use wardian_format::Message;
use wardian_model::{ChatRequest, ReplyForm};
use wardian_state::Table;

/// Rows of a table that are shown.
const ROWS_SHOWN_MAX: usize = 2;
/// Characters of a cell that are shown.
const CELL_CHARS_MAX: usize = 80;

/// One line of at most `chars_max` characters, without control characters.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    let plain = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(chars_max) {
        Some((at, _)) => format!("{}…", &plain[..at]),
        None => plain,
    }
}

/// The question `name` about `lines`; those at the end that have no room are left out. The schema goes with it.
pub(crate) fn request(
    prompts: &Prompts,
    name: &str,
    values: &[(&str, &str)],
    schema: Value,
    lines: &[Value],
    chars_max: usize,
) -> ChatRequest {
    let data = prompts.fill("data", &[("schema", &schema.to_string())]);
    let system = prompts.fill(name, &[values, &[("data", data.trim_end())]].concat());
    let mut room = chars_max.saturating_sub(system.chars().count());
    let mut text = String::new();
    for line in lines {
        // A `<` can neither close the block nor open another.
        let line = line.to_string().replace('<', "\\u003c");
        let Some(left) = room.checked_sub(line.chars().count() + 1) else { continue };
        room = left;
        text.push_str(&line);
        text.push('\n');
    }
    ChatRequest {
        messages: vec![Message::System { content: system }, Message::User { content: format!("<data>\n{text}</data>") }],
        tools: [].into(),
        form: ReplyForm::Schema { name: name.to_owned(), schema },
    }
}

/// A line for each table: its columns, how many rows it has, and the first of them.
pub(crate) fn tables(world: &World, tables: &[Table]) -> Vec<Value> {
    tables.iter().map(|table| one(world, table)).collect()
}

fn one(world: &World, table: &Table) -> Value {
    let rows = world.rows(&table.name);
    let columns: Vec<String> = table.columns.iter().map(|c| column(table, &c.name, &c.type_name, c.not_null)).collect();
    let sample: Vec<Value> = rows.iter().take(ROWS_SHOWN_MAX).map(row).collect();
    json!({"table": table.name, "columns": columns, "key": table.primary_key, "rows": rows.len(), "sample": sample})
}

fn column(table: &Table, name: &str, type_name: &str, not_null: bool) -> String {
    let null = if not_null { "" } else { " or null" };
    let target = table.foreign_keys.iter().find_map(|key| {
        let at = key.columns.iter().position(|c| c == name)?;
        Some(format!(" → {}.{}", key.table, key.references.get(at)?))
    });
    format!("{name} {}{null}{}", type_name.to_lowercase(), target.unwrap_or_default())
}

fn row(row: &Map<String, Value>) -> Value {
    let cell = |value: &Value| match value {
        Value::String(text) => json!(cut(text, CELL_CHARS_MAX)),
        other => other.clone(),
    };
    Value::Object(row.iter().map(|(name, value)| (name.clone(), cell(value))).collect())
}
