//! The table of packs.

use super::{esc, ticked};
use crate::bounds::{Bounds, Cuts, LIST_MAX, NAME_CHARS_MAX, SENTENCE_CHARS_MAX, counted, grouped, size};
use crate::input::{PackInfo, ReportInput};
use wardian_format::pack::Effect;

/// One row a pack, and one that unfolds.
pub(super) fn section(input: &ReportInput, bounds: &Bounds, cuts: &mut Cuts) -> String {
    if input.packs.is_empty() {
        return String::new();
    }
    let (mut rows, mut shown) = (String::new(), 0);
    for pack in input.packs.iter().take(bounds.packs_max) {
        let row = row(pack);
        if rows.len() + row.len() > bounds.packs_bytes_max {
            break;
        }
        rows.push_str(&row);
        shown += 1;
    }
    cuts.count("Packs", shown, input.packs.len());
    let bytes = input.packs.iter().map(|p| p.bytes).sum();
    let left: usize = input.packs.iter().map(|p| p.left_out.len()).sum();
    format!(
        "<section id=\"packs\">\n<h2>Packs</h2>\n<p class=\"lead\">{}, {} of WebAssembly and data. {}</p>\n<table class=\"packs\"><thead><tr>\
         <th scope=\"col\">Pack</th><th scope=\"col\">Tools</th><th scope=\"col\">Left out</th><th scope=\"col\">Tables</th>\
         <th scope=\"col\">Rows</th><th scope=\"col\">Tasks</th><th scope=\"col\">Size</th><th scope=\"col\">SHA-256</th></tr></thead>\n{rows}</table>\n</section>\n",
        counted(input.packs.len(), "pack"),
        size(bytes),
        match left {
            0 => "Every tool passed its self-check.".to_owned(),
            1 => "1 tool did not pass its self-check and was left out.".to_owned(),
            n => format!("{} tools did not pass their self-check and were left out.", grouped(n)),
        },
    )
}

fn row(pack: &PackInfo) -> String {
    let writes = pack.manifest.tools.iter().filter(|t| t.effect == Effect::Write).count();
    let reads = pack.manifest.tools.len() - writes;
    let rows: u64 = pack.tables.iter().map(|t| t.rows).sum();
    let cells = [
        ("Tools", format!("<span class=\"read\">{reads} read</span> <span class=\"write\">{writes} write</span>")),
        ("Left out", if pack.left_out.is_empty() { "–".to_owned() } else { pack.left_out.len().to_string() }),
        ("Tables", pack.tables.len().to_string()),
        ("Rows", grouped(usize::try_from(rows).unwrap_or(usize::MAX))),
        ("Tasks", grouped(pack.tasks)),
        ("Size", size(pack.bytes)),
        ("SHA-256", format!("<code>{}</code>", pack.digest.short())),
    ];
    let cells: String = cells.iter().map(|(name, value)| format!("<td data-name=\"{name}\">{value}</td>")).collect();
    let (title, name) = (esc(&pack.manifest.title, NAME_CHARS_MAX), esc(&pack.manifest.name, NAME_CHARS_MAX));
    format!(
        "<tbody><tr><th scope=\"row\" dir=\"auto\">{title}<code>{name}.wasm</code></th>{cells}</tr>\n<tr class=\"more\"><td colspan=\"8\">{}</td></tr></tbody>\n",
        details(pack)
    )
}

fn details(pack: &PackInfo) -> String {
    let tools = list(&pack.manifest.tools, |tool| {
        let kind = if tool.effect == Effect::Read { "read" } else { "write" };
        format!("<li class=\"{kind}\"><code>{}</code></li>", esc(&tool.name, NAME_CHARS_MAX))
    });
    let tables = list(&pack.tables, |table| {
        let columns = esc(&table.columns.join(", "), 2 * NAME_CHARS_MAX);
        let rows = counted(usize::try_from(table.rows).unwrap_or(usize::MAX), "row");
        format!("<li><code>{}</code> <b>{rows}</b> <small>{columns}</small></li>", esc(&table.name, NAME_CHARS_MAX))
    });
    let left = list(&pack.left_out, |left| {
        let (tool, reason) = (esc(&left.tool, NAME_CHARS_MAX), ticked(&left.reason, SENTENCE_CHARS_MAX));
        format!("<li><code>{tool}</code> <small dir=\"auto\">{reason}</small></li>")
    });
    let left = if pack.left_out.is_empty() { String::new() } else { format!("<div><h4>Left out</h4><ul class=\"rows\">{left}</ul></div>") };
    format!(
        "<details><summary>Tools, tables{}</summary><p dir=\"auto\">{}</p><div class=\"columns\"><div><h4>Tools</h4><ul class=\"chips\">{tools}</ul></div>\
         <div><h4>Tables</h4><ul class=\"rows\">{tables}</ul></div>{left}</div><p class=\"digests\">File <code>{}</code> · first state <code>{}</code> · {}</p></details>",
        if pack.left_out.is_empty() { "" } else { " and what was left out" },
        esc(&pack.manifest.description, SENTENCE_CHARS_MAX),
        pack.digest,
        pack.manifest.initial.full.short(),
        esc(&pack.manifest.provenance.license, NAME_CHARS_MAX),
    )
}

fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
    let mut out: String = items.iter().take(LIST_MAX).map(show).collect();
    if items.len() > LIST_MAX {
        out.push_str(&format!("<li>… {} more</li>", items.len() - LIST_MAX));
    }
    out
}
