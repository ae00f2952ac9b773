//! What is followed, and what is refused.

use crate::world::{only_edges, only_kinds, world};
use serde_json::{Value, json};
use wardian_format::advice::{Renamed, Split};
use wardian_format::graph::EdgeKind;
use wardian_graph::advise::{AdviceOptions, Advised, apply};

fn named(title: &str, slug: &str) -> Value {
    json!({"title": title, "slug": slug, "description": "One sentence.", "parts": []})
}

fn part(slug: &str, tools: &[u64]) -> Value {
    json!({"title": format!("Part {slug}"), "slug": slug, "description": "One part.", "tools": tools})
}

fn split(parts: &[Value]) -> Value {
    json!({"title": "Mixture", "slug": "mixture", "description": "Two kinds.", "parts": parts})
}

fn names(advised: &Advised) -> Vec<&str> {
    advised.domains.iter().map(|domain| domain.name.as_str()).collect()
}

fn refused(advised: &Advised) -> Vec<(String, String)> {
    let unasked = |reason: &str| reason == "it was not asked";
    advised
        .report
        .refused
        .iter()
        .filter(|refused| !unasked(&refused.reason))
        .map(|refused| (refused.advice.clone(), refused.reason.clone()))
        .collect()
}

#[test]
fn domains_are_renamed() {
    let advised = world().after(&only_kinds(), &[named("Issue tracking", "issue-tracking"), named("Nothing at all", "nothing")]);
    assert_eq!(names(&advised), ["issue-tracking", "nothing"]);
    let first = &advised.domains[0];
    assert_eq!((first.title.as_str(), first.description.as_str(), first.tools.len()), ("Issue tracking", "One sentence.", 10));
    let renamed = Renamed {
        from: "mixed".to_owned(),
        to: "issue-tracking".to_owned(),
        title_from: "The mixed".to_owned(),
        title_to: "Issue tracking".to_owned(),
    };
    assert_eq!(advised.report.renamed[0], renamed);
    assert_eq!((advised.report.questions, advised.report.answered, refused(&advised).len()), (2, 2, 0));
    assert_eq!(advised.edges, world().edges);
}

#[test]
fn names_that_cannot_be_are_refused_piece_by_piece() {
    for (answer, advice, reason) in [
        (named("T", "other"), "slug", "`other`: another domain has, or had, this slug"),
        (named("T", "Not-A-Slug"), "slug", "lower-case ASCII words"),
        (named("T", "a--b"), "slug", "lower-case ASCII words"),
        (named("T", "-a"), "slug", "lower-case ASCII words"),
        (named("T", "3d"), "slug", "lower-case ASCII words"),
        (named("T", "../etc"), "slug", "lower-case ASCII words"),
        (named("T", &"a".repeat(61)), "slug", "more than 60 characters"),
        (named("  ", "t"), "title", "it is empty"),
        (named(&"x".repeat(81), "t"), "title", "more than 80 characters"),
        (named("a\nb", "t"), "title", "control characters"),
        (named("a\u{202e}b", "t"), "title", "cannot be seen"),
        (json!({"slug": "t", "description": "One sentence.", "parts": []}), "title", "there is no such text"),
        (json!({"title": "T", "slug": "t", "description": 3, "parts": []}), "description", "there is no such text"),
        (json!({"title": "T", "slug": "t", "description": "D.", "parts": 3}), "parts", "it is no list"),
    ] {
        let advised = world().after(&only_kinds(), std::slice::from_ref(&answer));
        let list = refused(&advised);
        assert!(list.len() == 1 && list[0].0 == advice && list[0].1.contains(reason), "{answer}: {list:?}");
        let domain = advised.domains.iter().find(|domain| domain.tools.len() == 10).expect("the domain");
        assert_eq!(domain.title, if advice == "title" { "The mixed" } else { "T" }, "{answer}: the other pieces count");
        assert_eq!(domain.name, if advice == "slug" { "mixed" } else { "t" }, "{answer}");
    }
}

#[test]
fn a_slug_belongs_to_the_first_that_asks_and_never_changes_its_meaning() {
    let advised = world().after(&only_kinds(), &[named("A", "new"), named("B", "new")]);
    assert_eq!(names(&advised), ["new", "other"]);
    let advised = world().after(&only_kinds(), &[named("A", "new"), named("B", "mixed")]);
    assert_eq!(names(&advised), ["new", "other"]);
    assert!(refused(&advised)[0].1.contains("has, or had, this slug"));
}

