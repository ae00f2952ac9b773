//! Vocabularies: texts of the domain in place of those that a program made.

use crate::AuthorOptions;
use crate::answer::{closed, line, list_of, text};
use crate::data::cut;
use crate::world::{Row, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::{Rng, names};
use wardian_materialize::TextColumn;
use wardian_state::Table;

/// Values of a column that are shown, and characters of each.
const SHOWN_MAX: usize = 5;
const SHOWN_CHARS_MAX: usize = 80;
/// Characters of a column's description.
const ABOUT_CHARS_MAX: usize = 160;
/// Fewest values, and templates, that make a vocabulary.
const VALUES_MIN: usize = 5;
const TEMPLATES_MIN: usize = 2;

/// Texts for a column, as the model writes them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vocabulary {
    table: String,
    column: String,
    values: Vec<String>,
    templates: Vec<String>,
}

/// The schema of an answer.
pub(crate) fn schema() -> Value {
    let column = closed(json!({"table": text(), "column": text(), "values": list_of(text()), "templates": list_of(text())}));
    closed(json!({"columns": list_of(column)}))
}

/// The columns that may get a vocabulary, with what is in them: those whose text no tool, key or condition depends on.
pub(crate) fn lines(world: &World, tables: &[Table], columns: &[TextColumn]) -> Vec<Value> {
    let mut out = Vec::new();
    for table in tables {
        let rows = world.rows(&table.name);
        for column in columns.iter().filter(|c| c.table == table.name && is_free(table, &c.column)) {
            let mut shown: Vec<String> = Vec::new();
            for text in rows.iter().filter_map(|row| row.get(&column.column)?.as_str()) {
                let text = cut(text, SHOWN_CHARS_MAX);
                if shown.len() < SHOWN_MAX && !shown.contains(&text) {
                    shown.push(text);
                }
            }
            if !shown.is_empty() {
                let others: Vec<&str> = table.columns.iter().map(|c| c.name.as_str()).filter(|c| *c != column.column).collect();
                out.push(json!({"table": table.name, "column": column.column, "about": cut(&column.about, ABOUT_CHARS_MAX),
                    "texts": shown, "rows": rows.len(), "other_columns": others}));
            }
        }
    }
    out
}

fn is_free(table: &Table, column: &str) -> bool {
    let is_key = table.primary_key.iter().any(|key| key == column);
    !is_key && !table.foreign_keys.iter().any(|key| key.columns.iter().any(|c| c == column))
}

impl Vocabulary {
    /// For records.
    pub(crate) fn name(&self) -> String {
        format!("{}.{}", self.table, self.column)
    }

    /// The world with these texts in place of those that the column has; what is null stays null.
    pub(crate) fn apply(
        &self,
        world: &World,
        tables: &[Table],
        free: &[TextColumn],
        seed: u64,
        options: &AuthorOptions,
    ) -> Result<World, String> {
        let table = tables.iter().find(|table| table.name == self.table);
        let is_asked = free.iter().any(|c| c.table == self.table && c.column == self.column);
        let table = table.filter(|table| is_asked && is_free(table, &self.column)).ok_or("no such column was shown")?;
        let (mut texts, is_template) = self.texts(table, options)?;
        Rng::of(seed, &["vocabulary", &self.table, &self.column]).shuffle(&mut texts);
        let mut world = world.clone();
        let mut rows = world.rows(&self.table);
        for (number, row) in rows.iter_mut().enumerate().filter(|(_, row)| row.get(&self.column).is_some_and(Value::is_string)) {
            let chosen = texts[number % texts.len()];
            let text = if is_template { filled(chosen, row, number) } else { chosen.to_owned() };
            let text = line(&text, options.value_chars_max).map_err(|wrong| format!("row {number}: {wrong}"))?;
            row.insert(self.column.clone(), Value::from(text));
        }
        world.set_rows(&self.table, rows);
        Ok(world)
    }

    /// The different texts, and whether they are templates.
    fn texts(&self, table: &Table, options: &AuthorOptions) -> Result<(Vec<&str>, bool), String> {
        let is_template = match (self.values.is_empty(), self.templates.is_empty()) {
            (false, true) => false,
            (true, false) => true,
            _ => return Err("give either values or templates".to_owned()),
        };
        let list = if is_template { &self.templates } else { &self.values };
        if list.len() > options.values_max {
            return Err(format!("it has more than {} texts", options.values_max));
        }
        let mut texts: Vec<&str> = Vec::new();
        for text in list {
            let text =
                line(text, options.value_chars_max).map_err(|wrong| format!("`{}`: {wrong}", names::untrusted(text, SHOWN_CHARS_MAX)))?;
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let least = if is_template { TEMPLATES_MIN } else { VALUES_MIN };
        if texts.len() < least {
            return Err(format!("it has fewer than {least} different texts"));
        }
        let known: BTreeSet<&str> = table.columns.iter().map(|c| c.name.as_str()).filter(|c| *c != self.column).chain(["n"]).collect();
        let unknown = texts.iter().flat_map(|text| holes(text)).find(|hole| is_template && !known.contains(hole));
        match unknown {
            Some(hole) => {
                Err(format!("a template has `{{{}}}`, and the table has no such other column", names::untrusted(hole, SHOWN_CHARS_MAX)))
            }
            None => Ok((texts, is_template)),
        }
    }
}

/// The words in braces.
fn holes(template: &str) -> impl Iterator<Item = &str> {
    template.split('{').skip(1).filter_map(|rest| rest.split_once('}').map(|(hole, _)| hole))
}

fn filled(template: &str, row: &Row, number: usize) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((hole, after)) = behind.split_once('}') else { break };
        out.push_str(before);
        match (hole, row.get(hole)) {
            ("n", None) => out.push_str(&(number + 1).to_string()),
            (_, Some(Value::String(text))) => out.push_str(text),
            (_, Some(Value::Null) | None) => {}
            (_, Some(other)) => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_other_columns() {
        let row = json!({"a": "x", "b": 7, "c": null}).as_object().cloned().expect("an object");
        assert_eq!(filled("{a}-{b}{c} #{n} {", &row, 4), "x-7 #5 {");
        assert_eq!(holes("{a} and {b}{").collect::<Vec<_>>(), ["a", "b"]);
    }
}
