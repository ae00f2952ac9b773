//! Checkpoints of a training: weights, moments, and how far it is.

use super::adamw::{AdamW, Moments};
use super::decoder::Decoder;
use super::lora::Adapters;
use super::train::TrainError;
use super::weights;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tch::{Kind, Tensor};
use wardian_trainer::checkpoint::{CheckpointError, Dtype, Shards, write};
use wardian_trainer::plan::Plan;

/// `training.json` of a checkpoint.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: u32,
    done: usize,
    optimizer_steps: i32,
    plan: Plan,
}

const FORMAT: u32 = 1;
const STATE: &str = "training.json";
const OPTIMIZER: &str = "optimizer";

/// Writes a checkpoint beside `folder` and gives it that name when it is whole.
pub(super) fn save(folder: &Path, plan: &Plan, done: usize, decoder: &Decoder, optimizer: &AdamW) -> Result<(), CheckpointError> {
    let failed = |e: std::io::Error| CheckpointError::Write { path: folder.to_owned(), what: e.to_string() };
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = folder.with_file_name(name);
    if new.exists() {
        fs::remove_dir_all(&new).map_err(failed)?;
    }
    match decoder.adapters() {
        Some(adapters) => adapters.save(&new, &plan.model)?,
        None => weights::save(decoder, &new)?,
    }
    let (steps, moments) = optimizer.parts();
    let mut all: BTreeMap<String, &Tensor> = BTreeMap::new();
    for (name, Moments { first, second, master }) in moments {
        all.insert(format!("first.{name}"), first);
        all.insert(format!("second.{name}"), second);
        all.extend(master.as_ref().map(|master| (format!("master.{name}"), master)));
    }
    let sizes = all.iter().map(|(name, tensor)| (name.clone(), tensor.size().iter().map(|n| *n as usize).collect())).collect();
    let file = new.join(OPTIMIZER);
    fs::create_dir_all(&file).map_err(failed)?;
    write(&file.join("model.safetensors"), &sizes, Dtype::F32, |name| weights::bytes(all[name]))?;
    let state = State { format: FORMAT, done, optimizer_steps: steps, plan: plan.clone() };
    let text = serde_json::to_string_pretty(&state).expect("a plan is JSON");
    fs::write(new.join(STATE), text + "\n").map_err(failed)?;
    sync(&new).map_err(failed)?;
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(failed)?;
    }
    fs::rename(&new, folder).map_err(failed)
}

/// A machine that loses its power keeps what the folder's new name promises.
fn sync(folder: &Path) -> std::io::Result<()> {
    fs::File::open(folder.join(STATE))?.sync_all()?;
    fs::File::open(folder)?.sync_all()
}

/// Reads a checkpoint of `plan`. `at_hand` is the decoder before the first step.
pub(super) fn load(folder: &Path, plan: &Plan, optimizer: &AdamW, at_hand: &Decoder) -> Result<(usize, Decoder, AdamW), TrainError> {
    let path = folder.join(STATE);
    let text = fs::read_to_string(&path).map_err(|source| CheckpointError::Read { path: path.clone(), source })?;
    let state: State = serde_json::from_str(&text)
        .map_err(|e| CheckpointError::Config { path: path.clone(), what: format!("no state of a training: {e}") })?;
    let other = |what: &str| TrainError::Other { path: folder.to_owned(), what: what.to_owned() };
    if state.format != FORMAT {
        return Err(other("it was written by another version"));
    }
    // Where it is written and how often may change on the way.
    let as_it_was = Plan { out: plan.out.clone(), checkpoint: plan.checkpoint, ..state.plan };
    if as_it_was != *plan {
        return Err(other("the plan has changed"));
    }
    let device = at_hand.device();
    let decoder = match &plan.lora {
        Some(lora) => at_hand.merged().with_adapters(Adapters::load(folder, lora, at_hand.config(), device)?),
        None => weights::load(folder, None, device)?,
    };
    let shards = Shards::open(&folder.join(OPTIMIZER))?;
    let read = |name: String| -> Result<Tensor, CheckpointError> { Ok(weights::tensor(&name, &shards.read(&name)?)?.to_device(device)) };
    let mut moments = BTreeMap::new();
    for (name, weight) in decoder.trained() {
        if !shards.names().any(|one| one == format!("first.{name}")) {
            continue;
        }
        let master = if weight.kind() == Kind::Float { None } else { Some(read(format!("master.{name}"))?) };
        let one = Moments { first: read(format!("first.{name}"))?, second: read(format!("second.{name}"))?, master };
        moments.insert(name.to_owned(), one);
    }
    Ok((state.done, decoder, optimizer.with(state.optimizer_steps, moments)))
}
