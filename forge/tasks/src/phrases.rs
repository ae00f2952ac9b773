//! Verbs and nouns from tool descriptions, names and tables.

use wardian_format::names::words;
use wardian_format::pack::{ParamRef, RefKind, ToolSpec};

/// Words of a description that a request keeps.
const WORDS_MAX: usize = 12;

/// Verbs that start descriptions of API operations.
const VERBS: &[&str] = &[
    "accept",
    "activate",
    "add",
    "apply",
    "approve",
    "archive",
    "assign",
    "attach",
    "authorize",
    "begin",
    "book",
    "borrow",
    "cancel",
    "change",
    "check",
    "clear",
    "close",
    "complete",
    "confirm",
    "copy",
    "count",
    "create",
    "deactivate",
    "decline",
    "delete",
    "deny",
    "deregister",
    "describe",
    "detach",
    "disable",
    "disassociate",
    "associate",
    "dismiss",
    "download",
    "edit",
    "enable",
    "exchange",
    "export",
    "extend",
    "fetch",
    "find",
    "follow",
    "fork",
    "generate",
    "get",
    "give",
    "import",
    "insert",
    "invite",
    "issue",
    "join",
    "leave",
    "lend",
    "list",
    "lock",
    "look",
    "mark",
    "merge",
    "modify",
    "move",
    "open",
    "patch",
    "pause",
    "pay",
    "pin",
    "place",
    "post",
    "publish",
    "purchase",
    "put",
    "query",
    "read",
    "register",
    "reject",
    "release",
    "remove",
    "rename",
    "renew",
    "reopen",
    "replace",
    "request",
    "reschedule",
    "reserve",
    "reset",
    "resolve",
    "restore",
    "resume",
    "retrieve",
    "retry",
    "return",
    "revoke",
    "rotate",
    "run",
    "save",
    "schedule",
    "search",
    "send",
    "set",
    "share",
    "show",
    "star",
    "start",
    "stop",
    "submit",
    "subscribe",
    "suspend",
    "sync",
    "tag",
    "terminate",
    "transfer",
    "trigger",
    "unarchive",
    "unassign",
    "unblock",
    "block",
    "undelete",
    "unfollow",
    "unlock",
    "unpin",
    "unpublish",
    "unsubscribe",
    "unstar",
    "untag",
    "update",
    "upgrade",
    "upload",
    "upsert",
    "validate",
    "verify",
    "view",
    "watch",
    "withdraw",
];

/// Verbs that are never nouns in names of tools, as `issue` and `star` are.
const PLAIN_VERBS: &[&str] = &[
    "add", "cancel", "create", "delete", "describe", "find", "get", "list", "modify", "put", "remove", "rename", "retrieve", "search",
    "send", "set", "update",
];

/// Where a sentence about the operation turns to detail that nobody says.
const CUTS: &[&str] = &[
    " using ",
    " with the specified ",
    " with the given ",
    " by its ",
    " by id",
    " by their ",
    " based on ",
    " for the authenticated ",
    " that you ",
    " you ",
    " if ",
    " when ",
    " which ",
    " so that ",
    " unless ",
    " via ",
    " and return",
    " matching ",
    " given ",
];

/// What the tool does, as the end of "I'd like to …": `create an issue`.
pub(crate) fn phrase(tool: &ToolSpec) -> String {
    from_description(&tool.description).unwrap_or_else(|| from_name(&tool.name))
}

/// True where the tool makes something that was not there.
pub(crate) fn creates(tool: &ToolSpec) -> bool {
    tool.refs.iter().any(|r| r.kind == RefKind::New)
        || starts_with(tool, &["create", "add", "insert", "register", "open", "place", "book", "post"])
}

/// True where the tool changes something that is there.
pub(crate) fn updates(tool: &ToolSpec) -> bool {
    starts_with(tool, &["update", "edit", "patch", "modify", "change", "set", "rename", "replace", "put", "reschedule", "move", "transfer"])
}

/// The thing that a table holds: `loan` of `loans`, `order item` of `order_items`.
pub(crate) fn entity(table: &str) -> String {
    let mut words = words(table);
    if let Some(last) = words.last_mut() {
        *last = singular(last);
    }
    words.join(" ")
}

/// `due date of the loan`.
pub(crate) fn of_entity(field: &str, entity: &str) -> String {
    let says_it = entity.is_empty() || field.split(' ').any(|w| entity.split(' ').any(|e| e == w));
    if says_it { field.to_owned() } else { format!("{field} of the {entity}") }
}

