//! `wardian-trainer run`

use super::data::{self, Loaded};
use super::output::{self, Output};
use super::ui::{self, Ui};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;
use tch::Kind;
use wardian_format::number::grouped as count;
use wardian_torch::device::{self, Compute, Wanted};
use wardian_torch::{Adapters, Decoder, Metrics, Training, examine, guarded};
use wardian_trainer::checkpoint::ends;
use wardian_trainer::curves::{HeldOut, Line, Step};
use wardian_trainer::held_out::Seen;
use wardian_trainer::plan::Dtype;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The plan, a TOML file; paths in it are relative to its folder
    plan: PathBuf,
    /// What computes: auto, cpu, cuda, cuda:1
    #[arg(long, default_value = "auto")]
    device: Wanted,
    /// Threads of the CPU [default: as many as cores]
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=1024))]
    threads: Option<i32>,
    /// Let CUDA take faster kernels that do not give the same bits again
    #[arg(long)]
    nondeterministic: bool,
    /// 10^12 operations a second that the device can do at best, for MFU, where it is not known
    #[arg(long)]
    peak_tflops: Option<f64>,
    /// Begin anew where the output folder has a training already
    #[arg(long)]
    restart: bool,
    /// Read the plan, the data and the model, say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// What a training came to.
#[derive(Debug, Serialize)]
struct Summary {
    out: PathBuf,
    device: String,
    attention: String,
    /// Numbers of the model, and of what is trained.
    parameters: usize,
    trained: usize,
    steps: usize,
    /// The step that this run began with, from 0.
    began: usize,
    /// Steps of this run: tokens, seconds, and what comes of them.
    tokens: usize,
    seconds: f64,
    tokens_per_second: f64,
    tflops: f64,
    mfu: Option<f64>,
    peak_bytes: Option<u64>,
    /// The last loss of each phase of this run.
    losses: Vec<(String, f64)>,
    held_out: Option<HeldOut>,
    /// Samples that are held out, and were in the data of a phase too.
    taken_out: usize,
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<()> {
    let plan = data::plan(&args.plan)?;
    let mut compute = device::open(args.device, args.threads, !args.nondeterministic)?;
    compute.peak_tflops = args.peak_tflops.or(compute.peak_tflops);
    ui.note(&format!("{}; attention {}", compute.name, compute.attention));
    let loaded = data::load(plan, ui)?;
    for (name, stats) in &loaded.stats {
        ui.note(name);
        stats.rows().iter().for_each(|(what, value)| ui.note(&format!("  {what:<28} {value}")));
    }
    if loaded.taken_out > 0 {
        ui.note(&format!("{} samples of the phases are held out, and are not trained on", count(loaded.taken_out)));
    }
    let decoder = guarded(|| decoder(&loaded, &compute))??;
    let mut training = Training::new(&loaded.plan, &loaded.phases, decoder)?;
    if args.dry_run {
        let summary = Session::new(&loaded, &compute, 0).summary(&training, None);
        return ui.result(&summary, || format!("{} steps; nothing was done\n", count(summary.steps)));
    }
    // Without a checkpoint, what an earlier run wrote goes on nowhere.
    let last = if args.restart { None } else { output::latest(&loaded.plan.out) };
    if last.is_none() {
        output::forget(&loaded.plan.out)?;
    }
    if let Some((step, path)) = last {
        training.resume(&path).with_context(|| "cannot go on from the last checkpoint (`--restart` begins anew)")?;
        ui.note(&format!("goes on after step {}", count(step)));
    }
    let mut session = Session::new(&loaded, &compute, training.done());
    let held_out = session.steps(&mut training, ui)?;
    let summary = session.summary(&training, held_out);
    ui.result(&summary, || text(&summary))
}

/// The model before the first step.
fn decoder(loaded: &Loaded, compute: &Compute) -> Result<Decoder> {
    let Loaded { plan, chat, .. } = loaded;
    let kind = match plan.dtype {
        Dtype::F32 => Kind::Float,
        Dtype::Bf16 => Kind::BFloat16,
    };
    let decoder = match &plan.shape {
        Some(shape) => {
            let vocabulary = chat.tokenizer().get_vocab(true).values().max().map_or(0, |id| *id as usize + 1);
            let mut config = shape.config(vocabulary, plan.length, Vec::new());
            config.eos = ends(chat, &config);
            wardian_torch::new(config, plan.seed, kind, compute.device)?
        }
        None => wardian_torch::load(&plan.model, Some(kind), compute.device)?,
    };
    let Some(lora) = &plan.lora else { return Ok(decoder) };
    let adapters = Adapters::new(lora, decoder.config(), plan.seed, kind, compute.device);
    Ok(decoder.with_adapters(adapters))
}

/// One run of a training, from its start or a checkpoint.
struct Session<'a> {
    loaded: &'a Loaded,
    compute: &'a Compute,
    began: usize,
    tokens: usize,
    flops: f64,
    seconds: f64,
    losses: Vec<(String, f64)>,
}

impl<'a> Session<'a> {
    fn new(loaded: &'a Loaded, compute: &'a Compute, began: usize) -> Self {
        Self { loaded, compute, began, tokens: 0, flops: 0.0, seconds: 0.0, losses: Vec::new() }
    }

