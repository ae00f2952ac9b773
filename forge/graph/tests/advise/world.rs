//! A small graph: two kinds of tools in one domain, and a second domain.

use serde_json::{Value, json};
use wardian_format::CatalogTool;
use wardian_format::catalog::Origin;
use wardian_format::graph::{Domain, Edge, EdgeKind};
use wardian_graph::advise::{AdviceOptions, Advised, Answer, Question, Questions, apply, questions};

pub(crate) struct World {
    pub(crate) tools: Vec<CatalogTool>,
    pub(crate) domains: Vec<Domain>,
    pub(crate) edges: Vec<Edge>,
}

pub(crate) fn tool(id: &str, parameters: Value, returns: Value) -> CatalogTool {
    CatalogTool {
        id: id.to_owned(),
        name: id.rsplit('/').next().unwrap_or(id).to_owned(),
        description: format!("About {id}."),
        parameters: parameters.into(),
        returns: (!returns.is_null()).then(|| returns.into()),
        origin: Origin::default(),
    }
}

pub(crate) fn domain(name: &str, tools: &[&str]) -> Domain {
    Domain {
        name: name.to_owned(),
        title: format!("The {name}"),
        description: "By rules.".to_owned(),
        terms: vec!["issue".to_owned(), "zone".to_owned()],
        tools: tools.iter().map(|id| (*id).to_owned()).collect(),
    }
}

pub(crate) fn edge(kind: EdgeKind, from: &str, to: &str, why: &str) -> Edge {
    Edge { from: from.to_owned(), to: to.to_owned(), kind, weight: 1_000_000, why: vec![why.to_owned()] }
}

/// Five tools about issues (0–4) and five about zones (5–9) in `mixed`, one tool in `other`; four dependency edges in `mixed`.
pub(crate) fn world() -> World {
    let number = json!({"type": "integer"});
    let text = json!({"type": "string"});
    let takes_issue = json!({"type": "object", "properties": {"issue_number": number, "note": text}, "required": ["issue_number"]});
    let takes_zone = json!({"type": "object", "properties": {"zoneId": text}, "required": ["zoneId"]});
    let issue = json!({"type": "object", "properties": {"number": number, "title": text, "user": {"properties": {"id": number}}}});
    let zones = json!({"type": "object", "properties": {"zones": {"type": "array", "items": {"properties": {"id": text, "open": {"type": "boolean"}}}}}});
    let tools = vec![
        tool("a/create_issue", json!({"type": "object", "properties": {"title": text}}), issue.clone()),
        tool("a/get_issue", takes_issue.clone(), issue.clone()),
        tool("a/list_issues", json!({"type": "object"}), json!({"type": "array", "items": issue})),
        tool("a/lock_issue", takes_issue.clone(), Value::Null),
        tool("a/search_issues", json!({"type": "object"}), json!({"properties": {"items": {"type": "array", "items": issue}}})),
        tool("b/create_zone", json!({"type": "object"}), json!({"properties": {"zone": {"properties": {"id": text}}}})),
        tool("b/delete_zone", takes_zone.clone(), Value::Null),
        tool("b/get_zone", takes_zone.clone(), Value::Null),
        tool("b/list_zones", json!({"type": "object"}), zones),
        tool("b/update_zone", takes_zone, Value::Null),
        tool("c/noop", json!({"type": "object"}), Value::Null),
    ];
    let ids: Vec<&str> = tools[..10].iter().map(|tool| tool.id.as_str()).collect();
    let domains = vec![domain("mixed", &ids), domain("other", &["c/noop"])];
    let depends = |from, to, why| edge(EdgeKind::Dependency, from, to, why);
    let edges = vec![
        edge(EdgeKind::Similar, "a/get_issue", "a/lock_issue", "issue_number"),
        depends("a/create_issue", "a/get_issue", "issue|number: number → issue_number"),
        depends("a/create_issue", "a/lock_issue", "issue|number: number → issue_number"),
        depends("a/list_issues", "c/noop", "x|id: id → x"),
        depends("b/create_zone", "b/delete_zone", "zone|id: zone.id → zoneId"),
        depends("b/create_zone", "b/get_zone", "zone|id: zone.id → zoneId"),
    ];
    World { tools, domains, edges }
}

impl World {
    pub(crate) fn questions(&self, options: &AdviceOptions) -> Questions {
        questions(&self.tools, &self.domains, &self.edges, options)
    }

    /// The graph after these answers to the first questions; the others are not answered.
    pub(crate) fn after(&self, options: &AdviceOptions, answers: &[Value]) -> Advised {
        let answers: Vec<_> = answers.iter().map(|answer| Ok(Answer(answer.clone()))).collect();
        apply(&self.tools, self.domains.clone(), self.edges.clone(), &self.questions(options), &answers, "scripted", options)
    }
}

/// Only questions about names and kinds.
pub(crate) fn only_kinds() -> AdviceOptions {
    AdviceOptions { confirm: false, add: false, ..AdviceOptions::default() }
}

/// Only questions about edges.
pub(crate) fn only_edges() -> AdviceOptions {
    AdviceOptions { rename: false, split: false, ..AdviceOptions::default() }
}

/// The lines of data of a question.
pub(crate) fn data(question: &Question) -> Vec<Value> {
    let wardian_format::Message::User { content } = &question.request.messages[1] else { panic!("{question:?}") };
    let lines = content.strip_prefix("<data>\n").and_then(|text| text.strip_suffix("</data>")).expect("one block of data");
    lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}
