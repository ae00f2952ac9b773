//! Tools, edges, domains and packs of the made-up run.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::catalog::Origin;
use wardian_format::graph::{Domain, Edge, EdgeKind};
use wardian_format::limits::Profile;
use wardian_format::pack::{Effect, Provenance, Role, Statements};
use wardian_format::{CatalogTool, Digest, Digests, Manifest, Rng, ToolSpec};
use wardian_report::{LeftOut, PackInfo, TableInfo};

/// Title; API; resources, each the child of the one before it.
const DOMAINS: [(&str, &str, &[&str]); 26] = [
    ("Issue tracking", "github", &["repos", "issues", "labels", "comments"]),
    ("Pull requests", "github", &["pulls", "reviews", "review_comments"]),
    ("Releases and tags", "github", &["releases", "assets"]),
    ("Actions workflows", "github", &["workflows", "runs", "jobs"]),
    ("Repository secrets", "github", &["environments", "secrets"]),
    ("Teams and members", "github", &["orgs", "teams", "members"]),
    ("Git data", "github", &["trees", "blobs", "refs"]),
    ("Calendar events", "google", &["calendars", "events", "acl"]),
    ("Mail and threads", "google", &["threads", "messages", "drafts"]),
    ("Drive files", "google", &["drives", "files", "permissions"]),
    ("Task lists", "google", &["tasklists", "tasks"]),
    ("Contacts", "google", &["people", "contact_groups"]),
    ("Spreadsheets", "google", &["spreadsheets", "sheets"]),
    ("Classroom", "google", &["courses", "course_work", "submissions"]),
    ("Cloud compute", "aws", &["instances", "volumes", "snapshots"]),
    ("Object storage", "aws", &["buckets", "objects"]),
    ("Queues and topics", "aws", &["queues", "queue_messages", "topics"]),
    ("Functions", "aws", &["functions", "versions", "aliases"]),
    ("Identity and access", "aws", &["users", "groups", "policies"]),
    ("Container clusters", "aws", &["clusters", "services", "container_tasks"]),
    ("Alarms and metrics", "aws", &["alarms", "metrics"]),
    ("DNS zones", "aws", &["zones", "record_sets"]),
    ("Tables and items", "aws", &["tables", "items", "backups"]),
    ("Certificates", "aws", &["certificates"]),
    ("Secrets manager", "aws", &["vault_secrets", "rotations"]),
    ("Streams", "aws", &["streams", "consumers"]),
];

/// Tools, edges, domains.
pub(crate) fn graph() -> (Vec<CatalogTool>, Vec<Edge>, Vec<Domain>) {
    let (mut tools, mut edges, mut domains) = (Vec::new(), Vec::new(), Vec::new());
    let mut rng = Rng::of(3, &["graph"]);
    for (title, api, resources) in DOMAINS {
        let first = tools.len();
        for (depth, resource) in resources.iter().enumerate() {
            let parent = depth.checked_sub(1).map(|d| resources[d]);
            tools.extend(verbs(resource).iter().map(|verb| tool(api, resource, parent, verb)));
            edges.extend(dependencies(api, resource, parent));
        }
        let ids: Vec<String> = tools[first..].iter().map(|t| t.id.clone()).collect();
        for _ in 0..ids.len() * 2 {
            edges.push(similar(&ids[rng.below(ids.len())], &ids[rng.below(ids.len())], &mut rng));
        }
        let other = rng.below(tools.len());
        edges.push(similar(&ids[0], &tools[other].id.clone(), &mut rng));
        domains.push(Domain {
            name: title.to_lowercase().replace(' ', "-"),
            title: title.into(),
            description: format!("Tools around {}.", resources.join(", ")),
            terms: resources.iter().map(|r| singular(r)).chain(["owner".into(), "state".into()]).collect(),
            tools: ids,
        });
    }
    let known: BTreeSet<&str> = tools.iter().map(|t: &CatalogTool| t.id.as_str()).collect();
    edges.retain(|e: &Edge| e.from != e.to && known.contains(e.from.as_str()) && known.contains(e.to.as_str()));
    edges.sort_by(|a, b| (&a.from, &a.to, a.kind).cmp(&(&b.from, &b.to, b.kind)));
    edges.dedup_by(|a, b| a.from == b.from && a.to == b.to && a.kind == b.kind);
    (tools, edges, domains)
}

