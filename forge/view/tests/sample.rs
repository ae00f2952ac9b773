//! Graphs to look at: random ones, a hostile one, and the catalogue that ships with Wardian.

use serde_json::json;
use wardian_catalog::{Document, ImportOptions, embedded as embedded_documents, import};
use wardian_format::CatalogTool;
use wardian_format::Rng;
use wardian_format::catalog::Origin;
use wardian_format::graph::{Domain, Edge, EdgeKind, GraphSettings, GraphStats};
use wardian_graph::{GraphOptions, build};
use wardian_view::Indexed;

/// Text that wants to be markup, in every syntax that is written.
pub(crate) const HOSTILE: &str =
    "</script><img src=x onerror=alert(1)>\" ' & ]]> <!-- \\N \\\" `\n\t\u{0}\u{202e}\u{2028}\u{fffe}--> {title}";

pub(crate) struct Sample {
    pub(crate) tools: Vec<CatalogTool>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) domains: Vec<Domain>,
    pub(crate) built: GraphStats,
}

impl Sample {
    pub(crate) fn new(tools: Vec<CatalogTool>, edges: Vec<Edge>, domains: Vec<Domain>) -> Self {
        let similar = edges.iter().filter(|e| e.kind == EdgeKind::Similar).count();
        let built = GraphStats {
            tools: tools.len(),
            edges_similar: similar,
            edges_dependency: edges.len() - similar,
            domains: domains.len(),
            modularity: 0.5,
            settings: GraphSettings::default(),
        };
        Self { tools, edges, domains, built }
    }

    pub(crate) fn graph(&self) -> Indexed<'_> {
        Indexed::new(&self.tools, &self.edges, &self.domains).expect("the sample fits together")
    }
}

pub(crate) fn tool(id: &str, provider: &str) -> CatalogTool {
    CatalogTool {
        id: id.to_owned(),
        name: id.rsplit('/').next().unwrap_or_default().to_owned(),
        description: format!("What {id} does."),
        parameters: json!({"type": "object", "properties": {"q": {"type": "string", "description": "Words."}}, "required": ["q"]}).into(),
        returns: Some(json!({"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}).into()),
        origin: Origin {
            source: "jsonl".to_owned(),
            provider: provider.to_owned(),
            service: "s".to_owned(),
            method: Some("GET".to_owned()),
            ..Origin::default()
        },
    }
}

/// A graph of up to 60 tools; some are in no domain, some domains are empty, some pairs have both kinds of edge.
pub(crate) fn random(seed: u64) -> Sample {
    let mut numbers = Rng::of(seed, &["view"]);
    let count = 1 + numbers.below(60);
    let id = |i: usize| format!("p{}/s/tool_{i:03}", i % 4);
    let tools: Vec<CatalogTool> = (0..count).map(|i| tool(&id(i), &format!("p{}", i % 4))).collect();
    let parts = 1 + numbers.below(6);
    let mut domains: Vec<Domain> = (0..parts).map(|d| domain(&format!("domain-{d}"), Vec::new())).collect();
    for tool in &tools {
        let part = numbers.below(parts + 1);
        if part < parts {
            domains[part].tools.push(tool.id.clone());
        }
    }
    let mut edges = Vec::new();
    for a in 0..count {
        for b in 0..count {
            let dice = numbers.below(20);
            if a < b && dice < 2 {
                let weight = 1 + numbers.below(1_000_000) as u32;
                edges.push(Edge {
                    from: id(a),
                    to: id(b),
                    kind: EdgeKind::Similar,
                    weight,
                    why: vec![format!("f{a}"), format!("name:{b}")],
                });
            }
            if a != b && dice == 7 {
                let weight = 1_000_000 / (1 + numbers.below(3) as u32);
                edges.push(Edge {
                    from: id(a),
                    to: id(b),
                    kind: EdgeKind::Dependency,
                    weight,
                    why: vec![format!("thing|id: items.id → q{a}")],
                });
            }
        }
    }
    Sample::new(tools, edges, domains)
}

pub(crate) fn domain(name: &str, tools: Vec<String>) -> Domain {
    Domain {
        name: name.to_owned(),
        title: name.to_uppercase(),
        description: format!("About {name}."),
        terms: vec![format!("term of {name}")],
        tools,
    }
}

/// A graph in which every text is hostile.
pub(crate) fn hostile() -> Sample {
    let mut tools: Vec<CatalogTool> = ["a", "b"].map(|name| tool(&format!("{name}/{HOSTILE}"), HOSTILE)).into();
    for tool in &mut tools {
        HOSTILE.clone_into(&mut tool.name);
        HOSTILE.clone_into(&mut tool.description);
        let schema = json!({"type": "object", "properties": {HOSTILE: {"type": HOSTILE, "format": HOSTILE, "description": HOSTILE, "enum": [HOSTILE]}}});
        tool.parameters = schema.clone().into();
        tool.returns = Some(schema.into());
        tool.origin = Origin {
            source: HOSTILE.to_owned(),
            provider: HOSTILE.to_owned(),
            service: HOSTILE.to_owned(),
            license: Some(HOSTILE.to_owned()),
            method: Some(HOSTILE.to_owned()),
            path: Some(HOSTILE.to_owned()),
            returns_schema: Some(HOSTILE.to_owned()),
            ..Origin::default()
        };
    }
    let edge = |kind| Edge { from: tools[0].id.clone(), to: tools[1].id.clone(), kind, weight: 1_000_000, why: vec![HOSTILE.to_owned()] };
    let edges = vec![edge(EdgeKind::Similar), edge(EdgeKind::Dependency)];
    let texts = [HOSTILE; 3].map(str::to_owned);
    let [name, title, description] = texts;
    let domains =
        vec![Domain { name, title, description, terms: vec![HOSTILE.to_owned()], tools: tools.iter().map(|t| t.id.clone()).collect() }];
    Sample::new(tools, edges, domains)
}

/// The graph of what `documents` describe, as the other commands build it.
pub(crate) fn built(documents: &[Document]) -> Sample {
    let tools = import(documents, &ImportOptions::default()).tools;
    let graph = build(&tools, &GraphOptions::default());
    Sample { edges: graph.edges, domains: graph.domains, built: graph.stats, tools }
}

/// The graph of the catalogue that ships with Wardian.
pub(crate) fn embedded() -> Sample {
    built(&embedded_documents())
}
