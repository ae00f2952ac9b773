//! `wardian pack call`

use crate::states::file::Held;
use crate::{Verdict, engine, packs, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use wardian_env::{Env, EpisodeContext, LoadedPack};
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Diff, Digests, Outcome, SavedState, json};

/// Calls a tool and shows the result, the digests and what changed.
///
/// Exit status 1 where the tool refuses or fails. The state is a fresh one that lives as long as the command, or with `--state` the one
/// of that file, which is then kept for the next call.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// Name of the tool
    tool: String,
    /// Arguments as a JSON object
    #[arg(default_value = "{}")]
    arguments: String,
    /// Go on from the state in this file, and keep there what the call changes; made where there is none
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Seed of generated ids [default: 0, or that of the state]
    #[arg(long)]
    seed: Option<u64>,
    /// Constant time of the call, such as 2026-01-31T12:00:00Z [default: the pack's, or that of the state]
    #[arg(long)]
    now: Option<String>,
    /// Whose tool it is: agent, user, setup or assert
    #[arg(long, default_value = "agent", value_parser = role)]
    role: Role,
}

/// What `pack call --json` prints.
#[derive(Serialize)]
struct Called {
    before: Digests,
    #[serde(flatten)]
    call: CallRecord,
    diff: Diff,
    #[serde(skip_serializing_if = "Option::is_none")]
    saved: Option<Saved>,
}

/// The file that keeps the state.
#[derive(Serialize)]
struct Saved {
    file: PathBuf,
    /// Calls that lead to the state, this one counted where it changed something.
    calls: usize,
    /// True where the file is another than before.
    written: bool,
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(text.into()).map_err(|_| "expected agent, user, setup or assert".to_owned())
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let pack = packs::load(&args.pack, &runtime)?;
    json::parse(&args.arguments).with_context(|| format!("the arguments `{}` are not JSON", args.arguments))?;
    let called = match &args.state {
        None => call(&mut pack.env(&context(args, &pack))?, args)?,
        Some(path) => call_saved(path, args, &pack)?,
    };
    let verdict = if called.call.outcome.is_ok() { Verdict::Well } else { Verdict::Negative };
    ui.result(&called, || text(&called, pack.manifest()))?;
    Ok(verdict)
}

fn context(args: &Args, pack: &LoadedPack) -> EpisodeContext {
    EpisodeContext { seed: args.seed.unwrap_or(0), now: args.now.clone().unwrap_or_else(|| pack.manifest().now.clone()) }
}

fn call(env: &mut Env, args: &Args) -> Result<Called> {
    let mut before_env = env.clone();
    let before = env.digests()?;
    let call = env.call_text(args.role, &args.tool, &args.arguments)?;
    let diff = before_env.diff(env)?;
    Ok(Called { before, call, diff, saved: None })
}

/// The call on the state in the file at `path`, which is replaced where the call changed something.
fn call_saved(path: &Path, args: &Args, pack: &Arc<LoadedPack>) -> Result<Called> {
    loop {
        ui::check_interrupt()?;
        let held = Held::open(path)?;
        let found = held.read()?;
        let is_new = found.is_none();
        let mut saved = found.unwrap_or_else(|| pack.save(&context(args, pack)));
        must_agree(&saved, args, path)?;
        let mut env = pack.resume(&saved).with_context(|| format!("cannot go on from `{}`", path.display()))?;
        let mut called = call(&mut env, args)?;
        let is_changed = called.call.state != called.before;
        if is_changed {
            saved.push(&called.call.tool, &called.call.arguments, called.call.state);
        }
        let written = is_new || is_changed;
        if written && !held.put(&saved)? {
            // Another made the file meanwhile: this call comes after its calls.
            continue;
        }
        called.saved = Some(Saved { file: path.to_owned(), calls: saved.calls.len(), written });
        return Ok(called);
    }
}

/// Clock and seed are part of a state: ids that were made with one seed and go on with another would be those of no episode.
fn must_agree(saved: &SavedState, args: &Args, path: &Path) -> Result<()> {
    let (head, path) = (&saved.head, path.display());
    if let Some(seed) = args.seed.filter(|seed| *seed != head.seed) {
        bail!("`{path}` has the seed {}, and `--seed` says {seed}: leave it out, or begin another state", head.seed);
    }
    if let Some(now) = args.now.as_ref().filter(|now| **now != head.now) {
        bail!("`{path}` has the time `{}`, and `--now` says `{now}`: leave it out, or begin another state", head.now);
    }
    Ok(())
}

fn text(called: &Called, manifest: &wardian_format::Manifest) -> String {
    let observation = serde_json::to_string_pretty(&called.call.observation()).unwrap_or_default();
    let mut out = format!("{observation}\n\n");
    if matches!(called.call.outcome, Outcome::UnknownTool) {
        let names: Vec<&str> = manifest.tools.iter().map(|tool| tool.name.as_str()).collect();
        out.push_str(&format!("tools  {}\n", names.join(" ")));
    }
    out.push_str(&format!("before {}\nafter  {}\n", called.before.full, called.call.state.full));
    if called.diff.is_empty() {
        out.push_str("no change\n");
    } else {
        out.push_str(&format!("{}\n", called.diff));
    }
    if let Some(Saved { file, calls, written }) = &called.saved {
        let word = if *written { "written" } else { "as it was" };
        out.push_str(&format!("state  {} {word}; calls in it: {}\n", file.display(), ui::count(*calls)));
    }
    out
}
