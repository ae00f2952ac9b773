//! The graph of the catalogue that ships with the project.

use std::collections::{BTreeMap, BTreeSet};
use wardian_catalog::{ImportOptions, embedded, import};
use wardian_format::CatalogTool;
use wardian_format::graph::EdgeKind;
use wardian_graph::{Explainer, GraphOptions, ToolGraph, build};

fn tools() -> Vec<CatalogTool> {
    import(&embedded(), &ImportOptions::default()).tools
}

/// As the demo builds it: small domains for a small catalogue.
fn options() -> GraphOptions {
    GraphOptions { size_max: 40, ..GraphOptions::default() }
}

fn graph() -> ToolGraph {
    build(&tools(), &options())
}

fn bytes(graph: &ToolGraph) -> String {
    serde_json::to_string(&(&graph.edges, &graph.domains, &graph.unplaced, &graph.stats)).expect("serializes")
}

#[test]
fn same_bytes_for_any_order_and_any_number_of_threads() {
    let tools = tools();
    let expected = bytes(&build(&tools, &options()));
    let mut shuffled = tools.clone();
    wardian_format::Rng::of(7, &["order"]).shuffle(&mut shuffled);
    assert_ne!(shuffled, tools);
    assert_eq!(bytes(&build(&shuffled, &options())), expected);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        assert_eq!(pool.install(|| bytes(&build(&tools, &options()))), expected, "{threads} threads");
    }
}

#[test]
fn labels_do_not_shape_the_domains() {
    let tools = tools();
    let renamed: Vec<CatalogTool> = tools
        .iter()
        .map(|tool| {
            let mut tool = tool.clone();
            tool.origin.tags.clear();
            tool.origin.source = "x".to_owned();
            tool.origin.license = None;
            tool.origin.path = None;
            tool.origin.method = None;
            tool
        })
        .collect();
    let groups = |tools: &[CatalogTool]| build(tools, &options()).domains.into_iter().map(|domain| domain.tools).collect::<BTreeSet<_>>();
    assert_eq!(groups(&renamed), groups(&tools));
}

#[test]
fn domains_have_useful_sizes_and_own_each_tool_once() {
    let graph = graph();
    let options = self::options();
    assert!((12..=25).contains(&graph.domains.len()), "{}", graph.domains.len());
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for domain in &graph.domains {
        assert!((options.size_min..=options.size_max).contains(&domain.tools.len()), "{} {}", domain.name, domain.tools.len());
        assert!(domain.tools.is_sorted() && !domain.title.is_empty() && domain.description.ends_with(")."));
        assert!(domain.name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{}", domain.name);
        domain.tools.iter().for_each(|tool| *owners.entry(tool).or_default() += 1);
    }
    assert!(owners.values().all(|&count| count == 1));
    assert_eq!(owners.len() + graph.unplaced.len(), graph.stats.tools);
    let names: BTreeSet<&str> = graph.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names.len(), graph.domains.len());
}

/// What a person would expect to find together.
#[test]
fn domains_are_what_a_person_expects() {
    let graph = graph();
    let home = |id: &str| graph.domains.iter().position(|domain| domain.tools.iter().any(|tool| tool == id)).expect(id);
    for together in [
        ["googleapis.com/tasks/insert_task", "googleapis.com/tasks/list_tasks", "googleapis.com/tasks/move_task"],
        ["googleapis.com/calendar/insert_event", "googleapis.com/calendar/get_event", "googleapis.com/calendar/list_events"],
        ["github.com/rest/create_gist", "github.com/rest/create_gist_comment", "github.com/rest/list_gists"],
        ["github.com/rest/create_issue_label", "github.com/rest/get_issue_label", "github.com/rest/set_issue_labels"],
        ["amazonaws.com/sqs/create_queue", "amazonaws.com/sqs/send_message", "amazonaws.com/sqs/receive_message"],
        ["amazonaws.com/mturk/create_hit", "amazonaws.com/mturk/get_hit", "amazonaws.com/mturk/list_hits"],
    ] {
        assert!(together.iter().all(|id| home(id) == home(together[0])), "{together:?}");
    }
    assert_ne!(home("googleapis.com/tasks/insert_task"), home("amazonaws.com/sqs/create_queue"));
    assert!(graph.stats.modularity > 0.85, "{}", graph.stats.modularity);
}

