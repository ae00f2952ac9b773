//! The page, without a browser: its frame, its policy, and its data against the graph that it was made of. `check/` has the browser.

use crate::sample::{HOSTILE, Sample, built, embedded, hostile, random};
use ct_codecs::{Base64, Decoder, Encoder};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wardian_format::Digest;
use wardian_format::graph::EdgeKind;
use wardian_view::{BYTES_MAX, Detail, PageOptions, ViewError, page};

fn options(detail: Option<Detail>) -> PageOptions {
    PageOptions { title: HOSTILE.to_owned(), detail, bytes_max: BYTES_MAX }
}

fn made(sample: &Sample, detail: Detail) -> String {
    page(&sample.graph(), &sample.built, &options(Some(detail))).expect("it fits").html
}

/// The text of the elements that `open` starts.
fn elements<'a>(html: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    html.split(open).skip(1).map(|rest| rest.split(close).next().expect("an end")).collect()
}

/// The data of a page: what every view needs, and the blocks.
fn data(html: &str) -> (Value, Vec<Value>) {
    let read = |text: &str| -> Value {
        let bytes = Base64::decode_to_vec(text, None).expect("base64");
        let json = miniz_oxide::inflate::decompress_to_vec(&bytes).expect("deflate");
        serde_json::from_slice(&json).expect("JSON")
    };
    let cores = elements(html, "<script type=\"application/octet-stream\" id=\"core\">", "</script>");
    assert_eq!(cores.len(), 1);
    let blocks = elements(html, "<script type=\"application/octet-stream\" class=\"block\">", "</script>");
    (read(cores[0]), blocks.into_iter().map(read).collect())
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().expect("a list").iter().map(|v| v.as_str().expect("text").to_owned()).collect()
}

fn numbers(value: &Value) -> Vec<usize> {
    value.as_array().expect("a list").iter().map(|v| v.as_u64().expect("a number") as usize).collect()
}

/// Everything on the page that is neither script, style nor data is markup of ours.
fn check_frame(html: &str) {
    assert!(html.starts_with("<!doctype html>\n") && html.ends_with("</html>\n"));
    assert!(!html.chars().any(|c| c != '\n' && c.is_control()) && !html.contains(['\u{202e}', '\u{2028}']), "control characters");
    let blocks = html.matches("<script type=\"application/octet-stream\"").count();
    assert_eq!(html.matches("<script").count(), blocks + 1, "only our scripts");
    assert_eq!(html.matches("</script").count(), blocks + 1);
    let style = elements(html, "<style>", "</style>");
    let script = elements(html, "<script>", "</script>");
    assert_eq!((style.len(), script.len()), (1, 1));
    let hash = |text: &str| Base64::encode_to_string(Digest::of(text.as_bytes()).0).expect("short");
    let policy = format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(script[0]),
        hash(style[0])
    );
    assert!(html.contains(&format!("http-equiv=\"Content-Security-Policy\" content=\"{policy}\"")), "the policy does not fit the page");
    let bare = html.replace(style[0], "").replace(script[0], "");
    let names =
        ["html", "head", "meta", "title", "style", "body", "a", "header", "svg", "path", "span", "div", "input", "kbd", "nav", "main", "p"];
    let more = ["noscript", "section", "h1", "canvas", "button", "form", "label", "select", "option", "script", "!doctype"];
    for tag in bare.split('<').skip(1) {
        let tag = tag.split('>').next().expect("the end of a tag");
        let name = tag.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        assert!(names.contains(&name) || more.contains(&name), "a foreign element: {tag}");
        // Outside of quotes, where attributes are named.
        let outside: String = tag.split('"').step_by(2).collect();
        assert!(!outside.contains("src=") && !outside.contains(" on") && !outside.contains("style=") && !outside.contains('\''), "{tag}");
        assert!(!tag.contains("href=\"") || tag.contains("href=\"#"), "{tag}");
    }
    let outside = html.replace("http://www.w3.org/2000/svg", "");
    assert!(!outside.contains("http://") && !outside.contains("https://") && !style[0].contains("url("), "nothing is loaded or linked");
}

#[test]
fn hostile_text_stays_text() {
    let sample = hostile();
    let html = made(&sample, Detail::Full);
    check_frame(&html);
    assert!(html.contains("<title>&lt;/script&gt;&lt;img src=x"), "the title is escaped");
    let (core, blocks) = data(&html);
    let shown = strings(&core["tools"]["name"]);
    assert!(shown.iter().all(|name| name.starts_with("</script><img src=x onerror=alert(1)>")), "{shown:?}");
    assert!(
        !core.to_string().contains(['\u{202e}', '\u{0}', '\u{2028}']) && !blocks[0].to_string().contains(['\u{202e}', '\u{0}', '\u{2028}'])
    );
    assert!(core.to_string().contains("‹U+202E›"), "what is hidden is shown");
}