    /// All steps that are left; gives the last look at what is held out.
    fn steps(&mut self, training: &mut Training<'_>, ui: &Ui) -> Result<Option<HeldOut>> {
        let plan = &self.loaded.plan;
        let mut output = Output::open(plan, training.done())?;
        output.json("data.json", &self.loaded.stats)?;
        let mut last = None;
        if training.done() == 0 {
            last = self.look(training, &mut output)?;
        }
        let bar = ui.bar(training.steps(), training.done());
        loop {
            let start = Instant::now();
            let Some(metrics) = training.step()? else { break };
            let line = self.count(&metrics, start.elapsed().as_secs_f64());
            bar.set_position(metrics.step as u64);
            bar.set_message(message(&line, last.as_ref()));
            output.line(&Line::Step(line))?;
            let is_last = training.done() == training.steps();
            let every = plan.held_out.as_ref().map_or(0, |held_out| held_out.every);
            if every > 0 && (is_last || training.done() % every == 0) {
                last = self.look(training, &mut output)?;
            }
            if is_last || ui::interrupted() || training.done() % plan.checkpoint.every == 0 {
                output.checkpoint(training)?;
            }
            if ui::interrupted() && !is_last {
                return Err(ui::Interrupted.into());
            }
        }
        bar.finish_and_clear();
        output.model(training, plan, &self.loaded.chat)?;
        output.curves()?;
        Ok(last)
    }

    /// A look at what is held out.
    fn look(&self, training: &Training<'_>, output: &mut Output) -> Result<Option<HeldOut>> {
        if self.loaded.held_out.is_empty() {
            return Ok(None);
        }
        let seen = guarded(|| examine(training.decoder(), &self.loaded.held_out, self.loaded.plan.length))?;
        let line = seen.into_iter().sum::<Seen>().line(training.done());
        output.line(&Line::HeldOut(line.clone()))?;
        Ok(Some(line))
    }

    /// The line of a step that took `seconds`.
    fn count(&mut self, metrics: &Metrics, seconds: f64) -> Step {
        let Metrics { step, phase, loss, rate, gradient_norm, tokens, learned, flops } = metrics.clone();
        self.tokens += tokens;
        self.flops += flops;
        self.seconds += seconds;
        match self.losses.last_mut() {
            Some((last, value)) if *last == phase => *value = loss,
            _ => self.losses.push((phase.clone(), loss)),
        }
        let tflops = flops / seconds / 1e12;
        let mfu = self.compute.peak_tflops.map(|peak| tflops / peak);
        let tokens_per_second = tokens as f64 / seconds;
        Step { step, phase, loss, rate, gradient_norm, tokens, learned, tokens_per_second, tflops, mfu, seconds }
    }

    fn summary(&self, training: &Training<'_>, held_out: Option<HeldOut>) -> Summary {
        let numbers = |tensors: &mut dyn Iterator<Item = &tch::Tensor>| tensors.map(tch::Tensor::numel).sum();
        let per_second = |amount: f64| if self.seconds > 0.0 { amount / self.seconds } else { 0.0 };
        let tflops = per_second(self.flops) / 1e12;
        Summary {
            out: self.loaded.plan.out.clone(),
            device: self.compute.name.clone(),
            attention: self.compute.attention.to_string(),
            parameters: numbers(&mut training.decoder().weights().values()),
            trained: numbers(&mut training.decoder().trained().map(|(_, tensor)| tensor)),
            steps: training.steps(),
            began: self.began,
            tokens: self.tokens,
            seconds: self.seconds,
            tokens_per_second: per_second(self.tokens as f64),
            tflops,
            mfu: self.compute.peak_tflops.map(|peak| tflops / peak).filter(|_| self.seconds > 0.0),
            peak_bytes: device::peak_bytes(self.compute.device),
            losses: self.losses.clone(),
            held_out,
            taken_out: self.loaded.taken_out,
        }
    }
}

fn message(step: &Step, held_out: Option<&HeldOut>) -> String {
    let mut out = format!("{}, loss {:.3}, {} tokens/s", step.phase, step.loss, count(step.tokens_per_second as usize));
    if let Some(mfu) = step.mfu {
        out.push_str(&format!(", MFU {:.1} %", mfu * 100.0));
    }
    if let Some(calls) = held_out.and_then(|seen| seen.calls.as_ref()) {
        out.push_str(&format!(", held-out calls {:.1} %", calls.right * 100.0));
    }
    out
}

fn text(summary: &Summary) -> String {
    let mut rows = vec![
        ("model", summary.out.display().to_string()),
        ("parameters", format!("{}, {} trained", count(summary.parameters), count(summary.trained))),
        ("steps", format!("{}, {} of them in this run", count(summary.steps), count(summary.steps - summary.began))),
    ];
    for (phase, loss) in &summary.losses {
        rows.push(("loss", format!("{loss:.4} at the end of `{phase}`")));
    }
    if let Some(seen) = &summary.held_out {
        rows.push(("held-out loss", format!("{:.4}", seen.loss)));
        if let Some(calls) = &seen.calls {
            let percent = |share: f64| format!("{:.1} %", share * 100.0);
            let (right, names, arguments) = (percent(calls.right), percent(calls.names), percent(calls.arguments));
            rows.push(("held-out calls", format!("{right} of {} right; names {names}, arguments {arguments}", count(calls.calls))));
        }
    }
    if summary.tokens > 0 {
        let mfu = summary.mfu.map(|mfu| format!(", MFU {:.1} %", mfu * 100.0)).unwrap_or_default();
        let speed = count(summary.tokens_per_second as usize);
        rows.push(("speed", format!("{speed} tokens/s, {:.3} TFLOP/s{mfu}; {:.1} s", summary.tflops, summary.seconds)));
    }
    if let Some(bytes) = summary.peak_bytes {
        rows.push(("memory at most", format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))));
    }
    rows.push(("device", format!("{}; attention {}", summary.device, summary.attention)));
    rows.iter().map(|(name, value)| format!("{name:<16} {value}\n")).collect()
}