#[test]
fn similarity_edges_are_mutual_bounded_and_explained() {
    let graph = graph();
    let options = self::options();
    let tools = tools();
    let explainer = Explainer::new(&tools, false);
    let mut degree: BTreeMap<&str, usize> = BTreeMap::new();
    let similar: Vec<_> = graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Similar).collect();
    assert_eq!(similar.len(), graph.stats.edges_similar);
    for edge in &similar {
        assert!(edge.from < edge.to && edge.weight >= options.similarity_min && edge.weight <= 1_000_000 && !edge.why.is_empty());
        *degree.entry(&edge.from).or_default() += 1;
        *degree.entry(&edge.to).or_default() += 1;
        let explanation = explainer.explain(&edge.from, &edge.to).expect("both are in the graph");
        assert_eq!(explanation, explainer.explain(&edge.to, &edge.from).expect("both are in the graph"));
        assert_eq!(explanation.weight, edge.weight);
        let sum: u32 = explanation.shares.iter().map(|share| share.1).sum();
        assert!(sum <= edge.weight && sum + explanation.shares.len() as u32 + 1 >= edge.weight, "{edge:?}");
        assert!(edge.why.iter().eq(explanation.shares.iter().take(5).map(|share| &share.0)));
    }
    // Both sides must have each other among ten neighbours, so nobody has more than ten: no hubs.
    assert!(degree.values().all(|&count| count <= options.neighbours), "{degree:?}");
    assert_eq!(explainer.explain("nobody", &graph.edges[0].from), None);
}

#[test]
fn dependencies_say_which_key_meets() {
    let graph = graph();
    let edge =
        |from: &str, to: &str| graph.edges.iter().find(|edge| edge.kind == EdgeKind::Dependency && edge.from == from && edge.to == to);
    for (from, to, key) in [
        ("github.com/rest/create_issue", "github.com/rest/lock_issue", "issue|number: number → issue_number"),
        ("github.com/rest/create_gist", "github.com/rest/star_gist", "gist|id: id → gist_id"),
        ("amazonaws.com/sqs/create_queue", "amazonaws.com/sqs/send_message", "queue|url: QueueUrl → QueueUrl"),
        ("amazonaws.com/sqs/receive_message", "amazonaws.com/sqs/delete_message", "receipt|handle: Messages.ReceiptHandle → ReceiptHandle"),
        ("googleapis.com/classroom/create_course", "googleapis.com/classroom/create_topic", "course|id: id → courseId"),
        ("googleapis.com/tasks/insert_tasklist", "googleapis.com/tasks/insert_task", "tasklist|id: id → tasklist"),
        ("github.com/rest/list_org_members", "github.com/rest/get_team_membership_for_user_in_org", "user|name: login → username"),
        ("amazonaws.com/mturk/create_hit", "amazonaws.com/mturk/get_hit", "hit|id: HIT.HITId → HITId"),
    ] {
        let found = edge(from, to).unwrap_or_else(|| panic!("{from} → {to}"));
        assert!(found.why.iter().any(|why| why == key), "{:?}", found.why);
    }
    for edge in graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Dependency) {
        assert!(edge.from != edge.to && (edge.weight == 1_000_000 || edge.weight == 500_000 || edge.weight == 333_333), "{edge:?}");
    }
}

#[test]
fn petgraph_view_holds_the_same_edges() {
    let graph = graph();
    assert_eq!((graph.graph().node_count(), graph.graph().edge_count()), (graph.stats.tools, graph.edges.len()));
    let ids: Vec<&String> = graph.graph().node_weights().collect();
    assert!(ids.is_sorted());
}

#[test]
fn the_papers_graph_is_denser_and_joins_across_apis() {
    let graph = build(&tools(), &GraphOptions { paper: true, ..options() });
    assert!(
        graph.stats.edges_similar > 0 && graph.edges.iter().filter(|edge| edge.kind == EdgeKind::Similar).all(|edge| edge.weight > 900_000)
    );
}

#[test]
fn small_and_empty_catalogues() {
    let none = build(&[], &options());
    assert_eq!((none.stats.tools, none.domains.len(), none.edges.len()), (0, 0, 0));
    let one = build(&tools()[..1], &options());
    assert_eq!((one.domains.len(), one.unplaced.len()), (0, 1));
    let few = build(&tools()[..3], &options());
    assert_eq!(few.domains.iter().map(|domain| domain.tools.len()).sum::<usize>() + few.unplaced.len(), 3);
}
