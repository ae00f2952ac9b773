//! Files that do not fit together are refused by name and place.

use crate::sample::{Sample, domain, random, tool};
use wardian_format::graph::{Edge, EdgeKind};
use wardian_view::{Indexed, PageOptions, ViewError, page};

fn refused(sample: &Sample) -> String {
    let error = Indexed::new(&sample.tools, &sample.edges, &sample.domains).err();
    error.expect("it must be refused").to_string()
}

fn pair() -> Sample {
    let tools = vec![tool("p/s/a", "p"), tool("p/s/b", "p")];
    Sample::new(tools, Vec::new(), vec![domain("one", vec!["p/s/a".to_owned()]), domain("two", vec!["p/s/b".to_owned()])])
}

#[test]
fn records_that_do_not_fit() {
    let mut sample = pair();
    sample.tools[1].id = "p/s/a".to_owned();
    assert_eq!(refused(&sample), "tools 1 and 2 have the same id `p/s/a`");
    let mut sample = pair();
    sample.edges.push(Edge { from: "p/s/a".to_owned(), to: "p/s/x".to_owned(), kind: EdgeKind::Similar, weight: 1, why: Vec::new() });
    assert_eq!(refused(&sample), "edge 1 names `p/s/x`, which is no tool of this graph");
    let mut sample = pair();
    sample.domains[1].tools.push("p/s/x".to_owned());
    assert_eq!(refused(&sample), "domain `two` lists `p/s/x`, which is no tool of this graph");
    let mut sample = pair();
    sample.domains[1].tools.push("p/s/a".to_owned());
    assert_eq!(refused(&sample), "tool `p/s/a` is in domain `one` and again in `two`");
    let mut sample = pair();
    sample.domains[1].name = "one".to_owned();
    assert_eq!(refused(&sample), "two domains are named `one`");
}

#[test]
fn a_missing_domain_is_named_with_those_like_it() {
    let mut sample = pair();
    sample.domains[0].name = "issue-tracking".to_owned();
    let graph = sample.graph();
    assert_eq!(
        graph.select(Some("issue-lists"), None).expect_err("missing").to_string(),
        "there is no domain `issue-lists`; like it: `issue-tracking`"
    );
    assert_eq!(graph.select(Some("zzz"), None).expect_err("missing").to_string(), "there is no domain `zzz`");
}

#[test]
fn a_page_that_cannot_fit_says_what_it_needs() {
    let sample = random(5);
    let options = PageOptions { title: String::new(), detail: None, bytes_max: 1000 };
    let error = page(&sample.graph(), &sample.built, &options).expect_err("too large");
    assert!(matches!(error, ViewError::TooLarge { bytes_max: 1000, detail: "bare", .. }), "{error}");
}

/// A writer that is full.
struct Full;

impl std::io::Write for Full {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_is_an_error() {
    let sample = random(1);
    let selection = sample.graph().select(None, None).expect("all");
    for format in [wardian_view::Format::Graphml, wardian_view::Format::Gexf, wardian_view::Format::Dot] {
        assert!(matches!(wardian_view::export(&sample.graph(), &selection, format, &mut Full), Err(ViewError::Write(_))));
    }
}
