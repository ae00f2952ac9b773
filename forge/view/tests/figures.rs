//! Figures and the table of domains, against a slow count of the same.

use crate::sample::{Sample, embedded, random};
use wardian_format::graph::EdgeKind;
use wardian_view::{stats, table};

fn domain_of<'a>(sample: &'a Sample, id: &str) -> Option<&'a str> {
    sample.domains.iter().find(|d| d.tools.iter().any(|t| t == id)).map(|d| d.name.as_str())
}

/// The value that is least of those which at least `percent` of all do not exceed.
fn quantile(values: &[usize], percent: usize) -> usize {
    let mut fitting: Vec<usize> =
        values.iter().copied().filter(|v| values.iter().filter(|w| *w <= v).count() * 100 >= values.len() * percent).collect();
    fitting.sort_unstable();
    fitting.first().copied().unwrap_or(0)
}

fn check(sample: &Sample, seed: u64) {
    let found = stats(&sample.graph(), &sample.built);
    let placed = sample.tools.iter().filter(|t| domain_of(sample, &t.id).is_some()).count();
    assert_eq!((found.tools, found.placed, found.domains), (sample.tools.len(), placed, sample.domains.len()), "seed {seed}");
    let crosses = |e: &&wardian_format::graph::Edge| match (domain_of(sample, &e.from), domain_of(sample, &e.to)) {
        (Some(a), Some(b)) => a != b,
        _ => true,
    };
    for (kind, edges, cross) in [
        (EdgeKind::Similar, found.edges_similar, found.cross_similar),
        (EdgeKind::Dependency, found.edges_dependency, found.cross_dependency),
    ] {
        let of_kind = || sample.edges.iter().filter(|e| e.kind == kind);
        assert_eq!((edges, cross), (of_kind().count(), of_kind().filter(crosses).count()), "seed {seed}");
    }
    let feeds = |id: &str| sample.edges.iter().filter(|e| e.kind == EdgeKind::Dependency && e.from == id).count();
    let feeds: Vec<usize> = sample.tools.iter().map(|t| feeds(&t.id)).collect();
    let q = found.feeds.quantiles;
    let expected = [10, 50, 90, 99].map(|percent| quantile(&feeds, percent));
    assert_eq!([q.p10, q.p50, q.p90, q.p99], expected, "seed {seed}");
    assert_eq!((q.min, q.max), (feeds.iter().copied().min().unwrap_or(0), feeds.iter().copied().max().unwrap_or(0)), "seed {seed}");
    assert_eq!(found.feeds.none, feeds.iter().filter(|n| **n == 0).count(), "seed {seed}");
    assert_eq!(found.feeds.hubs.first().map_or(0, |h| h.edges), q.max, "seed {seed}");
    let counted: usize = found.size_classes.iter().map(|c| c.2).sum();
    assert_eq!(counted, sample.domains.iter().filter(|d| !d.tools.is_empty()).count(), "seed {seed}");
    let rows = table(&sample.graph(), "");
    assert_eq!(rows.len(), sample.domains.len());
    for row in &rows {
        let inside = |e: &&wardian_format::graph::Edge| {
            e.kind == EdgeKind::Dependency && domain_of(sample, &e.from) == Some(&row.name) && domain_of(sample, &e.to) == Some(&row.name)
        };
        assert_eq!(row.dependencies, sample.edges.iter().filter(inside).count(), "seed {seed}, {}", row.name);
        assert_eq!(row.providers.iter().map(|p| p.1).sum::<usize>(), row.tools);
    }
    assert!(rows.windows(2).all(|w| (w[1].tools, &w[0].name) <= (w[0].tools, &w[1].name) || w[1].tools < w[0].tools));
}

#[test]
fn figures_are_counted_right() {
    for seed in 0..60 {
        check(&random(seed), seed);
    }
}

#[test]
fn the_table_is_searched_by_words() {
    let sample = embedded();
    let graph = sample.graph();
    let named = |search: &str| table(&graph, search).into_iter().map(|row| row.name).collect::<Vec<_>>();
    assert_eq!(named("CALENDAR event").len(), 1, "{:?}", named("CALENDAR event"));
    assert!(named("calendar zzzz").is_empty());
    assert_eq!(named("").len(), sample.domains.len());
    // A word of a tool's id finds its domain.
    assert!(!named("create_issue").is_empty());
}
