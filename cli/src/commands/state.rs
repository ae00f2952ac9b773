//! `wardian state export | digest | diff`

use crate::states::{Source, SourceArgs};
use crate::{Verdict, engine, files, packs, ui, ui::Ui};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::{Env, LoadedPack};
use wardian_format::names::untrusted;
use wardian_format::{Diff, Digest, Digests, SqlValue};

/// Rows that `diff` shows without `--all`.
const SHOWN_MAX: usize = 200;

/// Longest line of a difference, characters.
const LINE_CHARS_MAX: usize = 2_000;

/// Commands on states of packs.
///
/// Without an option that says which state is meant, it is the initial one of the pack.
#[derive(clap::Subcommand)]
pub(crate) enum Command {
    /// Write a state as a plain SQLite file
    Export(ExportArgs),
    /// Print the digests of a state
    Digest(DigestArgs),
    /// Show what differs between two states of one pack, cell by cell
    Diff(DiffArgs),
}

/// Writes a file that the `sqlite3` command line, Python and database browsers open: all tables, indexes and rows.
///
/// Equal states give equal files. No table needs anything of Wardian's.
#[derive(clap::Args)]
pub(crate) struct ExportArgs {
    /// The pack
    pack: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
    /// The file to write
    #[arg(long, short)]
    out: PathBuf,
    /// Keep views and triggers too. They are written for a SQLite of this year: a version before 3.44 may not be able to read any of
    /// the file then
    #[arg(long)]
    views: bool,
}

/// Prints the digest of the whole state, and that of what counts for grading.
#[derive(clap::Args)]
pub(crate) struct DigestArgs {
    /// The pack
    pack: PathBuf,
    #[command(flatten)]
    source: SourceArgs,
    /// Of an exported file instead
    #[arg(long, value_name = "FILE", conflicts_with_all = ["state", "task", "trajectory"])]
    sqlite: Option<PathBuf>,
}

/// Exit status 0 where the states are the same, 1 where they differ.
///
/// A state is `initial`; a file that `pack call --state` keeps; TASKS#ID, that in which a task begins; or TRAJECTORIES#ID, that at the
/// end of a trajectory, and TRAJECTORIES#ID@N, that after N of its calls.
#[derive(clap::Args)]
pub(crate) struct DiffArgs {
    /// The pack
    pack: PathBuf,
    /// A state
    a: String,
    /// The state to compare it with
    b: String,
    /// Show all rows that differ, not only the first
    #[arg(long)]
    all: bool,
}

/// What `state export --json` prints.
#[derive(Serialize)]
struct Exported {
    file: PathBuf,
    bytes: usize,
    sha256: Digest,
    state: Digests,
    tables: Vec<TableRows>,
    /// Views and triggers that the file has not.
    left_out: Vec<String>,
    /// Views that only Wardian can read.
    ours: Vec<String>,
}

#[derive(Serialize)]
struct TableRows {
    name: String,
    rows: i64,
}

/// What `state digest --json` prints.
#[derive(Serialize)]
struct Digested {
    pack: String,
    pack_digest: Digest,
    state: Digests,
}

/// What `state diff --json` prints.
#[derive(Serialize)]
struct Compared {
    equal: bool,
    a: Digests,
    b: Digests,
    /// Rows that differ.
    rows: usize,
    /// Rows that are not in the difference below.
    left_off: usize,
    difference: Diff,
}

pub(crate) fn run(command: &Command, ui: &Ui) -> Result<Verdict> {
    match command {
        Command::Export(args) => export(args, ui),
        Command::Digest(args) => digest(args, ui),
        Command::Diff(args) => diff(args, ui),
    }
}

fn export(args: &ExportArgs, ui: &Ui) -> Result<Verdict> {
    let pack = packs::load(&args.pack, &engine::runtime(ui)?)?;
    let mut env = args.source.source().open(&pack)?;
    let plain = env.state()?.export(args.views)?;
    files::write(&args.out, &plain.bytes)?;
    let exported = Exported {
        file: args.out.clone(),
        bytes: plain.bytes.len(),
        sha256: Digest::of(&plain.bytes),
        state: env.digests()?,
        tables: tables(&mut env, &pack)?,
        left_out: plain.left_out,
        ours: plain.ours,
    };
    ui.result(&exported, || exported_text(&exported))?;
    Ok(Verdict::Well)
}

