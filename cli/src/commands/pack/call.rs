//! `wardian pack call`

use crate::{Verdict, engine, packs, ui::Ui};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::PathBuf;
use wardian_env::EpisodeContext;
use wardian_format::pack::Role;
use wardian_format::{CallRecord, Diff, Digests, Outcome, json};

/// Calls a tool on a fresh state and shows the result, the digests and what changed.
///
/// Exit status 1 where the tool refuses or fails. Nothing is written: the state lives as long as the command.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The pack
    pack: PathBuf,
    /// Name of the tool
    tool: String,
    /// Arguments as a JSON object
    #[arg(default_value = "{}")]
    arguments: String,
    /// Seed of generated ids
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Constant time of the call, such as 2026-01-31T12:00:00Z [default: the pack's]
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
}

fn role(text: &str) -> Result<Role, String> {
    serde_json::from_value(text.into()).map_err(|_| "expected agent, user, setup or assert".to_owned())
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<Verdict> {
    let runtime = engine::runtime(ui)?;
    let pack = packs::load(&args.pack, &runtime)?;
    let context = EpisodeContext { seed: args.seed, now: args.now.clone().unwrap_or_else(|| pack.manifest().now.clone()) };
    json::parse(&args.arguments).with_context(|| format!("the arguments `{}` are not JSON", args.arguments))?;
    let mut env = pack.env(&context)?;
    let mut before_env = env.clone();
    let before = env.digests()?;
    let call = env.call_text(args.role, &args.tool, &args.arguments)?;
    let diff = before_env.diff(&mut env)?;
    let verdict = if call.outcome.is_ok() { Verdict::Well } else { Verdict::Negative };
    let called = Called { before, call, diff };
    ui.result(&called, || text(&called, pack.manifest()))?;
    Ok(verdict)
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
    out
}
