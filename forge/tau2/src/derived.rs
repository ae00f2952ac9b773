//! A world derived from descriptions of tools alone, beside the port: both get the same rows and the same calls, and what kind of thing
//! each call does in both is counted.
//!
//! What passes from the real world into the derived one is facts only, by name ([`rows`]): no key is translated, and no call is changed. A key that
//! the real world does not know is unknown in the derived one too, so that no error becomes a success by this.

use crate::document::documents;
use crate::trace::Case;
use crate::{Documents, Tau2Error};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack};
use wardian_format::Outcome;
use wardian_format::pack::Role;
use wardian_state::{Schema, Table};

/// Rows by table, in order of the key.
pub type Filled = BTreeMap<String, Vec<Map<String, Value>>>;

/// What kind of thing a call did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It was refused.
    Error,
    /// It succeeded, and the state is as before.
    Read,
    /// It succeeded and changed the state.
    Write,
    /// The derived world has no such tool.
    Missing,
}

/// How often calls of one tool did what in the real world and in the derived one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confusion(BTreeMap<(Effect, Effect), usize>);

impl Confusion {
    /// Calls.
    pub fn calls(&self) -> usize {
        self.0.values().sum()
    }

    /// Calls that agree in success or error.
    pub fn in_outcome(&self) -> usize {
        self.count(|real, derived| derived != Effect::Missing && (real == Effect::Error) == (derived == Effect::Error))
    }

    /// Calls that agree in whether the state changed.
    pub fn in_effect(&self) -> usize {
        self.count(|real, derived| derived != Effect::Missing && (real == Effect::Write) == (derived == Effect::Write))
    }

    /// Calls that agree in both.
    pub fn in_kind(&self) -> usize {
        self.count(|real, derived| real == derived)
    }

    /// Pairs (real, derived) with their number, in order.
    pub fn pairs(&self) -> impl Iterator<Item = (Effect, Effect, usize)> {
        self.0.iter().map(|((real, derived), n)| (*real, *derived, *n))
    }

    /// Adds the calls of `other`.
    pub fn add(&mut self, other: &Self) {
        for (pair, n) in &other.0 {
            *self.0.entry(*pair).or_default() += n;
        }
    }

    fn count(&self, agrees: impl Fn(Effect, Effect) -> bool) -> usize {
        self.0.iter().filter(|((real, derived), _)| agrees(*real, *derived)).map(|(_, n)| n).sum()
    }
}

/// Plays `cases` in the port `real` and in a derived world, each case from the beginning, and counts by tool. `derived` gives the derived
/// pack with the rows of these documents: of the real world as it is when the first call comes.
///
/// # Errors
/// When the host fails, or `derived` does.
pub fn compare<E: From<Tau2Error>>(
    real: &Arc<LoadedPack>,
    cases: &[Case],
    mut derived: impl FnMut(&Documents) -> Result<Arc<LoadedPack>, E>,
) -> Result<BTreeMap<String, Confusion>, E> {
    let mut out: BTreeMap<String, Confusion> = BTreeMap::new();
    let mut plain: Option<Arc<LoadedPack>> = None;
    for case in cases {
        let mut theirs = open(real)?;
        for call in &case.init {
            theirs.call_in_its_role(&call.func_name, &Value::Object(call.arguments.clone())).map_err(Tau2Error::from)?;
        }
        let pack = match &plain {
            Some(pack) if case.init.is_empty() => pack.clone(),
            _ => derived(&documents(&mut theirs)?)?,
        };
        if case.init.is_empty() {
            plain = Some(pack.clone());
        }
        let mut ours = open(&pack)?;
        for action in &case.actions {
            let arguments = Value::Object(action.args.clone());
            let role = if action.requestor == "user" { Role::User } else { Role::Agent };
            let real = effect(&mut theirs, role, &action.name, &arguments)?;
            let derived = effect(&mut ours, Role::Agent, &action.name, &arguments)?;
            *out.entry(action.name.clone()).or_default().0.entry((real, derived)).or_default() += 1;
        }
    }
    Ok(out)
}

fn open(pack: &Arc<LoadedPack>) -> Result<Env, Tau2Error> {
    Ok(pack.env(&EpisodeContext { seed: 0, now: pack.manifest().now.clone() })?)
}

