//! Training sets: trajectories in the forms that trainers load.
//!
//! What it is: functions from a trajectory and the tools that its agent was offered to one row of a form, the marking of what the loss is
//! on, and writers of JSON lines and Parquet that hold one row group in memory. `docs/exports.md` describes the forms.
//! What it is not: it opens no file and knows no pack and no sandbox; splits, shards and the names of files are the caller's.
//! May depend on: `wardian-format`, `wardian-model`, and the crates of Arrow and Parquet.

mod atif;
mod columns;
mod error;
mod llamafactory;
mod loss;
mod openai;
mod provenance;
mod sheet;
mod talk;
mod trl;
mod verl;

pub use atif::ATIF_VERSION;
pub use error::{ExportError, Refusal};
pub use llamafactory::dataset_info;
pub use loss::{Loss, Span, mark};
pub use sheet::{Compression, ROW_GROUP_BYTES, ROW_GROUP_ROWS, Sheet, WRITER};
pub use verl::{DATASET_CLASS, DATASET_FILE};

use serde_json::Value;
use std::collections::BTreeSet;
use talk::Talk;
use wardian_format::{Digest, Trajectory};
use wardian_model::ToolDefinition;

/// The forms of training data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// TRL and the chat templates of Hugging Face: `messages` and `tools`, arguments as objects.
    Trl,
    /// verl, supervised: `messages` and `tools` for its `MultiTurnSFTDataset`.
    Verl,
    /// verl, reinforcement: `prompt`, `reward_model` and `extra_info` for its `RLHFDataset`; one row a task.
    VerlRl,
    /// LLaMA-Factory: `conversations` of its sharegpt form, with `dataset_info.json`.
    LlamaFactory,
    /// The Agent Trajectory Interchange Format of the Harbor framework, version 1.7; one document a line.
    Atif,
    /// OpenAI's supervised fine-tuning: `messages`, `tools`, `parallel_tool_calls`.
    OpenAi,
}

/// How rows lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// One JSON object a line.
    Lines,
    /// Parquet.
    Parquet,
}

/// What becomes of the reasoning that an endpoint returned apart from the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reasoning {
    /// It is exported and learned. A form without a place for it refuses the trajectory.
    #[default]
    Keep,
    /// It is left out.
    Drop,
}

/// What to export of a trajectory, besides its form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Leave the agent's turns with a failed call out of the loss. They stay in the conversation.
    pub mask_errors: bool,
    /// What becomes of reasoning.
    pub reasoning: Reasoning,
    /// Write the [`Loss`] of each trajectory into its metadata.
    pub mark_loss: bool,
}

/// One row of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The row itself, an object.
    pub value: Value,
    /// Where the row comes from, for a form that has no member for it: it belongs into a file beside.
    pub beside: Option<Value>,
    /// Messages that the loss is on.
    pub learned: usize,
    /// Messages of the agent that it is not on.
    pub masked: usize,
    /// Messages after the agent's last turn that the form has no place for. Nothing in them is learned.
    pub cut: usize,
}

/// Makes rows of one form, in the order of the trajectories. It keeps 16 bytes for each task where the form has one row a task, and nothing else.
#[derive(Clone, Debug)]
pub struct Exporter {
    form: Form,
    options: Options,
    split: String,
    rows: u64,
    tasks: BTreeSet<[u8; 16]>,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 6] = [Self::Trl, Self::Verl, Self::VerlRl, Self::LlamaFactory, Self::Atif, Self::OpenAi];

    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trl => "trl",
            Self::Verl => "verl",
            Self::VerlRl => "verl-rl",
            Self::LlamaFactory => "llamafactory",
            Self::Atif => "atif",
            Self::OpenAi => "openai",
        }
    }

    /// How the consumer takes files of this form; the usual way first.
    pub fn containers(self) -> &'static [Container] {
        match self {
            Self::Trl => &[Container::Lines, Container::Parquet],
            Self::Verl | Self::VerlRl => &[Container::Parquet],
            Self::LlamaFactory | Self::Atif | Self::OpenAi => &[Container::Lines],
        }
    }
}

impl Container {
    /// How names of such files end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Lines => "jsonl",
            Self::Parquet => "parquet",
        }
    }
}

impl Exporter {
    /// An exporter without rows. `split` is what verl's `extra_info.split` says.
    pub fn new(form: Form, options: Options, split: &str) -> Self {
        Self { form, options, split: split.to_owned(), rows: 0, tasks: BTreeSet::new() }
    }

    /// The row of `trajectory`, whose agent was offered `tools`.
    ///
    /// # Errors
    /// When the form cannot carry the trajectory whole; there is no row then.
    pub fn row(&mut self, trajectory: &Trajectory, tools: &[ToolDefinition]) -> Result<Row, Refusal> {
        if self.form == Form::VerlRl && self.tasks.contains(&short(&trajectory.task)) {
            return Err(Refusal::SameTask { task: trajectory.task.clone() });
        }
        let talk = Talk { trajectory, tools, options: self.options, loss: mark(trajectory, &self.options)? };
        let (value, cut) = match self.form {
            Form::Trl => (trl::row(&talk)?, 0),
            Form::Verl => (verl::supervised(&talk)?, 0),
            Form::VerlRl => (verl::reinforcement(&talk, &self.split, self.rows)?, 0),
            Form::LlamaFactory => llamafactory::row(&talk)?,
            Form::Atif => (atif::row(&talk)?, 0),
            Form::OpenAi => openai::row(&talk)?,
        };
        self.rows += 1;
        if self.form == Form::VerlRl {
            self.tasks.insert(short(&trajectory.task));
        }
        let beside = (self.form == Form::OpenAi).then(|| provenance::metadata(&talk));
        // Prompts are learned from, but not learned.
        let (learned, masked) = if self.form == Form::VerlRl { (0, 0) } else { (talk.loss.learned_count(), talk.masked_count()) };
        Ok(Row { value, beside, learned, masked, cut })
    }
}

/// Enough of a digest to know a task again.
fn short(task: &str) -> [u8; 16] {
    let digest = Digest::of(task.as_bytes());
    std::array::from_fn(|i| digest.0[i])
}
