//! Words of API names: singular and plural, verbs, participles, and names that mean the same.

use wardian_format::names;

/// Words of a schema's name that say how much of the thing it shows, not which thing it is.
const DEGREE: [&str; 26] = [
    "compact",
    "mini",
    "simplified",
    "bean",
    "dto",
    "representation",
    "simple",
    "full",
    "minimal",
    "base",
    "short",
    "private",
    "public",
    "summary",
    "detail",
    "details",
    "detailed",
    "resource",
    "response",
    "result",
    "object",
    "nullable",
    "basic",
    "item",
    "info",
    "output",
];

const SAME_IN_PLURAL: [&str; 20] = [
    "media",
    "metadata",
    "news",
    "series",
    "status",
    "data",
    "info",
    "information",
    "equipment",
    "work",
    "feedback",
    "access",
    "address",
    "process",
    "settings",
    "preferences",
    "permissions",
    "alias",
    "acl",
    "dns",
];

/// SQL words that cannot be a bare name of a column or table.
const RESERVED: [&str; 74] = [
    "add",
    "all",
    "alter",
    "and",
    "as",
    "autoincrement",
    "between",
    "by",
    "case",
    "check",
    "collate",
    "commit",
    "constraint",
    "create",
    "current",
    "cross",
    "default",
    "deferrable",
    "delete",
    "desc",
    "asc",
    "distinct",
    "drop",
    "each",
    "else",
    "end",
    "escape",
    "except",
    "exists",
    "filter",
    "for",
    "foreign",
    "from",
    "full",
    "group",
    "having",
    "if",
    "in",
    "index",
    "inner",
    "insert",
    "intersect",
    "into",
    "is",
    "isnull",
    "join",
    "key",
    "left",
    "like",
    "limit",
    "match",
    "natural",
    "not",
    "notnull",
    "null",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "primary",
    "references",
    "right",
    "select",
    "set",
    "table",
    "then",
    "to",
    "transaction",
    "union",
    "unique",
    "update",
    "values",
    "when",
];
const RESERVED_TOO: [&str; 22] = [
    "where",
    "window",
    "with",
    "using",
    "view",
    "virtual",
    "trigger",
    "temp",
    "temporary",
    "row",
    "rows",
    "range",
    "returning",
    "replace",
    "rename",
    "release",
    "recursive",
    "action",
    "begin",
    "offset",
    "of",
    "no",
];

/// `name` as SQL may read it: quoted where it is a word of the language.
pub(crate) fn quoted(name: &str) -> String {
    let bare =
        name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if bare && !RESERVED.contains(&name) && !RESERVED_TOO.contains(&name) { name.to_owned() } else { format!("\"{name}\"") }
}

