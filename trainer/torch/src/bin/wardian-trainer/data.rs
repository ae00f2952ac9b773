//! What a plan names, read: tokenizer, samples of each phase, conversations that are held out.

use super::ui::Ui;
use anyhow::{Context, Result, bail};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use wardian_torch::PhaseData;
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::data::expand;
use wardian_trainer::fit::{Fit, Sample};
use wardian_trainer::held_out::{HeldOutSample, calls};
use wardian_trainer::plan::{Learn, Plan};
use wardian_trainer::prepare::{PrepareOptions, prepare};
use wardian_trainer::stats::Stats;
use wardian_trainer::template::{CHATML_TOOLS, RenderOptions};

/// A plan with all that it names.
pub(crate) struct Loaded {
    pub(crate) plan: Plan,
    pub(crate) chat: ChatTokenizer,
    pub(crate) phases: Vec<PhaseData>,
    pub(crate) held_out: Vec<HeldOutSample>,
    /// What each source of data comes to, by its path.
    pub(crate) stats: BTreeMap<String, Stats>,
    /// Samples that are held out elsewhere, and were taken out.
    pub(crate) taken_out: usize,
}

/// Reads the plan; its paths are relative to its folder.
pub(crate) fn plan(path: &Path) -> Result<Plan> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the plan `{}`", path.display()))?;
    let mut plan = Plan::parse(&text).map_err(|what| anyhow::anyhow!("`{}`: {what}", path.display()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    // The same plan from another folder is the same plan.
    let place = |path: &mut PathBuf| {
        let whole = folder.join(&*path);
        *path = std::path::absolute(&whole).unwrap_or(whole);
    };
    place(&mut plan.model);
    place(&mut plan.out);
    plan.phases.iter_mut().flat_map(|phase| &mut phase.data).for_each(|source| place(&mut source.path));
    plan.held_out.iter_mut().flat_map(|held_out| &mut held_out.data).for_each(place);
    if let Some(template) = plan.template.as_mut().filter(|template| *template != "chatml-tools") {
        let mut path = PathBuf::from(&*template);
        place(&mut path);
        *template = path.display().to_string();
    }
    Ok(plan)
}

/// Reads what the plan names.
pub(crate) fn load(plan: Plan, ui: &Ui) -> Result<Loaded> {
    let chat = chat(&plan)?;
    let render = RenderOptions { date: plan.date, ..RenderOptions::default() };
    let options = PrepareOptions { tokens_max: plan.length, over_long: plan.over_long, render };
    let mut out = Loaded { chat, phases: Vec::new(), held_out: Vec::new(), stats: BTreeMap::new(), taken_out: 0, plan };
    if let Some(held_out) = &out.plan.held_out {
        let prepared = prepare(&expand(&held_out.data)?, &out.chat, &options, |seen| {
            if let Fit::Whole(sample) | Fit::Cut(sample, _) = seen.fit {
                let calls = calls(&out.chat, seen.rendered, seen.encoded, sample.ids.len());
                out.held_out.push(HeldOutSample { sample: sample.clone(), calls });
            }
        })?;
        out.stats.insert("held out".to_owned(), prepared.stats);
        if let Err(e) = out.chat.calls() {
            ui.note(&format!("calls on held-out conversations are not counted: {e}"));
        }
    }
    // A conversation that is held out is trained on nowhere, whatever files it lies in.
    let held_out: BTreeSet<&[u32]> = out.held_out.iter().map(|one| one.sample.ids.as_slice()).collect();
    let mut read: BTreeMap<PathBuf, Vec<Sample>> = BTreeMap::new();
    for phase in &out.plan.phases {
        let mut sources = Vec::new();
        for source in &phase.data {
            let samples = match read.get(&source.path) {
                Some(samples) => samples.clone(),
                None => {
                    let prepared = prepare(&expand(std::slice::from_ref(&source.path))?, &out.chat, &options, |_| {})?;
                    let before = prepared.samples.len();
                    let samples: Vec<Sample> =
                        prepared.samples.into_iter().filter(|sample| !held_out.contains(sample.ids.as_slice())).collect();
                    out.taken_out += before - samples.len();
                    out.stats.insert(source.path.display().to_string(), prepared.stats);
                    read.insert(source.path.clone(), samples.clone());
                    samples
                }
            };
            sources.push(match phase.learn {
                Learn::Agent => samples,
                Learn::Everything => samples.into_iter().map(Sample::with_all_learned).collect(),
            });
        }
        out.phases.push(PhaseData { sources });
    }
    Ok(out)
}

/// The tokenizer with the plan's template.
fn chat(plan: &Plan) -> Result<ChatTokenizer> {
    let text = match plan.template.as_deref() {
        None => None,
        Some("chatml-tools") => Some(CHATML_TOOLS.to_owned()),
        Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("cannot read the template `{path}`"))?),
    };
    if !plan.model.exists() {
        bail!("there is no model `{}`", plan.model.display());
    }
    ChatTokenizer::open(&plan.model, text.as_deref()).with_context(|| format!("cannot use the model `{}`", plan.model.display()))
}
