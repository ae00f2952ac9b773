//! The page of a report: one self-contained HTML document. Its data are compressed blocks that its script opens when they are needed.
//!
//! Everything that comes from a description is data: it is cut to a bounded length, made visible, and set as text by the script.

use super::{Coverage, DomainReport, Example, Kind};
use crate::operation::Class;
use ct_codecs::{Base64, Encoder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use wardian_format::Digest;
use wardian_format::pack::Effect;
use wardian_report::clean::{escape, one_line, pretty, visible};

/// Bytes that a page has at most if nothing else is said: 15 MiB.
pub const BYTES_MAX: usize = 15 << 20;
/// Examples of a domain at most, from the most that is tried to none.
const LEVELS: [usize; 6] = [usize::MAX, 24, 8, 3, 1, 0];
/// Tools from which on a block is full; a domain is never split.
const BLOCK_TOOLS: usize = 300;
/// Tools left out that a domain lists, and tables.
const LISTED_MAX: usize = 1_000;
/// Characters of a name or id, of a reason, of a call and of a result.
const NAME_CHARS_MAX: usize = 120;
const REASON_CHARS_MAX: usize = 260;
const CALL_CHARS_MAX: usize = 1_200;
const RESULT_CHARS_MAX: usize = 2_000;
/// Width of JSON in characters.
const WIDTH: usize = 92;
/// Level of compression: the highest that costs no more than the rest of the work.
const LEVEL: u8 = 6;

const STYLE: &str = include_str!("../../assets/report.css");
const FRAME: &str = include_str!("../../assets/report.html");
const SCRIPT: &str = concat!("(() => {\n", include_str!("../../assets/report.js"), "})();\n");

/// What a page is made with.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// Shown at its top; bounded and escaped like all other text.
    pub title: String,
    /// Bound of the page.
    pub bytes_max: usize,
}

/// A finished page.
#[derive(Clone, Debug)]
pub struct Page {
    /// UTF-8 text of one HTML document.
    pub html: String,
    /// Examples that a domain shows at most; `None` where all are shown. The page says so, too.
    pub examples_max: Option<usize>,
}

/// A page could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PageError {
    /// It does not fit its bound even without any example.
    #[error("the page has {bytes} bytes without any example; the limit is {bytes_max}")]
    TooLarge {
        /// Bytes of the smallest page.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
}

/// What a page says of a domain beside its report.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The domain's title, where it is known.
    pub title: Option<String>,
    /// What the example of a tool changed in the state, in words, by name of the tool.
    pub changes: BTreeMap<String, String>,
}

/// Collects domains for a page, so that their reports need not all be held.
#[derive(Debug, Default)]
pub struct PageBuilder {
    coverage: Coverage,
    domains: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    tools: usize,
    row: Value,
    detail: Value,
    examples: Vec<Value>,
}

impl PageBuilder {
    /// Adds one domain. Domains are listed in the order of their adding.
    pub fn add(&mut self, report: &DomainReport, about: &About) {
        self.coverage.add(report);
        let mut one = Coverage::default();
        one.add(report);
        let kinds: Vec<Value> = one.reasons().iter().map(|(kind, n)| json!([place(*kind), n])).collect();
        let name = one_line(&report.domain, NAME_CHARS_MAX);
        let title = about.title.as_deref().map_or_else(|| name.clone(), |title| one_line(title, NAME_CHARS_MAX));
        let checks = report.self_checks;
        let row = json!([name, title, report.tools_in, report.tools_out, report.tables.len(), one.rows, kinds]);
        let detail = json!({
            "why": report.no_pack.as_deref().map(|why| one_line(why, REASON_CHARS_MAX)),
            "classes": report.materialized.iter().map(|(class, n)| json!([class_word(*class), n])).collect::<Vec<_>>(),
            "checks": [checks.grounded, checks.reads, checks.writes, checks.wrong_key, checks.fits_schema, checks.read_back, checks.no_reader],
            "pairs": [report.read_after_write.pairs, report.read_after_write.held],
            "tables": report.tables.iter().take(LISTED_MAX).map(|(name, rows)| json!([one_line(name, NAME_CHARS_MAX), rows])).collect::<Vec<_>>(),
            "out": left_out(report),
        });
        let examples = report.examples.iter().map(|e| example(e, about.changes.get(&e.tool))).collect();
        self.domains.push(Entry { tools: report.tools_in, row, detail, examples });
    }

