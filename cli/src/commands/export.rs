//! `wardian export`

use crate::packs::PackSet;
use crate::{Verdict, engine, files, ui, ui::Ui};
use anyhow::Result;
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_format::Trajectory;
use wardian_format::pack::Role;
use wardian_rollout::episode::offered;
use wardian_rollout::export::{Dialect, line};

/// Writes a training set: `messages`, `tools` and `metadata`, one trajectory a line.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories, usually `filtered/kept.jsonl`
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    /// A pack, or a folder of packs, may be repeated; for the tools that the agent was offered
    #[arg(long, required = true)]
    packs: Vec<PathBuf>,
    /// The file to write (JSON lines)
    #[arg(long, short)]
    out: PathBuf,
    /// Dialect of the messages
    #[arg(long, value_enum, default_value_t = Form::Trl)]
    form: Form,
}

/// Dialects of chat data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Form {
    /// TRL and Hugging Face chat templates: arguments are an object
    Trl,
    /// OpenAI: arguments are text
    Openai,
}

/// What `export --json` prints.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    /// Lines written.
    pub(crate) lines: usize,
    /// Bytes written.
    pub(crate) bytes: usize,
    /// Trajectories that the form cannot carry, with the reason.
    pub(crate) left_out: Vec<String>,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let packs = PackSet::load(&args.packs, &runtime)?;
    let summary = stage(&files::expand(&args.trajectories, &["jsonl"])?, &packs, &args.out, args.form)?;
    for reason in &summary.left_out {
        ui.warn(reason);
    }
    ui.result(&summary, || format!("{} lines, {} → {}\n", ui::count(summary.lines), ui::bytes(summary.bytes), args.out.display()))?;
    Ok(Verdict::Well)
}

/// Exports every file of `paths` into the file `out`.
pub(crate) fn stage(paths: &[PathBuf], packs: &PackSet, out: &Path, form: Form) -> Result<Summary> {
    let dialect = if form == Form::Trl { Dialect::Trl } else { Dialect::OpenAi };
    let mut text = String::new();
    let mut summary = Summary { lines: 0, bytes: 0, left_out: Vec::new() };
    for path in paths {
        for trajectory in files::read_jsonl::<Trajectory>(path)? {
            ui::check_interrupt()?;
            let who = format!("trajectory `{}` of `{}`", trajectory.id, path.display());
            let pack = packs.get(&trajectory.certificate.pack, trajectory.certificate.pack_digest, &who)?;
            match line(&trajectory, &offered(pack.manifest(), Role::Agent, &trajectory.tools), dialect) {
                Ok(line) => {
                    text.push_str(&line);
                    summary.lines += 1;
                }
                Err(error) => summary.left_out.push(error.to_string()),
            }
        }
    }
    summary.bytes = text.len();
    files::write(out, text.as_bytes())?;
    Ok(summary)
}
