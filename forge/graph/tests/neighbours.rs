//! Nearest neighbours against the definition: every pair of tools, one by one.

use serde_json::json;
use std::collections::BTreeMap;
use wardian_format::graph::{EdgeKind, EmbeddingSettings};
use wardian_format::{CatalogTool, Digest, Rng};
use wardian_graph::{Explainer, GraphOptions, Meaning, build, build_with};

/// Tools with parameters drawn from few common and many rare words.
fn random_tools(count: usize, rng: &mut Rng) -> Vec<CatalogTool> {
    let tool = |i: usize, rng: &mut Rng| {
        let words = 2 + rng.below(5);
        let word = |rng: &mut Rng| if rng.chance(50) { format!("common{}", rng.below(6)) } else { format!("rare{}", rng.below(90)) };
        let parameters: BTreeMap<String, _> = (0..words).map(|_| (word(rng), json!({"type": "string"}))).collect();
        serde_json::from_value(json!({"id": format!("p/s/{i:04}"), "name": format!("get_{}", word(rng)), "description": "", "parameters":
            {"type": "object", "properties": parameters}, "origin": {"source": "test", "provider": "p", "service": "s"}}))
        .expect("a tool")
    };
    (0..count).map(|i| tool(i, rng)).collect()
}

/// Mutual pairs among the nearest neighbours, from the similarity of all pairs.
fn expected(tools: &[CatalogTool], options: &GraphOptions, similarity: impl Fn(usize, usize) -> u32) -> Vec<(String, String, u32)> {
    let nearest: Vec<Vec<(u32, usize)>> = (0..tools.len())
        .map(|a| {
            let mut all: Vec<(u32, usize)> = (0..tools.len()).filter(|&b| b != a).map(|b| (similarity(a, b), b)).collect();
            all.retain(|&(weight, _)| weight >= options.similarity_min);
            all.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
            all
        })
        .collect();
    let among = |a: usize, b: usize| nearest[a].iter().take(options.neighbours).any(|&(_, other)| other == b);
    let mut out = Vec::new();
    for a in 0..tools.len() {
        for b in (a + 1..tools.len()).filter(|&b| among(a, b) && among(b, a)) {
            out.push((tools[a].id.clone(), tools[b].id.clone(), similarity(a, b)));
        }
    }
    out
}

fn similar(graph: &wardian_graph::ToolGraph) -> Vec<(String, String, u32)> {
    let edges = graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Similar);
    edges.map(|edge| (edge.from.clone(), edge.to.clone(), edge.weight)).collect()
}

#[test]
fn neighbours_are_those_of_all_pairs() {
    for seed in 0..12 {
        let mut rng = Rng::of(seed, &["neighbours"]);
        let tools = random_tools(220, &mut rng);
        let options = GraphOptions { neighbours: 1 + seed as usize, ..GraphOptions::default() };
        let explainer = Explainer::new(&tools, false);
        let similarity = |a: usize, b: usize| explainer.explain(&tools[a].id, &tools[b].id).expect("both are there").weight;
        let expected = expected(&tools, &options, similarity);
        let found = similar(&build(&tools, &options));
        // Two tools whose weights round to the same millionth may stand in another order than their exact dot products.
        let missing = expected.iter().filter(|pair| !found.contains(pair)).count();
        assert!(
            expected.len() > 40 && missing * 100 <= expected.len() && found.len().abs_diff(expected.len()) * 100 <= expected.len(),
            "seed {seed}: {missing} of {} missing, {} found",
            expected.len(),
            found.len()
        );
    }
}

#[test]
fn embeddings_have_their_share() {
    let mut rng = Rng::of(7, &["blended"]);
    let tools = random_tools(60, &mut rng);
    let matrix: Vec<Vec<u32>> = (0..60).map(|_| (0..60).map(|_| rng.below(1_000_001) as u32).collect()).collect();
    let cosine = |a: u32, b: u32| matrix[a.min(b) as usize][a.max(b) as usize];
    let nearest: Vec<Vec<(u32, u32)>> = (0..60).map(|a| (0..60).filter(|&b| b != a).map(|b| (b, cosine(a, b))).collect()).collect();
    let settings = EmbeddingSettings { model: "test".to_owned(), digest: Digest::of(b"test"), share_percent: 30 };
    let meaning = Meaning { settings: settings.clone(), nearest: &nearest, cosine: &cosine };
    let options = GraphOptions { neighbours: 5, ..GraphOptions::default() };
    let explainer = Explainer::new(&tools, false);
    let words = |a: usize, b: usize| u64::from(explainer.explain(&tools[a].id, &tools[b].id).expect("both are there").weight);
    let both = |a: usize, b: usize| ((words(a, b) * 70 + u64::from(cosine(a as u32, b as u32)) * 30) / 100) as u32;
    let graph = build_with(&tools, &options, Some(&meaning));
    assert_eq!(similar(&graph), expected(&tools, &options, both));
    assert_eq!(graph.stats.settings.embeddings, Some(settings));
    assert_ne!(similar(&graph), similar(&build(&tools, &options)));
}