#[test]
fn mixtures_are_split() {
    let advised = world().after(&only_kinds(), &[split(&[part("zones", &[9, 8, 7, 6, 5]), part("mixed", &[0, 1, 2, 3, 4])])]);
    assert_eq!(names(&advised), ["mixed", "other", "zones"]);
    assert_eq!(advised.report.split, [Split { domain: "mixed".to_owned(), parts: vec!["zones".to_owned(), "mixed".to_owned()] }]);
    let zones = &advised.domains[2];
    assert_eq!(zones.tools, ["b/create_zone", "b/delete_zone", "b/get_zone", "b/list_zones", "b/update_zone"]);
    assert_eq!((zones.title.as_str(), zones.terms.as_slice()), ("Part zones", &["zone".to_owned()][..]));
    assert!(advised.report.renamed.is_empty() && refused(&advised).is_empty());
    // Parts whose names cannot be used are parts all the same.
    let nameless = [json!({"tools": [0, 1, 2, 3, 4]}), part("other", &[5, 6, 7, 8, 9])];
    let advised = world().after(&only_kinds(), &[split(&nameless)]);
    assert_eq!(names(&advised), ["other", "part-other", "the-mixed-1"]);
    let pieces: Vec<String> = refused(&advised).into_iter().map(|refused| refused.0).collect();
    assert_eq!(pieces, ["parts[0].title", "parts[0].description", "parts[0].slug", "parts[1].slug"]);
}

#[test]
fn divisions_that_are_none_are_refused_and_the_name_still_counts() {
    let whole = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (parts, reason) in [
        (vec![part("a", &whole)], "at least two parts"),
        (vec![part("a", &whole[..5]), part("b", &whole[5..9])], "part 1 has 4 tools, fewer than 5"),
        (vec![part("a", &whole[..5]), part("b", &[5, 6, 7, 8, 10])], "part 1 names a tool that was not shown"),
        (vec![part("a", &whole[..5]), part("b", &[5, 6, 7, 8, 9, 0])], "tool 0 is named twice"),
        (vec![part("a", &whole[..5]), part("b", &[5, 5, 6, 7, 8])], "tool 5 is named twice"),
        (vec![part("a", &whole[..5]), json!({"title": "B"})], "part 1 has no list `tools`"),
        (vec![part("a", &whole[..5]), json!({"tools": ["b/get_zone"]})], "part 1 names a tool that was not shown"),
    ] {
        let advised = world().after(&only_kinds(), &[split(&parts)]);
        let list = refused(&advised);
        assert!(list.len() == 1 && list[0].0 == "parts" && list[0].1.contains(reason), "{reason}: {list:?}");
        assert_eq!(names(&advised), ["mixture", "other"], "{reason}");
    }
    let options = AdviceOptions { part_tools_min: 4, ..only_kinds() };
    let advised = world().after(&options, &[split(&[part("a", &whole[..4]), part("b", &whole[4..8])])]);
    assert!(refused(&advised)[0].1.contains("2 tools are in no part, such as 8"));
    let options = AdviceOptions { split: false, ..only_kinds() };
    let advised = world().after(&options, &[split(&[part("a", &whole[..5]), part("b", &whole[5..])])]);
    assert!(names(&advised) == ["mixture", "other"] && refused(&advised)[0].1 == "no division was wanted");
    let options = AdviceOptions { rename: false, ..only_kinds() };
    let advised = world().after(&options, &[split(&[])]);
    assert!(names(&advised) == ["mixed", "other"] && refused(&advised).is_empty());
}

fn judged(edges: &[(u64, bool)], missing: &[(u64, u64, &str, &str)]) -> Value {
    let edges: Vec<Value> = edges.iter().map(|(edge, holds)| json!({"edge": edge, "holds": holds, "reason": "other\u{7} kind"})).collect();
    let missing: Vec<Value> = missing
        .iter()
        .map(|(from, to, field, parameter)| json!({"from": from, "to": to, "field": field, "parameter": parameter}))
        .collect();
    json!({"edges": edges, "missing": missing})
}

#[test]
fn edges_are_confirmed_taken_out_and_added() {
    let missing = [(2, 1, "number", "issue_number"), (4, 3, "$.items[0].number: number", "issue_number"), (8, 9, "zones[].id", "zoneId")];
    let advised = world().after(&only_edges(), &[judged(&[(0, true), (1, false), (2, true)], &missing)]);
    assert!(refused(&advised).is_empty(), "{:?}", refused(&advised));
    let report = &advised.report;
    assert_eq!((report.edges_confirmed, report.edges_unjudged, report.edges_removed.len()), (2, 1, 1));
    assert_eq!((report.edges_removed[0].edge.to.as_str(), report.edges_removed[0].reason.as_str()), ("a/lock_issue", "other\\u{7} kind"));
    let added: Vec<(&str, &str, u32, &str)> =
        report.edges_added.iter().map(|edge| (edge.from.as_str(), edge.to.as_str(), edge.weight, edge.why[0].as_str())).collect();
    assert_eq!(
        added,
        [
            ("a/list_issues", "a/get_issue", 500_000, "model: number → issue_number"),
            // The only other producer was taken out.
            ("a/search_issues", "a/lock_issue", 1_000_000, "model: items.number → issue_number"),
            ("b/list_zones", "b/update_zone", 1_000_000, "model: zones.id → zoneId"),
        ]
    );
    let dependencies = advised.edges.iter().filter(|edge| edge.kind == EdgeKind::Dependency).count();
    assert_eq!((advised.edges.len(), dependencies), (8, 7));
    assert!(advised.edges.is_sorted_by_key(|edge| (edge.kind, &edge.from, &edge.to)));
    assert_eq!(advised.edges.iter().filter(|edge| !world().edges.contains(edge)).count(), 3, "what is confirmed stays as it is");
}