/// `text` as a SQL string.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// All letters and digits of `text`, lowercase: `queueUrl`, `QueueUrl` and `queue_url` are one.
pub(crate) fn flat(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Lowercase words, acronyms repaired: `HITs` is `hits`, not `hi ts`; `ListHITs` is `list hits`.
pub(crate) fn words(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tidy = String::with_capacity(text.len());
    for (i, &c) in chars.iter().enumerate() {
        let plural_of_acronym = c == 's' && i >= 2 && chars[i - 1].is_uppercase() && chars[i - 2].is_uppercase();
        let at_end = chars.get(i + 1).is_none_or(|n| !n.is_lowercase());
        tidy.push(if plural_of_acronym && at_end { 'S' } else { c });
    }
    names::words(&tidy)
}

/// Words joined by spaces.
pub(crate) fn spaced(text: &str) -> String {
    words(text).join(" ")
}

/// The singular of the last word.
pub(crate) fn singular(text: &str) -> String {
    let Some(start) = text.rfind([' ', '_', '-']).map(|i| i + 1).or(Some(0)) else { return text.to_owned() };
    let (head, word) = text.split_at(start);
    format!("{head}{}", singular_word(word))
}

fn singular_word(word: &str) -> String {
    if SAME_IN_PLURAL.contains(&word) || word.len() < 3 {
        return word.to_owned();
    }
    match word {
        "people" => return "person".to_owned(),
        "children" => return "child".to_owned(),
        "indices" => return "index".to_owned(),
        "statuses" | "aliases" | "addresses" | "processes" | "accesses" | "classes" | "businesses" | "licenses" => {
            let cut = if word == "licenses" { 1 } else { 2 };
            return word[..word.len() - cut].to_owned();
        }
        _ => {}
    }
    for (ending, instead) in [("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("zes", "z")] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 2
        {
            return format!("{stem}{instead}");
        }
    }
    let keeps = word.ends_with("ss") || word.ends_with("us") || word.ends_with("is");
    word.strip_suffix('s').filter(|_| !keeps).unwrap_or(word).to_owned()
}

/// The plural of the last word of a singular.
pub(crate) fn plural(text: &str) -> String {
    let start = text.rfind([' ', '_', '-']).map_or(0, |i| i + 1);
    let (head, word) = text.split_at(start);
    let tail = |cut: usize, end: &str| format!("{head}{}{end}", &word[..word.len() - cut]);
    if word == "person" {
        return format!("{head}people");
    }
    if word == "child" {
        return format!("{head}children");
    }
    if SAME_IN_PLURAL.contains(&word) && !matches!(word, "status" | "alias" | "address" | "process" | "access") {
        return text.to_owned();
    }
    let vowel_before = word.len() >= 2 && matches!(word.as_bytes()[word.len() - 2], b'a' | b'e' | b'i' | b'o' | b'u');
    if word.ends_with('y') && !vowel_before {
        return tail(1, "ies");
    }
    if ["s", "x", "z", "ch", "sh"].iter().any(|e| word.ends_with(e)) {
        return tail(0, "es");
    }
    tail(0, "s")
}

/// What a schema's name is about: `full-repository`, `minimal-repository` and `Repository` are `repository`.
pub(crate) fn family(schema: &str) -> String {
    let all = words(schema);
    let all: Vec<String> = match all.iter().position(|w| w == "with") {
        Some(i) if i > 0 => all[..i].to_vec(),
        _ => all,
    };
    let kept: Vec<&String> = all.iter().filter(|w| !DEGREE.contains(&w.as_str())).collect();
    let kept = if kept.is_empty() { all.iter().collect() } else { kept };
    singular(&kept.iter().map(|w| w.as_str()).collect::<Vec<_>>().join(" "))
}

/// `close` → `closed`, `cancel` → `cancelled`, `hide` → `hidden`.
pub(crate) fn participle(verb: &str) -> String {
    let irregular = [
        ("hide", "hidden"),
        ("unhide", "unhidden"),
        ("send", "sent"),
        ("pay", "paid"),
        ("withdraw", "withdrawn"),
        ("freeze", "frozen"),
        ("read", "read"),
        ("cancel", "cancelled"),
        ("stop", "stopped"),
        ("submit", "submitted"),
        ("run", "running"),
        ("pin", "pinned"),
        ("unpin", "unpinned"),
        ("star", "starred"),
        ("unstar", "unstarred"),
        ("ban", "banned"),
        ("unban", "unbanned"),
        ("turnin", "turned_in"),
        ("take", "taken"),
        ("begin", "begun"),
    ];
    if let Some((_, found)) = irregular.iter().find(|(v, _)| *v == verb) {
        return (*found).to_owned();
    }
    if let Some(stem) = verb.strip_suffix('e') {
        return format!("{stem}ed");
    }
    match verb.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ied"),
        _ => format!("{verb}ed"),
    }
}

/// The verb that undoes `verb`'s opposite: `unlock` → `lock`, `unhide` → `hide`, `reopen` → `open`, `deactivate` → `activate`.
pub(crate) fn undone(verb: &str) -> Option<String> {
    let pairs = [
        ("disable", "enable"),
        ("deactivate", "activate"),
        ("restore", "delete"),
        ("undelete", "delete"),
        ("resume", "pause"),
        ("unpause", "pause"),
        ("stop", "start"),
        ("reopen", "close"),
        ("reactivate", "suspend"),
    ];
    if let Some((_, base)) = pairs.iter().find(|(v, _)| *v == verb) {
        return Some((*base).to_owned());
    }
    verb.strip_prefix("un").filter(|rest| rest.len() >= 3).map(str::to_owned)
}

/// `an issue`, `a label`.
pub(crate) fn with_article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o']) || (noun.starts_with('u') && !noun.starts_with("us") && !noun.starts_with("uni"));
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// The first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural() {
        for (one, many) in [
            ("issue", "issues"),
            ("repository", "repositories"),
            ("branch", "branches"),
            ("address", "addresses"),
            ("course work", "course work"),
            ("key", "keys"),
            ("reply", "replies"),
            ("person", "people"),
            ("release", "releases"),
            ("status", "statuses"),
            ("topic", "topics"),
            ("task_list", "task_lists"),
        ] {
            assert_eq!(plural(one), many);
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn families() {
        for schema in ["full-repository", "minimal-repository", "Repository", "nullable-repository"] {
            assert_eq!(family(schema), "repository");
        }
        assert_eq!(family("branch-with-protection"), "branch");
        assert_eq!(family("CalendarListEntry"), "calendar list entry");
        assert_eq!(family("issue-comment"), "issue comment");
    }

    #[test]
    fn names_of_one_thing() {
        assert_eq!(spaced("ListAssignmentsForHIT"), "list assignments for hit");
        assert_eq!(spaced("ListHITs"), "list hits");
        assert_eq!(flat("queue_url"), flat("QueueUrl"));
        assert_eq!((participle("close"), participle("lock"), participle("apply")), ("closed".into(), "locked".into(), "applied".into()));
        assert_eq!(quoted("order"), "\"order\"");
    }
}
