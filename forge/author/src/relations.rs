//! Relations: columns that become foreign keys.

use crate::answer::{closed, list_of, one_of, text};
use crate::sql::{before_first_step, end_of_table, quoted, section, tools_in};
use crate::world::{Row, SCHEMA, TOOLS, World};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fmt::Write as _;
use wardian_format::{Rng, names};
use wardian_materialize::Relation;
use wardian_state::Table;

/// A relation, as the model writes it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Found {
    table: String,
    columns: Vec<String>,
    target: String,
    on_delete: OnDelete,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OnDelete {
    SetNull,
    Cascade,
    Restrict,
}

/// The schema of an answer.
pub(crate) fn schema() -> Value {
    let relation = closed(json!({
        "table": text(), "columns": list_of(text()), "target": text(), "on_delete": one_of(&["set_null", "cascade", "restrict"])
    }));
    closed(json!({"relations": list_of(relation)}))
}

impl Found {
    /// For records.
    pub(crate) fn name(&self) -> String {
        format!("{}.{} → {}", self.table, self.columns.join("+"), self.target)
    }

    /// The world with this relation; rows that point nowhere get a target by `seed`.
    pub(crate) fn apply(&self, world: &World, tables: &[Table], seed: u64) -> Result<World, String> {
        let (table, target) = (find(tables, &self.table)?, find(tables, &self.target)?);
        let own = self.own_column(table, target)?;
        if world.relations.iter().any(|r| r.table == self.table && r.column == own) {
            return Err(format!("`{}.{own}` is a foreign key already", self.table));
        }
        let mut world = world.clone();
        world.set_rows(&self.table, self.rows(&world, table, target, seed)?);
        let at = end_of_table(world.text(SCHEMA), &self.table).ok_or_else(|| format!("the table `{}` cannot be changed", self.table))?;
        let mut text = world.text(SCHEMA).to_owned();
        text.insert_str(at, &self.clause(target));
        world.sources.insert(SCHEMA, text);
        let key = &target.primary_key[self.columns.iter().position(|c| *c == own).unwrap_or(0)];
        let tools = self.tools(world.text(TOOLS), &own, key);
        world.sources.insert(TOOLS, tools);
        world.relations.push(Relation { table: self.table.clone(), column: own, target: self.target.clone() });
        Ok(world)
    }

    /// The one column that the relation is about: the others are of the table's own key.
    fn own_column(&self, table: &Table, target: &Table) -> Result<String, String> {
        if self.columns.len() != target.primary_key.len() {
            return Err(format!("the key of `{}` is {}", self.target, target.primary_key.join(", ")));
        }
        for (mine, theirs) in self.columns.iter().zip(&target.primary_key) {
            let kind = |table: &Table, name: &str| table.columns.iter().find(|c| c.name == name).map(|c| c.type_name.clone());
            let has = kind(table, mine).ok_or_else(|| format!("no such column: {}.{mine}", self.table))?;
            if Some(&has) != kind(target, theirs).as_ref() {
                return Err(format!("`{}.{mine}` and `{}.{theirs}` are of different types", self.table, self.target));
            }
        }
        let free: Vec<&String> = self.columns.iter().filter(|c| !table.primary_key.contains(c)).collect();
        let [own] = free.as_slice() else {
            return Err("all columns but one must be of the table's own key".to_owned());
        };
        if table.foreign_keys.iter().any(|key| key.columns.contains(own)) {
            return Err(format!("`{}.{own}` is a foreign key already", self.table));
        }
        let nullable = table.columns.iter().any(|c| c.name == **own && !c.not_null);
        if self.on_delete == OnDelete::SetNull && (!nullable || self.columns.len() > 1) {
            return Err("`set_null` needs one column that may be null".to_owned());
        }
        Ok((*own).clone())
    }

