//! Paths into results: `$.items[*].id` of a manifest, JSON pointers of a task.

use serde_json::Value;

/// Every place in `document` that `path` names, as (JSON pointer, value), in document order.
pub(crate) fn expand<'a>(path: &str, document: &'a Value) -> Vec<(String, &'a Value)> {
    let mut places = vec![(String::new(), document)];
    for segment in segments(path) {
        places = places.into_iter().flat_map(|(pointer, value)| follow(&pointer, value, &segment)).collect();
    }
    places
}

/// `token` as a part of a JSON pointer (RFC 6901).
pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The last name in `pointer` that is not an index, unescaped.
pub(crate) fn last_name(pointer: &str) -> String {
    let name = pointer.rsplit('/').find(|token| !token.is_empty() && token.parse::<usize>().is_err());
    name.unwrap_or_default().replace("~1", "/").replace("~0", "~")
}

/// The innermost element of an array on the way to `pointer`: (pointer of the array, index, rest of the
/// pointer inside the element).
pub(crate) fn element(document: &Value, pointer: &str) -> Option<(String, usize, String)> {
    let cuts: Vec<usize> = pointer.match_indices('/').map(|(at, _)| at).collect();
    cuts.iter().rev().find_map(|&at| {
        let token = pointer[at + 1..].split('/').next()?;
        document.pointer(&pointer[..at])?.as_array()?;
        let index = token.parse().ok()?;
        Some((pointer[..at].to_owned(), index, pointer[at + 1 + token.len()..].to_owned()))
    })
}

enum Segment {
    Member(String),
    Index(usize),
    All,
}

fn segments(path: &str) -> Vec<Segment> {
    let mut out = Vec::new();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('[') {
            let end = after.find(']').unwrap_or(after.len());
            let inside = after[..end].trim_matches(['"', '\'']);
            out.push(match inside {
                "*" => Segment::All,
                _ => inside.parse().map_or_else(|_| Segment::Member(inside.to_owned()), Segment::Index),
            });
            rest = after.get(end + 1..).unwrap_or_default();
        } else {
            let after = rest.strip_prefix('.').unwrap_or(rest);
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end > 0 {
                out.push(Segment::Member(after[..end].to_owned()));
            }
            rest = &after[end..];
        }
    }
    out
}

fn follow<'a>(pointer: &str, value: &'a Value, segment: &Segment) -> Vec<(String, &'a Value)> {
    match (segment, value) {
        (Segment::Member(name), Value::Object(map)) => {
            map.get(name).map(|v| (format!("{pointer}/{}", escape(name)), v)).into_iter().collect()
        }
        (Segment::Index(index), Value::Array(items)) => items.get(*index).map(|v| (format!("{pointer}/{index}"), v)).into_iter().collect(),
        (Segment::All, Value::Array(items)) => items.iter().enumerate().map(|(i, v)| (format!("{pointer}/{i}"), v)).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn expansion_and_elements() {
        let document = json!({"items": [{"id": 1, "o/w": {"n": "a"}}, {"id": 2}], "id": 9});
        let found: Vec<(String, &Value)> = expand("$.items[*].id", &document);
        assert_eq!(found, [("/items/0/id".to_owned(), &json!(1)), ("/items/1/id".to_owned(), &json!(2))]);
        assert_eq!(expand("$.items[*][\"o/w\"].n", &document), [("/items/0/o~1w/n".to_owned(), &json!("a"))]);
        assert_eq!(expand("$", &json!(5)), [(String::new(), &json!(5))]);
        assert_eq!(expand("$[*].x", &document), []);
        assert_eq!(element(&document, "/items/1/id"), Some(("/items".to_owned(), 1, "/id".to_owned())));
        assert_eq!(element(&document, "/id"), None);
        assert_eq!(last_name("/items/0/o~1w/3"), "o/w");
    }
}