fn tables(env: &mut Env, pack: &LoadedPack) -> Result<Vec<TableRows>> {
    let count = |table: &wardian_env::Table| {
        let rows = env.read(&format!("SELECT count(*) FROM \"{}\"", table.name.replace('"', "\"\"")), &[])?;
        let counted = match rows.values.first().and_then(|row| row.first()) {
            Some(SqlValue::Integer(count)) => *count,
            _ => 0,
        };
        Ok(TableRows { name: table.name.clone(), rows: counted })
    };
    pack.schema().tables.iter().map(count).collect()
}

fn exported_text(exported: &Exported) -> String {
    let mut out = String::new();
    for table in &exported.tables {
        out.push_str(&format!("{:>10} {}\n", table.rows, untrusted(&table.name, LINE_CHARS_MAX)));
    }
    let named = |names: &[String]| untrusted(&names.join(", "), LINE_CHARS_MAX);
    if !exported.left_out.is_empty() {
        out.push_str(&format!("left out: {} (`--views` keeps them)\n", named(&exported.left_out)));
    }
    if !exported.ours.is_empty() {
        out.push_str(&format!("only Wardian can read the views {}\n", named(&exported.ours)));
    }
    out.push_str(&format!("state {}\n", exported.state.full));
    out.push_str(&format!("{} in {} tables → {}\n", ui::bytes(exported.bytes), exported.tables.len(), exported.file.display()));
    out
}

fn digest(args: &DigestArgs, ui: &Ui) -> Result<Verdict> {
    let pack = packs::load(&args.pack, &engine::runtime(ui)?)?;
    let state = match &args.sqlite {
        Some(path) => of_file(path, &pack, ui)?,
        None => args.source.source().open(&pack)?.digests()?,
    };
    let digested = Digested { pack: pack.manifest().name.clone(), pack_digest: pack.digest(), state };
    ui.result(&digested, || format!("full   {}\ngraded {}\n", state.full, state.graded))?;
    Ok(Verdict::Well)
}

/// The digests of the rows in an exported file, which anybody may have changed since.
fn of_file(path: &Path, pack: &Arc<LoadedPack>, ui: &Ui) -> Result<Digests> {
    let what = || format!("`{}` is no state of the pack `{}`", path.display(), pack.manifest().name);
    engine::digest_image(files::read(path)?, pack.manifest(), ui).with_context(what)
}

fn diff(args: &DiffArgs, ui: &Ui) -> Result<Verdict> {
    let pack = packs::load(&args.pack, &engine::runtime(ui)?)?;
    let open = |text: &str| Source::parse(text)?.open(&pack);
    let (mut a, mut b) = (open(&args.a)?, open(&args.b)?);
    let mut difference = a.diff(&mut b)?;
    let rows = difference.rows.len();
    if !args.all {
        difference.rows.truncate(SHOWN_MAX);
    }
    let compared =
        Compared { equal: rows == 0, a: a.digests()?, b: b.digests()?, rows, left_off: rows - difference.rows.len(), difference };
    ui.result(&compared, || compared_text(&compared))?;
    Ok(if compared.equal { Verdict::Well } else { Verdict::Negative })
}

fn compared_text(compared: &Compared) -> String {
    let mut out = format!("a {}\nb {}\n", compared.a.full, compared.b.full);
    if compared.equal {
        out.push_str("the states are the same\n");
        return out;
    }
    for line in compared.difference.to_string().lines() {
        out.push_str(&format!("{}\n", untrusted(line, LINE_CHARS_MAX)));
    }
    if compared.left_off > 0 {
        out.push_str(&format!("… and {} rows more (`--all` shows them)\n", ui::count(compared.left_off)));
    }
    out
}