/// What the object around `pointer` in a result of `tool` is; empty where that is not known.
pub(crate) fn entity_at(tool: &ToolSpec, pointer: &str) -> String {
    let generic = |p: &str| p.split('/').map(|t| if t.parse::<usize>().is_ok() { "*" } else { t }).collect::<Vec<_>>().join("/");
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    let as_pointer = |path: &str| path.trim_start_matches('$').replace("[*]", "/*").replace('.', "/");
    let of_parent = |path: &str| as_pointer(path).rsplit_once('/').map(|(p, _)| p.to_owned()) == Some(generic(parent));
    if let Some(y) =
        tool.yields.iter().filter(|y| of_parent(&y.path)).min_by_key(|y| !matches!(y.column.as_str(), "id" | "name" | "number"))
    {
        return entity(&y.table);
    }
    let name = crate::paths::last_name(parent);
    if name.is_empty() { noun(tool) } else { entity(&name) }
}

/// The label of a value that the user knows: `title of the new issue`, `member id`, `reason`.
pub(crate) fn label(tool: &ToolSpec, path: &str, reference: Option<&ParamRef>) -> String {
    let generic = crate::needs::without_indexes(path);
    let name = generic.rsplit('.').next().unwrap_or(&generic);
    let Some(r) = reference else { return if name == "q" { "search text".to_owned() } else { field_words(name) } };
    // A search for a thing by its name: what the person knows is the name.
    let param = if r.kind == RefKind::Value && crate::needs::is_search(name) { field_words(&r.column) } else { field_words(name) };
    let thing = entity(&r.table);
    let column = words(&r.column);
    let related = param.split(' ').any(|w| column.iter().any(|c| c.eq_ignore_ascii_case(w)));
    match r.kind {
        RefKind::Existing if param.ends_with(" IDs") => param,
        RefKind::Existing if param == "ID" || (related && column.last().is_some_and(|c| c == "id")) => format!("{thing} ID"),
        RefKind::Existing if related => of_entity(&param, &thing),
        RefKind::Existing => param,
        RefKind::New => of_entity(&param, &format!("new {thing}")),
        RefKind::Value if creates(tool) => of_entity(&param, &format!("new {thing}")),
        RefKind::Value if updates(tool) && !param.starts_with("new ") => format!("new {}", of_entity(&param, &thing)),
        RefKind::Value => of_entity(&param, &thing),
    }
}

/// The singular of an English noun, as far as table names need it.
pub(crate) fn singular(word: &str) -> String {
    let keep =
        ["status", "address", "news", "series", "access", "business", "analysis", "bus", "alias", "this", "https", "dns", "aws", "ios"];
    if keep.contains(&word) || word.ends_with("ss") || word.ends_with("us") || word.len() < 4 {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return format!("{stem}y");
    }
    for ending in ["sses", "xes", "ches", "shes", "zes"] {
        if word.ends_with(ending) {
            return word[..word.len() - 2].to_owned();
        }
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

fn starts_with(tool: &ToolSpec, verbs: &[&str]) -> bool {
    let by_phrase = phrase(tool).split(' ').next().is_some_and(|verb| verbs.contains(&verb));
    by_phrase || words(&tool.name).iter().any(|w| verbs.contains(&w.as_str()))
}

/// The last words of the tool's name without its verb: `get_member_loans` → `member loan`.
fn noun(tool: &ToolSpec) -> String {
    let rest: Vec<String> = words(&tool.name).into_iter().filter(|w| !VERBS.contains(&w.as_str())).collect();
    let rest: Vec<String> = rest.into_iter().take_while(|w| !matches!(w.as_str(), "by" | "for" | "of" | "in" | "with")).collect();
    entity(&rest.join("_")).trim_matches('x').trim().to_owned()
}

fn from_description(text: &str) -> Option<String> {
    let plain = without_markup(text);
    let sentence = plain.split(['\n', ';', '(', ':']).next()?.split(". ").next()?.trim().trim_end_matches('.');
    let mut parts: Vec<String> = sentence.split_whitespace().map(str::to_owned).collect();
    let verb = base_form(&parts.first()?.to_lowercase())?;
    parts[0] = verb;
    for word in &mut parts {
        if word == "your" {
            *word = "my".to_owned();
        }
    }
    parts.retain(|w| !matches!(w.as_str(), "specified" | "given" | "existing" | "provided" | "single"));
    let mut joined = parts.join(" ");
    for cut in CUTS {
        if let Some(at) = joined.find(cut).filter(|at| *at > 8) {
            joined.truncate(at);
        }
    }
    let first = joined.split(", ").next().unwrap_or_default();
    let mut kept: Vec<&str> = first.split(' ').take(WORDS_MAX + 1).collect();
    while kept.last().is_some_and(|w| {
        matches!(*w, "of" | "in" | "to" | "for" | "with" | "on" | "at" | "by" | "from" | "a" | "an" | "the" | "and" | "or")
    }) {
        kept.pop();
    }
    (kept.len() > 1 && kept.len() <= WORDS_MAX).then(|| kept.join(" "))
}

fn from_name(name: &str) -> String {
    let words = words(name);
    let plain = words.iter().position(|w| PLAIN_VERBS.contains(&w.as_str()));
    let Some(at) = plain.or_else(|| words.iter().position(|w| base_form(w).is_some())) else { return format!("use {}", words.join(" ")) };
    let verb = base_form(&words[at]).unwrap_or_default();
    let rest: Vec<&str> = words.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, w)| w.as_str()).collect();
    if rest.is_empty() { verb } else { format!("{verb} the {}", rest.join(" ")) }
}

