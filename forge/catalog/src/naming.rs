//! Names that read well: `issues/list-for-repo` becomes `list_issues_for_repo`.

use std::collections::BTreeMap;
use wardian_format::names::{TOOL_NAME_MAX, singular, snake, words};

/// Words after which a noun is missing rather than present.
const PREPOSITIONS: [&str; 16] =
    ["for", "in", "by", "to", "from", "on", "of", "with", "if", "at", "as", "using", "via", "into", "and", "or"];
/// First words that ask for several things.
const PLURAL_VERBS: [&str; 6] = ["list", "search", "find", "query", "count", "export"];
/// First words of operations. Others are taken for nouns.
const VERBS: [&str; 98] = [
    "accept",
    "acknowledge",
    "activate",
    "add",
    "apply",
    "approve",
    "archive",
    "assign",
    "associate",
    "attach",
    "batch",
    "block",
    "cancel",
    "change",
    "check",
    "clear",
    "clone",
    "close",
    "complete",
    "compare",
    "confirm",
    "convert",
    "copy",
    "count",
    "create",
    "deactivate",
    "decline",
    "delete",
    "describe",
    "detach",
    "disable",
    "disassociate",
    "dismiss",
    "download",
    "edit",
    "enable",
    "end",
    "export",
    "fetch",
    "find",
    "follow",
    "fork",
    "generate",
    "get",
    "hide",
    "import",
    "insert",
    "invite",
    "is",
    "join",
    "leave",
    "link",
    "list",
    "lock",
    "lookup",
    "mark",
    "merge",
    "modify",
    "move",
    "open",
    "patch",
    "pin",
    "post",
    "publish",
    "purge",
    "put",
    "query",
    "quick",
    "read",
    "receive",
    "reclaim",
    "refresh",
    "register",
    "reject",
    "remove",
    "rename",
    "replace",
    "request",
    "reset",
    "restore",
    "return",
    "revoke",
    "rotate",
    "run",
    "search",
    "send",
    "set",
    "star",
    "start",
    "stop",
    "submit",
    "transfer",
    "turn",
    "unblock",
    "unhide",
    "unlock",
    "unstar",
    "update",
];

/// Whether a field's name says that it identifies something.
pub(crate) fn is_identifier(name: &str) -> bool {
    words(name).last().is_some_and(|word| matches!(word.as_str(), "id" | "uuid" | "guid" | "arn" | "key"))
}

/// The host of a URL (or a bare host) without port, `api.` and `www.`; `None` where it is a template or nothing.
pub(crate) fn host(url: &str) -> Option<String> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', ':']).next().unwrap_or_default();
    let host = host.trim_start_matches("api.").trim_start_matches("www.").to_lowercase();
    let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    plain.then_some(host)
}

/// Cuts a snake_case name to the length that chat APIs accept, at a word where possible.
pub(crate) fn bounded(name: &str) -> String {
    if name.len() <= TOOL_NAME_MAX {
        return name.to_owned();
    }
    let head = &name[..TOOL_NAME_MAX];
    let end = head.rfind('_').filter(|&end| end > TOOL_NAME_MAX / 2).unwrap_or(TOOL_NAME_MAX);
    head[..end].to_owned()
}

/// Name of an operation from its id in the description. `group/rest` and `group.rest` put the group's noun after the verb
/// where the rest does not name one; without a group the id is only respelled.
pub(crate) fn from_operation_id(id: &str) -> String {
    match id.rsplit_once(['/', '.']) {
        Some((group, rest)) => {
            let group = group.rsplit(['/', '.']).next().unwrap_or(group);
            with_noun(&words(rest), &words(group))
        }
        None => bounded(&snake(id)),
    }
}

/// Name of a Google method from its resource and method: `courses.create` becomes `create_course`.
pub(crate) fn from_resource(resource: &str, method: &str, path: &str) -> String {
    let mut verb = words(method);
    if verb.first().is_some_and(|word| !is_verb(word)) {
        // `events.instances` is a list that hangs below a resource.
        let noun: Vec<String> = words(resource).iter().map(|word| singular(word)).collect();
        return bounded(&format!("list_{}_{}", noun.join("_"), verb.join("_")));
    }
    let group = words(resource);
    let one = singular(resource);
    let item = [format!("{{{one}}}"), format!("{{{one}Id}}"), "{id}".to_owned()].iter().any(|place| path.contains(place));
    if verb == ["clear"] && !item {
        verb.extend(group.iter().cloned());
    }
    with_noun(&verb, &group)
}

fn is_verb(word: &str) -> bool {
    VERBS.contains(&word)
}

/// Puts the noun of `group` into `rest` where it is missing. Groups that are not plural nouns (`activity`) name an area, not a thing.
fn with_noun(rest: &[String], group: &[String]) -> String {
    let Some((last, head)) = group.split_last() else {
        return bounded(&snake(&rest.join("_")));
    };
    let one = singular(last);
    let area = head.is_empty() && one == *last && last.ends_with("ity");
    let verbs = verb_length(rest);
    if area || rest[verbs..].iter().any(|word| *word == one || *word == *last) {
        return bounded(&snake(&rest.join("_")));
    }
    // Adjectives go before the noun: `get authenticated user`, `list public gists`, `remove all issue labels`.
    let adjective = rest.get(verbs).is_some_and(|word| {
        let alone = rest.len() == verbs + 1 && rest[0] != "check" && word.ends_with("ed");
        alone || ["all", "latest", "pending", "public", "requested"].contains(&word.as_str())
    });
    let noun_at = verbs + usize::from(adjective);
    let alone = rest.get(noun_at).is_none_or(|word| PREPOSITIONS.contains(&word.as_str()));
    let many = alone && rest.first().is_some_and(|word| PLURAL_VERBS.contains(&word.as_str()) || word == "batch");
    let noun = if many { last.clone() } else { one };
    let mut out: Vec<&str> = rest[..noun_at].iter().map(String::as_str).collect();
    out.extend(head.iter().map(String::as_str));
    out.push(&noun);
    out.extend(rest[noun_at..].iter().map(String::as_str));
    bounded(&snake(&out.join("_")))
}

