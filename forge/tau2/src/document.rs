//! Upstream's documents out of a state, through the view `upstream (document, collection, at, doc)` of its pack.

use crate::{Tau2Error, python};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use wardian_env::Env;
use wardian_format::SqlValue;

/// By name: `db`, and `user_db` where the domain has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Documents(BTreeMap<String, Value>);

impl Documents {
    /// The document called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Upstream's hash of the document called `name`.
    pub fn hash(&self, name: &str) -> Option<String> {
        self.get(name).map(python::hash)
    }
}

/// What the state of `env` is in upstream's words. A text `at` is a key of the collection, an integer an index, and without
/// one `doc` is the collection itself.
///
/// # Errors
/// When the pack has no such view, or the view gives something else.
pub fn documents(env: &mut Env) -> Result<Documents, Tau2Error> {
    let pack = env.pack().manifest().name.clone();
    let wrong = |reason: String| Tau2Error::Pack { pack: pack.clone(), reason };
    let sql = "SELECT document, collection, at, json(doc) FROM upstream ORDER BY document, collection, at";
    let rows = env.read(sql, &[]).map_err(|error| wrong(format!("the view `upstream` cannot be read: {error}")))?;
    let mut out: BTreeMap<String, Value> = BTreeMap::new();
    for row in &rows.values {
        let [SqlValue::Text(document), SqlValue::Text(collection), at, SqlValue::Text(doc)] = row.as_slice() else {
            return Err(wrong(format!("the view `upstream` has a row that is none of a document: {row:?}")));
        };
        let doc: Value = serde_json::from_str(doc).map_err(|error| wrong(format!("`doc` of `{collection}` is no JSON: {error}")))?;
        let members = out.entry(document.clone()).or_insert_with(|| Value::Object(Map::new()));
        let place = members.as_object_mut().expect("documents are objects");
        match at {
            SqlValue::Null => {
                place.insert(collection.clone(), doc);
            }
            SqlValue::Text(key) => {
                let object = place.entry(collection.clone()).or_insert_with(|| Value::Object(Map::new()));
                let object = object.as_object_mut().ok_or_else(|| wrong(format!("`{collection}` mixes keys and indexes")))?;
                object.insert(key.clone(), doc);
            }
            SqlValue::Integer(_) => {
                let list = place.entry(collection.clone()).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().ok_or_else(|| wrong(format!("`{collection}` mixes keys and indexes")))?.push(doc);
            }
            SqlValue::Real(_) | SqlValue::Blob(_) => return Err(wrong(format!("`at` of `{collection}` is neither key nor index"))),
        }
    }
    Ok(Documents(out))
}
