//! `wardian filter`

use crate::{Verdict, files, ui, ui::Ui};
use anyhow::Result;
use serde::Serialize;
use std::path::{Path, PathBuf};
use wardian_format::Trajectory;
use wardian_rollout::filter::Funnel;
use wardian_rollout::{FilterOptions, filter};

/// Keeps the trajectories that pass three stages: validity, final state, calls.
///
/// Writes `kept.jsonl`, `decisions.jsonl` with the reason for each, and `filter.json` with the counts.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files of trajectories, or folders of them
    #[arg(required = true)]
    trajectories: Vec<PathBuf>,
    /// The folder to write
    #[arg(long, short)]
    out: PathBuf,
    #[command(flatten)]
    filter: FilterArgs,
}

/// Options of the filter.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FilterArgs {
    /// Drop trajectories with failed calls even where they recovered
    #[arg(long)]
    strict: bool,
    /// Drop trajectories whose calls are the plan's in another order, though that was shown to be as good
    #[arg(long)]
    exact_order: bool,
    /// Words of an n-gram
    #[arg(long, value_name = "N", default_value_t = FilterOptions::default().gram_words)]
    gram_words: usize,
    /// How often one n-gram may occur in a message of the agent
    #[arg(long, value_name = "N", default_value_t = FilterOptions::default().gram_max)]
    gram_max: usize,
    /// How often a call may be made with the same arguments
    #[arg(long, value_name = "N", default_value_t = FilterOptions::default().identical_calls_max)]
    identical_calls_max: usize,
    /// How often the agent may say the same thing
    #[arg(long, value_name = "N", default_value_t = FilterOptions::default().identical_texts_max)]
    identical_texts_max: usize,
    /// Stages to leave out, for looking at what the others do: state, calls
    #[arg(long, value_name = "STAGE", value_enum)]
    without: Vec<StageArg>,
}

/// Stages that may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum StageArg {
    /// The final state is the goal's
    State,
    /// The calls are the plan's
    Calls,
}

impl Default for FilterArgs {
    fn default() -> Self {
        let FilterOptions { gram_words, gram_max, identical_calls_max, identical_texts_max, strict, exact_order, .. } =
            FilterOptions::default();
        Self { strict, exact_order, gram_words, gram_max, identical_calls_max, identical_texts_max, without: Vec::new() }
    }
}

impl FilterArgs {
    fn options(&self) -> FilterOptions {
        FilterOptions {
            gram_words: self.gram_words,
            gram_max: self.gram_max,
            identical_calls_max: self.identical_calls_max,
            identical_texts_max: self.identical_texts_max,
            strict: self.strict,
            exact_order: self.exact_order,
            state: !self.without.contains(&StageArg::State),
            calls: !self.without.contains(&StageArg::Calls),
        }
    }
}

/// What `filter --json` prints and `filter.json` holds.
#[derive(Debug, Serialize)]
pub(crate) struct Summary {
    #[serde(flatten)]
    pub(crate) funnel: Funnel,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let summary = stage(&files::expand(&args.trajectories, &["jsonl"])?, &args.out, &args.filter)?;
    ui.result(&summary, || text(&summary.funnel, &args.out))?;
    Ok(Verdict::Well)
}

/// Filters every file of `paths` into the folder `out`.
pub(crate) fn stage(paths: &[PathBuf], out: &Path, args: &FilterArgs) -> Result<Summary> {
    let mut trajectories: Vec<Trajectory> = Vec::new();
    for path in paths {
        ui::check_interrupt()?;
        trajectories.extend(files::read_jsonl::<Trajectory>(path)?);
    }
    let filtered = filter(&trajectories, &args.options());
    let kept = trajectories.iter().zip(&filtered.decisions).filter(|(_, decision)| decision.kept).map(|(t, _)| t);
    files::write_jsonl(&out.join("kept.jsonl"), kept)?;
    files::write_jsonl(&out.join("decisions.jsonl"), &filtered.decisions)?;
    let summary = Summary { funnel: filtered.funnel };
    files::write_json(&out.join("filter.json"), &summary)?;
    Ok(summary)
}

fn text(funnel: &Funnel, out: &Path) -> String {
    let mut lines = String::new();
    for (label, left) in
        [("trajectories", funnel.total), ("valid", funnel.valid), ("goal state reached", funnel.right_state), ("kept", funnel.kept)]
    {
        lines.push_str(&format!("{:>8} {label}\n", ui::count(left)));
    }
    for (code, count) in &funnel.codes {
        lines.push_str(&format!("{:>12} {code}\n", ui::count(*count)));
    }
    format!("{lines}→ {}\n", out.display())
}
