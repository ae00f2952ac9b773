//! `wardian materialize report`

mod replay;

use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::{Result, bail};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wardian_format::names::untrusted;
use wardian_format::pack::Effect;
use wardian_materialize::report::{About, BYTES_MAX, PageBuilder, PageOptions};
use wardian_materialize::{AuthorReport, Coverage, DomainReport, Kind, ReadAfterWrite};

/// Says what became of the tools that were materialized: coverage by class and by kind of reason, self-checks, and each domain.
///
/// For one domain (`--domain`) it shows the tables, a call of each tool with its result and what it changed, and why tools were left out.
#[derive(clap::Args)]
pub(crate) struct ReportArgs {
    /// Folder that `wardian materialize` wrote, or the report of one pack (NAME.report.json)
    dir: PathBuf,
    /// Only this domain, in full
    #[arg(long, value_name = "NAME")]
    domain: Option<String>,
    /// Write one HTML page that works offline
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Call the examples of all domains again and put on the page what each changes; slower
    #[arg(long, requires = "html")]
    changes: bool,
    /// Largest page, in MiB; examples give way
    #[arg(long, default_value_t = BYTES_MAX >> 20)]
    mib_max: usize,
}

/// Rows that the text shows, and characters of a name, reason, call and result in it.
const ROWS_MAX: usize = 40;
const NAME_CHARS_MAX: usize = 60;
const REASON_CHARS_MAX: usize = 200;
const CALL_CHARS_MAX: usize = 300;
const RESULT_CHARS_MAX: usize = 700;

/// What `--json` prints of each domain.
#[derive(Serialize)]
struct Row {
    domain: String,
    tools_in: usize,
    tools_out: usize,
    tables: usize,
    rows: usize,
    left_out: BTreeMap<Kind, usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_pack: Option<String>,
}

impl Row {
    fn of(report: &DomainReport) -> Self {
        let mut one = Coverage::default();
        one.add(report);
        Self {
            domain: report.domain.clone(),
            tools_in: report.tools_in,
            tools_out: report.tools_out,
            tables: one.tables,
            rows: one.rows,
            left_out: one.left_out,
            no_pack: report.no_pack.clone(),
        }
    }
}

/// A report, and where what belongs to it lies.
struct Place {
    report: PathBuf,
    /// The pack, and the sources that say its title, where there may be some.
    pack: PathBuf,
    sources: Option<PathBuf>,
}

pub(super) fn run(args: &ReportArgs, ui: &Ui) -> Result<Verdict> {
    let places = places(args)?;
    if let Some(html) = &args.html {
        return page(args, &places, html, ui);
    }
    if args.domain.is_some() {
        return one(&places[0], ui);
    }
    let mut coverage = Coverage::default();
    let mut rows = Vec::new();
    for place in &places {
        ui::check_interrupt()?;
        let report = read(place)?;
        coverage.add(&report);
        rows.push(Row::of(&report));
    }
    ui.result(&json!({"coverage": coverage, "domains": rows}), || format!("{}\n{}", sum_text(&coverage), rows_text(rows.iter())))?;
    Ok(Verdict::Well)
}

/// The reports that are asked for; at least one.
fn places(args: &ReportArgs) -> Result<Vec<Place>> {
    let dir = &args.dir;
    if dir.is_file() {
        let name = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let stem = name.strip_suffix(".report.json").unwrap_or(&name);
        return Ok(vec![Place { report: dir.clone(), pack: dir.with_file_name(format!("{stem}.wasm")), sources: None }]);
    }
    let place = |report: PathBuf| {
        let stem = files::stem(&report);
        let pack = dir.join("packs").join(format!("{stem}.wasm"));
        Place { pack, sources: Some(report.with_extension("")), report }
    };
    let folder = dir.join("domains");
    if !folder.is_dir() {
        bail!("`{}` has no folder domains/; a report is on what `wardian materialize` wrote", dir.display());
    }
    if let Some(name) = &args.domain {
        let report = folder.join(format!("{name}.json"));
        if name.contains(['/', '\\']) || !report.is_file() {
            bail!("there is no domain `{name}` in `{}`", folder.display());
        }
        return Ok(vec![place(report)]);
    }
    let list: Vec<Place> = files::list(&folder, &["json"])?.into_iter().map(place).collect();
    if list.is_empty() {
        bail!("`{}` holds no report of a domain", folder.display());
    }
    Ok(list)
}

fn read(place: &Place) -> Result<DomainReport> {
    files::read_json(&place.report)
}

/// The title in `pack.toml`, where there are sources.
fn title(place: &Place) -> Option<String> {
    let text = std::fs::read_to_string(place.sources.as_ref()?.join("pack.toml")).ok()?;
    let config: toml::Table = text.parse().ok()?;
    config.get("title")?.as_str().map(str::to_owned)
}