/// The base form of a verb of [`VERBS`]: `creates`, `creating`, `create` → `create`.
fn base_form(word: &str) -> Option<String> {
    let known = |w: &str| VERBS.contains(&w).then(|| w.to_owned());
    let stems = [word.strip_suffix("s"), word.strip_suffix("es"), word.strip_suffix("ing"), word.strip_suffix("ed")];
    known(word)
        .or_else(|| word.strip_suffix("ies").and_then(|stem| known(&format!("{stem}y"))))
        .or_else(|| stems.into_iter().flatten().find_map(|stem| known(stem).or_else(|| known(&format!("{stem}e")))))
}

/// Text without tags, links, code marks and emphasis.
fn without_markup(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for c in text.chars() {
        match c {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            '`' | '*' | '[' | ']' | '_' if depth == 0 => out.extend((c == '_').then_some(' ')),
            c if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out.trim().to_owned()
}

/// The name of a column or parameter as a person says it: `due_on` → `due date`, `member_ids` → `member IDs`.
pub(crate) fn field_words(name: &str) -> String {
    let mut words = words(name);
    let many = words.len() > 1;
    match words.last_mut() {
        Some(last) if many && last == "on" => *last = "date".to_owned(),
        Some(last) if many && last == "at" => *last = "time".to_owned(),
        _ => {}
    }
    for word in &mut words {
        match word.as_str() {
            "id" | "isbn" | "url" | "ip" | "api" | "ssh" | "sku" | "vat" | "dns" | "uri" | "iban" => *word = word.to_uppercase(),
            "ids" | "urls" | "ips" => *word = format!("{}s", word[..word.len() - 1].to_uppercase()),
            _ => {}
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_become_requests() {
        let cases = [
            ("Create an issue in a repository.", "create an issue in a repository"),
            ("Creates a new hold on a book. The member must be active.", "create a new hold on a book"),
            ("<p>Describes one or more of your VPCs.</p>", "describe one or more of my VPCs"),
            ("Gets the specified project.", "get the project"),
            ("Cancel a pending order; the refund goes back", "cancel a pending order"),
            ("Lists the `labels` for a repository, sorted", "list the labels for a repository"),
            ("Applies a tag", "apply a tag"),
            ("Reserve a book of which every copy is out.", "reserve a book"),
        ];
        for (description, expected) in cases {
            assert_eq!(from_description(description).as_deref(), Some(expected));
        }
        assert_eq!(from_description("The pet that needs to be updated"), None);
        assert_eq!(from_name("issues_list_for_repo"), "list the issues for repo");
        assert_eq!(from_name("frobnicate"), "use frobnicate");
    }

    #[test]
    fn singulars() {
        for (many, one) in [("loans", "loan"), ("categories", "category"), ("boxes", "box"), ("addresses", "address"), ("status", "status")]
        {
            assert_eq!(singular(many), one);
        }
        assert_eq!(entity("order_items"), "order item");
        assert_eq!(["due_on", "member_ids", "isbn", "on"].map(field_words), ["due date", "member IDs", "ISBN", "on"]);
    }
}