fn effect(env: &mut Env, role: Role, tool: &str, arguments: &Value) -> Result<Effect, Tau2Error> {
    let before = env.digests()?;
    let record = env.call(role, tool, arguments)?;
    Ok(match record.outcome {
        Outcome::Ok { .. } if record.state == before => Effect::Read,
        Outcome::Ok { .. } => Effect::Write,
        Outcome::UnknownTool => Effect::Missing,
        _ => Effect::Error,
    })
}

/// The rows that `document` has for the tables of `schema`, by name alone.
///
/// An object is a row of a table with the one key `k` if its member `k` is also the name under which it lies, or if it lies in a list called
/// like the table. A column gets the member of its name: the object's own, else one that lies deeper, else one of an object
/// around it, else the key of the one object that lists the row's key (`line_ids` of a customer). A column that ends in `_ids` gets all values
/// of that key inside the object, or the names in a collection that begins with its noun. What is nowhere is null, or, where null is not
/// allowed, empty as the value of that column in `like` is: a row of each table as the derived world has it.
pub fn rows(document: &Value, schema: &Schema, like: &BTreeMap<String, Map<String, Value>>) -> Filled {
    let mut out = Filled::new();
    for table in schema.tables.iter().filter(|table| table.primary_key.len() == 1) {
        let mut found: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
        let mut around = Vec::new();
        visit(document, "", "", table, &mut around, &mut found);
        for column in table.columns.iter().filter(|c| c.name.ends_with("_id") && !table.primary_key.contains(&c.name)) {
            let mut listed = BTreeMap::new();
            listing(document, &format!("{}s", table.primary_key[0]), &column.name, &mut listed);
            for (key, row) in found.iter_mut().filter(|(_, row)| row[&column.name].is_null()) {
                row.insert(column.name.clone(), listed.get(key).cloned().unwrap_or(Value::Null));
            }
        }
        let example = like.get(&table.name);
        let rows = found.into_values().map(|row| whole(row, table, example));
        out.insert(table.name.clone(), rows.collect());
    }
    out
}

/// By key in a list called `list`: the `owner` of the object that has the list.
fn listing(value: &Value, list: &str, owner: &str, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(members) => {
            if let (Some(Value::Array(keys)), Some(key)) = (members.get(list), members.get(owner)) {
                out.extend(keys.iter().filter_map(|k| Some((k.as_str()?.to_owned(), key.clone()))));
            }
            members.values().for_each(|v| listing(v, list, owner, out));
        }
        Value::Array(items) => items.iter().for_each(|v| listing(v, list, owner, out)),
        _ => {}
    }
}

/// The row without nulls where none are allowed.
fn whole(mut row: Map<String, Value>, table: &Table, like: Option<&Map<String, Value>>) -> Map<String, Value> {
    for column in table.columns.iter().filter(|c| c.not_null) {
        let Some(value) = row.get_mut(&column.name).filter(|v| v.is_null()) else { continue };
        *value = match (column.type_name.as_str(), like.and_then(|l| l.get(&column.name))) {
            ("INTEGER", _) => json!(0),
            ("REAL", _) => json!(0.0),
            (_, Some(Value::Array(_))) => json!([]),
            (_, Some(Value::Object(_))) => json!({}),
            _ => json!(""),
        };
    }
    row
}

fn visit<'a>(
    value: &'a Value,
    name: &str,
    collection: &str,
    table: &Table,
    around: &mut Vec<&'a Map<String, Value>>,
    found: &mut BTreeMap<String, Map<String, Value>>,
) {
    match value {
        Value::Object(members) => {
            let key = members.get(&table.primary_key[0]).and_then(Value::as_str);
            if let Some(key) = key.filter(|key| *key == name || collection == table.name) {
                let seen = row(members, table, around);
                match found.get_mut(key) {
                    // What one place does not say, another may.
                    Some(known) => known.iter_mut().filter(|(_, v)| v.is_null()).for_each(|(name, v)| v.clone_from(&seen[name])),
                    None => drop(found.insert(key.to_owned(), seen)),
                }
            }
            around.push(members);
            for (inner, value) in members {
                visit(value, inner, name, table, around, found);
            }
            around.pop();
        }
        Value::Array(items) => items.iter().for_each(|item| visit(item, "", name, table, around, found)),
        _ => {}
    }
}

