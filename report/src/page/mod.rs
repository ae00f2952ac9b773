//! The page: what is known without a script is plain HTML; the graph's inspector and the viewer are filled by
//! `assets/report.js` from one JSON block.

mod graph;
mod packs;
mod summary;
mod viewer;

use crate::bounds::{Bounds, Cuts, ID_CHARS_MAX, PAGE_BYTES_MAX};
use crate::clean::{escape, one_line};
use crate::data;
use crate::input::ReportInput;
use wardian_format::Digest;

const STYLE: &str = include_str!("../../assets/report.css");
const SCRIPT: &str = concat!(
    include_str!("../../assets/base.js"),
    include_str!("../../assets/graph.js"),
    include_str!("../../assets/map.js"),
    include_str!("../../assets/viewer.js"),
    include_str!("../../assets/start.js"),
);

/// The whole page. Each part has a budget; where text full of characters that must be escaped makes the whole too
/// large all the same, it is made again with smaller budgets.
pub(crate) fn render(input: &ReportInput) -> String {
    let pages = [100, 50, 25, 10].into_iter().map(|percent| attempt(input, &Bounds::scaled(percent)));
    let fitting = pages.into_iter().find(|page| page.len() <= PAGE_BYTES_MAX);
    fitting.unwrap_or_else(|| attempt(input, &Bounds::scaled(2)))
}

fn attempt(input: &ReportInput, bounds: &Bounds) -> String {
    let mut cuts = Cuts::default();
    let scope = data::Scope::of(input, bounds);
    let (data, episodes) = data::script(input, &scope, bounds, &mut cuts);
    let sections = [
        summary::header(input),
        graph::section(&scope, &mut cuts),
        packs::section(input, bounds, &mut cuts),
        summary::funnel(input),
        viewer::section(input, episodes, &mut cuts),
        summary::reproduce(input),
    ];
    let notes = summary::cut_notes(&cuts);
    let title = one_line(&input.run.name, ID_CHARS_MAX);
    format!(
        "{}<body>\n{}<main>\n{}{notes}</main>\n<script type=\"application/json\" id=\"data\">{data}</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n",
        head(&title),
        nav(input, episodes),
        sections.concat(),
    )
}

fn head(title: &str) -> String {
    let hash = base64(&Digest::of(SCRIPT.as_bytes()).0);
    let policy = format!("default-src 'none'; script-src 'sha256-{hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'");
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{} · Wardian report</title>\n<style>\n{STYLE}</style>\n</head>\n",
        escape(title)
    )
}

fn nav(input: &ReportInput, episodes: usize) -> String {
    let links = [
        ("graph", "Graph", !input.domains.is_empty()),
        ("packs", "Packs", !input.packs.is_empty()),
        ("funnel", "Filter", !input.decisions.is_empty()),
        ("episodes", "Episodes", episodes > 0),
        ("reproduce", "Reproduce", true),
    ];
    let links: String = links.iter().filter(|l| l.2).map(|(id, name, _)| format!("<a href=\"#{id}\">{name}</a>")).collect();
    format!("<nav aria-label=\"Sections\"><a class=\"mark\" href=\"#top\">{}Wardian</a><span>{links}</span></nav>\n", MARK)
}

/// The glass case, 20 by 20.
const MARK: &str = "<svg viewBox=\"0 0 20 20\" width=\"20\" height=\"20\" aria-hidden=\"true\"><path d=\"M3 18V8l7-6 7 6v10zM3 8h14M10 18v-6m0 2c-2.5-3-4-1.5-4-1.5S7 15.5 10 14m0-1c2.5-3 4-1.5 4-1.5S13 14.5 10 13\"/></svg>";

/// Escaped text of at most `chars_max` characters, on one line.
fn esc(text: &str, chars_max: usize) -> String {
    escape(&one_line(text, chars_max))
}

/// As [`esc`], with words between backticks set as code.
fn ticked(text: &str, chars_max: usize) -> String {
    let text = esc(text, chars_max);
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        // An odd part is between two backticks, unless the second one is missing.
        if i % 2 == 1 && i + 1 < parts.len() {
            out.push_str(&format!("<code>{part}</code>"));
        } else {
            out.push_str(if i % 2 == 1 { "`" } else { "" });
            out.push_str(part);
        }
    }
    out
}

/// Standard base64 with padding (RFC 4648, section 4).
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (i, byte)| word | u32::from(*byte) << (16 - 8 * i));
        for place in 0..4 {
            let index = (word >> (18 - 6 * place)) as usize & 63;
            out.push(if place <= chunk.len() { char::from(ALPHABET[index]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_of_the_standard() {
        let cases = [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")];
        for (plain, coded) in cases {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn backticks_make_code() {
        assert_eq!(ticked("`a<b` is `c", 99), "<code>a&lt;b</code> is `c");
    }

    #[test]
    fn the_script_cannot_end_its_own_element() {
        assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
        assert!(!STYLE.contains("</style"));
    }
}
