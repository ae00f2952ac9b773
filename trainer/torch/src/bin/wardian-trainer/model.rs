//! A model that is there, as arguments name it.

use anyhow::{Context, Result};
use std::path::PathBuf;
use tch::Kind;
use wardian_torch::Decoder;
use wardian_torch::device::{self, Compute, Wanted};
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::template::{CHATML_TOOLS, Date};

#[derive(clap::Args)]
pub(crate) struct ModelArgs {
    /// The model: a Hugging Face folder, such as the output of a training, or a GGUF file
    pub(crate) model: PathBuf,
    /// Chat template instead of the model's own: a file, or `chatml-tools`, which is built in
    #[arg(long, value_name = "FILE")]
    template: Option<String>,
    /// What a template writes as today's date: `2026-01-31`
    #[arg(long, value_parser = date)]
    pub(crate) date: Option<Date>,
    /// What computes: auto, cpu, cuda, cuda:1
    #[arg(long, default_value = "auto")]
    device: Wanted,
    /// Threads of the CPU [default: as many as cores]
    #[arg(long, value_parser = clap::value_parser!(i32).range(1..=1024))]
    threads: Option<i32>,
    /// How numbers are kept [default: f32 on the CPU, else as the model's files have them]
    #[arg(long)]
    dtype: Option<DtypeArg>,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum DtypeArg {
    F32,
    Bf16,
}

fn date(text: &str) -> Result<Date, String> {
    Date::try_from(text.to_owned())
}

impl ModelArgs {
    /// The device, the tokenizer with its template, and the weights. `deterministic`: the same bits again, on CUDA too.
    pub(crate) fn open(&self, deterministic: bool) -> Result<(Compute, ChatTokenizer, Decoder)> {
        let compute = device::open(self.device, self.threads, deterministic)?;
        let template = match self.template.as_deref() {
            None => None,
            Some("chatml-tools") => Some(CHATML_TOOLS.to_owned()),
            Some(path) => Some(std::fs::read_to_string(path).with_context(|| format!("cannot read the template `{path}`"))?),
        };
        let of_model = || format!("cannot use the model `{}`", self.model.display());
        let chat = ChatTokenizer::open(&self.model, template.as_deref()).with_context(of_model)?;
        let kind = match self.dtype {
            Some(DtypeArg::F32) => Some(Kind::Float),
            Some(DtypeArg::Bf16) => Some(Kind::BFloat16),
            // Few CPUs multiply 16-bit matrices faster than 32-bit ones.
            None => (!compute.device.is_cuda()).then_some(Kind::Float),
        };
        let decoder = wardian_torch::guarded(|| wardian_torch::load(&self.model, kind, compute.device))?.with_context(of_model)?;
        Ok((compute, chat, decoder))
    }
}