    /// The page, with as many examples as fit.
    ///
    /// # Errors
    /// [`PageError::TooLarge`] where the page does not fit its bound without any example.
    pub fn finish(&self, options: &PageOptions) -> Result<Page, PageError> {
        let most = self.domains.iter().map(|d| d.examples.len()).max().unwrap_or(0);
        let mut bytes = 0;
        for level in LEVELS {
            if level != usize::MAX && level >= most && most > 0 {
                continue;
            }
            let html = self.html(&options.title, level, level < most);
            if html.len() <= options.bytes_max {
                return Ok(Page { html, examples_max: (level < most).then_some(level) });
            }
            bytes = html.len();
        }
        Err(PageError::TooLarge { bytes, bytes_max: options.bytes_max })
    }

    fn html(&self, title: &str, examples_max: usize, are_cut: bool) -> String {
        let (mut blocks, mut starts) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < self.domains.len() {
            let mut tools = 0;
            let full = |entry: &Entry| {
                tools += entry.tools;
                tools >= BLOCK_TOOLS
            };
            let end = self.domains[at..].iter().position(full).map_or(self.domains.len(), |n| at + n + 1);
            starts.push(at);
            blocks.push(packed(&Value::Array(self.domains[at..end].iter().map(|entry| entry.shown(examples_max)).collect())));
            at = end;
        }
        let core = packed(&json!({
            "domains": self.domains.iter().map(|entry| &entry.row).collect::<Vec<_>>(),
            "starts": starts,
            "kinds": Kind::ALL.iter().map(|kind| json!([kind.word(), kind.meaning()])).collect::<Vec<_>>(),
            "reasons": self.coverage.reasons().iter().map(|(kind, n)| json!([place(*kind), n])).collect::<Vec<_>>(),
            "coverage": self.coverage,
            "examples_max": are_cut.then_some(examples_max),
        }));
        document(title, &core, &blocks)
    }
}

impl Entry {
    fn shown(&self, examples_max: usize) -> Value {
        let mut detail = self.detail.clone();
        detail["examples"] = self.examples.iter().take(examples_max).cloned().collect();
        detail["more"] = self.examples.len().saturating_sub(examples_max).into();
        detail
    }
}

/// Tools left out by kind, most first: kind, number, and the tools that are listed with their reasons.
fn left_out(report: &DomainReport) -> Vec<Value> {
    let mut one = Coverage::default();
    one.add(report);
    let mut room = LISTED_MAX;
    let of_kind = |(kind, n): (Kind, usize)| {
        let tools = report.left_out.iter().filter(|tool| tool.kind == kind).take(room);
        let tools: Vec<Value> =
            tools.map(|tool| json!([one_line(&tool.tool, NAME_CHARS_MAX), one_line(&tool.reason, REASON_CHARS_MAX)])).collect();
        room -= tools.len();
        json!([place(kind), n, tools])
    };
    one.reasons().into_iter().map(of_kind).collect()
}

fn example(example: &Example, changed: Option<&String>) -> Value {
    json!({
        "tool": one_line(&example.tool, NAME_CHARS_MAX),
        "class": class_word(example.class),
        "writes": example.effect == Effect::Write,
        "call": pretty(&example.arguments, WIDTH, CALL_CHARS_MAX),
        "result": pretty(&example.result, WIDTH, RESULT_CHARS_MAX),
        "seen": example.read_back.as_deref().map(|name| one_line(name, NAME_CHARS_MAX)),
        "changed": changed.map(|text| visible(text, RESULT_CHARS_MAX)),
    })
}

/// The word of a class in files.
fn class_word(class: Class) -> Value {
    serde_json::to_value(class).unwrap_or_default()
}

fn place(kind: Kind) -> usize {
    Kind::ALL.iter().position(|k| *k == kind).expect("every kind is among all of them")
}

fn packed(value: &Value) -> String {
    base64(&miniz_oxide::deflate::compress_to_vec(value.to_string().as_bytes(), LEVEL))
}

