//! Upstream's documents out of a state, through the view `upstream (document, collection, at, doc)` of its pack.

use crate::patch;
use crate::trace::Change;
use crate::{Tau2Error, python};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use wardian_env::Env;
use wardian_format::SqlValue;

/// By name: `db`, and `user_db` where the domain has one.
#[derive(Clone, Debug, Default)]
pub struct Documents(BTreeMap<String, BTreeMap<String, Collection>>);

/// One member of a document.
#[derive(Clone, Debug)]
enum Collection {
    /// Given as a whole.
    Whole(Doc),
    /// An object, by key.
    Members(BTreeMap<String, Doc>),
    /// A list.
    Items(Vec<Doc>),
}

/// A part of a document: as the state gives it, and as Python writes it.
#[derive(Clone, Debug)]
struct Doc {
    json: Arc<str>,
    python: Arc<str>,
}

impl Documents {
    /// The document called `name`.
    pub fn get(&self, name: &str) -> Option<Value> {
        let collections = self.0.get(name)?;
        Some(Value::Object(collections.iter().map(|(name, collection)| (name.clone(), collection.value())).collect()))
    }

    /// Upstream's hash of the document called `name`: SHA-256 of what Python writes of it.
    pub fn hash(&self, name: &str) -> Option<String> {
        let collections = self.0.get(name)?;
        Some(python::hash_of_text(&object(collections.iter().map(|(name, collection)| (name.as_str(), collection.python())))))
    }

    /// What differs in the document called `name` from `self` to `after`.
    pub(crate) fn changes(&self, after: &Self, name: &str) -> Vec<Change> {
        let none = BTreeMap::new();
        let (old, new) = (self.0.get(name).unwrap_or(&none), after.0.get(name).unwrap_or(&none));
        // What is equal in both is left out of both, so that only what changed is read as JSON.
        let part = |of: &BTreeMap<String, Collection>, other: &BTreeMap<String, Collection>| {
            let value = |(name, collection): (&String, &Collection)| (name.clone(), collection.where_other(other.get(name)));
            Value::Object(of.iter().map(value).collect())
        };
        patch::changes(&part(old, new), &part(new, old))
    }
}

impl Collection {
    fn value(&self) -> Value {
        self.where_other(None)
    }

    /// The collection with its members that `other` has in the same form left out, or, in a list, replaced by null.
    fn where_other(&self, other: Option<&Self>) -> Value {
        match (self, other) {
            (Self::Members(docs), Some(Self::Members(others))) => {
                let differs = |(key, doc): &(&String, &Doc)| others.get(*key).is_none_or(|other| other.json != doc.json);
                Value::Object(docs.iter().filter(differs).map(|(key, doc)| (key.clone(), doc.value())).collect())
            }
            (Self::Items(docs), Some(Self::Items(others))) => {
                let part = |(i, doc): (usize, &Doc)| match others.get(i) {
                    Some(other) if other.json == doc.json => Value::Null,
                    _ => doc.value(),
                };
                Value::Array(docs.iter().enumerate().map(part).collect())
            }
            (Self::Members(docs), _) => Value::Object(docs.iter().map(|(key, doc)| (key.clone(), doc.value())).collect()),
            (Self::Items(docs), _) => docs.iter().map(Doc::value).collect(),
            (Self::Whole(doc), _) => doc.value(),
        }
    }

    fn python(&self) -> String {
        match self {
            Self::Whole(doc) => doc.python.to_string(),
            Self::Members(docs) => object(docs.iter().map(|(key, doc)| (key.as_str(), doc.python.to_string()))),
            Self::Items(docs) => format!("[{}]", docs.iter().map(|doc| &*doc.python).collect::<Vec<_>>().join(", ")),
        }
    }

    fn find(&self, at: &SqlValue) -> Option<&Doc> {
        match (self, at) {
            (Self::Whole(doc), SqlValue::Null) => Some(doc),
            (Self::Members(docs), SqlValue::Text(key)) => docs.get(key),
            (Self::Items(docs), SqlValue::Integer(index)) => docs.get(usize::try_from(*index).ok()?),
            _ => None,
        }
    }
}

impl Doc {
    fn value(&self) -> Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }
}

/// An object as Python writes it; the members come sorted.
fn object<'a>(members: impl Iterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, text)| format!("{}: {text}", python::dumps(&Value::from(name)))).collect();
    format!("{{{}}}", members.join(", "))
}

