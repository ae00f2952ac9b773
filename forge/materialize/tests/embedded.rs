//! The catalogue that ships with the project, materialized whole.

use std::collections::BTreeMap;
use std::path::Path;
use wardian_env::Runtime;
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_materialize::{Coverage, Materialized, Options, Stage, materialize};

#[expect(clippy::disallowed_methods, reason = "a test opens files")]
fn embedded() -> Vec<CatalogTool> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/apis");
    let mut paths: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").map(|f| f.expect("it can be read").path()).collect();
    paths.sort();
    let documents: Vec<wardian_catalog::Document> = paths
        .iter()
        .map(|p| {
            let name = p.file_name().and_then(|n| n.to_str()).expect("a plain name").to_owned();
            wardian_catalog::Document::new(name, std::fs::read(p).expect("it can be read"))
        })
        .collect();
    wardian_catalog::import(&documents, &wardian_catalog::ImportOptions::default()).tools
}

fn domain(name: &str, tools: &[CatalogTool], service: &str) -> Domain {
    let ids = tools.iter().filter(|t| t.origin.service == service).map(|t| t.id.clone()).collect();
    Domain { name: name.to_owned(), title: name.to_owned(), description: String::new(), terms: Vec::new(), tools: ids }
}

fn made(service: &str) -> Materialized {
    let tools = embedded();
    let runtime = Runtime::new().expect("the engine starts");
    materialize(&domain(service, &tools, service), &tools, &Options::default(), &runtime).expect("the host works")
}

#[test]
fn most_operations_of_the_embedded_catalogue_pass_their_self_checks() {
    let tools = embedded();
    let graph = wardian_graph::build(&tools, &wardian_graph::GraphOptions { size_max: 40, ..wardian_graph::GraphOptions::default() });
    let runtime = Runtime::new().expect("the engine starts");
    let (mut given, mut made) = (0, 0);
    let mut coverage = Coverage::default();
    let mut failed: BTreeMap<String, String> = BTreeMap::new();
    for domain in &graph.domains {
        let world = materialize(domain, &tools, &Options::default(), &runtime).expect("the host works");
        coverage.add(&world.report);
        given += world.report.tools_in;
        made += world.report.tools_out;
        assert_eq!(world.report.tools_in, world.report.tools_out + world.report.left_out.len(), "{}: every tool is in or out", domain.name);
        assert_eq!(world.report.self_checks.grounded, world.report.tools_out, "{}", domain.name);
        assert_eq!(world.report.self_checks.replayed, world.report.tools_out, "{}", domain.name);
        assert_eq!(world.report.self_checks.reversed, world.report.tools_out, "{}", domain.name);
        assert!(world.report.read_after_write.missed.is_empty(), "{}: {:#?}", domain.name, world.report.read_after_write.missed);
        assert_eq!(world.report.examples.len(), world.report.tools_out, "{}", domain.name);
        let not_rules = world.report.left_out.into_iter().filter(|l| l.stage != Stage::Rules);
        failed.extend(not_rules.map(|l| (l.tool, l.reason)));
    }
    assert_eq!(given, tools.len());
    assert!(made * 100 >= given * 85, "{made} of {given}; {failed:#?}");
    assert!(failed.len() * 50 <= given, "the rules promise what does not hold: {failed:#?}");
    let seen = &coverage.read_after_write;
    let by_class: usize = seen.by_class.values().map(|of| of.held).sum();
    assert_eq!(by_class, seen.held);
    assert!(seen.pairs >= 150 && seen.held * 100 >= seen.pairs * 90, "{seen:#?}");
    assert!(seen.blind * 4 <= seen.pairs, "most writers and readers of one table are pairs: {seen:#?}");
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (a, b) = (made("tasks"), made("tasks"));
    assert!(a.pack.is_some());
    assert_eq!(a.pack, b.pack);
    assert_eq!(a.sources, b.sources);
    assert_eq!(a.report, b.report);
}

#[test]
fn another_seed_gives_other_data_and_the_same_tools() {
    let tools = embedded();
    let runtime = Runtime::new().expect("the engine starts");
    let with = |seed| {
        materialize(&domain("tasks", &tools, "tasks"), &tools, &Options { seed, ..Options::default() }, &runtime).expect("the host works")
    };
    let (a, b) = (with(1), with(2));
    let file = |m: &Materialized, path: &str| m.sources.as_ref().and_then(|s| s.get(path).map(str::to_owned));
    assert_eq!(file(&a, "tools.sql"), file(&b, "tools.sql"));
    assert_eq!(file(&a, "schema.sql"), file(&b, "schema.sql"));
    assert_ne!(file(&a, "data/tasks.jsonl"), file(&b, "data/tasks.jsonl"));
}

#[test]
fn a_domain_without_tools_says_so() {
    let runtime = Runtime::new().expect("the engine starts");
    let nothing = materialize(&domain("empty", &[], "none"), &[], &Options::default(), &runtime).expect("the host works");
    assert!(nothing.pack.is_none() && nothing.sources.is_none());
    assert_eq!(nothing.report.no_pack.as_deref(), Some("the domain has no tools"));
}