fn page(args: &ReportArgs, places: &[Place], out: &Path, ui: &Ui) -> Result<Verdict> {
    let runtime = if args.changes || args.domain.is_some() { Some(engine::runtime(ui)?) } else { None };
    let bar = ui.bar("report", places.len());
    let about = |place: &Place| -> Result<(DomainReport, About)> {
        ui::check_interrupt()?;
        let report = read(place)?;
        let changes = match &runtime {
            Some(runtime) => replay::changes(&report, &place.pack, runtime)?,
            None => BTreeMap::new(),
        };
        bar.step(&report.domain);
        Ok((report, About { title: title(place), changes }))
    };
    let mut builder = PageBuilder::default();
    // So many at a time that only their reports are held beside what the page keeps.
    for some in places.chunks(64) {
        let read: Vec<(DomainReport, About)> = some.par_iter().map(about).collect::<Result<_>>()?;
        read.iter().for_each(|(report, about)| builder.add(report, about));
    }
    drop(bar);
    let name = args.dir.canonicalize().unwrap_or_else(|_| args.dir.clone());
    let name = name.file_name().map_or_else(|| "worlds".to_owned(), |name| name.to_string_lossy().into_owned());
    let title = args.domain.clone().unwrap_or(name);
    let page = builder.finish(&PageOptions { title, bytes_max: args.mib_max << 20 })?;
    files::write(out, page.html.as_bytes())?;
    let document = json!({"page": out.display().to_string(), "bytes": page.html.len(), "examples_max": page.examples_max});
    ui.result(&document, || {
        let cut = page.examples_max.map_or_else(String::new, |n| format!(", at most {n} examples of a domain"));
        format!("{} domains, {}{cut}\n→ {}\n", ui::count(places.len()), ui::bytes(page.html.len()), out.display())
    })?;
    Ok(Verdict::Well)
}

fn one(place: &Place, ui: &Ui) -> Result<Verdict> {
    let report = read(place)?;
    let changes = replay::changes(&report, &place.pack, &engine::runtime(ui)?)?;
    ui.result(&json!({"report": report, "changes": changes}), || domain_text(&report, &changes))?;
    Ok(Verdict::Well)
}

/// The sum, as text.
fn sum_text(c: &Coverage) -> String {
    let mut out = format!(
        "{} of {} tools in {} packs ({}), {} tables, {} rows\n",
        ui::count(c.materialized),
        ui::count(c.tools_in),
        ui::count(c.packs),
        percent(c.materialized, c.tools_in),
        ui::count(c.tables),
        ui::count(c.rows)
    );
    for (what, share) in [("read", c.readers), ("change something", c.writers)] {
        let (part, whole) = (share.tools_out, share.tools_in);
        out.push_str(&format!("{} of {} that {what} ({})\n", ui::count(part), ui::count(whole), percent(part, whole)));
    }
    if !c.by_class.is_empty() {
        let mut classes: Vec<_> = c.by_class.iter().collect();
        classes.sort_by_key(|(class, n)| (std::cmp::Reverse(**n), **class));
        out.push_str("\nin packs\n");
        classes.iter().for_each(|(class, n)| out.push_str(&format!("{:>8}  {}\n", ui::count(**n), word(class))));
    }
    if !c.left_out.is_empty() {
        out.push_str("\nleft out\n");
        for (kind, n) in c.reasons() {
            out.push_str(&format!("{:>8}  {:<23}  {}\n", ui::count(n), kind.word(), kind.meaning()));
        }
    }
    let checks = c.self_checks;
    out.push_str("\nself-checks passed\n");
    for (n, what) in [
        (checks.grounded, "called with good arguments"),
        (checks.replayed, "the same outcome and rows a second time"),
        (checks.reversed, "the same with reads running backwards"),
        (checks.reads, "reads that leave the state alone"),
        (checks.writes, "writes that change it"),
        (checks.wrong_key, "clean error for a wrong key, and an untouched state"),
        (checks.fits_schema, "result fits the declared schema"),
        (checks.read_back, "writes read back through another tool"),
        (checks.no_reader, "writes that no tool reads"),
    ] {
        out.push_str(&format!("{:>8}  {what}\n", ui::count(n)));
    }
    out + &pairs_text(&c.read_after_write)
}

/// Read after write, by the class of the writer.
fn pairs_text(all: &ReadAfterWrite) -> String {
    let line = |pairs: usize, held: usize, name: &str| {
        format!("{:>8} of {:>7}  {:>7}  {name}\n", ui::count(held), ui::count(pairs), percent(held, pairs))
    };
    let mut out = "\nread after write: pairs of a writer and a reader that shows what was written\n".to_owned();
    out.push_str(&line(all.pairs, all.held, "all"));
    all.by_class.iter().for_each(|(class, of)| out.push_str(&line(of.pairs, of.held, &word(class))));
    out
}