/// One pack a domain, but for the last two; a few tools left out.
pub(crate) fn packs(tools: &[CatalogTool], domains: &[Domain]) -> Vec<PackInfo> {
    domains[..domains.len() - 2].iter().enumerate().map(|(index, domain)| pack(tools, domain, index)).collect()
}

fn pack(tools: &[CatalogTool], domain: &Domain, index: usize) -> PackInfo {
    let (_, _, resources) = DOMAINS[index];
    let left: Vec<LeftOut> = tools
        .iter()
        .filter(|t| domain.tools.contains(&t.id) && t.name.ends_with("_search") && index.is_multiple_of(3))
        .map(|t| LeftOut {
            tool: t.name.clone(),
            catalog_id: Some(t.id.clone()),
            reason: "reversing unordered selects changes the result: the description states no order for the hits".into(),
        })
        .collect();
    let specs = tools.iter().filter(|t| domain.tools.contains(&t.id) && left.iter().all(|l| l.catalog_id.as_ref() != Some(&t.id)));
    let digest = |what: &str| Digest::of(format!("{what} {}", domain.name).as_bytes());
    PackInfo {
        manifest: Manifest {
            format: 1,
            name: domain.name.clone(),
            title: domain.title.clone(),
            description: format!("A small world of {}, with data that fits together.", resources.join(", ")),
            now: "2026-03-02T09:00:00Z".into(),
            profile: Profile::Sql,
            tools: specs.map(spec).collect(),
            links: Vec::new(),
            after: Vec::new(),
            guests: Vec::new(),
            errors: Vec::new(),
            order: Vec::new(),
            ungraded: Vec::new(),
            initial: Digests { full: digest("full"), graded: digest("graded") },
            provenance: Provenance {
                compiler: "wardian 0.1.0".into(),
                sqlite: "3.54.1".into(),
                author: "rules".into(),
                license: "MIT".into(),
                sources: Vec::new(),
            },
        },
        digest: digest("file"),
        bytes: 31_000 + 7_919 * index as u64,
        tables: resources.iter().enumerate().map(|(i, r)| table(r, 8 + 13 * i as u64)).collect(),
        left_out: left,
        tasks: 14 + index % 9,
    }
}

fn table(resource: &str, rows: u64) -> TableInfo {
    let columns = ["id", "name", "state", "created_at", "updated_at"].map(str::to_owned).to_vec();
    TableInfo { name: resource.into(), rows, columns }
}

fn spec(tool: &CatalogTool) -> ToolSpec {
    let reads = ["_list", "_get", "_search"].iter().any(|end| tool.name.ends_with(end));
    ToolSpec {
        name: tool.name.clone(),
        export: tool.name.replace('_', "-"),
        description: tool.description.clone(),
        parameters: tool.parameters.to_value(),
        returns: tool.returns.as_ref().map(wardian_format::Schema::to_value),
        effect: if reads { Effect::Read } else { Effect::Write },
        role: Role::Agent,
        statements: Statements::Closed { sql: vec!["SELECT 1".into()] },
        refs: Vec::new(),
        yields: Vec::new(),
        guest: None,
        catalog_id: Some(tool.id.clone()),
    }
}

fn verbs(resource: &str) -> &'static [&'static str] {
    match resource {
        "issues" => &["list", "get", "create", "update", "lock", "unlock", "add_labels", "search"],
        "events" | "files" | "messages" => &["list", "get", "create", "update", "delete", "move", "search"],
        "instances" | "runs" => &["list", "get", "create", "start", "stop", "cancel"],
        "rotations" | "metrics" | "acl" => &["list", "get"],
        _ => &["list", "get", "create", "update", "delete"],
    }
}

fn singular(resource: &str) -> String {
    resource.strip_suffix('s').unwrap_or(resource).to_owned()
}