    fn clause(&self, target: &Table) -> String {
        let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        let action = match self.on_delete {
            OnDelete::SetNull => "SET NULL",
            OnDelete::Cascade => "CASCADE",
            OnDelete::Restrict => "RESTRICT",
        };
        let (mine, theirs) = (list(&self.columns), list(&target.primary_key));
        format!(",\n    FOREIGN KEY ({mine}) REFERENCES {} ({theirs}) ON DELETE {action} ON UPDATE CASCADE", quoted(&self.target))
    }

    /// The rows, in which each value names a row of the target; the first rows of the target more often than the last.
    fn rows(&self, world: &World, table: &Table, target: &Table, seed: u64) -> Result<Vec<Row>, String> {
        let targets = world.rows(&self.target);
        let mut rows = world.rows(&self.table);
        let pairs: Vec<(&String, &String)> = self.columns.iter().zip(&target.primary_key).collect();
        for (number, row) in rows.iter_mut().enumerate() {
            if pairs.iter().any(|(mine, _)| row.get(*mine).is_none_or(Value::is_null)) {
                continue;
            }
            if targets.iter().any(|t| pairs.iter().all(|(mine, theirs)| row.get(*mine) == t.get(*theirs))) {
                continue;
            }
            let fixed = |t: &&Row| pairs.iter().filter(|(mine, _)| table.primary_key.contains(mine)).all(|(m, k)| row.get(*m) == t.get(*k));
            let fitting: Vec<&Row> = targets.iter().filter(fixed).collect();
            let mut rng = Rng::of(seed, &["relation", &self.name(), &number.to_string()]);
            let rank = rng.below(fitting.len().max(1)).min(rng.below(fitting.len().max(1)));
            for (mine, theirs) in pairs.iter().filter(|(mine, _)| !table.primary_key.contains(mine)) {
                let value = fitting.get(rank).map_or(Value::Null, |t| t[theirs.as_str()].clone());
                row.insert((*mine).clone(), value);
            }
        }
        Ok(rows)
    }

    /// The rules' tools, in which parameters that carry the column name a row, and writers say so when there is none.
    fn tools(&self, tools: &str, own: &str, key: &str) -> String {
        let old = format!(" of({}.{own})", self.table);
        let new = format!(" ref({}.{key})", self.target);
        let mut out = tools.to_owned();
        for name in tools_in(tools) {
            let Some(before) = section(tools, name).filter(|text| text.contains(&old)) else { continue };
            let mut guards = String::new();
            let mut after = String::new();
            for line in before.split_inclusive('\n') {
                let parameter =
                    parameter(line).filter(|(_, kind)| line.contains(&old) && !kind.starts_with("list") && !kind.starts_with("json"));
                let Some((parameter, _)) = parameter else {
                    after.push_str(line);
                    continue;
                };
                after.push_str(&line.replace(&old, &new));
                if self.columns.len() == 1 {
                    let _ = writeln!(
                        guards,
                        "-- @require :{parameter} IS NULL OR EXISTS (SELECT 1 FROM {} WHERE {} = :{parameter}) else invalid \"{parameter} names nothing\"",
                        quoted(&self.target),
                        quoted(key)
                    );
                }
            }
            let writes = before.lines().any(|line| ["INSERT", "UPDATE"].iter().any(|word| line.starts_with(word)));
            let after = if writes { before_first_step(&after, &guards) } else { after };
            out = out.replace(before, &after);
        }
        out
    }
}

/// Name and type of the parameter that a line declares.
fn parameter(line: &str) -> Option<(&str, &str)> {
    let (word, rest) = crate::sql::annotation(line)?;
    let mut words = rest.split_whitespace();
    (word == "param").then(|| Some((words.next()?, words.next()?)))?
}

fn find<'a>(tables: &'a [Table], name: &str) -> Result<&'a Table, String> {
    tables.iter().find(|table| table.name == name).ok_or_else(|| format!("no such table: {}", names::untrusted(name, 64)))
}
