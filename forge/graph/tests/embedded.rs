//! The graph of the catalogue that ships with the project.

use wardian_catalog::{ImportOptions, embedded, import};
use wardian_format::CatalogTool;
use wardian_graph::{GraphOptions, ToolGraph, build};

fn tools() -> Vec<CatalogTool> {
    import(&embedded(), &ImportOptions::default()).tools
}

fn bytes(graph: &ToolGraph) -> String {
    serde_json::to_string(&(&graph.edges, &graph.domains, &graph.unplaced, &graph.stats)).expect("serializes")
}

#[test]
fn same_bytes_for_any_order_and_any_number_of_threads() {
    let tools = tools();
    let expected = bytes(&build(&tools, &GraphOptions::default()));
    let mut shuffled = tools.clone();
    wardian_format::Rng::of(7, &["order"]).shuffle(&mut shuffled);
    assert_ne!(shuffled, tools);
    assert_eq!(bytes(&build(&shuffled, &GraphOptions::default())), expected);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        assert_eq!(pool.install(|| bytes(&build(&tools, &GraphOptions::default()))), expected, "{threads} threads");
    }
}