fn tool(api: &str, resource: &str, parent: Option<&str>, verb: &str) -> CatalogTool {
    let one = singular(resource);
    let collection = matches!(verb, "list" | "create" | "search");
    let mut properties = serde_json::Map::new();
    let mut required = Vec::new();
    let mut path = String::new();
    if let Some(parent) = parent {
        let key = format!("{}_id", singular(parent));
        path.push_str(&format!("/{parent}/{{{key}}}"));
        properties.insert(key.clone(), json!({"type": "string", "description": format!("Id of the {} it belongs to.", singular(parent))}));
        required.push(key);
    }
    path.push_str(&format!("/{resource}"));
    if !collection {
        let key = format!("{one}_id");
        path.push_str(&format!("/{{{key}}}"));
        properties.insert(key.clone(), json!({"type": "string", "description": format!("Id of the {one}.")}));
        required.push(key);
    }
    body(verb, &one, &mut properties, &mut required);
    let item = returned(&one);
    CatalogTool {
        id: format!("{api}/{api}/{resource}_{verb}"),
        name: format!("{resource}_{verb}"),
        description: format!("{} {} {one}{}.", sentence(verb), article(verb), if collection { " collection" } else { "" }),
        parameters: json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties}).into(),
        returns: Some(if matches!(verb, "list" | "search") { json!({"type": "array", "items": item}) } else { item }.into()),
        origin: Origin {
            source: if api == "github" { "openapi" } else { api }.into(),
            provider: format!("{api}.com"),
            service: api.into(),
            license: Some(if api == "github" { "MIT" } else { "Apache-2.0" }.into()),
            method: Some(method(verb).into()),
            path: Some(path),
            ..Origin::default()
        },
    }
}

fn body(verb: &str, one: &str, properties: &mut serde_json::Map<String, Value>, required: &mut Vec<String>) {
    let mut add = |name: &str, schema: Value| properties.insert(name.to_owned(), schema);
    match verb {
        "list" | "search" => {
            add("per_page", json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 30, "description": "Results a page."}));
            add("state", json!({"enum": ["open", "closed", "all"], "default": "open", "description": "Only those in this state."}));
        }
        "create" | "update" => {
            add("title", json!({"type": "string", "description": format!("What the {one} is called.")}));
            add("body", json!({"type": ["string", "null"], "description": "Text in Markdown."}));
            add("labels", json!({"type": "array", "items": {"type": "string"}, "description": "Names of labels."}));
            if verb == "create" {
                required.push("title".into());
            }
        }
        _ => {}
    }
}

fn returned(one: &str) -> Value {
    json!({"type": "object", "required": ["id", "state"], "properties": {
        "id": {"type": "string", "description": format!("Id of the {one}.")},
        "title": {"type": "string"}, "state": {"enum": ["open", "closed"]},
        "created_at": {"type": "string", "format": "date-time"},
        "owner": {"type": "object", "properties": {"login": {"type": "string"}, "id": {"type": "integer"}}},
        "labels": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}, "color": {"type": "string"}}}}}})
}

fn method(verb: &str) -> &'static str {
    match verb {
        "list" | "get" | "search" => "GET",
        "delete" => "DELETE",
        "update" => "PATCH",
        "lock" | "unlock" => "PUT",
        _ => "POST",
    }
}

fn sentence(verb: &str) -> String {
    let words = verb.replace('_', " ");
    format!("{}{}", words[..1].to_uppercase(), &words[1..])
}

fn article(verb: &str) -> &'static str {
    if matches!(verb, "list" | "search") { "the" } else { "a" }
}

fn dependencies(api: &str, resource: &str, parent: Option<&str>) -> Vec<Edge> {
    let id = |resource: &str, verb: &str| format!("{api}/{api}/{resource}_{verb}");
    let edge = |from: String, to: String, key: String| Edge { from, to, kind: EdgeKind::Dependency, weight: 1_000_000, why: vec![key] };
    let one = singular(resource);
    let mut out = Vec::new();
    for verb in verbs(resource).iter().filter(|v| !matches!(**v, "list" | "create" | "search")) {
        out.push(edge(id(resource, "list"), id(resource, verb), format!("{one}.id")));
        if *verb == "update" || *verb == "add_labels" {
            out.push(edge(id(resource, "create"), id(resource, verb), format!("{one}.id")));
        }
    }
    if let Some(parent) = parent {
        for verb in ["list", "create"] {
            out.push(edge(id(parent, "list"), id(resource, verb), format!("{}.id", singular(parent))));
        }
    }
    out
}

fn similar(a: &str, b: &str, rng: &mut Rng) -> Edge {
    let (from, to) = if a < b { (a, b) } else { (b, a) };
    let why = vec!["state".to_owned(), "per_page".to_owned(), "title".to_owned()];
    Edge { from: from.into(), to: to.into(), kind: EdgeKind::Similar, weight: 300_000 + rng.below(600_000) as u32, why }
}