/// Words at the start that make the verb: `add or update`, `turn in`, `mark as spam`, `batch get`.
fn verb_length(rest: &[String]) -> usize {
    let mut length = usize::from(!rest.is_empty());
    while let Some(word) = rest.get(length) {
        let joins = word == "or" || word == "and" || rest[length - 1] == "or" || rest[length - 1] == "and";
        let particle = length == 1 && rest.len() == 2 && matches!(word.as_str(), "in" | "out" | "off") && rest[0] == "turn";
        let pair = length == 1 && matches!(rest[0].as_str(), "batch" | "quick" | "check") && is_verb(word);
        if !(joins || particle || pair) {
            break;
        }
        length += 1;
    }
    length
}

/// Name of an operation that has no id: `GET /pets/{id}/toys` becomes `list_pet_toys`.
pub(crate) fn from_path(method: &str, path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let item = segments.last().is_some_and(|segment| segment.contains('{'));
    let verb = match (method, item) {
        ("GET", true) => "get",
        ("GET", false) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "replace",
        ("PATCH", _) => "update",
        ("DELETE", _) => "delete",
        _ => method,
    };
    let fixed: Vec<&str> = segments.iter().copied().filter(|segment| !segment.contains('{') && !is_version(segment)).collect();
    let mut out = vec![verb.to_owned()];
    for (i, segment) in fixed.iter().enumerate() {
        let last = i + 1 == fixed.len();
        let word = snake(segment);
        out.push(if last && verb == "list" { word } else { singular(&word) });
    }
    bounded(&snake(&out.join("_")))
}

fn is_version(segment: &str) -> bool {
    let rest = segment.strip_prefix('v').unwrap_or(segment);
    segment == "api" || (!rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Makes names unique in step with `keys` (which are unique and say nothing about input order): among equals the
/// smallest key keeps the name, the others get `_2`, `_3` in the order of their keys.
pub(crate) fn unique(names: &mut [String], keys: &[String]) {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|&a, &b| keys[a].cmp(&keys[b]));
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for &i in &order {
        taken.entry(names[i].clone()).or_insert(i);
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for &i in &order {
        if taken[&names[i]] == i {
            continue;
        }
        let base = names[i].clone();
        let n = counts.entry(base.clone()).or_insert(1);
        let name = loop {
            *n += 1;
            let suffix = format!("_{n}");
            let head = &base[..base.len().min(TOOL_NAME_MAX - suffix.len())];
            let candidate = format!("{head}{suffix}");
            if !taken.contains_key(&candidate) {
                break candidate;
            }
        };
        taken.insert(name.clone(), i);
        names[i] = name;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_give_the_missing_noun() {
        for (id, name) in [
            ("issues/list-for-repo", "list_issues_for_repo"),
            ("issues/create", "create_issue"),
            ("issues/add-labels", "add_issue_labels"),
            ("pulls/check-if-merged", "check_pull_if_merged"),
            ("gists/list-public", "list_public_gists"),
            ("users/get-authenticated", "get_authenticated_user"),
            ("gists/check-is-starred", "check_is_gist_starred"),
            ("activity/star-repo-for-authenticated-user", "star_repo_for_authenticated_user"),
            ("teams/add-or-update-membership-for-user-in-org", "add_or_update_team_membership_for_user_in_org"),
            ("issues/remove-all-labels", "remove_all_issue_labels"),
            ("getPetById", "get_pet_by_id"),
            ("x", "x"),
        ] {
            assert_eq!(from_operation_id(id), name, "{id}");
        }
    }

    #[test]
    fn resources_and_paths() {
        for (resource, method, name) in [
            ("courses", "list", "list_courses"),
            ("studentSubmissions", "turnIn", "turn_in_student_submission"),
            ("events", "instances", "list_event_instances"),
            ("events", "quickAdd", "quick_add_event"),
            ("calendarList", "list", "list_calendar_list"),
        ] {
            assert_eq!(from_resource(resource, method, "x/{calendarId}"), name);
        }
        assert_eq!(from_resource("tasks", "clear", "lists/{tasklist}/clear"), "clear_tasks");
        assert_eq!(from_resource("calendars", "clear", "calendars/{calendarId}/clear"), "clear_calendar");
        assert_eq!(from_path("GET", "/v1/pets/{id}/toys"), "list_pet_toys");
        assert_eq!(from_path("DELETE", "/pets/{id}"), "delete_pet");
    }

    #[test]
    fn equal_names_are_told_apart_by_key_not_by_position() {
        let mut names = ["a", "a", "a_2"].map(str::to_owned);
        unique(&mut names, &["k2", "k1", "k3"].map(str::to_owned));
        assert_eq!(names, ["a_3", "a", "a_2"]);
        let long = "x".repeat(64);
        let mut names = [long.clone(), long.clone()];
        unique(&mut names, &["1", "2"].map(str::to_owned));
        assert_eq!(names[1].len(), 64);
    }
}