fn document(title: &str, core: &str, blocks: &[String]) -> String {
    let title = escape(&one_line(title, NAME_CHARS_MAX));
    let hash = |text: &str| base64(&Digest::of(text.as_bytes()).0);
    let (script, style) = (hash(SCRIPT), hash(STYLE));
    let policy =
        format!("default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'");
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title} · Wardian worlds</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    );
    out.push_str(&FRAME.replace("{title}", &title));
    out.push_str(&format!("<script type=\"application/octet-stream\" id=\"core\">{core}</script>\n"));
    for block in blocks {
        out.push_str(&format!("<script type=\"application/octet-stream\" class=\"block\">{block}</script>\n"));
    }
    out.push_str(&format!("<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    out
}

fn base64(bytes: &[u8]) -> String {
    Base64::encode_to_string(bytes).expect("the length is below the limit of addresses")
}

#[cfg(test)]
mod tests {
    use super::super::{LeftOut, ReadAfterWrite, SelfChecks, Share, Stage};
    use super::*;

    const MARKUP: &str = "</script><img src=x onerror=alert(1)>\u{202e}";

    fn domain(i: usize, examples: usize) -> DomainReport {
        let example = |n: usize| Example {
            tool: format!("get_thing_{n}"),
            class: Class::Get,
            effect: Effect::Read,
            arguments: json!({ "id": n * 7919 + i }),
            result: json!({"id": n, "text": format!("{MARKUP} {}", (n * 104_729 + i * 7919) % 99_991)}),
            read_back: None,
        };
        DomainReport {
            readers: Share::default(),
            writers: Share::default(),
            domain: format!("things-{i}"),
            tools_in: examples + 1,
            tools_out: examples,
            materialized: BTreeMap::from([(Class::Get, examples)]),
            left_out: vec![LeftOut::new(format!("x/y/{MARKUP}"), Stage::Rules, "no parameter picks one thing".to_owned())],
            self_checks: SelfChecks { grounded: examples, ..SelfChecks::default() },
            read_after_write: ReadAfterWrite::default(),
            tables: BTreeMap::from([("things".to_owned(), 30)]),
            examples: (0..examples).map(example).collect(),
            no_pack: None,
            author: None,
        }
    }

    fn builder(domains: usize, examples: usize) -> PageBuilder {
        let mut builder = PageBuilder::default();
        (0..domains).for_each(|i| builder.add(&domain(i, examples), &About::default()));
        builder
    }

    fn opened(block: &str) -> Value {
        use ct_codecs::Decoder;
        let bytes = Base64::decode_to_vec(block, None).expect("base64");
        serde_json::from_slice(&miniz_oxide::inflate::decompress_to_vec(&bytes).expect("deflate")).expect("JSON")
    }

    fn blocks(html: &str) -> Vec<Value> {
        let after = html.split("<script type=\"application/octet-stream\"").skip(1);
        after.map(|s| opened(s.split_once('>').expect("an end").1.split_once('<').expect("an end").0)).collect()
    }

    #[test]
    fn the_page_has_every_domain_once_and_no_markup_of_theirs() {
        let page = builder(70, 9).finish(&PageOptions { title: MARKUP.to_owned(), bytes_max: BYTES_MAX }).expect("it fits");
        assert_eq!(page.examples_max, None);
        assert!(!page.html.contains("<img") && !page.html.contains("http:") && !page.html.contains("https:"), "nothing is loaded");
        let blocks = blocks(&page.html);
        let (core, rest) = blocks.split_first().expect("a core");
        assert_eq!(core["domains"].as_array().map(Vec::len), Some(70));
        let starts: Vec<usize> = core["starts"].as_array().expect("starts").iter().map(|s| s.as_u64().expect("a place") as usize).collect();
        let mut at = 0;
        for (start, block) in starts.iter().zip(rest) {
            assert_eq!(*start, at);
            for detail in block.as_array().expect("domains") {
                assert_eq!((detail["examples"].as_array().map(Vec::len), &detail["more"]), (Some(9), &json!(0)));
                assert!(!detail.to_string().contains('\u{202e}'), "hidden characters are shown");
                at += 1;
            }
        }
        assert_eq!((at, starts.len()), (70, rest.len()));
        assert_eq!(core["coverage"]["left_out"]["no_key"], 70);
    }

    #[test]
    fn examples_give_way_where_the_page_would_be_too_large() {
        let builder = builder(40, 30);
        let whole = builder.finish(&PageOptions { title: "x".to_owned(), bytes_max: BYTES_MAX }).expect("it fits");
        let bytes_max = whole.html.len() - 1;
        let page = builder.finish(&PageOptions { title: "x".to_owned(), bytes_max }).expect("it fits with fewer examples");
        assert!(page.html.len() <= bytes_max);
        let left = page.examples_max.expect("they were cut");
        assert!(left < 30);
        let blocks = blocks(&page.html);
        assert_eq!(blocks[0]["examples_max"], left);
        assert_eq!(blocks[1][0]["examples"].as_array().map(Vec::len), Some(left));
        assert_eq!(blocks[1][0]["more"], 30 - left);
        assert!(matches!(builder.finish(&PageOptions { title: "x".to_owned(), bytes_max: 100 }), Err(PageError::TooLarge { .. })));
    }

    #[test]
    fn the_script_cannot_end_its_element_and_makes_no_markup() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--") && !STYLE.contains("</style"));
        for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "new Function", "fetch("] {
            assert!(!SCRIPT.contains(word), "the script uses `{word}`");
        }
    }
}
