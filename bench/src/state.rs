//! The state alone: fork, transaction, digest, difference, memory of live episodes.

use crate::child::{self, Numbers};
use crate::clock::{Plan, status_kib};
use crate::figure::Figure;
use crate::rival;
use crate::world::{Documents, rows_image};
use anyhow::{Context as _, Result, ensure};
use std::ffi::OsStr;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use wardian_compiler::Validation;
use wardian_format::SqlValue;
use wardian_format::limits::{Limits, Profile};
use wardian_state::{Base, Context, State};

const CONTEXT: Context = Context { seed: 1, now_unix_s: 1_769_860_800 };
const NAME: &str = "state";

/// A base, and a read and a write of one of its rows.
struct Subject {
    base: Arc<Base>,
    /// The read, the write.
    statements: Arc<[String]>,
    keys: Vec<SqlValue>,
    limits: Limits,
}

impl Subject {
    /// Opens the image in a file that is called after the table that is read and written.
    fn open(path: &Path) -> Result<Self> {
        let (table, key, column) = match path.file_stem().and_then(OsStr::to_str) {
            Some("orders") => ("orders", "order_id", "status"),
            _ => ("t", "id", "a"),
        };
        let base = Base::open(std::fs::read(path)?, &[])?;
        let keys = base.state(CONTEXT).read(&format!("SELECT {key} FROM {table} ORDER BY {key} LIMIT 1000"), &[])?;
        let statements =
            Arc::from([format!("SELECT * FROM {table} WHERE {key} = ?1"), format!("UPDATE {table} SET {column} = ?2 WHERE {key} = ?1")]);
        Ok(Self { base, statements, keys: keys.values.into_iter().flatten().collect(), limits: Limits::of(Profile::Sql) })
    }

    /// One read and one write of row `n`, kept.
    fn step(&self, state: State, n: usize) -> Result<State> {
        let key = &self.keys[n % self.keys.len()];
        let mut tx = state.begin(&self.limits, Some(Arc::clone(&self.statements)))?;
        ensure!(tx.query(&self.statements[0], std::slice::from_ref(key))?.values.len() == 1, "the row is there");
        let changed = tx.execute(&self.statements[1], &[key.clone(), SqlValue::Text("changed".to_owned())])?;
        ensure!(changed == 1, "the row changes");
        let (state, kept) = tx.commit();
        kept?;
        Ok(state)
    }
}

/// All figures.
pub(crate) fn run(plan: Plan) -> Result<Vec<Figure>> {
    let documents = Documents::find()?;
    let rival = rival::python(&documents, &["reset", "read_write", "digest", "memory"], plan)?;
    let mut figures = Vec::new();
    let folder = tempfile::tempdir()?;
    let large = |rows: i64| Some(if plan.quick { 20_000 } else { rows });
    for (label, rows) in [(documents.label, None), ("10k rows", Some(10_000)), ("1M rows", large(1_000_000)), ("5M rows", large(5_000_000))]
    {
        let image = match rows {
            None => wardian_compiler::compile_pack(&documents.sources()?, Validation::Trusted)?.parts.image,
            Some(rows) => rows_image(rows)?,
        };
        let rival = |figure: &str| if rows.is_none() { rival.get(figure) } else { None };
        let path = folder.path().join(if rows.is_none() { "orders" } else { "t" });
        let label = format!("{label}, {:.1} MB", image.len() as f64 / 1e6);
        std::fs::write(&path, image)?;
        let [fork, step, digest, diff] = times(&Subject::open(&path)?, plan)?;
        // Not here: what was freed after building the image would be used again and hide the growth.
        let memory = child::spawn("memory", path.to_str().context("a folder for temporary files in Unicode")?, plan)?;
        let mut add =
            |figure: &str, unit, ours: &[f64], rival| figures.push(Figure::against(NAME, format!("{label}: {figure}"), unit, ours, rival));
        add("fork", "µs", &fork, rival("reset"));
        add("fork, read, write, commit", "µs", &step, rival("read_write"));
        add("digest after one changed row", "µs", &digest, rival("digest"));
        add("diff of one changed cell", "µs", &diff, None);
        add("memory a live episode, one write and digest", "KiB", &[memory["kib"]], rival("memory"));
    }
    Ok(figures)
}

fn times(subject: &Subject, plan: Plan) -> Result<[Vec<f64>; 4]> {
    let mut dirty = subject.step(subject.base.state(CONTEXT), 0)?;
    dirty.digests()?;
    let mut n = 0;
    let mut next = move || {
        n += 1;
        n
    };
    let fork = plan.each_us(100_000, || {
        drop(black_box(dirty.clone()));
        Ok(())
    })?;
    let step = plan.each_us(20_000, || subject.step(dirty.clone(), next()).map(drop))?;
    let digest = plan.batched_us(
        10_000,
        || subject.step(dirty.clone(), next()),
        |state| {
            black_box(state.digests()?);
            Ok(())
        },
    )?;
    let diff = plan.batched_us(
        5_000,
        || Ok((dirty.clone(), subject.step(dirty.clone(), 1)?)),
        |(before, after)| {
            ensure!(!before.diff(after)?.rows.is_empty(), "a row differs");
            Ok(())
        },
    )?;
    Ok([fork, step, digest, diff])
}

/// Growth of resident memory a live episode that has written once and been digested.
/// `image` is the file of [`Subject::open`].
pub(crate) fn memory(image: &str, plan: Plan) -> Result<Numbers> {
    let subject = Subject::open(Path::new(image))?;
    let episodes = if plan.quick { 500 } else { 10_000 };
    let episode = |n| {
        let mut state = subject.step(subject.base.state(CONTEXT), n)?;
        state.digests()?;
        anyhow::Ok(state)
    };
    let mut live = Vec::with_capacity(episodes);
    for n in 0..10 {
        live.push(episode(n)?);
    }
    live.clear();
    let before = status_kib("VmRSS")?;
    for n in 0..episodes {
        live.push(episode(n)?);
    }
    let grown = status_kib("VmRSS")? - before;
    ensure!(live.len() == episodes, "all are alive");
    Ok(Numbers::from([("kib".to_owned(), grown.max(0.0) / episodes as f64)]))
}