/// Domains, those with most tools first.
fn rows_text<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut list: Vec<&Row> = rows.collect();
    list.sort_by(|a, b| b.tools_in.cmp(&a.tools_in).then_with(|| a.domain.cmp(&b.domain)));
    let mut out = format!("{:>6} {:>6} {:>7}  {:>6} {:>8}  domain\n", "tools", "in", "share", "tables", "rows");
    for row in list.iter().take(ROWS_MAX) {
        let (share, rows) = (percent(row.tools_out, row.tools_in), ui::count(row.rows));
        let name = untrusted(&row.domain, NAME_CHARS_MAX);
        out.push_str(&format!("{:>6} {:>6} {share:>7}  {:>6} {rows:>8}  {name}\n", row.tools_in, row.tools_out, row.tables));
    }
    if list.len() > ROWS_MAX {
        out.push_str(&format!("… and {} more domains; `--json` and `--html` have them all\n", ui::count(list.len() - ROWS_MAX)));
    }
    out
}

fn domain_text(report: &DomainReport, changes: &BTreeMap<String, String>) -> String {
    let mut coverage = Coverage::default();
    coverage.add(report);
    let mut out = format!("{}\n{}", report.domain, sum_text(&coverage));
    if let Some(why) = &report.no_pack {
        out.push_str(&format!("\nno pack: {}\n", untrusted(why, REASON_CHARS_MAX)));
    }
    for missed in &report.read_after_write.missed {
        let [writer, reader] = [&missed.writer, &missed.reader].map(|name| untrusted(name, NAME_CHARS_MAX));
        out.push_str(&format!("    not  {writer}, {reader}: {}\n", untrusted(&missed.reason, REASON_CHARS_MAX)));
    }
    if !report.tables.is_empty() {
        out.push_str("\ntables\n");
    }
    for (name, rows) in &report.tables {
        out.push_str(&format!("{:>8}  {}\n", ui::count(*rows), untrusted(name, NAME_CHARS_MAX)));
    }
    if !report.examples.is_empty() {
        out.push_str("\nexamples, each on the initial state\n");
    }
    for example in &report.examples {
        let effect = if example.effect == Effect::Write { "writes" } else { "reads" };
        let call = untrusted(&example.arguments.to_string(), CALL_CHARS_MAX);
        let result = untrusted(&example.result.to_string(), RESULT_CHARS_MAX);
        let name = untrusted(&example.tool, NAME_CHARS_MAX);
        out.push_str(&format!("\n  {name}  ({}, {effect})\n    call    {call}\n    result  {result}\n", word(&example.class)));
        for line in changes.get(&example.tool).iter().flat_map(|text| text.lines()) {
            out.push_str(&format!("    state   {}\n", untrusted(line, RESULT_CHARS_MAX)));
        }
        if let Some(reader) = &example.read_back {
            out.push_str(&format!("    seen    through {}\n", untrusted(reader, NAME_CHARS_MAX)));
        }
    }
    if let Some(author) = &report.author {
        out.push_str(&author_text(author));
    }
    if !report.left_out.is_empty() {
        out.push_str("\nleft out\n");
    }
    for tool in &report.left_out {
        let (id, reason) = (untrusted(&tool.tool, 2 * NAME_CHARS_MAX), untrusted(&tool.reason, REASON_CHARS_MAX));
        out.push_str(&format!("  {id}\n    {}: {reason}\n", tool.kind.word()));
    }
    out
}

/// What a model did: what was taken, and what was not and why.
fn author_text(author: &AuthorReport) -> String {
    let mut out = format!(
        "\nthe model {}, prompts {}: {} answers, {} of them repairs; tools {} → {}, checks {} → {}\n",
        untrusted(&author.model, NAME_CHARS_MAX),
        untrusted(&author.prompts, NAME_CHARS_MAX),
        author.answers,
        author.repairs,
        author.before.tools,
        author.after.tools,
        author.before.checks,
        author.after.checks
    );
    for piece in &author.accepted {
        out.push_str(&format!("  + {} {}\n", untrusted(&piece.kind, NAME_CHARS_MAX), untrusted(&piece.name, REASON_CHARS_MAX)));
    }
    for piece in &author.refused {
        let (kind, name) = (untrusted(&piece.kind, NAME_CHARS_MAX), untrusted(&piece.name, REASON_CHARS_MAX));
        out.push_str(&format!("  - {kind} {name}: {}\n", untrusted(&piece.reason, REASON_CHARS_MAX)));
    }
    if let Some(reason) = &author.stopped {
        out.push_str(&format!("  stopped: {}\n", untrusted(reason, REASON_CHARS_MAX)));
    }
    out
}

fn percent(part: usize, all: usize) -> String {
    if all == 0 { "–".to_owned() } else { format!("{:.1} %", 100.0 * part as f64 / all as f64) }
}

fn word(class: &impl Serialize) -> String {
    serde_json::to_value(class).ok().and_then(|value| value.as_str().map(|word| word.replace('_', " "))).unwrap_or_default()
}
