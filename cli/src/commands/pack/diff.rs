//! `wardian pack diff`

use crate::packs::compare::{Change, Comparison, Listed, compare};
use crate::{Verdict, engine, packs, ui::Ui};
use anyhow::Result;
use serde_json::Value;
use std::path::{Path, PathBuf};
use wardian_format::names::untrusted;
use wardian_pack::Opened;

/// Rows of a table, or lines of a part, that are shown without `--all`.
const SHOWN_MAX: usize = 20;

/// Longest value on a line, characters.
const VALUE_CHARS_MAX: usize = 100;

/// Shows what differs between two packs: tools, schema, data, policy, tasks, limits, provenance, sources.
///
/// Exit status 0 where the files are the same, 1 where they differ. Both are checked as `pack inspect` checks them.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A pack
    a: PathBuf,
    /// The pack to compare it with
    b: PathBuf,
    /// Show all that differs, not only the first of each kind
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let open = |path: &Path| -> Result<Opened> { Ok(engine::open_pack(&packs::read(path)?, &path.display().to_string(), ui)??) };
    let (a, b) = (open(&args.a)?, open(&args.b)?);
    let (name_a, name_b) = (args.a.display().to_string(), args.b.display().to_string());
    let shown_max = if args.all { usize::MAX } else { SHOWN_MAX };
    let found = compare((&name_a, &a), (&name_b, &b), shown_max)?;
    ui.result(&found, || text(&found, shown_max))?;
    Ok(if found.equal { Verdict::Well } else { Verdict::Negative })
}

fn text(found: &Comparison, shown_max: usize) -> String {
    let side = |label, side: &packs::compare::Side| format!("{label} {} {} {}\n", side.digest.short(), side.name, side.file);
    let mut out = format!("{}{}", side("a", &found.a), side("b", &found.b));
    if found.equal {
        out.push_str("the files are the same\n");
        return out;
    }
    let before = out.len();
    part(&mut out, "tools", &listed(&found.tools), shown_max);
    part(&mut out, "schema", &lines(&found.schema), shown_max);
    data(&mut out, found);
    part(&mut out, "policy", &lines(&found.policy), shown_max);
    part(&mut out, "tasks", &listed(&found.tasks), shown_max);
    part(&mut out, "settings", &lines(&found.settings), shown_max);
    part(&mut out, "provenance", &lines(&found.provenance), shown_max);
    part(&mut out, "sources", &listed(&found.sources), shown_max);
    part(&mut out, "bytes", &lines(&found.bytes), shown_max);
    if out.len() == before {
        out.push_str("every part is the same, and the files are not: they were written in different ways\n");
    }
    out
}

/// A part with a title, if anything in it differs.
fn part(out: &mut String, title: &str, lines: &[String], shown_max: usize) {
    if lines.is_empty() {
        return;
    }
    out.push_str(&format!("{title}\n"));
    for line in lines.iter().take(shown_max) {
        out.push_str(&format!("  {line}\n"));
    }
    if lines.len() > shown_max {
        out.push_str(&format!("  … and {} more; `--all` shows them\n", lines.len() - shown_max));
    }
}

fn listed(listed: &Listed) -> Vec<String> {
    let name = |name: &String| untrusted(name, VALUE_CHARS_MAX);
    let mut out: Vec<String> = listed.added.iter().map(|added| format!("+ {}", name(added))).collect();
    out.extend(listed.removed.iter().map(|removed| format!("- {}", name(removed))));
    for changed in &listed.changed {
        out.push(format!("~ {}", name(&changed.name)));
        out.extend(lines(&changed.changes).iter().map(|line| format!("    {line}")));
    }
    out
}

fn lines(changes: &[Change]) -> Vec<String> {
    let shown = |value: &Value| untrusted(&value.to_string(), VALUE_CHARS_MAX);
    let line = |change: &Change| {
        let path = if change.path == "$" { String::new() } else { format!(" {}", untrusted(&change.path, VALUE_CHARS_MAX)) };
        let what = untrusted(&change.what, VALUE_CHARS_MAX);
        match (&change.before, &change.after) {
            (Value::Null, after) => format!("+ {what}{path}: {}", shown(after)),
            (before, Value::Null) => format!("- {what}{path}: {}", shown(before)),
            (before, after) => format!("~ {what}{path}: {} → {}", shown(before), shown(after)),
        }
    };
    changes.iter().map(line).collect()
}

fn data(out: &mut String, found: &Comparison) {
    if found.data.is_empty() {
        return;
    }
    out.push_str("data\n");
    for table in &found.data {
        let (added, removed, changed) = (table.added, table.removed, table.changed);
        out.push_str(&format!("  {}: {added} added, {removed} removed, {changed} changed\n", untrusted(&table.table, VALUE_CHARS_MAX)));
        if let Some(note) = &table.note {
            out.push_str(&format!("    {note}\n"));
        }
        for line in table.rows.iter().flat_map(|row| row.to_string().lines().map(str::to_owned).collect::<Vec<_>>()) {
            out.push_str(&format!("    {}\n", untrusted(&line, 3 * VALUE_CHARS_MAX)));
        }
        if table.left_off > 0 {
            out.push_str(&format!("    … and {} more rows; `--all` shows them\n", table.left_off));
        }
    }
}
