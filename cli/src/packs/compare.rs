//! What differs between two packs, part by part.

mod rows;
mod schema;

use anyhow::Result;
use rows::TableChanges;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use wardian_format::pack::{Statements, ToolSpec};
use wardian_format::{Digest, Manifest};
use wardian_pack::{Opened, Parts};

/// What differs between two packs.
#[derive(Serialize)]
pub(crate) struct Comparison {
    /// The first pack.
    pub(crate) a: Side,
    /// The second.
    pub(crate) b: Side,
    /// True where the files are the same.
    pub(crate) equal: bool,
    /// Its tools, by name.
    pub(crate) tools: Listed,
    /// Tables, columns, keys, views, indexes and triggers.
    pub(crate) schema: Vec<Change>,
    /// Rows, table by table; only tables that differ.
    pub(crate) data: Vec<TableChanges>,
    /// The policy, from the first line that differs.
    pub(crate) policy: Vec<Change>,
    /// Its tasks, by id.
    pub(crate) tasks: Listed,
    /// Name, time, profile, links, what is graded, digests of the state.
    pub(crate) settings: Vec<Change>,
    /// Who and what made it.
    pub(crate) provenance: Vec<Change>,
    /// Its sources, by path.
    pub(crate) sources: Listed,
    /// Bytes of component and image, which may differ where nothing above does.
    pub(crate) bytes: Vec<Change>,
}

/// One of two packs.
#[derive(Serialize)]
pub(crate) struct Side {
    /// As the user named it.
    pub(crate) file: String,
    /// Name in the manifest.
    pub(crate) name: String,
    /// SHA-256 of the file.
    pub(crate) digest: Digest,
}

/// Something that one of two packs has otherwise, or not at all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Change {
    /// What it is.
    pub(crate) what: String,
    /// Where in it: `$.properties.limit.maximum`. `$` is all of it.
    pub(crate) path: String,
    /// What the first pack has; `null` where it has nothing.
    pub(crate) before: Value,
    /// What the second has.
    pub(crate) after: Value,
}

/// Things with names that packs have.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Listed {
    /// Only the second pack has them.
    pub(crate) added: Vec<String>,
    /// Only the first has them.
    pub(crate) removed: Vec<String>,
    /// Both have them, and they differ.
    pub(crate) changed: Vec<Named>,
}

/// A thing that differs.
#[derive(Debug, Serialize)]
pub(crate) struct Named {
    /// Its name.
    pub(crate) name: String,
    /// How it differs.
    pub(crate) changes: Vec<Change>,
}

impl Side {
    fn of(file: &str, opened: &Opened) -> Self {
        Self { file: file.to_owned(), name: opened.parts.manifest.name.clone(), digest: opened.digest }
    }
}

/// Compares two packs. Of each table's rows at most `rows_max` are listed; all are counted.
pub(crate) fn compare(a: (&str, &Opened), b: (&str, &Opened), rows_max: usize) -> Result<Comparison> {
    let (left, right) = (&a.1.parts, &b.1.parts);
    let sides = (Side::of(a.0, a.1), Side::of(b.0, b.1));
    Ok(Comparison {
        equal: sides.0.digest == sides.1.digest,
        a: sides.0,
        b: sides.1,
        tools: tools(&left.manifest, &right.manifest),
        schema: schema::changes(a.1, b.1)?,
        data: if left.image == right.image { Vec::new() } else { rows::changes(a.1, b.1, rows_max)? },
        policy: policy(left.policy.as_deref(), right.policy.as_deref()),
        tasks: listed(&tasks(left)?, &tasks(right)?, |before, after| within("task", before, after)),
        settings: settings(&left.manifest, &right.manifest),
        provenance: within("provenance", &json!(left.manifest.provenance), &json!(right.manifest.provenance)),
        sources: listed(&left.sources, &right.sources, |before, after| lines("text", before, after)),
        bytes: bytes(left, right),
    })
}

/// What differs inside two JSON values, leaf by leaf.
pub(crate) fn within(what: &str, before: &Value, after: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    descend(what, "$", before, after, &mut changes);
    changes
}

fn descend(what: &str, path: &str, before: &Value, after: &Value, changes: &mut Vec<Change>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let of = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                descend(what, &format!("{path}.{key}"), &of(a), &of(b), changes);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                descend(what, &format!("{path}[{index}]"), a, b, changes);
            }
        }
        (before, after) => {
            changes.push(Change { what: what.to_owned(), path: path.to_owned(), before: before.clone(), after: after.clone() });
        }
    }
}

/// Compares things by name; `how` says how two of one name differ.
fn listed<T: PartialEq>(a: &BTreeMap<String, T>, b: &BTreeMap<String, T>, how: impl Fn(&T, &T) -> Vec<Change>) -> Listed {
    let only = |one: &BTreeMap<String, T>, other: &BTreeMap<String, T>| -> Vec<String> {
        one.keys().filter(|name| !other.contains_key(*name)).cloned().collect()
    };
    let both = a.iter().filter_map(|(name, before)| b.get(name).map(|after| (name, before, after)));
    let changed = both.filter(|(_, before, after)| before != after);
    Listed {
        added: only(b, a),
        removed: only(a, b),
        changed: changed.map(|(name, before, after)| Named { name: name.clone(), changes: how(before, after) }).collect(),
    }
}

fn tools(a: &Manifest, b: &Manifest) -> Listed {
    let by_name = |manifest: &Manifest| manifest.tools.iter().map(|tool| (tool.name.clone(), tool.clone())).collect();
    listed(&by_name(a), &by_name(b), tool)
}