/// The page against the graph, told again slowly from the page's data alone.
fn check_data(sample: &Sample, seed: u64) {
    let (core, blocks) = data(&made(sample, Detail::Full));
    let ids = strings(&core["tools"]["id"]);
    let starts = numbers(&core["starts"]);
    let names = strings(&core["domains"]["name"]);
    let mut alone: BTreeSet<&str> = sample.tools.iter().map(|t| t.id.as_str()).collect();
    for (d, domain) in sample.domains.iter().enumerate() {
        assert_eq!(names[d], domain.name, "seed {seed}");
        let on_page: BTreeSet<&str> = ids[starts[d]..starts[d + 1]].iter().map(String::as_str).collect();
        let given: BTreeSet<&str> = domain.tools.iter().map(String::as_str).collect();
        assert_eq!(on_page, given, "seed {seed}, domain {d}");
        alone.retain(|id| !given.contains(id));
    }
    let rest: BTreeSet<&str> = ids[starts[sample.domains.len()]..].iter().map(String::as_str).collect();
    assert_eq!(rest, alone, "seed {seed}");
    assert_eq!(core["map"]["discs"].as_array().map(Vec::len), Some(3 * (starts.len() - 1)));
    assert_eq!(core["map"]["regions"].as_array().map(Vec::len), Some(starts.len() - 1));
    for (kind, key) in [(EdgeKind::Dependency, "dependencies"), (EdgeKind::Similar, "similarities")] {
        let columns = [numbers(&core[key]["from"]), numbers(&core[key]["to"]), numbers(&core[key]["weight"])];
        let whys: Vec<Vec<String>> = blocks.iter().flat_map(|b| b[key].as_array().expect("a list").iter().map(strings)).collect();
        let mut on_page: Vec<_> = (0..columns[0].len())
            .map(|i| (ids[columns[0][i]].clone(), ids[columns[1][i]].clone(), columns[2][i], whys[i].clone()))
            .collect();
        let given = sample.edges.iter().filter(|e| e.kind == kind);
        let mut given: Vec<_> = given.map(|e| (e.from.clone(), e.to.clone(), e.weight as usize / 100, e.why.clone())).collect();
        on_page.sort();
        given.sort();
        assert_eq!(on_page, given, "seed {seed}");
        assert!(columns[0].windows(2).all(|w| w[0] <= w[1]), "edges of a tool are neighbours");
    }
    let tools: usize = blocks.iter().map(|b| b["tools"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!((tools, numbers(&core["blocks"]).len()), (ids.len(), blocks.len()), "seed {seed}");
}

#[test]
fn the_data_is_the_graph() {
    for seed in 0..60 {
        check_data(&random(seed), seed);
    }
}

#[test]
fn the_page_of_the_embedded_catalogue() {
    let sample = embedded();
    let html = made(&sample, Detail::Full);
    check_frame(&html);
    check_data(&sample, 0);
    assert_eq!(html, made(&sample, Detail::Full), "the same graph gives the same bytes");
    assert!(html.len() < 1 << 20, "{} bytes", html.len());
    let (core, blocks) = data(&html);
    let at = strings(&core["tools"]["id"]).iter().position(|id| id == "github.com/rest/create_issue").expect("a tool of GitHub");
    let first = numbers(&core["starts"]);
    let block = numbers(&core["blocks"]).iter().rposition(|group| first[*group] <= at).expect("a block");
    let tool = &blocks[block]["tools"][at - first[numbers(&core["blocks"])[block]]];
    assert_eq!(tool[1], "/repos/{owner}/{repo}/issues");
    assert!(tool[4].as_array().expect("parameters").iter().any(|row| row[0] == "title" && row[2] == 1), "{}", tool[4]);
}

#[test]
fn what_does_not_fit_is_left_out_in_steps() {
    let sample = embedded();
    let sizes = [Detail::Full, Detail::Names, Detail::Bare].map(|detail| made(&sample, detail).len());
    assert!(sizes[0] > sizes[1] && sizes[1] > sizes[2], "{sizes:?}");
    let fit = |bytes_max| page(&sample.graph(), &sample.built, &PageOptions { title: HOSTILE.to_owned(), detail: None, bytes_max });
    for (bytes, detail) in sizes.into_iter().zip([Detail::Full, Detail::Names, Detail::Bare]) {
        let page = fit(bytes).expect("it fits");
        assert_eq!((page.detail, page.html.len()), (detail, bytes));
    }
    assert!(matches!(fit(sizes[2] - 1), Err(ViewError::TooLarge { bytes, .. }) if bytes == sizes[2]));
    let (core, blocks) = data(&made(&sample, Detail::Bare));
    assert_eq!((core["detail"].as_str(), blocks.len()), (Some("bare"), 0));
}

#[test]
fn small_graphs_have_a_page() {
    let empty = Sample::new(Vec::new(), Vec::new(), Vec::new());
    check_frame(&made(&empty, Detail::Full));
    let one = Sample::new(vec![crate::sample::tool("a/b/c", "a")], Vec::new(), Vec::new());
    check_frame(&made(&one, Detail::Full));
    check_data(&one, 0);
}

/// The pool of 30,000 tools of the development environment, if it is there: its page keeps the bound with everything said.
#[test]
fn thirty_thousand_tools_fit() {
    let folder = std::env::var_os("WARDIAN_SHARED_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let path = folder.join("catalog-30k.jsonl.zst");
    let Ok(file) = std::fs::File::open(&path) else {
        eprintln!("SKIPPED: there is no `{}`; set WARDIAN_SHARED_DATA", path.display());
        return;
    };
    let text = zstd::stream::decode_all(file).expect("zstd");
    let sample = built(&[wardian_catalog::Document::new("pool.jsonl", text)]);
    let page = page(&sample.graph(), &sample.built, &options(None)).expect("it fits");
    assert_eq!(page.detail, Detail::Full);
    check_frame(&page.html);
}