/// What the state of `env` is in upstream's words. A text `at` is a key of the collection, an integer an index, and without
/// one `doc` is the collection itself.
///
/// # Errors
/// When the pack has no such view, or the view gives something else.
pub fn documents(env: &mut Env) -> Result<Documents, Tau2Error> {
    documents_after(env, &Documents::default())
}

/// As [`documents`]; what is as in `before` is taken from there.
pub(crate) fn documents_after(env: &mut Env, before: &Documents) -> Result<Documents, Tau2Error> {
    let pack = env.pack().manifest().name.clone();
    let wrong = |reason: String| Tau2Error::Pack { pack: pack.clone(), reason };
    let sql = "SELECT document, collection, at, json(doc) FROM upstream ORDER BY document, collection, at";
    let rows = env.read(sql, &[]).map_err(|error| wrong(format!("the view `upstream` cannot be read: {error}")))?;
    let mut out: BTreeMap<String, BTreeMap<String, Collection>> = BTreeMap::new();
    for row in rows.values {
        let [SqlValue::Text(document), SqlValue::Text(collection), at, SqlValue::Text(json)] = row.as_slice() else {
            return Err(wrong(format!("the view `upstream` has a row that is none of a document: {row:?}")));
        };
        let known = before.0.get(document).and_then(|of| of.get(collection)).and_then(|of| of.find(at)).filter(|doc| *doc.json == **json);
        let doc = match known {
            Some(doc) => doc.clone(),
            None => {
                let value: Value =
                    serde_json::from_str(json).map_err(|error| wrong(format!("`doc` of `{collection}` is no JSON: {error}")))?;
                Doc { json: json.as_str().into(), python: python::dumps(&value).into() }
            }
        };
        let place = out.entry(document.clone()).or_default();
        match (at, place.get_mut(collection)) {
            (SqlValue::Text(key), Some(Collection::Members(docs))) => drop(docs.insert(key.clone(), doc)),
            (SqlValue::Integer(_), Some(Collection::Items(docs))) => docs.push(doc),
            (SqlValue::Text(key), None) => {
                drop(place.insert(collection.clone(), Collection::Members(BTreeMap::from([(key.clone(), doc)]))))
            }
            (SqlValue::Integer(_), None) => drop(place.insert(collection.clone(), Collection::Items(vec![doc]))),
            (SqlValue::Null, None) => drop(place.insert(collection.clone(), Collection::Whole(doc))),
            _ => return Err(wrong(format!("`at` of `{collection}` is now a key, now an index, now neither"))),
        }
    }
    Ok(Documents(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn doc(value: &Value) -> Doc {
        Doc { json: value.to_string().into(), python: python::dumps(value).into() }
    }

    fn sample(balance: f64, lines: &[i64]) -> Documents {
        let users = Collection::Members(BTreeMap::from([
            ("b".to_owned(), doc(&json!({"balance": balance}))),
            ("a".to_owned(), doc(&json!({"é": 1}))),
        ]));
        let lines = Collection::Items(lines.iter().map(|line| doc(&json!(line))).collect());
        let db = BTreeMap::from([
            ("users".to_owned(), users),
            ("lines".to_owned(), lines),
            ("mode".to_owned(), Collection::Whole(doc(&json!("x")))),
        ]);
        Documents(BTreeMap::from([("db".to_owned(), db)]))
    }

    #[test]
    fn the_hash_is_that_of_the_whole() {
        let documents = sample(1.0, &[1, 2]);
        let whole = documents.get("db").expect("it is there");
        assert_eq!(whole, json!({"users": {"a": {"é": 1}, "b": {"balance": 1.0}}, "lines": [1, 2], "mode": "x"}));
        assert_eq!(documents.hash("db"), Some(python::hash(&whole)));
        assert_eq!(documents.hash("user_db"), None);
    }

    #[test]
    fn changes_are_those_of_the_whole() {
        let (before, after) = (sample(1.0, &[1, 2]), sample(2.5, &[1, 3, 4]));
        let whole = patch::changes(&before.get("db").expect("before"), &after.get("db").expect("after"));
        assert_eq!(before.changes(&after, "db"), whole);
        assert_eq!(whole.len(), 3);
        assert!(before.changes(&before, "db").is_empty());
    }
}
