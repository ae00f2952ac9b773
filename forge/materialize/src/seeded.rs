//! What the seed put into the columns of a domain, for people who judge whether it looks right.

use crate::columns::{Column, Shape};
use crate::schema::Kind;
use crate::seed::Plan;
use crate::sources::Draft;
use crate::{Options, Work, entity, ground, in_order};
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
    let (all, own) = in_order(domain, tools);
    let world = entity::build(&all);
    let plan = Plan { seed: options.seed, rows: options.rows, now_unix_s: ground::unix(&options.now) };
    let draft = Draft { world: &world, tools: &all, own, domain, plan: &plan, now: &options.now };
    let work = Work::new(&draft);
    let assembled = draft.assemble(&work.written(&draft));
    let mut out = Vec::new();
    for e in &world.entities {
        let Some(rows) = assembled.rows.get(&e.table) else { continue };
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
                values: rows.iter().take(values_max).map(|r| r[&c.name].clone()).collect(),
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