fn tool(a: &ToolSpec, b: &ToolSpec) -> Vec<Change> {
    let mut changes = Vec::new();
    for (what, before, after) in [
        ("description", json!(a.description), json!(b.description)),
        ("parameters", a.parameters.clone(), b.parameters.clone()),
        ("result", json!(a.returns), json!(b.returns)),
        ("effect", json!(a.effect), json!(b.effect)),
        ("role", json!(a.role), json!(b.role)),
        ("export", json!(a.export), json!(b.export)),
        ("guest", json!(a.guest), json!(b.guest)),
        ("references", json!(a.refs), json!(b.refs)),
        ("yields", json!(a.yields), json!(b.yields)),
        ("catalog", json!(a.catalog_id), json!(b.catalog_id)),
    ] {
        changes.extend(within(what, &before, &after));
    }
    changes.extend(statements(&a.statements, &b.statements));
    changes
}

/// Statements that only one of two tools may run, and their order where nothing else differs.
fn statements(a: &Statements, b: &Statements) -> Vec<Change> {
    let (Statements::Closed { sql: a }, Statements::Closed { sql: b }) = (a, b) else {
        let name = |statements: &Statements| if matches!(statements, Statements::Free) { "free" } else { "closed" };
        return within("statements", &json!(name(a)), &json!(name(b)));
    };
    if a == b {
        return Vec::new();
    }
    let change = |before: Value, after: Value| Change { what: "statement".to_owned(), path: "$".to_owned(), before, after };
    let gone = a.iter().filter(|sql| !b.contains(sql)).map(|sql| change(json!(sql), Value::Null));
    let new = b.iter().filter(|sql| !a.contains(sql)).map(|sql| change(Value::Null, json!(sql)));
    let changes: Vec<Change> = gone.chain(new).collect();
    if changes.is_empty() { within("order of the statements", &json!(a), &json!(b)) } else { changes }
}

fn settings(a: &Manifest, b: &Manifest) -> Vec<Change> {
    let of = |manifest: &Manifest| {
        let mut settings = serde_json::to_value(manifest).unwrap_or_default();
        if let Some(members) = settings.as_object_mut() {
            members.remove("tools");
            members.remove("provenance");
        }
        settings
    };
    within("manifest", &of(a), &of(b))
}

fn tasks(parts: &Parts) -> Result<BTreeMap<String, Value>> {
    let mut tasks = BTreeMap::new();
    for line in parts.tasks.iter().flat_map(|text| text.lines()) {
        let task: Value = serde_json::from_str(line)?;
        tasks.insert(task["id"].as_str().unwrap_or_default().to_owned(), task);
    }
    Ok(tasks)
}

fn policy(a: Option<&str>, b: Option<&str>) -> Vec<Change> {
    match (a, b) {
        (Some(a), Some(b)) => lines("policy", a, b),
        (a, b) => within("policy", &json!(a), &json!(b)),
    }
}

/// The first line that differs, and how many lines there are.
fn lines(what: &str, a: &str, b: &str) -> Vec<Change> {
    if a == b {
        return Vec::new();
    }
    let (before, after): (Vec<&str>, Vec<&str>) = (a.split('\n').collect(), b.split('\n').collect());
    let first = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let line = Change {
        what: what.to_owned(),
        path: format!("line {}", first + 1),
        before: json!(before.get(first)),
        after: json!(after.get(first)),
    };
    let mut changes = vec![line];
    changes.extend(within(&format!("{what}, lines"), &json!(before.len()), &json!(after.len())));
    changes
}

fn bytes(a: &Parts, b: &Parts) -> Vec<Change> {
    let of = |parts: &Parts| json!({"component": Digest::of(&parts.component), "image": Digest::of(&parts.image)});
    within("bytes", &of(a), &of(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_leaf_by_leaf() {
        let before = json!({"a": {"x": 1, "y": [1, 2]}, "b": "same", "gone": null});
        let after = json!({"a": {"x": 2, "y": [1, 3]}, "b": "same", "new": [1]});
        let found: Vec<String> = within("it", &before, &after).iter().map(|c| format!("{} {} {}", c.path, c.before, c.after)).collect();
        assert_eq!(found, ["$.a.x 1 2", "$.a.y[1] 2 3", "$.new null [1]"]);
        assert_eq!(within("it", &before, &before), []);
        assert_eq!(within("it", &json!([1]), &json!([1, 2])).len(), 1, "lists of other lengths differ as a whole");
    }

    #[test]
    fn statements_are_compared_as_sets_first() {
        let closed = |sql: &[&str]| Statements::Closed { sql: sql.iter().map(|sql| (*sql).to_owned()).collect() };
        let found = statements(&closed(&["a", "b"]), &closed(&["b", "c"]));
        assert_eq!(
            found.iter().map(|c| (c.before.clone(), c.after.clone())).collect::<Vec<_>>(),
            [(json!("a"), Value::Null), (Value::Null, json!("c"))]
        );
        assert_eq!(statements(&closed(&["a", "b"]), &closed(&["b", "a"]))[0].what, "order of the statements");
        assert_eq!(statements(&closed(&["a"]), &closed(&["a"])), []);
        assert_eq!(statements(&closed(&[]), &Statements::Free)[0].after, json!("free"));
    }

    #[test]
    fn texts_are_compared_from_the_first_line_that_differs() {
        let found = lines("policy", "a\nb\nc", "a\nx\nc\nd");
        assert_eq!((found[0].path.as_str(), &found[0].before, &found[0].after), ("line 2", &json!("b"), &json!("x")));
        assert_eq!((&found[1].before, &found[1].after), (&json!(3), &json!(4)));
        assert_eq!(lines("policy", "a", "a"), []);
        assert_eq!(lines("policy", "a", "a\n").len(), 2, "a line more is a difference");
    }
}
