//! Descriptions into packs with `wardian materialize`: the catalogue that ships, one document of 5,000 operations, and, where the packages of
//! `wardian catalog fetch` are there, domains of 30,000 tools drawn from them, and all. Two runs on different numbers of threads must write
//! the same bytes.

use crate::clock::Plan;
use crate::figure::Figure;
use crate::wardian;
use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use wardian_format::Digest;

const NAME: &str = "materialize";
const PACKAGES: &str = "WARDIAN_PACKAGES";
/// Tools of the drawn domains, at least.
const DRAWN_TOOLS: usize = 30_000;
/// Resources of the large document, and operations of each.
const RESOURCES: usize = 1_250;
const OPERATIONS: usize = 4;

/// Key of `materialize --json`, words, unit.
const FIGURES: [(&str, &str, &str); 5] = [
    ("materialized", "tools in packs, all self-checks passed", ""),
    ("packs", "packs", ""),
    ("cpu_s", "CPU", "s"),
    ("wall_s", "wall time, all cores", "s"),
    ("peak_mb", "most memory resident", "MB"),
];

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let at = folder.path();
    let embedded = at.join("embedded.jsonl.zst");
    wardian::json(&["catalog".as_ref(), "import".as_ref(), "--json".as_ref(), "-o".as_ref(), embedded.as_ref()])?;
    let mut figures = of("catalogue that ships", &embedded, at, plan.runs.max(2))?;
    let resources = if plan.quick { RESOURCES / 50 } else { RESOURCES };
    let large = at.join("large.json");
    fs::write(&large, large_document(resources).to_string())?;
    figures.extend(of("one document", &large, at, plan.runs.min(2))?);
    let Some(packages) = packages(plan) else { return Ok(figures) };
    let (catalog, graph) = (at.join("catalog.jsonl.zst"), at.join("graph"));
    let arguments = [packages.as_path(), "-o".as_ref(), catalog.as_ref(), "--json".as_ref()];
    wardian::json(&[&["catalog".as_ref(), "import".as_ref()], arguments.map(Path::as_os_str).as_slice()].concat())?;
    wardian::json(&["graph".as_ref(), "build".as_ref(), catalog.as_ref(), "--json".as_ref(), "-o".as_ref(), graph.as_ref()])?;
    let drawn = at.join("drawn");
    draw(&graph, &drawn)?;
    figures.extend(of("domains drawn by chance", &drawn, at, 2)?);
    figures.extend(of("whole import", &graph, at, 1)?);
    Ok(figures)
}

fn packages(plan: Plan) -> Option<PathBuf> {
    if plan.quick {
        eprintln!("bench: the packages of `wardian catalog fetch` are left out of a self-check");
        return None;
    }
    let found = std::env::var_os(PACKAGES).map(PathBuf::from).filter(|path| path.is_dir());
    if found.is_none() {
        eprintln!("bench: {PACKAGES} names no folder; `wardian catalog fetch -o DIR` fills one");
    }
    found
}

/// Materializes `input` as often as `runs` says, by turns on all cores and on one, which must write the same.
fn of(label: &str, input: &Path, at: &Path, runs: usize) -> Result<Vec<Figure>> {
    let out = at.join("worlds");
    let mut printed: Vec<Value> = Vec::new();
    let mut pairs = Value::Null;
    let mut written: Option<Digest> = None;
    for i in 0..runs {
        let environment: &[(&str, &str)] = if i % 2 == 1 { &[("RAYON_NUM_THREADS", "1")] } else { &[] };
        let clock = Instant::now();
        let arguments = ["materialize".as_ref(), input.as_os_str(), "-o".as_ref(), out.as_ref(), "--json".as_ref(), "--quiet".as_ref()];
        let mut summary = wardian::json_with(&arguments, environment)?;
        if environment.is_empty() {
            summary["wall_s"] = json!(clock.elapsed().as_secs_f64());
            printed.push(summary);
        }
        let digest = digest_of(&out)?;
        ensure!(*written.get_or_insert(digest) == digest, "`{}` was materialized twice, and the bytes differ", input.display());
        if i == 0 {
            let report = wardian::json(&["materialize".as_ref(), "report".as_ref(), out.as_ref(), "--json".as_ref()])?;
            pairs = report["coverage"]["read_after_write"].clone();
        }
        fs::remove_dir_all(&out)?;
    }
    let tools = wardian::number(printed.first().context("there is a run")?, "tools_in")?;
    let label = format!("{label} ({tools} tools)");
    let mut figures = Vec::new();
    for (key, what, unit) in FIGURES {
        let samples = printed.iter().map(|run| wardian::number(run, key)).collect::<Result<Vec<f64>>>()?;
        figures.push(Figure::alone(NAME, format!("{label}: {what}"), unit, &samples));
    }
    let (held, all) = (wardian::number(&pairs, "held")?, wardian::number(&pairs, "pairs")?);
    figures.push(Figure::alone(NAME, format!("{label}: pairs of which what one writes the other reads"), "%", &[100.0 * held / all]));
    Ok(figures)
}