fn row(object: &Map<String, Value>, table: &Table, around: &[&Map<String, Value>]) -> Map<String, Value> {
    let mut out = Map::new();
    for column in table.columns.iter().filter(|c| !c.generated) {
        let value = match column.name.strip_suffix("_ids") {
            Some(noun) => Some(keys(object, noun, &column.name)),
            None => member(object, &column.name).or_else(|| around.iter().rev().find_map(|o| o.get(&column.name))).cloned(),
        };
        let fits = value.filter(|v| match column.type_name.as_str() {
            "TEXT" => v.is_string() || v.is_array() || v.is_object(),
            "INTEGER" => v.is_i64() || v.is_boolean(),
            "REAL" => v.is_number(),
            _ => false,
        });
        out.insert(column.name.clone(), fits.unwrap_or(Value::Null));
    }
    out
}

/// The member called `name`: the object's own, or the first one deeper in it.
fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|v| !v.is_null()).or_else(|| object.values().find_map(|v| deeper(v, name)))
}

fn deeper<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => member(members, name),
        Value::Array(items) => items.iter().find_map(|item| deeper(item, name)),
        _ => None,
    }
}

/// The keys of things called `noun` in an object.
fn keys(object: &Map<String, Value>, noun: &str, column: &str) -> Value {
    if let Some(own) = object.get(column).filter(|v| v.is_array()) {
        return own.clone();
    }
    let mut out = Vec::new();
    object.values().for_each(|v| gather(v, &format!("{noun}_id"), &mut out));
    if out.is_empty() {
        let collection = object.iter().find(|(name, v)| name.starts_with(noun) && v.is_object()).and_then(|(_, v)| v.as_object());
        out.extend(collection.into_iter().flat_map(|members| members.keys().map(|key| json!(key))));
    }
    Value::Array(out)
}

fn gather(value: &Value, name: &str, out: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            out.extend(members.get(name).filter(|v| v.is_string()).cloned());
            members.values().for_each(|v| gather(v, name, out));
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, name, out)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_pass_by_name_alone() {
        let schema = Schema::from_sql(
            "CREATE TABLE orders (order_id TEXT NOT NULL, user_id TEXT NOT NULL, item_ids TEXT NOT NULL, zip TEXT, colour TEXT, PRIMARY KEY (order_id)) STRICT, WITHOUT ROWID;
             CREATE TABLE items (item_id TEXT NOT NULL, product_id TEXT NOT NULL, done INTEGER NOT NULL, PRIMARY KEY (item_id)) STRICT, WITHOUT ROWID;
             CREATE TABLE users (user_id TEXT NOT NULL, payment_ids TEXT NOT NULL, PRIMARY KEY (user_id)) STRICT, WITHOUT ROWID;",
        )
        .expect("a schema");
        let document = json!({
            "orders": {"o1": {"order_id": "o1", "user_id": "u1", "address": {"zip": "1"}, "items": [{"item_id": "i1"}, {"item_id": "i1"}]}},
            "products": {"p1": {"product_id": "p1", "variants": {"i1": {"item_id": "i1"}, "i2": {"item_id": "other"}}}},
            "users": [{"user_id": "u1", "payment_methods": {"c1": {}, "c2": {}}}],
        });
        let filled = rows(&document, &schema, &BTreeMap::new());
        assert_eq!(
            json!(filled),
            json!({
                "items": [{"item_id": "i1", "product_id": "p1", "done": 0}],
                "orders": [{"order_id": "o1", "user_id": "u1", "item_ids": ["i1", "i1"], "zip": "1", "colour": null}],
                "users": [{"user_id": "u1", "payment_ids": ["c1", "c2"]}],
            })
        );
    }

    #[test]
    fn agreement_is_counted_by_kind() {
        use Effect::{Error, Missing, Read, Write};
        let all = [(Error, Error), (Error, Write), (Read, Read), (Read, Write), (Write, Read), (Write, Write), (Read, Missing)];
        let confusion = Confusion(all.into_iter().map(|pair| (pair, 1)).collect());
        let counts = [confusion.calls(), confusion.in_outcome(), confusion.in_effect(), confusion.in_kind()];
        assert_eq!(counts, [7, 5, 3, 3]);
    }
}