#[test]
fn edges_that_cannot_be_are_refused_one_by_one() {
    for (missing, reason) in [
        ((0, 11, "number", "issue_number"), "`to` is no tool that was shown"),
        ((99, 1, "number", "issue_number"), "`from` is no tool that was shown"),
        ((1, 1, "number", "issue_number"), "a tool does not feed itself"),
        ((2, 1, "nummer", "issue_number"), "the first tool returns no `nummer`"),
        ((3, 1, "number", "issue_number"), "the first tool returns no `number`"),
        ((2, 1, "number", "issue"), "the second tool takes no `issue`"),
        ((2, 1, "", "issue_number"), "there is no `field`"),
        ((2, 1, "title", "issue_number"), "`title` is a text, `issue_number` is a number"),
        ((2, 3, "user", "note"), "`user` is an object"),
        ((8, 9, "zones.open", "zoneId"), "`zones.open` is true or false"),
        ((0, 1, "number", "issue_number"), "the graph has this edge"),
        ((0, 3, "number", "issue_number"), "an answer took this edge out"),
    ] {
        let answer = judged(&[(1, false)], &[missing, (8, 9, "zones.id", "zoneId")]);
        let advised = world().after(&only_edges(), &[answer]);
        let list = refused(&advised);
        assert!(list.len() == 1 && list[0].0 == "missing[0]" && list[0].1.contains(reason), "{missing:?}: {list:?}");
        assert_eq!(advised.report.edges_added.len(), 1, "the other piece counts");
    }
    let twice = [
        (2, 1, "number", "issue_number"),
        (2, 1, "number", "issue_number"),
        (2, 1, "user.id", "issue_number"),
        (4, 1, "items.number", "issue_number"),
    ];
    let advised = world().after(&only_edges(), &[judged(&[], &twice)]);
    let reasons: Vec<String> = refused(&advised).into_iter().map(|refused| refused.1).collect();
    assert_eq!(reasons, ["it is listed twice", "`issue_number` has 3 producers already"]);
    assert_eq!(advised.report.edges_added[0].why, ["model: number → issue_number", "model: user.id → issue_number"]);
    let spoilt = json!({"edges": [{"edge": 9, "holds": true}, {"edge": 0, "holds": "yes"}, 7], "missing": {}});
    let advised = world().after(&only_edges(), &[spoilt]);
    let places: Vec<String> = refused(&advised).into_iter().map(|refused| refused.0).collect();
    assert_eq!(places, ["edges[0]", "edges[1]", "edges[2]", "missing"]);
    assert_eq!(advised.edges, world().edges);
}

#[test]
fn a_model_that_is_against_everything_is_not_heard() {
    let against = judged(&[(0, false), (1, false), (2, false), (3, false)], &[]);
    let advised = world().after(&only_edges(), std::slice::from_ref(&against));
    assert_eq!(refused(&advised), [("edges".to_owned(), "it takes out 4 of 4 edges, more than 50 %".to_owned())]);
    assert_eq!((advised.edges, advised.report.edges_unjudged), (world().edges, 4));
    let options = AdviceOptions { removed_percent_max: 100, ..only_edges() };
    assert_eq!(world().after(&options, &[against]).report.edges_removed.len(), 4);
    // Contradictions leave the edge.
    let advised = world().after(&only_edges(), &[judged(&[(0, false), (0, true), (1, true), (1, true)], &[])]);
    assert!(advised.report.edges_removed.is_empty() && advised.report.edges_confirmed == 1 && advised.report.edges_unjudged == 3);
    assert!(refused(&advised)[0].1.contains("said to hold and not to hold"));
}

#[test]
fn without_answers_all_stays() {
    let world = world();
    let advised = world.after(&AdviceOptions::default(), &[]);
    assert_eq!((advised.domains, advised.edges), (world.domains.clone(), world.edges.clone()));
    assert_eq!((advised.report.refused.len(), advised.report.edges_unjudged, advised.report.answered), (3, 4, 0));
    // Answers to a graph that is another by now.
    let options = only_kinds();
    let questions = world.questions(&options);
    let answers = vec![Ok(wardian_graph::advise::Answer(split(&[part("a", &[0, 1, 2, 3, 4]), part("b", &[5, 6, 7, 8, 9])]))); 2];
    let mut other = world.domains.clone();
    other[0].tools.pop();
    other.pop();
    let advised = apply(&world.tools, other, Vec::new(), &questions, &answers, "scripted", &options);
    let reasons: Vec<String> = refused(&advised).into_iter().map(|refused| refused.1).collect();
    assert_eq!(reasons, ["the domain has other tools than the question showed", "the graph has no such domain"]);
    let text = serde_json::to_string(&advised.report).expect("serializes");
    assert_eq!(serde_json::from_str::<wardian_format::advice::AdviceReport>(&text).expect("the report is read back"), advised.report);
}