/// The graph in `from` with a part of its domains, in the order of the digests of their names, until they have enough tools.
fn draw(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for name in ["tools.jsonl", "edges.jsonl", "graph.json"] {
        fs::hard_link(from.join(name), to.join(name)).or_else(|_| fs::copy(from.join(name), to.join(name)).map(drop))?;
    }
    let text = fs::read_to_string(from.join("domains.jsonl"))?;
    let mut domains = text
        .lines()
        .map(|line| {
            let domain: Value = serde_json::from_str(line)?;
            let name = domain["name"].as_str().context("a domain has no name")?.to_owned();
            Ok((Digest::of(name.as_bytes()), name, domain["tools"].as_array().map_or(0, Vec::len), line))
        })
        .collect::<Result<Vec<_>>>()?;
    domains.sort_by_key(|(digest, ..)| *digest);
    let mut tools = 0;
    domains.retain(|(_, _, n, _)| {
        let wanted = tools < DRAWN_TOOLS;
        tools += if wanted { *n } else { 0 };
        wanted
    });
    domains.sort_by(|a, b| a.1.cmp(&b.1));
    let lines: String = domains.iter().map(|(.., line)| format!("{line}\n")).collect();
    Ok(fs::write(to.join("domains.jsonl"), lines)?)
}

/// Of all packs and sources: their names and bytes.
fn digest_of(out: &Path) -> Result<Digest> {
    let mut pending = vec![out.join("packs"), out.join("domains")];
    let mut lines = Vec::new();
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).with_context(|| format!("`{}`", at.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                lines.push(format!("{} {}\n", path.strip_prefix(out)?.display(), Digest::of(&fs::read(&path)?)));
            }
        }
    }
    ensure!(!lines.is_empty(), "`{}` has no packs", out.display());
    lines.sort();
    Ok(Digest::of(lines.concat().as_bytes()))
}

/// An API of `resources` resources with four operations each.
fn large_document(resources: usize) -> Value {
    let mut paths = Map::new();
    let key = json!([{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}]);
    let answer = |schema: &Value| json!({"200": {"description": "ok", "content": {"application/json": {"schema": schema}}}});
    for i in 0..resources {
        let name = format!("{}{i}s", ["widget", "gadget", "order", "parcel", "ticket"][i % 5]);
        let mut members = json!({"id": {"type": "string"}, "name": {"type": "string"}, "email": {"type": "string"}, "due_date": {"type": "string", "format": "date"}});
        members[format!("value{i}")] = json!({"type": "integer"});
        let thing = json!({"type": "object", "properties": members});
        let body = json!({"content": {"application/json": {"schema": thing}}});
        let all: [Value; OPERATIONS] = [
            json!({"operationId": format!("list_{name}"), "responses": answer(&json!({"type": "array", "items": thing}))}),
            json!({"operationId": format!("create_{name}"), "requestBody": body, "responses": answer(&thing)}),
            json!({"operationId": format!("get_{name}"), "parameters": key, "responses": answer(&thing)}),
            json!({"operationId": format!("delete_{name}"), "parameters": key, "responses": {"204": {"description": "gone"}}}),
        ];
        let [list, create, get, delete] = all;
        paths.insert(format!("/{name}"), json!({"get": list, "post": create}));
        paths.insert(format!("/{name}/{{id}}"), json!({"get": get, "delete": delete}));
    }
    json!({"openapi": "3.0.3", "info": {"title": "Large", "version": "1"}, "servers": [{"url": "https://large.example"}], "paths": paths})
}
