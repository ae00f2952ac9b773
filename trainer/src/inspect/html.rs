//! As a page: one file, nothing fetched.

use super::{Kind, Shown, visible};
use crate::stats::Stats;
use std::fmt::Write;

const STYLE: &str = "
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--dim:#6b7280;--line:#d8dee4;--a:#c7f0d2;--b:#9be3b0;--ink:#08401c}
@media(prefers-color-scheme:dark){:root{--bg:#101418;--fg:#e6edf3;--dim:#8b949e;--line:#30363d;--a:#14532d;--b:#1c6b3c;--ink:#d6ffe3}}
body{background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1rem;margin:2rem 0 .5rem}
table{border-collapse:collapse}td,th{text-align:left;padding:.15rem 1.2rem .15rem 0;font-weight:400}th{color:var(--dim)}td{font-variant-numeric:tabular-nums}
pre{border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.65 ui-monospace,monospace}
pre i{font-style:normal;color:var(--dim)}pre b{font-weight:400;color:var(--ink);background:var(--a);border-radius:2px}pre b.o{background:var(--b)}
pre s{color:var(--dim);opacity:.6}.c{font-weight:700!important}
p.key b{font-weight:400;color:var(--ink);background:var(--a);padding:0 .3rem;border-radius:2px}p.key s{color:var(--dim)}p.key i{font-style:normal;color:var(--dim)}
";

/// A page of `shown`, under the statistics of the data set that they are from.
#[must_use]
pub fn page(title: &str, stats: &Stats, shown: &[Shown]) -> String {
    let mut out = String::new();
    let title = escaped(title);
    let head = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style>"
    );
    out.push_str(&head);
    out.push_str(&format!("<h1>{title}</h1>\n<table>\n"));
    for (name, value) in stats.rows() {
        out.push_str(&format!("<tr><th>{name}<td>{}\n", escaped(&value)));
    }
    out.push_str("</table>\n<p class=key><b>learned</b> <i>only read</i> <s>cut off</s> · a change of shade is a new token; point at one for its id\n");
    for one in shown {
        let learned = one.encoded.learned[..one.kept].iter().filter(|learned| **learned).count();
        let cut = one.encoded.ids.len() - one.kept;
        let cut = if cut > 0 { format!(", {cut} cut off") } else { String::new() };
        out.push_str(&format!("<h2>{}: {} tokens, {learned} learned{cut}</h2>\n<pre>", escaped(&one.name), one.kept));
        tokens(one, &mut out);
        out.push_str("</pre>\n");
    }
    out
}

fn tokens(shown: &Shown, out: &mut String) {
    for (i, cell) in shown.cells().into_iter().enumerate() {
        let tag = match cell.kind {
            Kind::Learned => 'b',
            Kind::Read => 'i',
            Kind::Cut => 's',
        };
        let class = match (cell.control, i % 2 == 1 && cell.kind == Kind::Learned) {
            (true, true) => " class=\"c o\"",
            (true, false) => " class=c",
            (false, true) => " class=\"o\"",
            (false, false) => "",
        };
        let ids: Vec<String> = cell.ids.iter().map(u32::to_string).collect();
        let words = escaped(&visible(&shown.rendered.text[cell.range.clone()])).replace('\n', "↵\n");
        let _ = write!(out, "<{tag}{class} title=\"{}\">{words}</{tag}>", ids.join(" "));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
