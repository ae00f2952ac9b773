//! What differs between two JSON documents, in the form of upstream's traces.

use crate::trace::Change;
use serde_json::Value;

/// From `before` to `after`. Lists are compared index by index; what is beyond the shorter one was added or removed.
pub(crate) fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut out = Vec::new();
    compare(before, after, "", &mut out);
    out
}

/// The changes of one list that the other lacks, as pointers with `op`; both lists in any order.
pub(crate) fn differing(expected: &[Change], actual: &[Change]) -> Vec<String> {
    let lacks = |list: &[Change], change: &Change| !list.contains(change);
    let missing = expected.iter().filter(|change| lacks(actual, change)).map(|change| format!("missing: {}", shown(change)));
    let extra = actual.iter().filter(|change| lacks(expected, change)).map(|change| format!("extra: {}", shown(change)));
    missing.chain(extra).collect()
}

fn shown(change: &Change) -> String {
    let value = |value: &Option<Value>| value.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    format!("{} {}: {} → {}", change.op, change.path, value(&change.old), value(&change.new))
}

fn compare(before: &Value, after: &Value, path: &str, out: &mut Vec<Change>) {
    let at = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    let change = |op: &str, path: String, old: Option<&Value>, new: Option<&Value>| Change {
        op: op.to_owned(),
        path,
        old: old.cloned(),
        new: new.cloned(),
    };
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in old {
                match new.get(key) {
                    Some(other) => compare(value, other, &at(key), out),
                    None => out.push(change("remove", at(key), Some(value), None)),
                }
            }
            out.extend(new.iter().filter(|(key, _)| !old.contains_key(*key)).map(|(key, value)| change("add", at(key), None, Some(value))));
        }
        (Value::Array(old), Value::Array(new)) => {
            for (i, (value, other)) in old.iter().zip(new).enumerate() {
                compare(value, other, &at(&i.to_string()), out);
            }
            let beyond = old.len().min(new.len());
            out.extend(old.iter().enumerate().skip(beyond).map(|(i, value)| change("remove", at(&i.to_string()), Some(value), None)));
            out.extend(new.iter().enumerate().skip(beyond).map(|(i, value)| change("add", at(&i.to_string()), None, Some(value))));
        }
        _ if before != after => out.push(change("replace", path.to_owned(), Some(before), Some(after))),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn objects_and_lists() {
        let found = changes(&json!({"a": [1, 2], "b/c": {"x": 1}, "d": 1.0}), &json!({"a": [1, 3, 4], "b/c": {"y": 1}, "d": 1.0}));
        let shown: Vec<String> = found.iter().map(shown).collect();
        assert_eq!(shown, ["replace /a/1: 2 → 3", "add /a/2: nothing → 4", "remove /b~1c/x: 1 → nothing", "add /b~1c/y: nothing → 1"]);
        assert!(differing(&found, &found).is_empty());
        assert_eq!(differing(&found[..1], &[]), ["missing: replace /a/1: 2 → 3"]);
    }
}
